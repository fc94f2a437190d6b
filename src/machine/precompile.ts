/** Calls of precompiles: no frame opens. */

import { EMPTY_BYTES } from '../bytes.ts';
import type { Precompile } from '../precompiles/precompile.ts';
import { giveBackChildGas, setResult } from './host/callResult.ts';
import { deliver, deliverNothing } from './host/returnData.ts';
import { FRAME, STATUS } from './layout.ts';
import type { Machine } from './machine.ts';
import type { FrameResult } from './result.ts';
import { traceLeave } from './tracing.ts';

/** What a precompile made of its input. */
export interface PrecompileOutcome {
  /** undefined: it failed, and all gas is gone */
  readonly output: Uint8Array | undefined;
  readonly gasLeft: bigint;
  readonly reason: 'outOfGas' | 'precompileFailure' | undefined;
}

const UNPAID: PrecompileOutcome = { output: undefined, gasLeft: 0n, reason: 'outOfGas' };

/** Runs a precompile on a view of its input. */
export function applyPrecompile(precompile: Precompile, input: Uint8Array, gas: bigint): PrecompileOutcome {
  const price = precompile.gas(input);
  if (price === Number.POSITIVE_INFINITY) return UNPAID;
  if (!Number.isInteger(price) || price < 0) {
    throw new RangeError(`precompile ${precompile.name}: expected gas from 0 on, got ${price}`);
  }
  const gasLeft = gas - BigInt(price);
  if (gasLeft < 0n) return UNPAID;
  const output = precompile.run(input);
  if (output === undefined) return { output, gasLeft: 0n, reason: 'precompileFailure' };
  // One that hands its input back hands back memory of the caller, which changes.
  const isView = output.buffer === input.buffer;
  return { output: isView ? new Uint8Array(output) : output, gasLeft, reason: undefined };
}

/** The same as the result of a frame. */
export function precompileResult({ output, gasLeft, reason }: PrecompileOutcome): FrameResult {
  const halt = reason && { reason, pc: undefined, opcode: undefined, name: undefined };
  return {
    status: halt === undefined ? 'success' : 'halt',
    halt,
    output: output ?? EMPTY_BYTES,
    gasLeft,
    created: undefined,
  };
}

/** A frame's call of a precompile; ether has been transferred, and tracers know of the call. */
export function runPrecompile(m: Machine, frame: number, precompile: Precompile, checkpoint: number): number {
  const { u8, u32, i64 } = m.arena;
  const gasAt = (frame + FRAME.childGas) >> 3;
  const gas = i64[gasAt];
  const at = u32[(frame + FRAME.argument) >> 2];
  const input = u8.subarray(at, at + u32[(frame + FRAME.argumentSize) >> 2]);
  const outcome = applyPrecompile(precompile, input, gas);
  if (outcome.output === undefined) {
    m.state.revert(checkpoint);
    m.refillState(frame, m.pendingStateBytes);
    deliverNothing(m, frame);
  } else {
    i64[gasAt] = outcome.gasLeft;
    giveBackChildGas(m, frame);
    deliver(m, frame, outcome.output);
  }
  if (m.tracer !== null) traceLeave(m, precompileResult(outcome), gas);
  setResult(m, frame, outcome.output === undefined ? 0 : 1);
  return STATUS.next;
}
