/** `evmill run --tracer`: what a tracer saw, in place of what came of the run. */

import type { CallResult } from '../machine/result.ts';
import type { Tracer } from '../machine/tracer.ts';
import { goJson } from '../trace/goJson.ts';
import type { Host } from './host.ts';
import { makeTracer, type TracerOptions, tracerWish } from './tracerOptions.ts';

/**
 * Runs under the tracer that the options ask for, and prints its result.
 * @returns the exit code: of the run, or 1 where a script failed
 * @throws {UsageError} when there is no such tracer
 */
export async function tracedRun(
  run: (tracer: Tracer) => Pick<CallResult, 'status'>,
  options: TracerOptions,
  host: Host,
): Promise<number> {
  const tracer = await makeTracer(tracerWish(options));
  try {
    const { status } = run(tracer);
    host.out(`${goJson(tracer.result())}\n`);
    return status === 'success' ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ScriptError')) throw error;
    host.err(`evmill run: ${error.message}\n`);
    return 1;
  } finally {
    tracer.close?.();
  }
}
