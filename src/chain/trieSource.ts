/** A state in tries as what runs read. */

import { type Address, EMPTY_BYTES, type Hex, toHex } from '../bytes.ts';
import { MissingState } from '../errors.ts';
import { type AccountFact, EMPTY_CODE_HASH, type StateSource } from '../state/source.ts';
import type { StateTrie } from '../trie/stateTrie.ts';
import { EMPTY_TRIE_ROOT } from './header.ts';

/**
 * A source over a state trie.
 * @param code the code with a hash; undefined where it is not known, which a run that needs it ends with
 * `MissingState`
 * @param blockHash the hash of an ancestor block as a word; 0 where it is unknown
 */
export function trieSource(
  trie: StateTrie,
  code: (codeHash: Hex) => Uint8Array | undefined,
  blockHash: (number: bigint) => bigint,
): StateSource {
  return {
    account(address: Address): AccountFact | undefined {
      const stored = trie.account(address);
      if (stored === undefined) return undefined;
      const { nonce, balance, codeHash, storageRoot } = stored;
      return { nonce, balance, codeHash, hasStorage: toHex(storageRoot) !== EMPTY_TRIE_ROOT };
    },
    code(codeHash, address) {
      if (codeHash === EMPTY_CODE_HASH) return EMPTY_BYTES;
      const found = code(codeHash);
      if (found === undefined) throw new MissingState(`code of ${address}: expected ${codeHash}, got none`);
      return found;
    },
    slot: (address, key) => trie.slot(address, key),
    blockHash,
  };
}
