/** A module with a field in it, called from outside. */

import {
  defineDecode,
  defineEncode,
  defineIsBelow,
  defineIsZeroProduct,
  defineNormalize,
} from '../../src/fields/codec.ts';
import { definePrimeField, type PrimeField } from '../../src/fields/field.ts';
import { defineInverse } from '../../src/fields/inverse.ts';
import { MemoryPlan } from '../../src/fields/plan.ts';
import { integerAtLimbs, limbBytes, type Radix } from '../../src/fields/radix.ts';
import type { Reduction } from '../../src/fields/reduction.ts';
import { type Func, ModuleBuilder } from '../../src/wasm/module.ts';

/** A function of the module, called with addresses and numbers. */
export type Call = (...args: number[]) => number;

/** A field in a module of its own. */
export interface FieldBench {
  readonly field: PrimeField;
  readonly call: Readonly<Record<string, Call>>;
  readonly memory: Uint8Array;
  /** The address of free memory for a few elements. */
  readonly free: number;
  /** Puts an integer at an address, as limbs. */
  put(address: number, value: bigint): void;
  /** The integer whose limbs are at an address. */
  at(address: number): bigint;
}

/** Builds it, with whatever else `more` defines. */
export function fieldBench(
  modulus: bigint,
  reductionOf?: (modulus: bigint, radix: Radix) => Reduction,
  more: (module: ModuleBuilder, plan: MemoryPlan, field: PrimeField) => Record<string, Func> = () => ({}),
): FieldBench {
  const module = new ModuleBuilder();
  const plan = new MemoryPlan(module);
  const field = definePrimeField(module, plan, modulus, reductionOf);
  const bytes = field.radix.limbs === 9 ? 32 : 48;
  const normalize = defineNormalize(module, plan, field);
  const functions: Record<string, Func> = {
    mul: field.mul,
    sqr: field.sqr,
    normalize,
    inverse: defineInverse(module, plan, field),
    decode: defineDecode(module, plan, field.radix, bytes),
    encode: defineEncode(module, plan, field.radix, bytes),
    isBelow: defineIsBelow(module, field.radix, modulus),
    isZeroProduct: defineIsZeroProduct(module, plan, field, normalize),
    ...more(module, plan, field),
  };
  for (const [name, func] of Object.entries(functions)) module.export(name, func);
  const free = plan.reserve(0x4000);
  module.memory('memory', Math.ceil(plan.size / 0x10000));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()));
  const { buffer } = exports['memory'] as WebAssembly.Memory;
  const memory = new Uint8Array(buffer);
  const view = new DataView(buffer);
  return {
    field,
    call: exports as unknown as Record<string, Call>,
    memory,
    free,
    put: (address, value) => memory.set(limbBytes(value, field.radix), address),
    at: (address) => integerAtLimbs(view, address, field.radix),
  };
}
