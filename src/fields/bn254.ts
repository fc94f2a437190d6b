/**
 * Sums, products and pairings on bn254, by WebAssembly modules that are generated on first use, synchronously. For public
 * data only: how long it takes depends on the data.
 */

import { buildBn254Group } from './bn254Group.ts';
import { buildBn254Pairing, MOST_PAIRS } from './bn254Pairing.ts';
import { type Bn254Module, BUFFER_LENGTH, STATUS } from './bn254Parts.ts';
import { expectLength, expectMultiple } from './expectLength.ts';

interface Group {
  readonly buffer: Uint8Array;
  readonly add: () => number;
  readonly multiply: () => number;
}

interface Pairing {
  readonly buffer: Uint8Array;
  readonly begin: () => void;
  readonly readPair: (index: number) => number;
  readonly multiplyPairs: (count: number) => void;
  readonly isOne: () => number;
}

let group: Group | undefined;
let pairing: Pairing | undefined;

/**
 * The sum of two points of G1. A point is x and y, 32 big-endian bytes each, and zeros for infinity.
 *
 * @param points 128 bytes
 * @returns 64 bytes, or undefined when one of them is no point
 */
export function addBn254(points: Uint8Array): Uint8Array | undefined {
  expectLength('points', points, 128);
  const { buffer, add } = (group ??= start<Group>(buildBn254Group()));
  buffer.set(points);
  return add() === 1 ? buffer.slice(0, 64) : undefined;
}

/**
 * The product of a point of G1 and an integer.
 *
 * @param pointAndScalar 64 bytes of the point, 32 of the integer, of any size
 * @returns 64 bytes, or undefined when it is no point
 */
export function multiplyBn254(pointAndScalar: Uint8Array): Uint8Array | undefined {
  expectLength('point and scalar', pointAndScalar, 96);
  const { buffer, multiply } = (group ??= start<Group>(buildBn254Group()));
  buffer.set(pointAndScalar);
  return multiply() === 1 ? buffer.slice(0, 64) : undefined;
}

/**
 * Whether the product of the pairings of all pairs is one.
 *
 * @param pairs any number of 192 bytes: a point of G1 and one of G2, the imaginary part of each coordinate first
 * @returns undefined when one is no point of its group
 */
export function isBn254PairingOne(pairs: Uint8Array): boolean | undefined {
  expectMultiple('pairs', pairs, BUFFER_LENGTH);
  const { buffer, begin, readPair, multiplyPairs, isOne } = (pairing ??= start<Pairing>(buildBn254Pairing()));
  begin();
  let count = 0;
  let isEmpty = true;
  for (let at = 0; at < pairs.length; at += BUFFER_LENGTH) {
    buffer.set(pairs.subarray(at, at + BUFFER_LENGTH));
    const status = readPair(count);
    if (status === STATUS.invalid) return undefined;
    // A pair with infinity contributes one.
    if (status === STATUS.finite) count++;
    if (count === MOST_PAIRS) {
      multiplyPairs(count);
      count = 0;
      isEmpty = false;
    }
  }
  if (count > 0) multiplyPairs(count);
  else if (isEmpty) return true;
  return isOne() === 1;
}

function start<Exports>({ bytes, buffer }: Bn254Module): Exports & { readonly buffer: Uint8Array } {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const memory = exports['memory'] as WebAssembly.Memory;
  return { ...(exports as Exports), buffer: new Uint8Array(memory.buffer, buffer, BUFFER_LENGTH) };
}
