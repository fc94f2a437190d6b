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
  /** topics of all logs, 32 bits a limb, the least significant first */
  readonly #limbs: number[] = [];
  /** limbs up to the end of each log */
  readonly #ends: number[] = [];

  get length(): number {
    return this.#ends.length;
  }

  /** Adds a log whose topics are words on a stack: the first at `limbs[at…]`, each other below the one before it. */
  addFromStack(address: Address, data: Uint8Array, limbs: Uint32Array, at: number, topics: number): void {
    for (let topic = 0; topic < topics; topic++) {
      const from = at - topic * LIMBS;
      for (let i = 0; i < LIMBS; i++) this.#limbs.push(limbs[from + i]);
    }
    this.#end(address, data);
  }

  add({ address, topics, data }: Log): void {
    for (const topic of topics) {
      writeWord(word, 0, topic);
      this.#limbs.push(...word);
    }
    this.#end(address, data);
  }

  /** Takes the last one back. */
  pop(): void {
    this.#addresses.pop();
    this.#data.pop();
    this.#ends.pop();
    this.#limbs.length = this.#start(this.length);
  }

  at(index: number): Log {
    const topics: bigint[] = [];
    for (let from = this.#start(index); from < this.#ends[index]; from += LIMBS) {
      for (let i = 0; i < LIMBS; i++) word[i] = this.#limbs[from + i];
      topics.push(readWord(word, 0));
    }
    return { address: this.#addresses[index], topics, data: this.#data[index] };
  }

  all(): Log[] {
    return this.#ends.map((_, index) => this.at(index));
  }

  #end(address: Address, data: Uint8Array): void {
    this.#addresses.push(address);
    this.#data.push(data);
    this.#ends.push(this.#limbs.length);
  }

  #start(index: number): number {
    return index === 0 ? 0 : this.#ends[index - 1];
  }
}
