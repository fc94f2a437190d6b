/** The modules of G1 and G2 of BLS12-381: sums of points, and sums of products. */

import { I32 } from '../wasm/code.ts';
import type { Func } from '../wasm/module.ts';
import {
  type BlsCurve,
  type BlsParts,
  blsG1,
  blsG2,
  blsTowerBase,
  defineBlsParts,
  defineReadMember,
  defineReadPoint,
  defineToAffine,
  defineWritePoint,
  PART_LENGTH,
  STATUS,
} from './blsParts.ts';
import { defineIsBelow, reverseBytes } from './codec.ts';
import { DIGIT_SIZE, defineRecode, digitBytes, entryOf } from './digits.ts';
import { addressOf, Formula, type Place } from './formula.ts';
import { pointSize } from './jacobian.ts';
import { defineTables, entrySize } from './oddMultiples.ts';
import { defineSquareTimes, defineWindowPower } from './powers.ts';

/** Terms that share one run of doublings. */
export const MOST_TERMS = 16;

const WIDTH = 5;
const ENTRIES = 2 ** (WIDTH - 2);
/** Parts that a 256-bit integer is split into, and the digits of the longest, by how many parts coordinates have. */
const SCALARS = { 1: { parts: 2, digits: 130 }, 2: { parts: 4, digits: 66 } } as const;
/** Bytes of a point of G2, the longest. */
const BUFFER_LENGTH = 4 * PART_LENGTH;

/** A module, and the address of its buffer. */
export interface BlsModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly buffer: number;
}

/** A module of a group, and how integers are split for it: into so many digits to the base of a factor. */
export interface BlsGroupModule extends BlsModule {
  readonly factor: bigint;
  readonly scalarParts: number;
}

/**
 * Builds the module of G1. It exports `add()`, of the two points at the buffer, whose status is 0 for bytes that are no
 * point of the curve; and for sums of products `begin()`, `readTerm(index)`, which reads a point and the parts of an
 * integer, 32 bytes each, lowest first, and returns the point's status, `sumTerms(count)` for each group of finite terms,
 * and `finish()`. Results are written to the buffer. `decompress(isGreater)` finds the y that belongs to the x there, and returns 0 where there is none.
 */
export function buildBlsG1(): BlsGroupModule {
  const parts = defineBlsParts();
  const buffer = parts.plan.reserve(2 * BUFFER_LENGTH);
  defineDecompress(parts, buffer);
  return buildGroup(parts, blsG1(parts), buffer);
}

/** Builds the module of G2, with the same exports. */
export function buildBlsG2(): BlsGroupModule {
  const parts = defineBlsParts();
  const buffer = parts.plan.reserve(2 * BUFFER_LENGTH);
  return buildGroup(parts, blsG2(parts, blsTowerBase(parts)), buffer);
}

function buildGroup<E extends Place>(parts: BlsParts, curve: BlsCurve<E>, buffer: number): BlsGroupModule {
  const { module, plan } = parts;
  const { size } = curve.coordinates;
  const pointLength = 2 * curve.parts * PART_LENGTH;
  const total = plan.reserve(pointSize(size));
  const readPoint = defineReadPoint(parts, curve);
  const toAffine = defineToAffine(parts, curve);
  const write = defineWritePoint(parts, curve, toAffine);
  const begin = module.func({ params: [], results: [] });
  begin.code.i32Store(begin.code.i32Const(total + 3 * size), begin.code.i32Const(1));
  module.export('begin', begin);
  const finish = module.func({ params: [], results: [] });
  finish.code.call(write, finish.code.i32Const(buffer), finish.code.i32Const(total));
  module.export('finish', finish);

  const add = module.func({ params: [], results: [I32] });
  const { code } = add;
  const points = [0, 1].map(() => plan.reserve(2 * size));
  const statuses = code.locals(I32, 2);
  for (const [i, status] of statuses.entries()) {
    const source = () => code.i32Const(buffer + i * pointLength);
    code.if(code.i32Eqz(code.tee(status, code.call(readPoint, code.i32Const(points[i]), source()))), () =>
      code.return(code.i32Const(STATUS.invalid)),
    );
  }
  code.call(begin);
  for (const [i, status] of statuses.entries()) {
    code.if(code.i32Eq(code.get(status), code.i32Const(STATUS.finite)), () => {
      const [x, y] = [0, size].map((offset) => () => code.i32Const(points[i] + offset));
      code.call(curve.jacobian.addAffine, code.i32Const(total), x(), y());
    });
  }
  code.call(finish);
  code.i32Const(1);
  module.export('add', add);

  defineSums(parts, curve, {
    buffer,
    total,
    pointLength,
    readMember: defineReadMember(parts, curve, readPoint),
    toAffine,
  });
  module.memory('memory', Math.ceil(plan.size / 0x10000));
  return {
    bytes: module.finish(),
    buffer,
    factor: curve.factor,
    scalarParts: SCALARS[curve.parts].parts,
  };
}

