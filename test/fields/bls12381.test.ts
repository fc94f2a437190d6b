import { bls12_381 } from '@noble/curves/bls12-381.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bigIntToBytes, concatBytes } from '../../src/bytes.ts';
import {
  addBls,
  decompressBlsG1,
  fixedBlsPairing,
  isBlsPairingOne,
  mapToBls,
  sumBlsProducts,
} from '../../src/fields/bls12381.ts';

const { G1, G2, fields } = bls12_381;
const FIELD = fields.Fp.ORDER;
const ORDER = fields.Fr.ORDER;
// `EVMILL_FUZZ` multiplies the cases.
const CASES = 40 * Number(process.env['EVMILL_FUZZ'] ?? 1);

const encode = (...parts: readonly bigint[]): Uint8Array =>
  concatBytes(...parts.map((part) => bigIntToBytes(part, 64)));
const word = (value: bigint): Uint8Array => bigIntToBytes(value, 32);
const modulo = (value: bigint): bigint => ((value % ORDER) + ORDER) % ORDER;

const ofG1 = (point: InstanceType<typeof G1.Point>): Uint8Array => {
  if (point.is0()) return new Uint8Array(128);
  const { x, y } = point.toAffine();
  return encode(x, y);
};
const ofG2 = (point: InstanceType<typeof G2.Point>): Uint8Array => {
  if (point.is0()) return new Uint8Array(256);
  const { x, y } = point.toAffine();
  return encode(x.c0, x.c1, y.c0, y.c1);
};
const g1 = (times: bigint): Uint8Array => ofG1(G1.Point.BASE.multiplyUnsafe(modulo(times)));
const g2 = (times: bigint): Uint8Array => ofG2(G2.Point.BASE.multiplyUnsafe(modulo(times)));

const scalar = fc.oneof(
  { weight: 3, arbitrary: fc.bigInt({ min: 0n, max: ORDER - 1n }) },
  fc.bigInt({ min: -5n, max: 40n }).map(modulo),
  fc.bigInt({ min: 0n, max: 254n }).map((n) => 2n ** n),
);
const integer = fc.oneof(
  scalar,
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  fc.constantFrom(ORDER, ORDER + 1n, 2n ** 256n - 1n),
);

/** Points of the curve of G1, hardly any of them in the subgroup. */
function* pointsOutside(): Generator<InstanceType<typeof G1.Point>> {
  for (let x = 1n; ; x++) {
    const square = (x * x * x + 4n) % FIELD;
    try {
      yield G1.Point.fromAffine({ x, y: fields.Fp.sqrt(square) });
    } catch {
      // No root: the next.
    }
  }
}

function* pointsOutside2(): Generator<InstanceType<typeof G2.Point>> {
  const { Fp2 } = fields;
  for (let c0 = 1n; ; c0++) {
    const x = { c0, c1: 2n };
    try {
      const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), { c0: 4n, c1: 4n }));
      yield G2.Point.fromAffine({ x, y });
    } catch {
      // No root: the next.
    }
  }
}

function take<T>(count: number, items: Iterable<T>): T[] {
  const taken: T[] = [];
  for (const item of items) if (taken.push(item) === count) break;
  return taken;
}

describe.each([
  { name: 'G1', length: 128 as const, point: g1 },
  { name: 'G2', length: 256 as const, point: g2 },
])('$name', ({ length, point }) => {
  test('sums', () => {
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        expect(addBls(concatBytes(point(a), point(b)), length)).toEqual(point(a + b));
        expect(addBls(concatBytes(point(a), point(a)), length)).toEqual(point(2n * a));
        expect(addBls(concatBytes(point(a), point(-a)), length)).toEqual(new Uint8Array(length));
      }),
      { numRuns: CASES },
    );
  });

  test('sums of products', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(scalar, integer), { maxLength: 20 }), (terms) => {
        const bytes = concatBytes(...terms.map(([a, k]) => concatBytes(point(a), word(k))));
        const sum = terms.reduce((total, [a, k]) => total + a * k, 0n);
        expect(sumBlsProducts(bytes, length)).toEqual(point(sum));
      }),
      { numRuns: CASES / 4 },
    );
    for (const count of [16, 17, 32, 33]) {
      const terms = Array.from({ length: count }, (_, i) => concatBytes(point(BigInt(i)), word(BigInt(i))));
      const sum = Array.from({ length: count }, (_, i) => BigInt(i * i)).reduce((a, b) => a + b);
      expect(sumBlsProducts(concatBytes(...terms), length)).toEqual(point(sum));
    }
  });

  test('products by integers at the edges of what they are split into', () => {
    const x = 0xd201000000010000n;
    for (const base of [
      x,
      x ** 2n,
      x ** 3n,
      x ** 4n,
      ORDER,
      2n * ORDER,
      2n ** 128n,
      2n ** 192n,
      2n ** 256n,
    ]) {
      for (const k of [base - 1n, base, base + 1n, base / 2n]) {
        if (k >= 2n ** 256n) continue;
        expect(sumBlsProducts(concatBytes(point(3n), word(k)), length)).toEqual(point(3n * k));
      }
    }
  });

  test('what is no point', () => {
    const good = point(3n);
    for (let i = 0; i < length; i += 5) {
      const bad = good.slice();
      bad[i] ^= 1;
      expect(addBls(concatBytes(good, bad), length)).toBeUndefined();
      expect(addBls(concatBytes(bad, good), length)).toBeUndefined();
      expect(sumBlsProducts(concatBytes(bad, word(0n)), length)).toBeUndefined();
    }
    const beyond = good.slice();
    beyond.set(bigIntToBytes(FIELD, 64));
    expect(addBls(concatBytes(good, beyond), length)).toBeUndefined();
  });
});

