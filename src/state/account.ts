/** Accounts as a run holds them: hot records, found by the limbs of a word or by address. */

import { type Address, EMPTY_BYTES, type Hex } from '../bytes.ts';
import { finish, mix, randomSeed } from './hash.ts';
import { copyWord, writeSmall, writeWord } from './slots.ts';
import { type AccountFact, EMPTY_CODE_HASH } from './source.ts';

/** A resident account. Change it through `State` only, so that the journal knows. */
export class Account {
  /** its place among the resident accounts */
  readonly id: number;
  readonly address: Address;
  /** the address as the five low limbs of a word, 32 bits each, as signed integers (which engines keep unboxed) */
  readonly limbs: readonly number[];
  /** the next one in its bucket of `AccountTable` */
  next: Account | undefined;
  exists: boolean;
  nonce: bigint;
  /** wei */
  balance: bigint;
  codeHash: Hex;
  /** undefined until it was needed */
  code: Uint8Array | undefined;
  /** whether anything is stored under it, as far as its source knows */
  hasStorage: boolean;
  /** names its storage: a new number when all that was stored is gone */
  storageId: number;
  /** the transaction in which each last held; see `State.transaction` */
  warmIn = 0;
  touchedIn = 0;
  createdIn = 0;
  destroyedIn = 0;
  /** the balance that was last written as a word, and the word */
  shown: bigint | undefined;
  word: Uint32Array | undefined;
  /** likewise the code hash */
  shownHash: Hex | undefined;
  hashWord: Uint32Array | undefined;
  /** as it was when it became resident */
  readonly before: AccountFact | undefined;
  readonly firstStorageId: number;

  constructor(id: number, address: Address, limbs: readonly number[], fact: AccountFact | undefined) {
    this.id = id;
    this.address = address;
    this.limbs = limbs;
    this.next = undefined;
    this.shown = undefined;
    this.word = undefined;
    this.shownHash = undefined;
    this.hashWord = undefined;
    this.before = fact;
    this.exists = fact !== undefined;
    this.nonce = fact?.nonce ?? 0n;
    this.balance = fact?.balance ?? 0n;
    this.codeHash = fact?.codeHash ?? EMPTY_CODE_HASH;
    this.code = this.codeHash === EMPTY_CODE_HASH ? EMPTY_BYTES : undefined;
    this.hasStorage = fact?.hasStorage ?? false;
    this.storageId = this.firstStorageId = id;
  }

  /** No nonce, no balance, no code (EIP-161). */
  get isEmpty(): boolean {
    return this.nonce === 0n && this.balance === 0n && this.codeHash === EMPTY_CODE_HASH;
  }

  /** Whether anything is stored under it still, as far as its source knows. */
  get hasStorageNow(): boolean {
    return this.hasStorage && this.storageId === this.firstStorageId;
  }

  /** Absent or empty. */
  get isDead(): boolean {
    return !this.exists || this.isEmpty;
  }
}

const ADDRESS_LIMBS = 5;
const WORD_LIMBS = 8;
const FIRST_BUCKETS = 16;

/** Where an address is taken apart. */
const sought = new Uint32Array(ADDRESS_LIMBS);

/** An address with its limbs as an account has them. */
interface TakenApart {
  readonly address: Address;
  readonly limbs: readonly number[];
}

/** Those that were asked for lately; each last two digits have one place of these, a power of two. */
const takenApart: (TakenApart | undefined)[] = new Array(64).fill(undefined);

/** The limbs of an address. To take it apart takes 50 ns; those that runs begin with are the same over and over. */
function limbsOf(address: Address): readonly number[] {
  const place = ((address.charCodeAt(40) << 3) ^ address.charCodeAt(41)) & (takenApart.length - 1);
  const known = takenApart[place];
  if (known !== undefined && known.address === address) return known.limbs;
  writeAddress(sought, 0, address);
  const limbs = [sought[0] | 0, sought[1] | 0, sought[2] | 0, sought[3] | 0, sought[4] | 0];
  takenApart[place] = { address, limbs };
  return limbs;
}

/**
 * Resident accounts by address. Keys are hashed with a seed of their own, so that nobody can choose collisions.
 * Buckets are chains through the accounts: every run makes a table, and typed arrays take longer to make and to collect
 * than a short run takes.
 */
export class AccountTable {
  readonly all: Account[] = [];
  readonly #seed = randomSeed();
  #buckets: (Account | undefined)[] = new Array(FIRST_BUCKETS).fill(undefined);

  /** The account whose address is in the five low 32-bit limbs at `at`, or undefined where it is not resident. */
  find(limbs: Uint32Array, at: number): Account | undefined {
    let account = this.#buckets[this.#hash(limbs, at) & (this.#buckets.length - 1)];
    while (account !== undefined && !isAt(account.limbs, limbs, at)) account = account.next;
    return account;
  }

  /** The same by address. */
  findAddress(address: Address): Account | undefined {
    const limbs = limbsOf(address);
    let account = this.#buckets[this.#hashOf(limbs) & (this.#buckets.length - 1)];
    while (account !== undefined && !isSame(account.limbs, limbs)) account = account.next;
    return account;
  }

