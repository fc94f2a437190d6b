/** Tracers in JavaScript: what they are given, what they must not reach, and that they end. */

import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { creationAddress, saltedCreationAddress } from '../../src/machine/host/create.ts';
import { callTracer } from '../../src/trace/callTracer.ts';
import { loadTracer } from '../../src/trace/loadTracer.ts';
import { muxTracer } from '../../src/trace/muxTracer.ts';
import type { ScriptLimits } from '../../src/trace/script/scriptEngine.ts';
import {
  BUSY,
  CALLER,
  CONTRACT,
  call,
  OTHER,
  type Piece,
  program,
  REVERTS,
  traced,
  worldOf,
} from './tracedWorld.ts';

/** What a script makes of a program. */
const result = (script: string, code: readonly Piece[] = [1n, 0n, 'MSTORE8'], limits: ScriptLimits = {}) =>
  traced(() => loadTracer(script, { limits }), worldOf(code, REVERTS));

/** What a script's `result` returns, with `ctx` and `db` at hand. */
const value = (expression: string, limits: ScriptLimits = {}) =>
  result(`{fault: function() {}, result: function(ctx, db) { return ${expression}; }}`, [1n, 'POP'], limits);

describe('a script sees', () => {
  test('each step', async () => {
    const script = `{seen: [], fault: function() {}, result: function() { return this.seen; }, step: function(log) {
      var top = log.stack.length() > 0 ? log.stack.peek(0).toString(16) : null;
      this.seen.push([log.getPC(), log.op.toString(), log.op.toNumber(), log.op.isPush(), log.getGas(), log.getCost(),
        log.getDepth(), log.getRefund(), top, log.memory.length(), log.getError() === undefined]);
    }}`;
    expect(await result(script)).toEqual([
      [0, 'PUSH1', 0x60, true, 979_000, 3, 1, 0, null, 0, true],
      [2, 'PUSH1', 0x60, true, 978_997, 3, 1, 0, '1', 0, true],
      [4, 'MSTORE8', 0x53, false, 978_994, 6, 1, 0, '0', 0, true],
      [5, 'STOP', 0, false, 978_988, 0, 1, 0, null, 32, true],
    ]);
  });

  test('memory, the contract and the world', async () => {
    const script = `{last: null, fault: function() {}, result: function() { return this.last; }, step: function(log, db) {
      if (log.op.toString() !== 'STOP') return;
      var self = log.contract.getAddress();
      this.last = [toHex(log.memory.slice(0, 2)), log.memory.getUint(0).toString(16), toHex(self),
        toHex(log.contract.getCaller()), log.contract.getValue().toString(), log.contract.getInput().length,
        db.getBalance(self).toString(), db.getNonce(self), db.getCode(self).length, toHex(db.getState(self, toWord('0x07'))),
        db.exists(self), db.exists(toAddress('0xdead'))];
    }}`;
    expect(await result(script)).toEqual([
      ...['0x0100', `1${'0'.repeat(62)}`, CONTRACT, CALLER, '0', 0],
      ...[`${10n ** 18n}`, 1, 5, `0x${'2a'.padStart(64, '0')}`, true, false],
    ]);
  });

  test('frames, faults and the transaction', async () => {
    const script = `{log: [], setup: function(config) { this.config = config; },
      enter: function(frame) { this.log.push([frame.getType(), toHex(frame.getTo()), frame.getGas(), toHex(frame.getInput()),
        frame.getValue() === undefined ? null : frame.getValue().toString()]); },
      exit: function(left) { this.log.push([left.getGasUsed(), left.getOutput().length, left.getError() || null]); },
      fault: function(log) { this.log.push([log.op.toString(), log.getError(), log.stack.length()]); },
      result: function(ctx) { return { log: this.log, config: this.config, type: ctx.type, from: toHex(ctx.from),
        to: toHex(ctx.to), value: ctx.value, gas: ctx.gas, gasUsed: ctx.gasUsed, gasPrice: ctx.gasPrice, block: ctx.block,
        coinbase: toHex(ctx.coinbase), output: toHex(ctx.output), input: toHex(ctx.input) }; }}`;
    const both = (await traced(
      async () => muxTracer({ calls: callTracer(), script: await loadTracer(script) }),
      worldOf(BUSY, REVERTS),
    )) as {
      calls: { gasUsed: string; output: string };
      script: { log: unknown[][] } & Record<string, unknown>;
    };
    const { log, ...rest } = both.script;
    expect(log).toMatchObject([
      ['CALL', OTHER, log[0][2], '0x11223344', '3'],
      ['REVERT', 'execution reverted', 0],
      [log[2][0], 100, 'execution reverted'],
      ['STATICCALL', `0x${'4'.padStart(40, '0')}`, log[3][2], '0x11223344', null],
      [18, 4, null],
    ]);
    expect(rest).toEqual({
      ...{ config: '{}', type: 'CALL', from: CALLER, to: CONTRACT, value: '0', gas: 1_000_000, block: 5 },
      ...{
        gasUsed: Number(both.calls.gasUsed),
        gasPrice: '1',
        coinbase: `0xc01bba5e${'7'.padStart(32, '0')}`,
      },
      ...{ output: both.calls.output, input: '0x' },
    });
  });

  test('the functions that go-ethereum documents', async () => {
    expect(
      await value(`[toHex(toWord('0xffaa')), toHex(toAddress('0x1234567890123456789012345678901234567890ab')),
        toHex(toContract(ctx.from, 3)), toHex(toContract2(ctx.from, '0x2', '0x6000')), isPrecompiled(toAddress('0x09')),
        isPrecompiled(ctx.to), toHex(slice(ctx.to, 1, 3)), toHex(toAddress(Array.prototype.slice.call(ctx.to))), ctx.to]`),
    ).toEqual([
      ...[`0x${'ffaa'.padStart(64, '0')}`, '0x34567890123456789012345678901234567890ab'],
      ...[creationAddress(CALLER, 3n), saltedCreationAddress(CALLER, 2n, program(0n))],
      ...[true, false, `0x${CONTRACT.slice(4, 8)}`, CONTRACT],
      Object.fromEntries([...Buffer.from(CONTRACT.slice(2), 'hex')].map((byte, i) => [`${i}`, byte])),
    ]);
  });

  test('bigInt with the methods of the library', async () => {
    expect(
      await value(`[bigInt('123456789012345678901234567890').multiply(3).toString(), bigInt('1e3').add('-5'), bigInt('ff', 16),
        bigInt(255).toString(2), bigInt(7).pow(2).mod(5).valueOf(), bigInt(3) + 4, bigInt(10).equals(10), bigInt(2).lt(1),
        bigInt(1).shiftLeft(70).bitLength(), bigInt(17).divmod(5).remainder, bigInt(3).modInv(11), bigInt(4).modPow(13, 497),
        bigInt.gcd(12, 18), bigInt.max(3, 9), bigInt().isZero(), bigInt(-5).isNegative(), bigInt(6).and(3), bigInt.isInstance(1)]`),
    ).toEqual([
      ...['370370367037037036703703703670', '995', '255', '11111111', 4, 7, true, false],
      ...['71', '2', '4', '445', '6', '9', true, true, '2', false],
    ]);
    await expect(value(`bigInt('one')`)).rejects.toThrow('Error: Invalid integer: one at tracer.js');
  });

  test('state that is not at hand: the transaction then begins once more, and so does the script', async () => {
    const script = `{steps: 0, step: function() { this.steps++; }, fault: function() {}, result: function(ctx, db) {
      return [this.steps, db.getBalance(toAddress('0xc0de000000000000000000000000000000000003')).toString()]; }}`;
    expect(await result(script)).toEqual([4, '0']);
  });
});

