/**
 * What the modules of BLS12-381 begin with: the fields, and how points are read and written. A coordinate is 64
 * big-endian bytes for each of its parts, of which the first 16 are zero; infinity is all zeros.
 * https://eips.ethereum.org/EIPS/eip-2537
 */

import { I32, type Operand32 } from '../wasm/code.ts';
import { type Func, ModuleBuilder } from '../wasm/module.ts';
import {
  defineDecode,
  defineEncode,
  defineIsBelow,
  defineIsZero,
  defineIsZeroProduct,
  defineNormalize,
} from './codec.ts';
import { definePrimeField, type PrimeField } from './field.ts';
import { type Algebra, addressOf, type Element, Formula, type Place } from './formula.ts';
import { defineInverseOfProduct } from './inverse.ts';
import {
  type CoordinateField,
  defineDouble,
  defineJacobian,
  type JacobianFunctions,
  pointSize,
  primeCoordinates,
} from './jacobian.ts';
import { signedDigits } from './miller.ts';
import { MemoryPlan } from './plan.ts';
import { type Element2, QuadraticField } from './quadratic.ts';
import { conjugate2, frobeniusOf, inverse2, inverseFrobenius, type TowerBase } from './tower.ts';

const FIELD =
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn;
/** The absolute value of the parameter that field and order are polynomials of. It is negative. */
export const PARAMETER = 0xd201000000010000n;
/** The cube root of one by which the endomorphism of G1 multiplies x, where it multiplies points by -PARAMETER². */
const BETA = 0x5f19672fdf76ce51ba69c6076a0f77eaddb3a93be6f89688de17d813620a00022e01fffffffefffen;

/** Bytes of a field element. */
export const PART_LENGTH = 64;
/** Zeros that it begins with. */
export const PADDING = 16;

/** What reading a point comes to. */
export const STATUS = { invalid: 0, finite: 1, infinite: 2 } as const;

/** What the functions of a module share. */
export interface BlsParts {
  readonly module: ModuleBuilder;
  readonly plan: MemoryPlan;
  readonly field: PrimeField;
  readonly decode: Func;
  readonly encode: Func;
  readonly isInField: Func;
  readonly isZero: Func;
  readonly isZeroProduct: Func;
  readonly normalize: Func;
  /** `(out, a)` */
  readonly inverse: Func;
}

/** The image of a point under a curve's endomorphism, in formulas. */
export type Endomorphism<E> = (f: Algebra<E>, x: E, y: E) => { readonly x: E; readonly y: E };

/** A curve over a field of one or two parts, and the subgroup of it that counts. */
export interface BlsCurve<E extends Place> {
  readonly coordinates: CoordinateField<E>;
  readonly parts: 1 | 2;
  /** the address of b */
  readonly b: number;
  /** `(out, a)` */
  readonly inverse: Func;
  readonly jacobian: JacobianFunctions;
  /** multiplies points of the subgroup by -`factor` */
  readonly endomorphism: Endomorphism<E>;
  readonly factor: bigint;
  /** `(x)`: 1 when the point whose x, and behind it y, are at an address is in the subgroup */
  readonly isMember: Func;
}

/** A new module with them. */
export function defineBlsParts(): BlsParts {
  const module = new ModuleBuilder();
  const plan = new MemoryPlan(module);
  const field = definePrimeField(module, plan, FIELD, undefined, 2);
  const normalize = defineNormalize(module, plan, field);
  return {
    module,
    plan,
    field,
    decode: defineDecode(module, plan, field.radix, 48),
    encode: defineEncode(module, plan, field.radix, 48),
    isInField: defineIsBelow(module, field.radix, FIELD),
    isZero: defineIsZero(module, field.radix),
    isZeroProduct: defineIsZeroProduct(module, plan, field, normalize),
    normalize,
    inverse: defineInverseOfProduct(module, plan, field, normalize),
  };
}

/** The quadratic extension, and what the tower above it needs. */
export function blsTowerBase({ module, plan, field, inverse }: BlsParts): TowerBase {
  const quadratic = new QuadraticField(module, plan, field);
  const xi = [1, 1] as const;
  return { module, plan, field: quadratic, xi, inverse, frobenius: frobeniusOf(quadratic, xi) };
}

/** The curve of G1: y² = x³ + 4. */
export function blsG1(parts: BlsParts): BlsCurve<Element> {
  const { module, plan, field, inverse } = parts;
  const coordinates = primeCoordinates(plan, field, parts.isZeroProduct);
  const jacobian = defineJacobian(module, coordinates, defineDouble);
  // The endomorphism φ obeys φ² + φ + 1 = 0. Where it multiplies by λ = -PARAMETER², λ² + λ + 1, which is the order,
  // takes the point to infinity. M. Scott, A note on group membership tests, 2021: https://eprint.iacr.org/2021/1130
  const endomorphism: Endomorphism<Element> = (f, x, y) => ({
    x: f.mul(x, f.at(undefined, field.constant(BETA))),
    y,
  });
  const factor = PARAMETER ** 2n;
  const isMember = defineMembership(parts, coordinates, jacobian, factor, endomorphism);
  return { coordinates, parts: 1, b: field.constant(4n), inverse, jacobian, endomorphism, factor, isMember };
}

