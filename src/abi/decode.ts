/** ABI-encoded bytes to values. The bytes are untrusted: lengths and offsets are held against what is there. */

import { type Hex, toHex } from '../bytes.ts';
import { type AbiParameter, type AbiType, headSize, isDynamic } from './abiType.ts';

/** A decoded value: integers, booleans, text, bytes and addresses as hex, arrays and tuples. */
export type AbiValue = bigint | boolean | string | readonly AbiValue[];

/** Offsets may point to the same bytes again and again: a few hundred bytes can spell more values than memory holds. */
const MOST_VALUES = 10_000;

/**
 * The values of parameters.
 * @returns undefined where the bytes are no encoding of them
 */
export function decodeParameters(
  parameters: readonly AbiParameter[],
  data: Uint8Array,
): readonly AbiValue[] | undefined {
  try {
    return new Decoder(data).members(parameters, 0);
  } catch (error) {
    if (error instanceof NoEncoding) return undefined;
    throw error;
  }
}

class NoEncoding extends Error {}

class Decoder {
  readonly #data: Uint8Array;
  #values = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  members(parameters: readonly AbiParameter[], start: number): AbiValue[] {
    let at = start;
    return parameters.map(({ type }) => {
      const value = this.#valueAt(type, start, at);
      at += headSize(type);
      return value;
    });
  }

  /** A value whose head is at a place; offsets count from the start of what encloses it. */
  #valueAt(type: AbiType, start: number, head: number): AbiValue {
    return this.#value(type, isDynamic(type) ? start + this.#size(head) : head);
  }

  #value(type: AbiType, at: number): AbiValue {
    if (++this.#values > MOST_VALUES) throw new NoEncoding();
    switch (type.kind) {
      case 'uint':
        return this.#below(this.#word(at), 1n << BigInt(type.bits));
      case 'int': {
        const value = BigInt.asIntN(256, this.#word(at));
        if (BigInt.asIntN(type.bits, value) !== value) throw new NoEncoding();
        return value;
      }
      case 'address':
        return `0x${this.#below(this.#word(at), 1n << 160n)
          .toString(16)
          .padStart(40, '0')}`;
      case 'bool':
        return this.#below(this.#word(at), 2n) === 1n;
      case 'fixedBytes':
        return toHex(this.#padded(at, type.size));
      case 'function':
        return toHex(this.#padded(at, 24));
      case 'bytes':
        return this.#bytes(at);
      case 'string':
        return this.#text(at);
      case 'tuple':
        return this.members(type.members, at);
      case 'array':
        return type.length === undefined
          ? this.#elements(type.of, at + 32, this.#size(at))
          : this.#elements(type.of, at, type.length);
    }
  }

  #elements(of: AbiType, start: number, length: number): AbiValue[] {
    if (length > MOST_VALUES) throw new NoEncoding();
    return Array.from({ length }, (_, i) => this.#valueAt(of, start, start + i * headSize(of)));
  }

  #bytes(at: number): Hex {
    return toHex(this.#slice(at + 32, this.#size(at)));
  }

  #text(at: number): string {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(this.#slice(at + 32, this.#size(at)));
    } catch {
      throw new NoEncoding();
    }
  }

  #padded(at: number, size: number): Uint8Array {
    if (this.#slice(at + size, 32 - size).some((byte) => byte !== 0)) throw new NoEncoding();
    return this.#slice(at, size);
  }

  /** An offset or a length. Nothing that is there can be beyond the end. */
  #size(at: number): number {
    return Number(this.#below(this.#word(at), BigInt(this.#data.length + 1)));
  }

  #word(at: number): bigint {
    return BigInt(toHex(this.#slice(at, 32)));
  }

  #slice(at: number, size: number): Uint8Array {
    if (at + size > this.#data.length) throw new NoEncoding();
    return this.#data.subarray(at, at + size);
  }

  #below(value: bigint, limit: bigint): bigint {
    if (value >= limit) throw new NoEncoding();
    return value;
  }
}
