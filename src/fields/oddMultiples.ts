/**
 * Tables of the odd multiples of a point, P, 3P, 5P and so on, for windows of non-adjacent forms. An entry holds what
 * an addition needs, each at hand as it is: x, y, -y, and β·x for a curve with an endomorphism.
 */

import { I32 } from '../wasm/code.ts';
import type { Func, ModuleBuilder } from '../wasm/module.ts';
import { addressOf, type Place } from './formula.ts';
import { type CoordinateField, type JacobianFunctions, pointSize } from './jacobian.ts';
import type { MemoryPlan } from './plan.ts';

/** Bytes of an entry. */
export const entrySize = (field: { readonly size: number }): number => 4 * field.size;

/** What makes tables. */
export interface TableFunctions {
  /**
   * `(table, count, x, y)`: writes the first odd multiples of a point of prime order, in Jacobian coordinates: to be
   * finished.
   */
  readonly fill: Func;
  /** `(table, count)`: brings the entries of one or more tables that follow each other to affine coordinates. */
  readonly finish: Func;
}

/**
 * Adds the functions to a module.
 *
 * @param inverse `(out, a)`
 * @param beta the address of β; undefined where the endomorphism is not used
 */
export function defineTables<E extends Place>(
  module: ModuleBuilder,
  plan: MemoryPlan,
  field: CoordinateField<E>,
  jacobian: JacobianFunctions,
  inverse: Func,
  beta?: number,
): TableFunctions {
  return {
    fill: defineFill(module, plan, field, jacobian),
    finish: defineFinish(module, field, inverse, beta),
  };
}

function defineFill<E extends Place>(
  module: ModuleBuilder,
  plan: MemoryPlan,
  field: CoordinateField<E>,
  jacobian: JacobianFunctions,
): Func {
  const func = module.func({ params: [I32, I32, I32, I32], results: [] });
  const { code } = func;
  const [table, count, x, y] = [0, 1, 2, 3].map((index) => code.param(index, I32));
  const f = field.formulas(code);
  const { size } = field;
  // On the curve where twice the point has z = 1, so that it is added in its affine form, `sum` is first the point.
  const twice = plan.reserve(pointSize(size));
  const sum = plan.reserve(pointSize(size));
  const one = () => code.i32Const(field.one);
  code.memoryCopy(code.i32Const(twice), code.get(x), code.i32Const(size));
  code.memoryCopy(code.i32Const(twice + size), code.get(y), code.i32Const(size));
  code.memoryCopy(code.i32Const(twice + 2 * size), one(), code.i32Const(size));
  code.call(jacobian.double, code.i32Const(twice));
  const twiceZ = f.at(undefined, twice + 2 * size);
  const zz = f.sqr(twiceZ);
  f.mul(f.at(x, 0), zz, { base: undefined, offset: sum });
  f.mul(f.at(y, 0), f.mul(zz, twiceZ), { base: undefined, offset: sum + size });
  code.memoryCopy(code.i32Const(sum + 2 * size), one(), code.i32Const(size));
  code.loop((again) => {
    code.memoryCopy(code.get(table), code.i32Const(sum), code.i32Const(2 * size));
    // Back to the curve of the point
    f.mul(f.at(undefined, sum + 2 * size), twiceZ, { base: table, offset: 2 * size });
    code.call(jacobian.addAffine, code.i32Const(sum), code.i32Const(twice), code.i32Const(twice + size));
    code.set(table, code.i32Add(code.get(table), code.i32Const(entrySize(field))));
    code.brIf(code.tee(count, code.i32Sub(code.get(count), code.i32Const(1))), again);
  });
  return func;
}

/** One inversion serves all entries (P. Montgomery's trick): of the product of all z. */
function defineFinish<E extends Place>(
  module: ModuleBuilder,
  field: CoordinateField<E>,
  inverse: Func,
  beta: number | undefined,
): Func {
  const func = module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const [table, count] = [0, 1].map((index) => code.param(index, I32));
  const left = code.local(I32);
  const f = field.formulas(code);
  const { size } = field;
  const product = f.scratch();
  const copyProduct = (to: Place, from: Place) =>
    code.memoryCopy(addressOf(code, to), addressOf(code, from), code.i32Const(size));
  const [x, y, z, last] = [0, 1, 2, 3].map((index) => f.at(table, index * size));
  const running = f.at(undefined, product.offset);
  const next = (by: number) =>
    code.set(table, code.i32Add(code.get(table), code.i32Const(by * entrySize(field))));
  const repeat = (inside: () => void) =>
    code.loop((again) => {
      inside();
      code.brIf(code.tee(left, code.i32Sub(code.get(left), code.i32Const(1))), again);
    });

  copyProduct(product, { base: undefined, offset: field.one });
  code.set(left, code.get(count));
  repeat(() => {
    copyProduct(last, product);
    f.mul(running, z, product);
    next(1);
  });
  code.call(inverse, addressOf(code, product), addressOf(code, product));
  code.set(left, code.get(count));
  repeat(() => {
    next(-1);
    const own = f.mul(running, last);
    f.mul(running, z, product);
    const square = f.sqr(own);
    f.mul(x, square, x);
    f.mul(y, f.mul(square, own), y);
    f.sum([[-1, y]], z);
    if (beta !== undefined) f.mul(x, f.at(undefined, beta), last);
  });
  return func;
}
