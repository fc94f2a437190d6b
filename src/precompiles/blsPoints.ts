/**
 * Field elements and points of BLS12-381 as bytes: a field element is 64 bytes of which the first 16 are zero, the
 * real part of a pair comes first, and infinity is all zeros.
 * https://eips.ethereum.org/EIPS/eip-2537#fine-points-and-encoding-of-base-elements
 */

import type { BlsCurvePairWithHashers } from '@noble/curves/abstract/bls.js';
import { bigIntToBytes } from '../bytes.ts';
import { noble } from './noble.ts';
import { integerAt, isZeroAt } from './precompile.ts';

export const FP_LENGTH = 64;
export const FP2_LENGTH = 2 * FP_LENGTH;
export const G1_LENGTH = 128;
export const G2_LENGTH = 256;

/** The zero bytes that fill a field element up to 64 bytes. */
const FP_PADDING = 16;

/** The field that coordinates are in. */
export const BLS_FIELD =
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn;

/** The order of both groups, and of the field that scalars, z and y of KZG are in. */
export const BLS_ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;

/** An element of the quadratic extension: c0 + c1·u. */
export interface Fp2 {
  readonly c0: bigint;
  readonly c1: bigint;
}

/** A point by its coordinates. */
interface AffinePoint<Coordinate> {
  readonly x: Coordinate;
  readonly y: Coordinate;
}

/** noble's curve, loaded at the first use. */
export const bls = (): BlsCurvePairWithHashers => noble('@noble/curves/bls12-381.js').bls12_381;

/** A field element; undefined when it is not below the field's order. */
export function fpAt(input: Uint8Array, offset: number): bigint | undefined {
  if (!isZeroAt(input, offset, FP_PADDING)) return undefined;
  const value = integerAt(input, offset + FP_PADDING, FP_LENGTH - FP_PADDING);
  return value < BLS_FIELD ? value : undefined;
}

/** An element of the quadratic extension; undefined when a part of it is no field element. */
export function fp2At(input: Uint8Array, offset: number): Fp2 | undefined {
  const c0 = fpAt(input, offset);
  const c1 = fpAt(input, offset + FP_LENGTH);
  return c0 === undefined || c1 === undefined ? undefined : { c0, c1 };
}

/** A point of G1 as 128 bytes; undefined is infinity. */
export function encodeG1(point: AffinePoint<bigint> | undefined): Uint8Array {
  return encode(point === undefined ? [0n, 0n] : [point.x, point.y]);
}

/** A point of G2 as 256 bytes; undefined is infinity. */
export function encodeG2(point: AffinePoint<Fp2> | undefined): Uint8Array {
  if (point === undefined) return encode([0n, 0n, 0n, 0n]);
  return encode([point.x.c0, point.x.c1, point.y.c0, point.y.c1]);
}

function encode(elements: readonly bigint[]): Uint8Array {
  const output = new Uint8Array(elements.length * FP_LENGTH);
  elements.forEach((element, i) => {
    output.set(bigIntToBytes(element, FP_LENGTH), i * FP_LENGTH);
  });
  return output;
}
