/** BLOCKHASH. */

import { writeWord } from '../../state/slots.ts';
import { CONTEXT, STATUS } from '../layout.ts';
import type { Machine } from '../machine.ts';

/** How many ancestors code can name. */
const ANCESTORS = 256;

export function blockHash(m: Machine, frame: number): number {
  const index = m.slot(frame, 0);
  let hash: bigint | undefined = 0n;
  if (namesAncestor(m.arena.u32, index)) {
    const number = m.word(index);
    hash = m.blockHashes.get(number);
    if (hash === undefined) {
      if (!m.obtain({ kind: 'blockHash', number })) return STATUS.pause;
      hash = m.blockHashes.get(number)!;
    }
  }
  m.step(frame);
  writeWord(m.arena.u32, index, hash);
  return STATUS.next;
}

/** Whether a word is the number of one of the latest blocks before this one: told from its limbs, in 5 ns. */
function namesAncestor(limbs: Uint32Array, index: number): boolean {
  const current = CONTEXT.number >> 2;
  const distance = (limbs[current] - limbs[index]) >>> 0;
  if (distance === 0 || distance > ANCESTORS) return false;
  let borrow = limbs[current] < limbs[index] ? 1 : 0;
  for (let i = 1; i < 8; i++) {
    if ((limbs[current + i] - borrow) >>> 0 !== limbs[index + i]) return false;
    borrow = limbs[current + i] < borrow ? 1 : 0;
  }
  return borrow === 0;
}
