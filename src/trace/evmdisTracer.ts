/**
 * go-ethereum's `evmdisTracer`: the instructions of each frame with what they left on the stack, told from single steps.
 * It was made for the opcodes of Frontier, and knows no others' results; what runs first after a call is no part of what
 * it tells.
 */

import type { StepEvent } from '../machine/tracer.ts';
import { frontier } from '../protocol/forks.ts';
import { OPCODE_AT } from '../protocol/opcodes.ts';
import { faultText } from './errorText.ts';
import type { ResultTracer } from './namedTracer.ts';
import { paddedMemory } from './paddedMemory.ts';

/** Bytes as its language writes an array of them in JSON. */
export type IndexedBytes = Readonly<Record<string, number>>;

/** An instruction, and of a call what it called. */
export interface EvmdisStep {
  /** its byte; of DELEGATECALL and STATICCALL the name */
  op: number | string;
  depth: number;
  /** the words that it left, from the top down, in hex without 0x */
  result: string[];
  pc?: number;
  /** of a push: the bytes of the instruction */
  len?: number;
  gas?: number;
  to?: string;
  /** wei, in decimal */
  value?: string;
  input?: IndexedBytes;
  error?: string | null;
  return?: IndexedBytes | null;
  ops?: EvmdisStep[];
}

/** Where a call has its input on the stack, and behind it how long that is. */
const INPUTS: Readonly<Record<string, number>> = { CALL: 3, CALLCODE: 3, DELEGATECALL: 2, STATICCALL: 2 };

const PUSH0 = 0x5f;
const PUSH32 = 0x7f;

/** Makes a tracer of instructions with their results. */
export function evmdisTracer(): ResultTracer<readonly EvmdisStep[]> {
  let ops: EvmdisStep[] = [];
  let open: { ops?: EvmdisStep[]; error?: string | null; return?: IndexedBytes | null }[] = [];
  return {
    onTransactionStart() {
      ops = [];
      open = [{ ops }];
    },
    onStep(step) {
      const frame = open.at(-1)!;
      if (step.fault !== undefined) {
        frame.error = faultText(step.fault, step.op);
        return;
      }
      if (step.depth !== open.length) {
        open = open.slice(0, step.depth);
        return;
      }
      noteResult(frame.ops!.at(-1), step);
      const name = OPCODE_AT[step.op]?.name ?? '';
      const seen: EvmdisStep = { op: step.op, depth: step.depth, result: [] };
      if (INPUTS[name] !== undefined) {
        noteCall(seen, name, step);
        open.push(seen);
      } else if (name === 'RETURN' || name === 'REVERT') {
        frame.return = indexed(step, step.peek(0), step.peek(1));
      } else if (name === 'STOP' || name === 'SELFDESTRUCT') {
        frame.return = {};
      } else if (name === 'JUMPDEST') {
        seen.pc = step.pc;
      }
      if (step.op >= PUSH0 && step.op <= PUSH32) seen.len = step.op - PUSH0 + 1;
      frame.ops!.push(seen);
    },
    result: () => ops,
  };
}

/** What the instruction before has left is on the stack now. */
function noteResult(before: EvmdisStep | undefined, step: StepEvent): void {
  if (typeof before?.op !== 'number' || frontier.gas[before.op] === undefined) return;
  // Behind a call it may be gone again; the script fails there.
  const count = Math.min(OPCODE_AT[before.op]!.pushes, step.stackSize);
  for (let depth = 0; depth < count; depth++) before.result.push(step.peek(depth).toString(16));
}

function noteCall(seen: EvmdisStep, name: string, step: StepEvent): void {
  const at = INPUTS[name];
  if (at === 2) seen.op = name;
  seen.gas = Number(step.peek(0));
  seen.to = step.peek(1).toString(16);
  if (at === 3) seen.value = String(step.peek(2));
  seen.input = indexed(step, step.peek(at), step.peek(at + 1));
  seen.error = null;
  seen.return = null;
  seen.ops = [];
}

function indexed({ memory }: StepEvent, offset: bigint, size: bigint): IndexedBytes {
  return Object.fromEntries(Object.entries(paddedMemory(memory, offset, size) ?? {}));
}
