/**
 * Recordings of runs. A run follows from what it was asked and from what it asked for, so a recording is these two, the
 * number of steps, and how it ended: enough to tell any tracer what it would have been told live. Checkpoints make the
 * way to any step short. `docs/recording.md` has the format.
 */

import { type Address, toHex } from '../bytes.ts';
import { keccak256 } from '../keccak.ts';
import type { BlockContext } from '../machine/environment.ts';
import type { CallResult, Message } from '../machine/result.ts';
import type { Tracer } from '../machine/tracer.ts';
import { finish, mix } from '../state/hash.ts';
import type { AccountFact, StateSource } from '../state/source.ts';
import { type Need, runSync, type Task } from '../task.ts';
import { Checkpoints } from './checkpoints.ts';
import type { CallOptions, Evm, TransactionResult } from './evm.ts';
import { digest, digestOfRules, lively, type Plain, plain } from './plain.ts';
import type { Transaction, UnsignedTransaction } from './transaction.ts';
import { recoverSender } from './transactionSender.ts';
import type { BlockRoom } from './transactionValidity.ts';

const MAGIC = 'evmill recording';
const VERSION = 2;
const LINE = /^evmill recording ([0-9]+) (0x[0-9a-f]{64}) ([0-9]+) ([0-9]+)\n/;
const LINE_BYTES = 200;
const NO_BYTES = new Uint8Array(0);
const MAX_STEPS = 2n ** 63n - 1n;

/** A recording that cannot be read, is of other rules, or does not lead where the run ended. */
export class BadRecording extends Error {
  override readonly name = 'BadRecording';
}

/** How a run is recorded. */
export interface RecordingOptions extends Pick<CallOptions, 'block' | 'steps' | 'sliceGas'> {
  /** steps between two checkpoints at first, 2^18 unless told; more as the run gets longer */
  readonly checkpointSteps?: bigint;
}

/** How a transaction is recorded. */
export interface TransactionRecordingOptions extends Omit<RecordingOptions, 'block'> {
  /** who sends it; recovered from the signature by default */
  readonly sender?: Address;
  /** what the block has left; all of it by default */
  readonly room?: BlockRoom;
}

/** A run with its recording. */
export interface RecordedRun<Result extends RecordedResult = CallResult> {
  readonly result: Result;
  readonly recording: Uint8Array;
}

/** What a recorded run came to: a message or a transaction. */
export type RecordedResult = CallResult | TransactionResult;

/** A recording that was read. */
export interface Recording {
  /** by name */
  readonly fork: string;
  readonly isTransaction: boolean;
  readonly steps: bigint;
  /** the steps before which the run may be entered, beside its first */
  readonly checkpoints: readonly bigint[];
  /**
   * Runs again, telling a tracer. It is told of the steps from `from` on, counted from 0, and of the frames and logs
   * after the first of them.
   * @throws {BadRecording} where the EVM has other rules, or comes to another end
   */
  replay(evm: Evm, tracer: Tracer, from?: bigint): RecordedResult;
}

/** What is run: a message or a transaction, with its block and how it is limited. */
interface Asked {
  readonly message?: Message;
  readonly transaction?: Transaction | UnsignedTransaction;
  readonly block?: Partial<BlockContext>;
  readonly sender?: Address;
  readonly room?: BlockRoom;
  readonly steps?: bigint;
  readonly sliceGas?: number;
}

interface Content {
  readonly fork: string;
  readonly rules: string;
  readonly asked: Plain;
  readonly facts: readonly (readonly [string, Plain])[];
  readonly steps: string;
  readonly end: string;
  /** steps, each with the numbers of its pages */
  readonly checkpoints: readonly (readonly [string, readonly number[]])[];
  /** the size of each page, and its checksum */
  readonly pages: readonly (readonly [number, number])[];
}

/** Runs a message as `evm.call` does, and records it. Steps are counted meanwhile, and nothing else is slower. */
export function* recordCall(
  evm: Evm,
  message: Message,
  options: RecordingOptions = {},
): Task<RecordedRun<CallResult>> {
  const { checkpointSteps, ...limits } = options;
  return (yield* record(evm, { message, ...limits }, checkpointSteps)) as RecordedRun<CallResult>;
}

/**
 * The same of a transaction, as `evm.transact` does it.
 * @throws {InvalidTransaction} when it cannot be in the block
 */
export function* recordTransaction(
  evm: Evm,
  transaction: Transaction | UnsignedTransaction,
  block: Partial<BlockContext>,
  options: TransactionRecordingOptions = {},
): Task<RecordedRun<TransactionResult>> {
  const { checkpointSteps, ...limits } = options;
  const asked = { transaction, block, ...limits };
  return (yield* record(evm, asked, checkpointSteps)) as RecordedRun<TransactionResult>;
}

function* record(
  evm: Evm,
  asked: Asked,
  checkpointSteps: bigint | undefined,
): Task<RecordedRun<RecordedResult>> {
  const facts: [string, Plain][] = [];
  let steps = 0n;
  const onStepsCounted = (count: bigint): void => {
    steps = count;
  };
  const checkpoints = new Checkpoints(checkpointSteps);
  const { stops } = checkpoints;
  const task = taskOf(evm, asked, { steps: asked.steps ?? MAX_STEPS, onStepsCounted, stops });
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
  const numbers = new Map<Uint8Array, number>();
  const numberOf = (page: Uint8Array): number => {
    if (!numbers.has(page)) numbers.set(page, numbers.size);
    return numbers.get(page)!;
  };
  const content: Content = {
    fork: evm.fork.name,
    rules: digestOfRules(evm.fork),
    asked: plain(asked),
    facts,
    steps: String(steps),
    end: endOf(result),
    checkpoints: checkpoints.kept.map(({ step, packed }) => [String(step), packed.pages.map(numberOf)]),
    pages: [...numbers.keys()].map((page) => [page.length, checksum(page)]),
  };
  return { result, recording: sealed(content, [...numbers.keys()]) };
}

