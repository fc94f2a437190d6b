/**
 * Every fork as the previous fork plus the EIPs it brings, and every EIP as plain data. An opcode exists in a fork
 * exactly when the fork prices it here; prices that also depend on operands or on the world are `params`.
 * Over 600 lines because what one fork changes is read against those before it.
 */

import { OPCODE_NAMED, type OpName } from './opcodes.ts';
import type { BlobSchedule, Params, Rules } from './params.ts';

/** The precompiles there are; what they do is in `precompiles/`. */
export type PrecompileName =
  | 'ecrecover'
  | 'sha256'
  | 'ripemd160'
  | 'identity'
  | 'modexpByzantium'
  | 'modexpBerlin'
  | 'modexpOsaka'
  | 'bn254AddByzantium'
  | 'bn254AddIstanbul'
  | 'bn254MulByzantium'
  | 'bn254MulIstanbul'
  | 'bn254PairingByzantium'
  | 'bn254PairingIstanbul'
  | 'blake2f'
  | 'kzgPointEvaluation'
  | 'blsG1Add'
  | 'blsG1Msm'
  | 'blsG2Add'
  | 'blsG2Msm'
  | 'blsPairing'
  | 'blsMapFpToG1'
  | 'blsMapFp2ToG2'
  | 'p256Verify';

/** What one EIP changes. Plain data: no functions, no conditions. */
export interface EipDelta {
  /** the EIP's number; 0 for what came with a fork and has no EIP */
  readonly eip: number;
  /** static gas of opcodes it adds or reprices; null takes an opcode away */
  readonly gas?: Readonly<Partial<Record<OpName, number | null>>>;
  readonly params?: Readonly<Partial<Params>>;
  readonly rules?: Readonly<Partial<Rules>>;
  /** precompiles by address, as a number */
  readonly precompiles?: Readonly<Record<number, PrecompileName>>;
  /** contracts that queue requests, by the type of these (https://eips.ethereum.org/EIPS/eip-7685) */
  readonly requestContracts?: Readonly<Record<number, `0x${string}`>>;
}

/** A rule set: everything that execution and block processing ask of a fork. */
export interface Fork {
  readonly name: string;
  /** the fork it builds on; null for the first */
  readonly parent: Fork | null;
  /** the EIPs that this fork itself brings */
  readonly eips: readonly number[];
  /** what it changes, EIP by EIP, in the order in which that was applied */
  readonly deltas: readonly EipDelta[];
  /** static gas by opcode byte; undefined where the fork has no such opcode */
  readonly gas: readonly (number | undefined)[];
  readonly params: Params;
  readonly rules: Rules;
  /** precompiles by address, as a number */
  readonly precompiles: ReadonlyMap<number, PrecompileName>;
  /** contracts that blocks take requests from, by the type of these, in ascending order */
  readonly requestContracts: ReadonlyMap<number, `0x${string}`>;
}

/**
 * A fork: the one before it and what is new. Users make their own chains' rule sets with it too:
 * `fork('mine', prague, { eip: 7939, gas: { CLZ: 5 } })`.
 * @throws {TypeError} when the first fork of a chain lacks a parameter or a rule
 */
export function fork(name: string, parent: Fork | null, ...deltas: readonly EipDelta[]): Fork {
  const gas = parent === null ? new Array<number | undefined>(256).fill(undefined) : [...parent.gas];
  const precompiles = new Map(parent?.precompiles);
  const requestContracts = new Map(parent?.requestContracts);
  let params = parent?.params ?? ({} as Params);
  let rules = parent?.rules ?? ({} as Rules);
  for (const delta of deltas) {
    for (const [op, price] of Object.entries(delta.gas ?? {})) {
      if (price !== undefined) gas[OPCODE_NAMED[op as OpName].code] = price ?? undefined;
    }
    params = { ...params, ...delta.params };
    rules = { ...rules, ...delta.rules };
    for (const [address, precompile] of Object.entries(delta.precompiles ?? {})) {
      precompiles.set(Number(address), precompile);
    }
    for (const [type, contract] of Object.entries(delta.requestContracts ?? {})) {
      requestContracts.set(Number(type), contract);
    }
  }
  return Object.freeze({
    name,
    parent,
    eips: deltas.map((delta) => delta.eip).filter((eip) => eip !== 0),
    deltas,
    gas,
    params: Object.freeze(params),
    rules: Object.freeze(rules),
    precompiles,
    requestContracts: new Map([...requestContracts].sort(([a], [b]) => a - b)),
  });
}

