/**
 * What the compiler knows of where a path touches memory: words taken apart into what they were added up from, and how
 * far memory has been looked at from there. Words stand for what they hold, by identity.
 */

import { ADDRESS_BITS } from './emitter.ts';
import { WORD } from './layout.ts';
import { bitsOf, isShort, knownValue, type Word } from './words.ts';

/** `base + plus + times * step`, modulo 2^256. */
export interface Place {
  /** undefined: nothing but a constant */
  readonly base: Word | undefined;
  /** 0 ≤ plus < 2^27 */
  readonly plus: number;
  /** with a step, `base + plus` is below 2^38 */
  readonly step: Word | undefined;
  readonly times: number;
}

/** Writes down how far a look reaches, which later touches may widen: bytes, or how many steps. */
export type Widen = (reach: number) => void;

/** Of what is added to a word, as of everything that a look may reach: what `i64ConstLater` has room for. */
export const MOST_PLUS = 2 ** 27;

/** Steps that a look reaches: with 2^38, 2^37 and 2^27 for the other terms, sums are far below 2^64. */
const MOST_TIMES = 2 ** 20;

/** Memory that was looked at. */
interface Range {
  readonly from: number;
  to: number;
  widen: Widen | undefined;
}

/** Memory that was looked at in steps, which `from` and `to` count. */
interface Stride extends Range {
  readonly place: Place;
  readonly bytes: number;
}

/** Whether a word can be where memory is touched. */
export function isNear(word: Word): boolean {
  return isShort(word) && bitsOf(word[0]) <= ADDRESS_BITS;
}

/** What words of a path are made of. */
export class Places {
  readonly #wholes = new Map<Word, Word>();
  readonly #sums = new Map<Word, Place>();
  readonly #ranges = new Map<Word | undefined, Range>();
  readonly #strides = new Map<Word, Stride>();
  /** looks that may still be widened */
  #open: Range[] = [];

  /** A word that turned out to be short, as it was before. */
  wholeOf(word: Word): Word {
    return this.#wholes.get(word) ?? word;
  }

  /** From here on, `short` stands for a word that turned out to be short. */
  shorten(word: Word, short: Word): void {
    this.#wholes.set(short, this.wholeOf(word));
  }

  /**
   * Notes what a word was added up from.
   * @param isStep whether the path touches memory at many such sums; otherwise the sum is a base of its own
   */
  addUp(sum: Word, a: Word, b: Word, isStep: boolean): void {
    let place = this.#plus(a, b) ?? this.#plus(b, a);
    if (place === undefined && isStep) place = this.#step(a, b) ?? this.#step(b, a);
    if (place !== undefined) this.#sums.set(sum, place);
  }

  #plus(word: Word, constant: Word): Place | undefined {
    const value = knownValue(constant);
    if (value === undefined || value >= MOST_PLUS) return undefined;
    const place = this.of(word);
    const plus = (place?.plus ?? 0) + Number(value);
    return place === undefined || plus >= MOST_PLUS ? undefined : { ...place, plus };
  }

  #step(step: Word, from: Word): Place | undefined {
    const place = this.of(from);
    if (place === undefined || knownValue(step) !== undefined) return undefined;
    if (place.step === undefined) {
      return isNear(from) ? { ...place, step: this.wholeOf(step), times: 1 } : undefined;
    }
    const isNext = place.step === this.wholeOf(step) && place.times < MOST_TIMES;
    return isNext ? { ...place, times: place.times + 1 } : undefined;
  }

  /** Where a word points that is not taken apart. */
  alone(word: Word): Place {
    return { base: this.wholeOf(word), plus: 0, step: undefined, times: 0 };
  }

  /** Where a word points; undefined for a constant that is too far. */
  of(word: Word): Place | undefined {
    const value = knownValue(word);
    if (value === undefined) {
      return this.#sums.get(this.wholeOf(word)) ?? this.alone(word);
    }
    if (value >= MOST_PLUS) return undefined;
    return { base: undefined, plus: Number(value), step: undefined, times: 0 };
  }

  /**
   * Whether memory was looked at there already.
   * @param mayWiden whether a look that is still open may be made to reach that far: the instruction does nothing else
   * that shows
   */
  isReached(place: Place, bytes: number, mayWiden: boolean): boolean {
    const { base, plus, step, times } = place;
    if (step === undefined) return isWithin(this.#ranges.get(base), plus, plus + bytes, mayWiden);
    const stride = this.#strides.get(step);
    if (stride === undefined) return false;
    const isLike = stride.place.base === base && stride.place.plus === plus && bytes <= stride.bytes;
    return isLike && isWithin(stride, times, times, mayWiden && bytes === stride.bytes);
  }

  /** Memory was looked at. */
  reach(place: Place, bytes: number, widen: Widen | undefined): void {
    const { base, plus, step, times } = place;
    let range: Range;
    if (step === undefined) {
      const before = this.#ranges.get(base) ?? { from: plus, to: 0 };
      const end = plus + bytes;
      // Memory has whole words, and whatever is below.
      range =
        base === undefined
          ? { from: 0, to: Math.ceil(end / WORD) * WORD, widen }
          : { from: Math.min(plus, before.from), to: Math.max(end, before.to), widen };
      this.#ranges.set(base, range);
    } else {
      const stride = { place, bytes, from: times, to: times, widen };
      this.#strides.set(step, stride);
      range = stride;
    }
    if (widen !== undefined) this.#open.push(range);
  }

  /** How much memory there is, or how much gas, is seen now: no look may reach further than memory was touched. */
  close(): void {
    for (const range of this.#open) range.widen = undefined;
    this.#open = [];
  }
}

function isWithin(range: Range | undefined, from: number, to: number, mayWiden: boolean): boolean {
  if (range === undefined || from < range.from) return false;
  if (to <= range.to) return true;
  if (!mayWiden || range.widen === undefined || to >= MOST_PLUS) return false;
  range.widen(to);
  range.to = to;
  return true;
}
