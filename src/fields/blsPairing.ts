/** The module of pairings on BLS12-381. https://eips.ethereum.org/EIPS/eip-2537 */

import { type Code, I32 } from '../wasm/code.ts';
import type { Func } from '../wasm/module.ts';
import type { BlsModule } from './blsGroup.ts';
import {
  type BlsParts,
  blsG1,
  blsG2,
  blsTowerBase,
  defineBlsParts,
  defineReadMember,
  defineReadPoint,
  PARAMETER,
  PART_LENGTH,
} from './blsParts.ts';
import { addressOf } from './formula.ts';
import {
  defineIsOne12,
  defineMillerSteps,
  definePower12,
  lineSize,
  type MillerSteps,
  pairLayout,
} from './miller.ts';
import { defineTower, storeOne, type Tower, type TowerBase } from './tower.ts';

/** How many pairs are in memory at once; more are multiplied one such group after the other. */
export const MOST_PAIRS = 16;

/** Bytes of a pair: a point of G1 and one of G2. */
export const PAIR_LENGTH = 6 * PART_LENGTH;

/** Points of G2 whose lines can be kept. */
export const MOST_KEPT = 2;

/**
 * Builds the module. Of its exports `begin()` is called first, then `readPair(index)`, which reads the pair at the buffer
 * and returns its status, and `multiplyPairs(count)` for each group of finite pairs, and `isOne()` last.
 *
 * Where points of G2 are the same every time, `keepLines(index)` reads one of them from the buffer and keeps its lines;
 * then `readFirst(index)` reads the point of G1 that it is paired with, `multiplyKept(which)` is for the pairs whose bits
 * are set, and the loop for two pairs takes 0.7 of the time. These points are not checked to be in their subgroups.
 */
export function buildBlsPairing(): BlsModule {
  const parts = defineBlsParts();
  const { module, plan } = parts;
  const base = blsTowerBase(parts);
  const tower = defineTower(base);
  const buffer = plan.reserve(PAIR_LENGTH);
  const product = plan.reserve(tower.size);
  const pairs = plan.reserve(MOST_PAIRS * pairLayout(parts.field.size).size);
  const begin = module.func({ params: [], results: [] });
  storeOne(begin.code, base, product);
  module.export('begin', begin);
  const [g1, g2] = [blsG1(parts), blsG2(parts, base)];
  const [readG1, readG2] = [defineReadPoint(parts, g1), defineReadPoint(parts, g2)];
  const memberG1 = defineReadMember(parts, g1, readG1);
  const memberG2 = defineReadMember(parts, g2, readG2);
  module.export('readPair', defineReadPair(parts, buffer, pairs, memberG1, memberG2));
  const f = plan.reserve(tower.size);
  const steps = defineMillerSteps(base, 'multiplies', [4n, 4n], f);
  module.export('multiplyPairs', defineMultiplyPairs(base, tower, steps, f, product, pairs));
  const lines = plan.reserve(MOST_KEPT * LINES * lineSize(base.field));
  module.export('keepLines', defineKeepLines(base, steps, readG2, buffer, lines));
  module.export('readFirst', defineReadFirst(parts, readG1, buffer, pairs));
  module.export('multiplyKept', defineMultiplyKept(base, tower, steps, { f, product, pairs, lines }));
  module.export('isOne', defineIsOne(parts, base, tower, product));
  module.memory('memory', Math.ceil(plan.size / 0x10000));
  return { bytes: module.finish(), buffer };
}

function defineReadPair(
  { module, field }: BlsParts,
  buffer: number,
  pairs: number,
  readG1: Func,
  readG2: Func,
): Func {
  const at = pairLayout(field.size);
  const func = module.func({ params: [I32], results: [I32] });
  const { code } = func;
  const pair = code.local(I32);
  const offset = code.i32Mul(code.get(code.param(0, I32)), code.i32Const(at.size));
  code.set(pair, code.i32Add(offset, code.i32Const(pairs)));
  // 0 is invalid, 1 finite and 2 infinite: of the product, 0, 1 and the rest mean the same.
  const first = code.call<typeof I32>(readG1, code.get(pair), code.i32Const(buffer));
  const q = addressOf(code, { base: pair, offset: at.qx });
  code.i32Mul(first, code.call(readG2, q, code.i32Const(buffer + 2 * PART_LENGTH)));
  return func;
}

