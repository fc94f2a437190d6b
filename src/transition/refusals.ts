/**
 * Why go-ethereum would not include a transaction: its checks, in its order and its words, which tools match. Whether
 * a transaction is valid is `chain`'s to say; this tells it as tests expect it.
 * https://github.com/ethereum/go-ethereum/blob/master/core/state_transition.go
 */

import { type Address, toHex } from '../bytes.ts';
import { checksummed } from '../chain/checksum.ts';
import { blobBaseFeeOf, blobGas, maxBlobGas, stateByteGas, upfrontCost } from '../chain/fees.ts';
import { intrinsicGas } from '../chain/intrinsicGas.ts';
import { maxFeePerGas, maxPriorityFeePerGas, type UnsignedTransaction } from '../chain/transaction.ts';
import { type BlockRoom, roomWanted } from '../chain/transactionValidity.ts';
import type { BlockContext } from '../machine/environment.ts';
import type { Fork } from '../protocol/forks.ts';

const MAX_WORD = 2n ** 256n - 1n;
const MAX_NONCE = 2n ** 64n - 1n;
const DESIGNATOR = '0xef0100';

/** What a sender's account is when its transaction comes. */
export interface SenderState {
  readonly address: Address;
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly code: Uint8Array;
}

/** Where a transaction is to be. */
export interface Place {
  readonly fork: Fork;
  readonly block: BlockContext;
  readonly room: BlockRoom;
}

/** Why a transaction cannot even be made a message: fields that are too wide, or too many blobs for the block. */
export function refusalOfMessage(tx: UnsignedTransaction, sender: Address, place: Place): string | undefined {
  const from = checksummed(sender);
  const fee = maxFeePerGas(tx);
  if (fee > MAX_WORD) {
    return `max fee per gas higher than 2^256-1: address ${from}, maxFeePerGas bit length: ${bits(fee)}`;
  }
  const tip = maxPriorityFeePerGas(tx);
  if (tip > MAX_WORD) {
    return `max priority fee per gas higher than 2^256-1: address ${from}, maxPriorityFeePerGas bit length: ${bits(tip)}`;
  }
  if (tx.value > MAX_WORD) return `value exceeds 256 bits: address ${from}`;
  const { fork, room } = place;
  if (tx.type === 3) {
    const most = maxBlobGas(fork);
    const used = most - room.blobGas + blobGas(tx, fork);
    if (used > most) return `blob gas (${used}) would exceed maximum allowance ${most}`;
  }
  return undefined;
}

/** Why a message cannot be executed where it stands. */
export function refusalOfExecution(
  tx: UnsignedTransaction,
  sender: SenderState,
  place: Place,
): string | undefined {
  return (
    refusalOfNonce(tx, sender) ??
    refusalOfSender(tx, sender, place) ??
    refusalOfFees(tx, sender, place) ??
    refusalOfBlobs(tx, sender, place) ??
    refusalOfForm(tx, sender, place) ??
    refusalOfFunds(tx, sender, place) ??
    refusalOfGas(tx, sender.address, place)
  );
}

function refusalOfNonce({ nonce }: UnsignedTransaction, sender: SenderState): string | undefined {
  const from = checksummed(sender.address);
  const numbers = `address ${from}, tx: ${nonce} state: ${sender.nonce}`;
  if (sender.nonce < nonce) return `nonce too high: ${numbers}`;
  if (sender.nonce > nonce) return `nonce too low: ${numbers}`;
  if (nonce === MAX_NONCE) return `nonce has max value: address ${from}, nonce: ${nonce}`;
  return undefined;
}

function refusalOfSender(
  tx: UnsignedTransaction,
  { address, code }: SenderState,
  { fork }: Place,
): string | undefined {
  const { maxTxGas } = fork.params;
  if (maxTxGas !== Number.POSITIVE_INFINITY && tx.gasLimit > BigInt(maxTxGas)) {
    return `transaction gas limit too high (cap: ${maxTxGas}, tx: ${tx.gasLimit})`;
  }
  const isDesignator = code.length === 23 && toHex(code.subarray(0, 3)) === DESIGNATOR;
  if (code.length === 0 || (isDesignator && fork.rules.delegations)) return undefined;
  return `sender not an eoa: address ${checksummed(address)}, len(code): ${code.length}`;
}

