/** What the tests of the assembler share: a module of one function, and running it. */

import { type Code, I32, I64, type ValueType } from '../../src/wasm/code.ts';
import { ModuleBuilder } from '../../src/wasm/module.ts';

type Value = number | bigint;

/** Validates and instantiates a module and returns its exports. */
export function instantiate(module: ModuleBuilder, imports: WebAssembly.Imports = {}): WebAssembly.Exports {
  const bytes = module.finish();
  if (!WebAssembly.validate(bytes)) new WebAssembly.Module(bytes); // throws what is wrong
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports;
}

/** A function with one page of memory, exported as callable. */
export function run(
  params: readonly ValueType[],
  results: readonly ValueType[],
  write: (code: Code) => void,
): (...args: Value[]) => unknown {
  const module = new ModuleBuilder();
  module.memory('memory', 1);
  const func = module.func({ params, results });
  write(func.code);
  module.export('run', func);
  return instantiate(module)['run'] as (...args: Value[]) => unknown;
}

/** Signed 32-bit and 64-bit values where instructions differ: signs, shifts by the width, zero. */
export const SAMPLES_32 = [0, 1, 2, 5, 31, 32, 33, 0x7fff_ffff, -0x8000_0000, -1, -2, 0x1234_5678];
export const SAMPLES_64 = [
  0n,
  1n,
  2n,
  31n,
  63n,
  64n,
  65n,
  0xffff_ffffn,
  1n << 32n,
  (1n << 63n) - 1n,
  -(1n << 63n),
  -1n,
  -2n,
  0x123456789abcdef0n,
];

export { I32, I64 };
