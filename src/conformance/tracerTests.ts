/**
 * go-ethereum's vectors of tracers, as in its `eth/tracers/internal/tracetest/testdata`: a genesis, a block, a signed
 * transaction, a tracer's options and what it prints. The folder says which tracer.
 */

import { fromHex } from '../bytes.ts';
import { forkAt } from '../chain/chainConfig.ts';
import { createEvm } from '../chain/evm.ts';
import { parseAlloc, parseConfig } from '../chain/genesis.ts';
import { decodeTransaction } from '../chain/transactionCodec.ts';
import type { BlockContext } from '../machine/environment.ts';
import type { Fork } from '../protocol/forks.ts';
import { memoryState } from '../state/memory.ts';
import { runSync } from '../task.ts';
import { type TracerConfig, tracerNamed } from '../trace/tracers.ts';
import type { CaseResult } from './caseResult.ts';
import {
  addressAt,
  integerAt,
  integerOr,
  isObject,
  type JsonObject,
  MalformedFixture,
  objectAt,
} from './fixtureValues.ts';
import { firstDifference, jsonLine } from './jsonDifference.ts';

/** How a folder's results are made and compared. */
interface Folder {
  readonly tracer: string;
  /** what is left of a result where go-ethereum's own test has read it into its types: fields they lack are gone */
  readonly normal: (result: unknown) => unknown;
}

const CALL_KEYS = new Set(
  'from gas gasUsed to input output error revertReason calls logs value type'.split(' '),
);
const FLAT_KEYS = new Set('action error result subtraces traceAddress type'.split(' '));

const FOLDERS: Readonly<Record<string, Folder>> = {
  call_tracer: { tracer: 'callTracer', normal: callFrame },
  call_tracer_withLog: { tracer: 'callTracer', normal: callFrame },
  call_tracer_legacy: { tracer: 'callTracerLegacy', normal: callFrame },
  call_tracer_flat: { tracer: 'flatCallTracer', normal: flatFrames },
  prestate_tracer: { tracer: 'prestateTracer', normal: (result) => result },
  prestate_tracer_with_diff_mode: { tracer: 'prestateTracer', normal: (result) => result },
  prestate_tracer_legacy: { tracer: 'prestateTracerLegacy', normal: (result) => result },
  erc7562_tracer: { tracer: 'erc7562Tracer', normal: (result) => result },
};

/** More gas than any transaction asks for: these blocks have room for all of them. */
const ROOM = { gas: 2n ** 64n, stateGas: 2n ** 64n, blobGas: 2n ** 64n };

/** Whether a file's content is such a vector. */
export function holdsTracerTest(json: unknown): boolean {
  return isObject(json) && ['genesis', 'context', 'input', 'result'].every((key) => key in json);
}

/**
 * Runs a file's vector.
 * @throws {MalformedFixture} when it cannot be read, or its folder is of no tracer that is known
 */
export function* runTracerTest(path: string, json: unknown): Generator<CaseResult> {
  const [folderName, fileName = path] = path.split(/[/\\]/).slice(-2);
  const name = `${folderName}/${fileName.replace(/\.json$/, '')}`;
  if (!Object.hasOwn(FOLDERS, folderName)) {
    throw new MalformedFixture(
      `${path}: expected a folder that names a tracer (${Object.keys(FOLDERS).join(', ')}), got ${folderName}`,
    );
  }
  const { tracer, normal } = FOLDERS[folderName];
  const test = objectAt(json, name);
  const traced = traceOf(tracer, test, name);
  // as it would be read from what is printed
  const actual = normal(JSON.parse(JSON.stringify(traced)));
  const expected = normal(inLowerCase(test['result']));
  const difference = firstDifference(expected, actual);
  yield difference === undefined
    ? { name, pass: true }
    : {
        name,
        pass: false,
        expected: `${difference.path}: ${jsonLine(difference.expected)}`,
        actual: `${difference.path}: ${jsonLine(difference.actual)}`,
      };
}

