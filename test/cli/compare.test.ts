/** `evmill compare`, in the tests' process, on transactions whose fate under both forks is known. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { program } from '../machine/program.ts';
import { blockFile, GENESIS_JSON } from '../store/smallChain.ts';
import { evmill } from './host.ts';

const SENDER = '0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b';
const CONTRACT = '0x1000000000000000000000000000000000000000';
const HASH = `0x${'00'.repeat(32)}`;

const account = (code: string, balance = '0x0') => ({ nonce: '0x0', balance, code, storage: {} });

/** A state test of one transaction to a contract; what it expects is nothing that anybody looks at. */
function stateTest(code: Uint8Array, gas: number, more: Record<string, unknown> = {}) {
  return {
    env: {
      currentCoinbase: '0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba',
      currentGasLimit: '0x07270e00',
      currentNumber: '0x1',
      currentTimestamp: '0x3e8',
      currentBaseFee: '0x7',
    },
    pre: { [SENDER]: account('0x', '0x3635c9adc5dea00000'), [CONTRACT]: account(toHex(code)) },
    transaction: {
      sender: SENDER,
      gasPrice: '0xa',
      nonce: '0x0',
      to: CONTRACT,
      data: ['0x'],
      value: ['0x0'],
      gasLimit: [`0x${gas.toString(16)}`],
      ...more,
    },
    post: { Prague: [{ hash: HASH, logs: HASH, indexes: { data: 0, gas: 0, value: 0 } }] },
  };
}

const slot = program(1n, 1n, 'SSTORE');
const TESTS = {
  same: stateTest(program('STOP'), 50_000),
  dearer: stateTest(slot, 100_000),
  short: stateTest(slot, 50_000),
  invalid: stateTest(program('STOP'), 22_000, { data: [`0x${'00'.repeat(60)}`] }),
  mended: stateTest(program('SLOTNUM'), 50_000),
  changed: stateTest(program(1n, 1n, 'SSTORE', 'GAS', 0n, 'MSTORE', 32n, 0n, 'RETURN'), 100_000),
};

let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evmill-compare-'));
  path = join(folder, 'tests.json');
  writeFileSync(path, JSON.stringify(TESTS));
});
afterAll(() => rmSync(folder, { recursive: true }));

const FORKS = ['--fork', 'Prague', '--fork', 'balDevnet'];

async function json(...args: string[]) {
  const { exitCode, out, err } = await evmill(['compare', path, ...FORKS, '--json', ...args]);
  expect(err).toBe('');
  return { exitCode, ...JSON.parse(out) };
}

async function told(...args: string[]): Promise<string> {
  const { exitCode, out, err } = await evmill(['compare', ...args]);
  expect([exitCode, out]).toEqual([2, '']);
  return err;
}

describe('each transaction', () => {
  test('is judged by what it comes to under both forks', async () => {
    const { exitCode, transactions, summary } = await json();
    expect(exitCode).toBe(1);
    const verdicts = Object.fromEntries(
      transactions.map(({ name, verdict }: { name: string; verdict: string }) => [name, verdict]),
    );
    expect(verdicts).toEqual({
      same: 'same',
      dearer: 'gas',
      short: 'breaks',
      invalid: 'breaks',
      mended: 'mends',
      changed: 'changed',
    });
    expect(summary).toMatchObject({
      transactions: 6,
      verdicts: { same: 1, gas: 1, changed: 1, breaks: 2, mends: 1 },
      causes: [
        { cause: 'outOfGas at SSTORE', count: 1, withMoreGas: 1 },
        { cause: 'floorGasTooLow', count: 1, withMoreGas: 1 },
      ],
    });
  });

  test('has its gases apart, and what it would need', async () => {
    const { transactions } = await json('--match', '=short');
    expect(transactions).toEqual([
      {
        name: 'short',
        verdict: 'breaks',
        before: expect.objectContaining({ status: 'success', gasUsed: '0xa862', stateGasUsed: '0x0' }),
        after: expect.objectContaining({ status: 'halt', gasUsed: '0xc350', stateGasUsed: '0x0' }),
        differences: ['status: success, then halt', `${CONTRACT}: changed, then unchanged`],
        cause: { reason: 'outOfGas', opcode: 'SSTORE', address: CONTRACT, pc: 4 },
        gasNeeded: `0x${(26_006 + 32 * 1174).toString(16)}`,
      },
    ]);
  });

  test('costs for state what the gas limit of the blocks says', async () => {
    const { exitCode, transactions } = await json('--match', '=short', '--block-gas-limit', '10_000_000');
    expect(exitCode).toBe(0);
    expect(transactions[0]).toMatchObject({ verdict: 'gas', after: { stateGasUsed: '0x20' } });
  });
});

describe('for people', () => {
  test('there is a summary, and what matters before it', async () => {
    const { exitCode, out } = await evmill(['compare', path, ...FORKS]);
    expect(exitCode).toBe(1);
    expect(out).toContain(
      'breaks  short\n  success, 43,106 gas → halt, 50,000 gas\n' +
        `  because of outOfGas at SSTORE, in ${CONTRACT} at pc 4\n` +
        '  it would succeed with 63,574 gas\n',
    );
    expect(out).toContain('Prague → BalDevnet: 6 transactions\n');
    expect(out).toContain('        2  breaks    succeeded, and does not any more\n');
    expect(out).not.toContain('same    same');
    const all = await evmill(['compare', path, ...FORKS, '--all']);
    expect(all.out).toContain('same    same\n');
    const summary = await evmill(['compare', path, ...FORKS, '--summary']);
    expect(summary.out.startsWith('Prague → BalDevnet')).toBe(true);
  });
});

