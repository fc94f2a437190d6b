/**
 * Field arithmetic as it is written on paper, turned into code: each method emits one operation on elements in memory
 * and returns where its result is. Sums are made limb by limb and left as they are while their bounds allow; where
 * they do not, carries are made in the same pass.
 */

import { type Code, I64, type Local32, type Local64, type Operand32, type Operand64 } from '../wasm/code.ts';
import type { Bound, PrimeField } from './field.ts';
import type { MemoryPlan } from './plan.ts';
import { limbsOf } from './radix.ts';

/** A place in memory: an address known when the code is generated, or an offset from a local. */
export interface Place {
  readonly base: Local32 | undefined;
  readonly offset: number;
}

/** An element of the prime field, and what is known about it. */
export interface Element extends Place {
  readonly bound: Bound;
}

/** `factor` times an element; the factor is small. */
export type Term<E> = readonly [factor: number, element: E];

/**
 * What formulas over any field are written with. `to` is where the result goes: by default, new scratch memory. What is
 * put anywhere else obeys the bound for elements in memory.
 */
export interface Algebra<E> {
  readonly code: Code;
  /** bytes of an element */
  readonly size: number;
  /** The element at a place, which obeys the field's bound for elements in memory. */
  at(base: Local32 | undefined, offset: number): E;
  /** A new place in scratch memory. */
  scratch(): Place;
  mul(a: E, b: E, to?: Place): E;
  sqr(a: E, to?: Place): E;
  sum(terms: readonly Term<E>[], to?: Place): E;
}

/** The address of a place. */
export function addressOf(code: Code, { base, offset }: Place): Operand32 {
  if (base === undefined) return code.i32Const(offset);
  return offset === 0 ? code.get(base) : code.i32Add(code.get(base), code.i32Const(offset));
}

/** A place further on. */
export const beyond = (place: Place, bytes: number): Place => ({
  base: place.base,
  offset: place.offset + bytes,
});

/** Formulas over a prime field. */
export class Formula implements Algebra<Element> {
  readonly code: Code;
  readonly field: PrimeField;
  readonly size: number;
  readonly #plan: MemoryPlan;
  #locals: { value: Local64; before: Local64; quotient: Local64 } | undefined;

  constructor(code: Code, field: PrimeField, plan: MemoryPlan) {
    this.code = code;
    this.field = field;
    this.size = field.size;
    this.#plan = plan;
  }

  at(base: Local32 | undefined, offset: number): Element {
    return { base, offset, bound: this.field.stored };
  }

  /** A constant of the field. */
  constant(value: bigint): Element {
    return this.at(undefined, this.field.constant(value));
  }

  scratch(): Place {
    return { base: undefined, offset: this.#plan.reserve(this.size) };
  }

  mul(a: Element, b: Element, to?: Place): Element {
    const { code, field } = this;
    const bound = this.#productBound(a, b, to);
    const place = to ?? this.scratch();
    code.call(field.mul, addressOf(code, place), addressOf(code, a), addressOf(code, b));
    return { ...place, bound };
  }

  sqr(a: Element, to?: Place): Element {
    const { code, field } = this;
    const bound = this.#productBound(a, a, to);
    const place = to ?? this.scratch();
    code.call(field.sqr, addressOf(code, place), addressOf(code, a));
    return { ...place, bound };
  }

  #productBound(a: Element, b: Element, to: Place | undefined): Bound {
    const { reduction, stored, limit } = this.field;
    const value = reduction.greatestValue(a.bound.value * b.bound.value);
    if (value > (to === undefined ? limit : stored).value)
      throw new RangeError('formula: a product is too large');
    return { least: reduction.leastLimb, greatest: reduction.greatestLimb, value };
  }

  sum(terms: readonly Term<Element>[], to?: Place): Element {
    const { radix, stored, limit } = this.field;
    const sum = boundOfSum(terms);
    const allowed = to === undefined ? limit : stored;
    const place = to ?? this.scratch();
    if (sum.value > allowed.value) return this.#reduced(terms, sum, place);
    if (sum.least < allowed.least || sum.greatest > allowed.greatest) {
      this.#emitCarried(terms, place, undefined);
      return { ...place, bound: carried(sum, sum.value, radix.bits) };
    }
    this.#emitSum(terms, place);
    return { ...place, bound: sum };
  }

  /** An element between less than 0 and more than the modulus, by little. */
  reduce(a: Element, to: Place = this.scratch()): Element {
    return this.#reduced([[1, a]], a.bound, to);
  }

  /** A sum that is reduced in any case. */
  reduceSum(terms: readonly Term<Element>[], to: Place): Element {
    return this.#reduced(terms, boundOfSum(terms), to);
  }

  /** A sum whose limbs are carried in any case, and whose value is not looked at. */
  carrySum(terms: readonly Term<Element>[], to: Place): Element {
    const sum = boundOfSum(terms);
    this.#emitCarried(terms, to, undefined);
    return { ...to, bound: carried(sum, sum.value, this.field.radix.bits) };
  }

