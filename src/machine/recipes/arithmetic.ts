/** Arithmetic and comparison. */

import type { OpName } from '../../protocol/opcodes.ts';
import type { Recipe } from '../emitter.ts';

export const ARITHMETIC: Partial<Record<OpName, Recipe>> = {
  ADD: (e) => e.push(e.words.add(e.pop(), e.pop())),
  MUL: (e) => e.push(e.words.mul(e.pop(), e.pop())),
  SUB: (e) => e.push(e.words.sub(e.pop(), e.pop())),
  DIV: (e) => e.push(e.words.div(e.pop(), e.pop())),
  SDIV: (e) => e.push(e.words.sdiv(e.pop(), e.pop())),
  MOD: (e) => e.push(e.words.mod(e.pop(), e.pop())),
  SMOD: (e) => e.push(e.words.smod(e.pop(), e.pop())),
  ADDMOD: (e) => e.push(e.words.addmod(e.pop(), e.pop(), e.pop())),
  MULMOD: (e) => e.push(e.words.mulmod(e.pop(), e.pop(), e.pop())),
  EXP: (e) => {
    const base = e.pop();
    const exponent = e.pop();
    e.charge(e.code.i64Mul(e.words.byteLength(exponent), e.param('expByteGas')));
    e.push(e.words.exp(base, exponent));
  },
  SIGNEXTEND: (e) => e.push(e.words.signextend(e.pop(), e.pop())),
  LT: (e) => e.push(e.words.bool(e.words.less(e.pop(), e.pop()))),
  GT: (e) => {
    const [a, b] = [e.pop(), e.pop()];
    e.push(e.words.bool(e.words.less(b, a)));
  },
  SLT: (e) => e.push(e.words.bool(e.words.lessSigned(e.pop(), e.pop()))),
  SGT: (e) => {
    const [a, b] = [e.pop(), e.pop()];
    e.push(e.words.bool(e.words.lessSigned(b, a)));
  },
  EQ: (e) => e.push(e.words.bool(e.words.equal(e.pop(), e.pop()))),
  ISZERO: (e) => e.push(e.words.bool(e.words.isZero(e.pop()))),
};
