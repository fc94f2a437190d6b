/**
 * The towers that pairings end in: Fp6 = Fp2[v] / (v³ - ξ) and Fp12 = Fp6[w] / (w² - v), so that w⁶ = ξ. An element of
 * Fp12 is six of Fp2: the coefficients of 1, v, v², w, v·w and v²·w.
 */

import { type Code, I32 } from '../wasm/code.ts';
import type { Func, ModuleBuilder, OwnFunc } from '../wasm/module.ts';
import { addressOf, type Place } from './formula.ts';
import type { MemoryPlan } from './plan.ts';
import type { Complex, Element2, Formula2, QuadraticField } from './quadratic.ts';

/** What a tower is built on. */
export interface TowerBase {
  readonly module: ModuleBuilder;
  readonly plan: MemoryPlan;
  readonly field: QuadraticField;
  /** ξ: the element that is no square and no cube in Fp2 */
  readonly xi: readonly [re: number, im: number];
  /** `(out, a)`: the inverse in Fp, of an element in any form */
  readonly inverse: Func;
  /** The constants of `frobeniusOf`. */
  readonly frobenius: readonly (readonly Complex[])[];
}

/** The functions of Fp12, of elements in memory. */
export interface Tower {
  /** bytes of an element */
  readonly size: number;
  /** `(out, a, b)` */
  readonly mul: Func;
  /** `(a)`: in place */
  readonly sqr: Func;
  /** `(a)`: in place, for elements whose order divides p⁴ - p² + 1: R. Granger and M. Scott, 2010. */
  readonly cyclotomicSqr: Func;
  /** `(out, a)` */
  readonly inverse: Func;
  /** `(out, a)`: a to the power p⁶, which for elements of that order is the inverse. */
  readonly conjugate: Func;
  /** `(out, a)`: a to the powers p, p² and p³. */
  readonly frobenius: readonly [Func, Func, Func];
}

type E6 = readonly [Element2, Element2, Element2];

/** Adds the functions to a module. */
export function defineTower(base: TowerBase): Tower {
  const { field } = base;
  const mul6 = defineMul6(base);
  return {
    size: 6 * field.size,
    mul: defineMul12(base, mul6),
    sqr: defineSqr12(base, mul6),
    cyclotomicSqr: defineCyclotomicSqr(base),
    inverse: defineInverse12(base, mul6),
    conjugate: defineConjugate(base),
    frobenius: [
      defineFrobenius(base, base.frobenius[0], true),
      defineFrobenius(base, base.frobenius[1], false),
      defineFrobenius(base, base.frobenius[2], true),
    ],
  };
}

/** Three elements from an offset on. */
function at6(f: Formula2, base: Place['base'], offset: number): E6 {
  return [f.at(base, offset), f.at(base, offset + f.size), f.at(base, offset + 2 * f.size)];
}

/** Scratch memory for three. */
function scratch6(f: Formula2): [Place, Place, Place] {
  const [first, second, third] = [f.scratch(), f.scratch(), f.scratch()];
  if (third.offset !== first.offset + 2 * f.size) throw new RangeError('tower: elements are not in a row');
  return [first, second, third];
}

const sum6 = (f: Formula2, a: E6, b: E6, factor = 1): E6 => {
  const to = scratch6(f);
  return [0, 1, 2].map((i) =>
    f.sum(
      [
        [1, a[i]],
        [factor, b[i]],
      ],
      to[i],
    ),
  ) as unknown as E6;
};

const call6 = (f: Formula2, func: Func, a: E6, b: E6): E6 => {
  const to = scratch6(f);
  f.code.call(func, addressOf(f.code, to[0]), addressOf(f.code, a[0]), addressOf(f.code, b[0]));
  return at6(f, undefined, to[0].offset);
};

const unary = (module: ModuleBuilder): OwnFunc => module.func({ params: [I32, I32], results: [] });
const inPlace = (module: ModuleBuilder): OwnFunc => module.func({ params: [I32], results: [] });

