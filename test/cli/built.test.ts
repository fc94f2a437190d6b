/** The command as users have it: built, in a process of its own, with worker threads. `npm test` builds first. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(ROOT, 'dist/cli/main.js');
const STATE = join(ROOT, 'fixtures/state');

beforeAll(() => {
  if (!existsSync(MAIN)) throw new Error('dist/cli/main.js is missing: npm run build makes it');
});

const evmill = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });

test('the version is one line, and standard error is empty', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(evmill('--version')).toMatchObject({ status: 0, stdout: `evmill version ${version}\n`, stderr: '' });
});

test('worker threads give what one thread gives', () => {
  const one = evmill('statetest', STATE, '--json', '--jobs', '1');
  const three = evmill('statetest', STATE, '--json', '--jobs', '3');
  expect(one.status).toBe(0);
  expect(three.stderr).toBe(one.stderr);
  expect(three.stdout).toBe(one.stdout);
  expect(JSON.parse(one.stdout).length).toBeGreaterThan(50);
});

test('unreadable input is a sentence', () => {
  const { status, stdout, stderr } = evmill('statetest', 'no/such/file');
  expect(status).toBe(2);
  expect(stderr).toBe('evmill statetest: cannot read no/such/file: there is no such file or folder\n');
  expect(stdout).toBe('');
});

test('a reader that goes away is no failure', async () => {
  const child = spawn(process.execPath, [MAIN, 'statetest', STATE, '--json', '--jobs', '1']);
  let complaints = '';
  child.stderr.on('data', (text) => {
    complaints += text;
  });
  child.stdout.destroy();
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect(complaints).toBe('');
  expect(status).toBe(0);
});

test('names on standard input are answered while it is open', async () => {
  const child = spawn(process.execPath, [MAIN, 'statetest', '--json']);
  for (const file of ['old.json', 'recent.json', 'old.json']) {
    child.stdin.write(`${join(STATE, file)}\n`);
    expect((await nextArray(child)).length).toBeGreaterThan(5);
  }
  child.stdin.end();
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
});

/** What comes on standard output until an array is complete. */
function nextArray(child: ChildProcess): Promise<unknown[]> {
  return new Promise((resolve) => {
    let text = '';
    const onData = (chunk: Buffer): void => {
      text += chunk;
      if (!text.endsWith(']\n')) return;
      child.stdout?.off('data', onData);
      resolve(JSON.parse(text));
    };
    child.stdout?.on('data', onData);
  });
}
