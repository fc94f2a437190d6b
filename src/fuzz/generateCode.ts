/**
 * Programs: statements that mostly leave the stack as they found it, so that a program gets far, between some that do
 * not. Every opcode that the fork prices comes up, since they are drawn from the table of opcodes.
 */

import { type Address, bytesToBigInt } from '../bytes.ts';
import type { Fork } from '../protocol/forks.ts';
import { OPCODE_NAMED, OPCODES, type Opcode, type OpName } from '../protocol/opcodes.ts';
import { type Instruction, instruction, type Label, lower, mark, push, pushLabel } from './instructions.ts';
import { addressWord, gasWord, operandsOf } from './operands.ts';
import { precompileInput } from './precompileInputs.ts';
import type { Random } from './random.ts';

/** Where programs will run. */
export interface Surroundings {
  readonly fork: Fork;
  /** accounts worth naming: contracts, precompiles, nobody */
  readonly addresses: readonly Address[];
  /** the block's number */
  readonly block: bigint;
}

/** Statements in a program that is inside another (the code that a creation deploys) are fewer. */
const MOST_DEPTH = 3;

/** A random program. */
export function generateCode(random: Random, surroundings: Surroundings): Uint8Array {
  return lower(new CodeGenerator(random, surroundings, 0).program());
}

class CodeGenerator {
  private readonly random: Random;
  private readonly around: Surroundings;
  private readonly depth: number;
  /** opcodes of the fork that go on to the next instruction and open no frame */
  private readonly plain: readonly Opcode[];

  constructor(random: Random, around: Surroundings, depth: number) {
    this.random = random;
    this.around = around;
    this.depth = depth;
    this.plain = OPCODES.filter(
      ({ code, kind, name }) =>
        around.fork.gas[code] !== undefined &&
        kind !== 'halt' &&
        kind !== 'frame' &&
        (kind !== 'jump' || name === 'JUMPDEST'),
    );
  }

  program(): Instruction[] {
    const { random, depth } = this;
    if (depth === 0 && random.oneIn(25)) return this.noise();
    const code = this.statements(random.between(1, [14, 5, 3][depth] ?? 2));
    if (!random.oneIn(4)) code.push(...this.end());
    return code;
  }

  private statements(count: number): Instruction[] {
    return this.random.times(count, () => this.statement()).flat();
  }

  private statement(): Instruction[] {
    const { random } = this;
    const isDeep = this.depth >= MOST_DEPTH;
    return random.weighted<() => Instruction[]>([
      [40, () => this.opcode(random.pick(this.plain))],
      [8, () => this.opcode(this.ofKind('state'))],
      [6, () => this.computation()],
      [3, () => this.movedLimbs()],
      [10, () => this.storage()],
      [12, () => this.call()],
      [6, () => this.precompile()],
      [isDeep ? 0 : 5, () => this.creation()],
      [isDeep ? 0 : 5, () => this.loop()],
      [3, () => this.skip()],
      [3, () => this.indirectJump()],
      [2, () => this.subroutine()],
      [2, () => this.returnData()],
      [1, () => this.stackEdge()],
      [1, () => this.end()],
      [1, () => this.noise()],
    ])();
  }

  private op(name: OpName): Instruction {
    return instruction(OPCODE_NAMED[name].code);
  }

  private has(name: OpName): boolean {
    return this.around.fork.gas[OPCODE_NAMED[name].code] !== undefined;
  }

  private ofKind(kind: Opcode['kind']): Opcode {
    return this.random.pick(this.plain.filter((opcode) => opcode.kind === kind));
  }

  /** A push, at times wider than need be. */
  private push(word: bigint): Instruction {
    if (word === 0n && this.has('PUSH0') && !this.random.oneIn(4)) return this.op('PUSH0');
    return push(word, this.random.oneIn(20) ? 32 : undefined);
  }

  /** An opcode with operands of its own. What it pushes is shown, dropped, or left to others. */
  private opcode(opcode: Opcode): Instruction[] {
    const { random, around } = this;
    const { code, name, immediate, pushes, pops } = opcode;
    const operands = operandsOf(opcode, random, around.addresses, around.block);
    const operation: Instruction = { op: code, immediate: random.bytes(immediate) };
    const depth = name.endsWith('N') || name === 'EXCHANGE' ? random.between(0, 24) : 0;
    const below = random.times(depth, (at) => this.push(BigInt(at + 1)));
    const before = random.oneIn(30) ? operands.slice(1) : operands;
    const pushed = [...below, ...before.reverse().map((word) => this.push(word))];
    // DUP and SWAP count all they look through
    return [...pushed, operation, ...(pushes > pops || pushes === 1 ? this.use() : [])];
  }

