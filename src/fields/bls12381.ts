/**
 * Sums of points and of products, pairings and maps from fields, on BLS12-381, by WebAssembly modules that are generated on first use,
 * synchronously. For public data only: how long it takes depends on the data. Points are bytes as in
 * https://eips.ethereum.org/EIPS/eip-2537: 128 of G1, 256 of G2.
 */

import { bigIntToBytes, bytesToBigInt } from '../bytes.ts';
import { type BlsModule, buildBlsG1, buildBlsG2, MOST_TERMS } from './blsGroup.ts';
import { buildBlsMapG1, buildBlsMapG2 } from './blsMap.ts';
import { buildBlsPairing, MOST_PAIRS, PAIR_LENGTH } from './blsPairing.ts';
import { PADDING, PART_LENGTH, STATUS } from './blsParts.ts';
import { expectLength, expectMultiple } from './expectLength.ts';

const SCALAR_LENGTH = 32;

interface Group {
  readonly memory: Uint8Array;
  readonly buffer: number;
  readonly factor: bigint;
  readonly scalarParts: number;
  readonly add: () => number;
  readonly begin: () => void;
  readonly readTerm: (index: number) => number;
  readonly sumTerms: (count: number) => void;
  readonly finish: () => void;
}

interface Pairing {
  readonly memory: Uint8Array;
  readonly buffer: number;
  readonly begin: () => void;
  readonly readPair: (index: number) => number;
  readonly multiplyPairs: (count: number) => void;
  readonly isOne: () => number;
  readonly keepLines: (index: number) => number;
  readonly readFirst: (index: number) => number;
  readonly multiplyKept: (which: number) => void;
}

interface Group1 extends Group {
  readonly decompress: (isGreater: number) => number;
}

interface Mapping {
  readonly memory: Uint8Array;
  readonly buffer: number;
  readonly map: () => number;
}

let g1: Group1 | undefined;
let g2: Group | undefined;
let pairing: Pairing | undefined;
let mapG1: Mapping | undefined;
let mapG2: Mapping | undefined;

const groupOf = {
  128: () => (g1 ??= start<Group1>(buildBlsG1())),
  256: () => (g2 ??= start<Group>(buildBlsG2())),
} as const;

/** The length of a point: 128 bytes in G1, 256 in G2. */
export type BlsPointLength = keyof typeof groupOf;

/** The sum of two points of a curve, in the subgroup or not; undefined when one of them is no point of it. */
export function addBls(points: Uint8Array, length: BlsPointLength): Uint8Array | undefined {
  expectLength('points', points, 2 * length);
  const { memory, buffer, add } = groupOf[length]();
  memory.set(points, buffer);
  return add() === STATUS.invalid ? undefined : memory.slice(buffer, buffer + length);
}

/**
 * The sum of the products of points and integers.
 *
 * @param terms any number of a point, which must be in the subgroup, and 32 bytes of an integer of any size
 * @returns undefined when one is no point of the subgroup
 */
export function sumBlsProducts(terms: Uint8Array, length: BlsPointLength): Uint8Array | undefined {
  const { memory, buffer, factor, scalarParts, begin, readTerm, sumTerms, finish } = groupOf[length]();
  const termLength = length + SCALAR_LENGTH;
  expectMultiple('terms', terms, termLength);
  let count = 0;
  begin();
  for (let at = 0; at < terms.length; at += termLength) {
    memory.set(terms.subarray(at, at + length), buffer);
    let rest = bytesToBigInt(terms.subarray(at + length, at + termLength));
    for (let part = 0; part < scalarParts; part++) {
      const isLast = part === scalarParts - 1;
      memory.set(bigIntToBytes(isLast ? rest : rest % factor, 32), buffer + length + 32 * part);
      rest /= factor;
    }
    const status = readTerm(count);
    if (status === STATUS.invalid) return undefined;
    if (status === STATUS.finite) count++;
    if (count === MOST_TERMS) {
      sumTerms(count);
      count = 0;
    }
  }
  if (count > 0) sumTerms(count);
  finish();
  return memory.slice(buffer, buffer + length);
}

const COMPRESSED_LENGTH = 48;
// The three highest bits of a compressed point: that it is one, that it is infinity, that its y is the greater.
const COMPRESSED = 0x80;
const INFINITY = 0x40;
const GREATER = 0x20;

/**
 * A point of G1's curve, in the subgroup or not, from its 48 compressed bytes.
 * https://github.com/zcash/librustzcash/blob/6e0364cd42a2b3d2b958a54771ef51a8db79dd29/pairing/src/bls12_381/README.md
 *
 * @returns 128 bytes, or undefined when they are no point
 */
