/**
 * One block as a function: checks its static gas and its stack bounds once, keeps words in locals, writes to the arena
 * what changed at its end, and goes on to the next by a tail call.
 */

import { bytesToBigInt } from '../bytes.ts';
import {
  I32,
  I64,
  type Label,
  type Local32,
  type Local64,
  type Operand32,
  type Operand64,
} from '../wasm/code.ts';
import type { OwnFunc } from '../wasm/module.ts';
import { type Block, type Instruction, isDestination, MAX_REACH, type Source } from './blocks.ts';
import {
  ADDRESS_BITS,
  Emitter,
  type HostName,
  type ParamName,
  type Recipe,
  type SharedFunctions,
  type Status,
} from './emitter.ts';
import type { FoldedWordCode } from './foldedWords.ts';
import { FRAME, STACK_LIMIT, STATUS, WORD } from './layout.ts';
import { isNear, MOST_PLUS, type Place, Places, type Widen } from './places.ts';
import { traitsOf } from './probe.ts';
import { RECIPES } from './recipes/recipes.ts';
import {
  bitsOf,
  constantWord,
  isShort,
  knownValue,
  type Limb,
  narrowed,
  type SlotLimb,
  vectorOf,
  type Word,
} from './words.ts';

/** The prices that are compiled in. */
export interface CompilerPrices {
  /** static gas by opcode byte */
  readonly gas: readonly (number | undefined)[];
  readonly param: (name: ParamName) => bigint;
}

/** Below the stack pointer, so that offsets of stack slots are constant and unsigned: as deep as blocks reach. */
export const BIAS = (MAX_REACH + 2) * WORD;

/** (frame, stack pointer less `BIAS`, gas left, memory size) → status */
export const BLOCK_SIGNATURE = { params: [I32, I32, I64, I32], results: [I32] } as const;

/** What a block goes on to. */
export interface Links {
  /** the blocks of this module by their start */
  readonly own: ReadonlyMap<number, OwnFunc>;
  readonly table: number;
  readonly type: number;
  readonly isChained: boolean;
}

/** The words of a block above the lowest that it has reached, and how many of those were there before it. */
interface VirtualStack {
  readonly words: readonly Word[];
  readonly taken: number;
}

const NOTHING: VirtualStack = { words: [], taken: 0 };

/** MLOAD whose word is dropped: only memory grows. */
const dropLoad: Recipe = (e) => {
  e.touch(e.pop(), WORD);
  e.push(constantWord(0n));
};

/** Where memory is, once it was looked at: the arena is no larger. */
const MEMORY_BITS = 32;

/** Writes a block. */
export class BlockEmitter extends Emitter {
  readonly #source: Source;
  readonly #prices: CompilerPrices;
  readonly #links: Links;
  readonly #sp: Local32;
  #stack: Word[] = [];
  #taken = 0;
  #instruction!: Instruction;
  /** static gas of the instructions after this one, which the block has paid already */
  #prepaid = 0;
  #before: VirtualStack = NOTHING;
  #savedGas = this.code.local(I64);
  #savedSize = this.code.local(I32);
  #firstGas = this.code.local(I64);
  #firstSize = this.code.local(I32);
  #restart: Label = { depth: 0 };
  #failure: Label = { depth: 0 };
  #fails = (): void => {};
  /** whether memory may differ from what it was when the block began */
  #hasWritten = false;
  #hasLeft = false;
  #hasCalled = false;
  readonly #places = new Places();
  /** see `Block` */
  #strides: ReadonlySet<number> = new Set();
  /** where the frame's memory begins, once it was asked for */
  #memory: Local32 | undefined;

  constructor(
    words: FoldedWordCode,
    functions: SharedFunctions,
    source: Source,
    prices: CompilerPrices,
    links: Links,
  ) {
    const { code } = words;
    super(words, functions, {
      frame: code.param(0, I32),
      left: code.param(2, I64),
      grown: code.param(3, I32),
    });
    this.#sp = code.param(1, I32);
    this.#source = source;
    this.#prices = prices;
    this.#links = links;
  }

