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

// What a log begins with: whose it is, by its place among the addresses; how many topics it has, and how many bytes of
// data; and where the one before it begins. Its topics follow, as eight limbs of 32 bits, the least significant first, and
// its data in whole limbs.
const ADDRESS = 0;
const TOPICS = 1;
const SIZE = 2;
const BEFORE = 3;
const HEAD = 4;

/** Logs in order; the last ones may be taken back. */
export class LogList {
  length = 0;
  /** whose logs there are: one behind the other is named once */
  #addresses: Address[] = [];
  #limbs = NO_LIMBS;
  /** where the last log begins, and where it ends */
  #last = 0;
  #end = 0;

  /**
   * Adds a log whose topics are words on a stack: the first at `limbs[at…]`, each other below the one before it.
   * @param bytes its data is there at `from`; they are of the same memory as the limbs
   */
  addFromStack(
    address: Address,
    limbs: Uint32Array,
    at: number,
    topics: number,
    bytes: Uint8Array,
    from: number,
    size: number,
  ): void {
    let end = this.#begin(address, topics, size);
    const own = this.#limbs;
    for (let topic = 0; topic < topics; topic++, end += LIMBS) copyWord(own, end, limbs, at - topic * LIMBS);
    // Whether it is the same memory cannot be asked for: to read `buffer` of an array takes 30 ns.
    const first = from >>> 2;
    const count = this.#end - end;
    if ((from & 3) !== 0) bytesOf(own).set(bytes.subarray(from, from + size), end * 4);
    else if (count <= FEW) for (let i = 0; i < count; i++) own[end + i] = limbs[first + i];
    else own.set(limbs.subarray(first, first + count), end);
  }

  add({ address, topics, data }: Log): void {
    let at = this.#begin(address, topics.length, data.length);
    for (const topic of topics) {
      writeWord(this.#limbs, at, topic);
      at += LIMBS;
    }
    bytesOf(this.#limbs).set(data, at * 4);
  }

  /** Takes the last one back. */
  pop(): void {
    this.length--;
    this.#end = this.#last;
    this.#last = this.#limbs[this.#last + BEFORE];
    const named = this.length === 0 ? 0 : this.#limbs[this.#last + ADDRESS] + 1;
    while (this.#addresses.length > named) this.#addresses.pop();
  }

  /** The last one. */
  last(): Log {
    return this.#at(this.#last);
  }

  all(): Log[] {
    const logs: Log[] = [];
    for (let at = this.#last; logs.length < this.length; at = this.#limbs[at + BEFORE])
      logs.push(this.#at(at));
    return logs.reverse();
  }

  /** Gives all of them away: there are none any more. */
  take(): LogList {
    const taken = new LogList();
    taken.length = this.length;
    taken.#addresses = this.#addresses;
    taken.#last = this.#last;
    taken.#end = this.#end;
    const isKept = this.#limbs.length <= KEPT_SIZE;
    taken.#limbs = isKept ? this.#limbs.slice(0, this.#end) : this.#limbs;
    this.length = 0;
    this.#addresses = [];
    this.#last = 0;
    this.#end = 0;
    if (!isKept) this.#limbs = NO_LIMBS;
    return taken;
  }

  /** Adds one without its topics and data; returns where these go. */
  #begin(address: Address, topics: number, size: number): number {
    const at = this.#end;
    const end = at + HEAD + topics * LIMBS + ((size + 3) >>> 2);
    if (end > this.#limbs.length) {
      const grown = new Uint32Array(Math.max(FIRST_SIZE, end, this.#limbs.length * 2));
      grown.set(this.#limbs.subarray(0, at));
      this.#limbs = grown;
    }
    const addresses = this.#addresses;
    if (addresses.length === 0 || addresses[addresses.length - 1] !== address) addresses.push(address);
    const limbs = this.#limbs;
    limbs[at + ADDRESS] = addresses.length - 1;
    limbs[at + TOPICS] = topics;
    limbs[at + SIZE] = size;
    limbs[at + BEFORE] = this.#last;
    this.#last = at;
    this.#end = end;
    this.length++;
    return at + HEAD;
  }

  #at(start: number): Log {
    const limbs = this.#limbs;
    const from = start + HEAD;
    const topics = Array.from({ length: limbs[start + TOPICS] }, (_, topic) =>
      readWord(limbs, from + topic * LIMBS),
    );
    const dataAt = (from + topics.length * LIMBS) * 4;
    const data = bytesOf(limbs).slice(dataAt, dataAt + limbs[start + SIZE]);
    return { address: this.#addresses[limbs[start + ADDRESS]], topics, data };
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}
