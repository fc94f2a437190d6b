import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { type Arithmetic, defineArithmetic } from '../../src/machine/arithmetic/arithmetic.ts';
import { PATIENCE } from '../../src/machine/arithmetic/residues.ts';
import { I64 } from '../../src/wasm/code.ts';
import { type Func, ModuleBuilder } from '../../src/wasm/module.ts';
import { addmod, div, exp, mod, mul, mulmod, sdiv, smod } from '../../src/word.ts';

type Operation = keyof Arithmetic;

const ORACLE: Record<Operation, (...operands: [bigint, bigint, bigint]) => bigint> = {
  mul,
  div,
  sdiv,
  mod,
  smod,
  addmod,
  mulmod,
  exp,
};

const SCRATCH = 64;
const OPERANDS = 4096;
const BITS = 256n;
const MASK = (1n << BITS) - 1n;

/** A module that runs an operation on words of memory: the operands at `OPERANDS`, the result after them. */
function build(): { call: Record<Operation, () => void>; memory: WebAssembly.Memory } {
  const module = new ModuleBuilder();
  module.memory('memory', 1);
  const functions = defineArithmetic(module, SCRATCH);
  for (const [name, callee] of Object.entries<Func>({ ...functions })) {
    const func = module.func({ params: [], results: [] });
    const { code } = func;
    const results = code.locals(I64, 4);
    const words = callee.signature.params.map((_, i) => code.i64Load(code.i32Const(OPERANDS), 8 * i));
    code.setAll(results, code.callForAll(callee, ...words));
    for (const [i, limb] of results.entries())
      code.i64Store(code.i32Const(OPERANDS), code.get(limb), 96 + 8 * i);
    module.export(name, func);
  }
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()));
  return {
    call: exports as unknown as Record<Operation, () => void>,
    memory: exports['memory'] as WebAssembly.Memory,
  };
}

const { call, memory } = build();
const limbs = new BigUint64Array(memory.buffer, OPERANDS, 16);

function run(operation: Operation, ...operands: bigint[]): bigint {
  operands.forEach((operand, at) => {
    for (let i = 0; i < 4; i++) limbs[4 * at + i] = BigInt.asUintN(64, operand >> BigInt(64 * i));
  });
  call[operation]();
  return limbs[12] | (limbs[13] << 64n) | (limbs[14] << 128n) | (limbs[15] << 192n);
}

function check(operation: Operation, ...operands: bigint[]): void {
  const [a, b, n = 0n] = operands;
  const expected = ORACLE[operation](a, b, n);
  const actual = run(operation, ...operands);
  if (actual !== expected) {
    const shown = operands.map((operand) => `0x${operand.toString(16)}`).join(', ');
    expect.fail(`${operation}(${shown}): expected 0x${expected.toString(16)}, got 0x${actual.toString(16)}`);
  }
}

// Limbs and digits of 32 bits that make carries ripple and quotient digits need correction.
const limb = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0n, 1n, 2n, (1n << 64n) - 1n, (1n << 64n) - 2n, 1n << 63n) },
  { weight: 2, arbitrary: fc.constantFrom((1n << 63n) - 1n, (1n << 63n) + 1n, 1n << 32n, (1n << 32n) - 1n) },
  { weight: 2, arbitrary: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 0xffff_ffffn }).map((digit) => digit << 32n) },
);
const power = fc.integer({ min: 0, max: 255 }).map((bit) => 1n << BigInt(bit));
const base = fc.oneof(
  { weight: 4, arbitrary: fc.array(limb, { minLength: 1, maxLength: 4 }).map(join) },
  { weight: 2, arbitrary: fc.tuple(power, fc.bigInt({ min: -2n, max: 2n })).map(([p, d]) => (p + d) & MASK) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: MASK }) },
  // a random word of a random length
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 255 }), fc.bigInt({ min: 0n, max: MASK }))
      .map(([bits, value]) => value >> BigInt(bits)),
  },
);
const operand = fc.oneof(
  { weight: 3, arbitrary: base },
  { weight: 1, arbitrary: base.map((value) => MASK ^ value) },
  { weight: 1, arbitrary: base.map((value) => -value & MASK) },
);

