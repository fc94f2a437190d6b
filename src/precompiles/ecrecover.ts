/** ECRECOVER: the account that signed a hash. Yellow Paper, appendices E and F. */

import { bigIntToBytes, EMPTY_BYTES } from '../bytes.ts';
import { recoverPublicKey } from '../fields/secp256k1.ts';
import { keccak256 } from '../keccak.ts';
import { bytesAt, isZeroAt, type Precompile } from './precompile.ts';

const WORD_LIMIT = 1n << 256n;

/**
 * The 20-byte address whose key made this secp256k1 signature, or undefined when no key did. High `s` is accepted,
 * as ECRECOVER must; transactions check theirs before (EIP-2).
 *
 * @param hash the 32 bytes signed
 * @param r 256-bit; valid from 1 to the order of the curve - 1
 * @param s as `r`
 * @param oddY whether the point that `r` comes from has an odd y (v = 28)
 */
export function recoverAddress(
  hash: Uint8Array,
  r: bigint,
  s: bigint,
  oddY: boolean,
): Uint8Array | undefined {
  if (r <= 0n || r >= WORD_LIMIT || s <= 0n || s >= WORD_LIMIT) return undefined;
  return addressOf(recoverPublicKey(hash, bigIntToBytes(r, 32), bigIntToBytes(s, 32), oddY));
}

/** The address of a public key of 64 bytes. */
function addressOf(publicKey: Uint8Array | undefined): Uint8Array | undefined {
  return publicKey === undefined ? undefined : keccak256(publicKey).slice(12);
}

/** hash, v, r, s to the signer as a word; empty, and no failure, when there is none. 3,000 gas. */
export const ecrecover: Precompile = {
  name: 'ecrecover',
  gas: () => 3000,
  run(input) {
    const v = isZeroAt(input, 32, 31) ? input[63] : 0;
    if (v !== 27 && v !== 28) return EMPTY_BYTES;
    const address = addressOf(
      recoverPublicKey(bytesAt(input, 0, 32), bytesAt(input, 64, 32), bytesAt(input, 96, 32), v === 28),
    );
    if (address === undefined) return EMPTY_BYTES;
    const word = new Uint8Array(32);
    word.set(address, 12);
    return word;
  },
};
