/**
 * `MULMOD` by a modulus whose reciprocal is known from calls before: contracts that multiply do so by one modulus again
 * and again. The quotient is a product by the reciprocal (P. Barrett, "Implementing the Rivest Shamir and Adleman public
 * key encryption algorithm", 1986). With 107 products of digits, where written out there were 181, and with unreduced
 * factors multiplied as they are, a call takes 190 cycles instead of 270, and of 430 for a factor longer than the modulus.
 */

import { type Code, I32, I64, type Local64, type Operand64 } from '../../wasm/code.ts';
import type { Func, ModuleBuilder } from '../../wasm/module.ts';
import { addColumn, BITS, DIGITS, digitsOf, limbOf, MASK, range, sumPrefixes } from './columns.ts';
import { divideDigit, prepareDivisor } from './digits.ts';
import {
  copy,
  getAll,
  lessThan,
  orAll,
  returnLimb,
  returnWord,
  shiftLeft,
  shiftRight,
  subLimbs,
  type Word,
  wordParam,
} from './limbs.ts';

/** Bits that each factor is moved up by: the product's lower nine digits then hold little of what makes the quotient. */
const FACTOR_RAISED = 6;
const RAISED = 2 * FACTOR_RAISED;
/** Bits that the modulus is moved up by, once its top bit is set. */
const MODULUS_RAISED = 4;
/** The reciprocal is `floor(2^522 / modulus)`; this far down in it begins what a reciprocal of the 256-bit modulus has. */
const FRACTION = 6;
/** A modulus of more leading zeros is known without them, and a factor moved up instead. */
const LEADING_ZEROS = 3n;

/** The columns of the quotient's product that are summed, and those of what is left. */
const UPPER_COLUMNS = range(DIGITS - 1, 2 * DIGITS - 2);
const LOWER_COLUMNS = range(0, DIGITS);
/** The first column whose carry matters to the quotient. */
const FIRST_CARRY = DIGITS - 2;

// Where things are that are known of a modulus: itself, how far it was moved up, itself moved up, the bits that quotients
// have in their lowest digit, its digits, each less than 0, and those of the reciprocal.
const MOVED_BY = 32;
const MOVED = MOVED_BY + 8;
const QUOTIENT_MASK = MOVED + 32;
const NEGATED = QUOTIENT_MASK + 8;
const RECIPROCAL = NEGATED + 8 * DIGITS;
// The lowest limb of the latest modulus that was another, and how often it has come since this one came.
const CANDIDATE = RECIPROCAL + 8 * DIGITS;
const COUNT = CANDIDATE + 8;
/** Bytes of memory that remember a modulus. All zero is none. */
export const RECIPROCAL_SIZE = COUNT + 8;

/** How often another modulus must come before its reciprocal is worth finding, which takes as long as two products. */
const PATIENCE = 16n;

/**
 * Emits what returns `(a * b) mod n` where `n` is the modulus known at `known`, zero for zero; other moduli are left
 * alone, `n` and the factors as they are.
 */
export function multiplyByKnown(
  code: Code,
  known: number,
  [a, b, n]: readonly [Word, Word, Word],
  mod: Func,
): void {
  const at = () => code.i32Const(known);
  const differences = n.map((limb, i) => code.i64Xor(code.get(limb), code.i64Load(at(), 8 * i)));
  code.if(code.i64Eqz(differences.reduce((bits, bit) => code.i64Or(bits, bit))), () => {
    // nothing is known at first
    code.if(code.i64Eqz(orAll(code, n)), () => returnLimb(code, code.i64Const(0n)));
    code.i64Store(at(), code.i64Const(0n), COUNT);
    const movedBy = code.local(I64);
    code.set(movedBy, code.i64Load(at(), MOVED_BY));
    const isMoved = () => code.i64Ne(code.get(movedBy), code.i64Const(0n));
    code.if(isMoved(), () => {
      code.if(code.i32Eqz(lessThan(code, b, n)), () =>
        code.setAll(b, code.callForAll(mod, ...getAll(code, b), ...getAll(code, n))),
      );
      moveUp(code, b, movedBy);
    });
    multiplyReduced(code, known, a, b);
    code.if(isMoved(), () => moveDown(code, a, movedBy));
    returnWord(code, a);
  });
}

/**
 * `a = (a * b) mod n` with the modulus known at `known`, moved up; `b` is below it if it was moved. With the product of
 * 512 bits and the modulus both moved up by 12, sums of columns stay below 2^63, and the quotient is too small, by one,
 * once in 65 calls for a modulus whose top bit is set, once in eight for one of three leading zeros.
 */
