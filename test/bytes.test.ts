/** Hex, bytes, integers and addresses. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bigIntToBytes,
  bigIntToMinimalBytes,
  bytesToBigInt,
  compareBytes,
  concatBytes,
  EMPTY_BYTES,
  equalBytes,
  fromHex,
  toAddress,
  toHex,
} from '../src/bytes.ts';

const bytes = fc.uint8Array({ maxLength: 70 });

describe('hex', () => {
  test('is that of the platform, both ways and in any case', () => {
    fc.assert(
      fc.property(bytes, (some) => {
        const digits = Buffer.from(some).toString('hex');
        expect(toHex(some)).toBe(`0x${digits}`);
        for (const hex of [
          digits,
          `0x${digits}`,
          `0X${digits}`,
          digits.toUpperCase(),
          `0x${digits.toUpperCase()}`,
        ]) {
          expect(fromHex(hex)).toEqual(Uint8Array.from(some));
        }
      }),
    );
  });

  test.each([
    ['0x0', 'hex: expected an even number of digits, got 1'],
    ['abc', 'hex: expected an even number of digits, got 3'],
    ['0x0g', 'hex: expected a digit at position 3, got "g"'],
    ['0xg0', 'hex: expected a digit at position 2, got "g"'],
    [' 0', 'hex: expected a digit at position 0, got " "'],
    ['0x0x', 'hex: expected a digit at position 3, got "x"'],
    ['00é0', 'hex: expected a digit at position 2, got "é"'],
    ['0\u01300', 'hex: expected an even number of digits, got 3'],
    ['0\u0130', 'hex: expected a digit at position 1, got "\u0130"'],
  ])('%j is none', (hex, message) => {
    expect(() => fromHex(hex)).toThrow(new TypeError(message));
  });

  test('of nothing is nothing', () => {
    expect([toHex(EMPTY_BYTES), fromHex('0x'), fromHex('')]).toEqual(['0x', EMPTY_BYTES, EMPTY_BYTES]);
  });
});

describe('bytes', () => {
  test('are joined in order, in an array of their own', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 5 }), (parts) => {
        const whole = concatBytes(...parts);
        expect(whole).toEqual(Uint8Array.from(parts.flatMap((part) => [...part])));
        expect(parts.every((part) => part.buffer !== whole.buffer)).toBe(true);
      }),
    );
  });

  test('are equal and ordered as the platform’s are', () => {
    const few = fc.uint8Array({ maxLength: 4, max: 2 });
    fc.assert(
      fc.property(few, few, (a, b) => {
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
      }),
      { numRuns: 500 },
    );
  });
});

describe('integers', () => {
  test('come back from bytes, of any length that holds them', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 300n }), fc.nat({ max: 10 }), (value, more) => {
        const minimal = bigIntToMinimalBytes(value);
        expect(bytesToBigInt(minimal)).toBe(value);
        expect(minimal.length === 0 ? value === 0n : minimal[0] !== 0).toBe(true);
        const padded = bigIntToBytes(value, minimal.length + more);
        expect(padded).toHaveLength(minimal.length + more);
        expect(bytesToBigInt(padded)).toBe(value);
        if (minimal.length > 0) expect(() => bigIntToBytes(value, minimal.length - 1)).toThrow(RangeError);
      }),
    );
  });

  test('of no bytes are zero', () => {
    expect([bytesToBigInt(EMPTY_BYTES), bigIntToMinimalBytes(0n), bigIntToBytes(0n, 0)]).toEqual([
      0n,
      EMPTY_BYTES,
      EMPTY_BYTES,
    ]);
  });

  test('below zero have no bytes', () => {
    expect(() => bigIntToBytes(-1n, 4)).toThrow(new RangeError('integer: expected 0 to 2^32 - 1, got -1'));
    expect(() => bigIntToBytes(256n, 1)).toThrow(new RangeError('integer: expected 0 to 2^8 - 1, got 256'));
    expect(() => bigIntToMinimalBytes(-1n)).toThrow(TypeError);
  });
});

describe('an address', () => {
  const hex = `0x${'aB'.repeat(20)}`;

  test('is 20 bytes, however they are written', () => {
    for (const one of [hex, hex.slice(2), hex.toUpperCase(), fromHex(hex)])
      expect(toAddress(one)).toBe(hex.toLowerCase());
  });

  test('is nothing else', () => {
    expect(() => toAddress('0x12')).toThrow(new TypeError('address: expected 20 bytes, got 1'));
    expect(() => toAddress(new Uint8Array(32))).toThrow(new TypeError('address: expected 20 bytes, got 32'));
    expect(() => toAddress(hex.slice(0, -1))).toThrow(TypeError);
  });
});
