/**
 * Points of curves y² = x³ + ax + b in Jacobian coordinates: x = X / Z², y = Y / Z³. In memory X, Y and Z follow each other,
 * and after them a 64-bit word that is 1 for the point at infinity, whose coordinates mean nothing.
 * Formulas: https://hyperelliptic.org/EFD/g1p/auto-shortw-jacobian-0.html (doubling by 2009 Alnahhal and others,
 * addition by 2004 Hankerson, Menezes and Vanstone, with the factors of two moved).
 */

import { type Code, I32, type Local32 } from '../wasm/code.ts';
import type { Func, ModuleBuilder } from '../wasm/module.ts';
import type { PrimeField } from './field.ts';
import { type Algebra, addressOf, type Element, Formula, type Place } from './formula.ts';
import type { MemoryPlan } from './plan.ts';

/** The field of coordinates, prime or an extension. */
export interface CoordinateField<E extends Place> {
  /** bytes of an element */
  readonly size: number;
  /** Formulas written into the code of one function. */
  formulas(code: Code): Algebra<E>;
  /** `(a)`: 1 when a product or a square is zero. */
  readonly isZeroProduct: Func;
  /** The address of one. */
  readonly one: number;
}

/** Bytes of a point: three coordinates and the mark of infinity. */
export const pointSize = (coordinate: number): number => 3 * coordinate + 16;

/** The functions over points, which work in place. */
export interface JacobianFunctions {
  /** `(p)`: p = 2p. The group must have no point of order 2. */
  readonly double: Func;
  /** `(p, x, y)`: p = p + (x, y), any two points but for (x, y) not being infinity. */
  readonly addAffine: Func;
}

/** A prime field as the field of coordinates. */
export function primeCoordinates(
  plan: MemoryPlan,
  field: PrimeField,
  isZeroProduct: Func,
): CoordinateField<Element> {
  return {
    size: field.size,
    one: field.constant(1n),
    formulas: (code) => new Formula(code, field, plan),
    isZeroProduct,
  };
}

/** Adds the functions to a module; how points are doubled depends on the curve. */
export function defineJacobian<E extends Place>(
  module: ModuleBuilder,
  field: CoordinateField<E>,
  defineDouble: (module: ModuleBuilder, field: CoordinateField<E>) => Func,
): JacobianFunctions {
  const double = defineDouble(module, field);
  return { double, addAffine: defineAddAffine(module, field, double) };
}

/** `(p)`: p = 2p on a curve y² = x³ + b. */
export function defineDouble<E extends Place>(module: ModuleBuilder, field: CoordinateField<E>): Func {
  const func = module.func({ params: [I32], results: [] });
  const { code } = func;
  const p = code.param(0, I32);
  const f = field.formulas(code);
  const { size } = field;
  code.if(code.i32Load(code.get(p), 3 * size), () => code.return());
  const [x, y, z] = [0, size, 2 * size].map((offset) => f.at(p, offset));
  const a = f.sqr(x);
  const b = f.sqr(y);
  f.sum([[2, f.mul(y, z)]], z);
  const e = f.sum([[3, a]]);
  const ee = f.sqr(e);
  const t = f.mul(x, b);
  const c = f.sqr(b);
  const x3 = f.sum(
    [
      [1, ee],
      [-8, t],
    ],
    x,
  );
  const difference = f.sum([
    [4, t],
    [-1, x3],
  ]);
  f.sum(
    [
      [1, f.mul(e, difference)],
      [-8, c],
    ],
    y,
  );
  return func;
}

/** `(p)`: p = 2p on a curve y² = x³ - 3x + b. By 2001 Bernstein. */
export function defineDoubleMinusThree<E extends Place>(
  module: ModuleBuilder,
  field: CoordinateField<E>,
): Func {
  const func = module.func({ params: [I32], results: [] });
  const { code } = func;
  const p = code.param(0, I32);
  const f = field.formulas(code);
  const { size } = field;
  code.if(code.i32Load(code.get(p), 3 * size), () => code.return());
  const [x, y, z] = [0, size, 2 * size].map((offset) => f.at(p, offset));
  const zz = f.sqr(z);
  const yy = f.sqr(y);
  const t = f.mul(x, yy);
  const below = f.sum([
    [1, x],
    [-1, zz],
  ]);
  const above = f.sum([
    [3, x],
    [3, zz],
  ]);
  const e = f.mul(below, above);
  f.sum([[2, f.mul(y, z)]], z);
  const x3 = f.sum(
    [
      [1, f.sqr(e)],
      [-8, t],
    ],
    x,
  );
  const difference = f.sum([
    [4, t],
    [-1, x3],
  ]);
  f.sum(
    [
      [1, f.mul(e, difference)],
      [-8, f.sqr(yy)],
    ],
    y,
  );
  return func;
}

