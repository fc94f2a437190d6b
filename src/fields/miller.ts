/**
 * Miller's loop for curves with a sextic twist. For each pair a point T of the twist runs through multiples of Q, and
 * each doubling and addition multiplies the line it draws, at P, into f. Steps in homogeneous coordinates:
 * C. Costello, T. Lange, M. Naehrig, Faster pairing computations on curves with high-degree twists, 2010, with the
 * halves of the doubling cleared.
 */

import { I32, type Local32 } from '../wasm/code.ts';
import type { Func } from '../wasm/module.ts';
import { addressOf, Formula } from './formula.ts';
import type { Complex, Element2, Formula2, QuadraticField } from './quadratic.ts';
import type { Tower, TowerBase } from './tower.ts';

/**
 * How the curve's twist divides or multiplies b by ξ, and with it which coefficients of Fp12 a line has: those of 1, w
 * and v·w, or those of 1, v and v·w.
 */
export type Twist = 'divides' | 'multiplies';

/** What is in the record of a pair, one after the other: P, Q with its y negated also, and T. */
export function pairLayout(size: number) {
  return {
    px: 0,
    py: size,
    qx: 2 * size,
    qy: 4 * size,
    qyNegated: 6 * size,
    tx: 8 * size,
    ty: 10 * size,
    tz: 12 * size,
    size: 14 * size,
  } as const;
}

/** The steps of the loop, for the pair whose record is at an address. */
export interface MillerSteps {
  /** `(pair)` */
  readonly start: Func;
  /** `(pair)`: T = 2T */
  readonly double: Func;
  /** `(pair, x, y)`: T = T + (x, y), which is neither T nor its negative */
  readonly add: Func;
  /** `double` and `add` in two steps, of which the first does not need P. */
  readonly lines: {
    /** `(pair, line)`: T = 2T; writes the line. */
    readonly double: Func;
    /** `(pair, x, y, line)`: T = T + (x, y); writes the line. */
    readonly add: Func;
    /** `(pair, line)`: multiplies a line at P into f. */
    readonly apply: Func;
  };
}

/** Bytes of a line λ·y - θ·x + j: λ, -θ and j. */
export const lineSize = (field: QuadraticField): number => 3 * field.size;

/** Adds the steps to a module; the lines are multiplied into the element of Fp12 at `f`. */
export function defineMillerSteps(base: TowerBase, twist: Twist, b: Complex, f: number): MillerSteps {
  const lines = {
    double: defineDoubleLine(base, b),
    add: defineAddLine(base),
    apply: defineApplyLine(base, twist === 'divides' ? defineLine034(base, f) : defineLine014(base, f)),
  };
  const line = base.plan.reserve(lineSize(base.field));
  return { start: defineStart(base), ...defineWholeSteps(base, lines, line), lines };
}

/** Steps of both parts, with the line in between at an address. */
function defineWholeSteps(
  { module }: TowerBase,
  lines: MillerSteps['lines'],
  line: number,
): Pick<MillerSteps, 'double' | 'add'> {
  const define = (params: number, part: Func) => {
    const func = module.func({
      params: Array.from({ length: params }, () => I32 as typeof I32),
      results: [],
    });
    const { code } = func;
    const given = func.code.params.map((_, index) => code.get(code.param(index, I32)));
    code.call(part, ...given, code.i32Const(line));
    code.call(lines.apply, code.get(code.param(0, I32)), code.i32Const(line));
    return func;
  };
  return { double: define(1, lines.double), add: define(3, lines.add) };
}

function defineStart({ module, field }: TowerBase): Func {
  const func = module.func({ params: [I32], results: [] });
  const { code } = func;
  const pair = code.param(0, I32);
  const at = pairLayout(field.base.size);
  const f = field.formulas(code);
  const copy = (to: number, from: Element2) =>
    code.memoryCopy(
      addressOf(code, { base: pair, offset: to }),
      addressOf(code, from),
      code.i32Const(field.size),
    );
  f.sum([[-1, f.at(pair, at.qy)]], f.at(pair, at.qyNegated));
  copy(at.tx, f.at(pair, at.qx));
  copy(at.ty, f.at(pair, at.qy));
  copy(at.tz, f.constant([1n, 0n]));
  return func;
}

/** `(pair, line)` */
function defineApplyLine({ module, field }: TowerBase, lineFunc: Func): Func {
  const func = module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const [pair, line] = [0, 1].map((index) => code.param(index, I32));
  const at = pairLayout(field.base.size);
  const f = field.formulas(code);
  const [lambda, minusTheta, j] = linePlaces(f, line);
  const atY = f.scale(lambda, { base: pair, offset: at.py }, f.scratch());
  const atX = f.scale(minusTheta, { base: pair, offset: at.px }, f.scratch());
  code.call(lineFunc, addressOf(code, atY), addressOf(code, atX), addressOf(code, j));
  return func;
}

/** Where λ, -θ and j are in a line. */
const linePlaces = (f: Formula2, line: Local32): Element2[] => [0, 1, 2].map((i) => f.at(line, i * f.size));

