/**
 * `MULMOD` by a modulus of four limbs whose reciprocal is known from calls before: contracts that multiply do so by
 * one modulus again and again. The quotient is a product by the reciprocal (P. Barrett, "Implementing the Rivest Shamir
 * and Adleman public key encryption algorithm", 1986). Digits have 29 bits, so that columns of products are summed before
 * any carry is taken: WebAssembly has no product of 128 bits, and with 64-bit digits this is no faster than long division.
 */

import { type Code, I64, type Local64, type Operand64 } from '../../wasm/code.ts';
import type { Func, ModuleBuilder } from '../../wasm/module.ts';
import { divideDigit, prepareDivisor } from './digits.ts';
import { getAll, shiftLeft, shiftRight, shiftRightRest, TERNARY, type Word, wordParam } from './limbs.ts';

const BITS = 29;
const DIGITS = 9;
const MASK = (1n << BigInt(BITS)) - 1n;

// The modulus is moved up to 260 bits: what is left, below twice the modulus, then fits nine digits.
const RAISED = 4;
/** The reciprocal is `floor(2^522 / modulus)`; this far down in it begins what a reciprocal of the 256-bit modulus has. */
const FRACTION = 6;

// Where things are that are known of a modulus: itself, its digits when moved up, and those of the reciprocal.
const SCALED = 32;
const RECIPROCAL = SCALED + 8 * DIGITS;
// The lowest limb of the latest modulus that was another, and how often it has come since this one came.
const CANDIDATE = RECIPROCAL + 8 * DIGITS;
const COUNT = CANDIDATE + 8;
/** Bytes of memory that remember a modulus. All zero is none. */
export const RECIPROCAL_SIZE = COUNT + 8;

/** How often another modulus must come before its reciprocal is worth finding, which takes as long as two products. */
const PATIENCE = 16n;

/**
 * `(a * b) mod n` for `n` of four limbs.
 * @param known address of `RECIPROCAL_SIZE` bytes
 * @param memo where long division remembers a reciprocal of its own
 * @param otherwise does the same for a factor that has more bits than the modulus, and for moduli that come and go
 */
export function defineBarrettMulmod(
  module: ModuleBuilder,
  known: number,
  memo: number,
  otherwise: Func,
): Func {
  const prepare = defineReciprocal(module, known, memo);
  const func = module.func(TERNARY);
  const { code } = func;
  const [a, b, n] = [wordParam(code, 0), wordParam(code, 1), wordParam(code, 2)];
  const shift = code.local(I64);
  const sum = code.local(I64);
  code.set(shift, code.i64Clz(code.get(n[3])));
  const giveUp = () => code.returnCall(otherwise, ...getAll(code, a), ...getAll(code, b), ...getAll(code, n));
  code.if(code.i64Ne(shiftRightRest(code, code.get(a[3]), shift), code.i64Const(0n)), giveUp);
  const differences = n.map((limb, i) =>
    code.i64Xor(code.get(limb), code.i64Load(code.i32Const(known), 8 * i)),
  );
  const differs = differences.reduce((bits, bit) => code.i64Or(bits, bit));
  const at = code.i32Const.bind(code, known);
  code.if(
    code.i64Eqz(differs),
    () => code.i64Store(at(), code.i64Const(0n), COUNT),
    () => {
      const count = code.local(I64);
      code.if(code.i64Eq(code.get(n[0]), code.i64Load(at(), CANDIDATE)), () =>
        code.set(count, code.i64Add(code.i64Load(at(), COUNT), code.i64Const(1n))),
      );
      code.i64Store(at(), code.get(n[0]), CANDIDATE);
      code.i64Store(at(), code.get(count), COUNT);
      code.if(code.i64LtU(code.get(count), code.i64Const(PATIENCE)), giveUp);
      code.call(prepare, ...getAll(code, n));
    },
  );

  shiftLeft(code, a, shift);
  const left = digitsOf(code, a, RAISED);
  const right = digitsOf(code, b, 0);
  const x = code.locals(I64, 2 * DIGITS);
  const modulus = (i: number): Operand64 => code.i64Load(code.i32Const(known + SCALED), 8 * i);
  const reciprocal = (i: number): Operand64 => code.i64Load(code.i32Const(known + RECIPROCAL), 8 * i);
  const carry = () => code.set(sum, code.i64ShrU(code.get(sum), code.i64Const(BigInt(BITS))));
  const low = () => code.i64And(code.get(sum), code.i64Const(MASK));

  // The product.
  code.set(sum, code.i64Const(0n));
  for (let column = 0; column < 2 * DIGITS - 1; column++) {
    addColumn(
      code,
      sum,
      column,
      (i) => code.get(left[i]),
      (i) => code.get(right[i]),
      DIGITS,
    );
    code.set(x[column], low());
    carry();
  }
  code.set(x[2 * DIGITS - 1], code.get(sum));

  // The quotient: the product's upper ten digits by the reciprocal, without the columns that hardly matter. It is one
  // too small once in 64 times.
  const upper = x.slice(DIGITS - 1);
  const quotient = left;
  code.set(sum, code.i64Const(0n));
  for (let column = DIGITS - 1; column < 2 * DIGITS; column++) {
    addColumn(code, sum, column, (i) => code.get(upper[i]), reciprocal, DIGITS + 1);
    if (column > DIGITS) code.set(quotient[column - DIGITS - 1], low());
    carry();
  }
  code.set(quotient[DIGITS - 1], code.get(sum));

  // What is left.
  const rest = x.slice(0, DIGITS);
  code.set(sum, code.i64Const(0n));
  for (let column = 0; column < DIGITS; column++) {
    code.set(sum, code.i64Add(code.get(sum), code.get(rest[column])));
    addColumn(code, sum, column, (i) => code.get(quotient[i]), modulus, DIGITS, code.i64Sub);
    code.set(rest[column], low());
    code.set(sum, code.i64ShrS(code.get(sum), code.i64Const(BigInt(BITS))));
  }
  const differenceDigits = right;
  code.loop((again) => {
    code.set(sum, code.i64Const(0n));
    for (let i = 0; i < DIGITS; i++) {
      code.set(sum, code.i64Sub(code.i64Add(code.get(sum), code.get(rest[i])), modulus(i)));
      code.set(differenceDigits[i], low());
      code.set(sum, code.i64ShrS(code.get(sum), code.i64Const(BigInt(BITS))));
    }
    code.if(code.i64Eqz(code.get(sum)), () => {
      for (let i = 0; i < DIGITS; i++) code.set(rest[i], code.get(differenceDigits[i]));
      code.br(again);
    });
  });
  for (let i = 0; i < 4; i++) code.set(a[i], limbOf(code, rest, 64 * i + RAISED));
  shiftRight(code, a, shift);
  getAll(code, a);
  return func;
}

