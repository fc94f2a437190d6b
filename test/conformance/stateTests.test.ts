/** The judge of state tests, on a machine that does what each test tells it. */

import { describe, expect, test } from 'vitest';
import type { Hex } from '../../src/bytes.ts';
import { differences } from '../../src/conformance/allocDiff.ts';
import type { CaseResult } from '../../src/conformance/caseResult.ts';
import { stateTestMachine } from '../../src/conformance/stateTestMachine.ts';
import { runStateTests, type StateTestMachine } from '../../src/conformance/stateTests.ts';
import { InvalidTransaction } from '../../src/errors.ts';
import type { Alloc, GenesisAccount, StateDiff } from '../../src/state/diff.ts';
import { EMPTY_CODE_HASH } from '../../src/state/source.ts';
import { COINBASE, oldTest, SENDER, TO } from './stateTestSamples.ts';

const real = stateTestMachine('auto');
const NO_LOGS = real.logsHash([]);
const PAID: StateDiff = new Map([
  [
    SENDER,
    {
      after: { nonce: 1n, balance: 5n, codeHash: EMPTY_CODE_HASH },
      code: undefined,
      storageCleared: false,
      storage: new Map(),
    },
  ],
]);

/** The real encodings around an execution that is made up. */
const machineThat = (transact: StateTestMachine['transact']): StateTestMachine => ({ ...real, transact });
const paying = machineThat(() => ({ logs: [], diff: PAID }));
const refusing = machineThat(() => {
  throw new InvalidTransaction('nonceTooLow', 'nonce: expected 1, got 0');
});

const account = (nonce: bigint, balance: bigint): GenesisAccount => ({
  nonce,
  balance,
  code: new Uint8Array(),
  storage: new Map(),
});
const PRE: Alloc = new Map([[SENDER, account(0n, 10n ** 18n)]]);
const AFTER: Alloc = new Map([[SENDER, account(1n, 5n)]]);
const withCoinbase = (alloc: Alloc): Alloc => new Map(alloc).set(COINBASE, account(0n, 0n));

/** Runs one entry of one fork. */
function judged(machine: StateTestMachine, fork: string, hash: Hex | Alloc, more: object = {}): CaseResult {
  const indexes = { data: 0, gas: 0, value: 0 };
  const root = typeof hash === 'string' ? hash : real.stateRoot(hash);
  const json = { t: { ...oldTest(), post: { [fork]: [{ indexes, hash: root, logs: NO_LOGS, ...more }] } } };
  const options = { selects: () => true };
  const results = [...runStateTests(json, machine, options)];
  expect(results).toHaveLength(1);
  return results[0];
}

const ZERO: Hex = `0x${'00'.repeat(32)}`;

describe('a valid transaction', () => {
  test('passes with the right root and logs', () => {
    const result = judged(paying, 'Berlin', AFTER);
    expect(result).toEqual({
      name: 't',
      fork: 'Berlin',
      index: 0,
      pass: true,
      stateRoot: real.stateRoot(AFTER),
    });
  });

  test('touches the coinbase with a reward of nothing, where empty accounts stay', () => {
    expect(judged(paying, 'Homestead', withCoinbase(AFTER)).pass).toBe(true);
    expect(judged(paying, 'EIP158', withCoinbase(AFTER)).pass).toBe(false);
  });

  test('fails with another root, told as go-ethereum does', () => {
    const result = judged(paying, 'Berlin', ZERO);
    const root = real.stateRoot(AFTER);
    expect(result).toMatchObject({
      pass: false,
      stateRoot: root,
      expected: `state root ${ZERO}`,
      actual: `state root ${root}`,
      error: `post state root mismatch: got ${root.slice(2)}, want ${ZERO.slice(2)}`,
    });
  });

  test('is held against the listed state, field by field', () => {
    const state = { [SENDER]: { nonce: '0x02', balance: '0x05', code: '0x', storage: { '0x01': '0x02' } } };
    const { actual } = judged(paying, 'Berlin', ZERO, { state });
    expect(actual?.split('\n').slice(1)).toEqual([
      `${SENDER} nonce: expected 2, got 1 (1 less)`,
      `${SENDER} slot 0x1: expected 0x2, got 0x0`,
    ]);
    // a right root with a wrong list is a failure too
    expect(judged(paying, 'Berlin', AFTER, { state }).pass).toBe(false);
  });

  test('fails with other logs', () => {
    const logging = machineThat(() => ({
      logs: [{ address: TO, topics: [1n], data: new Uint8Array([2]) }],
      diff: PAID,
    }));
    expect(judged(logging, 'Berlin', AFTER)).toMatchObject({
      pass: false,
      error: expect.stringMatching(/^post state logs hash mismatch: got [0-9a-f]{64}, want 1dcc4de8/),
      actual: expect.stringContaining(`log of ${TO}, topics [0x1], data 0x02`),
    });
  });

  test('fails where an exception is asked for', () => {
    const result = judged(paying, 'Berlin', PRE, { expectException: 'TR_NoFunds' });
    expect(result).toMatchObject({ pass: false, error: 'expected error "TR_NoFunds", got no error' });
  });

  test('fails with txbytes of another transaction', () => {
    const txbytes =
      '0xf860800a8301e8489410000000000000000000000000000000000000008080' +
      '26a00101010101010101010101010101010101010101010101010101010101010101' +
      'a00101010101010101010101010101010101010101010101010101010101010101';
    expect(judged(paying, 'Berlin', AFTER, { txbytes })).toMatchObject({
      pass: false,
      expected: 'txbytes that are the transaction',
      actual: 'another transaction',
    });
    expect(judged(paying, 'Berlin', AFTER, { txbytes: '0x01' })).toMatchObject({
      pass: false,
      actual: expect.stringMatching(/^bytes that do not decode: /),
    });
  });
});

