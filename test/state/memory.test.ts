/** A storage is asked by bigints and by limbs, before it is laid out by these and afterwards. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Address, fromHex, toHex } from '../../src/bytes.ts';
import { createEvm } from '../../src/chain/evm.ts';
import { forkNamed } from '../../src/protocol/forks.ts';
import type { GenesisAccount } from '../../src/state/diff.ts';
import { memoryState } from '../../src/state/memory.ts';
import { writeWord } from '../../src/state/slots.ts';
import { runSync } from '../../src/task.ts';
import { word } from '../machine/words.ts';

const FULL: Address = '0x00000000000000000000000000000000000000aa';
const OTHER: Address = '0x00000000000000000000000000000000000000bb';
const ABSENT: Address = '0x00000000000000000000000000000000000000cc';

const account = (storage: ReadonlyMap<bigint, bigint>): GenesisAccount => ({
  nonce: 1n,
  balance: 0n,
  code: new Uint8Array(0),
  storage,
});

test('both find the same', () => {
  const slots = fc.array(fc.tuple(word, word), { maxLength: 60 });
  const asked = fc.array(fc.tuple(fc.constantFrom(FULL, OTHER, ABSENT), word, fc.nat()), {
    maxLength: 120,
    size: 'max',
  });
  fc.assert(
    fc.property(slots, slots, asked, (full, other, questions) => {
      const alloc = new Map([
        [FULL, account(new Map(full))],
        [OTHER, account(new Map(other))],
      ]);
      const source = memoryState(alloc);
      const limbs = new Uint32Array(24);
      for (const [address, random, which] of questions) {
        // half of them what is there
        const key = which % 2 === 0 || full.length === 0 ? random : full[which % full.length][0];
        const expected = alloc.get(address)?.storage.get(key) ?? 0n;
        writeWord(limbs, 8, key);
        expect([source.slotAt!(address, limbs, 8), source.slot(address, key)]).toEqual([expected, expected]);
      }
    }),
    { numRuns: 100 },
  );
});

test("a slot of one's own in place of the source's is what runs are answered with", () => {
  // returns slot 0
  const code = fromHex('0x5f545f5260205ff3');
  const account: GenesisAccount = { nonce: 1n, balance: 0n, code, storage: new Map([[0n, 1n]]) };
  const source = { ...memoryState(new Map([[FULL, account]])), slot: () => 7n };
  const evm = createEvm({ fork: forkNamed('Osaka') });
  const { output } = runSync(evm.call({ caller: OTHER, to: FULL, code, gas: 10_000n }), source);
  expect(BigInt(toHex(output))).toBe(7n);
});
