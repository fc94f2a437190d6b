/**
 * Random numbers from a seed: the same seed gives the same numbers on every machine. sfc32 (PractRand's small fast
 * counter), which needs four 32-bit additions and shifts a number; what fuzzing asks for is speed and repeatability.
 */

import { bytesToBigInt } from '../bytes.ts';

/** Something with how often it should come up beside others. */
export type Weighted<T> = readonly [weight: number, value: T];

/** A stream of random numbers. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /**
   * @param seed 0 to 2^64 - 1
   * @param stream which of the seed's independent streams, 0 to 2^32 - 1
   */
  constructor(seed: bigint, stream = 0) {
    this.a = Number(seed & 0xffffffffn) | 0;
    this.b = Number((seed >> 32n) & 0xffffffffn) | 0;
    this.c = stream | 0;
    for (let i = 0; i < 15; i++) this.next();
  }

  /** 32 bits, as an unsigned integer. */
  next(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** An integer from 0, below `limit`, which is at most 2^32. */
  below(limit: number): number {
    return Math.floor((this.next() / 2 ** 32) * limit);
  }

  /** An integer from `least` to `most`, both inclusive. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  /** One of these. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }

  /** One of these, the heavier the more often. */
  weighted<T>(choices: readonly Weighted<T>[]): T {
    let at = this.below(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of choices) {
      if (at < weight) return value;
      at -= weight;
    }
    return choices[choices.length - 1][1];
  }

  /** So many values from `make`. */
  times<T>(count: number, make: (index: number) => T): T[] {
    return Array.from({ length: count }, (_, index) => make(index));
  }

  /** Random bytes. */
  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.next() >>> 24;
    return bytes;
  }

  /** An integer of up to `bits` bits. */
  integer(bits: number): bigint {
    return bytesToBigInt(this.bytes(Math.ceil(bits / 8))) & ((1n << BigInt(bits)) - 1n);
  }

  /** A word, most often one where carries, signs, sizes or limits change. */
  word(): bigint {
    switch (this.below(8)) {
      case 0:
      case 1:
        return BigInt(this.below(40));
      case 2:
        return this.pick(EDGES);
      case 3:
        return BigInt.asUintN(256, (1n << BigInt(this.below(256))) + BigInt(this.between(-2, 2)));
      case 4:
        return BigInt.asUintN(256, -(1n << BigInt(this.below(256))) + BigInt(this.between(-2, 2)));
      case 5:
        return this.times(4, () => this.limb()).reduce((word, limb) => (word << 64n) | limb, 0n);
      case 6:
        return this.integer(this.between(1, 256));
      default:
        return this.integer(256);
    }
  }

  private limb(): bigint {
    return this.oneIn(2) ? this.pick(LIMBS) : this.integer(64);
  }
}

const EDGES: readonly bigint[] = [
  ...[0n, 1n, 2n, 31n, 32n, 33n, 255n, 256n, 257n, 1023n, 1024n, 0xffffn],
  ...[2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 128n],
  ...[2n ** 160n - 1n, 2n ** 160n, 2n ** 255n - 1n, 2n ** 255n, 2n ** 256n - 2n, 2n ** 256n - 1n],
];

const LIMBS: readonly bigint[] = [0n, 1n, 2n ** 64n - 1n, 2n ** 63n, 2n ** 63n - 1n, 2n ** 32n];
