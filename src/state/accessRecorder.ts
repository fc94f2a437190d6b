/**
 * Records what a block accesses and what it leaves there, step by step: the material of its access list. A state
 * that is given a recorder tells it of every access; one without pays nothing.
 * https://eips.ethereum.org/EIPS/eip-7928
 */

import type { Address } from '../bytes.ts';
import type { Account, AccountTable } from './account.ts';
import { SlotMap } from './slotMap.ts';
import type { SlotTable } from './slots.ts';
import { EMPTY_CODE_HASH } from './source.ts';

/** What something was after the step of a block that changed it. */
export interface Change<T> {
  /** 0: before the transactions; 1 to n: a transaction; n + 1: after them */
  readonly index: number;
  readonly value: T;
}

/** A slot that a block wrote, with every value that it had after a step that changed it. */
export interface SlotChanges {
  readonly slot: bigint;
  readonly changes: readonly Change<bigint>[];
}

/** What a block accessed of one account. Lists are in ascending order. */
export interface AccountAccess {
  readonly address: Address;
  readonly storageChanges: readonly SlotChanges[];
  /** slots that were read, or written with what they held already */
  readonly storageReads: readonly bigint[];
  /** wei */
  readonly balanceChanges: readonly Change<bigint>[];
  readonly nonceChanges: readonly Change<bigint>[];
  readonly codeChanges: readonly Change<Uint8Array>[];
}

/** What a list says of an account that was only looked at, but for its address. */
export const ONLY_ACCESSED: Omit<AccountAccess, 'address'> = Object.freeze({
  storageChanges: [],
  storageReads: [],
  balanceChanges: [],
  nonceChanges: [],
  codeChanges: [],
});

/** What a block accessed, by ascending address. */
export type BlockAccessList = readonly AccountAccess[];

/** What a step accessed so far. */
export interface AccessesNow {
  readonly accounts: readonly number[];
  readonly slots: readonly number[];
}

interface Changes {
  readonly balance: Change<bigint>[];
  readonly nonce: Change<bigint>[];
  readonly code: Change<Uint8Array>[];
  codeHash: string;
  readonly slots: SlotMap<Change<bigint>[]>;
}

/** Takes accesses, and compares the state at the end of each step with that at its start. */
export class AccessRecorder {
  readonly #accounts: AccountTable;
  readonly #slots: SlotTable;
  #index = 0;
  /** of the step under way; what is changed is accessed before */
  readonly #accountsNow = new Set<Account>();
  readonly #slotsNow = new Set<number>();
  readonly #changes = new Map<Account, Changes>();

  constructor(accounts: AccountTable, slots: SlotTable) {
    this.#accounts = accounts;
    this.#slots = slots;
  }

  /** An account is accessed. */
  account(account: Account): void {
    this.#accountsNow.add(account);
  }

  /** A slot is accessed, by its entry; its account has been. */
  slot(entry: number): void {
    this.#slotsNow.add(entry);
  }

  /** What the step under way has accessed: accounts by their ids, slots by their entries. */
  get now(): AccessesNow {
    return { accounts: [...this.#accountsNow].map(({ id }) => id), slots: [...this.#slotsNow] };
  }

  /** Goes on in a step that has accessed that, once other records stand for the same accounts. */
  goOn({ accounts, slots }: AccessesNow): void {
    this.#accountsNow.clear();
    for (const id of accounts) this.#accountsNow.add(this.#accounts.all[id]);
    this.#slotsNow.clear();
    for (const entry of slots) this.#slotsNow.add(entry);
    for (const [account, changes] of [...this.#changes]) {
      this.#changes.delete(account);
      const same = this.#accounts.findAddress(account.address);
      if (same !== undefined) this.#changes.set(same, changes);
    }
  }

  /** Ends a step. No transaction may be under way. */
  endStep(): void {
    for (const account of this.#accountsNow) this.#compareAccount(account);
    for (const entry of this.#slotsNow) this.#compareSlot(entry);
    this.#accountsNow.clear();
    this.#slotsNow.clear();
    this.#index++;
  }

  /** The list of all steps so far. */
  list(): BlockAccessList {
    return [...this.#changes]
      .map(([account, changes]) => accountAccess(account.address, changes))
      .sort((a, b) => (a.address < b.address ? -1 : 1));
  }

  #changesOf(account: Account): Changes {
    let changes = this.#changes.get(account);
    if (changes === undefined) {
      const codeHash = account.before?.codeHash ?? EMPTY_CODE_HASH;
      changes = { balance: [], nonce: [], code: [], codeHash, slots: new SlotMap() };
      this.#changes.set(account, changes);
    }
    return changes;
  }

  #compareAccount(account: Account): void {
    const changes = this.#changesOf(account);
    const { balance, nonce, code, codeHash, before } = account;
    this.#compare(changes.balance, before?.balance ?? 0n, balance);
    this.#compare(changes.nonce, before?.nonce ?? 0n, nonce);
    if (codeHash !== changes.codeHash) {
      changes.codeHash = codeHash;
      // what was not the code before the block is resident
      changes.code.push({ index: this.#index, value: code! });
    }
  }

  #compareSlot(entry: number): void {
    const account = this.#accounts.all[this.#slots.accountOf(entry)];
    const { slots } = this.#changesOf(account);
    const key = this.#slots.key(entry);
    let changes = slots.get(key);
    if (changes === undefined) slots.set(key, (changes = []));
    // an account that is gone has taken its storage with it
    const isThere = this.#slots.storageOf(entry) === account.storageId;
    this.#compare(changes, this.#slots.valueBefore(entry), isThere ? this.#slots.value(entry) : 0n);
  }

  #compare(changes: Change<bigint>[], before: bigint, now: bigint): void {
    const last = changes.at(-1)?.value ?? before;
    if (last !== now) changes.push({ index: this.#index, value: now });
  }
}

function accountAccess(address: Address, { balance, nonce, code, slots }: Changes): AccountAccess {
  const byKey = [...slots].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    address,
    storageChanges: byKey
      .filter(([, changes]) => changes.length > 0)
      .map(([slot, changes]) => ({ slot, changes })),
    storageReads: byKey.filter(([, changes]) => changes.length === 0).map(([slot]) => slot),
    balanceChanges: balance,
    nonceChanges: nonce,
    codeChanges: code,
  };
}