test('sums of points outside the subgroup, which products do not take', () => {
  const outside = take(6, pointsOutside());
  for (const a of outside) {
    for (const b of outside) {
      expect(addBls(concatBytes(ofG1(a), ofG1(b)), 128)).toEqual(ofG1(a.add(b)));
    }
    expect(sumBlsProducts(concatBytes(ofG1(a), word(1n)), 128) !== undefined).toBe(a.isTorsionFree());
    const inside = a.clearCofactor();
    expect(sumBlsProducts(concatBytes(ofG1(inside), word(1n)), 128)).toEqual(ofG1(inside));
    // Points of the cofactor's order only.
    const rest = a.multiplyUnsafe(ORDER - 1n).add(a);
    if (!rest.is0()) expect(sumBlsProducts(concatBytes(ofG1(rest), word(1n)), 128)).toBeUndefined();
  }
  const outside2 = take(3, pointsOutside2());
  for (const a of outside2) {
    for (const b of outside2) {
      expect(addBls(concatBytes(ofG2(a), ofG2(b)), 256)).toEqual(ofG2(a.add(b)));
    }
    expect(sumBlsProducts(concatBytes(ofG2(a), word(1n)), 256) !== undefined).toBe(a.isTorsionFree());
    expect(isBlsPairingOne(concatBytes(g1(1n), ofG2(a)))).toBeUndefined();
    const inside = a.clearCofactor();
    expect(sumBlsProducts(concatBytes(ofG2(inside), word(1n)), 256)).toEqual(ofG2(inside));
  }
});

test('compressed points', () => {
  const compressed = (point: InstanceType<typeof G1.Point>): Uint8Array => {
    const { x, y } = point.toAffine();
    const bytes = bigIntToBytes(x, 48);
    bytes[0] |= 0x80 | (y > FIELD / 2n ? 0x20 : 0);
    return bytes;
  };
  fc.assert(
    fc.property(
      scalar.filter((k) => k !== 0n),
      (k) => {
        const point = G1.Point.BASE.multiplyUnsafe(k);
        expect(decompressBlsG1(compressed(point))).toEqual(ofG1(point));
        expect(decompressBlsG1(point.toBytes(true))).toEqual(ofG1(point));
        expect(decompressBlsG1(compressed(point.negate()))).toEqual(ofG1(point.negate()));
      },
    ),
    { numRuns: CASES },
  );
  const infinity = new Uint8Array(48);
  expect(decompressBlsG1(infinity)).toBeUndefined();
  infinity[0] = 0xc0;
  expect(decompressBlsG1(infinity)).toEqual(new Uint8Array(128));
  infinity[0] = 0xe0;
  expect(decompressBlsG1(infinity)).toBeUndefined();
  infinity[0] = 0xc0;
  infinity[47] = 1;
  expect(decompressBlsG1(infinity)).toBeUndefined();
  const beyond = bigIntToBytes(FIELD, 48);
  beyond[0] |= 0x80;
  expect(decompressBlsG1(beyond)).toBeUndefined();
  expect(decompressBlsG1(new Uint8Array(47))).toBeUndefined();
  // 1 + 4 is no square.
  const none = bigIntToBytes(1n, 48);
  none[0] |= 0x80;
  expect(fields.Fp.eql(fields.Fp.pow(5n, (FIELD - 1n) / 2n), 1n)).toBe(decompressBlsG1(none) !== undefined);
});

