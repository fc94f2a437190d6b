/**
 * Single steps of long division with 64-bit digits, after Knuth's algorithm D (The Art of Computer Programming,
 * volume 2, 4.3.1). A quotient digit comes from a reciprocal of the divisor's top limbs, computed once per division,
 * after Möller and Granlund, "Improved division by invariant integers" (https://doi.org/10.1109/TC.2010.143): one
 * wide product instead of two divisions, and hardly ever a correction. Divisors are normalised: their top bit is set.
 */

import { type Code, I32, I64, type Local64, type Operand64 } from '../../wasm/code.ts';
import {
  addInto,
  addLimbs,
  copy,
  type Halves,
  halvesOf,
  LOW_32,
  lessThan,
  multiplyWide,
  split,
  subLimbs,
  type Word,
} from './limbs.ts';

/** A normalised divisor of one to four limbs, with what the steps need beside it. */
export interface Divisor {
  readonly limbs: Word;
  readonly halves: readonly Halves[];
  readonly reciprocal: Halves;
  /** the quotient digit of the latest step */
  readonly digit: Halves;
  /** locals for the steps' use */
  readonly scratch: readonly Local64[];
}

/** Bytes of memory that remember the latest reciprocals: two limbs and the reciprocal. All zero is no reciprocal. */
export const MEMO_SIZE = 24;

/**
 * Takes the limbs of a normalised divisor that are set by now, and emits its reciprocal. Contracts divide by the same
 * few numbers, so the latest reciprocal is kept at `memo`: 128 by 64 bits takes 13 ns then, else 20.
 */
export function prepareDivisor(code: Code, limbs: Word, memo: number): Divisor {
  const divisor: Divisor = {
    limbs,
    halves: limbs.map((limb) => halvesOf(code, limb)),
    reciprocal: halvesOf(code, code.local(I64)),
    digit: halvesOf(code, code.local(I64)),
    scratch: code.locals(I64, 6),
  };
  for (const halves of divisor.halves) split(code, halves);
  const top = divisor.halves[limbs.length - 1];
  const { reciprocal, scratch } = divisor;
  const [rest, ...others] = scratch;
  const key = limbs.slice(-2);
  const at = () => code.i32Const(memo);
  const differences = key.map((limb, i) => code.i64Xor(code.get(limb), code.i64Load(at(), 8 * i)));
  const unknown = key.length === 1 ? differences[0] : code.i64Or(differences[0], differences[1]);
  code.if(
    code.i64Eqz(unknown),
    () => code.set(reciprocal.whole, code.i64Load(at(), 16)),
    () => {
      // floor((2^128 - 1) / top) - 2^64 = floor((2^128 - 1 - 2^64 * top) / top)
      code.set(rest, code.i64Xor(code.get(top.whole), code.i64Const(-1n)));
      divideByHalves(code, rest, () => code.i64Const(-1n), top, reciprocal.whole, others);
      if (limbs.length > 1) refineReciprocal(code, divisor);
      for (const [i, limb] of key.entries()) code.i64Store(at(), code.get(limb), 8 * i);
      code.i64Store(at(), code.get(reciprocal.whole), 16);
    },
  );
  split(code, reciprocal);
  return divisor;
}

/**
 * `quotient = (rest, next) / top` with `rest < top` and `top` normalised, by two of WebAssembly's divisions, one for
 * each 32 bits of the quotient; `rest` becomes what is left.
 */