/** `(index)`: reads a pair's point of G1 alone; returns its status. */
function defineReadFirst({ module, field }: BlsParts, readG1: Func, buffer: number, pairs: number): Func {
  const func = module.func({ params: [I32], results: [I32] });
  const { code } = func;
  const offset = code.i32Mul(code.get(code.param(0, I32)), code.i32Const(pairLayout(field.size).size));
  code.call(readG1, code.i32Add(offset, code.i32Const(pairs)), code.i32Const(buffer));
  return func;
}

/** The parameter has six ones only: its digits as they are, without the first. */
const DIGITS = [...PARAMETER.toString(2).slice(1)].map(Number);
/** The lines of a point: one for each doubling and addition. */
const LINES = DIGITS.reduce((sum, digit) => sum + 1 + digit, 0);

/** Emits Miller's loop, and the product with its result. */
function emitLoop(
  code: Code,
  { plan }: TowerBase,
  tower: Tower,
  { f, product }: { f: number; product: number },
  double: () => void,
  add: () => void,
): void {
  const i = code.local(I32);
  const digitsAt = plan.constant(Uint8Array.from(DIGITS));
  code.set(i, code.i32Const(digitsAt));
  code.loop((again) => {
    code.call(tower.sqr, code.i32Const(f));
    double();
    code.if(code.i32Load8(code.get(i)), add);
    code.set(i, code.i32Add(code.get(i), code.i32Const(1)));
    code.brIf(code.i32LtU(code.get(i), code.i32Const(digitsAt + DIGITS.length)), again);
  });
  // The parameter is negative, which would make this the conjugate: that is one exactly when this is.
  code.call(tower.mul, code.i32Const(product), code.i32Const(product), code.i32Const(f));
}

/** `(count)`: Miller's loop for so many pairs at once, multiplied into the product. */
function defineMultiplyPairs(
  base: TowerBase,
  tower: Tower,
  steps: MillerSteps,
  f: number,
  product: number,
  pairs: number,
): Func {
  const at = pairLayout(base.field.base.size);
  const func = base.module.func({ params: [I32], results: [] });
  const { code } = func;
  const [end, pair] = code.locals(I32, 2);
  const size = code.i32Mul(code.get(code.param(0, I32)), code.i32Const(at.size));
  code.set(end, code.i32Add(size, code.i32Const(pairs)));
  const forEachPair = (inside: () => void) => {
    code.set(pair, code.i32Const(pairs));
    code.loop((again) => {
      inside();
      code.set(pair, code.i32Add(code.get(pair), code.i32Const(at.size)));
      code.brIf(code.i32LtU(code.get(pair), code.get(end)), again);
    });
  };
  const ofPair = (offset: number) => addressOf(code, { base: pair, offset });
  storeOne(code, base, f);
  forEachPair(() => code.call(steps.start, code.get(pair)));
  emitLoop(
    code,
    base,
    tower,
    { f, product },
    () => forEachPair(() => code.call(steps.double, code.get(pair))),
    () => forEachPair(() => code.call(steps.add, code.get(pair), ofPair(at.qx), ofPair(at.qy))),
  );
  return func;
}

