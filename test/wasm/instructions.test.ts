import { expect, test } from 'vitest';
import type { Code, Operand32, Operand64 } from '../../src/wasm/code.ts';
import { I32, I64, run, SAMPLES_32, SAMPLES_64 } from './build.ts';

const u32 = (value: number): number => value >>> 0;
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const i64 = (value: bigint): bigint => BigInt.asIntN(64, value);
const bits = (value: bigint): string => u64(value).toString(2).padStart(64, '0');
const leading = (text: string): number => (text.includes('1') ? text.indexOf('1') : text.length);
const trailing = (text: string): number => leading([...text].reverse().join(''));

const UNARY_32: [keyof Code, (a: number) => number][] = [
  ['i32Eqz', (a) => Number(a === 0)],
  ['i32Clz', (a) => Math.clz32(a)],
  ['i32Ctz', (a) => (a === 0 ? 32 : 31 - Math.clz32(a & -a))],
];
const BINARY_32: [keyof Code, (a: number, b: number) => number | undefined][] = [
  ['i32Eq', (a, b) => Number(a === b)],
  ['i32Ne', (a, b) => Number(a !== b)],
  ['i32LtU', (a, b) => Number(u32(a) < u32(b))],
  ['i32GtU', (a, b) => Number(u32(a) > u32(b))],
  ['i32LeU', (a, b) => Number(u32(a) <= u32(b))],
  ['i32GeU', (a, b) => Number(u32(a) >= u32(b))],
  ['i32Add', (a, b) => (a + b) | 0],
  ['i32Sub', (a, b) => (a - b) | 0],
  ['i32Mul', (a, b) => Math.imul(a, b)],
  ['i32DivU', (a, b) => (b === 0 ? undefined : Math.floor(u32(a) / u32(b)) | 0)],
  ['i32And', (a, b) => a & b],
  ['i32Or', (a, b) => a | b],
  ['i32Xor', (a, b) => a ^ b],
  ['i32Shl', (a, b) => a << b],
  ['i32ShrU', (a, b) => (a >>> b) | 0],
];
const UNARY_64: [keyof Code, (a: bigint) => bigint][] = [
  ['i64Clz', (a) => BigInt(leading(bits(a)))],
  ['i64Ctz', (a) => BigInt(trailing(bits(a)))],
  ['i64Popcnt', (a) => BigInt(bits(a).replaceAll('0', '').length)],
];
const COMPARE_64: [keyof Code, (a: bigint, b: bigint) => boolean][] = [
  ['i64Eq', (a, b) => a === b],
  ['i64Ne', (a, b) => a !== b],
  ['i64LtS', (a, b) => a < b],
  ['i64LtU', (a, b) => u64(a) < u64(b)],
  ['i64GtS', (a, b) => a > b],
  ['i64GtU', (a, b) => u64(a) > u64(b)],
  ['i64LeU', (a, b) => u64(a) <= u64(b)],
  ['i64GeS', (a, b) => a >= b],
  ['i64GeU', (a, b) => u64(a) >= u64(b)],
];
const BINARY_64: [keyof Code, (a: bigint, b: bigint) => bigint | undefined][] = [
  ['i64Add', (a, b) => i64(a + b)],
  ['i64Sub', (a, b) => i64(a - b)],
  ['i64Mul', (a, b) => i64(a * b)],
  ['i64DivU', (a, b) => (b === 0n ? undefined : i64(u64(a) / u64(b)))],
  ['i64RemU', (a, b) => (b === 0n ? undefined : i64(u64(a) % u64(b)))],
  ['i64And', (a, b) => a & b],
  ['i64Or', (a, b) => a | b],
  ['i64Xor', (a, b) => a ^ b],
  ['i64Shl', (a, b) => i64(a << (u64(b) % 64n))],
  ['i64ShrS', (a, b) => a >> (u64(b) % 64n)],
  ['i64ShrU', (a, b) => i64(u64(a) >> (u64(b) % 64n))],
  ['i64Rotl', (a, b) => i64((u64(a) << (u64(b) % 64n)) | (u64(a) >> (64n - (u64(b) % 64n))))],
];