  write(block: Block): void {
    const { code } = this;
    code.set(this.#firstGas, code.get(this.left));
    code.set(this.#firstSize, code.get(this.grown));
    code.block((restart) => {
      this.#restart = restart;
      this.#writeChecks(block);
      this.#prepaid = block.gas;
      this.#strides = block.strides;
      const { instructions } = block;
      for (const [i, instruction] of instructions.entries()) {
        const isDropped = instruction.opcode.name === 'MLOAD' && instructions[i + 1]?.opcode.name === 'POP';
        this.#writeInstruction(instruction, isDropped ? dropLoad : RECIPES[instruction.opcode.name]);
        if (this.#hasLeft) break;
      }
      if (!this.#hasLeft) this.#continueAt(block.end);
    });
    code.set(this.left, code.get(this.#firstGas));
    code.set(this.grown, code.get(this.#firstSize));
    this.#leave(block.start, NOTHING, STATUS.interpret);
    code.unreachable();
  }

  /** Static gas and stack bounds of the whole block. */
  #writeChecks({ gas, needs, raises }: Block): void {
    const { code } = this;
    const height = () => code.i32Sub(code.get(this.#sp), code.get(this.frame));
    const base = FRAME.stack - BIAS;
    code.brIf(code.i64LtS(code.get(this.left), code.i64Const(BigInt(gas))), this.#restart);
    if (needs > 0) code.brIf(code.i32LtS(height(), code.i32Const(base + needs * WORD)), this.#restart);
    if (raises > 0) {
      const most = base + (STACK_LIMIT - raises) * WORD;
      code.brIf(code.i32GtS(height(), code.i32Const(most)), this.#restart);
    }
    code.set(this.left, code.i64Sub(code.get(this.left), code.i64Const(BigInt(gas))));
  }

  #writeInstruction(instruction: Instruction, recipe: Recipe): void {
    const { code } = this;
    const { opcode, gas, pc } = instruction;
    this.#instruction = instruction;
    this.#prepaid -= gas;
    const { mayFail, callsHost } = traitsOf(opcode.code)!;
    // Until the block has changed memory, whatever fails may as well begin again where the block began.
    this.#failure = this.#restart;
    const needsExit = mayFail && this.#hasWritten;
    if (needsExit || callsHost) {
      this.#before = { words: [...this.#stack], taken: this.#taken };
      code.set(this.#savedGas, code.get(this.left));
      code.set(this.#savedSize, code.get(this.grown));
    }
    if (opcode.name === 'ADD') this.#addUp(recipe, this.#strides.has(pc));
    else if (needsExit) this.#writeWithExit(recipe);
    else recipe(this);
    // What touches memory and pushes nothing has written to it.
    if (opcode.kind === 'memory' && opcode.pushes === 0) this.#hasWritten = true;
    this.words.temporaries.releaseAllBut(this.#stack);
  }

  /** ADD, whose sum may be where memory is touched. */
  #addUp(recipe: Recipe, isStep: boolean): void {
    this.#deepen(1);
    const [b, a] = this.#stack.slice(-2);
    recipe(this);
    this.#places.addUp(this.#stack[this.#stack.length - 1], a, b, isStep);
  }

  /** An instruction with a way out of its own, for the interpreter to begin at. */
  #writeWithExit(recipe: Recipe): void {
    const { code } = this;
    const { pc, gas } = this.#instruction;
    let isUsed = false;
    code.block((done) => {
      code.block((failure) => {
        this.#failure = failure;
        this.#fails = () => {
          isUsed = true;
          this.#places.close();
        };
        recipe(this);
        if (!this.#hasLeft) code.br(done);
      });
      if (!isUsed) return;
      const gasBefore = () =>
        code.i64Add(code.get(this.#savedGas), code.i64Const(BigInt(this.#prepaid + gas)));
      code.set(this.left, gasBefore());
      code.set(this.grown, code.get(this.#savedSize));
      this.#leave(pc, this.#before, STATUS.interpret);
    });
    this.#fails = () => {};
  }

  // Leaving: the stack and the registers go back to the arena

  /** Leaves the block and the contract's code. */
  #leave(pc: number, stack: VirtualStack, status: Status): void {
    const { code } = this;
    this.#flush(stack);
    this.#storeRegisters(pc, stack);
    code.return(code.i32Const(status));
  }

  #storeRegisters(pc: number, { words, taken }: VirtualStack): void {
    const { code, frame } = this;
    const at = () => code.i32Add(this.register(FRAME.code), code.i32Const(pc));
    const top = BIAS + (words.length - taken) * WORD;
    code.i32Store(code.get(frame), at(), FRAME.pc);
    code.i32Store(code.get(frame), code.i32Add(code.get(this.#sp), code.i32Const(top)), FRAME.sp);
    code.i64Store(code.get(frame), code.get(this.left), FRAME.gas);
    code.i32Store(code.get(frame), code.get(this.grown), FRAME.memorySize);
  }

  /**
   * Goes on at a position. Where a block begins there, that is a call; blocks of other modules are looked for when it
   * comes to it, since they may be compiled later.
   */
  #continueAt(pc: number): void {
    const { code } = this;
    const { own, table, type, isChained } = this.#links;
    const stack = { words: this.#stack, taken: this.#taken };
    this.#flush(stack);
    const target = own.get(pc);
    if (target !== undefined && isChained) {
      code.returnCall(target, ...this.#passed(stack));
      return;
    }
    // Behind a push that the code's end cuts short there is no position, and no target to be looked for.
    if (isChained && pc < this.#source.code.length) {
      const block = this.local32(code.i32Load16(this.register(FRAME.targets), 2 * pc));
      code.if(code.get(block), () => {
        code.returnCallIndirect(type, table, ...this.#passed(stack), code.get(block));
      });
    }
    // What the block paid for beyond this point was not carried out.
    if (this.#prepaid > 0) {
      code.set(this.left, code.i64Add(code.get(this.left), code.i64Const(BigInt(this.#prepaid))));
    }
    this.#storeRegisters(pc, stack);
    code.return(code.i32Const(STATUS.jumped));
  }

  #passed({ words, taken }: VirtualStack): [Operand32, Operand32, Operand64, Operand32] {
    const { code } = this;
    const moved = (words.length - taken) * WORD;
    const sp = () =>
      moved === 0 ? code.get(this.#sp) : code.i32Add(code.get(this.#sp), code.i32Const(moved));
    // What the block paid for beyond this point was not carried out.
    const gas = () =>
      this.#prepaid === 0
        ? code.get(this.left)
        : code.i64Add(code.get(this.left), code.i64Const(BigInt(this.#prepaid)));
    return [code.get(this.frame), sp(), gas(), code.get(this.grown)];
  }

  /** Writes the words that are not where they belong. */
  #flush({ words, taken }: VirtualStack): void {
    const { code } = this;
    const base = BIAS - taken * WORD;
    // A word read from another slot must be read before that slot is written.
    const moved = words.map((word, i) =>
      this.#isHome(word, base + i * WORD) ? undefined : this.#withoutSlots(word),
    );
    for (const [at, word] of moved.entries()) {
      if (word === undefined) continue;
      const offset = base + at * WORD;
      for (const i of [0, 2]) {
        const [low, high] = [word[i], word[i + 1]];
        const vector = vectorOf(low, high);
        if (typeof low === 'bigint' && typeof high === 'bigint') {
          const bytes = new Uint8Array(new BigUint64Array([low, high]).buffer);
          code.vStore(code.get(this.#sp), code.vConst(bytes), offset + 8 * i);
        } else if (vector !== undefined) {
          code.vStore(code.get(this.#sp), code.get(vector), offset + 8 * i);
        } else {
          code.i64Store(code.get(this.#sp), this.words.limb(low), offset + 8 * i);
          code.i64Store(code.get(this.#sp), this.words.limb(high), offset + 8 * (i + 1));
        }
      }
    }
  }

  /** A word that no write to the stack changes. */
  #withoutSlots(word: Word): Word {
    if (!word.some((limb) => this.#isSlot(limb))) return word;
    return word.map((limb) => (this.#isSlot(limb) ? this.words.hold(limb) : limb)) as unknown as Word;
  }

  #isSlot(limb: Limb): limb is SlotLimb {
    return typeof limb === 'object' && 'pointer' in limb && limb.pointer === this.#sp;
  }

  #isHome(word: Word, offset: number): boolean {
    const whole = this.#places.wholeOf(word);
    return whole.every((limb, i) => this.#isSlot(limb) && limb.offset === offset + 8 * i);
  }

  override fail(): void {
    this.#fails();
    this.code.br(this.#failure);
  }

  override failIf(condition: Operand32, status: Status): void {
    const { code } = this;
    if (this.#hasCalled) {
      // The frame's registers and stack are those of this instruction by now: no block can begin again.
      code.if(condition, () => code.return(code.i32Const(status)));
      return;
    }
    this.#fails();
    code.brIf(condition, this.#failure);
  }

  override halt(status: Status): void {
    // Nobody looks at the stack of a frame that has ended.
    this.#leave(this.#instruction.pc, NOTHING, status);
    this.#hasLeft = true;
  }

  override commit(): void {}

  /**
   * A host function finds the frame as at the instruction's start, with its static gas paid. It leaves results where
   * the operands were, and its instruction is the block's last.
   */
  override host(name: HostName): void {
    const { code, frame } = this;
    const { gas, pc, opcode } = this.#instruction;
    if (!this.#hasCalled) {
      this.#hasCalled = true;
      this.#flush(this.#before);
      const reserve = () => code.i64Load(code.get(frame), FRAME.gasReserve);
      code.i64Store(code.get(frame), reserve(), FRAME.stepGasReserve);
      const gasBefore = () => code.i64Add(code.get(this.#savedGas), code.i64Const(BigInt(gas)));
      code.i64Store(code.get(frame), gasBefore(), FRAME.stepGas);
      code.i32Store(code.get(frame), code.get(this.#savedSize), FRAME.stepMemorySize);
    }
    this.#storeRegisters(pc, this.#before);
    const status = this.local32(code.call(this.functions.host[name], code.get(frame)));
    code.if(code.get(status), () => code.return(code.get(status)));
    code.set(this.left, code.i64Load(code.get(frame), FRAME.gas));
    const { words, taken } = this.#before;
    this.#stack = [];
    this.#taken = -(words.length - taken - opcode.pops + opcode.pushes);
  }

  override custom(name: string): void {
    throw new Error(`compiler: opcode ${name} is the interpreter's`);
  }

  // Memory: what was looked at once on the path needs no second look

  override touch(offset: Word, size: Word | number): Local32 {
    const { code, words } = this;
    const bytes = typeof size === 'number' ? size : Number(knownValue(size) ?? 0n);
    const place = this.#places.of(offset);
    if (bytes === 0 || place === undefined || place.plus + bytes >= MOST_PLUS)
      return super.touch(offset, size);
    const low = words.hold(offset[0]);
    // Other instructions touch more than that, or charge for more: they may fail when a look had this in it already.
    const mayWiden = typeof size === 'number';
    if (!this.#places.isReached(place, bytes, mayWiden)) this.#look(offset, place, bytes, mayWiden);
    if (typeof low !== 'bigint') this.#shorten(offset, low, MEMORY_BITS);
    if (this.#memory === undefined) {
      this.#memory = code.local(I32);
      code.set(this.#memory, this.register(FRAME.memory));
    }
    return this.local32(code.i32Add(code.get(this.#memory), code.i32Wrap(words.limb(low))));
  }

  /**
   * Looks whether memory reaches so far, and grows it. Later instructions of the path that touch more make the look reach
   * further, as long as nothing between shows how much memory or gas there is: what memory costs goes by its size alone.
   */
  #look(offset: Word, place: Place, bytes: number, mayWiden: boolean): void {
    const { code, words } = this;
    const low = words.hold(offset[0]);
    const end = words.temporaries.take(I64);
    const step = place.step === undefined ? undefined : this.#shortStep(place.step);
    const from = place.step !== undefined && step === undefined ? this.#places.alone(offset) : place;
    let widen: Widen = () => {};
    if (step !== undefined) {
      const times = code.i64ConstLater((write) => {
        widen = (to) => write(to - from.times);
      });
      const last = code.i64Add(code.i64Mul(times, code.get(step)), words.limb(low));
      code.set(end, code.i64Add(last, code.i64Const(BigInt(bytes))));
    } else {
      this.failIfFar([low, ...offset.slice(1)]);
      const isConstant = typeof low === 'bigint';
      const start = isConstant ? 0 : from.plus;
      const reach = code.i64ConstLater((write) => {
        widen = (to) => write(to - start);
      });
      widen(from.plus + bytes);
      code.set(end, isConstant ? reach : code.i64Add(reach, code.get(low)));
    }
    this.growTo(end);
    this.#places.reach(from, bytes, mayWiden ? widen : undefined);
  }

  /** A word that memory is touched at multiples of. It is hardly ever far: where it is, the interpreter goes on. */
  #shortStep(whole: Word): Local64 | undefined {
    const { words } = this;
    const step = this.#stack.find((word) => this.#places.wholeOf(word) === whole);
    if (step === undefined) return undefined;
    const low = words.hold(step[0]);
    if (typeof low === 'bigint') return undefined;
    if (!isNear(step)) {
      this.failIfFar([low, ...step.slice(1)]);
      this.#shorten(step, low, ADDRESS_BITS);
    }
    return low;
  }

  /** A word turned out to be below 2^bits: that goes for its copies on the stack too. */
  #shorten(word: Word, low: Local64, bits: number): void {
    if (isShort(word) && bitsOf(low) <= bits) return;
    const short: Word = [narrowed(low, Math.min(bitsOf(low), bits)), 0n, 0n, 0n];
    this.#places.shorten(word, short);
    this.#stack = this.#stack.map((other) => (other === word ? short : other));
  }

  // The stack

  override pop(): Word {
    return this.#stack.pop() ?? this.#reach();
  }

  #reach(): Word {
    this.#taken++;
    return this.words.read(this.#sp, BIAS - this.#taken * WORD);
  }

  override push(word: Word): void {
    this.#stack.push(word);
  }

  override dup(depth: number): void {
    this.#deepen(depth);
    this.#stack.push(this.#stack[this.#stack.length - 1 - depth]);
  }

  override swap(depth: number): void {
    this.#deepen(depth);
    const top = this.#stack.length - 1;
    const word = this.#stack[top];
    this.#stack[top] = this.#stack[top - depth];
    this.#stack[top - depth] = word;
  }

  #deepen(depth: number): void {
    while (this.#stack.length <= depth) this.#stack.unshift(this.#reach());
  }

  override stackInMemory(): never {
    throw new Error("compiler: an opcode whose depth is in its immediate is the interpreter's");
  }

  // The code

  override immediate(): Word {
    const { pc, opcode } = this.#instruction;
    const bytes = new Uint8Array(opcode.immediate);
    bytes.set(this.#source.code.subarray(pc + 1, pc + 1 + opcode.immediate));
    return constantWord(bytesToBigInt(bytes));
  }

  override position(): Word {
    return constantWord(BigInt(this.#instruction.pc));
  }

  override memorySize(): Operand32 {
    this.#places.close();
    return this.code.get(this.grown);
  }

  override param(name: ParamName): Operand64 {
    return this.code.i64Const(this.#prices.param(name));
  }

  override totalGas(): Operand64 {
    this.#places.close();
    return this.code.i64Add(super.totalGas(), this.code.i64Const(BigInt(this.#prepaid)));
  }

  // Jumps

  override jump(to: Word): void {
    if (this.#instruction.isFollowed) return;
    this.#jump(to);
    this.#hasLeft = true;
  }

  override jumpIf(to: Word, condition: Word): void {
    const known = knownValue(condition);
    this.#places.close();
    if (known === undefined) {
      this.code.if(this.words.isNonZero(condition), () => this.#jump(to));
    } else if (known !== 0n) {
      this.#jump(to);
      this.#hasLeft = true;
    }
  }

  #jump(to: Word): void {
    const { code, words } = this;
    const { table, type, isChained } = this.#links;
    const stack = { words: this.#stack, taken: this.#taken };
    const known = knownValue(to);
    if (known !== undefined) {
      if (isDestination(this.#source, Number(known))) this.#continueAt(Number(known));
      else this.fail();
      return;
    }
    const low = words.hold(to[0]);
    const isBeyond = code.i32Or(
      code.i64GeU(words.limb(low), code.i64Const(BigInt(this.#source.code.length))),
      code.i64Ne(words.union(to.slice(1)), code.i64Const(0n)),
    );
    this.failIf(isBeyond, STATUS.badJump);
    const position = this.local32(code.i32Wrap(words.limb(low)));
    // Only a JUMPDEST may be jumped to; other blocks begin behind branches.
    const bits = code.i32Load8(
      code.i32Add(this.register(FRAME.jumps), code.i32ShrU(code.get(position), code.i32Const(3))),
    );
    const bit = code.i32ShrU(bits, code.i32And(code.get(position), code.i32Const(7)));
    this.failIf(code.i32Eqz(code.i32And(bit, code.i32Const(1))), STATUS.badJump);
    if (!isChained) {
      this.fail();
      return;
    }
    const target = this.local32(
      code.i32Load16(
        code.i32Add(this.register(FRAME.targets), code.i32Shl(code.get(position), code.i32Const(1))),
      ),
    );
    this.failIf(code.i32Eqz(code.get(target)), STATUS.interpret);
    this.#flush(stack);
    code.returnCallIndirect(type, table, ...this.#passed(stack), code.get(target));
  }
}
