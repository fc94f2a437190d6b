/** Telling tracers of frames. */

import type { Account } from '../state/account.ts';
import type { Machine } from './machine.ts';
import type { FrameResult } from './result.ts';
import type { FrameKind } from './tracer.ts';

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
export function traceLeave(m: Machine, result: FrameResult, gas: bigint): void {
  m.tracer?.onLeave?.({ ...result, depth: m.depth, gasUsed: gas - result.gasLeft });
}
