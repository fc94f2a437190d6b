import { bls12_381 } from '@noble/curves/bls12-381.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bigIntToBytes, concatBytes } from '../../src/bytes.ts';
import {
  blsG1Add,
  blsG1Msm,
  blsG2Add,
  blsG2Msm,
  blsMapFp2ToG2,
  blsMapFpToG1,
  blsPairing,
} from '../../src/precompiles/bls12381.ts';
import { words } from './sample.ts';

const { G1, G2, fields } = bls12_381;
const FIELD = fields.Fp.ORDER;
const ORDER = fields.Fr.ORDER;

const elements = (...values: readonly bigint[]): Uint8Array =>
  concatBytes(...values.map((value) => bigIntToBytes(value, 64)));

const G1_INFINITY = new Uint8Array(128);
const G2_INFINITY = new Uint8Array(256);

function g1(k: bigint): Uint8Array {
  if (k === 0n) return G1_INFINITY;
  const { x, y } = G1.Point.BASE.multiplyUnsafe(k).toAffine();
  return elements(x, y);
}

/** k times the generator of G2, real parts first. */
function g2(k: bigint): Uint8Array {
  if (k === 0n) return G2_INFINITY;
  const { x, y } = G2.Point.BASE.multiplyUnsafe(k).toAffine();
  return elements(x.c0, x.c1, y.c0, y.c1);
}

/** A point of the curve that lies outside the subgroup: nearly every point does. */
function g1Outside(): Uint8Array {
  const { Fp } = fields;
  for (let x = 1n; ; x++) {
    try {
      const y = Fp.sqrt(x ** 3n + 4n);
      if (!G1.Point.fromAffine({ x, y }).isTorsionFree()) return elements(x, y);
    } catch {
      // not a square: no point has this x
    }
  }
}

function g2Outside(): Uint8Array {
  const { Fp2 } = fields;
  for (let c0 = 1n; ; c0++) {
    const x = { c0, c1: 0n };
    try {
      const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), { c0: 4n, c1: 4n }));
      if (!G2.Point.fromAffine({ x, y }).isTorsionFree()) return elements(x.c0, x.c1, y.c0, y.c1);
    } catch {
      // not a square: no point has this x
    }
  }
}

const scalar = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const terms = fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 20n }), scalar), { minLength: 1, maxLength: 5 });
const RUNS = { numRuns: 6 };

describe('BLS12-381 addition', () => {
  test('adds, doubles, cancels and has its zero', () => {
    expect(blsG1Add.run(concatBytes(g1(5n), g1(7n)))).toEqual(g1(12n));
    expect(blsG1Add.run(concatBytes(g1(5n), g1(5n)))).toEqual(g1(10n));
    expect(blsG1Add.run(concatBytes(g1(5n), g1(ORDER - 5n)))).toEqual(G1_INFINITY);
    expect(blsG1Add.run(concatBytes(G1_INFINITY, g1(5n)))).toEqual(g1(5n));
    expect(blsG2Add.run(concatBytes(g2(5n), g2(7n)))).toEqual(g2(12n));
    expect(blsG2Add.run(concatBytes(g2(5n), g2(5n)))).toEqual(g2(10n));
    expect(blsG2Add.run(concatBytes(g2(5n), g2(ORDER - 5n)))).toEqual(G2_INFINITY);
    expect(blsG2Add.run(concatBytes(g2(5n), G2_INFINITY))).toEqual(g2(5n));
  });

  test('takes points outside the subgroup, as nothing else does', () => {
    const [p, q] = [g1Outside(), g2Outside()];
    expect(blsG1Add.run(concatBytes(p, G1_INFINITY))).toEqual(p);
    expect(blsG1Add.run(concatBytes(p, p))).toBeDefined();
    expect(blsG2Add.run(concatBytes(q, G2_INFINITY))).toEqual(q);
    expect(blsG1Msm.run(concatBytes(p, words(0)))).toBeUndefined();
    expect(blsG2Msm.run(concatBytes(q, words(0)))).toBeUndefined();
    expect(blsPairing.run(concatBytes(p, G2_INFINITY))).toBeUndefined();
    expect(blsPairing.run(concatBytes(G1_INFINITY, q))).toBeUndefined();
  });

  test('fails for wrong lengths, used padding, coordinates beyond the field, points off the curve', () => {
    const padded = g1(1n);
    padded[0] = 1;
    const base = G1.Point.BASE.toAffine();
    const bad = [padded, elements(base.x + FIELD, base.y), elements(base.x, base.x), elements(0n, 1n)];
    for (const point of bad) expect(blsG1Add.run(concatBytes(point, g1(1n)))).toBeUndefined();
    expect(blsG1Add.run(new Uint8Array(255))).toBeUndefined();
    expect(blsG1Add.run(new Uint8Array(256))).toEqual(G1_INFINITY);
    expect(blsG2Add.run(new Uint8Array(513))).toBeUndefined();
    expect(blsG2Add.run(concatBytes(elements(1n, 2n, 3n, 4n), g2(1n)))).toBeUndefined();
  });
});

