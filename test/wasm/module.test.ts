import { expect, test } from 'vitest';
import { Code, V128 } from '../../src/wasm/code.ts';
import { ModuleBuilder } from '../../src/wasm/module.ts';
import { I32, I64, instantiate, run } from './build.ts';

test('an empty module is its header', () => {
  expect([...new ModuleBuilder().finish()]).toEqual([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
});

test('locals of one type in a row are declared as one run', () => {
  const code = new Code({ params: [I32], results: [] });
  code.locals(I64, 300);
  code.local(I32);
  code.locals(I64, 2);
  expect(code.localCount).toBe(303);
  // three runs: 300 of i64, one of i32, two of i64; then the end
  expect([...code.body()]).toEqual([3, 0xac, 0x02, I64, 1, I32, 2, I64, 0x0b]);
});

test('locals come after parameters, keep their types and start at zero', () => {
  const f = run([I64, I32], [I64], (code) => {
    const number = code.local(I64);
    code.local(V128);
    const flag = code.local(I32);
    expect([number.index, flag.index]).toEqual([2, 4]);
    code.set(flag, code.i32Add(code.get(flag), code.get(code.param(1, I32))));
    code.set(number, code.i64Add(code.get(number), code.get(code.param(0, I64))));
    code.i64Add(code.get(number), code.i64ExtendU(code.get(flag)));
  });
  expect(f(40n, 2)).toBe(42n);
});

test('a parameter asked for by another type is refused', () => {
  const code = new Code({ params: [I32], results: [] });
  expect(() => code.param(0, I64)).toThrow(TypeError);
  expect(() => code.param(1, I32)).toThrow(TypeError);
});

test('more than 127 locals and functions, whose indexes take two bytes', () => {
  const module = new ModuleBuilder();
  const funcs = Array.from({ length: 300 }, (_, i) => {
    const func = module.func({ params: [], results: [I32] });
    const locals = func.code.locals(I32, 200);
    func.code.set(locals[199], func.code.i32Const(i));
    func.code.get(locals[199]);
    return func;
  });
  const last = module.func({ params: [], results: [I32] });
  last.code.call(funcs[299]);
  module.export('last', last);
  expect((instantiate(module)['last'] as () => number)()).toBe(299);
});

test('equal signatures are one type', () => {
  const module = new ModuleBuilder();
  const first = module.typeIndex({ params: [I64], results: [I32] });
  expect(module.typeIndex({ params: [I32], results: [I64] })).toBe(first + 1);
  expect(module.typeIndex({ params: [I64], results: [I32] })).toBe(first);
  expect(module.typeIndex({ params: [I64, I32], results: [] })).toBe(first + 2);
});

test('data segments, at addresses whose encoding has a sign bit to mind', () => {
  const module = new ModuleBuilder();
  module.memory('memory', 3);
  const places = [0, 63, 64, 127, 128, 8191, 8192, 0x10000 - 1, 0x2fffd];
  for (const [i, at] of places.entries()) module.data(at, Uint8Array.of(i + 1));
  module.data(1000, new Uint8Array(300).fill(9));
  const bytes = new Uint8Array((instantiate(module)['memory'] as WebAssembly.Memory).buffer);
  expect(places.map((at) => bytes[at])).toEqual(places.map((_, i) => i + 1));
  expect([bytes[999], bytes[1000], bytes[1299], bytes[1300]]).toEqual([0, 9, 9, 0]);
});

test('an imported memory, shared by two modules', () => {
  const memory = new WebAssembly.Memory({ initial: 2 });
  const build = () => {
    const module = new ModuleBuilder();
    module.importMemory('env', 'memory', 2);
    const func = module.func({ params: [], results: [I32] });
    const { code } = func;
    code.i32Store(code.i32Const(8), code.i32Add(code.i32Load(code.i32Const(8)), code.i32Const(1)));
    code.i32Load(code.i32Const(8));
    module.export('count', func);
    return instantiate(module, { env: { memory } })['count'] as () => number;
  };
  expect([build()(), build()()]).toEqual([1, 2]);
});

test('an imported table beside one of the module’s own', () => {
  const table = new WebAssembly.Table({ initial: 4, element: 'anyfunc' });
  const module = new ModuleBuilder();
  const imported = module.importTable('env', 'table', 4);
  const one = module.func({ params: [], results: [I32] });
  one.code.i32Const(1);
  const two = module.func({ params: [], results: [I32] });
  two.code.i32Const(2);
  const own = module.table([one, two]);
  const type = module.typeIndex(one.signature);
  for (const [name, index] of Object.entries({ imported, own })) {
    const func = module.func({ params: [I32], results: [I32] });
    func.code.returnCallIndirect(type, index, func.code.get(func.code.param(0, I32)));
    module.export(name, func);
  }
  module.export('two', two);
  const exports = instantiate(module, { env: { table } }) as Record<string, (slot: number) => number>;
  table.set(3, exports['two'] as unknown as null);
  expect([exports['own'](0), exports['own'](1), exports['imported'](3)]).toEqual([1, 2, 2]);
  expect(() => exports['imported'](0)).toThrow(WebAssembly.RuntimeError);
});

test('imports come before functions', () => {
  const module = new ModuleBuilder();
  module.func({ params: [], results: [] });
  expect(() => module.importFunction('env', 'late', { params: [], results: [] })).toThrow(
    'imports come before',
  );
});
