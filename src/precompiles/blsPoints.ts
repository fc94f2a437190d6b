/**
 * Lengths in bytes of what the precompiles of BLS12-381 take: a field element is 64 bytes of which the first 16 are zero.
 * https://eips.ethereum.org/EIPS/eip-2537#fine-points-and-encoding-of-base-elements
 */

export const FP_LENGTH = 64;
export const FP2_LENGTH = 128;
export const G1_LENGTH = 128;
export const G2_LENGTH = 256;

/** The order of both groups, and of the field that scalars, z and y of KZG are in. */
export const BLS_ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
