/**
 * Recordings of runs. A run follows from what it was asked and from what it asked for, so a recording is these two, the
 * number of steps, and how it ended: enough to tell any tracer what it would have been told live, from any step on.
 * `docs/recording.md` has the format.
 */

import { fromHex, toHex } from '../bytes.ts';
import { keccak256 } from '../keccak.ts';
import type { BlockContext } from '../machine/environment.ts';
import type { CallResult, Message } from '../machine/result.ts';
import type { Tracer } from '../machine/tracer.ts';
import type { Fork } from '../protocol/forks.ts';
import type { AccountFact, StateSource } from '../state/source.ts';
import { type Fact, type Need, runSync, type Task } from '../task.ts';
import type { CallOptions, Evm } from './evm.ts';

const MAGIC = 'evmill recording';
const VERSION = 1;
const MAX_STEPS = 2n ** 63n - 1n;

/** A recording that cannot be read, is of other rules, or does not lead where the run ended. */
export class BadRecording extends Error {
  override readonly name = 'BadRecording';
}

/** How a run is recorded. */
export type RecordingOptions = Pick<CallOptions, 'block' | 'steps' | 'sliceGas'>;

/** A run with its recording. */
export interface RecordedRun {
  readonly result: CallResult;
  readonly recording: Uint8Array;
}

/** A recording that was read. */
export interface Recording {
  /** by name */
  readonly fork: string;
  readonly steps: bigint;
  /**
   * Runs again, telling a tracer. It is told of the steps from `from` on, counted from 0, and of the frames and logs
   * after the first of them.
   * @throws {BadRecording} where the EVM has other rules, or comes to another end
   */
  replay(evm: Evm, tracer: Tracer, from?: bigint): CallResult;
}

/** Numbers as hex and bytes as hex with a mark, so that JSON holds everything. */
type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

interface Content {
  readonly fork: string;
  readonly rules: string;
  readonly message: Readonly<Record<string, Plain>>;
  readonly options: Readonly<Record<string, Plain>>;
  readonly facts: readonly (readonly [string, Plain])[];
  readonly steps: string;
  readonly end: string;
}

/** Runs a message as `evm.call` does, and records it. Steps are counted meanwhile, and nothing else is slower. */
export function* recordCall(evm: Evm, message: Message, options: RecordingOptions = {}): Task<RecordedRun> {
  const facts: [string, Plain][] = [];
  let steps = 0n;
  const onStepsCounted = (count: bigint): void => {
    steps = count;
  };
  const task = evm.call(message, { ...options, steps: options.steps ?? MAX_STEPS, onStepsCounted });
  let step = task.next();
  try {
    while (!step.done) {
      const need = step.value;
      const fact = yield need;
      if (need.kind !== 'slice') facts.push([nameOf(need), plain(fact)]);
      step = task.next(fact);
    }
  } finally {
    if (!step.done) task.return(undefined as never);
  }
  const result = step.value;
  const content: Content = {
    fork: evm.fork.name,
    rules: digestOf(evm.fork),
    message: plain(message) as Content['message'],
    options: plain(options) as Content['options'],
    facts,
    steps: String(steps),
    end: endOf(result),
  };
  return { result, recording: sealed(JSON.stringify(content)) };
}

/**
 * Reads a recording.
 * @throws {BadRecording} where it is none, is of another version, or has been changed or cut off
 */
export function readRecording(bytes: Uint8Array): Recording {
  const { fork, rules, message, options, facts, steps, end } = opened(bytes);
  const source = sourceOf(facts);
  return {
    fork,
    steps: BigInt(steps),
    replay(evm, tracer, from = 0n) {
      if (digestOf(evm.fork) !== rules) {
        throw new BadRecording(`recording: expected the rules of ${fork} as they were recorded, got others`);
      }
      const traced = { tracer: from === 0n ? tracer : fromFirstStep(tracer), traceFrom: from };
      const recorded = lively(options) as {
        block?: Partial<BlockContext>;
        steps?: bigint;
        sliceGas?: number;
      };
      const result = runSync(
        evm.call(lively(message) as unknown as Message, { ...recorded, ...traced }),
        source,
      );
      if (endOf(result) === end) return result;
      throw new BadRecording(`recording: expected the end ${end}, got ${endOf(result)}`);
    },
  };
}

