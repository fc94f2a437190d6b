/**
 * Scalars of secp256k1 in halves. The curve has the endomorphism (x, y) -> (β·x, y), which multiplies by λ, so that
 * k·P = k1·P + k2·λP with k1 and k2 of 128 bits: half the doublings.
 * R. Gallant, R. Lambert, S. Vanstone, Faster point multiplication on elliptic curves with efficient endomorphisms, 2001.
 */

import { type Code, I32, I64, type Local64, type Operand64 } from '../wasm/code.ts';
import type { Func, ModuleBuilder } from '../wasm/module.ts';
import { DIGIT_SIZE, defineRecode } from './digits.ts';
import { defineRotatedRecode } from './eisenstein.ts';
import type { PrimeField } from './field.ts';
import type { MemoryPlan } from './plan.ts';
import { limbsOf } from './radix.ts';

/** A cube root of one in the field of coordinates. */
export const BETA = 0x7ae96a2b657c07106e64479eac3434e99cf0497512f58995c1396c28719501een;
// A short basis of the lattice of all (a, b) with a + b·λ = 0 modulo the order: (A1, -B1) and (A2, A1).
const A1 = 0x3086d221a7d46bcde86c90e49284eb15n;
const B1 = 0xe4437ed6010e88286f547fa90abfe4c3n;
const A2 = 0x114ca50f7a8e2f3f657c1108d9d44cfd8n;

/** Digits of a scalar's half, or of both at once, for each of which there is a doubling: 129 bits, and what a window reaches beyond. */
export const HALF_DIGITS = 132;

// Limbs of a half and of what it is made from: 145 bits, of which the highest is the sign.
const LIMBS = 5;
// The quotients by the basis are k · BASIS / order; they are made as products that are shifted right by so many limbs.
const QUOTIENT_SHIFT = 13;

// Bytes of a half: its absolute value, with the zeros that a window beyond it reaches, and whether it is negative.
const HALF_BYTES = 48;
const NEGATIVE = 40;

/** Both halves of a scalar in memory. */
export interface Halves {
  /** `(k)`: makes the halves of a scalar, given as limbs in normal form. */
  readonly split: Func;
  /** Where the first is; the second follows it. */
  readonly address: number;
}

/**
 * `(digits, k, width)`: the digits of both halves of a scalar, given as limbs in normal form, for `streams` streams of
 * which these are the first and the second. The bytes must be zero before.
 */
export function defineSplit(module: ModuleBuilder, { split, address }: Halves, streams: number): Func {
  const recode = defineRecode(module, HALF_DIGITS, streams);
  const func = module.func({ params: [I32, I32, I32], results: [] });
  const { code } = func;
  const digits = code.param(0, I32);
  const width = code.param(2, I32);
  code.call(split, code.get(code.param(1, I32)));
  for (const half of [0, 1]) {
    code.call(
      recode,
      code.i32Const(address + half * HALF_BYTES),
      code.i32Add(code.get(digits), code.i32Const(half * DIGIT_SIZE)),
      code.get(width),
      code.i32Load(code.i32Const(address + half * HALF_BYTES), NEGATIVE),
    );
  }
  return func;
}

/** `(digits, k)`: the digits of both halves at once, which are one stream of `streams`. The bytes must be zero before. */
export function defineRotatedSplit(
  module: ModuleBuilder,
  plan: MemoryPlan,
  { split, address }: Halves,
  streams: number,
): Func {
  const recode = defineRotatedRecode(module, plan, HALF_DIGITS, streams);
  const func = module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const [first, second] = [address, address + HALF_BYTES];
  code.call(split, code.get(code.param(1, I32)));
  code.call(
    recode,
    code.i32Const(first),
    code.i32Const(second),
    code.i32Load(code.i32Const(first), NEGATIVE),
    code.i32Load(code.i32Const(second), NEGATIVE),
    code.get(code.param(0, I32)),
  );
  return func;
}

/** Adds the function that makes halves. */
export function defineHalves(module: ModuleBuilder, plan: MemoryPlan, scalars: PrimeField): Halves {
  const func = module.func({ params: [I32], results: [] });
  const { code } = func;
  const { radix, modulus } = scalars;
  const address = plan.reserve(2 * HALF_BYTES);
  const k = code.locals(I64, radix.limbs);
  for (const [i, limb] of k.entries()) code.set(limb, code.i64Load(code.get(code.param(0, I32)), 8 * i));
  const split = new Split(code, radix.bits);
  const shift = BigInt(QUOTIENT_SHIFT * radix.bits);
  const reciprocal = (basis: bigint) => limbsOf(((basis << (shift + 1n)) / modulus + 1n) >> 1n, radix);
  const first = split.quotient(k, reciprocal(A1));
  const second = split.quotient(k, reciprocal(B1));
  const part = (value: bigint) => limbsOf(value, { ...radix, limbs: LIMBS });
  // k1 = k - first · A1 - second · A2 and k2 = first · B1 - second · A1
  const halves = [
    split.combine(k, first, part(-A1), second, part(-A2)),
    split.combine(undefined, first, part(B1), second, part(-A1)),
  ];
  for (const [half, limbs] of halves.entries()) {
    const at = address + half * HALF_BYTES;
    const negative = split.makePositive(limbs);
    for (let word = 0; word < 3; word++) code.i64Store(code.i32Const(at), split.word(limbs, word), 8 * word);
    code.i32Store(code.i32Const(at), code.i32Wrap(code.get(negative)), NEGATIVE);
  }
  return { split: func, address };
}

