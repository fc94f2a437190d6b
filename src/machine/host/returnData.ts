/** RETURNDATACOPY, and what calls leave behind for it. */

import { EMPTY_BYTES } from '../../bytes.ts';
import { FRAME, STATUS } from '../layout.ts';
import type { Machine } from '../machine.ts';

/** The recipe has checked and paid for everything. */
export function returnDataCopy(m: Machine, frame: number): number {
  const { u8, u32 } = m.arena;
  const size = u32[m.slot(frame, 2)];
  if (size === 0) return STATUS.next;
  const from = u32[m.slot(frame, 1)];
  copyBytes(u8, u32[(frame + FRAME.argument) >> 2], m.returnData, from, size);
  return STATUS.next;
}

const FEW_BYTES = 64;

/** Views take longer to make than a word to copy. */
function copyBytes(to: Uint8Array, at: number, from: Uint8Array, start: number, size: number): void {
  if (size <= FEW_BYTES) for (let i = 0; i < size; i++) to[at + i] = from[start + i];
  else to.set(from.subarray(start, start + size), at);
}

/** Leaves what a call returned to the frame that made it: as return data, and in the memory it set aside. */
export function deliver(m: Machine, frame: number, output: Uint8Array): void {
  const { u8, u32 } = m.arena;
  m.returnData = output;
  u32[(frame + FRAME.returnDataSize) >> 2] = output.length;
  const size = Math.min(output.length, u32[(frame + FRAME.resultSize) >> 2]);
  if (size === 0) return;
  copyBytes(u8, u32[(frame + FRAME.result) >> 2], output, 0, size);
}

/** Leaves nothing. */
export function deliverNothing(m: Machine, frame: number): void {
  m.returnData = EMPTY_BYTES;
  m.arena.u32[(frame + FRAME.returnDataSize) >> 2] = 0;
}
