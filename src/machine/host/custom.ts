/** Opcodes of the user's own. */

import { writeWord } from '../../state/slots.ts';
import type { CustomOpcode } from '../engine.ts';
import { FRAME, STATUS } from '../layout.ts';
import type { Machine } from '../machine.ts';

/**
 * Carries out an opcode by a function of words.
 * @throws {RangeError} where the function does not return as many words as its row says
 */
export function customFunction(m: Machine, frame: number, run: CustomOpcode['run']): number {
  const { u8, u32 } = m.arena;
  const code = u8[u32[(frame + FRAME.pc) >> 2]];
  const { opcode } = m.rules.recipes.find((entry) => entry.opcode.code === code)!;
  m.step(frame);
  const operands = Array.from({ length: opcode.pops }, (_, i) => m.word(m.slot(frame, i)));
  const results = run(...operands);
  if (results.length !== opcode.pushes) {
    throw new RangeError(`opcode ${opcode.name}: expected ${opcode.pushes} results, got ${results.length}`);
  }
  results.forEach((word, i) => {
    writeWord(u32, m.slot(frame, opcode.pops - 1 - i), BigInt.asUintN(256, word));
  });
  return STATUS.next;
}
