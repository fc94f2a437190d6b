/** The functions that multiply and square elements, and the columns of their products. */

import { type Code, I32, I64, type Local64, type Operand64 } from '../wasm/code.ts';
import type { Func, ModuleBuilder } from '../wasm/module.ts';
import type { Radix } from './radix.ts';
import type { Column, Reduction } from './reduction.ts';

/** `(out, a, b)`: out = a · b. The addresses may coincide. */
export function defineProduct(module: ModuleBuilder, radix: Radix, reduction: Reduction): Func {
  const func = module.func({ params: [I32, I32, I32], results: [] });
  const { code } = func;
  const a = loadLimbs(code, 1, radix);
  const b = loadLimbs(code, 2, radix);
  // Where the reduction multiplies little, Karatsuba's halves do not pay: 118 cycles for 111 modulo secp256k1's prime.
  const columns = reduction.factor === 1n ? schoolbook : productColumns;
  storeLimbs(code, reduction.emit(code, columns(code, a, b)));
  return func;
}

/** `(out, a)`: out = a². */
export function defineSquare(module: ModuleBuilder, radix: Radix, reduction: Reduction): Func {
  const func = module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const a = loadLimbs(code, 1, radix);
  storeLimbs(code, reduction.emit(code, squareColumns(code, a)));
  return func;
}

/** The columns of a square. Each product of two different limbs is made once, with one of them doubled. */
export function squareColumns(code: Code, a: readonly Local64[]): Column {
  const doubled = code.locals(I64, a.length);
  for (const [i, limb] of doubled.entries()) code.set(limb, code.i64Add(code.get(a[i]), code.get(a[i])));
  return (k) => {
    const first = Math.max(0, k - a.length + 1);
    const product = (i: number) =>
      2 * i === k
        ? code.i64Mul(code.get(a[i]), code.get(a[i]))
        : code.i64Mul(code.get(doubled[i]), code.get(a[k - i]));
    let sum = product(first);
    for (let i = first + 1; 2 * i <= k; i++) sum = code.i64Add(sum, product(i));
    return sum;
  };
}

/** The columns of a product, one multiplication for each pair of limbs. */
function schoolbook(code: Code, a: readonly Local64[], b: readonly Local64[]): Column {
  return (k) => {
    const first = Math.max(0, k - b.length + 1);
    let sum = code.i64Mul(code.get(a[first]), code.get(b[k - first]));
    for (let i = first + 1; i <= Math.min(k, a.length - 1); i++) {
      sum = code.i64Add(sum, code.i64Mul(code.get(a[i]), code.get(b[k - i])));
    }
    return sum;
  };
}

/**
 * The columns of a product, by Karatsuba's three products of halves: the processor makes one multiplication in a cycle, and
 * waits for nothing else as long.
 *
 * With B for the power of the radix between the halves, (l + h·B)·(l' + h'·B) is (1 - B)·(l·l' - h·h'·B) and
 * (l + h)·(l' + h')·B. What is in between may overflow: modulo 2^64 the columns are right all the same.
 */
export function productColumns(code: Code, a: readonly Local64[], b: readonly Local64[]): Column {
  const half = Math.ceil(a.length / 2);
  const [aSums, bSums] = [a, b].map((limbs) =>
    limbs.slice(0, half).map((low, i) => {
      if (i + half >= limbs.length) return low;
      const sum = code.local(I64);
      code.set(sum, code.i64Add(code.get(low), code.get(limbs[i + half])));
      return sum;
    }),
  );
  const low = schoolbook(code, a.slice(0, half), b.slice(0, half));
  const high = schoolbook(code, a.slice(half), b.slice(half));
  const sums = schoolbook(code, aSums, bSums);
  const lowColumns = 2 * half - 1;
  // l·l' - h·h'·B, each column made when it is first asked for
  const outerColumns = half + 2 * (a.length - half) - 1;
  const known = new Map<number, Local64>();
  const outer = (k: number): Operand64 => {
    let local = known.get(k);
    if (local === undefined) {
      local = code.local(I64);
      known.set(k, local);
      if (k < half) code.set(local, low(k));
      else if (k < lowColumns) code.set(local, code.i64Sub(low(k), high(k - half)));
      else code.set(local, code.i64Sub(code.i64Const(0n), high(k - half)));
    }
    return code.get(local);
  };
  return (k) => {
    if (k < half) return outer(k);
    const inner = k - half < lowColumns ? sums(k - half) : code.i64Const(0n);
    const sum = code.i64Sub(inner, outer(k - half));
    return k < outerColumns ? code.i64Add(sum, outer(k)) : sum;
  };
}

/** The limbs of the element that a parameter points to, or of one that follows it. */
export function loadLimbs(code: Code, param: number, { limbs }: Radix, offset = 0): Local64[] {
  const address = code.param(param, I32);
  return code.locals(I64, limbs).map((limb, i) => {
    code.set(limb, code.i64Load(code.get(address), offset + 8 * i));
    return limb;
  });
}

/** Stores limbs where the first parameter points to, or beyond. */
export function storeLimbs(code: Code, limbs: readonly Local64[], offset = 0): void {
  const out = code.param(0, I32);
  for (const [i, limb] of limbs.entries()) code.i64Store(code.get(out), code.get(limb), offset + 8 * i);
}