  /** A chain of pure opcodes over a few words, where constants meet what is known only at run time. */
  private computation(): Instruction[] {
    const { random } = this;
    const code: Instruction[] = random.times(random.between(2, 5), () => this.push(random.word()));
    if (random.oneIn(2)) code.push(this.push(0n), this.op('CALLDATALOAD'));
    for (let i = random.between(2, 8); i > 0; i--) {
      const opcode = this.ofKind('pure');
      const immediate = random.bytes(opcode.immediate);
      if (opcode.pops < 5) code.push({ op: opcode.code, immediate });
    }
    return [...code, ...this.use()];
  }

  /**
   * A word from memory or call data, shifted by whole limbs, that waits on the stack while a block ends: compilers move
   * limbs without touching them, and must write them as they then are.
   */
  private movedLimbs(): Instruction[] {
    const { random } = this;
    const at = this.push(BigInt(random.below(random.pick([1, 33, 100]))));
    const code = random.oneIn(3)
      ? [at, this.op('CALLDATALOAD')]
      : [this.push(random.word()), at, this.op('MSTORE'), at, this.op('MLOAD')];
    const shifts = (['SHL', 'SHR', 'SAR'] as const).filter((name) => this.has(name));
    for (let i = shifts.length === 0 ? 0 : random.pick([1, 1, 2]); i > 0; i--) {
      const by = random.oneIn(5) ? random.below(258) : 64 * random.between(1, 3);
      code.push(this.push(BigInt(by)), this.op(random.pick(shifts)));
    }
    const end = random.weighted<() => Instruction[]>([
      [4, () => this.opcode(this.ofKind('state'))],
      [2, () => this.skip()],
      [1, () => this.indirectJump()],
      [1, () => this.statement()],
    ])();
    const shown = random.oneIn(2) ? [this.push(BigInt(random.below(4))), this.op('SSTORE')] : this.use();
    return [...code, ...end, ...shown];
  }

  /** Something that becomes of the word on top. */
  private use(): Instruction[] {
    const { random } = this;
    return random.weighted<() => Instruction[]>([
      [4, () => [this.push(BigInt(random.below(300))), this.op('MSTORE')]],
      [3, () => [this.op('POP')]],
      [2, () => [this.push(BigInt(random.below(4))), this.op('SSTORE')]],
      [1, () => []],
    ])();
  }

  /** Writes a slot, and reads and writes it again: what refunds and warmth are about. */
  private storage(): Instruction[] {
    const { random } = this;
    const isTransient = this.has('TSTORE') && random.oneIn(4);
    const [load, store]: [OpName, OpName] = isTransient ? ['TLOAD', 'TSTORE'] : ['SLOAD', 'SSTORE'];
    const slot = BigInt(random.below(4));
    const code: Instruction[] = [];
    for (let i = random.between(1, 3); i > 0; i--) {
      code.push(this.push(BigInt(random.below(3))), this.push(slot), this.op(store));
      if (random.oneIn(2)) code.push(this.push(slot), this.op(load), this.push(slot + 1n), this.op('SSTORE'));
    }
    return code;
  }

  private call(): Instruction[] {
    const { random, around } = this;
    const kinds = (['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL'] as const).filter((kind) =>
      this.has(kind),
    );
    const kind = random.pick(kinds);
    const code = this.callWith(
      kind,
      addressWord(random, around.addresses),
      BigInt(random.below(100)),
      BigInt(random.below(100)),
    );
    return [...code, ...this.use(), ...(random.oneIn(3) ? this.returnData() : [])];
  }

  private callWith(kind: OpName, to: bigint, inAt: bigint, inSize: bigint): Instruction[] {
    const { random } = this;
    const takesValue = kind === 'CALL' || kind === 'CALLCODE';
    const value = random.oneIn(3) ? BigInt(random.below(4)) : random.oneIn(15) ? 10n ** 19n : 0n;
    const gas = random.oneIn(2) ? this.op('GAS') : this.push(gasWord(random));
    return [
      ...[BigInt(random.below(100)), BigInt(random.below(200)), inSize, inAt].map((word) => this.push(word)),
      ...(takesValue ? [this.push(value)] : []),
      this.push(to),
      gas,
      this.op(kind),
    ];
  }

