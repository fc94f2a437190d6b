/**
 * Storage slots as a run holds them: an open-addressing table over typed arrays, so that neither reading nor writing
 * a slot allocates. Keys and values are words of eight 32-bit limbs, least significant first.
 */

import { finish, randomSeed } from './hash.ts';

const LIMBS = 8;

const FIRST_SIZE = 16;

/** Entries of the largest table that is kept from one run to the next. */
const KEPT_SIZE = 4096;

/** How many times more room there must be than entries for clearing these one by one. */
const SPARSE = 16;

/** Tables below this grow by more than twice. */
const FEW = 1024;

// Before the first slot: every run has a table, and most never use it.
const NO_LIMBS = new Uint32Array(0);
const NO_NUMBERS = new Int32Array(0);
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

// The words of a slot, one behind the other: its key, its value now, at the start of the transaction, and when it became
// resident. Few large arrays are made, cleared and collected sooner than many, and a slot is in one place.
const VALUE = LIMBS;
const ORIGINAL = 2 * LIMBS;
const BEFORE = 3 * LIMBS;

// Of the limbs of a slot, the binary logarithm.
const STORED = 5;
const TRANSIENT = 4;

// Its numbers: whose storage it is in, the account's id, the transaction in which it last was warm, and where in the
// journal its value was noted last.
const STORAGE = 0;
const ACCOUNT = 1;
const WARM_IN = 2;
const NOTED_AT = 3;
const NUMBERS = 4;

/** Slots by storage and key. An entry is a number, stable until `clear`. */
export class SlotTable {
  readonly #seed = randomSeed();
  readonly #shift: typeof STORED | typeof TRANSIENT;
  #places = NO_PLACES;
  #numbers = NO_NUMBERS;
  #size = 0;
  /** entries there are */
  count = 0;
  /** where `valueAt` and `originalAt` are */
  words = NO_LIMBS;

  /** @param isTransient whether slots are 0 at the start of a transaction, and have neither an original nor a before */
  constructor(isTransient = false) {
    this.#shift = isTransient ? TRANSIENT : STORED;
  }

  /** The entry of a slot whose key is at `limbs[at…]`, or -1 where it is not resident. */
  find(storage: number, limbs: Uint32Array, at: number): number {
    return this.#findHashed(this.#hash(storage, limbs, at), storage, limbs, at);
  }

  /** The entry of a slot, which becomes resident with the value 0 if it is not so already. */
  findOrAdd(storage: number, account: number, limbs: Uint32Array, at: number): number {
    const hash = this.#hash(storage, limbs, at);
    const entry = this.#findHashed(hash, storage, limbs, at);
    return entry >= 0 ? entry : this.#addHashed(hash, storage, account, limbs, at);
  }

  #findHashed(hash: number, storage: number, limbs: Uint32Array, at: number): number {
    const places = this.#places;
    const mask = places.length - 1;
    let place = hash & mask;
    for (let entry = places[place]; entry !== 0; entry = places[place]) {
      if (this.#isAt(entry - 1, storage, limbs, at)) return entry - 1;
      place = (place + 1) & mask;
    }
    return -1;
  }

  /** Makes a slot resident with the value 0. It must not be so already. */
  add(storage: number, account: number, limbs: Uint32Array, at: number): number {
    return this.#addHashed(this.#hash(storage, limbs, at), storage, account, limbs, at);
  }

