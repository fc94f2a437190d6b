/** A recorder of steps: what happened, as values that stay. */

import type { Tracer } from '../machine/tracer.ts';
import { OPCODE_AT, type Opcode } from '../protocol/opcodes.ts';

/** A step that was taken. */
export interface StructLog {
  readonly pc: number;
  /** undefined: no opcode */
  readonly name: Opcode['name'] | undefined;
  /** before the instruction */
  readonly gas: bigint;
  /** all of its charges, gas handed to a child frame included */
  readonly gasCost: bigint;
  /** 1 is the outermost frame's */
  readonly depth: number;
  /** from the bottom up, before the instruction */
  readonly stack: readonly bigint[];
}

/** A tracer that keeps each step. */
export interface StructLogger extends Tracer {
  readonly steps: readonly StructLog[];
}

/** A recorder that keeps at most so many steps, the first ones: memory stays bounded on long runs. */
export function structLogger(limit = 1_000_000): StructLogger {
  const steps: StructLog[] = [];
  return {
    steps,
    onStep(step) {
      if (steps.length >= limit) return;
      const { pc, op, gas, gasCost, depth, stack } = step;
      steps.push({ pc, name: OPCODE_AT[op]?.name, gas, gasCost, depth, stack });
    },
  };
}
