/** Powers with exponents known beforehand. */

import { type Code, I32 } from '../wasm/code.ts';
import type { Func, ModuleBuilder } from '../wasm/module.ts';
import type { PrimeField } from './field.ts';
import { addressOf, type Element, Formula, type Place } from './formula.ts';
import type { MemoryPlan } from './plan.ts';
import { loadLimbs, squareColumns, storeLimbs } from './product.ts';

/** `(out, a, times)`: squares so many times, at least once. The limbs stay in locals: a tenth faster than by calls. */
export function defineSquareTimes(module: ModuleBuilder, field: PrimeField): Func {
  const func = module.func({ params: [I32, I32, I32], results: [] });
  const { code } = func;
  const times = code.param(2, I32);
  const limbs = loadLimbs(code, 1, field.radix);
  code.loop((again) => {
    const squared = field.reduction.emit(code, squareColumns(code, limbs));
    for (const [i, limb] of limbs.entries()) code.set(limb, code.get(squared[i]));
    code.brIf(code.tee(times, code.i32Sub(code.get(times), code.i32Const(1))), again);
  });
  storeLimbs(code, limbs);
  return func;
}

/**
 * `(out, a)`: a power, by runs of ones in the exponent. For the long runs of pseudo-Mersenne primes: powers whose exponents
 * are all ones make each other, and one product serves each run.
 */
export function defineRunPower(
  module: ModuleBuilder,
  plan: MemoryPlan,
  field: PrimeField,
  squareTimes: Func,
  exponent: bigint,
): Func {
  const runs = exponent.toString(2).match(/1+|0+/g)!;
  const lengths = runs.filter((run) => run.startsWith('1')).map((run) => run.length);
  return emitPower(module, plan, field, squareTimes, runs, (f, a) => {
    const ones = new Map([[1, a]]);
    const longest = (limit: number) => Math.max(...[...ones.keys()].filter((length) => length <= limit));
    for (const length of lengths.toSorted((x, y) => x - y)) {
      // The longest known doubles, as long as it can; then the longest known is put behind it that fits.
      for (let known = longest(length); known < length; ) {
        const more = 2 * known <= length ? known : longest(length - known);
        const to = f.scratch();
        squared(f.code, squareTimes, ones.get(known)!, to, more);
        known += more;
        ones.set(known, f.mul(f.at(undefined, to.offset), ones.get(more)!, to));
      }
    }
    return (run) => ones.get(run.length)!;
  });
}

/** `(out, a)`: a power, by windows of the exponent that begin and end with a one. For any exponent. */
export function defineWindowPower(
  module: ModuleBuilder,
  plan: MemoryPlan,
  field: PrimeField,
  squareTimes: Func,
  exponent: bigint,
): Func {
  const windows = exponent.toString(2).match(/1[01]{0,3}1|1|0+/g)!;
  return emitPower(module, plan, field, squareTimes, windows, (f, a) => {
    const square = f.sqr(a);
    const odd = [a];
    while (odd.length < 16) odd.push(f.mul(odd[odd.length - 1], square));
    return (window) => odd[Number.parseInt(window, 2) >> 1];
  });
}

/** The power whose exponent is made of parts in binary, zeros or such as `prepare` makes powers for. */
function emitPower(
  module: ModuleBuilder,
  plan: MemoryPlan,
  field: PrimeField,
  squareTimes: Func,
  parts: readonly string[],
  prepare: (f: Formula, a: Element) => (part: string) => Element,
): Func {
  const func = module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const f = new Formula(code, field, plan);
  const result = f.scratch();
  const powerOf = prepare(f, f.at(code.param(1, I32), 0));
  const [first, ...rest] = parts;
  let value = powerOf(first);
  for (const part of rest) {
    squared(code, squareTimes, value, result, part.length);
    value = f.at(undefined, result.offset);
    if (part.startsWith('1')) f.mul(value, powerOf(part), result);
  }
  const out = addressOf(code, { base: code.param(0, I32), offset: 0 });
  code.memoryCopy(out, addressOf(code, value), code.i32Const(field.size));
  return func;
}

function squared(code: Code, squareTimes: Func, a: Element, to: Place, times: number): void {
  code.call(squareTimes, addressOf(code, to), addressOf(code, a), code.i32Const(times));
}
