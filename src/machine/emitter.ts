/**
 * What recipes are written against: the operations that opcodes are made of. The interpreter and the compiler each
 * say what a stack, a register and a jump are; everything that both do alike is here.
 */

import type { Code, Local32, Local64, Operand32, Operand64 } from '../wasm/code.ts';
import { I32, I64 } from '../wasm/code.ts';
import type { Func } from '../wasm/module.ts';
import { CONTEXT, FRAME, type PARAM, RETURN_DATA, RETURN_DATA_HERE, STATUS } from './layout.ts';
import { bitsOf, narrowed, type Word, type WordCode } from './words.ts';

/** The host functions that recipes call; `host/` has them in TypeScript. */
export type HostName =
  | 'balance'
  | 'selfBalance'
  | 'extCodeSize'
  | 'extCodeCopy'
  | 'extCodeHash'
  | 'blockHash'
  | 'sload'
  | 'sstore'
  | 'tload'
  | 'tstore'
  | 'log'
  | 'returnDataCopy'
  | 'callAccess'
  | 'call'
  | 'createAccess'
  | 'create'
  | 'selfDestruct';

/** A way for the engine to leave. */
export type Status = (typeof STATUS)[keyof typeof STATUS];

/** A number of the rule set that recipes use. */
export type ParamName = keyof typeof PARAM;

/** What an opcode does, in terms of an emitter. It pops and pushes as many words as its row says. */
export type Recipe = (e: Emitter) => void;

/** Functions of the module that all opcodes share. */
export interface SharedFunctions {
  /** (frame, end of the touched range as i64, old size, gas left as i64) → gas left, or a negative `EXPAND` */
  readonly expand: Func;
  /** (address, length, address of the digest) */
  readonly keccak: Func;
  /** (frame) → status, by host name */
  readonly host: Readonly<Record<string, Func>>;
}

/** `callReserveDivisor` where a caller may pass on everything: any gas divided by it is 0. */
export const KEEPS_NOTHING = -1n;

/** What `expand` returns instead of gas. */
export const EXPAND = { outOfGas: -1n, ceiling: -2n } as const;

/** Addresses beyond this cost more gas than fits 64 bits; such a touch runs out of gas before anything else. */
export const ADDRESS_BITS = 37;

/** Emits the code of one instruction after another. */
export abstract class Emitter {
  readonly code: Code;
  readonly words: WordCode;
  protected readonly functions: SharedFunctions;
  /** the frame's address */
  protected readonly frame: Local32;
  /** gas left within the instruction; `gas` keeps what there was at its start */
  protected readonly left: Local64;
  /** memory size within the instruction */
  protected readonly grown: Local32;

  constructor(
    words: WordCode,
    functions: SharedFunctions,
    registers: { readonly frame: Local32; readonly left: Local64; readonly grown: Local32 },
  ) {
    this.words = words;
    this.code = words.code;
    this.functions = functions;
    this.frame = registers.frame;
    this.left = registers.left;
    this.grown = registers.grown;
  }

  // What the tiers do each in its way

  /** The next word from the top of the stack. */
  abstract pop(): Word;
  abstract push(word: Word): void;
  /** Pushes a copy of the word `depth` below the top, 0 being the top. */
  abstract dup(depth: number): void;
  /** Exchanges the top with the word `depth` below it. */
  abstract swap(depth: number): void;
  /** The bytes behind the opcode, as a word. */
  abstract immediate(): Word;
  /** The position of the instruction in the code. */
  abstract position(): Word;
  /** The size of the frame's memory in bytes. */
  abstract memorySize(): Operand32;
  /** Goes on at a position, which must be a jump destination. */
  abstract jump(to: Word): void;
  /** Likewise where the condition is not zero. */
  abstract jumpIf(to: Word, condition: Word): void;
  /** All charges are made; effects follow. Tracers see the instruction here. */
  abstract commit(): void;
  /** Leaves as the instruction found things: it may run again. */
  abstract fail(status: Status): void;
  /** `fail` where the condition holds. */
  abstract failIf(condition: Operand32, status: Status): void;
  /** Leaves at the end of the frame. */
  abstract halt(status: Status): void;
  /** Calls a host function, which may leave. It charges for itself and commits. */
  abstract host(name: HostName): void;
  /** Calls a host function that carries out an opcode of the user's own. */
  abstract custom(name: string): void;
  /** Operands of DUPN, SWAPN and EXCHANGE: the top of the stack in memory, and how many words there are. */
  abstract stackInMemory(): { readonly top: Local32; readonly height: Local32 };

  /** A number of the rule set. */
  abstract param(name: ParamName): Operand64;

  // What is the same for both

  /** A 32-bit register of the frame. */
  register(offset: number): Operand32 {
    return this.code.i32Load(this.code.get(this.frame), offset);
  }