/** The curve of G2: y² = x³ + 4·(1 + u). */
export function blsG2(parts: BlsParts, base: TowerBase): BlsCurve<Element2> {
  const { module } = parts;
  const { field, frobenius } = base;
  const isZeroProduct = field.defineIsZeroProduct(parts.isZeroProduct);
  const coordinates = field.coordinates(isZeroProduct);
  const jacobian = defineJacobian(module, coordinates, defineDouble);
  const inverse = module.func({ params: [I32, I32], results: [] });
  const { code } = inverse;
  const f = field.formulas(code);
  const inverted = inverse2(f, parts.inverse, f.at(code.param(1, I32), 0));
  f.sum([[1, inverted]], { base: code.param(0, I32), offset: 0 });
  // The Frobenius map, as it acts on the twist, multiplies points of the subgroup by the parameter, and no others.
  const [c2, c3] = [1, 4].map((i) => inverseFrobenius(frobenius, i, field.base.modulus));
  const endomorphism: Endomorphism<Element2> = ({ code }, x, y) => {
    const g = field.formulas(code);
    return {
      x: g.mul(conjugate2(g, x), g.constant(c2)),
      y: g.mul(conjugate2(g, y), g.constant(c3)),
    };
  };
  const factor = PARAMETER;
  const isMember = defineMembership(parts, coordinates, jacobian, factor, endomorphism);
  const b = field.constant([4n, 4n]);
  return { coordinates, parts: 2, b, inverse, jacobian, endomorphism, factor, isMember };
}

/** `(sum, x, y)`: sum = factor · (x, y), for a factor known beforehand and points whose order is not below 16. */
export function defineMultiple<E extends Place>(
  { module, plan }: BlsParts,
  coordinates: CoordinateField<E>,
  jacobian: JacobianFunctions,
  factor: bigint,
): Func {
  const { size } = coordinates;
  const func = module.func({ params: [I32, I32, I32], results: [] });
  const { code } = func;
  const [sum, x, y] = [0, 1, 2].map((index) => code.param(index, I32));
  const f = coordinates.formulas(code);
  const digits = signedDigits(factor);
  const digitsAt = plan.constant(digits);
  const minusY = f.sum([[-1, f.at(y, 0)]], f.scratch());
  const [i, digit] = code.locals(I32, 2);
  code.i32Store(code.get(sum), code.i32Const(1), 3 * size);
  code.call(jacobian.addAffine, code.get(sum), code.get(x), code.get(y));
  code.set(i, code.i32Const(digitsAt));
  code.loop((again) => {
    code.call(jacobian.double, code.get(sum));
    code.if(code.tee(digit, code.i32Load8(code.get(i))), () => {
      code.set(digit, code.i32Eq(code.get(digit), code.i32Const(1)));
      code.call(
        jacobian.addAffine,
        code.get(sum),
        code.get(x),
        code.select(code.get(y), addressOf(code, minusY), code.get(digit)),
      );
    });
    code.set(i, code.i32Add(code.get(i), code.i32Const(1)));
    code.brIf(code.i32LtU(code.get(i), code.i32Const(digitsAt + digits.length)), again);
  });
  return func;
}

/** `(x)`: whether the endomorphism's image of a point is the point times -`factor`. */
function defineMembership<E extends Place>(
  parts: BlsParts,
  coordinates: CoordinateField<E>,
  jacobian: JacobianFunctions,
  factor: bigint,
  endomorphism: Endomorphism<E>,
): Func {
  const { module, plan } = parts;
  const { size } = coordinates;
  const multiply = defineMultiple(parts, coordinates, jacobian, factor);
  const func = module.func({ params: [I32], results: [I32] });
  const { code } = func;
  const point = code.param(0, I32);
  const f = coordinates.formulas(code);
  const [x, y] = [0, size].map((offset) => f.at(point, offset));
  const sum = plan.reserve(pointSize(size));
  code.call(multiply, code.i32Const(sum), addressOf(code, x), addressOf(code, y));
  code.if(code.i32Load(code.i32Const(sum + 3 * size)), () => code.return(code.i32Const(0)));
  const image = endomorphism(f, x, y);
  const [sumX, sumY, sumZ] = [0, 1, 2].map((index) => f.at(undefined, sum + index * size));
  const zz = f.sqr(sumZ);
  const isNull = (a: E, b: E, sign: 1 | -1): Operand32 => {
    const difference = f.sum([
      [1, a],
      [sign, b],
    ]);
    return code.call(coordinates.isZeroProduct, addressOf(code, f.sqr(difference)));
  };
  const isSameX = isNull(f.mul(image.x, zz), sumX, -1);
  code.if(code.i32Eqz(isSameX), () => code.return(code.i32Const(0)));
  isNull(f.mul(image.y, f.mul(zz, sumZ)), sumY, 1);
  return func;
}

