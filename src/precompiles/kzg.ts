/**
 * KZG point evaluation: proof that the polynomial behind a commitment has the value y at z.
 * https://eips.ethereum.org/EIPS/eip-4844#point-evaluation-precompile
 */

import type { WeierstrassPoint } from '@noble/curves/abstract/weierstrass.js';
import { concatBytes, equalBytes, fromHex } from '../bytes.ts';
import { BLS_ORDER, bls } from './blsPoints.ts';
import { noble } from './noble.ts';
import { type Lines, linesOf, type Pair, pairingProductIsOne } from './pairing.ts';
import { integerAt, type Precompile } from './precompile.ts';

const INPUT_LENGTH = 192;
const VERSION = 1;

/** FIELD_ELEMENTS_PER_BLOB and the modulus of the field: what callers learn about the proof system. */
const OUTPUT = fromHex(
  '0000000000000000000000000000000000000000000000000000000000001000' +
    '73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001',
);

/** [tau]₂, the only part of the ceremony's trusted setup that verification needs. */
const TAU_G2 =
  'b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72' +
  '185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2';

let negatedGenerator: Lines | undefined;
let tau: Lines | undefined;

/**
 * Whether the proof holds; undefined when an argument is malformed: z or y not below the group's order, a point of a
 * wrong length, not on the curve or not in G1.
 *
 * @param commitment 48 bytes, a compressed point of G1
 * @param z 32 bytes
 * @param y 32 bytes
 * @param proof 48 bytes, a compressed point of G1
 */
export function verifyKzgProof(
  commitment: Uint8Array,
  z: Uint8Array,
  y: Uint8Array,
  proof: Uint8Array,
): boolean | undefined {
  if (z.length !== 32 || y.length !== 32) return undefined;
  const at = integerAt(z, 0);
  const value = integerAt(y, 0);
  if (at >= BLS_ORDER || value >= BLS_ORDER) return undefined;
  const c = g1FromCompressed(commitment);
  const quotient = g1FromCompressed(proof);
  if (c === undefined || quotient === undefined) return undefined;

  const curve = bls();
  // e(C - y·G₁, G₂) = e(Q, (τ - z)·G₂), rearranged so that both points of G2 are constants, prepared once:
  // e(C - y·G₁ + z·Q, -G₂) · e(Q, τ·G₂) = 1
  negatedGenerator ??= linesOf(curve, curve.G2.Point.BASE.negate());
  tau ??= linesOf(curve, curve.G2.Point.fromHex(TAU_G2));
  const { BASE } = curve.G1.Point;
  const left = c.subtract(BASE.multiplyUnsafe(value)).add(quotient.multiplyUnsafe(at));
  const pairs: Pair[] = [];
  if (!left.is0()) pairs.push({ g1: left.toAffine(), g2: negatedGenerator });
  if (!quotient.is0()) pairs.push({ g1: quotient.toAffine(), g2: tau });
  return pairingProductIsOne(curve, pairs);
}

/** versioned hash, z, y, commitment, proof to two constants; fails unless the proof holds. 50,000 gas. */
export const kzgPointEvaluation: Precompile = {
  name: 'kzgPointEvaluation',
  gas: () => 50_000,
  run(input) {
    if (input.length !== INPUT_LENGTH) return undefined;
    const commitment = input.subarray(96, 144);
    const digest = noble('@noble/hashes/sha2.js').sha256(commitment);
    const versionedHash = concatBytes(Uint8Array.of(VERSION), digest.subarray(1));
    if (!equalBytes(versionedHash, input.subarray(0, 32))) return undefined;
    const holds = verifyKzgProof(
      commitment,
      input.subarray(32, 64),
      input.subarray(64, 96),
      input.subarray(144),
    );
    return holds === true ? OUTPUT.slice() : undefined;
  },
};

function g1FromCompressed(bytes: Uint8Array): WeierstrassPoint<bigint> | undefined {
  if (bytes.length !== 48) return undefined;
  try {
    // Checks the flags, the curve and the subgroup; its copy keeps nothing of the caller's memory.
    return bls().G1.Point.fromBytes(bytes);
  } catch {
    return undefined;
  }
}
