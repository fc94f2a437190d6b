/**
 * The quadratic extension Fp2 = Fp[u] / (u² + 1): c0 + c1·u, two elements one after the other. Only functions that a
 * formula asks for are made, each combination of factors in a sum being one.
 */

import { type Code, I32, I64, type Local64 } from '../wasm/code.ts';
import type { Func, ModuleBuilder } from '../wasm/module.ts';
import type { PrimeField } from './field.ts';
import { type Algebra, addressOf, Formula, type Place } from './formula.ts';
import type { CoordinateField } from './jacobian.ts';
import type { MemoryPlan } from './plan.ts';
import { loadLimbs, storeLimbs } from './product.ts';
import { limbBytes, type Radix } from './radix.ts';

/** An integer pair: c0 + c1·u. */
export type Complex = readonly [c0: bigint, c1: bigint];

/** A small factor in a sum: an integer, or one plus some integer times u. */
export type Factor = number | readonly [re: number, im: number];

/** An element of the extension. Its limbs are always carried. */
export interface Element2 extends Place {
  /** greatest absolute value of both parts, in multiples of the modulus */
  readonly value: number;
}

/** The functions of the extension in a module. */
export class QuadraticField {
  readonly base: PrimeField;
  /** bytes of an element */
  readonly size: number;
  /** `(out, a, b)` */
  readonly mul: Func;
  /** `(out, a)` */
  readonly sqr: Func;
  readonly #module: ModuleBuilder;
  readonly #plan: MemoryPlan;
  readonly #sums = new Map<string, Func>();
  readonly #constants = new Map<string, number>();

  /** `base` must have room for two products in a column. */
  constructor(module: ModuleBuilder, plan: MemoryPlan, base: PrimeField) {
    this.#module = module;
    this.#plan = plan;
    this.base = base;
    this.size = 2 * base.size;
    this.mul = defineProduct2(module, base);
    this.sqr = defineSquare2(module, base);
  }

  /** The address of a constant. */
  constant([c0, c1]: Complex): number {
    const key = `${c0} ${c1}`;
    let address = this.#constants.get(key);
    if (address === undefined) {
      const { modulus, radix, reduction, size } = this.base;
      const bytes = new Uint8Array(this.size);
      bytes.set(limbBytes((c0 * reduction.factor) % modulus, radix));
      bytes.set(limbBytes((c1 * reduction.factor) % modulus, radix), size);
      address = this.#plan.constant(bytes);
      this.#constants.set(key, address);
    }
    return address;
  }