  /** A call of a precompile with an input made for it; its output is hashed into a slot. */
  private precompile(): Instruction[] {
    const { random, around } = this;
    const [address, name] = random.pick([...around.fork.precompiles]);
    const input = precompileInput(name, random);
    const kinds = (['CALL', 'STATICCALL', 'DELEGATECALL', 'CALLCODE'] as const).filter((kind) =>
      this.has(kind),
    );
    const code = [
      ...this.inMemory(input),
      ...this.callWith(random.pick(kinds), BigInt(address), 0n, BigInt(input.length)),
      ...this.use(),
    ];
    if (this.has('RETURNDATACOPY')) {
      code.push(this.op('RETURNDATASIZE'), this.push(0n), this.push(0n), this.op('RETURNDATACOPY'));
      code.push(this.op('RETURNDATASIZE'), this.push(0n), this.op('KECCAK256'));
      code.push(this.push(BigInt(random.below(4))), this.op('SSTORE'));
    }
    return code;
  }

  /** Puts bytes at the start of memory. */
  private inMemory(bytes: Uint8Array): Instruction[] {
    const code: Instruction[] = [];
    for (let at = 0; at < bytes.length; at += 32) {
      const chunk = new Uint8Array(32);
      chunk.set(bytes.subarray(at, at + 32));
      code.push(this.push(bytesToBigInt(chunk)), this.push(BigInt(at)), this.op('MSTORE'));
    }
    return code;
  }

  /** A creation of something that its initcode, itself a program, may deploy; at times twice at one address. */
  private creation(): Instruction[] {
    const { random } = this;
    const isSalted = this.has('CREATE2') && random.oneIn(2);
    const initcode = this.initcode();
    const size = random.oneIn(15) ? BigInt(random.below(60_000)) : BigInt(initcode.length);
    const value = random.oneIn(3) ? BigInt(random.below(3)) : 0n;
    const salt = BigInt(random.below(2));
    const create = [
      ...(isSalted ? [this.push(salt)] : []),
      ...[size, 0n, value].map((word) => this.push(word)),
      this.op(isSalted ? 'CREATE2' : 'CREATE'),
    ];
    const code = [...this.inMemory(initcode), ...create];
    if (random.oneIn(3)) code.push(...this.use(), ...create);
    if (random.oneIn(2)) return [...code, ...this.use()];
    // call what was created
    const zeros = random.times(5, () => this.push(0n));
    return [
      ...code,
      ...zeros,
      { op: OPCODE_NAMED.DUP6.code, immediate: new Uint8Array(0) },
      this.op('GAS'),
      this.op('CALL'),
      ...this.use(),
    ];
  }

  private initcode(): Uint8Array {
    const { random } = this;
    const inner = new CodeGenerator(random, this.around, this.depth + 1);
    const before = random.oneIn(2) ? inner.statements(random.between(1, 2)) : [];
    if (random.oneIn(5)) return lower([...before, ...inner.end()]);
    const deployed = random.weighted<() => Uint8Array>([
      [6, () => lower(inner.program())],
      [1, () => Uint8Array.of(0xef, ...random.bytes(random.below(3)))],
      [1, () => new Uint8Array(0)],
    ])();
    if (deployed.length > 600) return lower(inner.end());
    const size = random.oneIn(20)
      ? BigInt(random.pick([24_576, 24_577, 32_768, 32_769]))
      : BigInt(deployed.length);
    return lower([...before, ...this.inMemory(deployed), this.push(size), this.push(0n), this.op('RETURN')]);
  }

  /** A body that runs a few times over, or many times. */
  private loop(): Instruction[] {
    const { random } = this;
    const start: Label = {};
    const inner = new CodeGenerator(random, this.around, this.depth + 1);
    const isLong = random.oneIn(6);
    const body = isLong ? this.computation() : inner.statements(random.between(1, 3));
    return [
      push(BigInt(isLong ? random.between(50, 400) : random.between(1, 6)), 2),
      mark(start),
      ...body,
      push(1n, 1),
      instruction(OPCODE_NAMED.SWAP1.code),
      this.op('SUB'),
      instruction(OPCODE_NAMED.DUP1.code),
      pushLabel(start),
      this.op('JUMPI'),
      this.op('POP'),
    ];
  }

