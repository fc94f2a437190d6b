/**
 * Tracing by scripts, in a thread that can be ended: a script is interrupted where its engine asks whether it may go
 * on, and few of the built-in functions do not ask.
 */

import { Worker } from 'node:worker_threads';
import type { Host } from './host.ts';
import { UsageError } from './host.ts';
import type { TraceOptions } from './trace.ts';
import type { TracerWish } from './tracerOptions.ts';

/** What the worker is told. */
export interface TraceTask {
  readonly options: TraceOptions;
  readonly wish: TracerWish;
  readonly pulse: Int32Array;
}

/** What it says: text to print, how it ended, or what the user did wrong. */
export type TraceMessage =
  | { readonly kind: 'out' | 'err'; readonly text: string }
  | { readonly kind: 'end'; readonly exitCode: number }
  | { readonly kind: 'usage'; readonly text: string };

const BUILT_WORKER = new URL('./traceWorker.js', import.meta.url);

/** Heap of the worker beside the script's own memory, in MB, at most. */
const HEAP_MB = 4096;
/** Milliseconds between two looks at it, and after which a script that should have been interrupted is ended. */
const LOOK = 100;
const GRACE = 1000;

/**
 * Traces in a worker; from the TypeScript sources, as in tests, in this thread.
 * @returns the exit code
 */
export async function traceInWorker(
  options: TraceOptions,
  wish: TracerWish,
  host: Host,
  workerModule = BUILT_WORKER,
): Promise<number> {
  if (workerModule === BUILT_WORKER && import.meta.url.endsWith('.ts')) {
    return (await import('./traceRun.ts')).runTrace(options, wish, host);
  }
  const pulse = new Int32Array(new SharedArrayBuffer(4));
  const workerData: TraceTask = { options, wish, pulse };
  const worker = new Worker(workerModule, {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  let watching: NodeJS.Timeout | undefined;
  try {
    return await new Promise<number>((resolve, reject) => {
      watching = watch(pulse, wish.milliseconds, () => {
        host.err(`evmill trace: the script was still running ${GRACE} ms after its time, and was ended\n`);
        resolve(1);
      });
      worker.on('error', reject);
      worker.on('message', (message: TraceMessage) => {
        if (message.kind === 'end') resolve(message.exitCode);
        else if (message.kind === 'usage') reject(new UsageError(message.text));
        else host[message.kind](message.text);
      });
    });
  } finally {
    clearInterval(watching);
    await worker.terminate();
  }
}

/** Calls `isOver` where one call into the script takes longer than all of its time. The pulse is odd during a call. */
function watch(pulse: Int32Array, milliseconds: number, isOver: () => void): NodeJS.Timeout {
  let [last, since] = [0, performance.now()];
  return setInterval(() => {
    const now = Atomics.load(pulse, 0);
    if (now !== last || now % 2 === 0) [last, since] = [now, performance.now()];
    else if (performance.now() - since > milliseconds + GRACE) isOver();
  }, LOOK);
}
