/** Hex, concatenation, equality and addresses: the smallest tools, shared by every layer. */

/** A `0x`-prefixed lowercase hexadecimal string with an even number of digits. */
export type Hex = `0x${string}`;

/** A 20-byte account address as a `0x`-prefixed lowercase string of 40 digits. */
export type Address = Hex;

/** No bytes at all. */
export const EMPTY_BYTES = new Uint8Array(0);

const HEX_OF_BYTE: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
);

/** The value of each ASCII hex digit; 255 for every other character. */
const DIGIT_VALUE = new Uint8Array(128).fill(255);
for (let digit = 0; digit < 16; digit++) {
  const character = digit.toString(16);
  DIGIT_VALUE[character.charCodeAt(0)] = digit;
  DIGIT_VALUE[character.toUpperCase().charCodeAt(0)] = digit;
}

/** Bytes as `0x…` hex. */
export function toHex(bytes: Uint8Array): Hex {
  let hex = '0x';
  for (let i = 0; i < bytes.length; i++) hex += HEX_OF_BYTE[bytes[i]];
  return hex as Hex;
}

/**
 * Hex digits, with or without `0x`, as bytes.
 * @throws {TypeError} when there is an odd number of digits or a character that is no hex digit
 */
export function fromHex(hex: string): Uint8Array {
  const start = hex.startsWith('0x') || hex.startsWith('0X') ? 2 : 0;
  const digits = hex.length - start;
  if (digits % 2 !== 0) throw new TypeError(`hex: expected an even number of digits, got ${digits}`);
  const bytes = new Uint8Array(digits / 2);
  for (let i = 0, at = start; i < bytes.length; i++, at += 2) {
    const high = DIGIT_VALUE[hex.charCodeAt(at)] ?? 255;
    const low = DIGIT_VALUE[hex.charCodeAt(at + 1)] ?? 255;
    if (high === 255 || low === 255) {
      const bad = high === 255 ? at : at + 1;
      throw new TypeError(`hex: expected a digit at position ${bad}, got ${JSON.stringify(hex[bad])}`);
    }
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}

/** All parts in one new array, in order. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Same length and same content. Not constant time. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Negative, zero or positive as `a` sorts before, with or after `b`, byte by byte; a prefix sorts first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** Bytes read as a big-endian unsigned integer; none is 0. */
export function bytesToBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(toHex(bytes));
}

/**
 * A non-negative integer as exactly `length` big-endian bytes.
 * @throws {RangeError} when it does not fit
 */
export function bigIntToBytes(value: bigint, length: number): Uint8Array {
  if (value === 0n) return new Uint8Array(length);
  const digits = value.toString(16);
  if (value < 0n || digits.length > length * 2) {
    throw new RangeError(`integer: expected 0 to 2^${length * 8} - 1, got ${value}`);
  }
  return fromHex(digits.padStart(length * 2, '0'));
}

/** A non-negative integer as the fewest big-endian bytes; 0 is no byte (as RLP writes integers). */
export function bigIntToMinimalBytes(value: bigint): Uint8Array {
  if (value === 0n) return EMPTY_BYTES;
  const digits = value.toString(16);
  return fromHex(digits.length % 2 === 0 ? digits : `0${digits}`);
}

/**
 * Any way of writing an address, as the one the library uses.
 * @throws {TypeError} when it is not 20 bytes of hex
 */
export function toAddress(address: string | Uint8Array): Address {
  const bytes = typeof address === 'string' ? fromHex(address) : address;
  if (bytes.length !== 20) throw new TypeError(`address: expected 20 bytes, got ${bytes.length}`);
  return toHex(bytes);
}

/** The bytes that base64 text stands for. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  // Typed here by hand: browsers have no `Buffer`. In a process that has just begun, the loop takes 2 ms for 80 kB.
  const host = globalThis as {
    readonly Buffer?: { from(text: string, encoding: 'base64'): Uint8Array<ArrayBuffer> };
  };
  if (host.Buffer !== undefined) return host.Buffer.from(text, 'base64');
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
