/**
 * The WebAssembly module that verifies ECDSA signatures on P-256: (r, s) of a hash h is one by the key Q exactly when
 * r is the x of (h / s)·G + (r / s)·Q, modulo the order. SEC 1, section 4.1.4: https://www.secg.org/sec1-v2.pdf
 */

import { I32, type Operand32 } from '../wasm/code.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import {
  defineDecode,
  defineIsBelow,
  defineIsZero,
  defineIsZeroProduct,
  defineNormalize,
  storeBits,
} from './codec.ts';
import { DIGIT_SIZE, defineRecode, digitBytes, emitSumOfProducts, oddMultipleIn } from './digits.ts';
import { definePrimeField } from './field.ts';
import { addressOf, type Element, Formula } from './formula.ts';
import { defineInverseOfProduct } from './inverse.ts';
import { defineDoubleMinusThree, defineJacobian, pointSize, primeCoordinates } from './jacobian.ts';
import { defineTables, entrySize } from './oddMultiples.ts';
import { MemoryPlan } from './plan.ts';

const FIELD = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const GENERATOR_X = 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n;
const GENERATOR_Y = 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n;

const GENERATOR_WIDTH = 8;
const POINT_WIDTH = 5;
const GENERATOR_ENTRIES = 2 ** (GENERATOR_WIDTH - 2);
const POINT_ENTRIES = 2 ** (POINT_WIDTH - 2);
const DIGITS = 257;
const STREAMS = 2;

/** The module, and the address of its input: hash, r, s, x and y, 32 big-endian bytes each. */
export interface VerificationModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly input: number;
}

/**
 * Builds the module. It exports its `memory`, `start()`, which makes the table of G and is called once, and `verify()`:
 * 1 when the signature at `input` is valid, else 0.
 */