function join(limbs: readonly bigint[]): bigint {
  return limbs.reduceRight((value, limb) => (value << 64n) | limb, 0n);
}

/** Pairs that are related: equal but for a limb, a multiple and nearly a multiple of one another, alike at the top. */
const pair = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(operand, operand) },
  {
    weight: 1,
    arbitrary: fc.tuple(operand, fc.integer({ min: 0, max: 3 }), limb).map(([a, at, other]) => {
      const shift = BigInt(64 * at);
      return [a, (a & ~(((1n << 64n) - 1n) << shift)) | (other << shift)] as [bigint, bigint];
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(operand, operand, fc.bigInt({ min: -2n, max: 2n }))
      .map(([q, b, near]) => [(q * b + near) & MASK, b] as [bigint, bigint]),
  },
  {
    weight: 2,
    // The dividend's top is the divisor's: the largest digit, and the digits that Knuth's step corrects.
    arbitrary: fc
      .tuple(operand, fc.integer({ min: 1, max: 192 }), fc.bigInt({ min: -3n, max: 3n }), operand)
      .map(([b, shift, near, noise]) => {
        const divisor = b >> BigInt(shift);
        const dividend = ((divisor + near) << BigInt(shift)) ^ (noise & ((1n << BigInt(shift)) - 1n));
        return [dividend & MASK, divisor] as [bigint, bigint];
      }),
  },
);

const RUNS = 20_000;
const fuzz = { numRuns: RUNS };

for (const operation of ['mul', 'div', 'sdiv', 'mod', 'smod'] as const) {
  test(`${operation} agrees with the oracle`, () => {
    fc.assert(
      fc.property(pair, ([a, b]) => check(operation, a, b)),
      fuzz,
    );
  });
}

for (const operation of ['addmod', 'mulmod'] as const) {
  test(`${operation} agrees with the oracle`, () => {
    fc.assert(
      fc.property(operand, pair, fc.boolean(), (a, [b, n], reduced) => {
        if (reduced && n > 0n) check(operation, a % n, b % n, n);
        else check(operation, a, b, n);
      }),
      fuzz,
    );
  });
}

/** Moduli just as long as some digits of 29 bits, and somewhat more or less. */
const nearDigits = fc
  .tuple(fc.bigInt({ min: 2n, max: 8n }), fc.oneof(limb, fc.bigInt({ min: -3n, max: 3n })))
  .map(([digits, more]) => (1n << (29n * digits)) + more);

test('mulmod agrees with the oracle by moduli that stay, come back and change', () => {
  const modulus = fc.oneof(
    fc.bigInt({ min: 1n << 65n, max: MASK }),
    operand,
    // just above and below powers of two, and what is left of 2^256 by a small number
    fc.tuple(power, fc.bigInt({ min: -2n, max: 2n })).map(([p, d]) => (p + d) & MASK),
    nearDigits,
    limb.map((c) => -c & MASK),
  );
  fc.assert(
    fc.property(
      modulus,
      modulus,
      fc.array(pair, { minLength: PATIENCE + 12, maxLength: PATIENCE + 12 }),
      (n, m, pairs) => {
        // known by and by
        for (const [i, [a, b]] of pairs.entries()) {
          const isReduced = i % 3 === 0 && n > 0n;
          check('mulmod', isReduced ? a % n : a, isReduced ? b % n : b, n);
        }
        for (const x of [n - 1n, n, n + 1n, MASK - n, MASK]) {
          for (const y of [n - 1n, n, 1n, MASK]) check('mulmod', x & MASK, y & MASK, n);
        }
        const [[a, b]] = pairs;
        for (const other of [m, n, m, m, n]) check('mulmod', a, b, other);
      },
    ),
    { numRuns: 500 },
  );
});

test('mulmod agrees with the oracle where a known modulus leaves nearly nothing or nearly all of itself', () => {
  const modulus = fc.oneof(
    fc.bigInt({ min: 1n << 250n, max: MASK }),
    operand,
    nearDigits,
    limb.map((c) => -c & MASK),
  );
  fc.assert(
    fc.property(modulus, fc.array(fc.tuple(operand, fc.integer({ min: -3, max: 3 }))), (n, factors) => {
      for (let i = 0; i <= PATIENCE + 1; i++) check('mulmod', MASK, MASK, n);
      for (const [a, near] of factors) {
        const b = inverse(a, n);
        if (b !== undefined) check('mulmod', a, (((b * BigInt(near)) % n) + n) % n, n);
      }
    }),
    { numRuns: 500 },
  );
});

test('mulmod agrees with the oracle where several moduli are known, and others take their places', () => {
  const modulus = fc.oneof(
    fc.bigInt({ min: 1n << 65n, max: MASK }),
    nearDigits,
    pair.map(([, n]) => n),
  );
  const moduli = fc.array(modulus, { minLength: 2, maxLength: 9 });
  const calls = fc.array(fc.tuple(fc.nat(), operand, operand), { minLength: 40, maxLength: 40 });
  fc.assert(
    fc.property(moduli, calls, (all, factors) => {
      for (const n of all) for (let i = 0; i <= PATIENCE + 1; i++) check('mulmod', MASK - BigInt(i), MASK, n);
      for (const [which, a, b] of factors) check('mulmod', a, b, all[which % all.length]);
    }),
    { numRuns: 200 },
  );
});

test('mulmod tells moduli apart that differ in one limb', () => {
  const n = (1n << 255n) + (5n << 128n) + (3n << 64n) + 7n;
  for (let i = 0; i <= PATIENCE + 1; i++) check('mulmod', MASK, MASK - BigInt(i), n);
  // one limb each, and two in which it makes up for itself where places are found
  const others = [1n, 1n << 64n, 1n << 128n, 1n << 192n, 1n + (1n << 64n)];
  for (const other of others) check('mulmod', MASK, MASK - 1n, n ^ other);
});

/** `a`'s inverse modulo `n`, where there is one. */
function inverse(a: bigint, n: bigint): bigint | undefined {
  let [r, next, x, y] = [n, n > 0n ? a % n : 0n, 0n, 1n];
  while (next > 0n) [r, next, x, y] = [next, r % next, y, x - (r / next) * y];
  return r === 1n ? ((x % n) + n) % n : undefined;
}

test('mulmod agrees with the oracle where the product is nearly a multiple of the modulus', () => {
  const middle = fc.bigInt({ min: -3n, max: 3n });
  fc.assert(
    fc.property(operand, operand, middle, middle, (n, k, x, y) => {
      check('mulmod', (n + x) & MASK, (k + y) & MASK, n);
      check('mulmod', (n * k + x) & MASK, n, (n + y) & MASK);
    }),
    fuzz,
  );
});

test('exp agrees with the oracle', () => {
  const small = fc.bigInt({ min: 0n, max: 300n });
  fc.assert(
    fc.property(fc.oneof(operand, small), fc.oneof(operand, small, small), (a, e) => check('exp', a, e)),
    fuzz,
  );
});

test('every pair of edge values', () => {
  const edges = new Set<bigint>();
  for (const bit of [
    0n,
    1n,
    31n,
    32n,
    33n,
    63n,
    64n,
    65n,
    127n,
    128n,
    129n,
    191n,
    192n,
    193n,
    254n,
    255n,
    256n,
  ]) {
    for (const near of [-1n, 0n, 1n]) {
      edges.add(((1n << bit) + near) & MASK);
      edges.add(-((1n << bit) + near) & MASK);
    }
  }
  for (const a of edges) {
    for (const b of edges) {
      for (const operation of ['mul', 'div', 'sdiv', 'mod', 'smod', 'exp'] as const) check(operation, a, b);
      for (const n of [0n, 1n, 3n, 1n << 64n, 1n << 130n, MASK, MASK - 1n, a, b]) {
        check('addmod', a, b, n);
        check('mulmod', a, b, n);
      }
    }
  }
});

test('no function has so many locals that the baseline compiler suffers', () => {
  const module = new ModuleBuilder();
  const own = vi.spyOn(module, 'func');
  defineArithmetic(module, SCRATCH);
  for (const { value } of own.mock.results) {
    expect(value.code.params.length + value.code.localCount).toBeLessThan(100);
  }
});
