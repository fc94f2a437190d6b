/** `evmill t8n`: inputs and outputs wherever they are, what is rejected, and the exit codes. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/bytes.ts';
import { decodeBlockAccessList } from '../../src/chain/blockAccessListDecode.ts';
import { keccak256 } from '../../src/keccak.ts';
import { evmill } from './host.ts';

const SENDER = '0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b';
const KEY = '0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8';
const COUNTER = '0x00000000000000000000000000000000000c0de0';
const COINBASE = '0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba';

const alloc = {
  [SENDER]: { balance: '0xde0b6b3a7640000' },
  // adds 1 to slot 0
  [COUNTER]: { balance: '0x0', code: '0x600160005401600055' },
};

const env = {
  currentCoinbase: COINBASE,
  currentGasLimit: '0x1c9c380',
  currentNumber: '1',
  currentTimestamp: '1000',
  currentDifficulty: '0x20000',
};

const call = (nonce: number, fields = {}) => ({
  nonce: `0x${nonce.toString(16)}`,
  gas: '0x186a0',
  gasPrice: '0x10',
  to: COUNTER,
  value: '0x0',
  input: '0x',
  secretKey: KEY,
  ...fields,
});

const FROM_STDIN = ['--input.alloc', 'stdin', '--input.env', 'stdin', '--input.txs', 'stdin'];
const TO_STDOUT = ['--output.alloc', 'stdout', '--output.result', 'stdout'];

interface Output {
  readonly alloc: Record<string, { storage?: Record<string, string>; nonce?: string; balance: string }>;
  readonly result: {
    readonly receipts: readonly Record<string, unknown>[];
    readonly rejected?: readonly { readonly index: number; readonly error: string }[];
    readonly gasUsed: string;
    readonly currentDifficulty: string | null;
    readonly currentBaseFee?: string;
    readonly blockAccessList?: string;
    readonly blockAccessListHash?: string;
  };
  readonly body?: string;
}

async function t8n(input: object, ...args: readonly string[]) {
  const outcome = await evmill(['t8n', ...FROM_STDIN, ...TO_STDOUT, ...args], [JSON.stringify(input)]);
  return { ...outcome, json: outcome.out === '' ? undefined : (JSON.parse(outcome.out) as Output) };
}

describe('a transition', () => {
  test('of Amsterdam tells what the block accessed, and of its two kinds of gas the greater', async () => {
    const stops = { balance: '0x0', nonce: '0x1', code: '0x00' };
    const world = {
      [SENDER]: alloc[SENDER],
      // SSTORE(0, SLOTNUM)
      [COUNTER]: { balance: '0x0', code: '0x4b5f55' },
      // nothing is asked of validators
      '0x00000961ef480eb55e80d19ad83579a64c007002': stops,
      '0x0000bbddc7ce488642fb579f8b00f3a590007251': stops,
      '0x0000bff46984e3725691fa540a8c7589300d8282': stops,
      '0x000064d678505ad48f8ccb093bc65613800e8282': stops,
    };
    const { currentDifficulty: _, ...rest } = env;
    const block = {
      ...{ ...rest, currentRandom: '0x0', currentBaseFee: '0x7', currentExcessBlobGas: '0x0' },
      ...{ withdrawals: [], parentBeaconBlockRoot: `0x${'00'.repeat(32)}`, slotNumber: '0x1234' },
    };
    const input = { alloc: world, env: block, txs: [call(0, { gas: '0x7a120' })] };
    const { json, err } = await t8n(input, '--state.fork', 'Amsterdam');
    expect(err).toBe('');
    const slot = `0x${'00'.repeat(32)}`;
    expect(json?.alloc[COUNTER].storage).toEqual({ [slot]: `0x${'00'.repeat(30)}1234` });
    const { blockAccessList, blockAccessListHash, gasUsed, receipts } = json!.result;
    expect(blockAccessListHash).toBe(toHex(keccak256(fromHex(blockAccessList!))));
    const accessed = decodeBlockAccessList(fromHex(blockAccessList!), 3);
    expect(accessed.find(({ address }) => address === COUNTER)?.storageChanges).toEqual([
      { slot: 0n, changes: [{ index: 1, value: 0x1234n }] },
    ]);
    // what the transaction pays is the sum of the two, and the new slot is most of it
    const paid = BigInt(receipts[0]['gasUsed'] as string);
    expect(BigInt(gasUsed)).toBeGreaterThan(paid / 2n);
    expect(BigInt(gasUsed)).toBeLessThan(paid);
    const elsewhere = await t8n(input, '--state.fork', 'Osaka');
    expect(elsewhere.json?.result.blockAccessList).toBeUndefined();
  });

  test('executes signed transactions in order', async () => {
    const txs = [call(0), call(1)];
    const { exitCode, json } = await t8n({ alloc, env, txs }, '--state.fork', 'Berlin');
    expect(exitCode).toBe(0);
    const slot = `0x${'00'.repeat(32)}`;
    expect(json?.alloc[COUNTER].storage).toEqual({ [slot]: `0x${'00'.repeat(31)}02` });
    expect(json?.alloc[SENDER].nonce).toBe('0x2');
    expect(json?.result.receipts.map((receipt) => receipt['status'])).toEqual(['0x1', '0x1']);
    expect(json?.result.currentDifficulty).toBe('0x20000');
    // 21,000 + 3 + 3 + 2,100 + 3 + 3 + 20,000, and then 5,000 for a slot that is there
    expect(json?.result.receipts.map((receipt) => receipt['gasUsed'])).toEqual(['0xa868', '0x659c']);
  });

  test('sets aside what cannot be in the block, and says why as go-ethereum does', async () => {
    const txs = [call(1), call(0, { gas: '0x5207' }), call(0), call(0)];
    const { json, err } = await t8n({ alloc, env, txs }, '--state.fork', 'Berlin');
    const from = '0xa94f5374Fce5edBC8E2a8697C15331677e6EbF0B';
    expect(json?.result.rejected).toEqual([
      { index: 0, error: `nonce too high: address ${from}, tx: 1 state: 0` },
      { index: 1, error: 'intrinsic gas too low: have 20999, want 21000' },
      { index: 3, error: `nonce too low: address ${from}, tx: 0 state: 1` },
    ]);
    expect(err).toContain('rejected transaction 0: nonce too high');
    const quiet = ['--state.fork', 'Berlin', '--verbosity', '1'];
    expect((await t8n({ alloc, env, txs }, ...quiet)).err).toBe('');
  });

  test('takes back the body that it gives', async () => {
    const input = { alloc, env, txs: [call(0), call(1)] };
    const first = await t8n(input, '--state.fork', 'Berlin', '--output.body', 'stdout');
    const { txs: _, ...rest } = { ...input, txsRlp: first.json?.body };
    const second = await t8n(rest, '--state.fork', 'Berlin');
    expect(second.json?.result).toEqual(first.json?.result);
  });

  test('pays rewards, and touches nobody with -1', async () => {
    const input = { alloc, env, txs: [] };
    const paid = await t8n(input, '--state.reward', '0x80', '--state.fork', 'Frontier');
    expect(paid.json?.alloc[COINBASE]).toEqual({ balance: '0x80' });
    const touched = await t8n(input, '--state.fork', 'Frontier');
    expect(touched.json?.alloc[COINBASE]).toEqual({ balance: '0x0' });
    const untouched = await t8n(input, '--state.reward', '-1', '--state.fork', 'Frontier');
    expect(untouched.json?.alloc[COINBASE]).toBeUndefined();
  });

  test('runs by a fork with EIPs on top', async () => {
    const push0 = { ...alloc, [COUNTER]: { balance: '0x0', code: '0x5f' } };
    const input = { alloc: push0, env, txs: [call(0)] };
    const status = async (fork: string) =>
      (await t8n(input, '--state.fork', fork)).json?.result.receipts[0]['status'];
    expect(await status('Berlin')).toBe('0x0');
    expect(await status('Berlin+3855')).toBe('0x1');
  });
});

describe('files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'evmill-t8n-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const inputs = () => {
    const parts = { alloc, env, txs: [call(0)] };
    return Object.entries(parts).flatMap(([name, json]) => {
      const path = join(folder, `${name}.json`);
      writeFileSync(path, JSON.stringify(json));
      return [`--input.${name}`, path];
    });
  };

  test('are read and written', async () => {
    const out = join(folder, 'a', 'b');
    const args = [...inputs(), '--output.basedir', out, '--output.body', 'body.rlp'];
    const { exitCode, out: printed } = await evmill(['t8n', ...args, '--state.fork', 'Berlin']);
    expect([exitCode, printed]).toEqual([0, '']);
    const read = (name: string) => JSON.parse(readFileSync(join(out, name), 'utf8'));
    expect(read('alloc.json')[SENDER].nonce).toBe('0x1');
    expect(read('result.json').receipts).toHaveLength(1);
    expect(read('body.rlp')).toMatch(/^0xf8/);
  });

  test('of traces have a line for each step, and are named by transaction', async () => {
    const args = [...inputs(), '--output.basedir', folder, '--state.fork', 'Berlin'];
    await evmill(['t8n', ...args, '--trace', '--opcode.count', 'counts.json']);
    const result = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'));
    const hash = result.receipts[0].transactionHash;
    const lines = readFileSync(join(folder, `trace-0-${hash}.jsonl`), 'utf8')
      .trim()
      .split('\n');
    expect(lines).toHaveLength(8);
    expect(JSON.parse(lines[2])).toMatchObject({ pc: 4, opName: 'SLOAD', stack: ['0x1', '0x0'] });
    expect(JSON.parse(lines[7])).toEqual({ output: '', gasUsed: '0x5660' });
    const counts = JSON.parse(readFileSync(join(folder, 'counts.json'), 'utf8'));
    expect(counts).toEqual({ PUSH1: 3, SLOAD: 1, ADD: 1, SSTORE: 1, STOP: 1 });
  });

  test('of tracers have their results; a script lives on from transaction to transaction', async () => {
    const given = inputs();
    writeFileSync(join(folder, 'txs.json'), JSON.stringify([call(0), call(1)]));
    const args = [
      't8n',
      ...given,
      '--output.basedir',
      folder,
      '--output.alloc',
      '',
      '--state.fork',
      'Berlin',
    ];
    const traces = async (tracer: string, ...more: readonly string[]) => {
      await evmill([...args, '--trace.tracer', tracer, ...more]);
      const { receipts } = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'));
      return receipts.map(({ transactionHash }: { transactionHash: string }, index: number) =>
        JSON.parse(readFileSync(join(folder, `trace-${index}-${transactionHash}.json`), 'utf8')),
      );
    };
    const [first, second] = await traces('callTracer', '--trace.jsonconfig', '{"onlyTopCall": true}');
    expect([first, second]).toMatchObject([
      { type: 'CALL', to: COUNTER, gasUsed: '0xa868' },
      { type: 'CALL', to: COUNTER, gasUsed: '0x659c' },
    ]);
    const script = '{ steps: 0, step() { this.steps++ }, fault() {}, result() { return this.steps } }';
    expect(await traces(script)).toEqual([7, 14]);
    const wrong = await evmill([...args, '--trace.tracer', 'noSuchTracer']);
    expect([wrong.exitCode, wrong.err]).toEqual([3, expect.stringContaining('failed instantiating tracer')]);
  });
});

describe('the exit code', () => {
  const input = { alloc, env, txs: [] };

  test.each([
    ['a fork that nobody knows', {}, ['--state.fork', 'Atlantis'], 3, 'unsupported fork "Atlantis"'],
    ['an EIP that nobody knows', {}, ['--state.fork', 'Berlin+1346'], 3, 'invalid eip number 1346'],
    ['no base fee', {}, ['--state.fork', 'London'], 3, "missing 'parentBaseFee'"],
    ['an account that is none', { alloc: { [SENDER]: {} } }, [], 10, "missing required field 'balance'"],
    ['a block without a number', { env: { ...env, currentNumber: undefined } }, [], 10, 'currentNumber'],
    ['a transaction that is none', { txs: [{ nonce: '0x0' }] }, [], 10, "missing required field 'gas'"],
    ['a file that is not there', {}, ['--input.env', '/nowhere/env.json'], 11, 'failed reading env file'],
  ])('says of %s what is wrong', async (_, change, args, code, message) => {
    const { exitCode, err } = await t8n({ ...input, ...change }, '--state.fork', 'Berlin', ...args);
    expect(err).toContain(message);
    expect(err).toMatch(new RegExp(`^ERROR\\(${code}\\): .*\n$`));
    expect(exitCode).toBe(code);
  });

  test('says that a hash was asked for and is not there', async () => {
    const asks = { ...alloc, [COUNTER]: { balance: '0x0', code: '0x600040' } };
    const { exitCode, err } = await t8n({ alloc: asks, env, txs: [call(0)] }, '--state.fork', 'Berlin');
    expect([exitCode, err]).toEqual([4, 'ERROR(4): getHash(0) invoked, no blockhashes provided\n']);
  });

  test('says that the requests of a block cannot be collected', async () => {
    const prague = { ...env, currentDifficulty: null, currentRandom: '0x0', currentBaseFee: '0x7' };
    const more = {
      withdrawals: [],
      parentBeaconBlockRoot: `0x${'00'.repeat(32)}`,
      currentExcessBlobGas: '0x0',
    };
    const given = { alloc, env: { ...prague, ...more }, txs: [] };
    const { exitCode, err } = await t8n(given, '--state.fork', 'Prague');
    expect(exitCode).toBe(2);
    expect(err).toContain('failed to process withdrawal queue: empty system contract');
  });
});

test('input that breaks off is not JSON', async () => {
  const { exitCode, err } = await evmill(['t8n', ...FROM_STDIN], ['{"alloc": {']);
  expect([exitCode, err]).toEqual([
    10,
    'ERROR(10): failed unmarshalling stdin: unexpected end of JSON input\n',
  ]);
});
