/**
 * `MULMOD` by `2^256 - c` for `c` up to 2^63: the prime of secp256k1, and all ones, by which Solidity computes full
 * products (`mulmod(a, b, not(0))`). What is above 256 bits counts `c` times below: 190 cycles (Zen 3), by residues 226.
 */

import { type Code, I32, I64, type Local64, type Operand64 } from '../../wasm/code.ts';
import type { Func, ModuleBuilder } from '../../wasm/module.ts';
import { addColumn, BITS, DIGITS, digitsOf, limbOf, MASK, range, sumPrefixes } from './columns.ts';
import { addLimbs, copy, getAll, halvesOf, multiplyWide, split, TERNARY, wordParam } from './limbs.ts';

/** Bits that numbers are moved up by: bit 256 then is the lowest of a digit. */
const RAISED = BITS * DIGITS - 256;
/** Digits of `c`, moved up. */
const C_DIGITS = 3;

/** `(a * b) mod n` for `n` whose upper three limbs are all ones, and the lowest at least 2^63. */
export function defineFoldingMulmod(module: ModuleBuilder): Func {
  const func = module.func(TERNARY);
  const { code } = func;
  const [a, b, n] = [wordParam(code, 0), wordParam(code, 1), wordParam(code, 2)];
  const sum = code.local(I64);
  const carry = code.local(I64);
  const prefix = code.locals(I64, DIGITS);
  const lower = code.locals(I64, DIGITS);
  const upper = code.locals(I64, DIGITS);
  const c = halvesOf(code, code.local(I64));
  code.set(c.whole, code.i64Sub(code.i64Const(0n), code.get(n[0])));
  split(code, c);
  const takeDigit = (digit: Local64) => {
    code.set(carry, shiftedDown(code, sum, BITS));
    code.set(digit, code.i64And(code.get(sum), code.i64Const(MASK)));
  };

  // The product: its lower columns as they are, its upper digits.
  const left = digitsOf(code, a, RAISED);
  const right = digitsOf(code, b, 0);
  sumPrefixes(code, prefix, left, right);
  for (const column of range(0, 2 * DIGITS - 2)) {
    const start = column > DIGITS ? () => code.get(carry) : undefined;
    code.set(sum, addColumn(code, start, column, left, right, prefix));
    if (column < DIGITS) code.set(lower[column], code.get(sum));
    else takeDigit(upper[column - DIGITS]);
  }
  code.set(upper[DIGITS - 1], code.get(carry));

  // Its upper part c times, which makes less than 64 bits above 256.
  const cDigits = left.slice(0, C_DIGITS);
  for (const [i, digit] of cDigits.entries()) {
    const bits = BITS * i - RAISED;
    const moved =
      bits < 0
        ? code.i64Shl(code.get(c.whole), code.i64Const(BigInt(-bits)))
        : shiftedDown(code, c.whole, bits);
    code.set(digit, code.i64And(moved, code.i64Const(MASK)));
  }
  const digits = [...lower, ...right.slice(0, C_DIGITS)];
  for (const column of range(0, DIGITS + C_DIGITS - 2)) {
    let total = column < DIGITS ? code.get(lower[column]) : code.get(carry);
    if (column > 0 && column < DIGITS) total = code.i64Add(total, code.get(carry));
    for (const [j, digit] of cDigits.entries()) {
      if (column < j || column - j >= DIGITS) continue;
      total = code.i64Add(total, code.i64Mul(code.get(upper[column - j]), code.get(digit)));
    }
    code.set(sum, total);
    takeDigit(digits[column]);
  }
  code.set(digits[DIGITS + C_DIGITS - 1], code.get(carry));
  for (let i = 0; i < 4; i++) code.set(a[i], limbOf(code, lower, 64 * i + RAISED));

  // Those c times.
  const above = halvesOf(code, code.local(I64));
  code.set(above.whole, limbOf(code, digits, 256 + RAISED));
  split(code, above);
  const [reduced, addend] = [b, n];
  multiplyWide(code, above, c, addend[1], addend[0]);
  code.set(addend[2], code.i64Const(0n));
  code.set(addend[3], code.i64Const(0n));
  addLimbs(code, a, addend, carry);

  // Less the modulus is c more, and 2^256 less: so it is where that or the last carry reaches 2^256.
  copy(code, reduced, a);
  code.set(addend[0], code.get(c.whole));
  code.set(addend[1], code.i64Const(0n));
  const overflow = code.local(I64);
  addLimbs(code, reduced, addend, overflow);
  const isReduced = code.local(I32);
  code.set(isReduced, code.i64Ne(code.i64Or(code.get(overflow), code.get(carry)), code.i64Const(0n)));
  for (const [i, limb] of a.entries()) {
    code.set(limb, code.select(code.get(reduced[i]), code.get(limb), code.get(isReduced)));
  }
  getAll(code, a);
  return func;
}

function shiftedDown(code: Code, value: Local64, bits: number): Operand64 {
  return code.i64ShrU(code.get(value), code.i64Const(BigInt(bits)));
}