test('maps from fields', () => {
  const element = fc.oneof(
    { weight: 3, arbitrary: fc.bigInt({ min: 0n, max: FIELD - 1n }) },
    fc.bigInt({ min: 0n, max: 5n }),
    fc.bigInt({ min: 1n, max: 5n }).map((n) => FIELD - n),
  );
  const map1 = G1.mapToCurve as unknown as (u: bigint) => InstanceType<typeof G1.Point>;
  const map2 = G2.mapToCurve as unknown as (u: bigint[]) => InstanceType<typeof G2.Point>;
  fc.assert(
    fc.property(element, element, (c0, c1) => {
      expect(mapToBls(encode(c0))).toEqual(ofG1(map1(c0)));
      expect(mapToBls(encode(c0, c1))).toEqual(ofG2(map2([c0, c1])));
    }),
    { numRuns: 2 * CASES },
  );
  for (const bad of [FIELD, FIELD + 1n, 2n ** 384n - 1n, 2n ** 384n, 2n ** 511n]) {
    expect(mapToBls(encode(bad))).toBeUndefined();
    expect(mapToBls(encode(bad, 0n))).toBeUndefined();
    expect(mapToBls(encode(0n, bad))).toBeUndefined();
  }
  // u with z²u⁴ + zu² = 0: its own case in the map.
  const exceptional = fields.Fp.sqrt(fields.Fp.neg(fields.Fp.inv(11n)));
  for (const u of [0n, exceptional, FIELD - exceptional]) {
    expect(mapToBls(encode(u))).toEqual(ofG1(map1(u)));
  }
});

describe('pairings', () => {
  test('is one exactly when the exponents add up to zero', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(scalar, scalar), { maxLength: 4 }), scalar, scalar, (pairs, q, off) => {
        const sum = pairs.reduce((total, [a, b]) => total + a * b, 0n);
        const last = q === 0n ? 0n : modulo(-sum * fields.Fr.inv(q));
        const input = (extra: bigint) =>
          concatBytes(...[...pairs, [last + extra, q] as const].map(([a, b]) => concatBytes(g1(a), g2(b))));
        const isZero = (extra: bigint) => modulo(sum + (last + extra) * q) === 0n;
        expect(isBlsPairingOne(input(0n))).toBe(isZero(0n));
        expect(isBlsPairingOne(input(off))).toBe(isZero(off));
      }),
      { numRuns: CASES / 2 },
    );
  });

  test('by lines that are kept', () => {
    const [a, b] = [3n, fields.Fr.ORDER - 5n];
    const isOne = fixedBlsPairing(concatBytes(g2(a), g2(b)));
    const any = fc.oneof(scalar, fc.constant(0n));
    fc.assert(
      fc.property(any, any, (p, off) => {
        const other = modulo(-a * p * fields.Fr.inv(b));
        expect(isOne(concatBytes(g1(p), g1(other)))).toBe(true);
        expect(isOne(concatBytes(g1(p), g1(other + off)))).toBe(off === 0n);
        expect(isOne(concatBytes(g1(p + off), g1(other)))).toBe(off === 0n);
      }),
      { numRuns: CASES / 2 },
    );
    expect(isOne(concatBytes(g1(5n), new Uint8Array(128).fill(1)))).toBeUndefined();
    expect(isOne(concatBytes(new Uint8Array(128).fill(1), g1(5n)))).toBeUndefined();
    expect(() => isOne(new Uint8Array(255))).toThrow(RangeError);
    expect(() => fixedBlsPairing(new Uint8Array(512))).toThrow(RangeError);
    expect(() => fixedBlsPairing(new Uint8Array(511))).toThrow(RangeError);
  });

  test('more pairs than are in memory at once', () => {
    for (const count of [15, 16, 17, 33]) {
      const pairs = Array.from({ length: count }, (_, i) => concatBytes(g1(BigInt(i)), g2(BigInt(i + 1))));
      const sum = Array.from({ length: count }, (_, i) => BigInt(i * (i + 1))).reduce((a, b) => a + b);
      const rest = concatBytes(g1(-sum), g2(1n));
      expect(isBlsPairingOne(concatBytes(...pairs, rest))).toBe(true);
      expect(isBlsPairingOne(concatBytes(...pairs, rest, pairs[1]))).toBe(false);
    }
    expect(isBlsPairingOne(new Uint8Array(0))).toBe(true);
    expect(isBlsPairingOne(new Uint8Array(384 * 20))).toBe(true);
  });
});
