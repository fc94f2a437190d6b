/**
 * 256-bit arithmetic as code: the limb half of what `word.ts` says on `bigint`. A word is four limbs, least
 * significant first, and a limb is wherever it happens to be: in a local, in a slot of the stack, in half a vector,
 * or known when the code is written, in which case it folds. Over 600 lines because every operation on words is a method
 * of one class, of which the compiler overrides what it knows better.
 */

import type { Code, Local, Local32, Local64, LocalV, Operand32, Operand64 } from '../wasm/code.ts';
import { I32, I64, V128, type ValueType } from '../wasm/code.ts';
import type { Func } from '../wasm/module.ts';
import type { Arithmetic } from './arithmetic/arithmetic.ts';

/** A limb in memory: `offset` bytes above the address in a local. */
export interface SlotLimb {
  readonly pointer: Local32;
  readonly offset: number;
}

/** A limb that is half of a vector. */
export interface VectorLimb {
  readonly vector: LocalV;
  readonly half: 0 | 1;
}

/** A local that is known to hold less than 2^bits. */
export interface NarrowLocal extends Local64 {
  readonly bits: number;
}

/** 64 bits of a word. A bigint is a constant, 0 ≤ limb < 2^64. */
export type Limb = Local64 | bigint | SlotLimb | VectorLimb;

/** A word that code can read. */
export type Word = readonly [Limb, Limb, Limb, Limb];

const LIMB_MASK = (1n << 64n) - 1n;

/** A constant as a word. */
export function constantWord(value: bigint): Word {
  return [value & LIMB_MASK, (value >> 64n) & LIMB_MASK, (value >> 128n) & LIMB_MASK, value >> 192n];
}

/** The value of a word all of whose limbs are known. */
export function knownValue(word: Word): bigint | undefined {
  let value = 0n;
  for (let i = 3; i >= 0; i--) {
    const limb = word[i];
    if (typeof limb !== 'bigint') return undefined;
    value = (value << 64n) | limb;
  }
  return value;
}

/** A word below 2^64. */
export function smallWord(limb: Limb): Word {
  return [limb, 0n, 0n, 0n];
}

/** The vector that two limbs are the halves of, in their order. (Shifts by whole limbs put halves of two side by side.) */
export function vectorOf(low: Limb, high: Limb): LocalV | undefined {
  if (typeof low !== 'object' || !('vector' in low) || low.half !== 0) return undefined;
  if (typeof high !== 'object' || !('vector' in high) || high.half !== 1) return undefined;
  return low.vector.index === high.vector.index ? low.vector : undefined;
}

/** How many bits a limb may have at most. */
export function bitsOf(limb: Limb): number {
  if (typeof limb === 'bigint') {
    const high = Number(limb >> 32n);
    return high === 0 ? 32 - Math.clz32(Number(limb)) : 64 - Math.clz32(high);
  }
  return 'bits' in limb ? (limb as NarrowLocal).bits : 64;
}

/** A local as one that holds less than 2^bits. */
export function narrowed(local: Local64, bits: number): Local64 {
  if (bits >= 64) return local;
  const { index, type } = local;
  return { index, type, bits } as NarrowLocal;
}

/** Reverses 32 bytes held as two vectors: the lanes that turn memory's order into a word's, for each half. */
export const REVERSED_LANES: readonly number[] = Array.from({ length: 16 }, (_, i) => 15 - i);

/** Locals that are taken before it is looked which are free again. (Looking after each instruction doubles the time.) */
const RELEASED_AT_ONCE = 16;

/** Local variables that are free again once an instruction has been written. */
export class Temporaries {
  readonly #code: Code;
  readonly #pools = new Map<ValueType, { locals: Local[]; used: number }>();
  #taken = 0;

  constructor(code: Code) {
    this.#code = code;
  }

