/** Telling tracers of frames, and of what stops them. */

import type { Account } from '../state/account.ts';
import { faultOf } from './fault.ts';
import type { Machine } from './machine.ts';
import type { FrameResult, HaltReason } from './result.ts';
import type { FrameKind, StepEvent } from './tracer.ts';

/** A frame opens, below those that are open. */
export function traceEnter(
  m: Machine,
  event: {
    readonly kind: FrameKind;
    readonly from: Account;
    /** whose code runs */
    readonly to: Account;
    /** whose state it runs with */
    readonly recipient: Account;
    readonly value: bigint;
    readonly gas: bigint;
    readonly input: Uint8Array;
    readonly isPrecompile: boolean;
  },
): void {
  m.tracer?.onEnter?.({
    kind: event.kind,
    depth: m.depth,
    from: event.from.address,
    to: event.to.address,
    address: event.recipient.address,
    value: event.value,
    gas: event.gas,
    input: event.input,
    isPrecompile: event.isPrecompile,
  });
}

/** The frame that opened last, at the depth that is open now, ends. */
export function traceLeave(m: Machine, result: FrameResult, gas: bigint, fault?: StepEvent): void {
  m.tracer?.onLeave?.({ ...result, depth: m.depth, gasUsed: gas - result.gasLeft, fault });
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
