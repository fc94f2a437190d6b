/** Who sent a transaction, or in go-ethereum's words why nobody did. */

import type { Address } from '../bytes.ts';
import { recoverAddress, SECP256K1_ORDER } from '../chain/signature.ts';
import { supportsTransactionType } from '../chain/transaction.ts';
import { signingHash } from '../chain/transactionCodec.ts';
import { checkSignatureRules } from '../chain/transactionSender.ts';
import { InvalidTransaction } from '../errors.ts';
import type { Fork } from '../protocol/forks.ts';
import type { SignedTransaction } from './signedTransaction.ts';

/** Why a transaction is refused. */
export class Refusal {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

const INVALID_SIGNATURE = 'invalid transaction v, r, s values';

/** The sender by the rules of a fork and a chain. */
export function senderOf({ tx, badV }: SignedTransaction, fork: Fork, chainId: bigint): Address | Refusal {
  if (!supportsTransactionType(fork, tx.type)) return new Refusal('transaction type not supported');
  const knowsChain = tx.type !== 0 || (tx.chainId !== undefined && fork.rules.replayProtection);
  if (knowsChain && tx.chainId !== chainId) {
    return new Refusal(`invalid chain id for signer: have ${tx.chainId} want ${chainId}`);
  }
  if (badV !== undefined || !isInRange(tx.r) || !isInRange(tx.s)) return new Refusal(INVALID_SIGNATURE);
  try {
    checkSignatureRules(tx, fork);
  } catch (error) {
    if (error instanceof InvalidTransaction) return new Refusal(INVALID_SIGNATURE);
    throw error;
  }
  return recoverAddress(signingHash(tx), tx.yParity, tx.r, tx.s) ?? new Refusal('recovery failed');
}

function isInRange(value: bigint): boolean {
  return value > 0n && value < SECP256K1_ORDER;
}
