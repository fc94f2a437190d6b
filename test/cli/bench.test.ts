/** `evmill bench`, in the tests' process: what it prints, never how long it took. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { evmill } from './host.ts';

const SHORT = ['--seconds', '0.001', '--rounds', '1'];

test('bench measures opcodes, and writes its figures', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'evmill-bench-'));
  const file = join(folder, 'figures.json');
  const suite = ['--suites', 'opcodes', '--match', 'SLOAD warm$'];
  const { exitCode, out, err } = await evmill(['bench', ...suite, '--json', file, ...SHORT]);
  expect([exitCode, err]).toEqual([0, '']);
  expect(out).toMatch(/^opcodes in loops.*\n\n.*Mgas\/s.*\nopcode\/SLOAD warm +100 /);
  expect(JSON.parse(readFileSync(file, 'utf8')).suites.opcodes.rates[0].gas).toBe(100);
  rmSync(folder, { recursive: true });
});

test.each([
  [
    ['--suites', 'everything'],
    '--suites: expected names of programs, opcodes, precompiles, growth, cold, got everything',
  ],
  [['--suites', 'programs'], 'programs: expected state test files, or folders of them'],
  [['--seconds', '-1'], '--seconds: expected a positive number, got "-1"'],
  [['--match', '('], '--match: Invalid regular expression'],
  [['no/such/file'], 'no/such/file: there is no such file or folder'],
])('bench %j is refused in a sentence', async (args, sentence) => {
  const { exitCode, err } = await evmill(['bench', ...args]);
  expect(exitCode).toBe(2);
  expect(err).toContain(sentence);
  expect(err.trim()).not.toContain('\n');
});

test('bench runs state tests that call, and refuses others', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'evmill-bench-'));
  const file = join(folder, 'sample.json');
  const to = '0x00000000000000000000000000000000000000c0';
  const [data, gasLimit, value] = [['0x'], ['0x0f4240'], ['0x00']];
  const transaction = { data, gasLimit, value, to, sender: `0x${'a9'.repeat(20)}` };
  const sample = {
    env: { currentNumber: '0x07' },
    pre: { [to]: { nonce: '0x01', balance: '0x00', code: '0x6001600101', storage: {} } },
    transaction,
    post: { London: [{ indexes: { data: 0, gas: 0, value: 0 } }] },
  };
  writeFileSync(file, JSON.stringify({ sample }));
  const { exitCode, out } = await evmill(['bench', folder, '--suites', 'programs', ...SHORT]);
  expect([exitCode, out]).toEqual([
    0,
    expect.stringMatching(/^programs, in milliseconds\n\nprogram.*\nsample +9 /),
  ]);

  writeFileSync(file, JSON.stringify({ sample: { ...sample, transaction: { ...transaction, to: '' } } }));
  const refused = await evmill(['bench', file]);
  expect([refused.exitCode, refused.err]).toEqual([
    2,
    expect.stringContaining('got a creation or an access list'),
  ]);
  rmSync(folder, { recursive: true });
});