  /** Formulas written into the code of one function. */
  formulas(code: Code): Formula2 {
    return new Formula2(code, this, this.#plan);
  }

  /** `(product)`: 1 when a product or a square is zero, by the same function of the prime field. */
  defineIsZeroProduct(isZeroProduct: Func): Func {
    const func = this.#module.func({ params: [I32], results: [I32] });
    const { code } = func;
    const a = code.param(0, I32);
    code.if(code.i32Eqz(code.call(isZeroProduct, code.get(a))), () => code.return(code.i32Const(0)));
    code.call(isZeroProduct, addressOf(code, { base: a, offset: this.base.size }));
    return func;
  }

  /** The extension as the field of coordinates. */
  coordinates(isZeroProduct: Func): CoordinateField<Element2> {
    return {
      size: this.size,
      one: this.constant([1n, 0n]),
      formulas: (code) => this.formulas(code),
      isZeroProduct,
    };
  }

  /** Formulas over the prime field, for the same. */
  baseFormulas(code: Code): Formula {
    return new Formula(code, this.base, this.#plan);
  }

  /** `(out, a, b, …)`: the sum of so many elements, each by its factor; reduced, or carried only. */
  sum(factors: readonly Factor[], isReduced: boolean): Func {
    const key = `${factors.map(String).join(' ')} ${isReduced}`;
    let func = this.#sums.get(key);
    if (func === undefined) {
      func = this.#defineSum(factors, isReduced);
      this.#sums.set(key, func);
    }
    return func;
  }

  #defineSum(factors: readonly Factor[], isReduced: boolean): Func {
    const params = Array.from({ length: factors.length + 1 }, () => I32 as typeof I32);
    const func = this.#module.func({ params, results: [] });
    const { code } = func;
    const { size } = this.base;
    const f = new Formula(code, this.base, this.#plan);
    const out = code.param(0, I32);
    const parts = [0, 1].map((part) =>
      factors.flatMap((factor, i) => {
        const [re, im] = typeof factor === 'number' ? [factor, 0] : factor;
        const a = code.param(i + 1, I32);
        // (re + im·u)(c0 + c1·u) = re·c0 - im·c1 + (im·c0 + re·c1)·u
        const c0 = [part === 0 ? re : im, f.at(a, 0)] as const;
        const c1 = [part === 0 ? -im : re, f.at(a, size)] as const;
        return [c0, c1].filter(([times]) => times !== 0);
      }),
    );
    const emit = (part: number, to: Place) =>
      isReduced ? f.reduceSum(parts[part], to) : f.carrySum(parts[part], to);
    // Where parts mix, the first must not be overwritten while the second is being made from it.
    if (factors.every((factor) => typeof factor === 'number')) {
      emit(0, { base: out, offset: 0 });
      emit(1, { base: out, offset: size });
    } else {
      const first = f.scratch();
      emit(0, first);
      emit(1, { base: out, offset: size });
      code.memoryCopy(code.get(out), addressOf(code, first), code.i32Const(size));
    }
    return func;
  }
}

/** Formulas over the extension. */
export class Formula2 implements Algebra<Element2> {
  readonly code: Code;
  readonly size: number;
  readonly field: QuadraticField;
  readonly #plan: MemoryPlan;

  constructor(code: Code, field: QuadraticField, plan: MemoryPlan) {
    this.code = code;
    this.field = field;
    this.size = field.size;
    this.#plan = plan;
  }

  at(base: Place['base'], offset: number): Element2 {
    return { base, offset, value: this.field.base.stored.value };
  }

  /** A constant. */
  constant(value: Complex): Element2 {
    return { base: undefined, offset: this.field.constant(value), value: 1 };
  }

  scratch(): Place {
    return { base: undefined, offset: this.#plan.reserve(this.size) };
  }

  mul(a: Element2, b: Element2, to?: Place): Element2 {
    const place = to ?? this.scratch();
    const args = [place, a, b].map((operand) => () => addressOf(this.code, operand));
    this.code.call(this.field.mul, ...args.map((arg) => arg()));
    return { ...place, value: this.#productValue(a.value * b.value, to) };
  }

  sqr(a: Element2, to?: Place): Element2 {
    const place = to ?? this.scratch();
    this.code.call(this.field.sqr, addressOf(this.code, place), addressOf(this.code, a));
    return { ...place, value: this.#productValue(a.value * a.value, to) };
  }

  /** The product with an element of the prime field. */
  scale(a: Element2, by: Place, to?: Place): Element2 {
    const place = to ?? this.scratch();
    const { base } = this.field;
    for (const offset of [0, base.size]) {
      const parts = [place, a].map((part) => ({ base: part.base, offset: part.offset + offset }));
      this.code.call(
        base.mul,
        addressOf(this.code, parts[0]),
        addressOf(this.code, parts[1]),
        addressOf(this.code, by),
      );
    }
    return { ...place, value: this.#productValue(a.value * base.stored.value, to) };
  }

  sum(terms: readonly (readonly [factor: Factor, element: Element2])[], to?: Place): Element2 {
    const { base } = this.field;
    let value = 0;
    for (const [factor, element] of terms) {
      const size = typeof factor === 'number' ? Math.abs(factor) : Math.abs(factor[0]) + Math.abs(factor[1]);
      value += size * element.value;
    }
    const isReduced = value > (to === undefined ? base.limit : base.stored).value;
    const place = to ?? this.scratch();
    const func = this.field.sum(
      terms.map(([factor]) => factor),
      isReduced,
    );
    this.code.call(
      func,
      addressOf(this.code, place),
      ...terms.map(([, element]) => addressOf(this.code, element)),
    );
    return { ...place, value: isReduced ? 1.25 : value };
  }

  #productValue(squares: number, to: Place | undefined): number {
    const { reduction, stored, limit } = this.field.base;
    const value = reduction.greatestValue(2 * squares);
    if (value > (to === undefined ? limit : stored).value)
      throw new RangeError('formula: a product is too large');
    return value;
  }
}

/** Columns of a product of limbs, as they are asked for. */
function columnOf(code: Code, radix: Radix, a: readonly Local64[], b: readonly Local64[], k: number) {
  const first = Math.max(0, k - radix.limbs + 1);
  let sum = code.i64Mul(code.get(a[first]), code.get(b[k - first]));
  for (let i = first + 1; i <= Math.min(k, radix.limbs - 1); i++) {
    sum = code.i64Add(sum, code.i64Mul(code.get(a[i]), code.get(b[k - i])));
  }
  return sum;
}

/**
 * Karatsuba's three products, column by column, and two reductions: a0·b0 - a1·b1 and
 * a0·b0 + a1·b1 - (a0 - a1)·(b0 - b1). Differences, other than sums, leave limbs no larger.
 */
function defineProduct2(module: ModuleBuilder, { radix, size, reduction }: PrimeField): Func {
  const func = module.func({ params: [I32, I32, I32], results: [] });
  const { code } = func;
  const [a0, a1] = [0, size].map((offset) => loadLimbs(code, 1, radix, offset));
  const [b0, b1] = [0, size].map((offset) => loadLimbs(code, 2, radix, offset));
  const low = code.locals(I64, 2 * radix.limbs - 1);
  const high = code.locals(I64, 2 * radix.limbs - 1);
  const c0 = reduction.emit(code, (k) => {
    code.set(low[k], columnOf(code, radix, a0, b0, k));
    code.set(high[k], columnOf(code, radix, a1, b1, k));
    return code.i64Sub(code.get(low[k]), code.get(high[k]));
  });
  storeLimbs(code, c0);
  for (let i = 0; i < radix.limbs; i++) {
    code.set(a0[i], code.i64Sub(code.get(a0[i]), code.get(a1[i])));
    code.set(b0[i], code.i64Sub(code.get(b0[i]), code.get(b1[i])));
  }
  const c1 = reduction.emit(code, (k) =>
    code.i64Sub(code.i64Add(code.get(low[k]), code.get(high[k])), columnOf(code, radix, a0, b0, k)),
  );
  storeLimbs(code, c1, size);
  return func;
}

/** a0² - a1² and 2·a0·a1. */
function defineSquare2(module: ModuleBuilder, { radix, size, reduction }: PrimeField): Func {
  const func = module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const [a0, a1] = [0, size].map((offset) => loadLimbs(code, 1, radix, offset));
  const doubled = [a0, a1].map((limbs) =>
    limbs.map((limb) => {
      const twice = code.local(I64);
      code.set(twice, code.i64Add(code.get(limb), code.get(limb)));
      return twice;
    }),
  );
  const squareColumn = (limbs: readonly Local64[], twice: readonly Local64[], k: number) => {
    const first = Math.max(0, k - radix.limbs + 1);
    const product = (i: number) =>
      code.i64Mul(code.get((2 * i === k ? limbs : twice)[i]), code.get(limbs[k - i]));
    let sum = product(first);
    for (let i = first + 1; 2 * i <= k; i++) sum = code.i64Add(sum, product(i));
    return sum;
  };
  const c0 = reduction.emit(code, (k) =>
    code.i64Sub(squareColumn(a0, doubled[0], k), squareColumn(a1, doubled[1], k)),
  );
  const c1 = reduction.emit(code, (k) => columnOf(code, radix, doubled[0], a1, k));
  storeLimbs(code, c0);
  storeLimbs(code, c1, size);
  return func;
}
