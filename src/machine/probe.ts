/** Asks recipes what they do by letting them write code that nobody runs. */

import { OPCODE_AT } from '../protocol/opcodes.ts';
import { Code, I32, I64, type Local32, type Operand32, type Operand64 } from '../wasm/code.ts';
import { BINARY, TERNARY } from './arithmetic/limbs.ts';
import { Emitter, type Recipe } from './emitter.ts';
import { RECIPES } from './recipes/recipes.ts';
import { constantWord, type Word, WordCode } from './words.ts';

/** What the compiler has to know of an opcode before it writes it. */
export interface Traits {
  /** it calls a host function, and what follows is another block */
  readonly callsHost: boolean;
  /** it may leave for the interpreter */
  readonly mayFail: boolean;
  /** it looks for its operands in the arena: the interpreter's alone */
  readonly wantsStackInMemory: boolean;
  /** bytes of WebAssembly that it writes for operands that nothing is known of */
  readonly size: number;
}

const traits: (Traits | undefined)[] = new Array(256).fill(undefined);

/** The traits of an opcode, asked for when it is first met: to ask all takes 3 ms of a first run. */
export function traitsOf(opcode: number): Traits | undefined {
  const row = OPCODE_AT[opcode];
  if (row === undefined) return undefined;
  return (traits[opcode] ??= probe(RECIPES[row.name]));
}

function probe(recipe: Recipe): Traits {
  const emitter = new Probe();
  recipe(emitter);
  const { callsHost, mayFail, wantsStackInMemory } = emitter;
  return { callsHost, mayFail, wantsStackInMemory, size: emitter.code.size };
}

const func = (signature: typeof BINARY) => ({ index: 0, signature });

class Probe extends Emitter {
  callsHost = false;
  mayFail = false;
  wantsStackInMemory = false;

  constructor() {
    const code = new Code({ params: [I32], results: [I32] });
    const binary = func(BINARY);
    const ternary = func(TERNARY);
    const arithmetic = {
      mul: binary,
      div: binary,
      sdiv: binary,
      mod: binary,
      smod: binary,
      addmod: ternary,
      mulmod: ternary,
      exp: binary,
    };
    const words = new WordCode(code, arithmetic);
    const shared = { expand: binary, keccak: binary, host: { returnDataCopy: binary } };
    super(words, shared, { frame: code.param(0, I32), left: code.local(I64), grown: code.local(I32) });
  }

  // Operands that nothing is known of.
  override pop(): Word {
    return this.words.read(this.frame, 0);
  }
  override push(): void {}
  override dup(): void {}
  override swap(): void {}
  override immediate(): Word {
    return constantWord(0n);
  }
  override position(): Word {
    return constantWord(0n);
  }
  override memorySize(): Operand32 {
    return this.code.i32Const(0);
  }
  override jump(): void {
    this.mayFail = true;
  }
  override jumpIf(): void {
    this.mayFail = true;
  }
  override commit(): void {}
  override fail(): void {
    this.mayFail = true;
  }
  override failIf(condition: Operand32): void {
    this.code.drop(condition);
    this.mayFail = true;
  }
  override halt(): void {}
  override host(): void {
    this.callsHost = true;
  }
  override custom(): void {
    this.callsHost = true;
  }
  override param(): Operand64 {
    return this.code.i64Const(0n);
  }
  override stackInMemory(): { readonly top: Local32; readonly height: Local32 } {
    this.wantsStackInMemory = true;
    const zero = this.local32(this.code.i32Const(0));
    return { top: zero, height: zero };
  }
}
