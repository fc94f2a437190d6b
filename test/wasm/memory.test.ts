import { expect, test } from 'vitest';
import { type Code, type Operand32, type OperandV, V128 } from '../../src/wasm/code.ts';
import { ModuleBuilder } from '../../src/wasm/module.ts';
import { I32, I64, instantiate } from './build.ts';

const PAGE = 0x10000;

/** Runs code over a page of memory that starts with the bytes 0x80, 0x81, 0x82, … */
function overMemory(
  write: (code: Code, at: () => Operand32) => void,
  results: (typeof I32 | typeof I64)[] = [],
) {
  const module = new ModuleBuilder();
  module.memory('memory', 1);
  module.data(
    0,
    Uint8Array.from({ length: 64 }, (_, i) => 0x80 + i),
  );
  const func = module.func({ params: [I32], results });
  write(func.code, () => func.code.get(func.code.param(0, I32)));
  module.export('run', func);
  const exports = instantiate(module);
  return {
    run: exports['run'] as (at: number) => number | bigint,
    bytes: new Uint8Array((exports['memory'] as WebAssembly.Memory).buffer),
  };
}

const LOADS: [keyof Code, number][] = [
  ['i32Load8', 1],
  ['i32Load16', 2],
  ['i32Load', 4],
  ['i64Load8', 1],
  ['i64Load32', 4],
  ['i64Load', 8],
];

for (const [name, size] of LOADS) {
  const type = name.startsWith('i32') ? I32 : I64;
  for (const offset of [0, 1, size, 24]) {
    test(`${name} from offset ${offset}, aligned or not`, () => {
      const { run, bytes } = overMemory(
        (code, at) => (code[name] as (at: Operand32, offset: number) => void).call(code, at(), offset),
        [type],
      );
      for (const at of [0, 1, 3, 8, 13]) {
        let expected = 0n;
        for (let i = 0; i < size; i++) expected |= BigInt(bytes[at + offset + i]) << BigInt(8 * i);
        const width = type === I32 ? 32 : 64;
        expect(BigInt(run(at))).toBe(BigInt.asIntN(width, expected));
      }
      expect(() => run(PAGE - offset - size + 1)).toThrow(WebAssembly.RuntimeError);
      // the offset is added without wrapping: to 2^32 and more, not to 0
      expect(() => run(-Math.max(offset, 1))).toThrow(WebAssembly.RuntimeError);
    });
  }
}

const STORES: [keyof Code, number][] = [
  ['i32Store8', 1],
  ['i32Store', 4],
  ['i64Store8', 1],
  ['i64Store32', 4],
  ['i64Store', 8],
];

for (const [name, size] of STORES) {
  test(name, () => {
    for (const offset of [0, 3, 16]) {
      const { run, bytes } = overMemory((code, at) => {
        const store = code[name] as (at: Operand32, value: unknown, offset: number) => void;
        const value = name.startsWith('i32')
          ? () => code.i32Const(0x04030201)
          : () => code.i64Const(0x0807060504030201n);
        store.call(code, at(), value(), offset);
      });
      run(101);
      const written = Array.from({ length: size }, (_, i) => i + 1);
      expect([...bytes.subarray(100 + offset, 103 + offset + size)]).toEqual([0, ...written, 0, 0]);
    }
  });
}

test('memoryCopy of overlapping bytes and memoryFill', () => {
  const copy = overMemory((code, at) => code.memoryCopy(at(), code.i32Const(0), code.i32Const(8)));
  copy.run(3);
  expect([...copy.bytes.subarray(0, 12)]).toEqual(
    [0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 7, 11].map((byte) => 0x80 + byte),
  );
  const fill = overMemory((code, at) => code.memoryFill(at(), code.i32Const(0x1ff), code.i32Const(3)));
  fill.run(70);
  expect([...fill.bytes.subarray(69, 74)]).toEqual([0, 0xff, 0xff, 0xff, 0]);
});

test('memorySize and memoryGrow', () => {
  const { run } = overMemory(
    (code, at) => {
      code.drop(code.memoryGrow(at()));
      code.memorySize();
    },
    [I32],
  );
  expect([run(0), run(2), run(0)]).toEqual([1, 3, 3]);
});

test('vectors: load, store, and, xor, splat, halves, shuffle, constants', () => {
  const cases: [(code: Code, v: () => OperandV) => OperandV, number[]][] = [
    [(_, v) => v(), [0x80, 0x81, 0x8f]],
    [(code, v) => code.vAnd(v(), code.vConst(new Uint8Array(16).fill(0x0f))), [0x00, 0x01, 0x0f]],
    [(code, v) => code.vXor(v(), code.vConst(new Uint8Array(16).fill(0xff))), [0x7f, 0x7e, 0x70]],
    [(code) => code.vSplat64(code.i64Const(0x0200_0000_0000_0201n)), [0x01, 0x02, 0x02]],
    [(code, v) => code.vReplace64(v(), 0, code.i64Const(0x0605n)), [0x05, 0x06, 0x8f]],
    [(code, v) => code.vReplace64(v(), 1, code.i64Const(5n << 56n)), [0x80, 0x81, 0x05]],
    [(code, v) => code.vSplat64(code.vExtract64(v(), 1)), [0x88, 0x89, 0x8f]],
    [(code) => code.vLoad64Zero(code.i32Const(1)), [0x81, 0x82, 0x00]],
    [
      (code, v) =>
        code.vShuffle(v(), code.vSplat64(code.i64Const(-1n)), [3, 16, ...new Array(13).fill(0), 15]),
      [0x83, 0xff, 0x8f],
    ],
  ];
  for (const [value, [first, second, last]] of cases) {
    const { run, bytes } = overMemory((code, at) => {
      const v = code.local(V128);
      code.set(v, code.vLoad(code.i32Const(0)));
      code.vStore(
        at(),
        value(code, () => code.get(v)),
        3,
      );
    });
    run(97);
    expect([bytes[99], bytes[100], bytes[101], bytes[115], bytes[116]]).toEqual([0, first, second, last, 0]);
  }
});
