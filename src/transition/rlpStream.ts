/**
 * RLP read item by item as go-ethereum's decoder does: what is wrong with bytes is told in its words, and where it
 * gives up in the middle of a list, reading goes on from there. https://github.com/ethereum/go-ethereum/tree/master/rlp
 */

import { bytesToBigInt } from '../bytes.ts';

/** What ends an item's reading. The message is go-ethereum's. */
export class RlpComplaint extends Error {
  override readonly name = 'RlpComplaint';
}

/** A complaint about an item's type, which knows the fields that lead to it. */
class TypedComplaint extends RlpComplaint {
  readonly #what: string;
  #path = '';

  constructor(what: string) {
    super(what);
    this.#what = what;
  }

  /** Puts a field, an index or a type before the path. */
  within(part: string): this {
    this.#path = part + this.#path;
    this.message = `${this.#what}, decoding into ${this.#path}`;
    return this;
  }

  get hasPath(): boolean {
    return this.#path !== '';
  }
}

/** The end of the list that is being read. */
const END_OF_LIST = 'rlp: end of list';
const EXPECTED_LIST = 'expected input list';
const EXPECTED_STRING = 'expected input string or byte';
const CANONICAL_SIZE = 'non-canonical size information';
const CANONICAL_INTEGER = 'non-canonical integer (leading zero bytes)';
const TOO_LONG = 'input string too long';

type Kind = 'byte' | 'string' | 'list';

interface Head {
  readonly kind: Kind;
  /** of the content, in bytes; that of a lone byte is the byte itself, and its size 0 */
  readonly size: number;
  readonly byte: number;
}

/** A reader over bytes. */
export class RlpStream {
  readonly #bytes: Uint8Array;
  #at = 0;
  #start = 0;
  /** what is left of each list that was entered, outer ones first */
  readonly #left: number[] = [];
  /** the head that was read and not taken */
  #head: Head | undefined;
  #complaint: RlpComplaint | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Where it stands. */
  get position(): number {
    return this.#at;
  }

  /** Where the item begins whose head was read last. */
  get startOfItem(): number {
    return this.#start;
  }

