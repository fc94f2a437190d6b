/** Telling tracers of frames, and of what stops them. */

import { EMPTY_BYTES } from '../bytes.ts';
import { faultOf } from './fault.ts';
import { FRAME } from './layout.ts';
import type { Machine } from './machine.ts';
import type { FrameResult, HaltReason } from './result.ts';
import type { EnterEvent, StepEvent } from './tracer.ts';

/** A frame opens, below those that are open. */
export function traceEnter(m: Machine, event: Omit<EnterEvent, 'depth'>): void {
  m.tracer?.onEnter?.({ ...event, depth: m.depth });
}

/** The same of a call or a creation that an instruction makes: its gas and its input are the frame's arguments. */
export function traceChild(
  m: Machine,
  frame: number,
  child: Pick<EnterEvent, 'kind' | 'to' | 'address' | 'value' | 'isPrecompile'>,
): void {
  const { u8, u32, i64 } = m.arena;
  const at = u32[(frame + FRAME.argument) >> 2];
  const input = u8.subarray(at, at + u32[(frame + FRAME.argumentSize) >> 2]);
  const gas = i64[(frame + FRAME.childGas) >> 3];
  traceEnter(m, { ...child, from: m.frame.account.address, gas, input });
}

/** The frame that opened last, at the depth that is open now, ends. */
export function traceLeave(m: Machine, result: FrameResult, gas: bigint, fault?: StepEvent): void {
  m.tracer?.onLeave?.({ ...result, depth: m.depth, gasUsed: gas - result.gasLeft, fault });
}

/**
 * A call or a creation that was announced is not made, or has nothing to run.
 * @param gasLeft of its gas; all of it unless told
 */
export function traceNothing(m: Machine, frame: number, reason?: HaltReason, gasLeft?: bigint): void {
  const gas = m.arena.i64[(frame + FRAME.childGas) >> 3];
  const halt = reason && { reason, pc: undefined, opcode: undefined, name: undefined };
  const status = reason === undefined ? 'success' : 'halt';
  const left = gasLeft ?? gas;
  traceLeave(m, { status, halt, output: EMPTY_BYTES, gasLeft: left, created: undefined }, gas);
}

/**
 * A frame's instruction ends it badly; nothing is undone yet. One that failed before it was all paid for is shown as a
 * step with its fault, any other once more as a fault. Returns where a halt happened.
 */
export function traceFault(m: Machine, frame: number, reason: HaltReason | undefined): StepEvent | undefined {
  const { tracer, stepView } = m;
  const fault = faultOf(m, frame, reason ?? 'revert');
  const isPaid = fault.stage === 'effect';
  if (!stepView.isShown(frame)) {
    stepView.show(frame, fault, !isPaid);
    tracer?.onStep?.(stepView);
  }
  if (isPaid) {
    stepView.show(frame, fault, true);
    tracer?.onFault?.(stepView);
  }
  return reason === undefined ? undefined : stepView;
}
