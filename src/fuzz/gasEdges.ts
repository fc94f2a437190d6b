/** Gas limits at which a run just gets past an instruction, or just does not. */

import type { Tracer } from '../machine/tracer.ts';
import type { FuzzCase } from './fuzzCase.ts';
import type { Random } from './random.ts';

/** What a run has left behind each instruction of its outermost frame. */
export interface GasMarks {
  readonly left: bigint[];
  readonly tracer: Tracer;
}

/** Most marks that are kept of one run. */
const MOST_MARKS = 4096;

/** A tracer that notes the gas left behind instructions. */
export function gasMarks(): GasMarks {
  const left: bigint[] = [];
  const tracer: Tracer = {
    onStep({ depth, gas, gasCost, stateGasCost }) {
      const cost = gasCost + stateGasCost;
      if (left.length < MOST_MARKS && gas >= cost) left.push(depth === 1 ? gas - cost : gas);
    },
  };
  return { left, tracer };
}

/**
 * Cases like this one with gas limits near what it used: exactly what gets it past an instruction, one less, and
 * amounts close by, since in calls the reserve of a sixty-fourth moves the edge.
 */
export function atGasEdges(
  fuzzCase: FuzzCase,
  { left }: GasMarks,
  random: Random,
  count: number,
): FuzzCase[] {
  const { transaction } = fuzzCase;
  const limits = new Set<bigint>();
  for (let i = 0; i < count && left.length > 0; i++) {
    const offset = random.pick([
      -1n,
      -1n,
      0n,
      BigInt(random.between(-30, 30)),
      BigInt(random.between(-2400, 10)),
    ]);
    const gasLimit = transaction.gasLimit - random.pick(left) + offset;
    if (gasLimit > 0n && gasLimit !== transaction.gasLimit) limits.add(gasLimit);
  }
  return [...limits].map((gasLimit) => ({ ...fuzzCase, transaction: { ...transaction, gasLimit } }));
}
