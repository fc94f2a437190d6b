/**
 * The smallest steps of 256-bit arithmetic, written into a function's code where they are used. A word is four
 * 64-bit limbs in locals, least significant first. WebAssembly has neither a carry flag nor a 64 by 64 to 128 bit
 * product: a carry is a comparison, a product is four products of 32-bit halves.
 */

import { type Code, I32, I64, type Local64, type Operand32, type Operand64 } from '../../wasm/code.ts';
import type { Signature } from '../../wasm/module.ts';

/** A word in locals: four limbs, least significant first. */
export type Word = readonly Local64[];

/** A limb together with its low and its high 32 bits, for products. */
export interface Halves {
  readonly whole: Local64;
  readonly low: Local64;
  readonly high: Local64;
}

/** Two words to one word, as limbs. */
export const BINARY: Signature = { params: Array(8).fill(I64), results: Array(4).fill(I64) };
/** Three words to one word, as limbs. */
export const TERNARY: Signature = { params: Array(12).fill(I64), results: Array(4).fill(I64) };

/** The low half of a limb. */
export const LOW_32 = 0xffff_ffffn;

/** The function's `index`-th word parameter. */
export function wordParam(code: Code, index: number): Word {
  return [0, 1, 2, 3].map((limb) => code.param(4 * index + limb, I64));
}

/** The limbs on the operand stack, in the order of results and arguments. */
export function getAll(code: Code, limbs: Word): Operand64[] {
  return limbs.map((limb) => code.get(limb));
}

/** Returns from a function of a word result. */
export function returnWord(code: Code, limbs: Word): void {
  code.return(...getAll(code, limbs));
}

/** Returns a result that fits a limb. */
export function returnLimb(code: Code, limb: Operand64): void {
  code.return(limb, code.i64Const(0n), code.i64Const(0n), code.i64Const(0n));
}

/** All bits that are set in any of the limbs. */
export function orAll(code: Code, limbs: Word): Operand64 {
  let bits = code.get(limbs[0]);
  for (const limb of limbs.slice(1)) bits = code.i64Or(bits, code.get(limb));
  return bits;
}

/** The bits that are set in all of the limbs. */
export function andAll(code: Code, limbs: Word): Operand64 {
  let bits = code.get(limbs[0]);
  for (const limb of limbs.slice(1)) bits = code.i64And(bits, code.get(limb));
  return bits;
}

/** Fills the halves of a limb. */
export function split(code: Code, halves: Halves): void {
  code.set(halves.low, code.i64And(code.get(halves.whole), code.i64Const(LOW_32)));
  code.set(halves.high, code.i64ShrU(code.get(halves.whole), code.i64Const(32n)));
}

/** The halves of a limb, in new locals, to be filled by `split`. */
export function halvesOf(code: Code, whole: Local64): Halves {
  return { whole, low: code.local(I64), high: code.local(I64) };
}

/** The halves of limbs, in new locals, filled. */
export function splitAll(code: Code, limbs: Word): Halves[] {
  return limbs.map((whole) => {
    const halves = halvesOf(code, whole);
    split(code, halves);
    return halves;
  });
}

/** `(high, low) = a * b`. The results must not be locals of the operands. */
export function multiplyWide(code: Code, a: Halves, b: Halves, high: Local64, low: Local64): void {
  const half = () => code.i64Const(32n);
  // high holds ah * bl + (al * bl >> 32), which cannot overflow, until the last line needs it twice
  code.set(
    high,
    code.i64Add(
      code.i64Mul(code.get(a.high), code.get(b.low)),
      code.i64ShrU(code.i64Mul(code.get(a.low), code.get(b.low)), half()),
    ),
  );
  code.set(
    high,
    code.i64Add(
      code.i64Add(code.i64Mul(code.get(a.high), code.get(b.high)), code.i64ShrU(code.get(high), half())),
      code.i64ShrU(
        code.i64Add(
          code.i64Mul(code.get(a.low), code.get(b.high)),
          code.i64And(code.get(high), code.i64Const(LOW_32)),
        ),
        half(),
      ),
    ),
  );
  code.set(low, code.i64Mul(code.get(a.whole), code.get(b.whole)));
}

/** `sum += addend; into += carry`. */
export function addInto(code: Code, sum: Local64, addend: Local64, into: Local64): void {
  code.set(sum, code.i64Add(code.get(sum), code.get(addend)));
  code.set(into, code.i64Add(code.get(into), code.i64ExtendU(code.i64LtU(code.get(sum), code.get(addend)))));
}

/** `to = from` over limbs that are equally many. */
export function copy(code: Code, to: Word, from: Word): void {
  for (const [i, limb] of to.entries()) code.set(limb, code.get(from[i]));
}

