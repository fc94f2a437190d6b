import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, fromHex } from '../../src/bytes.ts';
import { blake2f } from '../../src/precompiles/blake2f.ts';

/** BLAKE2b's state before the first block, for 64 bytes of output and no key. */
const FIRST_STATE = fromHex(
  '48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5' +
    'd182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b',
);

const block = (
  rounds: number,
  state: Uint8Array,
  message: Uint8Array,
  counter: number,
  final: number,
): Uint8Array => {
  const input = new Uint8Array(213);
  const view = new DataView(input.buffer);
  view.setUint32(0, rounds);
  input.set(state, 4);
  input.set(message, 68);
  view.setUint32(196, counter, true);
  input[212] = final;
  return input;
};

describe('blake2f', () => {
  test('hashes as BLAKE2b does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 700, size: 'max' }), (message) => {
        let state: Uint8Array = FIRST_STATE;
        for (let at = 0; at < message.length; at += 128) {
          const end = Math.min(at + 128, message.length);
          const input = block(12, state, message.subarray(at, end), end, end === message.length ? 1 : 0);
          state = blake2f.run(input) as Uint8Array;
        }
        expect(state).toEqual(new Uint8Array(createHash('blake2b512').update(message).digest()));
      }),
    );
  });

  test('no rounds, and more rounds than there are rows', () => {
    const message = new Uint8Array(128).fill(3);
    // Without a round the state is mixed with the constants only.
    const none = blake2f.run(block(0, FIRST_STATE, message, 0, 0)) as Uint8Array;
    expect(none.slice(8, 32)).toEqual(fromHex('3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5'));
    const results = [10, 11, 20, 21].map((rounds) => blake2f.run(block(rounds, FIRST_STATE, message, 7, 1)));
    expect(new Set(results.map(String)).size).toBe(4);
  });

  test('the output is not touched by the next call', () => {
    const first = blake2f.run(block(12, FIRST_STATE, new Uint8Array(128), 0, 1)) as Uint8Array;
    const kept = first.slice();
    blake2f.run(block(12, FIRST_STATE, new Uint8Array(128).fill(1), 0, 1));
    expect(first).toEqual(kept);
  });

  test('one gas a round, and failure on any other length or flag', () => {
    const input = block(0xffffffff, FIRST_STATE, new Uint8Array(128), 0, 1);
    expect(blake2f.gas(input)).toBe(0xffffffff);
    expect(blake2f.run(block(1, FIRST_STATE, new Uint8Array(128), 0, 2))).toBeUndefined();
    const short = block(1, FIRST_STATE, new Uint8Array(128), 0, 1).subarray(1);
    expect(blake2f.gas(short)).toBe(0);
    expect(blake2f.run(short)).toBeUndefined();
    expect(blake2f.run(concatBytes(short, new Uint8Array(2)))).toBeUndefined();
    expect(blake2f.run(new Uint8Array(0))).toBeUndefined();
  });
});
