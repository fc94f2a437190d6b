/** The oracle itself: known values, and laws that hold between its operations. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as oracle from '../src/word.ts';
import { word } from './machine/words.ts';

const MAX = (1n << 256n) - 1n;
const LEAST = 1n << 255n;
const signed = (a: bigint): bigint => BigInt.asIntN(256, a);
const absolute = (a: bigint): bigint => (signed(a) < 0n ? -signed(a) : signed(a));
const law = (name: string, holds: (a: bigint, b: bigint, c: bigint) => boolean): void => {
  test(name, () => fc.assert(fc.property(word, word, word, holds), { numRuns: 500 }));
};

describe('known values', () => {
  // From the tables of the EIPs and the notes of the Yellow Paper.
  test.each<[string, bigint, bigint]>([
    ['-2^255 / -1', oracle.sdiv(LEAST, MAX), LEAST],
    ['x / 0', oracle.sdiv(5n, 0n) + oracle.div(5n, 0n) + oracle.mod(5n, 0n) + oracle.smod(5n, 0n), 0n],
    ['modulo 0', oracle.addmod(5n, 5n, 0n) + oracle.mulmod(5n, 5n, 0n), 0n],
    ['-8 smod 3', oracle.smod(MAX - 7n, 3n), MAX - 1n],
    ['8 smod -3', oracle.smod(8n, MAX - 2n), 2n],
    ['-8 sdiv 3', oracle.sdiv(MAX - 7n, 3n), MAX - 1n],
    ['0 ** 0', oracle.exp(0n, 0n), 1n],
    ['2 ** 256', oracle.exp(2n, 256n), 0n],
    ['(-1) ** (2^256 - 1)', oracle.exp(MAX, MAX), MAX],
    ['2^256 - 1 + 2^256 - 1 modulo 2^256 - 1', oracle.addmod(MAX, MAX, MAX), 0n],
    ['(2^256 - 1)^2 modulo 12', oracle.mulmod(MAX, MAX, 12n), 9n],
    ['signextend 0 of 0xff', oracle.signextend(0n, 0xffn), MAX],
    ['signextend 0 of 0x17f', oracle.signextend(0n, 0x17fn), 0x7fn],
    ['signextend 30 and 31', oracle.signextend(30n, MAX >> 8n) & oracle.signextend(31n, MAX), MAX],
    ['signextend of far', oracle.signextend(MAX, 0xffn), 0xffn],
    ['byte 0 and 31', oracle.byte(0n, 0x12n << 248n) * 256n + oracle.byte(31n, 0x34n), 0x1234n],
    ['byte 32', oracle.byte(32n, MAX) + oracle.byte(MAX, MAX), 0n],
    ['1 << 255', oracle.shl(255n, 1n), LEAST],
    ['shifts by 256', oracle.shl(256n, MAX) + oracle.shr(256n, MAX), 0n],
    ['sar of the least by 255, and by far', oracle.sar(255n, LEAST) & oracle.sar(MAX, LEAST), MAX],
    ['sar of the greatest by far', oracle.sar(MAX, LEAST - 1n), 0n],
    [
      'clz of 0, 1 and 2^255',
      oracle.clz(0n) * 1000000n + oracle.clz(1n) * 1000n + oracle.clz(LEAST),
      256255000n,
    ],
    ['not 0', oracle.not(0n), MAX],
    [
      '-1 < 0, signed',
      oracle.slt(MAX, 0n) + oracle.sgt(0n, MAX) - oracle.lt(MAX, 0n) - oracle.gt(0n, MAX),
      2n,
    ],
  ])('%s', (_, found, expected) => {
    expect(found).toBe(expected);
  });
});

describe('laws', () => {
  const operations = Object.entries(oracle).filter(([name]) => name !== 'byteLength') as [
    string,
    (...operands: bigint[]) => bigint,
  ][];
  law('results are words', (a, b, c) =>
    operations.every(([, operate]) => operate(a, b, c) >= 0n && operate(a, b, c) <= MAX),
  );
  law('a - b + b = a', (a, b) => oracle.add(oracle.sub(a, b), b) === a);
  law(
    'a * (b + c) = a * b + a * c',
    (a, b, c) => oracle.mul(a, oracle.add(b, c)) === oracle.add(oracle.mul(a, b), oracle.mul(a, c)),
  );
  law(
    'a = (a / b) * b + a % b',
    (a, b) => b === 0n || oracle.add(oracle.mul(oracle.div(a, b), b), oracle.mod(a, b)) === a,
  );
  law(
    'likewise signed',
    (a, b) => b === 0n || oracle.add(oracle.mul(oracle.sdiv(a, b), b), oracle.smod(a, b)) === a,
  );
  law('a remainder has the sign of the dividend, and is less than the divisor', (a, b) => {
    const rest = oracle.smod(a, b);
    return (
      b === 0n || (absolute(rest) < absolute(b) && (rest === 0n || signed(rest) < 0n === signed(a) < 0n))
    );
  });
  law(
    'a ** (b + 1) = a ** b * a',
    (a, b) => b === MAX || oracle.exp(a, b + 1n) === oracle.mul(oracle.exp(a, b), a),
  );
  law('addmod and mulmod do not wrap', (a, b, n) => {
    return n === 0n || (oracle.addmod(a, b, n) === (a + b) % n && oracle.mulmod(a, b, n) === (a * b) % n);
  });
  law(
    'not (a and b) = not a or not b',
    (a, b) => oracle.not(oracle.and(a, b)) === oracle.or(oracle.not(a), oracle.not(b)),
  );
  law('a xor b xor b = a', (a, b) => oracle.xor(oracle.xor(a, b), b) === a);
  law(
    'exactly one of a < b, a = b, a > b',
    (a, b) => oracle.lt(a, b) + oracle.eq(a, b) + oracle.gt(a, b) === 1n,
  );
  law('likewise signed', (a, b) => oracle.slt(a, b) + oracle.eq(a, b) + oracle.sgt(a, b) === 1n);
  law('shifts are multiplications and divisions by powers of two', (a, b) => {
    const by = b % 300n;
    return oracle.shl(by, a) === oracle.mul(a, oracle.exp(2n, by)) && oracle.shr(by, a) === a / 2n ** by;
  });
  law(
    'sar rounds down',
    (a, b) =>
      signed(oracle.sar(b % 300n, a)) ===
      signed(a) / 2n ** (b % 300n) - (signed(a) < 0n && signed(a) % 2n ** (b % 300n) !== 0n ? 1n : 0n),
  );
  law('bytes make the word again', (a) => {
    let value = 0n;
    for (let i = 0n; i < 32n; i++) value = value * 256n + oracle.byte(i, a);
    return value === a;
  });
  law('sign extension repeats the top bit', (a, b) => {
    const bits = 8n * ((b % 31n) + 1n);
    const extended = oracle.signextend(b % 31n, a);
    return BigInt.asIntN(Number(bits), a) === signed(extended);
  });
  law('2 ** (255 - clz) is the highest bit', (a) => a === 0n || a >> (255n - oracle.clz(a)) === 1n);
  law('so many bytes hold it, and no fewer', (a) => {
    const length = BigInt(oracle.byteLength(a));
    return a < 256n ** length && (length === 0n || a >= 256n ** (length - 1n));
  });
});
