import { expect, test } from 'vitest';
import type { Label, Operand64 } from '../../src/wasm/code.ts';
import { ModuleBuilder, type Signature } from '../../src/wasm/module.ts';
import { I32, I64, instantiate, run } from './build.ts';

test('loop and block: a sum from n to 1', () => {
  const f = run([I64], [I64], (code) => {
    const n = code.param(0, I64);
    const sum = code.local(I64);
    code.block((done) => {
      code.loop((again) => {
        code.brIf(code.i64Eqz(code.get(n)), done);
        code.set(sum, code.i64Add(code.get(sum), code.get(n)));
        code.set(n, code.i64Sub(code.get(n), code.i64Const(1n)));
        code.br(again);
      });
    });
    code.get(sum);
  });
  expect([f(0n), f(1n), f(10n), f(1000n)]).toEqual([0n, 1n, 55n, 500500n]);
});

test('if without and with an alternative, nested, leaving an outer block', () => {
  const f = run([I32], [I32], (code) => {
    const a = code.param(0, I32);
    const result = code.local(I32);
    code.block((out) => {
      code.if(
        code.i32LtU(code.get(a), code.i32Const(10)),
        () => {
          code.set(result, code.i32Const(1));
          code.if(code.i32Eqz(code.get(a)), () => code.br(out));
          code.set(result, code.i32Const(2));
        },
        () => code.set(result, code.i32Const(3)),
      );
      code.set(result, code.i32Add(code.get(result), code.i32Const(100)));
    });
    code.get(result);
  });
  expect([f(0), f(5), f(10)]).toEqual([1, 102, 103]);
});

test('choose evaluates only the branch taken', () => {
  const f = run([I64, I64], [I64], (code) => {
    const a = code.param(0, I64);
    const b = code.param(1, I64);
    code.choose(
      I64,
      code.i64Eqz(code.get(b)),
      () => code.i64Const(0n),
      () => code.i64DivU(code.get(a), code.get(b)),
    );
  });
  expect([f(7n, 2n), f(7n, 0n)]).toEqual([3n, 0n]);
});

test('brTable: every entry, the default, labels of different depth', () => {
  const f = run([I32], [I32], (code) => {
    const index = () => code.get(code.param(0, I32));
    const labels: Label[] = [];
    const open = (left: number): void => {
      if (left === 0) {
        code.brTable(index(), [labels[0], labels[2], labels[0], labels[1]], labels[3]);
        return;
      }
      code.block((label) => {
        labels.unshift(label);
        open(left - 1);
      });
      code.return(code.i32Const(1000 + left));
    };
    code.block((outer) => {
      labels.push(outer);
      open(3);
    });
    code.i32Const(7);
  });
  // labels[0] is the innermost block of three, labels[3] the outer one
  expect([f(0), f(1), f(2), f(3), f(4), f(-1)]).toEqual([1001, 1003, 1001, 1002, 7, 7]);
});

test('return leaves from within, unreachable traps', () => {
  const f = run([I32], [I32], (code) => {
    code.loop(() => {
      code.if(code.get(code.param(0, I32)), () => code.return(code.i32Const(5)));
    });
    code.unreachable();
  });
  expect(f(1)).toBe(5);
  expect(() => f(0)).toThrow(WebAssembly.RuntimeError);
});

test('calls with one, several and no results, also of imported functions', () => {
  const module = new ModuleBuilder();
  const seen: unknown[] = [];
  const tell = module.importFunction('host', 'tell', { params: [I32, I64], results: [] });
  const three = module.importFunction('host', 'three', { params: [], results: [I64, I32, I64] });
  const swap = module.func({ params: [I64, I64], results: [I64, I64] });
  swap.code.get(swap.code.param(1, I64));
  swap.code.get(swap.code.param(0, I64));
  const main = module.func({ params: [I64, I64], results: [I64, I64] });
  const { code } = main;
  const [a, b] = [code.param(0, I64), code.param(1, I64)];
  code.setAll([a, b], code.callForAll(swap, code.get(a), code.get(b)));
  const [x, z] = code.locals(I64, 2);
  const y = code.local(I32);
  code.setAll([x, y, z], code.callForAll(three));
  code.call(tell, code.get(y), code.i64Sub(code.get(x), code.get(z)));
  code.return(code.get(a), code.get(b));
  module.export('main', main);
  const exports = instantiate(module, {
    host: { tell: (...args: unknown[]) => seen.push(args), three: () => [10n, 5, 3n] },
  });
  expect((exports['main'] as (...args: bigint[]) => bigint[])(1n, 2n)).toEqual([2n, 1n]);
  expect(seen).toEqual([[5, 7n]]);
});

test('tail calls do not grow the stack: directly, and through a table', () => {
  const signature: Signature = { params: [I64, I64], results: [I64] };
  const depth = 1_000_000n;
  const module = new ModuleBuilder();
  const direct = module.func(signature);
  const even = module.func(signature);
  const odd = module.func(signature);
  const table = module.table([odd, even]);
  const type = module.typeIndex(signature);
  for (const [func, next] of [
    [direct, undefined],
    [even, 0],
    [odd, 1],
  ] as const) {
    const { code } = func;
    const [n, sum] = [code.param(0, I64), code.param(1, I64)];
    code.if(code.i64Eqz(code.get(n)), () => code.return(code.get(sum)));
    const args = (): Operand64[] => [
      code.i64Sub(code.get(n), code.i64Const(1n)),
      code.i64Add(code.get(sum), code.i64Const(func === odd ? 2n : 1n)),
    ];
    if (next === undefined) code.returnCall(direct, ...args());
    else code.returnCallIndirect(type, table, ...args(), code.i32Const(next));
  }
  module.export('direct', direct);
  module.export('even', even);
  const exports = instantiate(module) as Record<string, (n: bigint, sum: bigint) => bigint>;
  expect(exports['direct'](depth, 0n)).toBe(depth);
  expect(exports['even'](depth, 0n)).toBe((depth * 3n) / 2n);
});

test('a tail call through a table traps on another signature and beyond the table', () => {
  const module = new ModuleBuilder();
  const other = module.func({ params: [I64], results: [] });
  const main = module.func({ params: [I32], results: [] });
  const table = module.table([other, main]);
  const { code } = main;
  const slot = code.param(0, I32);
  code.if(code.i32Eq(code.get(slot), code.i32Const(9)), () => code.return());
  code.returnCallIndirect(module.typeIndex(main.signature), table, code.i32Const(9), code.get(slot));
  module.export('main', main);
  const { main: call } = instantiate(module) as Record<string, (slot: number) => void>;
  expect(call(1)).toBeUndefined();
  expect(() => call(0)).toThrow(WebAssembly.RuntimeError);
  expect(() => call(2)).toThrow(WebAssembly.RuntimeError);
});
