/**
 * Whether a transaction may be in a block. Where several things are wrong, the first that the executable
 * specification would find is named; the order of the checks below is its order.
 */

import type { Address } from '../bytes.ts';
import { InvalidTransaction, type TransactionFault } from '../errors.ts';
import type { BlockContext } from '../machine/environment.ts';
import type { Fork } from '../protocol/forks.ts';
import { blobBaseFeeOf, blobGas, maxBlobGas, stateByteGas, upfrontCost } from './fees.ts';
import { type IntrinsicGas, intrinsicGas } from './intrinsicGas.ts';
import {
  maxFeePerGas,
  maxPriorityFeePerGas,
  supportsTransactionType,
  type UnsignedBlobTransaction,
  type UnsignedTransaction,
} from './transaction.ts';

const MAX_UINT64 = 2n ** 64n - 1n;
const MAX_UINT256 = 2n ** 256n - 1n;

/** No account gets this far: the nonce after it would not fit. https://eips.ethereum.org/EIPS/eip-2681 */
const MAX_NONCE = MAX_UINT64;

/** The first byte of the hash of a blob's KZG commitment. https://eips.ethereum.org/EIPS/eip-4844 */
const BLOB_HASH_VERSION = 1n;

/** What a block has left for further transactions. */
export interface BlockRoom {
  /** gas; regular gas where state gas is metered */
  readonly gas: bigint;
  /** state gas; unused where it is not metered */
  readonly stateGas: bigint;
  readonly blobGas: bigint;
}

/** What a sender's account runs when called: nothing, another account's code (EIP-7702), or its own. */
export type SenderCode = 'none' | 'delegation' | 'own';

/** What of the sender's account decides whether it may send. */
export interface SenderFact {
  readonly nonce: bigint;
  /** wei */
  readonly balance: bigint;
  readonly code: SenderCode;
}

/** The room in a block that holds no transaction yet. */
export function emptyBlockRoom(block: BlockContext, fork: Fork): BlockRoom {
  return { gas: block.gasLimit, stateGas: block.gasLimit, blobGas: maxBlobGas(fork) };
}

/**
 * Everything that can be checked without state, except for the signature (`recoverSender`).
 * @param sender who signed it
 * @param room what the block has left
 * @returns the gas it pays before anything runs
 * @throws {InvalidTransaction} with the fault, and the two numbers that disagree
 */
export function checkTransaction(
  tx: UnsignedTransaction,
  sender: Address,
  fork: Fork,
  block: BlockContext,
  room: BlockRoom,
): IntrinsicGas {
  if (!supportsTransactionType(fork, tx.type)) {
    throw new InvalidTransaction(
      'typeNotSupported',
      `type: expected one that ${fork.name} knows, got ${tx.type}`,
    );
  }
  checkWidths(tx);
  if (tx.chainId !== undefined && tx.chainId !== block.chainId) {
    throw new InvalidTransaction(
      'chainId',
      `chain id: expected ${block.chainId}, got ${tx.chainId}`,
      tx.chainId,
      block.chainId,
    );
  }
  const intrinsic = intrinsicGas(tx, sender, fork, stateByteGas(fork, block.gasLimit));
  checkGas(tx, fork, intrinsic);
  checkRoom(tx, fork, intrinsic, room);
  checkFees(tx, fork, block);
  if (tx.type === 3) checkBlobs(tx, fork, block);
  if (tx.type === 3 && tx.to === null) {
    throw new InvalidTransaction(
      'blobCreation',
      'to: expected an address in a blob transaction, got a creation',
    );
  }
  if (tx.type === 4 && tx.to === null) {
    throw new InvalidTransaction(
      'authorizationCreation',
      'to: expected an address with authorizations, got a creation',
    );
  }
  if (tx.type === 4 && tx.authorizationList.length === 0) {
    throw new InvalidTransaction('noAuthorizations', 'authorizations: expected at least 1, got 0', 0n, 1n);
  }
  // No balance could cover it. Said here because some clients refuse it before they look at any account.
  const cost = tx.gasLimit * maxFeePerGas(tx);
  atMost('gasCostOverflow', 'gas limit times price', cost, MAX_UINT256);
  return intrinsic;
}

/**
 * Whether an account may send this transaction now.
 * @throws {InvalidTransaction} `nonceTooLow`, `nonceTooHigh`, `insufficientFunds`, `senderNotEoa`
 *   (https://eips.ethereum.org/EIPS/eip-3607, which holds in every fork)
 */
export function checkSender(tx: UnsignedTransaction, sender: SenderFact, fork: Fork): void {
  if (tx.nonce !== sender.nonce) {
    const fault = tx.nonce < sender.nonce ? 'nonceTooLow' : 'nonceTooHigh';
    const message = `nonce: expected ${sender.nonce}, got ${tx.nonce}`;
    throw new InvalidTransaction(fault, message, tx.nonce, sender.nonce);
  }
  atLeast('insufficientFunds', "sender's balance", sender.balance, upfrontCost(tx, fork));
  const mayHaveDelegation = fork.rules.delegations;
  if (sender.code === 'own' || (sender.code === 'delegation' && !mayHaveDelegation)) {
    throw new InvalidTransaction('senderNotEoa', 'sender: expected an account without code, got a contract');
  }
}

