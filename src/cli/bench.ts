/** `evmill bench`: how fast evmill is here. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openEvmill } from '../bench/evmillPeer.ts';
import { plot } from '../bench/plot.ts';
import { type Program, readPrograms } from '../bench/program.ts';
import {
  coldSuite,
  compareSuite,
  growthSuite,
  opcodeSuite,
  precompileSuite,
  type Section,
  type SuiteContext,
} from '../bench/suites.ts';
import type { Define } from './commands.ts';
import { type Host, UsageError } from './host.ts';
import { packageVersion } from './version.ts';

interface BenchOptions {
  readonly suites?: string;
  readonly match: string;
  readonly seconds: string;
  readonly rounds: string;
  readonly json?: string;
  readonly svg?: string;
  readonly peers?: string;
}

const SUITES: Readonly<
  Record<string, (context: SuiteContext, paths: readonly string[]) => Promise<Section>>
> = {
  programs: (context, paths) => compareSuite('programs', paths.flatMap(programsOf), context),
  opcodes: opcodeSuite,
  precompiles: precompileSuite,
  growth: growthSuite,
  cold: (context, paths) => coldSuite(paths.flatMap(programsOf), context),
};
/** Those that need no files. */
const GENERATED = ['opcodes', 'precompiles', 'growth'];
const OF_FILES = ['programs', 'cold'];

/** The peers' own programs: in a checkout, not in the package. */
const PEERS = fileURLToPath(new URL('../../bench/run.mjs', import.meta.url));

const EXAMPLES = `
Suites: programs (state tests, hot), cold (the same, each first run in a process of its own), opcodes and precompiles (in
loops, the slowest first), growth (how time grows). Without files, those that need none: ${GENERATED.join(', ')}.

Examples:
  evmill bench
  evmill bench tests/ --suites programs,cold
  evmill bench --suites opcodes --match 'SLOAD|SSTORE' --seconds 5
  evmill bench --json figures.json
  evmill bench --peers evmill,anvil         in a checkout: side by side with others, as npm run bench does

Exit code 0: fine; 1: runs of the same program did different things; 2: wrong usage, or unreadable files.`;

/** Declares the command. */
export const bench: Define = (command, host, finish) => {
  command
    .argument('[path...]', 'state test files, or folders of them')
    .option('-s, --suites <list>', 'what to measure: programs, cold, opcodes, precompiles, growth')
    .option('-m, --match <pattern>', 'only programs whose name matches this regular expression', '')
    .option('--seconds <n>', 'measured time for each program', '1')
    .option('--rounds <n>', 'rounds at least', '5')
    .option('--json <file>', 'write all figures there')
    .option('--svg <file>', 'draw the figures there')
    .option('--peers <list>', 'measure others too: evmill, interpreter, ethereumjs, anvil, evmone')
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: BenchOptions) => {
      finish(options.peers === undefined ? await measure(paths, options, host) : besidePeers(paths, options));
    });
};

async function measure(paths: readonly string[], options: BenchOptions, host: Host): Promise<number> {
  const suites = options.suites?.split(',') ?? (paths.length > 0 ? OF_FILES : GENERATED);
  for (const suite of suites) {
    if (!Object.hasOwn(SUITES, suite)) {
      throw new UsageError(`--suites: expected names of ${Object.keys(SUITES).join(', ')}, got ${suite}`);
    }
    if (OF_FILES.includes(suite) && paths.length === 0) {
      throw new UsageError(`${suite}: expected state test files, or folders of them`);
    }
  }
  checkPaths(paths);
  const plan = {
    seconds: positive(options.seconds, '--seconds'),
    rounds: positive(options.rounds, '--rounds'),
  };
  const context: SuiteContext = {
    peers: [openEvmill(packageVersion())],
    plan: { ...plan, burst: 50 },
    match: patternOf(options.match),
    onNext: (name) => host.errIsTerminal && host.err(`\r\x1b[K${name}`),
  };
  const sections: Section[] = [];
  for (const suite of suites) {
    const section = await SUITES[suite](context, paths);
    if (host.errIsTerminal) host.err('\r\x1b[K');
    host.out(`${sections.length > 0 ? '\n' : ''}${section.text}`);
    sections.push(section);
  }
  if (options.json !== undefined) writeFigures(options.json, sections);
  if (options.svg !== undefined) {
    const heading = `evmill ${packageVersion()}, Node ${process.version.slice(1)}`;
    writeFileSync(
      options.svg,
      plot(
        heading,
        sections.flatMap(({ panels }) => panels),
      ),
    );
  }
  const failures = sections.flatMap((section) => section.failures);
  for (const failure of failures) host.err(`${failure}\n`);
  return failures.length > 0 ? 1 : 0;
}

/** Hands over to the checkout's benchmark, which knows the peers. */
function besidePeers(paths: readonly string[], options: BenchOptions): number {
  if (!existsSync(PEERS))
    throw new UsageError('--peers: expected a checkout of evmill, whose bench folder has them');
  const { suites, match, seconds, rounds, peers, json } = options;
  const given = Object.entries({ suites, match, seconds, rounds, peers, out: json });
  const args = given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
  return spawnSync(process.execPath, [PEERS, ...args, ...paths], { stdio: 'inherit' }).status ?? 1;
}

function programsOf(path: string): Program[] {
  try {
    return readPrograms(path);
  } catch (error) {
    throw new UsageError(`${path}: expected state tests that call a contract: ${(error as Error).message}`);
  }
}

function checkPaths(paths: readonly string[]): void {
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined) throw new UsageError(`${missing}: there is no such file or folder`);
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (!(value > 0))
    throw new UsageError(`${option}: expected a positive number, got ${JSON.stringify(text)}`);
  return value;
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UsageError(`--match: ${(error as Error).message}`);
  }
}

function writeFigures(path: string, sections: readonly Section[]): void {
  const figures = Object.fromEntries(sections.map(({ name, json }) => [name, json]));
  const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify({ version: packageVersion(), suites: figures }, plain, 2)}\n`);
}
