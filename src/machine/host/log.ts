/** LOG0 to LOG4. */

import { FRAME, STATUS } from '../layout.ts';
import type { Machine } from '../machine.ts';

const LOG0 = 0xa0;

/** The data was touched and all of the price paid by the recipe. */
export function log(m: Machine, frame: number): number {
  m.step(frame);
  const { u8, u32 } = m.arena;
  const count = u8[u32[(frame + FRAME.pc) >> 2]] - LOG0;
  const topics: bigint[] = [];
  for (let i = 0; i < count; i++) topics.push(m.word(m.slot(frame, 2 + i)));
  const at = u32[(frame + FRAME.argument) >> 2];
  const data = u8.slice(at, at + u32[(frame + FRAME.argumentSize) >> 2]);
  const entry = { address: m.frame.account.address, topics, data };
  m.tracer?.onLog?.(entry, m.state.logs.length);
  m.state.addLog(entry);
  return STATUS.next;
}