/** A tracer that is told of nothing before its first step. */
function fromFirstStep(tracer: Tracer): Tracer {
  let isOn = false;
  return {
    onStep(step) {
      isOn = true;
      tracer.onStep?.(step);
    },
    onFault: (step) => tracer.onFault?.(step),
    onEnter: (frame) => isOn && tracer.onEnter?.(frame),
    onLeave: (frame) => isOn && tracer.onLeave?.(frame),
    onLog: (log, index) => isOn && tracer.onLog?.(log, index),
  };
}

/** Answers what the run asked for, and nothing else. */
function sourceOf(facts: Content['facts']): StateSource {
  const known = new Map(facts);
  const answer = (need: Need): unknown => {
    const name = nameOf(need);
    const fact = known.get(name);
    if (fact === undefined) throw new BadRecording(`recording: expected it to know ${name}`);
    return lively(fact);
  };
  return {
    account: (address) => (answer({ kind: 'account', address }) ?? undefined) as AccountFact | undefined,
    code: (codeHash, address) => answer({ kind: 'code', address, codeHash }) as Uint8Array,
    slot: (address, key) => answer({ kind: 'slot', address, key }) as bigint,
    blockHash: (number) => answer({ kind: 'blockHash', number }) as bigint,
  };
}

function nameOf(need: Need): string {
  switch (need.kind) {
    case 'account':
      return `account ${need.address}`;
    case 'code':
      return `code ${need.codeHash}`;
    case 'slot':
      return `slot ${need.address} 0x${need.key.toString(16)}`;
    case 'blockHash':
      return `block hash ${need.number}`;
    case 'slice':
      return 'slice';
  }
}

/** How a run ended, in a line. */
function endOf({ status, halt, gasLeft, output, logs }: CallResult): string {
  const seen = JSON.stringify(plain([output, logs] as unknown as Fact));
  return `${halt?.reason ?? status} ${gasLeft} ${digest(seen)}`;
}

/** Numbers and booleans of a fork: what a run depends on. */
function digestOf({ gas, params, rules, precompiles }: Fork): string {
  return digest(JSON.stringify(plain([gas, params, rules, [...precompiles]] as unknown as Fact)));
}

function digest(text: string): string {
  return toHex(keccak256(new TextEncoder().encode(text)));
}

/** As JSON has it: bigints with a mark `n`, bytes with a mark `b`, texts with a mark `t`. */
function plain(value: unknown): Plain {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return `n${value.toString(16)}`;
  if (typeof value === 'string') return `t${value}`;
  if (value instanceof Uint8Array) return `b${toHex(value).slice(2)}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'boolean' || Number.isFinite(value)) return value as boolean | number;
  // A number without limit is none in JSON.
  if (typeof value !== 'object') return `t${value}`;
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(entries.map(([key, part]) => [key, plain(part)]));
}

function lively(value: Plain): unknown {
  if (typeof value === 'string') {
    const text = value.slice(1);
    if (value[0] === 'n') return BigInt(`0x${text}`);
    return value[0] === 'b' ? fromHex(text) : text;
  }
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(lively);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, lively(part as Plain)]));
}

function sealed(json: string): Uint8Array {
  return new TextEncoder().encode(`${MAGIC} ${VERSION} ${digest(json)}\n${json}\n`);
}

function opened(bytes: Uint8Array): Content {
  const text = new TextDecoder().decode(bytes);
  const lineEnd = text.indexOf('\n');
  const [, version, seal] = /^evmill recording ([0-9]+) (0x[0-9a-f]{64})$/.exec(text.slice(0, lineEnd)) ?? [];
  if (version === undefined) throw new BadRecording('recording: expected a file that evmill recorded');
  if (Number(version) !== VERSION) {
    throw new BadRecording(`recording: expected version ${VERSION}, got ${version}`);
  }
  const json = text.slice(lineEnd + 1, -1);
  if (digest(json) !== seal) {
    throw new BadRecording('recording: expected what its seal says, got a file that was changed or cut off');
  }
  return JSON.parse(json) as Content;
}
