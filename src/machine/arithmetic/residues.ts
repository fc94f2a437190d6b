/**
 * `MULMOD` by moduli that are known from calls before: contracts that multiply do so by one, or by a few, again and again.
 * It is known of a modulus what it leaves of the powers of 2^29 from its own size on. As often do the product's digits
 * there count, which makes a number of 33 bits more than the modulus, and one digit of a quotient is left to find.
 *
 * These are 81 products of digits for a modulus of 256 bits, fewer for shorter ones, whatever the factors. None waits for
 * another, as they do where the quotient comes from a reciprocal (P. Barrett, "Implementing the Rivest Shamir and Adleman
 * public key encryption algorithm", 1986), so two and two are one instruction: a call takes 226 cycles (Zen 3) for 266,
 * and for 420 by a modulus of two or three limbs and factors that are larger.
 */

import {
  type Code,
  I32,
  I64,
  type Local32,
  type Local64,
  type LocalV,
  type Operand64,
  V128,
} from '../../wasm/code.ts';
import type { Func, ModuleBuilder } from '../../wasm/module.ts';
import { addColumn, BITS, bitsFrom, DIGITS, digitsOf, limbOf, MASK, range, sumPrefixes } from './columns.ts';
import {
  copy,
  getAll,
  halvesOf,
  lessThan,
  multiplyWide,
  orAll,
  returnLimb,
  shiftLeft,
  split,
  subLimbs,
  type Word,
  wordParam,
} from './limbs.ts';

/** Digits of a product. */
const PRODUCT_DIGITS = 2 * DIGITS;
/** The least digits of a modulus that is worth knowing: those of 65 bits. */
const LEAST_DIGITS = 3;

// Where things are that are known of a modulus: itself, how many digits it has, the reciprocal of its last digit and all
// below, its digits, and what it leaves of powers of 2^29, a row of digits each. Digits are of 32 bits.
const SIZE = 32;
const RECIPROCAL = SIZE + 8;
const MODULUS_DIGITS = RECIPROCAL + 8;
const RESIDUES = MODULUS_DIGITS + 48;
// The lowest limb of the latest modulus that was another, and how often it has come since this one came.
const CANDIDATE = 576;
const COUNT = CANDIDATE + 8;
/** Bytes for a modulus. */
const PLACE_SIZE = COUNT + 8;
/** How many are known at once: each has its place. */
const PLACES = 4;
const PRODUCT = PLACES * PLACE_SIZE;
/** Bytes of memory, aligned to 16, that remember moduli. All zero is none. */
export const RESIDUES_SCRATCH = PRODUCT + 8 * PRODUCT_DIGITS;

/** How often another modulus must come before it is worth knowing, which takes as long as 16 products. */
export const PATIENCE = 32;
/** Spreads moduli over the places: an odd number without a pattern, 2^64 by the golden ratio. */
const SPREAD = BigInt.asIntN(64, 0x9e3779b97f4a7c15n);

/** Digits of a row of residues, of which a modulus of so many digits uses as many. */
function rowOf(size: number): number {
  return 4 * Math.ceil(size / 4);
}

/** What knows moduli. */
export interface Known {
  /** the address of `RESIDUES_SCRATCH` bytes */
  readonly scratch: number;
  /** by the digits of a modulus, a function of its place: what it leaves of the product in memory */
  readonly folds: ReadonlyMap<number, Func>;
}

export function defineKnown(module: ModuleBuilder, scratch: number): Known {
  const sizes = range(LEAST_DIGITS, DIGITS);
  return { scratch, folds: new Map(sizes.map((size) => [size, defineFold(module, scratch, size)])) };
}

/** A new local with the place of a modulus. */
function placeOf(code: Code, { scratch }: Known, n: Word): Local32 {
  const place = code.local(I32);
  const mixed = code.i64Mul(code.i64Xor(code.get(n[0]), code.get(n[1])), code.i64Const(SPREAD));
  const number = code.i32Wrap(code.i64ShrU(mixed, code.i64Const(BigInt(64 - Math.log2(PLACES)))));
  const offset = code.i32Mul(number, code.i32Const(PLACE_SIZE));
  code.set(place, code.i32Add(offset, code.i32Const(scratch)));
  return place;
}

