/**
 * Writes the body of one WebAssembly function. Every method emits its instruction at once and returns a token of
 * the type that it leaves on the operand stack. JavaScript evaluates arguments from left to right, which is the order
 * in which WebAssembly wants operands, so code reads as nested expressions and nothing is built in between:
 *
 *     code.set(gas, code.i64Sub(code.get(gas), code.i64Const(3n)));
 *
 * A token must be used exactly once, as the argument it was made for; what is needed twice lives in a local.
 */

import { ByteSink } from './bytes.ts';
import type { Func, Signature } from './module.ts';

/** The types of values, by their binary code. */
export const I32 = 0x7f;
export const I64 = 0x7e;
export const V128 = 0x7b;
export type ValueType = typeof I32 | typeof I64 | typeof V128;

declare const stackType: unique symbol;
/** Stands for a value of type `T` on the operand stack. */
export interface Operand<T extends ValueType> {
  readonly [stackType]: T;
}
export type Operand32 = Operand<typeof I32>;
export type Operand64 = Operand<typeof I64>;
export type OperandV = Operand<typeof V128>;
/** Any value on the operand stack. */
export type AnyOperand = Operand32 | Operand64 | OperandV;

/** A local variable or parameter. */
export interface Local<T extends ValueType = ValueType> {
  readonly index: number;
  readonly type: T;
}
export type Local32 = Local<typeof I32>;
export type Local64 = Local<typeof I64>;
export type LocalV = Local<typeof V128>;

/** A place to branch to: the end of a block, or the start of a loop. */
export interface Label {
  readonly depth: number;
}

const VOID = 0x40;
// Tokens carry nothing at run time.
const TOKEN = undefined as never;

/** The instructions of one function, as they are written. */
export class Code {
  readonly #out = new ByteSink();
  readonly #parameters: number;
  readonly #localTypes: ValueType[] = [];
  #depth = 0;
  /** the parameters, as locals */
  readonly params: readonly Local[];

  constructor(signature: Signature) {
    this.params = signature.params.map((type, index) => ({ index, type }));
    this.#parameters = signature.params.length;
  }

  /** bytes of instructions so far */
  get size(): number {
    return this.#out.length;
  }

  /** locals declared so far, parameters not counted */
  get localCount(): number {
    return this.#localTypes.length;
  }

  /** A parameter, with the type that the caller knows it to have. */
  param<T extends ValueType>(index: number, type: T): Local<T> {
    if (this.params[index]?.type !== type) throw new TypeError(`wasm: parameter ${index} has another type`);
    return { index, type };
  }

