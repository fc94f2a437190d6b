/**
 * The seven BLS12-381 precompiles. https://eips.ethereum.org/EIPS/eip-2537
 * Addition takes any point of the curves; multiplication and pairing only points of the subgroups.
 */

import {
  addBls,
  type BlsPointLength,
  isBlsPairingOne,
  mapToBls,
  sumBlsProducts,
} from '../fields/bls12381.ts';
import { G1_ADD_GAS, G2_ADD_GAS, g1MsmGas, g2MsmGas, MAP_FP_GAS, MAP_FP2_GAS, pairingGas } from './blsGas.ts';
import { FP_LENGTH, FP2_LENGTH, G1_LENGTH, G2_LENGTH } from './blsPoints.ts';
import { booleanWord, type Precompile } from './precompile.ts';

const SCALAR_LENGTH = 32;
const G1_TERM_LENGTH = G1_LENGTH + SCALAR_LENGTH;
const G2_TERM_LENGTH = G2_LENGTH + SCALAR_LENGTH;
const PAIR_LENGTH = G1_LENGTH + G2_LENGTH;

/** Two points of the curve of G1 to their sum. */
export const blsG1Add: Precompile = {
  name: 'blsG1Add',
  gas: () => G1_ADD_GAS,
  run: (input) => (input.length === 2 * G1_LENGTH ? addBls(input, G1_LENGTH) : undefined),
};

/** Two points of the curve of G2 to their sum. */
export const blsG2Add: Precompile = {
  name: 'blsG2Add',
  gas: () => G2_ADD_GAS,
  run: (input) => (input.length === 2 * G2_LENGTH ? addBls(input, G2_LENGTH) : undefined),
};

/** Points of G1, each with any 256-bit scalar, to the sum of their products. */
export const blsG1Msm: Precompile = {
  name: 'blsG1Msm',
  gas: (input) => g1MsmGas(Math.floor(input.length / G1_TERM_LENGTH)),
  run: (input) => sumOfProducts(input, G1_LENGTH),
};

/** Points of G2, each with any 256-bit scalar, to the sum of their products. */
export const blsG2Msm: Precompile = {
  name: 'blsG2Msm',
  gas: (input) => g2MsmGas(Math.floor(input.length / G2_TERM_LENGTH)),
  run: (input) => sumOfProducts(input, G2_LENGTH),
};

/** Pairs of points of G1 and G2 to the word 1 or 0: whether the product of their pairings is one. */
export const blsPairing: Precompile = {
  name: 'blsPairing',
  gas: (input) => pairingGas(Math.floor(input.length / PAIR_LENGTH)),
  run(input) {
    if (input.length === 0 || input.length % PAIR_LENGTH !== 0) return undefined;
    const isOne = isBlsPairingOne(input);
    return isOne === undefined ? undefined : booleanWord(isOne);
  },
};

/** A field element to a point of G1 (RFC 9380: simplified SWU, isogeny, cofactor cleared). */
export const blsMapFpToG1: Precompile = {
  name: 'blsMapFpToG1',
  gas: () => MAP_FP_GAS,
  run: (input) => (input.length === FP_LENGTH ? mapToBls(input) : undefined),
};

/** An element of the quadratic extension to a point of G2, likewise. */
export const blsMapFp2ToG2: Precompile = {
  name: 'blsMapFp2ToG2',
  gas: () => MAP_FP2_GAS,
  run: (input) => (input.length === FP2_LENGTH ? mapToBls(input) : undefined),
};

/** Undefined when the length is wrong or a point is not in its subgroup, even where its scalar is zero. */
function sumOfProducts(input: Uint8Array, pointLength: BlsPointLength): Uint8Array | undefined {
  if (input.length === 0 || input.length % (pointLength + SCALAR_LENGTH) !== 0) return undefined;
  return sumBlsProducts(input, pointLength);
}