describe('a script fails', () => {
  test.each([
    ['log.memory.slice(-1, -2)', 'tracer accessed out of bound memory: offset -1, end -2'],
    ['log.memory.slice(0, 1048577)', 'reached limit for padding memory slice: 1048577'],
    ['log.memory.getUint(-64)', 'tracer accessed out of bound memory: available 0, offset -64, size 32'],
    ['log.stack.peek(-1)', 'tracer accessed out of bound stack: size 0, index -1'],
    ['toHex(5)', 'invalid buffer type'],
    ['slice(toWord("0x"), 3, 40)', 'Tracer accessed out of bound memory: available 32, offset 3, size 37'],
  ])('at %s, as go-ethereum says, and cannot go on', async (expression, message) => {
    const script = `{step: function(log) { try { ${expression}; } catch (e) {} }, fault: function() {}, result: function() { return 1; }}`;
    await expect(result(script)).rejects.toThrow(`${message}    in server-side tracer function 'step'`);
  });

  test.each([
    ['5', 'must expose a function result()'],
    ['{result: function() {}}', 'must expose a function fault()'],
    [
      '{result: function() {}, fault: function() {}, enter: function() {}}',
      'either both or none of enter() and exit()',
    ],
    ['{', 'SyntaxError'],
    [
      '{result: function() {}, fault: function() {}, setup: function() { throw new Error("no"); }}',
      'Error: no',
    ],
  ])('to be a tracer: %s', async (script, message) => {
    await expect(loadTracer(`(${script})`)).rejects.toMatchObject({
      name: 'ScriptError',
      message: expect.stringContaining(message),
    });
  });

  test('with what it throws; the transaction goes on all the same', async () => {
    const script =
      '{step: function(log) { throw new TypeError("mine"); }, fault: function() {}, result: function() {}}';
    await expect(result(script)).rejects.toThrow(
      /^TypeError: mine at tracer\.js:1:\d+ {4}in server-side tracer function 'step'$/,
    );
  });
});

