/** A state with its changes as a source for other runs, which leave it as it is. */

import type { Address } from '../bytes.ts';
import { writeWord } from './slots.ts';
import { type AccountFact, EMPTY_CODE_HASH, type StateSource } from './source.ts';
import type { State } from './state.ts';

/**
 * What a state has become, and for what is not resident in it the source that it overlays. Good until the state
 * changes; no transaction may be under way.
 */
export function changedSource(state: State, source: StateSource): StateSource {
  const key = new Uint32Array(8);
  const stored = storedIn(state);
  return {
    account(address): AccountFact | undefined {
      const account = state.account(address);
      if (account === undefined) return source.account(address);
      if (!account.exists) return undefined;
      const { nonce, balance, codeHash } = account;
      return { nonce, balance, codeHash, hasStorage: account.hasStorageNow || stored.has(address) };
    },
    code(codeHash, address) {
      const account = state.account(address);
      const isResident = account?.codeHash === codeHash && account.code !== undefined;
      return isResident ? account.code! : source.code(codeHash, address);
    },
    slot(address, slot) {
      const account = state.account(address);
      if (account === undefined) return source.slot(address, slot);
      writeWord(key, 0, slot);
      const entry = state.slots.find(account.storageId, key, 0);
      if (entry >= 0) return state.slots.value(entry);
      return account.hasStorageNow ? source.slot(address, slot) : 0n;
    },
    blockHash: (number) => source.blockHash(number),
  };
}

/** The accounts under which something is stored, as far as it is resident. */
function storedIn({ accounts, slots }: State): ReadonlySet<Address> {
  const stored = new Set<Address>();
  for (let entry = 0; entry < slots.count; entry++) {
    const account = accounts.all[slots.accountOf(entry)];
    if (slots.storageOf(entry) === account.storageId && slots.value(entry) !== 0n)
      stored.add(account.address);
  }
  return stored;
}

/** A source with one account's balance changed; the account is there whether it was or not. */
export function withBalance(source: StateSource, whose: Address, balance: bigint): StateSource {
  return {
    account(address) {
      const fact = source.account(address);
      if (address !== whose) return fact;
      return { nonce: 0n, codeHash: EMPTY_CODE_HASH, hasStorage: false, ...fact, balance };
    },
    code: (codeHash, address) => source.code(codeHash, address),
    slot: (address, key) => source.slot(address, key),
    blockHash: (number) => source.blockHash(number),
  };
}
