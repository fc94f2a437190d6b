import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { keccak256 } from '../../src/keccak.ts';
import { Arena } from '../../src/machine/arena.ts';
import { DIGEST_CACHE, DIGEST_CACHE_LINES, FRAMES } from '../../src/machine/layout.ts';

const AT = FRAMES + 64;

/** Bytes without a pattern, the same from run to run. */
function bytes(seed: number, length: number): Uint8Array {
  let state = seed + 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state >>> 24;
  });
}

function digestOf({ u8, kernel }: Arena, message: Uint8Array, out: number): string {
  u8.set(message, AT);
  kernel.keccak(AT, message.length, out);
  return toHex(u8.subarray(out, out + 32));
}

describe('digests that the arena remembers', () => {
  const arena = new Arena(2 ** 24);

  it.each([0, 1, 31, 32, 33, 63, 64, 65, 136])('%i bytes, twice', (length) => {
    const message = bytes(length, length);
    const expected = toHex(keccak256(message));
    expect(digestOf(arena, message, AT + 512)).toBe(expected);
    expect(digestOf(arena, message, AT + 512)).toBe(expected);
  });

  it('a word, and the same with a word of zeros behind it', () => {
    const word = bytes(7, 32);
    const pair = new Uint8Array(64);
    pair.set(word);
    for (const message of [word, pair, word, pair]) {
      expect(digestOf(arena, message, AT + 512)).toBe(toHex(keccak256(message)));
    }
  });

  it('messages that differ in one limb', () => {
    const message = bytes(3, 64);
    for (let limb = 0; limb < 8; limb++) {
      const other = message.slice();
      other[8 * limb + 7] ^= 0x80;
      for (const each of [message, other]) {
        expect(digestOf(arena, each, AT + 512)).toBe(toHex(keccak256(each)));
      }
    }
  });

  it('a digest that is written over what was hashed', () => {
    const message = bytes(5, 64);
    const expected = toHex(keccak256(message));
    for (const out of [AT, AT + 16, AT + 32, AT]) expect(digestOf(arena, message, out)).toBe(expected);
  });

  it.each([
    ['addresses in a row', 0xb0b0000, 300, 64],
    ['numbers', 0, 1000, 64],
    ['numbers, alone', 0, 1000, 32],
  ])('keys of maps are not hashed anew: %s', (_, first, count, length) => {
    const fresh = new Arena(2 ** 24);
    const messages = Array.from({ length: count }, (_, i) => {
      const message = new Uint8Array(length);
      new DataView(message.buffer).setUint32(28, first + i);
      return message;
    });
    const table = () =>
      toHex(keccak256(fresh.u8.subarray(DIGEST_CACHE, DIGEST_CACHE + 128 * DIGEST_CACHE_LINES)));
    for (const message of messages) digestOf(fresh, message, AT + 512);
    const before = table();
    for (const message of messages) digestOf(fresh, message, AT + 512);
    expect(table()).toBe(before);
  });

  it('more of them than there are places', () => {
    const messages = Array.from({ length: DIGEST_CACHE_LINES * 2 }, (_, seed) => bytes(seed, 64));
    const digests = messages.map((message) => toHex(keccak256(message)));
    for (let round = 0; round < 2; round++) {
      expect(messages.map((message) => digestOf(arena, message, AT + 512))).toEqual(digests);
    }
  });
});
