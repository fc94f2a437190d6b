/** JUMP, JUMPI, JUMPDEST and PC: every kind of destination. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToBigInt } from '../../src/bytes.ts';
import { createEvm } from '../../src/chain/evm.ts';
import { forkNamed, osaka } from '../../src/protocol/forks.ts';
import { memoryState } from '../../src/state/memory.ts';
import { runSync } from '../../src/task.ts';
import {
  CALLER,
  CONTRACT,
  call,
  contractAt,
  executeCode,
  MAX_WORD,
  OTHER,
  type Piece,
  program,
  push,
  returnTop,
  worldOf,
} from './program.ts';

const JUMPDEST = 0x5b;

/** The jump destinations of code, by the definition of the Yellow Paper (9.4.3). */
function destinationsOf(code: Uint8Array): Set<number> {
  const found = new Set<number>();
  for (let pc = 0; pc < code.length; pc++) {
    if (code[pc] === JUMPDEST) found.add(pc);
    if (code[pc] >= 0x60 && code[pc] <= 0x7f) pc += code[pc] - 0x5f;
  }
  return found;
}

/** Code that jumps to a word, and then STOPs wherever it gets, unless it cannot get there. */
const jumpTo = (to: bigint, isConditional: boolean): Uint8Array =>
  isConditional ? program(push(1n), push(to, 32), 'JUMPI') : program(push(to, 32), 'JUMP');

describe.each([false, true])('conditional: %s', (isConditional) => {
  const head = jumpTo(0n, isConditional).length;

  /** How a jump to `to` ends, with `tail` behind it. */
  function jump(to: bigint, tail: Uint8Array) {
    return executeCode(program(jumpTo(to, isConditional), tail), { gas: 100_000n });
  }

  test('only to a JUMPDEST that is an instruction, for any code', () => {
    // Many pushes, many 0x5b: the map must mask the ones and keep the others.
    const byte = fc.oneof(fc.constant(JUMPDEST), fc.integer({ min: 0x60, max: 0x7f }), fc.constant(0));
    const tails = fc.array(byte, { maxLength: 120 }).map((bytes) => Uint8Array.from(bytes));
    fc.assert(
      fc.property(tails, (tail) => {
        const destinations = destinationsOf(program(jumpTo(0n, isConditional), tail));
        for (let to = 0; to <= head + tail.length + 40; to++) {
          const { halt } = jump(BigInt(to), tail);
          const isBad = halt?.reason === 'badJump';
          expect([to, isBad]).toEqual([to, !destinations.has(to)]);
          if (isBad) expect(halt.pc).toBe(head - 1);
        }
      }),
      { numRuns: 12 },
    );
  });

  const far = head + 3;
  const tail = Uint8Array.of(JUMPDEST, JUMPDEST, JUMPDEST, JUMPDEST);
  test.each([
    ['the last byte', BigInt(far), true],
    ['the size of the code', BigInt(far + 1), false],
    ['beyond it, in the padding', BigInt(far + 5), false],
    ['2^32 above a destination', 2n ** 32n + BigInt(far), false],
    ['2^64 above a destination', 2n ** 64n + BigInt(far), false],
    ['2^128 above a destination', 2n ** 128n + BigInt(far), false],
    ['2^192 above a destination', 2n ** 192n + BigInt(far), false],
    ['2^255 above a destination', 2n ** 255n + BigInt(far), false],
    ['the largest word', MAX_WORD, false],
    ['2^31', 2n ** 31n, false],
    ['2^32 - 1', 2n ** 32n - 1n, false],
  ])('to %s', (_, to, isGood) => {
    expect(jump(to, tail).halt?.reason).toBe(isGood ? undefined : 'badJump');
  });
});

test('JUMPI does not look at its destination where the condition is zero', () => {
  for (const to of [0n, 1n, 3n, 2n ** 64n, MAX_WORD]) {
    expect(executeCode(program(push(0n), push(to, 32), 'JUMPI', 42n, ...returnTop)).output[31]).toBe(42);
  }
});

test('JUMPI takes any word but zero for true', () => {
  for (let bit = 0; bit < 256; bit += 5) {
    const code = program(
      push(1n << BigInt(bit), 32),
      push(38n),
      'JUMPI',
      'STOP',
      0xfe,
      JUMPDEST,
      1n,
      ...returnTop,
    );
    expect(code[38]).toBe(JUMPDEST);
    expect(bytesToBigInt(executeCode(code).output)).toBe(1n);
  }
});

