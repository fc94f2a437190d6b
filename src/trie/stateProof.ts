/** Proofs of accounts and slots, as eth_getProof gives them. https://eips.ethereum.org/EIPS/eip-1186 */

import type { Address } from '../bytes.ts';
import { InvalidRlp } from '../rlp.ts';
import { decodeAccount, decodeSlot, type StoredAccount } from './account.ts';
import { accountKey, slotKey } from './hashedKeys.ts';
import { InvalidProof, verifyProof } from './proof.ts';

/**
 * The account that a proof proves to be in a state, or undefined: that there is none.
 * @param root the state's: 32 bytes
 * @throws {InvalidProof} when it proves neither
 */
export function verifyAccount(
  root: Uint8Array,
  address: Address,
  proof: readonly Uint8Array[],
): StoredAccount | undefined {
  const value = verifyProof(root, accountKey(address), proof);
  return value && decoded(value, decodeAccount);
}

/**
 * The value that a proof proves a slot to have; 0 where it proves that there is none.
 * @param root the account's storage root: 32 bytes
 * @throws {InvalidProof} when it proves nothing
 */
export function verifySlot(root: Uint8Array, slot: bigint, proof: readonly Uint8Array[]): bigint {
  const value = verifyProof(root, slotKey(slot), proof);
  return value === undefined ? 0n : decoded(value, decodeSlot);
}

/** A root may be anyone's, so even what hashes to it need not be an account. */
function decoded<T>(value: Uint8Array, decode: (rlp: Uint8Array) => T): T {
  try {
    return decode(value);
  } catch (error) {
    if (error instanceof InvalidRlp) throw new InvalidProof(`proof: ${error.message}`, { cause: error });
    throw error;
  }
}