describe('an invalid transaction', () => {
  test('passes with its kind and the state before', () => {
    expect(judged(refusing, 'Berlin', PRE, { expectException: 'TR_NonceTooLow' }).pass).toBe(true);
    const either = 'TransactionException.NONCE_IS_MAX|TransactionException.NONCE_MISMATCH_TOO_LOW';
    expect(judged(refusing, 'Berlin', PRE, { expectException: either }).pass).toBe(true);
  });

  test('fails with another kind', () => {
    const result = judged(refusing, 'Berlin', PRE, { expectException: 'TR_NoFunds' });
    expect(result).toMatchObject({
      pass: false,
      expected: 'TR_NoFunds',
      actual: 'nonceTooLow: nonce: expected 1, got 0',
    });
  });

  test('fails where none is asked for', () => {
    const result = judged(refusing, 'Berlin', PRE);
    expect(result).toMatchObject({ pass: false, error: 'unexpected error: nonce: expected 1, got 0' });
  });

  test('may have touched the coinbase in forks where empty accounts stay, or not', () => {
    const expectException = 'TR_NonceTooLow';
    expect(judged(refusing, 'Frontier', PRE, { expectException }).pass).toBe(true);
    expect(judged(refusing, 'Frontier', withCoinbase(PRE), { expectException }).pass).toBe(true);
    expect(judged(refusing, 'Berlin', withCoinbase(PRE), { expectException }).pass).toBe(false);
  });
});

test('a machine that breaks down fails one case, and the others run', () => {
  let runs = 0;
  const breaking = machineThat(() => {
    runs++;
    throw new TypeError('oh');
  });
  const options = { selects: () => true };
  const results = [...runStateTests({ t: oldTest(), u: oldTest() }, breaking, options)];
  expect(runs).toBe(6);
  expect(results).toHaveLength(6);
  expect(results[0]).toMatchObject({
    pass: false,
    actual: expect.stringMatching(/^a breakdown: TypeError: oh \(at /),
  });
});

test('a test that cannot be read is a failure of its own', () => {
  const options = { selects: () => true };
  const json = { t: { ...oldTest(), env: {} }, other: { blocks: [] } };
  expect([...runStateTests(json, paying, options)]).toMatchObject([
    { name: 't', pass: false, actual: 'env.currentCoinbase: expected an address, got nothing' },
  ]);
});

test('the sender is derived from the key where it is not listed', () => {
  let sender = '';
  const watching = machineThat((_, from) => {
    sender = from;
    return { logs: [], diff: PAID };
  });
  const { sender: _, ...transaction } = oldTest().transaction;
  const json = { t: { ...oldTest(), transaction } };
  expect([...runStateTests(json, watching, { selects: () => true })]).toHaveLength(3);
  expect(sender).toBe(SENDER);
});

test('differences are told both ways, and not without end', () => {
  expect(differences(PRE, withCoinbase(PRE))).toEqual([
    `${COINBASE}: expected no account, got one with nonce 0, balance 0, 0 bytes of code and 0 slots`,
  ]);
  expect(differences(withCoinbase(PRE), PRE)).toEqual([`${COINBASE}: expected an account, got none`]);
  const slots = new Map(Array.from({ length: 100 }, (_, i) => [BigInt(i), 1n]));
  const lines = differences(PRE, new Map([[SENDER, { ...account(0n, 10n ** 18n), storage: slots }]]));
  expect(lines).toHaveLength(41);
  expect(lines[40]).toBe('and 60 more differences');
});