function defineDoubleLine({ module, field }: TowerBase, b: Complex): Func {
  const func = module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const [pair, line] = [0, 1].map((index) => code.param(index, I32));
  const at = pairLayout(field.base.size);
  const f = field.formulas(code);
  const [x, y, z] = [at.tx, at.ty, at.tz].map((offset) => f.at(pair, offset));
  const p = field.base.modulus;
  const xy = f.mul(x, y);
  const yy = f.sqr(y);
  const e = f.mul(f.sqr(z), f.constant([(3n * b[0]) % p, (3n * b[1]) % p]));
  const [lambda, minusTheta, j] = linePlaces(f, line);
  const h = f.sum([[2, f.mul(y, z)]], lambda);
  f.sum([[-3, f.sqr(x)]], minusTheta);
  f.sum(
    [
      [1, yy],
      [-1, e],
    ],
    j,
  );
  const less = f.sum([
    [2, yy],
    [-6, e],
  ]);
  const more = f.sum([
    [1, yy],
    [3, e],
  ]);
  f.mul(xy, less, x);
  f.sum(
    [
      [1, f.sqr(more)],
      [-12, f.sqr(e)],
    ],
    y,
  );
  f.sum([[4, f.mul(yy, h)]], z);
  return func;
}

function defineAddLine({ module, field }: TowerBase): Func {
  const func = module.func({ params: [I32, I32, I32, I32], results: [] });
  const { code } = func;
  const [pair, line] = [0, 3].map((index) => code.param(index, I32));
  const at = pairLayout(field.base.size);
  const f = field.formulas(code);
  const [x, y, z] = [at.tx, at.ty, at.tz].map((offset) => f.at(pair, offset));
  const [qx, qy] = [1, 2].map((index) => f.at(code.param(index, I32), 0));
  const places = linePlaces(f, line);
  const lambda = f.sum(
    [
      [1, x],
      [-1, f.mul(qx, z)],
    ],
    places[0],
  );
  const minusTheta = f.sum(
    [
      [1, f.mul(qy, z)],
      [-1, y],
    ],
    places[1],
  );
  const square = f.sqr(lambda);
  const cube = f.mul(square, lambda);
  const g = f.mul(x, square);
  const h = f.sum([
    [1, cube],
    [1, f.mul(z, f.sqr(minusTheta))],
    [-2, g],
  ]);
  const difference = f.sum([
    [1, h],
    [-1, g],
  ]);
  const yCube = f.mul(y, cube);
  f.mul(lambda, h, x);
  f.sum(
    [
      [1, f.mul(minusTheta, difference)],
      [-1, yCube],
    ],
    y,
  );
  f.mul(z, cube, z);
  f.sum(
    [
      [-1, f.mul(minusTheta, qx)],
      [-1, f.mul(lambda, qy)],
    ],
    places[2],
  );
  return func;
}

/** `(out, x, b, c)`: x · (b + c·v) in Fp6, by five products. */
function defineMulBy01({ module, field, xi }: TowerBase): Func {
  const func = module.func({ params: [I32, I32, I32, I32], results: [] });
  const { code } = func;
  const f = field.formulas(code);
  const [out, x] = [0, 1].map((param) => [0, 1, 2].map((i) => f.at(code.param(param, I32), i * f.size)));
  const [b, c] = [2, 3].map((param) => f.at(code.param(param, I32), 0));
  const t0 = f.mul(x[0], b);
  const t1 = f.mul(x[1], c);
  const sums = [
    [x[0], x[1]],
    [b, c],
  ].map(([first, second]) =>
    f.sum([
      [1, first],
      [1, second],
    ]),
  );
  const cross = f.mul(sums[0], sums[1]);
  const x2b = f.mul(x[2], b);
  const x2c = f.mul(x[2], c);
  f.sum(
    [
      [1, t0],
      [xi, x2c],
    ],
    out[0],
  );
  f.sum(
    [
      [1, cross],
      [-1, t0],
      [-1, t1],
    ],
    out[1],
  );
  f.sum(
    [
      [1, t1],
      [1, x2b],
    ],
    out[2],
  );
  return func;
}

/** `(atY, atX, j)`: f · (atY + atX·w + j·v·w) */
function defineLine034(base: TowerBase, fAt: number): Func {
  return defineLine(base, fAt, (f, mulBy01, f0, f1, whole, [atY, atX, j]) => {
    const low = f0.map((element) => f.mul(element, atY));
    const high = mulBy01(f1, atX, j);
    const sum = f.sum(
      [
        [1, atY],
        [1, atX],
      ],
      f.scratch(),
    );
    return { low, high, cross: mulBy01(whole, sum, j) };
  });
}

/** `(atY, atX, j)`: f · (j + atX·v + atY·v·w) */
function defineLine014(base: TowerBase, fAt: number): Func {
  return defineLine(base, fAt, (f, mulBy01, f0, f1, whole, [atY, atX, j]) => {
    const low = mulBy01(f0, j, atX);
    const [t0, t1, t2] = f1.map((element) => f.mul(element, atY));
    const high = [f.sum([[base.xi, t2]]), t0, t1];
    const sum = f.sum(
      [
        [1, atX],
        [1, atY],
      ],
      f.scratch(),
    );
    return { low, high, cross: mulBy01(whole, j, sum) };
  });
}

