/** The worker pool: order, back-pressure, workers that die. The workers here are scripts of a few lines. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FileReport } from '../../src/conformance/caseResult.ts';
import type { FixtureFile } from '../../src/conformance/fixtureFiles.ts';
import { runFiles } from '../../src/conformance/pool.ts';

const SETTINGS = { suite: 'rlp', selection: {} };
/** Does what the file's text says, and reports the file's path. */
const WORKER = `
import { parentPort } from 'node:worker_threads';
parentPort.on('message', ({ path, bytes }) => {
  const text = new TextDecoder().decode(bytes);
  if (text === 'exit') process.exit(3);
  if (text === 'throw') throw new RangeError('too much');
  if (text === 'fill') { const all = []; for (;;) all.push(new Array(1e6).fill(0.5)); }
  const report = () => parentPort.postMessage({ path, cases: [], kind: 'run', milliseconds: 0 });
  setTimeout(report, text === 'slow' ? 300 : 0);
});
`;

let folder: string;
let workerModule: URL;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evmill-pool-'));
  const path = join(folder, 'worker.mjs');
  writeFileSync(path, WORKER);
  workerModule = pathToFileURL(path);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function* files(
  texts: readonly string[],
  onRead: (index: number) => void = () => {},
): AsyncGenerator<FixtureFile> {
  for (const [index, text] of texts.entries()) {
    onRead(index);
    yield { path: `${index}`, bytes: new TextEncoder().encode(text), named: true, bytesRead: text.length };
  }
}

async function reportsOf(reports: AsyncIterable<FileReport>): Promise<FileReport[]> {
  const all: FileReport[] = [];
  for await (const report of reports) all.push(report);
  return all;
}

test('reports come in the order of the files, whichever is done first', async () => {
  const texts = ['slow', ...new Array(20).fill('quick')];
  const reports = await reportsOf(runFiles(files(texts), SETTINGS, { jobs: 3, workerModule }));
  expect(reports.map(({ path }) => path)).toEqual(texts.map((_, index) => `${index}`));
});

test('a worker that dies is the failure of its file, and the others run', async () => {
  const texts = ['quick', 'exit', 'quick', 'throw', 'fill', 'quick', 'quick'];
  const reports = await reportsOf(runFiles(files(texts), SETTINGS, { jobs: 2, workerModule }));
  expect(reports.map(({ kind }) => kind)).toEqual([
    'run',
    'crashed',
    'run',
    'crashed',
    'crashed',
    'run',
    'run',
  ]);
  expect(reports[1].problem).toBe('the worker ended with exit code 3');
  expect(reports[3].problem).toBe('RangeError: too much');
  expect(reports[4].problem).toMatch(/memory limit/);
});

test('no more is read than the workers can take', async () => {
  let read = 0;
  const many = files(new Array(100).fill('slow'), (index) => {
    read = index + 1;
  });
  for await (const _ of runFiles(many, SETTINGS, { jobs: 2, workerModule })) break;
  // two at work, one in hand, and what the first report's round read further
  expect(read).toBeLessThanOrEqual(6);
});

test('what cannot be read is thrown after the reports of what could', async () => {
  async function* breaking(): AsyncGenerator<FixtureFile> {
    yield* files(['slow', 'quick']);
    throw new Error('no such file');
  }
  for (const jobs of [1, 2]) {
    const seen: string[] = [];
    const options = jobs === 1 ? { jobs } : { jobs, workerModule };
    const run = async () => {
      for await (const { path } of runFiles(breaking(), SETTINGS, options)) seen.push(path);
    };
    await expect(run()).rejects.toThrow('no such file');
    expect(seen).toEqual(['0', '1']);
  }
});

test('without workers: what is in a file is never thrown', async () => {
  const texts = ['{', '{"t":{"in":"dog","out":"83646f67"}}', 'version https://git-lfs.github.com/spec/v1'];
  async function* named(): AsyncGenerator<FixtureFile> {
    for await (const file of files(texts)) yield { ...file, path: `${file.path}.json` };
  }
  const reports = await reportsOf(runFiles(named(), SETTINGS, { jobs: 1 }));
  expect(reports.map(({ kind }) => kind)).toEqual(['unreadable', 'run', 'pointer']);
  expect(reports[1].cases).toMatchObject([{ name: 't', pass: true }]);
});
