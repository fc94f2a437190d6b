/** `evmill replay`: what a recorded run would have told a tracer. `evmill run --record` records. */

import { readFileSync, writeFileSync } from 'node:fs';
import { concatBytes } from '../bytes.ts';
import { createEvm, type Evm } from '../chain/evm.ts';
import { type Recording, type RecordingOptions, readRecordings, recordCall } from '../chain/recording.ts';
import type { Message } from '../machine/result.ts';
import type { Tracer } from '../machine/tracer.ts';
import type { StateSource } from '../state/source.ts';
import { runSync } from '../task.ts';
import { eip3155Bytes } from '../trace/eip3155.ts';
import type { Define } from './commands.ts';
import { type Host, UsageError } from './host.ts';
import type { TracerOptions } from './tracerOptions.ts';
import { forkOption, integerOption } from './values.ts';

interface ReplayOptions extends TracerOptions {
  readonly from?: string;
  readonly steps?: string;
  readonly memory?: boolean;
  readonly stack: boolean;
  readonly index?: string;
  readonly info?: boolean;
}

const EXAMPLES = `
Prints EIP-3155 lines on standard output, unless --tracer says what to print instead.

Examples:
  evmill run code.hex --record run.rec                 records while it runs
  evmill trace --store chain --block head --record block.rec
                                                       one for each transaction, in one file
  evmill replay run.rec --info                         the fork, and how many steps there are
  evmill replay run.rec --from 8000000 --steps 20      twenty steps from there on
  evmill replay run.rec --tracer callTracer            any tracer of 'evmill trace'

Exit code 0: fine; 2: wrong usage, or a recording that cannot be read.`;

/** Declares the command. */
export const replay: Define = (command, host, finish) => {
  command
    .argument('<file>', 'a recording')
    .option('--index <number>', 'which of the recordings in the file, counted from 0', '0')
    .option('--from <step>', 'the first step to show, counted from 0', '0')
    .option('--steps <number>', 'how many to show; all by default')
    .option('--memory', 'with the memory at each step')
    .option('--no-stack', 'without the stack')
    .option('--tracer <tracer>', "print what a tracer saw instead: 'evmill trace --help' has them")
    .option('--tracer-config <json>', "the tracer's options")
    .option('--info', 'say what was recorded, and replay nothing')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, options: ReplayOptions) => finish(await replayFile(file, options, host)));
};

/**
 * Runs once more, recording.
 * @throws {UsageError} where the file cannot be written
 */
export function recordRun(
  evm: Evm,
  message: Message,
  options: RecordingOptions,
  source: StateSource,
  file: string,
): void {
  writeRecordings(file, [runSync(recordCall(evm, message, options), source).recording]);
}

/**
 * Writes recordings, one behind the other.
 * @throws {UsageError} where the file cannot be written
 */
export function writeRecordings(file: string, recordings: readonly Uint8Array[]): void {
  try {
    writeFileSync(file, concatBytes(...recordings));
  } catch (error) {
    throw new UsageError(`--record: ${(error as Error).message}`);
  }
}

async function replayFile(file: string, options: ReplayOptions, host: Host): Promise<number> {
  const recordings = readRecordings(read(file));
  if (options.info) {
    for (const recording of recordings) host.out(infoOf(recording));
    return 0;
  }
  const index = Number(integerOption(options.index ?? '0', '--index', 2n ** 32n));
  const recording = recordings[index];
  if (recording === undefined) {
    throw new UsageError(
      `--index: expected less than ${recordings.length}, the file's recordings, got ${index}`,
    );
  }
  const evm = createEvm({ fork: forkOption(recording.fork) });
  if (options.tracer !== undefined) {
    const { tracedRun } = await import('./tracedRun.ts');
    if (options.from !== '0')
      throw new UsageError('--from: tracers see runs whole; leave it out, or --tracer');
    await tracedRun((tracer) => recording.replay(evm, tracer), options, host);
    return 0;
  }
  replayLines(recording, evm, options, host);
  return 0;
}

function infoOf({ fork, steps, isTransaction, checkpoints }: Recording): string {
  const what = isTransaction ? 'transaction' : 'message';
  return `of           a ${what}\nfork         ${fork}\nsteps        ${steps}\ncheckpoints  ${checkpoints.length}\n`;
}

/** Thrown by a tracer that has seen enough. */
class Enough extends Error {
  override readonly name = 'Enough';
}

function replayLines(recording: Recording, evm: Evm, options: ReplayOptions, host: Host): void {
  const from = integerOption(options.from ?? '0', '--from', 2n ** 63n);
  if (from >= recording.steps) {
    throw new UsageError(`--from: expected a step below ${recording.steps}, got ${from}`);
  }
  let left =
    options.steps === undefined
      ? Number.POSITIVE_INFINITY
      : Number(integerOption(options.steps, '--steps', 2n ** 53n));
  const lines = eip3155Bytes((text) => host.outAscii(text), {
    memory: options.memory === true,
    noStack: !options.stack,
  });
  const tracer: Tracer = {
    ...lines,
    onStep(step) {
      if (left-- <= 0) throw new Enough();
      lines.onStep(step);
    },
  };
  try {
    recording.replay(evm, tracer, from);
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  lines.flush();
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
}
