/**
 * RLP, strictly. `@ethereumjs/rlp` encodes and decodes; this file refuses beforehand what is not canonical or is
 * nested too deep (the library recurses and copies once per level), and reads decoded items field by field.
 *
 * https://ethereum.org/en/developers/docs/data-structures-and-encoding/rlp/
 */

import { RLP } from '@ethereumjs/rlp';
import { bytesToBigInt } from './bytes.ts';

/** A decoded item: a byte string or a list of items. */
export type Rlp = Uint8Array | readonly Rlp[];

/** What can be encoded: bytes as they are, integers as their fewest big-endian bytes (0 is none), lists. */
export type RlpInput = Uint8Array | bigint | number | readonly RlpInput[];

/**
 * What is wrong with an encoding, in one word.
 * - `end`: the bytes end before the item does
 * - `size`: a length that is written in a longer form than it needs, or a lone byte with a needless prefix
 * - `leadingZeros`: a length or an integer that begins with a zero byte
 * - `trailing`: bytes after the item
 * - `depth`: lists nested deeper than `MAX_RLP_DEPTH`
 * - `kind`: a list where bytes belong, or bytes where a list belongs
 * - `tooFew`, `tooMany`: a list with another number of fields
 * - `tooShort`, `tooLong`: bytes of another length, an integer that is too large
 */
export type RlpFault =
  | 'end'
  | 'size'
  | 'leadingZeros'
  | 'trailing'
  | 'depth'
  | 'kind'
  | 'tooFew'
  | 'tooMany'
  | 'tooShort'
  | 'tooLong';

/** Bytes that are no canonical RLP, or an item that is not what belongs in its place. */
export class InvalidRlp extends Error {
  override readonly name = 'InvalidRlp';
  readonly fault: RlpFault;
  /** the item's name as its reader gave it, or the position in the encoding (`byte 12`) */
  readonly where: string;

  constructor(fault: RlpFault, where: string, expected: string, actual: string) {
    super(`RLP, ${where}: expected ${expected}, got ${actual}`);
    this.fault = fault;
    this.where = where;
  }
}

/** How deep lists may nest. What Ethereum defines needs 6 (block, transactions, one, access list, entry, keys). */
export const MAX_RLP_DEPTH = 32;

/**
 * One item, encoded.
 * @throws {Error} when a number is negative
 */
export function encodeRlp(item: RlpInput): Uint8Array {
  // The library's parameter is a mutable array type, though it changes nothing.
  return RLP.encode(item as Parameters<typeof RLP.encode>[0]);
}

/**
 * The one item that these bytes encode canonically. Its byte strings are copies.
 * @throws {InvalidRlp} when they encode none, or one in a non-canonical way, or anything follows it
 */
export function decodeRlp(bytes: Uint8Array): Rlp {
  const end = checkItem(bytes, 0);
  if (end !== bytes.length) {
    throw new InvalidRlp('trailing', `byte ${end}`, 'the end', `${bytes.length - end} more bytes`);
  }
  return RLP.decode(bytes) as Rlp;
}

/**
 * The encoded items that stand one after another, as views (a file of blocks, the inside of a list).
 * @throws {InvalidRlp} when one of them is not canonical; those before it have been yielded
 */
export function* splitRlp(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const end = checkItem(bytes, at);
    yield bytes.subarray(at, end);
    at = end;
  }
}

/** Where the open lists end, outermost first, while one item is checked. Not re-entrant, and never needs to be. */
const listEnds = new Float64Array(MAX_RLP_DEPTH);

/** Walks one item, without recursion, and returns where it ends; throws InvalidRlp at the first fault. */
function checkItem(bytes: Uint8Array, start: number): number {
  let depth = 0;
  let at = start;
  let limit = bytes.length;
  do {
    if (at >= limit) throw new InvalidRlp('end', `byte ${at}`, 'an item', 'the end');
    const prefix = bytes[at];
    if (prefix < 0x80) {
      at++;
    } else {
      const isList = prefix >= 0xc0;
      const short = prefix - (isList ? 0xc0 : 0x80);
      const contents = at + 1 + Math.max(0, short - 55);
      const length = short <= 55 ? short : longLength(bytes, at + 1, contents, limit);
      const end = contents + length;
      if (end > limit) {
        throw new InvalidRlp('end', `byte ${at}`, `${length} bytes`, `${Math.max(0, limit - contents)}`);
      }
      if (!isList && length === 1 && bytes[contents] < 0x80) {
        throw new InvalidRlp('size', `byte ${at}`, 'a byte below 0x80 without prefix', 'one with a prefix');
      }
      if (isList) {
        if (depth === MAX_RLP_DEPTH) {
          throw new InvalidRlp('depth', `byte ${at}`, `at most ${MAX_RLP_DEPTH} nested lists`, 'more');
        }
        listEnds[depth++] = limit = end;
        at = contents;
      } else {
        at = end;
      }
    }
    while (depth > 0 && at === listEnds[depth - 1]) {
      depth--;
      limit = depth === 0 ? bytes.length : listEnds[depth - 1];
    }
  } while (depth > 0);
  return at;
}

