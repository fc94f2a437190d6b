/** `evmill statetest` and what all commands share: exit codes, messages, output. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evmill } from './host.ts';

const OWN = fileURLToPath(new URL('../../fixtures/state/', import.meta.url));
const OLD = join(OWN, 'old.json');

let folder: string;
let wrong: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evmill-cli-'));
  wrong = join(folder, 'wrong.json');
  const tests = JSON.parse(readFileSync(OLD, 'utf8'));
  for (const entry of tests.add.post.Berlin) entry.hash = `0x${'12'.repeat(32)}`;
  writeFileSync(wrong, JSON.stringify(tests));
  writeFileSync(join(folder, 'broken.json'), '{"a":');
  writeFileSync(join(folder, 'other.json'), '{"a":{"in":"dog","out":"83646f67"}}');
  writeFileSync(join(folder, 'pointer.json'), 'version https://git-lfs.github.com/spec/v1\n');
  writeFileSync(join(folder, 'bad.tar.gz'), gzipSync(Buffer.alloc(600, 7)));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The lines without the time, which differs from run to run. */
const timeless = (text: string): string => text.replace(/in \d+\.\d s/, 'in T s');

describe('statetest', () => {
  test('passes, with a summary by folder and fork', async () => {
    const { exitCode, out, err } = await evmill(['statetest', OLD, '--fork', 'Berlin,London']);
    expect(exitCode).toBe(0);
    expect(err).toBe('');
    expect(timeless(out)).toBe(`${'folder'.padEnd(OWN.length - 1)}      cases     failed
${OWN.slice(0, -1)}         10          0

fork        cases     failed
Berlin          5          0
London          5          0

10 passed, 0 failed, in T s
`);
  });

  test('fails, with what was expected, what came out, and a command that runs it again', async () => {
    const { exitCode, out } = await evmill(['statetest', wrong, '--fork', 'Berlin']);
    expect(exitCode).toBe(1);
    expect(out).toContain(`FAIL add  [Berlin 1]\n  in        ${wrong}\n`);
    expect(out).toContain(`  expected  state root 0x${'12'.repeat(32)}\n  got       state root 0x`);
    const rerun = /rerun {5}evmill (.*)/.exec(out)?.[1].replaceAll("'", '').split(' ') ?? [];
    expect(rerun).toEqual(['statetest', wrong, '--match', '=add', '--fork', 'Berlin', '--index', '0']);
    const again = await evmill(rerun);
    expect(again.exitCode).toBe(1);
    expect(again.out).toContain('0 passed, 1 failed');
  });

  test('stops at the first file that fails, if asked to', async () => {
    const all = await evmill(['statetest', wrong, OLD, '--fork', 'Berlin']);
    expect(all.out).toContain('8 passed, 2 failed');
    const first = await evmill(['statetest', wrong, OLD, '--fork', 'Berlin', '--bail']);
    expect(first).toMatchObject({ exitCode: 1 });
    expect(first.out).toContain('3 passed, 2 failed');
  });

  test('prints one array for all paths', async () => {
    const { exitCode, out } = await evmill([
      'statetest',
      OLD,
      wrong,
      '--match',
      '^add$',
      '--fork',
      'Berlin',
      '--json',
    ]);
    expect(exitCode).toBe(1);
    const results = JSON.parse(out);
    expect(results).toHaveLength(4);
    expect(Object.keys(results[0])).toEqual(['name', 'pass', 'stateRoot', 'fork']);
    expect(results[0]).toMatchObject({ name: 'add', pass: true, fork: 'Berlin' });
    expect(results[2].error).toMatch(/^post state root mismatch: got [0-9a-f]{64}, want (12){32}$/);
  });

  test('takes names on standard input, and answers each with an array of its own', async () => {
    const { exitCode, out } = await evmill(['statetest', '--json', '--index', '0'], [OLD, wrong]);
    expect(exitCode).toBe(1);
    const arrays = out.split(/(?<=^\]\n)/m);
    expect(arrays).toHaveLength(2);
    expect(JSON.parse(arrays[0]).every(({ pass }: { pass: boolean }) => pass)).toBe(true);
  });

  test('writes JUnit XML', async () => {
    const file = join(folder, 'report.xml');
    const { exitCode } = await evmill(['statetest', wrong, '--fork', 'Berlin', '--junit', file]);
    expect(exitCode).toBe(1);
    const xml = readFileSync(file, 'utf8');
    expect(xml).toMatch(
      /^<\?xml [\s\S]*<testsuite name="[^"]+wrong.json" tests="5" failures="2"[\s\S]*<\/testsuites>\n$/,
    );
    expect(await evmill(['statetest', OLD, '--junit', join(folder, 'no/such/folder.xml')])).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('cannot write'),
    });
  });

  test('traces each instruction on standard error, and the root of each case', async () => {
    const { exitCode, out, err } = await evmill([
      'statetest',
      OLD,
      '--match',
      '=add',
      '--fork',
      'Berlin',
      '--trace',
    ]);
    expect(exitCode).toBe(0);
    expect(out).toContain('2 passed, 0 failed');
    const lines = err
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ opName }) => opName)).toEqual(
      [
        'PUSH1',
        'CALLDATALOAD',
        'PUSH1',
        'CALLDATALOAD',
        'ADD',
        'PUSH1',
        'SSTORE',
        'STOP',
        undefined,
        undefined,
      ].flatMap((name, at, names) => (at < names.length - 1 ? name : [name, ...names])),
    );
    expect(err).toMatch(/^\{"stateRoot": "0x[0-9a-f]{64}"\}$/m);
  });
});

