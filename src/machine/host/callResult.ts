/** What a CALL or CREATE leaves in the frame that made it. */

import { OPCODE_AT } from '../../protocol/opcodes.ts';
import { writeSmall } from '../../state/slots.ts';
import { giveBackGas } from '../gas.ts';
import { FRAME } from '../layout.ts';
import type { Machine } from '../machine.ts';

/** Gives the gas that was to go to a frame back to its caller. */
export function giveBackChildGas(m: Machine, frame: number): void {
  const { u32 } = m.arena;
  const at = (frame + FRAME.childGas) >> 2;
  giveBackGas(m.arena, frame, u32[at], u32[at + 1]);
}

/** Replaces the operands of a CALL or CREATE by 0 or 1. */
export function setResult(m: Machine, frame: number, result: 0 | 1): void {
  const at = resultSlot(m, frame);
  const { u32 } = m.arena;
  writeSmall(u32, at, result);
}

/** Where the instruction that a frame is at leaves its result. */
export function resultSlot(m: Machine, frame: number): number {
  const { u8, u32 } = m.arena;
  return m.slot(frame, OPCODE_AT[u8[u32[(frame + FRAME.pc) >> 2]]]!.pops - 1);
}
