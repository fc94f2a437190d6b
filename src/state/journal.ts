/**
 * What a revert must undo, in the order in which it was done: what kind of change, to what, and what was there before.
 * Numbers and words are in typed arrays that stay from run to run: three arrays of the engine's, emptied after each run,
 * grew anew in the next, which was a twentieth of the time of storing 300 new slots.
 */

import { copyWord } from './slots.ts';

const LIMBS = 8;

export const CHANGE = {
  balance: 0,
  nonce: 1,
  code: 2,
  exists: 3,
  warmAccount: 4,
  warmSlot: 5,
  slot: 6,
  transient: 7,
  refund: 8,
  log: 9,
  touched: 10,
  created: 11,
  destroyed: 12,
} as const;

/** Changes of which a word is kept, and where in the journal the slot was noted before. */
export function hasWord(kind: number): boolean {
  return kind === CHANGE.slot || kind === CHANGE.transient;
}

/** Changes of which anything but a number is kept, or a number that may be large or negative. */
function hasValue(kind: number): boolean {
  return kind <= CHANGE.code || kind === CHANGE.refund;
}

/** A journal, to be packed. */
export interface JournalColumns {
  readonly kinds: readonly number[];
  readonly targets: readonly number[];
  /** what was there before; nothing where `words` has it */
  readonly previous: readonly unknown[];
  /** limbs of what slots held before */
  readonly words: Uint32Array;
}

// The numbers of an entry.
const KIND = 0;
const TARGET = 1;
const PREVIOUS = 2;
const NUMBERS = 3;

const FIRST_SIZE = 64;

/** Limbs of the arrays of a journal that is kept from one run to the next. */
const KEPT_SIZE = 2 ** 16;

const NO_LIMBS = new Uint32Array(0);

/** Changes, the last of which is the first to be undone. A checkpoint is their number. */
export class Journal {
  /** how many changes it has */
  length = 0;
  #numbers = NO_LIMBS;
  /** words that were there before, of those changes that have one */
  #words = NO_LIMBS;
  #wordsEnd = 0;
  /** likewise everything else: bigints, codes */
  readonly #values: unknown[] = [];

  /**
   * Notes a change.
   * @param previous what was there before, 0 ≤ previous < 2^32
   */
  note(kind: number, target: number, previous: number): void {
    const at = this.length * NUMBERS;
    if (at === this.#numbers.length) this.#numbers = grown(this.#numbers, FIRST_SIZE * NUMBERS);
    const numbers = this.#numbers;
    numbers[at + KIND] = kind;
    numbers[at + TARGET] = target;
    numbers[at + PREVIOUS] = previous;
    this.length++;
  }

  /** The same with a word besides that was there before, at `limbs[from…]`. */
  noteWord(kind: number, target: number, previous: number, limbs: Uint32Array, from: number): void {
    const at = this.#wordsEnd;
    if (at === this.#words.length) this.#words = grown(this.#words, FIRST_SIZE * LIMBS);
    copyWord(this.#words, at, limbs, from);
    this.#wordsEnd = at + LIMBS;
    this.note(kind, target, previous);
  }

  /** The same with anything else that was there before. */
  noteValue(kind: number, target: number, previous: unknown): void {
    this.#values.push(previous);
    this.note(kind, target, 0);
  }

  /** Takes the last change away; returns its index, by which it is found until the next is noted. */
  takeLast(): number {
    return --this.length;
  }

  kindAt(index: number): number {
    return this.#numbers[index * NUMBERS + KIND];
  }

  targetAt(index: number): number {
    return this.#numbers[index * NUMBERS + TARGET];
  }

  /** The number that a change was noted with. */
  previousAt(index: number): number {
    return this.#numbers[index * NUMBERS + PREVIOUS];
  }

  setPreviousAt(index: number, previous: number): void {
    this.#numbers[index * NUMBERS + PREVIOUS] = previous;
  }

  /** Where the words are that `takeWord` tells of. */
  get words(): Uint32Array {
    return this.#words;
  }

  /** Takes the last word away; returns where it is in `words`, until the next is noted. */
  takeWord(): number {
    this.#wordsEnd -= LIMBS;
    return this.#wordsEnd;
  }

  /** Takes the last value away that is neither number nor word. */
  takeValue(): unknown {
    return this.#values.pop();
  }

  /** All there is, as of now. */
  get columns(): JournalColumns {
    const indexes = Array.from({ length: this.length }, (_, index) => index);
    let values = 0;
    return {
      kinds: indexes.map((index) => this.kindAt(index)),
      targets: indexes.map((index) => this.targetAt(index)),
      previous: indexes.map((index) => {
        const kind = this.kindAt(index);
        if (hasValue(kind)) return this.#values[values++];
        return hasWord(kind) ? undefined : this.previousAt(index);
      }),
      words: this.#words.slice(0, this.#wordsEnd),
    };
  }

  /** Takes these changes in place of its own. Where slots were noted before is for the caller to say. */
  replace({ kinds, targets, previous, words }: JournalColumns): void {
    this.clear();
    let word = 0;
    for (const [index, kind] of kinds.entries()) {
      if (hasValue(kind)) {
        this.noteValue(kind, targets[index], previous[index]);
      } else if (hasWord(kind)) {
        this.noteWord(kind, targets[index], 0, words, word);
        word += LIMBS;
      } else {
        this.note(kind, targets[index], previous[index] as number);
      }
    }
  }

  /** Whether it may be kept for another run. */
  get isSmall(): boolean {
    return this.#numbers.length <= KEPT_SIZE && this.#words.length <= KEPT_SIZE;
  }

  /** Forgets everything. */
  clear(): void {
    this.length = 0;
    this.#wordsEnd = 0;
    // Few are taken away one by one: setting the length takes 30 ns.
    if (this.#values.length > FEW) this.#values.length = 0;
    else while (this.#values.length > 0) this.#values.pop();
  }
}

const FEW = 8;

function grown(limbs: Uint32Array<ArrayBuffer>, least: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(least, limbs.length * 2));
  larger.set(limbs);
  return larger;
}
