/** Arithmetic for the compiler: what is known when the code is written is computed then. */

import * as oracle from '../word.ts';
import type { Limb, Word } from './words.ts';
import { bitsOf, constantWord, isShort, knownValue, narrowed, smallWord, WordCode } from './words.ts';

/** Folds constants, and shifts and divides by constants without asking at run time by how much. */
export class FoldedWordCode extends WordCode {
  /** words whose bits from the top of some byte on are all the same, and that byte */
  readonly #extended = new Map<Word, number>();

  override add(a: Word, b: Word): Word {
    if (knownValue(a) === 0n) return b;
    if (knownValue(b) === 0n) return a;
    return fold2(oracle.add, a, b) ?? super.add(a, b);
  }
  override sub(a: Word, b: Word): Word {
    return fold2(oracle.sub, a, b) ?? super.sub(a, b);
  }
  override mul(a: Word, b: Word): Word {
    const shift = powerOfTwo(knownValue(a));
    if (shift !== undefined) return this.#shiftLeft(shift, b);
    const otherShift = powerOfTwo(knownValue(b));
    if (otherShift !== undefined) return this.#shiftLeft(otherShift, a);
    return fold2(oracle.mul, a, b) ?? this.#shortProduct(a, b) ?? super.mul(a, b);
  }
  override div(a: Word, b: Word): Word {
    const shift = powerOfTwo(knownValue(b));
    if (shift !== undefined) return this.#shiftRight(shift, a);
    return fold2(oracle.div, a, b) ?? this.#shortDivision('quotient', a, b) ?? super.div(a, b);
  }
  override mod(a: Word, b: Word): Word {
    const shift = powerOfTwo(knownValue(b));
    if (shift !== undefined) return this.and(a, constantWord((1n << shift) - 1n));
    return fold2(oracle.mod, a, b) ?? this.#shortDivision('rest', a, b) ?? super.mod(a, b);
  }
  override sdiv(a: Word, b: Word): Word {
    return fold2(oracle.sdiv, a, b) ?? super.sdiv(a, b);
  }
  override smod(a: Word, b: Word): Word {
    return fold2(oracle.smod, a, b) ?? super.smod(a, b);
  }
  override exp(a: Word, b: Word): Word {
    return fold2(oracle.exp, a, b) ?? super.exp(a, b);
  }
  override signextend(index: Word, word: Word): Word {
    const byte = knownValue(index);
    if (byte === undefined) return super.signextend(index, word);
    return fold2(oracle.signextend, index, word) ?? this.#extend(Number(byte), word);
  }
  override byte(index: Word, word: Word): Word {
    const position = knownValue(index);
    if (position === undefined) return super.byte(index, word);
    if (position >= 32n) return constantWord(0n);
    return this.and(this.#shiftRight(8n * (31n - position), word), constantWord(0xffn));
  }
  override shl(shift: Word, word: Word): Word {
    const by = knownValue(shift);
    return by === undefined ? super.shl(shift, word) : this.#shiftLeft(by, word);
  }
  override shr(shift: Word, word: Word): Word {
    const by = knownValue(shift);
    return by === undefined ? super.shr(shift, word) : this.#shiftRight(by, word);
  }
  override sar(shift: Word, word: Word): Word {
    return fold2(oracle.sar, shift, word) ?? super.sar(shift, word);
  }

  /** Extends the sign of byte `byte`, which is known, unless it is what the word has above it. */
  #extend(byte: number, word: Word): Word {
    const { code } = this;
    const [at, bits] = [byte >> 3, 8 * (byte & 7) + 8];
    const isPositive = isShort(word) && (at > 0 || bitsOf(word[0]) < bits);
    if (byte >= 31 || isPositive || byte >= (this.#extended.get(word) ?? 32)) return word;
    const gap = () => code.i64Const(BigInt(64 - bits));
    const own =
      bits === 64
        ? this.hold(word[at])
        : this.keep(code.i64ShrS(code.i64Shl(this.limb(word[at]), gap()), gap()));
    const sign = this.keep(code.i64ShrS(this.limb(own), code.i64Const(63n)));
    const extended = word.map((limb, i) => (i < at ? limb : i === at ? own : sign)) as unknown as Word;
    this.#extended.set(extended, byte);
    return extended;
  }

  /** A product that fits a limb. */
  #shortProduct(a: Word, b: Word): Word | undefined {
    const bits = bitsOf(a[0]) + bitsOf(b[0]);
    if (!isShort(a) || !isShort(b) || bits > 64) return undefined;
    return smallWord(narrowed(this.keep(this.code.i64Mul(this.limb(a[0]), this.limb(b[0]))), bits));
  }

  /** The division of a limb by one that is known and not zero. */
  #shortDivision(wanted: 'quotient' | 'rest', a: Word, b: Word): Word | undefined {
    if (!isShort(a) || !isShort(b) || typeof b[0] !== 'bigint' || b[0] === 0n) return undefined;
    const { code } = this;
    const [dividend, divisor] = [this.limb(a[0]), this.limb(b[0])];
    const isQuotient = wanted === 'quotient';
    const result = isQuotient ? code.i64DivU(dividend, divisor) : code.i64RemU(dividend, divisor);
    return smallWord(narrowed(this.keep(result), bitsOf(a[0])));
  }