/** Emits what returns `(a * b) mod n` where `n` is known, zero for zero; other moduli are left alone. */
export function multiplyByKnown(code: Code, known: Known, [a, b, n]: readonly [Word, Word, Word]): void {
  const place = placeOf(code, known, n);
  const differences = n.map((limb, i) => code.i64Xor(code.get(limb), code.i64Load(code.get(place), 8 * i)));
  code.if(code.i64Eqz(differences.reduce((bits, bit) => code.i64Or(bits, bit))), () => {
    // nothing is known at first
    code.if(code.i64Eqz(orAll(code, n)), () => returnLimb(code, code.i64Const(0n)));
    code.i64Store(code.get(place), code.i64Const(0n), COUNT);
    storeProductDigits(code, a, b, known.scratch + PRODUCT);
    const size = code.local(I32);
    code.set(size, code.i32Load(code.get(place), SIZE));
    for (const [digits, fold] of [...known.folds].reverse()) {
      code.if(code.i32Eq(code.get(size), code.i32Const(digits)), () =>
        code.returnCall(fold, code.get(place)),
      );
    }
    code.unreachable();
  });
}

/** Writes the digits of `a * b` to memory. Each is written before the next is found, so that few locals are alive. */
function storeProductDigits(code: Code, a: Word, b: Word, address: number): void {
  const left = digitsOf(code, a, 0);
  const right = digitsOf(code, b, 0);
  const prefix = code.locals(I64, DIGITS);
  const sum = code.local(I64);
  const store = (i: number, digit: () => Operand64) => code.i64Store(code.i32Const(address), digit(), 8 * i);
  const shifted = () => code.i64ShrU(code.get(sum), code.i64Const(BigInt(BITS)));
  sumPrefixes(code, prefix, left, right);
  for (const column of range(0, PRODUCT_DIGITS - 2)) {
    code.set(sum, addColumn(code, column === 0 ? undefined : shifted, column, left, right, prefix));
    store(column, () => code.i64And(code.get(sum), code.i64Const(MASK)));
  }
  store(PRODUCT_DIGITS - 1, shifted);
}

/**
 * `(place)`: what the modulus of so many digits at `place` leaves of the product in memory, whose lower digits are
 * overwritten. Sums stay below 2^62, since they are of 15 products at most.
 */
function defineFold(module: ModuleBuilder, scratch: number, size: number): Func {
  const func = module.func({ params: [I32], results: [I64, I64, I64, I64] });
  const { code } = func;
  const place = code.param(0, I32);
  const product = scratch + PRODUCT;
  const above = range(size, PRODUCT_DIGITS - 1);
  const digits = above.map((position) => {
    const digit = code.local(V128);
    code.set(digit, code.vLoad32Splat(code.i32Const(product), 8 * position));
    return digit;
  });
  for (let first = 0; first < size; first += 4) {
    const columns = range(first, Math.min(first + 3, size - 1));
    const residuesAt = (row: number) => RESIDUES + 4 * (rowOf(size) * row + first);
    if (columns.length > 1) addColumns(code, place, residuesAt, digits, { product, columns });
    else addLastColumn(code, place, residuesAt, { product, column: first, above });
  }
  // Columns are written before the next are summed, so that few of the loads are done early.
  const sums = code.locals(I64, size);
  for (const [i, sum] of sums.entries()) code.set(sum, code.i64Load(code.i32Const(product), 8 * i));
  takeQuotient(code, place, sums);
  const [word, top] = [code.locals(I64, 4), code.local(I64)];
  for (const [i, limb] of [...word, top].entries()) {
    code.set(limb, 64 * i < BITS * size ? limbOf(code, sums, 64 * i) : code.i64Const(0n));
  }
  subtractWhileLarger(code, place, word, top);
  getAll(code, word);
  return func;
}

/** Adds products of digits by rows of residues to two, three or four columns. */
function addColumns(
  code: Code,
  place: Local32,
  residuesAt: (row: number) => number,
  digits: readonly LocalV[],
  { product, columns }: { readonly product: number; readonly columns: readonly number[] },
): void {
  const rows = digits.map((_, i) => {
    const row = code.local(V128);
    code.set(row, code.vLoad(code.get(place), residuesAt(i)));
    return row;
  });
  const sums = code.locals(V128, columns.length > 2 ? 2 : 1);
  for (const [half, sum] of sums.entries()) {
    for (const [i, row] of rows.entries()) {
      const products = code.vMultiply32(code.get(row), code.get(digits[i]), half === 0 ? 0 : 1);
      code.set(sum, i === 0 ? products : code.vAdd64(products, code.get(sum)));
    }
  }
  for (const [i, column] of columns.entries()) {
    const at = code.i32Const(product);
    const own = code.i64Load(code.i32Const(product), 8 * column);
    const added = code.vExtract64(code.get(sums[i >> 1]), i % 2 === 0 ? 0 : 1);
    code.i64Store(at, code.i64Add(own, added), 8 * column);
  }
}

