/** LOG0 to LOG4. */

import { FRAME, STATUS } from '../layout.ts';
import type { Machine } from '../machine.ts';

const LOG0 = 0xa0;

/** The data was touched and all of the price paid by the recipe. */
export function log(m: Machine, frame: number): number {
  m.step(frame);
  const { u8, u32 } = m.arena;
  const count = u8[u32[(frame + FRAME.pc) >> 2]] - LOG0;
  const from = u32[(frame + FRAME.argument) >> 2];
  const size = u32[(frame + FRAME.argumentSize) >> 2];
  const { state, tracer } = m;
  state.addLogFromStack(m.frame.account.address, u32, m.slot(frame, 2), count, u8, from, size);
  if (tracer?.onLog !== undefined) tracer.onLog(state.logs.last(), state.logs.length - 1);
  return STATUS.next;
}
