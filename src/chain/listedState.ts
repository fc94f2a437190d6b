/**
 * The state before each step of a block, as its access list says: the parent's, and what the list lets earlier steps
 * have changed. So every transaction can run without those before it; and where each changes just what the list says
 * of it, the list is true, and all of them have run as one after another would.
 * https://eips.ethereum.org/EIPS/eip-7928
 */

import { type Address, equalBytes, type Hex } from '../bytes.ts';
import type { AccountAccess, BlockAccessList, Change } from '../state/accessRecorder.ts';
import type { AccountAfter, AccountDiff, StateDiff } from '../state/diff.ts';
import { codeHashOf } from '../state/memory.ts';
import { slotMap } from '../state/slotMap.ts';
import {
  type AccountFact,
  type AsyncStateSource,
  EMPTY_CODE_HASH,
  type StateSource,
} from '../state/source.ts';

/** What the parent's state has of what a list names, in the list's order. Plain data, which may go to other threads. */
export interface ListedFacts {
  readonly accounts: readonly (AccountFact | undefined)[];
  /** of each account, first the slots that the list has as changed, then those that it has as read */
  readonly slots: readonly (readonly bigint[])[];
  readonly codes: ReadonlyMap<Hex, Uint8Array>;
}

/** A step did what the list does not say, or the list says what no step did. */
export class UntrueList extends Error {
  override readonly name = 'UntrueList';
}

/** A list with the facts below it. */
export class ListedState {
  readonly list: BlockAccessList;
  readonly #facts: ListedFacts;
  readonly #accounts = new Map<Address, number>();
  /** codes that the list brings, by hash, and the hash of each */
  readonly #codes = new Map<Hex, Uint8Array>();
  readonly #hashOf = new Map<Uint8Array, Hex>();
  /** where each account's slots begin in `reached`, behind the accounts */
  readonly #firstSlot: number[] = [];
  /** the step from whose end on each account has something stored, as far as the list knows */
  readonly #storedFrom: number[] = [];
  /** 1 for each account, and then for each slot, that a step reached */
  readonly reached: Uint8Array;

  constructor(list: BlockAccessList, facts: ListedFacts) {
    this.list = list;
    this.#facts = facts;
    let items = list.length;
    for (const [number, access] of list.entries()) {
      this.#accounts.set(access.address, number);
      this.#firstSlot.push(items);
      this.#storedFrom.push(firstStored(access));
      items += access.storageChanges.length + access.storageReads.length;
      for (const { value } of access.codeChanges) {
        const hash = codeHashOf(value);
        this.#codes.set(hash, value);
        this.#hashOf.set(value, hash);
      }
    }
    this.reached = new Uint8Array(items);
  }

  /**
   * The state before a step.
   * @param rest answers what the list does not name, and block hashes, from the parent's state
   */
  before(step: number, rest: StateSource): StateSource;
  before(step: number, rest: StateSource | AsyncStateSource): AsyncStateSource;
  before(step: number, rest: StateSource | AsyncStateSource): AsyncStateSource {
    return {
      account: (address) => {
        const number = this.#accounts.get(address);
        return number === undefined ? rest.account(address) : this.#account(number, step);
      },
      code: (codeHash, address) =>
        this.#codes.get(codeHash) ?? this.#facts.codes.get(codeHash) ?? rest.code(codeHash, address),
      slot: (address, key) => {
        const number = this.#accounts.get(address);
        const slot = number === undefined ? -1 : slotNumber(this.list[number], key);
        if (slot < 0) return rest.slot(address, key);
        const fact = this.#facts.slots[number!][slot];
        return valueBefore(this.list[number!].storageChanges[slot]?.changes, step) ?? fact;
      },
      blockHash: (number) => rest.blockHash(number),
    };
  }

  /**
   * Holds what a step accessed and changed against the list.
   * @param accesses as recorded over that step alone
   * @returns how many changes it made, all of which the list has at that step
   * @throws {UntrueList}
   */
  check(step: number, accesses: BlockAccessList): number {
    let changes = 0;
    for (const access of accesses) {
      const { address } = access;
      const number = this.#accounts.get(address);
      if (number === undefined) throw new UntrueList(`step ${step} accesses ${address}, which is not listed`);
      const listed = this.list[number];
      this.reached[number] = 1;
      changes += compare(listed.balanceChanges, access.balanceChanges, step, same, address);
      changes += compare(listed.nonceChanges, access.nonceChanges, step, same, address);
      changes += compare(listed.codeChanges, access.codeChanges, step, equalBytes, address);
      for (const { slot, changes: made } of access.storageChanges) {
        const at = this.#reach(number, slot, step);
        changes += compare(listed.storageChanges[at]?.changes ?? [], made, step, same, address);
      }
      for (const slot of access.storageReads) {
        const at = this.#reach(number, slot, step);
        compare(listed.storageChanges[at]?.changes ?? [], [], step, same, address);
      }
    }
    return changes;
  }

  #reach(number: number, slot: bigint, step: number): number {
    const at = slotNumber(this.list[number], slot);
    if (at < 0) {
      const { address } = this.list[number];
      throw new UntrueList(
        `step ${step} accesses slot 0x${slot.toString(16)} of ${address}, which is not listed`,
      );
    }
    this.reached[this.#firstSlot[number] + at] = 1;
    return at;
  }

