/**
 * One program, run once in a process of its own: reads the tier and the program from standard input, and writes what it
 * took to standard output. `cold.ts` starts it.
 */

import { readFileSync } from 'node:fs';
import { deserialize } from 'node:v8';
import type { toHex as toHexType } from '../bytes.ts';
import type { createEvm as createEvmType } from '../chain/evm.ts';
import type { Tier } from '../machine/tier.ts';
import type { forkNamed as forkNamedType } from '../protocol/forks.ts';
import type { memoryState as memoryStateType } from '../state/memory.ts';
import type { runSync as runSyncType } from '../task.ts';
import type { Program } from './program.ts';

/** What is used of the package's entry. */
interface Library {
  readonly createEvm: typeof createEvmType;
  readonly forkNamed: typeof forkNamedType;
  readonly memoryState: typeof memoryStateType;
  readonly runSync: typeof runSyncType;
  readonly toHex: typeof toHexType;
}

/** What a fresh process took, in milliseconds. */
export interface ColdRun {
  /** loading the library */
  readonly load: number;
  /** making an engine, and running code that stops at once */
  readonly start: number;
  /** the program's first run */
  readonly first: number;
  readonly gasUsed: bigint;
  readonly output: string;
}

const { tier, program } = deserialize(readFileSync(0)) as { tier: Tier; program: Program };

const beforeLoad = performance.now();
// the built entry, as whoever installed the package loads it; no module of ours may lean on it
const entry = new URL('../node/index.js', import.meta.url).href;
const { createEvm, forkNamed, memoryState, runSync, toHex } = (await import(entry)) as Library;
const load = performance.now() - beforeLoad;

const beforeStart = performance.now();
const evm = createEvm({ fork: forkNamed(program.fork), tier });
runSync(
  evm.call({ caller: program.caller, to: program.caller, code: new Uint8Array(1), gas: 1n }),
  memoryState(new Map()),
);
const start = performance.now() - beforeStart;

const { blockOf, messageOf, stateOf } = await import('./evmillPeer.ts');
const [message, block, state] = [messageOf(program), blockOf(program), stateOf(program)];
const beforeRun = performance.now();
const { gasUsed, output } = runSync(evm.call(message, { block }), state);
const first = performance.now() - beforeRun;

const run: ColdRun = { load, start, first, gasUsed, output: toHex(output) };
process.stdout.write(JSON.stringify(run, (_, value) => (typeof value === 'bigint' ? Number(value) : value)));
