/** What both modules of bn254 begin with: the field, and how points of G1 are read. */

import { I32 } from '../wasm/code.ts';
import { type Func, ModuleBuilder } from '../wasm/module.ts';
import { defineDecode, defineIsBelow, defineIsZero, defineIsZeroProduct, defineNormalize } from './codec.ts';
import { definePrimeField, type PrimeField } from './field.ts';
import { addressOf, Formula } from './formula.ts';
import { defineInverseOfProduct } from './inverse.ts';
import { MemoryPlan } from './plan.ts';

const FIELD = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;
const G1_B = 3n;

/** Bytes of the buffer that a module reads its input from: a pair of points of G1 and G2. */
export const BUFFER_LENGTH = 192;

/** What reading a point comes to. */
export const STATUS = { invalid: 0, finite: 1, infinite: 2 } as const;

/** A module, and the address of its buffer. */
export interface Bn254Module {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly buffer: number;
}

/** What the functions of a module share. */
export interface Bn254Parts {
  readonly module: ModuleBuilder;
  readonly plan: MemoryPlan;
  readonly field: PrimeField;
  readonly buffer: number;
  readonly decode: Func;
  readonly isInField: Func;
  readonly isZero: Func;
  readonly isZeroProduct: Func;
  readonly normalize: Func;
  /** `(out, a)` */
  readonly inverse: Func;
  /** `(x, source)`: reads x and y of a point of G1, y behind x, into Montgomery's form; returns its status. */
  readonly readG1: Func;
}

/** A new module with them. */
export function defineBn254Parts(): Bn254Parts {
  const module = new ModuleBuilder();
  const plan = new MemoryPlan(module);
  const field = definePrimeField(module, plan, FIELD, undefined, 2);
  const normalize = defineNormalize(module, plan, field);
  const parts = {
    module,
    plan,
    field,
    buffer: plan.reserve(BUFFER_LENGTH),
    decode: defineDecode(module, plan, field.radix, 32),
    isInField: defineIsBelow(module, field.radix, FIELD),
    isZero: defineIsZero(module, field.radix),
    isZeroProduct: defineIsZeroProduct(module, plan, field, normalize),
    normalize,
    inverse: defineInverseOfProduct(module, plan, field, normalize),
  };
  return { ...parts, readG1: defineReadG1(parts) };
}

/** The module in binary form. */
export function finishBn254({ module, plan, buffer }: Bn254Parts): Bn254Module {
  module.memory('memory', Math.ceil(plan.size / 0x10000));
  return { bytes: module.finish(), buffer };
}

function defineReadG1(parts: Omit<Bn254Parts, 'readG1'>): Func {
  const { module, plan, field } = parts;
  const func = module.func({ params: [I32, I32], results: [I32] });
  const { code } = func;
  const [out, source] = [0, 1].map((index) => code.param(index, I32));
  const f = new Formula(code, field, plan);
  const [x, y] = [0, field.size].map((offset) => f.at(out, offset));
  const isEmpty = code.local(I32);
  code.set(isEmpty, code.i32Const(1));
  for (const [i, coordinate] of [x, y].entries()) {
    const at = () => addressOf(code, coordinate);
    code.call(parts.decode, at(), addressOf(code, { base: source, offset: 32 * i }));
    code.if(code.i32Eqz(code.call(parts.isInField, at())), () => code.return(code.i32Const(STATUS.invalid)));
    code.set(isEmpty, code.i32And(code.call(parts.isZero, at()), code.get(isEmpty)));
  }
  code.if(code.get(isEmpty), () => code.return(code.i32Const(STATUS.infinite)));
  for (const coordinate of [x, y]) f.mul(coordinate, f.constant(field.reduction.factor), coordinate);
  const difference = f.sum([
    [1, f.sqr(y)],
    [-1, f.mul(f.sqr(x), x)],
    [-1, f.constant(G1_B)],
  ]);
  code.call(parts.isZeroProduct, addressOf(code, f.sqr(difference)));
  return func;
}
