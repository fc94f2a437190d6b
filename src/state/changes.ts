/** What a run changed, taken out of its state: the diff is made of it when someone asks, and the state may go on. */

import type { Address } from '../bytes.ts';
import type { Account } from './account.ts';
import type { AccountDiff, StateDiff } from './diff.ts';
import { slotMap } from './slotMap.ts';
import { copyWord, readWord, type SlotTable } from './slots.ts';
import { EMPTY_CODE_HASH } from './source.ts';

const LIMBS = 8;

/** Limbs of a key and a value. */
const PAIR = 2 * LIMBS;

/** Accounts as they are, and what differs of slots. The accounts must not change any more before the diff is made. */
export class Changes {
  readonly #accounts: readonly Account[];
  /** of each slot that changed, the id of its account */
  readonly #owners: number[] = [];
  /** and its key and its value, as words one behind the other */
  readonly #words: Uint32Array;

  constructor(accounts: readonly Account[], slots: SlotTable) {
    this.#accounts = accounts.slice();
    const entries: number[] = [];
    const owners = this.#owners;
    for (let entry = 0; entry < slots.count; entry++) {
      if (!slots.isChanged(entry)) continue;
      const { id, storageId, exists } = accounts[slots.accountOf(entry)];
      if (!exists || slots.storageOf(entry) !== storageId) continue;
      entries.push(entry);
      owners.push(id);
    }
    this.#words = entries.length === 0 ? NO_WORDS : new Uint32Array(entries.length * PAIR);
    const words = this.#words;
    for (let i = 0; i < entries.length; i++) {
      copyWord(words, i * PAIR, slots.words, slots.keyAt(entries[i]));
      copyWord(words, i * PAIR + LIMBS, slots.words, slots.valueAt(entries[i]));
    }
  }

  /** The same as a value. */
  diff(): StateDiff {
    const storage = new Map<number, [slot: bigint, value: bigint][]>();
    for (const [i, owner] of this.#owners.entries()) {
      let changed = storage.get(owner);
      if (changed === undefined) storage.set(owner, (changed = []));
      changed.push([readWord(this.#words, i * PAIR), readWord(this.#words, i * PAIR + LIMBS)]);
    }
    const diff = new Map<Address, AccountDiff>();
    for (const account of this.#accounts) {
      const changed = storage.get(account.id) ?? NO_SLOTS;
      const storageCleared = account.storageId !== account.firstStorageId && account.before !== undefined;
      if (changed.length === 0 && !storageCleared && !hasChanged(account)) continue;
      const { nonce, balance, codeHash } = account;
      const isNewCode = account.exists && codeHash !== (account.before?.codeHash ?? EMPTY_CODE_HASH);
      diff.set(account.address, {
        after: account.exists ? { nonce, balance, codeHash } : undefined,
        code: isNewCode ? account.code : undefined,
        storageCleared,
        storage: slotMap(changed),
      });
    }
    return diff;
  }
}

const NO_WORDS = new Uint32Array(0);
const NO_SLOTS: readonly [bigint, bigint][] = [];

function hasChanged({ before, exists, nonce, balance, codeHash }: Account): boolean {
  if (before === undefined) return exists;
  if (!exists) return true;
  return before.nonce !== nonce || before.balance !== balance || before.codeHash !== codeHash;
}
