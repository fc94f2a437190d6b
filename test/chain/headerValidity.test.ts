import { describe, expect, it } from 'vitest';
import { chainOfFork } from '../../src/chain/chainConfig.ts';
import { DAO_EXTRA_DATA } from '../../src/chain/dao.ts';
import { nextBaseFee, nextExcessBlobGas } from '../../src/chain/fees.ts';
import { genesisHeader } from '../../src/chain/genesis.ts';
import { type Header, ZERO_HASH } from '../../src/chain/header.ts';
import { checkHeader } from '../../src/chain/headerValidity.ts';
import { InvalidBlock } from '../../src/errors.ts';
import { berlin, cancun, type Fork, frontier, london, osaka, paris } from '../../src/protocol/forks.ts';

const GAS_LIMIT = 30_000_000n;

const parentOf = (fork: Fork, fields: Partial<Header> = {}): Header => ({
  ...genesisHeader(chainOfFork(fork), { gasLimit: GAS_LIMIT, timestamp: 1000n }, new Map()),
  ...fields,
});

/** A header that may follow. */
function childOf(parent: Header, fork: Fork): Header {
  return {
    ...parentOf(fork),
    parentHash: ZERO_HASH,
    number: parent.number + 1n,
    timestamp: parent.timestamp + 12n,
    gasLimit: parent.gasLimit,
    ...(fork.rules.baseFee ? { baseFee: nextBaseFee(parent) } : {}),
    ...(fork.params.blobSchedule === null ? {} : { excessBlobGas: nextExcessBlobGas(parent, fork) }),
    difficulty: fork.rules.proofOfStake ? 0n : parent.difficulty,
  };
}

function check(
  fork: Fork,
  changes: Partial<Header>,
  parent = parentOf(fork),
  daoBlock?: bigint,
): InvalidBlock {
  try {
    checkHeader({ ...childOf(parent, fork), ...changes }, parent, fork, daoBlock);
  } catch (error) {
    if (error instanceof InvalidBlock) return error;
    throw error;
  }
  throw new Error('expected an invalid header');
}

const faultOf = (...args: Parameters<typeof check>) => check(...args).fault;

describe('a header', () => {
  it('that follows its parent is valid, in every kind of fork', () => {
    for (const fork of [paris, cancun, osaka])
      checkHeader(childOf(parentOf(fork), fork), parentOf(fork), fork, undefined);
    // mined: 12 seconds after its parent neither more nor less difficult from Homestead on
    checkHeader(childOf(parentOf(berlin), berlin), parentOf(berlin), berlin, undefined);
  });

  it('has the fields of its fork, no more and no fewer', () => {
    expect(faultOf(london, { baseFee: undefined })).toBe('format');
    expect(faultOf(berlin, { baseFee: 7n })).toBe('format');
    expect(faultOf(cancun, { parentBeaconRoot: undefined })).toBe('format');
    expect(check(osaka, { requestsHash: undefined })).toMatchObject({ actual: 20n, expected: 21n });
  });

  it('counts on, and is later', () => {
    expect(check(osaka, { number: 2n })).toMatchObject({ fault: 'number', actual: 2n, expected: 1n });
    expect(check(osaka, { timestamp: 1000n })).toMatchObject({ fault: 'timestamp', expected: 1001n });
  });

  it('moves its gas limit by less than a 1024th', () => {
    const step = GAS_LIMIT / 1024n;
    expect(faultOf(osaka, { gasLimit: GAS_LIMIT + step })).toBe('gasLimit');
    expect(faultOf(osaka, { gasLimit: GAS_LIMIT - step })).toBe('gasLimit');
    const parent = parentOf(osaka);
    for (const gasLimit of [GAS_LIMIT + step - 1n, GAS_LIMIT - step + 1n]) {
      checkHeader({ ...childOf(parent, osaka), gasLimit }, parent, osaka, undefined);
    }
    expect(faultOf(osaka, { gasLimit: 4999n }, parentOf(osaka, { gasLimit: 5000n }))).toBe('gasLimit');
    const most = 2n ** 63n - 1n;
    expect(faultOf(osaka, { gasLimit: most + 1n }, parentOf(osaka, { gasLimit: most }))).toBe(
      'gasLimitTooHigh',
    );
  });

  it('may double its gas limit where the base fee begins', () => {
    const parent = parentOf(berlin);
    const first = { ...childOf(parent, london), gasLimit: 2n * GAS_LIMIT, difficulty: parent.difficulty };
    expect(first.baseFee).toBe(1_000_000_000n);
    checkHeader(first, parent, london, undefined);
    expect(faultOf(london, { gasLimit: GAS_LIMIT }, parent)).toBe('gasLimit');
  });

  it('uses no more gas than its limit', () => {
    expect(check(osaka, { gasUsed: GAS_LIMIT + 1n })).toMatchObject({
      fault: 'gasUsedAboveLimit',
      actual: GAS_LIMIT + 1n,
      expected: GAS_LIMIT,
    });
  });

  it('has the base fee and the excess of blob gas that follow from its parent', () => {
    expect(faultOf(london, { baseFee: 1n })).toBe('baseFee');
    expect(faultOf(cancun, { excessBlobGas: 131072n })).toBe('excessBlobGas');
  });

  it('has at most 32 bytes of extra data', () => {
    expect(faultOf(osaka, { extraData: new Uint8Array(33) })).toBe('extraDataTooLong');
  });

  it('is marked in the ten blocks of the DAO fork', () => {
    const marked = (number: bigint, extraData: Uint8Array) => {
      const parent = parentOf(berlin, { number: number - 1n });
      return () => checkHeader({ ...childOf(parent, berlin), extraData }, parent, berlin, 5n);
    };
    for (const number of [5n, 14n]) {
      expect(marked(number, DAO_EXTRA_DATA)).not.toThrow();
      expect(marked(number, new Uint8Array(0))).toThrow(InvalidBlock);
    }
    for (const number of [4n, 15n]) expect(marked(number, new Uint8Array(0))).not.toThrow();
    expect(faultOf(berlin, {}, parentOf(berlin, { number: 4n }), 5n)).toBe('extraDataNotDao');
  });

  it('has the difficulty that follows from its parent, where it was mined', () => {
    expect(faultOf(berlin, { difficulty: 1n })).toBe('difficulty');
    expect(faultOf(frontier, { difficulty: 0n })).toBe('difficulty');
  });

  it('has nothing of mining, where there is none', () => {
    expect(faultOf(paris, { difficulty: 1n })).toBe('difficultyNotZero');
    expect(faultOf(paris, { nonce: '0x0000000000000001' })).toBe('nonceNotZero');
    expect(faultOf(paris, { ommersHash: ZERO_HASH })).toBe('ommersNotEmpty');
  });
});
