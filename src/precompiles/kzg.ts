/**
 * KZG point evaluation: proof that the polynomial behind a commitment has the value y at z.
 * https://eips.ethereum.org/EIPS/eip-4844#point-evaluation-precompile
 */

import { bigIntToBytes, concatBytes, equalBytes, fromHex } from '../bytes.ts';
import { decompressBlsG1, fixedBlsPairing, sumBlsProducts } from '../fields/bls12381.ts';
import { BLS_ORDER, FP_LENGTH, G1_LENGTH } from './blsPoints.ts';
import { sha256 } from './hashes.ts';
import { integerAt, type Precompile } from './precompile.ts';

const INPUT_LENGTH = 192;
const VERSION = 1;
const ONE = bigIntToBytes(1n, 32);

/** FIELD_ELEMENTS_PER_BLOB and the modulus of the field: what callers learn about the proof system. */
const OUTPUT = fromHex(
  '0000000000000000000000000000000000000000000000000000000000001000' +
    '73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001',
);

/** A point by its coordinates of 48 bytes each, filled up as the functions of the curve want them. */
const point = (...coordinates: readonly string[]): Uint8Array =>
  concatBytes(...coordinates.map((coordinate) => fromHex(coordinate.padStart(2 * FP_LENGTH, '0'))));

/** [tau]₂, the only part of the ceremony's trusted setup that verification needs. */
const TAU_G2 = point(
  '185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2',
  '15bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72',
  '014353bdb96b626dd7d5ee8599d1fca2131569490e28de18e82451a496a9c9794ce26d105941f383ee689bfbbb832a99',
  '1666c54b0a32529503432fcae0181b4bef79de09fc63671fda5ed1ba9bfa07899495346f3d7ac9cd23048ef30d0a154f',
);

/** The negative of the generator of G2. */
const NEGATED_G2 = point(
  '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8',
  '13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e',
  '0d1b3cc2c7027888be51d9ef691d77bcb679afda66c73f17f9ee3837a55024f78c71363275a75d75d86bab79f74782aa',
  '13fa4d4a0ad8b1ce186ed5061789213d993923066dddaf1040bc3ff59f825c78df74f2d75467e25e0f55f8a00fa030ed',
);

/** The generator of G1. */
const G1 = point(
  '17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb',
  '08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1',
);

let isPairingOne: ((points: Uint8Array) => boolean | undefined) | undefined;

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
  const c = decompressBlsG1(commitment);
  const quotient = decompressBlsG1(proof);
  if (c === undefined || quotient === undefined) return undefined;

  // e(C - y·G₁, G₂) = e(Q, (τ - z)·G₂), rearranged so that both points of G2 are constants:
  // e(C - y·G₁ + z·Q, -G₂) · e(Q, τ·G₂) = 1
  const minusValue = bigIntToBytes(value === 0n ? 0n : BLS_ORDER - value, 32);
  const left = sumBlsProducts(concatBytes(c, ONE, quotient, z, G1, minusValue), G1_LENGTH);
  // The sum is undefined when the commitment or the proof is no point of the subgroup.
  if (left === undefined) return undefined;
  isPairingOne ??= fixedBlsPairing(concatBytes(NEGATED_G2, TAU_G2));
  return isPairingOne(concatBytes(left, quotient));
}

/** versioned hash, z, y, commitment, proof to two constants; fails unless the proof holds. 50,000 gas. */
export const kzgPointEvaluation: Precompile = {
  name: 'kzgPointEvaluation',
  gas: () => 50_000,
  run(input) {
    if (input.length !== INPUT_LENGTH) return undefined;
    const commitment = input.subarray(96, 144);
    const digest = sha256(commitment);
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
