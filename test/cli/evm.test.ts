/** `evmill evm`: what go-ethereum's evm prints; and the suite that holds it against go-ethereum's own cases. */

import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { evmill } from './host.ts';

const STATE_TESTS = fileURLToPath(new URL('../../fixtures/state/old.json', import.meta.url));
const evm = (...args: readonly string[]) => evmill(['evm', ...args]);

describe('evm run', () => {
  test('prints the output, or the trace', async () => {
    expect(await evm('run', '600160020160005260206000f3')).toEqual({
      exitCode: 0,
      out: `0x${'00'.repeat(31)}03\n`,
      err: '',
    });
    expect(await evm('run', '0xfe')).toMatchObject({
      exitCode: 0,
      out: '0x\n error: invalid opcode: INVALID\n',
    });
    const { out, err } = await evm('run', '--json', '6040');
    expect(out).toBe('');
    expect(
      err
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { pc: 0, opName: 'PUSH1', gas: '0x2540be400' },
      { pc: 2, opName: 'STOP', stack: ['0x40'] },
      { output: '', gasUsed: '0x3' },
    ]);
  });

  test('prints steps for people', async () => {
    const code = '600160025560ff60005200';
    const { err } = await evm('run', '--trace', '--trace.format=struct', '--trace.nomemory=false', code);
    expect(err).toContain('PUSH1           pc=00000002 gas=9999999997 cost=3\nStack:\n00000000  0x1\n\n');
    expect(err).toContain(`Storage:\n${'0'.repeat(63)}2: ${'0'.repeat(63)}1\n`);
    expect(err).toContain(
      `Memory:\n00000000  ${'00 '.repeat(7)}00  ${'00 '.repeat(7)}00  |${'.'.repeat(16)}|\n` +
        `00000010  ${'00 '.repeat(7)}00  ${'00 '.repeat(7)}ff  |${'.'.repeat(16)}|\n`,
    );
  });

  test('prints a table', async () => {
    const { err } = await evm('run', '--trace', '--trace.format=md', '0x6003fe');
    expect(err).toContain('  - to: `0x0000000000000000000000007265636569766572`\n  - data: ``\n');
    expect(err).toContain('|    0  |      PUSH1  |    3 |         0 |        [] |\n');
    expect(err).toContain('\nPost-execution info:\n  - output: ``\n');
    expect(err).toContain('  - error: `invalid opcode: INVALID`\n');
  });
});

describe('evm statetest', () => {
  test('prints results as JSON, and state roots on standard error', async () => {
    const { exitCode, out, err } = await evm('statetest', '--run', '^add', STATE_TESTS);
    expect(exitCode).toBe(0);
    const results = JSON.parse(out) as { name: string; pass: boolean; stateRoot: string }[];
    expect(results.length).toBeGreaterThan(0);
    expect(results.every(({ name, pass }) => name.startsWith('add') && pass)).toBe(true);
    expect(err).toBe(results.map(({ stateRoot }) => `{"stateRoot": "${stateRoot}"}\n`).join(''));
  });

  test('takes a fork and an index, and dumps the state', async () => {
    const flags = ['--statetest.fork', 'Berlin', '--statetest.index', '0', '--dump'];
    const results = JSON.parse((await evm('statetest', ...flags, STATE_TESTS)).out);
    expect(results.length).toBeGreaterThan(0);
    for (const { fork, state, stateRoot } of results) {
      expect(fork).toBe('Berlin');
      expect(`0x${state.root}`).toBe(stateRoot);
    }
  });

  test('answers names on standard input one by one', async () => {
    const { out } = await evmill(['evm', 'statetest'], [STATE_TESTS, STATE_TESTS]);
    const [first, second] = out.split(/(?<=^\]\n)/m);
    expect(JSON.parse(first)).toEqual(JSON.parse(second));
  });
});

