/** Tracers as the command line names them. */

import { existsSync } from 'node:fs';
import { isScript, loadTracer } from '../trace/loadTracer.ts';
import type { ResultTracer, TraceContext } from '../trace/namedTracer.ts';
import { TRACER_NAMES, type TracerConfig } from '../trace/tracers.ts';
import { readBytes } from './codeInput.ts';
import { UsageError } from './host.ts';
import { integerOption } from './values.ts';

/** The options, as they are written. */
export interface TracerOptions {
  readonly tracer?: string;
  readonly tracerConfig?: string;
  readonly timeout?: string;
}

/** What is asked for: a name, or the text of a script. */
export interface TracerWish {
  readonly tracer: string;
  readonly isScript: boolean;
  readonly config: TracerConfig;
  /** a script's own time, in milliseconds */
  readonly milliseconds: number;
}

/** The default, as go-ethereum has it. */
export const DEFAULT_TRACER = 'structLogger';
const DEFAULT_MILLISECONDS = '5000';

/** The tracers, for help texts. */
export const TRACER_HELP = `Tracers:
${chunked(TRACER_NAMES)}
  or JavaScript, in a file or as it is: an object with result() and fault(), and step(), enter(), exit(), setup()
  as go-ethereum has them. It runs in an engine of its own and sees nothing of this machine.`;

function chunked(names: readonly string[]): string {
  const rows: string[] = [];
  for (let i = 0; i < names.length; i += 5) rows.push(`  ${names.slice(i, i + 5).join(', ')}`);
  return rows.join(',\n');
}

/**
 * What the options ask for.
 * @throws {UsageError} when there is no such tracer, or they cannot be read
 */
export function tracerWish({ tracer = DEFAULT_TRACER, tracerConfig, timeout }: TracerOptions): TracerWish {
  const isName = TRACER_NAMES.includes(tracer);
  const text = !isName && existsSync(tracer) ? new TextDecoder().decode(readBytes(tracer)) : tracer;
  if (!isName && !isScript(text)) {
    throw new UsageError(
      `--tracer: expected a tracer's name, JavaScript, or a file of it, got ${JSON.stringify(tracer)}; --help lists the names`,
    );
  }
  const milliseconds = integerOption(timeout ?? DEFAULT_MILLISECONDS, '--timeout', 2n ** 31n);
  const script = text.trim().replace(/;$/, '');
  return {
    tracer: isName ? tracer : script,
    isScript: !isName,
    config: configOf(tracerConfig),
    milliseconds: Number(milliseconds),
  };
}

function configOf(text: string | undefined): TracerConfig {
  if (text === undefined) return {};
  const config = parsed(text);
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new UsageError(`--tracer-config: expected a JSON object, got ${text}`);
  }
  return config as TracerConfig;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--tracer-config: expected JSON: ${(error as Error).message}`);
  }
}

/**
 * Makes the tracer.
 * @param pulse counts a script's calls, for who ends it from outside
 * @throws {UsageError} when an option of its is not what belongs there, or a script is none
 */
export async function makeTracer(
  { tracer, config, milliseconds }: TracerWish,
  context: TraceContext = {},
  pulse?: Int32Array,
): Promise<ResultTracer<unknown>> {
  const limits = pulse === undefined ? { milliseconds } : { milliseconds, pulse };
  try {
    return await loadTracer(tracer, { config, context, limits });
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw new UsageError(error.message);
    if (error instanceof Error && error.name === 'ScriptError')
      throw new UsageError(`--tracer: ${error.message}`);
    throw error;
  }
}
