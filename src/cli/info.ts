/** `evmill info`: what this evmill is, and what it runs on. */

import { cpus, totalmem } from 'node:os';
import { createEvm } from '../chain/evm.ts';
import { type Provider, providers } from '../precompiles/providers.ts';
import { FORKS, forkNamed } from '../protocol/forks.ts';
import { memoryState } from '../state/memory.ts';
import { runSync } from '../task.ts';
import type { Define } from './commands.ts';
import { DEFAULT_FORK } from './values.ts';
import { packageVersion } from './version.ts';

const EXAMPLES = `
Examples:
  evmill info
  evmill info --json        for programs, and for reports of bugs

Exit code 0.`;

/** Everything that is told. */
interface Info {
  readonly version: string;
  readonly node: string;
  readonly v8: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** making an engine and running code that stops at once, in this process */
  readonly engineStartMs: number;
  readonly tiers: readonly string[];
  readonly providers: readonly Provider[];
  readonly forks: readonly string[];
}

/** Declares the command. */
export const info: Define = (command, host) => {
  command
    .option('--json', 'print it as JSON')
    .addHelpText('after', EXAMPLES)
    .action(({ json }: { readonly json?: boolean }) => {
      const found = gather();
      host.out(json ? `${JSON.stringify(found, null, 2)}\n` : textOf(found));
    });
};

function gather(): Info {
  const engineStartMs = startEngine();
  return {
    version: packageVersion(),
    node: process.version.slice(1),
    v8: process.versions.v8,
    system: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    engineStartMs: Math.round(engineStartMs * 10) / 10,
    tiers: ['interpreter', 'compiler'],
    providers: providers(),
    forks: FORKS.map(({ name }) => name),
  };
}

function startEngine(): number {
  const start = performance.now();
  const nobody = '0x0000000000000000000000000000000000000000';
  const evm = createEvm({ fork: forkNamed(DEFAULT_FORK) });
  runSync(evm.call({ caller: nobody, to: nobody, code: new Uint8Array(1), gas: 0n }), memoryState(new Map()));
  return performance.now() - start;
}

function textOf(found: Info): string {
  const width = Math.max(...found.providers.map(({ primitive }) => primitive.length));
  const lines = found.providers.map(
    ({ primitive, used, absent }) =>
      `  ${primitive.padEnd(width)}  ${used}${absent === undefined ? '' : ` (${absent})`}`,
  );
  return [
    `evmill    ${found.version}`,
    `node      ${found.node}, V8 ${found.v8}, ${found.system}`,
    `machine   ${found.processor}, ${found.cores} cores, ${found.memoryGiB} GiB`,
    `engine    started in ${found.engineStartMs.toFixed(1)} ms`,
    `tiers     ${found.tiers.join(', ')}: generated WebAssembly`,
    'computed by',
    ...lines,
    `forks     ${found.forks.join(', ')}`,
    '',
  ].join('\n');
}
