/**
 * The seven BLS12-381 precompiles. https://eips.ethereum.org/EIPS/eip-2537
 * Addition takes any point of the curves; multiplication and pairing only points of the subgroups.
 */

import type { WeierstrassPoint, WeierstrassPointCons } from '@noble/curves/abstract/weierstrass.js';
import { addPoints, INVALID } from './affine.ts';
import { G1_ADD_GAS, G2_ADD_GAS, g1MsmGas, g2MsmGas, MAP_FP_GAS, MAP_FP2_GAS, pairingGas } from './blsGas.ts';
import {
  BLS_ORDER,
  bls,
  encodeG1,
  encodeG2,
  FP_LENGTH,
  FP2_LENGTH,
  fp2At,
  fpAt,
  G1_LENGTH,
  G2_LENGTH,
  g1At,
  g1CurvePointAt,
  g2At,
  g2CurvePointAt,
} from './blsPoints.ts';
import { noble } from './noble.ts';
import { type Fp2, linesOf, type Pair, pairingProductIsOne } from './pairing.ts';
import { booleanWord, integerAt, type Precompile } from './precompile.ts';

const SCALAR_LENGTH = 32;
const G1_TERM_LENGTH = G1_LENGTH + SCALAR_LENGTH;
const G2_TERM_LENGTH = G2_LENGTH + SCALAR_LENGTH;
const PAIR_LENGTH = G1_LENGTH + G2_LENGTH;

/**
 * Up to so many terms, doubling once for all of them (Strauss) is faster than sorting them into buckets (Pippenger):
 * 2.3 times for 16 terms, level from 200 to 500.
 */
const MOST_INTERLEAVED = 256;

/** Two points of the curve of G1 to their sum. */
export const blsG1Add: Precompile = {
  name: 'blsG1Add',
  gas: () => G1_ADD_GAS,
  run(input) {
    if (input.length !== 2 * G1_LENGTH) return undefined;
    const p = g1CurvePointAt(input, 0);
    const q = g1CurvePointAt(input, G1_LENGTH);
    if (p === INVALID || q === INVALID) return undefined;
    return encodeG1(addPoints(bls().fields.Fp, p, q));
  },
};

/** Two points of the curve of G2 to their sum. */
export const blsG2Add: Precompile = {
  name: 'blsG2Add',
  gas: () => G2_ADD_GAS,
  run(input) {
    if (input.length !== 2 * G2_LENGTH) return undefined;
    const p = g2CurvePointAt(input, 0);
    const q = g2CurvePointAt(input, G2_LENGTH);
    if (p === INVALID || q === INVALID) return undefined;
    return encodeG2(addPoints(bls().fields.Fp2, p, q));
  },
};

/** Points of G1, each with any 256-bit scalar, to the sum of their products. */
export const blsG1Msm: Precompile = {
  name: 'blsG1Msm',
  gas: (input) => g1MsmGas(Math.floor(input.length / G1_TERM_LENGTH)),
  run(input) {
    const sum = multiScalarMul(input, G1_LENGTH, g1At, () => bls().G1.Point);
    if (sum === undefined) return undefined;
    return encodeG1(sum.is0() ? undefined : sum.toAffine());
  },
};

/** Points of G2, each with any 256-bit scalar, to the sum of their products. */
export const blsG2Msm: Precompile = {
  name: 'blsG2Msm',
  gas: (input) => g2MsmGas(Math.floor(input.length / G2_TERM_LENGTH)),
  run(input) {
    const sum = multiScalarMul(input, G2_LENGTH, g2At, () => bls().G2.Point);
    if (sum === undefined) return undefined;
    return encodeG2(sum.is0() ? undefined : sum.toAffine());
  },
};

/** Pairs of points of G1 and G2 to the word 1 or 0: whether the product of their pairings is one. */
export const blsPairing: Precompile = {
  name: 'blsPairing',
  gas: (input) => pairingGas(Math.floor(input.length / PAIR_LENGTH)),
  run(input) {
    if (input.length === 0 || input.length % PAIR_LENGTH !== 0) return undefined;
    const pairs: Pair[] = [];
    for (let at = 0; at < input.length; at += PAIR_LENGTH) {
      const g1 = g1At(input, at);
      if (g1 === INVALID) return undefined;
      const g2 = g2At(input, at + G1_LENGTH);
      if (g2 === INVALID) return undefined;
      if (!g1.is0() && !g2.is0()) pairs.push({ g1: g1.toAffine(), g2: linesOf(bls(), g2) });
    }
    return booleanWord(pairingProductIsOne(bls(), pairs));
  },
};

/** A field element to a point of G1 (RFC 9380: simplified SWU, isogeny, cofactor cleared). */
export const blsMapFpToG1: Precompile = {
  name: 'blsMapFpToG1',
  gas: () => MAP_FP_GAS,
  run(input) {
    if (input.length !== FP_LENGTH) return undefined;
    const element = fpAt(input, 0);
    if (element === undefined) return undefined;
    const point = mapToG1(element);
    return encodeG1(point.is0() ? undefined : point.toAffine());
  },
};

/** An element of the quadratic extension to a point of G2, likewise. */
export const blsMapFp2ToG2: Precompile = {
  name: 'blsMapFp2ToG2',
  gas: () => MAP_FP2_GAS,
  run(input) {
    if (input.length !== FP2_LENGTH) return undefined;
    const element = fp2At(input, 0);
    if (element === undefined) return undefined;
    const point = mapToG2([element.c0, element.c1]);
    return encodeG2(point.is0() ? undefined : point.toAffine());
  },
};

// noble declares its inner, affine maps here; these are what runs: points with the cofactor cleared.
const mapToG1 = (element: bigint): WeierstrassPoint<bigint> =>
  (bls().G1.mapToCurve as unknown as (element: bigint) => WeierstrassPoint<bigint>)(element);
const mapToG2 = (element: bigint[]): WeierstrassPoint<Fp2> =>
  (bls().G2.mapToCurve as unknown as (element: bigint[]) => WeierstrassPoint<Fp2>)(element);

/** Undefined when the length is wrong or a point is not in its subgroup, even where its scalar is zero. */
function multiScalarMul<T>(
  input: Uint8Array,
  pointLength: number,
  pointAt: (input: Uint8Array, offset: number) => WeierstrassPoint<T> | typeof INVALID,
  constructorOf: () => WeierstrassPointCons<T>,
): WeierstrassPoint<T> | undefined {
  const termLength = pointLength + SCALAR_LENGTH;
  if (input.length === 0 || input.length % termLength !== 0) return undefined;
  const points: WeierstrassPoint<T>[] = [];
  const scalars: bigint[] = [];
  for (let at = 0; at < input.length; at += termLength) {
    const point = pointAt(input, at);
    if (point === INVALID) return undefined;
    const scalar = integerAt(input, at + pointLength, SCALAR_LENGTH) % BLS_ORDER;
    if (scalar === 0n || point.is0()) continue;
    points.push(point);
    scalars.push(scalar);
  }
  if (points.length === 0) return constructorOf().ZERO;
  const { mulAddUnsafe, pippenger } = noble('@noble/curves/abstract/curve.js');
  const sum = points.length <= MOST_INTERLEAVED ? mulAddUnsafe : pippenger;
  return sum(constructorOf(), points, scalars);
}
