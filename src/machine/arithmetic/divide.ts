/** `DIV`, `MOD`, `SDIV` and `SMOD`. */

import { type Code, I64, type Local64, type Operand64 } from '../../wasm/code.ts';
import type { Func, ModuleBuilder } from '../../wasm/module.ts';
import { divideByHalves, divideDigit, moveUp, prepareDivisor } from './digits.ts';
import {
  addInto,
  addLimbs,
  BINARY,
  getAll,
  halvesOf,
  isPowerOfTwo,
  lessThan,
  multiplyWide,
  negate,
  orAll,
  returnLimb,
  returnWord,
  shiftLeft,
  shiftLeftPair,
  shiftRight,
  shiftRightPair,
  shiftRightRest,
  split,
  splitAll,
  subLimbs,
  type Word,
  wordParam,
} from './limbs.ts';

/** Which of a division's results a function returns. */
export type Wanted = 'quotient' | 'rest';

/** `DIV` or `MOD`; zero when the divisor is zero. `memos` are the addresses of two of `MEMO_SIZE` bytes. */
export function defineDivision(
  module: ModuleBuilder,
  memos: readonly [number, number],
  wanted: Wanted,
): Func {
  const byLimbs = [1, 2, 3].map((size) => {
    return defineLongDivision(module, size, memos[size === 1 ? 0 : 1], wanted);
  });
  byLimbs.push(defineShortQuotient(module, wanted));
  const byPower = definePowerDivision(module, wanted);
  const func = module.func(BINARY);
  const { code } = func;
  const a = wordParam(code, 0);
  const b = wordParam(code, 1);
  const both = () => [...getAll(code, a), ...getAll(code, b)];
  const zero = () => returnLimb(code, code.i64Const(0n));

  code.if(code.i64Eqz(orAll(code, [a[1], a[2], a[3], b[1], b[2], b[3]])), () => {
    code.if(code.i64Eqz(code.get(b[0])), zero);
    const divide = wanted === 'quotient' ? code.i64DivU : code.i64RemU;
    returnLimb(code, divide.call(code, code.get(a[0]), code.get(b[0])));
  });
  code.if(lessThan(code, a, b), () => {
    if (wanted === 'quotient') zero();
    else returnWord(code, a);
  });
  code.if(isPowerOfTwo(code, b), () => code.returnCall(byPower, ...both()));
  for (let limb = 3; limb > 0; limb--) {
    code.if(code.i32Eqz(code.i64Eqz(code.get(b[limb]))), () => code.returnCall(byLimbs[limb], ...both()));
  }
  code.if(code.i64Eqz(code.get(b[0])), zero);
  code.returnCall(byLimbs[0], ...both());
  return func;
}

/** `SDIV` or `SMOD`: the quotient is rounded towards zero, the rest has the dividend's sign. */
export function defineSignedDivision(module: ModuleBuilder, wanted: Wanted, division: Func): Func {
  const func = module.func(BINARY);
  const { code } = func;
  const a = wordParam(code, 0);
  const b = wordParam(code, 1);
  const aSign = signOf(code, a);
  const bSign = signOf(code, b);
  const sign = code.local(I64);
  const signs = wanted === 'quotient' ? code.i64Xor(code.get(aSign), code.get(bSign)) : code.get(aSign);
  code.set(sign, signs);

  // Values of 64 bits and a sign, as most are: no call. Zero is left to the rule, and so is -2^64, whose low limb is 0.
  const zero = code.i32Or(code.i64Eqz(code.get(a[0])), code.i64Eqz(code.get(b[0])));
  const upper = code.i64Or(upperBits(code, a, aSign), upperBits(code, b, bSign));
  code.if(code.i32Eqz(code.i32Or(zero, code.i32Eqz(code.i64Eqz(upper)))), () => {
    const magnitude = (value: Word, of: Local64) =>
      code.i64Sub(code.i64Xor(code.get(value[0]), code.get(of)), code.get(of));
    const divide = wanted === 'quotient' ? code.i64DivU : code.i64RemU;
    code.set(a[0], divide.call(code, magnitude(a, aSign), magnitude(b, bSign)));
    code.set(a[0], magnitude(a, sign));
    // -0 has no sign
    code.set(sign, code.select(code.i64Const(0n), code.get(sign), code.i64Eqz(code.get(a[0]))));
    code.return(code.get(a[0]), code.get(sign), code.get(sign), code.get(sign));
  });

  code.if(code.i32Wrap(code.get(aSign)), () => negate(code, a));
  code.if(code.i32Wrap(code.get(bSign)), () => negate(code, b));
  code.setAll(a, code.callForAll(division, ...getAll(code, a), ...getAll(code, b)));
  code.if(code.i32Wrap(code.get(sign)), () => negate(code, a));
  getAll(code, a);
  return func;
}

/** A new local with the sign of a word: 0 or all ones. */
function signOf(code: Code, word: Word): Local64 {
  const sign = code.local(I64);
  code.set(sign, code.i64ShrS(code.get(word[3]), code.i64Const(63n)));
  return sign;
}

/** Bits above the lowest limb that differ from the sign. */
function upperBits(code: Code, word: Word, sign: Local64): Operand64 {
  const [first, second, third] = word.slice(1).map((limb) => code.i64Xor(code.get(limb), code.get(sign)));
  return code.i64Or(first, code.i64Or(second, third));
}

