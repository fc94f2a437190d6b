/**
 * The world as a run sees and changes it: what is resident of a read-only source, overlaid with changes. All that a
 * revert must undo goes through one journal, and a checkpoint is the journal's length.
 */

import type { Address, Hex } from '../bytes.ts';
import type { Rules } from '../protocol/params.ts';
import { type AccessesNow, AccessRecorder } from './accessRecorder.ts';
import { type Account, AccountTable } from './account.ts';
import { Changes } from './changes.ts';
import type { StateDiff } from './diff.ts';
import { CHANGE, hasWord, Journal, type JournalColumns } from './journal.ts';
import type { Log } from './log.ts';
import { LogList } from './logList.ts';
import { copyWord, isZeroWord, readWord, type SlotColumns, SlotTable } from './slots.ts';
import { type AccountFact, EMPTY_CODE_HASH } from './source.ts';
import type { ChangeReason, SlotChange, StateChange } from './stateChange.ts';

/**
 * The RIPEMD-160 precompile. Once, on mainnet, its touch survived the failure of the call that made it, and since then
 * it does so by rule. https://eips.ethereum.org/EIPS/eip-161 (block 2,675,119)
 */
const TOUCHED_FOR_GOOD: Address = '0x0000000000000000000000000000000000000003';

/** Everything that a state holds, but for a recorder's earlier steps. Accounts are named by their ids. */
export interface StateImage extends JournalColumns {
  readonly transaction: number;
  readonly refund: number;
  readonly nextStorageId: number;
  readonly accounts: readonly Account[];
  readonly slots: SlotColumns;
  readonly transient: SlotColumns;
  readonly logs: readonly Log[];
  readonly touched: readonly number[];
  readonly touchedForGood: number | undefined;
  readonly destroyed: readonly number[];
  readonly accesses: AccessesNow | undefined;
}

/** What of a fork's rules decides how transactions end. */
export type EndingRules = Pick<Rules, 'clearsEmptyAccounts' | 'destroyedKeepBalance'>;

/** Resident state and its journal. */
export class State {
  readonly accounts = new AccountTable();
  readonly slots = new SlotTable();
  /** is told of every access, where someone wants to know */
  accesses: AccessRecorder | null = null;
  /** is told of every change of balance, nonce, code and slots, where someone wants to know; `revert` included */
  onChange: ((change: StateChange) => void) | null = null;
  #transient: SlotTable | undefined;
  /** counts transactions; marks of earlier ones no longer hold */
  transaction = 1;
  /** gas to be given back; may be negative inside a frame */
  refund = 0;
  /** logs of the transaction so far */
  logs = new LogList();
  /** accounts touched in the transaction, in order */
  readonly #touched: Account[] = [];
  /** an account whose touch outlived a revert */
  #touchedForGood: Account | undefined;
  /** accounts that SELFDESTRUCT marked in the transaction, in order */
  readonly #destroyed: Account[] = [];
  /** whether anything has changed since it was new that a diff would show, were it not undone since */
  mayDiffer = false;
  #nextStorageId = FIRST_NEW_STORAGE;

  readonly #journal = new Journal();
  /** the journal's length at the last checkpoint that may be reverted to; what was noted since need not be noted again */
  #noted = 0;
  /** where in the journal the refund was noted last */
  #refundNotedAt = -1;

  /** transient slots; made when first asked for, since most runs have none */
  get transient(): SlotTable {
    this.#transient ??= new SlotTable(true);
    return this.#transient;
  }

  /** From now on notes what is accessed, in steps that the caller ends. */
  recordAccesses(): AccessRecorder {
    this.accesses = new AccessRecorder(this.accounts, this.slots);
    return this.accesses;
  }

