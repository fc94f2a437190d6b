/**
 * The benchmark: reads programs, runs every peer on each, prints a table and writes `bench/out/bench.json`.
 */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Comparison, compare, Disagreement } from './measure.ts';
import type { Peer } from './peers/peer.ts';
import { type Program, readPrograms } from './programs.ts';
import { means, ratio, table } from './report.ts';

const HELP = `usage: npm run bench -- [options] [PATH…]

PATH is a state test file or a folder of them; by default what EVMILL_BENCH names, or ../shared/bench.

  --peers LIST     of evmill, ethereumjs and anvil; ratios are to the first (all three)
  --match REGEX    only programs whose name matches
  --seconds N      measured time per program and peer (1)
  --rounds N       rounds at least (5)
  --burst MS       time before the next peer has its turn (50)
  --out FILE       where the JSON goes (bench/out/bench.json)
  --help
`;

/** Loaded only when asked for: a peer that is not wanted need not even be installed. */
const OPENERS: Readonly<Record<string, () => Promise<Peer>>> = {
  evmill: async () => (await import('./peers/evmill.ts')).openEvmill(),
  ethereumjs: async () => (await import('./peers/ethereumjs.ts')).openEthereumjs(),
  anvil: async () => (await import('./peers/anvil.ts')).openAnvil(),
};

/** A mistake on the command line, said in a sentence. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface Settings {
  readonly paths: readonly string[];
  readonly peers: readonly string[];
  readonly match: RegExp;
  readonly seconds: number;
  readonly rounds: number;
  readonly burst: number;
  readonly out: string;
}

function readSettings(args: readonly string[]): Settings | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      peers: { type: 'string', default: Object.keys(OPENERS).join(',') },
      match: { type: 'string', default: '' },
      seconds: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '5' },
      burst: { type: 'string', default: '50' },
      out: { type: 'string', default: fileURLToPath(new URL('out/bench.json', import.meta.url)) },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const peers = values.peers.split(',');
  for (const peer of peers) {
    if (!(peer in OPENERS)) {
      throw new UsageError(`--peers: expected names of ${Object.keys(OPENERS).join(', ')}, got ${peer}`);
    }
  }
  const number = (name: 'seconds' | 'rounds' | 'burst'): number => {
    const value = Number(values[name]);
    if (!(value > 0)) throw new UsageError(`--${name}: expected a positive number, got ${values[name]}`);
    return value;
  };
  const fallback = process.env.EVMILL_BENCH ?? fileURLToPath(new URL('../../shared/bench', import.meta.url));
  const paths = positionals.length > 0 ? positionals : [fallback];
  for (const path of paths) {
    if (!existsSync(path)) {
      throw new UsageError(`${path}: no such folder or file; name one, or set EVMILL_BENCH to a folder`);
    }
  }
  return {
    paths,
    peers,
    match: new RegExp(values.match),
    seconds: number('seconds'),
    rounds: number('rounds'),
    burst: number('burst'),
    out: values.out,
  };
}

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2));
  if (settings === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const programs = settings.paths.flatMap(readPrograms).filter(({ name }) => settings.match.test(name));
  const peers: Peer[] = [];
  try {
    for (const name of settings.peers) peers.push(await OPENERS[name]());
    const machine = {
      processor: cpus()[0].model.trim(),
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: `${process.platform} ${process.arch}`,
      node: process.version,
      v8: process.versions.v8,
      // a busy machine explains a wide spread
      loadAtStart: loadavg()[0],
    };
    const versions = Object.fromEntries(peers.map(({ name, version }) => [name, version]));
    console.log(
      `${machine.processor}, ${machine.cores} cores, ${machine.system}, Node ${machine.node.slice(1)}, ` +
        `load ${machine.loadAtStart.toFixed(1)}; ` +
        `${peers.map(({ name, version }) => `${name} ${version}`).join(', ')}; milliseconds`,
    );
    const { comparisons, failures } = await compareAll(programs, peers, settings);
    process.stdout.write(`\n${table(comparisons)}`);
    writeJson(settings.out, {
      date: new Date().toISOString(),
      machine,
      versions,
      plan: { seconds: settings.seconds, rounds: settings.rounds, burst: settings.burst },
      means: means(comparisons),
      programs: comparisons.map((comparison) => ({
        ...comparison,
        ratios: comparison.figures.slice(1).map((figure) => ({
          peer: figure.peer,
          ...ratio(comparison.figures[0], figure),
        })),
      })),
      failures,
    });
    if (failures.length > 0) {
      console.error(`\n${failures.join('\n')}`);
      process.exitCode = 1;
    }
  } finally {
    for (const peer of peers) await peer.close();
  }
}

async function compareAll(
  programs: readonly Program[],
  peers: readonly Peer[],
  settings: Settings,
): Promise<{ comparisons: Comparison[]; failures: string[] }> {
  const comparisons: Comparison[] = [];
  const failures: string[] = [];
  for (const [index, program] of programs.entries()) {
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\x1b[K${index + 1} of ${programs.length}: ${program.name}`);
    }
    try {
      comparisons.push(await compare(program, peers, settings));
    } catch (error) {
      if (!(error instanceof Disagreement)) throw error;
      failures.push(error.message);
    }
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  return { comparisons, failures };
}

function writeJson(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  const text = JSON.stringify(
    value,
    (_, member) => (typeof member === 'bigint' ? Number(member) : member),
    2,
  );
  writeFileSync(path, `${text}\n`);
}

// an interrupt ends the process by way of its exit handlers, which the peers' children hang on
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

try {
  await main();
} catch (error) {
  const usage =
    error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
  console.error(usage ? `bench: ${(error as Error).message}` : error);
  process.exitCode = usage ? 2 : 1;
}
