/** Lines of EIP-3155 as go-ethereum prints them. */

import { describe, expect, test } from 'vitest';
import { assemble } from '../../src/assembler/assemble.ts';
import { createEvm } from '../../src/chain/evm.ts';
import { osaka } from '../../src/protocol/forks.ts';
import { memoryState } from '../../src/state/memory.ts';
import { runSync } from '../../src/task.ts';
import { type Eip3155Options, eip3155Tracer } from '../../src/trace/eip3155.ts';
import { structLogger } from '../../src/trace/structLogger.ts';

const caller = `0x${'aa'.repeat(20)}` as const;
const to = `0x${'bb'.repeat(20)}` as const;
const evm = createEvm({ fork: osaka });

function traced(text: string, options?: Eip3155Options, gas = 100_000n): string[] {
  let written = '';
  const tracer = eip3155Tracer((lines) => {
    written += lines;
  }, options);
  const code = assemble(text, osaka);
  runSync(evm.call({ caller, to, gas, code }, { tracer }), memoryState(new Map()));
  tracer.flush();
  return written.trimEnd().split('\n');
}

const last = (lines: readonly string[]) => lines.slice(-2).map((line) => JSON.parse(line));

describe('lines', () => {
  test('are exactly what go-ethereum prints', () => {
    expect(traced('PUSH1 0x40', {}, 10_000_000_000n)).toEqual([
      '{"pc":0,"op":96,"gas":"0x2540be400","gasCost":"0x3","memSize":0,"stack":[],"depth":1,"refund":0,"opName":"PUSH1"}',
      '{"pc":2,"op":0,"gas":"0x2540be3fd","gasCost":"0x0","memSize":0,"stack":["0x40"],"depth":1,"refund":0,"opName":"STOP"}',
      '{"output":"","gasUsed":"0x3"}',
    ]);
  });

  test('an instruction that cannot begin has its error', () => {
    expect(last(traced('PUSH0 ADD'))).toMatchObject([
      { opName: 'ADD', stack: ['0x0'], error: 'stack underflow (1 <=> 2)' },
      { output: '', gasUsed: '0x186a0', error: 'stack underflow (1 <=> 2)' },
    ]);
    expect(last(traced('0x0c'))[0]).toMatchObject({
      opName: 'opcode 0xc not defined',
      error: 'invalid opcode: opcode 0xc not defined',
    });
    expect(last(traced('PUSH0', {}, 1n))[0]).toMatchObject({
      opName: 'PUSH0',
      error: 'out of gas',
      gas: '0x1',
    });
  });

  test('an instruction that fails once begun comes twice, the second time without its operands', () => {
    const jump = traced('PUSH 9 PUSH 7 JUMP').map((line) => JSON.parse(line));
    expect(jump.slice(2, 4)).toMatchObject([
      { stack: ['0x9', '0x7'] },
      { stack: ['0x9'], error: 'invalid jump destination' },
    ]);
    expect(jump[2].error).toBeUndefined();
    const revert = last(traced('PUSH 32 PUSH 32 REVERT'));
    expect(revert[0]).toMatchObject({
      opName: 'REVERT',
      memSize: 64,
      stack: [],
      error: 'execution reverted',
    });
    expect(revert[1]).toMatchObject({ output: '00'.repeat(32), error: 'execution reverted' });
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

test('the recorder keeps as many steps as it is allowed to', () => {
  const tracer = structLogger(2);
  const code = assemble('PUSH 1 PUSH 2 ADD', osaka);
  runSync(evm.call({ caller, to, gas: 100n, code }, { tracer }), memoryState(new Map()));
  expect(tracer.steps).toEqual([
    { pc: 0, name: 'PUSH1', gas: 100n, gasCost: 3n, depth: 1, stack: [] },
    { pc: 2, name: 'PUSH1', gas: 97n, gasCost: 3n, depth: 1, stack: [1n] },
  ]);
});