/** Emits the arithmetic of a split over limbs in locals. */
class Split {
  readonly #code: Code;
  readonly #bits: number;
  readonly #sum: Local64;

  constructor(code: Code, bits: number) {
    this.#code = code;
    this.#bits = bits;
    this.#sum = code.local(I64);
  }

  #mask(): Operand64 {
    return this.#code.i64Const((1n << BigInt(this.#bits)) - 1n);
  }

  /** The running sum's lowest limb into a local, and the rest of it left as the carry. */
  #take(limb: Local64): void {
    const code = this.#code;
    code.set(limb, code.i64And(code.get(this.#sum), this.#mask()));
    code.set(this.#sum, code.i64ShrS(code.get(this.#sum), code.i64Const(BigInt(this.#bits))));
  }

  #addProducts(a: readonly Local64[], b: readonly bigint[], k: number): void {
    const code = this.#code;
    for (let i = Math.max(0, k - b.length + 1); i < Math.min(k + 1, a.length); i++) {
      if (b[k - i] === 0n) continue;
      const product = code.i64Mul(code.get(a[i]), code.i64Const(b[k - i]));
      code.set(this.#sum, code.i64Add(product, code.get(this.#sum)));
    }
  }

  /** a · b / 2^shift, rounded; the two lowest columns that count are enough for the halves to stay short. */
  quotient(a: readonly Local64[], b: readonly bigint[]): Local64[] {
    const code = this.#code;
    const result = code.locals(I64, LIMBS);
    const dropped = code.local(I64);
    code.set(this.#sum, code.i64Const(0n));
    for (let k = QUOTIENT_SHIFT - 2; k < QUOTIENT_SHIFT + LIMBS; k++) {
      this.#addProducts(a, b, k);
      if (k === QUOTIENT_SHIFT - 1) {
        const half = code.i64Const(1n << BigInt(this.#bits - 1));
        code.set(this.#sum, code.i64Add(code.get(this.#sum), half));
      }
      this.#take(k < QUOTIENT_SHIFT ? dropped : result[k - QUOTIENT_SHIFT]);
    }
    return result;
  }

  /** k + a · b + c · d modulo 2^145. The highest limb of `b` and `d` carries their sign. */
  combine(
    k: readonly Local64[] | undefined,
    a: readonly Local64[],
    b: readonly bigint[],
    c: readonly Local64[],
    d: readonly bigint[],
  ): Local64[] {
    const code = this.#code;
    const result = code.locals(I64, LIMBS);
    code.set(this.#sum, code.i64Const(0n));
    for (let i = 0; i < LIMBS; i++) {
      if (k !== undefined) code.set(this.#sum, code.i64Add(code.get(this.#sum), code.get(k[i])));
      this.#addProducts(a, b, i);
      this.#addProducts(c, d, i);
      this.#take(result[i]);
    }
    return result;
  }

  /** Negates a negative integer; returns 1 if it was one, or 0. */
  makePositive(limbs: readonly Local64[]): Local64 {
    const code = this.#code;
    const negative = code.local(I64);
    const flip = code.local(I64);
    const sign = code.i64ShrU(code.get(limbs[LIMBS - 1]), code.i64Const(BigInt(this.#bits - 1)));
    code.set(negative, sign);
    code.set(flip, code.i64And(code.i64Sub(code.i64Const(0n), code.get(negative)), this.#mask()));
    code.set(this.#sum, code.get(negative));
    for (const limb of limbs) {
      const flipped = code.i64Xor(code.get(limb), code.get(flip));
      code.set(this.#sum, code.i64Add(flipped, code.get(this.#sum)));
      this.#take(limb);
    }
    return negative;
  }

  /** 64 bits of a positive integer. */
  word(limbs: readonly Local64[], index: number): Operand64 {
    const code = this.#code;
    let bits = code.i64Const(0n);
    for (const [i, limb] of limbs.entries()) {
      const shift = i * this.#bits - 64 * index;
      if (shift <= -this.#bits || shift >= 64) continue;
      const by = BigInt(Math.abs(shift));
      const value = code.get(limb);
      const moved =
        shift < 0 ? code.i64ShrU(value, code.i64Const(by)) : code.i64Shl(value, code.i64Const(by));
      bits = code.i64Or(bits, moved);
    }
    return bits;
  }
}
