/** RETURNDATACOPY, and what calls leave behind for it. */

import { EMPTY_BYTES } from '../../bytes.ts';
import { FRAME, RETURN_DATA, RETURN_DATA_HERE, RETURN_DATA_SIZE, STATUS } from '../layout.ts';
import type { Machine } from '../machine.ts';

/**
 * Leaves return data in the arena, where the engine copies from it; only what has no room there is copied here. The
 * recipe has checked and paid for everything.
 */
export function returnDataCopy(m: Machine, frame: number): number {
  const { u8, u32 } = m.arena;
  const { returnData } = m;
  if (returnData.length <= RETURN_DATA_SIZE) {
    copyBytes(u8, RETURN_DATA, returnData, 0, returnData.length);
    u32[RETURN_DATA_HERE >> 2] = returnData.length;
  } else {
    const [to, size] = [u32[(frame + FRAME.argument) >> 2], u32[(frame + FRAME.argumentSize) >> 2]];
    copyBytes(u8, to, returnData, u32[(frame + FRAME.returnDataStart) >> 2], size);
  }
  return STATUS.next;
}

const FEW_BYTES = 64;

/** Views take longer to make than a word to copy. */
export function copyBytes(to: Uint8Array, at: number, from: Uint8Array, start: number, size: number): void {
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
