import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bigIntToBytes, concatBytes } from '../../src/bytes.ts';
import { modexpBerlin, modexpByzantium, modexpOsaka } from '../../src/precompiles/modexp.ts';
import { modularPower } from '../../src/precompiles/modularPower.ts';
import { integer, words } from './sample.ts';

const input = (base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array): Uint8Array =>
  concatBytes(words(base.length, exponent.length, modulus.length), base, exponent, modulus);

/** Square and multiply, one bit at a time. */
function oracle(base: bigint, exponent: bigint, modulus: bigint): bigint {
  if (modulus === 0n) return 0n;
  let result = 1n % modulus;
  for (let square = base % modulus, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

const bytes = fc.uint8Array({ maxLength: 80 });
const someBytes = fc.uint8Array({ minLength: 1, maxLength: 80 });
const PRICINGS = [modexpByzantium, modexpBerlin, modexpOsaka];

describe('modexp', () => {
  test('agrees with square and multiply, whatever the lengths', () => {
    fc.assert(
      fc.property(bytes, bytes, someBytes, (base, exponent, modulus) => {
        const expected = bigIntToBytes(
          oracle(integer(base), integer(exponent), integer(modulus)),
          modulus.length,
        );
        for (const precompile of PRICINGS) {
          expect(precompile.run(input(base, exponent, modulus))).toEqual(expected);
        }
      }),
    );
  });

  test('agrees with square and multiply for moduli of every size, odd, even and powers of two', () => {
    const modulus = fc
      .tuple(
        fc.bigInt({ min: 2n, max: 2n ** 1090n }),
        fc.constantFrom(64, 70, 256, 500, 1024, 1030, 1090),
        fc.constantFrom('odd', 'even', 'power', 'top'),
        fc.nat(200),
      )
      .map(([value, bits, kind, twos]) => {
        const low = BigInt.asUintN(bits, value) | 1n;
        if (kind === 'odd') return low + 2n;
        if (kind === 'even') return low << BigInt(twos + 1);
        if (kind === 'power') return 2n << BigInt(twos);
        // All ones at the top: products come as near as can be to the next digit.
        return 2n ** BigInt(bits) - BigInt(2 * (twos % 5) + 1);
      });
    const number = fc.bigInt({ min: 0n, max: 2n ** 300n });
    fc.assert(
      fc.property(number, number, modulus, fc.boolean(), (base, exponent, n, isNear) => {
        const from = isNear ? n - 1n - (base % 4n) : base;
        const used = from < 0n ? base : from;
        const power = bigIntToBytes(exponent, 38);
        expect(modularPower(used, power, 0, n)).toBe(oracle(used, exponent, n));
      }),
      { numRuns: 400 },
    );
  });

  test('reads zeros past the end of the input', () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, fc.nat(400), (base, exponent, modulus, kept) => {
        const whole = input(base, exponent, modulus);
        const cut = whole.slice(0, 96 + (kept % (whole.length - 95)));
        const padded = new Uint8Array(whole.length);
        padded.set(cut);
        expect(modexpBerlin.run(cut)).toEqual(modexpBerlin.run(padded));
        for (const precompile of PRICINGS) expect(precompile.gas(cut)).toBe(precompile.gas(padded));
      }),
    );
  });

  test('counts the zeros of an exponent that the input does not hold', () => {
    const exponent = Uint8Array.of(3);
    for (const zeros of [0, 1, 31, 32, 400]) {
      const expected = oracle(5n, 3n << BigInt(8 * zeros), 1_000_003n);
      expect(modularPower(5n, exponent, zeros, 1_000_003n)).toBe(expected);
    }
  });

  test('finds the cycle of a short modulus instead of squaring for ever', () => {
    const squarings = 8n * 10n ** 9n;
    // 251 is prime: powers of 7 repeat every 250 exponents.
    const exponent = oracle(2n, squarings, 250n);
    expect(modularPower(7n, Uint8Array.of(1), 10 ** 9, 251n)).toBe(oracle(7n, exponent, 251n));
  });

  test('modulus 0 gives zeros, modulus 1 gives zero, length 0 nothing', () => {
    const one = Uint8Array.of(1);
    expect(modexpBerlin.run(input(one, one, new Uint8Array(3)))).toEqual(new Uint8Array(3));
    expect(modexpBerlin.run(input(one, new Uint8Array(1), one))).toEqual(new Uint8Array(1));
    expect(modexpBerlin.run(input(one, one, new Uint8Array(0)))).toEqual(new Uint8Array(0));
    expect(modexpBerlin.run(new Uint8Array(0))).toEqual(new Uint8Array(0));
    // 0 ** 0 is 1
    expect(modexpBerlin.run(words(1, 1, 1, 0n))).toEqual(Uint8Array.of(0));
    expect(modexpBerlin.run(input(new Uint8Array(1), new Uint8Array(1), Uint8Array.of(7)))).toEqual(one);
  });

  test('an exponent of any length is free of work when base and modulus are empty', () => {
    const huge = words(0, 2n ** 256n - 1n, 0);
    expect(modexpByzantium.gas(huge)).toBe(0);
    expect(modexpByzantium.run(huge)).toEqual(new Uint8Array(0));
    expect(modexpBerlin.gas(huge)).toBe(200);
    expect(modexpBerlin.run(huge)).toEqual(new Uint8Array(0));
    expect(modexpOsaka.run(huge)).toBeUndefined();
  });

  test('lengths that no gas pays for', () => {
    for (const precompile of PRICINGS) {
      expect(precompile.gas(words(2n ** 256n - 1n, 1, 1))).toBe(Number.POSITIVE_INFINITY);
      expect(precompile.gas(words(1, 2n ** 256n - 1n, 1))).toBe(Number.POSITIVE_INFINITY);
    }
  });

  test('Osaka takes 1,024 bytes of each operand and not one more', () => {
    const length = (n: number) => new Uint8Array(n);
    expect(modexpOsaka.run(input(length(1024), length(1024), length(1024)))).toEqual(length(1024));
    expect(modexpOsaka.run(input(length(1025), length(0), length(1)))).toBeUndefined();
    expect(modexpOsaka.run(input(length(0), length(1025), length(1)))).toBeUndefined();
    expect(modexpOsaka.run(input(length(0), length(0), length(1025)))).toBeUndefined();
    expect(modexpBerlin.run(input(length(0), length(0), length(1025)))).toEqual(length(1025));
  });

  test('prices', () => {
    const fermat = words(1, 32, 32, 0n).slice(0, 96);
    const exponent = new Uint8Array(32).fill(255);
    const whole = concatBytes(fermat, Uint8Array.of(3), exponent, exponent);
    expect(modexpByzantium.gas(whole)).toBe(13056); // the EIP's own example
    expect(modexpBerlin.gas(whole)).toBe(1360);
    expect(modexpOsaka.gas(whole)).toBe(4080);
    const short = input(Uint8Array.of(2), Uint8Array.of(2), Uint8Array.of(5));
    expect(PRICINGS.map((precompile) => precompile.gas(short))).toEqual([0, 200, 500]);
  });

  test('gas does not fall as an operand gets longer', () => {
    const length = fc.nat(3000);
    fc.assert(
      fc.property(length, length, length, length, (base, exponent, modulus, more) => {
        for (const precompile of PRICINGS) {
          const gas = precompile.gas(words(base, exponent, modulus));
          // Byzantium's three formulas leave steps of a few hundred where they meet; compare inside each.
          expect(precompile.gas(words(base, exponent + more, modulus))).toBeGreaterThanOrEqual(gas);
          expect(precompile.gas(words(base + 4000, exponent, modulus))).toBeGreaterThanOrEqual(gas);
        }
      }),
    );
  });
});