/** `sum` plus, or less, the products of digits whose places add up to a column. */
function addColumn(
  code: Code,
  sum: Local64,
  column: number,
  left: (i: number) => Operand64,
  right: (i: number) => Operand64,
  leftDigits: number,
  combine: (a: Operand64, b: Operand64) => Operand64 = code.i64Add,
): void {
  let total = code.get(sum);
  for (let i = Math.max(0, column - DIGITS + 1); i <= Math.min(column, leftDigits - 1); i++) {
    total = combine.call(code, total, code.i64Mul(left(i), right(column - i)));
  }
  code.set(sum, total);
}

/** The digits of a word times `2^raised`, in new locals. */
function digitsOf(code: Code, word: Word, raised: number): Word {
  return Array.from({ length: DIGITS }, (_, i) => {
    const digit = code.local(I64);
    code.set(digit, code.i64And(bitsFrom(code, word, BITS * i - raised), code.i64Const(MASK)));
    return digit;
  });
}

/** The bits of a word from one of them on, 29 at least where there are so many; from below 0, zeros come first. */
function bitsFrom(code: Code, word: Word, from: number): Operand64 {
  if (from < 0) return code.i64Shl(code.get(word[0]), code.i64Const(BigInt(-from)));
  const [limb, bit] = [from >> 6, from & 63];
  const own = code.i64ShrU(code.get(word[limb]), code.i64Const(BigInt(bit)));
  if (bit <= 64 - BITS || limb === 3) return own;
  return code.i64Or(own, code.i64Shl(code.get(word[limb + 1]), code.i64Const(BigInt(64 - bit))));
}

/** 64 bits of a number in digits, from one of them on. */
function limbOf(code: Code, digits: Word, from: number): Operand64 {
  const moved = (i: number): Operand64 => {
    const at = BITS * i - from;
    const distance = BigInt(Math.abs(at));
    if (at < 0) return code.i64ShrU(code.get(digits[i]), code.i64Const(distance));
    return code.i64Shl(code.get(digits[i]), code.i64Const(distance));
  };
  const first = Math.floor(from / BITS);
  let limb = moved(first);
  for (let i = first + 1; i < DIGITS && BITS * i < from + 64; i++) limb = code.i64Or(limb, moved(i));
  return limb;
}

/** Stores a modulus with what is to be known of it. */
function defineReciprocal(module: ModuleBuilder, known: number, memo: number): Func {
  const func = module.func({ params: [I64, I64, I64, I64], results: [] });
  const { code } = func;
  const n = wordParam(code, 0);
  const shift = code.local(I64);
  const store = (value: Local64, at: number): void =>
    code.i64Store(code.i32Const(known), code.get(value), at);
  for (const [i, limb] of n.entries()) store(limb, 8 * i);
  code.set(shift, code.i64Clz(code.get(n[3])));
  shiftLeft(code, n, shift);
  digitsOf(code, n, RAISED).forEach((digit, i) => void store(digit, SCALED + 8 * i));
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
  const raised = digitsOf(code, word, FRACTION);
  const lowest = code.i64ShrU(code.get(fraction), code.i64Const(BigInt(64 - FRACTION)));
  code.set(raised[0], code.i64Or(lowest, code.get(raised[0])));
  // The top digit has the bits that are left, and the 2^256.
  const top = bitsFrom(code, word, BITS * (DIGITS - 1) - FRACTION);
  code.set(
    raised[DIGITS - 1],
    code.i64Or(top, code.i64Const(1n << BigInt(256 + FRACTION - BITS * (DIGITS - 1)))),
  );
  raised.forEach((digit, i) => void store(digit, RECIPROCAL + 8 * i));
  return func;
}