export function buildVerificationModule(): VerificationModule {
  const module = new ModuleBuilder();
  const plan = new MemoryPlan(module);
  const field = definePrimeField(module, plan, FIELD);
  const scalars = definePrimeField(module, plan, ORDER);
  const { radix, size } = field;
  const normalize = defineNormalize(module, plan, field);
  const normalizeScalar = defineNormalize(module, plan, scalars);
  const isZero = defineIsZero(module, radix);
  const isZeroProduct = defineIsZeroProduct(module, plan, field, normalize);
  const inverse = defineInverseOfProduct(module, plan, field, normalize);
  const inverseScalar = defineInverseOfProduct(module, plan, scalars, normalizeScalar);
  const coordinates = primeCoordinates(plan, field, isZeroProduct);
  const jacobian = defineJacobian(module, coordinates, defineDoubleMinusThree);
  const tables = defineTables(module, plan, coordinates, jacobian, inverse);
  const decode = defineDecode(module, plan, radix, 32);
  const isInField = defineIsBelow(module, radix, FIELD);
  const isBelowOrder = defineIsBelow(module, radix, ORDER);
  const leavesRoom = defineIsBelow(module, radix, FIELD - ORDER);
  const recode = defineRecode(module, DIGITS, STREAMS);
  const input = plan.reserve(160);
  const generatorTable = plan.reserve(GENERATOR_ENTRIES * entrySize(field));

  const start = module.func({ params: [], results: [] });
  start.code.call(
    tables.fill,
    start.code.i32Const(generatorTable),
    start.code.i32Const(GENERATOR_ENTRIES),
    start.code.i32Const(field.constant(GENERATOR_X)),
    start.code.i32Const(field.constant(GENERATOR_Y)),
  );
  start.code.call(tables.finish, start.code.i32Const(generatorTable), start.code.i32Const(GENERATOR_ENTRIES));
  module.export('start', start);

  const verify = module.func({ params: [], results: [I32] });
  const { code } = verify;
  const f = new Formula(code, field, plan);
  const n = new Formula(code, scalars, plan);
  const at = (element: Element) => addressOf(code, element);
  const require = (condition: Operand32) =>
    code.if(code.i32Eqz(condition), () => code.return(code.i32Const(0)));
  const isNull = (element: Element) => code.call<typeof I32>(isZeroProduct, at(f.sqr(element)));

  const [hash, r, s, x, y] = [0, 1, 2, 3, 4].map((index) => {
    const formula = index < 3 ? n : f;
    const element = formula.at(undefined, formula.scratch().offset);
    code.call(decode, at(element), code.i32Const(input + 32 * index));
    return element;
  });
  for (const scalar of [r, s]) {
    require(code.call(isBelowOrder, at(scalar)));
    require(code.i32Eqz(code.call(isZero, at(scalar))));
  }
  for (const coordinate of [x, y]) require(code.call(isInField, at(coordinate)));
  // Into Montgomery's form.
  const square = f.constant(field.reduction.factor);
  const [mx, my] = [f.mul(x, square), f.mul(y, square)];
  const difference = f.sum([
    [1, f.sqr(my)],
    [-1, f.mul(f.sqr(mx), mx)],
    [3, mx],
    [-1, f.constant(B)],
  ]);
  require(isNull(difference));

  const inverted = n.mul(s, n.constant(scalars.reduction.factor));
  code.call(inverseScalar, at(inverted), at(inverted));
  const digits = plan.reserve(digitBytes(DIGITS, STREAMS));
  const bits = plan.reserve(64);
  code.memoryFill(code.i32Const(digits), code.i32Const(0), code.i32Const(digitBytes(DIGITS, STREAMS)));
  for (const [i, factor] of [hash, r].entries()) {
    const scalar = n.mul(factor, n.at(undefined, inverted.offset));
    code.call(normalizeScalar, at(scalar), at(scalar));
    storeBits(
      code,
      () => code.i32Const(bits),
      () => at(scalar),
      radix,
      4,
    );
    const width = i === 0 ? GENERATOR_WIDTH : POINT_WIDTH;
    code.call(
      recode,
      code.i32Const(bits),
      code.i32Const(digits + i * DIGIT_SIZE),
      code.i32Const(width),
      code.i32Const(0),
    );
  }
  const table = plan.reserve(POINT_ENTRIES * entrySize(field));
  code.call(tables.fill, code.i32Const(table), code.i32Const(POINT_ENTRIES), at(mx), at(my));
  code.call(tables.finish, code.i32Const(table), code.i32Const(POINT_ENTRIES));
  const sum = plan.reserve(pointSize(size));
  code.i32Store(code.i32Const(sum + 3 * size), code.i32Const(1));
  const add = (p: Operand32, x2: Operand32, y2: Operand32) => code.call(jacobian.addAffine, p, x2, y2);
  emitSumOfProducts(
    code,
    jacobian.double,
    digits,
    DIGITS,
    [generatorTable, table].map((at) => ({ find: oddMultipleIn(code, () => code.i32Const(at), size), add })),
    { base: undefined, offset: sum },
  );
  require(code.i32Eqz(code.i32Load(code.i32Const(sum + 3 * size))));

  // X / Z² is r, or r + order where that is in the field: no inversion.
  const zz = f.sqr(f.at(undefined, sum + 2 * size));
  const bigX = f.at(undefined, sum);
  const isX = (candidate: Element) =>
    isNull(
      f.sum([
        [1, f.mul(f.mul(candidate, square), zz)],
        [-1, bigX],
      ]),
    );
  const own = f.at(undefined, r.offset);
  code.if(isX(own), () => code.return(code.i32Const(1)));
  const beyond = f.at(undefined, f.scratch().offset);
  const order = f.at(undefined, field.plain(ORDER));
  f.sum(
    [
      [1, own],
      [1, order],
    ],
    beyond,
  );
  code.i32And(code.call<typeof I32>(leavesRoom, at(own)), isX(beyond));
  module.export('verify', verify);
  module.memory('memory', Math.ceil(plan.size / 0x10000));
  return { bytes: module.finish(), input };
}
