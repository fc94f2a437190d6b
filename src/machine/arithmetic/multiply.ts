/** Products of words: modulo 2^256 and in full. */

import { type Code, I64, type Local64, type Operand64 } from '../../wasm/code.ts';
import type { Func, ModuleBuilder } from '../../wasm/module.ts';
import {
  addInto,
  BINARY,
  getAll,
  type Halves,
  halvesOf,
  multiplyWide,
  orAll,
  returnWord,
  split,
  type Word,
  wordParam,
} from './limbs.ts';

/** `MUL`: the product of two words modulo 2^256. */
export function defineMul(module: ModuleBuilder): Func {
  const func = module.func(BINARY);
  const { code } = func;
  const a = wordParam(code, 0);
  const b = wordParam(code, 1);
  const aHalves = a.map((limb) => halvesOf(code, limb));
  const bHalves = b.map((limb) => halvesOf(code, limb));
  const result = code.locals(I64, 4);
  const high = code.local(I64);
  const low = code.local(I64);

  split(code, aHalves[0]);
  split(code, bHalves[0]);
  multiplyWide(code, aHalves[0], bHalves[0], result[1], result[0]);
  const large = orAll(code, [a[1], a[2], a[3], b[1], b[2], b[3]]);
  code.if(code.i64Eqz(large), () => returnWord(code, result));

  const isZero = (limbs: Word) => code.i64Eqz(orAll(code, limbs));
  code.if(isZero(a.slice(1)), () => code.returnCall(func, ...getAll(code, b), ...getAll(code, a)));

  split(code, aHalves[1]);
  multiplyWide(code, aHalves[1], bHalves[0], result[2], low);
  addInto(code, result[1], low, result[2]);
  code.if(code.i32Eqz(isZero([a[2], a[3]])), () => {
    split(code, aHalves[2]);
    multiplyWide(code, aHalves[2], bHalves[0], result[3], low);
    addInto(code, result[2], low, result[3]);
    const top = code.i64Mul(code.get(a[3]), code.get(b[0]));
    code.set(result[3], code.i64Add(code.get(result[3]), top));
  });
  code.if(isZero(b.slice(1)), () => returnWord(code, result));

  split(code, bHalves[1]);
  const carry = code.local(I64);
  multiplyWide(code, aHalves[0], bHalves[1], carry, low);
  addInto(code, result[1], low, carry);
  multiplyWide(code, aHalves[1], bHalves[1], high, low);
  addInto(code, result[2], carry, high);
  addInto(code, result[2], low, high);
  code.set(result[3], code.i64Add(code.get(result[3]), code.get(high)));
  code.if(isZero([a[2], a[3], b[2], b[3]]), () => returnWord(code, result));

  split(code, bHalves[2]);
  multiplyWide(code, aHalves[0], bHalves[2], high, low);
  addInto(code, result[2], low, high);
  const outer = code.i64Add(code.get(high), code.i64Mul(code.get(a[0]), code.get(b[3])));
  const inner = code.i64Mul(code.get(a[1]), code.get(b[2]));
  const rest = code.i64Add(code.i64Add(outer, inner), code.i64Mul(code.get(a[2]), code.get(b[1])));
  code.set(result[3], code.i64Add(rest, code.get(result[3])));
  getAll(code, result);
  return func;
}

/** Writes the eight limbs of the full product of two words to memory from `address` on. */
export function storeProduct(code: Code, a: readonly Halves[], b: readonly Halves[], address: number): void {
  const low = code.local(I64);
  const highs = code.locals(I64, 2);
  const limbs = code.locals(I64, 5);
  b.forEach((digit, i) => {
    // What the rows before have left above limb i, plus a * digit; the limb stored last becomes the new top.
    const row = (limb: number): Local64 => limbs[(i + limb) % 5];
    a.forEach((limb, j) => {
      if (i === 0) {
        multiplyWide(code, limb, digit, row(j + 1), j === 0 ? row(0) : low);
        if (j > 0) addInto(code, row(j), low, row(j + 1));
        return;
      }
      const high = j === 3 ? row(4) : highs[j % 2];
      multiplyWide(code, limb, digit, high, low);
      addInto(code, row(j), low, high);
      if (j > 0) addInto(code, row(j), highs[(j - 1) % 2], high);
    });
    code.i64Store(code.i32Const(address), code.get(row(0)), 8 * i);
  });
  for (let i = 4; i < 8; i++) code.i64Store(code.i32Const(address), code.get(limbs[i % 5]), 8 * i);
}

/** `word = word * word` modulo 2^256, written out: 8 ns, where calling `MUL` takes 15. */
export function squarer(code: Code, word: Word): () => void {
  const halves = word.slice(0, 3).map((limb) => halvesOf(code, limb));
  const result = code.locals(I64, 4);
  const high = code.local(I64);
  const low = code.local(I64);
  const [w0, w1, w2, w3] = word;
  const double = (upper: Local64, lower: Local64) => {
    const shifted = code.i64Shl(code.get(upper), code.i64Const(1n));
    code.set(upper, code.i64Or(shifted, code.i64ShrU(code.get(lower), code.i64Const(63n))));
    code.set(lower, code.i64Shl(code.get(lower), code.i64Const(1n)));
  };
  const addTop = (value: Operand64) => code.set(result[3], code.i64Add(value, code.get(result[3])));
  return () => {
    split(code, halves[0]);
    multiplyWide(code, halves[0], halves[0], result[1], result[0]);
    code.set(result[2], code.i64Const(0n));
    code.set(result[3], code.i64Const(0n));
    code.if(code.i32Eqz(code.i64Eqz(orAll(code, [w1, w2, w3]))), () => {
      split(code, halves[1]);
      split(code, halves[2]);
      multiplyWide(code, halves[0], halves[1], high, low);
      code.set(result[3], code.i64ShrU(code.get(high), code.i64Const(63n)));
      double(high, low);
      addInto(code, result[1], low, result[2]);
      addInto(code, result[2], high, result[3]);
      multiplyWide(code, halves[1], halves[1], high, low);
      addInto(code, result[2], low, high);
      addTop(code.get(high));
      multiplyWide(code, halves[0], halves[2], high, low);
      double(high, low);
      addInto(code, result[2], low, high);
      addTop(code.get(high));
      const outer = code.i64Mul(code.get(w0), code.get(w3));
      const both = code.i64Add(outer, code.i64Mul(code.get(w1), code.get(w2)));
      addTop(code.i64Shl(both, code.i64Const(1n)));
    });
    for (const [i, limb] of word.entries()) code.set(limb, code.get(result[i]));
  };
}
