/** Opcodes and precompiles of one's own, by data. */

import { describe, expect, test } from 'vitest';
import { bytesToBigInt, toHex } from '../../src/bytes.ts';
import { createEvm, type EvmOptions } from '../../src/chain/evm.ts';
import type { CustomOpcode } from '../../src/machine/engine.ts';
import type { Precompile } from '../../src/precompiles/precompile.ts';
import { osaka, prague } from '../../src/protocol/forks.ts';
import { memoryState } from '../../src/state/memory.ts';
import { runSync } from '../../src/task.ts';
import { CALLER, call, MAX_WORD, type Piece, program, returnTop, runOn } from './program.ts';

const MEDIAN: CustomOpcode = {
  code: 0x0c,
  name: 'MEDIAN',
  pops: 3,
  pushes: 1,
  gas: 7,
  run: (...words) => [words.sort((a, b) => (a < b ? -1 : 1))[1]],
};

describe('an opcode', () => {
  const median: Piece[] = [9n, 1n, 5n, 0x0c];

  test('takes words in the order popped, leaves words, and costs what it says', () => {
    const { output, gasUsed } = runOn({ fork: osaka, opcodes: [MEDIAN] }, [...median, ...returnTop]);
    expect([bytesToBigInt(output), gasUsed]).toEqual([5n, 9n + 7n + 3n + 6n + 6n]);
    const order: CustomOpcode = { ...MEDIAN, run: (a, b, c) => [a * 100n + b * 10n + c] };
    expect(bytesToBigInt(runOn({ fork: osaka, opcodes: [order] }, [...median, ...returnTop]).output)).toBe(
      519n,
    );
  });

  test('checks the stack and gas as any other does', () => {
    const options = { fork: osaka, opcodes: [MEDIAN] };
    expect(runOn(options, [1n, 1n, 0x0c]).halt).toMatchObject({
      reason: 'stackUnderflow',
      pc: 4,
      opcode: 0x0c,
    });
    expect(runOn(options, median, 15n).halt).toMatchObject({ reason: 'outOfGas', pc: 6 });
    expect(runOn(options, median, 16n).status).toBe('success');
    const grows: CustomOpcode = { ...MEDIAN, pops: 0, run: () => [1n] };
    const full = new Array<Piece>(1024).fill(0x0c);
    expect(runOn({ fork: osaka, opcodes: [grows] }, full).status).toBe('success');
    expect(runOn({ fork: osaka, opcodes: [grows] }, [...full, 0x0c]).halt?.reason).toBe('stackOverflow');
  });

  test('may leave several words, the last on top, or none', () => {
    const both: CustomOpcode = { ...MEDIAN, pops: 2, pushes: 2, run: (a, b) => [a + b, a - b] };
    const { output } = runOn({ fork: osaka, opcodes: [both] }, [
      3n,
      10n,
      0x0c,
      0n,
      'MSTORE',
      32n,
      'MSTORE',
      64n,
      0n,
      'RETURN',
    ]);
    expect([bytesToBigInt(output.subarray(0, 32)), bytesToBigInt(output.subarray(32))]).toEqual([7n, 13n]);
    const drops: CustomOpcode = { ...MEDIAN, pops: 2, pushes: 0, run: () => [] };
    expect(
      bytesToBigInt(runOn({ fork: osaka, opcodes: [drops] }, [8n, 1n, 1n, 0x0c, ...returnTop]).output),
    ).toBe(8n);
  });

  test('leaves words, whatever integer it comes to', () => {
    const negative: CustomOpcode = { ...MEDIAN, pops: 1, run: (a) => [-a] };
    expect(bytesToBigInt(runOn({ fork: osaka, opcodes: [negative] }, [1n, 0x0c, ...returnTop]).output)).toBe(
      MAX_WORD,
    );
  });

  test('is its own, whatever it is called', () => {
    // Names that the machine has for functions of its own.
    for (const name of ['call', 'sload', 'step', 'flush', 'log', 'constructor']) {
      const opcodes = [{ ...MEDIAN, name }];
      const { output, logs } = runOn({ fork: osaka, opcodes }, [
        ...median,
        0n,
        'MSTORE',
        1n,
        'SLOAD',
        0n,
        0n,
        'LOG0',
        'POP',
        32n,
        0n,
        'RETURN',
      ]);
      expect([name, bytesToBigInt(output), logs.length]).toEqual([name, 5n, 1]);
    }
  });

  test('that takes a byte of one that the fork lacks is possible', () => {
    const clz = { ...MEDIAN, code: 0x1e };
    expect(
      bytesToBigInt(runOn({ fork: prague, opcodes: [clz] }, [9n, 1n, 5n, 0x1e, ...returnTop]).output),
    ).toBe(5n);
  });

  test('exists on its own EVM only', () => {
    expect(runOn({ fork: osaka }, median).halt).toMatchObject({ reason: 'undefinedOpcode', name: 'INVALID' });
  });

  test('that does not keep its word is its author’s error', () => {
    const wrong: CustomOpcode = { ...MEDIAN, run: () => [1n, 2n] };
    expect(() => runOn({ fork: osaka, opcodes: [wrong] }, median)).toThrow(
      new RangeError('opcode MEDIAN: expected 1 results, got 2'),
    );
    const throwing: CustomOpcode = {
      ...MEDIAN,
      run: () => {
        throw new Error('mine');
      },
    };
    expect(() => runOn({ fork: osaka, opcodes: [throwing] }, median)).toThrow('mine');
  });

  test.each<[string, Partial<CustomOpcode>]>([
    ['a code that is no byte', { code: 256 }],
    ['a code that is no integer', { code: 1.5 }],
    ['a byte of the fork', { code: 0x01 }],
    ['too many pops', { pops: 17 }],
    ['fewer pops than none', { pops: -1 }],
    ['pops that are no integer', { pops: 1.5 }],
    ['two pushes more', { pops: 1, pushes: 3 }],
    ['fewer pushes than none', { pushes: -1 }],
    ['gas below zero', { gas: -1 }],
    ['gas that is no integer', { gas: 0.5 }],
    ['gas beyond all means', { gas: 2 ** 60 }],
  ])('with %s is refused', (_, fields) => {
    expect(() => createEvm({ fork: osaka, opcodes: [{ ...MEDIAN, ...fields }] })).toThrow(RangeError);
  });

  test('with the name or the code of another is refused', () => {
    expect(() => createEvm({ fork: osaka, opcodes: [MEDIAN, { ...MEDIAN, name: 'OTHER' }] })).toThrow(
      RangeError,
    );
    expect(() => createEvm({ fork: osaka, opcodes: [MEDIAN, { ...MEDIAN, code: 0x0d }] })).toThrow(
      RangeError,
    );
  });
});

