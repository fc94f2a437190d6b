/** Authorizations to run another address's code, and the code that says so. https://eips.ethereum.org/EIPS/eip-7702 */

import { type Address, concatBytes, fromHex } from '../bytes.ts';
import { keccak256 } from '../keccak.ts';
import { encodeRlp } from '../rlp.ts';
import { GREATEST_LOW_S, recoverAddress, signHash } from './signature.ts';
import type { Authorization } from './transaction.ts';

/** The byte before what is signed, so that no transaction can be mistaken for an authorization. */
const MAGIC = Uint8Array.of(0x05);

/** An authorization that nobody has signed. */
export type UnsignedAuthorization = Pick<Authorization, 'chainId' | 'address' | 'nonce'>;

/** What the authority signs: 32 bytes. */
export function authorizationHash(authorization: UnsignedAuthorization): Uint8Array {
  const { chainId, address, nonce } = authorization;
  return keccak256(concatBytes(MAGIC, encodeRlp([chainId, fromHex(address), nonce])));
}

/**
 * The same authorization, signed.
 * @param privateKey 32 bytes
 * @throws {RangeError} when that is no key
 */
export function signAuthorization(
  authorization: UnsignedAuthorization,
  privateKey: Uint8Array,
): Authorization {
  return { ...authorization, ...signHash(authorizationHash(authorization), privateKey) };
}

/** Whether the fields allow it to apply on this chain, whatever the state: its chain id and a nonce that can rise. */
export function isAuthorizationFor(authorization: UnsignedAuthorization, chainId: bigint): boolean {
  const { chainId: wanted, nonce } = authorization;
  return (wanted === 0n || wanted === chainId) && nonce < 2n ** 64n - 1n;
}

/** The account that signed it, or undefined where the signature is none: also a high s, or a yParity above 1. */
export function recoverAuthority(authorization: Authorization): Address | undefined {
  const { yParity, r, s } = authorization;
  if (s > GREATEST_LOW_S) return undefined;
  return recoverAddress(authorizationHash(authorization), yParity, r, s);
}
