/** A growing byte buffer with the encodings of WebAssembly: LEB128, names, vectors. */

/** Bytes that grow as they are written. */
export class ByteSink {
  #bytes: Uint8Array<ArrayBuffer>;
  /** bytes written so far */
  length = 0;

  /** @param capacity bytes that are expected; more may come */
  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** One byte. */
  byte(value: number): void {
    if (this.length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.length++] = value;
  }

  /** Bytes as they are. */
  bytes(values: ArrayLike<number>): void {
    if (this.length + values.length > this.#bytes.length) this.#grow(values.length);
    this.#bytes.set(values, this.length);
    this.length += values.length;
  }

  /** An unsigned integer below 2^32, as LEB128. */
  unsigned(value: number): void {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** A signed 32-bit integer, as LEB128. Values of 2^31 and more are taken as their two's complement. */
  signed(value: number): void {
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    this.byte(rest & 0x7f);
  }

  /** A signed 64-bit integer, as LEB128. Values of 2^63 and more are taken as their two's complement. */
  signed64(value: bigint): void {
    // Numbers are an order of magnitude cheaper than bigints here, and most constants are small.
    if (value >= -0x1f_ffff_ffff_ffffn && value <= 0x1f_ffff_ffff_ffffn) {
      let rest = Number(value);
      while (rest < -64 || rest > 63) {
        const higher = Math.floor(rest / 128);
        this.byte((rest - higher * 128) | 0x80);
        rest = higher;
      }
      this.byte(rest & 0x7f);
      return;
    }
    let rest = BigInt.asIntN(64, value);
    while (rest < -64n || rest > 63n) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.byte(Number(rest & 0x7fn));
  }

  /** Writes over what was written. */
  overwrite(position: number, values: ArrayLike<number>): void {
    this.#bytes.set(values, position);
  }

  /** A name: its length and its UTF-8 bytes. */
  name(text: string): void {
    const encoded = new TextEncoder().encode(text);
    this.unsigned(encoded.length);
    this.bytes(encoded);
  }

  /** What was written, as a view that later writes may leave behind. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length);
  }

  #grow(by: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 4, this.length + by));
    larger.set(this.view());
    this.#bytes = larger;
  }
}