  setRegister(offset: number, value: Local32): void {
    this.code.i32Store(this.code.get(this.frame), this.code.get(value), offset);
  }

  /** A word of the frame. */
  frameWord(offset: number): Word {
    return this.words.read(this.frame, offset);
  }

  /** A word of the transaction or the block. */
  context(name: keyof typeof CONTEXT): Word {
    const zero = this.local32(this.code.i32Const(0));
    return this.words.read(zero, CONTEXT[name]);
  }

  /** A temporary holding a 32-bit value. */
  local32(value: Operand32): Local32 {
    const local = this.words.temporaries.take(I32);
    this.code.set(local, value);
    return local;
  }

  /** A temporary holding a 64-bit value. */
  local64(value: Operand64): Local64 {
    const local = this.words.temporaries.take(I64);
    this.code.set(local, value);
    return local;
  }

  /** A 32-bit value as a word. */
  small(value: Operand32): Word {
    return [narrowed(this.local64(this.code.i64ExtendU(value)), 32), 0n, 0n, 0n];
  }

  /** The gas of the frame, the part held back for later slices included. */
  totalGas(): Operand64 {
    const { code } = this;
    return code.i64Add(code.get(this.left), code.i64Load(code.get(this.frame), FRAME.gasReserve));
  }

  /** Charges gas, less than 2^62 of it. */
  charge(gas: Operand64): void {
    const { code } = this;
    // Subtracts the other way round, since the price is on the stack already.
    const price = this.local64(gas);
    const rest = code.tee(this.left, code.i64Sub(code.get(this.left), code.get(price)));
    this.failIf(code.i64LtS(rest, code.i64Const(0n)), STATUS.outOfGas);
  }

  /** Charges for every word of a size in bytes that `touch` has bounded. */
  chargePerWord(gasPerWord: ParamName, size: Word): void {
    const { code, words } = this;
    const count = this.local64(
      code.i64ShrU(code.i64Add(words.limb(size[0]), code.i64Const(31n)), code.i64Const(5n)),
    );
    this.charge(code.i64Mul(code.get(count), this.param(gasPerWord)));
  }

  /**
   * Touches a range of the frame's memory: charges for its growth and grows it.
   * @returns the address of the range; any address where its size is 0
   */
  touch(offset: Word, size: Word | number): Local32 {
    const { code, words } = this;
    const address = words.temporaries.take(I32);
    const start = words.hold(offset[0]);
    const end = words.temporaries.take(I64);
    const reach = (): void => {
      this.failIfFar([start, ...offset.slice(1)]);
      if (typeof size === 'number') {
        code.set(end, code.i64Add(words.limb(start), code.i64Const(BigInt(size))));
      } else {
        this.failIfFar(size);
        code.set(end, code.i64Add(words.limb(start), words.limb(size[0])));
      }
      this.growTo(end);
      code.set(address, code.i32Add(this.register(FRAME.memory), code.i32Wrap(words.limb(start))));
    };
    if (typeof size === 'number') {
      reach();
    } else if (size.every((limb) => typeof limb === 'bigint') && size.some((limb) => limb !== 0n)) {
      reach();
    } else {
      code.set(address, this.register(FRAME.memory));
      code.if(words.isNonZero(size), reach);
    }
    return address;
  }

  /** What is known to be near, as most offsets are where code is compiled, needs no check. */
  protected failIfFar(word: readonly Word[number][]): void {
    const { code, words } = this;
    const [low, ...high] = word;
    const isNear = bitsOf(low) <= ADDRESS_BITS && high.every((limb) => limb === 0n);
    if (isNear) return;
    const beyond = code.i64ShrU(words.limb(low), code.i64Const(BigInt(ADDRESS_BITS)));
    this.failIf(code.i64Ne(code.i64Or(beyond, words.union(high)), code.i64Const(0n)), STATUS.outOfGas);
  }

  /** Grows memory where its end is below one in bytes, which is less than 2^63. */
  protected growTo(end: Local64): void {
    const { code } = this;
    code.if(code.i64GtU(code.get(end), code.i64ExtendU(code.get(this.grown))), () => this.#grow(end));
  }

  #grow(end: Local64): void {
    const { code } = this;
    const { expand } = this.functions;
    const rest = this.local64(
      code.call(expand, code.get(this.frame), code.get(end), code.get(this.grown), code.get(this.left)),
    );
    code.if(code.i64LtS(code.get(rest), code.i64Const(0n)), () => {
      this.failIf(code.i64Eq(code.get(rest), code.i64Const(EXPAND.ceiling)), STATUS.memoryCeiling);
      this.fail(STATUS.outOfGas);
    });
    code.set(this.left, code.get(rest));
    const rounded = code.i64And(code.i64Add(code.get(end), code.i64Const(31n)), code.i64Const(-32n));
    code.set(this.grown, code.i32Wrap(rounded));
  }

