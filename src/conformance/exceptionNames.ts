/**
 * The names by which the official fixtures say why a transaction is invalid, and the faults that agree with each.
 * Several faults agree where suites draw the line elsewhere than the library does; each such case says why.
 */

import type { TransactionFault } from '../errors.ts';

/** Nothing is affordable at a price that exceeds 256 bits, so that clients name either. */
const FUNDS: readonly TransactionFault[] = ['insufficientFunds', 'gasCostOverflow'];

/** The floor of EIP-7623 is a part of the intrinsic gas in the executable specification. */
const INTRINSIC: readonly TransactionFault[] = ['intrinsicGasTooLow', 'floorGasTooLow'];

/** The v of a legacy transaction holds both the chain id and the parity: 26, say, is wrong as either. */
const CHAIN_ID: readonly TransactionFault[] = ['chainId', 'signature'];

/** Names in the style of execution-spec-tests: `TransactionException.` and one of these. */
const NAMES: Readonly<Record<string, readonly TransactionFault[]>> = {
  ADDRESS_TOO_LONG: ['addressLength'],
  ADDRESS_TOO_SHORT: ['addressLength'],
  EC_RECOVERY_FAIL: ['signature'],
  GASLIMIT_OVERFLOW: ['gasLimitOverflow'],
  GASLIMIT_PRICE_PRODUCT_OVERFLOW: FUNDS,
  GASPRICE_OVERFLOW: ['gasPriceOverflow'],
  GAS_ALLOWANCE_EXCEEDED: ['gasAllowanceExceeded'],
  GAS_LIMIT_EXCEEDS_MAXIMUM: ['gasLimitTooHigh'],
  INITCODE_SIZE_EXCEEDED: ['initcodeTooLarge'],
  INSUFFICIENT_ACCOUNT_FUNDS: FUNDS,
  INSUFFICIENT_MAX_FEE_PER_BLOB_GAS: ['maxBlobFeeTooLow'],
  INSUFFICIENT_MAX_FEE_PER_GAS: ['maxFeeBelowBaseFee'],
  INTRINSIC_GAS_BELOW_FLOOR_GAS_COST: ['floorGasTooLow'],
  INTRINSIC_GAS_TOO_LOW: INTRINSIC,
  INVALID_CHAINID: CHAIN_ID,
  INVALID_SIGNATURE_VRS: ['signature'],
  NONCE_IS_MAX: ['nonceIsMax'],
  NONCE_MISMATCH_TOO_HIGH: ['nonceTooHigh'],
  NONCE_MISMATCH_TOO_LOW: ['nonceTooLow'],
  NONCE_OVERFLOW: ['nonceOverflow'],
  NONCE_TOO_BIG: ['nonceIsMax'],
  PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS: ['priorityAboveMaxFee'],
  PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS_2: ['priorityAboveMaxFee'],
  PRIORITY_OVERFLOW: ['priorityFeeOverflow'],
  RLP_ERROR_EOF: ['rlp'],
  RLP_ERROR_SIZE: ['rlp'],
  RLP_ERROR_SIZE_LEADING_ZEROS: ['rlp'],
  RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_LONG: ['rlp'],
  RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_SHORT: ['rlp'],
  RLP_INVALID_ACCESS_LIST_STORAGE_TOO_LONG: ['rlp'],
  RLP_INVALID_ACCESS_LIST_STORAGE_TOO_SHORT: ['rlp'],
  RLP_INVALID_DATA: ['rlp'],
  RLP_INVALID_GASLIMIT: ['rlp'],
  RLP_INVALID_HEADER: ['rlp'],
  RLP_INVALID_NONCE: ['rlp'],
  RLP_INVALID_SIGNATURE_R: ['rlp'],
  RLP_INVALID_SIGNATURE_S: ['rlp'],
  RLP_INVALID_TO: ['rlp'],
  // A value that needs more than 32 bytes.
  RLP_INVALID_VALUE: ['rlp', 'valueOverflow'],
  RLP_LEADING_ZEROS_BASEFEE: ['rlp'],
  RLP_LEADING_ZEROS_DATA_SIZE: ['rlp'],
  RLP_LEADING_ZEROS_GASLIMIT: ['rlp'],
  RLP_LEADING_ZEROS_GASPRICE: ['rlp'],
  RLP_LEADING_ZEROS_NONCE: ['rlp'],
  RLP_LEADING_ZEROS_NONCE_SIZE: ['rlp'],
  RLP_LEADING_ZEROS_PRIORITY_FEE: ['rlp'],
  RLP_LEADING_ZEROS_R: ['rlp'],
  RLP_LEADING_ZEROS_S: ['rlp'],
  RLP_LEADING_ZEROS_V: ['rlp'],
  RLP_LEADING_ZEROS_VALUE: ['rlp'],
  RLP_TOO_FEW_ELEMENTS: ['rlp'],
  RLP_TOO_MANY_ELEMENTS: ['rlp'],
  SENDER_NOT_EOA: ['senderNotEoa'],
  TYPE_1_TX_PRE_FORK: ['typeNotSupported'],
  TYPE_2_TX_PRE_FORK: ['typeNotSupported'],
  TYPE_3_TX_BLOB_COUNT_EXCEEDED: ['tooManyBlobs', 'blobGasAllowanceExceeded'],
  TYPE_3_TX_CONTRACT_CREATION: ['blobCreation'],
  TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH: ['blobVersion'],
  TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED: ['blobGasAllowanceExceeded'],
  TYPE_3_TX_PRE_FORK: ['typeNotSupported'],
  TYPE_3_TX_WITH_FULL_BLOBS: ['fullBlobs'],
  TYPE_3_TX_ZERO_BLOBS: ['noBlobs'],
  TYPE_4_EMPTY_AUTHORIZATION_LIST: ['noAuthorizations'],
  TYPE_4_TX_CONTRACT_CREATION: ['authorizationCreation'],
  TYPE_4_TX_PRE_FORK: ['typeNotSupported'],
  TYPE_NOT_SUPPORTED: ['typeNotSupported'],
  VALUE_OVERFLOW: ['valueOverflow'],
};

