/**
 * 256-bit arithmetic for both engines: the operations that are too long to be written out at every use. The oracle
 * they are fuzzed against is `word.ts`.
 *
 * Nanoseconds a call on Node 20 (x86-64, Zen 4), optimised, of which 4 are the call and the loop around it; in
 * brackets with the divisor of the call before:
 *
 *     MUL    64 x 64 bits 5, 256 x 64 9, 128 x 128 11, 256 x 256 15
 *     DIV    64 / 64 bits 4, by a power of two 6, 128 / 64 20 (13), 256 / 64 31 (23), 256 / 128 39 (27), 256 / 256 24
 *     SDIV   64 / 64 bits 6, of any signs
 *     ADDMOD reduced operands 9, any 35
 *     MULMOD 32 bits 6, 64 bits 24, 256 bits 85, a power of two 21; by known moduli less (see `residues.ts`, `fold.ts`)
 *     EXP    10 ** 18 22, powers of powers of two 7, 256 bits to the power of 256 bits 3,800
 */

import type { Func, ModuleBuilder } from '../../wasm/module.ts';
import { MEMO_SIZE } from './digits.ts';
import { defineDivision, defineSignedDivision } from './divide.ts';
import { defineExp } from './exponent.ts';
import { defineAddmod, defineMulmod, MULMOD_SCRATCH } from './modular.ts';
import { defineMul } from './multiply.ts';

/**
 * Functions from words to a word. Operands come in the order in which the opcode pops them, each as four 64-bit limbs,
 * least significant first; the result is four limbs likewise.
 */
export interface Arithmetic {
  readonly mul: Func;
  readonly div: Func;
  readonly sdiv: Func;
  readonly mod: Func;
  readonly smod: Func;
  readonly addmod: Func;
  readonly mulmod: Func;
  readonly exp: Func;
}

/** Bytes of memory that the functions use. */
export const ARITHMETIC_SCRATCH = 2 * MEMO_SIZE + MULMOD_SCRATCH;

/**
 * Adds the functions to a module. `scratch` is the address of `ARITHMETIC_SCRATCH` bytes of memory 0, aligned to 16,
 * which must be zero before the first call and be left alone between calls.
 */
export function defineArithmetic(module: ModuleBuilder, scratch: number): Arithmetic {
  const memos = [scratch, scratch + MEMO_SIZE] as const;
  const mul = defineMul(module);
  const div = defineDivision(module, memos, 'quotient');
  const mod = defineDivision(module, memos, 'rest');
  return {
    mul,
    div,
    sdiv: defineSignedDivision(module, 'quotient', div),
    mod,
    smod: defineSignedDivision(module, 'rest', mod),
    addmod: defineAddmod(module, mod),
    mulmod: defineMulmod(module, scratch + 2 * MEMO_SIZE, memos[1], { mul, div, mod }),
    exp: defineExp(module, mul),
  };
}