/** Adds products of digits by rows of residues to the last column. */
function addLastColumn(
  code: Code,
  place: Local32,
  residuesAt: (row: number) => number,
  {
    product,
    column,
    above,
  }: { readonly product: number; readonly column: number; readonly above: readonly number[] },
): void {
  const at = code.i32Const(product);
  let total = code.i64Load(code.i32Const(product), 8 * column);
  for (const [i, position] of above.entries()) {
    const residue = code.i64Load32(code.get(place), residuesAt(i));
    total = code.i64Add(total, code.i64Mul(residue, code.i64Load(code.i32Const(product), 8 * position)));
  }
  code.i64Store(at, total, 8 * column);
}

/**
 * Takes a multiple of the modulus at `place` off the sum of columns, and turns what is left into digits, the last with
 * all bits that are left. The multiple is too small by one rarely, and by up to three for a modulus just above a power
 * of 2^29.
 */
function takeQuotient(code: Code, place: Local32, sums: Word): void {
  const shift = () => code.i64Const(BigInt(BITS));
  const last = sums.length - 1;
  const top = halvesOf(code, code.local(I64));
  const reciprocal = halvesOf(code, code.local(I64));
  const [quotient, low, sum] = code.locals(I64, 3);
  const below = code.i64Add(code.i64ShrU(code.get(sums[last - 2]), shift()), code.get(sums[last - 1]));
  code.set(top.whole, code.i64Add(code.i64ShrU(below, shift()), code.get(sums[last])));
  code.set(reciprocal.whole, code.i64Load(code.get(place), RECIPROCAL));
  split(code, top);
  split(code, reciprocal);
  multiplyWide(code, top, reciprocal, quotient, low);
  for (const [i, digit] of sums.entries()) {
    const taken = () =>
      code.i64Mul(code.i64Load32(code.get(place), MODULUS_DIGITS + 4 * i), code.get(quotient));
    const left = code.i64Sub(code.get(digit), taken());
    code.set(sum, i === 0 ? left : code.i64Add(left, code.i64ShrS(code.get(sum), shift())));
    code.set(digit, i === last ? code.get(sum) : code.i64And(code.get(sum), code.i64Const(MASK)));
  }
}

/** `word = (top, word) mod n` for the `n` at `place`, of which it is a few times as much at most. */
function subtractWhileLarger(code: Code, place: Local32, word: Word, top: Local64): void {
  const n = code.locals(I64, 4);
  const [borrow, t] = code.locals(I64, 2);
  for (const [i, limb] of n.entries()) code.set(limb, code.i64Load(code.get(place), 8 * i));
  code.block((done) => {
    code.loop((again) => {
      code.if(lessThan(code, word, n), () => code.brIf(code.i64Eqz(code.get(top)), done));
      subLimbs(code, word, n, borrow, t);
      code.set(top, code.i64Sub(code.get(top), code.get(borrow)));
      code.br(again);
    });
  });
}

/** The functions by which residues are found. */
interface Reducing {
  readonly div: Func;
  readonly mod: Func;
  /** `MULMOD` by moduli of three limbs or four */
  readonly wide: Func;
}

/**
 * `(n)`: gets to know a modulus of two limbs at least that came without being known, once it has come often: returns
 * whether it is known now.
 */
export function defineLearning(module: ModuleBuilder, known: Known, { div, mod, wide }: Reducing): Func {
  const func = module.func({ params: [I64, I64, I64, I64], results: [I32] });
  const { code } = func;
  const n = wordParam(code, 0);
  const place = placeOf(code, known, n);
  const count = code.local(I64);
  code.if(code.i64Eq(code.get(n[0]), code.i64Load(code.get(place), CANDIDATE)), () =>
    code.set(count, code.i64Add(code.i64Load(code.get(place), COUNT), code.i64Const(1n))),
  );
  code.i64Store(code.get(place), code.get(n[0]), CANDIDATE);
  code.i64Store(code.get(place), code.get(count), COUNT);
  code.if(code.i64LtU(code.get(count), code.i64Const(BigInt(PATIENCE))), () => code.return(code.i32Const(0)));

  for (const [i, limb] of n.entries()) code.i64Store(code.get(place), code.get(limb), 8 * i);
  for (const i of range(0, DIGITS - 1)) {
    const at = code.get(place);
    const digit = code.i64And(bitsFrom(code, n, BITS * i), code.i64Const(MASK));
    code.i64Store32(at, digit, MODULUS_DIGITS + 4 * i);
  }
  const size = code.local(I32);
  storeReciprocal(code, place, n, size, div);
  code.i32Store(code.get(place), code.get(size), SIZE);
  storeResidues(code, place, n, size, { div, mod, wide });
  code.i32Const(1);
  return func;
}

