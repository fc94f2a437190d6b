/**
 * Storage slots as a run holds them: an open-addressing table over typed arrays, so that neither reading nor writing
 * a slot allocates. Keys and values are words of eight 32-bit limbs, least significant first.
 */

import { finish, mix, randomSeed } from './hash.ts';

const LIMBS = 8;

const FIRST_SIZE = 16;

// Before the first slot: every run has a table, and most never use it. (Seven arrays take 6 µs to make.)
const NO_LIMBS = new Uint32Array(0);
const NO_PLACES = new Int32Array(1);

/** The columns of a table, an entry's part of each at its number: one limb, or the eight of a word. */
export interface SlotColumns {
  readonly count: number;
  readonly storage: Uint32Array;
  readonly account: Uint32Array;
  readonly warmIn: Uint32Array;
  readonly keys: Uint32Array;
  readonly values: Uint32Array;
  readonly originals: Uint32Array;
  readonly before: Uint32Array;
}

/** Slots by storage and key. An entry is a number, stable until `clear`. */
export class SlotTable {
  readonly #seed = randomSeed();
  #places = NO_PLACES;
  #storage = NO_LIMBS;
  #keys = NO_LIMBS;
  /** entries there are */
  count = 0;
  /** values now */
  values = NO_LIMBS;
  /** values at the start of the transaction */
  originals = NO_LIMBS;
  /** values when the slots became resident */
  before = NO_LIMBS;
  /** the transaction in which each slot last was warm */
  warmIn = NO_LIMBS;
  /** whose slot each is, as an account's id */
  account = NO_LIMBS;

  /** The entry of a slot whose key is at `limbs[at…]`, or -1 where it is not resident. */
  find(storage: number, limbs: Uint32Array, at: number): number {
    const places = this.#places;
    const mask = places.length - 1;
    let place = this.#hash(storage, limbs, at) & mask;
    for (let entry = places[place]; entry !== 0; entry = places[place]) {
      if (this.#isAt(entry - 1, storage, limbs, at)) return entry - 1;
      place = (place + 1) & mask;
    }
    return -1;
  }

  /** Makes a slot resident with the value 0. It must not be so already. */
  add(storage: number, account: number, limbs: Uint32Array, at: number): number {
    const entry = this.count++;
    if (entry === this.warmIn.length) this.#grow();
    this.#storage[entry] = storage;
    this.account[entry] = account;
    this.warmIn[entry] = 0;
    const from = entry * LIMBS;
    for (let i = 0; i < LIMBS; i++) {
      this.#keys[from + i] = limbs[at + i];
      this.values[from + i] = 0;
      this.originals[from + i] = 0;
      this.before[from + i] = 0;
    }
    this.#enter(entry);
    return entry;
  }

  /** Sets what a slot held before the run. */
  initialise(entry: number, value: bigint): void {
    const at = entry * LIMBS;
    writeWord(this.values, at, value);
    copyWord(this.originals, at, this.values, at);
    copyWord(this.before, at, this.values, at);
  }

  key(entry: number): bigint {
    return readWord(this.#keys, entry * LIMBS);
  }

  value(entry: number): bigint {
    return readWord(this.values, entry * LIMBS);
  }

  /** What the slot held before the run. */
  valueBefore(entry: number): bigint {
    return readWord(this.before, entry * LIMBS);
  }

  /** The storage that the slot belongs to. */
  storageOf(entry: number): number {
    return this.#storage[entry];
  }

  /** Whether the slot differs from what it held before the run. */
  isChanged(entry: number): boolean {
    return !equalWords(this.values, entry * LIMBS, this.before, entry * LIMBS);
  }

  /** What the slot holds is what it held at the start of the next transaction. */
  settle(entry: number): void {
    const from = entry * LIMBS;
    for (let i = 0; i < LIMBS; i++) this.originals[from + i] = this.values[from + i];
  }

  /** All there is: views that the next change may outdate. */
  get columns(): SlotColumns {
    const { count } = this;
    const limbs = count * LIMBS;
    return {
      count,
      storage: this.#storage.subarray(0, count),
      account: this.account.subarray(0, count),
      warmIn: this.warmIn.subarray(0, count),
      keys: this.#keys.subarray(0, limbs),
      values: this.values.subarray(0, limbs),
      originals: this.originals.subarray(0, limbs),
      before: this.before.subarray(0, limbs),
    };
  }

  /** Takes these entries in place of its own. */
  replace(columns: SlotColumns): void {
    this.count = columns.count;
    let size = FIRST_SIZE;
    while (size < columns.count) size *= 2;
    this.#storage = larger(columns.storage, size);
    this.account = larger(columns.account, size);
    this.warmIn = larger(columns.warmIn, size);
    this.#keys = larger(columns.keys, size * LIMBS);
    this.values = larger(columns.values, size * LIMBS);
    this.originals = larger(columns.originals, size * LIMBS);
    this.before = larger(columns.before, size * LIMBS);
    this.#places = new Int32Array(size * 2);
    for (let entry = 0; entry < columns.count; entry++) this.#enter(entry);
  }

  /** Forgets everything. */
  clear(): void {
    if (this.count === 0) return;
    this.count = 0;
    this.#places.fill(0);
  }

  #grow(): void {
    const size = Math.max(FIRST_SIZE, this.warmIn.length * 2);
    this.#storage = larger(this.#storage, size);
    this.#keys = larger(this.#keys, size * LIMBS);
    this.values = larger(this.values, size * LIMBS);
    this.originals = larger(this.originals, size * LIMBS);
    this.before = larger(this.before, size * LIMBS);
    this.warmIn = larger(this.warmIn, size);
    this.account = larger(this.account, size);
    this.#places = new Int32Array(size * 2);
    for (let entry = 0; entry < this.count - 1; entry++) this.#enter(entry);
  }

  #enter(entry: number): void {
    const mask = this.#places.length - 1;
    let place = this.#hash(this.#storage[entry], this.#keys, entry * LIMBS) & mask;
    while (this.#places[place] !== 0) place = (place + 1) & mask;
    this.#places[place] = entry + 1;
  }

  #isAt(entry: number, storage: number, limbs: Uint32Array, at: number): boolean {
    return this.#storage[entry] === storage && equalWords(this.#keys, entry * LIMBS, limbs, at);
  }

