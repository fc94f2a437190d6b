import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bigIntToBytes, bytesToBigInt } from '../../src/bytes.ts';
import { modulo } from '../../src/fields/field.ts';
import { limbBytes } from '../../src/fields/radix.ts';
import { pseudoMersenne } from '../../src/fields/reduction.ts';
import { fieldBench } from './fieldModule.ts';

const MODULI = {
  'secp256k1, coordinates': 2n ** 256n - 2n ** 32n - 977n,
  'secp256k1, scalars': 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  'P-256, coordinates': 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  'P-256, scalars': 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  'bn254, coordinates': 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n,
  'BLS12-381, coordinates':
    0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn,
};

const fields = Object.entries(MODULI).map(([name, modulus]) => {
  const isPseudoMersenne = name === 'secp256k1, coordinates';
  const bench = isPseudoMersenne
    ? fieldBench(modulus, (p, radix) => pseudoMersenne(p, 256, radix))
    : fieldBench(modulus);
  return { name, modulus, bench };
});

/** Square and multiply. */
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

describe.each(fields)('$name', ({ modulus, bench }) => {
  const { field, call, free, memory, put, at } = bench;
  const { size, radix } = field;
  const [a, b, out] = [free, free + size, free + 2 * size];
  const factorInverse = power(field.reduction.factor, modulus - 2n, modulus);
  const bits = BigInt(radix.bits);
  const edge = fc.oneof(
    fc.bigInt({ min: 0n, max: 4n }),
    fc.bigInt({ min: 0n, max: 4n }).map((n) => modulus - n),
    fc.bigInt({ min: 0n, max: bits * BigInt(radix.limbs) - 8n }).map((n) => 2n ** n % modulus),
  );
  const element = fc.oneof({ weight: 4, arbitrary: fc.bigInt({ min: 0n, max: modulus - 1n }) }, edge);
  /** Anything that formulas may come to: limbs up to their bounds, values up to theirs, of either sign. */
  const most = BigInt(Math.floor(field.limit.greatest));
  const loose = fc
    .tuple(
      element,
      fc.bigInt({ min: -8n, max: 8n }),
      fc.array(fc.bigInt({ min: -1n, max: 1n }), { minLength: 14 }),
    )
    .map(([value, times, loosened]) => {
      const limbs = new BigInt64Array(limbBytes(value + times * modulus, radix).buffer);
      // Moves a unit between neighbours: the value stays, the limbs leave their range.
      for (let i = 0; i + 1 < radix.limbs; i++) {
        if (i + 2 < radix.limbs && limbs[i] + (loosened[i] << bits) > most) continue;
        limbs[i] += loosened[i] << bits;
        limbs[i + 1] -= loosened[i];
        if (limbs[i] > most || limbs[i] < -most) {
          limbs[i] -= loosened[i] << bits;
          limbs[i + 1] += loosened[i];
        }
      }
      return limbs;
    });
  const value = (limbs: BigInt64Array): bigint =>
    limbs.reduce((sum, limb, i) => sum + (limb << (bits * BigInt(i))), 0n);
  const place = (address: number, limbs: BigInt64Array) => memory.set(new Uint8Array(limbs.buffer), address);

  test('products and squares, of elements in any form', () => {
    fc.assert(
      fc.property(loose, loose, (x, y) => {
        place(a, x);
        place(b, y);
        call['mul'](out, a, b);
        expect(modulo(at(out), modulus)).toBe(modulo(value(x) * value(y) * factorInverse, modulus));
        call['sqr'](out, a);
        expect(modulo(at(out), modulus)).toBe(modulo(value(x) ** 2n * factorInverse, modulus));
        call['mul'](a, a, a);
        expect(at(a)).toBe(at(out));
      }),
      { numRuns: 2000 },
    );
  });

  test('normal form', () => {
    fc.assert(
      fc.property(loose, (x) => {
        place(a, x);
        call['normalize'](out, a);
        expect(at(out)).toBe(modulo(value(x), modulus));
        expect(memory.slice(out, out + size)).toEqual(limbBytes(at(out), radix));
      }),
      { numRuns: 2000 },
    );
  });

  test('inverses', () => {
    fc.assert(
      fc.property(element, (x) => {
        put(a, (x * field.reduction.factor) % modulus);
        call['inverse'](out, a);
        const expected = (power(x % modulus, modulus - 2n, modulus) * field.reduction.factor) % modulus;
        expect(modulo(at(out), modulus)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('bytes', () => {
    const length = radix.limbs === 9 ? 32 : 48;
    const limit = 2n ** BigInt(8 * length);
    fc.assert(
      fc.property(fc.oneof(fc.bigInt({ min: 0n, max: limit - 1n }), element), (x) => {
        memory.set(bigIntToBytes(x, length), a);
        call['decode'](b, a);
        expect(at(b)).toBe(x);
        expect(memory.slice(b, b + size)).toEqual(limbBytes(x, radix));
        expect(call['isBelow'](b)).toBe(x < modulus ? 1 : 0);
        call['encode'](out, b);
        expect(bytesToBigInt(memory.slice(out, out + length))).toBe(x);
      }),
      { numRuns: 2000 },
    );
    memory.set(bigIntToBytes(modulus, length), a);
    call['decode'](b, a);
    expect(call['isBelow'](b)).toBe(0);
  });

  test('zero', () => {
    fc.assert(
      fc.property(loose, fc.bigInt({ min: -9n, max: 9n }), (x, times) => {
        place(a, x);
        put(b, times * modulus);
        call['mul'](out, a, b);
        expect(call['isZeroProduct'](out)).toBe(1);
        call['sqr'](out, a);
        expect(call['isZeroProduct'](out)).toBe(modulo(value(x), modulus) === 0n ? 1 : 0);
      }),
    );
  });
});
