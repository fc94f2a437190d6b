/** State tests in all the ways that they have been written. */

import { describe, expect, test } from 'vitest';
import { integerAt } from '../../src/conformance/fixtureValues.ts';
import {
  forkOf,
  isStateTest,
  type StateTestCase,
  stateTestCases,
} from '../../src/conformance/stateTestFormat.ts';
import { cancun, petersburg, prague } from '../../src/protocol/forks.ts';
import { oldTest, SENDER, TO, withTransaction } from './stateTestSamples.ts';

const all = () => true;
const casesOf = (json: object): StateTestCase[] => [...stateTestCases('t', json as never, all)];

test('old tests pick data, gas and value by indexes, for many forks', () => {
  const cases = casesOf(oldTest());
  expect(cases.map(({ forkName, index }) => [forkName, index])).toEqual([
    ['ConstantinopleFix', 0],
    ['ConstantinopleFix', 1],
    ['London', 0],
  ]);
  const [first, second, third] = cases;
  expect(first.fork).toBe(petersburg);
  expect(first.transaction).toMatchObject({
    type: 0,
    value: 1n,
    gasLimit: 100000n,
    gasPrice: 16n,
    nonce: 0n,
    to: TO,
  });
  expect(first.transaction.data).toEqual(new Uint8Array([0]));
  expect(second.transaction).toMatchObject({ value: 2n, gasLimit: 200000n });
  expect(second.transaction.data).toEqual(new Uint8Array([1, 2]));
  expect(first.sender).toBe(SENDER);
  expect(first.block).toMatchObject({ baseFee: 0n, difficulty: 0x20000n, chainId: 1n });
  expect(third.block.baseFee).toBe(10n);
});

test('a selection is applied before anything else is read', () => {
  const picked = [
    ...stateTestCases('t', oldTest() as never, (_, fork, index) => fork === 'London' && index === 0),
  ];
  expect(picked).toHaveLength(1);
  const broken = { ...oldTest(), pre: 'nothing' };
  expect([...stateTestCases('t', broken as never, () => false)]).toEqual([]);
});

describe('the type of a transaction is told by its fields', () => {
  const only = (json: object) => casesOf(json)[0].transaction;
  const fees = { gasPrice: undefined, maxFeePerGas: '0x20', maxPriorityFeePerGas: '0x01' };
  const list = [{ address: TO, storageKeys: ['0x00', '0x01'] }];

  test('an access list per data index; null is a legacy transaction', () => {
    const json = withTransaction({ accessLists: [null, list] });
    const [first, second] = casesOf(json);
    expect(first.transaction.type).toBe(0);
    expect(second.transaction).toMatchObject({ type: 1, chainId: 1n });
    expect(second.transaction).toHaveProperty('accessList', [{ address: TO, storageKeys: [0n, 1n] }]);
  });

  test('fee market', () => {
    expect(only(withTransaction(fees))).toMatchObject({ type: 2, maxFeePerGas: 32n, accessList: [] });
  });

  test('blobs', () => {
    const blobs = { ...fees, maxFeePerBlobGas: '0x0a', blobVersionedHashes: [`0x01${'00'.repeat(31)}`] };
    expect(only(withTransaction(blobs))).toMatchObject({
      type: 3,
      maxFeePerBlobGas: 10n,
      blobVersionedHashes: [1n << 248n],
    });
  });

  test('authorizations', () => {
    const signed = {
      chainId: '0x00',
      address: TO,
      nonce: '0x01',
      v: '0x1',
      r: '0x02',
      s: '0x03',
      signer: SENDER,
    };
    expect(only(withTransaction({ ...fees, authorizationList: [signed] }))).toMatchObject({
      type: 4,
      authorizationList: [{ chainId: 0n, address: TO, nonce: 1n, yParity: 1, r: 2n, s: 3n }],
    });
  });

  test('a creation', () => expect(only(withTransaction({ to: '' })).to).toBeNull());
});

test('a blob schedule of its own makes a fork of its own, the same for the same schedule', () => {
  const config = (max: string) => ({
    blobSchedule: { Prague: { target: '0x06', max, baseFeeUpdateFraction: '0x4c6964' } },
  });
  expect(forkOf('Prague', config('0x09'))).toBe(prague);
  const own = forkOf('Prague', config('0x0c'));
  expect(own.params.blobSchedule?.max).toBe(12);
  expect(forkOf('Prague', config('0x0c'))).toBe(own);
  expect(forkOf('Cancun', config('0x0c'))).toBe(cancun);
  expect(forkOf('Prague', undefined)).toBe(prague);
});

test('new tests say chain, base fee, randomness and the whole state', () => {
  const json = {
    ...oldTest(),
    config: { chainid: '0x07' },
    env: { ...oldTest().env, currentBaseFee: '0x07', currentRandom: '0x09', currentExcessBlobGas: '0x0b' },
    post: {
      Cancun: [
        {
          ...oldTest().post.London[0],
          state: { [TO]: { storage: { '0x01': '0x00', '0x02': '0x03' } } },
          txbytes: '0x01',
        },
      ],
    },
  };
  const [only] = casesOf(json);
  expect(only.block).toMatchObject({
    chainId: 7n,
    baseFee: 7n,
    prevRandao: 9n,
    excessBlobGas: 11n,
    difficulty: 0n,
  });
  expect(only.txBytes).toEqual(new Uint8Array([1]));
  expect([...(only.expected.state?.get(TO)?.storage ?? [])]).toEqual([[2n, 3n]]);
});

test('numbers come in every shape', () => {
  expect(integerAt('0x', 'n')).toBe(0n);
  expect(integerAt('', 'n')).toBe(0n);
  expect(integerAt('0x0', 'n')).toBe(0n);
  expect(integerAt('0xabc', 'n')).toBe(0xabcn);
  expect(integerAt('0x0000ff', 'n')).toBe(255n);
  expect(integerAt('12', 'n')).toBe(12n);
  expect(integerAt(12, 'n')).toBe(12n);
  expect(integerAt(`0x:bigint 0x1${'0'.repeat(64)}`, 'n')).toBe(1n << 256n);
  for (const bad of ['0xg', '-1', 'x', 1.5, -1, null, {}, '1e3']) {
    expect(() => integerAt(bad, 'here')).toThrow('here: expected an integer, got ');
  }
});

test('what is malformed is told with its place', () => {
  const told = (json: object) => () => casesOf(json);
  expect(told({ ...oldTest(), env: [] })).toThrow('env: expected an object, got []');
  expect(told(withTransaction({ sender: '0x12' }))).toThrow(
    'transaction.sender: expected an address, got "0x12"',
  );
  expect(told(withTransaction({ data: [] }))).toThrow('transaction.data: expected more than 0 items, got 0');
  expect(told({ ...oldTest(), post: { Nowhere: oldTest().post.London } })).toThrow(
    'fork: expected one of Frontier',
  );
  expect(isStateTest({ env: {}, pre: {}, post: {} })).toBe(false);
});