  /**
   * Becomes as new after a transaction, unless there is so much of it that it had better be let go: then false. Its
   * accounts stay as they are, and are its own no more.
   */
  renew(): boolean {
    const isSmall =
      this.accounts.isSmall &&
      this.slots.isSmall &&
      this.#transient?.isSmall !== false &&
      this.#journal.isSmall;
    if (!isSmall || this.#journal.length > 0) return false;
    this.accounts.clear();
    this.slots.clear();
    this.#transient?.clear();
    this.accesses = null;
    this.transaction = 1;
    this.mayDiffer = false;
    this.#nextStorageId = FIRST_NEW_STORAGE;
    return true;
  }

  // All of it, to be packed

  /** Everything as it is; what it refers to changes with the state. */
  get image(): StateImage {
    return {
      transaction: this.transaction,
      refund: this.refund,
      nextStorageId: this.#nextStorageId,
      accounts: this.accounts.all,
      slots: this.slots.columns,
      transient: this.transient.columns,
      logs: this.logs.all(),
      touched: this.#touched.map(({ id }) => id),
      touchedForGood: this.#touchedForGood?.id,
      destroyed: this.#destroyed.map(({ id }) => id),
      ...this.#journal.columns,
      accesses: this.accesses?.now,
    };
  }

  /** Becomes what an image shows, whose accounts are its own from now on; no account that it had is one any more. */
  become(image: StateImage): void {
    this.transaction = image.transaction;
    this.mayDiffer = true;
    this.refund = image.refund;
    this.#nextStorageId = image.nextStorageId;
    this.accounts.replace(image.accounts);
    this.slots.replace(image.slots);
    this.transient.replace(image.transient);
    const accountOf = (id: number): Account => image.accounts[id];
    this.logs = new LogList();
    for (const log of image.logs) this.logs.add(log);
    refill(this.#touched, image.touched.map(accountOf));
    this.#touchedForGood = image.touchedForGood === undefined ? undefined : accountOf(image.touchedForGood);
    refill(this.#destroyed, image.destroyed.map(accountOf));
    this.#journal.replace(image);
    this.#findNotes();
    if (image.accesses !== undefined) this.accesses?.goOn(image.accesses);
  }

  // Residence

  /** The resident account with an address. */
  account(address: Address): Account | undefined {
    return this.accounts.findAddress(address);
  }

  /** Makes an account resident, unless it is already. */
  load(address: Address, fact: AccountFact | undefined): Account {
    return this.accounts.findAddress(address) ?? this.accounts.add(address, fact);
  }

  /** The entry of a slot, or -1 where it must be asked for. */
  slot(account: Account, limbs: Uint32Array, at: number): number {
    if (account.hasStorageNow) return this.slots.find(account.storageId, limbs, at);
    return this.slots.findOrAdd(account.storageId, account.id, limbs, at);
  }

  /** Makes a slot resident. */
  loadSlot(account: Account, limbs: Uint32Array, at: number, value: bigint): number {
    const entry = this.slots.add(account.storageId, account.id, limbs, at);
    this.slots.initialise(entry, value);
    return entry;
  }

  // Checkpoints

  /** A point to revert to. */
  checkpoint(): number {
    this.#noted = this.#journal.length;
    return this.#noted;
  }

  /** Undoes every change since a checkpoint. */
  revert(checkpoint: number): void {
    const journal = this.#journal;
    while (journal.length > checkpoint) {
      const last = journal.takeLast();
      this.#undo(journal.kindAt(last), journal.targetAt(last), journal.previousAt(last));
    }
    // Whoever reverts to a checkpoint may do so again, and checkpoints behind it are gone.
    if (this.#noted > checkpoint) this.#noted = checkpoint;
  }

  // Accounts

  setBalance(account: Account, balance: bigint, reason: ChangeReason = 'protocol'): void {
    this.#journal.noteValue(CHANGE.balance, account.id, account.balance);
    this.#toBalance(account, balance, reason);
  }

  setNonce(account: Account, nonce: bigint, reason: ChangeReason): void {
    this.#journal.noteValue(CHANGE.nonce, account.id, account.nonce);
    this.#toNonce(account, nonce, reason);
  }

  setCode(account: Account, code: Uint8Array, codeHash: Hex, reason: ChangeReason): void {
    this.#journal.noteValue(CHANGE.code, account.id, { code: account.code, codeHash: account.codeHash });
    this.#toCode(account, code, codeHash, reason);
  }

  #toBalance(account: Account, balance: bigint, reason: ChangeReason): void {
    const { address, balance: before } = account;
    account.balance = balance;
    this.mayDiffer = true;
    if (this.onChange === null || before === balance) return;
    this.onChange({ kind: 'balance', address, before, after: balance, reason });
  }

  #toNonce(account: Account, nonce: bigint, reason: ChangeReason): void {
    const { address, nonce: before } = account;
    account.nonce = nonce;
    this.mayDiffer = true;
    if (this.onChange === null || before === nonce) return;
    this.onChange({ kind: 'nonce', address, before, after: nonce, reason });
  }

  #toCode(account: Account, code: Uint8Array | undefined, codeHash: Hex, reason: ChangeReason): void {
    const { address, code: before, codeHash: hashBefore } = account;
    account.code = code;
    account.codeHash = codeHash;
    this.mayDiffer = true;
    if (this.onChange === null || hashBefore === codeHash) return;
    this.onChange({ kind: 'code', address, before, after: code, hashBefore, hashAfter: codeHash, reason });
  }

  /** The account takes part in a change of state: it exists from now on, and if empty it may be cleared. */
  touch(account: Account): void {
    if (!account.exists) {
      this.#journal.note(CHANGE.exists, account.id, 0);
      account.exists = true;
      this.mayDiffer = true;
    }
    if (account.touchedIn === this.transaction) return;
    this.#journal.note(CHANGE.touched, account.id, account.touchedIn);
    account.touchedIn = this.transaction;
    this.#touched.push(account);
  }

  /** A contract is created here in this transaction. */
  markCreated(account: Account): void {
    this.#journal.note(CHANGE.created, account.id, account.createdIn);
    account.createdIn = this.transaction;
  }

  isCreated(account: Account): boolean {
    return account.createdIn === this.transaction;
  }

  /** The account goes at the end of the transaction. */
  markDestroyed(account: Account): void {
    if (account.destroyedIn === this.transaction) return;
    this.#journal.note(CHANGE.destroyed, account.id, account.destroyedIn);
    account.destroyedIn = this.transaction;
    this.#destroyed.push(account);
  }

  isDestroyed(account: Account): boolean {
    return account.destroyedIn === this.transaction;
  }

  // Warmth

  isWarm(account: Account): boolean {
    return account.warmIn === this.transaction;
  }

  warm(account: Account): void {
    if (account.warmIn === this.transaction) return;
    this.#journal.note(CHANGE.warmAccount, account.id, account.warmIn);
    account.warmIn = this.transaction;
  }

  isWarmSlot(entry: number): boolean {
    return this.slots.warmIn(entry) === this.transaction;
  }

  warmSlot(entry: number): void {
    const { slots, transaction } = this;
    const before = slots.warmIn(entry);
    if (before === transaction) return;
    this.#journal.note(CHANGE.warmSlot, entry, before);
    slots.setWarmIn(entry, transaction);
  }

  // Slots

  /** Stores a word. */
  setSlot(entry: number, limbs: Uint32Array, at: number): void {
    const { slots } = this;
    if (slots.notedAt(entry) < this.#noted) this.#noteWord(CHANGE.slot, entry, slots);
    if (this.onChange !== null) this.#tellSlot('slot', slots, entry, readWord(limbs, at), 'store');
    copyWord(slots.words, slots.valueAt(entry), limbs, at);
  }

  /** A slot is about to change. */
  #tellSlot(
    kind: SlotChange['kind'],
    table: SlotTable,
    entry: number,
    after: bigint,
    reason: ChangeReason,
  ): void {
    const before = table.value(entry);
    if (before === after) return;
    const { address } = this.accounts.all[table.accountOf(entry)];
    this.onChange!({ kind, address, slot: table.key(entry), before, after, reason });
  }

  /** The entry of a transient slot. */
  transientSlot(account: Account, limbs: Uint32Array, at: number): number {
    return this.transient.findOrAdd(account.id, account.id, limbs, at);
  }

  /** Stores a word transiently. */
  setTransient(entry: number, limbs: Uint32Array, at: number): void {
    const { transient } = this;
    if (transient.notedAt(entry) < this.#noted) this.#noteWord(CHANGE.transient, entry, transient);
    if (this.onChange !== null) {
      this.#tellSlot('transientSlot', transient, entry, readWord(limbs, at), 'store');
    }
    copyWord(transient.words, transient.valueAt(entry), limbs, at);
  }

  // Refunds and logs

  addRefund(gas: number): void {
    if (gas === 0) return;
    if (this.#refundNotedAt < this.#noted) {
      this.#journal.noteValue(CHANGE.refund, 0, this.refund);
      this.#refundNotedAt = this.#journal.length - 1;
    }
    this.refund += gas;
  }

  addLog(log: Log): void {
    this.#journal.note(CHANGE.log, 0, 0);
    this.logs.add(log);
  }

  /** A log whose topics are on a stack, the first at `limbs[at…]` and the others below, and its data in `bytes[from…]`. */
  addLogFromStack(
    address: Address,
    limbs: Uint32Array,
    at: number,
    topics: number,
    bytes: Uint8Array,
    from: number,
    size: number,
  ): void {
    this.#journal.note(CHANGE.log, 0, 0);
    this.logs.addFromStack(address, limbs, at, topics, bytes, from, size);
  }

  // Transactions

  /** The accounts that are about to go, in the order in which they were marked. */
  get destroyed(): readonly Account[] {
    return this.#destroyed;
  }

  /** How many non-zero slots the run has stored under an account. */
  nonZeroSlots(account: Account): number {
    let count = 0;
    for (let entry = 0; entry < this.slots.count; entry++) {
      const isOwn = this.slots.storageOf(entry) === account.storageId;
      if (isOwn && !isZeroWord(this.slots.words, this.slots.valueAt(entry))) count++;
    }
    return count;
  }

  /**
   * Ends a transaction: destroyed accounts go, or all of them but their ether, and so do empty ones that were touched,
   * as the fork has it. Marks, transient slots, refunds and logs are of the past.
   */
  endTransaction({ clearsEmptyAccounts, destroyedKeepBalance }: EndingRules): void {
    for (const account of this.#destroyed) {
      if (destroyedKeepBalance) this.#strip(account, 'selfdestruct');
      else this.#remove(account, 'selfdestruct');
    }
    if (clearsEmptyAccounts) {
      if (this.#touchedForGood !== undefined) this.#touched.push(this.#touchedForGood);
      for (const account of this.#touched)
        if (account.exists && account.isEmpty) this.#remove(account, 'clearing');
    }
    const journal = this.#journal;
    for (let i = 0; i < journal.length; i++) {
      if (journal.kindAt(i) === CHANGE.slot) this.slots.settle(journal.targetAt(i));
    }
    journal.clear();
    this.#noted = 0;
    this.#refundNotedAt = -1;
    empty(this.#touched);
    this.#touchedForGood = undefined;
    empty(this.#destroyed);
    if (this.logs.length > 0) this.logs.take();
    this.refund = 0;
    this.#transient?.clear();
    this.transaction++;
  }

  /** What differs from the source. */
  diff(): StateDiff {
    return this.changes().diff();
  }

  /** The same, to be asked for later. */
  changes(): Changes {
    return new Changes(this.accounts.all, this.slots);
  }

  #remove(account: Account, reason: ChangeReason): void {
    this.#strip(account, reason);
    account.exists = false;
    this.#toBalance(account, 0n, reason);
  }

  /** Takes an account's nonce, code and storage; without ether it is then as good as gone. */
  #strip(account: Account, reason: ChangeReason): void {
    account.exists = account.balance > 0n;
    this.#toNonce(account, 0n, reason);
    this.#toCode(account, new Uint8Array(0), EMPTY_CODE_HASH, reason);
    account.storageId = this.#nextStorageId++;
  }

  /** Finds where in a journal that was taken over slots were noted last; checkpoints may be anywhere in it. */
  #findNotes(): void {
    const journal = this.#journal;
    this.#noted = journal.length;
    this.#refundNotedAt = -1;
    for (let i = 0; i < journal.length; i++) {
      const kind = journal.kindAt(i);
      if (!hasWord(kind)) continue;
      const table = kind === CHANGE.slot ? this.slots : this.transient;
      const entry = journal.targetAt(i);
      journal.setPreviousAt(i, table.notedAt(entry) + 1);
      table.setNotedAt(entry, i);
    }
  }

  /** @param noted 1 more than where the slot was noted before */
  #undoWord(kind: SlotChange['kind'], table: SlotTable, entry: number, noted: number): void {
    const from = this.#journal.takeWord();
    const { words } = this.#journal;
    if (this.onChange !== null) this.#tellSlot(kind, table, entry, readWord(words, from), 'revert');
    copyWord(table.words, table.valueAt(entry), words, from);
    table.setNotedAt(entry, noted - 1);
  }

  #noteWord(kind: number, entry: number, table: SlotTable): void {
    this.mayDiffer = true;
    const noted = table.notedAt(entry) + 1;
    this.#journal.noteWord(kind, entry, noted, table.words, table.valueAt(entry));
    table.setNotedAt(entry, this.#journal.length - 1);
  }

  #undo(kind: number, target: number, previous: number): void {
    const account = this.accounts.all[target];
    switch (kind) {
      case CHANGE.balance:
        this.#toBalance(account, this.#journal.takeValue() as bigint, 'revert');
        break;
      case CHANGE.nonce:
        this.#toNonce(account, this.#journal.takeValue() as bigint, 'revert');
        break;
      case CHANGE.code: {
        const { code, codeHash } = this.#journal.takeValue() as {
          code: Uint8Array | undefined;
          codeHash: Hex;
        };
        this.#toCode(account, code, codeHash, 'revert');
        break;
      }
      case CHANGE.exists:
        account.exists = previous === 1;
        break;
      case CHANGE.warmAccount:
        account.warmIn = previous;
        break;
      case CHANGE.warmSlot:
        this.slots.setWarmIn(target, previous);
        break;
      case CHANGE.slot:
        this.#undoWord('slot', this.slots, target, previous);
        break;
      case CHANGE.transient:
        this.#undoWord('transientSlot', this.transient, target, previous);
        break;
      case CHANGE.refund:
        this.refund = this.#journal.takeValue() as number;
        this.#refundNotedAt = -1;
        break;
      case CHANGE.log:
        this.logs.pop();
        break;
      case CHANGE.touched:
        account.touchedIn = previous;
        this.#touched.pop();
        if (account.address === TOUCHED_FOR_GOOD) this.#touchedForGood = account;
        break;
      case CHANGE.created:
        account.createdIn = previous;
        break;
      case CHANGE.destroyed:
        account.destroyedIn = previous;
        this.#destroyed.pop();
        break;
    }
  }
}

/** Few items are taken away one by one: setting the length takes 30 ns. */
function empty(list: unknown[]): void {
  if (list.length > FEW) list.length = 0;
  else while (list.length > 0) list.pop();
}

const FEW = 8;

/** Storages that take the place of destroyed ones are numbered from here on; others, as their accounts. */
const FIRST_NEW_STORAGE = 0x80000000;

function refill<T>(list: T[], items: readonly T[]): void {
  list.length = 0;
  for (const item of items) list.push(item);
}
