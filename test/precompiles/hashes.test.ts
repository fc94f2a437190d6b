import { ripemd160 as nobleRipemd160 } from '@noble/hashes/legacy.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nativeSha256, sha256 } from '../../src/precompiles/hashes.ts';
import { providers } from '../../src/precompiles/providers.ts';
import { ripemd160 } from '../../src/precompiles/ripemd160.ts';

const native = nativeSha256();

describe.each([
  { name: 'sha256', all: typeof native === 'string' ? [sha256] : [sha256, native], noble: nobleSha256 },
  { name: 'ripemd160', all: [ripemd160], noble: nobleRipemd160 },
])('$name', ({ all, noble }) => {
  test('is what noble has, whoever computes it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (input) => {
        for (const hash of all) expect(hash(input)).toEqual(noble(input));
      }),
    );
  });

  test('is what noble has of any number of bytes, and of more than a page', () => {
    const input = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i) >> 3);
    const sizes = [...Array(300).keys(), 65_471, 65_472, 65_473, 65_536, 130_944, 130_999, 200_000];
    for (const size of sizes) {
      const bytes = input.subarray(0, size);
      for (const hash of all) expect(hash(bytes), `${size} bytes`).toEqual(noble(bytes));
    }
  });

  test('hands out bytes that no later digest changes', () => {
    for (const hash of all) {
      const first = hash(Uint8Array.of(1));
      const copy = first.slice();
      for (let i = 0; i < 1000; i++) hash(Uint8Array.of(2));
      expect(first).toEqual(copy);
    }
  });
});

test("a host's SHA-256 is taken only where it is right", () => {
  const host = (hash: (() => string) | undefined) => ({
    process: { getBuiltinModule: () => ({ hash: hash! }) },
  });
  expect(nativeSha256({})).toBe('no node:crypto with hash() here');
  expect(nativeSha256(host(undefined))).toBe('no node:crypto with hash() here');
  expect(nativeSha256(host(() => '00'))).toBe('node:crypto answers wrongly');
  const unsupported = host(() => {
    throw new Error('unsupported');
  });
  expect(nativeSha256(unsupported)).toBe('node:crypto: unsupported');
});

test('providers say who computes what', () => {
  const found = providers();
  expect(new Set(found.map(({ primitive }) => primitive)).size).toBe(found.length);
  expect(found.find(({ primitive }) => primitive === 'SHA-256')).toEqual({
    primitive: 'SHA-256',
    used: typeof native === 'string' ? '@noble/hashes' : 'node:crypto',
    absent: typeof native === 'string' ? native : undefined,
  });
});
