/** The tables of a store, and the keys of their records. */

import { fromHex, type Hex } from '../bytes.ts';

/** What each table holds. Hashes are keys as 32 bytes, numbers of blocks as 8, so that they sort. */
export const TABLES = [
  /** what the store is, and where it stands; by words */
  'meta',
  /** by block hash: total difficulty and header */
  'headers',
  /** by block hash: the rest of the block */
  'bodies',
  /** by block hash */
  'receipts',
  /** by block hash: the access list, of blocks that have one (EIP-7928) */
  'accessLists',
  /** by number: the hash of the block on the head's branch */
  'canonical',
  /** by transaction hash: number and index on the head's branch */
  'transactions',
  /** by code hash */
  'code',
  /** by address hash: the accounts of the head's state, as its trie's leaves hold them */
  'accounts',
  /** by address hash and slot hash: the slots likewise */
  'slots',
  /** by trie and path: the inner nodes of the head's tries */
  'nodes',
  /** by number and block hash: the way to its state from the side where the head is */
  'journal',
] as const;

/** A table's name. */
export type TableName = (typeof TABLES)[number];

/** The key of a block's number. */
export function numberKey(number: bigint): Uint8Array {
  const key = new Uint8Array(8);
  new DataView(key.buffer).setBigUint64(0, number);
  return key;
}

/** The key of a block's journal record. */
export function journalKey(number: bigint, hash: Hex): Uint8Array {
  const key = new Uint8Array(40);
  key.set(numberKey(number));
  key.set(fromHex(hash), 8);
  return key;
}

/** The key of a slot: two hashes. */
export function slotRecordKey(accountKey: Uint8Array, slotKey: Uint8Array): Uint8Array {
  const key = new Uint8Array(64);
  key.set(accountKey);
  key.set(slotKey, 32);
  return key;
}

/** A trie's path prefix: one byte for the trie of accounts, one more and a hash for an account's storage. */
export function nodePrefix(accountKey: Uint8Array | undefined): Uint8Array {
  if (accountKey === undefined) return new Uint8Array(1);
  const prefix = new Uint8Array(33).fill(1, 0, 1);
  prefix.set(accountKey, 1);
  return prefix;
}

/** The key of a node: its trie and the first `depth` nibbles of a key, a byte each, so that subtrees are ranges. */
export function nodeKey(prefix: Uint8Array, key: Uint8Array, depth: number): Uint8Array {
  const out = new Uint8Array(prefix.length + depth);
  out.set(prefix);
  for (let i = 0; i < depth; i++) {
    const byte = key[i >> 1];
    out[prefix.length + i] = (i & 1) === 0 ? byte >> 4 : byte & 15;
  }
  return out;
}

/** The first key after all that begin with a prefix, which does not end with 255. */
export function afterPrefix(prefix: Uint8Array): Uint8Array {
  const end = prefix.slice();
  for (let i = end.length - 1; i >= 0; i--) {
    if (end[i] < 255) {
      end[i]++;
      return end.subarray(0, i + 1);
    }
  }
  return end;
}