/** A decoded transaction has passed these; one made by hand or from JSON may not have. */
function checkWidths(tx: UnsignedTransaction): void {
  atMost('nonceOverflow', 'nonce', tx.nonce, MAX_UINT64);
  atMost('gasLimitOverflow', 'gas limit', tx.gasLimit, MAX_UINT64);
  atMost('gasPriceOverflow', 'price of gas', maxFeePerGas(tx), MAX_UINT256);
  atMost('priorityFeeOverflow', 'max priority fee per gas', maxPriorityFeePerGas(tx), MAX_UINT256);
  atMost('valueOverflow', 'value', tx.value, MAX_UINT256);
}

function checkGas(tx: UnsignedTransaction, fork: Fork, intrinsic: IntrinsicGas): void {
  const { regular, state, floor } = intrinsic;
  const { maxTxGas, maxTxRegularGas, maxInitcodeSize } = fork.params;
  atLeast('intrinsicGasTooLow', 'gas limit', tx.gasLimit, regular + state);
  atLeast('floorGasTooLow', 'gas limit', tx.gasLimit, floor);
  within('intrinsicGasTooLow', 'regular gas before execution', regular, maxTxRegularGas);
  within('intrinsicGasTooLow', 'least gas charged', floor, maxTxRegularGas);
  if (tx.nonce === MAX_NONCE) {
    throw new InvalidTransaction(
      'nonceIsMax',
      `nonce: expected below ${MAX_NONCE}, got it`,
      tx.nonce,
      MAX_NONCE,
    );
  }
  if (tx.to === null)
    within('initcodeTooLarge', 'bytes of init code', BigInt(tx.data.length), maxInitcodeSize);
  within('gasLimitTooHigh', 'gas limit', tx.gasLimit, maxTxGas);
}

/**
 * What a block must have left of each gas. Either may take what the other certainly does not, but of the regular one
 * only so much. https://eips.ethereum.org/EIPS/eip-8037
 */
export function roomWanted(
  { gasLimit }: UnsignedTransaction,
  { params, rules }: Fork,
  { regular, state }: IntrinsicGas,
): Pick<BlockRoom, 'gas' | 'stateGas'> {
  const gas = lesser(gasLimit - state, params.maxTxRegularGas);
  if (!rules.stateGas) return { gas, stateGas: 0n };
  return { gas, stateGas: rules.reservesAllGasForState ? gasLimit : gasLimit - regular };
}

function checkRoom(tx: UnsignedTransaction, fork: Fork, intrinsic: IntrinsicGas, room: BlockRoom): void {
  const wanted = roomWanted(tx, fork, intrinsic);
  atMost('gasAllowanceExceeded', 'gas limit', wanted.gas, room.gas);
  atMost('gasAllowanceExceeded', 'gas limit for state', wanted.stateGas, room.stateGas);
  atMost('blobGasAllowanceExceeded', 'blob gas', blobGas(tx, fork), room.blobGas);
}

function checkFees(tx: UnsignedTransaction, fork: Fork, block: BlockContext): void {
  if (!fork.rules.baseFee) return;
  const most = maxFeePerGas(tx);
  atMost('priorityAboveMaxFee', 'max priority fee per gas', maxPriorityFeePerGas(tx), most);
  atLeast('maxFeeBelowBaseFee', 'max fee per gas', most, block.baseFee);
}

function checkBlobs(tx: UnsignedBlobTransaction, fork: Fork, block: BlockContext): void {
  const count = BigInt(tx.blobVersionedHashes.length);
  atLeast('noBlobs', 'blobs', count, 1n);
  within('tooManyBlobs', 'blobs', count, fork.params.maxBlobsPerTx);
  for (const hash of tx.blobVersionedHashes) {
    const version = hash >> 248n;
    if (version !== BLOB_HASH_VERSION) {
      const message = `version of a blob's hash: expected ${BLOB_HASH_VERSION}, got ${version}`;
      throw new InvalidTransaction('blobVersion', message, version, BLOB_HASH_VERSION);
    }
  }
  const price = blobBaseFeeOf(block.excessBlobGas, fork);
  atLeast('maxBlobFeeTooLow', 'max fee per blob gas', tx.maxFeePerBlobGas, price);
}

function atLeast(fault: TransactionFault, what: string, actual: bigint, least: bigint): void {
  if (actual < least) {
    throw new InvalidTransaction(fault, `${what}: expected at least ${least}, got ${actual}`, actual, least);
  }
}

function atMost(fault: TransactionFault, what: string, actual: bigint, most: bigint): void {
  if (actual > most) {
    throw new InvalidTransaction(fault, `${what}: expected at most ${most}, got ${actual}`, actual, most);
  }
}

/** `atMost`, for a parameter that may be infinite. */
function within(fault: TransactionFault, what: string, actual: bigint, most: number): void {
  if (most !== Number.POSITIVE_INFINITY) atMost(fault, what, actual, BigInt(most));
}

function lesser(a: bigint, b: number): bigint {
  return a > b ? BigInt(b) : a;
}