  /** Makes an account resident. */
  add(address: Address, fact: AccountFact | undefined): Account {
    const account = new Account(this.all.length, address, limbsOf(address), fact);
    this.all.push(account);
    if (this.all.length > this.#buckets.length) this.#grow();
    else this.#enter(account);
    return account;
  }

  /** Whether it is soon cleared. */
  get isSmall(): boolean {
    return this.#buckets.length === FIRST_BUCKETS;
  }

  /** Forgets all that are resident. */
  clear(): void {
    while (this.all.length > 0) this.all.pop();
    for (let i = 0; i < this.#buckets.length; i++) this.#buckets[i] = undefined;
  }

  /** Takes these in place of all that are resident; they are in the order of their ids. */
  replace(accounts: readonly Account[]): void {
    this.all.length = 0;
    for (const account of accounts) this.all.push(account);
    let buckets = this.#buckets.length;
    while (buckets < accounts.length) buckets *= 2;
    this.#rebuild(buckets);
  }

  #grow(): void {
    this.#rebuild(this.#buckets.length * 2);
  }

  #rebuild(buckets: number): void {
    this.#buckets = new Array(buckets).fill(undefined);
    for (const account of this.all) this.#enter(account);
  }

  #enter(account: Account): void {
    const bucket = this.#hashOf(account.limbs) & (this.#buckets.length - 1);
    account.next = this.#buckets[bucket];
    this.#buckets[bucket] = account;
  }

  #hash(limbs: Uint32Array, at: number): number {
    let hash = this.#seed;
    for (let i = 0; i < ADDRESS_LIMBS; i++) hash = mix(hash, limbs[at + i]);
    return finish(hash);
  }

  /** The same of an account's limbs. */
  #hashOf(limbs: readonly number[]): number {
    let hash = this.#seed;
    for (let i = 0; i < ADDRESS_LIMBS; i++) hash = mix(hash, limbs[i]);
    return finish(hash);
  }
}

function isAt(own: readonly number[], limbs: Uint32Array, at: number): boolean {
  return (
    own[0] === (limbs[at] | 0) &&
    own[1] === (limbs[at + 1] | 0) &&
    own[2] === (limbs[at + 2] | 0) &&
    own[3] === (limbs[at + 3] | 0) &&
    own[4] === (limbs[at + 4] | 0)
  );
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3] && a[4] === b[4]);
}

/** Writes an account's address to the five low limbs of a word. */
export function writeAccount(limbs: Uint32Array, at: number, { limbs: own }: Account): void {
  limbs[at] = own[0];
  limbs[at + 1] = own[1];
  limbs[at + 2] = own[2];
  limbs[at + 3] = own[3];
  limbs[at + 4] = own[4];
}

/** Writes an account's address as a word. */
export function writeAccountWord(limbs: Uint32Array, at: number, account: Account): void {
  writeAccount(limbs, at, account);
  limbs[at + 5] = 0;
  limbs[at + 6] = 0;
  limbs[at + 7] = 0;
}

/** Writes an account's balance as a word. A bigint takes 150 ns to take apart, so that is not done twice. */
export function writeBalance(limbs: Uint32Array, at: number, account: Account): void {
  account.word ??= new Uint32Array(WORD_LIMBS);
  if (account.shown !== account.balance) {
    account.shown = account.balance;
    writeWord(account.word, 0, account.balance);
  }
  copyWord(limbs, at, account.word, 0);
}

/** Writes an account's code hash as a word, or 0 where it is absent or empty; likewise. */
export function writeCodeHash(limbs: Uint32Array, at: number, account: Account): void {
  if (account.isDead) {
    writeSmall(limbs, at, 0);
    return;
  }
  account.hashWord ??= new Uint32Array(WORD_LIMBS);
  if (account.shownHash !== account.codeHash) {
    account.shownHash = account.codeHash;
    writeWord(account.hashWord, 0, BigInt(account.codeHash));
  }
  copyWord(limbs, at, account.hashWord, 0);
}

/** Writes an address to the five low limbs of a word. */
export function writeAddress(limbs: Uint32Array, at: number, address: Address): void {
  // Digit by digit: parseInt of slices takes twenty times as long.
  for (let limb = ADDRESS_LIMBS - 1, digit = 2; limb >= 0; limb--) {
    let value = 0;
    for (const end = digit + 8; digit < end; digit++) {
      const character = address.charCodeAt(digit);
      // 0 to 9 are 0x30 to 0x39; a to f, and A to F, are 9 more than the low bits of their codes say
      value = (value << 4) | ((character & 15) + (character > 57 ? 9 : 0));
    }
    limbs[at + limb] = value;
  }
}

/** The address in the five low limbs of a word. */
export function addressFromLimbs(limbs: Uint32Array, at: number): Address {
  let address = '0x';
  for (let i = ADDRESS_LIMBS - 1; i >= 0; i--) address += limbs[at + i].toString(16).padStart(8, '0');
  return address as Address;
}
