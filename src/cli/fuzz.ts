/** `evmill fuzz`: random state tests, run in all ways that must agree. */

import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { bytesToBigInt } from '../bytes.ts';
import { type ClientSettings, CONVENTIONS } from '../fuzz/client.ts';
import { coverageEntries, coverageTable } from '../fuzz/coverage.ts';
import type { Finding } from '../fuzz/fuzzer.ts';
import { type FuzzSummary, fuzz as runFuzz } from '../fuzz/fuzzRun.ts';
import type { Convention } from '../fuzz/traceStep.ts';
import { FORKS } from '../protocol/forks.ts';
import type { Define } from './commands.ts';
import { type Host, UsageError } from './host.ts';
import { forkOption, integerOption } from './values.ts';

interface FuzzOptions {
  readonly seed?: string;
  readonly minutes?: string;
  readonly programs?: string;
  readonly jobs?: string;
  readonly fork: string;
  readonly client: readonly string[];
  readonly corpus?: string;
  readonly out: string;
  readonly bail?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Every program is a transaction in a world of contracts. It runs interpreted, compiled, in slices, traced, recorded and
on resident state, and again with gas limits at which it just gets past an instruction or just does not. A client is
another EVM whose steps are held beside evmill's: CONVENTION:COMMAND, where the convention is ${CONVENTIONS.join(', ')}.
What differs is made small, and written as an official state test with a report of the difference.

Examples:
  evmill fuzz --minutes 5                             evmill's tiers against each other, in all forks
  evmill fuzz --programs 1000 --seed 7 --fork Osaka   the same programs each time
  evmill fuzz --client geth:/usr/bin/evm --minutes 30 against go-ethereum, fed by names of files (statetest --trace)
  evmill fuzz --client evmone:./evmone-statetest      against evmone; revm:./revme for revm
  evmill fuzz --corpus corpus/ --jobs 4 --json        keep what reaches something new, and change it

Exit code 0: everything agreed; 1: something differs; 2: wrong usage.`;

/** Declares the command. */
export const fuzz: Define = (command, host, finish) => {
  const collect = (client: string, clients: readonly string[]): readonly string[] => [...clients, client];
  command
    .option('-s, --seed <number>', 'where the random numbers begin; printed, so that a run can be repeated')
    .option('--minutes <number>', 'how long; 1 by default, where no number of programs is given')
    .option('-n, --programs <number>', 'how many programs')
    .option('-j, --jobs <number>', 'how many threads; as many as there are cores by default')
    .option('-f, --fork <names>', 'forks, with commas between them, or all', 'all')
    .option(
      '-c, --client <client>',
      'another EVM as CONVENTION:COMMAND; may be given several times',
      collect,
      [],
    )
    .option('--corpus <folder>', 'keep cases that reach something new there, and change those that are there')
    .option('-o, --out <folder>', 'where differences are written', 'fuzz-findings')
    .option('--bail', 'stop at the first difference')
    .option('--json', 'print everything as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (options: FuzzOptions) => {
      finish(await fuzzWith(options, host));
    });
};

async function fuzzWith(options: FuzzOptions, host: Host): Promise<number> {
  const seed =
    options.seed === undefined
      ? bytesToBigInt(randomBytes(6))
      : integerOption(options.seed, '--seed', 2n ** 64n);
  const forks = options.fork === 'all' ? FORKS : options.fork.split(',').map(forkOption);
  const clients = options.client.map(clientOption);
  const limits = {
    milliseconds: minutesOf(options) * 60_000,
    programs:
      options.programs === undefined
        ? Number.POSITIVE_INFINITY
        : Number(integerOption(options.programs, '--programs', 2n ** 32n)),
    bail: options.bail === true,
    jobs: options.jobs === undefined ? availableParallelism() : jobsOf(options.jobs),
  };
  host.err(`seed ${seed}\n`);
  const start = performance.now();
  const settings = { seed, forks: forks.map(({ name }) => name), clients, corpus: options.corpus };
  const writer = findingWriter(options.out, host);
  const summary = await runFuzz(settings, limits, (_, fresh) => fresh.forEach(writer));
  const seconds = (performance.now() - start) / 1000;
  host.out(options.json ? summaryJson(summary, seed, seconds) : summaryText(summary, seconds));
  return summary.kinds.size > 0 ? 1 : 0;
}

function minutesOf({ minutes, programs }: FuzzOptions): number {
  if (minutes === undefined) return programs === undefined ? 1 : Number.POSITIVE_INFINITY;
  const value = /^[0-9]{1,6}(\.[0-9]+)?$/.test(minutes) ? Number(minutes) : 0;
  if (value === 0)
    throw new UsageError(`--minutes: expected a number above 0, got ${JSON.stringify(minutes)}`);
  return value;
}

function jobsOf(text: string): number {
  const jobs = Number(integerOption(text, '--jobs', 1025n));
  if (jobs === 0) throw new UsageError('--jobs: expected at least 1, got 0');
  return jobs;
}

function clientOption(text: string): ClientSettings {
  const colon = text.indexOf(':');
  const convention = text.slice(0, Math.max(0, colon));
  const command = text
    .slice(colon + 1)
    .split(' ')
    .filter((word) => word !== '');
  if (!CONVENTIONS.includes(convention as Convention) || command.length === 0) {
    throw new UsageError(
      `--client: expected CONVENTION:COMMAND with ${CONVENTIONS.join(', ')}, got ${JSON.stringify(text)}`,
    );
  }
  return { convention: convention as Convention, command };
}

/** Writes each finding as a state test and, beside it, a report. */
function findingWriter(folder: string, host: Host): (finding: Finding) => void {
  let count = 0;
  return ({ kind, program, text, stateTest }) => {
    mkdirSync(folder, { recursive: true });
    const name = `${++count}-${kind.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 60)}`;
    writeFileSync(join(folder, `${name}.json`), stateTest);
    writeFileSync(join(folder, `${name}.txt`), `${text}\nprogram ${program}\n`);
    host.err(`${text}\nwritten to ${join(folder, `${name}.json`)}\n\n`);
  };
}

function summaryText({ programs, cases, steps, coverage, kinds }: FuzzSummary, seconds: number): string {
  const differences = [...kinds].map(([kind, count]) => `${`${count}`.padStart(8)}  ${kind}\n`).join('');
  return (
    `${coverageTable(coverage)}\n\n` +
    `${programs} programs, ${cases} cases, ${steps} instructions, in ${seconds.toFixed(1)} s\n` +
    (kinds.size === 0 ? 'no difference\n' : `differences:\n${differences}`)
  );
}

function summaryJson(
  { programs, cases, steps, coverage, kinds, findings }: FuzzSummary,
  seed: bigint,
  seconds: number,
): string {
  const differences = findings.map(({ kind, program, text }) => ({
    kind,
    count: kinds.get(kind),
    program,
    text,
  }));
  const json = {
    seed: `${seed}`,
    programs,
    cases,
    steps,
    seconds,
    differences,
    coverage: coverageEntries(coverage),
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}
