/** Bits, shifts and bytes. */

import type { OpName } from '../../protocol/opcodes.ts';
import type { Recipe } from '../emitter.ts';

export const BITWISE: Partial<Record<OpName, Recipe>> = {
  AND: (e) => e.push(e.words.and(e.pop(), e.pop())),
  OR: (e) => e.push(e.words.or(e.pop(), e.pop())),
  XOR: (e) => e.push(e.words.xor(e.pop(), e.pop())),
  NOT: (e) => e.push(e.words.not(e.pop())),
  BYTE: (e) => e.push(e.words.byte(e.pop(), e.pop())),
  SHL: (e) => e.push(e.words.shl(e.pop(), e.pop())),
  SHR: (e) => e.push(e.words.shr(e.pop(), e.pop())),
  SAR: (e) => e.push(e.words.sar(e.pop(), e.pop())),
  CLZ: (e) => e.push(e.words.clz(e.pop())),
};
