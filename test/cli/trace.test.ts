/** `evmill trace`: transactions of a store and of a file, under every kind of tracer. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blockFile, GENESIS_JSON } from '../store/smallChain.ts';
import { evmill } from './host.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

const TRANSFER = `0xa9059cbb${'b0b'.padStart(64, '0')}${'64'.padStart(64, '0')}`;
const TX = {
  from: '0x00000000000000000000000000000000000a11ce',
  to: '0x0000000000000000000000000000000000070ce2',
  ...{ gas: '0x20000', gasPrice: '0x0', input: TRANSFER },
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'evmill-trace-'));
  writeFileSync(at('genesis.json'), JSON.stringify(GENESIS_JSON));
  writeFileSync(at('blocks.rlp'), blockFile(6));
  writeFileSync(at('tx.json'), JSON.stringify(TX));
  writeFileSync(at('poor.json'), JSON.stringify({ ...TX, value: '0xffffffffffffffffffff' }));
  writeFileSync(
    at('count.js'),
    '// counts\n{n: 0, step: function() { this.n++; }, fault: function() {}, result: function() { return this.n; }}\n',
  );
  const args = ['--genesis', at('genesis.json'), '--store', at('store')];
  expect(await evmill(['import', at('blocks.rlp'), ...args])).toMatchObject({ exitCode: 0 });
});
afterAll(() => rmSync(folder, { recursive: true }));

const inFile = (...args: string[]) =>
  evmill(['trace', '--prestate', 'fixtures/contracts/alloc.json', '--tx', at('tx.json'), ...args]);
const inStore = (...args: string[]) => evmill(['trace', '--store', at('store'), ...args]);
const json = async (outcome: ReturnType<typeof evmill>) => {
  const { exitCode, out, err } = await outcome;
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
  return JSON.parse(out);
};

describe('a transaction in a file', () => {
  test('by the struct logger, unless told otherwise', async () => {
    const trace = await json(inFile());
    expect(trace).toMatchObject({ gas: 51_217, failed: false, returnValue: `0x${'1'.padStart(64, '0')}` });
    expect(trace.structLogs[0]).toEqual({
      pc: 0,
      op: 'PUSH1',
      gas: 109_716,
      gasCost: 3,
      depth: 1,
      stack: [],
    });
  });

  test('by a tracer of a name, with its options', async () => {
    const frame = await json(inFile('--tracer', 'callTracer', '--tracer-config', '{"withLog":true}'));
    expect(frame).toMatchObject({ from: TX.from, gasUsed: '0xc811', logs: [{ index: '0x0' }] });
  });

  test('by JavaScript, as it is and in a file', async () => {
    expect(await json(inFile('--tracer', at('count.js')))).toBe(270);
    const inline = '{fault: function() {}, result: function(ctx) { return toHex(ctx.to); }}';
    expect(await json(inFile('--tracer', inline))).toBe(TX.to);
    const setup =
      '{setup: function(c) { this.c = JSON.parse(c); }, fault: function() {}, result: function() { return this.c.x; }}';
    expect(await json(inFile('--tracer', setup, '--tracer-config', '{"x":[1]}'))).toEqual([1]);
  });

  test('into profiles', async () => {
    const { exitCode, out } = await inFile('--profile', at('p.json'), '--collapsed', at('c.txt'));
    expect({ exitCode, out }).toEqual({ exitCode: 0, out: '' });
    const lines = readFileSync(at('c.txt'), 'utf8').trimEnd().split('\n');
    const total = lines.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
    const { profiles, shared, $schema } = JSON.parse(readFileSync(at('p.json'), 'utf8'));
    expect($schema).toBe('https://www.speedscope.app/file-format-schema.json');
    expect(profiles[0]).toMatchObject({ type: 'sampled', startValue: 0, endValue: total });
    expect(total).toBe(29_861);
    for (const sample of profiles[0].samples)
      for (const frame of sample) expect(shared.frames[frame].name).toBeTruthy();
  });
});

describe('a store', () => {
  test('traces all of a block, or one of it, or one by its hash', async () => {
    const all = await json(inStore('--block', 'head', '--tracer', 'callTracer'));
    expect(all).toHaveLength(4);
    const { txHash, result } = all[2];
    expect(await json(inStore('--block', '6', '--index', '2', '--tracer', 'callTracer'))).toEqual(result);
    expect(await json(inStore('--tx', txHash, '--tracer', 'callTracer'))).toEqual(result);
    const [flat] = await json(inStore('--tx', txHash, '--tracer', 'flatCallTracer'));
    expect(flat).toMatchObject({ blockNumber: 6, transactionHash: txHash, transactionPosition: 2 });
  });

  test('records a block, and any tracer is told of it later', async () => {
    const all = await json(inStore('--block', 'head', '--tracer', 'callTracer'));
    expect(await inStore('--block', 'head', '--record', at('block.rec'))).toMatchObject({
      exitCode: 0,
      out: '',
    });
    const { out } = await evmill(['replay', at('block.rec'), '--info']);
    expect(out.match(/of {11}a transaction/g)).toHaveLength(4);
    for (const [index, { result }] of all.entries()) {
      const args = ['replay', at('block.rec'), '--index', `${index}`, '--tracer', 'callTracer'];
      expect(await json(evmill(args))).toEqual(result);
    }
    expect((await evmill(['replay', at('block.rec'), '--index', '4'])).err).toMatch(/expected less than 4/);
    expect((await inStore('--block', '1', '--record', 'x', '--tracer', 'callTracer')).err).toMatch(
      /--record: expected no --tracer/,
    );
  });

  test('has the gas of each receipt', async () => {
    for (const number of [1, 4]) {
      for (const { txHash, result } of await json(inStore('--block', `${number}`))) {
        const receipt = JSON.parse((await evmill(['inspect', at('store'), 'receipt', txHash, '--json'])).out);
        expect(BigInt(receipt.gasUsed)).toBe(BigInt(result.gas));
      }
    }
  });

  test('profiles a block in one file of lines', async () => {
    const { exitCode } = await inStore('--block', '3', '--collapsed', at('block.txt'));
    expect(exitCode).toBe(0);
    expect(existsSync(at('block.txt'))).toBe(true);
  });
});

describe('what cannot be', () => {
  test.each<[string, () => ReturnType<typeof evmill>, number, RegExp]>([
    [
      'traced: nothing named',
      () => evmill(['trace']),
      2,
      /expected --store with --tx or --block, or --prestate/,
    ],
    [
      'traced: an unknown tracer',
      () => inFile('--tracer', 'noTracer'),
      2,
      /expected a tracer's name, JavaScript/,
    ],
    ['configured: no JSON', () => inFile('--tracer-config', '{'), 2, /--tracer-config: expected JSON/],
    ['configured: no object', () => inFile('--tracer-config', '[]'), 2, /expected a JSON object/],
    [
      'configured: a number',
      () => inFile('-t', 'callTracer', '-c', '{"withLog":3}'),
      2,
      /withLog: expected true or false/,
    ],
    ['a script: no object', () => inFile('--tracer', '{'), 2, /--tracer: SyntaxError/],
    [
      'a script that throws',
      () => inFile('--tracer', '{fault(){}, result(){ throw new Error("boom") }}'),
      1,
      /boom/,
    ],
    [
      'a script without end',
      () => inFile('--timeout', '100', '--tracer', '{step(){ for(;;); }, fault(){}, result(){}}'),
      1,
      /execution timeout/,
    ],
    [
      'paid',
      () => evmill(['trace', '--prestate', 'fixtures/contracts/alloc.json', '--tx', at('poor.json')]),
      1,
      /cannot be executed/,
    ],
    ['in the store: a block', () => inStore('--block', '77'), 2, /there is no block 77/],
    [
      'in the store: an index',
      () => inStore('--block', '1', '--index', '9'),
      2,
      /--index: expected less than 4/,
    ],
    [
      'in the store: a transaction',
      () => inStore('--tx', `0x${'12'.repeat(32)}`),
      2,
      /there is no transaction/,
    ],
    ['in the store: the genesis', () => inStore('--block', '0'), 2, /after the genesis/],
    ['both ways', () => inStore('--block', '1', '--prestate', 'x'), 2, /expected no --prestate/],
    ['written', () => inFile('--profile', '/nowhere/x'), 2, /cannot write \/nowhere\/x/],
  ])('%s', async (_, outcome, code, sentence) => {
    const { exitCode, out, err } = await outcome();
    expect(exitCode).toBe(code);
    expect(err).toMatch(sentence);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(out).toBe('');
  });
});