  #hash(storage: number, limbs: Uint32Array, at: number): number {
    let hash = mix(this.#seed, storage);
    for (let i = 0; i < LIMBS; i++) hash = mix(hash, limbs[at + i]);
    return finish(hash);
  }
}

/** Whether two words are equal. */
export function equalWords(a: Uint32Array, at: number, b: Uint32Array, bt: number): boolean {
  for (let i = 0; i < LIMBS; i++) if (a[at + i] !== b[bt + i]) return false;
  return true;
}

/** Whether a word is zero. */
export function isZeroWord(limbs: Uint32Array, at: number): boolean {
  for (let i = 0; i < LIMBS; i++) if (limbs[at + i] !== 0) return false;
  return true;
}

/** Copies a word. */
export function copyWord(to: Uint32Array, at: number, from: Uint32Array, ft: number): void {
  for (let i = 0; i < LIMBS; i++) to[at + i] = from[ft + i];
}

// Words pass through here on their way to bigints and back: four 64-bit limbs are half the operations of eight of 32.
const limbs64 = new BigUint64Array(LIMBS / 2);
const limbs32 = new Uint32Array(limbs64.buffer);

/** A word as a bigint. */
export function readWord(limbs: Uint32Array, at: number): bigint {
  let upper = 0;
  for (let i = 2; i < LIMBS; i++) upper |= limbs[at + i];
  if (upper === 0 && limbs[at + 1] < 0x20_0000) return BigInt(limbs[at + 1] * 2 ** 32 + limbs[at]);
  for (let i = 0; i < LIMBS; i++) limbs32[i] = limbs[at + i];
  const low = limbs64[0] | (limbs64[1] << 64n);
  return upper === 0 ? low : low | ((limbs64[2] | (limbs64[3] << 64n)) << 128n);
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** Writes a bigint, 0 ≤ value < 2^256, as a word. */
export function writeWord(limbs: Uint32Array, at: number, value: bigint): void {
  if (value <= SAFE) {
    const small = Number(value);
    limbs[at] = small;
    limbs[at + 1] = small / 2 ** 32;
    for (let i = 2; i < LIMBS; i++) limbs[at + i] = 0;
    return;
  }
  limbs64[0] = value;
  limbs64[1] = value >> 64n;
  limbs64[2] = value >> 128n;
  limbs64[3] = value >> 192n;
  for (let i = 0; i < LIMBS; i++) limbs[at + i] = limbs32[i];
}

function larger(array: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(length);
  grown.set(array);
  return grown;
}
