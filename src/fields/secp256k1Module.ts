/**
 * The WebAssembly module that recovers secp256k1 public keys, some at a time: they share their two inversions.
 * The time goes into products, 110 cycles each, and squares, 75: what is between them, carries as well, is done meanwhile.
 * The key behind a signature (r, s) of a hash h is Q = (-h / r)·G + (s / r)·R, where R is the point whose x is r.
 * SEC 1, section 4.1.6: https://www.secg.org/sec1-v2.pdf
 */

import { type Code, I32, type Local32, type Operand32 } from '../wasm/code.ts';
import { type Func, ModuleBuilder, type OwnFunc } from '../wasm/module.ts';
import {
  defineDecode,
  defineEncode,
  defineIsBelow,
  defineIsZero,
  defineIsZeroProduct,
  defineNormalize,
} from './codec.ts';
import { DIGIT_SIZE, digitBytes, emitSumOfProducts, oddMultipleIn, type Stream } from './digits.ts';
import { defineRotatedTable, rotatedEntry, rotatedTableSize } from './eisenstein.ts';
import { BETA, defineHalves, defineRotatedSplit, defineSplit, HALF_DIGITS } from './endomorphism.ts';
import { definePrimeField } from './field.ts';
import { addressOf, Formula, type Place } from './formula.ts';
import { defineInverseOfProduct } from './inverse.ts';
import { defineAddScaled, defineDouble, defineJacobian, pointSize, primeCoordinates } from './jacobian.ts';
import { defineTables, entrySize } from './oddMultiples.ts';
import { MemoryPlan } from './plan.ts';
import { defineRunPower, defineSquareTimes } from './powers.ts';
import { pseudoMersenne } from './reduction.ts';

const FIELD = 2n ** 256n - 2n ** 32n - 977n;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const B = 7n;
const GENERATOR_X = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n;
const GENERATOR_Y = 0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n;

/** How many keys are recovered at once. Each takes a KiB of memory, and a share of two inversions. */
export const MOST_AT_ONCE = 16;

/** Where a signature's parts are in its record, as big-endian bytes, and where its key's coordinates will be. */
export const RECORD = { hash: 0, r: 32, s: 64, parity: 96, isValid: 100, x: 112, y: 144, size: 176 } as const;

// Digits of G's scalar have as many bits as these. Its table is made once, of 64 entries in 0.1 ms; then of 1,024 in 1.2 ms,
// which saves a recovery nine additions of 68. One or three bits more save one addition or four, and nothing of the time:
// 590 KB and more are not at hand.
const NARROW = 8;
const WIDE = 12;
const entriesOf = (width: number): number => 2 ** (width - 2);
/** Two halves of the scalar of G, and that of R. */
const STREAMS = 3;

/** The module, and what lies where in its memory. */
export interface RecoveryModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** the first of `MOST_AT_ONCE` records */
  readonly records: number;
}

// What a record is followed by while its key is recovered.
const ELEMENT = 72;
const ITEM = (() => {
  const offsets = { r: 0, s: 0, hash: 0, scaledR: 0, lastR: 0, lastZ: 0, x: 0, y: 0, sum: 0 };
  let size: number = RECORD.size;
  for (const name of Object.keys(offsets) as (keyof typeof offsets)[]) {
    offsets[name] = size;
    size += ELEMENT;
  }
  return { ...offsets, size: size - ELEMENT + pointSize(ELEMENT) };
})();

/** Bytes from one record to the next. */
export const RECORD_STRIDE = ITEM.size;

/**
 * Builds the module. It exports its `memory`, `start()`, which makes the table of G and is called once, `widen()`, which
 * makes it larger, and `recover(count)`, which fills `x`, `y` and `isValid` of so many records.
 */
export function buildRecoveryModule(): RecoveryModule {
  const module = new ModuleBuilder();
  const plan = new MemoryPlan(module);
  const parts = defineParts(module, plan);
  const items = plan.reserve(MOST_AT_ONCE * ITEM.size);
  const generator = {
    table: plan.reserve(entriesOf(WIDE) * entrySize(parts.field)),
    width: plan.reserve(4),
  };
  module.export('start', defineGeneratorTable(module, parts, generator, NARROW));
  module.export('widen', defineGeneratorTable(module, parts, generator, WIDE));
  module.export('recover', defineRecover(module, plan, parts, items, generator));
  module.memory('memory', Math.ceil(plan.size / 0x10000));
  return { bytes: module.finish(), records: items };
}

