import { secp256k1 } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bigIntToBytes, bytesToBigInt } from '../../src/bytes.ts';
import { DIGIT_SIZE, digitBytes } from '../../src/fields/digits.ts';
import { ELEMENTS } from '../../src/fields/eisenstein.ts';
import {
  BETA,
  defineHalves,
  defineRotatedSplit,
  defineSplit,
  HALF_DIGITS,
} from '../../src/fields/endomorphism.ts';
import { recoverPublicKey, recoverPublicKeys, type SignedHash } from '../../src/fields/secp256k1.ts';
import { fieldBench } from './fieldModule.ts';

const { Point } = secp256k1;
const FIELD = Point.Fp.ORDER;
const ORDER = Point.Fn.ORDER;
const LAMBDA = 0x5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72n;
// The basis by which scalars are split.
const A1 = 0x3086d221a7d46bcde86c90e49284eb15n;
const B1 = -0xe4437ed6010e88286f547fa90abfe4c3n;
const A2 = 0x114ca50f7a8e2f3f657c1108d9d44cfd8n;
// `EVMILL_FUZZ` multiplies the cases: tens of thousands take noble most of a minute.
const CASES = 300 * Number(process.env['EVMILL_FUZZ'] ?? 1);

const bytes = (value: bigint): Uint8Array => bigIntToBytes(value, 32);
const scalar = fc.bigInt({ min: 1n, max: ORDER - 1n });
const edgeScalar = fc.oneof(
  fc.bigInt({ min: -3n, max: 3n }).map((n) => ((n % ORDER) + ORDER) % ORDER),
  fc.bigInt({ min: -3n, max: 3n }).map((n) => ORDER / 2n + n),
  fc.bigInt({ min: -3n, max: 3n }).map((n) => (ORDER + LAMBDA * n) % ORDER),
  fc.bigInt({ min: -2n, max: 2n }).map((n) => 2n ** 128n + n),
  fc.bigInt({ min: 0n, max: 255n }).map((n) => 2n ** n % ORDER),
);
const anyScalar = fc.oneof({ weight: 3, arbitrary: scalar }, edgeScalar);
/** Any word: also none below the order. */
const word = fc.oneof(
  { weight: 2, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }) },
  edgeScalar,
  fc.bigInt({ min: -2n, max: 2n }).map((n) => ORDER + n),
  fc.bigInt({ min: -2n, max: 2n }).map((n) => FIELD + n),
  fc.constantFrom(0n, 2n ** 256n - 1n, FIELD - ORDER, FIELD - ORDER - 1n),
);

/** noble's answer. */
function reference({ hash, r, s, oddY }: SignedHash): Uint8Array | undefined {
  try {
    const signature = new secp256k1.Signature(bytesToBigInt(r), bytesToBigInt(s), oddY ? 1 : 0);
    return signature.recoverPublicKey(hash).toBytes(false).slice(1);
  } catch {
    return undefined;
  }
}

const recovered = ({ hash, r, s, oddY }: SignedHash) => recoverPublicKey(hash, r, s, oddY);

/** A signature by a key of our choice with a nonce of our choice, over the hash that makes s what it is. */
function signedBy(key: bigint, nonce: bigint, s: bigint): SignedHash | undefined {
  const { x, y } = Point.BASE.multiply(nonce).toAffine();
  // Recovery with r beyond the order is not Ethereum's.
  if (x >= ORDER) return undefined;
  const hash = (((s * nonce - x * key) % ORDER) + ORDER) % ORDER;
  return { hash: bytes(hash), r: bytes(x), s: bytes(s), oddY: (y & 1n) === 1n };
}

describe('recovery', () => {
  test('finds the key', () => {
    fc.assert(
      fc.property(scalar, scalar, scalar, (key, nonce, s) => {
        const signed = signedBy(key, nonce, s)!;
        expect(recovered(signed)).toEqual(Point.BASE.multiply(key).toBytes(false).slice(1));
        expect(recovered({ ...signed, oddY: !signed.oddY })).toEqual(
          reference({ ...signed, oddY: !signed.oddY }),
        );
      }),
      { numRuns: CASES },
    );
  });

  test('agrees with noble on any words', () => {
    fc.assert(
      fc.property(word, word, word, fc.boolean(), (hash, r, s, oddY) => {
        const signed = { hash: bytes(hash), r: bytes(r), s: bytes(s), oddY };
        expect(recovered(signed)).toEqual(reference(signed));
      }),
      { numRuns: CASES },
    );
  });

  test('keys, nonces and s that make the two products meet', () => {
    const small = fc.oneof(
      fc.bigInt({ min: 1n, max: 200n }),
      fc.bigInt({ min: 1n, max: 200n }).map((n) => ORDER - n),
      fc.bigInt({ min: 1n, max: 9n }).map((n) => (LAMBDA * n) % ORDER),
      anyScalar.filter((n) => n !== 0n),
    );
    fc.assert(
      fc.property(small, small, small, (key, nonce, s) => {
        const signed = signedBy(key, nonce, s)!;
        expect(recovered(signed)).toEqual(Point.BASE.multiply(key).toBytes(false).slice(1));
      }),
      { numRuns: CASES },
    );
  });

  test('no key: infinity, r or s out of range, r not on the curve', () => {
    const signed = signedBy(5n, 7n, 11n)!;
    // s·R = h·G
    const infinity = bytes((11n * 7n) % ORDER);
    expect(recovered({ ...signed, hash: infinity })).toBeUndefined();
    expect(reference({ ...signed, hash: infinity })).toBeUndefined();
    for (const bad of [0n, ORDER, ORDER + 1n, FIELD, 2n ** 256n - 1n]) {
      expect(recovered({ ...signed, r: bytes(bad) })).toBeUndefined();
      expect(recovered({ ...signed, s: bytes(bad) })).toBeUndefined();
    }
    // 5³ + 7 is not a square.
    expect(recovered({ ...signed, r: bytes(5n) })).toBeUndefined();
    expect(recovered(signed)).toBeDefined();
  });

  test('refuses other lengths', () => {
    const signed = signedBy(5n, 7n, 11n)!;
    for (const part of ['hash', 'r', 's'] as const) {
      for (const length of [0, 31, 33]) {
        expect(() => recovered({ ...signed, [part]: new Uint8Array(length) })).toThrow(RangeError);
      }
    }
  });

  test('many at once, good and bad mixed', () => {
    const item = fc.record({
      hash: word.map(bytes),
      r: word.map(bytes),
      s: word.map(bytes),
      oddY: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 40 }), (items) => {
        expect(recoverPublicKeys(items)).toEqual(items.map(recovered));
      }),
      { numRuns: 30 },
    );
    expect(recoverPublicKeys([])).toEqual([]);
  });
});

