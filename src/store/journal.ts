/**
 * The way from one block's state to a neighbour's, leaf by leaf. Leaves are known by hashes, since what an account
 * stored before it was destroyed is known by nothing else. Applying a change and its inverse leaves everything as it
 * was, so that one record per block is enough, in whichever direction it is needed.
 */

import { EMPTY_BYTES } from '../bytes.ts';
import type { StateDiff } from '../state/diff.ts';
import { accountKey, slotKey } from '../trie/hashedKeys.ts';
import type { LeafChange, StateTrie } from '../trie/stateTrie.ts';
import { ByteReader, ByteWriter } from './byteStream.ts';

/** What the leaves that a diff changes are in the state that it starts from: the way back. */
export function leavesBefore(diff: StateDiff, before: StateTrie): LeafChange[] {
  const changes: LeafChange[] = [];
  for (const [address, { after, storage, storageCleared }] of diff) {
    const key = accountKey(address);
    const account = before.accountTrie().get(key);
    const slots: (readonly [Uint8Array, Uint8Array | undefined])[] = [];
    const isGone = storageCleared || after === undefined;
    changes.push({ key, account, slots });
    if (!isGone && storage.size === 0) continue;
    const stored = before.storageTrie(key);
    if (isGone && account !== undefined) for (const slot of stored.entries()) slots.push(slot);
    for (const slot of storage.keys()) {
      const hash = slotKey(slot);
      const value = stored.get(hash);
      // what is gone has been listed above, where there was anything
      if (!isGone || value === undefined) slots.push([hash, value]);
    }
  }
  return changes;
}

/** What the same leaves are in a state: the inverse of changes, when read before they are applied. */
export function leavesAt(changes: readonly LeafChange[], state: StateTrie): LeafChange[] {
  return changes.map(({ key, slots }) => {
    const account = state.accountTrie().get(key);
    if (slots.length === 0) return { key, account, slots };
    const stored = state.storageTrie(key);
    return { key, account, slots: slots.map(([slot]) => [slot, stored.get(slot)] as const) };
  });
}

/** Changes as a record. */
export function encodeChanges(changes: readonly LeafChange[]): Uint8Array {
  const out = new ByteWriter();
  for (const { key, account, slots } of changes) {
    out.bytes(key);
    // neither an account nor a slot that exists is of no bytes
    out.shortBytes(account ?? EMPTY_BYTES);
    out.uint32(slots.length);
    for (const [slot, value] of slots) {
      out.bytes(slot);
      out.shortBytes(value ?? EMPTY_BYTES);
    }
  }
  return out.written();
}

/**
 * Changes from their record.
 * @throws {StoreError} `damaged`
 */
export function decodeChanges(record: Uint8Array): LeafChange[] {
  const input = new ByteReader(record);
  const changes: LeafChange[] = [];
  while (!input.isAtEnd) {
    const key = input.bytes(32);
    const account = someBytes(input.shortBytes());
    const slots: (readonly [Uint8Array, Uint8Array | undefined])[] = [];
    for (let count = input.uint32(); count > 0; count--) {
      slots.push([input.bytes(32), someBytes(input.shortBytes())]);
    }
    changes.push({ key, account, slots });
  }
  return changes;
}

function someBytes(bytes: Uint8Array): Uint8Array | undefined {
  return bytes.length === 0 ? undefined : bytes;
}
