/** ECRECOVER: the account that signed a hash. Yellow Paper, appendices E and F. */

import { EMPTY_BYTES } from '../bytes.ts';
import { noble } from './noble.ts';
import { bytesAt, integerAt, type Precompile } from './precompile.ts';

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
  const { secp256k1 } = noble('@noble/curves/secp256k1.js');
  try {
    const signature = new secp256k1.Signature(r, s, oddY ? 1 : 0);
    const publicKey = signature.recoverPublicKey(hash).toBytes(false);
    return noble('@noble/hashes/sha3.js').keccak_256(publicKey.subarray(1)).slice(12);
  } catch {
    // noble throws where a value is out of range, r is no x on the curve or the key would be infinity.
    return undefined;
  }
}

/** hash, v, r, s to the signer as a word; empty, and no failure, when there is none. 3,000 gas. */
export const ecrecover: Precompile = {
  name: 'ecrecover',
  gas: () => 3000,
  run(input) {
    const v = integerAt(input, 32);
    if (v !== 27n && v !== 28n) return EMPTY_BYTES;
    const address = recoverAddress(
      bytesAt(input, 0, 32),
      integerAt(input, 64),
      integerAt(input, 96),
      v === 28n,
    );
    if (address === undefined) return EMPTY_BYTES;
    const word = new Uint8Array(32);
    word.set(address, 12);
    return word;
  },
};