describe('a precompile', () => {
  const reverses: Precompile = {
    name: 'identity',
    gas: (input) => 10 + input.length,
    run: (input) => input.slice().reverse(),
  };
  const evm = (address: number, precompile = reverses): EvmOptions => ({
    fork: osaka,
    precompiles: new Map([[address, precompile]]),
  });
  const calls = (address: bigint): Piece[] => [
    0x0102n,
    0n,
    'MSTORE',
    ...call('CALL', address, { input: [30n, 2n], gas: 100n }),
    'RETURNDATASIZE',
    0n,
    0n,
    'RETURNDATACOPY',
    'RETURNDATASIZE',
    0n,
    'RETURN',
  ];

  test('runs at its address, and is warm there', () => {
    for (const address of [0x1234, 2 ** 32 - 1]) {
      const { output, gasUsed } = runOn(evm(address), calls(BigInt(address)));
      expect(toHex(output)).toBe('0x0201');
      const elsewhere = runOn({ fork: osaka }, calls(BigInt(address)));
      expect([toHex(elsewhere.output), elsewhere.gasUsed - gasUsed]).toEqual(['0x', 2500n - 12n - 3n]);
    }
  });

  test('comes before the fork’s', () => {
    expect(toHex(runOn(evm(4), calls(4n)).output)).toBe('0x0201');
  });

  test('may hand back its input: what it returned stays', () => {
    const same: Precompile = { ...reverses, run: (input) => input };
    const pieces: Piece[] = [
      0xabn,
      0n,
      'MSTORE8',
      ...call('CALL', 0x99n, { input: [0n, 1n] }),
      0n,
      'MSTORE',
      1n,
      0n,
      0n,
      'RETURNDATACOPY',
      1n,
      0n,
      'RETURN',
    ];
    expect(toHex(runOn(evm(0x99, same), pieces).output)).toBe('0xab');
  });

  test('fails by value', () => {
    const failing: Precompile = { ...reverses, run: () => undefined };
    const dear: Precompile = { ...reverses, gas: () => Number.POSITIVE_INFINITY };
    for (const precompile of [failing, dear]) {
      expect(bytesToBigInt(runOn(evm(0x99, precompile), [...call('CALL', 0x99n), ...returnTop]).output)).toBe(
        0n,
      );
    }
  });

  test.each([-1, 0.5, Number.NaN])('cannot cost %d', (gas) => {
    const wrong: Precompile = { ...reverses, gas: () => gas };
    expect(() => runOn(evm(0x99, wrong), calls(0x99n))).toThrow(RangeError);
  });

  test('is paid exactly, however dear', () => {
    const dear: Precompile = { ...reverses, gas: () => 2 ** 60 };
    const pays = (gas: bigint) =>
      runOn(
        evm(0x99, dear),
        [...call('CALL', 0x99n, { gas: program(0x67, new Uint8Array(8).fill(0)) }), ...returnTop],
        gas,
      );
    expect(bytesToBigInt(pays(2n ** 62n).output)).toBe(0n);
    const message = { caller: CALLER, to: '0x0000000000000000000000000000000000000099' } as const;
    const direct = (gas: bigint) =>
      runSync(createEvm(evm(0x99, dear)).call({ ...message, gas }), memoryState(new Map()));
    expect(direct(2n ** 60n)).toMatchObject({ status: 'success', gasLeft: 0n });
    expect(direct(2n ** 60n - 1n)).toMatchObject({ status: 'halt', gasLeft: 0n });
  });

  test.each([-1, 1.5, 2 ** 32, Number.NaN])('cannot be at %d', (address) => {
    expect(() => createEvm(evm(address))).toThrow(RangeError);
  });
});
