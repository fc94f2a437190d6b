import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteSink } from '../../src/wasm/bytes.ts';

const written = (write: (sink: ByteSink) => void): number[] => {
  const sink = new ByteSink();
  write(sink);
  return [...sink.view()];
};
const unsigned = (value: number) => written((sink) => sink.unsigned(value));
const signed = (value: number) => written((sink) => sink.signed(value));
const signed64 = (value: bigint) => written((sink) => sink.signed64(value));

/** LEB128 as its definition reads it; the oracle. */
function read(bytes: readonly number[], isSigned: boolean): bigint {
  let value = 0n;
  bytes.forEach((byte, i) => {
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    expect(byte >= 0x80).toBe(i < bytes.length - 1);
  });
  return isSigned ? BigInt.asIntN(7 * bytes.length, value) : value;
}

test('known LEB128 encodings', () => {
  expect(unsigned(0)).toEqual([0x00]);
  expect(unsigned(127)).toEqual([0x7f]);
  expect(unsigned(128)).toEqual([0x80, 0x01]);
  expect(unsigned(624485)).toEqual([0xe5, 0x8e, 0x26]);
  expect(unsigned(0xffff_ffff)).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f]);
  expect(signed(63)).toEqual([0x3f]);
  expect(signed(64)).toEqual([0xc0, 0x00]);
  expect(signed(-64)).toEqual([0x40]);
  expect(signed(-65)).toEqual([0xbf, 0x7f]);
  expect(signed(-123456)).toEqual([0xc0, 0xbb, 0x78]);
  expect(signed(0x7fff_ffff)).toEqual([0xff, 0xff, 0xff, 0xff, 0x07]);
  expect(signed(-0x8000_0000)).toEqual([0x80, 0x80, 0x80, 0x80, 0x78]);
  expect(signed64(-1n)).toEqual([0x7f]);
  expect(signed64((1n << 63n) - 1n)).toEqual([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00]);
  expect(signed64(-(1n << 63n))).toEqual([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f]);
});

test('values beyond the signed range are their two’s complement', () => {
  expect(signed(0xffff_ffff)).toEqual(signed(-1));
  expect(signed(0x8000_0000)).toEqual(signed(-0x8000_0000));
  expect(signed64((1n << 64n) - 1n)).toEqual(signed64(-1n));
  expect(signed64(1n << 63n)).toEqual(signed64(-(1n << 63n)));
});

test('around every power of two, the shortest encoding that reads back', () => {
  for (let bit = 0n; bit < 64n; bit++) {
    for (const near of [-1n, 0n, 1n]) {
      for (const value of [(1n << bit) + near, -(1n << bit) + near]) {
        const inRange = BigInt.asIntN(64, value);
        const bytes = signed64(inRange);
        expect(read(bytes, true)).toBe(inRange);
        if (bytes.length > 1) expect(BigInt.asIntN(7 * (bytes.length - 1), inRange)).not.toBe(inRange);
        if (inRange === BigInt.asIntN(32, inRange)) expect(signed(Number(inRange))).toEqual(bytes);
      }
    }
  }
});

test('any integer reads back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), (value) => {
      expect(read(signed64(value), true)).toBe(value);
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (value) => {
      expect(read(unsigned(value), false)).toBe(BigInt(value));
    }),
  );
});

test('a sink grows, and a view shows what was written', () => {
  const sink = new ByteSink();
  for (let i = 0; i < 1000; i++) sink.byte(i);
  sink.bytes(new Uint8Array(5000).fill(7));
  sink.bytes([1, 2, 3]);
  expect(sink.length).toBe(6003);
  const view = sink.view();
  expect(view.length).toBe(6003);
  expect(view[999]).toBe(999 & 0xff);
  expect([...view.subarray(5998)]).toEqual([7, 7, 1, 2, 3]);
});

test('a name is its length in bytes and UTF-8', () => {
  expect(written((sink) => sink.name('aé'))).toEqual([3, 0x61, 0xc3, 0xa9]);
});