/** Sets `size` to how many digits `n` has, and stores `2^64` times `2^(29 (size - 1)) / n`, or somewhat less. */
function storeReciprocal(code: Code, place: Local32, n: Word, size: Local32, div: Func): void {
  const moved = code.locals(I64, 4);
  const [bits, shift] = code.locals(I64, 2);
  copy(code, moved, n);
  code.set(bits, code.i64Const(256n));
  code.loop((again) => {
    code.if(code.i64Eqz(code.get(moved[3])), () => {
      for (let i = 3; i > 0; i--) code.set(moved[i], code.get(moved[i - 1]));
      code.set(bits, code.i64Sub(code.get(bits), code.i64Const(64n)));
      code.br(again);
    });
  });
  code.set(shift, code.i64Clz(code.get(moved[3])));
  shiftLeft(code, moved, shift);
  code.set(bits, code.i64Sub(code.get(bits), code.get(shift)));
  // bits of all digits but the last
  const below = code.local(I64);
  const digit = () => code.i64Const(BigInt(BITS));
  const digits = code.i64DivU(code.i64Sub(code.get(bits), code.i64Const(1n)), digit());
  code.set(below, code.i64Mul(digits, digit()));
  code.set(size, code.i32Add(code.i32Wrap(code.i64DivU(code.get(below), digit())), code.i32Const(1)));

  // n < (top + 1) 2^(bits - 64)
  const top = code.local(I64);
  const [low, quotient] = [code.local(I64), code.locals(I64, 4)];
  code.set(top, code.get(moved[3]));
  code.set(low, code.i64Add(code.get(top), code.i64Const(1n)));
  const zero = () => code.i64Const(0n);
  const distance = () => code.i64Add(code.i64Const(64n), code.i64Sub(code.get(below), code.get(bits)));
  code.setAll(
    quotient,
    code.callForAll(
      div,
      zero(),
      code.i64Shl(code.i64Const(1n), distance()),
      zero(),
      zero(),
      code.get(low),
      code.i64ExtendU(code.i64Eqz(code.get(low))),
      zero(),
      zero(),
    ),
  );
  code.i64Store(code.get(place), code.get(quotient[0]), RECIPROCAL);
}

/** Stores what powers of 2^29 leave of `n`, which has so many digits. */
function storeResidues(code: Code, place: Local32, n: Word, size: Local32, { mod, wide }: Reducing): void {
  const power = code.locals(I64, 4);
  const shift = code.local(I64);
  const [left, row, rowSize] = code.locals(I32, 3);
  const zeros = (count: number) => Array.from({ length: count }, () => code.i64Const(0n));
  // The power before the first: one bit, wherever that is.
  code.set(shift, code.i64Const(BigInt(BITS)));
  code.set(power[0], code.i64Const(1n));
  code.set(left, code.get(size));
  code.loop((again) => {
    code.set(left, code.i32Sub(code.get(left), code.i32Const(1)));
    code.if(code.get(left), () => {
      shiftLeft(code, power, shift);
      code.br(again);
    });
  });
  code.set(left, code.i32Sub(code.i32Const(PRODUCT_DIGITS), code.get(size)));
  code.set(row, code.get(place));
  // those of `rowOf`, in bytes
  const inFours = code.i32And(code.i32Add(code.get(size), code.i32Const(3)), code.i32Const(-4));
  code.set(rowSize, code.i32Mul(inFours, code.i32Const(4)));
  code.loop((again) => {
    code.if(
      code.i64Eqz(code.get(n[3])),
      () => {
        shiftLeft(code, power, shift);
        code.setAll(power, code.callForAll(mod, ...getAll(code, power), ...getAll(code, n)));
      },
      () => {
        const factor = () => [code.i64Const(1n << BigInt(BITS)), ...zeros(3)];
        code.setAll(power, code.callForAll(wide, ...getAll(code, power), ...factor(), ...getAll(code, n)));
      },
    );
    // The next row is written over what is 0 behind this one.
    for (const i of range(0, DIGITS - 1)) {
      const at = code.get(row);
      code.i64Store32(
        at,
        code.i64And(bitsFrom(code, power, BITS * i), code.i64Const(MASK)),
        RESIDUES + 4 * i,
      );
    }
    code.set(row, code.i32Add(code.get(row), code.get(rowSize)));
    code.set(left, code.i32Sub(code.get(left), code.i32Const(1)));
    code.brIf(code.get(left), again);
  });
}