  /** Fails where state must not change. */
  refuseStatic(): void {
    this.failIf(this.register(FRAME.isStatic), STATUS.staticViolation);
  }

  /**
   * Copies `size` bytes to memory that was touched, from a buffer of `available` bytes; beyond its end are zeros.
   */
  copy(to: Local32, buffer: Local32, available: Local32, from: Word, size: Word): void {
    const { code, words } = this;
    code.if(words.isNonZero(size), () => {
      const limit = this.local64(code.i64ExtendU(code.get(available)));
      const low = words.hold(from[0]);
      const isInside = code.i32And(
        code.i64LtU(words.limb(low), code.get(limit)),
        code.i64Eqz(words.union(from.slice(1))),
      );
      const inside = this.local32(isInside);
      const skip = this.local32(
        code.i32Wrap(code.select(words.limb(low), code.get(limit), code.get(inside))),
      );
      const wanted = this.local32(code.i32Wrap(words.limb(size[0])));
      const rest = this.local32(code.i32Sub(code.get(available), code.get(skip)));
      const count = this.local32(
        code.select(code.get(wanted), code.get(rest), code.i32LtU(code.get(wanted), code.get(rest))),
      );
      code.memoryCopy(code.get(to), code.i32Add(code.get(buffer), code.get(skip)), code.get(count));
      code.if(code.i32Ne(code.get(count), code.get(wanted)), () => {
        code.memoryFill(
          code.i32Add(code.get(to), code.get(count)),
          code.i32Const(0),
          code.i32Sub(code.get(wanted), code.get(count)),
        );
      });
    });
  }

  /**
   * Copies return data to memory that was touched; the range is within it. The host function, which has it at first,
   * neither charges nor leaves, so it needs no stack and ends no block: 8 ns for 32 bytes, where it took 95.
   */
  copyReturnData(to: Local32, from: Word, size: Word): void {
    const { code, words } = this;
    code.if(words.isNonZero(size), () => {
      const start = this.local32(code.i32Wrap(words.limb(from[0])));
      const count = this.local32(code.i32Wrap(words.limb(size[0])));
      const isHere = () => {
        const end = code.i32Add(code.get(start), code.get(count));
        return code.i32LeU(end, code.i32Load(code.i32Const(RETURN_DATA_HERE)));
      };
      code.if(code.i32Eqz(isHere()), () => {
        this.setRegister(FRAME.argument, to);
        this.setRegister(FRAME.argumentSize, count);
        this.setRegister(FRAME.returnDataStart, start);
        code.drop(code.call(this.functions.host.returnDataCopy, code.get(this.frame)));
      });
      // What has no room there was copied by the host.
      const source = () => code.i32Add(code.i32Const(RETURN_DATA), code.get(start));
      code.if(isHere(), () => code.memoryCopy(code.get(to), source(), code.get(count)));
    });
  }

  /** Writes the digest of a range of memory. */
  keccak(from: Local32, size: Word, to: number): void {
    const { code, words } = this;
    code.call(this.functions.keccak, code.get(from), code.i32Wrap(words.limb(size[0])), code.i32Const(to));
  }

  /** Hands gas to a frame that is about to open: what was asked for, or all, within what the caller may give. */
  forwardGas(requested: Word | null): void {
    const { code, words } = this;
    const total = this.local64(this.totalGas());
    const most = this.local64(
      code.i64Sub(code.get(total), code.i64DivU(code.get(total), this.param('callReserveDivisor'))),
    );
    const child = words.temporaries.take(I64);
    code.set(child, code.get(most));
    if (requested !== null) {
      const fits = this.local32(
        code.i32And(
          code.i64LeU(words.limb(requested[0]), code.get(most)),
          code.i64Eqz(words.union(requested.slice(1))),
        ),
      );
      // Where a caller keeps nothing back, what it asks for must be there.
      const keepsNothing = () => code.i64Eq(this.param('callReserveDivisor'), code.i64Const(KEEPS_NOTHING));
      this.failIf(code.i32And(code.i32Eqz(code.get(fits)), keepsNothing()), STATUS.cannotPay);
      code.set(child, code.select(words.limb(requested[0]), code.get(most), code.get(fits)));
    }
    code.i64Store(code.get(this.frame), code.get(child), FRAME.childGas);
    const rest = this.local64(code.i64Sub(code.get(total), code.get(child)));
    code.set(
      this.left,
      code.select(code.get(this.left), code.get(rest), code.i64LtU(code.get(this.left), code.get(rest))),
    );
    code.i64Store(code.get(this.frame), code.i64Sub(code.get(rest), code.get(this.left)), FRAME.gasReserve);
  }
}
