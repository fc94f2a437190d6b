import { describe, expect, it } from 'vitest';
import type { UnsignedBlobTransaction, UnsignedTransaction } from '../../src/chain/transaction.ts';
import {
  checkSender,
  checkTransaction,
  emptyBlockRoom,
  type SenderFact,
} from '../../src/chain/transactionValidity.ts';
import { InvalidTransaction } from '../../src/errors.ts';
import type { BlockContext } from '../../src/machine/environment.ts';
import {
  berlin,
  cancun,
  type Fork,
  fork,
  frontier,
  london,
  osaka,
  prague,
} from '../../src/protocol/forks.ts';

const BLOCK: BlockContext = {
  number: 1n,
  timestamp: 1n,
  coinbase: `0x${'c0'.repeat(20)}`,
  gasLimit: 30_000_000n,
  baseFee: 10n,
  prevRandao: 0n,
  difficulty: 0n,
  excessBlobGas: 2314058n,
  slotNumber: 0n,
  chainId: 1n,
};

const SENDER = `0x${'5e'.repeat(20)}` as const;

const COMMON = {
  chainId: 1n,
  nonce: 3n,
  gasLimit: 100_000n,
  to: `0x${'aa'.repeat(20)}` as const,
  value: 1n,
  data: new Uint8Array(0),
};
const MARKET = { ...COMMON, accessList: [], maxFeePerGas: 20n, maxPriorityFeePerGas: 1n };
const VERSIONED_HASH = 1n << 248n;

const legacy: UnsignedTransaction = { ...COMMON, type: 0, gasPrice: 20n };
const listed: UnsignedTransaction = { ...COMMON, type: 1, gasPrice: 20n, accessList: [] };
const market: UnsignedTransaction = { ...MARKET, type: 2 };
const blob: UnsignedBlobTransaction = {
  ...MARKET,
  ...{ type: 3, maxFeePerBlobGas: 2n, blobVersionedHashes: [VERSIONED_HASH] },
};
const setCode: UnsignedTransaction = {
  ...MARKET,
  type: 4,
  authorizationList: [{ chainId: 0n, address: COMMON.to, nonce: 0n, yParity: 0, r: 1n, s: 1n }],
};

/** Amsterdam's two dimensions of gas, in a fork of the test's own. */
const metered = fork('metered', osaka, {
  eip: 8037,
  params: {
    ...{ maxTxGas: Number.POSITIVE_INFINITY, maxTxRegularGas: 16_777_216, txCreateGas: 9000 },
    ...{ txCreateStateBytes: 112, txFloorZeroByteGas: 64, txFloorNonZeroByteGas: 64 },
  },
  rules: { stateGas: true },
});

function faultOf(check: () => unknown): InvalidTransaction | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof InvalidTransaction) return error;
    throw error;
  }
}

const check = (tx: UnsignedTransaction, fork: Fork, room = emptyBlockRoom(BLOCK, fork)) =>
  faultOf(() => checkTransaction(tx, SENDER, fork, BLOCK, room));