describe('what cannot be run is told in a sentence, with exit code 2', () => {
  const told = async (args: readonly string[], stdin?: readonly string[]): Promise<string> => {
    const { exitCode, out, err } = await evmill(args, stdin);
    expect(exitCode).toBe(2);
    expect(err.split('\n')).toHaveLength(2);
    expect(err).not.toMatch(/ at .*:\d+/);
    expect(out).not.toMatch(/ at .*:\d+/);
    return err;
  };

  test('usage', async () => {
    expect(await told([])).toBe('evmill: expected a command; evmill --help lists them\n');
    expect(await told(['stattest'])).toBe("evmill: unknown command 'stattest' (Did you mean statetest?)\n");
    expect(await told(['statetest', OLD, '--forks', 'x'])).toContain(
      "evmill statetest: unknown option '--forks'",
    );
    expect(await told(['statetest', OLD, '--index', '-1'])).toContain('Expected a whole number.');
    expect(await told(['statetest', OLD, '--match', '('])).toContain(
      'expected a regular expression or =NAME, got (',
    );
    expect(await told(['statetest', OLD, '--fork', 'Nowhere'])).toContain('fork: expected one of Frontier');
    expect(await told(['blocktest', OLD, '--run', 'a', '--match', 'b'])).toBe(
      'evmill blocktest: --run and --match are the same: expected one of them, got both\n',
    );
    expect(await told(['statetest'])).toContain('expected a path, or file names on standard input');
    expect(await told(['conformance', 'nothing', OLD])).toContain('Allowed choices are vm, trie, ');
  });

  test('paths', async () => {
    const missing = join(folder, 'missing');
    const sentence = `evmill statetest: cannot read ${missing}: there is no such file or folder\n`;
    expect(await told(['statetest', missing])).toBe(sentence);
    expect(await told(['statetest'], [missing])).toBe(sentence);
    expect(await told(['statetest', join(folder, 'bad.tar.gz')])).toContain('bad.tar.gz: ');
  });

  test('nothing to run', async () => {
    const other = join(folder, 'other.json');
    expect(await told(['statetest', other])).toBe(`evmill statetest: there are no state tests in ${other}\n`);
    expect(await told(['statetest', join(folder, 'pointer.json')])).toContain('Git LFS pointers only');
    expect(await told(['statetest', OLD, '--match', 'nowhere'])).toContain('none of the state tests in');
  });

  test('content', async () => {
    const { exitCode, out, err } = await evmill(['statetest', join(folder, 'broken.json'), OLD]);
    expect(exitCode).toBe(2);
    expect(err).toBe('');
    expect(out).toMatch(/^FAIL .*broken.json cannot be read: .*JSON/);
    expect(out).toContain('1 file could not be read');
  });
});

describe('conformance', () => {
  test('runs a suite over a file', async () => {
    const { exitCode, out } = await evmill(['conformance', 'rlp', join(folder, 'other.json')]);
    expect(exitCode).toBe(0);
    expect(out).toContain('1 passed, 0 failed');
  });
});

test('help has examples, on standard output', async () => {
  for (const command of ['statetest', 'blocktest', 'conformance']) {
    const { exitCode, out, err } = await evmill([command, '--help']);
    expect(exitCode).toBe(0);
    expect(err).toBe('');
    expect(out).toContain(`Usage: evmill ${command} [options]`);
    expect(out).toContain(`Examples:\n  evmill ${command} `);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
  }
  expect((await evmill(['--help'])).out).toContain('statetest');
});

test('the version is one line', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(await evmill(['--version'])).toEqual({ exitCode: 0, out: `evmill version ${version}\n`, err: '' });
});