/** Names in the style of the older ethereum/tests. */
const OLD_NAMES: Readonly<Record<string, readonly TransactionFault[]>> = {
  IntrinsicGas: INTRINSIC,
  SenderNotEOA: ['senderNotEoa'],
  SenderNotEOAorNoCASH: ['senderNotEoa', ...FUNDS],
  TR_BLOBCREATE: ['blobCreation'],
  // One name for too many in a transaction and too many for its block.
  TR_BLOBLIST_OVERSIZE: ['tooManyBlobs', 'blobGasAllowanceExceeded'],
  TR_BLOBVERSION_INVALID: ['blobVersion'],
  TR_EMPTYBLOB: ['noBlobs'],
  TR_FeeCapLessThanBlocks: ['maxFeeBelowBaseFee'],
  TR_FeeCapLessThanBlocksORGasLimitReached: ['maxFeeBelowBaseFee', 'gasAllowanceExceeded'],
  TR_FeeCapLessThanBlocksORNoFunds: ['maxFeeBelowBaseFee', ...FUNDS],
  TR_GasLimitReached: ['gasAllowanceExceeded'],
  TR_InitCodeLimitExceeded: ['initcodeTooLarge'],
  TR_IntrinsicGas: INTRINSIC,
  TR_NoFunds: FUNDS,
  TR_NoFundsOrGas: [...FUNDS, ...INTRINSIC],
  TR_NoFundsX: FUNDS,
  TR_NonceHasMaxValue: ['nonceIsMax'],
  TR_NonceTooHigh: ['nonceTooHigh'],
  TR_NonceTooLow: ['nonceTooLow'],
  TR_RLP_WRONGVALUE: ['rlp', 'valueOverflow'],
  TR_TipGtFeeCap: ['priorityAboveMaxFee'],
  TR_TypeNotSupported: ['typeNotSupported'],
  TR_TypeNotSupportedBlob: ['typeNotSupported'],
};

const PREFIX = 'TransactionException.';

/** All of them by their full names; a map, since what fixtures say may also be what every object has. */
const FAULTS_BY_NAME: ReadonlyMap<string, readonly TransactionFault[]> = new Map([
  ...Object.entries(NAMES),
  ...Object.entries(NAMES).map(([name, faults]) => [PREFIX + name, faults] as const),
  ...Object.entries(OLD_NAMES),
]);

/**
 * The faults that agree with what a fixture expects: a name of either style, with or without `TransactionException.`,
 * or several joined by `|`. Names that speak of blocks are left to the table of those.
 * @returns undefined when none of the names is known to be a transaction's
 */
export function transactionFaultsNamed(expected: string): ReadonlySet<TransactionFault> | undefined {
  const faults = new Set<TransactionFault>();
  for (const name of expected.split('|')) {
    for (const fault of FAULTS_BY_NAME.get(name) ?? []) faults.add(fault);
  }
  return faults.size === 0 ? undefined : faults;
}
