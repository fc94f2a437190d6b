/** A prime field in a module: its functions over elements in memory, and what they may be given. */

import type { Func, ModuleBuilder } from '../wasm/module.ts';
import type { MemoryPlan } from './plan.ts';
import { defineProduct, defineSquare } from './product.ts';
import { elementSize, limbBytes, limbsOf, type Radix } from './radix.ts';
import { montgomery, type Reduction } from './reduction.ts';

/**
 * What is known of an element when code is generated. Code for formulas is written with these bounds at hand, so
 * that carries are made where they are needed and nowhere else, and no 64-bit sum ever overflows.
 */
export interface Bound {
  /** least and greatest limb, the last apart */
  readonly least: number;
  readonly greatest: number;
  /** greatest absolute value, in multiples of the modulus */
  readonly value: number;
}

/** A prime field of a module. */
export interface PrimeField {
  readonly modulus: bigint;
  readonly radix: Radix;
  /** bytes of an element */
  readonly size: number;
  readonly reduction: Reduction;
  /** What elements obey that one function leaves in memory for another. */
  readonly stored: Bound;
  /** What elements obey inside a formula: any two such can be multiplied. */
  readonly limit: Bound;
  /** `(out, a, b)` */
  readonly mul: Func;
  /** `(out, a)` */
  readonly sqr: Func;
  /** The address of a constant, given as an integer. */
  constant(value: bigint): number;
  /** The address of an integer as it is, without Montgomery's factor. */
  plain(value: bigint): number;
}

/** How many times the modulus elements in memory may be, and those inside a formula. */
const STORED_VALUE = 10;
const LIMIT_VALUE = 24;

/**
 * Adds a prime field to a module: 256-bit moduli in nine limbs of 29 bits, 381-bit ones in fourteen of 28.
 *
 * @param products how many products are to be added up before they are reduced, at most
 */
export function definePrimeField(
  module: ModuleBuilder,
  plan: MemoryPlan,
  modulus: bigint,
  reductionOf: (modulus: bigint, radix: Radix) => Reduction = montgomery,
  products = 1,
): PrimeField {
  const radix = modulus >> 256n === 0n ? { bits: 29, limbs: 9 } : { bits: 28, limbs: 14 };
  const reduction = reductionOf(modulus, radix);
  const limit = greatestBound(modulus, radix, reduction, products);
  let sqr: Func | undefined;
  const constants = new Map<bigint, number>();
  const plain = (value: bigint): number => {
    let address = constants.get(value);
    if (address === undefined) {
      address = plan.constant(limbBytes(value, radix));
      constants.set(value, address);
    }
    return address;
  };
  return {
    modulus,
    radix,
    size: elementSize(radix),
    reduction,
    stored: { ...limit, value: STORED_VALUE },
    limit,
    mul: defineProduct(module, radix, reduction),
    get sqr() {
      sqr ??= defineSquare(module, radix, reduction);
      return sqr;
    },
    constant: (value) => plain((modulo(value, modulus) * reduction.factor) % modulus),
    plain,
  };
}

/** The remainder that is not negative. */
export function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

/** The greatest last limb of elements that obey a bound. */
export function greatestTop(bound: Bound, modulus: bigint, { bits, limbs }: Radix): number {
  const below = Math.max(-bound.least, bound.greatest) / 2 ** bits;
  return (bound.value * Number(modulus)) / 2 ** (bits * (limbs - 1)) + below + 1;
}

/** How large limbs may be for the columns of a product to stay below 2^63. */
function greatestBound(modulus: bigint, radix: Radix, reduction: Reduction, products: number): Bound {
  for (const times of [4, 3.5, 3, 2.5, 2, 1.75, 1.5, 1.25, 1.125]) {
    const limb = times * 2 ** radix.bits;
    const bound = { least: -limb, greatest: limb, value: LIMIT_VALUE };
    const limbs = limbsOf(0n, radix).map(() => limb);
    limbs[radix.limbs - 1] = greatestTop(bound, modulus, radix);
    let column = 0;
    for (let k = 0; k < 2 * radix.limbs - 1; k++) {
      let sum = 0;
      for (let i = Math.max(0, k - radix.limbs + 1); i <= Math.min(k, radix.limbs - 1); i++) {
        sum += limbs[i] * limbs[k - i];
      }
      column = Math.max(column, sum);
    }
    if (products * column + reduction.columnSlack < 2 ** 63 * (1 - 2 ** -20)) return bound;
  }
  throw new RangeError(`field: no room for products modulo ${modulus}`);
}
