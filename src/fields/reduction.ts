/**
 * The two ways to bring a product back to the size of an element. Both take the columns of a product one by one, as
 * signed 64-bit sums, and leave limbs of `bits` bits of which only the last may be negative.
 */

import { type Code, I64, type Local64, type Operand64 } from '../wasm/code.ts';
import { limbsOf, type Radix } from './radix.ts';

/** Writes column `k` of a product: the sum of all products of limbs `i` and `k - i`. */
export type Column = (k: number) => Operand64;

/** A way to reduce products modulo one prime. */
export interface Reduction {
  /** What an integer is multiplied by to become an element: 1, or Montgomery's power of two. */
  readonly factor: bigint;
  /** Reduces the product that the columns make; returns the limbs of the result. */
  emit(code: Code, column: Column): Local64[];
  /** The most that is added to a column, with quotients and carries, before it is carried from. */
  readonly columnSlack: number;
  /** The least and the greatest limb that a result can have, the last apart. */
  readonly leastLimb: number;
  readonly greatestLimb: number;
  /** The greatest absolute value of a result, in multiples of the prime, for a product of that many squares of it. */
  greatestValue(squares: number): number;
}

/**
 * Montgomery's reduction, for any odd modulus: adds the multiple of the modulus that makes the low half zero and
 * drops that half, which divides by 2^(bits · limbs). Without a last subtraction, which the spare bits above the
 * modulus make unnecessary. P. Montgomery, Modular multiplication without trial division, 1985.
 *
 * In the place of the modulus p stands its multiple m = M · 2^bits - 1, so that a column is its own quotient and to add
 * q · m is to drop the column and add q · M to those above: from one quotient to the next there are six cycles to wait and
 * not eleven. With the last quotient it is p, lest the result be as large as m: a product of a and b gives at most
 * |a · b| / 2^(bits · limbs) + 2p.
 */
export function montgomery(modulus: bigint, radix: Radix): Reduction {
  const { limbs, bits } = radix;
  const shift = BigInt(bits);
  const mask = (1n << shift) - 1n;
  const p = limbsOf(modulus, radix);
  const inverse = negatedInverse(modulus, bits);
  const factor = 1n << BigInt(bits * limbs);
  const lifted = balancedLimbs((modulus * inverse + 1n) >> shift, radix);
  // Where the modulus is such a multiple itself, the last quotient is as the others.
  const last = inverse === 1n ? limbs : limbs - 1;
  const multiplesOf = lifted.every(isPowerOfTwo) ? plainMultiples : pairedMultiples;
  return {
    factor: factor % modulus,
    columnSlack: greatestColumn(lifted.map(Number), Number(mask)) + Number(mask) ** 2 + 2 ** (64 - bits),
    leastLimb: 0,
    greatestLimb: Number(mask),
    greatestValue: (squares) => (squares * Number(modulus)) / Number(factor) + 2,
    emit(code, column) {
      const result = code.locals(I64, limbs);
      const quotients = code.locals(I64, limbs);
      const sum = code.local(I64);
      const carry = code.local(I64);
      const multiples = multiplesOf(code, quotients.slice(0, last), lifted);
      for (let k = 0; k < 2 * limbs - 1; k++) {
        let value = multiples(column(k), k);
        if (last < limbs && k >= limbs) value = addMultiple(code, value, quotients[last], p[k - last]);
        if (k > 0) value = code.i64Add(value, code.get(carry));
        code.set(sum, value);
        const low = k < limbs ? quotients[k] : result[k - limbs];
        if (k === last && k < limbs) {
          const quotient = code.i64Mul(code.get(sum), code.i64Const(inverse));
          code.set(low, code.i64And(quotient, code.i64Const(mask)));
          code.set(sum, addMultiple(code, code.get(sum), low, p[0]));
        } else {
          code.set(low, code.i64And(code.get(sum), code.i64Const(mask)));
        }
        code.set(carry, code.i64ShrS(code.get(sum), code.i64Const(shift)));
      }
      code.set(result[limbs - 1], code.get(carry));
      return result;
    },
  };
}

