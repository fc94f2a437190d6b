import { p256 } from '@noble/curves/nist.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bigIntToBytes, concatBytes } from '../../src/bytes.ts';
import { verifyP256 } from '../../src/fields/p256.ts';

const { Point } = p256;
const FIELD = Point.Fp.ORDER;
const ORDER = Point.Fn.ORDER;
// `EVMILL_FUZZ` multiplies the cases.
const CASES = 200 * Number(process.env['EVMILL_FUZZ'] ?? 1);

const words = (...values: readonly bigint[]): Uint8Array =>
  concatBytes(...values.map((value) => bigIntToBytes(value, 32)));
const modulo = (value: bigint): bigint => ((value % ORDER) + ORDER) % ORDER;
const scalar = fc.oneof(
  { weight: 3, arbitrary: fc.bigInt({ min: 1n, max: ORDER - 1n }) },
  fc.bigInt({ min: 1n, max: 100n }),
  fc.bigInt({ min: 1n, max: 100n }).map((n) => ORDER - n),
  fc.bigInt({ min: 0n, max: 255n }).map((n) => 2n ** n),
);

function reference(input: Uint8Array): boolean {
  try {
    const publicKey = concatBytes(Uint8Array.of(4), input.subarray(96));
    const options = { prehash: false, lowS: false };
    return p256.verify(input.slice(32, 96), input.slice(0, 32), publicKey, options);
  } catch {
    return false;
  }
}

/** A valid input by a key, a nonce and an s of our choice. */
function signed(key: bigint, nonce: bigint, s: bigint): Uint8Array {
  const r = modulo(Point.BASE.multiply(nonce).x);
  const { x, y } = Point.BASE.multiply(key).toAffine();
  return words(modulo(s * nonce - r * key), r, s, x, y);
}

describe('verification on P-256', () => {
  test('takes valid signatures, and none with a bit changed', () => {
    fc.assert(
      fc.property(scalar, scalar, scalar, fc.nat(160 * 8 - 1), (key, nonce, s, bit) => {
        const input = signed(key, nonce, s);
        expect(verifyP256(input)).toBe(true);
        const wrong = input.slice();
        wrong[bit >> 3] ^= 1 << (bit & 7);
        // A change of hash or s may leave them what they were, modulo the order.
        expect(verifyP256(wrong)).toBe(reference(wrong));
        if (bit >= 512) expect(verifyP256(wrong)).toBe(false);
      }),
      { numRuns: CASES },
    );
  });

  test('out of range', () => {
    const good = signed(5n, 7n, 11n);
    const replaced = (index: number, value: bigint): Uint8Array => {
      const input = good.slice();
      input.set(words(value), 32 * index);
      return input;
    };
    for (const value of [0n, ORDER, ORDER + 1n, 2n ** 256n - 1n]) {
      expect(verifyP256(replaced(1, value))).toBe(false);
      expect(verifyP256(replaced(2, value))).toBe(false);
    }
    for (const value of [0n, FIELD, FIELD + 1n, 2n ** 256n - 1n]) {
      expect(verifyP256(replaced(3, value))).toBe(false);
      expect(verifyP256(replaced(4, value))).toBe(false);
    }
    expect(verifyP256(good)).toBe(true);
    expect(verifyP256(new Uint8Array(160))).toBe(false);
  });

  test('infinity is no match', () => {
    // h·G + r·Q = 0 for the key -h / r
    const [h, r] = [12n, 5n];
    const key = modulo(-h * Point.Fn.inv(r));
    const { x, y } = Point.BASE.multiply(key).toAffine();
    expect(verifyP256(words(h, r, 1n, x, y))).toBe(false);
    expect(reference(words(h, r, 1n, x, y))).toBe(false);
  });

  test('an x from the order on counts modulo the order', () => {
    // Points whose x is at least the order are rare, but can be made: take one as the sum, and solve for the key.
    for (let x = ORDER, found = 0; found < 3; x++) {
      let point: InstanceType<typeof Point>;
      try {
        point = Point.fromBytes(concatBytes(Uint8Array.of(2), words(x)));
      } catch {
        continue;
      }
      found++;
      const r = x - ORDER;
      if (r === 0n) continue;
      const [h, s] = [77n, 3n];
      const inverse = Point.Fn.inv(s);
      // Q = (point - h / s · G) · s / r
      const key = point
        .subtract(Point.BASE.multiply(modulo(h * inverse)))
        .multiply(modulo(s * Point.Fn.inv(r)))
        .toAffine();
      const input = words(h, r, s, key.x, key.y);
      expect(verifyP256(input)).toBe(true);
      expect(reference(input)).toBe(true);
    }
  });
});