describe("a store's blocks", () => {
  const store = (): string => join(folder, 'store');
  beforeAll(async () => {
    writeFileSync(join(folder, 'genesis.json'), JSON.stringify(GENESIS_JSON));
    writeFileSync(join(folder, 'blocks.rlp'), blockFile(6));
    const args = ['import', join(folder, 'blocks.rlp'), '--genesis', join(folder, 'genesis.json')];
    expect(await evmill([...args, '--store', store()])).toMatchObject({ exitCode: 0 });
  });

  const compared = async (...args: string[]) => {
    const { exitCode, out, err } = await evmill(['compare', '--store', store(), ...args, '--json']);
    expect(err).toBe('');
    return { exitCode, ...JSON.parse(out) };
  };

  test('run in the world that each found: by the rules of the chain as they ran there', async () => {
    const { exitCode, transactions } = await compared('-f', 'Shanghai', '-f', 'Shanghai', '-b', '2..5');
    expect(exitCode).toBe(0);
    expect(transactions).toHaveLength(16);
    const inspected = await evmill(['inspect', store(), 'block', '5', '--json']);
    const { gasUsed, transactions: hashes } = JSON.parse(inspected.out);
    const last = transactions.slice(12);
    expect(last.map(({ name }: { name: string }) => name)).toEqual(
      hashes.map((hash: string, index: number) => `block 5, ${index}: ${hash}`),
    );
    const sum = last.reduce((gas: bigint, { before }: { before: { gasUsed: string } }) => {
      expect(before).toMatchObject({ status: 'success' });
      return gas + BigInt(before.gasUsed);
    }, 0n);
    expect(sum).toBe(BigInt(gasUsed));
  });

  test('are told apart by what another fork makes of them', async () => {
    const forks = ['-f', 'Shanghai', '-f', 'BalDevnet'];
    const { exitCode, summary } = await compared(...forks, '-b', '1..', '--block-gas-limit', '120_000_000');
    expect(exitCode).toBe(1);
    expect(summary.transactions).toBe(24);
    expect(summary.causes[0].cause).toBe('outOfGas at SSTORE');
  });

  test('may be one transaction alone', async () => {
    const { transactions } = await compared('-f', 'Berlin', '-f', 'Shanghai', '--blocks', 'head');
    const [, , { name }] = transactions;
    const hash = name.split(': ')[1];
    const alone = await compared('-f', 'Berlin', '-f', 'Shanghai', '--tx', hash);
    expect(alone.transactions).toEqual([transactions[2]]);
  });

  test('that are not there are told of', async () => {
    const forks = ['-f', 'Berlin', '-f', 'London'];
    const of = (...args: string[]) => told('--store', store(), ...forks, ...args);
    expect(await of('--blocks', '4..9')).toContain('expected a range from 1 to 6, the head, got 4..9');
    expect(await of('--blocks', '0')).toContain('expected a range from 1 to 6');
    expect(await of('--blocks', '1..2..3')).toContain('expected N, N..M, N.. or head');
    expect(await of('--tx', `0x${'00'.repeat(32)}`)).toContain('there is no transaction 0x0000');
    expect(await of('--tx', 'tx.json')).toContain("expected a transaction's hash with --store");
    expect(await of()).toContain('--store: expected --blocks or --tx with it');
    expect(await told(...forks)).toContain('expected paths of state tests, or --store, or --tx');
    expect(await told(path, ...forks, '--store', store())).toContain('one of the three');
    expect(await told(path, ...forks, '--blocks', '1')).toContain('--blocks: expected --store with it');
  });
});

describe('a transaction in a file', () => {
  const { pre } = TESTS.short;
  const sent = { from: SENDER, to: CONTRACT, gas: '0xc350', gasPrice: '0xa', nonce: '0x0', chainId: '0x1' };

  test('is compared on a state in another', async () => {
    const [tx, state] = [join(folder, 'tx.json'), join(folder, 'pre.json')];
    writeFileSync(tx, JSON.stringify(sent));
    writeFileSync(state, JSON.stringify(pre));
    const { exitCode, out } = await evmill(['compare', ...FORKS, '--tx', tx, '--prestate', state, '--json']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(out).transactions).toMatchObject([
      { verdict: 'breaks', cause: { reason: 'outOfGas', opcode: 'SSTORE' } },
    ]);
    writeFileSync(tx, JSON.stringify({ ...sent, nonce: 'none' }));
    expect(await told(...FORKS, '--tx', tx, '--prestate', state)).toBe(
      `evmill compare: ${tx}: nonce: expected a number in hex, got "none"\n`,
    );
  });
});

describe('a wrong command line', () => {
  test('is told in a sentence', async () => {
    expect(await told(path)).toBe('evmill compare: expected --fork twice, got 0\n');
    expect(await told(path, '-f', 'Prague')).toContain('expected --fork twice, got one');
    expect(await told(path, '-f', 'Prague', '-f', 'Bogota')).toContain('--fork: expected one of');
    expect(await told(path, ...FORKS, '-m', 'nothing')).toContain('there are no such state tests');
    expect(await told(path, ...FORKS, '-m', '(')).toContain('expected a regular expression');
    expect(await told(join(folder, 'none'), ...FORKS)).toContain('there is no such file or folder');
  });
});