  private skip(): Instruction[] {
    const { random } = this;
    const over: Label = {};
    const condition = random.oneIn(2)
      ? [this.push(BigInt(random.below(2)))]
      : [this.push(BigInt(random.below(64))), this.op('CALLDATALOAD')];
    return [...condition, pushLabel(over), this.op('JUMPI'), ...this.statement(), mark(over)];
  }

  /** A jump whose destination no compiler can know, or can only know by computing. */
  private indirectJump(): Instruction[] {
    const { random } = this;
    const to: Label = {};
    const detour = random.weighted<() => Instruction[]>([
      [2, () => [this.push(0n), this.op('CALLDATALOAD'), this.push(0n), this.op('AND'), this.op('ADD')]],
      [2, () => [this.push(0x1234n), this.op('XOR'), this.push(0x1234n), this.op('XOR')]],
      [1, () => [this.push(64n), this.op('MSTORE'), this.push(64n), this.op('MLOAD')]],
      [1, () => [this.push(9n), this.op('SSTORE'), this.push(9n), this.op('SLOAD')]],
    ])();
    const garbage = random.oneIn(3) ? [instruction(0xfe)] : [];
    return [pushLabel(to), ...detour, this.op('JUMP'), ...garbage, mark(to)];
  }

  /** A piece of code that is called from two places, as compilers of languages make them. */
  private subroutine(): Instruction[] {
    const [start, over, one, two]: Label[] = [{}, {}, {}, {}];
    const inner = new CodeGenerator(this.random, this.around, this.depth + 1);
    return [
      ...[pushLabel(over), this.op('JUMP'), mark(start)],
      ...inner.statements(1),
      ...[this.op('JUMP'), mark(over)],
      ...[pushLabel(one), pushLabel(start), this.op('JUMP'), mark(one)],
      ...[pushLabel(two), pushLabel(start), this.op('JUMP'), mark(two)],
    ];
  }

  private returnData(): Instruction[] {
    if (!this.has('RETURNDATACOPY')) return [this.op('MSIZE'), ...this.use()];
    const { random } = this;
    const size = random.oneIn(4) ? this.push(BigInt(random.below(40))) : this.op('RETURNDATASIZE');
    const from = this.push(BigInt(random.oneIn(8) ? 1 : 0));
    return [
      ...[size, from, this.push(BigInt(random.below(100))), this.op('RETURNDATACOPY')],
      ...[this.op('RETURNDATASIZE'), ...this.use()],
    ];
  }

  /** Up to the limit of the stack, over it, or below its bottom. */
  private stackEdge(): Instruction[] {
    const { random } = this;
    if (random.oneIn(2)) return random.times(random.between(1, 18), () => this.op('POP'));
    const start: Label = {};
    const count = random.between(1018, 1026);
    return [
      // count the words by GAS and MSIZE pushes until the stack is about full
      ...[push(BigInt(count), 2), mark(start), instruction(OPCODE_NAMED.DUP1.code), push(1n, 1)],
      ...[instruction(OPCODE_NAMED.SWAP1.code), this.op('SUB'), instruction(OPCODE_NAMED.DUP1.code)],
      ...[pushLabel(start), this.op('JUMPI')],
    ];
  }

  /** The end of a frame, of any kind. */
  private end(): Instruction[] {
    const { random, around } = this;
    const halts = OPCODES.filter(({ code, kind }) => kind === 'halt' && around.fork.gas[code] !== undefined);
    return random.weighted<() => Instruction[]>([
      [12, () => this.opcode(random.pick(halts))],
      [1, () => [this.push(BigInt(random.below(60))), this.op('JUMP')]],
      [1, () => [instruction(0xfe)]],
      [1, () => [instruction(random.below(256))]],
      [1, () => [this.op('POP')]],
      [1, () => this.callWith(random.pick(['CALL', 'CALLCODE'] as const), 4n, 0n, 2n ** 40n)],
    ])();
  }

  /** Any bytes, opcodes with nothing prepared for them among them. */
  private noise(): Instruction[] {
    const { random } = this;
    return random.times(random.between(1, 8), () => {
      if (random.oneIn(2)) return instruction(random.below(256));
      const { code, immediate } = random.pick(OPCODES);
      return { op: code, immediate: random.bytes(immediate) };
    });
  }
}
