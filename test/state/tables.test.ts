/** The tables that slots and accounts live in: growth, collisions, and sources in memory. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Address } from '../../src/bytes.ts';
import { AccountTable, addressFromLimbs, writeAddress } from '../../src/state/account.ts';
import type { GenesisAccount } from '../../src/state/diff.ts';
import { memoryState } from '../../src/state/memory.ts';
import { equalWords, isZeroWord, readWord, SlotTable, writeWord } from '../../src/state/slots.ts';
import { EMPTY_CODE_HASH } from '../../src/state/source.ts';
import { State } from '../../src/state/state.ts';

const word = fc.bigInt({ min: 0n, max: (1n << 256n) - 1n });
const limbsOf = (value: bigint): Uint32Array => {
  const limbs = new Uint32Array(8);
  writeWord(limbs, 0, value);
  return limbs;
};

test('a word is what was written', () => {
  fc.assert(
    fc.property(word, fc.nat({ max: 8 }), (value, at) => {
      const limbs = new Uint32Array(16);
      writeWord(limbs, at, value);
      expect(readWord(limbs, at)).toBe(value);
      expect(isZeroWord(limbs, at)).toBe(value === 0n);
      expect(equalWords(limbs, at, limbsOf(value), 0)).toBe(true);
      expect(equalWords(limbs, at, limbsOf(value ^ (1n << 255n)), 0)).toBe(false);
    }),
  );
});

describe('slots', () => {
  test('are found by storage and key, as in a map, however many there are', () => {
    // Keys that differ in one limb each, high and low, and storages that share them.
    const key = fc
      .tuple(fc.nat({ max: 7 }), fc.nat({ max: 60 }))
      .map(([limb, n]) => BigInt(n) << BigInt(32 * limb));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 3 }), fc.oneof(key, word), word), { maxLength: 700 }),
        (writes) => {
          const table = new SlotTable();
          const model = new Map<string, bigint>();
          for (const [storage, at, value] of writes) {
            const found = table.find(storage, limbsOf(at), 0);
            expect(found >= 0).toBe(model.has(`${storage} ${at}`));
            const entry = found >= 0 ? found : table.add(storage, storage, limbsOf(at), 0);
            expect(table.findOrAdd(storage, storage, limbsOf(at), 0)).toBe(entry);
            writeWord(table.words, table.valueAt(entry), value);
            model.set(`${storage} ${at}`, value);
          }
          expect(table.count).toBe(model.size);
          for (const [storage, at] of writes) {
            const entry = table.find(storage, limbsOf(at), 0);
            expect([table.key(entry), table.storageOf(entry), table.accountOf(entry)]).toEqual([
              at,
              storage,
              storage,
            ]);
            expect(table.value(entry)).toBe(model.get(`${storage} ${at}`));
          }
          table.clear();
          for (const [storage, at] of writes) expect(table.find(storage, limbsOf(at), 0)).toBe(-1);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('start at zero, and know what they held', () => {
    const table = new SlotTable();
    const entry = table.add(1, 2, limbsOf(3n), 0);
    expect([table.value(entry), table.isChanged(entry)]).toEqual([0n, false]);
    table.initialise(entry, 9n);
    expect([table.value(entry), table.isChanged(entry)]).toEqual([9n, false]);
    writeWord(table.words, table.valueAt(entry), 10n);
    expect(table.isChanged(entry)).toBe(true);
    table.settle(entry);
    expect(readWord(table.words, table.originalAt(entry))).toBe(10n);
    expect(table.isChanged(entry)).toBe(true);
  });

  test('of a table that was cleared hold nothing of before', () => {
    const table = new SlotTable();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 300; i++) {
        const entry = table.findOrAdd(7, 7, limbsOf(BigInt(i)), 0);
        expect(entry).toBe(i);
        expect(table.value(entry)).toBe(0n);
        table.initialise(entry, BigInt(i) + 1n);
        table.setWarmIn(entry, 5);
      }
      table.clear();
      expect(table.count).toBe(0);
    }
    expect(table.warmIn(table.add(7, 7, limbsOf(1n), 0))).toBe(0);
  });
});

describe('accounts', () => {
  const address: fc.Arbitrary<Address> = fc
    .bigInt({ min: 0n, max: (1n << 160n) - 1n })
    .map((value): Address => `0x${value.toString(16).padStart(40, '0')}`);

  test('are found by address and by limbs, however many there are', () => {
    fc.assert(
      fc.property(fc.uniqueArray(address, { maxLength: 400 }), (addresses) => {
        const table = new AccountTable();
        for (const [i, one] of addresses.entries()) {
          expect(table.findAddress(one)).toBeUndefined();
          const added = table.add(one, undefined);
          expect([added.id, added.address, added.exists, added.isEmpty]).toEqual([i, one, false, true]);
        }
        for (const [i, one] of addresses.entries()) {
          expect(table.findAddress(one)?.id).toBe(i);
          const limbs = new Uint32Array(9);
          writeAddress(limbs, 3, one);
          expect(table.find(limbs, 3)?.id).toBe(i);
          expect(addressFromLimbs(limbs, 3)).toBe(one);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('are made resident once', () => {
    const state = new State();
    const fact = { nonce: 1n, balance: 2n, codeHash: EMPTY_CODE_HASH, hasStorage: false };
    const first = state.load('0x00000000000000000000000000000000000000aa', fact);
    expect(state.load('0x00000000000000000000000000000000000000aa', undefined)).toBe(first);
    expect([first.exists, first.nonce, first.balance, first.isDead]).toEqual([true, 1n, 2n, false]);
  });
});

describe('a state in memory', () => {
  const ADDRESS: Address = '0x00000000000000000000000000000000000000aa';
  const with_ = (fields: Partial<GenesisAccount>): ReturnType<typeof memoryState> =>
    memoryState(
      new Map([
        [ADDRESS, { nonce: 0n, balance: 0n, code: new Uint8Array(0), storage: new Map(), ...fields }],
      ]),
    );

  test('knows its accounts, and that there are no others', () => {
    expect(with_({ nonce: 3n, balance: 4n }).account(ADDRESS)).toEqual({
      nonce: 3n,
      balance: 4n,
      codeHash: EMPTY_CODE_HASH,
      hasStorage: false,
    });
    expect(with_({}).account('0x00000000000000000000000000000000000000bb')).toBeUndefined();
    expect(with_({}).code(EMPTY_CODE_HASH, ADDRESS)).toHaveLength(0);
    expect(with_({}).slot(ADDRESS, 1n)).toBe(0n);
    expect(with_({}).blockHash(1n)).toBe(0n);
  });

  test('has storage only where a slot is not zero', () => {
    expect(with_({ storage: new Map([[1n, 0n]]) }).account(ADDRESS)?.hasStorage).toBe(false);
    const source = with_({
      storage: new Map([
        [1n, 0n],
        [2n, 7n],
      ]),
    });
    expect([source.account(ADDRESS)?.hasStorage, source.slot(ADDRESS, 2n)]).toEqual([true, 7n]);
  });

  test('says the hash of code', () => {
    const codeHash = '0x5fe7f977e71dba2ea1a68e21057beebb9be2ac30c6410aa38d4f3fbe41dcffd2';
    expect(with_({ code: Uint8Array.of(1) }).account(ADDRESS)?.codeHash).toBe(codeHash);
    expect(with_({ code: Uint8Array.of(1) }).code(codeHash, ADDRESS)).toEqual(Uint8Array.of(1));
  });
});
