/**
 * The names by which the official fixtures say why a block is invalid, and the faults that agree with each. Several
 * faults agree where suites draw the line elsewhere than the library does; each such case says why.
 */

import { type BlockFault, type InvalidBlock, InvalidTransaction, type TransactionFault } from '../errors.ts';
import { transactionFaultsNamed } from './exceptionNames.ts';

/** Malformed bytes are told by what is malformed only in names, not in faults. */
const RLP: readonly BlockFault[] = ['rlp'];

/** The parent of an ommer that is too old is beyond those ancestors that count. */
const OMMER_PARENT: readonly BlockFault[] = ['ommerParent', 'ommerTooOld'];

/** Gas used is wrong above the limit as well, which some tests find out first and others last. */
const GAS_USED: readonly BlockFault[] = ['gasUsed', 'gasUsedAboveLimit'];

/** Names in the style of execution-spec-tests: `BlockException.` and one of these. */
const NAMES: Readonly<Record<string, readonly BlockFault[]>> = {
  BLOB_GAS_USED_ABOVE_LIMIT: ['blobGasAboveLimit'],
  BLOCK_ACCESS_LIST_GAS_LIMIT_EXCEEDED: ['blockAccessListTooLong'],
  EXTRA_DATA_INVALID_DAO: ['extraDataNotDao'],
  EXTRA_DATA_TOO_BIG: ['extraDataTooLong'],
  GASLIMIT_TOO_BIG: ['gasLimitTooHigh'],
  // Said of a block's transactions that together want too much, and of a header that says so.
  GAS_USED_OVERFLOW: ['gasUsedAboveLimit'],
  IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS: ['difficultyNotZero'],
  IMPORT_IMPOSSIBLE_LEGACY: ['format'],
  IMPORT_IMPOSSIBLE_LEGACY_WRONG_PARENT: ['format'],
  IMPORT_IMPOSSIBLE_LONDON_WRONG_PARENT: ['format'],
  IMPORT_IMPOSSIBLE_PARIS_OVER_SHANGHAI: ['format'],
  // A staked block has no difficulty, where a mined one needs some, and the other way round.
  IMPORT_IMPOSSIBLE_PARIS_WRONG_POS: ['difficulty'],
  IMPORT_IMPOSSIBLE_PARIS_WRONG_POW: ['difficultyNotZero'],
  IMPORT_IMPOSSIBLE_SHANGHAI: ['format'],
  IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS: ['ommersNotEmpty'],
  INCORRECT_BLOB_GAS_USED: ['blobGasUsed'],
  // Of an access list that is out of order, only the hash is in the block.
  INCORRECT_BLOCK_FORMAT: ['format', 'blockAccessListHash'],
  INCORRECT_EXCESS_BLOB_GAS: ['excessBlobGas'],
  INVALID_BAL_HASH: ['blockAccessListHash'],
  INVALID_BASEFEE_PER_GAS: ['baseFee'],
  INVALID_BLOCK_ACCESS_LIST: ['blockAccessListHash'],
  INVALID_BLOCK_NUMBER: ['number'],
  INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT: ['timestamp'],
  INVALID_DEPOSIT_EVENT_LAYOUT: ['depositLayout'],
  // Also where there should be none any more.
  INVALID_DIFFICULTY: ['difficulty', 'difficultyNotZero'],
  // A block that doubles its limit as London's first does, but before it, has that block's fields too.
  INVALID_GASLIMIT: ['gasLimit', 'format'],
  INVALID_GAS_USED: GAS_USED,
  INVALID_GAS_USED_ABOVE_LIMIT: ['gasUsedAboveLimit'],
  INVALID_LOG_BLOOM: ['logsBloom'],
  INVALID_RECEIPTS_ROOT: ['receiptsRoot'],
  INVALID_REQUESTS: ['requestsHash'],
  INVALID_STATE_ROOT: ['stateRoot'],
  INVALID_TRANSACTIONS_ROOT: ['transactionsRoot'],
  INVALID_UNCLES_HASH: ['ommersHash'],
  INVALID_WITHDRAWALS_ROOT: ['withdrawalsRoot'],
  RLP_BLOCK_LIMIT_EXCEEDED: ['blockSize'],
  RLP_INVALID_ADDRESS: RLP,
  RLP_INVALID_FIELD_OVERFLOW_64: RLP,
  RLP_STRUCTURES_ENCODING: RLP,
  RLP_WITHDRAWALS_NOT_READ: [...RLP, 'format'],
  SYSTEM_CONTRACT_CALL_FAILED: ['systemContractFailed'],
  SYSTEM_CONTRACT_EMPTY: ['systemContractEmpty'],
  TOO_MANY_UNCLES: ['tooManyOmmers'],
  UNCLE_IN_CHAIN: ['ommerIncluded'],
  UNCLE_IS_ANCESTOR: ['ommerIsAncestor'],
  UNCLE_IS_BROTHER: ['ommerTwice', 'ommerParent'],
  UNCLE_PARENT_INCORRECT: OMMER_PARENT,
  UNCLE_UNKNOWN_PARENT: ['ommerParent'],
  UNKNOWN_PARENT: ['unknownParent'],
  UNKNOWN_PARENT_ZERO: ['unknownParent'],
};

