/** A worker thread's module: traces with a script, and posts what there is to print. */

import { parentPort, workerData } from 'node:worker_threads';
import { UsageError } from './host.ts';
import { runTrace } from './traceRun.ts';
import type { TraceMessage, TraceTask } from './traceThread.ts';

const { options, wish, pulse } = workerData as TraceTask;
const post = (message: TraceMessage): void => parentPort?.postMessage(message);

try {
  const host = {
    out: (text: string) => post({ kind: 'out', text }),
    err: (text: string) => post({ kind: 'err', text }),
  };
  post({ kind: 'end', exitCode: await runTrace(options, wish, host, pulse) });
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  post({ kind: 'usage', text: error.message });
}