function taskOf(evm: Evm, asked: Asked, watching: CallOptions): Task<RecordedResult> {
  const { message, transaction, block = {}, sender, room, ...limits } = asked;
  const options = { ...limits, ...watching };
  if (transaction === undefined) {
    return evm.call(message!, asked.block === undefined ? options : { ...options, block });
  }
  const who = sender ?? recoverSender(transaction as Transaction, evm.fork);
  return evm.transact(transaction, block, { ...options, sender: who, ...(room && { room }) });
}

/**
 * Reads a recording.
 * @throws {BadRecording} where it is none, is of another version, or has been changed or cut off
 */
export function readRecording(bytes: Uint8Array): Recording {
  const [first, second] = readRecordings(bytes);
  if (second !== undefined) throw new BadRecording('recording: expected one run, got several');
  return first;
}

/**
 * Reads recordings that stand one behind the other, as those of a block's transactions do.
 * @throws {BadRecording} where one is none, is of another version, or has been changed or cut off
 */
export function readRecordings(bytes: Uint8Array): readonly Recording[] {
  const recordings: Recording[] = [];
  for (let rest = bytes; rest.length > 0 || recordings.length === 0; ) {
    const { content, pages, size } = opened(rest);
    try {
      recordings.push(recordingOf(content, pages));
    } catch {
      // Sealed by whoever made it up.
      throw new BadRecording('recording: expected its fields as they are documented');
    }
    rest = rest.subarray(size);
  }
  return recordings;
}

function recordingOf(content: Content, pages: readonly Uint8Array[]): Recording {
  const { fork, rules, facts, steps, end } = content;
  const asked = lively(content.asked) as Asked;
  const source = sourceOf(facts);
  const checkpoints = content.checkpoints.map(([step, numbers]) => ({
    step: BigInt(step),
    pages: numbers.map((number) => pages[number] ?? NO_BYTES),
  }));
  return {
    fork,
    isTransaction: asked.transaction !== undefined,
    steps: BigInt(steps),
    checkpoints: checkpoints.map(({ step }) => step),
    replay(evm, tracer, from = 0n) {
      if (digestOfRules(evm.fork) !== rules) {
        throw new BadRecording(`recording: expected the rules of ${fork} as they were recorded, got others`);
      }
      const nearest = checkpoints.findLast(({ step }) => step <= from);
      const watching = {
        tracer: from === 0n ? tracer : fromFirstStep(tracer),
        traceFrom: from,
        ...(nearest && { resumeFrom: { pages: nearest.pages } }),
      };
      const result = runSync(taskOf(evm, asked, watching), source);
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
    onStateChange: (change) => isOn && tracer.onStateChange?.(change),
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
function endOf({ status, halt, gasLeft, gasUsed, output, logs }: RecordedResult): string {
  return `${halt?.reason ?? status} ${gasLeft} ${gasUsed} ${digest(JSON.stringify(plain([output, logs])))}`;
}

/** A line that says how long the rest is, a line of JSON, and the pages. */
function sealed(content: Content, pages: readonly Uint8Array[]): Uint8Array {
  const encoder = new TextEncoder();
  const json = encoder.encode(`${JSON.stringify(content)}\n`);
  const size = pages.reduce((sum, { length }) => sum + length, json.length);
  const line = encoder.encode(`${MAGIC} ${VERSION} ${toHex(keccak256(json))} ${json.length} ${size}\n`);
  const whole = new Uint8Array(line.length + size);
  let at = 0;
  for (const part of [line, json, ...pages]) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function opened(bytes: Uint8Array): { content: Content; pages: readonly Uint8Array[]; size: number } {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, LINE_BYTES));
  if (!start.startsWith(`${MAGIC} `)) {
    throw new BadRecording('recording: expected a file that evmill recorded');
  }
  const [, version] = start.split(MAGIC)[1].split(' ');
  if (/^[0-9]+$/.test(version ?? '') && Number(version) !== VERSION) {
    throw new BadRecording(`recording: expected version ${VERSION}, got ${version}`);
  }
  const [line = '', , seal, jsonSize, size] = LINE.exec(start) ?? [];
  const body = bytes.subarray(line.length, line.length + Number(size));
  const json = body.subarray(0, Number(jsonSize));
  if (line === '' || toHex(keccak256(json)) !== seal) throw changed();
  const content = JSON.parse(new TextDecoder().decode(json)) as Content;
  let at = json.length;
  const pages = content.pages.map(([length, sum]) => {
    const page = body.subarray(at, (at += length));
    if (page.length !== length || checksum(page) !== sum) throw changed();
    return page;
  });
  if (at !== Number(size)) throw changed();
  return { content, pages, size: line.length + at };
}

function changed(): BadRecording {
  return new BadRecording('recording: expected what its seal says, got a file that was changed or cut off');
}

/** 32 bits of a page. Its own seal would take longer to check than a run of ten million steps. */
function checksum(page: Uint8Array): number {
  const view = new DataView(page.buffer, page.byteOffset, page.length);
  const whole = page.length & ~3;
  let hash = page.length;
  for (let at = 0; at < whole; at += 4) hash = mix(hash, view.getUint32(at, true));
  for (let at = whole; at < page.length; at++) hash = mix(hash, page[at]);
  return finish(hash);
}