/** `(out, point)`: writes x, and y behind it, of a point in Jacobian coordinates; returns 0 for infinity, else 1. */
export function defineToAffine<E extends Place>({ module }: BlsParts, curve: BlsCurve<E>): Func {
  const { size, formulas } = curve.coordinates;
  const func = module.func({ params: [I32, I32], results: [I32] });
  const { code } = func;
  const [out, point] = [0, 1].map((index) => code.param(index, I32));
  code.if(code.i32Load(code.get(point), 3 * size), () => code.return(code.i32Const(0)));
  const f = formulas(code);
  const z = f.scratch();
  code.call(curve.inverse, addressOf(code, z), addressOf(code, { base: point, offset: 2 * size }));
  const inverse = f.at(undefined, z.offset);
  const square = f.sqr(inverse);
  f.mul(f.at(point, 0), square, { base: out, offset: 0 });
  f.mul(f.at(point, size), f.mul(square, inverse), { base: out, offset: size });
  code.i32Const(1);
  return func;
}

/** `(x, source)`: reads x and y of a point of the curve, y behind x, into Montgomery's form; returns its status. */
export function defineReadPoint<E extends Place>(shared: BlsParts, curve: BlsCurve<E>): Func {
  const { module, plan, field } = shared;
  const { coordinates, parts } = curve;
  const func = module.func({ params: [I32, I32], results: [I32] });
  const { code } = func;
  const [out, source] = [0, 1].map((index) => code.param(index, I32));
  const plain = new Formula(code, field, plan);
  const isEmpty = code.local(I32);
  const require = (condition: Operand32) =>
    code.if(code.i32Eqz(condition), () => code.return(code.i32Const(STATUS.invalid)));
  code.set(isEmpty, code.i32Const(1));
  for (let i = 0; i < 2 * parts; i++) {
    const at = () => addressOf(code, { base: out, offset: i * field.size });
    const padding = code.i64Or(
      code.i64Load(code.get(source), PART_LENGTH * i),
      code.i64Load(code.get(source), PART_LENGTH * i + 8),
    );
    require(code.i64Eqz(padding));
    code.call(shared.decode, at(), addressOf(code, { base: source, offset: PART_LENGTH * i + PADDING }));
    require(code.call(shared.isInField, at()));
    code.set(isEmpty, code.i32And(code.call(shared.isZero, at()), code.get(isEmpty)));
  }
  code.if(code.get(isEmpty), () => code.return(code.i32Const(STATUS.infinite)));
  for (let i = 0; i < 2 * parts; i++) {
    const part = plain.at(out, i * field.size);
    plain.mul(part, plain.constant(field.reduction.factor), part);
  }
  const f = coordinates.formulas(code);
  const [x, y] = [0, coordinates.size].map((offset) => f.at(out, offset));
  const difference = f.sum([
    [1, f.sqr(y)],
    [-1, f.mul(f.sqr(x), x)],
    [-1, f.at(undefined, curve.b)],
  ]);
  code.call(coordinates.isZeroProduct, addressOf(code, f.sqr(difference)));
  return func;
}

/** `(x, source)`: as `defineReadPoint`, and only points of the subgroup are valid. */
export function defineReadMember<E extends Place>(
  shared: BlsParts,
  curve: BlsCurve<E>,
  readPoint: Func,
): Func {
  const func = shared.module.func({ params: [I32, I32], results: [I32] });
  const { code } = func;
  const [out, source] = [0, 1].map((index) => code.param(index, I32));
  const status = code.local(I32);
  code.set(status, code.call(readPoint, code.get(out), code.get(source)));
  code.if(code.i32Ne(code.get(status), code.i32Const(STATUS.finite)), () => code.return(code.get(status)));
  code.call(curve.isMember, code.get(out));
  return func;
}

/** `(out, point)`: a point in Jacobian coordinates as bytes. */
export function defineWritePoint<E extends Place>(
  shared: BlsParts,
  curve: BlsCurve<E>,
  toAffine: Func,
): Func {
  const { module, plan, field } = shared;
  const { coordinates, parts } = curve;
  const func = module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const [out, point] = [0, 1].map((index) => code.param(index, I32));
  const affine = plan.reserve(2 * coordinates.size);
  code.memoryFill(code.get(out), code.i32Const(0), code.i32Const(2 * parts * PART_LENGTH));
  code.if(code.i32Eqz(code.call(toAffine, code.i32Const(affine), code.get(point))), () => code.return());
  const plain = new Formula(code, field, plan);
  const one = plain.at(undefined, field.plain(1n));
  for (let part = 0; part < 2 * parts; part++) {
    // Out of Montgomery's form.
    const value = plain.mul(plain.at(undefined, affine + part * field.size), one);
    code.call(shared.normalize, addressOf(code, value), addressOf(code, value));
    const offset = part * PART_LENGTH + PADDING;
    code.call(shared.encode, addressOf(code, { base: out, offset }), addressOf(code, value));
  }
  return func;
}