/** `(out, a, b)` in Fp6, by Karatsuba; out may be a or b. */
function defineMul6({ module, field, xi }: TowerBase): Func {
  const func = module.func({ params: [I32, I32, I32], results: [] });
  const { code } = func;
  const f = field.formulas(code);
  const a = at6(f, code.param(1, I32), 0);
  const b = at6(f, code.param(2, I32), 0);
  const out = at6(f, code.param(0, I32), 0);
  const minusXi = [-xi[0], -xi[1]] as const;
  const t = [0, 1, 2].map((i) => f.mul(a[i], b[i]));
  const cross = (i: number, j: number) => {
    const sums = [a, b].map((e) =>
      f.sum([
        [1, e[i]],
        [1, e[j]],
      ]),
    );
    return f.mul(sums[0], sums[1]);
  };
  const [c12, c01, c02] = [cross(1, 2), cross(0, 1), cross(0, 2)];
  f.sum(
    [
      [1, t[0]],
      [xi, c12],
      [minusXi, t[1]],
      [minusXi, t[2]],
    ],
    out[0],
  );
  f.sum(
    [
      [1, c01],
      [-1, t[0]],
      [-1, t[1]],
      [xi, t[2]],
    ],
    out[1],
  );
  f.sum(
    [
      [1, c02],
      [-1, t[0]],
      [-1, t[2]],
      [1, t[1]],
    ],
    out[2],
  );
  return func;
}

