/**
 * The names by which the official fixtures call what makes transactions and blocks invalid: one for each fault, and no
 * two faults share one. Fixtures have more names than there are faults: several for malformed bytes, for example;
 * `conformance` knows which agree with which.
 */

import { type BlockFault, type InvalidBlock, InvalidTransaction, type TransactionFault } from '../errors.ts';

/** The part of a name behind `TransactionException.`, as execution-spec-tests have it. */
export const TRANSACTION_EXCEPTIONS = {
  typeNotSupported: 'TYPE_NOT_SUPPORTED',
  rlp: 'RLP_INVALID_DATA',
  addressLength: 'ADDRESS_TOO_LONG',
  nonceOverflow: 'NONCE_OVERFLOW',
  gasLimitOverflow: 'GASLIMIT_OVERFLOW',
  gasPriceOverflow: 'GASPRICE_OVERFLOW',
  priorityFeeOverflow: 'PRIORITY_OVERFLOW',
  valueOverflow: 'VALUE_OVERFLOW',
  gasCostOverflow: 'GASLIMIT_PRICE_PRODUCT_OVERFLOW',
  chainId: 'INVALID_CHAINID',
  signature: 'INVALID_SIGNATURE_VRS',
  senderNotEoa: 'SENDER_NOT_EOA',
  nonceTooLow: 'NONCE_MISMATCH_TOO_LOW',
  nonceTooHigh: 'NONCE_MISMATCH_TOO_HIGH',
  nonceIsMax: 'NONCE_IS_MAX',
  insufficientFunds: 'INSUFFICIENT_ACCOUNT_FUNDS',
  intrinsicGasTooLow: 'INTRINSIC_GAS_TOO_LOW',
  floorGasTooLow: 'INTRINSIC_GAS_BELOW_FLOOR_GAS_COST',
  gasAllowanceExceeded: 'GAS_ALLOWANCE_EXCEEDED',
  gasLimitTooHigh: 'GAS_LIMIT_EXCEEDS_MAXIMUM',
  initcodeTooLarge: 'INITCODE_SIZE_EXCEEDED',
  maxFeeBelowBaseFee: 'INSUFFICIENT_MAX_FEE_PER_GAS',
  priorityAboveMaxFee: 'PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS',
  maxBlobFeeTooLow: 'INSUFFICIENT_MAX_FEE_PER_BLOB_GAS',
  noBlobs: 'TYPE_3_TX_ZERO_BLOBS',
  tooManyBlobs: 'TYPE_3_TX_BLOB_COUNT_EXCEEDED',
  blobGasAllowanceExceeded: 'TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED',
  blobVersion: 'TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH',
  blobCreation: 'TYPE_3_TX_CONTRACT_CREATION',
  fullBlobs: 'TYPE_3_TX_WITH_FULL_BLOBS',
  noAuthorizations: 'TYPE_4_EMPTY_AUTHORIZATION_LIST',
  authorizationCreation: 'TYPE_4_TX_CONTRACT_CREATION',
} as const satisfies Readonly<Record<TransactionFault, string>>;

/**
 * The part of a name behind `BlockException.`; of what execution-spec-tests have no name for, the seals of mined
 * blocks, the name in the older ethereum/tests.
 */
export const BLOCK_EXCEPTIONS = {
  rlp: 'RLP_STRUCTURES_ENCODING',
  format: 'INCORRECT_BLOCK_FORMAT',
  blockSize: 'RLP_BLOCK_LIMIT_EXCEEDED',
  unknownParent: 'UNKNOWN_PARENT',
  number: 'INVALID_BLOCK_NUMBER',
  timestamp: 'INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT',
  gasLimit: 'INVALID_GASLIMIT',
  gasLimitTooHigh: 'GASLIMIT_TOO_BIG',
  extraDataTooLong: 'EXTRA_DATA_TOO_BIG',
  extraDataNotDao: 'EXTRA_DATA_INVALID_DAO',
  difficulty: 'INVALID_DIFFICULTY',
  baseFee: 'INVALID_BASEFEE_PER_GAS',
  excessBlobGas: 'INCORRECT_EXCESS_BLOB_GAS',
  gasUsedAboveLimit: 'INVALID_GAS_USED_ABOVE_LIMIT',
  blobGasAboveLimit: 'BLOB_GAS_USED_ABOVE_LIMIT',
  proofOfWork: 'InvalidBlockMixHash',
  difficultyNotZero: 'IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS',
  nonceNotZero: 'InvalidBlockNonce',
  ommersNotEmpty: 'IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS',
  ommersHash: 'INVALID_UNCLES_HASH',
  tooManyOmmers: 'TOO_MANY_UNCLES',
  ommerTwice: 'UNCLE_IS_BROTHER',
  ommerIncluded: 'UNCLE_IN_CHAIN',
  ommerIsAncestor: 'UNCLE_IS_ANCESTOR',
  ommerParent: 'UNCLE_UNKNOWN_PARENT',
  ommerTooOld: 'UNCLE_PARENT_INCORRECT',
  transactionsRoot: 'INVALID_TRANSACTIONS_ROOT',
  receiptsRoot: 'INVALID_RECEIPTS_ROOT',
  stateRoot: 'INVALID_STATE_ROOT',
  logsBloom: 'INVALID_LOG_BLOOM',
  gasUsed: 'INVALID_GAS_USED',
  blobGasUsed: 'INCORRECT_BLOB_GAS_USED',
  withdrawalsRoot: 'INVALID_WITHDRAWALS_ROOT',
  requestsHash: 'INVALID_REQUESTS',
  blockAccessListHash: 'INVALID_BAL_HASH',
  blockAccessListTooLong: 'BLOCK_ACCESS_LIST_GAS_LIMIT_EXCEEDED',
  depositLayout: 'INVALID_DEPOSIT_EVENT_LAYOUT',
  systemContractEmpty: 'SYSTEM_CONTRACT_EMPTY',
  systemContractFailed: 'SYSTEM_CONTRACT_CALL_FAILED',
} as const satisfies Readonly<Record<Exclude<BlockFault, 'transaction'>, string>>;

/**
 * The official name of what makes a transaction or a block invalid, `TransactionException.NONCE_IS_MAX` for example. A
 * block with an invalid transaction has that transaction's.
 */
export function officialExceptionName(error: InvalidTransaction | InvalidBlock): string {
  if (error instanceof InvalidTransaction) {
    return `TransactionException.${TRANSACTION_EXCEPTIONS[error.fault]}`;
  }
  if (error.cause instanceof InvalidTransaction) return officialExceptionName(error.cause);
  // A transaction whose bytes are malformed.
  if (error.fault === 'transaction') return `TransactionException.${TRANSACTION_EXCEPTIONS.rlp}`;
  const name = BLOCK_EXCEPTIONS[error.fault];
  return /[a-z]/.test(name) ? name : `BlockException.${name}`;
}