function multiplyReduced(code: Code, known: number, a: Word, b: Word): void {
  const at = () => code.i32Const(known);
  const carry = code.local(I64);
  const sum = code.local(I64);
  const prefix = code.locals(I64, DIGITS);
  const shifted = (value: Local64, shift: (a: Operand64, b: Operand64) => Operand64): Operand64 =>
    shift.call(code, code.get(value), code.i64Const(BigInt(BITS)));
  const low = () => code.i64And(code.get(sum), code.i64Const(MASK));

  // The product: its lower columns as they are, its upper digits.
  const left = digitsOf(code, a, FACTOR_RAISED);
  const right = digitsOf(code, b, FACTOR_RAISED);
  const columns = code.locals(I64, DIGITS + 1);
  const upper = code.locals(I64, DIGITS);
  sumPrefixes(code, prefix, left, right);
  for (const column of range(0, 2 * DIGITS - 2)) {
    code.set(sum, addColumn(code, undefined, column, left, right, prefix));
    if (column < columns.length) code.set(columns[column], code.get(sum));
    if (column > FIRST_CARRY) code.set(sum, code.i64Add(code.get(sum), code.get(carry)));
    if (column >= FIRST_CARRY) code.set(carry, shifted(sum, code.i64ShrU));
    if (column >= DIGITS) code.set(upper[column - DIGITS], low());
  }
  code.set(upper[DIGITS - 1], code.get(carry));

  // The quotient: the upper digits by the reciprocal, without the columns that hardly matter.
  const [reciprocal, quotient] = [right, left];
  loadDigits(code, reciprocal, known + RECIPROCAL);
  sumPrefixes(code, prefix, upper, reciprocal);
  for (const column of UPPER_COLUMNS) {
    const start = column === UPPER_COLUMNS[0] ? undefined : () => code.get(carry);
    code.set(sum, addColumn(code, start, column, upper, reciprocal, prefix));
    code.set(carry, shifted(sum, code.i64ShrU));
    if (column < DIGITS) continue;
    const digit = column === DIGITS ? code.i64And(code.get(sum), code.i64Load(at(), QUOTIENT_MASK)) : low();
    code.set(quotient[column - DIGITS], digit);
  }
  code.set(quotient[DIGITS - 1], code.get(carry));

  // What is left.
  const [negated, rest] = [right, columns];
  loadDigits(code, negated, known + NEGATED);
  sumPrefixes(code, prefix, quotient, negated);
  for (const column of LOWER_COLUMNS) {
    code.set(
      sum,
      addColumn(code, () => code.get(rest[column]), column, quotient, negated, prefix),
    );
    if (column > 0) code.set(sum, code.i64Add(code.get(sum), code.get(carry)));
    code.set(carry, shifted(sum, code.i64ShrS));
    code.set(rest[column], low());
  }
  for (let i = 0; i < 4; i++) code.set(a[i], limbOf(code, rest, 64 * i + RAISED));
  const above = code.local(I64);
  code.set(above, limbOf(code, rest, 256 + RAISED));
  // The quotient may be too small, by one as a rule.
  const modulus = code.locals(I64, 4);
  const [difference, borrow, t] = [code.locals(I64, 4), code.local(I64), code.local(I64)];
  code.block((done) => {
    code.loop((again) => {
      const isSmaller = code.i64LtU(code.get(a[3]), code.i64Load(at(), MOVED + 24));
      code.brIf(code.i32And(isSmaller, code.i64Eqz(code.get(above))), done);
      for (const [i, limb] of modulus.entries()) code.set(limb, code.i64Load(at(), MOVED + 8 * i));
      copy(code, difference, a);
      subLimbs(code, difference, modulus, borrow, t);
      code.brIf(code.i64GtU(code.get(borrow), code.get(above)), done);
      code.set(above, code.i64Sub(code.get(above), code.get(borrow)));
      copy(code, a, difference);
      code.br(again);
    });
  });
}

function loadDigits(code: Code, digits: Word, address: number): void {
  for (const [i, digit] of digits.entries()) code.set(digit, code.i64Load(code.i32Const(address), 8 * i));
}

/** `word <<= by` for 0 ≤ by < 256; what leaves at the top is lost. */
function moveUp(code: Code, word: Word, by: Local64): void {
  const left = code.local(I64);
  code.set(left, code.get(by));
  code.block((done) => {
    code.loop((again) => {
      code.brIf(code.i64LtU(code.get(left), code.i64Const(64n)), done);
      for (let i = 3; i > 0; i--) code.set(word[i], code.get(word[i - 1]));
      code.set(word[0], code.i64Const(0n));
      code.set(left, code.i64Sub(code.get(left), code.i64Const(64n)));
      code.br(again);
    });
  });
  shiftLeft(code, word, left);
}