  take<T extends ValueType>(type: T): Local<T> {
    let pool = this.#pools.get(type);
    if (pool === undefined) {
      pool = { locals: [], used: 0 };
      this.#pools.set(type, pool);
    }
    this.#taken++;
    if (pool.used === pool.locals.length) pool.locals.push(this.#code.local(type));
    return pool.locals[pool.used++] as Local<T>;
  }

  releaseAll(): void {
    for (const pool of this.#pools.values()) pool.used = 0;
  }

  /** Frees all but those that words still read, once enough were taken to be worth looking. */
  releaseAllBut(words: Iterable<Word>): void {
    if (this.#taken < RELEASED_AT_ONCE) return;
    this.#taken = 0;
    const live = new Set<number>();
    for (const word of words) {
      for (const limb of word) {
        if (typeof limb === 'bigint') continue;
        if ('pointer' in limb) live.add(limb.pointer.index);
        else if ('vector' in limb) live.add(limb.vector.index);
        else live.add(limb.index);
      }
    }
    for (const pool of this.#pools.values()) {
      // Those in use go to the front.
      const used = pool.locals.filter(({ index }) => live.has(index));
      pool.locals = [...used, ...pool.locals.filter(({ index }) => !live.has(index))];
      pool.used = used.length;
    }
  }
}

/** Writes code that computes with words. */
export class WordCode {
  readonly code: Code;
  readonly temporaries: Temporaries;
  readonly #arithmetic: Arithmetic;

  constructor(code: Code, arithmetic: Arithmetic) {
    this.code = code;
    this.temporaries = new Temporaries(code);
    this.#arithmetic = arithmetic;
  }

  // Reading limbs

  /** The value of a limb. */
  limb(limb: Limb): Operand64 {
    const { code } = this;
    if (typeof limb === 'bigint') return code.i64Const(limb);
    if ('pointer' in limb) return code.i64Load(code.get(limb.pointer), limb.offset);
    if ('vector' in limb) return code.vExtract64(code.get(limb.vector), limb.half);
    return code.get(limb);
  }

  /** The same limb where reading it again costs nothing: a local or a constant. */
  hold(limb: Limb): Local64 | bigint {
    if (typeof limb === 'bigint' || 'index' in limb) return limb;
    return this.keep(this.limb(limb));
  }

  /** All limbs held. */
  holdWord(word: Word): readonly [Local64 | bigint, Local64 | bigint, Local64 | bigint, Local64 | bigint] {
    return [this.hold(word[0]), this.hold(word[1]), this.hold(word[2]), this.hold(word[3])];
  }

  /** The bits of some limbs, or-ed together; what folds to zero is left out. */
  union(limbs: readonly Limb[]): Operand64 {
    const { code } = this;
    const rest = limbs.filter((limb) => limb !== 0n);
    if (rest.length === 0) return code.i64Const(0n);
    let bits = this.limb(rest[0]);
    for (const limb of rest.slice(1)) bits = code.i64Or(bits, this.limb(limb));
    return bits;
  }

  /** Whether the word is not zero. */
  isNonZero(word: Word): Operand32 {
    return this.code.i64Ne(this.union(word), this.code.i64Const(0n));
  }

  /** 0 or 1 as a word. */
  bool(condition: Operand32): Word {
    return smallWord(narrowed(this.keep(this.code.i64ExtendU(condition)), 1));
  }

  // Addition and subtraction

  add(left: Word, right: Word): Word {
    const { code } = this;
    const a = this.holdWord(left);
    const b = this.holdWord(right);
    if (isShort(a) && isShort(b)) {
      const bits = Math.max(bitsOf(a[0]), bitsOf(b[0])) + 1;
      if (bits <= 64)
        return smallWord(narrowed(this.keep(code.i64Add(this.limb(a[0]), this.limb(b[0]))), bits));
    }
    const sum: Limb[] = [];
    let carry: Local64 | undefined;
    for (let i = 0; i < 4; i++) {
      if (i > 0 && a[i] === 0n && b[i] === 0n) {
        sum.push(carry ?? 0n);
        carry = undefined;
        continue;
      }
      const partial = this.keep(code.i64Add(this.limb(a[i]), this.limb(b[i])));
      if (carry === undefined) {
        sum.push(partial);
        if (i < 3) carry = this.keep(code.i64ExtendU(code.i64LtU(code.get(partial), this.limb(a[i]))));
        continue;
      }
      const whole = this.keep(code.i64Add(code.get(partial), code.get(carry)));
      sum.push(whole);
      if (i < 3) {
        const overflow = code.i32Or(
          code.i64LtU(code.get(partial), this.limb(a[i])),
          code.i64LtU(code.get(whole), code.get(partial)),
        );
        carry = this.keep(code.i64ExtendU(overflow));
      }
    }
    return toWord(sum);
  }

  sub(left: Word, right: Word): Word {
    const { code } = this;
    const a = this.holdWord(left);
    const b = this.holdWord(right);
    const difference: Limb[] = [];
    let borrow: Local64 | undefined;
    for (let i = 0; i < 4; i++) {
      const partial = this.keep(code.i64Sub(this.limb(a[i]), this.limb(b[i])));
      if (borrow === undefined) {
        difference.push(partial);
        borrow = this.keep(code.i64ExtendU(code.i64LtU(this.limb(a[i]), this.limb(b[i]))));
        continue;
      }
      const whole = this.keep(code.i64Sub(code.get(partial), code.get(borrow)));
      difference.push(whole);
      if (i < 3) {
        const underflow = code.i32Or(
          code.i64LtU(this.limb(a[i]), this.limb(b[i])),
          code.i64LtU(code.get(partial), code.get(borrow)),
        );
        borrow = this.keep(code.i64ExtendU(underflow));
      }
    }
    return toWord(difference);
  }

  // Routines shared by all code of a module

  mul(a: Word, b: Word): Word {
    return this.#routine(this.#arithmetic.mul, a, b);
  }
  div(a: Word, b: Word): Word {
    return this.#routine(this.#arithmetic.div, a, b);
  }
  sdiv(a: Word, b: Word): Word {
    return this.#routine(this.#arithmetic.sdiv, a, b);
  }
  mod(a: Word, b: Word): Word {
    return this.#routine(this.#arithmetic.mod, a, b);
  }
  smod(a: Word, b: Word): Word {
    return this.#routine(this.#arithmetic.smod, a, b);
  }
  addmod(a: Word, b: Word, n: Word): Word {
    return this.#routine(this.#arithmetic.addmod, a, b, n);
  }
  mulmod(a: Word, b: Word, n: Word): Word {
    return this.#routine(this.#arithmetic.mulmod, a, b, n);
  }
  exp(base: Word, exponent: Word): Word {
    return this.#routine(this.#arithmetic.exp, base, exponent);
  }

  // Comparison

  /** left < right, unsigned. */
  less(left: Word, right: Word): Operand32 {
    return this.#less(left, right, false);
  }

  /** left < right, as two's complement. */
  lessSigned(left: Word, right: Word): Operand32 {
    return this.#less(left, right, true);
  }

  // From the lowest limb up: a higher limb decides unless it is equal. Branchless.
  #less(left: Word, right: Word, signed: boolean): Operand32 {
    const { code } = this;
    const a = this.holdWord(left);
    const b = this.holdWord(right);
    let lower = code.i64LtU(this.limb(a[0]), this.limb(b[0]));
    for (let i = 1; i < 4; i++) {
      if (a[i] === 0n && b[i] === 0n) continue;
      const isTop = signed && i === 3;
      const here = isTop
        ? code.i64LtS(this.limb(a[i]), this.limb(b[i]))
        : code.i64LtU(this.limb(a[i]), this.limb(b[i]));
      lower = code.select(lower, here, code.i64Eq(this.limb(a[i]), this.limb(b[i])));
    }
    return lower;
  }

  equal(left: Word, right: Word): Operand32 {
    const { code } = this;
    let bits = code.i64Xor(this.limb(left[0]), this.limb(right[0]));
    for (let i = 1; i < 4; i++) {
      if (left[i] === 0n && right[i] === 0n) continue;
      bits = code.i64Or(bits, code.i64Xor(this.limb(left[i]), this.limb(right[i])));
    }
    return code.i64Eqz(bits);
  }

  isZero(word: Word): Operand32 {
    return this.code.i64Eqz(this.union(word));
  }

  // Bits

  and(a: Word, b: Word): Word {
    return this.#limbwise(a, b, { neutral: LIMB_MASK, absorbing: 0n }, (x, y) => this.code.i64And(x, y));
  }
  or(a: Word, b: Word): Word {
    return this.#limbwise(a, b, { neutral: 0n, absorbing: LIMB_MASK }, (x, y) => this.code.i64Or(x, y));
  }
  xor(a: Word, b: Word): Word {
    return this.#limbwise(a, b, { neutral: 0n, absorbing: undefined }, (x, y) => this.code.i64Xor(x, y));
  }
  not(a: Word): Word {
    return this.xor(a, constantWord((1n << 256n) - 1n));
  }

  /** Byte `index` from the top. */
  byte(index: Word, word: Word): Word {
    const { code } = this;
    const at = this.hold(index[0]);
    const value = this.holdWord(word);
    // From the low end, and masked: an index out of range reads something, which the last select drops.
    const fromLow = this.keep(
      code.i64And(code.i64Sub(code.i64Const(31n), this.limb(at)), code.i64Const(31n)),
    );
    const low = this.keep(code.select(this.limb(value[1]), this.limb(value[0]), this.#bit(fromLow, 8n)));
    const high = this.keep(code.select(this.limb(value[3]), this.limb(value[2]), this.#bit(fromLow, 8n)));
    const limb = code.select(code.get(high), code.get(low), this.#bit(fromLow, 16n));
    const shift = code.i64Shl(code.i64And(code.get(fromLow), code.i64Const(7n)), code.i64Const(3n));
    const picked = code.i64And(code.i64ShrU(limb, shift), code.i64Const(0xffn));
    return smallWord(
      this.keep(code.select(picked, code.i64Const(0n), this.#below([at, ...index.slice(1)], 32n))),
    );
  }

  shl(shift: Word, word: Word): Word {
    const { code } = this;
    const by = this.hold(shift[0]);
    let value: readonly (Local64 | bigint)[] = this.holdWord(word);
    value = this.#whenBit(by, 128n, [0n, 0n, value[0], value[1]], value);
    value = this.#whenBit(by, 64n, [0n, value[0], value[1], value[2]], value);
    const bits = this.keep(code.i64And(this.limb(by), code.i64Const(63n)));
    const inverse = this.keep(code.i64Xor(code.get(bits), code.i64Const(63n)));
    const shifted = value.map((limb, i) => {
      const own = code.i64Shl(this.limb(limb), code.get(bits));
      if (i === 0 || value[i - 1] === 0n) return this.keep(own);
      // (x >> 1) >> (63 - bits) is x >> (64 - bits), and 0 where bits is 0
      const carried = code.i64ShrU(
        code.i64ShrU(this.limb(value[i - 1]), code.i64Const(1n)),
        code.get(inverse),
      );
      return this.keep(code.i64Or(own, carried));
    });
    return this.#orElse(this.#keep32(this.#below([by, ...shift.slice(1)], 256n)), shifted, 0n);
  }

  shr(shift: Word, word: Word): Word {
    const { code } = this;
    const by = this.hold(shift[0]);
    const shifted = this.#shiftRight(by, this.holdWord(word), 0n, (x, bits) => code.i64ShrU(x, bits));
    return this.#orElse(this.#keep32(this.#below([by, ...shift.slice(1)], 256n)), shifted, 0n);
  }

  sar(shift: Word, word: Word): Word {
    const { code } = this;
    const by = this.hold(shift[0]);
    const value = this.holdWord(word);
    const sign = this.keep(code.i64ShrS(this.limb(value[3]), code.i64Const(63n)));
    const shifted = this.#shiftRight(by, value, sign, (x, bits) => code.i64ShrS(x, bits));
    return this.#orElse(this.#keep32(this.#below([by, ...shift.slice(1)], 256n)), shifted, sign);
  }

  /** Extends the sign of the low `index + 1` bytes. */
  signextend(index: Word, word: Word): Word {
    const { code } = this;
    const at = this.hold(index[0]);
    const value = this.holdWord(word);
    const applies = this.#keep32(this.#below([at, ...index.slice(1)], 31n));
    const which = this.keep(code.i64ShrU(this.limb(at), code.i64Const(3n)));
    // How far the sign bit of the chosen byte is below the top of its limb.
    const gap = this.keep(
      code.i64Sub(
        code.i64Const(56n),
        code.i64Shl(code.i64And(this.limb(at), code.i64Const(7n)), code.i64Const(3n)),
      ),
    );
    let fill: Local64 | undefined;
    const extended: Limb[] = [];
    for (let i = 0; i < 4; i++) {
      const own = this.keep(code.i64ShrS(code.i64Shl(this.limb(value[i]), code.get(gap)), code.get(gap)));
      const isHere = this.#keep32(code.i64Eq(code.get(which), code.i64Const(BigInt(i))));
      const rest = fill === undefined ? value[i] : this.#aboveSign(which, i, fill, value[i]);
      const result = this.keep(code.select(code.get(own), this.limb(rest), code.get(isHere)));
      extended.push(result);
      const sign = code.i64ShrS(code.get(own), code.i64Const(63n));
      fill = this.keep(fill === undefined ? sign : code.select(sign, code.get(fill), code.get(isHere)));
    }
    return this.#choose(applies, extended, value);
  }

  /** Leading zero bits, as a word. */
  clz(word: Word): Word {
    const { code } = this;
    const value = this.holdWord(word);
    let count = code.i64Add(code.i64Const(192n), code.i64Clz(this.limb(value[0])));
    for (let i = 1; i < 4; i++) {
      const here = code.i64Add(code.i64Const(BigInt(64 * (3 - i))), code.i64Clz(this.limb(value[i])));
      count = code.select(count, here, code.i64Eqz(this.limb(value[i])));
    }
    return smallWord(this.keep(count));
  }

  /** How many bytes the word's minimal form takes, 0 to 32. */
  byteLength(word: Word): Operand64 {
    const { code } = this;
    const bits = code.i64Sub(code.i64Const(263n), this.limb(this.clz(word)[0]));
    return code.i64ShrU(bits, code.i64Const(3n));
  }

  // Memory

  /** The 32 bytes at an address, big-endian, as a word. */
  load(address: Operand32, offset = 0): Word {
    const { code } = this;
    const at = this.temporaries.take(I32);
    code.set(at, address);
    const high = this.#reversed(() => code.vLoad(code.get(at), offset));
    const low = this.#reversed(() => code.vLoad(code.get(at), offset + 16));
    return [
      { vector: low, half: 0 },
      { vector: low, half: 1 },
      { vector: high, half: 0 },
      { vector: high, half: 1 },
    ];
  }

  /** A word kept limb by limb (as stacks and registers keep it), `offset` bytes above an address. */
  read(pointer: Local32, offset: number): Word {
    return [0, 8, 16, 24].map((limb) => ({ pointer, offset: offset + limb })) as unknown as Word;
  }

  /** Writes a word as 32 big-endian bytes. */
  store(at: Local32, word: Word): void {
    const { code } = this;
    for (const [half, offset] of [
      [0, 16],
      [2, 0],
    ] as const) {
      const [low, high] = [word[half], word[half + 1]];
      if (typeof low === 'bigint' && typeof high === 'bigint') {
        const bytes = new Uint8Array(new BigUint64Array([low, high]).buffer).reverse();
        code.vStore(code.get(at), code.vConst(bytes), offset);
        continue;
      }
      // Built from two 64-bit reads: a 128-bit read of what was just written by 64-bit writes would stall.
      code.vStore(
        code.get(at),
        code.vSwizzle(
          code.vReplace64(code.vSplat64(this.limb(word[half])), 1, this.limb(word[half + 1])),
          code.vConst(REVERSED_LANES),
        ),
        offset,
      );
    }
  }

  // Private parts

  #routine(func: Func, ...words: readonly Word[]): Word {
    const { code } = this;
    const operands = words.flatMap((word) => word.map((limb) => this.limb(limb)));
    const result = [0, 1, 2, 3].map(() => this.temporaries.take(I64));
    code.setAll(result, code.callForAll(func, ...operands));
    return toWord(result);
  }

  #limbwise(
    a: Word,
    b: Word,
    known: { readonly neutral: bigint; readonly absorbing: bigint | undefined },
    combine: (x: Operand64, y: Operand64) => Operand64,
  ): Word {
    const combined = [0, 1, 2, 3].map((i): Limb => {
      const [x, y] = [a[i], b[i]];
      if (known.absorbing !== undefined && (x === known.absorbing || y === known.absorbing))
        return known.absorbing;
      if (x === known.neutral) return y;
      if (y === known.neutral) return x;
      const bits = (known.absorbing === 0n ? Math.min : Math.max)(bitsOf(x), bitsOf(y));
      return narrowed(this.keep(combine(this.limb(x), this.limb(y))), bits);
    });
    return toWord(combined);
  }

  /** A value in a temporary. */
  keep(value: Operand64): Local64 {
    const local = this.temporaries.take(I64);
    this.code.set(local, value);
    return local;
  }

  #keep32(value: Operand32): Local32 {
    const local = this.temporaries.take(I32);
    this.code.set(local, value);
    return local;
  }

  #bit(local: Local64 | bigint, bit: bigint): Operand32 {
    const { code } = this;
    return code.i64Ne(code.i64And(this.limb(local), code.i64Const(bit)), code.i64Const(0n));
  }

  #below(limbs: readonly Limb[], bound: bigint): Operand32 {
    const { code } = this;
    const low = code.i64LtU(this.limb(limbs[0]), code.i64Const(bound));
    return code.i32And(low, code.i64Eqz(this.union(limbs.slice(1))));
  }

  #whenBit(
    local: Local64 | bigint,
    bit: bigint,
    set: readonly (Local64 | bigint)[],
    clear: readonly (Local64 | bigint)[],
  ): readonly (Local64 | bigint)[] {
    return this.#choose(this.#keep32(this.#bit(local, bit)), set, clear) as readonly (Local64 | bigint)[];
  }

  #choose(condition: Local32, whenTrue: readonly Limb[], whenFalse: readonly Limb[]): Word {
    const { code } = this;
    return toWord(
      whenTrue.map((limb, i) =>
        this.keep(code.select(this.limb(limb), this.limb(whenFalse[i]), code.get(condition))),
      ),
    );
  }

  #orElse(condition: Local32, value: readonly Limb[], otherwise: Limb): Word {
    return this.#choose(condition, value, [otherwise, otherwise, otherwise, otherwise]);
  }

  #shiftRight(
    by: Local64 | bigint,
    word: readonly (Local64 | bigint)[],
    fill: Local64 | bigint,
    shiftTop: (x: Operand64, bits: Operand64) => Operand64,
  ): readonly Local64[] {
    const { code } = this;
    let value = this.#whenBit(by, 128n, [word[2], word[3], fill, fill], word);
    value = this.#whenBit(by, 64n, [value[1], value[2], value[3], fill], value);
    const bits = this.keep(code.i64And(this.limb(by), code.i64Const(63n)));
    const inverse = this.keep(code.i64Xor(code.get(bits), code.i64Const(63n)));
    return value.map((limb, i) => {
      if (i === 3) return this.keep(shiftTop(this.limb(limb), code.get(bits)));
      const own = code.i64ShrU(this.limb(limb), code.get(bits));
      const carried = code.i64Shl(code.i64Shl(this.limb(value[i + 1]), code.i64Const(1n)), code.get(inverse));
      return this.keep(code.i64Or(own, carried));
    });
  }

  #aboveSign(which: Local64, i: number, fill: Local64, own: Limb): Local64 {
    const { code } = this;
    const isAbove = (): Operand32 => code.i64LtU(code.get(which), code.i64Const(BigInt(i)));
    return this.keep(code.select(code.get(fill), this.limb(own), isAbove()));
  }

  #reversed(load: () => ReturnType<Code['vLoad']>): LocalV {
    const { code } = this;
    const vector = this.temporaries.take(V128);
    code.set(vector, code.vSwizzle(load(), code.vConst(REVERSED_LANES)));
    return vector;
  }
}

/** Whether only the lowest limb of a word may have bits. */
export function isShort(word: Word): boolean {
  return word[1] === 0n && word[2] === 0n && word[3] === 0n;
}

function toWord(limbs: readonly Limb[]): Word {
  return limbs as unknown as Word;
}
