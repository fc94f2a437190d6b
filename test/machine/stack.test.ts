/** The operand stack: its edges at every opcode, and the opcodes that only move words. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToBigInt } from '../../src/bytes.ts';
import { osaka } from '../../src/protocol/forks.ts';
import { OPCODES } from '../../src/protocol/opcodes.ts';
import { execute, executeCode, type Piece, program, push, returnTop, topOf } from './program.ts';
import { word } from './words.ts';

const LIMIT = 1024;

/** So many ones. Position 1 is the data of a push: nothing can jump there. */
const ones = (count: number): Piece[] => new Array<Piece>(count).fill(push(1n));

const AVAILABLE = OPCODES.filter(({ code }) => osaka.gas[code] !== undefined);

describe.each(AVAILABLE)('$name', ({ code, name, pops, pushes }) => {
  const haltAt = (height: number) => {
    const { halt } = execute([...ones(height), code], { gas: 500_000n });
    return halt && { reason: halt.reason, pc: halt.pc, opcode: halt.opcode, name: halt.name };
  };
  const isStackFault = (height: number): boolean => /^stack/.test(haltAt(height)?.reason ?? '');

  test('finds its operands, and no fewer', () => {
    if (pops > 0) {
      const missing = { reason: 'stackUnderflow', pc: 2 * (pops - 1), opcode: code, name };
      expect(haltAt(pops - 1)).toEqual(missing);
      expect(haltAt(0)).toEqual({ ...missing, pc: 0 });
    }
    expect(isStackFault(pops)).toBe(false);
  });

  test('has room for its results, and for no more', () => {
    const most = LIMIT - Math.max(0, pushes - pops);
    expect(isStackFault(most)).toBe(false);
    const overflow = { reason: 'stackOverflow', pc: 2 * LIMIT, opcode: code, name };
    if (pushes > pops) expect(haltAt(LIMIT)).toEqual(overflow);
    else expect(isStackFault(LIMIT)).toBe(false);
  });
});

describe('PUSH', () => {
  const sizes = Array.from({ length: 32 }, (_, i) => i + 1);

  test.each(sizes)('%i bytes', (size) => {
    const any = fc.uint8Array({ minLength: size, maxLength: size });
    fc.assert(
      fc.property(any, (bytes) => {
        const code = program(0x5f + size, bytes, ...returnTop);
        expect(bytesToBigInt(executeCode(code).output)).toBe(bytesToBigInt(bytes));
      }),
      { numRuns: 20 },
    );
  });

  // Cut short by the end of the code, as if zeros followed. What follows is a STOP: only a tracer sees the word.
  test.each(sizes)('%i bytes, cut short anywhere', (size) => {
    const bytes = Uint8Array.from({ length: size }, (_, i) => 0xa0 + i);
    for (let kept = 0; kept < size; kept++) {
      const stacks: (readonly bigint[])[] = [];
      const { status, gasUsed } = executeCode(program(0x5f + size, bytes.subarray(0, kept)), {
        tracer: { onStep: (step) => void stacks.push(step.stack) },
      });
      expect(status).toBe('success');
      expect(gasUsed).toBe(3n);
      const whole = new Uint8Array(size);
      whole.set(bytes.subarray(0, kept));
      expect(stacks).toEqual([[], [bytesToBigInt(whole)]]);
    }
  });

  test('0', () => {
    expect(topOf([7n, 'PUSH0'])).toBe(0n);
    expect(topOf([7n, 'PUSH0', 'POP'])).toBe(7n);
  });
});

/** So many different words, the last on top. */
const distinct = (count: number): bigint[] =>
  Array.from({ length: count }, (_, i) => (0x1000n << 200n) + BigInt(i));

/** The whole stack of `height` words behind some code, from the top down. */
function stackBehind(code: readonly Piece[], height: number): bigint[] {
  const store = Array.from({ length: height }, (_, i): Piece[] => [BigInt(32 * i), 'MSTORE']).flat();
  const { output } = execute([...code, ...store, BigInt(32 * height), 0n, 'RETURN']);
  return Array.from({ length: height }, (_, i) => bytesToBigInt(output.subarray(32 * i, 32 * i + 32)));
}

describe.each(Array.from({ length: 16 }, (_, i) => i + 1))('at depth %i', (n) => {
  test('DUP copies', () => {
    const words = distinct(20);
    const behind = stackBehind([...words, 0x80 + n - 1], 21);
    expect(behind).toEqual([words[20 - n], ...words.reverse()]);
  });

  test('SWAP exchanges', () => {
    const words = distinct(20);
    const behind = stackBehind([...words, 0x90 + n - 1], 20);
    [words[19 - n], words[19]] = [words[19], words[19 - n]];
    expect(behind).toEqual(words.reverse());
  });

  test('both hold for any words', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 17, maxLength: 17 }), (words) => {
        expect(topOf([...words, 0x80 + n - 1])).toBe(words[17 - n]);
        expect(topOf([...words, 0x90 + n - 1])).toBe(words[16 - n]);
      }),
      { numRuns: 5 },
    );
  });
});

// Storing a word takes a push for its place: the top one goes unread.
test('1024 words are kept, each where it is', () => {
  const words = distinct(LIMIT);
  const { output, status } = execute([
    ...words,
    ...words.flatMap((_, i): Piece[] => (i === 0 ? ['POP'] : [BigInt(32 * i), 'MSTORE'])),
    BigInt(32 * LIMIT),
    0n,
    'RETURN',
  ]);
  expect(status).toBe('success');
  const found = words.map((_, i) => bytesToBigInt(output.subarray(32 * i, 32 * i + 32)));
  expect(found.slice(1)).toEqual(words.reverse().slice(1));
});

describe('words in a loop, which compiled code finds where the turn before has left them', () => {
  const HEIGHT = 18;
  const turn = fc.array(
    fc.record({
      kind: fc.constantFrom('swap' as const, 'swap' as const, 'copy' as const),
      depth: fc.integer({ min: 1, max: 16 }),
    }),
    { minLength: 1, maxLength: 12, size: 'max' },
  );

  test('change places as they do one by one', () => {
    fc.assert(
      fc.property(turn, fc.integer({ min: 1, max: 4 }), (moves, turns) => {
        const words = distinct(HEIGHT);
        const body = moves.flatMap(({ kind, depth }): Piece[] => {
          if (kind === 'swap') return [0x90 + depth - 1];
          // copies a word from below, and drops the one that was on top
          return [0x80 + depth - 1, 0x90, 'POP'];
        });
        const head: Piece[] = [BigInt(turns), 32n * BigInt(HEIGHT), 'MSTORE', ...words];
        const start = program(...head).length;
        const counter = 32n * BigInt(HEIGHT);
        const code: Piece[] = [
          ...[...head, 'JUMPDEST' as const, ...body],
          ...([
            1n,
            counter,
            'MLOAD',
            'SUB',
            0x80,
            counter,
            'MSTORE',
            push(BigInt(start), 2),
            'JUMPI',
          ] as Piece[]),
        ];
        const expected = [...words].reverse();
        for (let i = 0; i < turns; i++) {
          for (const { kind, depth } of moves) {
            if (kind === 'swap') [expected[0], expected[depth]] = [expected[depth], expected[0]];
            else expected[0] = expected[depth - 1];
          }
        }
        expect(stackBehind(code, HEIGHT)).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});