/** The addresses of the table of G and of the width of its digits. */
interface Generator {
  readonly table: number;
  readonly width: number;
}

/** `()`: makes the table of G for digits of so many bits. */
function defineGeneratorTable(
  module: ModuleBuilder,
  { field, tables }: Parts,
  { table, width }: Generator,
  bits: number,
): OwnFunc {
  const func = module.func({ params: [], results: [] });
  const { code } = func;
  const [x, y] = [GENERATOR_X, GENERATOR_Y].map((value) => () => code.i32Const(field.constant(value)));
  code.call(tables.fill, code.i32Const(table), code.i32Const(entriesOf(bits)), x(), y());
  code.call(tables.finish, code.i32Const(table), code.i32Const(entriesOf(bits)));
  code.i32Store(code.i32Const(width), code.i32Const(bits));
  return func;
}

/** What the functions of this file call. */
type Parts = ReturnType<typeof defineParts>;

function defineParts(module: ModuleBuilder, plan: MemoryPlan) {
  const field = definePrimeField(module, plan, FIELD, (modulus, radix) =>
    pseudoMersenne(modulus, 256, radix),
  );
  const scalars = definePrimeField(module, plan, ORDER);
  const normalize = defineNormalize(module, plan, field);
  const isZeroProduct = defineIsZeroProduct(module, plan, field, normalize);
  const inverse = defineInverseOfProduct(module, plan, field, normalize);
  const coordinates = primeCoordinates(plan, field, isZeroProduct);
  const jacobian = defineJacobian(module, coordinates, defineDouble);
  const normalizeScalar = defineNormalize(module, plan, scalars);
  const halves = defineHalves(module, plan, scalars);
  return {
    field,
    scalars,
    normalize,
    isZeroProduct,
    inverse,
    jacobian,
    normalizeScalar,
    inverseScalar: defineInverseOfProduct(module, plan, scalars, normalizeScalar),
    addScaled: defineAddScaled(module, coordinates, jacobian.double),
    tables: defineTables(module, plan, coordinates, jacobian, inverse, field.constant(BETA)),
    rotatedTable: defineRotatedTable(module, plan, coordinates, [
      field.constant(BETA),
      field.constant(BETA ** 2n),
    ]),
    // The prime is 3 modulo 4: of a square, this power is a root.
    sqrt: defineRunPower(module, plan, field, defineSquareTimes(module, field), (FIELD + 1n) / 4n),
    split: defineSplit(module, halves, STREAMS),
    rotatedSplit: defineRotatedSplit(module, plan, halves, STREAMS),
    decode: defineDecode(module, plan, field.radix, 32),
    encode: defineEncode(module, plan, field.radix, 32),
    isZero: defineIsZero(module, field.radix),
    isBelowOrder: defineIsBelow(module, field.radix, ORDER),
  };
}

/** The address of something in an item. */
const within = (code: Code, item: Local32, offset: number): Operand32 =>
  addressOf(code, { base: item, offset });

const copy = (code: Code, to: Operand32, from: Operand32) =>
  code.memoryCopy(to, from, code.i32Const(ELEMENT));