export function divideByHalves(
  code: Code,
  rest: Local64,
  next: () => Operand64,
  top: Halves,
  quotient: Local64,
  scratch: readonly Local64[],
): void {
  const [digit, upperRest, nextHalf] = scratch;
  const half = () => code.i64Const(32n);
  for (const upper of [true, false]) {
    code.set(nextHalf, upper ? code.i64ShrU(next(), half()) : code.i64And(next(), code.i64Const(LOW_32)));
    code.set(digit, code.i64DivU(code.get(rest), code.get(top.high)));
    code.set(upperRest, code.i64Sub(code.get(rest), code.i64Mul(code.get(digit), code.get(top.high))));
    code.block((exact) => {
      // The digit is too large by 2 at most.
      code.loop((again) => {
        const fits = code.i64Eqz(code.i64ShrU(code.get(digit), half()));
        const product = code.i64Mul(code.get(digit), code.get(top.low));
        const limit = code.i64Or(code.i64Shl(code.get(upperRest), half()), code.get(nextHalf));
        code.brIf(code.i32And(fits, code.i64LeU(product, limit)), exact);
        code.set(digit, code.i64Sub(code.get(digit), code.i64Const(1n)));
        code.set(upperRest, code.i64Add(code.get(upperRest), code.get(top.high)));
        code.brIf(code.i64Eqz(code.i64ShrU(code.get(upperRest), half())), again);
      });
    });
    const dividend = code.i64Or(code.i64Shl(code.get(rest), half()), code.get(nextHalf));
    code.set(rest, code.i64Sub(dividend, code.i64Mul(code.get(digit), code.get(top.whole))));
    if (upper) code.set(quotient, code.i64Shl(code.get(digit), half()));
    else code.set(quotient, code.i64Or(code.get(quotient), code.get(digit)));
  }
}

/** Turns the reciprocal of the top limb into that of the top two: at most three less. */
function refineReciprocal(code: Code, { limbs, halves, reciprocal, scratch }: Divisor): void {
  const v = reciprocal.whole;
  const [d0, d1] = limbs.slice(-2);
  const [p, high, low] = scratch;
  const decrement = () => code.set(v, code.i64Sub(code.get(v), code.i64Const(1n)));
  const takeTop = () => code.set(p, code.i64Sub(code.get(p), code.get(d1)));
  code.set(p, code.i64Add(code.i64Mul(code.get(d1), code.get(v)), code.get(d0)));
  code.if(code.i64LtU(code.get(p), code.get(d0)), () => {
    decrement();
    code.if(code.i64GeU(code.get(p), code.get(d1)), () => {
      decrement();
      takeTop();
    });
    takeTop();
  });
  split(code, reciprocal);
  multiplyWide(code, reciprocal, halves[limbs.length - 2], high, low);
  code.set(p, code.i64Add(code.get(p), code.get(high)));
  code.if(code.i64LtU(code.get(p), code.get(high)), () => {
    decrement();
    code.if(code.i32Eqz(lessThan(code, [low, p], [d0, d1])), decrement);
  });
}

/**
 * `rest = (rest, next) mod divisor`, where `rest < divisor` has as many limbs as the divisor and `next` is the limb
 * of the dividend below it. The quotient is left in `divisor.digit.whole`.
 */
export function divideDigit(code: Code, divisor: Divisor, rest: Word, next: Local64): void {
  if (rest.length === 1) divideDigitBy1(code, divisor, rest[0], next);
  else if (rest.length === 2) divideDigitBy2(code, divisor, rest[1], rest[0], next);
  else divideDigitByMore(code, divisor, rest, next);
}

function divideDigitBy1(code: Code, divisor: Divisor, rest: Local64, next: Local64): void {
  const { digit, reciprocal, scratch } = divisor;
  const [d] = divisor.limbs;
  const q = digit.whole;
  const [top, low, lowered, ...halves] = scratch;
  const topHalves = { whole: top, low: halves[0], high: halves[1] };
  code.set(top, code.get(rest));
  split(code, topHalves);
  multiplyWide(code, topHalves, reciprocal, q, low);
  addInto(code, low, next, q);
  code.set(q, code.i64Add(code.i64Add(code.get(q), code.get(top)), code.i64Const(1n)));
  code.set(rest, code.i64Sub(code.get(next), code.i64Mul(code.get(q), code.get(d))));
  // Too large by one about half of the time: a selection, where a branch would be mispredicted.
  code.set(lowered, code.i64ExtendU(code.i64GtU(code.get(rest), code.get(low))));
  code.set(q, code.i64Sub(code.get(q), code.get(lowered)));
  const mask = code.i64Sub(code.i64Const(0n), code.get(lowered));
  code.set(rest, code.i64Add(code.i64And(mask, code.get(d)), code.get(rest)));
  code.if(code.i64GeU(code.get(rest), code.get(d)), () => {
    code.set(q, code.i64Add(code.get(q), code.i64Const(1n)));
    code.set(rest, code.i64Sub(code.get(rest), code.get(d)));
  });
}

