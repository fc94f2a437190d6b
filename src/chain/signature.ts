/** ECDSA over secp256k1, as transactions and authorizations use it: over a keccak-256 hash, with recovery. */

import { type Address, toAddress } from '../bytes.ts';
import { keccak256 } from '../keccak.ts';
import * as precompile from '../precompiles/ecrecover.ts';
import { signingCurve as curve } from './signingCurve.ts';
import type { Signature } from './transaction.ts';

/** The order of the group: r and s of a signature lie between 0 and it, both exclusive. */
export const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** The greatest s that is "low", floor(order / 2). https://eips.ethereum.org/EIPS/eip-2 */
export const GREATEST_LOW_S = SECP256K1_ORDER / 2n;

/** The address of an uncompressed public key: 65 bytes, the first of them 0x04. */
function addressOfPublicKey(publicKey: Uint8Array): Address {
  return toAddress(keccak256(publicKey.subarray(1)).subarray(12));
}

/**
 * The address that belongs to a private key.
 * @param privateKey 32 bytes, an integer between 0 and the order of the group, both exclusive
 * @throws {RangeError} when it is not such a key
 */
export function addressOfPrivateKey(privateKey: Uint8Array): Address {
  checkPrivateKey(privateKey);
  return addressOfPublicKey(curve().getPublicKey(privateKey, false));
}

/**
 * Signs a hash of 32 bytes; deterministic (RFC 6979), with a low s.
 * @param privateKey 32 bytes
 * @throws {RangeError} when the key is not an integer between 0 and the order of the group, both exclusive
 */
export function signHash(hash: Uint8Array, privateKey: Uint8Array): Signature {
  checkPrivateKey(privateKey);
  const bytes = curve().sign(hash, privateKey, { prehash: false, format: 'recovered' });
  const { r, s, recovery } = curve().Signature.fromBytes(bytes, 'recovered');
  // Recovery 2 and 3 need an r above the field's prime minus the order: one signature in 2^127.
  if (recovery !== 0 && recovery !== 1)
    throw new RangeError(`signature: expected recovery 0 or 1, got ${recovery}`);
  return { yParity: recovery, r, s };
}

/**
 * Whose signature of a hash it is, or undefined where no key can have made it: r or s out of range, a yParity that is
 * neither 0 nor 1, or r not the x coordinate of a point. A high s is recovered too; whether it is allowed is a matter
 * of the fork.
 */
export function recoverAddress(hash: Uint8Array, yParity: number, r: bigint, s: bigint): Address | undefined {
  if (r <= 0n || r >= SECP256K1_ORDER || s <= 0n || s >= SECP256K1_ORDER) return undefined;
  if (yParity !== 0 && yParity !== 1) return undefined;
  const address = precompile.recoverAddress(hash, r, s, yParity === 1);
  return address === undefined ? undefined : toAddress(address);
}

function checkPrivateKey(privateKey: Uint8Array): void {
  if (!curve().utils.isValidSecretKey(privateKey)) {
    throw new RangeError(
      'private key: expected 32 bytes between 0 and the order of secp256k1, got none such',
    );
  }
}
