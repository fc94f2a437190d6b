/**
 * The modules that map field elements to G1 and G2 of BLS12-381: the simplified SWU map to another curve, an isogeny from
 * there, and the multiplication that leaves the subgroup only. https://www.rfc-editor.org/rfc/rfc9380
 */

import { type Code, I32 } from '../wasm/code.ts';
import type { Func } from '../wasm/module.ts';
import type { BlsModule } from './blsGroup.ts';
import { G1_MAP, G2_MAP, type MapConstants } from './blsMapConstants.ts';
import {
  type BlsCurve,
  type BlsParts,
  blsG1,
  blsG2,
  blsTowerBase,
  defineBlsParts,
  defineMultiple,
  defineToAffine,
  defineWritePoint,
  PADDING,
  PARAMETER,
  PART_LENGTH,
  STATUS,
} from './blsParts.ts';
import { type Algebra, addressOf, Formula, type Place } from './formula.ts';
import { pointSize } from './jacobian.ts';
import { defineSquareTimes, defineWindowPower } from './powers.ts';
import type { Complex, QuadraticField } from './quadratic.ts';

/** A curve that elements are mapped to, with what its field needs for that. */
interface MapTarget<E extends Place> {
  readonly curve: BlsCurve<E>;
  /** addresses of the constants */
  readonly constants: MapConstants<number>;
  /** the addresses of -b / a and b / (z·a) */
  readonly exceptional: readonly [number, number];
  /** `(out, a)`: a root of `a`, if there is one: then 1 */
  readonly sqrt: Func;
  /** `(a)`: the sign that RFC 9380 gives an element, 0 or 1 */
  readonly sign: Func;
}

/**
 * Builds the module for G1. It exports `map()`, which reads an element at the buffer and writes a point there: 0 for bytes
 * that are no element, else 1.
 */
export function buildBlsMapG1(): BlsModule {
  const parts = defineBlsParts();
  const { field } = parts;
  const { modulus } = field;
  const { a, b, z } = G1_MAP;
  const inverse = invert(a * z, modulus);
  const target = {
    curve: blsG1(parts),
    constants: addresses(G1_MAP, (value) => field.constant(value)),
    exceptional: [field.constant(-b * inverse * z), field.constant(b * inverse)] as const,
    sqrt: defineSqrt(parts),
    sign: defineSign(parts),
  };
  const multiply = defineMultiple(parts, target.curve.coordinates, target.curve.jacobian, PARAMETER + 1n);
  const clear = parts.module.func({ params: [I32, I32], results: [] });
  const { code } = clear;
  const [sum, x] = [0, 1].map((index) => code.param(index, I32));
  code.call(multiply, code.get(sum), code.get(x), addressOf(code, { base: x, offset: field.size }));
  return buildMap(parts, target, clear);
}

/** Builds the module for G2, likewise. */
export function buildBlsMapG2(): BlsModule {
  const parts = defineBlsParts();
  const base = blsTowerBase(parts);
  const { field } = base;
  const { modulus } = parts.field;
  const { a, b, z } = G2_MAP;
  const times = ([a0, a1]: Complex, [b0, b1]: Complex): Complex => [
    (((a0 * b0 - a1 * b1) % modulus) + modulus) % modulus,
    (a0 * b1 + a1 * b0) % modulus,
  ];
  const [c0, c1] = times(a, z);
  const norm = invert(c0 * c0 + c1 * c1, modulus);
  const inverse: Complex = [(c0 * norm) % modulus, ((modulus - c1) * norm) % modulus];
  const second = times(b, inverse);
  const first = times([modulus - second[0], modulus - second[1]], z);
  const target = {
    curve: blsG2(parts, base),
    constants: addresses(G2_MAP, (value) => field.constant(value)),
    exceptional: [field.constant(first), field.constant(second)] as const,
    sqrt: defineSqrt2(parts, field, defineSqrt(parts)),
    sign: defineSign2(parts, defineSign(parts)),
  };
  return buildMap(parts, target, defineClearG2(parts, target.curve));
}

