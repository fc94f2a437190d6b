/** `ADDMOD` and `MULMOD`: the sum and the product are not cut to 256 bits before they are reduced. */

import { I32, I64 } from '../../wasm/code.ts';
import type { Func, ModuleBuilder, OwnFunc } from '../../wasm/module.ts';
import { divideDigit, moveUp, prepareDivisor } from './digits.ts';
import { defineFoldingMulmod } from './fold.ts';
import {
  addLimbs,
  andAll,
  copy,
  getAll,
  isPowerOfTwo,
  lessThan,
  multiplyWide,
  orAll,
  returnLimb,
  returnWord,
  shiftLeft,
  shiftLeftPair,
  shiftRight,
  shiftRightRest,
  splitAll,
  subLimbs,
  TERNARY,
  type Word,
  wordParam,
} from './limbs.ts';
import { storeProduct } from './multiply.ts';
import { defineKnown, defineLearning, multiplyByKnown, RESIDUES_SCRATCH } from './residues.ts';

/** Bytes of memory that `MULMOD` uses: a product of eight limbs above two limbs of zero, and a modulus it knows. */
export const MULMOD_SCRATCH = 80 + RESIDUES_SCRATCH;

/** `ADDMOD`: `(a + b) mod n`, zero for `n` of zero. */
export function defineAddmod(module: ModuleBuilder, mod: Func): Func {
  const func = module.func(TERNARY);
  const { code } = func;
  const a = wordParam(code, 0);
  const b = wordParam(code, 1);
  const n = wordParam(code, 2);
  const sum = code.locals(I64, 4);
  const carry = code.local(I64);
  const borrow = code.local(I64);
  const t = code.local(I64);
  copy(code, sum, a);
  addLimbs(code, sum, b, carry);
  code.if(lessThan(code, a, n), () => {
    code.if(lessThan(code, b, n), () => {
      copy(code, a, sum);
      subLimbs(code, sum, n, borrow, t);
      // The sum is below 2n: one subtraction, undone unless the sum reached n or 2^256.
      code.if(code.i64GtU(code.get(borrow), code.get(carry)), () => returnWord(code, a));
      returnWord(code, sum);
    });
  });
  code.if(code.i64Eqz(code.get(carry)), () => {
    code.returnCall(mod, ...getAll(code, sum), ...getAll(code, n));
  });
  code.if(code.i64Eqz(orAll(code, n)), () => returnLimb(code, code.i64Const(0n)));
  // A sum of 257 bits: its upper 256 are reduced, and what is left of them, doubled, with the lowest, is below 2n.
  const lowest = code.local(I64);
  code.set(lowest, code.i64And(code.get(sum[0]), code.i64Const(1n)));
  for (let i = 0; i < 4; i++) {
    const above = i < 3 ? sum[i + 1] : carry;
    const low = code.i64ShrU(code.get(sum[i]), code.i64Const(1n));
    code.set(sum[i], code.i64Or(low, code.i64Shl(code.get(above), code.i64Const(63n))));
  }
  code.setAll(sum, code.callForAll(mod, ...getAll(code, sum), ...getAll(code, n)));
  copy(code, a, sum);
  addLimbs(code, sum, a, carry);
  code.set(sum[0], code.i64Or(code.get(sum[0]), code.get(lowest)));
  copy(code, a, sum);
  subLimbs(code, sum, n, borrow, t);
  code.if(code.i64GtU(code.get(borrow), code.get(carry)), () => returnWord(code, a));
  getAll(code, sum);
  return func;
}

/** `MULMOD`: `(a * b) mod n`, zero for `n` of zero. Uses `MULMOD_SCRATCH` bytes at `scratch` and `MEMO_SIZE` at `memo`. */
export function defineMulmod(
  module: ModuleBuilder,
  scratch: number,
  memo: number,
  { mul, div, mod }: Record<'mul' | 'div' | 'mod', Func>,
): Func {
  const known = defineKnown(module, scratch + 80);
  const wide = defineWideMulmod(module, scratch, memo);
  const learn = defineLearning(module, known, { div, mod, wide });
  const folding = defineFoldingMulmod(module);
  const func = module.func(TERNARY);
  const otherwise = module.func(TERNARY);
  defineOtherMulmod(otherwise, { mul, mod, wide, learn, again: func });
  const { code } = func;
  const a = wordParam(code, 0);
  const b = wordParam(code, 1);
  const n = wordParam(code, 2);
  const high = code.local(I64);
  const low = code.local(I64);
  const zeros = (count: number) => Array.from({ length: count }, () => code.i64Const(0n));

  code.if(code.i64Eqz(orAll(code, [a[1], a[2], a[3], b[1], b[2], b[3]])), () => {
    const [aHalves, bHalves] = splitAll(code, [a[0], b[0]]);
    multiplyWide(code, aHalves, bHalves, high, low);
    code.if(code.i32Eqz(code.i64Eqz(orAll(code, [n[2], n[3]]))), () =>
      code.return(code.get(low), code.get(high), ...zeros(2)),
    );
    code.if(code.i64Eqz(orAll(code, [high, n[1]])), () => {
      code.if(code.i64Eqz(code.get(n[0])), () => returnLimb(code, code.i64Const(0n)));
      returnLimb(code, code.i64RemU(code.get(low), code.get(n[0])));
    });
    code.returnCall(mod, code.get(low), code.get(high), ...zeros(2), ...getAll(code, n));
  });
  // Points of curves have many a coordinate of 1.
  for (const [factor, other] of [
    [a, b],
    [b, a],
  ]) {
    const isOne = code.i64Eqz(
      code.i64Or(code.i64Xor(code.get(factor[0]), code.i64Const(1n)), orAll(code, factor.slice(1))),
    );
    code.if(isOne, () => code.returnCall(mod, ...getAll(code, other), ...getAll(code, n)));
  }
  const areOnes = code.i64Eq(andAll(code, n.slice(1)), code.i64Const(-1n));
  code.if(code.i32And(areOnes, code.i64LtS(code.get(n[0]), code.i64Const(0n))), () =>
    code.returnCall(folding, ...getAll(code, a), ...getAll(code, b), ...getAll(code, n)),
  );
  multiplyByKnown(code, known, [a, b, n]);
  code.returnCall(otherwise, ...getAll(code, a), ...getAll(code, b), ...getAll(code, n));
  return func;
}

