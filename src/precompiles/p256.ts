/** P256VERIFY: ECDSA on secp256r1. https://eips.ethereum.org/EIPS/eip-7951 */

import { EMPTY_BYTES } from '../bytes.ts';
import { verifyP256 } from '../fields/p256.ts';
import { booleanWord, type Precompile } from './precompile.ts';

const INPUT_LENGTH = 160;

/** hash, r, s, x, y to the word 1 when the signature is valid; empty, and no failure, when not. 6,900 gas. */
export const p256Verify: Precompile = {
  name: 'p256Verify',
  gas: () => 6900,
  run(input) {
    if (input.length !== INPUT_LENGTH) return EMPTY_BYTES;
    return verifyP256(input) ? booleanWord(true) : EMPTY_BYTES;
  },
};
