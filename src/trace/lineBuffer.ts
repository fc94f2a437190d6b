/** Lines as bytes of ASCII, gathered in a buffer that is used again and again. */

const FIRST_SIZE = 0x40000;
/** Room for all of a line but its parts of any length, which ask for theirs. */
const MARGIN = 0x400;

/** The two digits of each byte, ASCII. */
const HIGH_DIGIT = new Uint8Array(256);
const LOW_DIGIT = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  const digits = byte.toString(16).padStart(2, '0');
  HIGH_DIGIT[byte] = digits.charCodeAt(0);
  LOW_DIGIT[byte] = digits.charCodeAt(1);
}

/** Writes the hex digits of 32 bits, leading zeros included; returns where they end. */
export function writeLimb(to: Uint8Array, at: number, limb: number): number {
  for (let shift = 24, i = at; shift >= 0; shift -= 8, i += 2) {
    const byte = (limb >>> shift) & 255;
    to[i] = HIGH_DIGIT[byte];
    to[i + 1] = LOW_DIGIT[byte];
  }
  return at + 8;
}

/** The same without leading zeros, but for the one of zero itself. */
export function writeHighestLimb(to: Uint8Array, at: number, limb: number): number {
  const digits = limb === 0 ? 1 : 8 - (Math.clz32(limb) >>> 2);
  for (let i = at, shift = 4 * (digits - 1); shift >= 0; shift -= 4, i++) {
    to[i] = LOW_DIGIT[(limb >>> shift) & 15];
  }
  return at + digits;
}

/** A buffer that hands over whole lines when it is full. */
export class LineBuffer {
  readonly #write: (lines: Uint8Array) => void;
  #bytes = new Uint8Array(FIRST_SIZE);
  #at = 0;
  /** where the line that is being written begins */
  #line = 0;

  /** @param write takes whole lines; the bytes are good during the call */
  constructor(write: (lines: Uint8Array) => void) {
    this.#write = write;
  }

  /** Hands over all lines that are finished. */
  flush(): void {
    if (this.#line > 0) this.#write(this.#bytes.subarray(0, this.#line));
    this.#bytes.copyWithin(0, this.#line, this.#at);
    this.#at -= this.#line;
    this.#line = 0;
  }

  /** A line is finished, its end written. */
  endLine(): void {
    this.#line = this.#at;
    this.#reserve(0);
  }

  /** A short part. */
  bytes(part: Uint8Array): void {
    const to = this.#bytes;
    let at = this.#at;
    for (let i = 0; i < part.length; i++) to[at++] = part[i];
    this.#at = at;
  }

  /** A part of another buffer. */
  range(from: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    this.#bytes.set(from.subarray(start, end), this.#at);
    this.#at += end - start;
  }

  /** A text of ASCII. */
  ascii(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#bytes[this.#at++] = text.charCodeAt(i);
  }

  /** A whole number, 0 ≤ number < 2^31. */
  decimal(number: number): void {
    let end = this.#at + 1;
    for (let rest = number; rest >= 10; rest = (rest / 10) | 0) end++;
    for (let at = end - 1, rest = number; at >= this.#at; at--) {
      const next = (rest / 10) | 0;
      this.#bytes[at] = 48 + rest - next * 10;
      rest = next;
    }
    this.#at = end;
  }

  /** 64 bits as hex digits without leading zeros. */
  hexQuantity(high: number, low: number): void {
    if (high === 0) {
      this.#at = writeHighestLimb(this.#bytes, this.#at, low);
    } else {
      this.#at = writeLimb(this.#bytes, writeHighestLimb(this.#bytes, this.#at, high), low);
    }
  }

  /** Bytes as hex digits. */
  hexDigits(bytes: Uint8Array): void {
    this.#reserve(2 * bytes.length);
    const to = this.#bytes;
    let at = this.#at;
    for (let i = 0; i < bytes.length; i++) {
      to[at] = HIGH_DIGIT[bytes[i]];
      to[at + 1] = LOW_DIGIT[bytes[i]];
      at += 2;
    }
    this.#at = at;
  }

  #reserve(length: number): void {
    if (this.#at + length + MARGIN <= this.#bytes.length) return;
    this.flush();
    const size = this.#at + length + MARGIN;
    if (size <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(size, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}