/**
 * Products are made of parts of an integer, the digits to the base of a factor by which an endomorphism multiplies: two for
 * G1, four for G2, and so many times fewer doublings.
 * R. Gallant, R. Lambert, S. Vanstone, 2001; S. Galbraith, X. Lin, M. Scott, 2009: https://eprint.iacr.org/2008/194
 */
function defineSums<E extends Place>(
  parts: BlsParts,
  curve: BlsCurve<E>,
  {
    buffer,
    total,
    pointLength,
    readMember,
    toAffine,
  }: { buffer: number; total: number; pointLength: number; readMember: Func; toAffine: Func },
): void {
  const { module, plan } = parts;
  const { coordinates, jacobian } = curve;
  const { size } = coordinates;
  const tables = defineTables(module, plan, coordinates, jacobian, curve.inverse);
  const scalars = SCALARS[curve.parts];
  const recode = defineRecode(module, scalars.digits, 1);
  const image = defineImage(parts, curve);
  // One part's tables of all terms follow each other, and so do its digits.
  const tableSize = ENTRIES * entrySize(coordinates);
  const tablesSize = MOST_TERMS * tableSize;
  const tablesAt = plan.reserve(scalars.parts * tablesSize);
  const digitsSize = digitBytes(scalars.digits, 1);
  const digitsAt = plan.reserve(scalars.parts * MOST_TERMS * digitsSize);

  const readTerm = module.func({ params: [I32], results: [I32] });
  {
    const { code } = readTerm;
    const index = code.param(0, I32);
    const [status, digits] = code.locals(I32, 2);
    const point = plan.reserve(2 * size);
    const bits = plan.reserve(64);
    code.set(status, code.call(readMember, code.i32Const(point), code.i32Const(buffer)));
    code.if(code.i32Ne(code.get(status), code.i32Const(STATUS.finite)), () => code.return(code.get(status)));
    const table = () =>
      code.i32Add(code.i32Mul(code.get(index), code.i32Const(tableSize)), code.i32Const(tablesAt));
    const [x, y] = [0, size].map((offset) => () => code.i32Const(point + offset));
    code.call(tables.fill, table(), code.i32Const(ENTRIES), x(), y());
    const offset = code.i32Mul(code.get(index), code.i32Const(digitsSize));
    code.set(digits, code.i32Add(offset, code.i32Const(digitsAt)));
    for (let part = 0; part < scalars.parts; part++) {
      reverseBytes(
        code,
        () => code.i32Const(bits),
        () => code.i32Const(buffer + pointLength + 32 * part),
        32,
      );
      code.memoryFill(code.get(digits), code.i32Const(0), code.i32Const(digitsSize));
      code.call(recode, code.i32Const(bits), code.get(digits), code.i32Const(WIDTH), code.i32Const(0));
      code.set(digits, code.i32Add(code.get(digits), code.i32Const(MOST_TERMS * digitsSize)));
    }
    code.get(status);
  }
  module.export('readTerm', readTerm);

  const sumTerms = module.func({ params: [I32], results: [] });
  {
    const { code } = sumTerms;
    const count = code.param(0, I32);
    const [at, end, position, table, digit, entry] = code.locals(I32, 6);
    const sum = plan.reserve(pointSize(size));
    const step = (local: typeof at, by: number) =>
      code.set(local, code.i32Add(code.get(local), code.i32Const(by)));
    const entries = () => code.i32Mul(code.get(count), code.i32Const(ENTRIES));
    code.call(tables.finish, code.i32Const(tablesAt), entries());
    for (let part = 1; part < scalars.parts; part++) {
      const to = tablesAt + part * tablesSize;
      code.call(image, code.i32Const(to), code.i32Const(to - tablesSize), entries());
    }
    code.i32Store(code.i32Const(sum + 3 * size), code.i32Const(1));
    code.set(position, code.i32Const(digitsAt + digitsSize - DIGIT_SIZE));
    code.loop((next) => {
      code.call(jacobian.double, code.i32Const(sum));
      for (let part = 0; part < scalars.parts; part++) {
        const offset = code.i32Const(part * MOST_TERMS * digitsSize);
        code.set(at, code.i32Add(offset, code.get(position)));
        code.set(table, code.i32Const(tablesAt + part * tablesSize));
        const length = code.i32Mul(code.get(count), code.i32Const(digitsSize));
        code.set(end, code.i32Add(length, code.get(at)));
        code.loop((again) => {
          code.if(code.tee(digit, code.i32Load16(code.get(at))), () => {
            const { x, y } = entryOf(code, { digit, entry, table: () => code.get(table), size, column: 0 });
            code.call(jacobian.addAffine, code.i32Const(sum), x(), y());
          });
          step(at, digitsSize);
          step(table, tableSize);
          code.brIf(code.i32LtU(code.get(at), code.get(end)), again);
        });
      }
      step(position, -DIGIT_SIZE);
      code.brIf(code.i32GeU(code.get(position), code.i32Const(digitsAt)), next);
    });
    // Into affine coordinates, so that the sums of groups can be added.
    const affine = plan.reserve(2 * size);
    code.if(code.call(toAffine, code.i32Const(affine), code.i32Const(sum)), () => {
      const [x, y] = [0, size].map((offset) => () => code.i32Const(affine + offset));
      code.call(jacobian.addAffine, code.i32Const(total), x(), y());
    });
  }
  module.export('sumTerms', sumTerms);
}