/** `a += b` over limbs that are equally many; `carry` is the carry out. */
export function addLimbs(code: Code, a: Word, b: Word, carry: Local64): void {
  for (const [i, limb] of a.entries()) {
    code.set(limb, code.i64Add(code.get(limb), code.get(b[i])));
    const ofLimb = code.i64LtU(code.get(limb), code.get(b[i]));
    if (i === 0) {
      code.set(carry, code.i64ExtendU(ofLimb));
      continue;
    }
    code.set(limb, code.i64Add(code.get(limb), code.get(carry)));
    const ofCarry = code.i64LtU(code.get(limb), code.get(carry));
    code.set(carry, code.i64ExtendU(code.i32Or(ofLimb, ofCarry)));
  }
}

/** `a -= b` over limbs that are equally many; `borrow` is the borrow out. `t` is scratch. */
export function subLimbs(code: Code, a: Word, b: Word, borrow: Local64, t: Local64): void {
  for (const [i, limb] of a.entries()) {
    const ofLimb = code.i64LtU(code.get(limb), code.get(b[i]));
    if (i === 0) {
      code.set(borrow, code.i64ExtendU(ofLimb));
      code.set(limb, code.i64Sub(code.get(limb), code.get(b[i])));
      continue;
    }
    code.set(t, code.i64Sub(code.get(limb), code.get(b[i])));
    const ofBorrow = code.i64LtU(code.get(t), code.get(borrow));
    code.set(limb, code.i64Sub(code.get(t), code.get(borrow)));
    code.set(borrow, code.i64ExtendU(code.i32Or(ofLimb, ofBorrow)));
  }
}

/** Whether `a < b`, unsigned, over limbs that are equally many. Most pairs differ in the first limb looked at. */
export function lessThan(code: Code, a: Word, b: Word): Operand32 {
  const top = a.length - 1;
  if (top === 0) return code.i64LtU(code.get(a[0]), code.get(b[0]));
  return code.choose(
    I32,
    code.i64Ne(code.get(a[top]), code.get(b[top])),
    () => code.i64LtU(code.get(a[top]), code.get(b[top])),
    () => lessThan(code, a.slice(0, top), b.slice(0, top)),
  );
}

/** Whether just one bit of a word is set. */
export function isPowerOfTwo(code: Code, word: Word): Operand32 {
  let bits = code.i64Popcnt(code.get(word[0]));
  for (const limb of word.slice(1)) bits = code.i64Add(bits, code.i64Popcnt(code.get(limb)));
  return code.i64Eq(bits, code.i64Const(1n));
}

/** `limbs = -limbs` modulo 2^256. */
export function negate(code: Code, limbs: Word): void {
  // Up to and including the lowest limb that is not zero a limb is negated, above it inverted: -x = ~x + 1.
  for (let i = limbs.length - 1; i > 0; i--) {
    const carry = code.i64ExtendU(code.i64Eqz(orAll(code, limbs.slice(0, i))));
    const inverted = code.i64Xor(code.get(limbs[i]), code.i64Const(-1n));
    code.set(limbs[i], code.i64Add(carry, inverted));
  }
  code.set(limbs[0], code.i64Sub(code.i64Const(0n), code.get(limbs[0])));
}

/** `limb >> (64 - by)` for 0 ≤ by < 64: two shifts, since one by 64 would be one by 0. */
export function shiftRightRest(code: Code, limb: Operand64, by: Local64): Operand64 {
  const half = code.i64ShrU(limb, code.i64Const(1n));
  return code.i64ShrU(half, code.i64Xor(code.get(by), code.i64Const(63n)));
}

/** The upper limb of `(upper, lower) << by` for 0 ≤ by < 64. */
export function shiftLeftPair(code: Code, upper: Operand64, by: Local64, lower: () => Operand64): Operand64 {
  return code.i64Or(code.i64Shl(upper, code.get(by)), shiftRightRest(code, lower(), by));
}

/** The lower limb of `(upper, lower) >> by` for 0 ≤ by < 64. */
export function shiftRightPair(code: Code, upper: Local64, by: Local64, lower: Local64): Operand64 {
  const kept = code.i64ShrU(code.get(lower), code.get(by));
  const half = code.i64Shl(code.get(upper), code.i64Const(1n));
  return code.i64Or(kept, code.i64Shl(half, code.i64Xor(code.get(by), code.i64Const(63n))));
}

/** `limbs <<= by` for 0 ≤ by < 64; what leaves at the top is lost. */
export function shiftLeft(code: Code, limbs: Word, by: Local64): void {
  for (let i = limbs.length - 1; i > 0; i--) {
    const shifted = shiftLeftPair(code, code.get(limbs[i]), by, () => code.get(limbs[i - 1]));
    code.set(limbs[i], shifted);
  }
  code.set(limbs[0], code.i64Shl(code.get(limbs[0]), code.get(by)));
}

/** `limbs >>= by` for 0 ≤ by < 64. */
export function shiftRight(code: Code, limbs: Word, by: Local64): void {
  const top = limbs.length - 1;
  for (let i = 0; i < top; i++) code.set(limbs[i], shiftRightPair(code, limbs[i + 1], by, limbs[i]));
  code.set(limbs[top], code.i64ShrU(code.get(limbs[top]), code.get(by)));
}