describe('what needs no state', () => {
  it('is in order in every fork that knows the type', () => {
    const { chainId: _, ...unprotected } = legacy;
    expect(check(unprotected as UnsignedTransaction, frontier)).toBeUndefined();
    expect(check(listed, berlin)).toBeUndefined();
    expect(check(market, london)).toBeUndefined();
    expect(check(blob, cancun)).toBeUndefined();
    expect(check(setCode, prague)).toBeUndefined();
  });

  it('tells the gas that is paid before anything runs', () => {
    expect(checkTransaction(setCode, SENDER, prague, BLOCK, emptyBlockRoom(BLOCK, prague))).toEqual({
      ...{ regular: 46000n, state: 0n, floor: 21000n },
    });
  });

  const zeros = (length: number) => new Uint8Array(length);
  const max64 = 2n ** 64n - 1n;

  it.each<[string, UnsignedTransaction, Fork, string, bigint?, bigint?]>([
    ['type 1 before Berlin', listed, frontier, 'typeNotSupported'],
    ['type 2 before London', market, berlin, 'typeNotSupported'],
    ['type 3 before Cancun', blob, london, 'typeNotSupported'],
    ['type 4 before Prague', setCode, cancun, 'typeNotSupported'],
    ['another chain', { ...legacy, chainId: 2n }, prague, 'chainId', 2n, 1n],
    ['a wide nonce', { ...legacy, nonce: max64 + 1n }, prague, 'nonceOverflow', max64 + 1n, max64],
    ['a wide gas limit', { ...legacy, gasLimit: max64 + 1n }, prague, 'gasLimitOverflow'],
    ['a wide price', { ...legacy, gasPrice: 2n ** 256n }, prague, 'gasPriceOverflow'],
    ['a wide priority fee', { ...market, maxPriorityFeePerGas: 2n ** 256n }, prague, 'priorityFeeOverflow'],
    ['a wide value', { ...legacy, value: 2n ** 256n }, prague, 'valueOverflow'],
    ['little gas', { ...legacy, gasLimit: 20999n }, prague, 'intrinsicGasTooLow', 20999n, 21000n],
    [
      'gas below the floor',
      { ...legacy, data: zeros(10), gasLimit: 21099n },
      prague,
      'floorGasTooLow',
      21099n,
      21100n,
    ],
    ['the greatest nonce', { ...legacy, nonce: max64 }, prague, 'nonceIsMax', max64, max64],
    [
      'much init code',
      { ...legacy, to: null, data: zeros(49153), gasLimit: 10n ** 6n },
      prague,
      'initcodeTooLarge',
      49153n,
      49152n,
    ],
    [
      'more gas than one may use',
      { ...legacy, gasLimit: 16_777_217n },
      osaka,
      'gasLimitTooHigh',
      16_777_217n,
      16_777_216n,
    ],
    [
      'more gas than a block has',
      { ...legacy, gasLimit: 30_000_001n },
      prague,
      'gasAllowanceExceeded',
      30_000_001n,
      30_000_000n,
    ],
    [
      'a priority above all',
      { ...market, maxPriorityFeePerGas: 21n },
      prague,
      'priorityAboveMaxFee',
      21n,
      20n,
    ],
    ['less than the base fee', { ...market, maxFeePerGas: 9n }, prague, 'maxFeeBelowBaseFee', 9n, 10n],
    ['a gas price below the base fee', { ...legacy, gasPrice: 9n }, prague, 'maxFeeBelowBaseFee', 9n, 10n],
    ['no blobs', { ...blob, blobVersionedHashes: [] }, cancun, 'noBlobs', 0n, 1n],
    [
      'many blobs',
      { ...blob, blobVersionedHashes: Array(7).fill(VERSIONED_HASH) },
      osaka,
      'tooManyBlobs',
      7n,
      6n,
    ],
    [
      'more blobs than a block has',
      { ...blob, blobVersionedHashes: Array(10).fill(VERSIONED_HASH) },
      osaka,
      'blobGasAllowanceExceeded',
    ],
    [
      'another kind of hash',
      { ...blob, blobVersionedHashes: [VERSIONED_HASH, 2n << 248n] },
      cancun,
      'blobVersion',
      2n,
      1n,
    ],
    ['little for blob gas', { ...blob, maxFeePerBlobGas: 1n }, cancun, 'maxBlobFeeTooLow', 1n, 2n],
    ['blobs for a creation', { ...blob, to: null }, cancun, 'blobCreation'],
    ['authorizations for a creation', { ...setCode, to: null }, prague, 'authorizationCreation'],
    ['no authorizations', { ...setCode, authorizationList: [] }, prague, 'noAuthorizations', 0n, 1n],
    ['a cost beyond 256 bits', { ...market, maxFeePerGas: 2n ** 255n }, prague, 'gasCostOverflow'],
  ])('%s', (_, tx, fork, fault, actual?, expected?) => {
    const error = check(tx, fork);
    expect(error?.fault).toBe(fault);
    expect(error?.message).toMatch(/expected .*, got /);
    if (actual !== undefined) expect([error?.actual, error?.expected]).toEqual([actual, expected]);
  });

  it('names the first fault in the order of the executable specification', () => {
    const all: UnsignedBlobTransaction = {
      ...{ ...blob, to: null, gasLimit: 1n, nonce: max64, maxFeePerGas: 1n, maxPriorityFeePerGas: 2n },
      ...{ data: zeros(50_000), maxFeePerBlobGas: 0n },
      blobVersionedHashes: Array(10).fill(0n),
    };
    const mends: [string, Partial<UnsignedBlobTransaction>][] = [
      ['intrinsicGasTooLow', { gasLimit: 10n ** 8n }],
      ['nonceIsMax', { nonce: 3n }],
      ['initcodeTooLarge', { data: zeros(0) }],
      ['gasLimitTooHigh', { gasLimit: 10n ** 6n }],
      ['blobGasAllowanceExceeded', { blobVersionedHashes: Array(7).fill(0n) }],
      ['priorityAboveMaxFee', { maxPriorityFeePerGas: 1n }],
      ['maxFeeBelowBaseFee', { maxFeePerGas: 20n }],
      ['tooManyBlobs', { blobVersionedHashes: [0n] }],
      ['blobVersion', { blobVersionedHashes: [VERSIONED_HASH] }],
      ['maxBlobFeeTooLow', { maxFeePerBlobGas: 9n }],
      ['blobCreation', { to: COMMON.to }],
    ];
    let tx = all;
    for (const [fault, mend] of mends) {
      expect(check(tx, osaka)?.fault).toBe(fault);
      tx = { ...tx, ...mend };
    }
    expect(check(tx, osaka)).toBeUndefined();
  });
});

