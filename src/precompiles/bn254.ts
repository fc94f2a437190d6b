/**
 * Addition, multiplication and pairing on bn254 (alt_bn128). https://eips.ethereum.org/EIPS/eip-196,
 * https://eips.ethereum.org/EIPS/eip-197; repriced by https://eips.ethereum.org/EIPS/eip-1108
 */

import type { BlsCurvePair } from '@noble/curves/abstract/bls.js';
import { bigIntToBytes } from '../bytes.ts';
import type { PrecompileName } from '../protocol/forks.ts';
import { type AffinePoint, addPoints, type Decoded, INVALID, isOnCurve } from './affine.ts';
import { noble } from './noble.ts';
import { type Fp2, linesOf, type Pair, pairingProductIsOne } from './pairing.ts';
import { booleanWord, integerAt, type Precompile } from './precompile.ts';

const G1_LENGTH = 64;
const PAIR_LENGTH = 192;
const G1_B = 3n;
const FIELD = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;
const ORDER = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;

/** 3 / (9 + i), the constant of the twist that G2 lies on. */
const G2_B: Fp2 = {
  c0: 0x2b149d40ceb8aaae81be18991be06ac3b5b4c5e559dbefa33267e6dc24a138e5n,
  c1: 0x009713b03af0fed4cd2cafadeed8fdf4a74fa084e52d1852e4a2bd0685c315d2n,
};

const curve = (): BlsCurvePair => noble('@noble/curves/bn254.js').bn254;

/** A point of G1; it has prime order, so the curve equation is the whole check. Undefined is infinity. */
function g1At(input: Uint8Array, offset: number): Decoded<bigint> {
  const x = integerAt(input, offset);
  const y = integerAt(input, offset + 32);
  if (x === 0n && y === 0n) return undefined;
  if (x >= FIELD || y >= FIELD) return INVALID;
  const point = { x, y };
  return isOnCurve(curve().fields.Fp, G1_B, point) ? point : INVALID;
}

/** A point of G2 in its subgroup, imaginary parts first. Undefined is infinity. */
function g2At(input: Uint8Array, offset: number): Decoded<Fp2> {
  const [xi, xr, yi, yr] = [0, 32, 64, 96].map((at) => integerAt(input, offset + at));
  if (xi >= FIELD || xr >= FIELD || yi >= FIELD || yr >= FIELD) return INVALID;
  if ((xi | xr | yi | yr) === 0n) return undefined;
  const point = { x: { c0: xr, c1: xi }, y: { c0: yr, c1: yi } };
  if (!isOnCurve(curve().fields.Fp2, G2_B, point)) return INVALID;
  return curve().G2.Point.fromAffine(point).isTorsionFree() ? point : INVALID;
}

function encodeG1(point: AffinePoint<bigint> | undefined): Uint8Array {
  const output = new Uint8Array(G1_LENGTH);
  if (point !== undefined) {
    output.set(bigIntToBytes(point.x, 32));
    output.set(bigIntToBytes(point.y, 32), 32);
  }
  return output;
}

/** Two points of G1 to their sum. */
const add = (name: PrecompileName, gas: number): Precompile => ({
  name,
  gas: () => gas,
  run(input) {
    const p = g1At(input, 0);
    const q = g1At(input, G1_LENGTH);
    if (p === INVALID || q === INVALID) return undefined;
    return encodeG1(addPoints(curve().fields.Fp, p, q));
  },
});

/** A point of G1 and any 256-bit scalar to their product. */
const mul = (name: PrecompileName, gas: number): Precompile => ({
  name,
  gas: () => gas,
  run(input) {
    const p = g1At(input, 0);
    if (p === INVALID) return undefined;
    const scalar = integerAt(input, G1_LENGTH) % ORDER;
    if (p === undefined || scalar === 0n) return encodeG1(undefined);
    return encodeG1(curve().G1.Point.fromAffine(p).multiplyUnsafe(scalar).toAffine());
  },
});

/** Pairs of points of G1 and G2 to the word 1 or 0: whether the product of their pairings is one. */
const pairing = (name: PrecompileName, baseGas: number, pairGas: number): Precompile => ({
  name,
  gas: (input) => baseGas + pairGas * Math.floor(input.length / PAIR_LENGTH),
  run(input) {
    if (input.length % PAIR_LENGTH !== 0) return undefined;
    const pairs: Pair[] = [];
    for (let at = 0; at < input.length; at += PAIR_LENGTH) {
      const g1 = g1At(input, at);
      if (g1 === INVALID) return undefined;
      const g2 = g2At(input, at + G1_LENGTH);
      if (g2 === INVALID) return undefined;
      if (g1 === undefined || g2 === undefined) continue;
      pairs.push({ g1, g2: linesOf(curve(), curve().G2.Point.fromAffine(g2)) });
    }
    return booleanWord(pairingProductIsOne(curve(), pairs));
  },
});

export const bn254AddByzantium = add('bn254AddByzantium', 500);
export const bn254AddIstanbul = add('bn254AddIstanbul', 150);
export const bn254MulByzantium = mul('bn254MulByzantium', 40_000);
export const bn254MulIstanbul = mul('bn254MulIstanbul', 6000);
export const bn254PairingByzantium = pairing('bn254PairingByzantium', 100_000, 80_000);
export const bn254PairingIstanbul = pairing('bn254PairingIstanbul', 45_000, 34_000);
