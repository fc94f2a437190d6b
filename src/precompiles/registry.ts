/** All precompiles by name. Which fork has which one, and at which address, is in `protocol/forks.ts`. */

import type { PrecompileName } from '../protocol/forks.ts';
import { blake2f } from './blake2f.ts';
import {
  blsG1Add,
  blsG1Msm,
  blsG2Add,
  blsG2Msm,
  blsMapFp2ToG2,
  blsMapFpToG1,
  blsPairing,
} from './bls12381.ts';
import {
  bn254AddByzantium,
  bn254AddIstanbul,
  bn254MulByzantium,
  bn254MulIstanbul,
  bn254PairingByzantium,
  bn254PairingIstanbul,
} from './bn254.ts';
import { ecrecover } from './ecrecover.ts';
import { kzgPointEvaluation } from './kzg.ts';
import { identity, ripemd160, sha256 } from './linear.ts';
import { modexpBerlin, modexpByzantium, modexpOsaka } from './modexp.ts';
import { p256Verify } from './p256.ts';
import type { Precompile } from './precompile.ts';

/** Who computes them is in `providers.ts`. A host with faster ones of its own hands them to `createEvm`. */
export const PRECOMPILES: Readonly<Record<PrecompileName, Precompile>> = {
  ecrecover,
  sha256,
  ripemd160,
  identity,
  modexpByzantium,
  modexpBerlin,
  modexpOsaka,
  bn254AddByzantium,
  bn254AddIstanbul,
  bn254MulByzantium,
  bn254MulIstanbul,
  bn254PairingByzantium,
  bn254PairingIstanbul,
  blake2f,
  kzgPointEvaluation,
  blsG1Add,
  blsG1Msm,
  blsG2Add,
  blsG2Msm,
  blsPairing,
  blsMapFpToG1,
  blsMapFp2ToG2,
  p256Verify,
};
