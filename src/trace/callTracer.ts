/** go-ethereum's `callTracer`: a transaction's frames as a tree. */

import { type Address, type Hex, toHex } from '../bytes.ts';
import type { FrameKind } from '../machine/tracer.ts';
import { type CallNode, CallTree, type PlacedLog, standingLogs } from './callTree.ts';
import {
  defined,
  hexOrNone,
  quantity,
  type ResultTracer,
  type TraceContext,
  wordHex,
} from './namedTracer.ts';

/** What `callTracer` leaves out or adds. */
export interface CallTracerConfig {
  /** the outermost frame only */
  readonly onlyTopCall?: boolean;
  /** also the logs that stand */
  readonly withLog?: boolean;
}

/** A frame as `callTracer` prints it; what is absent is not printed. */
export interface CallFrame {
  readonly from: Address;
  readonly gas: Hex;
  readonly gasUsed: Hex;
  /** absent where a creation failed */
  readonly to?: Address;
  readonly input: Hex;
  readonly output?: Hex;
  /** why it failed, in go-ethereum's words */
  readonly error?: string;
  /** what Solidity's `Error(string)` or `Panic(uint256)` says */
  readonly revertReason?: string;
  readonly calls?: readonly CallFrame[];
  readonly logs?: readonly CallLog[];
  /** absent for STATICCALL */
  readonly value?: Hex;
  readonly type: FrameKind;
}

/** A log as `callTracer` prints it. */
export interface CallLog {
  readonly address: Address;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  /** in its block */
  readonly index: Hex;
  /** frames that its frame had opened before */
  readonly position: Hex;
}

/** Makes a tracer of frames. */
export function callTracer(
  { onlyTopCall = false, withLog = false }: CallTracerConfig = {},
  { firstLogIndex = 0 }: TraceContext = {},
): ResultTracer<CallFrame> {
  const tree = new CallTree({ onlyTop: onlyTopCall, logs: withLog });
  let gasUsed = 0n;
  return {
    onTransactionStart: (event) => tree.onTransactionStart(event),
    onTransactionEnd: (event) => {
      gasUsed = event.gasUsed;
    },
    onEnter: (event) => tree.onEnter(event),
    onLeave: (event) => tree.onLeave(event),
    ...(withLog ? { onLog: (log, index) => tree.onLog(log, index) } : {}),
    result: () => callFrame({ ...tree.root, gasUsed }, firstLogIndex, false),
  };
}

function callFrame(node: CallNode, firstLogIndex: number, isAroundUndone: boolean): CallFrame {
  const logs = standingLogs(node, isAroundUndone);
  const isUndone = node.isUndone || isAroundUndone;
  return defined({
    ...frameHead(node),
    calls: someOrNone(node.calls.map((call) => callFrame(call, firstLogIndex, isUndone))),
    logs: someOrNone(logs.map((log) => callLog(log, firstLogIndex))),
    value: sentValue(node),
    type: node.kind,
  }) as CallFrame;
}

/** What the tracers of frames print first. */
export function frameHead(node: CallNode): Omit<CallFrame, 'type'> {
  const { from, to, error, revertReason } = node;
  return {
    from,
    gas: quantity(node.gas),
    gasUsed: quantity(node.gasUsed),
    to: to as Address,
    input: toHex(node.input),
    output: hexOrNone(node.output) as Hex,
    error: error as string,
    revertReason: (revertReason || undefined) as string,
  };
}

/** A log as it is printed. */
export function callLog({ log, index, position }: PlacedLog, firstLogIndex: number): CallLog {
  return {
    address: log.address,
    topics: log.topics.map(wordHex),
    data: toHex(log.data),
    index: quantity(firstLogIndex + index),
    position: quantity(position),
  };
}

/** The ether sent along; STATICCALL has no such thing. */
export function sentValue({ kind, value }: CallNode): Hex | undefined {
  return kind === 'STATICCALL' ? undefined : quantity(value);
}

/** A list, or undefined where it is empty. */
export function someOrNone<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}