/** A gas table that prices a run of opcodes alike. */
function priced(gas: number, ...names: readonly OpName[]): Partial<Record<OpName, number>> {
  return Object.fromEntries(names.map((name) => [name, gas]));
}

const numbered = (prefix: string, from: number, to: number): OpName[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${prefix}${from + i}` as OpName);

const ETHER = 10n ** 18n;
const NO_LIMIT = Number.POSITIVE_INFINITY;

export const frontier = fork('Frontier', null, {
  eip: 0,
  gas: {
    ...priced(0, 'STOP', 'RETURN', 'SELFDESTRUCT', 'SSTORE'),
    ...priced(1, 'JUMPDEST'),
    ...priced(2, 'ADDRESS', 'ORIGIN', 'CALLER', 'CALLVALUE', 'CALLDATASIZE', 'CODESIZE', 'GASPRICE'),
    ...priced(2, 'COINBASE', 'TIMESTAMP', 'NUMBER', 'PREVRANDAO', 'GASLIMIT', 'POP', 'PC', 'MSIZE', 'GAS'),
    ...priced(3, 'ADD', 'SUB', 'LT', 'GT', 'SLT', 'SGT', 'EQ', 'ISZERO', 'AND', 'OR', 'XOR', 'NOT', 'BYTE'),
    ...priced(3, 'CALLDATALOAD', 'MLOAD', 'MSTORE', 'MSTORE8', 'CALLDATACOPY', 'CODECOPY'),
    ...priced(3, ...numbered('PUSH', 1, 32), ...numbered('DUP', 1, 16), ...numbered('SWAP', 1, 16)),
    ...priced(5, 'MUL', 'DIV', 'SDIV', 'MOD', 'SMOD', 'SIGNEXTEND'),
    ...priced(8, 'ADDMOD', 'MULMOD', 'JUMP'),
    ...priced(10, 'JUMPI', 'EXP'),
    ...priced(20, 'BALANCE', 'EXTCODESIZE', 'EXTCODECOPY', 'BLOCKHASH'),
    ...priced(30, 'KECCAK256'),
    ...priced(40, 'CALL', 'CALLCODE'),
    ...priced(50, 'SLOAD'),
    ...{ LOG0: 375, LOG1: 750, LOG2: 1125, LOG3: 1500, LOG4: 1875 },
    ...priced(32000, 'CREATE'),
  },
  params: {
    memoryWordGas: 3,
    copyWordGas: 3,
    keccakWordGas: 6,
    logByteGas: 8,
    expByteGas: 10,
    warmAccessGas: 0,
    coldAccountGas: 0,
    coldSlotGas: 0,
    codeReadGas: 0,
    sstoreNoopGas: 5000,
    sstoreSetGas: 20000,
    sstoreResetGas: 5000,
    sstoreClearRefund: 15000,
    sstoreSentryGas: 0,
    sstoreWarmGas: 0,
    callValueGas: 9000,
    callStipendGas: 2300,
    callNewAccountGas: 25000,
    selfdestructNewAccountGas: 25000,
    createDepositByteGas: 200,
    createDepositWordGas: 0,
    initcodeWordGas: 0,
    maxCodeSize: NO_LIMIT,
    maxInitcodeSize: NO_LIMIT,
    selfdestructRefund: 24000,
    callReserveDivisor: 0,
    txBaseGas: 21000,
    txRecipientGas: 0,
    txValueGas: 0,
    txCreateGas: 0,
    txZeroByteGas: 4,
    txNonZeroByteGas: 68,
    txAccessListAddressGas: 0,
    txAccessListKeyGas: 0,
    txAccessListByteGas: 0,
    txAuthorizationGas: 0,
    txAuthorizationRefund: 0,
    txAuthorityWriteGas: 0,
    txFloorZeroByteGas: 0,
    txFloorNonZeroByteGas: 0,
    maxTxGas: NO_LIMIT,
    maxTxRegularGas: NO_LIMIT,
    refundQuotient: 2,
    stateByteGas: 0,
    newAccountStateBytes: 0,
    newSlotStateBytes: 0,
    delegationStateBytes: 0,
    codeStateBytesPerByte: 0,
    txCreateStateBytes: 0,
    txAuthorizationStateBytes: 0,
    systemCallStateBytes: 0,
    blobSchedule: null,
    maxBlobsPerTx: NO_LIMIT,
    gasPerBlob: 131072,
    blockReward: 5n * ETHER,
    difficultyBombDelay: 0,
    difficultyStepSeconds: 13,
    maxBlockSize: NO_LIMIT,
    blockAccessListItemGas: 0,
  },
  rules: {
    newAccountPricedByExistence: true,
    createDepositMustBePaid: false,
    clearsEmptyAccounts: false,
    contractNonceStartsAtOne: false,
    lowSignaturesOnly: false,
    replayProtection: false,
    netStorageMetering: false,
    accessSets: false,
    warmCoinbase: false,
    baseFee: false,
    rejectsCodeStartingEF: false,
    proofOfStake: false,
    withdrawals: false,
    selfdestructOnlyNew: false,
    beaconRoots: false,
    storesBlockHashes: false,
    requests: false,
    delegations: false,
    blobReservePrice: false,
    receiptStatus: false,
    difficultyCountsOmmers: false,
    difficultySteps: false,
    transferLogs: false,
    destroyedKeepBalance: false,
    stateGas: false,
    stateGasRepaysLastPayer: false,
    creationsPayForNewAccounts: false,
    failedCallsRefillAccounts: false,
    transactionsPayAsTheyRun: false,
    floorCountsCreation: false,
    reservesAllGasForState: false,
    blockGasIgnoresRefunds: false,
    blockAccessLists: false,
  },
  precompiles: { 1: 'ecrecover', 2: 'sha256', 3: 'ripemd160', 4: 'identity' },
});

export const homestead = fork(
  'Homestead',
  frontier,
  {
    eip: 2,
    params: { txCreateGas: 32000, difficultyStepSeconds: 10 },
    rules: { createDepositMustBePaid: true, lowSignaturesOnly: true, difficultySteps: true },
  },
  { eip: 7, gas: { DELEGATECALL: 40 } },
);

export const tangerineWhistle = fork('TangerineWhistle', homestead, {
  eip: 150,
  gas: {
    ...priced(700, 'EXTCODESIZE', 'EXTCODECOPY', 'CALL', 'CALLCODE', 'DELEGATECALL'),
    BALANCE: 400,
    SLOAD: 200,
    SELFDESTRUCT: 5000,
  },
  params: { callReserveDivisor: 64 },
});

export const spuriousDragon = fork(
  'SpuriousDragon',
  tangerineWhistle,
  { eip: 155, rules: { replayProtection: true } },
  { eip: 160, params: { expByteGas: 50 } },
  {
    eip: 161,
    rules: { newAccountPricedByExistence: false, clearsEmptyAccounts: true, contractNonceStartsAtOne: true },
  },
  { eip: 170, params: { maxCodeSize: 24576 } },
);

export const byzantium = fork(
  'Byzantium',
  spuriousDragon,
  { eip: 100, params: { difficultyStepSeconds: 9 }, rules: { difficultyCountsOmmers: true } },
  { eip: 140, gas: { REVERT: 0 } },
  { eip: 196, precompiles: { 6: 'bn254AddByzantium', 7: 'bn254MulByzantium' } },
  { eip: 197, precompiles: { 8: 'bn254PairingByzantium' } },
  { eip: 198, precompiles: { 5: 'modexpByzantium' } },
  { eip: 211, gas: { RETURNDATASIZE: 2, RETURNDATACOPY: 3 } },
  { eip: 214, gas: { STATICCALL: 700 } },
  { eip: 649, params: { blockReward: 3n * ETHER, difficultyBombDelay: 3_000_000 } },
  { eip: 658, rules: { receiptStatus: true } },
);

const NET_METERING: EipDelta = {
  eip: 1283,
  params: { sstoreNoopGas: 200, sstoreSetGas: 20000, sstoreResetGas: 5000, sstoreClearRefund: 15000 },
  rules: { netStorageMetering: true },
};

const CONSTANTINOPLE: readonly EipDelta[] = [
  { eip: 145, gas: { SHL: 3, SHR: 3, SAR: 3 } },
  { eip: 1014, gas: { CREATE2: 32000 } },
  { eip: 1052, gas: { EXTCODEHASH: 400 } },
  { eip: 1234, params: { blockReward: 2n * ETHER, difficultyBombDelay: 5_000_000 } },
];

/** Constantinople as first planned, with EIP-1283; never live on mainnet. */
export const constantinople = fork('Constantinople', byzantium, ...CONSTANTINOPLE, NET_METERING);

/** What went live in its place: Constantinople without EIP-1283 (https://eips.ethereum.org/EIPS/eip-1716). */
export const petersburg = fork('Petersburg', byzantium, ...CONSTANTINOPLE);

export const istanbul = fork(
  'Istanbul',
  petersburg,
  { eip: 152, precompiles: { 9: 'blake2f' } },
  { eip: 1108, precompiles: { 6: 'bn254AddIstanbul', 7: 'bn254MulIstanbul', 8: 'bn254PairingIstanbul' } },
  { eip: 1344, gas: { CHAINID: 2 } },
  { eip: 1884, gas: { SELFBALANCE: 5, BALANCE: 700, EXTCODEHASH: 700, SLOAD: 800 } },
  { eip: 2028, params: { txNonZeroByteGas: 16 } },
  {
    eip: 2200,
    params: {
      sstoreNoopGas: 800,
      sstoreSetGas: 20000,
      sstoreResetGas: 5000,
      sstoreClearRefund: 15000,
      sstoreSentryGas: 2300,
    },
    rules: { netStorageMetering: true },
  },
);

export const muirGlacier = fork('MuirGlacier', istanbul, {
  eip: 2384,
  params: { difficultyBombDelay: 9_000_000 },
});

export const berlin = fork(
  'Berlin',
  muirGlacier,
  { eip: 2565, precompiles: { 5: 'modexpBerlin' } },
  { eip: 2718 },
  {
    eip: 2929,
    // All of it is priced by warmth.
    gas: priced(
      0,
      ...(['BALANCE', 'EXTCODESIZE', 'EXTCODECOPY', 'EXTCODEHASH', 'SLOAD'] as const),
      ...(['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL'] as const),
    ),
    params: {
      warmAccessGas: 100,
      coldAccountGas: 2600,
      coldSlotGas: 2100,
      sstoreNoopGas: 100,
      sstoreResetGas: 2900,
    },
    rules: { accessSets: true },
  },
  { eip: 2930, params: { txAccessListAddressGas: 2400, txAccessListKeyGas: 1900 } },
);

export const london = fork(
  'London',
  berlin,
  { eip: 1559, rules: { baseFee: true } },
  { eip: 3198, gas: { BASEFEE: 2 } },
  { eip: 3529, params: { refundQuotient: 5, selfdestructRefund: 0, sstoreClearRefund: 4800 } },
  { eip: 3541, rules: { rejectsCodeStartingEF: true } },
  { eip: 3554, params: { difficultyBombDelay: 9_700_000 } },
);

export const arrowGlacier = fork('ArrowGlacier', london, {
  eip: 4345,
  params: { difficultyBombDelay: 10_700_000 },
});

export const grayGlacier = fork('GrayGlacier', arrowGlacier, {
  eip: 5133,
  params: { difficultyBombDelay: 11_400_000 },
});

export const paris = fork(
  'Paris',
  grayGlacier,
  { eip: 3675, params: { blockReward: 0n }, rules: { proofOfStake: true } },
  { eip: 4399 },
);

export const shanghai = fork(
  'Shanghai',
  paris,
  { eip: 3651, rules: { warmCoinbase: true } },
  { eip: 3855, gas: { PUSH0: 2 } },
  { eip: 3860, params: { initcodeWordGas: 2, maxInitcodeSize: 49152 } },
  { eip: 4895, rules: { withdrawals: true } },
);

const blobs = (target: number, max: number, fraction: bigint): { readonly blobSchedule: BlobSchedule } => ({
  blobSchedule: { target, max, baseFeeUpdateFraction: fraction },
});

export const cancun = fork(
  'Cancun',
  shanghai,
  { eip: 1153, gas: { TLOAD: 100, TSTORE: 100 } },
  { eip: 4788, rules: { beaconRoots: true } },
  {
    eip: 4844,
    gas: { BLOBHASH: 3 },
    params: blobs(3, 6, 3338477n),
    precompiles: { 10: 'kzgPointEvaluation' },
  },
  { eip: 5656, gas: { MCOPY: 3 } },
  { eip: 6780, rules: { selfdestructOnlyNew: true } },
  { eip: 7516, gas: { BLOBBASEFEE: 2 } },
);

export const prague = fork(
  'Prague',
  cancun,
  {
    eip: 2537,
    precompiles: {
      11: 'blsG1Add',
      12: 'blsG1Msm',
      13: 'blsG2Add',
      14: 'blsG2Msm',
      15: 'blsPairing',
      16: 'blsMapFpToG1',
      17: 'blsMapFp2ToG2',
    },
  },
  { eip: 2935, rules: { storesBlockHashes: true } },
  { eip: 6110 },
  { eip: 7002, requestContracts: { 1: '0x00000961ef480eb55e80d19ad83579a64c007002' } },
  { eip: 7251, requestContracts: { 2: '0x0000bbddc7ce488642fb579f8b00f3a590007251' } },
  { eip: 7623, params: { txFloorZeroByteGas: 10, txFloorNonZeroByteGas: 40 } },
  { eip: 7685, rules: { requests: true } },
  { eip: 7691, params: blobs(6, 9, 5007716n) },
  {
    eip: 7702,
    params: { txAuthorizationGas: 25000, txAuthorizationRefund: 12500 },
    rules: { delegations: true },
  },
);

export const osaka = fork(
  'Osaka',
  prague,
  { eip: 7594, params: { maxBlobsPerTx: 6 } },
  { eip: 7823 },
  { eip: 7825, params: { maxTxGas: 16_777_216 } },
  { eip: 7883, precompiles: { 5: 'modexpOsaka' } },
  { eip: 7918, rules: { blobReservePrice: true } },
  { eip: 7934, params: { maxBlockSize: 8_388_608 } },
  { eip: 7939, gas: { CLZ: 5 } },
  { eip: 7951, precompiles: { 256: 'p256Verify' } },
);

export const bpo1 = fork('BPO1', osaka, { eip: 7892, params: blobs(10, 15, 8346193n) });
export const bpo2 = fork('BPO2', bpo1, { eip: 7892, params: blobs(14, 21, 11684671n) });
/** Only in tests. */
export const bpo3 = fork('BPO3', bpo2, { eip: 7892, params: blobs(21, 32, 20609697n) });
/** Only in tests. */
export const bpo4 = fork('BPO4', bpo3, { eip: 7892, params: blobs(14, 21, 13739630n) });

// What both rule sets of Amsterdam have alike
const TRANSFER_LOGS: EipDelta = { eip: 7708, rules: { transferLogs: true } };
const BLOCK_GAS_WITHOUT_REFUNDS: EipDelta = { eip: 7778, rules: { blockGasIgnoresRefunds: true } };
const SLOT_NUMBERS: EipDelta = { eip: 7843, gas: { SLOTNUM: 2 } };
const ACCESS_LISTS: EipDelta = {
  eip: 7928,
  params: { blockAccessListItemGas: 2000 },
  rules: { blockAccessLists: true },
};
const CALLDATA_FLOOR: EipDelta = {
  eip: 7976,
  params: { txFloorZeroByteGas: 64, txFloorNonZeroByteGas: 64 },
};
const ACCESS_LIST_BYTES: EipDelta = { eip: 7981, params: { txAccessListByteGas: 64 } };
const DEEP_STACK: EipDelta = { eip: 8024, gas: { DUPN: 3, SWAPN: 3, EXCHANGE: 3 } };

/**
 * Amsterdam as the official fixtures have it (tests-bal v5.7.0), which is neither what the EIPs said then nor what
 * they say now: `docs/amsterdam.md` tells the differences.
 */
export const balDevnet = fork(
  'BalDevnet',
  bpo2,
  TRANSFER_LOGS,
  BLOCK_GAS_WITHOUT_REFUNDS,
  SLOT_NUMBERS,
  ACCESS_LISTS,
  { eip: 7954, params: { maxCodeSize: 32768, maxInitcodeSize: 65536 } },
  CALLDATA_FLOOR,
  ACCESS_LIST_BYTES,
  DEEP_STACK,
  {
    eip: 8037,
    gas: { CREATE: 9000, CREATE2: 9000 },
    params: {
      sstoreSetGas: 2900,
      callNewAccountGas: 0,
      selfdestructNewAccountGas: 0,
      createDepositByteGas: 0,
      createDepositWordGas: 6,
      txCreateGas: 9000,
      txAuthorizationGas: 7500,
      txAuthorizationRefund: 0,
      maxTxGas: NO_LIMIT,
      maxTxRegularGas: 16_777_216,
      newAccountStateBytes: 112,
      newSlotStateBytes: 32,
      codeStateBytesPerByte: 1,
      txCreateStateBytes: 112,
      txAuthorizationStateBytes: 112 + 23,
    },
    rules: { stateGas: true },
  },
);

/**
 * Amsterdam as the EIPs have it that are scheduled for it (https://eips.ethereum.org/EIPS/eip-7773 of 2026-08-20).
 * The date behind each is that of the text's last change when it was read. EIPs of the consensus layer and of the
 * network alone (7688, 7732, 8045, 8061) are not in it.
 */
export const amsterdam = fork(
  'Amsterdam',
  bpo2,
  TRANSFER_LOGS, // 2026-07-10
  BLOCK_GAS_WITHOUT_REFUNDS, // 2026-07-10
  SLOT_NUMBERS, // 2026-08-05
  ACCESS_LISTS, // 2026-07-09
  { eip: 7954, params: { maxCodeSize: 65536, maxInitcodeSize: 131072 } }, // 2026-07-08
  CALLDATA_FLOOR, // 2026-07-08
  ACCESS_LIST_BYTES, // 2026-07-07
  { eip: 7997 }, // 2026-07-17. A contract that chains have; no client looks for it
  DEEP_STACK, // 2026-06-10
  {
    eip: 8037, // 2026-07-31
    params: {
      callNewAccountGas: 0,
      createDepositByteGas: 0,
      createDepositWordGas: 6,
      maxTxGas: NO_LIMIT,
      maxTxRegularGas: 16_777_216,
      stateByteGas: 1530,
      newAccountStateBytes: 120,
      newSlotStateBytes: 64,
      delegationStateBytes: 23,
      codeStateBytesPerByte: 1,
      systemCallStateBytes: 16 * 64,
    },
    rules: {
      stateGas: true,
      stateGasRepaysLastPayer: true,
      creationsPayForNewAccounts: true,
      failedCallsRefillAccounts: true,
      reservesAllGasForState: true,
    },
  },
  {
    eip: 8038, // 2026-08-04
    gas: { CREATE: 12000, CREATE2: 12000 },
    params: {
      coldAccountGas: 3000,
      codeReadGas: 100,
      sstoreWarmGas: 100,
      sstoreNoopGas: 0,
      sstoreSetGas: 10000,
      sstoreResetGas: 10000,
      sstoreClearRefund: 11616,
      callValueGas: 9000 + 2300,
      selfdestructNewAccountGas: 9000,
      txAccessListAddressGas: 2900,
      txAccessListKeyGas: 2000,
    },
  },
  {
    eip: 2780, // 2026-08-04
    params: {
      txBaseGas: 12000,
      txRecipientGas: 3000,
      txValueGas: 6000,
      txCreateGas: 12000,
      txAuthorizationGas: 1616 + 3000 + 3000 + 2 * 100,
      txAuthorizationRefund: 0,
      txAuthorityWriteGas: 9000,
    },
    rules: { transactionsPayAsTheyRun: true, floorCountsCreation: true },
  },
  { eip: 8246, rules: { destroyedKeepBalance: true } }, // 2026-05-22
  {
    eip: 8282, // 2026-08-10
    requestContracts: {
      3: '0x0000bff46984e3725691fa540a8c7589300d8282',
      4: '0x000064d678505ad48f8ccb093bc65613800e8282',
    },
  },
);

/** Every fork in order of activation. */
export const FORKS: readonly Fork[] = [
  frontier,
  homestead,
  tangerineWhistle,
  spuriousDragon,
  byzantium,
  constantinople,
  petersburg,
  istanbul,
  muirGlacier,
  berlin,
  london,
  arrowGlacier,
  grayGlacier,
  paris,
  shanghai,
  cancun,
  prague,
  osaka,
  bpo1,
  bpo2,
  bpo3,
  bpo4,
  balDevnet,
  amsterdam,
];

/** Other names that test suites and people use. */
const ALIASES: Readonly<Record<string, Fork>> = {
  eip150: tangerineWhistle,
  eip158: spuriousDragon,
  constantinoplefix: petersburg,
  merge: paris,
};

/** The names of a fork, its aliases among them, in lower case. */
export function namesOf({ name }: Fork): readonly string[] {
  const aliases = Object.keys(ALIASES).filter((alias) => ALIASES[alias].name === name);
  return [name.toLowerCase(), ...aliases];
}

/**
 * A fork by its name or an alias (EIP150, EIP158, ConstantinopleFix, Merge), whatever the case.
 * @throws {RangeError} when there is none
 */
export function forkNamed(name: string): Fork {
  const key = name.toLowerCase();
  const alias = Object.hasOwn(ALIASES, key) ? ALIASES[key] : undefined;
  const found = alias ?? FORKS.find((candidate) => candidate.name.toLowerCase() === key);
  if (found === undefined) {
    const names = FORKS.map((candidate) => candidate.name).join(', ');
    throw new RangeError(`fork: expected one of ${names}, got ${JSON.stringify(name)}`);
  }
  return found;
}
