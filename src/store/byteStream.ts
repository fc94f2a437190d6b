/** Records as bytes, front to back: lengths are written before what they are of, and reading never goes past the end. */

import { StoreError } from './storeError.ts';

/** Writes a record. */
export class ByteWriter {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;

  /** What was written, as a copy. */
  written(): Uint8Array {
    return this.#bytes.slice(0, this.#end);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#end++] = value;
  }

  /** An integer below 2^32. */
  uint32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#end, value);
    this.#end += 4;
  }

  /** An integer below 2^64. */
  uint64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigUint64(this.#end, value);
    this.#end += 8;
  }

  /** Bytes whose number is known to the reader. */
  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** At most 255 bytes, after their number. */
  shortBytes(bytes: Uint8Array): void {
    this.byte(bytes.length);
    this.bytes(bytes);
  }

  #reserve(size: number): void {
    if (this.#end + size <= this.#bytes.length) return;
    const longer = new Uint8Array(Math.max(this.#end + size, this.#bytes.length * 2));
    longer.set(this.#bytes);
    this.#bytes = longer;
    this.#view = new DataView(longer.buffer);
  }
}

/** Reads a record. Every method throws `StoreError` `damaged` where the record ends too early. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.#take(1)];
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  uint64(): bigint {
    return this.#view.getBigUint64(this.#take(8));
  }

  /** A view of so many bytes. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  shortBytes(): Uint8Array {
    return this.bytes(this.byte());
  }

  #take(length: number): number {
    const at = this.#at;
    if (at + length > this.#bytes.length) {
      throw new StoreError('damaged', `record: expected ${length} bytes more, got the end`);
    }
    this.#at += length;
    return at;
  }
}
