import { ripemd160 as nobleRipemd160 } from '@noble/hashes/legacy.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type HashName, nativeHash, ripemd160, sha256 } from '../../src/precompiles/hashes.ts';
import { providers } from '../../src/precompiles/providers.ts';

const CASES = [
  { name: 'sha256' as HashName, used: sha256, noble: nobleSha256 },
  { name: 'ripemd160' as HashName, used: ripemd160, noble: nobleRipemd160 },
];

describe.each(CASES)('$name', ({ name, used, noble }) => {
  test('is what noble has, whoever computes it', () => {
    const native = nativeHash(name);
    const all = typeof native === 'string' ? [used] : [used, native];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (input) => {
        for (const hash of all) expect(hash(input)).toEqual(noble(input));
      }),
    );
  });

  test('hands out bytes that no later digest changes', () => {
    const first = used(Uint8Array.of(1));
    const copy = first.slice();
    for (let i = 0; i < 1000; i++) used(Uint8Array.of(2));
    expect(first).toEqual(copy);
  });

  test('of a host is taken only where it is right', () => {
    const host = (hash: (() => string) | undefined) => ({
      process: { getBuiltinModule: () => ({ hash: hash! }) },
    });
    expect(nativeHash(name, {})).toBe('no node:crypto with hash() here');
    expect(nativeHash(name, host(undefined))).toBe('no node:crypto with hash() here');
    expect(
      nativeHash(
        name,
        host(() => '00'),
      ),
    ).toBe('node:crypto answers wrongly');
    const unsupported = host(() => {
      throw new Error('unsupported');
    });
    expect(nativeHash(name, unsupported)).toBe('node:crypto: unsupported');
  });
});

test('providers say who computes what', () => {
  const found = providers();
  expect(new Set(found.map(({ primitive }) => primitive)).size).toBe(found.length);
  const native = nativeHash('sha256');
  expect(found.find(({ primitive }) => primitive === 'SHA-256')).toEqual({
    primitive: 'SHA-256',
    used: typeof native === 'string' ? '@noble/hashes' : 'node:crypto',
    absent: typeof native === 'string' ? native : undefined,
  });
});
