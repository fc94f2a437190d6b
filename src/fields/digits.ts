/**
 * Scalars as digits in non-adjacent form, and the sum of several products by one run of doublings (Strauss): at each
 * position the sum is doubled, and to it is added, for each product, the multiple that its digit there asks for.
 */

import { type Code, I32, type Local32, type Operand32 } from '../wasm/code.ts';
import type { Func, ModuleBuilder } from '../wasm/module.ts';
import { addressOf, type Place } from './formula.ts';

/** How far a window can reach beyond the last digit asked for. */
const REACH = 12;

/** Bytes of a digit. */
export const DIGIT_SIZE = 2;
/** The bit that is set in a negative digit. */
const SIGN = 15;

/** Bytes for the digits of so many streams. */
export const digitBytes = (count: number, streams: number): number => (count + REACH) * streams * DIGIT_SIZE;

/**
 * `(bits, digits, width, negative)`: the digits of an integer of little-endian bytes with zeros after them, or of its
 * negative. Digit i is the 16-bit word at `streams` · i words. A digit d is zero, or odd and below 2^(width - 1), and of
 * any `width` in a row, 12 at most, one at most is not zero; the word is 0 for zero, else (|d| + 1) / 2, plus 2^15 when d is
 * negative. The words must be zero before.
 */
export function defineRecode(module: ModuleBuilder, count: number, streams: number): Func {
  const func = module.func({ params: [I32, I32, I32, I32], results: [] });
  const { code } = func;
  const [bits, digits, width, negative] = [0, 1, 2, 3].map((index) => code.param(index, I32));
  const [i, word, carry, sign, value] = code.locals(I32, 5);
  const one = () => code.i32Const(1);
  code.loop((again) => {
    const bytes = code.i64Load(code.i32Add(code.get(bits), code.i32ShrU(code.get(i), code.i32Const(3))));
    const shift = code.i64ExtendU(code.i32And(code.get(i), code.i32Const(7)));
    code.set(word, code.i32Wrap(code.i64ShrU(bytes, shift)));
    code.if(
      code.i32Eq(code.i32And(code.get(word), one()), code.get(carry)),
      () => code.set(i, code.i32Add(code.get(i), one())),
      () => {
        const mask = code.i32Sub(code.i32Shl(one(), code.get(width)), one());
        code.set(word, code.i32Add(code.i32And(mask, code.get(word)), code.get(carry)));
        // The digit is the window, less 2^width where that makes it smaller: then one is carried.
        const highest = code.i32ShrU(code.get(word), code.i32Sub(code.get(width), one()));
        code.set(carry, highest);
        code.set(sign, code.i32Xor(code.get(carry), code.get(negative)));
        const borrowed = code.i32Sub(code.i32Shl(code.get(carry), code.get(width)), code.get(word));
        code.set(value, code.select(borrowed, code.get(word), code.get(carry)));
        code.set(value, code.i32ShrU(code.i32Add(code.get(value), one()), one()));
        code.i32Store16(
          code.i32Add(code.get(digits), code.i32Mul(code.get(i), code.i32Const(streams * DIGIT_SIZE))),
          code.i32Or(code.get(value), code.i32Shl(code.get(sign), code.i32Const(SIGN))),
        );
        code.set(i, code.i32Add(code.get(i), code.get(width)));
      },
    );
    code.brIf(code.i32LtU(code.get(i), code.i32Const(count)), again);
  });
  return func;
}

/** The coordinates that a digit asks for. */
export interface Found {
  x(): Operand32;
  y(): Operand32;
}

/** One product of a sum. */
export interface Stream {
  /** Finds what a digit asks for, with the help of a local. The digit is used up. */
  find(digit: Local32, entry: Local32): Found;
  /** Adds a point of the table to the one at `p`. */
  add(p: Operand32, x: Operand32, y: Operand32): void;
}

/**
 * Emits the sum of products into the point at `sum`, which must be infinity.
 */
export function emitSumOfProducts(
  code: Code,
  double: Func,
  digits: number,
  count: number,
  streams: readonly Stream[],
  sum: Place,
): void {
  const [at, digit, entry] = code.locals(I32, 3);
  code.set(at, code.i32Const(digits + digitBytes(count, streams.length)));
  code.loop((again) => {
    code.set(at, code.i32Sub(code.get(at), code.i32Const(streams.length * DIGIT_SIZE)));
    code.call(double, addressOf(code, sum));
    for (const [i, { find, add }] of streams.entries()) {
      code.if(code.tee(digit, code.i32Load16(code.get(at), i * DIGIT_SIZE)), () => {
        const { x, y } = find(digit, entry);
        add(addressOf(code, sum), x(), y());
      });
    }
    code.brIf(code.i32GtU(code.get(at), code.i32Const(digits)), again);
  });
}

/**
 * How a stream finds odd multiples in a table of `oddMultiples.ts`.
 *
 * @param size of a coordinate
 * @param column 0 for x, 3 for the x of the endomorphism's image
 */
export const oddMultipleIn =
  (code: Code, table: () => Operand32, size: number, column: 0 | 3 = 0): Stream['find'] =>
  (digit, entry) =>
    entryOf(code, { digit, entry, table, size, column });

/** Sets `entry` to what a digit asks for; the addresses of its x and of y, or of -y after it. `digit` is used up. */
export function entryOf(
  code: Code,
  {
    digit,
    entry,
    table,
    size,
    column,
  }: { digit: Local32; entry: Local32; table: () => Operand32; size: number; column: 0 | 3 },
): Found {
  const index = code.i32Sub(code.i32And(code.get(digit), code.i32Const((1 << SIGN) - 1)), code.i32Const(1));
  code.set(entry, code.i32Add(code.i32Mul(index, code.i32Const(4 * size)), table()));
  const sign = code.i32ShrU(code.get(digit), code.i32Const(SIGN));
  code.set(digit, code.i32Mul(sign, code.i32Const(size)));
  return {
    x: () => addressOf(code, { base: entry, offset: column * size }),
    y: () => code.i32Add(addressOf(code, { base: entry, offset: size }), code.get(digit)),
  };
}