/** Names in the style of the older ethereum/tests. */
const OLD_NAMES: Readonly<Record<string, readonly BlockFault[]>> = {
  '1559BlockImportImpossible_BaseFeeWrong': ['baseFee'],
  '1559BlockImportImpossible_HeaderIsLegacy': ['format'],
  '3675PoSBlockRejected': ['difficulty'],
  '3675PoWBlockRejected': ['difficultyNotZero'],
  '3675PreParis1559BlockRejected': ['difficultyNotZero', 'ommersNotEmpty'],
  ExtraDataIncorrectDAO: ['extraDataNotDao'],
  ExtraDataTooBig: ['extraDataTooLong'],
  INPUT_UNMARSHAL_ADDRESS_ERROR: RLP,
  INPUT_UNMARSHAL_ERROR: RLP,
  // The seal of a mined block; where there is none any more, that its nonce is not zero.
  InvalidBlockMixHash: ['proofOfWork'],
  InvalidBlockNonce: ['proofOfWork', 'nonceNotZero'],
  InvalidDifficulty: ['difficulty', 'difficultyNotZero'],
  InvalidGasLimit: ['gasLimitTooHigh', 'gasLimit'],
  InvalidGasLimit2: ['gasLimit', 'format'],
  InvalidGasUsed: GAS_USED,
  InvalidLogBloom: ['logsBloom'],
  InvalidNumber: ['number'],
  InvalidReceiptsStateRoot: ['receiptsRoot'],
  InvalidStateRoot: ['stateRoot'],
  InvalidTimestamp: ['timestamp'],
  InvalidTimestampOlderParent: ['timestamp'],
  InvalidTransactionsRoot: ['transactionsRoot'],
  InvalidUncleParentHash: ['ommerParent'],
  InvalidUnclesHash: ['ommersHash'],
  InvalidWithdrawals: ['withdrawalsRoot'],
  LegacyBlockImportImpossible: ['format'],
  LegacyBlockImportImpossible2: ['format'],
  ParisBlockImportImpossible: ['format'],
  PostParisDifficultyIsNot0: ['difficultyNotZero'],
  PostParisUncleHashIsNotEmpty: ['ommersNotEmpty'],
  RLP_ExpectedAsList: RLP,
  ShanghaiBlockImportImpossible: ['format'],
  TooManyUncles: ['tooManyOmmers'],
  // Gas above a limit of nothing is as much the limit's fault.
  TooMuchGasUsed: ['gasUsedAboveLimit', 'gasLimit'],
  // Included by an ancestor, by this block before, or an ancestor itself.
  UncleInChain: ['ommerIncluded', 'ommerTwice', 'ommerIsAncestor'],
  UncleIsAncestor: ['ommerIsAncestor'],
  UncleIsBrother: ['ommerTwice', 'ommerParent'],
  UncleParentIsNotAncestor: OMMER_PARENT,
  UncleTooOld: ['ommerTooOld'],
  // Of a block, or of an ommer.
  UnknownParent: ['unknownParent', 'ommerParent'],
  UnknownParent2: ['unknownParent', 'ommerParent'],
};

/** Names of blocks for what the library finds in a transaction: more gas than the block has left. */
const TRANSACTION_NAMES: Readonly<Record<string, readonly TransactionFault[]>> = {
  GAS_USED_OVERFLOW: ['gasAllowanceExceeded'],
  // Blob hashes where the fork knows none are found as transactions of an unknown type.
  INVALID_VERSIONED_HASHES: ['typeNotSupported'],
  BlockGasLimitReached: ['gasAllowanceExceeded'],
  TooMuchGasUsed: ['gasAllowanceExceeded'],
  // A transaction without any gas, and of which that is not all that is wrong.
  TR_FeeCapLessThanBlocksORNoFunds: ['intrinsicGasTooLow'],
  'TransactionException.INSUFFICIENT_MAX_FEE_PER_GAS|TransactionException.INSUFFICIENT_ACCOUNT_FUNDS': [
    'intrinsicGasTooLow',
  ],
};

const PREFIX = 'BlockException.';

/** Maps, since what fixtures say may also be what every object has. */
const BLOCK_FAULTS = byName(NAMES, OLD_NAMES);
const TRANSACTION_FAULTS = byName(TRANSACTION_NAMES);

function byName<T>(...tables: readonly Readonly<Record<string, T>>[]): ReadonlyMap<string, T> {
  return new Map(tables.flatMap((table) => Object.entries(table)));
}

/**
 * Whether an error is of the kind, or one of the kinds joined by `|`, that a fixture expects; names of either style,
 * of blocks and of transactions. No name that is not known agrees with anything.
 */
export function isBlockFaultNamed(error: InvalidBlock, expected: string): boolean {
  return agrees(error, expected) || expected.split('|').some((name) => agrees(error, name));
}

function agrees({ fault, cause }: InvalidBlock, fullName: string): boolean {
  const name = fullName.startsWith(PREFIX) ? fullName.slice(PREFIX.length) : fullName;
  if (cause instanceof InvalidTransaction) {
    const faults = new Set([
      ...(TRANSACTION_FAULTS.get(name) ?? []),
      ...(transactionFaultsNamed(fullName) ?? []),
    ]);
    return faults.has(cause.fault);
  }
  return BLOCK_FAULTS.get(name)?.includes(fault) ?? false;
}
