/** P256VERIFY: ECDSA on secp256r1. https://eips.ethereum.org/EIPS/eip-7951 */

import { EMPTY_BYTES } from '../bytes.ts';
import { noble } from './noble.ts';
import { booleanWord, type Precompile } from './precompile.ts';

const INPUT_LENGTH = 160;

/** hash, r, s, x, y to the word 1 when the signature is valid; empty, and no failure, when not. 6,900 gas. */
export const p256Verify: Precompile = {
  name: 'p256Verify',
  gas: () => 6900,
  run(input) {
    if (input.length !== INPUT_LENGTH) return EMPTY_BYTES;
    const publicKey = new Uint8Array(65);
    publicKey[0] = 4; // SEC 1: an uncompressed point
    publicKey.set(input.subarray(96), 1);
    return isValid(input.slice(0, 32), input.slice(32, 96), publicKey) ? booleanWord(true) : EMPTY_BYTES;
  },
};

function isValid(hash: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    const { p256 } = noble('@noble/curves/nist.js');
    return p256.verify(signature, hash, publicKey, { prehash: false, lowS: false });
  } catch {
    return false;
  }
}
