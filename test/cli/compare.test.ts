/** `evmill compare`, in the tests' process, on transactions whose fate under both forks is known. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { program } from '../machine/program.ts';
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

const FORKS = ['--fork', 'Prague', '--fork', 'Amsterdam'];

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
