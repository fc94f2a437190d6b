/** The roots of lists: transactions, receipts and withdrawals of a block, keyed by the RLP of their index. */

import { bigIntToMinimalBytes } from '../bytes.ts';
import { encodeRlp } from '../rlp.ts';
import { sortedRoot } from './sortedRoot.ts';

/** The RLP of 0, 1, 2 …, as far as it was ever needed, up to a limit. */
const indexKeys: Uint8Array[] = [];
const MAX_CACHED_KEYS = 4096;

function indexKey(index: number): Uint8Array {
  if (index >= MAX_CACHED_KEYS) return encodeRlp(bigIntToMinimalBytes(BigInt(index)));
  for (let next = indexKeys.length; next <= index; next++) indexKeys.push(encodeRlp(next));
  return indexKeys[index];
}

/**
 * The root of the trie of a list.
 * @param items encoded as their type says (RLP, or a type byte and RLP), none of them empty
 */
export function orderedRoot(items: readonly Uint8Array[]): Uint8Array {
  const keys: Uint8Array[] = [];
  const values: Uint8Array[] = [];
  const add = (index: number) => {
    keys.push(indexKey(index));
    values.push(items[index]);
  };
  // As bytes, 0 (which is 0x80) sorts between 127 (0x7f) and 128 (0x81 0x80); all others ascend.
  const few = Math.min(items.length, 128);
  for (let index = 1; index < few; index++) add(index);
  if (items.length > 0) add(0);
  for (let index = 128; index < items.length; index++) add(index);
  return sortedRoot(keys, values);
}
