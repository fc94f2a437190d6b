/**
 * The errors that are thrown, by who is at fault. What bytecode does wrong is never thrown: it is a value, the
 * `halt` of a result. A caller's mistake is a plain `TypeError` or `RangeError`.
 */

/** State that a synchronous run needed and its source lacks. */
export class MissingState extends Error {
  override readonly name = 'MissingState';
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
