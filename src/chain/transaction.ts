/**
 * Transactions of every type, as values. How they are written is in `transactionCodec.ts` and `transactionJson.ts`,
 * who sent them in `transactionSender.ts`, whether they may be in a block in `transactionValidity.ts`.
 */

import type { Address } from '../bytes.ts';
import type { Fork } from '../protocol/forks.ts';

/** An account and slots of it that a transaction pays to have warm. https://eips.ethereum.org/EIPS/eip-2930 */
export interface AccessListEntry {
  readonly address: Address;
  readonly storageKeys: readonly bigint[];
}

/** Accounts and slots to warm; duplicates are allowed, and paid each time. */
export type AccessList = readonly AccessListEntry[];

/**
 * A signed wish of an account to run the code of another address. https://eips.ethereum.org/EIPS/eip-7702
 * Nothing but the width of its fields is checked when decoding: a wrong one is skipped, it does not invalidate the
 * transaction.
 */
export interface Authorization {
  /** 0 is any chain; below 2^256 */
  readonly chainId: bigint;
  /** whose code to run; the zero address clears the delegation */
  readonly address: Address;
  /** below 2^64 */
  readonly nonce: bigint;
  /** 0 or 1 in a valid one; below 256 */
  readonly yParity: number;
  readonly r: bigint;
  readonly s: bigint;
}

/** An ECDSA signature over secp256k1 that says which of the two candidate keys is meant. */
export interface Signature {
  /** whether the y coordinate of the ephemeral key is odd */
  readonly yParity: 0 | 1;
  readonly r: bigint;
  readonly s: bigint;
}

interface CommonFields {
  /** below 2^64 */
  readonly nonce: bigint;
  /** below 2^64 */
  readonly gasLimit: bigint;
  /** null creates a contract */
  readonly to: Address | null;
  /** wei, below 2^256 */
  readonly value: bigint;
  /** call data, or init code of a creation */
  readonly data: Uint8Array;
}

interface GasPriceField {
  /** wei per gas, below 2^256 */
  readonly gasPrice: bigint;
}

interface FeeMarketFields {
  /** wei per gas to the coinbase, below 2^256 */
  readonly maxPriorityFeePerGas: bigint;
  /** wei per gas in all, below 2^256 */
  readonly maxFeePerGas: bigint;
}

interface EnvelopeFields {
  /** below 2^256 */
  readonly chainId: bigint;
  readonly accessList: AccessList;
}

/** Type 0. Its chain id, where it has one, is in the signature. https://eips.ethereum.org/EIPS/eip-155 */
export interface UnsignedLegacyTransaction extends CommonFields, GasPriceField {
  readonly type: 0;
  /** undefined: valid on every chain */
  readonly chainId?: bigint | undefined;
}

/** Type 1. https://eips.ethereum.org/EIPS/eip-2930 */
export interface UnsignedAccessListTransaction extends CommonFields, GasPriceField, EnvelopeFields {
  readonly type: 1;
}

/** Type 2. https://eips.ethereum.org/EIPS/eip-1559 */
export interface UnsignedFeeMarketTransaction extends CommonFields, FeeMarketFields, EnvelopeFields {
  readonly type: 2;
}

/** Type 3, without its blobs. https://eips.ethereum.org/EIPS/eip-4844 */
export interface UnsignedBlobTransaction extends CommonFields, FeeMarketFields, EnvelopeFields {
  readonly type: 3;
  /** wei per blob gas, below 2^256 */
  readonly maxFeePerBlobGas: bigint;
  /** 32 bytes each; the first byte is the version */
  readonly blobVersionedHashes: readonly bigint[];
}

/** Type 4. https://eips.ethereum.org/EIPS/eip-7702 */
export interface UnsignedSetCodeTransaction extends CommonFields, FeeMarketFields, EnvelopeFields {
  readonly type: 4;
  readonly authorizationList: readonly Authorization[];
}

/** A transaction that nobody has signed; everything but the sender is known. */
export type UnsignedTransaction =
  | UnsignedLegacyTransaction
  | UnsignedAccessListTransaction
  | UnsignedFeeMarketTransaction
  | UnsignedBlobTransaction
  | UnsignedSetCodeTransaction;

/** A signed transaction of any type: `type` says which fields there are. */
export type Transaction =
  | (UnsignedLegacyTransaction & Signature)
  | (UnsignedAccessListTransaction & Signature)
  | (UnsignedFeeMarketTransaction & Signature)
  | (UnsignedBlobTransaction & Signature)
  | (UnsignedSetCodeTransaction & Signature);

/** The EIP-2718 type byte; 0 for legacy transactions, which have none. */
export type TransactionType = Transaction['type'];

const NO_ACCESS_LIST: AccessList = Object.freeze([]);

/** What a transaction warms beforehand; nothing for legacy ones. */
export function accessListOf(tx: UnsignedTransaction): AccessList {
  return tx.type === 0 ? NO_ACCESS_LIST : tx.accessList;
}

/** How many authorizations it carries. */
export function authorizationCount(tx: UnsignedTransaction): number {
  return tx.type === 4 ? tx.authorizationList.length : 0;
}

/** How many blobs it carries. */
export function blobCount(tx: UnsignedTransaction): number {
  return tx.type === 3 ? tx.blobVersionedHashes.length : 0;
}

/** The most wei per gas it pays: `gasPrice` before the fee market. */
export function maxFeePerGas(tx: UnsignedTransaction): bigint {
  return 'gasPrice' in tx ? tx.gasPrice : tx.maxFeePerGas;
}

/** The most wei per gas it gives the coinbase: `gasPrice` before the fee market. */
export function maxPriorityFeePerGas(tx: UnsignedTransaction): bigint {
  return 'gasPrice' in tx ? tx.gasPrice : tx.maxPriorityFeePerGas;
}

/** The v of a legacy transaction's signature: 27 or 28, or 35 or 36 + 2 * chain id (EIP-155). */
export function legacyV(tx: UnsignedLegacyTransaction & Signature): bigint {
  return tx.chainId === undefined ? 27n + BigInt(tx.yParity) : 35n + 2n * tx.chainId + BigInt(tx.yParity);
}

/** Whether a fork knows transactions of this type. */
export function supportsTransactionType(fork: Fork, type: TransactionType): boolean {
  switch (type) {
    case 0:
      return true;
    case 1:
      return fork.rules.accessSets;
    case 2:
      return fork.rules.baseFee;
    case 3:
      return fork.params.blobSchedule !== null;
    case 4:
      return fork.rules.delegations;
  }
}