/** `word >>= by` for 0 ≤ by < 256. */
function moveDown(code: Code, word: Word, by: Local64): void {
  const left = code.local(I64);
  code.set(left, code.get(by));
  code.block((done) => {
    code.loop((again) => {
      code.brIf(code.i64LtU(code.get(left), code.i64Const(64n)), done);
      for (let i = 0; i < 3; i++) code.set(word[i], code.get(word[i + 1]));
      code.set(word[3], code.i64Const(0n));
      code.set(left, code.i64Sub(code.get(left), code.i64Const(64n)));
      code.br(again);
    });
  });
  shiftRight(code, word, left);
}

/**
 * `(n)`: learns a modulus of two limbs at least that came without being known, once it has come often: returns whether
 * it is known now.
 */
export function defineLearning(module: ModuleBuilder, known: number, memo: number): Func {
  const func = module.func({ params: [I64, I64, I64, I64], results: [I32] });
  const { code } = func;
  const n = wordParam(code, 0);
  const at = () => code.i32Const(known);
  const count = code.local(I64);
  code.if(code.i64Eq(code.get(n[0]), code.i64Load(at(), CANDIDATE)), () =>
    code.set(count, code.i64Add(code.i64Load(at(), COUNT), code.i64Const(1n))),
  );
  code.i64Store(at(), code.get(n[0]), CANDIDATE);
  code.i64Store(at(), code.get(count), COUNT);
  code.if(code.i64LtU(code.get(count), code.i64Const(PATIENCE)), () => code.return(code.i32Const(0)));

  const store = (value: Local64, to: number): void => code.i64Store(at(), code.get(value), to);
  for (const [i, limb] of n.entries()) store(limb, 8 * i);
  const shift = code.local(I64);
  const movedBy = code.local(I64);
  code.loop((again) => {
    code.if(code.i64Eqz(code.get(n[3])), () => {
      for (let i = 3; i > 0; i--) code.set(n[i], code.get(n[i - 1]));
      code.set(n[0], code.i64Const(0n));
      code.set(movedBy, code.i64Add(code.get(movedBy), code.i64Const(64n)));
      code.br(again);
    });
  });
  code.set(shift, code.i64Clz(code.get(n[3])));
  code.if(code.i64GtU(code.i64Or(code.get(movedBy), code.get(shift)), code.i64Const(LEADING_ZEROS)), () => {
    shiftLeft(code, n, shift);
    code.set(movedBy, code.i64Add(code.get(movedBy), code.get(shift)));
    code.set(shift, code.i64Const(0n));
  });
  store(movedBy, MOVED_BY);
  for (const [i, limb] of n.entries()) store(limb, MOVED + 8 * i);
  // The quotient's product is this much larger than the quotient.
  const surplus = () => code.i64Sub(code.i64Const(BigInt(RAISED - MODULUS_RAISED)), code.get(shift));
  const mask = () => code.i64And(code.i64Shl(code.i64Const(-1n), surplus()), code.i64Const(MASK));
  code.i64Store(at(), mask(), QUOTIENT_MASK);
  shiftLeft(code, n, shift);
  for (const [i, digit] of digitsOf(code, n, MODULUS_RAISED).entries()) {
    code.i64Store(at(), code.i64Sub(code.i64Const(0n), code.get(digit)), NEGATED + 8 * i);
  }

  // floor((2^512 - 1) / n) is 2^256 and a word, and its fraction another limb: the dividend is ones from ~n on down.
  const divisor = prepareDivisor(code, n, memo);
  const ones = code.local(I64);
  const rest = code.locals(I64, 4);
  const quotient = code.locals(I64, 5);
  code.set(ones, code.i64Const(-1n));
  for (const [i, limb] of rest.entries()) code.set(limb, code.i64Xor(code.get(n[i]), code.get(ones)));
  for (let i = 4; i >= 0; i--) {
    divideDigit(code, divisor, rest, ones);
    code.set(quotient[i], code.get(divisor.digit.whole));
  }
  const [fraction, ...word] = quotient;
  const digits = digitsOf(code, word, FRACTION);
  const lowest = code.i64ShrU(code.get(fraction), code.i64Const(BigInt(64 - FRACTION)));
  code.set(digits[0], code.i64Or(lowest, code.get(digits[0])));
  // the 2^256
  const top = digits[DIGITS - 1];
  const whole = code.i64Const(1n << BigInt(256 + FRACTION - BITS * (DIGITS - 1)));
  code.set(top, code.i64Or(code.get(top), whole));
  for (const [i, digit] of digits.entries()) store(digit, RECIPROCAL + 8 * i);
  code.i32Const(1);
  return func;
}
