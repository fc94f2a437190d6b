/**
 * Values by slot where strangers choose the slots. Engines hash only the low 64 bits of a bigint, and in a way that
 * everybody knows: 10,000 slots that agree in those take a `Map` 1.4 s, and as many others 2 ms.
 */

import { finish, mix, randomSeed } from './hash.ts';
import { writeWord } from './slots.ts';

const LIMBS = 8;

/** Up to so many slots are compared one by one (8 ns each), or kept in a `Map` whatever they are. */
const FEW = 8;
const MOST_IN_MAP = 128;

const NO_PLACES = new Int32Array(0);

/** Where a slot is taken apart that is looked for. */
const sought = new Uint32Array(LIMBS);

/**
 * A map by slot, in the order of insertion, that nobody can choose collisions for. Nothing is deleted from it. It has
 * private fields, which `structuredClone` and `postMessage` leave behind: send `[...map]` instead.
 */
export class SlotMap<V> implements ReadonlyMap<bigint, V> {
  readonly #seed = randomSeed();
  readonly #slots: bigint[] = [];
  readonly #values: V[] = [];
  /** hashes of slots, once there are many */
  readonly #hashes: number[] = [];
  /** entries by hash, each one more than its number; none while there are few */
  #places = NO_PLACES;

  constructor(entries: Iterable<readonly [bigint, V]> = []) {
    for (const [slot, value] of entries) this.set(slot, value);
  }

  get size(): number {
    return this.#slots.length;
  }

  get(slot: bigint): V | undefined {
    const entry = this.#find(slot);
    return entry < 0 ? undefined : this.#values[entry];
  }

  has(slot: bigint): boolean {
    return this.#find(slot) >= 0;
  }

  /** @param slot 0 ≤ slot < 2^256 */
  set(slot: bigint, value: V): this {
    const entry = this.#find(slot);
    if (entry >= 0) {
      this.#values[entry] = value;
      return this;
    }
    this.#slots.push(slot);
    this.#values.push(value);
    if (this.size > FEW) {
      if (this.size * 2 > this.#places.length) this.#grow();
      else this.#enter(this.size - 1);
    }
    return this;
  }

  keys(): MapIterator<bigint> {
    return this.#slots.values();
  }

  values(): MapIterator<V> {
    return this.#values.values();
  }

  *entries(): MapIterator<[bigint, V]> {
    for (let entry = 0; entry < this.size; entry++) yield [this.#slots[entry], this.#values[entry]];
  }

  [Symbol.iterator](): MapIterator<[bigint, V]> {
    return this.entries();
  }

  forEach(use: (value: V, slot: bigint, map: ReadonlyMap<bigint, V>) => void): void {
    for (let entry = 0; entry < this.size; entry++) use(this.#values[entry], this.#slots[entry], this);
  }

  /** How Node and test reports show it. */
  [Symbol.for('nodejs.util.inspect.custom')](): unknown {
    return new Map(this);
  }

  #find(slot: bigint): number {
    const places = this.#places;
    if (places.length === 0) return this.#slots.indexOf(slot);
    const mask = places.length - 1;
    const hash = this.#hash(slot);
    let place = hash & mask;
    for (let entry = places[place]; entry !== 0; entry = places[place]) {
      if (this.#hashes[entry - 1] === hash && this.#slots[entry - 1] === slot) return entry - 1;
      place = (place + 1) & mask;
    }
    return -1;
  }

  #grow(): void {
    this.#places = new Int32Array(Math.max(FEW * 4, this.#places.length * 2));
    for (let entry = 0; entry < this.size; entry++) this.#enter(entry);
  }

  #enter(entry: number): void {
    const mask = this.#places.length - 1;
    const hash = (this.#hashes[entry] ??= this.#hash(this.#slots[entry]));
    let place = hash & mask;
    while (this.#places[place] !== 0) place = (place + 1) & mask;
    this.#places[place] = entry + 1;
  }

  #hash(slot: bigint): number {
    writeWord(sought, 0, slot);
    let hash = this.#seed;
    for (let i = 0; i < LIMBS; i++) hash = mix(hash, sought[i]);
    return finish(hash);
  }
}

/** Slots with their values as a map: a `Map` while any are few enough for it, else one that bears hostile ones. */
export function slotMap<V>(entries: readonly (readonly [bigint, V])[]): ReadonlyMap<bigint, V> {
  return entries.length <= MOST_IN_MAP ? new Map(entries) : new SlotMap(entries);
}
