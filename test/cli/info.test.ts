/** `evmill info`, in the tests' process. */

import { expect, test } from 'vitest';
import { FORKS } from '../../src/protocol/forks.ts';
import { evmill } from './host.ts';

test('info tells what it is and runs on, for people and for programs', async () => {
  const { exitCode, out, err } = await evmill(['info']);
  expect([exitCode, err]).toEqual([0, '']);
  expect(out).toMatch(/^evmill {4}\d+\.\d+\.\d+\nnode {6}/);
  expect(out).toMatch(/\n {2}BN254 +generated WebAssembly\n/);

  const json = JSON.parse((await evmill(['info', '--json'])).out);
  expect(json.node).toBe(process.version.slice(1));
  expect(json.forks).toEqual(FORKS.map(({ name }) => name));
  expect(json.engineStartMs).toBeGreaterThan(0);
  expect(json.providers).toContainEqual({ primitive: 'Keccak-256', used: 'generated WebAssembly' });
});

test('info refuses what it does not know', async () => {
  const { exitCode, err } = await evmill(['info', 'everything']);
  expect(exitCode).toBe(2);
  expect(err).toContain('too many arguments');
});
