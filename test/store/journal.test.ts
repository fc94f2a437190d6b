import { expect, test } from 'vitest';
import type { AccountDiff, Alloc, StateDiff } from '../../src/state/diff.ts';
import { slotMap } from '../../src/state/slotMap.ts';
import { leavesBefore } from '../../src/store/journal.ts';
import { StateTrie } from '../../src/trie/stateTrie.ts';

test('the way back from where an account with very many slots is gone has them all', () => {
  // more than a call may have arguments
  const count = 150_000;
  const storage = slotMap(Array.from({ length: count }, (_, i) => [BigInt(i), 1n] as const));
  const address = `0x${'a0'.repeat(20)}` as const;
  const account = { nonce: 1n, balance: 0n, code: new Uint8Array(0), storage };
  const alloc: Alloc = new Map([[address, account]]);
  const gone: AccountDiff = { after: undefined, code: undefined, storageCleared: true, storage: new Map() };
  const diff: StateDiff = new Map([[address, gone]]);
  const [{ slots }] = leavesBefore(diff, StateTrie.of(alloc));
  expect(slots).toHaveLength(count);
});
