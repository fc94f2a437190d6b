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
  /** The greatest limb that a result can have, the last apart. */
  readonly greatestLimb: number;
  /** The greatest absolute value of a result, in multiples of the prime, for a product of that many squares of it. */
  greatestValue(squares: number): number;
}

/**
 * Montgomery's reduction, for any odd modulus: adds the multiple of the modulus that makes the low half zero and
 * drops that half, which divides by 2^(bits · limbs). Without a last subtraction, which the spare bits above the
 * modulus make unnecessary: a product of a and b gives at most |a · b| / 2^(bits · limbs) + modulus.
 * P. Montgomery, Modular multiplication without trial division, 1985.
 */
export function montgomery(modulus: bigint, radix: Radix): Reduction {
  const { limbs, bits } = radix;
  const shift = BigInt(bits);
  const mask = (1n << shift) - 1n;
  const p = limbsOf(modulus, radix);
  const inverse = negatedInverse(modulus, bits);
  const factor = 1n << BigInt(bits * limbs);
  return {
    factor: factor % modulus,
    columnSlack: greatestColumn(p.map(Number), Number(mask)) + 2 ** (64 - bits),
    greatestLimb: Number(mask),
    greatestValue: (squares) => (squares * Number(modulus)) / Number(factor) + 1,
    emit(code, column) {
      const result = code.locals(I64, limbs);
      const quotients = code.locals(I64, limbs);
      const sum = code.local(I64);
      const carry = code.local(I64);
      for (let k = 0; k < 2 * limbs - 1; k++) {
        let value = column(k);
        if (k > 0) value = code.i64Add(value, code.get(carry));
        for (let i = Math.max(0, k - limbs + 1); i < Math.min(k, limbs); i++) {
          value = addMultiple(code, value, quotients[i], p[k - i]);
        }
        code.set(sum, value);
        if (k < limbs) {
          const quotient =
            inverse === 1n ? code.get(sum) : code.i64Mul(code.get(sum), code.i64Const(inverse));
          code.set(quotients[k], code.i64And(quotient, code.i64Const(mask)));
          const whole = addMultiple(code, code.get(sum), quotients[k], p[0]);
          code.set(carry, code.i64ShrS(whole, code.i64Const(shift)));
        } else {
          code.set(result[k - limbs], code.i64And(code.get(sum), code.i64Const(mask)));
          code.set(carry, code.i64ShrS(code.get(sum), code.i64Const(shift)));
        }
      }
      code.set(result[limbs - 1], code.get(carry));
      return result;
    },
  };
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
  if (high[1] >> shift !== 0n) throw new RangeError(`pseudoMersenne: 2^${size} - modulus is not small`);
  return {
    factor: 1n,
    columnSlack: Number(mask) * Number(high[0] + high[1]) + 2 ** (65 - bits),
    greatestLimb: Number(mask) + 2 ** 16,
    greatestValue: () => 1 + 2 ** -32,
    emit(code, column) {
      const result = code.locals(I64, limbs);
      const upper = code.locals(I64, limbs);
      const sum = code.local(I64);
      const carry = code.local(I64);
      const masked = (value: Operand64, by: bigint) => code.i64And(value, code.i64Const(by));
      for (let k = limbs; k < 2 * limbs - 1; k++) {
        const value = column(k);
        code.set(sum, k === limbs ? value : code.i64Add(value, code.get(carry)));
        code.set(upper[k - limbs], masked(code.get(sum), mask));
        code.set(carry, code.i64ShrS(code.get(sum), code.i64Const(shift)));
      }
      code.set(upper[limbs - 1], code.get(carry));
      for (let k = 0; k < limbs; k++) {
        let value = column(k);
        if (k > 0) value = code.i64Add(value, code.get(carry));
        value = addMultiple(code, value, upper[k], high[0]);
        if (k > 0) value = addMultiple(code, value, upper[k - 1], high[1]);
        code.set(sum, value);
        if (k === limbs - 1) break;
        code.set(result[k], masked(code.get(sum), mask));
        code.set(carry, code.i64ShrS(code.get(sum), code.i64Const(shift)));
      }
      // What is above 2^size now fits one word; it counts once more.
      const excess = carry;
      const above = code.i64ShrS(code.get(sum), code.i64Const(BigInt(topBits)));
      code.set(excess, addMultiple(code, above, upper[limbs - 1], high[1] << BigInt(spare)));
      code.set(result[limbs - 1], masked(code.get(sum), (1n << BigInt(topBits)) - 1n));
      code.set(sum, addMultiple(code, code.get(result[0]), excess, low[0]));
      code.set(result[0], masked(code.get(sum), mask));
      const second = code.i64Add(code.get(result[1]), code.i64ShrS(code.get(sum), code.i64Const(shift)));
      code.set(sum, addMultiple(code, second, excess, low[1]));
      code.set(result[1], masked(code.get(sum), mask));
      const rest = code.i64ShrS(code.get(sum), code.i64Const(shift));
      code.set(result[2], code.i64Add(rest, code.get(result[2])));
      return result;
    },
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
  return limbs.reduce((sum, limb) => sum + limb * other, 0);
}

/** `sum + value * by`, as a shift where it can be one. */
function addMultiple(code: Code, sum: Operand64, value: Local64, by: bigint): Operand64 {
  if (by === 0n) return sum;
  return code.i64Add(sum, multiple(code, value, by));
}

/** `value * by`, as a shift where it can be one. */
export function multiple(code: Code, value: Local64, by: bigint): Operand64 {
  if (by === 1n) return code.get(value);
  if ((by & (by - 1n)) !== 0n) return code.i64Mul(code.get(value), code.i64Const(by));
  return code.i64Shl(code.get(value), code.i64Const(BigInt(by.toString(2).length - 1)));
}