  #shiftLeft(shift: bigint, word: Word): Word {
    const value = knownValue(word);
    if (value !== undefined) return constantWord(oracle.shl(shift, value));
    if (shift >= 256n) return constantWord(0n);
    const whole = Number(shift >> 6n);
    const bits = shift & 63n;
    return word.map((_, i): Limb => {
      const upper = i - whole >= 0 ? word[i - whole] : 0n;
      const lower = i - whole - 1 >= 0 ? word[i - whole - 1] : 0n;
      return this.#joined(upper, lower, bits);
    }) as unknown as Word;
  }

  #shiftRight(shift: bigint, word: Word): Word {
    const value = knownValue(word);
    if (value !== undefined) return constantWord(oracle.shr(shift, value));
    if (shift >= 256n) return constantWord(0n);
    const whole = Number(shift >> 6n);
    const bits = shift & 63n;
    return word.map((_, i): Limb => {
      const upper = i + whole + 1 < 4 ? word[i + whole + 1] : 0n;
      const lower = i + whole < 4 ? word[i + whole] : 0n;
      return bits === 0n ? lower : this.#joined(upper, lower, 64n - bits);
    }) as unknown as Word;
  }

  /** The high half of `upper:lower` shifted left by fewer than 64 bits. */
  #joined(upper: Limb, lower: Limb, bits: bigint): Limb {
    const { code } = this;
    if (bits === 0n) return upper;
    if (typeof upper === 'bigint' && typeof lower === 'bigint') {
      return BigInt.asUintN(64, (upper << bits) | (lower >> (64n - bits)));
    }
    const shift = Number(bits);
    const carried = Math.max(bitsOf(lower) - 64 + shift, 0);
    if (carried === 0 && upper === 0n) return 0n;
    const high = () => code.i64Shl(this.limb(upper), code.i64Const(bits));
    const low = () => code.i64ShrU(this.limb(lower), code.i64Const(64n - bits));
    if (upper === 0n) return narrowed(this.keep(low()), carried);
    if (carried === 0) return narrowed(this.keep(high()), bitsOf(upper) + shift);
    return this.keep(code.i64Or(high(), low()));
  }
}

function fold2(operation: (a: bigint, b: bigint) => bigint, a: Word, b: Word): Word | undefined {
  const [x, y] = [knownValue(a), knownValue(b)];
  return x === undefined || y === undefined ? undefined : constantWord(operation(x, y));
}

function powerOfTwo(value: bigint | undefined): bigint | undefined {
  if (value === undefined || value === 0n || (value & (value - 1n)) !== 0n) return undefined;
  return BigInt(value.toString(2).length - 1);
}