  /** Whether anything follows the item that was read last. */
  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Whether the list that is being read goes on; a list read to its end must have been left. */
  get hasMore(): boolean {
    return (this.#left.at(-1) ?? 0) > 0;
  }

  /** The next item's head. It stays where it is until its content is taken. */
  peek(): Head {
    if (this.#complaint !== undefined) throw this.#complaint;
    if (this.#head !== undefined) return this.#head;
    const limit = this.#left.at(-1);
    if (limit === 0) throw new RlpComplaint(END_OF_LIST);
    try {
      const head = this.#readHead();
      if (limit !== undefined && head.size > this.#left.at(-1)!) {
        throw new RlpComplaint('rlp: element is larger than containing list');
      }
      if (head.size > this.#bytes.length - this.#at) {
        throw new RlpComplaint('rlp: value size exceeds available input length');
      }
      this.#head = head;
      return head;
    } catch (error) {
      if (error instanceof RlpComplaint) this.#complaint = error;
      throw error;
    }
  }

  #readHead(): Head {
    this.#start = this.#at;
    const first = this.#take(1)[0];
    if (first < 0x80) return { kind: 'byte', size: 0, byte: first };
    const kind = first < 0xc0 ? 'string' : 'list';
    const base = first < 0xc0 ? 0x80 : 0xc0;
    if (first < base + 0x38) return { kind, size: first - base, byte: 0 };
    const digits = this.#take(first - base - 0x37);
    if (digits[0] === 0) throw new RlpComplaint('rlp: non-canonical size information');
    const size = bytesToBigInt(digits);
    if (size < 56n) throw new RlpComplaint('rlp: non-canonical size information');
    return { kind, size: Number(size), byte: 0 };
  }

  #take(count: number): Uint8Array {
    const limit = this.#left.at(-1);
    this.#head = undefined;
    if (limit !== undefined) {
      if (count > limit) throw new RlpComplaint('rlp: element is larger than containing list');
      this.#left[this.#left.length - 1] = limit - count;
    }
    if (this.#at + count > this.#bytes.length) {
      throw new RlpComplaint(this.isAtEnd && this.#left.length === 0 ? 'EOF' : 'unexpected EOF');
    }
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** Passes over a string's content. */
  raw(): Uint8Array {
    const { size } = this.peek();
    return this.#take(size);
  }

  /** Enters a list of a type. */
  enter(type: string): void {
    const { kind, size } = this.peek();
    if (kind !== 'list') throw typed(EXPECTED_LIST, type);
    if (this.#left.length > 0) this.#left[this.#left.length - 1] -= size;
    this.#left.push(size);
    this.#head = undefined;
  }

  /** Leaves a list that must have been read to its end. */
  leave(type: string): void {
    if (this.hasMore) throw typed('input list has too many elements', type);
    this.#left.pop();
    this.#head = undefined;
  }

  /** An integer of at most so many bytes. */
  integer(type: string, bytes: number): bigint {
    const { kind, size, byte } = this.peek();
    if (kind === 'list') throw typed(EXPECTED_STRING, type);
    if (kind === 'byte') {
      if (byte === 0) throw typed(CANONICAL_INTEGER, type);
      this.#head = undefined;
      return BigInt(byte);
    }
    if (size > bytes) {
      if (type === '*uint256.Int') throw new RlpComplaint('rlp: value too large for uint256');
      throw typed(TOO_LONG, type);
    }
    const content = this.#take(size);
    if (size > 0 && content[0] === 0) throw typed(CANONICAL_INTEGER, type);
    if (size === 1 && content[0] < 128) throw typed(CANONICAL_SIZE, type);
    return bytesToBigInt(content);
  }

  /** A byte string. */
  bytes(type = '[]uint8'): Uint8Array {
    const { kind, size, byte } = this.peek();
    if (kind === 'list') throw typed(EXPECTED_STRING, type);
    if (kind === 'byte') {
      this.#head = undefined;
      return Uint8Array.of(byte);
    }
    const content = this.#take(size);
    if (size === 1 && content[0] < 128) throw typed(CANONICAL_SIZE, type);
    return content;
  }

  /** Exactly so many bytes. */
  fixed(type: string, length: number): Uint8Array {
    const { kind, size } = this.peek();
    if (kind === 'list') throw typed(EXPECTED_STRING, type);
    const actual = kind === 'byte' ? 1 : size;
    if (actual > length) throw typed(TOO_LONG, type);
    if (actual < length) throw typed('input string too short', type);
    return this.bytes(type);
  }

  /** As `fixed`, or undefined for an empty string. */
  optional(type: string, length: number): Uint8Array | undefined {
    const { kind, size } = this.peek();
    if (kind === 'byte' || size > 0) return this.fixed(type, length);
    if (kind === 'list') throw typed('wrong kind of empty value (got List, want String)', `*${type}`);
    this.#head = undefined;
    return undefined;
  }

  /** A list of items of one kind. */
  list<T>(type: string, read: () => T): readonly T[] {
    this.enter(type);
    const items: T[] = [];
    while (this.hasMore) items.push(inside(`[${items.length}]`, read));
    this.leave(type);
    return items;
  }

  /** A list of fields, read by their names. */
  struct<T>(type: string, read: (field: <F>(name: string, one: () => F) => F) => T): T {
    this.enter(type);
    const value = read((name, one) => {
      try {
        return inside(`.${name}`, one);
      } catch (error) {
        if (error instanceof RlpComplaint && error.message === END_OF_LIST)
          throw typed('too few elements', type);
        throw error;
      }
    });
    this.leave(type);
    return value;
  }
}

/** Runs a reader of a whole value; a complaint that has a path gets the value's type before it. */
export function decodingInto<T>(type: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof TypedComplaint && error.hasPath) throw error.within(`(${type})`);
    throw error;
  }
}

function typed(what: string, type: string): TypedComplaint {
  return new TypedComplaint(`rlp: ${what} for ${type}`);
}

function inside<T>(part: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof TypedComplaint) throw error.within(part);
    throw error;
  }
}
