/**
 * The interpreter: one generated WebAssembly function, a loop around a table of jumps, with the program counter, the
 * stack pointer and the gas in locals. The same code generates its variants, which watch every instruction.
 */

import type { Opcode } from '../protocol/opcodes.ts';
import {
  I32,
  I64,
  type Label,
  type Local32,
  type Local64,
  type Operand32,
  type Operand64,
  V128,
} from '../wasm/code.ts';
import { type Func, ModuleBuilder } from '../wasm/module.ts';
import { type Arithmetic, defineArithmetic } from './arithmetic/arithmetic.ts';
import {
  Emitter,
  type HostName,
  type ParamName,
  type Recipe,
  type SharedFunctions,
  type Status,
} from './emitter.ts';
import { EXPAND_SIGNATURE, writeExpand } from './expand.ts';
import {
  FRAME,
  PARAM,
  RECORD_END,
  RECORD_NEXT,
  SCRATCH_ARITHMETIC,
  STACK_LIMIT,
  STATIC_GAS,
  STATUS,
  STEPS_LEFT,
  WORD,
} from './layout.ts';
import { defineSlotCache } from './slotCache.ts';
import { REVERSED_LANES, vectorOf, type Word, WordCode } from './words.ts';

/**
 * How a variant watches: not at all; by counting instructions against `STEPS_LEFT`; also by calling out before each;
 * or also by writing pc and opcode of each into the record buffer (`RECORD_BYTES` each).
 */
export type Watch = 'none' | 'count' | 'step' | 'record';

/** Bytes of one recorded step: the position in the code and the opcode's byte above it, as one i32. */
export const RECORD_BYTES = 4;

/** An opcode with its meaning. What it costs, and whether there is such an opcode at all, the arena says. */
export interface OpcodeRecipe {
  readonly opcode: Omit<Opcode, 'name' | 'kind'> & { readonly name: string };
  readonly recipe: Recipe;
}

/** Host functions that every interpreter imports; see `host/`. */
export const HOST_NAMES: readonly HostName[] = [
  'balance',
  'selfBalance',
  'extCodeSize',
  'extCodeCopy',
  'extCodeHash',
  'blockHash',
  'sload',
  'sstore',
  'tload',
  'tstore',
  'log',
  'returnDataCopy',
  'callAccess',
  'call',
  'createAccess',
  'create',
  'selfDestruct',
];

// The stack pointer is kept this far below the first free slot, so that every word an opcode reaches is at a
// constant, unsigned offset from it: 17 words below, one above.
const BIAS = 18 * WORD;

/** The arithmetic that an interpreter's module exports. */
export const ARITHMETIC_NAMES: readonly (keyof Arithmetic)[] = [
  'mul',
  'div',
  'sdiv',
  'mod',
  'smod',
  'addmod',
  'mulmod',
  'exp',
];

/** frame → status */
export const HOST_SIGNATURE = { params: [I32], results: [I32] } as const;

/**
 * The interpreter of a set of opcodes, as a module that imports the arena and the host functions and exports
 * `run(frame) → status`.
 */
export function interpreterModule(
  recipes: readonly OpcodeRecipe[],
  watch: Watch,
  customHost: readonly string[] = [],
): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importMemory('arena', 'memory', 1);
  const grow = module.importFunction('arena', 'grow', { params: [I32], results: [I32] });
  const keccak = module.importFunction('kernel', 'keccak', { params: [I32, I32, I32], results: [] });
  const step =
    watch === 'step' ? module.importFunction('host', 'step', { params: [I32], results: [] }) : null;
  const flush =
    watch === 'record' ? module.importFunction('host', 'flush', { params: [], results: [] }) : null;
  const host = Object.fromEntries(
    [...HOST_NAMES, ...customHost].map((name) => [name, module.importFunction('host', name, HOST_SIGNATURE)]),
  );
  // Whoever watches is told by the host of what is read, too.
  const slots =
    watch === 'none' ? defineSlotCache(module, { sload: host['sload'], sstore: host['sstore'] }) : undefined;
  const functions: SharedFunctions = {
    expand: module.func(EXPAND_SIGNATURE),
    keccak,
    host: { ...host, ...slots },
  };
  writeExpand((functions.expand as ReturnType<ModuleBuilder['func']>).code, grow);
  const arithmetic = defineArithmetic(module, SCRATCH_ARITHMETIC);
  const run = module.func(HOST_SIGNATURE);
  const words = new WordCode(run.code, arithmetic);
  new InterpreterEmitter(words, functions, { watch, step, flush }).write(recipes);
  module.export('run', run);
  // Compiled code calls these too.
  module.export('expand', functions.expand);
  if (slots !== undefined) {
    module.export('sload', slots.sload);
    module.export('sstore', slots.sstore);
  }
  for (const name of ARITHMETIC_NAMES) module.export(name, arithmetic[name]);
  return module.finish();
}