function defineMul12({ module, field, xi }: TowerBase, mul6: Func): Func {
  const func = module.func({ params: [I32, I32, I32], results: [] });
  const { code } = func;
  const f = field.formulas(code);
  const half = 3 * f.size;
  const [a0, a1, b0, b1] = [1, 1, 2, 2].map((param, i) => at6(f, code.param(param, I32), (i % 2) * half));
  const out = code.param(0, I32);
  const low = call6(f, mul6, a0, b0);
  const high = call6(f, mul6, a1, b1);
  const cross = call6(f, mul6, sum6(f, a0, a1), sum6(f, b0, b1));
  storeTimesV(f, xi, low, high, 1, at6(f, out, 0));
  at6(f, out, half).forEach((to, i) => {
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

/** a + factor · v·b */
function storeTimesV(f: Formula2, xi: TowerBase['xi'], a: E6, b: E6, factor: 1 | -1, to: E6): void {
  const first = [factor * xi[0], factor * xi[1]] as const;
  f.sum(
    [
      [1, a[0]],
      [first, b[2]],
    ],
    to[0],
  );
  for (const i of [1, 2]) {
    f.sum(
      [
        [1, a[i]],
        [factor, b[i - 1]],
      ],
      to[i],
    );
  }
}

/** (a0 + a1·w)² = (a0 + a1)·(a0 + v·a1) - a0·a1 - v·a0·a1 + 2·a0·a1·w */
function defineSqr12({ module, field, xi }: TowerBase, mul6: Func): Func {
  const func = inPlace(module);
  const { code } = func;
  const f = field.formulas(code);
  const a = code.param(0, I32);
  const [a0, a1] = [0, 3 * f.size].map((offset) => at6(f, a, offset));
  const product = call6(f, mul6, a0, a1);
  const shifted = scratch6(f);
  const shiftedAt = at6(f, undefined, shifted[0].offset);
  storeTimesV(f, xi, a0, a1, 1, shiftedAt);
  const whole = call6(f, mul6, sum6(f, a0, a1), shiftedAt);
  const rest = sum6(f, whole, product, -1);
  storeTimesV(f, xi, rest, product, -1, a0);
  a1.forEach((to, i) => {
    f.sum([[2, product[i]]], to);
  });
  return func;
}

/** Three squares in Fp4 = Fp2[s] / (s² - ξ). */
function defineCyclotomicSqr({ module, field, xi }: TowerBase): Func {
  const func = inPlace(module);
  const { code } = func;
  const f = field.formulas(code);
  const a = Array.from({ length: 6 }, (_, i) => f.at(code.param(0, I32), i * f.size));
  const square4 = (x: Element2, y: Element2) => {
    const [xx, yy] = [f.sqr(x), f.sqr(y)];
    const both = f.sum([
      [1, x],
      [1, y],
    ]);
    const low = f.sum([
      [1, xx],
      [xi, yy],
    ]);
    const high = f.sum([
      [1, f.sqr(both)],
      [-1, xx],
      [-1, yy],
    ]);
    return [low, high] as const;
  };
  const [t0, t1] = square4(a[0], a[4]);
  const [t2, t3] = square4(a[3], a[2]);
  const [t4, t5] = square4(a[1], a[5]);
  const store = (square: Element2, times: 3 | readonly [number, number], sign: 1 | -1, to: Element2) =>
    f.sum(
      [
        [times, square],
        [-2 * sign, to],
      ],
      to,
    );
  store(t0, 3, 1, a[0]);
  store(t2, 3, 1, a[1]);
  store(t4, 3, 1, a[2]);
  store(t5, [3 * xi[0], 3 * xi[1]], -1, a[3]);
  store(t1, 3, -1, a[4]);
  store(t3, 3, -1, a[5]);
  return func;
}

function defineConjugate({ module, field }: TowerBase): Func {
  const func = unary(module);
  const { code } = func;
  const f = field.formulas(code);
  const [out, a] = [0, 1].map((index) => code.param(index, I32));
  code.memoryCopy(code.get(out), code.get(a), code.i32Const(3 * f.size));
  for (let i = 3; i < 6; i++) f.sum([[-1, f.at(a, i * f.size)]], f.at(out, i * f.size));
  return func;
}

/** Each coefficient, itself conjugated for odd powers, by a constant. */
function defineFrobenius({ module, field }: TowerBase, constants: readonly Complex[], isOdd: boolean): Func {
  const func = unary(module);
  const { code } = func;
  const f = field.formulas(code);
  const [out, a] = [0, 1].map((index) => code.param(index, I32));
  constants.forEach((constant, i) => {
    const coefficient = f.at(a, i * f.size);
    const value = isOdd ? conjugate2(f, coefficient) : coefficient;
    f.mul(value, f.constant(constant), f.at(out, i * f.size));
  });
  return func;
}

/** c0 - c1·u */
export function conjugate2(f: Formula2, a: Element2): Element2 {
  const to = f.scratch();
  const { code } = f;
  const { size } = f.field.base;
  const plain = f.field.baseFormulas(code);
  code.memoryCopy(addressOf(code, to), addressOf(code, a), code.i32Const(size));
  plain.sum([[-1, plain.at(a.base, a.offset + size)]], { base: undefined, offset: to.offset + size });
  return { ...to, value: a.value };
}

/** The constants of the Frobenius map and its two next powers: ξ^(i·(p^k - 1) / 6), for the coefficient of w^i. */
export function frobeniusOf(field: QuadraticField, xi: TowerBase['xi']): Complex[][] {
  const p = field.base.modulus;
  const times = ([a0, a1]: Complex, [b0, b1]: Complex): Complex => [
    (((a0 * b0 - a1 * b1) % p) + p) % p,
    (a0 * b1 + a1 * b0) % p,
  ];
  let root: Complex = [1n, 0n];
  for (const bit of ((p - 1n) / 6n).toString(2)) {
    root = times(root, root);
    if (bit === '1') root = times(root, [BigInt(xi[0]), BigInt(xi[1])]);
  }
  const powers: Complex[] = [[1n, 0n]];
  for (let i = 1; i < 6; i++) powers.push(times(powers[i - 1], root));
  const norms = powers.map((power) => times(power, [power[0], p - power[1]]));
  const cubes = powers.map((power, i) => times(power, norms[i]));
  // Coefficients lie in the order 1, v, v², w, v·w, v²·w, and v is w².
  const order = [0, 2, 4, 1, 3, 5];
  return [powers, norms, cubes].map((constants) => order.map((i) => constants[i]));
}

/** The inverse of a constant of the Frobenius map, the one at `index`, whose norm is a sixth root of one. */
export function inverseFrobenius(
  [powers, norms]: readonly (readonly Complex[])[],
  index: number,
  modulus: bigint,
): Complex {
  const [c0, c1] = powers[index];
  const normInverse = norms[index][0] ** 5n % modulus;
  return [(c0 * normInverse) % modulus, ((modulus - c1) * normInverse) % modulus];
}

/** 1 / (a0 + a1·w) = (a0 - a1·w) / (a0² - v·a1²), and likewise down to Fp. */
function defineInverse12(base: TowerBase, mul6: Func): Func {
  const { module, field, xi, inverse } = base;
  const func = unary(module);
  const { code } = func;
  const f = field.formulas(code);
  const [out, a] = [0, 1].map((index) => code.param(index, I32));
  const half = 3 * f.size;
  const [a0, a1] = [0, half].map((offset) => at6(f, a, offset));
  const norm = scratch6(f);
  const n = at6(f, undefined, norm[0].offset);
  storeTimesV(f, xi, call6(f, mul6, a0, a0), call6(f, mul6, a1, a1), -1, n);

  const minusXi = [-xi[0], -xi[1]] as const;
  const c0 = f.sum([
    [1, f.sqr(n[0])],
    [minusXi, f.mul(n[1], n[2])],
  ]);
  const c1 = f.sum([
    [xi, f.sqr(n[2])],
    [-1, f.mul(n[0], n[1])],
  ]);
  const c2 = f.sum([
    [1, f.sqr(n[1])],
    [-1, f.mul(n[0], n[2])],
  ]);
  const t = f.sum([
    [1, f.mul(n[0], c0)],
    [xi, f.mul(n[2], c1)],
    [xi, f.mul(n[1], c2)],
  ]);
  const inverted = inverse2(f, inverse, t);
  const factor = scratch6(f);
  [c0, c1, c2].forEach((c, i) => {
    f.mul(c, inverted, factor[i]);
  });
  const factorAt = at6(f, undefined, factor[0].offset);
  const low = call6(f, mul6, a0, factorAt);
  const high = call6(f, mul6, a1, factorAt);
  at6(f, out, 0).forEach((to, i) => {
    f.sum([[1, low[i]]], to);
  });
  at6(f, out, half).forEach((to, i) => {
    f.sum([[-1, high[i]]], to);
  });
  return func;
}

/** (c0 - c1·u) / (c0² + c1²) */
export function inverse2(f: Formula2, inverse: Func, a: Element2): Element2 {
  const { code } = f;
  const { size } = f.field.base;
  const plain = f.field.baseFormulas(code);
  // An inverse is computed of what obeys the bounds of the prime field: a copy that is reduced.
  const copy = f.sum([[1, a]], f.scratch());
  const [c0, c1] = [0, size].map((offset) => plain.at(copy.base, copy.offset + offset));
  const norm = plain.sum([
    [1, plain.sqr(c0)],
    [1, plain.sqr(c1)],
  ]);
  code.call(inverse, addressOf(code, norm), addressOf(code, norm));
  return f.scale(conjugate2(f, copy), norm);
}

/** Writes one to an address: for the start of products. */
export function storeOne(code: Code, { field }: Pick<TowerBase, 'field'>, to: number): void {
  code.memoryFill(code.i32Const(to), code.i32Const(0), code.i32Const(6 * field.size));
  code.memoryCopy(code.i32Const(to), code.i32Const(field.constant([1n, 0n])), code.i32Const(field.size));
}
