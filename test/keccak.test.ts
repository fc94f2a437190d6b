import { keccak_256 } from '@noble/hashes/sha3.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex } from '../src/bytes.ts';
import { defineKeccak, KECCAK_SCRATCH } from '../src/keccak/define.ts';
import { keccak256 } from '../src/keccak.ts';
import { ModuleBuilder } from '../src/wasm/module.ts';

const PAGE = 0x10000;

/** Bytes that differ from place to place and from seed to seed. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed | 1;
  return Uint8Array.from({ length }, () => {
    state = Math.imul(state, 0x9e3779b1) + 0x7f4a7c15;
    return state >>> 24;
  });
}

function agrees(bytes: Uint8Array): void {
  expect(toHex(keccak256(bytes))).toBe(toHex(keccak_256(bytes)));
}

test('known hashes', () => {
  expect(toHex(keccak256(new Uint8Array(0)))).toBe(
    '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
  );
  expect(toHex(keccak256(Uint8Array.of(0x80)))).toBe(
    '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
  );
});

test('every length up to 1000 agrees with noble', () => {
  for (let length = 0; length <= 1000; length++) agrees(noise(length, length));
});

test('any bytes agree with noble', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000, size: 'max' }), (bytes) => agrees(bytes)),
    { numRuns: 500 },
  );
});

test('messages around and beyond the memory of one page agree with noble', () => {
  const passed = PAGE - 1024 - ((PAGE - 1024) % 136);
  for (const size of [
    passed - 1,
    passed,
    passed + 1,
    passed + 136,
    PAGE,
    2 * passed,
    2 * passed + 135,
    1_000_000,
  ]) {
    agrees(noise(size, size));
  }
});

test('a view hashes only what it shows, and a hash is not a view of memory', () => {
  const bytes = noise(500, 1);
  expect(keccak256(bytes.subarray(33, 170))).toEqual(keccak_256(bytes.slice(33, 170)));
  const hash = keccak256(bytes);
  expect(hash.buffer.byteLength).toBe(32);
  keccak256(bytes.subarray(1));
  expect(hash).toEqual(keccak_256(bytes));
});

test('within memory: any address, the end of memory, and a digest over its own source', () => {
  const module = new ModuleBuilder();
  module.memory('memory', 1);
  module.export('hash', defineKeccak(module, 64));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()));
  const memory = new Uint8Array((exports['memory'] as WebAssembly.Memory).buffer);
  const hash = exports['hash'] as (source: number, length: number, out: number) => void;
  const digest = (at: number) => toHex(memory.subarray(at, at + 32));
  for (const length of [0, 1, 7, 8, 31, 32, 33, 64, 135, 136, 137, 271, 272, 500]) {
    const bytes = noise(length, 7);
    const expected = toHex(keccak_256(bytes));
    for (const at of [64 + KECCAK_SCRATCH, 1001, PAGE - length]) {
      memory.set(bytes, at);
      hash(at, length, 40_000);
      expect(digest(40_000)).toBe(expected);
      expect(memory.subarray(at, at + length)).toEqual(bytes);
    }
    memory.set(bytes, 2000);
    hash(2000, length, 2001);
    expect(digest(2001)).toBe(expected);
  }
});

test('the module is small enough for every browser to compile on its main thread', () => {
  const module = new ModuleBuilder();
  module.memory('memory', 1);
  module.export('hash', defineKeccak(module, 0));
  expect(module.finish().length).toBeLessThan(4096);
});
