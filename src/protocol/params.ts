/**
 * The numbers and booleans in which forks differ, with their units. A number is gas unless its name or comment says
 * otherwise. Each is stated by the EIP delta that sets it (`forks.ts`) and read in one place.
 */

/** Blob schedule of a fork. https://eips.ethereum.org/EIPS/eip-7840 */
export interface BlobSchedule {
  /** blobs per block that the fee aims at */
  readonly target: number;
  /** most blobs in a block */
  readonly max: number;
  /** denominator of the exponent of the blob base fee, in blob gas */
  readonly baseFeeUpdateFraction: bigint;
}

/** The numbers. Gas, except where a comment gives another unit. */
export interface Params {
  // Memory, copies, hashing, logs
  readonly memoryWordGas: number;
  readonly copyWordGas: number;
  readonly keccakWordGas: number;
  readonly logByteGas: number;
  readonly expByteGas: number;

  // Accounts and slots. With access sets (Berlin on) the static price of the opcodes concerned is 0
  readonly warmAccessGas: number;
  readonly coldAccountGas: number;
  readonly coldSlotGas: number;

  // SSTORE, where metering is net: five numbers, as each generation prices them
  readonly sstoreNoopGas: number;
  readonly sstoreSetGas: number;
  readonly sstoreResetGas: number;
  readonly sstoreClearRefund: number;
  /** SSTORE halts when no more than this is left; 0: no such rule */
  readonly sstoreSentryGas: number;

  // Calls, creations, self-destruction
  readonly callValueGas: number;
  readonly callStipendGas: number;
  readonly newAccountGas: number;
  readonly createDepositByteGas: number;
  readonly createDepositWordGas: number;
  readonly initcodeWordGas: number;
  /** bytes */
  readonly maxCodeSize: number;
  /** bytes */
  readonly maxInitcodeSize: number;
  readonly selfdestructRefund: number;
  /** divisor of the gas left that a caller keeps; 0: it may pass on everything */
  readonly callReserveDivisor: number;

  // Transactions
  readonly txBaseGas: number;
  readonly txCreateGas: number;
  readonly txZeroByteGas: number;
  readonly txNonZeroByteGas: number;
  readonly txAccessListAddressGas: number;
  readonly txAccessListKeyGas: number;
  readonly txAuthorizationGas: number;
  readonly txAuthorizationRefund: number;
  readonly txFloorZeroByteGas: number;
  readonly txFloorNonZeroByteGas: number;
  readonly txFloorAccessListByteGas: number;
  /** most gas of one transaction */
  readonly maxTxGas: number;
  /** most regular gas of one transaction; what lies above is its reservoir of state gas */
  readonly maxTxRegularGas: number;
  /** refunds are capped to the gas used divided by this */
  readonly refundQuotient: number;

  // State gas: bytes of state, priced per byte by the block's gas limit. 0: not metered
  readonly newAccountStateBytes: number;
  readonly newSlotStateBytes: number;
  readonly authorizationStateBytes: number;
  readonly codeStateBytesPerByte: number;

  // Blobs
  readonly blobSchedule: BlobSchedule | null;
  /** most blobs in one transaction */
  readonly maxBlobsPerTx: number;
  readonly gasPerBlob: number;

  // Blocks
  /** wei; the numbers of London's fee market are the same in every fork since */
  readonly blockReward: bigint;
  /** blocks by which the difficulty bomb is delayed */
  readonly difficultyBombDelay: number;
  /** seconds of the difficulty formula: below it difficulty rises */
  readonly difficultyStepSeconds: number;
  /** bytes of RLP */
  readonly maxBlockSize: number;
  /** gas of the block's limit for each item of its access list */
  readonly blockAccessListItemGas: number;
}

/** The few booleans that numbers cannot express, named by meaning. */
export interface Rules {
  /** the price of a call depends on whether its target *exists*, not on whether it is dead and gets value */
  readonly newAccountPricedByExistence: boolean;
  /** code that cannot pay its deposit fails the creation (else it deploys nothing and keeps the gas) */
  readonly createDepositMustBePaid: boolean;
  /** empty accounts that were touched are removed at the end of a transaction */
  readonly clearsEmptyAccounts: boolean;
  /** new contracts start at nonce 1 */
  readonly contractNonceStartsAtOne: boolean;
  /** signatures with a high s are invalid */
  readonly lowSignaturesOnly: boolean;
  /** legacy transactions may carry the chain id in v */
  readonly replayProtection: boolean;
  /** SSTORE is metered by original, current and new value */
  readonly netStorageMetering: boolean;
  /** accounts and slots are cold until accessed */
  readonly accessSets: boolean;
  /** the coinbase is warm from the start */
  readonly warmCoinbase: boolean;
  /** blocks have a base fee */
  readonly baseFee: boolean;
  /** code starting with 0xEF cannot be deployed */
  readonly rejectsCodeStartingEF: boolean;
  /** proof of stake: no difficulty, no ommers, no reward; 0x44 is PREVRANDAO */
  readonly proofOfStake: boolean;
  /** blocks carry withdrawals */
  readonly withdrawals: boolean;
  /** SELFDESTRUCT removes only accounts created in the same transaction */
  readonly selfdestructOnlyNew: boolean;
  /** the parent beacon root is stored by a system call */
  readonly beaconRoots: boolean;
  /** block hashes are stored by a system call */
  readonly storesBlockHashes: boolean;
  /** blocks carry execution requests */
  readonly requests: boolean;
  /** accounts may delegate to code */
  readonly delegations: boolean;
  /** the excess of blob gas falls no faster than the base fee lets it */
  readonly blobReservePrice: boolean;
  /** receipts carry a status (else the state root) */
  readonly receiptStatus: boolean;
  /** difficulty counts the parent's ommers */
  readonly difficultyCountsOmmers: boolean;
  /** difficulty falls in steps (else by one notch at most) */
  readonly difficultySteps: boolean;
  /** transfers and burns of ether write logs */
  readonly transferLogs: boolean;
  /** state growth is paid in a gas of its own */
  readonly stateGas: boolean;
  /** refunds do not free gas of the block */
  readonly blockGasIgnoresRefunds: boolean;
  /** blocks commit to the list of what they access */
  readonly blockAccessLists: boolean;
}
