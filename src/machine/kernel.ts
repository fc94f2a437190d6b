/** Routines over the arena that belong to no rule set: hashing and the analysis of code. */

import { fromBase64 } from '../bytes.ts';
import { defineKeccak } from '../keccak/define.ts';
import { type Code, I32 } from '../wasm/code.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import { defineRememberedKeccak } from './digestCache.ts';
import { SCRATCH_KECCAK } from './layout.ts';
import { PREPARED } from './prepared.ts';

/** The kernel of one arena. */
export interface Kernel {
  /** Hashes `length` bytes and writes the 32-byte digest to `out`. */
  readonly keccak: (source: number, length: number, out: number) => void;
  /** Writes the jump-destination map of code: a bit for each byte, set where a JUMPDEST may be jumped to. */
  readonly analyse: (code: number, size: number, map: number) => void;
}

let compiled: WebAssembly.Module | undefined;

/** The kernel over a memory. */
export function kernelFor(memory: WebAssembly.Memory): Kernel {
  const { kernel } = PREPARED;
  compiled ??= new WebAssembly.Module(kernel === undefined ? kernelModule() : fromBase64(kernel));
  return new WebAssembly.Instance(compiled, { arena: { memory } }).exports as unknown as Kernel;
}

/** The kernel as a module. */
export function kernelModule(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importMemory('arena', 'memory', 1);
  module.export('keccak', defineRememberedKeccak(module, defineKeccak(module, SCRATCH_KECCAK)));
  const analyse = module.func({ params: [I32, I32, I32], results: [] });
  writeAnalyse(analyse.code);
  module.export('analyse', analyse);
  return module.finish();
}

const JUMPDEST = 0x5b;
const PUSH1 = 0x60;

function writeAnalyse(code: Code): void {
  const start = code.param(0, I32);
  const size = code.param(1, I32);
  const map = code.param(2, I32);
  const position = code.local(I32);
  const op = code.local(I32);
  code.memoryFill(
    code.get(map),
    code.i32Const(0),
    code.i32Add(code.i32ShrU(code.get(size), code.i32Const(3)), code.i32Const(1)),
  );
  code.loop((next) => {
    code.if(code.i32LtU(code.get(position), code.get(size)), () => {
      code.set(op, code.i32Load8(code.i32Add(code.get(start), code.get(position))));
      const pushSize = () => code.i32Sub(code.get(op), code.i32Const(PUSH1 - 1));
      code.if(
        code.i32LtU(code.i32Sub(code.get(op), code.i32Const(PUSH1)), code.i32Const(32)),
        () => code.set(position, code.i32Add(code.get(position), pushSize())),
        () =>
          code.if(code.i32Eq(code.get(op), code.i32Const(JUMPDEST)), () => {
            const byte = code.local(I32);
            code.set(byte, code.i32Add(code.get(map), code.i32ShrU(code.get(position), code.i32Const(3))));
            const bit = () =>
              code.i32Shl(code.i32Const(1), code.i32And(code.get(position), code.i32Const(7)));
            code.i32Store8(code.get(byte), code.i32Or(code.i32Load8(code.get(byte)), bit()));
          }),
      );
      code.set(position, code.i32Add(code.get(position), code.i32Const(1)));
      code.br(next);
    });
  });
}
