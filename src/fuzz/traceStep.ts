/** Steps of a trace as all clients agree on them, and the lines in which each convention prints them. */

import type { Hex } from '../bytes.ts';
import type { StepEvent } from '../machine/tracer.ts';
import { OPCODE_AT } from '../protocol/opcodes.ts';

/** An instruction about to be carried out. */
export interface TraceStep {
  readonly pc: number;
  readonly op: number;
  /** 1 is the outermost frame's */
  readonly depth: number;
  /** before the instruction */
  readonly gas: bigint;
  /** the words as hex without leading zeros, from the bottom up, joined by blanks */
  readonly stack: string;
  /** bytes; undefined where the convention has none */
  readonly memorySize: number | undefined;
  /** of the transaction; undefined where the convention has none */
  readonly refund: bigint | undefined;
  /** ours only: it failed before it was carried out */
  readonly isRefused?: boolean;
}

/** What a line of a trace is. */
export type TraceLine =
  | { readonly kind: 'step'; readonly step: TraceStep; readonly failed: boolean }
  /** the end of a case */
  | { readonly kind: 'root'; readonly stateRoot: Hex }
  /** anything else: ends of frames, words for people */
  | { readonly kind: 'other' };

/** In whose manner a client prints traces. */
export type Convention = 'geth' | 'ethereumjs' | 'evmone' | 'revm' | 'evmill';

/** What of a step a convention says as go-ethereum means it, beside what all do. */
const SAYS: Readonly<Record<Convention, { readonly memorySize: boolean; readonly refund: boolean }>> = {
  geth: { memorySize: true, refund: true },
  evmill: { memorySize: true, refund: true },
  // prints no STOP where code ends without one, nothing of some instructions that fail, and counts refunds as it likes
  ethereumjs: { memorySize: true, refund: false },
  // counts the refund of each frame from 0
  evmone: { memorySize: true, refund: false },
  revm: { memorySize: false, refund: false },
};

const OTHER: TraceLine = { kind: 'other' };

/** Reads a line. What is no JSON is something for people. */
export function parseTraceLine(line: string, convention: Convention): TraceLine {
  if (!line.startsWith('{')) return OTHER;
  let json: Readonly<Record<string, unknown>>;
  try {
    json = JSON.parse(line);
  } catch {
    return OTHER;
  }
  const { stateRoot } = json;
  if (typeof stateRoot === 'string') return { kind: 'root', stateRoot: stateRoot as Hex };
  if (typeof json['pc'] !== 'number' || typeof json['op'] !== 'number') return OTHER;
  const says = SAYS[convention];
  const step: TraceStep = {
    pc: json['pc'],
    op: json['op'],
    depth: Number(json['depth']),
    gas: BigInt(json['gas'] as string),
    stack: ((json['stack'] ?? []) as readonly string[]).map(bareWord).join(' '),
    memorySize: says.memorySize ? Number(json['memSize']) : undefined,
    refund: says.refund ? BigInt(json['refund'] as string) : undefined,
  };
  return { kind: 'step', step, failed: json['error'] !== undefined };
}

/** A word in hex, as `0x1`, `0x01` or `1`: its digits alone. */
const bareWord = (text: string): string =>
  text
    .replace(/^0x/, '')
    .replace(/^0+(?=.)/, '')
    .toLowerCase();

/** A step of our own. */
export function ownStep(step: StepEvent): TraceStep {
  const { pc, op, depth, gas, memorySize, refund } = step;
  let stack = '';
  for (let at = step.stackSize - 1; at >= 0; at--) {
    stack += stack === '' ? step.peek(at).toString(16) : ` ${step.peek(at).toString(16)}`;
  }
  return { pc, op, depth, gas, stack, memorySize, refund, isRefused: step.fault !== undefined };
}

/** The name of the first field in which a step differs from ours; undefined where none does. */
export function differingField(own: TraceStep, other: TraceStep): string | undefined {
  if (own.depth !== other.depth) return 'depth';
  if (own.pc !== other.pc) return 'pc';
  if (own.op !== other.op) return 'op';
  if (own.gas !== other.gas) return 'gas';
  if (own.stack !== other.stack) return 'stack';
  if (other.memorySize !== undefined && own.memorySize !== other.memorySize) return 'memory size';
  if (other.refund !== undefined && own.refund !== other.refund) return 'refund';
  return undefined;
}

/** A step in a line for people; of a deep stack the top. */
export function stepText({ pc, op, depth, gas, stack, memorySize, refund }: TraceStep): string {
  const words = stack === '' ? [] : stack.split(' ');
  const shown = words.length <= 8 ? words : [`… ${words.length - 8} more`, ...words.slice(-8)];
  const name = OPCODE_AT[op]?.name ?? `0x${op.toString(16)}`;
  const more = [
    ...(memorySize === undefined ? [] : [`memory ${memorySize}`]),
    ...(refund === undefined ? [] : [`refund ${refund}`]),
  ];
  return `depth ${depth} pc ${pc} ${name} gas ${gas} ${more.join(' ')} stack [${shown.join(' ')}]`;
}
