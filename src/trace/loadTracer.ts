/** A tracer by its name or by its source, which may be JavaScript. */

import type { ResultTracer, TraceContext } from './namedTracer.ts';
import type { ScriptLimits } from './script/scriptEngine.ts';
import { TRACER_NAMES, type TracerConfig, tracerNamed } from './tracers.ts';

/** How a tracer is made. */
export interface LoadOptions {
  readonly config?: TracerConfig;
  readonly context?: TraceContext;
  /** what a tracer in JavaScript may use */
  readonly limits?: ScriptLimits;
}

/** Whether a text is a script, and no name of a tracer. */
export function isScript(tracer: string): boolean {
  return !TRACER_NAMES.includes(tracer) && /[({]/.test(tracer);
}

/**
 * A tracer by its name, as `tracerNamed`, or of a script: an expression that evaluates to an object with the methods
 * `step`, `fault`, `result`, `enter`, `exit` and `setup`, in go-ethereum's form. Scripts run in an engine of their own,
 * in WebAssembly, and see nothing of the host; the engine's packages are optional dependencies.
 * @throws {RangeError} or {TypeError} as `tracerNamed`
 * @throws {ScriptError} where a script is none, or there is no engine
 */
export async function loadTracer(
  tracer: string,
  { config = {}, context = {}, limits = {} }: LoadOptions = {},
): Promise<ResultTracer<unknown>> {
  if (!isScript(tracer)) return tracerNamed(tracer, config, context);
  const [{ loadScriptEngine }, { scriptTracer }] = await Promise.all([
    import('./script/scriptEngine.ts'),
    import('./script/scriptTracer.ts'),
  ]);
  return scriptTracer(await loadScriptEngine(), tracer, { ...limits, config, context });
}
