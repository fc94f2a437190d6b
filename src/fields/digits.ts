/**
 * Scalars as digits in non-adjacent form, and the sum of several products by one run of doublings (Strauss): at each
 * position the sum is doubled, and to it is added, for each product, the multiple that its digit there asks for.
 */

import { type Code, I32, type Local32, type Operand32 } from '../wasm/code.ts';
import type { Func, ModuleBuilder } from '../wasm/module.ts';
import { addressOf, type Place } from './formula.ts';
import type { JacobianFunctions } from './jacobian.ts';

/** How far a window can reach beyond the last digit asked for. */
const REACH = 8;

/** Bytes for the digits of so many streams. */
export const digitBytes = (count: number, streams: number): number => (count + REACH) * streams;

/**
 * `(bits, digits, width, negative)`: the digits of an integer of little-endian bytes with zeros after them, or of its
 * negative. Digit i is the byte at `streams` · i. A digit d is zero, or odd and below 2^(width - 1), and of any `width`
 * in a row one at most is not zero; the byte is 0 for zero, else (|d| + 1) / 2, plus 128 when d is negative. The bytes
 * must be zero before.
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
        code.i32Store8(
          code.i32Add(code.get(digits), code.i32Mul(code.get(i), code.i32Const(streams))),
          code.i32Or(code.get(value), code.i32Shl(code.get(sign), code.i32Const(7))),
        );
        code.set(i, code.i32Add(code.get(i), code.get(width)));
      },
    );
    code.brIf(code.i32LtU(code.get(i), code.i32Const(count)), again);
  });
  return func;
}

/** One product of a sum: where its table of odd multiples is, and which x of an entry counts. */
export interface Stream {
  table(): Operand32;
  /** 0 for x, 3 for the x of the endomorphism's image */
  readonly column: 0 | 3;
}

/**
 * Emits the sum of products into the point at `sum`, which must be infinity. `size` is that of a coordinate; entries are
 * those of `oddMultiples.ts`. One, two or four streams.
 */
export function emitSumOfProducts(
  code: Code,
  jacobian: JacobianFunctions,
  size: number,
  digits: number,
  count: number,
  streams: readonly Stream[],
  sum: Place,
): void {
  const [at, some, digit, entry] = code.locals(I32, 4);
  const load = {
    1: () => code.i32Load8(code.get(at)),
    2: () => code.i32Load16(code.get(at)),
    4: () => code.i32Load(code.get(at)),
  }[streams.length];
  if (load === undefined) throw new RangeError(`digits: expected 1, 2 or 4 streams, got ${streams.length}`);
  code.set(at, code.i32Const(digits + digitBytes(count, streams.length)));
  code.loop((again) => {
    code.set(at, code.i32Sub(code.get(at), code.i32Const(streams.length)));
    code.call(jacobian.double, addressOf(code, sum));
    code.if(code.tee(some, load()), () => {
      for (const [i, { table, column }] of streams.entries()) {
        const byte = code.i32ShrU(code.get(some), code.i32Const(8 * i));
        code.if(code.tee(digit, code.i32And(byte, code.i32Const(0xff))), () => {
          code.set(entry, entryOf(code, digit, table, 4 * size));
          // y, or -y after it
          const sign = code.i32ShrU(code.get(digit), code.i32Const(7));
          code.set(digit, code.i32Mul(sign, code.i32Const(size)));
          code.call(
            jacobian.addAffine,
            addressOf(code, sum),
            addressOf(code, { base: entry, offset: column * size }),
            code.i32Add(addressOf(code, { base: entry, offset: size }), code.get(digit)),
          );
        });
      }
    });
    code.brIf(code.i32GtU(code.get(at), code.i32Const(digits)), again);
  });
}

function entryOf(code: Code, digit: Local32, table: () => Operand32, size: number): Operand32 {
  const index = code.i32Sub(code.i32And(code.get(digit), code.i32Const(0x7f)), code.i32Const(1));
  return code.i32Add(code.i32Mul(index, code.i32Const(size)), table());
}