/** `(to, from, count)`: so many entries of tables, for the points times the curve's factor. */
function defineImage<E extends Place>({ module }: BlsParts, curve: BlsCurve<E>): Func {
  const { coordinates, endomorphism } = curve;
  const { size } = coordinates;
  const func = module.func({ params: [I32, I32, I32], results: [] });
  const { code } = func;
  const [to, from, count] = [0, 1, 2].map((index) => code.param(index, I32));
  const f = coordinates.formulas(code);
  const move = (local: typeof to) =>
    code.set(local, code.i32Add(code.get(local), code.i32Const(entrySize(coordinates))));
  code.loop((again) => {
    const image = endomorphism(f, f.at(from, 0), f.at(from, size));
    f.sum([[1, image.x]], { base: to, offset: 0 });
    f.sum([[-1, image.y]], { base: to, offset: size });
    f.sum([[1, image.y]], { base: to, offset: 2 * size });
    move(to);
    move(from);
    code.brIf(code.tee(count, code.i32Sub(code.get(count), code.i32Const(1))), again);
  });
  return func;
}

/** `decompress(isGreater)`: writes y behind the x at the buffer, the greater or the lesser of both. */
function defineDecompress(parts: BlsParts, buffer: number): void {
  const { module, plan, field } = parts;
  const { modulus } = field;
  // The prime is 3 modulo 4: of a square, this power is a root.
  const sqrt = defineWindowPower(module, plan, field, defineSquareTimes(module, field), (modulus + 1n) / 4n);
  const isLesser = defineIsBelow(module, field.radix, (modulus + 1n) / 2n);
  const func = module.func({ params: [I32], results: [I32] });
  const { code } = func;
  const f = new Formula(code, field, plan);
  const [x, y, plainY] = [f.scratch(), f.scratch(), f.scratch()].map(({ offset }) => f.at(undefined, offset));
  const at = (place: Place) => addressOf(code, place);
  const padding = PART_LENGTH - 48;
  code.call(parts.decode, at(x), code.i32Const(buffer + padding));
  code.if(code.i32Eqz(code.call(parts.isInField, at(x))), () => code.return(code.i32Const(STATUS.invalid)));
  f.mul(x, f.constant(field.reduction.factor), x);
  const square = f.sum([
    [1, f.mul(f.sqr(x), x)],
    [1, f.constant(4n)],
  ]);
  code.call(sqrt, at(y), at(square));
  const difference = f.sum([
    [1, f.sqr(y)],
    [-1, square],
  ]);
  const isRoot = code.call<typeof I32>(parts.isZeroProduct, at(f.sqr(difference)));
  code.if(code.i32Eqz(isRoot), () => code.return(code.i32Const(STATUS.invalid)));
  const normalizeY = () => {
    f.mul(y, f.at(undefined, field.plain(1n)), plainY);
    code.call(parts.normalize, at(plainY), at(plainY));
  };
  normalizeY();
  const isOther = code.i32Eq(code.call(isLesser, at(plainY)), code.get(code.param(0, I32)));
  code.if(isOther, () => {
    f.sum([[-1, y]], y);
    normalizeY();
  });
  code.call(parts.encode, code.i32Const(buffer + PART_LENGTH + padding), at(plainY));
  code.i32Const(STATUS.finite);
  module.export('decompress', func);
}