test('a mistake is a sentence, and exit code 1', async () => {
  expect(await evm('statetest', '/nowhere.json')).toMatchObject({ exitCode: 1, out: '' });
  expect(await evm('fly')).toMatchObject({ exitCode: 1, err: "unknown command 'fly'\n" });
  expect((await evm('--help')).out).toContain('transition, t8n');
  expect((await evm('--version')).out).toMatch(/^evm version evmill-/);
});

describe('blocktest', () => {
  const blocktest = (...args: string[]) =>
    evmill(['evm', 'blocktest', 'fixtures/blocks/chains.json', ...args]);

  test('tells the state afterwards, whose root is the head’s', async () => {
    const results = JSON.parse((await blocktest('--dump')).out);
    expect(results.length).toBeGreaterThan(2);
    for (const { name, pass, stateRoot, state } of results) {
      expect(pass, name).toBe(true);
      expect(`0x${state.root}`, name).toBe(stateRoot);
      expect(Object.keys(state.accounts).length).toBeGreaterThan(0);
    }
  });

  test('tells each instruction of its transactions, and none of what the system calls', async () => {
    const { out, err } = await blocktest('--trace');
    expect(JSON.parse(out)).toEqual(JSON.parse((await blocktest()).out));
    const lines = err
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [steps, ends] = [
      lines.filter(({ op }) => op !== undefined),
      lines.filter(({ op }) => op === undefined),
    ];
    expect(steps.length).toBeGreaterThan(0);
    expect(ends.length).toBeGreaterThan(0);
    for (const end of ends)
      expect(end).toMatchObject({ output: expect.any(String), gasUsed: expect.any(String) });
    const table = await blocktest('--trace', '--trace.format', 'md');
    expect(table.err).toContain('|  Pc   |      Op');
    expect(table.out).toBe(out);
  });
});

describe('the suite of cases', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'evmill-evm-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function suite(files: Readonly<Record<string, string>>, cases: readonly object[]) {
    const archive = join(folder, 'own.tar.gz');
    const tar = pack();
    for (const [name, text] of Object.entries(files)) tar.entry({ name: `x/cmd/evm/testdata/${name}` }, text);
    tar.finalize();
    await pipeline(tar, createGzip(), createWriteStream(archive));
    writeFileSync(join(folder, 'own.cases.json'), JSON.stringify(cases));
    const { exitCode, out } = await evmill(['conformance', 'evm', archive, '--json']);
    return { exitCode, results: JSON.parse(out) as { name: string; pass: boolean; error?: string }[] };
  }

  const expected = [{ error: 'typed transaction too short' }];
  const t9n = {
    tool: 't9n',
    dir: '1',
    inputs: { txs: 'txs.rlp' },
    fork: 'London',
    exitCode: 0,
    expect: 'exp.json',
  };
  const printed = { tool: 'evm', args: ['run', '6001'], match: 'exact', stdout: 'out.txt' };
  const files = { '1/txs.rlp': '"0xc101"', '1/exp.json': JSON.stringify(expected), 'out.txt': '0x\n' };

  test('passes what is right', async () => {
    const { exitCode, results } = await suite(files, [t9n, printed]);
    expect(results).toMatchObject([{ pass: true }, { pass: true }]);
    expect(exitCode).toBe(0);
  });

  test('fails another output, another exit code and another text', async () => {
    const wrong = { ...files, '1/exp.json': '[]', 'out.txt': '0x00\n' };
    const { exitCode, results } = await suite(wrong, [t9n, { ...t9n, exitCode: 3 }, printed]);
    expect(results.map(({ pass }) => pass)).toEqual([false, false, false]);
    expect(results.map(({ error }) => error)).toEqual([
      'expected the JSON of exp.json, got .0: {"error":"typed transaction too short"} instead of undefined',
      'expected exit code 3, got exit code 0',
      'expected standard output, line 1: 0x00, got 0x',
    ]);
    expect(exitCode).toBe(1);
  });
});
