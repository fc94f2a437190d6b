/**
 * Products of words in digits of 29 bits, so that columns of products are summed before any carry is taken: WebAssembly
 * has no product of 128 bits. A number is nine digits, the least significant first.
 *
 * Processors multiply once in a cycle and add five times, so each pair of places of a column costs one product, as
 * Karatsuba and Ofman found (1962): `a_i b_j + a_j b_i = (a_i - a_j) (b_j - b_i) + a_i b_i + a_j b_j`. The last two serve
 * all columns.
 */

import { type Code, I64, type Operand64 } from '../../wasm/code.ts';
import type { Word } from './limbs.ts';

/** Bits of a digit. */
export const BITS = 29;
/** Digits of a word. */
export const DIGITS = 9;
/** The bits of a digit. */
export const MASK = (1n << BigInt(BITS)) - 1n;

/** The numbers from one to another, both among them. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** The pairs of different places, the lower first, that add up to a column. */
function pairsIn(column: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = Math.max(0, column - DIGITS + 1); 2 * i < column; i++) pairs.push([i, column - i]);
  return pairs;
}

/** `prefix[i]` is the sum of the products of equal places up to the `i`-th. */
export function sumPrefixes(code: Code, prefix: Word, left: Word, right: Word): void {
  for (const [i, sum] of prefix.entries()) {
    const product = code.i64Mul(code.get(left[i]), code.get(right[i]));
    code.set(sum, i === 0 ? product : code.i64Add(product, code.get(prefix[i - 1])));
  }
}

/** A column of a product, added to `start`. */
export function addColumn(
  code: Code,
  start: (() => Operand64) | undefined,
  column: number,
  left: Word,
  right: Word,
  prefix: Word,
): Operand64 {
  let total = code.get(prefix[Math.min(column, DIGITS - 1)]);
  if (column >= DIGITS) total = code.i64Sub(total, code.get(prefix[column - DIGITS]));
  if (start !== undefined) total = code.i64Add(total, start());
  for (const [i, j] of pairsIn(column)) {
    const difference = code.i64Sub(code.get(left[i]), code.get(left[j]));
    total = code.i64Add(total, code.i64Mul(difference, code.i64Sub(code.get(right[j]), code.get(right[i]))));
  }
  return total;
}

/** The digits of a word times `2^raised`, in new locals; the last has all bits that are left. */
export function digitsOf(code: Code, word: Word, raised: number): Word {
  return Array.from({ length: DIGITS }, (_, i) => {
    const digit = code.local(I64);
    const bits = bitsFrom(code, word, BITS * i - raised);
    code.set(digit, i === DIGITS - 1 ? bits : code.i64And(bits, code.i64Const(MASK)));
    return digit;
  });
}

/** The bits of a word from one of them on, 29 at least where there are so many; from below 0, zeros come first. */
export function bitsFrom(code: Code, word: Word, from: number): Operand64 {
  if (from < 0) return code.i64Shl(code.get(word[0]), code.i64Const(BigInt(-from)));
  const [limb, bit] = [from >> 6, from & 63];
  const own = code.i64ShrU(code.get(word[limb]), code.i64Const(BigInt(bit)));
  if (bit <= 64 - BITS || limb === 3) return own;
  return code.i64Or(own, code.i64Shl(code.get(word[limb + 1]), code.i64Const(BigInt(64 - bit))));
}

/** 64 bits, or as many as there are, of a number in digits, from one of them on. */
export function limbOf(code: Code, digits: Word, from: number): Operand64 {
  const moved = (i: number): Operand64 => {
    const at = BITS * i - from;
    const distance = BigInt(Math.abs(at));
    if (at < 0) return code.i64ShrU(code.get(digits[i]), code.i64Const(distance));
    return code.i64Shl(code.get(digits[i]), code.i64Const(distance));
  };
  const first = Math.floor(from / BITS);
  let limb = moved(first);
  for (let i = first + 1; i < digits.length && BITS * i < from + 64; i++) limb = code.i64Or(limb, moved(i));
  return limb;
}
