/**
 * Addition, multiplication and pairing on bn254 (alt_bn128). https://eips.ethereum.org/EIPS/eip-196,
 * https://eips.ethereum.org/EIPS/eip-197; repriced by https://eips.ethereum.org/EIPS/eip-1108
 */

import { addBn254, isBn254PairingOne, multiplyBn254 } from '../fields/bn254.ts';
import type { PrecompileName } from '../protocol/forks.ts';
import { booleanWord, bytesAt, type Precompile } from './precompile.ts';

const PAIR_LENGTH = 192;

/** Two points of G1 to their sum. */
const add = (name: PrecompileName, gas: number): Precompile => ({
  name,
  gas: () => gas,
  run: (input) => addBn254(bytesAt(input, 0, 128)),
});

/** A point of G1 and any 256-bit scalar to their product. */
const mul = (name: PrecompileName, gas: number): Precompile => ({
  name,
  gas: () => gas,
  run: (input) => multiplyBn254(bytesAt(input, 0, 96)),
});

/** Pairs of points of G1 and G2 to the word 1 or 0: whether the product of their pairings is one. */
const pairing = (name: PrecompileName, baseGas: number, pairGas: number): Precompile => ({
  name,
  gas: (input) => baseGas + pairGas * Math.floor(input.length / PAIR_LENGTH),
  run(input) {
    if (input.length % PAIR_LENGTH !== 0) return undefined;
    const isOne = isBn254PairingOne(input);
    return isOne === undefined ? undefined : booleanWord(isOne);
  },
});

export const bn254AddByzantium = add('bn254AddByzantium', 500);
export const bn254AddIstanbul = add('bn254AddIstanbul', 150);
export const bn254MulByzantium = mul('bn254MulByzantium', 40_000);
export const bn254MulIstanbul = mul('bn254MulIstanbul', 6000);
export const bn254PairingByzantium = pairing('bn254PairingByzantium', 100_000, 80_000);
export const bn254PairingIstanbul = pairing('bn254PairingIstanbul', 45_000, 34_000);