/** Writes the body of `run`. */
class InterpreterEmitter extends Emitter {
  readonly #pc: Local32;
  readonly #sp: Local32;
  readonly #gas: Local64;
  readonly #size: Local32;
  readonly #stack: Local32;
  readonly #status: Local32;
  readonly #steps: Local64;
  readonly #watch: { readonly watch: Watch; readonly step: Func | null; readonly flush: Func | null };
  readonly #failures = new Map<Status, Label>();
  #next: Label = { depth: 0 };
  #exit: Label = { depth: 0 };
  #exitStored: Label = { depth: 0 };
  #entry!: OpcodeRecipe;
  #popped = 0;
  #pushed = 0;
  #isCommitted = false;
  #hasTouched = false;
  #hasLeft = false;

  constructor(
    words: WordCode,
    functions: SharedFunctions,
    watch: { readonly watch: Watch; readonly step: Func | null; readonly flush: Func | null },
  ) {
    const { code } = words;
    super(words, functions, {
      frame: code.param(0, I32),
      left: code.local(I64),
      grown: code.local(I32),
    });
    this.#watch = watch;
    this.#pc = code.local(I32);
    this.#sp = code.local(I32);
    this.#gas = code.local(I64);
    this.#size = code.local(I32);
    this.#stack = code.local(I32);
    this.#status = code.local(I32);
    this.#steps = code.local(I64);
  }

