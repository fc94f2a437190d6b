/** Tracing transactions one after the other, and printing as it goes. */

import { writeFileSync } from 'node:fs';
import { createEvm, type Evm } from '../chain/evm.ts';
import { recordTransaction } from '../chain/recording.ts';
import { InvalidTransaction } from '../errors.ts';
import type { Fork } from '../protocol/forks.ts';
import { runSync } from '../task.ts';
import { collapsedStacks, type GasProfile, speedscope } from '../trace/gasProfiler.ts';
import { goJson } from '../trace/goJson.ts';
import { traceTransaction } from '../trace/traceTransaction.ts';
import { type Host, UsageError } from './host.ts';
import { writeRecordings } from './replay.ts';
import type { TraceOptions } from './trace.ts';
import { type TracedTransaction, tracedTransactions } from './traceInput.ts';
import { makeTracer, type TracerWish } from './tracerOptions.ts';

/**
 * Traces, and prints.
 * @returns the exit code
 * @throws {UsageError} when something cannot be read or is not what belongs there
 */
export async function runTrace(
  options: TraceOptions,
  wish: TracerWish,
  host: Pick<Host, 'out' | 'err'>,
  pulse?: Int32Array,
): Promise<number> {
  const isList = options.block !== undefined && options.index === undefined;
  const printer = printerOf(options, isList, host);
  const exitCode = await forEach(options, host, async (traced, evm) => {
    printer.one(traced, await traceOne(evm, traced, wish, pulse));
  });
  if (exitCode === 0) printer.end();
  return exitCode;
}

/**
 * Records transactions, and writes one recording behind the other.
 * @returns the exit code
 * @throws {UsageError} when something cannot be read or written
 */
export async function recordTraced(
  options: TraceOptions,
  file: string,
  host: Pick<Host, 'err'>,
): Promise<number> {
  const recordings: Uint8Array[] = [];
  const exitCode = await forEach(options, host, async ({ transaction, block, sender, source }, evm) => {
    const task = recordTransaction(evm, transaction, block, { sender });
    recordings.push(runSync(task, source).recording);
  });
  if (exitCode === 0) writeRecordings(file, recordings);
  return exitCode;
}

/** Does something with one transaction after the other; says of one that cannot be executed why, and stops there. */
async function forEach(
  options: TraceOptions,
  { err }: Pick<Host, 'err'>,
  work: (traced: TracedTransaction, evm: Evm) => Promise<void>,
): Promise<number> {
  const evms = new Map<Fork, Evm>();
  for await (const traced of tracedTransactions(options)) {
    let evm = evms.get(traced.fork);
    if (evm === undefined) evms.set(traced.fork, (evm = createEvm({ fork: traced.fork })));
    try {
      await work(traced, evm);
    } catch (error) {
      const isInvalid = error instanceof InvalidTransaction;
      if (!isInvalid && !(error instanceof Error && error.name === 'ScriptError')) throw error;
      const what = isInvalid ? 'the transaction cannot be executed: ' : '';
      err(`evmill trace: ${traced.name}: ${what}${error.message}\n`);
      return 1;
    }
  }
  return 0;
}

async function traceOne(
  evm: Evm,
  { transaction, block, sender, source, context }: TracedTransaction,
  wish: TracerWish,
  pulse: Int32Array | undefined,
): Promise<unknown> {
  const tracer = await makeTracer(wish, context, pulse);
  return runSync(traceTransaction(evm, transaction, block, tracer, { sender }), source);
}

interface Printer {
  one(traced: TracedTransaction, result: unknown): void;
  end(): void;
}

function printerOf(options: TraceOptions, isList: boolean, { out }: Pick<Host, 'out'>): Printer {
  if (options.profile !== undefined || options.collapsed !== undefined) return profilePrinter(options);
  if (!isList) return { one: (_, result) => out(`${goJson(result)}\n`), end: () => {} };
  let separator = '[';
  return {
    one({ context }, result) {
      out(`${separator}${goJson({ txHash: context.transactionHash, result })}`);
      separator = ',\n';
    },
    end: () => out(separator === '[' ? '[]\n' : ']\n'),
  };
}

/** Writes profiles to files: one is a profile, of a block's transactions all are in one file. */
function profilePrinter({ profile, collapsed }: TraceOptions): Printer {
  let stacks = '';
  const profiles: unknown[] = [];
  return {
    one({ name }, result) {
      stacks += collapsedStacks(result as GasProfile);
      profiles.push(speedscope(result as GasProfile, name));
    },
    end() {
      if (collapsed !== undefined) write(collapsed, stacks);
      if (profile !== undefined)
        write(profile, `${goJson(profiles.length === 1 ? profiles[0] : profiles)}\n`);
    },
  };
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${(error as Error).message}`);
  }
}
