/** BLOCKHASH. */

import { writeWord } from '../../state/slots.ts';
import { STATUS } from '../layout.ts';
import type { Machine } from '../machine.ts';

/** How many ancestors code can name. */
const ANCESTORS = 256n;

export function blockHash(m: Machine, frame: number): number {
  const index = m.slot(frame, 0);
  const number = m.word(index);
  const { number: current } = m.block;
  let hash = 0n;
  if (number < current && number + ANCESTORS >= current) {
    if (!m.blockHashes.has(number) && !m.obtain({ kind: 'blockHash', number })) return STATUS.pause;
    hash = m.blockHashes.get(number)!;
  }
  m.step(frame);
  writeWord(m.arena.u32, index, hash);
  return STATUS.next;
}
