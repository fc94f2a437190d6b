/** The module of G1 of bn254: sums and products. https://eips.ethereum.org/EIPS/eip-196 */

import { I32, type Operand32 } from '../wasm/code.ts';
import type { Func, OwnFunc } from '../wasm/module.ts';
import { type Bn254Module, type Bn254Parts, defineBn254Parts, finishBn254, STATUS } from './bn254Parts.ts';
import { defineEncode, storeBits } from './codec.ts';
import { defineRecode, digitBytes, emitSumOfProducts, oddMultipleIn } from './digits.ts';
import { addressOf, Formula } from './formula.ts';
import { defineDouble, defineJacobian, pointSize, primeCoordinates } from './jacobian.ts';
import { defineTables, entrySize } from './oddMultiples.ts';

const WIDTH = 5;
const ENTRIES = 2 ** (WIDTH - 2);
const DIGITS = 257;

/**
 * Builds the module. It exports `add` of the two points at the buffer, and `multiply` of the one there by the 256-bit
 * integer behind it: 0 for bytes that are no point, and otherwise 1, with the result at the buffer's start.
 */
export function buildBn254Group(): Bn254Module {
  const parts = defineBn254Parts();
  defineG1Functions(parts);
  return finishBn254(parts);
}

function defineG1Functions(parts: Bn254Parts): void {
  const { module, plan, field, buffer } = parts;
  const { size, radix } = field;
  const coordinates = primeCoordinates(plan, field, parts.isZeroProduct);
  const jacobian = defineJacobian(module, coordinates, defineDouble);
  const tables = defineTables(module, plan, coordinates, jacobian, parts.inverse);
  const recode = defineRecode(module, DIGITS, 1);
  const points = [0, 1].map(() => plan.reserve(2 * size));
  const sum = plan.reserve(pointSize(size));
  const write = defineWriteG1(parts, sum);
  const status = (func: OwnFunc, index: number) => {
    const { code } = func;
    const local = code.local(I32);
    code.set(
      local,
      code.call(parts.readG1, code.i32Const(points[index]), code.i32Const(buffer + 64 * index)),
    );
    code.if(code.i32Eqz(code.get(local)), () => code.return(code.i32Const(0)));
    return () => code.i32Eq(code.get(local), code.i32Const(STATUS.finite));
  };
  const clear = ({ code }: OwnFunc) => code.i32Store(code.i32Const(sum + 3 * size), code.i32Const(1));

  const add = module.func({ params: [], results: [I32] });
  const areFinite = [0, 1].map((index) => status(add, index));
  clear(add);
  for (const [index, isPoint] of areFinite.entries()) {
    add.code.if(isPoint(), () => {
      const [x, y] = [0, size].map((offset) => () => add.code.i32Const(points[index] + offset));
      add.code.call(jacobian.addAffine, add.code.i32Const(sum), x(), y());
    });
  }
  add.code.call(write);
  add.code.i32Const(1);
  module.export('add', add);

  const multiply = module.func({ params: [], results: [I32] });
  const { code } = multiply;
  const isPoint = status(multiply, 0);
  clear(multiply);
  const scalar = plan.reserve(size);
  const bits = plan.reserve(64);
  const digits = plan.reserve(digitBytes(DIGITS, 1));
  const table = plan.reserve(ENTRIES * entrySize(field));
  code.if(isPoint(), () => {
    code.call(parts.decode, code.i32Const(scalar), code.i32Const(buffer + 64));
    storeBits(
      code,
      () => code.i32Const(bits),
      () => code.i32Const(scalar),
      radix,
      4,
    );
    code.memoryFill(code.i32Const(digits), code.i32Const(0), code.i32Const(digitBytes(DIGITS, 1)));
    code.call(recode, code.i32Const(bits), code.i32Const(digits), code.i32Const(WIDTH), code.i32Const(0));
    const [x, y] = [0, size].map((offset) => () => code.i32Const(points[0] + offset));
    code.call(tables.fill, code.i32Const(table), code.i32Const(ENTRIES), x(), y());
    code.call(tables.finish, code.i32Const(table), code.i32Const(ENTRIES));
    const add = (p: Operand32, x: Operand32, y: Operand32) => code.call(jacobian.addAffine, p, x, y);
    const stream = { find: oddMultipleIn(code, () => code.i32Const(table), size), add };
    emitSumOfProducts(code, jacobian.double, digits, DIGITS, [stream], {
      base: undefined,
      offset: sum,
    });
  });
  code.call(write);
  code.i32Const(1);
  module.export('multiply', multiply);
}

/** `()`: the sum as 64 bytes at the buffer's start; zeros for infinity. */
function defineWriteG1(parts: Bn254Parts, sum: number): Func {
  const { module, plan, field, buffer } = parts;
  const encode = defineEncode(module, plan, field.radix, 32);
  const func = module.func({ params: [], results: [] });
  const { code } = func;
  const { size } = field;
  code.if(code.i32Load(code.i32Const(sum + 3 * size)), () => {
    code.memoryFill(code.i32Const(buffer), code.i32Const(0), code.i32Const(64));
    code.return();
  });
  const f = new Formula(code, field, plan);
  const z = f.scratch();
  code.call(parts.inverse, addressOf(code, z), code.i32Const(sum + 2 * size));
  const inverse = f.at(undefined, z.offset);
  const square = f.sqr(inverse);
  const x = f.mul(f.at(undefined, sum), square);
  const y = f.mul(f.at(undefined, sum + size), f.mul(square, inverse));
  const one = f.at(undefined, field.plain(1n));
  for (const [i, coordinate] of [x, y].entries()) {
    // Out of Montgomery's form.
    const plain = f.mul(coordinate, one);
    code.call(parts.normalize, addressOf(code, plain), addressOf(code, plain));
    code.call(encode, code.i32Const(buffer + 32 * i), addressOf(code, plain));
  }
  return func;
}