  #addHashed(hash: number, storage: number, account: number, limbs: Uint32Array, at: number): number {
    const entry = this.count++;
    if (entry === this.#size) this.#grow();
    const numbers = this.#numbers;
    const from = entry * NUMBERS;
    numbers[from + STORAGE] = storage;
    numbers[from + ACCOUNT] = account;
    numbers[from + WARM_IN] = 0;
    numbers[from + NOTED_AT] = -1;
    // Its values are 0: they were never written, or `clear` has seen to it.
    copyWord(this.words, entry << this.#shift, limbs, at);
    this.#enter(entry, hash);
    return entry;
  }

  /** Sets what a slot held before the run. */
  initialise(entry: number, value: bigint): void {
    if (value === 0n) return;
    const { words } = this;
    const at = entry << this.#shift;
    writeWord(words, at + VALUE, value);
    copyWord(words, at + ORIGINAL, words, at + VALUE);
    copyWord(words, at + BEFORE, words, at + VALUE);
  }

  /** Where in `words` the value is. */
  valueAt(entry: number): number {
    return (entry << this.#shift) + VALUE;
  }

  /** Where in `words` the value at the start of the transaction is. */
  originalAt(entry: number): number {
    return (entry << this.#shift) + ORIGINAL;
  }

  /** Where in `words` the key is. */
  keyAt(entry: number): number {
    return entry << this.#shift;
  }

  key(entry: number): bigint {
    return readWord(this.words, this.keyAt(entry));
  }

  value(entry: number): bigint {
    return readWord(this.words, this.valueAt(entry));
  }

  /** What the slot held before the run. */
  valueBefore(entry: number): bigint {
    return readWord(this.words, (entry << this.#shift) + BEFORE);
  }

  /** The storage that the slot belongs to. */
  storageOf(entry: number): number {
    return this.#numbers[entry * NUMBERS + STORAGE] >>> 0;
  }

  /** Whose slot it is, as an account's id. */
  accountOf(entry: number): number {
    return this.#numbers[entry * NUMBERS + ACCOUNT];
  }

  /** The transaction in which it last was warm. */
  warmIn(entry: number): number {
    return this.#numbers[entry * NUMBERS + WARM_IN];
  }

  setWarmIn(entry: number, transaction: number): void {
    this.#numbers[entry * NUMBERS + WARM_IN] = transaction;
  }

  /** Where in the journal the value was noted last; -1: nowhere. */
  notedAt(entry: number): number {
    return this.#numbers[entry * NUMBERS + NOTED_AT];
  }

  setNotedAt(entry: number, position: number): void {
    this.#numbers[entry * NUMBERS + NOTED_AT] = position;
  }

  /** Whether the slot differs from what it held before the run. */
  isChanged(entry: number): boolean {
    const at = entry << this.#shift;
    return !equalWords(this.words, at + VALUE, this.words, at + BEFORE);
  }

  /** What the slot holds is what it held at the start of the next transaction. */
  settle(entry: number): void {
    copyWord(this.words, this.originalAt(entry), this.words, this.valueAt(entry));
    this.setNotedAt(entry, -1);
  }

  /** All there is, as of now. */
  get columns(): SlotColumns {
    const { count } = this;
    const number = (which: number) =>
      Uint32Array.from({ length: count }, (_, entry) => this.#numbers[entry * NUMBERS + which]);
    const word = (which: number) => {
      const column = new Uint32Array(count * LIMBS);
      for (let entry = 0; entry < count; entry++) {
        copyWord(column, entry * LIMBS, this.words, (entry << this.#shift) + which);
      }
      return column;
    };
    const hasHistory = this.#shift === STORED;
    return {
      count,
      storage: number(STORAGE),
      account: number(ACCOUNT),
      warmIn: number(WARM_IN),
      keys: word(0),
      values: word(VALUE),
      originals: hasHistory ? word(ORIGINAL) : new Uint32Array(count * LIMBS),
      before: hasHistory ? word(BEFORE) : new Uint32Array(count * LIMBS),
    };
  }

  /** Takes these entries in place of its own. */
  replace(columns: SlotColumns): void {
    const { storage, account, warmIn, keys, values, originals, before } = columns;
    this.clear();
    for (let entry = 0; entry < columns.count; entry++) {
      const from = entry * LIMBS;
      this.add(storage[entry], account[entry], keys, from);
      this.setWarmIn(entry, warmIn[entry]);
      copyWord(this.words, this.valueAt(entry), values, from);
      if (this.#shift !== STORED) continue;
      copyWord(this.words, this.originalAt(entry), originals, from);
      copyWord(this.words, (entry << this.#shift) + BEFORE, before, from);
    }
  }

  /** Whether it may be kept for another run, as it does not take more than a megabyte. */
  get isSmall(): boolean {
    return this.#size <= KEPT_SIZE;
  }

  /** Forgets everything. */
  clear(): void {
    const { count } = this;
    if (count === 0) return;
    // Of a large table that few slots are in, only their places.
    if (count * SPARSE > this.#size) this.#places.fill(0);
    else for (let entry = 0; entry < count; entry++) this.#leave(entry);
    this.count = 0;
    this.words.fill(0, 0, count << this.#shift);
  }

  #grow(): void {
    const size = this.#size === 0 ? FIRST_SIZE : this.#size * (this.#size < FEW ? 4 : 2);
    this.#size = size;
    const words = new Uint32Array(size << this.#shift);
    words.set(this.words);
    this.words = words;
    const numbers = new Int32Array(size * NUMBERS);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    this.#places = new Int32Array(size * 2);
    for (let entry = 0; entry < this.count - 1; entry++) {
      this.#enter(entry, this.#hash(this.storageOf(entry), this.words, entry << this.#shift));
    }
  }

  #enter(entry: number, hash: number): void {
    const mask = this.#places.length - 1;
    let place = hash & mask;
    while (this.#places[place] !== 0) place = (place + 1) & mask;
    this.#places[place] = entry + 1;
  }

  #leave(entry: number): void {
    const mask = this.#places.length - 1;
    let place = this.#hash(this.storageOf(entry), this.words, entry << this.#shift) & mask;
    while (this.#places[place] !== entry + 1) place = (place + 1) & mask;
    this.#places[place] = 0;
  }

  #isAt(entry: number, storage: number, limbs: Uint32Array, at: number): boolean {
    return this.storageOf(entry) === storage && equalWords(this.words, entry << this.#shift, limbs, at);
  }

  /**
   * In two chains, so that one need not wait for the other, and with one product for each limb: SLOAD and SSTORE of slots
   * that are resident take 0.9 of the time that they take with rounds of `mix`. (Written out instead of in a loop, it is
   * too long to become part of its callers, and they take 1.2 of it.)
   */
  #hash(storage: number, limbs: Uint32Array, at: number): number {
    let even = this.#seed ^ storage;
    let odd = even;
    for (let i = at; i < at + LIMBS; i += 2) {
      even = Math.imul(even ^ limbs[i], 0xcc9e2d51);
      even ^= even >>> 15;
      odd = Math.imul(odd ^ limbs[i + 1], 0x1b873593);
      odd ^= odd >>> 15;
    }
    return finish(even + Math.imul(odd, 0x85ebca6b));
  }
}

// Written out, since a turn of a loop takes longer than what is done in it.

/** Whether two words are equal. */
export function equalWords(a: Uint32Array, at: number, b: Uint32Array, bt: number): boolean {
  return (
    a[at] === b[bt] &&
    a[at + 1] === b[bt + 1] &&
    a[at + 2] === b[bt + 2] &&
    a[at + 3] === b[bt + 3] &&
    a[at + 4] === b[bt + 4] &&
    a[at + 5] === b[bt + 5] &&
    a[at + 6] === b[bt + 6] &&
    a[at + 7] === b[bt + 7]
  );
}

/** Whether a word is zero. */
export function isZeroWord(limbs: Uint32Array, at: number): boolean {
  const low = limbs[at] | limbs[at + 1] | limbs[at + 2] | limbs[at + 3];
  return (low | limbs[at + 4] | limbs[at + 5] | limbs[at + 6] | limbs[at + 7]) === 0;
}

/** Copies a word. */
export function copyWord(to: Uint32Array, at: number, from: Uint32Array, ft: number): void {
  to[at] = from[ft];
  to[at + 1] = from[ft + 1];
  to[at + 2] = from[ft + 2];
  to[at + 3] = from[ft + 3];
  to[at + 4] = from[ft + 4];
  to[at + 5] = from[ft + 5];
  to[at + 6] = from[ft + 6];
  to[at + 7] = from[ft + 7];
}

/** Writes a number below 2^32 as a word. */
export function writeSmall(limbs: Uint32Array, at: number, value: number): void {
  limbs[at] = value;
  limbs[at + 1] = 0;
  limbs[at + 2] = 0;
  limbs[at + 3] = 0;
  limbs[at + 4] = 0;
  limbs[at + 5] = 0;
  limbs[at + 6] = 0;
  limbs[at + 7] = 0;
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
