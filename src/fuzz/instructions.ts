/**
 * Code as a list of instructions that can be cut, grown and reordered: a push of a jump destination's position knows
 * which destination it means, so that jumps still go where they went.
 */

import { bigIntToBytes, bytesToBigInt, concatBytes } from '../bytes.ts';
import { OPCODE_AT, OPCODE_NAMED } from '../protocol/opcodes.ts';

/** A place in a program that can be jumped to: one object each. */
export interface Label {
  readonly comment?: string;
}

/** One instruction, or a byte that is none. */
export interface Instruction {
  readonly op: number;
  /** what follows the opcode; shorter than it should be at the end of code that is cut short */
  readonly immediate: Uint8Array;
  /** on a JUMPDEST: the place that it is */
  readonly label?: Label;
  /** on a push: the place whose position it pushes, in place of the immediate bytes' value */
  readonly target?: Label;
}

const JUMPDEST = OPCODE_NAMED.JUMPDEST.code;
const PUSH1 = OPCODE_NAMED.PUSH1.code;
const PUSH2 = OPCODE_NAMED.PUSH2.code;
const PUSH32 = OPCODE_NAMED.PUSH32.code;
const NONE = new Uint8Array(0);

/** An instruction without immediate bytes. */
export const instruction = (op: number): Instruction => ({ op, immediate: NONE });

/** A push of a word by the shortest PUSH1 to PUSH32, or by one of a size. */
export function push(word: bigint, size?: number): Instruction {
  const length = size ?? Math.max(1, Math.ceil(word.toString(16).length / 2));
  return { op: PUSH1 + length - 1, immediate: bigIntToBytes(word, length) };
}

/** A push of a label's position. */
export const pushLabel = (target: Label): Instruction => ({
  op: PUSH2,
  immediate: new Uint8Array(2),
  target,
});

/** The place of a label. */
export const mark = (label: Label): Instruction => ({ op: JUMPDEST, immediate: NONE, label });

/** Instructions as code. A label that is nowhere is at 0. */
export function lower(instructions: readonly Instruction[]): Uint8Array {
  const positions = new Map<Label, number>();
  let position = 0;
  for (const { immediate, label } of instructions) {
    if (label !== undefined) positions.set(label, position);
    position += 1 + immediate.length;
  }
  return concatBytes(
    ...instructions.map(({ op, immediate, target }) => {
      if (target === undefined) return concatBytes(Uint8Array.of(op), immediate);
      const at = BigInt(positions.get(target) ?? 0);
      const fits = at < 1n << BigInt(8 * immediate.length);
      return concatBytes(Uint8Array.of(op), bigIntToBytes(fits ? at : 0n, immediate.length));
    }),
  );
}

/** Code as instructions: pushes of what is a JUMPDEST's position become pushes of its label. */
export function lift(code: Uint8Array): Instruction[] {
  const starts: number[] = [];
  for (let at = 0; at < code.length; at += 1 + (OPCODE_AT[code[at]]?.immediate ?? 0)) starts.push(at);
  const labels = new Map<bigint, Label>();
  for (const at of starts) if (code[at] === JUMPDEST) labels.set(BigInt(at), {});
  return starts.map((at) => {
    const op = code[at];
    const immediate = code.slice(at + 1, at + 1 + (OPCODE_AT[op]?.immediate ?? 0));
    if (op === JUMPDEST) return { op, immediate, label: labels.get(BigInt(at))! };
    const target = isPush(op) ? labels.get(bytesToBigInt(immediate)) : undefined;
    return target === undefined ? { op, immediate } : { op, immediate, target };
  });
}

/** Whether an opcode is one of PUSH1 to PUSH32. */
export const isPush = (op: number): boolean => op >= PUSH1 && op <= PUSH32;
