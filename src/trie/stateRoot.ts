/** The root of a whole state, from scratch: for genesis blocks and for tests, which have few accounts. */

import { compareBytes, fromHex } from '../bytes.ts';
import type { AccountDiff, Alloc, GenesisAccount, StateDiff } from '../state/diff.ts';
import { codeHashOf, encodeAccount, encodeSlot } from './account.ts';
import { EMPTY_ROOT } from './hash.ts';
import { accountKey, slotKey } from './hashedKeys.ts';
import { sortedRoot } from './sortedRoot.ts';

/** The root of a state: 32 bytes. */
export function stateRoot(alloc: Alloc): Uint8Array {
  const entries: SortedEntries = [];
  for (const [address, account] of alloc) entries.push([accountKey(address), genesisRlp(account)]);
  return rootOf(entries);
}

/** The root of a state once a run has changed it: 32 bytes. The whole state is hashed, not only what changed. */
export function stateRootAfter(alloc: Alloc, diff: StateDiff): Uint8Array {
  const entries: SortedEntries = [];
  for (const [address, account] of alloc) {
    if (!diff.has(address)) entries.push([accountKey(address), genesisRlp(account)]);
  }
  for (const [address, account] of diff) {
    const rlp = changedRlp(alloc.get(address), account);
    if (rlp !== undefined) entries.push([accountKey(address), rlp]);
  }
  return rootOf(entries);
}

type SortedEntries = (readonly [key: Uint8Array, value: Uint8Array])[];

function rootOf(entries: SortedEntries): Uint8Array {
  entries.sort((a, b) => compareBytes(a[0], b[0]));
  return sortedRoot(
    entries.map((entry) => entry[0]),
    entries.map((entry) => entry[1]),
  );
}

function genesisRlp(account: GenesisAccount): Uint8Array {
  const codeHash = codeHashOf(account.code);
  return encodeAccount(account.nonce, account.balance, storageRoot(account.storage), codeHash);
}

function changedRlp(before: GenesisAccount | undefined, account: AccountDiff): Uint8Array | undefined {
  const { after } = account;
  if (after === undefined) return undefined;
  let storage: ReadonlyMap<bigint, bigint> = account.storage;
  if (before !== undefined && before.storage.size > 0 && !account.storageCleared) {
    storage = storage.size === 0 ? before.storage : new Map([...before.storage, ...storage]);
  }
  return encodeAccount(after.nonce, after.balance, storageRoot(storage), fromHex(after.codeHash));
}

/** The root of an account's storage: 32 bytes. Slots of 0 are absent. */
export function storageRoot(storage: ReadonlyMap<bigint, bigint>): Uint8Array {
  if (storage.size === 0) return EMPTY_ROOT;
  const entries: SortedEntries = [];
  for (const [slot, value] of storage) if (value !== 0n) entries.push([slotKey(slot), encodeSlot(value)]);
  return rootOf(entries);
}
