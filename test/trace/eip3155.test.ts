/** Lines of EIP-3155 as go-ethereum prints them. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assemble } from '../../src/assembler/assemble.ts';
import { toHex } from '../../src/bytes.ts';
import { createEvm } from '../../src/chain/evm.ts';
import type { StepEvent } from '../../src/machine/tracer.ts';
import { balDevnet, berlin, type Fork, frontier, osaka } from '../../src/protocol/forks.ts';
import type { Alloc } from '../../src/state/diff.ts';
import { memoryState } from '../../src/state/memory.ts';
import { runSync } from '../../src/task.ts';
import { type Eip3155Options, eip3155Tracer } from '../../src/trace/eip3155.ts';
import { randomWorld } from '../machine/randomPrograms.ts';
import { runWorld } from '../machine/worldRuns.ts';

const caller = `0x${'aa'.repeat(20)}` as const;
const to = `0x${'bb'.repeat(20)}` as const;

interface Setting extends Eip3155Options {
  readonly gas?: bigint;
  readonly fork?: Fork;
  readonly isStatic?: boolean;
  readonly world?: Alloc;
}

function traced(text: string, setting: Setting = {}): string[] {
  const { gas = 100_000n, fork = osaka, isStatic = false, world = new Map(), ...options } = setting;
  let written = '';
  const tracer = eip3155Tracer((lines) => {
    written += lines;
  }, options);
  const code = assemble(text, fork);
  const message = { caller, to, gas, code, isStatic };
  runSync(createEvm({ fork }).call(message, { tracer }), memoryState(world));
  tracer.flush();
  return written.trimEnd().split('\n');
}

const last = (lines: readonly string[]) => lines.slice(-2).map((line) => JSON.parse(line));
/** The line of the instruction that stops the frame, and the error of the frame. */
function stop(text: string, setting: Setting = {}) {
  const [step, frame] = last(traced(text, setting));
  return { opName: step.opName, gasCost: Number(step.gasCost), error: step.error, frame: frame.error };
}

