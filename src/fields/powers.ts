/** Powers with exponents known beforehand. */

import { type Code, I32 } from '../wasm/code.ts';
import type { Func, ModuleBuilder } from '../wasm/module.ts';
import type { PrimeField } from './field.ts';
import { addressOf, type Element, Formula } from './formula.ts';
import type { MemoryPlan } from './plan.ts';

/** `(out, a, times)`: squares so many times, at least once. */
export function defineSquareTimes(module: ModuleBuilder, field: PrimeField): Func {
  const func = module.func({ params: [I32, I32, I32], results: [] });
  const { code } = func;
  const [out, a, times] = [0, 1, 2].map((index) => code.param(index, I32));
  code.call(field.sqr, code.get(out), code.get(a));
  code.block((done) => {
    code.loop((again) => {
      code.set(times, code.i32Sub(code.get(times), code.i32Const(1)));
      code.brIf(code.i32Eqz(code.get(times)), done);
      code.call(field.sqr, code.get(out), code.get(out));
      code.br(again);
    });
  });
  return func;
}

/**
 * `(out, a)`: a power, by runs of ones in the exponent. For the long runs of pseudo-Mersenne primes: the powers whose
 * exponents are all ones are made by doubling the run, and one product then serves each run.
 */
export function definePower(
  module: ModuleBuilder,
  plan: MemoryPlan,
  field: PrimeField,
  squareTimes: Func,
  exponent: bigint,
): Func {
  const func = module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const f = new Formula(code, field, plan);
  const result = f.scratch();
  const ones = new Map<number, Element>([[1, f.at(code.param(1, I32), 0)]]);
  const runs = [...exponent.toString(2).matchAll(/1+|0+/g)].map(([run]) => run);
  for (const run of runs) if (run.startsWith('1')) makeOnes(f, ones, squareTimes, run.length);
  let value: Element | undefined;
  for (const run of runs) {
    if (value === undefined) {
      value = ones.get(run.length);
      continue;
    }
    squared(code, squareTimes, value, result, run.length);
    value = f.at(undefined, result.offset);
    if (run.startsWith('1')) f.mul(value, ones.get(run.length)!, result);
  }
  const out = addressOf(code, { base: code.param(0, I32), offset: 0 });
  code.memoryCopy(out, addressOf(code, value!), code.i32Const(field.size));
  return func;
}

/** Makes sure of the power whose exponent is so many ones. */
function makeOnes(f: Formula, ones: Map<number, Element>, squareTimes: Func, length: number): Element {
  const known = ones.get(length);
  if (known !== undefined) return known;
  // The longest known run first, then what is left.
  const longest = Math.max(...[...ones.keys()].filter((run) => run < length));
  const first = longest * 2 >= length ? longest : Math.ceil(length / 2);
  const high = makeOnes(f, ones, squareTimes, first);
  const low = makeOnes(f, ones, squareTimes, length - first);
  const to = f.scratch();
  squared(f.code, squareTimes, high, to, length - first);
  const power = f.mul(f.at(undefined, to.offset), low, to);
  ones.set(length, power);
  return power;
}

function squared(
  code: Code,
  squareTimes: Func,
  a: Element,
  to: { readonly base: undefined | Element['base']; readonly offset: number },
  times: number,
): void {
  code.call(squareTimes, addressOf(code, to), addressOf(code, a), code.i32Const(times));
}
