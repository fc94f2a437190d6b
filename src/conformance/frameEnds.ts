/** How the frames of a run ended, one after the other. */

import type { Address } from '../bytes.ts';
import type { Halt } from '../machine/result.ts';
import type { EnterEvent, LeaveEvent, Tracer } from '../machine/tracer.ts';

/** The end of a frame. */
export interface FrameEnd {
  /** whose code ran */
  readonly address: Address;
  readonly status: LeaveEvent['status'];
  readonly halt: Halt | undefined;
}

/** A tracer that keeps what became of each frame, in the order in which they ended. */
export class FrameEnds implements Tracer {
  readonly ended: FrameEnd[] = [];
  readonly #open: Address[] = [];

  onEnter({ to }: EnterEvent): void {
    this.#open.push(to);
  }

  onLeave({ status, halt }: LeaveEvent): void {
    this.ended.push({ address: this.#open.pop()!, status, halt });
  }
}
