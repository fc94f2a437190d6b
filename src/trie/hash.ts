/** The hash of tries, from one place, and the root that every empty trie has. */

import { fromHex } from '../bytes.ts';

export { keccak256 } from '../keccak.ts';

/** The root of a trie without entries: the hash of an empty string's RLP. Not to be changed. */
export const EMPTY_ROOT: Uint8Array = fromHex(
  '56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
);