function defineAddAffine<E extends Place>(
  module: ModuleBuilder,
  field: CoordinateField<E>,
  double: Func,
): Func {
  const func = module.func({ params: [I32, I32, I32], results: [] });
  const { code } = func;
  const [p, x2At, y2At] = [0, 1, 2].map((index) => code.param(index, I32));
  const f = field.formulas(code);
  const { size } = field;
  code.if(code.i32Load(code.get(p), 3 * size), () => {
    const copy = (to: Place, from: Local32) =>
      code.memoryCopy(addressOf(code, to), code.get(from), code.i32Const(size));
    copy({ base: p, offset: 0 }, x2At);
    copy({ base: p, offset: size }, y2At);
    emitSetFinite(code, field, p);
    code.return();
  });
  const z1 = f.at(p, 2 * size);
  emitAddition(code, f, field, { p, x2: f.at(x2At, 0), y2: f.at(y2At, 0), z: z1, double });
  return func;
}

/**
 * `(p, x, y, scale)`: adds a point of the curve to one of the curve on which coordinates are x·scale² and y·scale³: p = p +
 * (x·scale², y·scale³), and one product more than `addAffine`.
 */
export function defineAddScaled<E extends Place>(
  module: ModuleBuilder,
  field: CoordinateField<E>,
  double: Func,
): Func {
  const func = module.func({ params: [I32, I32, I32, I32], results: [] });
  const { code } = func;
  const [p, x2At, y2At, scaleAt] = [0, 1, 2, 3].map((index) => code.param(index, I32));
  const f = field.formulas(code);
  const { size } = field;
  const [x2, y2, scale] = [x2At, y2At, scaleAt].map((at) => f.at(at, 0));
  code.if(code.i32Load(code.get(p), 3 * size), () => {
    const square = f.sqr(scale);
    f.mul(x2, square, { base: p, offset: 0 });
    f.mul(y2, f.mul(square, scale), { base: p, offset: size });
    emitSetFinite(code, field, p);
    code.return();
  });
  emitAddition(code, f, field, { p, x2, y2, z: f.mul(f.at(p, 2 * size), scale), double });
  return func;
}

function emitSetFinite<E extends Place>(code: Code, { size, one }: CoordinateField<E>, p: Local32): void {
  const z = addressOf(code, { base: p, offset: 2 * size });
  code.memoryCopy(z, code.i32Const(one), code.i32Const(size));
  code.i32Store(code.get(p), code.i32Const(0), 3 * size);
}

/** Emits p = p + (x2, y2), neither being infinity, with `z` in the place of p's own. */
function emitAddition<E extends Place>(
  code: Code,
  f: Algebra<E>,
  { size, isZeroProduct }: CoordinateField<E>,
  { p, x2, y2, z, double }: { p: Local32; x2: E; y2: E; z: E; double: Func },
): void {
  const [x1, y1, z1] = [0, size, 2 * size].map((offset) => f.at(p, offset));
  const zz = f.sqr(z);
  const y2z = f.mul(y2, z);
  const u2 = f.mul(x2, zz);
  const s2 = f.mul(y2z, zz);
  const h = f.sum([
    [1, u2],
    [-1, x1],
  ]);
  const r = f.sum([
    [1, s2],
    [-1, y1],
  ]);
  const hh = f.sqr(h);
  code.if(code.call(isZeroProduct, addressOf(code, hh)), () => {
    // The same x: the same point, or its negative.
    code.if(
      code.call(isZeroProduct, addressOf(code, f.sqr(r))),
      () => code.call(double, code.get(p)),
      () => code.i32Store(code.get(p), code.i32Const(1), 3 * size),
    );
    code.return();
  });
  const rr = f.sqr(r);
  const hhh = f.mul(h, hh);
  const v = f.mul(x1, hh);
  f.mul(z1, h, z1);
  const y1hhh = f.mul(y1, hhh);
  const x3 = f.sum(
    [
      [1, rr],
      [-1, hhh],
      [-2, v],
    ],
    x1,
  );
  const difference = f.sum([
    [1, v],
    [-1, x3],
  ]);
  f.sum(
    [
      [1, f.mul(r, difference)],
      [-1, y1hhh],
    ],
    y1,
  );
}
