/**
 * The compiler: parts of a contract as WebAssembly modules with a function for each block. They know the happy path only:
 * for anything else they leave with the registers as they were at an instruction's start, and the interpreter goes on
 * from there.
 */

import { type Code, I32 } from '../wasm/code.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import type { Arithmetic } from './arithmetic/arithmetic.ts';
import { BINARY, TERNARY } from './arithmetic/limbs.ts';
import { BIAS, BLOCK_SIGNATURE, BlockEmitter, type CompilerPrices } from './blockEmitter.ts';
import type { Block, Source } from './blocks.ts';
import type { SharedFunctions } from './emitter.ts';
import { EXPAND_SIGNATURE } from './expand.ts';
import { FoldedWordCode } from './foldedWords.ts';
import { ARITHMETIC_NAMES, HOST_NAMES, HOST_SIGNATURE } from './interpreter.ts';
import { FRAME } from './layout.ts';

/** What a slice of compiled code has to fit in with. */
export interface SliceLinks {
  /** the number of its first block; blocks of earlier slices have lower ones */
  readonly first: number;
  /** false: blocks leave where they end, so that every one may be entered in either tier */
  readonly isChained: boolean;
}

const KECCAK_SIGNATURE = { params: [I32, I32, I32], results: [] } as const;

/**
 * Bytes of WebAssembly that a contract may become. Hostile code (24 KB of SAR, or jumps that all lead into each other)
 * would become more, and stays with the interpreter: compiling takes about 25 ns a byte.
 */
const MAX_MODULE_BYTES = 2 ** 22;

/**
 * Compiles blocks of code to a module that puts them into the table that it imports, from `first` on in their order. It
 * exports `enter(frame, block)`. Undefined where it would be too large.
 */
export function compile(
  source: Source,
  blocks: readonly Block[],
  prices: CompilerPrices,
  { first, isChained }: SliceLinks,
): Uint8Array<ArrayBuffer> | undefined {
  const module = new ModuleBuilder();
  module.importMemory('arena', 'memory', 1);
  const table = module.importTable('arena', 'blocks', first + blocks.length);
  const expand = module.importFunction('engine', 'expand', EXPAND_SIGNATURE);
  const arithmetic = Object.fromEntries(
    ARITHMETIC_NAMES.map((name) => {
      const signature = name === 'addmod' || name === 'mulmod' ? TERNARY : BINARY;
      return [name, module.importFunction('engine', name, signature)];
    }),
  ) as unknown as Arithmetic;
  const keccak = module.importFunction('kernel', 'keccak', KECCAK_SIGNATURE);
  const host = Object.fromEntries(
    HOST_NAMES.map((name) => [name, module.importFunction('host', name, HOST_SIGNATURE)]),
  );
  const functions: SharedFunctions = { expand, keccak, host };
  const enter = module.func({ params: [I32, I32], results: [I32] });
  const funcs = blocks.map(() => module.func(BLOCK_SIGNATURE));
  module.fill(table, first, funcs);
  const type = module.typeIndex(BLOCK_SIGNATURE);
  writeEnter(enter.code, type, table);
  const own = new Map(blocks.map(({ start }, i) => [start, funcs[i]]));
  const links = { own, table, type, isChained };
  let size = 0;
  for (const [i, block] of blocks.entries()) {
    const words = new FoldedWordCode(funcs[i].code, arithmetic);
    new BlockEmitter(words, functions, source, prices, links).write(block);
    size += funcs[i].code.size;
    if (size > MAX_MODULE_BYTES) return undefined;
  }
  module.export('enter', enter);
  return module.finish();
}

/** `enter(frame, block)`: takes the registers out of the frame and goes on in a block. */
function writeEnter(code: Code, type: number, table: number): void {
  const frame = code.param(0, I32);
  code.returnCallIndirect(
    type,
    table,
    code.get(frame),
    code.i32Sub(code.i32Load(code.get(frame), FRAME.sp), code.i32Const(BIAS)),
    code.i64Load(code.get(frame), FRAME.gas),
    code.i32Load(code.get(frame), FRAME.memorySize),
    code.get(code.param(1, I32)),
  );
}