/** The parts of `MULMOD` that one of them needs. */
interface MulmodParts {
  readonly mul: Func;
  readonly mod: Func;
  readonly wide: Func;
  readonly learn: Func;
  /** all of it */
  readonly again: Func;
}

/** By a modulus that is not known from calls before. */
function defineOtherMulmod({ code }: OwnFunc, { mul, mod, wide, learn, again }: MulmodParts): void {
  const a = wordParam(code, 0);
  const b = wordParam(code, 1);
  const n = wordParam(code, 2);
  const reduce = (value: Word) =>
    code.setAll(value, code.callForAll(mod, ...getAll(code, value), ...getAll(code, n)));
  const reduceProduct = () => {
    code.callForAll(mul, ...getAll(code, a), ...getAll(code, b));
    code.returnCall(mod, ...getAll(code, n));
  };
  const all = () => [...getAll(code, a), ...getAll(code, b), ...getAll(code, n)];

  // Factors of 128 bits, if need be after reduction, have a product that fits a word.
  code.if(code.i64Eqz(orAll(code, [a[2], a[3], b[2], b[3]])), reduceProduct);
  // What a power of two divides is divided no less once it is cut to a word.
  code.if(isPowerOfTwo(code, n), reduceProduct);
  code.if(code.i64Eqz(orAll(code, n.slice(1))), () => {
    reduce(a);
    reduce(b);
    reduceProduct();
  });
  code.if(code.call(learn, ...getAll(code, n)), () => code.returnCall(again, ...all()));
  code.if(code.i64Eqz(orAll(code, n.slice(2))), () => {
    reduce(a);
    reduce(b);
    reduceProduct();
  });
  code.returnCall(wide, ...all());
}

/** For a modulus of three or four limbs: the product in memory, then digit by digit. */
function defineWideMulmod(module: ModuleBuilder, scratch: number, memo: number): Func {
  const func = module.func(TERNARY);
  const { code } = func;
  const n = wordParam(code, 2);
  const product = scratch + 16;
  storeProduct(code, splitAll(code, wordParam(code, 0)), splitAll(code, wordParam(code, 1)), product);
  const zeroAt = (address: number) => code.i64Store(code.i32Const(address), code.i64Const(0n));
  zeroAt(product - 8);
  zeroAt(product - 16);

  // A modulus of three limbs moves up by one, and with it the product, a limb of zero being below it.
  const last = code.local(I32);
  const short = code.local(I32);
  code.set(last, code.i32Const(product));
  code.if(code.tee(short, code.i64Eqz(code.get(n[3]))), () => {
    for (let i = 3; i > 0; i--) code.set(n[i], code.get(n[i - 1]));
    code.set(n[0], code.i64Const(0n));
    code.set(last, code.i32Const(product - 8));
  });
  const shift = code.local(I64);
  code.set(shift, code.i64Clz(code.get(n[3])));
  shiftLeft(code, n, shift);
  const divisor = prepareDivisor(code, n, memo);

  const at = code.local(I32);
  const next = code.local(I64);
  const rest = code.locals(I64, 4);
  const shifted = () => {
    const upper = code.i64Load(code.get(at), 8);
    return shiftLeftPair(code, upper, shift, () => code.i64Load(code.get(at)));
  };
  // `at` is the address of the limb below the one to be shifted.
  code.set(at, code.i32Const(product + 48));
  code.set(rest[3], shiftRightRest(code, code.i64Load(code.get(at), 8), shift));
  for (let i = 2; i >= 0; i--) {
    code.set(rest[i], shifted());
    code.set(at, code.i32Sub(code.get(at), code.i32Const(8)));
  }
  code.loop((again) => {
    code.set(next, shifted());
    const zeroDigit = code.i32And(
      code.i64Eqz(code.get(rest[3])),
      code.i64LtU(code.get(rest[2]), code.get(n[3])),
    );
    code.if(
      zeroDigit,
      () => moveUp(code, rest, next),
      () => divideDigit(code, divisor, rest, next),
    );
    code.set(at, code.i32Sub(code.get(at), code.i32Const(8)));
    const left = code.i32GeU(code.i32Add(code.get(at), code.i32Const(8)), code.get(last));
    code.brIf(left, again);
  });

  shiftRight(code, rest, shift);
  code.if(code.get(short), () => {
    code.return(...getAll(code, rest.slice(1)), code.i64Const(0n));
  });
  getAll(code, rest);
  return func;
}