test('PC is the position of its own instruction', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3000 }), (skipped) => {
      const code = program(new Uint8Array(skipped).fill(JUMPDEST), 'PC', ...returnTop);
      expect(bytesToBigInt(executeCode(code).output)).toBe(BigInt(skipped));
    }),
    { numRuns: 25 },
  );
});

test('the largest code that can be deployed jumps to its end', () => {
  const size = 24576;
  const code = new Uint8Array(size).fill(0xfe);
  code.set(program(push(BigInt(size - 1), 2), 'JUMP'));
  expect(executeCode(code).halt).toMatchObject({ reason: 'badJump', pc: 3 });
  code[size - 1] = JUMPDEST;
  expect(executeCode(code)).toMatchObject({ status: 'success', gasUsed: 3n + 8n + 1n });
});

test('a loop comes round as often as it says', () => {
  const loop: Piece[] = [1000n, JUMPDEST, 1n, 0x90, 'SUB', 0x80, push(3n), 'JUMPI', 'GAS', ...returnTop];
  const { status, gasUsed } = executeCode(program(...loop));
  expect(status).toBe('success');
  // Each round: JUMPDEST 1, five of 3, JUMPI 10. Then GAS 2, PUSH, MSTORE with a word of memory, two PUSHes.
  expect(gasUsed).toBe(3n + 1000n * 26n + 2n + 3n + 6n + 6n);
});

describe('code that ends within a push', () => {
  test('ends there, whatever stands behind it in the arena', () => {
    const evm = createEvm({ fork: osaka, tier: 'compiler' });
    const call = (code: Uint8Array) =>
      runSync(evm.call({ caller: CALLER, to: CONTRACT, gas: 100_000n }), memoryState(worldOf(code)));
    // A push of 32 bytes of which there are 7, and other code that is then put behind what is compiled of it.
    const cut = Uint8Array.of(0x7f, 1, 2, 3, 4, 5, 6, 7);
    const other = program(...Array.from({ length: 40 }, () => [0xffffffn, 'POP'] as const).flat());
    expect(call(cut)).toMatchObject({ status: 'success', gasUsed: 3n });
    expect(call(other)).toMatchObject({ status: 'success' });
    expect(call(cut)).toMatchObject({ status: 'success', gasUsed: 3n });
  });
});

describe('bytes behind SWAPN', () => {
  // https://eips.ethereum.org/EIPS/eip-8024: its immediate is no push's, and is read as an instruction by the analysis.
  test.each(['balDevnet', 'Amsterdam'])(
    'count as instructions when destinations are looked for: %s',
    (name) => {
      const fork = forkNamed(name);
      // The immediate 0x74 reads as PUSH21, so that the byte behind it is pushed.
      const pushed = executeCode(Uint8Array.of(0x61, 0, 6, 0x56, 0xe7, 0x74, JUMPDEST), { fork });
      expect(pushed.halt?.reason).toBe('badJump');
      // The immediate is itself a JUMPDEST.
      const itself = executeCode(Uint8Array.of(0x61, 0, 5, 0x56, 0xe7, JUMPDEST), { fork });
      expect(itself.status).toBe('success');
    },
  );
});

test('compiled code finds its way after the interpreter has come back for nothing too often', () => {
  // places that no push names: CALLDATASIZE, which is 0 here, keeps the compiler from knowing them
  const unnamed: Piece[] = ['PC', 'CALLDATASIZE', 'ADD', push(7n), 'ADD', 'JUMP', 'JUMPDEST'];
  const loop: Piece[] = [push(600n, 2), 'JUMPDEST', ...unnamed, ...unnamed, push(1n), 'SWAP1', 'SUB', 'DUP1'];
  // The second is where the gas of opcodes is, if the map of compiled blocks is taken to begin at address 0.
  const [near, far] = [0x200, 0x404];
  const code = new Uint8Array(far + 16);
  const calls = [1, 2, 3].flatMap(() => [...call('CALL', OTHER), 'POP' as const]);
  code.set(program(...loop, push(3n), 'JUMPI', ...calls, push(BigInt(near), 2), 'JUMP'));
  const jump: Piece[] = [push(BigInt(far), 2), 'CALLDATASIZE', 'ADD', 'JUMP'];
  code.set(program('JUMPDEST', ...call('CALL', OTHER), ...jump), near);
  code.set(program('JUMPDEST', push(42n), ...returnTop), far);
  const { status, output } = executeCode(code, { world: [contractAt(OTHER, 'STOP')] });
  expect([status, bytesToBigInt(output)]).toEqual(['success', 42n]);
});