export function decompressBlsG1(compressed: Uint8Array): Uint8Array | undefined {
  if (compressed.length !== COMPRESSED_LENGTH) return undefined;
  const flags = compressed[0] & (COMPRESSED | INFINITY | GREATER);
  if ((flags & COMPRESSED) === 0) return undefined;
  if ((flags & INFINITY) !== 0) {
    const isZero =
      compressed[0] === (COMPRESSED | INFINITY) && compressed.every((byte, i) => i === 0 || byte === 0);
    return isZero ? new Uint8Array(128) : undefined;
  }
  const { memory, buffer, decompress } = (g1 ??= start<Group1>(buildBlsG1()));
  memory.fill(0, buffer, buffer + 128);
  memory.set(compressed, buffer + 16);
  memory[buffer + 16] &= GREATER - 1;
  const status = decompress((flags & GREATER) === 0 ? 0 : 1);
  return status === STATUS.invalid ? undefined : memory.slice(buffer, buffer + 128);
}

/**
 * Whether the product of the pairings of all pairs is one.
 *
 * @param pairs any number of 384 bytes: a point of G1 and one of G2
 * @returns undefined when one is no point of its subgroup
 */
export function isBlsPairingOne(pairs: Uint8Array): boolean | undefined {
  pairing ??= start<Pairing>(buildBlsPairing());
  return multiplyPairs(pairs, pairing, pairing.readPair);
}

/**
 * Whether the product of two pairings is one, for two points of G2 that are the same every time: what can be computed from
 * them alone is, here. None of the points is checked to be in its subgroup.
 *
 * @param fixed two points of G2, 256 bytes each, neither of them infinity
 * @returns a function of two points of G1, 128 bytes each, that returns undefined when one is no point of the curve
 */
export function fixedBlsPairing(fixed: Uint8Array): (points: Uint8Array) => boolean | undefined {
  expectLength('fixed', fixed, 512);
  const own = start<Pairing>(buildBlsPairing());
  const { memory, buffer } = own;
  for (const index of [0, 1]) {
    memory.set(fixed.subarray(256 * index, 256 * index + 256), buffer);
    if (own.keepLines(index) !== STATUS.finite) throw new RangeError('fixed: expected points of G2');
  }
  return (points) => {
    expectLength('points', points, 256);
    let which = 0;
    own.begin();
    for (const index of [0, 1]) {
      memory.set(points.subarray(128 * index, 128 * index + 128), buffer);
      const status = own.readFirst(index);
      if (status === STATUS.invalid) return undefined;
      if (status === STATUS.finite) which |= 1 << index;
    }
    own.multiplyKept(which);
    return own.isOne() === 1;
  };
}

function multiplyPairs(
  pairs: Uint8Array,
  { memory, buffer, begin, multiplyPairs, isOne }: Pairing,
  read: (index: number) => number,
): boolean | undefined {
  expectMultiple('pairs', pairs, PAIR_LENGTH);
  let count = 0;
  let isEmpty = true;
  begin();
  for (let at = 0; at < pairs.length; at += PAIR_LENGTH) {
    memory.set(pairs.subarray(at, at + PAIR_LENGTH), buffer);
    const status = read(count);
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

/**
 * The point of the subgroup that RFC 9380 maps an element to.
 *
 * @param element 64 bytes of a field element for G1; 128, real part first, for G2
 * @returns 128 or 256 bytes, or undefined when they are no element
 */
export function mapToBls(element: Uint8Array): Uint8Array | undefined {
  if (element.length !== PART_LENGTH) expectLength('element', element, 2 * PART_LENGTH);
  const { memory, buffer, map } =
    element.length === PART_LENGTH
      ? (mapG1 ??= start<Mapping>(buildBlsMapG1()))
      : (mapG2 ??= start<Mapping>(buildBlsMapG2()));
  for (let at = 0; at < element.length; at++) {
    if (at % PART_LENGTH < PADDING && element[at] !== 0) return undefined;
  }
  memory.set(element, buffer);
  return map() === STATUS.invalid ? undefined : memory.slice(buffer, buffer + 2 * element.length);
}

/** The exports of a module, its memory, and what else is known of it. */
function start<Exports>({ bytes, ...rest }: BlsModule): Exports & { memory: Uint8Array; buffer: number } {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const memory = new Uint8Array((exports['memory'] as WebAssembly.Memory).buffer);
  return { ...(exports as Exports), ...rest, memory };
}