  #reduced(terms: readonly Term<Element>[], sum: Bound, to: Place): Element {
    if (sum.value > 2 ** 20) throw new RangeError('formula: the sum is too large');
    this.#emitCarried(terms, to, this.#emitQuotient(terms));
    const { bits } = this.field.radix;
    const limb = (sum.value + 2) * 2 ** bits;
    const bound = { least: sum.least - limb, greatest: sum.greatest + limb, value: sum.value };
    return { ...to, bound: carried(bound, 1.25, bits) };
  }

  /** The sum of all terms' limbs at one index. */
  #limb(terms: readonly Term<Element>[], i: number): Operand64 {
    const { code } = this;
    const load = ({ base, offset }: Element) =>
      base === undefined
        ? code.i64Load(code.i32Const(offset + 8 * i))
        : code.i64Load(code.get(base), offset + 8 * i);
    const scaled = (factor: number, element: Element): Operand64 => {
      if (factor === 1) return load(element);
      const exponent = Math.log2(factor);
      if (Number.isInteger(exponent)) return code.i64Shl(load(element), code.i64Const(BigInt(exponent)));
      if (factor === 3) return code.i64Add(scaled(2, element), load(element));
      return code.i64Mul(load(element), code.i64Const(BigInt(factor)));
    };
    const [first, ...rest] = terms;
    let sum =
      first[0] < 0 ? code.i64Sub(code.i64Const(0n), scaled(-first[0], first[1])) : scaled(first[0], first[1]);
    for (const [factor, element] of rest) {
      sum =
        factor < 0 ? code.i64Sub(sum, scaled(-factor, element)) : code.i64Add(sum, scaled(factor, element));
    }
    return sum;
  }

  #store(to: Place, i: number, value: () => Operand64): void {
    const { code } = this;
    if (to.base === undefined) code.i64Store(code.i32Const(to.offset + 8 * i), value());
    else code.i64Store(code.get(to.base), value(), to.offset + 8 * i);
  }

  #emitSum(terms: readonly Term<Element>[], to: Place): void {
    for (let i = 0; i < this.field.radix.limbs; i++) this.#store(to, i, () => this.#limb(terms, i));
  }

  /** Each limb gives what it has too much to the next, once: no chain. `quotient` times the modulus is taken away. */
  #emitCarried(terms: readonly Term<Element>[], to: Place, quotient: Local64 | undefined): void {
    const { code } = this;
    const { modulus, radix } = this.field;
    const { bits, limbs } = radix;
    let { value, before } = this.#scratchLocals();
    const shift = () => code.i64Const(BigInt(bits));
    const p = limbsOf(modulus, radix);
    for (let i = 0; i < limbs; i++) {
      const sum = this.#limb(terms, i);
      if (quotient === undefined || p[i] === 0n) code.set(value, sum);
      else code.set(value, code.i64Sub(sum, code.i64Mul(code.get(quotient), code.i64Const(p[i]))));
      const mask = () => code.i64Const((1n << BigInt(bits)) - 1n);
      const [current, last] = [value, before];
      const own = () => (i === limbs - 1 ? code.get(current) : code.i64And(code.get(current), mask()));
      this.#store(to, i, () => (i === 0 ? own() : code.i64Add(own(), code.i64ShrS(code.get(last), shift()))));
      [value, before] = [before, value];
    }
  }

  #emitQuotient(terms: readonly Term<Element>[]): Local64 {
    const { code } = this;
    const { modulus, radix } = this.field;
    const { quotient } = this.#scratchLocals();
    const weight = BigInt(radix.bits * (radix.limbs - 1));
    // p's last limb has at least 16 bits, so the reciprocal has at most 24.
    const reciprocal = (1n << (40n + weight)) / modulus;
    const top = this.#limb(terms, radix.limbs - 1);
    code.set(quotient, code.i64ShrS(code.i64Mul(top, code.i64Const(reciprocal)), code.i64Const(40n)));
    return quotient;
  }

  #scratchLocals(): { value: Local64; before: Local64; quotient: Local64 } {
    this.#locals ??= {
      value: this.code.local(I64),
      before: this.code.local(I64),
      quotient: this.code.local(I64),
    };
    return this.#locals;
  }
}

function boundOfSum(terms: readonly Term<Element>[]): Bound {
  let [least, greatest, value] = [0, 0, 0];
  for (const [factor, { bound }] of terms) {
    least += factor * (factor < 0 ? bound.greatest : bound.least);
    greatest += factor * (factor < 0 ? bound.least : bound.greatest);
    value += Math.abs(factor) * bound.value;
  }
  return { least, greatest, value };
}

function carried(bound: Bound, value: number, bits: number): Bound {
  return {
    least: Math.floor(bound.least / 2 ** bits),
    greatest: 2 ** bits - 1 + Math.max(0, Math.floor(bound.greatest / 2 ** bits)),
    value,
  };
}
