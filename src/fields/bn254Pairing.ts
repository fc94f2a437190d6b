/** The module of pairings on bn254: optimal ate. https://eips.ethereum.org/EIPS/eip-197 */

import { I32, type Operand32 } from '../wasm/code.ts';
import type { Func } from '../wasm/module.ts';
import { type Bn254Module, type Bn254Parts, defineBn254Parts, finishBn254, STATUS } from './bn254Parts.ts';
import { addressOf, Formula } from './formula.ts';
import { defineDouble, defineJacobian, pointSize } from './jacobian.ts';
import { defineIsOne12, defineMillerSteps, definePower12, pairLayout, signedDigits } from './miller.ts';
import { type Complex, QuadraticField } from './quadratic.ts';
import { conjugate2, defineTower, frobeniusOf, storeOne, type Tower, type TowerBase } from './tower.ts';

/** The parameter that field and order are polynomials of. */
const PARAMETER = 4965661367192848881n;
/** 3 / ξ */
const TWIST_B: Complex = [
  0x2b149d40ceb8aaae81be18991be06ac3b5b4c5e559dbefa33267e6dc24a138e5n,
  0x009713b03af0fed4cd2cafadeed8fdf4a74fa084e52d1852e4a2bd0685c315d2n,
];

/** How many pairs are in memory at once; more are multiplied one such group after the other. */
export const MOST_PAIRS = 16;

/** What the functions of this file share. */
interface Parts extends Bn254Parts {
  readonly base: TowerBase;
}

/**
 * Builds the module. Of its exports `begin()` is called first, then `readPair(index)`, which reads the pair at the buffer
 * and returns its status, and `multiplyPairs(count)` for each group of finite pairs, and `isOne()` last.
 */
export function buildBn254Pairing(): Bn254Module {
  const parts = defineBn254Parts();
  const { module, plan, inverse } = parts;
  const field = new QuadraticField(module, plan, parts.field);
  const xi = [9, 1] as const;
  definePairing({ ...parts, base: { module, plan, field, xi, inverse, frobenius: frobeniusOf(field, xi) } });
  return finishBn254(parts);
}

function definePairing(parts: Parts): void {
  const { module, plan, base, buffer } = parts;
  const tower = defineTower(base);
  const f = plan.reserve(tower.size);
  const product = plan.reserve(tower.size);
  const at = pairLayout(base.field.base.size);
  const pairs = plan.reserve(MOST_PAIRS * at.size);
  const readG2 = defineReadG2(parts);

  const begin = module.func({ params: [], results: [] });
  storeOne(begin.code, base, product);
  module.export('begin', begin);

  const readPair = module.func({ params: [I32], results: [I32] });
  const { code } = readPair;
  const pair = code.local(I32);
  const [first, second] = code.locals(I32, 2);
  const offset = code.i32Mul(code.get(code.param(0, I32)), code.i32Const(at.size));
  code.set(pair, code.i32Add(offset, code.i32Const(pairs)));
  code.set(first, code.call(parts.readG1, code.get(pair), code.i32Const(buffer)));
  const q = () => addressOf(code, { base: pair, offset: at.qx });
  code.set(second, code.call(readG2, q(), code.i32Const(buffer + 64)));
  // 0 is invalid, 1 finite and 2 infinite: of the product, 0, 1 and the rest mean the same.
  code.i32Mul(code.get(first), code.get(second));
  module.export('readPair', readPair);

  module.export('multiplyPairs', defineMultiplyPairs(parts, tower, { f, product, pairs }));
  module.export('isOne', defineIsOne(parts, tower, product));
}