/** `(index)`: reads a point of G2, which is trusted, and writes the lines of the loop for it; returns its status. */
function defineKeepLines(
  { module, plan, field }: TowerBase,
  steps: MillerSteps,
  readG2: Func,
  buffer: number,
  lines: number,
): Func {
  const at = pairLayout(field.base.size);
  const size = lineSize(field);
  const pair = plan.reserve(at.size);
  const func = module.func({ params: [I32], results: [I32] });
  const { code } = func;
  const [line, i] = code.locals(I32, 2);
  const ofPair = (offset: number) => code.i32Const(pair + offset);
  const next = () => code.set(line, code.i32Add(code.get(line), code.i32Const(size)));
  const offset = code.i32Mul(code.get(code.param(0, I32)), code.i32Const(LINES * size));
  code.set(line, code.i32Add(offset, code.i32Const(lines)));
  const status = code.local(I32);
  code.set(status, code.call(readG2, ofPair(at.qx), code.i32Const(buffer)));
  code.call(steps.start, ofPair(0));
  const digitsAt = plan.constant(Uint8Array.from(DIGITS));
  code.set(i, code.i32Const(digitsAt));
  code.loop((again) => {
    code.call(steps.lines.double, ofPair(0), code.get(line));
    next();
    code.if(code.i32Load8(code.get(i)), () => {
      code.call(steps.lines.add, ofPair(0), ofPair(at.qx), ofPair(at.qy), code.get(line));
      next();
    });
    code.set(i, code.i32Add(code.get(i), code.i32Const(1)));
    code.brIf(code.i32LtU(code.get(i), code.i32Const(digitsAt + DIGITS.length)), again);
  });
  code.get(status);
  return func;
}

/** `(which)`: Miller's loop for the pairs whose bits are set, by the lines that are kept. */
function defineMultiplyKept(
  base: TowerBase,
  tower: Tower,
  { lines: { apply } }: MillerSteps,
  { f, product, pairs, lines }: { f: number; product: number; pairs: number; lines: number },
): Func {
  const { field, module } = base;
  const size = lineSize(field);
  const func = module.func({ params: [I32], results: [] });
  const { code } = func;
  const which = code.param(0, I32);
  const line = code.local(I32);
  const step = () => {
    for (let index = 0; index < MOST_KEPT; index++) {
      code.if(code.i32And(code.get(which), code.i32Const(1 << index)), () => {
        const pair = code.i32Const(pairs + index * pairLayout(field.base.size).size);
        code.call(apply, pair, code.i32Add(code.get(line), code.i32Const(index * LINES * size)));
      });
    }
    code.set(line, code.i32Add(code.get(line), code.i32Const(size)));
  };
  storeOne(code, base, f);
  code.set(line, code.i32Const(lines));
  emitLoop(code, base, tower, { f, product }, step, step);
  return func;
}

/**
 * `()`: 1 when the product, to the power 3·(p¹² - 1) / r, is one: the order is no multiple of 3. The hard part is
 * (x - 1)²·(x + p)·(x² + p² - 1) + 3: D. Hayashida and others, Efficient final exponentiation via cyclotomic structure,
 * 2020 (https://eprint.iacr.org/2020/875).
 */
function defineIsOne(parts: BlsParts, base: TowerBase, tower: Tower, product: number): Func {
  const { module, plan } = parts;
  const powerX = definePower12(base, tower, plan.constant(Uint8Array.from(DIGITS)), DIGITS.length);
  const func = module.func({ params: [], results: [I32] });
  const { code } = func;
  const element = () => plan.reserve(tower.size);
  const unary = (func: Func) => (a: number) => {
    const to = element();
    code.call(func, code.i32Const(to), code.i32Const(a));
    return to;
  };
  const mul = (a: number, b: number) => {
    const to = element();
    code.call(tower.mul, code.i32Const(to), code.i32Const(a), code.i32Const(b));
    return to;
  };
  const [conjugate, inverse, toAbsoluteX] = [tower.conjugate, tower.inverse, powerX].map(unary);
  const [frobenius, frobenius2] = tower.frobenius.map(unary);
  const toX = (a: number) => conjugate(toAbsoluteX(a));

  const simple = mul(conjugate(product), inverse(product));
  const f = mul(frobenius2(simple), simple);
  const once = mul(toX(f), conjugate(f));
  const twice = mul(toX(once), conjugate(once));
  const t = mul(toX(twice), frobenius(twice));
  const last = mul(mul(toX(toX(t)), frobenius2(t)), conjugate(t));
  const result = mul(last, mul(mul(f, f), f));
  code.call(defineIsOne12(base, parts.isZeroProduct), code.i32Const(result));
  return func;
}