function traceOf(tracerName: string, test: JsonObject, name: string): unknown {
  const genesis = objectAt(test['genesis'], `${name}.genesis`);
  const stated = objectAt(test['context'], `${name}.context`);
  const timestamp = integerAt(stated['timestamp'], `${name}.context.timestamp`);
  const number = integerAt(stated['number'], `${name}.context.number`);
  const rules = objectAt(genesis['config'], `${name}.genesis.config`);
  // some chains let signatures name the chain at another block; these transactions have been accepted
  const config = parseConfig({ ...rules, eip155Block: rules['eip158Block'] });
  const fork = forkAt(config, { number, timestamp, parentTotalDifficulty: 0n });
  const block: BlockContext = {
    number,
    timestamp,
    coinbase: addressAt(stated['miner'], `${name}.context.miner`),
    gasLimit: integerAt(stated['gasLimit'], `${name}.context.gasLimit`),
    difficulty: integerAt(stated['difficulty'], `${name}.context.difficulty`),
    baseFee: baseFeeOf(stated, fork, name),
    prevRandao: BigInt(String(genesis['mixHash'] ?? '0x0')),
    excessBlobGas: 0n,
    slotNumber: 0n,
    chainId: config.chainId,
  };
  const tracer = tracerNamed(tracerName, objectOrNone(test['tracerConfig'], `${name}.tracerConfig`));
  const transaction = decodeTransaction(fromHex(String(test['input'])));
  const source = memoryState(parseAlloc(genesis['alloc']));
  runSync(createEvm({ fork }).transact(transaction, block, { tracer, room: ROOM }), source);
  return tracer.result();
}

function baseFeeOf(stated: JsonObject, fork: Fork, name: string): bigint {
  return fork.rules.baseFee ? integerOr(stated['baseFeePerGas'], 0n, `${name}.context.baseFeePerGas`) : 0n;
}

function objectOrNone(value: unknown, where: string): TracerConfig {
  return value === undefined || value === null ? {} : objectAt(value, where);
}

/** Hex is hex, whatever its case: some files write addresses with checksums. */
function inLowerCase(value: unknown): unknown {
  if (typeof value === 'string' && /^0x[0-9a-f]*$/i.test(value)) return value.toLowerCase();
  if (Array.isArray(value)) return value.map(inLowerCase);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [inLowerCase(key) as string, inLowerCase(one)]),
  );
}

/** A frame in the fields of go-ethereum's `callTrace`; what is empty is not printed. */
function callFrame(value: unknown): unknown {
  if (!isObject(value)) return value;
  const frame = { input: '0x', ...only(value, CALL_KEYS) } as Record<string, unknown>;
  for (const key of ['output', 'error', 'revertReason']) {
    if (frame[key] === '0x' || frame[key] === '') delete frame[key];
  }
  if (Array.isArray(frame['calls'])) frame['calls'] = frame['calls'].map(callFrame);
  if (Array.isArray(frame['logs'])) frame['logs'] = frame['logs'].map(placedLog);
  for (const key of ['calls', 'logs']) if (isEmptyList(frame[key])) delete frame[key];
  return frame;
}

/** Its numbers are 0 where the oldest files do not tell them. */
function placedLog(value: unknown): unknown {
  return isObject(value) ? { index: '0x0', position: '0x0', ...value } : value;
}

/** Frames in the fields of go-ethereum's `flatCallTrace`, where what is zero or empty is as good as absent. */
function flatFrames(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((frame) => {
    if (!isObject(frame)) return frame;
    return {
      ...only(frame, FLAT_KEYS),
      action: withoutZeros(frame['action']),
      result: withoutZeros(frame['result'] ?? {}),
    };
  });
}

function withoutZeros(value: unknown): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, one]) => !/^(0x0*)?$/.test(String(one))));
}

function only(value: JsonObject, keys: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([key, one]) => keys.has(key) && one !== null));
}

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
