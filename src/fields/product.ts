/** The functions that multiply and square elements. */

import { type Code, I32, I64, type Local64 } from '../wasm/code.ts';
import type { Func, ModuleBuilder } from '../wasm/module.ts';
import type { Radix } from './radix.ts';
import type { Reduction } from './reduction.ts';

/** `(out, a, b)`: out = a · b. The addresses may coincide. */
export function defineProduct(module: ModuleBuilder, radix: Radix, reduction: Reduction): Func {
  const func = module.func({ params: [I32, I32, I32], results: [] });
  const { code } = func;
  const a = loadLimbs(code, 1, radix);
  const b = loadLimbs(code, 2, radix);
  const result = reduction.emit(code, (k) => {
    const first = Math.max(0, k - radix.limbs + 1);
    let sum = code.i64Mul(code.get(a[first]), code.get(b[k - first]));
    for (let i = first + 1; i <= Math.min(k, radix.limbs - 1); i++) {
      sum = code.i64Add(sum, code.i64Mul(code.get(a[i]), code.get(b[k - i])));
    }
    return sum;
  });
  storeLimbs(code, result);
  return func;
}

/** `(out, a)`: out = a². Each product of two different limbs is made once, with one of them doubled. */
export function defineSquare(module: ModuleBuilder, radix: Radix, reduction: Reduction): Func {
  const func = module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const a = loadLimbs(code, 1, radix);
  const doubled = code.locals(I64, radix.limbs);
  for (const [i, limb] of doubled.entries()) code.set(limb, code.i64Add(code.get(a[i]), code.get(a[i])));
  const result = reduction.emit(code, (k) => {
    const first = Math.max(0, k - radix.limbs + 1);
    const product = (i: number) =>
      2 * i === k
        ? code.i64Mul(code.get(a[i]), code.get(a[i]))
        : code.i64Mul(code.get(doubled[i]), code.get(a[k - i]));
    let sum = product(first);
    for (let i = first + 1; 2 * i <= k; i++) sum = code.i64Add(sum, product(i));
    return sum;
  });
  storeLimbs(code, result);
  return func;
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
