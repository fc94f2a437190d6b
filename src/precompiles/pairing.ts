/** The pairing check that bn254, BLS12-381 and KZG share. */

import type { BlsCurvePair } from '@noble/curves/abstract/bls.js';
import type { WeierstrassPoint } from '@noble/curves/abstract/weierstrass.js';
import type { AffinePoint } from './affine.ts';

/** An element of the quadratic extension: c0 + c1·u. */
export interface Fp2 {
  readonly c0: bigint;
  readonly c1: bigint;
}

/** A point of G2 prepared for the Miller loop: the coefficients of its lines. */
export type Lines = ReturnType<BlsCurvePair['utils']['calcPairingPrecomputes']>;

/** A point of G1 and the prepared point of G2 that it is paired with; neither is infinity. */
export interface Pair {
  readonly g1: AffinePoint<bigint>;
  readonly g2: Lines;
}

/** Prepares a finite point of G2. The lines serve any number of pairings. */
export function linesOf(curve: BlsCurvePair, g2: WeierstrassPoint<Fp2>): Lines {
  return curve.utils.calcPairingPrecomputes(g2);
}

/** Whether the product of all pairings is one. Points at infinity contribute one: leave them out. */
export function pairingProductIsOne(curve: BlsCurvePair, pairs: readonly Pair[]): boolean {
  if (pairs.length === 0) return true;
  // Not `pairingBatch`: it would check again, at the price of a scalar multiplication, that points are in their
  // subgroups.
  const product = curve.millerLoopBatch(pairs.map(({ g1, g2 }) => [g2, g1.x, g1.y]));
  const { Fp12 } = curve.fields;
  return Fp12.eql(Fp12.finalExponentiate(product), Fp12.ONE);
}
