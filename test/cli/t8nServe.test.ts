/** `evmill t8n --serve`, asked by real clients over TCP and over a Unix socket. */

import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addressFrom, type RunningServer, serve } from '../../src/cli/t8nServer.ts';
import { evmill } from './host.ts';

const SENDER = '0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b';
const KEY = '0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8';
const TO = '0x00000000000000000000000000000000000c0de0';

const input = (value: number) => ({
  alloc: { [SENDER]: { balance: '0xde0b6b3a7640000' }, [TO]: { balance: '0x0', code: '0x600160015500' } },
  env: {
    currentCoinbase: `0x${'00'.repeat(20)}`,
    currentGasLimit: '0x1c9c380',
    currentNumber: '1',
    currentTimestamp: '1000',
    currentDifficulty: '0x20000',
  },
  txs: [
    {
      nonce: '0x0',
      gas: '0x186a0',
      gasPrice: '0x10',
      to: TO,
      value: `0x${value.toString(16)}`,
      input: '0x',
      secretKey: KEY,
    },
  ],
});
const state = { fork: 'Berlin', chainid: 1, reward: 0 };

let server: RunningServer;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evmill-serve-'));
});
afterEach(async () => {
  server.close();
  await server.closed;
  rmSync(folder, { recursive: true });
});

async function post(body: unknown, more: RequestInit = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(server.url, { method: 'POST', body: text, ...more });
  return { status: response.status, json: await response.json() };
}

describe('over TCP', () => {
  beforeEach(async () => {
    server = await serve(addressFrom('0'), 100_000);
  });

  test('answers as the command line does', async () => {
    const args = ['--input.alloc', 'stdin', '--input.env', 'stdin', '--input.txs', 'stdin'];
    const outputs = ['--output.alloc', 'stdout', '--output.result', 'stdout', '--output.body', 'stdout'];
    const stdin = [JSON.stringify(input(5))];
    const { out } = await evmill(['t8n', ...args, ...outputs, '--state.fork', 'Berlin'], stdin);
    expect(await post({ state, input: input(5) })).toEqual({ status: 200, json: JSON.parse(out) });
  });

  test('keeps requests apart that come at once', async () => {
    const values = Array.from({ length: 40 }, (_, i) => i + 1);
    const answers = await Promise.all(values.map((value) => post({ state, input: input(value) })));
    expect(answers.map(({ json }) => Number(json.alloc[TO].balance))).toEqual(values);
    expect(new Set(answers.map(({ json }) => json.result.stateRoot)).size).toBe(40);
  });

  test('traces where it is asked to', async () => {
    const { json } = await post({ state, input: input(1), trace: true });
    const hash = json.result.receipts[0].transactionHash;
    const lines = json.traces[`trace-0-${hash}.jsonl`].trim().split('\n');
    expect(JSON.parse(lines[2])).toMatchObject({ opName: 'SSTORE', stack: ['0x1', '0x1'] });
    expect(lines).toHaveLength(5);
  });

  test('takes a blob schedule that is not the fork’s', async () => {
    const env = {
      ...input(0).env,
      currentDifficulty: '0x0',
      currentRandom: '0x0',
      currentBaseFee: '0x7',
      withdrawals: [],
      parentBeaconBlockRoot: `0x${'00'.repeat(32)}`,
      parentExcessBlobGas: '0x0',
      parentBlobGasUsed: '0xc0000',
    };
    const ask = async (blobParams?: object) =>
      (await post({ state: { ...state, fork: 'Cancun' }, input: { ...input(0), env, txs: [], blobParams } }))
        .json.result.currentExcessBlobGas;
    // 6 blobs, of which 3 or 1 are the target
    expect(await ask()).toBe('0x60000');
    expect(await ask({ target: '0x1', max: '0x6', baseFeeUpdateFraction: '0x32f0ed' })).toBe('0xa0000');
  });

  test('says what is wrong with a request', async () => {
    expect(await post('{')).toMatchObject({ status: 400, json: { exitCode: 10 } });
    expect(await post({ state })).toMatchObject({
      status: 400,
      json: { error: expect.stringContaining('input') },
    });
    const atlantis = await post({ state: { ...state, fork: 'Atlantis' }, input: input(1) });
    expect(atlantis).toMatchObject({ status: 400, json: { exitCode: 3 } });
    const asks = { ...input(1), alloc: { ...input(1).alloc, [TO]: { balance: '0x0', code: '0x600040' } } };
    expect(await post({ state, input: asks })).toMatchObject({ status: 422, json: { exitCode: 4 } });
    expect(await post(' '.repeat(100_001))).toMatchObject({ status: 413 });
    expect((await fetch(server.url, { method: 'PUT' })).status).toBe(405);
    expect((await fetch(server.url)).status).toBe(200);
    expect((await post({ state, input: input(1) })).status).toBe(200);
  });
});

test('over a Unix socket, also one that a dead process left behind', async () => {
  const path = join(folder, 't8n.sock');
  server = await serve(addressFrom(path));
  const ask = () =>
    new Promise<string>((resolve, reject) => {
      const asked = request({ socketPath: path, method: 'POST', path: '/' }, async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve(text);
      });
      asked.once('error', reject);
      asked.end(JSON.stringify({ state, input: input(3) }));
    });
  expect(JSON.parse(await ask()).alloc[TO].balance).toBe('0x3');
  await expect(serve(addressFrom(path))).rejects.toThrow('it is in use');
});

test('an address is a port, a host and a port, or a path', async () => {
  server = await serve(addressFrom('127.0.0.1:0'));
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:[0-9]+$/);
  expect(addressFrom('[::1]:80')).toEqual({ host: '::1', port: 80 });
  expect(addressFrom('unix:/tmp/x')).toEqual({ path: '/tmp/x' });
  expect(() => addressFrom('nowhere')).toThrow('--serve: expected a port');
});