/** The three products of Karatsuba's multiplication in Fp12: of lower halves, of upper halves and of their sums. */
interface Products {
  readonly low: readonly Element2[];
  readonly high: readonly Element2[];
  readonly cross: readonly Element2[];
}

function defineLine(
  base: TowerBase,
  fAt: number,
  products: (
    f: Formula2,
    mulBy01: (x: readonly Element2[], b: Element2, c: Element2) => Element2[],
    f0: readonly Element2[],
    f1: readonly Element2[],
    whole: readonly Element2[],
    line: readonly Element2[],
  ) => Products,
): Func {
  const mulBy01Func = defineMulBy01(base);
  const func = base.module.func({ params: [I32, I32, I32], results: [] });
  const { code } = func;
  const f = base.field.formulas(code);
  const mulBy01 = (x: readonly Element2[], b: Element2, c: Element2): Element2[] => {
    const to = [f.scratch(), f.scratch(), f.scratch()];
    code.call(
      mulBy01Func,
      addressOf(code, to[0]),
      addressOf(code, x[0]),
      addressOf(code, b),
      addressOf(code, c),
    );
    return to.map(({ offset }) => f.at(undefined, offset));
  };
  const [f0, f1] = [0, 3].map((first) => [0, 1, 2].map((i) => f.at(undefined, fAt + (first + i) * f.size)));
  const line = [0, 1, 2].map((index) => f.at(code.param(index, I32), 0));
  const places = [f.scratch(), f.scratch(), f.scratch()];
  const whole = places.map((to, i) => {
    f.sum(
      [
        [1, f0[i]],
        [1, f1[i]],
      ],
      to,
    );
    return f.at(undefined, to.offset);
  });
  const { low, high, cross } = products(f, mulBy01, f0, f1, whole, line);
  // f0 + f1·w, with w² = v
  f.sum(
    [
      [1, low[0]],
      [base.xi, high[2]],
    ],
    f0[0],
  );
  for (const i of [1, 2]) {
    f.sum(
      [
        [1, low[i]],
        [1, high[i - 1]],
      ],
      f0[i],
    );
  }
  f1.forEach((to, i) => {
    f.sum(
      [
        [1, cross[i]],
        [-1, low[i]],
        [-1, high[i]],
      ],
      to,
    );
  });
  return func;
}

/** `(out, a)`: a to the power of a positive integer, for elements of which the conjugate is the inverse. */
export function definePower12(base: TowerBase, tower: Tower, digitsAt: number, count: number): Func {
  const func = base.module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const [out, a] = [0, 1].map((index) => code.param(index, I32));
  const [digit, i] = code.locals(I32, 2);
  const inverse = code.local(I32);
  code.set(inverse, code.i32Const(base.plan.reserve(tower.size)));
  code.call(tower.conjugate, code.get(inverse), code.get(a));
  code.memoryCopy(code.get(out), code.get(a), code.i32Const(tower.size));
  code.loop((again) => {
    code.call(tower.cyclotomicSqr, code.get(out));
    const at = code.i32Add(code.i32Const(digitsAt), code.get(i));
    code.if(code.tee(digit, code.i32Load8(at)), () => {
      const isOne = code.i32Eq(code.get(digit), code.i32Const(1));
      code.set(digit, isOne);
      code.call(
        tower.mul,
        code.get(out),
        code.get(out),
        code.select(code.get(a), code.get(inverse), code.get(digit)),
      );
    });
    code.set(i, code.i32Add(code.get(i), code.i32Const(1)));
    code.brIf(code.i32LtU(code.get(i), code.i32Const(count)), again);
  });
  return func;
}

/** `(a)`: 1 when an element is one. */
export function defineIsOne12({ module, plan, field }: TowerBase, isZeroProduct: Func): Func {
  const func = module.func({ params: [I32], results: [I32] });
  const { code } = func;
  const a = code.param(0, I32);
  const f = new Formula(code, field.base, plan);
  const isOne = code.local(I32);
  code.set(isOne, code.i32Const(1));
  for (let i = 0; i < 12; i++) {
    const part = f.at(a, i * f.size);
    const difference =
      i === 0
        ? f.sum([
            [1, part],
            [-1, f.constant(1n)],
          ])
        : part;
    const isNull = code.call<typeof I32>(isZeroProduct, addressOf(code, f.sqr(difference)));
    code.set(isOne, code.i32And(isNull, code.get(isOne)));
  }
  code.get(isOne);
  return func;
}

/**
 * The digits of an integer in non-adjacent form, highest first and without it, one byte each: 0, 1, or 2 for -1.
 */
export function signedDigits(value: bigint): Uint8Array {
  const digits: number[] = [];
  for (let rest = value; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 0n) digits.push(0);
    else if ((rest & 3n) === 1n) digits.push(1);
    else {
      digits.push(2);
      rest += 1n;
    }
  }
  return Uint8Array.from(digits.reverse().slice(1));
}