/** `(x, source)`: a point of G2, as `readG1`; imaginary parts come first. Only points of the subgroup are valid. */
function defineReadG2(parts: Parts): Func {
  const { module, plan, base } = parts;
  const { field } = base;
  const { size } = field.base;
  const func = module.func({ params: [I32, I32], results: [I32] });
  const { code } = func;
  const [out, source] = [0, 1].map((index) => code.param(index, I32));
  const isEmpty = code.local(I32);
  const plain = new Formula(code, field.base, plan);
  code.set(isEmpty, code.i32Const(1));
  for (let i = 0; i < 4; i++) {
    const at = () => addressOf(code, { base: out, offset: (i ^ 1) * size });
    code.call(parts.decode, at(), addressOf(code, { base: source, offset: 32 * i }));
    code.if(code.i32Eqz(code.call(parts.isInField, at())), () => code.return(code.i32Const(STATUS.invalid)));
    code.set(isEmpty, code.i32And(code.call(parts.isZero, at()), code.get(isEmpty)));
  }
  code.if(code.get(isEmpty), () => code.return(code.i32Const(STATUS.infinite)));
  for (let i = 0; i < 4; i++) {
    const part = plain.at(out, i * size);
    plain.mul(part, plain.constant(field.base.reduction.factor), part);
  }
  const isZeroProduct2 = field.defineIsZeroProduct(parts.isZeroProduct);
  const f = field.formulas(code);
  const [x, y] = [0, field.size].map((offset) => f.at(out, offset));
  const isNull = (element: ReturnType<typeof f.at>): Operand32 =>
    code.call(isZeroProduct2, addressOf(code, f.sqr(element)));
  const difference = f.sum([
    [1, f.sqr(y)],
    [-1, f.mul(f.sqr(x), x)],
    [-1, f.constant(TWIST_B)],
  ]);
  const require = (condition: Operand32) =>
    code.if(code.i32Eqz(condition), () => code.return(code.i32Const(STATUS.invalid)));
  require(isNull(difference));

  // The Frobenius map multiplies points of the subgroup by 6x², and no others: where it does, its equation
  // φ² - tφ + p = 0 with t = 6x² + 1 makes p + 1 - t, which is the order, take the point to infinity.
  const jacobian = defineJacobian(module, field.coordinates(isZeroProduct2), defineDouble);
  const digits = signedDigits(6n * PARAMETER ** 2n);
  const digitsAt = plan.constant(digits);
  const sum = plan.reserve(pointSize(field.size));
  const minusY = f.sum([[-1, y]], f.scratch());
  const [i, digit] = code.locals(I32, 2);
  code.i32Store(code.i32Const(sum + 3 * field.size), code.i32Const(1));
  const add = (negated: boolean) =>
    code.call(
      jacobian.addAffine,
      code.i32Const(sum),
      addressOf(code, x),
      addressOf(code, negated ? minusY : y),
    );
  add(false);
  code.set(i, code.i32Const(digitsAt));
  code.loop((again) => {
    code.call(jacobian.double, code.i32Const(sum));
    code.if(code.tee(digit, code.i32Load8(code.get(i))), () => {
      code.if(
        code.i32Eq(code.get(digit), code.i32Const(1)),
        () => add(false),
        () => add(true),
      );
    });
    code.set(i, code.i32Add(code.get(i), code.i32Const(1)));
    code.brIf(code.i32LtU(code.get(i), code.i32Const(digitsAt + digits.length)), again);
  });
  require(code.i32Eqz(code.i32Load(code.i32Const(sum + 3 * field.size))));
  const constants = base.frobenius[0];
  const imageX = f.mul(conjugate2(f, x), f.constant(constants[1]));
  const imageY = f.mul(conjugate2(f, y), f.constant(constants[4]));
  const [sumX, sumY, sumZ] = [0, 1, 2].map((index) => f.at(undefined, sum + index * field.size));
  const zz = f.sqr(sumZ);
  require(
    isNull(
      f.sum([
        [1, f.mul(imageX, zz)],
        [-1, sumX],
      ]),
    ),
  );
  isNull(
    f.sum([
      [1, f.mul(imageY, f.mul(zz, sumZ))],
      [-1, sumY],
    ]),
  );
  return func;
}

/** `(count)`: Miller's loop for so many pairs at once, multiplied into the product. */
function defineMultiplyPairs(
  { module, plan, base }: Parts,
  tower: Tower,
  memory: { readonly f: number; readonly product: number; readonly pairs: number },
): Func {
  const at = pairLayout(base.field.base.size);
  const steps = defineMillerSteps(base, 'divides', TWIST_B, memory.f);
  const last = defineLastSteps({ base, module }, steps.add);
  const func = module.func({ params: [I32], results: [] });
  const { code } = func;
  const [end, pair, digit, i] = code.locals(I32, 4);
  const digits = signedDigits(6n * PARAMETER + 2n);
  const digitsAt = plan.constant(digits);
  const size = code.i32Mul(code.get(code.param(0, I32)), code.i32Const(at.size));
  code.set(end, code.i32Add(size, code.i32Const(memory.pairs)));
  const forEachPair = (inside: () => void) => {
    code.set(pair, code.i32Const(memory.pairs));
    code.loop((again) => {
      inside();
      code.set(pair, code.i32Add(code.get(pair), code.i32Const(at.size)));
      code.brIf(code.i32LtU(code.get(pair), code.get(end)), again);
    });
  };
  const ofPair = (offset: number) => addressOf(code, { base: pair, offset });
  const add = (y: number) =>
    forEachPair(() => code.call(steps.add, code.get(pair), ofPair(at.qx), ofPair(y)));

  storeOne(code, base, memory.f);
  forEachPair(() => code.call(steps.start, code.get(pair)));
  code.set(i, code.i32Const(digitsAt));
  code.loop((again) => {
    code.call(tower.sqr, code.i32Const(memory.f));
    forEachPair(() => code.call(steps.double, code.get(pair)));
    code.if(code.tee(digit, code.i32Load8(code.get(i))), () => {
      code.if(
        code.i32Eq(code.get(digit), code.i32Const(1)),
        () => add(at.qy),
        () => add(at.qyNegated),
      );
    });
    code.set(i, code.i32Add(code.get(i), code.i32Const(1)));
    code.brIf(code.i32LtU(code.get(i), code.i32Const(digitsAt + digits.length)), again);
  });
  forEachPair(() => code.call(last, code.get(pair)));
  const product = () => code.i32Const(memory.product);
  code.call(tower.mul, product(), product(), code.i32Const(memory.f));
  return func;
}

