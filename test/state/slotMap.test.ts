import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toAddress } from '../../src/bytes.ts';
import { SlotMap, slotMap } from '../../src/state/slotMap.ts';
import { writeWord } from '../../src/state/slots.ts';
import { EMPTY_CODE_HASH } from '../../src/state/source.ts';
import { State } from '../../src/state/state.ts';
import { stateRoot } from '../../src/trie/stateRoot.ts';

/** Slots that agree in the bits that a `Map` hashes. */
const hostile = (count: number): bigint[] => Array.from({ length: count }, (_, i) => BigInt(i + 1) << 64n);

const slots = fc.oneof(
  fc.bigInt(0n, 20n),
  fc.bigInt(0n, 20n).map((n) => n << 64n),
  fc.bigInt(0n, 2n ** 256n - 1n),
);

describe('a map by slot', () => {
  test('holds what a Map holds, in the same order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(slots, fc.integer()), { maxLength: 300, size: 'max' }),
        fc.array(slots),
        (entries, others) => {
          const model = new Map(entries);
          for (const map of [new SlotMap(entries), slotMap(entries)]) {
            expect(map.size).toBe(model.size);
            expect([...map]).toEqual([...model]);
            expect([...map.keys()]).toEqual([...model.keys()]);
            expect([...map.values()]).toEqual([...model.values()]);
            for (const slot of [...model.keys(), ...others]) {
              expect([map.has(slot), map.get(slot)]).toEqual([model.has(slot), model.get(slot)]);
            }
          }
        },
      ),
    );
  });

  test('is a Map where it is small', () => {
    expect(slotMap([[1n, 2n]])).toEqual(new Map([[1n, 2n]]));
  });
});

describe('slots that agree in their low 64 bits', () => {
  // So many that a `Map` would be at it until the test runs out of time: it takes 11 s for 60,000, and four times that
  // for twice as many. A `SlotMap` takes half a second.
  const count = 300_000;

  test('cost a diff no more than others', () => {
    const state = new State();
    const address = toAddress('0x00000000000000000000000000000000000000aa');
    const account = state.load(address, {
      nonce: 1n,
      balance: 0n,
      codeHash: EMPTY_CODE_HASH,
      hasStorage: false,
    });
    const word = new Uint32Array(8);
    const one = new Uint32Array([1, 0, 0, 0, 0, 0, 0, 0]);
    for (const slot of hostile(count)) {
      writeWord(word, 0, slot);
      state.setSlot(state.slot(account, word, 0), one, 0);
    }
    const storage = state.diff().get(address)!.storage;
    expect(storage.size).toBe(count);
    expect(storage.get(hostile(3)[2])).toBe(1n);
  });

  test('cost an allocation no more than others', () => {
    const storage = slotMap(hostile(count).map((slot) => [slot, 1n] as const));
    const address = toAddress('0x00000000000000000000000000000000000000aa');
    expect(
      stateRoot(new Map([[address, { nonce: 1n, balance: 0n, code: new Uint8Array(0), storage }]])).length,
    ).toBe(32);
  });
});