describe('the room in a block', () => {
  const room = { gas: 100_000n, stateGas: 50_000n, blobGas: 131072n };

  it('is what other transactions left', () => {
    expect(check(legacy, prague, room)).toBeUndefined();
    expect(check({ ...legacy, gasLimit: 100_001n }, prague, room)?.fault).toBe('gasAllowanceExceeded');
    expect(check(blob, prague, room)).toBeUndefined();
    expect(check(blob, prague, { ...room, blobGas: 131071n })?.fault).toBe('blobGasAllowanceExceeded');
  });

  it('has two dimensions where state is metered', () => {
    // 150 gas per byte of state at 30 million: a creation pays 16,800 for its account.
    const create: UnsignedTransaction = { ...legacy, to: null };
    expect(check({ ...create, gasLimit: 46_799n }, metered)?.fault).toBe('intrinsicGasTooLow');
    expect(check({ ...create, gasLimit: 46_800n }, metered)).toBeUndefined();
    const tight = { gas: 100_000n, stateGas: 86_800n, blobGas: 0n };
    expect(check({ ...create, gasLimit: 116_800n }, metered, tight)).toBeUndefined();
    expect(check({ ...create, gasLimit: 116_801n }, metered, { ...tight, stateGas: 10n ** 6n })?.fault).toBe(
      'gasAllowanceExceeded',
    );
    expect(check({ ...create, gasLimit: 116_801n }, metered, { ...tight, gas: 10n ** 6n })?.fault).toBe(
      'gasAllowanceExceeded',
    );
    // A gas limit above the cap is fine: the rest is for state.
    expect(check({ ...legacy, gasLimit: 20_000_000n }, metered)).toBeUndefined();
    const huge = { ...legacy, data: new Uint8Array(262_000), gasLimit: 20_000_000n };
    expect(check(huge, metered)?.fault).toBe('intrinsicGasTooLow');
  });
});

describe('the sender', () => {
  const sender: SenderFact = { nonce: 3n, balance: 2_000_001n, code: 'none' };
  const of = (fact: Partial<SenderFact>, fork = prague) =>
    faultOf(() => checkSender(legacy, { ...sender, ...fact }, fork));

  it('needs the nonce, the funds and no code of its own', () => {
    expect(of({})).toBeUndefined();
    expect(of({ nonce: 4n })).toMatchObject({ fault: 'nonceTooLow', actual: 3n, expected: 4n });
    expect(of({ nonce: 2n })).toMatchObject({ fault: 'nonceTooHigh', actual: 3n, expected: 2n });
    expect(of({ balance: 2_000_000n })).toMatchObject({
      ...{ fault: 'insufficientFunds', actual: 2_000_000n, expected: 2_000_001n },
    });
    expect(of({ code: 'own' })?.fault).toBe('senderNotEoa');
    expect(of({ code: 'own' }, frontier)?.fault).toBe('senderNotEoa');
  });

  it('may run the code of another where delegations are known', () => {
    expect(of({ code: 'delegation' })).toBeUndefined();
    expect(of({ code: 'delegation' }, cancun)?.fault).toBe('senderNotEoa');
  });
});