type Emit = (...operands: (Operand32 | Operand64)[]) => void;
const emit = (code: Code, name: keyof Code): Emit => (code[name] as Emit).bind(code);

for (const [name, oracle] of UNARY_32) {
  test(name, () => {
    const f = run([I32], [I32], (code) => emit(code, name)(code.get(code.param(0, I32))));
    for (const a of SAMPLES_32) expect(f(a)).toBe(oracle(a));
  });
}

for (const [name, oracle] of BINARY_32) {
  test(name, () => {
    const f = run([I32, I32], [I32], (code) => {
      emit(code, name)(code.get(code.param(0, I32)), code.get(code.param(1, I32)));
    });
    for (const a of SAMPLES_32) {
      for (const b of SAMPLES_32) {
        const expected = oracle(a, b);
        if (expected === undefined) expect(() => f(a, b)).toThrow(WebAssembly.RuntimeError);
        else expect(f(a, b)).toBe(expected);
      }
    }
  });
}

for (const [name, oracle] of UNARY_64) {
  test(name, () => {
    const f = run([I64], [I64], (code) => emit(code, name)(code.get(code.param(0, I64))));
    for (const a of SAMPLES_64) expect(f(a)).toBe(oracle(a));
  });
}

for (const [name, oracle] of COMPARE_64) {
  test(name, () => {
    const f = run([I64, I64], [I32], (code) => {
      emit(code, name)(code.get(code.param(0, I64)), code.get(code.param(1, I64)));
    });
    for (const a of SAMPLES_64) {
      for (const b of SAMPLES_64) expect(f(a, b)).toBe(Number(oracle(a, b)));
    }
  });
}

for (const [name, oracle] of BINARY_64) {
  test(name, () => {
    const f = run([I64, I64], [I64], (code) => {
      emit(code, name)(code.get(code.param(0, I64)), code.get(code.param(1, I64)));
    });
    for (const a of SAMPLES_64) {
      for (const b of SAMPLES_64) {
        const expected = oracle(a, b);
        if (expected === undefined) expect(() => f(a, b)).toThrow(WebAssembly.RuntimeError);
        else expect(f(a, b)).toBe(expected);
      }
    }
  });
}

test('i64Eqz, i32Wrap, i64ExtendU', () => {
  const eqz = run([I64], [I32], (code) => code.i64Eqz(code.get(code.param(0, I64))));
  const wrap = run([I64], [I32], (code) => code.i32Wrap(code.get(code.param(0, I64))));
  const extend = run([I32], [I64], (code) => code.i64ExtendU(code.get(code.param(0, I32))));
  for (const a of SAMPLES_64) {
    expect(eqz(a)).toBe(Number(a === 0n));
    expect(wrap(a)).toBe(Number(BigInt.asIntN(32, a)));
  }
  for (const a of SAMPLES_32) expect(extend(a)).toBe(BigInt(u32(a)));
});

test('constants', () => {
  for (const value of [...SAMPLES_32, 63, 64, -64, -65, 8191, 8192]) {
    expect(run([], [I32], (code) => code.i32Const(value))()).toBe(value);
  }
  for (const value of [...SAMPLES_64, (1n << 64n) - 1n, 1n << 63n, -65n, 0x3fff_ffffn, 0x4000_0000n]) {
    expect(run([], [I64], (code) => code.i64Const(value))()).toBe(i64(value));
  }
});

test('select takes the first when the condition is not zero', () => {
  const f = run([I32], [I64], (code) => {
    code.select(code.i64Const(7n), code.i64Const(8n), code.get(code.param(0, I32)));
  });
  expect([f(1), f(0), f(-5)]).toEqual([7n, 8n, 7n]);
});

test('set, tee, setAll and drop', () => {
  const f = run([I64], [I64], (code) => {
    const a = code.param(0, I64);
    const [b, c] = code.locals(I64, 2);
    code.set(b, code.i64Add(code.tee(c, code.i64Mul(code.get(a), code.get(a))), code.i64Const(1n)));
    code.drop(code.get(a));
    // swapped
    code.setAll([c, b], [code.get(b), code.get(c)]);
    code.i64Sub(code.get(c), code.get(b));
  });
  expect(f(12n)).toBe(1n);
});
