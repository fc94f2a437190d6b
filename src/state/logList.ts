/**
 * The logs of a transaction while it runs, in one array: an object and a few arrays for each of them took half a
 * microsecond, and most readers want receipts of whole blocks, later.
 */

import type { Address } from '../bytes.ts';
import type { Log } from './log.ts';
import { copyWord, readWord, writeWord } from './slots.ts';

const LIMBS = 8;

const NO_LIMBS = new Uint32Array(0);
const FIRST_SIZE = 64;

/** Limbs of an array that is kept for the next transaction. */
const KEPT_SIZE = 2 ** 14;

/** Up to so many limbs are copied one by one: views take longer to make. */
const FEW = 32;

/** Logs in order; the last ones may be taken back. */
export class LogList {
  #addresses: Address[] = [];
  /** how many topics each has */
  #topics: number[] = [];
  /** bytes of data that each has */
  #sizes: number[] = [];
  /** where in `#limbs` each ends */
  #ends: number[] = [];
  /** of each log its topics, as eight limbs of 32 bits, the least significant first; and its data, in whole limbs */
  #limbs = NO_LIMBS;

  get length(): number {
    return this.#ends.length;
  }

  /** Adds a log whose topics are words on a stack: the first at `limbs[at…]`, each other below the one before it. */
  addFromStack(
    address: Address,
    limbs: Uint32Array,
    at: number,
    topics: number,
    bytes: Uint8Array,
    from: number,
    size: number,
  ): void {
    let end = this.#reserve(topics, size);
    const own = this.#limbs;
    for (let topic = 0; topic < topics; topic++, end += LIMBS) copyWord(own, end, limbs, at - topic * LIMBS);
    const count = (size + 3) >>> 2;
    const isAligned = (from & 3) === 0 && bytes.buffer === limbs.buffer;
    if (isAligned && count <= FEW) {
      for (let i = 0; i < count; i++) own[end + i] = limbs[(from >>> 2) + i];
    } else {
      bytesOf(own).set(bytes.subarray(from, from + size), end * 4);
    }
    this.#end(address, topics, size, end + count);
  }

  add({ address, topics, data }: Log): void {
    let end = this.#reserve(topics.length, data.length);
    for (const topic of topics) {
      writeWord(this.#limbs, end, topic);
      end += LIMBS;
    }
    bytesOf(this.#limbs).set(data, end * 4);
    this.#end(address, topics.length, data.length, end + ((data.length + 3) >>> 2));
  }

  /** Takes the last one back. */
  pop(): void {
    this.#addresses.pop();
    this.#topics.pop();
    this.#sizes.pop();
    this.#ends.pop();
  }

  at(index: number): Log {
    const start = this.#endOf(index);
    const topics = Array.from({ length: this.#topics[index] }, (_, topic) =>
      readWord(this.#limbs, start + topic * LIMBS),
    );
    const from = (start + topics.length * LIMBS) * 4;
    const data = bytesOf(this.#limbs).slice(from, from + this.#sizes[index]);
    return { address: this.#addresses[index], topics, data };
  }

  all(): Log[] {
    return this.#ends.map((_, index) => this.at(index));
  }

  /** Gives all of them away: there are none any more. */
  take(): LogList {
    const taken = new LogList();
    taken.#addresses = this.#addresses;
    taken.#topics = this.#topics;
    taken.#sizes = this.#sizes;
    taken.#ends = this.#ends;
    const used = this.#endOf(this.length);
    const isKept = this.#limbs.length <= KEPT_SIZE;
    taken.#limbs = isKept ? this.#limbs.slice(0, used) : this.#limbs;
    this.#addresses = [];
    this.#topics = [];
    this.#sizes = [];
    this.#ends = [];
    if (!isKept) this.#limbs = NO_LIMBS;
    return taken;
  }

  /** Where a log with so much in it may begin. */
  #reserve(topics: number, size: number): number {
    const start = this.#endOf(this.length);
    const needed = start + topics * LIMBS + ((size + 3) >>> 2);
    if (needed > this.#limbs.length) {
      const grown = new Uint32Array(Math.max(FIRST_SIZE, needed, this.#limbs.length * 2));
      grown.set(this.#limbs.subarray(0, start));
      this.#limbs = grown;
    }
    return start;
  }

  #end(address: Address, topics: number, size: number, end: number): void {
    this.#addresses.push(address);
    this.#topics.push(topics);
    this.#sizes.push(size);
    this.#ends.push(end);
  }

  /** Where those before one end. */
  #endOf(index: number): number {
    return index === 0 ? 0 : this.#ends[index - 1];
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}