  /** A new local, 0 at first. */
  local<T extends ValueType>(type: T): Local<T> {
    this.#localTypes.push(type);
    return { index: this.#parameters + this.#localTypes.length - 1, type };
  }

  /** New locals of one type. */
  locals<T extends ValueType>(type: T, count: number): Local<T>[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  /** The function body as the code section holds it: locals, instructions, end. */
  body(): Uint8Array {
    const sink = new ByteSink(this.#out.length + 64);
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.#localTypes) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    sink.unsigned(runs.length);
    for (const { type, count } of runs) {
      sink.unsigned(count);
      sink.byte(type);
    }
    sink.bytes(this.#out.view());
    sink.byte(0x0b);
    return sink.view();
  }

  // Locals

  get<T extends ValueType>(local: Local<T>): Operand<T> {
    this.#out.byte(0x20);
    this.#out.unsigned(local.index);
    return TOKEN;
  }

  set<T extends ValueType>(local: Local<T>, _value: Operand<T>): void {
    this.#out.byte(0x21);
    this.#out.unsigned(local.index);
  }

  tee<T extends ValueType>(local: Local<T>, _value: Operand<T>): Operand<T> {
    this.#out.byte(0x22);
    this.#out.unsigned(local.index);
    return TOKEN;
  }

  /** Sets locals from the results of a call that returns several, given in the order of the results. */
  setAll(locals: readonly Local[], _results: readonly AnyOperand[]): void {
    for (let i = locals.length - 1; i >= 0; i--) {
      this.#out.byte(0x21);
      this.#out.unsigned(locals[i].index);
    }
  }

  drop(_value: AnyOperand): void {
    this.#out.byte(0x1a);
  }

  /** `condition ? whenTrue : whenFalse`, both evaluated. */
  select<T extends ValueType>(
    _whenTrue: Operand<T>,
    _whenFalse: Operand<T>,
    _condition: Operand32,
  ): Operand<T> {
    this.#out.byte(0x1b);
    return TOKEN;
  }

  // Control

  /** Instructions that `br` to their label can leave. */
  block(inside: (end: Label) => void): void {
    this.#open(0x02, VOID, inside);
  }

  /** Instructions that `br` to their label starts again. */
  loop(inside: (start: Label) => void): void {
    this.#open(0x03, VOID, inside);
  }

  if(_condition: Operand32, inside: () => void, otherwise?: () => void): void {
    this.#open(0x04, VOID, inside, otherwise);
  }

  /** A value that depends on a condition; only the branch taken is evaluated. */
  choose<T extends ValueType>(
    type: T,
    _condition: Operand32,
    whenTrue: () => Operand<T>,
    whenFalse: () => Operand<T>,
  ): Operand<T> {
    this.#open(0x04, type, whenTrue, whenFalse);
    return TOKEN;
  }

  br(label: Label): void {
    this.#out.byte(0x0c);
    this.#out.unsigned(this.#depth - label.depth);
  }

  brIf(_condition: Operand32, label: Label): void {
    this.#out.byte(0x0d);
    this.#out.unsigned(this.#depth - label.depth);
  }

  brTable(_index: Operand32, labels: readonly Label[], otherwise: Label): void {
    this.#out.byte(0x0e);
    this.#out.unsigned(labels.length);
    for (const label of labels) this.#out.unsigned(this.#depth - label.depth);
    this.#out.unsigned(this.#depth - otherwise.depth);
  }

  return(..._values: AnyOperand[]): void {
    this.#out.byte(0x0f);
  }

  unreachable(): void {
    this.#out.byte(0x00);
  }

  /** Calls a function with at most one result. */
  call<T extends ValueType>(func: Func, ..._args: AnyOperand[]): Operand<T> {
    this.#out.byte(0x10);
    this.#out.unsigned(func.index);
    return TOKEN;
  }

  /** Calls a function with several results. */
  callForAll(func: Func, ..._args: AnyOperand[]): readonly AnyOperand[] {
    this.#out.byte(0x10);
    this.#out.unsigned(func.index);
    return [];
  }

  /** Leaves this function for another with the same results. */
  returnCall(func: Func, ..._args: AnyOperand[]): void {
    this.#out.byte(0x12);
    this.#out.unsigned(func.index);
  }

  /** Leaves this function for the one in the table's slot, which must have the signature with this index. */
  returnCallIndirect(typeIndex: number, tableIndex: number, ..._argsThenSlot: AnyOperand[]): void {
    this.#out.byte(0x13);
    this.#out.unsigned(typeIndex);
    this.#out.unsigned(tableIndex);
  }

  // Memory. An address is unsigned; `offset` is added to it without wrapping.

  i32Load(_address: Operand32, offset = 0): Operand32 {
    return this.#access(0x28, 2, offset);
  }
  i64Load(_address: Operand32, offset = 0): Operand64 {
    return this.#access(0x29, 3, offset);
  }
  i32Load8(_address: Operand32, offset = 0): Operand32 {
    return this.#access(0x2d, 0, offset);
  }
  i32Load16(_address: Operand32, offset = 0): Operand32 {
    return this.#access(0x2f, 1, offset);
  }
  i64Load8(_address: Operand32, offset = 0): Operand64 {
    return this.#access(0x31, 0, offset);
  }
  i64Load32(_address: Operand32, offset = 0): Operand64 {
    return this.#access(0x35, 2, offset);
  }
  i32Store(_address: Operand32, _value: Operand32, offset = 0): void {
    this.#access(0x36, 2, offset);
  }
  i64Store(_address: Operand32, _value: Operand64, offset = 0): void {
    this.#access(0x37, 3, offset);
  }
  i32Store8(_address: Operand32, _value: Operand32, offset = 0): void {
    this.#access(0x3a, 0, offset);
  }
  i32Store16(_address: Operand32, _value: Operand32, offset = 0): void {
    this.#access(0x3b, 1, offset);
  }
  i64Store8(_address: Operand32, _value: Operand64, offset = 0): void {
    this.#access(0x3c, 0, offset);
  }
  i64Store32(_address: Operand32, _value: Operand64, offset = 0): void {
    this.#access(0x3e, 2, offset);
  }

  memorySize(): Operand32 {
    this.#out.bytes([0x3f, 0x00]);
    return TOKEN;
  }

  memoryGrow(_pages: Operand32): Operand32 {
    this.#out.bytes([0x40, 0x00]);
    return TOKEN;
  }

  memoryCopy(_to: Operand32, _from: Operand32, _length: Operand32): void {
    this.#out.bytes([0xfc, 0x0a, 0x00, 0x00]);
  }

  memoryFill(_to: Operand32, _byte: Operand32, _length: Operand32): void {
    this.#out.bytes([0xfc, 0x0b, 0x00]);
  }

  // 32-bit integers

  i32Const(value: number): Operand32 {
    this.#out.byte(0x41);
    this.#out.signed(value);
    return TOKEN;
  }

  i32Eqz(_a: Operand32): Operand32 {
    return this.#plain(0x45);
  }
  i32Eq(_a: Operand32, _b: Operand32): Operand32 {
    return this.#plain(0x46);
  }
  i32Ne(_a: Operand32, _b: Operand32): Operand32 {
    return this.#plain(0x47);
  }
  i32LtS(_a: Operand32, _b: Operand32): Operand32 {
    return this.#plain(0x48);
  }
  i32GtS(_a: Operand32, _b: Operand32): Operand32 {
    return this.#plain(0x4a);
  }
  i32LtU(_a: Operand32, _b: Operand32): Operand32 {
    return this.#plain(0x49);
  }
  i32GtU(_a: Operand32, _b: Operand32): Operand32 {
    return this.#plain(0x4b);
  }
  i32LeU(_a: Operand32, _b: Operand32): Operand32 {
    return this.#plain(0x4d);
  }
  i32GeU(_a: Operand32, _b: Operand32): Operand32 {
    return this.#plain(0x4f);
  }
  i32Clz(_a: Operand32): Operand32 {
    return this.#plain(0x67);
  }
  i32Ctz(_a: Operand32): Operand32 {
    return this.#plain(0x68);
  }
  i32Add(_a: Operand32, _b: Operand32): Operand32 {
    return this.#plain(0x6a);
  }
  i32Sub(_a: Operand32, _b: Operand32): Operand32 {
    return this.#plain(0x6b);
  }
  i32Mul(_a: Operand32, _b: Operand32): Operand32 {
    return this.#plain(0x6c);
  }
  i32DivU(_a: Operand32, _b: Operand32): Operand32 {
    return this.#plain(0x6e);
  }
  i32And(_a: Operand32, _b: Operand32): Operand32 {
    return this.#plain(0x71);
  }
  i32Or(_a: Operand32, _b: Operand32): Operand32 {
    return this.#plain(0x72);
  }
  i32Xor(_a: Operand32, _b: Operand32): Operand32 {
    return this.#plain(0x73);
  }
  i32Rotl(_a: Operand32, _by: Operand32): Operand32 {
    return this.#plain(0x77);
  }
  i32Shl(_a: Operand32, _by: Operand32): Operand32 {
    return this.#plain(0x74);
  }
  i32ShrS(_a: Operand32, _by: Operand32): Operand32 {
    return this.#plain(0x75);
  }
  i32ShrU(_a: Operand32, _by: Operand32): Operand32 {
    return this.#plain(0x76);
  }
  i32Wrap(_a: Operand64): Operand32 {
    return this.#plain(0xa7);
  }

  // 64-bit integers

  i64Const(value: bigint): Operand64 {
    this.#out.byte(0x42);
    this.#out.signed64(value);
    return TOKEN;
  }

  /**
   * A constant that is decided later, and may be decided anew, 0 ≤ value < 2^27.
   * @param decide is given what decides it
   */
  i64ConstLater(decide: (write: (value: number) => void) => void): Operand64 {
    this.#out.byte(0x42);
    const position = this.#out.length;
    // LEB128 may be longer than it must be.
    const write = (value: number): void =>
      this.#out.overwrite(position, [
        (value & 127) | 128,
        ((value >> 7) & 127) | 128,
        ((value >> 14) & 127) | 128,
        value >> 21,
      ]);
    this.#out.bytes([0, 0, 0, 0]);
    write(0);
    decide(write);
    return TOKEN;
  }

  i64Eqz(_a: Operand64): Operand32 {
    return this.#plain(0x50);
  }
  i64Eq(_a: Operand64, _b: Operand64): Operand32 {
    return this.#plain(0x51);
  }
  i64Ne(_a: Operand64, _b: Operand64): Operand32 {
    return this.#plain(0x52);
  }
  i64LtS(_a: Operand64, _b: Operand64): Operand32 {
    return this.#plain(0x53);
  }
  i64LtU(_a: Operand64, _b: Operand64): Operand32 {
    return this.#plain(0x54);
  }
  i64GtS(_a: Operand64, _b: Operand64): Operand32 {
    return this.#plain(0x55);
  }
  i64GtU(_a: Operand64, _b: Operand64): Operand32 {
    return this.#plain(0x56);
  }
  i64LeU(_a: Operand64, _b: Operand64): Operand32 {
    return this.#plain(0x58);
  }
  i64GeS(_a: Operand64, _b: Operand64): Operand32 {
    return this.#plain(0x59);
  }
  i64GeU(_a: Operand64, _b: Operand64): Operand32 {
    return this.#plain(0x5a);
  }
  i64Clz(_a: Operand64): Operand64 {
    return this.#plain(0x79);
  }
  i64Ctz(_a: Operand64): Operand64 {
    return this.#plain(0x7a);
  }
  i64Popcnt(_a: Operand64): Operand64 {
    return this.#plain(0x7b);
  }
  i64Add(_a: Operand64, _b: Operand64): Operand64 {
    return this.#plain(0x7c);
  }
  i64Sub(_a: Operand64, _b: Operand64): Operand64 {
    return this.#plain(0x7d);
  }
  i64Mul(_a: Operand64, _b: Operand64): Operand64 {
    return this.#plain(0x7e);
  }
  i64DivU(_a: Operand64, _b: Operand64): Operand64 {
    return this.#plain(0x80);
  }
  i64RemU(_a: Operand64, _b: Operand64): Operand64 {
    return this.#plain(0x82);
  }
  i64And(_a: Operand64, _b: Operand64): Operand64 {
    return this.#plain(0x83);
  }
  i64Or(_a: Operand64, _b: Operand64): Operand64 {
    return this.#plain(0x84);
  }
  i64Xor(_a: Operand64, _b: Operand64): Operand64 {
    return this.#plain(0x85);
  }
  i64Shl(_a: Operand64, _by: Operand64): Operand64 {
    return this.#plain(0x86);
  }
  i64ShrS(_a: Operand64, _by: Operand64): Operand64 {
    return this.#plain(0x87);
  }
  i64ShrU(_a: Operand64, _by: Operand64): Operand64 {
    return this.#plain(0x88);
  }
  i64Rotl(_a: Operand64, _by: Operand64): Operand64 {
    return this.#plain(0x89);
  }
  i64ExtendU(_a: Operand32): Operand64 {
    return this.#plain(0xad);
  }

  // 128-bit vectors

  vLoad(_address: Operand32, offset = 0): OperandV {
    return this.#vectorAccess(0x00, 4, offset);
  }
  /** Loads 64 bits into the low half, the high half being zero. */
  vLoad64Zero(_address: Operand32, offset = 0): OperandV {
    return this.#vectorAccess(0x5d, 3, offset);
  }
  /** Loads 32 bits into each quarter. */
  vLoad32Splat(_address: Operand32, offset = 0): OperandV {
    return this.#vectorAccess(0x09, 2, offset);
  }
  vStore(_address: Operand32, _value: OperandV, offset = 0): void {
    this.#vectorAccess(0x0b, 4, offset);
  }
  /** Sums of halves. */
  vAdd64(_a: OperandV, _b: OperandV): OperandV {
    return this.#vector(0xce);
  }
  /** Products of the quarters in half 0 (low) or 1 (high), of 64 bits each. */
  vMultiply32(_a: OperandV, _b: OperandV, half: 0 | 1): OperandV {
    return this.#vector(half === 0 ? 0xde : 0xdf);
  }
  vAnd(_a: OperandV, _b: OperandV): OperandV {
    return this.#vector(0x4e);
  }
  vXor(_a: OperandV, _b: OperandV): OperandV {
    return this.#vector(0x51);
  }
  /** A vector with both halves the same. */
  vSplat64(_value: Operand64): OperandV {
    return this.#vector(0x12);
  }

  /** Replaces half 0 (low) or 1 (high). */
  vReplace64(_vector: OperandV, half: 0 | 1, _value: Operand64): OperandV {
    this.#vector(0x1e);
    this.#out.byte(half);
    return TOKEN;
  }

  /** Half 0 (low) or 1 (high) of a vector. */
  vExtract64(_vector: OperandV, half: 0 | 1): Operand64 {
    this.#vector(0x1d);
    this.#out.byte(half);
    return TOKEN;
  }

  vConst(bytes: ArrayLike<number>): OperandV {
    this.#vector(0x0c);
    this.#out.bytes(bytes);
    return TOKEN;
  }

  /** Picks 16 bytes of the two vectors: 0 to 15 are bytes of `a`, 16 to 31 of `b`. */
  vShuffle(_a: OperandV, _b: OperandV, lanes: ArrayLike<number>): OperandV {
    this.#vector(0x0d);
    this.#out.bytes(lanes);
    return TOKEN;
  }

  /** Picks 16 bytes of a vector by number; numbers of 16 and more give 0. */
  vSwizzle(_vector: OperandV, _lanes: OperandV): OperandV {
    return this.#vector(0x0e);
  }

  #plain(opcode: number): never {
    this.#out.byte(opcode);
    return TOKEN;
  }

  #vector(opcode: number): never {
    this.#out.byte(0xfd);
    this.#out.unsigned(opcode);
    return TOKEN;
  }

  // Alignment is a hint: the arena keeps words aligned, EVM memory and code do not.
  #access(opcode: number, alignment: number, offset: number): never {
    this.#out.byte(opcode);
    this.#out.unsigned(offset === 0 || offset % 2 ** alignment === 0 ? alignment : 0);
    this.#out.unsigned(offset);
    return TOKEN;
  }

  #vectorAccess(opcode: number, alignment: number, offset: number): never {
    this.#out.byte(0xfd);
    return this.#access(opcode, alignment, offset);
  }

  #open(opcode: number, type: number, inside: (label: Label) => void, otherwise?: () => void): void {
    this.#out.byte(opcode);
    this.#out.byte(type);
    this.#depth++;
    inside({ depth: this.#depth });
    if (otherwise !== undefined) {
      this.#out.byte(0x05);
      otherwise();
    }
    this.#depth--;
    this.#out.byte(0x0b);
  }
}
