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
  /** what EXTCODESIZE and EXTCODECOPY cost for the code, besides what the account costs */
  readonly codeReadGas: number;

  // SSTORE, where metering is net: five numbers, as each generation prices them
  readonly sstoreNoopGas: number;
  readonly sstoreSetGas: number;
  readonly sstoreResetGas: number;
  readonly sstoreClearRefund: number;
  /** SSTORE halts when no more than this is left; 0: no such rule */
  readonly sstoreSentryGas: number;
  /** what reaching a slot that is warm costs SSTORE, besides those numbers */
  readonly sstoreWarmGas: number;

  // Calls, creations, self-destruction
  readonly callValueGas: number;
  readonly callStipendGas: number;
  readonly callNewAccountGas: number;
  readonly selfdestructNewAccountGas: number;
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
  /** for reaching a recipient other than the sender */
  readonly txRecipientGas: number;
  /** for value that goes to such a recipient */
  readonly txValueGas: number;
  readonly txCreateGas: number;
  readonly txZeroByteGas: number;
  readonly txNonZeroByteGas: number;
  readonly txAccessListAddressGas: number;
  readonly txAccessListKeyGas: number;
  /** for each byte of an access list, besides; the floor counts it too */
  readonly txAccessListByteGas: number;
  readonly txAuthorizationGas: number;
  readonly txAuthorizationRefund: number;
  /** for the first write to an authority that nothing else of the transaction pays for */
  readonly txAuthorityWriteGas: number;
  readonly txFloorZeroByteGas: number;
  readonly txFloorNonZeroByteGas: number;
  /** most gas of one transaction */
  readonly maxTxGas: number;
  /** most regular gas of one transaction; what lies above is its reservoir of state gas */
  readonly maxTxRegularGas: number;
  /** refunds are capped to the gas used divided by this */
  readonly refundQuotient: number;

  // State gas: bytes of state, each at the price of one. 0: not metered
  /** gas per byte; 0: as the block's gas limit says */
  readonly stateByteGas: number;
  readonly newAccountStateBytes: number;
  readonly newSlotStateBytes: number;
  readonly delegationStateBytes: number;
  readonly codeStateBytesPerByte: number;
  /** what a creating transaction pays for before anything runs */
  readonly txCreateStateBytes: number;
  /** what each authorization pays for before anything runs */
  readonly txAuthorizationStateBytes: number;
  /** what a call that a block makes has in its reservoir */
  readonly systemCallStateBytes: number;

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
  /** accounts that SELFDESTRUCT marks lose all but their ether; it is never burnt */
  readonly destroyedKeepBalance: boolean;
  /** state growth is paid in a gas of its own */
  readonly stateGas: boolean;
  /** gas of state that is undone goes back to what paid last (else to the reservoir, whatever paid) */
  readonly stateGasRepaysLastPayer: boolean;
  /** creations pay for an account where there was none (else always, and get it back where nothing is created) */
  readonly creationsPayForNewAccounts: boolean;
  /** calls that fail get back what they paid for the recipient's account */
  readonly failedCallsRefillAccounts: boolean;
  /** transactions pay for what they find in the state as they run (else for the worst case, before) */
  readonly transactionsPayAsTheyRun: boolean;
  /** the least gas of a transaction stands on all that it pays for creating a contract (else on the base alone) */
  readonly floorCountsCreation: boolean;
  /** all of a transaction's gas must fit the state gas that is left in the block (else what is certainly regular need not) */
  readonly reservesAllGasForState: boolean;
  /** refunds do not free gas of the block */
  readonly blockGasIgnoresRefunds: boolean;
  /** blocks commit to the list of what they access */
  readonly blockAccessLists: boolean;
}