/** One digit of `(r1, r0, next) / (d1, d0)`; the rest is left in `(r1, r0)`. */
function divideDigitBy2(code: Code, divisor: Divisor, r1: Local64, r0: Local64, next: Local64): void {
  const { digit, reciprocal, scratch, limbs } = divisor;
  const [d0, d1] = limbs.slice(-2);
  const q = digit.whole;
  const [low, high, t, borrow, wrapped] = scratch;
  // The digit's halves serve the top limb first.
  const top: Halves = { whole: r1, low: digit.low, high: digit.high };
  split(code, top);
  multiplyWide(code, top, reciprocal, q, low);
  addInto(code, low, r0, q);
  code.set(q, code.i64Add(code.get(q), code.get(r1)));
  split(code, digit);
  multiplyWide(code, digit, divisor.halves[limbs.length - 2], high, t);
  code.set(r1, code.i64Sub(code.get(r0), code.i64Mul(code.get(q), code.get(d1))));
  code.set(r0, code.get(next));
  subLimbs(code, [r0, r1], [t, high], borrow, wrapped);
  // The digit is q + 1, unless the rest shows that it is q: about half of the time, so no branch.
  code.set(t, code.get(r0));
  code.set(high, code.get(r1));
  subLimbs(code, [r0, r1], [d0, d1], borrow, wrapped);
  const same = code.local(I32);
  code.set(same, code.i64GeU(code.get(r1), code.get(low)));
  code.set(r0, code.select(code.get(t), code.get(r0), code.get(same)));
  code.set(r1, code.select(code.get(high), code.get(r1), code.get(same)));
  code.set(q, code.i64Add(code.get(q), code.i64ExtendU(code.i32Eqz(code.get(same)))));
  code.if(code.i32Eqz(lessThan(code, [r0, r1], [d0, d1])), () => {
    code.set(q, code.i64Add(code.get(q), code.i64Const(1n)));
    subLimbs(code, [r0, r1], [d0, d1], borrow, wrapped);
  });
}

function divideDigitByMore(code: Code, divisor: Divisor, rest: Word, next: Local64): void {
  const [d0, d1] = divisor.limbs.slice(-2);
  const [r0, r1] = rest.slice(-2);
  const same = code.i64Eq(code.get(r1), code.get(d1));
  code.if(
    code.i32And(same, code.i64Eq(code.get(r0), code.get(d0))),
    () => divideLargestDigit(code, divisor, rest, next),
    () => divideUsualDigit(code, divisor, rest, next),
  );
}

/**
 * The step when rest and divisor agree in their top two limbs, which the reciprocal does not serve. They differ by less
 * than 2^128 then, so the digit is 2^64 - 1, and `(rest, next)` less that many divisors is
 * `(rest - divisor, next) + divisor`.
 */
function divideLargestDigit(code: Code, divisor: Divisor, rest: Word, next: Local64): void {
  const { limbs, digit, scratch } = divisor;
  const [carry, t] = scratch;
  code.set(digit.whole, code.i64Const(-1n));
  subLimbs(code, rest, limbs, carry, t);
  moveUp(code, rest, next);
  addLimbs(code, rest, limbs, carry);
}

/**
 * The step by the reciprocal. The digit is `q` or `q + 1`, about half of the time each, so a branch would be
 * mispredicted: the rest's limbs below the top two are computed for both, while the top two still decide. A step takes
 * 14 ns so, else 16. Rarely the digit is one less or one more than that.
 */