/** The length written in bytes `from` to `to`; it may be larger than any array, never smaller than 56. */
function longLength(bytes: Uint8Array, from: number, to: number, limit: number): number {
  if (to > limit) throw new InvalidRlp('end', `byte ${from}`, `${to - from} bytes of length`, 'the end');
  if (bytes[from] === 0) {
    throw new InvalidRlp('leadingZeros', `byte ${from}`, 'a length without leading zeros', 'a zero byte');
  }
  let length = 0;
  for (let i = from; i < to; i++) length = length * 256 + bytes[i];
  if (length < 56) {
    throw new InvalidRlp('size', `byte ${from}`, `a length of ${length} in its prefix`, 'a separate length');
  }
  return length;
}

/**
 * A list's items, exactly `count` of them where that is given.
 * @throws {InvalidRlp} `kind`, `tooFew`, `tooMany`
 */
export function readList(item: Rlp, where: string, count?: number): readonly Rlp[] {
  if (item instanceof Uint8Array) {
    throw new InvalidRlp('kind', where, 'a list', `${item.length} bytes`);
  }
  if (count !== undefined && item.length !== count) {
    const fault = item.length < count ? 'tooFew' : 'tooMany';
    throw new InvalidRlp(fault, where, `${count} fields`, `${item.length}`);
  }
  return item;
}

/**
 * A byte string, of exactly `length` bytes where that is given.
 * @throws {InvalidRlp} `kind`, `tooShort`, `tooLong`
 */
export function readBytes(item: Rlp, where: string, length?: number): Uint8Array {
  if (!(item instanceof Uint8Array)) {
    throw new InvalidRlp('kind', where, 'bytes', `a list of ${item.length}`);
  }
  if (length !== undefined && item.length !== length) {
    throw new InvalidRlp(
      item.length < length ? 'tooShort' : 'tooLong',
      where,
      `${length} bytes`,
      `${item.length}`,
    );
  }
  return item;
}

/**
 * A byte string that is empty or has exactly `length` bytes; empty is undefined (the `to` of a creation).
 * @throws {InvalidRlp} `kind`, `tooShort`, `tooLong`
 */
export function readOptionalBytes(item: Rlp, where: string, length: number): Uint8Array | undefined {
  return item instanceof Uint8Array && item.length === 0 ? undefined : readBytes(item, where, length);
}

/**
 * An unsigned integer of at most `maxBytes` bytes, without leading zeros.
 * @throws {InvalidRlp} `kind`, `leadingZeros`, `tooLong`
 */
export function readInteger(item: Rlp, where: string, maxBytes = 32): bigint {
  return bytesToBigInt(integerBytes(item, where, maxBytes));
}

/**
 * An unsigned integer below 2^48, as a number: counts, indexes, types.
 * @throws {InvalidRlp} `kind`, `leadingZeros`, `tooLong`
 */
export function readNumber(item: Rlp, where: string): number {
  let value = 0;
  for (const byte of integerBytes(item, where, 6)) value = value * 256 + byte;
  return value;
}

function integerBytes(item: Rlp, where: string, maxBytes: number): Uint8Array {
  const bytes = readBytes(item, where);
  if (bytes.length > 0 && bytes[0] === 0) {
    throw new InvalidRlp('leadingZeros', where, 'an integer without leading zeros', 'a zero byte');
  }
  if (bytes.length > maxBytes) {
    throw new InvalidRlp('tooLong', where, `an integer of at most ${maxBytes} bytes`, `${bytes.length}`);
  }
  return bytes;
}
