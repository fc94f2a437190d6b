/** The tracers by the names that go-ethereum's JSON-RPC gives them. */

import { callTracer } from './callTracer.ts';
import { callTracerLegacy } from './callTracerLegacy.ts';
import {
  bigramTracer,
  fourByteTracer,
  fourByteTracerLegacy,
  keccak256PreimageTracer,
  noopTracer,
  opcodeCounter,
  opcountTracer,
  trigramTracer,
} from './countingTracers.ts';
import { erc7562Tracer } from './erc7562Tracer.ts';
import { evmdisTracer } from './evmdisTracer.ts';
import { flatCallTracer } from './flatCallTracer.ts';
import { gasProfiler } from './gasProfiler.ts';
import { muxTracer } from './muxTracer.ts';
import type { ResultTracer, TraceContext } from './namedTracer.ts';
import { prestateTracer } from './prestateTracer.ts';
import { prestateTracerLegacy } from './prestateTracerLegacy.ts';
import { structLogger } from './structLogger.ts';

/** A tracer's options, as JSON has them. */
export type TracerConfig = Readonly<Record<string, unknown>>;

/** Makes a tracer of its options and of where its transaction is. */
type Make = (config: TracerConfig, context: TraceContext) => ResultTracer<unknown>;

const TRACERS: Readonly<Record<string, Make>> = {
  structLogger: (config) =>
    structLogger({
      ...flags(config, ['enableMemory', 'disableStack', 'disableStorage', 'enableReturnData']),
      ...limitOf(config),
    }),
  callTracer: (config, context) => callTracer(flags(config, ['onlyTopCall', 'withLog']), context),
  erc7562Tracer: (config, context) =>
    erc7562Tracer({ ...flags(config, ['withLog']), ...ignoredOpcodes(config) }, context),
  flatCallTracer: (config, context) =>
    flatCallTracer(flags(config, ['convertParityErrors', 'includePrecompiles']), context),
  prestateTracer: (config) =>
    prestateTracer(flags(config, ['diffMode', 'disableCode', 'disableStorage', 'includeEmpty'])),
  '4byteTracer': fourByteTracer,
  '4byteTracerLegacy': fourByteTracerLegacy,
  evmdisTracer,
  keccak256PreimageTracer,
  muxTracer: (config, context) =>
    muxTracer(
      Object.fromEntries(Object.entries(config).map(([name, own]) => [name, named(name, own, context)])),
    ),
  noopTracer,
  noopTracerLegacy: noopTracer,
  gasProfiler,
  opcodeCounter,
  unigramTracer: opcodeCounter,
  bigramTracer,
  trigramTracer,
  opcountTracer,
  callTracerLegacy,
  prestateTracerLegacy,
};

/** The names, in order. */
export const TRACER_NAMES: readonly string[] = Object.keys(TRACERS).sort();

/**
 * A tracer by its name.
 * @param config options that it does not know are passed over, as go-ethereum does
 * @throws {RangeError} when there is none of that name
 * @throws {TypeError} when an option is not what belongs there
 */
export function tracerNamed(
  name: string,
  config: TracerConfig = {},
  context: TraceContext = {},
): ResultTracer<unknown> {
  if (!Object.hasOwn(TRACERS, name)) {
    throw new RangeError(`tracer: expected one of ${TRACER_NAMES.join(', ')}, got ${JSON.stringify(name)}`);
  }
  return TRACERS[name](config, context);
}

/** One of several tracers, with options that stand for none where they are null. */
function named(name: string, config: unknown, context: TraceContext): ResultTracer<unknown> {
  if (config === null || config === undefined) return tracerNamed(name, {}, context);
  if (typeof config !== 'object' || Array.isArray(config)) {
    throw new TypeError(`tracer config: ${name}: expected an object, got ${JSON.stringify(config)}`);
  }
  return tracerNamed(name, config as TracerConfig, context);
}

/** Options that are booleans. */
function flags<K extends string>(config: TracerConfig, names: readonly K[]): Partial<Record<K, boolean>> {
  const found: Partial<Record<K, boolean>> = {};
  for (const name of names) {
    const value = config[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'boolean') {
      throw new TypeError(`tracer config: ${name}: expected true or false, got ${JSON.stringify(value)}`);
    }
    found[name] = value;
  }
  return found;
}

function limitOf({ limit }: TracerConfig): { limit?: number } {
  if (limit === undefined || limit === null) return {};
  if (Number.isInteger(limit) && (limit as number) >= 0) return { limit: limit as number };
  throw new TypeError(`tracer config: limit: expected a number of bytes, got ${JSON.stringify(limit)}`);
}

/** Opcodes to ignore, as numbers in hex. */
function ignoredOpcodes({ ignoredOpcodes: value }: TracerConfig): { ignoredOpcodes?: readonly number[] } {
  if (value === undefined || value === null) return {};
  const isList = Array.isArray(value) && value.every((code) => /^0x[0-9a-f]{1,2}$/i.test(String(code)));
  if (isList) return { ignoredOpcodes: value.map(Number) };
  throw new TypeError(
    `tracer config: ignoredOpcodes: expected a list of bytes such as "0x54", got ${JSON.stringify(value)}`,
  );
}
