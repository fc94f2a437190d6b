/**
 * The errors that are thrown, by who is at fault. What bytecode does wrong is never thrown: it is a value, the
 * `halt` of a result. A caller's mistake is a plain `TypeError` or `RangeError`.
 */

/** State that a synchronous run needed and its source lacks. */
export class MissingState extends Error {
  override readonly name = 'MissingState';
}

/** Bytes that are no saved run, or one of something else. */
export class BadSavedRun extends Error {
  override readonly name = 'BadSavedRun';
}

/** Why a transaction is invalid: one word for each official exception name. */
export type TransactionFault =
  | 'typeNotSupported'
  | 'rlp'
  | 'addressLength'
  | 'nonceOverflow'
  | 'gasLimitOverflow'
  | 'gasPriceOverflow'
  | 'priorityFeeOverflow'
  | 'valueOverflow'
  | 'gasCostOverflow'
  | 'chainId'
  | 'signature'
  | 'senderNotEoa'
  | 'nonceTooLow'
  | 'nonceTooHigh'
  | 'nonceIsMax'
  | 'insufficientFunds'
  | 'intrinsicGasTooLow'
  | 'floorGasTooLow'
  | 'gasAllowanceExceeded'
  | 'gasLimitTooHigh'
  | 'initcodeTooLarge'
  | 'maxFeeBelowBaseFee'
  | 'priorityAboveMaxFee'
  | 'maxBlobFeeTooLow'
  | 'noBlobs'
  | 'tooManyBlobs'
  | 'blobGasAllowanceExceeded'
  | 'blobVersion'
  | 'blobCreation'
  | 'fullBlobs'
  | 'noAuthorizations'
  | 'authorizationCreation';

/** A transaction that cannot be in a block. State is untouched. */
export class InvalidTransaction extends Error {
  override readonly name = 'InvalidTransaction';
  readonly fault: TransactionFault;
  /** what was found, where two numbers disagree */
  readonly actual: bigint | undefined;
  /** what it was held against */
  readonly expected: bigint | undefined;

  constructor(fault: TransactionFault, message: string, actual?: bigint, expected?: bigint) {
    super(message);
    this.fault = fault;
    this.actual = actual;
    this.expected = expected;
  }
}

/**
 * Why a block is invalid: one word for each official exception name.
 * - `rlp`, `format`, `blockSize`: its bytes; another number of header fields than its fork has; too many bytes
 * - `unknownParent`, `number`, `timestamp`, `gasLimit`, `gasLimitTooHigh`, `extraDataTooLong`, `extraDataNotDao`,
 *   `difficulty`, `baseFee`, `excessBlobGas`: its header against its parent
 * - `gasUsedAboveLimit`, `blobGasAboveLimit`: more than the header itself allows
 * - `proofOfWork`: the seal of an Ethash block
 * - `difficultyNotZero`, `nonceNotZero`, `ommersNotEmpty`: of mining, where there is none any more
 * - `ommersHash`, `tooManyOmmers`, `ommerTwice`, `ommerIncluded`, `ommerIsAncestor`, `ommerParent`, `ommerTooOld`: its
 *   ommers; what is wrong with an ommer's header is the fault that it would be of a block's
 * - `transaction`: a transaction of it, see `cause`
 * - `gasUsed`, `blobGasUsed`, `logsBloom` and the roots: what executing it yields is not what its header says
 * - `blockAccessListTooLong`: its access list has more items than its gas limit allows
 * - `depositLayout`, `systemContractEmpty`, `systemContractFailed`: requests could not be collected
 */
export type BlockFault =
  | 'rlp'
  | 'format'
  | 'blockSize'
  | 'unknownParent'
  | 'number'
  | 'timestamp'
  | 'gasLimit'
  | 'gasLimitTooHigh'
  | 'extraDataTooLong'
  | 'extraDataNotDao'
  | 'difficulty'
  | 'baseFee'
  | 'excessBlobGas'
  | 'gasUsedAboveLimit'
  | 'blobGasAboveLimit'
  | 'proofOfWork'
  | 'difficultyNotZero'
  | 'nonceNotZero'
  | 'ommersNotEmpty'
  | 'ommersHash'
  | 'tooManyOmmers'
  | 'ommerTwice'
  | 'ommerIncluded'
  | 'ommerIsAncestor'
  | 'ommerParent'
  | 'ommerTooOld'
  | 'transaction'
  | 'transactionsRoot'
  | 'receiptsRoot'
  | 'stateRoot'
  | 'logsBloom'
  | 'gasUsed'
  | 'blobGasUsed'
  | 'withdrawalsRoot'
  | 'requestsHash'
  | 'blockAccessListHash'
  | 'blockAccessListTooLong'
  | 'depositLayout'
  | 'systemContractEmpty'
  | 'systemContractFailed';

/** What further is known of a block's fault. */
export interface BlockFaultFacts {
  /** what was found, where two numbers disagree */
  readonly actual?: bigint | undefined;
  /** what it was held against */
  readonly expected?: bigint | undefined;
  /** the transaction's or the encoding's error, where that is why */
  readonly cause?: unknown;
}

/** A block that cannot be in a chain. The chain is untouched. */
export class InvalidBlock extends Error {
  override readonly name = 'InvalidBlock';
  readonly fault: BlockFault;
  /** what was found, where two numbers disagree */
  readonly actual: bigint | undefined;
  /** what it was held against */
  readonly expected: bigint | undefined;

  constructor(fault: BlockFault, message: string, facts: BlockFaultFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.fault = fault;
    this.actual = facts.actual;
    this.expected = facts.expected;
  }
}