describe('lines', () => {
  test('are exactly what go-ethereum prints', () => {
    expect(traced('PUSH1 0x40', { gas: 10_000_000_000n })).toEqual([
      '{"pc":0,"op":96,"gas":"0x2540be400","gasCost":"0x3","memSize":0,"stack":[],"depth":1,"refund":0,"opName":"PUSH1"}',
      '{"pc":2,"op":0,"gas":"0x2540be3fd","gasCost":"0x0","memSize":0,"stack":["0x40"],"depth":1,"refund":0,"opName":"STOP"}',
      '{"output":"","gasUsed":"0x3"}',
    ]);
  });

  test('an instruction that cannot begin has its error', () => {
    expect(traced('PUSH0 ADD').slice(1)).toEqual([
      '{"pc":1,"op":1,"gas":"0x1869e","gasCost":"0x3","memSize":0,"stack":["0x0"],"depth":1,"refund":0,"opName":"ADD","error":"stack underflow (1 \\u003c=\\u003e 2)"}',
      '{"output":"","gasUsed":"0x186a0","error":"stack underflow (1 \\u003c=\\u003e 2)"}',
    ]);
    expect(stop('PUSH0', { gas: 1n })).toEqual({
      opName: 'PUSH0',
      gasCost: 2,
      error: 'out of gas',
      frame: 'out of gas',
    });
  });

  test('an instruction that fails once begun comes twice, the second time without its operands', () => {
    expect(traced('PUSH 9 PUSH 7 JUMP').slice(2, 4)).toEqual([
      '{"pc":4,"op":86,"gas":"0x1869a","gasCost":"0x8","memSize":0,"stack":["0x9","0x7"],"depth":1,"refund":0,"opName":"JUMP"}',
      '{"pc":4,"op":86,"gas":"0x1869a","gasCost":"0x8","memSize":0,"stack":["0x9"],"depth":1,"refund":0,"opName":"JUMP","error":"invalid jump destination"}',
    ]);
    const revert = last(traced('PUSH 32 PUSH 32 REVERT'));
    expect(revert[0]).toMatchObject({
      opName: 'REVERT',
      memSize: 64,
      stack: [],
      error: 'execution reverted',
    });
    expect(revert[1]).toMatchObject({ output: '00'.repeat(32), error: 'execution reverted' });
    const [, first, second] = traced('PUSH 5 0x0c').map((line) => JSON.parse(line));
    expect(first).toMatchObject({ stack: ['0x5'], opName: 'opcode 0xc not defined' });
    expect(first.error).toBeUndefined();
    expect(second).toEqual({ ...first, error: 'invalid opcode: opcode 0xc not defined' });
  });

  test.each<[string, string, Setting, number, string]>([
    ['memory grows', 'PUSH 1 PUSH 320 MSTORE', { gas: 30n }, 36, 'out of gas'],
    ['bytes are copied', 'PUSH 320 PUSH0 PUSH0 CALLDATACOPY', { gas: 40n }, 63, 'out of gas'],
    ['a digest is made', 'PUSH 64 PUSH0 KECCAK256', { gas: 40n }, 48, 'out of gas'],
    ['a power is computed', 'PUSH 0xffff PUSH 2 EXP', { gas: 70n }, 110, 'out of gas'],
    ['something is logged', 'PUSH0 PUSH 2 PUSH0 LOG1', { gas: 600n }, 769, 'out of gas'],
    ['a cold slot is read', 'PUSH0 SLOAD', { gas: 1000n }, 2100, 'out of gas'],
    ['a slot is set', 'PUSH 1 PUSH0 SSTORE', { gas: 20_000n }, 22_100, 'out of gas'],
    ['a cold account is looked at', 'PUSH 0x99 BALANCE', { gas: 1000n }, 2600, 'out of gas'],
    ['its code is copied', 'PUSH 32 PUSH0 PUSH0 PUSH 0x99 EXTCODECOPY', { gas: 500n }, 2606, 'out of gas'],
    ['sizes are beyond 64 bits', 'PUSH 1 PUSH 0x10000000000000000 MSTORE', {}, 3, 'gas uint64 overflow'],
    ['prices are', 'PUSH 1 PUSH 0x2000000000 MSTORE', {}, 3, 'out of gas: gas uint64 overflow'],
    [
      'SSTORE leaves too little',
      'PUSH 1 PUSH0 SSTORE',
      { gas: 2300n },
      0,
      'out of gas: not enough gas for reentrancy sentry',
    ],
    ['SSTORE must not', 'PUSH 1 PUSH0 SSTORE', { isStatic: true }, 0, 'out of gas: write protection'],
    ['TSTORE must not', 'PUSH 1 PUSH0 TSTORE', { isStatic: true }, 100, 'write protection'],
    ['LOG0 must not', 'PUSH0 PUSH0 LOG0', { isStatic: true }, 375, 'write protection'],
    [
      'CREATE must not',
      'PUSH0 PUSH0 PUSH0 CREATE',
      { isStatic: true },
      32_000,
      'out of gas: write protection',
    ],
    ['SELFDESTRUCT must not', 'PUSH0 SELFDESTRUCT', { isStatic: true }, 5000, 'out of gas: write protection'],
    [
      'initcode is too large',
      'PUSH 49153 PUSH0 PUSH0 CREATE',
      {},
      32_000,
      'out of gas: max initcode size exceeded: code size 49153 limit 49152',
    ],
    [
      'a call cannot be paid for, where accounts delegate',
      'PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 PUSH 0x99 GAS CALL',
      { gas: 200n },
      100,
      'out of gas: out of gas',
    ],
    [
      'a call cannot be paid for, where a new account comes after the checks',
      'PUSH 0 PUSH 0 PUSH 0 PUSH 0 PUSH 1 PUSH 0x99 PUSH 7 CALL',
      { gas: 15_000n, fork: berlin },
      100 + 2500 + 9000 + 25_000 + 7,
      'out of gas',
    ],
    [
      'a call asks for more than there is, where nothing is held back',
      'PUSH 0 PUSH 0 PUSH 0 PUSH 0 PUSH 0 ADDRESS PUSH 50000 CALL',
      { gas: 40_000n, fork: frontier },
      50_040,
      'out of gas',
    ],
    [
      'a call asks for more than 64 bits hold, likewise',
      'PUSH 0 PUSH 0 PUSH 0 PUSH 0 PUSH 0 ADDRESS PUSH 0x10000000000000000 CALL',
      { gas: 40_000n, fork: frontier },
      40,
      'out of gas: gas uint64 overflow',
    ],
    ['SWAPN reaches too deep', 'PUSH 1 0xe780', { fork: balDevnet }, 3, 'stack underflow (1 <=> 18)'],
    ['EXCHANGE reaches too deep', 'PUSH 1 0xe88e', { fork: balDevnet }, 3, 'stack underflow (1 <=> 3)'],
    ['DUPN says nothing', 'PUSH 1 0xe65b', { fork: balDevnet }, 3, 'invalid opcode: DUPN (operand: 0x5b)'],
  ])('tell what it would have cost and why it fails: %s', (_, text, setting, gasCost, error) => {
    expect(stop(text, setting)).toMatchObject({ gasCost, error, frame: error });
  });

  test('a creation pays for what it hands over when it is carried out', () => {
    const lines = traced('PUSH 32 PUSH0 PUSH0 CREATE').map((line) => JSON.parse(line));
    expect(lines[3]).toMatchObject({ opName: 'CREATE', gasCost: '0x7d05', refund: 0 });
  });

  test('refunds are seen with the instruction that brings them', () => {
    const lines = traced('PUSH 1 PUSH0 SSTORE PUSH0 PUSH0 SSTORE STOP').map((line) => JSON.parse(line));
    expect(lines.map(({ refund }) => refund)).toEqual([0, 0, 0, 0, 0, 19_900, 19_900, undefined]);
    const destroys = traced('CALLER SELFDESTRUCT', { fork: berlin }).map((line) => JSON.parse(line));
    expect(destroys.map(({ refund }) => refund)).toEqual([0, 24_000, undefined, undefined]);
  });

  test('every frame that ends has a line', () => {
    const lines = traced('PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 PUSH 0x1234 GAS CALL');
    expect(lines.filter((line) => line.startsWith('{"output"'))).toHaveLength(2);
  });

  test('hold memory and return data, or no stack, if asked to', () => {
    const lines = traced('PUSH 1 PUSH0 MSTORE STOP', { memory: true, noStack: true });
    const step = JSON.parse(lines[3]);
    expect(step).toMatchObject({ memory: `0x${'1'.padStart(64, '0')}`, memSize: 32, stack: null });
    expect(lines[0]).not.toContain('memory');
  });
});