/** The limbs of an integer, of which each but the last is the least in absolute value. */
function balancedLimbs(value: bigint, radix: Radix): bigint[] {
  const limbs = limbsOf(value, radix);
  for (let i = 0; i < limbs.length - 1; i++) {
    if (limbs[i] >> BigInt(radix.bits - 1) === 0n) continue;
    limbs[i] -= 1n << BigInt(radix.bits);
    limbs[i + 1] += 1n;
  }
  return limbs;
}

/**
 * For a prime just below a power of two, 2^size - c with c of two limbs at most: what lies above the power counts c
 * times below it. Half the multiplications of Montgomery's.
 */
export function pseudoMersenne(modulus: bigint, size: number, radix: Radix): Reduction {
  const { limbs, bits } = radix;
  const shift = BigInt(bits);
  const mask = (1n << shift) - 1n;
  // Bits of the last limb that are below 2^size, and those above.
  const topBits = size - bits * (limbs - 1);
  const spare = bits - topBits;
  const c = (1n << BigInt(size)) - modulus;
  const low = limbsOf(c, { bits, limbs: 2 });
  const high = limbsOf(c << BigInt(spare), { bits, limbs: 2 });
  const topMask = (1n << BigInt(topBits)) - 1n;
  if (high[1] >> shift !== 0n) throw new RangeError(`pseudoMersenne: 2^${size} - modulus is not small`);
  return {
    factor: 1n,
    // The excess is below 2^(63 - topBits) and 2^43.
    columnSlack:
      Number(mask) * Number(high[0] + high[1]) + 2 ** 44 * Number(low[0] + low[1]) + 2 ** (65 - bits),
    leastLimb: -(2 ** 22),
    greatestLimb: Number(mask) + 2 ** 22,
    greatestValue: () => 1 + 2 ** -32,
    emit(code, column) {
      const result = code.locals(I64, limbs);
      const upper = code.locals(I64, limbs);
      const [sum, carry, top, excess] = code.locals(I64, 4);
      const masked = (value: Operand64, by: bigint) => code.i64And(value, code.i64Const(by));
      for (let k = limbs; k < 2 * limbs - 1; k++) {
        const value = column(k);
        code.set(sum, k === limbs ? value : code.i64Add(value, code.get(carry)));
        code.set(upper[k - limbs], masked(code.get(sum), mask));
        code.set(carry, code.i64ShrS(code.get(sum), code.i64Const(shift)));
      }
      code.set(upper[limbs - 1], code.get(carry));
      const lower = (k: number) => {
        const value = addMultiple(code, column(k), upper[k], high[0]);
        return k === 0 ? value : addMultiple(code, value, upper[k - 1], high[1]);
      };
      // The last column first, without what will be carried to it: what it has above 2^size counts once more, and nothing
      // that follows waits for the carries.
      code.set(sum, lower(limbs - 1));
      code.set(top, masked(code.get(sum), topMask));
      const above = code.i64ShrS(code.get(sum), code.i64Const(BigInt(topBits)));
      code.set(excess, addMultiple(code, above, upper[limbs - 1], high[1] << BigInt(spare)));
      for (let k = 0; k < limbs - 1; k++) {
        let value = lower(k);
        if (k < 2) value = addMultiple(code, value, excess, low[k]);
        if (k > 0) value = code.i64Add(value, code.get(carry));
        code.set(sum, value);
        code.set(result[k], masked(code.get(sum), mask));
        code.set(carry, code.i64ShrS(code.get(sum), code.i64Const(shift)));
      }
      // What is above it now has twelve bits: the lowest limbs take c times that without a carry.
      code.set(sum, code.i64Add(code.get(top), code.get(carry)));
      code.set(result[limbs - 1], masked(code.get(sum), topMask));
      code.set(excess, code.i64ShrS(code.get(sum), code.i64Const(BigInt(topBits))));
      for (const k of [0, 1]) {
        code.set(result[k], addMultiple(code, code.get(result[k]), excess, low[k]));
      }
      return result;
    },
  };
}

