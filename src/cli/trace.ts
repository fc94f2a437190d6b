/** `evmill trace`: replays transactions under a tracer, and prints what it saw. */

import type { Define } from './commands.ts';
import { type Host, UsageError } from './host.ts';
import type { TraceInput } from './traceInput.ts';
import { TRACER_HELP, type TracerOptions, tracerWish } from './tracerOptions.ts';

/** The options, as they are written; plain data, so that a worker can be told. */
export interface TraceOptions extends TraceInput, TracerOptions {
  readonly profile?: string;
  readonly collapsed?: string;
  readonly record?: string;
}

const EXAMPLES = `
A transaction is one of a store that evmill import has kept, or a JSON object in a file, signed or with "from", with the
state before it: a genesis, which also says block and rules, or accounts by address. A block's are a list of
{txHash, result}.

${TRACER_HELP}

Examples:
  evmill trace --prestate genesis.json --tx tx.json                          every step, with the stack
  evmill trace --prestate genesis.json --tx tx.json --tracer callTracer --tracer-config '{"withLog":true}'
  evmill trace --store chain --tx 0x5c50… --tracer prestateTracer --tracer-config '{"diffMode":true}'
  evmill trace --store chain --block head --tracer flatCallTracer            all transactions of a block
  evmill trace --store chain --block 1000 --index 2 --tracer mine.js
  evmill trace --store chain --tx 0x5c50… --tracer '{n: 0, step: function() { this.n++ }, fault: function() {},
    result: function() { return this.n }}'
  evmill trace --store chain --tx 0x5c50… --profile gas.speedscope.json      for https://www.speedscope.app
  evmill trace --store chain --tx 0x5c50… --collapsed gas.txt                lines for flame graphs

Exit code 0: traced; 1: a transaction cannot be executed, or a script failed; 2: wrong usage, or something could not be
read.`;

/** Declares the command. */
export const trace: Define = (command, host, finish) => {
  command
    .option('-s, --store <folder>', 'a chain that evmill import has kept')
    .option('--tx <transaction>', 'with --store its hash, with --prestate a JSON file')
    .option('-b, --block <block>', 'with --store: a number, a hash or head')
    .option('-i, --index <number>', 'with --block: only this transaction')
    .option('--prestate <file>', 'the state before: genesis JSON, or accounts by address')
    .option('-f, --fork <name>', 'with --prestate: the rules; those of its configuration, or the newest')
    .option('-t, --tracer <tracer>', 'a name, JavaScript or a file of it; structLogger by default')
    .option('-c, --tracer-config <json>', "the tracer's options")
    .option('--timeout <milliseconds>', 'time that a tracer in JavaScript has for itself', '5000')
    .option('--profile <file>', 'write where gas goes, for speedscope, and print nothing')
    .option('--collapsed <file>', 'the same as collapsed stacks')
    .option('--record <file>', "write recordings for 'evmill replay', and print nothing")
    .addHelpText('after', EXAMPLES)
    .action(async (options: TraceOptions) => {
      finish(await traceAll(options, host));
    });
};

async function traceAll(options: TraceOptions, host: Host): Promise<number> {
  if (options.record !== undefined) {
    if (options.tracer !== undefined) {
      throw new UsageError(
        "--record: expected no --tracer with it; 'evmill replay --tracer' tells any tracer",
      );
    }
    const { recordTraced } = await import('./traceRun.ts');
    return recordTraced(options, options.record, host);
  }
  const isProfile = options.profile !== undefined || options.collapsed !== undefined;
  const wish = tracerWish(isProfile ? { ...options, tracer: 'gasProfiler' } : options);
  if (wish.isScript) {
    const { traceInWorker } = await import('./traceThread.ts');
    return traceInWorker(options, wish, host);
  }
  const { runTrace } = await import('./traceRun.ts');
  return runTrace(options, wish, host);
}
