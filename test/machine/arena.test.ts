/** The memory of a machine: how far it reaches, and the code that is kept in it. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Arena, align, spaceFor } from '../../src/machine/arena.ts';
import { CODE_HEAP_SIZE, CODE_PADDING, FRAMES } from '../../src/machine/layout.ts';
import { codeHashOf } from '../../src/state/memory.ts';

const MIB = 2 ** 20;

describe('the ceiling', () => {
  test('is never above 2 GiB: addresses are signed numbers in TypeScript', () => {
    expect(new Arena(3 * 2 ** 30).ceiling).toBe(2 ** 31);
    expect(new Arena(64 * MIB).ceiling).toBe(64 * MIB);
  });

  test('is kept to the byte', () => {
    const arena = new Arena(32 * MIB);
    const before = arena.size;
    expect(arena.reserve(32 * MIB + 1)).toBe(false);
    expect(arena.size).toBe(before);
    expect(arena.reserve(32 * MIB)).toBe(true);
    expect(arena.size).toBe(32 * MIB);
    expect([arena.u8.length, arena.u32.length * 4, arena.i64.length * 8]).toEqual([
      arena.size,
      arena.size,
      arena.size,
    ]);
  });

  test('of less than there is at the start takes nothing away', () => {
    const arena = new Arena(1);
    expect(arena.reserve(arena.size)).toBe(true);
    expect(arena.reserve(arena.size + 1)).toBe(false);
  });
});

/** The jump destinations of code, by definition. */
function destinationsOf(code: Uint8Array): number[] {
  const found: number[] = [];
  for (let pc = 0; pc < code.length; pc++) {
    if (code[pc] === 0x5b) found.push(pc);
    if (code[pc] >= 0x60 && code[pc] <= 0x7f) pc += code[pc] - 0x5f;
  }
  return found;
}

describe('code', () => {
  const byte = fc.oneof(fc.constantFrom(0x5b, 0x60, 0x61, 0x7f), fc.integer({ min: 0, max: 255 }));
  const code = fc.array(byte, { maxLength: 300 }).map((bytes) => Uint8Array.from(bytes));

  test('is placed with zeros behind it and a map of its jump destinations', () => {
    const arena = new Arena(64 * MIB);
    fc.assert(
      fc.property(code, (bytes) => {
        const at = align(FRAMES);
        arena.u8.fill(0xff, at, at + spaceFor(bytes.length));
        const placed = arena.place(bytes, at);
        expect(arena.u8.slice(at, at + bytes.length)).toEqual(bytes);
        const padding = arena.u8.slice(at + bytes.length, at + bytes.length + CODE_PADDING);
        expect(padding).toEqual(new Uint8Array(CODE_PADDING));
        const marked = Array.from({ length: bytes.length }, (_, i) => i).filter(
          (i) => (arena.u8[placed.jumps + (i >> 3)] >> (i & 7)) & 1,
        );
        expect(marked).toEqual(destinationsOf(bytes));
        expect(placed.jumps + (bytes.length >> 3) + 1).toBeLessThanOrEqual(at + spaceFor(bytes.length));
      }),
      { numRuns: 200 },
    );
  });

  test('is kept once, until there is no room, and forgotten when it is time', () => {
    const arena = new Arena(64 * MIB);
    const size = 24576;
    const codes = Array.from({ length: Math.ceil(CODE_HEAP_SIZE / size) + 1 }, (_, i) => {
      const bytes = new Uint8Array(size);
      new DataView(bytes.buffer).setUint32(1, i);
      return bytes;
    });
    const placed = codes.map((bytes) => arena.keep(codeHashOf(bytes), bytes));
    expect(arena.keep(codeHashOf(codes[0]), codes[0])).toBe(placed[0]);
    expect(placed.at(-1)).toBeUndefined();
    for (const [i, place] of placed.entries()) {
      if (place === undefined) continue;
      expect(arena.u8.slice(place.code, place.code + 8)).toEqual(codes[i].slice(0, 8));
      expect(place.code + spaceFor(size)).toBeLessThanOrEqual(FRAMES);
    }
    arena.tidy();
    const again = arena.keep(codeHashOf(codes[5]), codes[5])!;
    expect(arena.u8.slice(again.code, again.code + size)).toEqual(codes[5]);
  });
});