function addresses<Value>(
  { a, b, z, ...isogeny }: MapConstants<Value>,
  of: (value: Value) => number,
): MapConstants<number> {
  return {
    a: of(a),
    b: of(b),
    z: of(z),
    xNumerator: isogeny.xNumerator.map(of),
    xDenominator: isogeny.xDenominator.map(of),
    yNumerator: isogeny.yNumerator.map(of),
    yDenominator: isogeny.yDenominator.map(of),
  };
}

/** The inverse modulo a prime, by Euclid's algorithm. */
function invert(value: bigint, modulus: bigint): bigint {
  let [a, b, u, v] = [modulus, ((value % modulus) + modulus) % modulus, 0n, 1n];
  while (b !== 0n) [a, b, u, v] = [b, a % b, v, u - (a / b) * v];
  return ((u % modulus) + modulus) % modulus;
}

/** `(out, a)`: the prime is 3 modulo 4, so that a power of a square is its root. */
function defineSqrt(parts: BlsParts): Func {
  const { module, plan, field } = parts;
  const exponent = (field.modulus + 1n) / 4n;
  const power = defineWindowPower(module, plan, field, defineSquareTimes(module, field), exponent);
  const func = module.func({ params: [I32, I32], results: [I32] });
  const { code } = func;
  const [out, a] = [0, 1].map((index) => code.param(index, I32));
  const f = new Formula(code, field, plan);
  const root = f.at(undefined, f.scratch().offset);
  code.call(power, addressOf(code, root), code.get(a));
  const difference = f.sum([
    [1, f.sqr(root)],
    [-1, f.at(a, 0)],
  ]);
  f.sum([[1, root]], { base: out, offset: 0 });
  code.call(parts.isZeroProduct, addressOf(code, f.sqr(difference)));
  return func;
}

/**
 * `(out, a)` in Fp2, by the complex method: with n a root of the norm c0² + c1², one of (c0 + n) / 2 and (c0 - n) / 2 is
 * the square of the root's real part x, and its imaginary part is c1 / 2x.
 */
function defineSqrt2(parts: BlsParts, { base, size }: QuadraticField, sqrt: Func): Func {
  const { module, plan, field } = parts;
  const func = module.func({ params: [I32, I32], results: [I32] });
  const { code } = func;
  const [out, a] = [0, 1].map((index) => code.param(index, I32));
  const f = new Formula(code, field, plan);
  const own = plan.reserve(size);
  code.memoryCopy(code.i32Const(own), code.get(a), code.i32Const(size));
  const [c0, c1] = [0, base.size].map((offset) => f.at(undefined, own + offset));
  const [norm, real, half] = [f.scratch(), f.scratch(), f.scratch()].map(({ offset }) =>
    f.at(undefined, offset),
  );
  const at = (place: Place) => addressOf(code, place);
  f.sum(
    [
      [1, f.sqr(c0)],
      [1, f.sqr(c1)],
    ],
    norm,
  );
  code.if(code.i32Eqz(code.call(sqrt, at(norm), at(norm))), () => code.return(code.i32Const(0)));
  const oneHalf = f.constant((field.modulus + 1n) / 2n);
  const take = (sign: 1 | -1) => {
    const sum = f.sum([
      [1, c0],
      [sign, norm],
    ]);
    f.mul(sum, oneHalf, half);
    return code.call<typeof I32>(sqrt, at(real), at(half));
  };
  code.if(code.i32Eqz(take(1)), () => code.drop(take(-1)));
  const isImaginary = code.call<typeof I32>(parts.isZeroProduct, at(f.sqr(real)));
  code.if(
    isImaginary,
    () => {
      // Then c1 is zero, and c0 is minus the square of the imaginary part.
      const negated = f.sum([[-1, c0]], f.scratch());
      code.drop(code.call(sqrt, addressOf(code, { base: out, offset: base.size }), at(negated)));
    },
    () => {
      const twice = f.sum([[2, real]], f.scratch());
      code.call(parts.inverse, at(twice), at(twice));
      f.mul(c1, f.at(undefined, twice.offset), { base: out, offset: base.size });
    },
  );
  f.sum([[1, real]], { base: out, offset: 0 });
  code.i32Const(1);
  return func;
}