describe('endomorphism', () => {
  test('multiplies by a root of one', () => {
    expect(BETA ** 3n % FIELD).toBe(1n);
    const { x, y } = Point.BASE.multiply(LAMBDA).toAffine();
    expect([x, y]).toEqual([(BETA * Point.BASE.x) % FIELD, Point.BASE.y]);
  });

  test('digits make up the scalar', () => {
    const STREAMS = 4;
    const bench = fieldBench(ORDER, undefined, (module, plan, field) => ({
      split: defineSplit(module, defineHalves(module, plan, field), STREAMS),
    }));
    const digits = bench.free + 128;
    const view = new DataView(bench.memory.buffer);
    const widths = fc.integer({ min: 2, max: 12 });
    const half = (width: number, stream: number): bigint => {
      let value = 0n;
      for (let i = 0, last = -width; i < digitBytes(HALF_DIGITS, 1) / DIGIT_SIZE; i++) {
        const digit = view.getUint16(digits + DIGIT_SIZE * (STREAMS * i + stream), true);
        if (digit === 0) continue;
        const index = digit & 0x7fff;
        expect(index).toBeLessThanOrEqual(2 ** (width - 2));
        expect(i - last).toBeGreaterThanOrEqual(width);
        last = i;
        value += BigInt((digit & 0x8000 ? -1 : 1) * (2 * index - 1)) << BigInt(i);
      }
      return value;
    };
    fc.assert(
      fc.property(anyScalar, widths, (k, width) => {
        bench.memory.fill(0, digits, digits + digitBytes(HALF_DIGITS, STREAMS));
        bench.put(bench.free, k);
        bench.call['split'](digits, bench.free, width);
        const [k1, k2] = [half(width, 0), half(width, 1)];
        expect((((k1 + k2 * LAMBDA) % ORDER) + ORDER) % ORDER).toBe(k);
        for (const part of [k1, k2]) expect(part < 0n ? -part : part).toBeLessThan(2n ** 129n);
      }),
      { numRuns: 3000 },
    );
  });

  test('digits of both halves make up the scalar', () => {
    const STREAMS = 3;
    const bench = fieldBench(ORDER, undefined, (module, plan, field) => ({
      split: defineRotatedSplit(module, plan, defineHalves(module, plan, field), STREAMS),
    }));
    const digits = bench.free + 128;
    const view = new DataView(bench.memory.buffer);
    const seen = new Set<number>();
    const digitsOf = (k: bigint): bigint => {
      bench.memory.fill(0, digits, digits + digitBytes(HALF_DIGITS, STREAMS));
      bench.put(bench.free, k);
      bench.call['split'](digits, bench.free);
      let value = 0n;
      for (let i = 0, last = -3; i < digitBytes(HALF_DIGITS, 1) / DIGIT_SIZE; i++) {
        const digit = view.getUint16(digits + DIGIT_SIZE * STREAMS * i, true);
        if (digit === 0) continue;
        seen.add(digit);
        expect(i - last).toBeGreaterThanOrEqual(3);
        last = i;
        const [a, b] = ELEMENTS[(digit & 0xff) - 1];
        const turned = (BigInt(a) + BigInt(b) * LAMBDA) * LAMBDA ** BigInt((digit >> 8) & 0x7f);
        value += (digit & 0x8000 ? -turned : turned) << BigInt(i);
      }
      return ((value % ORDER) + ORDER) % ORDER;
    };
    fc.assert(
      fc.property(anyScalar, (k) => {
        expect(digitsOf(k)).toBe(k);
      }),
      { numRuns: 3000 },
    );
    // Scalars whose halves are small, and those whose halves are about as large as they come.
    for (let a = -40n; a <= 40n; a++) {
      for (let b = -40n; b <= 40n; b++) {
        const k = (((a + b * LAMBDA) % ORDER) + ORDER) % ORDER;
        expect(digitsOf(k)).toBe(k);
      }
    }
    for (const [a, b] of [[A1, B1] as const, [-A2, A1] as const]) {
      for (let near = -20n; near <= 20n; near++) {
        for (const sum of [a, b, a + b, a - b]) {
          const k = ((((sum / 2n + near) * LAMBDA + sum / 2n) % ORDER) + ORDER) % ORDER;
          expect(digitsOf(k)).toBe(k);
        }
      }
    }
    // Every unit times every element has come.
    expect(seen.size).toBe(6 * ELEMENTS.length);
  });
});