  /** The whole function. */
  write(recipes: readonly OpcodeRecipe[]): void {
    const { code, frame } = this;
    code.set(this.#pc, this.register(FRAME.pc));
    code.set(this.#sp, code.i32Sub(this.register(FRAME.sp), code.i32Const(BIAS)));
    code.set(this.#gas, code.i64Load(code.get(frame), FRAME.gas));
    code.set(this.#size, this.register(FRAME.memorySize));
    code.set(this.#stack, code.i32Add(code.get(frame), code.i32Const(FRAME.stack - BIAS)));
    if (this.#watch.watch !== 'none') code.set(this.#steps, code.i64Load(code.i32Const(STEPS_LEFT)));
    code.block((exitStored) => {
      this.#exitStored = exitStored;
      code.block((exit) => {
        this.#exit = exit;
        this.#openFailures(FAILURES, () =>
          code.loop((next) => {
            this.#next = next;
            this.#writeWatch();
            this.#openCases(recipes, 0, []);
          }),
        );
      });
      code.i32Store(code.get(frame), code.get(this.#pc), FRAME.pc);
      code.i32Store(code.get(frame), code.i32Add(code.get(this.#sp), code.i32Const(BIAS)), FRAME.sp);
      code.i64Store(code.get(frame), code.get(this.#gas), FRAME.gas);
      code.i32Store(code.get(frame), code.get(this.#size), FRAME.memorySize);
    });
    if (this.#watch.watch !== 'none') code.i64Store(code.i32Const(STEPS_LEFT), code.get(this.#steps));
    code.return(code.get(this.#status));
    code.unreachable();
  }

  // The loop and its cases: a block for each opcode, the innermost holding the table

  #openCases(recipes: readonly OpcodeRecipe[], index: number, labels: Label[]): void {
    const { code } = this;
    if (index === recipes.length) {
      const targets = Array.from(
        { length: 256 },
        (_, byte) =>
          labels[recipes.findIndex(({ opcode }) => opcode.code === byte)] ??
          this.#failure(STATUS.undefinedOpcode),
      );
      code.brTable(code.i32Load8(code.get(this.#pc)), targets, this.#failure(STATUS.undefinedOpcode));
      return;
    }
    code.block((label) => {
      labels[index] = label;
      this.#openCases(recipes, index + 1, labels);
    });
    this.#writeCase(recipes[index]);
  }

  #writeCase(entry: OpcodeRecipe): void {
    const { code } = this;
    this.#entry = entry;
    this.#popped = 0;
    this.#pushed = 0;
    this.#isCommitted = false;
    this.#hasTouched = false;
    this.#hasLeft = false;
    this.#writeStackCheck();
    code.set(this.left, code.i64Sub(code.get(this.#gas), this.#staticGas(entry.opcode.code)));
    this.failIf(code.i64LtS(code.get(this.left), code.i64Const(0n)), STATUS.outOfGas);
    entry.recipe(this);
    if (!this.#hasLeft) {
      this.commit();
      this.#finish(() => code.i32Add(code.get(this.#pc), code.i32Const(1 + entry.opcode.immediate)));
    }
    this.words.temporaries.releaseAll();
  }

  // Prices come from the arena: one engine serves all forks, and the host's compiler optimises it once.
  #staticGas(opcode: number): Operand64 {
    return this.code.i64Load(this.code.i32Const(0), STATIC_GAS + 8 * opcode);
  }

  override param(name: ParamName): Operand64 {
    return this.code.i64Load(this.code.i32Const(0), PARAM[name]);
  }

  #writeStackCheck(): void {
    const { code } = this;
    const { pops, pushes } = this.#entry.opcode;
    const height = () => code.i32Sub(code.get(this.#sp), code.get(this.#stack));
    if (pops > 0) {
      this.failIf(code.i32LtU(height(), code.i32Const(pops * WORD)), STATUS.stackUnderflow);
    }
    if (pushes > pops) {
      const most = (STACK_LIMIT - (pushes - pops)) * WORD;
      this.failIf(code.i32GtU(height(), code.i32Const(most)), STATUS.stackOverflow);
    }
  }

  /** The end of an instruction: registers take their new values, and the loop goes round. */
  #finish(pc: () => Operand32): void {
    this.#settle(pc);
    this.code.br(this.#next);
  }

  #settle(pc: () => Operand32): void {
    const { code } = this;
    const { pops, pushes } = this.#entry.opcode;
    code.set(this.#gas, code.get(this.left));
    if (this.#hasTouched) code.set(this.#size, code.get(this.grown));
    code.set(this.#pc, pc());
    if (pushes !== pops) {
      code.set(this.#sp, code.i32Add(code.get(this.#sp), code.i32Const((pushes - pops) * WORD)));
    }
  }

  // Failures: one place each, which sets the status and leaves with the registers of the instruction's start

  #openFailures(statuses: readonly Status[], inside: () => void): void {
    const { code } = this;
    if (statuses.length === 0) {
      inside();
      return;
    }
    const [status, ...rest] = statuses;
    code.block((label) => {
      this.#failures.set(status, label);
      this.#openFailures(rest, inside);
    });
    code.set(this.#status, code.i32Const(status));
    code.br(this.#exit);
  }

  #failure(status: Status): Label {
    const label = this.#failures.get(status);
    if (label === undefined) throw new Error(`interpreter: no way to fail with status ${status}`);
    return label;
  }

  override fail(status: Status): void {
    this.code.br(this.#failure(status));
  }

  override failIf(condition: Operand32, status: Status): void {
    this.code.brIf(condition, this.#failure(status));
  }

  override halt(status: Status): void {
    const { code } = this;
    this.commit();
    code.set(this.#gas, code.get(this.left));
    if (this.#hasTouched) code.set(this.#size, code.get(this.grown));
    code.set(this.#status, code.i32Const(status));
    code.br(this.#exit);
    this.#hasLeft = true;
  }

  // Watching

  #writeWatch(): void {
    const { code } = this;
    const { watch, flush } = this.#watch;
    if (watch === 'none') return;
    code.set(this.#steps, code.i64Sub(code.get(this.#steps), code.i64Const(1n)));
    code.if(code.i64LtS(code.get(this.#steps), code.i64Const(0n)), () => {
      code.set(this.#steps, code.i64Const(0n));
      this.fail(STATUS.stepsExhausted);
    });
    if (watch === 'record' && flush !== null) {
      const next = code.local(I32);
      const position = () => code.i32Sub(code.get(this.#pc), this.register(FRAME.code));
      code.set(next, code.i32Load(code.i32Const(RECORD_NEXT)));
      code.if(code.i32GeU(code.get(next), code.i32Load(code.i32Const(RECORD_END))), () => {
        code.call(flush);
        code.set(next, code.i32Load(code.i32Const(RECORD_NEXT)));
      });
      const opcode = () => code.i32Shl(code.i32Load8(code.get(this.#pc)), code.i32Const(24));
      code.i32Store(code.get(next), code.i32Or(position(), opcode()));
      code.i32Store(code.i32Const(RECORD_NEXT), code.i32Add(code.get(next), code.i32Const(RECORD_BYTES)));
    }
  }

  override commit(): void {
    if (this.#isCommitted) return;
    this.#isCommitted = true;
    const { step } = this.#watch;
    if (step === null) return;
    this.#storeReserve();
    this.#store();
    this.code.call(step, this.code.get(this.frame));
  }

  /** Registers as host functions find them: the instruction's start, and gas and memory after its charges. */
  #store(): void {
    const { code, frame } = this;
    code.i32Store(code.get(frame), code.get(this.#pc), FRAME.pc);
    code.i32Store(code.get(frame), code.i32Add(code.get(this.#sp), code.i32Const(BIAS)), FRAME.sp);
    code.i64Store(code.get(frame), code.get(this.#gas), FRAME.stepGas);
    code.i64Store(code.get(frame), code.get(this.left), FRAME.gas);
    code.i32Store(code.get(frame), code.get(this.#size), FRAME.stepMemorySize);
    code.i32Store(code.get(frame), code.get(this.#hasTouched ? this.grown : this.#size), FRAME.memorySize);
  }

  #storeReserve(): void {
    const { code, frame } = this;
    const reserve = () => code.i64Load(code.get(frame), FRAME.gasReserve);
    code.i64Store(code.get(frame), reserve(), FRAME.stepGasReserve);
  }

  override custom(name: string): void {
    this.#callHost(name);
  }

  override host(name: HostName): void {
    this.#callHost(name);
  }

  #callHost(name: string): void {
    const { code, frame } = this;
    // Not yet committed, an instruction may pause, and what it held back must be found again.
    if (!this.#isCommitted) this.#storeReserve();
    this.#store();
    this.#isCommitted = true;
    code.set(this.#status, code.call(this.functions.host[name], code.get(frame)));
    code.brIf(code.get(this.#status), this.#exitStored);
    code.set(this.left, code.i64Load(code.get(frame), FRAME.gas));
  }

  // The stack

  override pop(): Word {
    this.#popped++;
    return this.words.read(this.#sp, BIAS - this.#popped * WORD);
  }

  override push(word: Word): void {
    this.commit();
    const offset = BIAS - (this.#popped - this.#pushed) * WORD;
    this.#pushed++;
    this.#write(offset, word);
  }

  override dup(depth: number): void {
    this.commit();
    this.#write(BIAS, this.words.read(this.#sp, BIAS - (depth + 1) * WORD));
  }

  override swap(depth: number): void {
    this.commit();
    const { code, words } = this;
    const deep = BIAS - (depth + 1) * WORD;
    const kept = words.holdWord(words.read(this.#sp, BIAS - WORD));
    this.#write(BIAS - WORD, words.read(this.#sp, deep));
    kept.forEach((limb, i) => {
      code.i64Store(code.get(this.#sp), words.limb(limb), deep + 8 * i);
    });
  }

  #write(offset: number, word: Word): void {
    const { code, words } = this;
    for (const i of [0, 2]) {
      const [low, high] = [word[i], word[i + 1]];
      const vector = vectorOf(low, high);
      if (vector !== undefined) {
        code.vStore(code.get(this.#sp), code.get(vector), offset + 8 * i);
      } else if (low === 0n && high === 0n) {
        code.vStore(code.get(this.#sp), code.vConst(new Uint8Array(16)), offset + 8 * i);
      } else {
        code.i64Store(code.get(this.#sp), words.limb(low), offset + 8 * i);
        code.i64Store(code.get(this.#sp), words.limb(high), offset + 8 * (i + 1));
      }
    }
  }

  override stackInMemory(): { readonly top: Local32; readonly height: Local32 } {
    const { code } = this;
    return {
      top: this.local32(code.i32Add(code.get(this.#sp), code.i32Const(BIAS))),
      height: this.local32(
        code.i32ShrU(code.i32Sub(code.get(this.#sp), code.get(this.#stack)), code.i32Const(5)),
      ),
    };
  }

  // The code

  /** Behind the opcode are up to 32 big-endian bytes; those before them are read along and masked out. */
  override immediate(): Word {
    const { code, words } = this;
    const { immediate } = this.#entry.opcode;
    const half = (available: number, end: number) => {
      const vector = words.temporaries.take(V128);
      const lanes = REVERSED_LANES.map((lane) => (15 - lane < available ? lane : 16 + lane));
      // The reading starts before the opcode where fewer than 16 bytes are wanted: in the arena, that is harmless.
      const from = code.i32Sub(code.get(this.#pc), code.i32Const(16));
      code.set(vector, code.vShuffle(code.vLoad(from, end + 1), code.vConst(new Uint8Array(16)), lanes));
      return vector;
    };
    const low = half(Math.min(immediate, 16), immediate);
    const lowLimbs = [
      { vector: low, half: 0 },
      { vector: low, half: 1 },
    ] as const;
    if (immediate <= 16) return [...lowLimbs, 0n, 0n];
    const high = half(immediate - 16, immediate - 16);
    return [...lowLimbs, { vector: high, half: 0 }, { vector: high, half: 1 }];
  }

  override position(): Word {
    const { code } = this;
    return this.small(code.i32Sub(code.get(this.#pc), this.register(FRAME.code)));
  }

  override memorySize(): Operand32 {
    return this.code.get(this.#size);
  }

  override touch(offset: Word, size: Word | number): Local32 {
    if (!this.#hasTouched) this.code.set(this.grown, this.code.get(this.#size));
    this.#hasTouched = true;
    return super.touch(offset, size);
  }

  override jump(to: Word): void {
    this.commit();
    this.#jump(to);
    this.#hasLeft = true;
  }

  override jumpIf(to: Word, condition: Word): void {
    this.commit();
    this.code.if(this.words.isNonZero(condition), () => this.#jump(to));
  }

  #jump(to: Word): void {
    const { code, words } = this;
    const low = words.hold(to[0]);
    const inside = code.i32And(
      code.i64LtU(words.limb(low), code.i64ExtendU(this.register(FRAME.codeSize))),
      code.i64Eqz(words.union(to.slice(1))),
    );
    this.failIf(code.i32Eqz(inside), STATUS.badJump);
    const position = this.local32(code.i32Wrap(words.limb(low)));
    const bits = code.i32Load8(
      code.i32Add(this.register(FRAME.jumps), code.i32ShrU(code.get(position), code.i32Const(3))),
    );
    const bit = code.i32And(
      code.i32ShrU(bits, code.i32And(code.get(position), code.i32Const(7))),
      code.i32Const(1),
    );
    this.failIf(code.i32Eqz(bit), STATUS.badJump);
    this.#settle(() => code.i32Add(this.register(FRAME.code), code.get(position)));
    // Where the code has been compiled, go on there.
    if (this.#watch.watch === 'none') code.brIf(this.register(FRAME.targets), this.#failure(STATUS.jumped));
    code.br(this.#next);
  }
}

const FAILURES: readonly Status[] = [
  STATUS.outOfGas,
  STATUS.stackUnderflow,
  STATUS.stackOverflow,
  STATUS.undefinedOpcode,
  STATUS.badJump,
  STATUS.returnDataOutOfBounds,
  STATUS.staticViolation,
  STATUS.memoryCeiling,
  STATUS.initcodeTooLarge,
  STATUS.stepsExhausted,
  STATUS.cannotPay,
  STATUS.jumped,
];
