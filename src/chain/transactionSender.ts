/** Who sent a transaction, and how to be the one. */

import type { Address } from '../bytes.ts';
import { InvalidTransaction } from '../errors.ts';
import type { Fork } from '../protocol/forks.ts';
import { GREATEST_LOW_S, recoverAddress, signHash } from './signature.ts';
import type { Signature, Transaction, UnsignedTransaction } from './transaction.ts';
import { signingHash } from './transactionCodec.ts';

/**
 * The same transaction, signed. Deterministic, with a low s; a legacy transaction with a chain id is signed for that
 * chain alone (https://eips.ethereum.org/EIPS/eip-155), one without for all.
 * @param privateKey 32 bytes
 * @throws {RangeError} when that is no key
 */
export function signTransaction<T extends UnsignedTransaction>(tx: T, privateKey: Uint8Array): T & Signature {
  return { ...tx, ...signHash(signingHash(tx), privateKey) };
}

/**
 * The sender of a transaction, by the rules of a fork for signatures: s may be high only in legacy transactions before
 * https://eips.ethereum.org/EIPS/eip-2, and v may hold a chain id only from https://eips.ethereum.org/EIPS/eip-155 on.
 * @throws {InvalidTransaction} `signature`
 */
export function recoverSender(tx: Transaction, fork: Fork): Address {
  checkSignatureRules(tx, fork);
  const sender = recoverAddress(signingHash(tx), tx.yParity, tx.r, tx.s);
  if (sender === undefined) {
    throw new InvalidTransaction(
      'signature',
      `signature: expected one that some key can make, got r ${tx.r}, s ${tx.s}`,
    );
  }
  return sender;
}

/**
 * Checks what a fork says of signatures, whoever made them.
 * @throws {InvalidTransaction} `signature`
 */
export function checkSignatureRules(tx: Transaction, fork: Fork): void {
  if (tx.type === 0 && tx.chainId !== undefined && !fork.rules.replayProtection) {
    throw new InvalidTransaction(
      'signature',
      `v: expected 27 or 28 in ${fork.name}, got one with a chain id`,
    );
  }
  if (tx.s > GREATEST_LOW_S && (tx.type !== 0 || fork.rules.lowSignaturesOnly)) {
    const message = `s: expected at most half the order of secp256k1, got ${tx.s}`;
    throw new InvalidTransaction('signature', message, tx.s, GREATEST_LOW_S);
  }
}