/** Adds to column `k` all products of a quotient and a limb whose indices add up to `k - 1`. */
type Multiples = (value: Operand64, k: number) => Operand64;

function plainMultiples(code: Code, quotients: readonly Local64[], limbs: readonly bigint[]): Multiples {
  return (value, k) => {
    let sum = value;
    for (let i = Math.max(0, k - limbs.length); i < Math.min(k, quotients.length); i++) {
      sum = addMultiple(code, sum, quotients[i], limbs[k - 1 - i]);
    }
    return sum;
  };
}

/**
 * The same with half the multiplications, since sums of the constant limbs are constants:
 * qi·mj + qj·mi = (qi + qj)·(mi + mj) - qi·mi - qj·mj. A product of elements of nine limbs takes 121 cycles for 147, of 14
 * limbs 283 for 344.
 */
function pairedMultiples(code: Code, quotients: readonly Local64[], limbs: readonly bigint[]): Multiples {
  const count = quotients.length;
  // qi·mi, and the sum of all such up to i
  const own = code.locals(I64, count);
  const upTo = code.locals(I64, count);
  return (value, k) => {
    if (k === 0) return value;
    const both = k - 1;
    const [first, last] = [Math.max(0, both - count + 1), Math.min(both, count - 1)];
    if (both < count) {
      code.set(own[both], multiple(code, quotients[both], limbs[both]));
      const before = both === 0 ? code.i64Const(0n) : code.get(upTo[both - 1]);
      code.set(upTo[both], code.i64Add(before, code.get(own[both])));
    }
    let sum = value;
    for (let i = first; i < both - i; i++) {
      const pair = code.i64Add(code.get(quotients[i]), code.get(quotients[both - i]));
      sum = code.i64Add(sum, code.i64Mul(pair, code.i64Const(limbs[i] + limbs[both - i])));
    }
    if (both % 2 === 0) sum = code.i64Add(sum, code.i64Shl(code.get(own[both / 2]), code.i64Const(1n)));
    sum = code.i64Sub(sum, code.get(upTo[last]));
    if (first > 0) sum = code.i64Add(sum, code.get(upTo[first - 1]));
    for (let i = count; i < limbs.length && i <= both; i++) {
      if (both - i < count) sum = addMultiple(code, sum, quotients[both - i], limbs[i]);
    }
    return sum;
  };
}

/** -modulus^-1 modulo 2^bits, by Newton's iteration: each step doubles the bits that are right. */
export function negatedInverse(modulus: bigint, bits: number): bigint {
  let inverse = 1n;
  for (let right = 1; right < bits; right *= 2) {
    inverse = BigInt.asUintN(bits, inverse * (2n - modulus * inverse));
  }
  return BigInt.asUintN(bits, -inverse);
}

/** The greatest column of the product of limbs with others that are at most `other`. */
function greatestColumn(limbs: readonly number[], other: number): number {
  return limbs.reduce((sum, limb) => sum + Math.abs(limb) * other, 0);
}

/** `sum + value * by`, as a shift where it can be one. */
function addMultiple(code: Code, sum: Operand64, value: Local64, by: bigint): Operand64 {
  if (by === 0n) return sum;
  if (by < 0n && isPowerOfTwo(by)) return code.i64Sub(sum, multiple(code, value, -by));
  return code.i64Add(sum, multiple(code, value, by));
}

/** `value * by`, as a shift where it can be one. */
export function multiple(code: Code, value: Local64, by: bigint): Operand64 {
  if (by === 1n) return code.get(value);
  if (by <= 0n || !isPowerOfTwo(by)) return code.i64Mul(code.get(value), code.i64Const(by));
  return code.i64Shl(code.get(value), code.i64Const(BigInt(by.toString(2).length - 1)));
}

/** Whether the absolute value is one, or zero. */
function isPowerOfTwo(value: bigint): boolean {
  const size = value < 0n ? -value : value;
  return (size & (size - 1n)) === 0n;
}