function refusalOfFees(
  tx: UnsignedTransaction,
  { address }: SenderState,
  { fork, block }: Place,
): string | undefined {
  if (!fork.rules.baseFee) return undefined;
  const from = checksummed(address);
  const [tip, fee] = [maxPriorityFeePerGas(tx), maxFeePerGas(tx)];
  if (fee < tip) {
    return (
      'max priority fee per gas higher than max fee per gas: ' +
      `address ${from}, maxPriorityFeePerGas: ${tip}, maxFeePerGas: ${fee}`
    );
  }
  if (fee < block.baseFee) {
    return (
      'max fee per gas less than block base fee: ' +
      `address ${from}, maxFeePerGas: ${fee}, baseFee: ${block.baseFee}`
    );
  }
  return undefined;
}

function refusalOfBlobs(
  tx: UnsignedTransaction,
  { address }: SenderState,
  { fork, block }: Place,
): string | undefined {
  if (tx.type !== 3) return undefined;
  const { blobVersionedHashes: hashes, maxFeePerBlobGas } = tx;
  if (tx.to === null) return 'blob transaction of type create';
  if (hashes.length === 0) return 'blob transaction missing blob hashes';
  if (hashes.length > fork.params.maxBlobsPerTx) return 'blob transaction has too many blobs';
  const wrong = hashes.findIndex((hash) => hash >> 248n !== 1n);
  if (wrong >= 0) return `blob ${wrong} has invalid hash version`;
  const price = blobBaseFeeOf(block.excessBlobGas, fork);
  if (maxFeePerBlobGas >= price) return undefined;
  return (
    'max fee per blob gas less than block blob gas fee: ' +
    `address ${checksummed(address)} blobGasFeeCap: ${maxFeePerBlobGas}, blobBaseFee: ${price}`
  );
}

function refusalOfForm(
  tx: UnsignedTransaction,
  { address }: SenderState,
  { fork, block, room }: Place,
): string | undefined {
  const from = checksummed(address);
  if (tx.type === 4 && tx.to === null) {
    return `EIP-7702 transaction cannot be used to create contract (sender ${from})`;
  }
  if (tx.type === 4 && tx.authorizationList.length === 0) {
    return `EIP-7702 transaction with empty auth list (sender ${from})`;
  }
  const { maxInitcodeSize } = fork.params;
  if (tx.to === null && tx.data.length > maxInitcodeSize) {
    return `max initcode size exceeded: code size ${tx.data.length} limit ${maxInitcodeSize}`;
  }
  const wanted = roomWanted(tx, fork, intrinsicGas(tx, address, fork, stateByteGas(fork, block.gasLimit)));
  return wanted.gas > room.gas || wanted.stateGas > room.stateGas ? 'gas limit reached' : undefined;
}

function refusalOfFunds(
  tx: UnsignedTransaction,
  { address, balance }: SenderState,
  { fork }: Place,
): string | undefined {
  const from = checksummed(address);
  const what = `insufficient funds for gas * price + value: address ${from}`;
  const cost = upfrontCost(tx, fork);
  if (cost > MAX_WORD) return `${what} required balance exceeds 256 bits`;
  return balance < cost ? `${what} have ${balance} want ${cost}` : undefined;
}

function refusalOfGas(tx: UnsignedTransaction, sender: Address, { fork, block }: Place): string | undefined {
  const { regular, state, floor } = intrinsicGas(tx, sender, fork, stateByteGas(fork, block.gasLimit));
  const intrinsic = regular + state;
  if (tx.gasLimit < intrinsic) return `intrinsic gas too low: have ${tx.gasLimit}, want ${intrinsic}`;
  if (tx.gasLimit < floor)
    return `insufficient gas for floor data gas cost: have ${tx.gasLimit}, want ${floor}`;
  const { maxTxRegularGas } = fork.params;
  const most = floor > regular ? floor : regular;
  if (maxTxRegularGas !== Number.POSITIVE_INFINITY && most > BigInt(maxTxRegularGas)) {
    return `insufficient gas for floor data gas cost: intrinsic cost ${regular}, floor: ${floor}`;
  }
  return undefined;
}

function bits(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}