describe('BLS12-381 multi-scalar multiplication', () => {
  const dot = (pairs: readonly (readonly [bigint, bigint])[]): bigint =>
    pairs.reduce((sum, [k, s]) => (sum + k * s) % ORDER, 0n);

  test('is the sum of the products, for any scalars', () => {
    fc.assert(
      fc.property(terms, (pairs) => {
        const input = concatBytes(...pairs.map(([k, s]) => concatBytes(g1(k), words(s))));
        expect(blsG1Msm.run(input)).toEqual(g1(dot(pairs)));
      }),
      RUNS,
    );
    fc.assert(
      fc.property(terms, (pairs) => {
        const input = concatBytes(...pairs.map(([k, s]) => concatBytes(g2(k), words(s))));
        expect(blsG2Msm.run(input)).toEqual(g2(dot(pairs)));
      }),
      RUNS,
    );
  });

  test('fails for no terms and for a part of one', () => {
    for (const length of [0, 1, 159, 161]) expect(blsG1Msm.run(new Uint8Array(length))).toBeUndefined();
    for (const length of [0, 1, 287, 289]) expect(blsG2Msm.run(new Uint8Array(length))).toBeUndefined();
    expect(blsG1Msm.run(new Uint8Array(320))).toEqual(G1_INFINITY);
    expect(blsG2Msm.run(new Uint8Array(288))).toEqual(G2_INFINITY);
  });

  test('discounts', () => {
    const g1Gas = (k: number): number => blsG1Msm.gas(new Uint8Array(160 * k));
    const g2Gas = (k: number): number => blsG2Msm.gas(new Uint8Array(288 * k));
    expect([0, 1, 2, 128, 129].map(g1Gas)).toEqual([0, 12_000, 22_776, 797_184, 803_412]);
    expect([0, 1, 2, 128, 129].map(g2Gas)).toEqual([0, 22_500, 45_000, 1_509_120, 1_520_910]);
    fc.assert(
      fc.property(fc.nat(300), (k) => {
        expect(g1Gas(k + 1)).toBeGreaterThan(g1Gas(k));
        expect(g2Gas(k + 1)).toBeGreaterThan(g2Gas(k));
      }),
    );
  });
});

describe('BLS12-381 pairing', () => {
  test('is bilinear', () => {
    const left = concatBytes(g1(6n), g2(7n));
    const right = concatBytes(g1(ORDER - 42n), g2(1n));
    expect(blsPairing.run(concatBytes(left, right))).toEqual(words(1));
    expect(blsPairing.run(left)).toEqual(words(0));
  });

  test('pairs with infinity multiply to one; no pairs fail', () => {
    expect(blsPairing.run(concatBytes(G1_INFINITY, g2(3n), g1(3n), G2_INFINITY))).toEqual(words(1));
    expect(blsPairing.run(new Uint8Array(0))).toBeUndefined();
    expect(blsPairing.run(new Uint8Array(385))).toBeUndefined();
    expect(blsPairing.gas(new Uint8Array(768))).toBe(102_900);
  });
});

describe('BLS12-381 maps', () => {
  test('give points of the subgroups', () => {
    const p = blsMapFpToG1.run(elements(7n)) as Uint8Array;
    expect(blsG1Msm.run(concatBytes(p, words(1)))).toEqual(p);
    const q = blsMapFp2ToG2.run(elements(7n, 8n)) as Uint8Array;
    expect(blsG2Msm.run(concatBytes(q, words(1)))).toEqual(q);
    // Both square roots of an element map to points that differ in sign only.
    expect(blsMapFpToG1.run(elements(FIELD - 7n))?.slice(0, 64)).toEqual(p.slice(0, 64));
    expect(blsMapFpToG1.run(elements(0n))).toBeDefined();
  });

  test('fail for wrong lengths and for what is no field element', () => {
    expect(blsMapFpToG1.run(elements(FIELD))).toBeUndefined();
    expect(blsMapFpToG1.run(new Uint8Array(63))).toBeUndefined();
    expect(blsMapFp2ToG2.run(elements(0n, FIELD))).toBeUndefined();
    expect(blsMapFp2ToG2.run(new Uint8Array(64))).toBeUndefined();
  });
});
