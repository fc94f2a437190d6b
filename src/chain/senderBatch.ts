/** Senders of many transactions at once: the costly part needs no chain, and may be done elsewhere and beforehand. */

import { type Address, bigIntToBytes, toAddress } from '../bytes.ts';
import { recoverPublicKeys, type SignedHash } from '../fields/secp256k1.ts';
import { keccak256 } from '../keccak.ts';
import type { Fork } from '../protocol/forks.ts';
import type { Block } from './block.ts';
import type { Transaction } from './transaction.ts';
import { signingHash } from './transactionCodec.ts';
import { checkSignatureRules } from './transactionSender.ts';

/**
 * Whose keys signed transactions, 20 bytes for each, one after another; zeros where no key can have. Whether a fork
 * allows the signatures is for `sendersOf` to say.
 */
export function recoverAddresses(transactions: readonly Transaction[]): Uint8Array {
  const keys = recoverPublicKeys(transactions.map(signedHash));
  const addresses = new Uint8Array(transactions.length * 20);
  for (const [index, key] of keys.entries()) {
    if (key !== undefined && transactions[index].yParity <= 1) {
      addresses.set(keccak256(key).subarray(12), index * 20);
    }
  }
  return addresses;
}

function signedHash(tx: Transaction): SignedHash {
  const { r, s, yParity } = tx;
  return { hash: signingHash(tx), r: bigIntToBytes(r, 32), s: bigIntToBytes(s, 32), oddY: yParity === 1 };
}

/**
 * The senders of a block's transactions, from what `recoverAddresses` returned for them; undefined where a signature
 * is none that the fork allows, so that executing the block will say which.
 */
export function sendersOf(
  { transactions }: Block,
  addresses: Uint8Array,
  fork: Fork,
): readonly Address[] | undefined {
  try {
    return transactions.map((tx, index) => {
      checkSignatureRules(tx, fork);
      const address = addresses.subarray(index * 20, index * 20 + 20);
      if (address.every((byte) => byte === 0)) throw new RangeError('address: expected a sender, got none');
      return toAddress(address);
    });
  } catch {
    return undefined;
  }
}