/** By a power of two: a shift, or a mask. */
function definePowerDivision(module: ModuleBuilder, wanted: Wanted): Func {
  const func = module.func(BINARY);
  const { code } = func;
  const a = wordParam(code, 0);
  const b = wordParam(code, 1);
  const by = code.local(I64);
  for (let limb = 3; limb >= 0; limb--) {
    const divide = () => {
      if (wanted === 'rest') {
        const below = code.i64Sub(code.get(b[limb]), code.i64Const(1n));
        code.set(by, code.i64And(below, code.get(a[limb])));
        const kept = (i: number) => (i > limb ? code.i64Const(0n) : code.get(i < limb ? a[i] : by));
        code.return(...a.map((_, i) => kept(i)));
        return;
      }
      code.set(by, code.i64Ctz(code.get(b[limb])));
      code.return(
        ...a.map((_, i) => {
          if (i + limb > 3) return code.i64Const(0n);
          if (i + limb === 3) return code.i64ShrU(code.get(a[3]), code.get(by));
          return shiftRightPair(code, a[i + limb + 1], by, a[i + limb]);
        }),
      );
    };
    if (limb === 0) divide();
    else code.if(code.i32Eqz(code.i64Eqz(code.get(b[limb]))), divide);
  }
  code.unreachable();
  return func;
}

/**
 * By a divisor of four limbs, the dividend not smaller: the quotient is a single digit. Estimated from the divisor's
 * top 64 bits it is too large by 2 at most. Finding it so takes 24 ns, with a reciprocal 30.
 */
function defineShortQuotient(module: ModuleBuilder, wanted: Wanted): Func {
  const func = module.func(BINARY);
  const { code } = func;
  const a = wordParam(code, 0);
  const b = wordParam(code, 1);
  const shift = code.local(I64);
  const rest = code.local(I64);
  const next = code.local(I64);
  const top = halvesOf(code, code.local(I64));
  const q = halvesOf(code, code.local(I64));
  const scratch = code.locals(I64, 3);
  code.set(shift, code.i64Clz(code.get(b[3])));
  code.set(
    top.whole,
    shiftLeftPair(code, code.get(b[3]), shift, () => code.get(b[2])),
  );
  split(code, top);
  code.set(rest, shiftRightRest(code, code.get(a[3]), shift));
  code.set(
    next,
    shiftLeftPair(code, code.get(a[3]), shift, () => code.get(a[2])),
  );
  divideByHalves(code, rest, () => code.get(next), top, q.whole, scratch);

  split(code, q);
  const bHalves = splitAll(code, b);
  const [low, carry, borrow] = scratch;
  const product = code.locals(I64, 5);
  for (let i = 0; i < 4; i++) {
    multiplyWide(code, bHalves[i], q, product[i + 1], i === 0 ? product[0] : low);
    // product[i] is the high limb of the product before
    if (i > 0) addInto(code, product[i], low, product[i + 1]);
  }
  subLimbs(code, a, product.slice(0, 4), borrow, carry);
  code.set(borrow, code.i64Add(code.get(borrow), code.get(product[4])));
  code.block((exact) => {
    code.loop((again) => {
      code.brIf(code.i64Eqz(code.get(borrow)), exact);
      code.set(q.whole, code.i64Sub(code.get(q.whole), code.i64Const(1n)));
      addLimbs(code, a, b, carry);
      code.set(borrow, code.i64Sub(code.get(borrow), code.get(carry)));
      code.br(again);
    });
  });
  if (wanted === 'quotient') returnLimb(code, code.get(q.whole));
  else returnWord(code, a);
  return func;
}

/** By a divisor of so many limbs, its top limb not zero and the dividend not smaller. */
function defineLongDivision(module: ModuleBuilder, size: number, memo: number, wanted: Wanted): Func {
  const func = module.func(BINARY);
  const { code } = func;
  const a = wordParam(code, 0);
  const limbs = wordParam(code, 1).slice(0, size);
  const shift = code.local(I64);
  code.set(shift, code.i64Clz(code.get(limbs[size - 1])));
  shiftLeft(code, limbs, shift);
  const divisor = prepareDivisor(code, limbs, memo);

  // Limb i of the dividend shifted alike, which has five limbs.
  const shifted = (i: number) => {
    if (i === 4) return shiftRightRest(code, code.get(a[3]), shift);
    if (i === 0) return code.i64Shl(code.get(a[0]), code.get(shift));
    return shiftLeftPair(code, code.get(a[i]), shift, () => code.get(a[i - 1]));
  };
  const rest = code.locals(I64, size);
  const next = code.local(I64);
  const quotient = code.locals(I64, 5 - size);
  for (let i = 0; i < size; i++) code.set(rest[i], shifted(5 - size + i));
  for (let i = 4 - size; i >= 0; i--) {
    code.set(next, shifted(i));
    const step = () => {
      divideDigit(code, divisor, rest, next);
      if (wanted === 'quotient') code.set(quotient[i], code.get(divisor.digit.whole));
    };
    // Without limbs above, what is here is smaller than the divisor: the digit is 0 and the rest moves up.
    const above: Local64[] = a.slice(i + size - 1);
    if (i === 0) step();
    else {
      code.if(code.i64Eqz(orAll(code, above)), () => moveUp(code, rest, next), step);
    }
  }
  if (wanted === 'quotient') {
    code.return(...a.map((_, i) => (i < quotient.length ? code.get(quotient[i]) : code.i64Const(0n))));
    return func;
  }
  shiftRight(code, rest, shift);
  code.return(...a.map((_, i) => (i < size ? code.get(rest[i]) : code.i64Const(0n))));
  return func;
}