/** A line as the record says it, put together anew. */
function plainLine(step: StepEvent, { memory, noStack }: Eip3155Options): string {
  const words = step.stack.map((word) => `"0x${word.toString(16)}"`);
  const memoryPart = memory && step.memorySize > 0 ? `,"memory":"${toHex(step.memory)}"` : '';
  const dataPart = step.returnData.length > 0 ? `,"returnData":"${toHex(step.returnData)}"` : '';
  return (
    `{"pc":${step.pc},"op":${step.op},"gas":"0x${step.gas.toString(16)}","gasCost":"0x${step.gasCost.toString(16)}"` +
    `${memoryPart},"memSize":${step.memorySize},"stack":${noStack ? 'null' : `[${words}]`}${dataPart}` +
    `,"depth":${step.depth},"refund":${step.refund},"opName":`
  );
}

test('the text that is kept from step to step is that of each step', () => {
  const options = fc.record({ memory: fc.boolean(), noStack: fc.boolean() });
  fc.assert(
    fc.property(randomWorld, options, (world, chosen) => {
      const expected: string[] = [];
      let written = '';
      const lines = eip3155Tracer(
        (text) => {
          written += text;
        },
        { ...chosen, returnData: true },
      );
      const onStep = (step: StepEvent) => {
        expected.push(plainLine(step, chosen));
        lines.onStep(step);
      };
      runWorld(world, { tracer: { ...lines, onStep, onFault: () => {} } });
      lines.flush();
      const steps = written.split('\n').filter((line) => line.startsWith('{"pc"'));
      expect(steps.map((line) => line.slice(0, line.indexOf('"opName":') + 9))).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});
