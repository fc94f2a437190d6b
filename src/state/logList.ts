/**
 * The logs of a transaction while it runs. Topics stay the limbs that they are on the stack: as bigints, three of them take
 * as long to make as everything else about a log, and most readers want receipts of whole blocks, later.
 */

import type { Address } from '../bytes.ts';
import type { Log } from './log.ts';
import { readWord, writeWord } from './slots.ts';

const LIMBS = 8;

/** Where a word is taken apart, or put together. */
const word = new Uint32Array(LIMBS);

/** Logs in order; the last ones may be taken back. */
export class LogList {
  readonly #addresses: Address[] = [];
  readonly #data: Uint8Array[] = [];
  /** topics of all logs, each as eight limbs of 32 bits, the least significant first */
  readonly #topics: (readonly number[])[] = [];
  /** topics up to the end of each log */
  readonly #ends: number[] = [];

  get length(): number {
    return this.#ends.length;
  }

  /** Adds a log whose topics are words on a stack: the first at `limbs[at…]`, each other below the one before it. */
  addFromStack(address: Address, data: Uint8Array, limbs: Uint32Array, at: number, topics: number): void {
    for (let topic = 0; topic < topics; topic++) this.#topics.push(limbsAt(limbs, at - topic * LIMBS));
    this.#end(address, data);
  }

  add({ address, topics, data }: Log): void {
    for (const topic of topics) {
      writeWord(word, 0, topic);
      this.#topics.push(limbsAt(word, 0));
    }
    this.#end(address, data);
  }

  /** Takes the last one back. */
  pop(): void {
    this.#addresses.pop();
    this.#data.pop();
    this.#ends.pop();
    this.#topics.length = this.#start(this.length);
  }

  at(index: number): Log {
    const topics = this.#topics.slice(this.#start(index), this.#ends[index]).map((limbs) => {
      word.set(limbs);
      return readWord(word, 0);
    });
    return { address: this.#addresses[index], topics, data: this.#data[index] };
  }

  all(): Log[] {
    return this.#ends.map((_, index) => this.at(index));
  }

  #end(address: Address, data: Uint8Array): void {
    this.#addresses.push(address);
    this.#data.push(data);
    this.#ends.push(this.#topics.length);
  }

  #start(index: number): number {
    return index === 0 ? 0 : this.#ends[index - 1];
  }
}

/** Written out, this is made in one go; pushed one by one, the limbs of three topics take 150 ns. */
function limbsAt(limbs: Uint32Array, at: number): readonly number[] {
  return [
    limbs[at],
    limbs[at + 1],
    limbs[at + 2],
    limbs[at + 3],
    limbs[at + 4],
    limbs[at + 5],
    limbs[at + 6],
    limbs[at + 7],
  ];
}
