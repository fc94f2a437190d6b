/** The hash of tries, from one place. */

import { keccak_256 } from '@noble/hashes/sha3.js';
import { fromHex } from '../bytes.ts';

/** keccak-256 of bytes, as 32 new bytes. */
export const keccak256: (bytes: Uint8Array) => Uint8Array = keccak_256;

/** The root of a trie without entries: the hash of an empty string's RLP. */
export const EMPTY_ROOT: Uint8Array = fromHex(
  '56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
);
