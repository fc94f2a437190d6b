/** Accounts as a run holds them: hot records, found by the limbs of a word or by address. */

import { type Address, EMPTY_BYTES, type Hex } from '../bytes.ts';
import { type AccountFact, EMPTY_CODE_HASH } from './source.ts';

/** A resident account. Change it through `State` only, so that the journal knows. */
export class Account {
  /** its place among the resident accounts */
  readonly id: number;
  readonly address: Address;
  /** the address as the low limbs of a word */
  readonly limbs: Uint32Array;
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
  /** as it was when it became resident */
  readonly before: AccountFact | undefined;
  readonly firstStorageId: number;

  constructor(id: number, address: Address, fact: AccountFact | undefined) {
    this.id = id;
    this.address = address;
    this.limbs = addressLimbs(address);
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

/** Resident accounts by address. Keys are hashed with a seed of their own, so that nobody can choose collisions. */
export class AccountTable {
  readonly all: Account[] = [];
  readonly #seed = randomSeed();
  #slots = new Int32Array(16);
  #keys = new Uint32Array(8 * ADDRESS_LIMBS);

  /** The account whose address is in the five low 32-bit limbs at `at`, or undefined where it is not resident. */
  find(limbs: Uint32Array, at: number): Account | undefined {
    const mask = this.#slots.length - 1;
    let slot = this.#hash(limbs, at) & mask;
    for (let entry = this.#slots[slot]; entry !== 0; entry = this.#slots[slot]) {
      if (this.#isAt(entry - 1, limbs, at)) return this.all[entry - 1];
      slot = (slot + 1) & mask;
    }
    return undefined;
  }

  /** The same by address. */
  findAddress(address: Address): Account | undefined {
    return this.find(addressLimbs(address), 0);
  }

  /** Makes an account resident. */
  add(address: Address, fact: AccountFact | undefined): Account {
    const id = this.all.length;
    const account = new Account(id, address, fact);
    this.all.push(account);
    if (this.all.length * 2 > this.#slots.length) this.#grow();
    this.#keys.set(account.limbs, id * ADDRESS_LIMBS);
    this.#enter(id);
    return account;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const keys = new Uint32Array(this.#keys.length * 2);
    keys.set(this.#keys);
    this.#keys = keys;
    for (let id = 0; id < this.all.length - 1; id++) this.#enter(id);
  }

  #enter(id: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hash(this.#keys, id * ADDRESS_LIMBS) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = id + 1;
  }

  #isAt(id: number, limbs: Uint32Array, at: number): boolean {
    const keys = this.#keys;
    const key = id * ADDRESS_LIMBS;
    return (
      keys[key] === limbs[at] &&
      keys[key + 1] === limbs[at + 1] &&
      keys[key + 2] === limbs[at + 2] &&
      keys[key + 3] === limbs[at + 3] &&
      keys[key + 4] === limbs[at + 4]
    );
  }

  #hash(limbs: Uint32Array, at: number): number {
    let hash = this.#seed;
    for (let i = 0; i < ADDRESS_LIMBS; i++) hash = mix(hash, limbs[at + i]);
    return finish(hash);
  }
}

/** An address as five 32-bit limbs, least significant first. */
export function addressLimbs(address: Address): Uint32Array {
  const limbs = new Uint32Array(ADDRESS_LIMBS);
  // Digit by digit: parseInt of slices takes twenty times as long.
  for (let i = 0, at = 2; i < 40; i++, at++) {
    const character = address.charCodeAt(at);
    // 0 to 9 are 0x30 to 0x39; a to f, and A to F, are 9 more than the low bits of their codes say
    const digit = (character & 15) + (character > 57 ? 9 : 0);
    const limb = ADDRESS_LIMBS - 1 - (i >> 3);
    limbs[limb] = (limbs[limb] << 4) | digit;
  }
  return limbs;
}

/** The address in the five low limbs of a word. */
export function addressFromLimbs(limbs: Uint32Array, at: number): Address {
  let address = '0x';
  for (let i = ADDRESS_LIMBS - 1; i >= 0; i--) address += limbs[at + i].toString(16).padStart(8, '0');
  return address as Address;
}

/** A seed that differs from process to process. */
export function randomSeed(): number {
  return (Math.random() * 2 ** 32) | 0;
}

/** One round of a hash over 32-bit limbs (the multiply-and-rotate of the MurmurHash family). */
export function mix(hash: number, limb: number): number {
  const scrambled = Math.imul(limb, 0xcc9e2d51);
  const turned = hash ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
  return (Math.imul((turned << 13) | (turned >>> 19), 5) + 0xe6546b64) | 0;
}

/** Spreads what the rounds left over all bits. */
export function finish(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}
