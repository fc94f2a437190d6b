/** `evm run`, as go-ethereum has it: the output in hex, or the trace on standard error. */

import { toHex } from '../bytes.ts';
import { createEvm } from '../chain/evm.ts';
import { memoryState } from '../state/memory.ts';
import { runSync } from '../task.ts';
import { failureWords } from '../trace/errorText.ts';
import type { Define } from './commands.ts';
import type { Host } from './host.ts';
import { type RunOptions, setUp, stateAfter } from './run.ts';
import { isOn } from './toolRun.ts';
import type { TraceFlags } from './traceFlags.ts';
import { addTraceLooks, flaggedTracer } from './traceOptions.ts';

interface EvmRunOptions extends TraceFlags {
  readonly codefile?: string;
  readonly create?: boolean;
  readonly gas?: string;
  readonly prestate?: string;
  readonly input?: string;
  readonly inputfile?: string;
  readonly price?: string;
  readonly value?: string;
  readonly sender?: string;
  readonly receiver?: string;
  readonly dump?: boolean;
  readonly bench?: boolean;
  readonly statdump?: boolean;
  readonly json?: boolean;
  readonly debug?: boolean;
}

const DEFAULT_GAS = '10000000000';

/** Declares the command. */
export const run: Define = (command, host, finish) => {
  addTraceLooks(
    command
      .argument('[code]', 'hex')
      .option('--codefile <file>', 'a file of hex; - for standard input')
      .option('--create', 'run the code as initcode')
      .option('--gas <number>', 'gas to run with', DEFAULT_GAS)
      .option('--prestate <file>', 'state before: genesis JSON')
      .option('--input <hex>', 'call data')
      .option('--inputfile <file>', 'the same from a file of hex')
      .option('--price <wei>', 'gas price')
      .option('--value <wei>', 'ether sent along')
      .option('--sender <address>', 'who calls')
      .option('--receiver <address>', 'who is called')
      .option('--dump', 'print the state after the run')
      .option('--bench', 'print how long it takes')
      .option('--statdump', 'print what one run takes')
      .option('--trace [on]', 'print each instruction on standard error')
      .option('--json', 'the same as --trace --trace.format json')
      .option('--debug', 'the same as --trace --trace.format struct'),
  ).action(async (code: string | undefined, options: EvmRunOptions) => {
    finish(await runCode(code, options, host));
  });
};

async function runCode(code: string | undefined, options: EvmRunOptions, host: Host): Promise<number> {
  const { codefile, inputfile, ...rest } = options;
  const asked: RunOptions = {
    ...rest,
    trace: false,
    ...(inputfile === undefined ? {} : { inputFile: inputfile }),
  };
  const { fork, block, alloc, message } = await setUp(codefile ?? code ?? '0x', asked, host);
  const evm = createEvm({ fork });
  const source = memoryState(alloc);
  const runOnce = () => runSync(evm.call(message, { block }), source);
  const tracer = tracerOf(options, host);
  const before = performance.now();
  const heap = process.memoryUsage().heapUsed;
  const result = tracer === undefined ? runOnce() : runSync(evm.call(message, { block, tracer }), source);
  const once = { milliseconds: performance.now() - before, heap: process.memoryUsage().heapUsed - heap };
  tracer?.flush();
  if (options.dump) host.out(`${JSON.stringify(await stateAfter(alloc, result.diff), null, 4)}\n`);
  if (options.bench || options.statdump) {
    const took = options.bench ? await benched(runOnce) : once;
    host.err(
      `EVM gas used:    ${result.gasUsed}\nexecution time:  ${goDuration(took.milliseconds)}\n` +
        `allocations:     0\nallocated bytes: ${Math.max(0, Math.round(took.heap))}\n`,
    );
  }
  if (tracer === undefined) {
    host.out(`${toHex(result.output)}\n`);
    const why = failureWords(result);
    if (why !== undefined) host.out(` error: ${why}\n`);
  }
  return 0;
}

function tracerOf(options: EvmRunOptions, host: Host) {
  if (isOn(options.trace)) return flaggedTracer(options, host);
  if (options.json) return flaggedTracer({ ...options, 'trace.format': 'json' }, host);
  if (options.debug) return flaggedTracer({ ...options, 'trace.format': 'struct' }, host);
  return undefined;
}

async function benched(runOnce: () => ReturnType<typeof runSync<import('../machine/result.ts').CallResult>>) {
  const { median, heapPerRun } = (await import('./benchRun.ts')).benchRun(runOnce);
  return { milliseconds: median, heap: heapPerRun };
}

/** A duration as Go writes it: the largest unit of which there is at least one, and what is left of it. */
export function goDuration(milliseconds: number): string {
  const units = [
    ['s', 1000],
    ['ms', 1],
    ['µs', 1e-3],
  ] as const;
  const [unit, size] = units.find(([, size]) => milliseconds >= size) ?? ['ns', 1e-6];
  const digits = (milliseconds / size).toFixed(unit === 'ns' ? 0 : 3).replace(/0+$/, '');
  return `${digits.endsWith('.') ? `${digits}0` : digits}${unit}`;
}