function divideUsualDigit(code: Code, divisor: Divisor, rest: Word, next: Local64): void {
  const { digit, reciprocal, scratch, limbs, halves } = divisor;
  const q = digit.whole;
  const [d0, d1] = limbs.slice(-2);
  const [below, r0, r1] = rest.slice(-3);
  const [low, high, t, borrow, otherBorrow, fraction] = scratch;
  const chosen = code.local(I32);
  const choose = (value: Local64, other: Local64) =>
    code.set(value, code.select(code.get(value), code.get(other), code.get(chosen)));

  // The digit's halves serve the top limb first.
  const top: Halves = { whole: r1, low: digit.low, high: digit.high };
  split(code, top);
  multiplyWide(code, top, reciprocal, q, fraction);
  addInto(code, fraction, r0, q);
  code.set(q, code.i64Add(code.get(q), code.get(r1)));
  split(code, digit);

  // The limbs below the top two: less q * divisor, and less the divisor once more.
  const source = [next, ...rest.slice(0, -3)];
  const lower = code.locals(I64, source.length);
  const otherLower = code.locals(I64, source.length);
  for (const [i, limb] of source.entries()) {
    multiplyWide(code, digit, halves[i], high, low);
    if (i > 0) addInto(code, low, borrow, high);
    code.set(lower[i], code.i64Sub(code.get(limb), code.get(low)));
    const wrapped = code.i64ExtendU(code.i64LtU(code.get(limb), code.get(low)));
    code.set(borrow, code.i64Add(wrapped, code.get(high)));
  }
  copy(code, otherLower, lower);
  subLimbs(code, otherLower, limbs.slice(0, -2), otherBorrow, t);
  code.set(otherBorrow, code.i64Add(code.get(otherBorrow), code.get(borrow)));

  // The top two limbs, likewise.
  multiplyWide(code, digit, halves[limbs.length - 2], high, t);
  code.set(r1, code.i64Sub(code.get(r0), code.i64Mul(code.get(q), code.get(d1))));
  code.set(r0, code.get(below));
  subLimbs(code, [r0, r1], [t, high], low, rest[0]);
  const other = code.locals(I64, 2);
  copy(code, other, [r0, r1]);
  subLimbs(code, other, [d0, d1], low, rest[0]);
  code.set(chosen, code.i64GeU(code.get(other[1]), code.get(fraction)));
  code.set(q, code.i64Add(code.get(q), code.i64ExtendU(code.i32Eqz(code.get(chosen)))));
  choose(r0, other[0]);
  choose(r1, other[1]);
  choose(borrow, otherBorrow);
  for (const [i, limb] of lower.entries()) {
    choose(limb, otherLower[i]);
    code.set(rest[i], code.get(limb));
  }
  code.set(t, code.i64ExtendU(code.i64LtU(code.get(r0), code.get(borrow))));
  code.set(r0, code.i64Sub(code.get(r0), code.get(borrow)));
  const negative = code.i64LtU(code.get(r1), code.get(t));
  code.set(r1, code.i64Sub(code.get(r1), code.get(t)));
  code.if(
    negative,
    () => {
      code.set(q, code.i64Sub(code.get(q), code.i64Const(1n)));
      addLimbs(code, rest, limbs, borrow);
    },
    () => {
      code.if(code.i32Eqz(lessThan(code, rest, limbs)), () => {
        code.set(q, code.i64Add(code.get(q), code.i64Const(1n)));
        subLimbs(code, rest, limbs, borrow, t);
      });
    },
  );
}

/** The step whose digit is known to be 0: `rest = (rest, next)`, the top limb of the rest being 0. */
export function moveUp(code: Code, rest: Word, next: Local64): void {
  for (let i = rest.length - 1; i > 0; i--) code.set(rest[i], code.get(rest[i - 1]));
  code.set(rest[0], code.get(next));
}
