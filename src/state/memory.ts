/** State that is all in memory: a genesis allocation as a source. */

import type { Address, Hex } from '../bytes.ts';
import { toHex } from '../bytes.ts';
import { keccak256 } from '../keccak.ts';
import type { Alloc } from './diff.ts';
import { type AccountFact, EMPTY_CODE_HASH, type StateSource } from './source.ts';

/**
 * A source over an allocation, which must not change while it is in use.
 * @param blockHash the hash of an ancestor block as a word; without it every hash is 0
 */
export function memoryState(alloc: Alloc, blockHash: (number: bigint) => bigint = () => 0n): StateSource {
  const facts = new Map<Address, AccountFact>();
  return {
    account(address) {
      const known = facts.get(address);
      if (known !== undefined) return known;
      const account = alloc.get(address);
      if (account === undefined) return undefined;
      const fact: AccountFact = {
        nonce: account.nonce,
        balance: account.balance,
        codeHash: codeHashOf(account.code),
        hasStorage: hasStorage(account.storage),
      };
      facts.set(address, fact);
      return fact;
    },
    code: (_codeHash, address) => alloc.get(address)?.code ?? new Uint8Array(0),
    slot: (address, key) => alloc.get(address)?.storage.get(key) ?? 0n,
    blockHash,
  };
}

/** keccak-256 of code. */
export function codeHashOf(code: Uint8Array): Hex {
  return code.length === 0 ? EMPTY_CODE_HASH : toHex(keccak256(code));
}

function hasStorage(storage: ReadonlyMap<bigint, bigint>): boolean {
  for (const value of storage.values()) if (value !== 0n) return true;
  return false;
}
