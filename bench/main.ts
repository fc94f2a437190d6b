/**
 * The benchmark: runs every suite that is asked for, prints its table, and writes all figures to `bench/out`.
 */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Peer } from '../src/bench/peer.ts';
import { plot } from '../src/bench/plot.ts';
import { readPrograms } from '../src/bench/program.ts';
import {
  coldSuite,
  compareSuite,
  growthSuite,
  opcodeSuite,
  precompileSuite,
  type Section,
  type SuiteContext,
} from '../src/bench/suites.ts';

const HELP = `usage: npm run bench -- [options] [PATH…]

PATH is a state test file or a folder of them; by default what EVMILL_BENCH names, or ../shared/bench.

  --suites LIST    of programs, contracts, opcodes, precompiles, crypto, growth and cold (all)
  --peers LIST     of evmill, interpreter, ethereumjs, anvil, edr and evmone; ratios are to the first
                   (evmill,ethereumjs,anvil)
  --match REGEX    only programs whose name matches
  --seconds N      measured time per program and peer (1)
  --rounds N       rounds at least (5)
  --burst MS       time before the next peer has its turn (50)
  --out FILE       where the JSON goes, and beside it the picture, as .svg (bench/out/bench.json)
  --help
`;

/** Loaded only when asked for: a peer that is not wanted need not even be installed. */
const OPENERS: Readonly<Record<string, () => Promise<Peer>>> = {
  evmill: async () => (await import('./peers/evmill.ts')).openBuilt(),
  interpreter: async () => (await import('./peers/evmill.ts')).openBuilt('interpreter'),
  ethereumjs: async () => (await import('./peers/ethereumjs.ts')).openEthereumjs(),
  anvil: async () => (await import('./peers/anvil.ts')).openAnvil(),
  edr: async () => (await import('./peers/edr.ts')).openEdr(),
  evmone: async () => (await import('./peers/evmone.ts')).openEvmone(),
};

const SUITES: Readonly<Record<string, (context: SuiteContext, settings: Settings) => Promise<Section>>> = {
  programs: (context, { paths }) => compareSuite('programs', paths.flatMap(readPrograms), context),
  contracts: async (context) =>
    compareSuite('contracts', (await import('./contracts.ts')).contractPrograms(context.match), context),
  opcodes: opcodeSuite,
  precompiles: precompileSuite,
  crypto: async (context) => (await import('./crypto.ts')).cryptoSuite(context),
  growth: growthSuite,
  cold: async (context, { paths }) => {
    const { contractPrograms } = await import('./contracts.ts');
    return coldSuite([...paths.flatMap(readPrograms), ...contractPrograms(context.match)], context);
  },
};

/** A mistake on the command line, said in a sentence. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface Settings {
  readonly paths: readonly string[];
  readonly suites: readonly string[];
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
      suites: { type: 'string', default: Object.keys(SUITES).join(',') },
      peers: { type: 'string', default: 'evmill,ethereumjs,anvil' },
      match: { type: 'string', default: '' },
      seconds: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '5' },
      burst: { type: 'string', default: '50' },
      out: { type: 'string', default: fileURLToPath(new URL('out/bench.json', import.meta.url)) },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const number = (name: 'seconds' | 'rounds' | 'burst'): number => {
    const value = Number(values[name]);
    if (!(value > 0)) throw new UsageError(`--${name}: expected a positive number, got ${values[name]}`);
    return value;
  };
  const fallback = process.env.EVMILL_BENCH ?? fileURLToPath(new URL('../../shared/bench', import.meta.url));
  const suites = listOf('suites', values.suites, SUITES);
  const paths = positionals.length > 0 ? positionals : [fallback];
  for (const path of suites.includes('programs') || suites.includes('cold') ? paths : []) {
    if (!existsSync(path)) {
      throw new UsageError(`${path}: no such folder or file; name one, or set EVMILL_BENCH to a folder`);
    }
  }
  return {
    paths,
    suites,
    peers: listOf('peers', values.peers, OPENERS),
    match: new RegExp(values.match),
    seconds: number('seconds'),
    rounds: number('rounds'),
    burst: number('burst'),
    out: values.out,
  };
}

function listOf(option: string, text: string, known: Readonly<Record<string, unknown>>): string[] {
  const names = text.split(',');
  const unknown = names.find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) {
    throw new UsageError(`--${option}: expected names of ${Object.keys(known).join(', ')}, got ${unknown}`);
  }
  return names;
}

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2));
  if (settings === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const { seconds, rounds, burst, match } = settings;
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
    console.log(
      `${machine.processor}, ${machine.cores} cores, ${machine.system}, Node ${machine.node.slice(1)}, ` +
        `load ${machine.loadAtStart.toFixed(1)}; ` +
        `${peers.map(({ name, version }) => `${name} ${version}`).join(', ')}`,
    );
    const plan = { seconds, rounds, burst };
    const sections: Section[] = [];
    for (const suite of settings.suites) {
      const section = await SUITES[suite]({ peers, plan, match, onNext }, settings);
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
      process.stdout.write(`\n${section.text}`);
      sections.push(section);
    }
    writeJson(settings.out, {
      date: new Date().toISOString(),
      machine,
      versions: Object.fromEntries(peers.map(({ name, version }) => [name, version])),
      plan,
      suites: Object.fromEntries(sections.map(({ name, json }) => [name, json])),
      failures: sections.flatMap(({ failures }) => failures),
    });
    writeFileSync(
      settings.out.replace(/(\.json)?$/, '.svg'),
      plot(
        `${machine.processor}, ${machine.cores} cores, Node ${machine.node.slice(1)}; ` +
          `${peers.map(({ name, version }) => `${name} ${version}`).join(', ')}`,
        sections.flatMap(({ panels }) => panels),
      ),
    );
    const failures = sections.flatMap((section) => section.failures);
    if (failures.length > 0) {
      console.error(`\n${failures.join('\n')}`);
      process.exitCode = 1;
    }
  } finally {
    for (const peer of peers) await peer.close();
  }
}

function onNext(name: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${name}`);
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