/** `(a)`: whether the integer is odd. */
function defineSign({ module, plan, field, normalize }: BlsParts): Func {
  const func = module.func({ params: [I32], results: [I32] });
  const { code } = func;
  const f = new Formula(code, field, plan);
  const plain = f.mul(f.at(code.param(0, I32), 0), f.at(undefined, field.plain(1n)));
  code.call(normalize, addressOf(code, plain), addressOf(code, plain));
  code.i32And(code.i32Wrap(code.i64Load(addressOf(code, plain))), code.i32Const(1));
  return func;
}

/** `(a)` in Fp2: that of the real part, unless it is zero. */
function defineSign2({ module, plan, field, isZeroProduct }: BlsParts, sign: Func): Func {
  const func = module.func({ params: [I32], results: [I32] });
  const { code } = func;
  const a = code.param(0, I32);
  const f = new Formula(code, field, plan);
  const isZero = code.call<typeof I32>(isZeroProduct, addressOf(code, f.sqr(f.at(a, 0))));
  code.if(isZero, () => code.return(code.call(sign, addressOf(code, { base: a, offset: field.size }))));
  code.call(sign, code.get(a));
  return func;
}

function buildMap<E extends Place>(parts: BlsParts, target: MapTarget<E>, clear: Func): BlsModule {
  const { module, plan, field } = parts;
  const { curve } = target;
  const { size } = curve.coordinates;
  const buffer = plan.reserve(2 * curve.parts * PART_LENGTH);
  const [u, point] = [plan.reserve(size), plan.reserve(2 * size)];
  const sum = plan.reserve(pointSize(size));
  const map = defineMap(parts, target, u, point);
  const write = defineWritePoint(parts, curve, defineToAffine(parts, curve));
  const func = module.func({ params: [], results: [I32] });
  const { code } = func;
  const plain = new Formula(code, field, plan);
  for (let part = 0; part < curve.parts; part++) {
    const element = plain.at(undefined, u + part * field.size);
    code.call(parts.decode, addressOf(code, element), code.i32Const(buffer + part * PART_LENGTH + PADDING));
    const isInField = code.call<typeof I32>(parts.isInField, addressOf(code, element));
    code.if(code.i32Eqz(isInField), () => code.return(code.i32Const(STATUS.invalid)));
    plain.mul(element, plain.constant(field.reduction.factor), element);
  }
  code.i32Store(code.i32Const(sum + 3 * size), code.i32Const(1));
  code.if(code.call(map), () => code.call(clear, code.i32Const(sum), code.i32Const(point)));
  code.call(write, code.i32Const(buffer), code.i32Const(sum));
  code.i32Const(STATUS.finite);
  module.export('map', func);
  module.memory('memory', Math.ceil(plan.size / 0x10000));
  return { bytes: module.finish(), buffer };
}

/** `()`: maps the element at `u` to the point at `point`; 0 when that is infinity. RFC 9380, section 6.6.2 and 6.6.3. */
function defineMap<E extends Place>(
  { module }: BlsParts,
  { curve, constants, exceptional, sqrt, sign }: MapTarget<E>,
  uAt: number,
  pointAt: number,
): Func {
  const func = module.func({ params: [], results: [I32] });
  const { code } = func;
  const { coordinates } = curve;
  const f = coordinates.formulas(code);
  const constant = (address: number) => f.at(undefined, address);
  const at = (place: Place) => addressOf(code, place);
  const fresh = () => f.at(undefined, f.scratch().offset);
  const isNull = (element: E) => code.call<typeof I32>(coordinates.isZeroProduct, at(f.sqr(element)));
  const one = constant(coordinates.one);
  const u = constant(uAt);
  const [x, y, square, inverted] = [fresh(), fresh(), fresh(), fresh()];

  const zuu = f.mul(constant(constants.z), f.sqr(u));
  const t = f.sum(
    [
      [1, f.sqr(zuu)],
      [1, zuu],
    ],
    f.scratch(),
  );
  code.if(
    isNull(t),
    () => f.sum([[1, constant(exceptional[1])]], x),
    () => {
      code.call(curve.inverse, at(inverted), at(t));
      const more = f.sum([
        [1, one],
        [1, inverted],
      ]);
      f.mul(constant(exceptional[0]), more, x);
    },
  );
  const setSquare = () => {
    const inner = f.sum([
      [1, f.sqr(x)],
      [1, constant(constants.a)],
    ]);
    f.sum(
      [
        [1, f.mul(inner, x)],
        [1, constant(constants.b)],
      ],
      square,
    );
  };
  setSquare();
  code.if(code.i32Eqz(code.call(sqrt, at(y), at(square))), () => {
    f.mul(zuu, x, x);
    setSquare();
    code.drop(code.call(sqrt, at(y), at(square)));
  });
  code.if(code.i32Ne(code.call(sign, at(u)), code.call(sign, at(y))), () => f.sum([[-1, y]], y));

  const [xNumerator, xDenominator, yNumerator, yDenominator] = [
    constants.xNumerator,
    constants.xDenominator,
    constants.yNumerator,
    constants.yDenominator,
  ].map((coefficients) => polynomial(code, f, coefficients, x));
  const denominator = f.mul(xDenominator, yDenominator, f.scratch());
  code.if(isNull(denominator), () => code.return(code.i32Const(0)));
  code.call(curve.inverse, at(inverted), at(denominator));
  f.mul(xNumerator, f.mul(inverted, yDenominator), { base: undefined, offset: pointAt });
  const yFactor = f.mul(yNumerator, f.mul(inverted, xDenominator));
  f.mul(y, yFactor, { base: undefined, offset: pointAt + coordinates.size });
  code.i32Const(1);
  return func;
}