/** `(pair)`: adds φ(Q) and -φ²(Q), φ being the Frobenius map as it acts on the twist. */
function defineLastSteps({ base, module }: Pick<Parts, 'base' | 'module'>, add: Func): Func {
  const func = module.func({ params: [I32], results: [] });
  const { code } = func;
  const pair = code.param(0, I32);
  const at = pairLayout(base.field.base.size);
  const f = base.field.formulas(code);
  const [x, y] = [at.qx, at.qy].map((offset) => f.at(pair, offset));
  const [once, twice] = base.frobenius;
  const onceX = f.mul(conjugate2(f, x), f.constant(once[1]), f.scratch());
  const onceY = f.mul(conjugate2(f, y), f.constant(once[4]), f.scratch());
  code.call(add, code.get(pair), addressOf(code, onceX), addressOf(code, onceY));
  const twiceX = f.mul(x, f.constant(twice[1]), f.scratch());
  const twiceY = f.sum([[-1, f.mul(y, f.constant(twice[4]))]], f.scratch());
  code.call(add, code.get(pair), addressOf(code, twiceX), addressOf(code, twiceY));
  return func;
}

/**
 * `()`: 1 when the product, to the power (p¹² - 1) / r, is one. The hard part of the exponent as in M. Scott and others, On
 * the final exponentiation for calculating pairings on ordinary elliptic curves, 2009.
 */
function defineIsOne(parts: Parts, tower: Tower, product: number): Func {
  const { module, plan, base } = parts;
  const digits = signedDigits(PARAMETER);
  const powerX = definePower12(base, tower, plan.constant(digits), digits.length);
  const func = module.func({ params: [], results: [I32] });
  const { code } = func;
  const element = () => plan.reserve(tower.size);
  const unary =
    (func: Func) =>
    (a: number, to = element()) => {
      code.call(func, code.i32Const(to), code.i32Const(a));
      return to;
    };
  const mul = (a: number, b: number, to = element()) => {
    code.call(tower.mul, code.i32Const(to), code.i32Const(a), code.i32Const(b));
    return to;
  };
  const [conjugate, inverse, toX] = [tower.conjugate, tower.inverse, powerX].map(unary);
  const [frobenius, frobenius2, frobenius3] = tower.frobenius.map(unary);

  const simple = mul(conjugate(product), inverse(product));
  const f = mul(frobenius2(simple), simple);
  const fx = toX(f);
  const fx2 = toX(fx);
  const fx3 = toX(fx2);
  const y0 = mul(mul(frobenius(f), frobenius2(f)), frobenius3(f));
  const y1 = conjugate(f);
  const y2 = frobenius2(fx2);
  const y3 = conjugate(frobenius(fx));
  const y4 = conjugate(mul(fx, frobenius(fx2)));
  const y5 = conjugate(fx2);
  const y6 = conjugate(mul(fx3, frobenius(fx3)));
  const t0 = mul(mul(mul(y6, y6), y4), y5);
  const t1 = mul(mul(y3, y5), t0);
  const t2 = mul(t0, y2);
  const t3 = mul(mul(t1, t1), t2);
  const t4 = mul(t3, t3);
  const t5 = mul(t4, y1);
  const t6 = mul(t4, y0);
  const result = mul(mul(t5, t5), t6);

  code.call(defineIsOne12(base, parts.isZeroProduct), code.i32Const(result));
  return func;
}