describe('a script cannot', () => {
  test.each([
    `this.constructor.constructor('return [typeof process, typeof require, typeof Buffer, typeof fetch].join()')()`,
    `(function() {}).constructor('return [typeof process, typeof module, typeof Deno, typeof setTimeout].join()')()`,
    `[typeof globalThis.process, typeof globalThis.host, typeof WebAssembly, typeof importScripts].join()`,
    `(function() { try { null.x; } catch (e) { return e.constructor.constructor('return [typeof process, typeof require, typeof window, typeof self].join()')(); } })()`,
    `(function() { try { db.getBalance(5); } catch (e) { return e.constructor.constructor('return [typeof process, 1, 2, 3].join()')(); } })() || 'undefined,undefined,undefined,undefined'`,
    `Object.getPrototypeOf(Object.getPrototypeOf(ctx.to)).constructor.constructor('return [typeof process, typeof global, typeof require, typeof console].join()')()`,
    `ctx.to.buffer.constructor.constructor('return [typeof process, typeof global, typeof require, typeof console].join()')()`,
    `db.getCode.constructor('return [typeof process, typeof global, typeof require, typeof console].join()')()`,
  ])('reach its host by %s', async (expression) => {
    const reached = await value(expression).catch((error: Error) => error.message);
    expect(String(reached)).toMatch(/^(undefined,){3}undefined$|invalid buffer type/);
  });

  test('import, wait, or leave anything running', async () => {
    expect(
      await value(
        `[typeof Promise, (function() { var done = false; Promise.resolve().then(function() { done = true; }); return done; })()]`,
      ),
    ).toEqual(['function', false]);
    await expect(value(`eval('import("node:fs")') && 1`)).resolves.toBe(1);
    expect(await value(`(function() { globalThis.left = 1; return 1; })()`)).toBe(1);
    expect(await value(`typeof globalThis.left`)).toBe('undefined');
  });

  test('see another’s changes to what is built in, nor harm the host by its own', async () => {
    await value(
      `(function() { Uint8Array.from = JSON.stringify = Object.assign = null; Array.prototype.map = null; return 1; })()`,
    );
    expect(await value('toHex(ctx.to)')).toBe(CONTRACT);
    const poisoned = await value(
      `({ ['__proto__']: { polluted: 1 }, constructor: { prototype: { polluted: 1 } } })`,
    );
    expect((poisoned as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.each<[string, string, number?]>([
    ['while (true) {}', 'execution timeout'],
    ['for (;;) try { while (true) {} } catch (e) {}', 'execution timeout'],
    ['/(a+)+b/.test("a".repeat(50))', 'execution timeout'],
    ['new Proxy({}, { get: function() { for (;;) {} } }).x', 'execution timeout'],
    ['var s = "x"; while (true) s += s', 'string too long'],
    ['var a = []; while (true) a.push(new Uint8Array(1 << 23))', 'out of memory', 60_000],
    ['(function f() { return f() + 1; })()', 'stack overflow'],
    ['2n ** (2n ** 40n)', 'BigInt is too large'],
  ])('run on: %s', async (statement, message, milliseconds = 300) => {
    const script = `{step: function() { ${statement}; }, fault: function() {}, result: function() { return 1; }}`;
    await expect(result(script, [1n], { milliseconds })).rejects.toThrow(message);
  });

  test('use up time by many short calls', async () => {
    const script =
      '{step: function() { for (var i = 0; i < 1e5; i++); }, fault: function() {}, result: function() { return 1; }}';
    const loop: readonly Piece[] = [0x2710n, 0x5b, 1n, 'SWAP1', 'SUB', 'DUP1', 3n, 'JUMPI'];
    await expect(result(script, loop, { milliseconds: 200 })).rejects.toThrow('execution timeout');
  });
});

test('many scripts, one after the other, leave no memory behind', async () => {
  const script =
    '{step: function(log) { this.kept = log.memory.slice(0, 32); }, fault: function() {}, result: function() { return 1; }}';
  for (let i = 0; i < 30; i++) expect(await result(script, [...call('CALL', OTHER)])).toBe(1);
  expect(toHex(new Uint8Array(1))).toBe('0x00');
});