/** Horner's rule. */
function polynomial<E extends Place>(code: Code, f: Algebra<E>, coefficients: readonly number[], x: E): E {
  const place = f.scratch();
  const value = f.at(undefined, place.offset);
  const [highest, ...rest] = [...coefficients].reverse();
  code.memoryCopy(addressOf(code, place), code.i32Const(highest), code.i32Const(f.size));
  for (const coefficient of rest) {
    f.sum(
      [
        [1, f.mul(value, x)],
        [1, f.at(undefined, coefficient)],
      ],
      place,
    );
  }
  return value;
}

/**
 * `(sum, x)`: for the parameter x, [x² - x - 1]P + [x - 1]ψ(P) + ψ²(2P), which with c = -x and B = [c + 1]P is
 * [c]B - P - ψ(B) + ψ²(2P). A. Budroni, F. Pintore, Efficient hash maps to G2 on BLS curves, 2017.
 */
function defineClearG2<E extends Place>(parts: BlsParts, curve: BlsCurve<E>): Func {
  const { module, plan } = parts;
  const { coordinates, jacobian, endomorphism } = curve;
  const { size } = coordinates;
  const multiply = defineMultiple(parts, coordinates, jacobian, PARAMETER);
  const toAffine = defineToAffine(parts, curve);
  const func = module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const [sum, point] = [0, 1].map((index) => code.param(index, I32));
  const f = coordinates.formulas(code);
  const add = (x: E, y: E) =>
    code.call(jacobian.addAffine, code.get(sum), addressOf(code, x), addressOf(code, y));
  const pair = (address: number) => [f.at(undefined, address), f.at(undefined, address + size)] as const;
  const clear = () => code.i32Store(code.get(sum), code.i32Const(1), 3 * size);
  const [x, y] = [f.at(point, 0), f.at(point, size)];
  const [bAt, twiceAt] = [plan.reserve(2 * size), plan.reserve(2 * size)];

  clear();
  add(x, y);
  code.call(jacobian.double, code.get(sum));
  const isTwiceFinite = code.local(I32);
  code.set(isTwiceFinite, code.call(toAffine, code.i32Const(twiceAt), code.get(sum)));
  code.call(multiply, code.get(sum), addressOf(code, x), addressOf(code, y));
  add(x, y);
  code.if(
    code.call(toAffine, code.i32Const(bAt), code.get(sum)),
    () => {
      const [bx, by] = pair(bAt);
      code.call(multiply, code.get(sum), addressOf(code, bx), addressOf(code, by));
      const image = endomorphism(f, bx, by);
      add(image.x, f.sum([[-1, image.y]], f.scratch()));
    },
    clear,
  );
  add(x, f.sum([[-1, y]], f.scratch()));
  code.if(code.get(isTwiceFinite), () => {
    const once = endomorphism(f, ...pair(twiceAt));
    const image = endomorphism(f, once.x, once.y);
    add(image.x, image.y);
  });
  return func;
}
