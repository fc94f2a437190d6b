import { bn254 } from '@noble/curves/bn254.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bigIntToBytes, concatBytes } from '../../src/bytes.ts';
import { addBn254, isBn254PairingOne, multiplyBn254 } from '../../src/fields/bn254.ts';

const { G1, G2, fields } = bn254;
const FIELD = fields.Fp.ORDER;
const ORDER = fields.Fr.ORDER;
// `EVMILL_FUZZ` multiplies the cases.
const CASES = 200 * Number(process.env['EVMILL_FUZZ'] ?? 1);

const words = (...values: readonly bigint[]): Uint8Array =>
  concatBytes(...values.map((value) => bigIntToBytes(value, 32)));

const modulo = (value: bigint): bigint => ((value % ORDER) + ORDER) % ORDER;

/** The point of G1 that is so many times the generator. */
function g1(times: bigint): Uint8Array {
  if (modulo(times) === 0n) return new Uint8Array(64);
  const { x, y } = G1.Point.BASE.multiplyUnsafe(modulo(times)).toAffine();
  return words(x, y);
}

function g2(times: bigint): Uint8Array {
  if (modulo(times) === 0n) return new Uint8Array(128);
  const { x, y } = G2.Point.BASE.multiplyUnsafe(modulo(times)).toAffine();
  return words(x.c1, x.c0, y.c1, y.c0);
}

const scalar = fc.oneof(
  { weight: 3, arbitrary: fc.bigInt({ min: 0n, max: ORDER - 1n }) },
  fc.bigInt({ min: -5n, max: 40n }).map(modulo),
  fc.bigInt({ min: 0n, max: 253n }).map((n) => 2n ** n),
);
const word = fc.oneof(
  scalar,
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  fc.constantFrom(ORDER, ORDER + 1n, 2n * ORDER - 1n, 2n ** 256n - 1n),
);

describe('G1', () => {
  test('sums', () => {
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        expect(addBn254(concatBytes(g1(a), g1(b)))).toEqual(g1(a + b));
        expect(addBn254(concatBytes(g1(a), g1(a)))).toEqual(g1(2n * a));
        expect(addBn254(concatBytes(g1(a), g1(-a)))).toEqual(new Uint8Array(64));
      }),
      { numRuns: CASES },
    );
  });

  test('products by any integer', () => {
    fc.assert(
      fc.property(scalar, word, (a, k) => {
        expect(multiplyBn254(concatBytes(g1(a), words(k)))).toEqual(g1(a * k));
      }),
      { numRuns: CASES },
    );
  });

  test('what is no point', () => {
    const one = g1(1n);
    const bad = [
      words(1n, 3n),
      words(1n + FIELD, 2n),
      words(1n, 2n + FIELD),
      words(FIELD, FIELD),
      words(0n, 1n),
    ];
    for (const point of bad) {
      expect(addBn254(concatBytes(point, one))).toBeUndefined();
      expect(addBn254(concatBytes(one, point))).toBeUndefined();
      expect(multiplyBn254(concatBytes(point, words(0n)))).toBeUndefined();
      expect(isBn254PairingOne(concatBytes(point, g2(1n)))).toBeUndefined();
    }
  });
});

describe('pairings', () => {
  test('is one exactly when the exponents add up to zero', () => {
    const pair = fc.tuple(scalar, scalar);
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 4 }), scalar, scalar, (pairs, q, off) => {
        const sum = pairs.reduce((total, [a, b]) => total + a * b, 0n);
        // One more pair to make the sum zero, or not.
        const last = q === 0n ? [0n, 0n] : [modulo(-sum * fields.Fr.inv(q)), q];
        const input = (extra: bigint) =>
          concatBytes(
            ...[...pairs, [modulo(last[0] + extra), last[1]] as const].map(([a, b]) =>
              concatBytes(g1(a), g2(b)),
            ),
          );
        const isZero = (extra: bigint) => modulo(sum + (last[0] + extra) * last[1]) === 0n;
        expect(isBn254PairingOne(input(0n))).toBe(isZero(0n));
        expect(isBn254PairingOne(input(off))).toBe(isZero(off));
      }),
      { numRuns: CASES / 5 },
    );
  });

  test('more pairs than are in memory at once', () => {
    for (const count of [15, 16, 17, 32, 33]) {
      const pairs = Array.from({ length: count }, (_, i) => concatBytes(g1(BigInt(i)), g2(BigInt(i + 1))));
      const sum = Array.from({ length: count }, (_, i) => BigInt(i * (i + 1))).reduce((a, b) => a + b);
      const rest = concatBytes(g1(-sum), g2(1n));
      expect(isBn254PairingOne(concatBytes(...pairs, rest))).toBe(true);
      expect(isBn254PairingOne(concatBytes(...pairs, rest, pairs[1]))).toBe(false);
    }
    expect(isBn254PairingOne(new Uint8Array(0))).toBe(true);
    expect(isBn254PairingOne(new Uint8Array(192 * 40))).toBe(true);
  });

  test('only points of the subgroup', () => {
    const { Fp2 } = fields;
    const b = G2.Point.CURVE().b;
    let found = 0;
    for (let c0 = 1n; found < 10; c0++) {
      const x = { c0, c1: 3n };
      try {
        const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), b));
        const isMember = G2.Point.fromAffine({ x, y }).isTorsionFree();
        const point = words(x.c1, x.c0, y.c1, y.c0);
        expect(isBn254PairingOne(concatBytes(g1(1n), point))).toBe(isMember ? false : undefined);
        expect(isBn254PairingOne(concatBytes(new Uint8Array(64), point))).toBe(isMember ? true : undefined);
        found++;
      } catch (error) {
        if (!String(error).includes('square root')) throw error;
      }
    }
    expect(isBn254PairingOne(concatBytes(g1(1n), words(0n, 0n, 0n, 1n)))).toBeUndefined();
    expect(isBn254PairingOne(concatBytes(g1(1n), words(FIELD, 0n, 0n, 1n)))).toBeUndefined();
  });
});
