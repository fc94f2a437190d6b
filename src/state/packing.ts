/**
 * Packing what a run holds into bytes, and reading it again. Small things go one behind the other; what may be large goes
 * in pages, and a page that is as it was when the run was packed before is the same array again, so that a row of packed
 * runs takes room for what differs.
 */

import { type Address, bigIntToMinimalBytes, bytesToBigInt, fromHex, type Hex, toHex } from '../bytes.ts';
import { BadSavedRun } from '../errors.ts';

/** A run packed: its pages, in order. They are not to be changed. */
export interface PackedRun {
  readonly pages: readonly Uint8Array[];
  /** the same by what they hold, for packing it again */
  readonly byName?: ReadonlyMap<string, readonly Uint8Array[]>;
}

/** Bytes of a page; the last of what it is a part of is shorter. */
const PAGE = 4096;

const FIRST_BYTES = 256;
const MAX_INT = Number.MAX_SAFE_INTEGER;

/** Takes things one by one. */
export class Packer {
  readonly #pages: Uint8Array[] = [];
  readonly #byName = new Map<string, readonly Uint8Array[]>();
  readonly #before: PackedRun | undefined;
  #bytes = new Uint8Array(FIRST_BYTES);
  #at = 0;

  /** @param before the same run, packed before */
  constructor(before?: PackedRun) {
    this.#before = before;
  }

  /** An integer of 0 to 2^53 - 1. */
  int(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#byte((rest % 128) | 128);
    this.#byte(rest);
  }

  /** An integer that may be negative. */
  signed(value: number): void {
    this.flag(value < 0);
    this.int(Math.abs(value));
  }

  flag(value: boolean): void {
    this.#byte(value ? 1 : 0);
  }

  /** An integer of 0 or more, of any size. */
  big(value: bigint): void {
    if (value <= BigInt(MAX_INT)) {
      this.int(Number(value) % 2 ** 32);
      this.int(Math.floor(Number(value) / 2 ** 32));
      return;
    }
    // no high half of a small one is as large
    this.int(0);
    this.int(2 ** 21);
    this.bytes(bigIntToMinimalBytes(value));
  }

  /** A few bytes. */
  bytes(bytes: Uint8Array): void {
    this.int(bytes.length);
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** An address or a hash. */
  hex(value: Hex): void {
    this.bytes(fromHex(value));
  }

  /** What may be large, in pages, under a name that is its own. */
  block(name: string, bytes: Uint8Array): void {
    const before = this.#before?.byName?.get(name) ?? [];
    const pages: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += PAGE) {
      const known = before[pages.length];
      const size = Math.min(PAGE, bytes.length - at);
      const isSame = known !== undefined && known.length === size && holds(bytes, at, known);
      pages.push(isSame ? known : bytes.slice(at, at + size));
    }
    this.int(bytes.length);
    this.#byName.set(name, pages);
    for (const page of pages) this.#pages.push(page);
  }

  /** The same of numbers. */
  words(name: string, words: Uint32Array): void {
    this.block(name, new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
  }

  /** Puts things of their own apart, in pages under a name. */
  part(name: string, pack: (part: Packer) => void): void {
    const part = new Packer();
    pack(part);
    this.block(name, part.#bytes.subarray(0, part.#at));
  }

  /** All of it: the small things first. */
  packed(): PackedRun {
    const small = this.#pages.splice(0);
    const bytes = this.#bytes.subarray(0, this.#at);
    this.block('', bytes);
    const length = new Uint8Array(new Uint32Array([bytes.length]).buffer);
    return { pages: [length, ...this.#byName.get('')!].concat(small), byName: this.#byName };
  }

  #byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + bytes));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

function holds(bytes: Uint8Array, from: number, page: Uint8Array): boolean {
  if ((bytes.byteOffset + from) % 4 !== 0 || page.length % 4 !== 0) {
    return page.every((byte, i) => byte === bytes[from + i]);
  }
  const count = page.length / 4;
  const left = new Uint32Array(bytes.buffer, bytes.byteOffset + from, count);
  const right = new Uint32Array(page.buffer, page.byteOffset, count);
  for (let i = 0; i < count; i++) if (left[i] !== right[i]) return false;
  return true;
}

/** Gives things back in the order in which they were packed, and believes nothing. */
export class Unpacker {
  readonly #bytes: Uint8Array;
  #at: number;
  /** where the pages of large things are */
  #next: number;
  #end: number;

  private constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#next = this.#end = end;
  }

  /**
   * @param bytes the pages of a packed run, one behind the other
   * @throws {BadSavedRun} as all methods do, where the bytes cannot be what they are read as
   */
  static of(bytes: Uint8Array): Unpacker {
    const size = bytes.length < 4 ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    if (size < 0 || size > bytes.length - 4) throw cutOff();
    return new Unpacker(bytes, 4, 4 + size);
  }

  int(most = MAX_INT): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (value > most)
        throw new BadSavedRun(`saved run: expected a number up to ${most}, got a greater one`);
      if (byte < 128) return value;
    }
  }

  signed(): number {
    const isNegative = this.flag();
    const value = this.int();
    return isNegative ? -value : value;
  }

  flag(): boolean {
    return this.int(1) === 1;
  }

  big(bits = 256): bigint {
    const low = this.int(2 ** 32 - 1);
    const high = this.int(2 ** 21);
    const value =
      high === 2 ** 21 ? bytesToBigInt(this.bytes(Math.ceil(bits / 8))) : (BigInt(high) << 32n) | BigInt(low);
    if (value >> BigInt(bits) === 0n) return value;
    throw new BadSavedRun(`saved run: expected a number of ${bits} bits, got a greater one`);
  }

  bytes(most: number): Uint8Array {
    const size = this.int(most);
    if (this.#at + size > this.#end) throw cutOff();
    return this.#bytes.slice(this.#at, (this.#at += size));
  }

  /** An address or a hash, of so many bytes. */
  hex(size: number): Hex {
    const bytes = this.bytes(size);
    if (bytes.length !== size) throw cutOff();
    return toHex(bytes);
  }

  address(): Address {
    return this.hex(20);
  }

  block(): Uint8Array {
    const size = this.int();
    const at = this.#next;
    if (size > this.#bytes.length - at) throw cutOff();
    this.#next = at + size;
    return this.#bytes.subarray(at, at + size);
  }

  /** The same as so many numbers. */
  words(count: number): Uint32Array<ArrayBuffer> {
    const block = this.block();
    if (block.length !== 4 * count) throw cutOff();
    return new Uint32Array(block.slice().buffer);
  }

  part(): Unpacker {
    const { length } = this.block();
    return new Unpacker(this.#bytes, this.#next - length, this.#next);
  }

  /** A list of as many as come. */
  list<T>(item: (index: number) => T): T[] {
    const count = this.int();
    // each takes a byte at least
    if (count > this.#end - this.#at) throw cutOff();
    return Array.from({ length: count }, (_, i) => item(i));
  }

  #byte(): number {
    if (this.#at >= this.#end) throw cutOff();
    return this.#bytes[this.#at++];
  }
}

function cutOff(): BadSavedRun {
  return new BadSavedRun('saved run: expected more bytes, or others');
}
