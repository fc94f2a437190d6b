import { bn254 } from '@noble/curves/bn254.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/bytes.ts';
import {
  bn254AddByzantium,
  bn254AddIstanbul,
  bn254MulByzantium,
  bn254MulIstanbul,
  bn254PairingByzantium,
  bn254PairingIstanbul,
} from '../../src/precompiles/bn254.ts';
import { words } from './sample.ts';

const { G1, G2, fields } = bn254;
const FIELD = fields.Fp.ORDER;
const ORDER = fields.Fr.ORDER;
const RUNS = { numRuns: 10 };

const INFINITY = new Uint8Array(64);
const GENERATOR = words(1, 2);
const scalar = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const small = fc.integer({ min: 1, max: 50 });

const add = (p: Uint8Array, q: Uint8Array): Uint8Array => bn254AddIstanbul.run(concatBytes(p, q))!;
const mul = (p: Uint8Array, k: bigint | number): Uint8Array =>
  bn254MulIstanbul.run(concatBytes(p, words(k)))!;
const point = fc.bigInt({ min: 0n, max: ORDER - 1n }).map((k) => mul(GENERATOR, k));

/** k times the generator of G2, imaginary parts first. */
function g2(k: bigint): Uint8Array {
  const { x, y } = G2.Point.BASE.multiplyUnsafe(k).toAffine();
  return words(x.c1, x.c0, y.c1, y.c0);
}
const pair = (p: Uint8Array, q: Uint8Array): Uint8Array | undefined =>
  bn254PairingIstanbul.run(concatBytes(p, q));

describe('bn254 addition and multiplication', () => {
  test('addition commutes, associates and has its zero', () => {
    fc.assert(
      fc.property(point, point, point, (p, q, r) => {
        expect(add(p, q)).toEqual(add(q, p));
        expect(add(add(p, q), r)).toEqual(add(p, add(q, r)));
        expect(add(p, INFINITY)).toEqual(p);
        expect(add(INFINITY, p)).toEqual(p);
      }),
      RUNS,
    );
  });

  test('a product is a sum repeated', () => {
    fc.assert(
      fc.property(point, small, (p, k) => {
        let sum: Uint8Array = INFINITY;
        for (let i = 0; i < k; i++) sum = add(sum, p);
        expect(mul(p, k)).toEqual(sum);
      }),
      RUNS,
    );
  });

  test('any 256-bit scalar counts modulo the order', () => {
    fc.assert(
      fc.property(point, scalar, (p, k) => {
        expect(mul(p, k)).toEqual(mul(p, k % ORDER));
      }),
      RUNS,
    );
    expect(mul(GENERATOR, ORDER)).toEqual(INFINITY);
    expect(add(mul(GENERATOR, ORDER - 1n), GENERATOR)).toEqual(INFINITY);
  });

  test('as noble has it', () => {
    const { x, y } = G1.Point.BASE.multiplyUnsafe(123456789n).toAffine();
    expect(mul(GENERATOR, 123456789)).toEqual(words(x, y));
  });

  test('input is padded with zeros and cut', () => {
    expect(bn254AddIstanbul.run(new Uint8Array(0))).toEqual(INFINITY);
    expect(bn254AddIstanbul.run(GENERATOR)).toEqual(GENERATOR);
    expect(bn254AddIstanbul.run(concatBytes(GENERATOR, INFINITY, GENERATOR))).toEqual(GENERATOR);
    expect(bn254MulIstanbul.run(GENERATOR)).toEqual(INFINITY);
  });

  test('fails off the curve and for coordinates beyond the field', () => {
    for (const bad of [
      words(1, 3),
      words(1, 2n + FIELD),
      words(1n + FIELD, 2),
      words(FIELD, 0),
      words(0, 1),
    ]) {
      expect(bn254AddByzantium.run(concatBytes(GENERATOR, bad))).toBeUndefined();
      expect(bn254AddByzantium.run(bad)).toBeUndefined();
      expect(bn254MulByzantium.run(concatBytes(bad, words(0)))).toBeUndefined();
    }
  });
});

describe('bn254 pairing', () => {
  test('is bilinear', () => {
    fc.assert(
      fc.property(small, small, (a, b) => {
        const left = concatBytes(mul(GENERATOR, a), g2(BigInt(b)));
        const right = concatBytes(mul(GENERATOR, ORDER - BigInt(a * b)), g2(1n));
        expect(bn254PairingByzantium.run(concatBytes(left, right))).toEqual(words(1));
        expect(bn254PairingByzantium.run(concatBytes(left, right, left))).toEqual(words(0));
      }),
      { numRuns: 3 },
    );
  });

  test('no pairs, and pairs with infinity, multiply to one', () => {
    expect(bn254PairingIstanbul.run(new Uint8Array(0))).toEqual(words(1));
    expect(pair(INFINITY, g2(1n))).toEqual(words(1));
    expect(pair(GENERATOR, new Uint8Array(128))).toEqual(words(1));
    expect(pair(GENERATOR, g2(1n))).toEqual(words(0));
  });

  test('fails for a wrong length and for points that are none, also beside infinity', () => {
    const whole = concatBytes(GENERATOR, g2(1n));
    expect(bn254PairingIstanbul.run(whole.subarray(1))).toBeUndefined();
    expect(pair(INFINITY, words(0, 0, 0, 1))).toBeUndefined();
    expect(pair(words(1, 3), new Uint8Array(128))).toBeUndefined();
    expect(pair(INFINITY, words(FIELD, 0, 0, 0))).toBeUndefined();
  });

  test('fails for a point of the twist outside the subgroup', () => {
    const { Fp2 } = fields;
    const b = G2.Point.CURVE().b;
    for (let c0 = 1n, found = 0; found < 2; c0++) {
      const x = { c0, c1: 0n };
      const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), b);
      let y: typeof x;
      try {
        y = Fp2.sqrt(square);
      } catch {
        continue;
      }
      found++;
      expect(pair(INFINITY, words(x.c1, x.c0, y.c1, y.c0))).toBeUndefined();
    }
  });
});

test('prices before and after Istanbul', () => {
  const none = new Uint8Array(0);
  expect([bn254AddByzantium.gas(none), bn254AddIstanbul.gas(none)]).toEqual([500, 150]);
  expect([bn254MulByzantium.gas(none), bn254MulIstanbul.gas(none)]).toEqual([40_000, 6000]);
  const gas = [0, 191, 192, 575].map((length) => {
    const input = new Uint8Array(length);
    return [bn254PairingByzantium.gas(input), bn254PairingIstanbul.gas(input)];
  });
  expect(gas).toEqual([
    [100_000, 45_000],
    [100_000, 45_000],
    [180_000, 79_000],
    [260_000, 113_000],
  ]);
});