  #account(number: number, step: number): AccountFact | undefined {
    const fact = this.#facts.accounts[number];
    const access = this.list[number];
    const nonce = valueBefore(access.nonceChanges, step);
    const balance = valueBefore(access.balanceChanges, step);
    const code = valueBefore(access.codeChanges, step);
    const hasStored = this.#storedFrom[number] < step;
    if (nonce === undefined && balance === undefined && code === undefined && !hasStored) return fact;
    const account: AccountFact = {
      nonce: nonce ?? fact?.nonce ?? 0n,
      balance: balance ?? fact?.balance ?? 0n,
      codeHash: code === undefined ? (fact?.codeHash ?? EMPTY_CODE_HASH) : this.#hashOf.get(code)!,
      // Should all of it be zero again, a nonce or code is left: nothing else asks.
      hasStorage: fact?.hasStorage === true || hasStored,
    };
    // what was changed was touched, and goes when it is empty
    return isEmpty(account) ? undefined : account;
  }
}

/** The first step that stores something under an account. */
function firstStored({ storageChanges }: AccountAccess): number {
  let first = Number.POSITIVE_INFINITY;
  for (const { changes } of storageChanges) {
    const stored = changes.find(({ value }) => value !== 0n);
    if (stored !== undefined && stored.index < first) first = stored.index;
  }
  return first;
}

/** What a list makes of the state that its facts are of. */
export function listedDiff(list: BlockAccessList, facts: ListedFacts): StateDiff {
  const diff = new Map<Address, AccountDiff>();
  for (const [number, access] of list.entries()) {
    const changed = accountDiff(access, facts.accounts[number], facts.slots[number]);
    if (changed !== undefined) diff.set(access.address, changed);
  }
  return diff;
}

function accountDiff(
  access: AccountAccess,
  fact: AccountFact | undefined,
  slots: readonly bigint[],
): AccountDiff | undefined {
  const { nonceChanges, balanceChanges, codeChanges, storageChanges } = access;
  const code = codeChanges.at(-1)?.value;
  const codeHash = code === undefined ? (fact?.codeHash ?? EMPTY_CODE_HASH) : codeHashOf(code);
  const after = {
    nonce: nonceChanges.at(-1)?.value ?? fact?.nonce ?? 0n,
    balance: balanceChanges.at(-1)?.value ?? fact?.balance ?? 0n,
    codeHash,
  };
  const storageCleared = fact !== undefined && wasEmptied(access, fact);
  const stored: [slot: bigint, value: bigint][] = [];
  for (const [at, { slot, changes }] of storageChanges.entries()) {
    const value = changes[changes.length - 1].value;
    if (value !== (storageCleared ? 0n : slots[at])) stored.push([slot, value]);
  }
  const isNewCode = codeHash !== (fact?.codeHash ?? EMPTY_CODE_HASH);
  const isSame = fact !== undefined && fact.nonce === after.nonce && fact.balance === after.balance;
  if (isSame && !isNewCode && !storageCleared && stored.length === 0) return undefined;
  const exists = !isEmpty(after);
  if (!exists && fact === undefined) return undefined;
  return {
    after: exists ? after : undefined,
    code: isNewCode ? code : undefined,
    storageCleared,
    storage: slotMap(stored),
  };
}

/** Whether a step left an account empty, which then went with all that was its. */
function wasEmptied(
  { nonceChanges, balanceChanges, codeChanges }: AccountAccess,
  fact: AccountFact,
): boolean {
  const emptied = [nonceChanges, balanceChanges].some((changes) => changes.some(({ value }) => value === 0n));
  if (!emptied) return false;
  const steps = new Set([...nonceChanges, ...balanceChanges, ...codeChanges].map(({ index }) => index));
  return [...steps].some((step) => {
    const code = valueBefore(codeChanges, step + 1);
    return isEmpty({
      nonce: valueBefore(nonceChanges, step + 1) ?? fact.nonce,
      balance: valueBefore(balanceChanges, step + 1) ?? fact.balance,
      codeHash: code === undefined ? fact.codeHash : codeHashOf(code),
    });
  });
}

function isEmpty({ nonce, balance, codeHash }: AccountAfter): boolean {
  return nonce === 0n && balance === 0n && codeHash === EMPTY_CODE_HASH;
}

/** Where a slot is among those that the list has of an account, those changed first; -1 where it is not. */
export function slotNumber({ storageChanges, storageReads }: AccountAccess, slot: bigint): number {
  const changed = search(storageChanges.length, (i) => storageChanges[i].slot, slot);
  if (changed >= 0) return changed;
  const read = search(storageReads.length, (i) => storageReads[i], slot);
  return read < 0 ? -1 : storageChanges.length + read;
}

/** The place of a value in ascending order, or -1. */
function search(length: number, at: (i: number) => bigint, value: bigint): number {
  let from = 0;
  let to = length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (at(middle) < value) from = middle + 1;
    else to = middle;
  }
  return from < length && at(from) === value ? from : -1;
}

/** What the last change before a step left; undefined where there is none. */
export function valueBefore<T>(changes: readonly Change<T>[] | undefined, step: number): T | undefined {
  if (changes === undefined) return undefined;
  let from = 0;
  let to = changes.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (changes[middle].index < step) from = middle + 1;
    else to = middle;
  }
  return changes[from - 1]?.value;
}

/** Holds a step's one change, or none, against what the list has at that step; returns how many there are. */
function compare<T>(
  listed: readonly Change<T>[],
  made: readonly Change<T>[],
  step: number,
  equal: (a: T, b: T) => boolean,
  address: Address,
): number {
  const stated = listed.find(({ index }) => index === step);
  if (made.length === 0 && stated === undefined) return 0;
  if (made.length === 0 || stated === undefined || !equal(stated.value, made[0].value)) {
    throw new UntrueList(`step ${step} changes ${address} otherwise than is listed`);
  }
  return 1;
}

const same = (a: bigint, b: bigint): boolean => a === b;
