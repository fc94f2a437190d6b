/**
 * The quadratic extension Fp2 = Fp[u] / (u² + 1): c0 + c1·u, two elements one after the other. Only functions that a
 * formula asks for are made, each combination of factors in a sum being one.
 */

import { type Code, I32, I64, type Local32 } from '../wasm/code.ts';
import type { Func, ModuleBuilder } from '../wasm/module.ts';
import type { PrimeField } from './field.ts';
import { type Algebra, addressOf, Formula, type Place } from './formula.ts';
import type { CoordinateField } from './jacobian.ts';
import type { MemoryPlan } from './plan.ts';
import { loadLimbs, productColumns, storeLimbs } from './product.ts';
import { limbBytes, type Radix } from './radix.ts';
import type { Reduction } from './reduction.ts';

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
    this.mul = defineProduct2(module, plan, base);
    this.sqr = defineSquare2(module, plan, base);
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

/**
 * Karatsuba's three products and two reductions: a0·b0 - a1·b1 and a0·b0 + a1·b1 - (a0 - a1)·(b0 - b1). Differences, other
 * than sums, leave limbs no larger. One function makes both of a column's differences: all in one piece the code, of
 * 26 KiB for 14 limbs, is faster alone, and slower beside other such code, with which the processor cannot keep it.
 */
function defineProduct2(
  module: ModuleBuilder,
  plan: MemoryPlan,
  { radix, size, reduction }: PrimeField,
): Func {
  const columns = defineColumns(module, radix);
  const subtractProduct = defineSubtractProduct(module, radix, reduction);
  const [low, both, unused] = [0, 0, 0].map(() => plan.reserve(8 * (2 * radix.limbs - 1)));
  const differences = [plan.reserve(size), plan.reserve(size)];
  const func = module.func({ params: [I32, I32, I32], results: [] });
  const { code } = func;
  const [out, a, b] = [0, 1, 2].map((index) => code.param(index, I32));
  const part = (base: Local32, index: 0 | 1) => addressOf(code, { base, offset: index * size });
  const at = (address: number) => code.i32Const(address);
  for (const [i, base] of [a, b].entries()) emitLimbs(code, radix, base, size, -1, differences[i]);
  code.call(columns, at(low), part(a, 0), part(b, 0));
  code.call(subtractProduct, part(out, 0), at(low), part(a, 1), part(b, 1), at(both));
  code.call(subtractProduct, part(out, 1), at(both), at(differences[0]), at(differences[1]), at(unused));
  return func;
}

/** `(columns, a, b)`: writes the columns of a product. */
function defineColumns(module: ModuleBuilder, radix: Radix): Func {
  const func = module.func({ params: [I32, I32, I32], results: [] });
  const { code } = func;
  const column = productColumns(code, loadLimbs(code, 1, radix), loadLimbs(code, 2, radix));
  const sum = code.local(I64);
  for (let k = 0; k < 2 * radix.limbs - 1; k++) {
    code.set(sum, column(k));
    storeLimbs(code, [sum], 8 * k);
  }
  return func;
}

/** `(out, columns, a, b, sums)`: reduces the columns less those of a · b, and writes the sums of both. */
function defineSubtractProduct(module: ModuleBuilder, radix: Radix, reduction: Reduction): Func {
  const func = module.func({ params: [I32, I32, I32, I32, I32], results: [] });
  const { code } = func;
  const [columns, sums] = [1, 4].map((index) => code.param(index, I32));
  const product = productColumns(code, loadLimbs(code, 2, radix), loadLimbs(code, 3, radix));
  const [given, own] = code.locals(I64, 2);
  const result = reduction.emit(code, (k) => {
    code.set(own, product(k));
    code.set(given, code.i64Load(code.get(columns), 8 * k));
    code.i64Store(code.get(sums), code.i64Add(code.get(given), code.get(own)), 8 * k);
    return code.i64Sub(code.get(given), code.get(own));
  });
  storeLimbs(code, result);
  return func;
}

/**
 * (a0 - a1)·(a0 + a1) and 2·a0·a1. The columns of the first are those of a0² - a1²: limbs of the sum that are larger than
 * others may be do no harm.
 */
function defineSquare2(module: ModuleBuilder, plan: MemoryPlan, { mul, radix, size }: PrimeField): Func {
  const [sum, difference, twice] = [0, 0, 0].map(() => plan.reserve(size));
  const func = module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const [out, a] = [0, 1].map((index) => code.param(index, I32));
  emitLimbs(code, radix, a, size, 1, sum);
  emitLimbs(code, radix, a, size, -1, difference);
  emitLimbs(code, radix, a, 0, 1, twice);
  code.call(mul, code.get(out), code.i32Const(sum), code.i32Const(difference));
  const [outHigh, high] = [out, a].map((base) => () => addressOf(code, { base, offset: size }));
  code.call(mul, outHigh(), code.i32Const(twice), high());
  return func;
}

/** Emits the sum or difference of the element that a local points to and the one so many bytes after it, limb by limb. */
function emitLimbs(code: Code, { limbs }: Radix, a: Local32, bytes: number, sign: 1 | -1, to: number): void {
  for (let i = 0; i < limbs; i++) {
    const [first, second] = [0, bytes].map((offset) => () => code.i64Load(code.get(a), offset + 8 * i));
    const value = () => (sign === 1 ? code.i64Add(first(), second()) : code.i64Sub(first(), second()));
    code.i64Store(code.i32Const(to), value(), 8 * i);
  }
}