/** `(item)`: reads a signature and finds R. What is no signature is marked so, and goes on as some other that is one. */
function definePrepare(module: ModuleBuilder, plan: MemoryPlan, parts: Parts): Func {
  const { field, scalars } = parts;
  const func = module.func({ params: [I32], results: [] });
  const { code } = func;
  const item = code.param(0, I32);
  const at = (offset: number) => within(code, item, offset);
  const isValid = code.local(I32);
  const also = (condition: Operand32) => code.set(isValid, code.i32And(condition, code.get(isValid)));

  code.call(parts.decode, at(ITEM.hash), at(RECORD.hash));
  code.set(isValid, code.i32Const(1));
  for (const [limbs, bytes] of [
    [ITEM.r, RECORD.r],
    [ITEM.s, RECORD.s],
  ]) {
    code.call(parts.decode, at(limbs), at(bytes));
    also(code.call(parts.isBelowOrder, at(limbs)));
    also(code.i32Eqz(code.call(parts.isZero, at(limbs))));
  }
  // The order is below the prime, so r is in the field.
  copy(code, at(ITEM.x), at(ITEM.r));
  const f = new Formula(code, field, plan);
  const x = f.at(item, ITEM.x);
  const y = f.at(item, ITEM.y);
  const square = f.sum([
    [1, f.mul(f.sqr(x), x)],
    [1, f.constant(B)],
  ]);
  code.call(parts.sqrt, at(ITEM.y), addressOf(code, square));
  const difference = f.sum([
    [1, f.sqr(y)],
    [-1, square],
  ]);
  also(code.call(parts.isZeroProduct, addressOf(code, f.sqr(difference))));
  code.i32Store(code.get(item), code.get(isValid), RECORD.isValid);

  code.if(
    code.get(isValid),
    () => {
      code.call(parts.normalize, at(ITEM.y), at(ITEM.y));
      const odd = code.i32And(code.i32Wrap(code.i64Load(code.get(item), ITEM.y)), code.i32Const(1));
      code.if(code.i32Ne(odd, code.i32Load(code.get(item), RECORD.parity)), () => f.sum([[-1, y]], y));
    },
    () => {
      copy(code, at(ITEM.r), code.i32Const(scalars.plain(1n)));
      copy(code, at(ITEM.x), code.i32Const(field.constant(GENERATOR_X)));
      copy(code, at(ITEM.y), code.i32Const(field.constant(GENERATOR_Y)));
    },
  );
  const n = new Formula(code, scalars, plan);
  // Into Montgomery's form.
  const square2 = n.at(undefined, scalars.constant(scalars.reduction.factor));
  n.mul(n.at(item, ITEM.r), square2, { base: item, offset: ITEM.scaledR });
  return func;
}

/** `(item, inverse)`: the sum of both products, by the inverse of r. Infinity is no key. */
function defineMultiply(module: ModuleBuilder, plan: MemoryPlan, parts: Parts, generator: Generator): Func {
  const { field, scalars } = parts;
  const func = module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const [item, inverse] = [0, 1].map((index) => code.param(index, I32));
  const at = (offset: number) => within(code, item, offset);
  const digits = plan.reserve(digitBytes(HALF_DIGITS, STREAMS));
  code.memoryFill(code.i32Const(digits), code.i32Const(0), code.i32Const(digitBytes(HALF_DIGITS, STREAMS)));
  const n = new Formula(code, scalars, plan);
  // A product of a plain integer and of one in Montgomery's form is plain.
  const r = n.at(inverse, 0);
  const forGenerator = n.mul(n.at(item, ITEM.hash), n.sum([[-1, r]]));
  const forPoint = n.mul(n.at(item, ITEM.s), r);
  for (const scalar of [forGenerator, forPoint]) {
    code.call(parts.normalizeScalar, addressOf(code, scalar), addressOf(code, scalar));
  }
  code.call(
    parts.split,
    code.i32Const(digits),
    addressOf(code, forGenerator),
    code.i32Load(code.i32Const(generator.width)),
  );
  code.call(parts.rotatedSplit, code.i32Const(digits + 2 * DIGIT_SIZE), addressOf(code, forPoint));

  // On the curve that R's table is on; G's is on its own.
  const f = new Formula(code, field, plan);
  const table = plan.reserve(rotatedTableSize(field));
  const scale = f.at(undefined, f.scratch().offset);
  code.call(parts.rotatedTable, code.i32Const(table), at(ITEM.x), at(ITEM.y), addressOf(code, scale));
  const infinite = ITEM.sum + 3 * ELEMENT;
  code.i32Store(code.get(item), code.i32Const(1), infinite);
  const generatorStream = (column: 0 | 3): Stream => ({
    find: oddMultipleIn(code, () => code.i32Const(generator.table), field.size, column),
    add: (p, x, y) => code.call(parts.addScaled, p, x, y, addressOf(code, scale)),
  });
  const pointStream: Stream = {
    find: rotatedEntry(code, () => code.i32Const(table), field.size),
    add: (p, x, y) => code.call(parts.jacobian.addAffine, p, x, y),
  };
  const streams = [generatorStream(0), generatorStream(3), pointStream];
  const sum = { base: item, offset: ITEM.sum };
  emitSumOfProducts(code, parts.jacobian.double, digits, HALF_DIGITS, streams, sum);
  const z = { base: item, offset: ITEM.sum + 2 * ELEMENT };
  code.if(
    code.i32Load(code.get(item), infinite),
    () => {
      code.i32Store(code.get(item), code.i32Const(0), RECORD.isValid);
      copy(code, addressOf(code, z), code.i32Const(field.constant(1n)));
    },
    () => f.mul(f.at(item, z.offset), scale, z),
  );
  return func;
}

/** `(item, inverse)`: writes the coordinates of the sum, by the inverse of its z. */
function defineWrite(module: ModuleBuilder, plan: MemoryPlan, parts: Parts): Func {
  const func = module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const item = code.param(0, I32);
  const f = new Formula(code, parts.field, plan);
  const inverse = f.at(code.param(1, I32), 0);
  const square = f.sqr(inverse);
  const x = f.mul(f.at(item, ITEM.sum), square);
  const y = f.mul(f.at(item, ITEM.sum + ELEMENT), f.mul(square, inverse));
  for (const [coordinate, offset] of [
    [x, RECORD.x],
    [y, RECORD.y],
  ] as const) {
    code.call(parts.normalize, addressOf(code, coordinate), addressOf(code, coordinate));
    code.call(parts.encode, within(code, item, offset), addressOf(code, coordinate));
  }
  return func;
}

/** `(count)`: three passes over the records, between which there is one inversion each. */
function defineRecover(
  module: ModuleBuilder,
  plan: MemoryPlan,
  parts: Parts,
  items: number,
  generator: Generator,
): OwnFunc {
  const prepare = definePrepare(module, plan, parts);
  const multiply = defineMultiply(module, plan, parts, generator);
  const write = defineWrite(module, plan, parts);
  const func = module.func({ params: [I32], results: [] });
  const { code } = func;
  const count = code.param(0, I32);
  const [item, end] = code.locals(I32, 2);
  const n = new Formula(code, parts.scalars, plan);
  const f = new Formula(code, parts.field, plan);
  const [rProduct, zProduct] = [n.scratch(), f.scratch()];
  const [r, lastR] = [ITEM.scaledR, ITEM.lastR].map((offset) => n.at(item, offset));
  const [z, lastZ] = [ITEM.sum + 2 * ELEMENT, ITEM.lastZ].map((offset) => f.at(item, offset));
  const copyElement = (to: Place, from: Place) => copy(code, addressOf(code, to), addressOf(code, from));
  const move = (by: 1 | -1) => code.set(item, code.i32Add(code.get(item), code.i32Const(by * ITEM.size)));
  const forward = (inside: () => void) => {
    code.set(item, code.i32Const(items));
    code.loop((again) => {
      inside();
      move(1);
      code.brIf(code.i32LtU(code.get(item), code.get(end)), again);
    });
  };
  const ended = code.i32Mul(code.get(count), code.i32Const(ITEM.size));
  code.set(end, code.i32Add(ended, code.i32Const(items)));

  copyElement(rProduct, n.constant(1n));
  forward(() => {
    code.call(prepare, code.get(item));
    copyElement(lastR, rProduct);
    n.mul(n.at(undefined, rProduct.offset), r, rProduct);
  });
  code.call(parts.inverseScalar, addressOf(code, rProduct), addressOf(code, rProduct));

  // Backwards, since the inverse of the product of all r yields that of the last first; z is multiplied on the way.
  copyElement(zProduct, f.constant(1n));
  code.loop((again) => {
    move(-1);
    const inverse = n.mul(n.at(undefined, rProduct.offset), lastR);
    n.mul(n.at(undefined, rProduct.offset), r, rProduct);
    code.call(multiply, code.get(item), addressOf(code, inverse));
    copyElement(lastZ, zProduct);
    f.mul(f.at(undefined, zProduct.offset), z, zProduct);
    code.brIf(code.i32GtU(code.get(item), code.i32Const(items)), again);
  });
  code.call(parts.inverse, addressOf(code, zProduct), addressOf(code, zProduct));
  forward(() => {
    const inverse = f.mul(f.at(undefined, zProduct.offset), lastZ);
    f.mul(f.at(undefined, zProduct.offset), z, zProduct);
    code.call(write, code.get(item), addressOf(code, inverse));
  });
  return func;
}
