/** Every opcode that is a function of its operands, through the whole machine, against `src/word.ts`. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToBigInt } from '../../src/bytes.ts';
import { OPCODES, type OpName } from '../../src/protocol/opcodes.ts';
import * as oracle from '../../src/word.ts';
import { execute, MAX_WORD, type Piece, program, push, topOf } from './program.ts';
import { word } from './words.ts';

/** Operands in the order popped. */
type Operation = (...operands: bigint[]) => bigint;

const OPERATIONS: Partial<Record<OpName, Operation>> = {
  ADD: (a, b) => oracle.add(a, b),
  MUL: (a, b) => oracle.mul(a, b),
  SUB: (a, b) => oracle.sub(a, b),
  DIV: (a, b) => oracle.div(a, b),
  SDIV: (a, b) => oracle.sdiv(a, b),
  MOD: (a, b) => oracle.mod(a, b),
  SMOD: (a, b) => oracle.smod(a, b),
  ADDMOD: (a, b, n) => oracle.addmod(a, b, n),
  MULMOD: (a, b, n) => oracle.mulmod(a, b, n),
  EXP: (a, b) => oracle.exp(a, b),
  SIGNEXTEND: (a, b) => oracle.signextend(a, b),
  LT: (a, b) => oracle.lt(a, b),
  GT: (a, b) => oracle.gt(a, b),
  SLT: (a, b) => oracle.slt(a, b),
  SGT: (a, b) => oracle.sgt(a, b),
  EQ: (a, b) => oracle.eq(a, b),
  ISZERO: (a) => oracle.iszero(a),
  AND: (a, b) => oracle.and(a, b),
  OR: (a, b) => oracle.or(a, b),
  XOR: (a, b) => oracle.xor(a, b),
  NOT: (a) => oracle.not(a),
  BYTE: (a, b) => oracle.byte(a, b),
  SHL: (a, b) => oracle.shl(a, b),
  SHR: (a, b) => oracle.shr(a, b),
  SAR: (a, b) => oracle.sar(a, b),
  CLZ: (a) => oracle.clz(a),
};
const NAMES = Object.keys(OPERATIONS) as OpName[];

/** How many operands each has: one, three, or two. */
const operandsOf = (name: OpName): number => {
  if (name === 'ISZERO' || name === 'NOT' || name === 'CLZ') return 1;
  return name === 'ADDMOD' || name === 'MULMOD' ? 3 : 2;
};

/** Equal operands are what many a shortcut is about. */
const operands = (count: number): fc.Arbitrary<bigint[]> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.array(word, { minLength: count, maxLength: count }) },
    { weight: 1, arbitrary: word.map((one) => new Array<bigint>(count).fill(one)) },
  );

/** The operands from call data, each as a word, the first popped first in it. */
function fromCallData(name: OpName, values: readonly bigint[]): bigint {
  const loads = values.flatMap((_, i): Piece[] => [BigInt(32 * (values.length - 1 - i)), 'CALLDATALOAD']);
  const data = program(...values.map((value) => push(value, 32).subarray(1)));
  return topOf([...loads, name], { message: { data } });
}

describe.each(NAMES)('%s', (name) => {
  const operation = OPERATIONS[name]!;

  test('of operands that the code pushes', () => {
    fc.assert(
      fc.property(operands(operandsOf(name)), (values) => {
        const reversed = [...values].reverse();
        expect(topOf([...reversed, name])).toBe(operation(...values));
      }),
      { numRuns: 60 },
    );
  });

  test('of operands that the code does not know', () => {
    fc.assert(
      fc.property(operands(operandsOf(name)), (values) => {
        expect(fromCallData(name, values)).toBe(operation(...values));
      }),
      { numRuns: 60 },
    );
  });

  test('leaves the words below its operands alone', () => {
    const values = [7n, 5n, 3n].slice(0, operandsOf(name));
    const below = 0xb310dn;
    const code: Piece[] = [below, ...[...values].reverse(), name, 'POP'];
    expect(topOf(code)).toBe(below);
  });
});

describe('a chain of operations', () => {
  type Step =
    | { readonly kind: 'push'; readonly value: bigint }
    | { readonly kind: 'dup' | 'swap'; readonly n: number }
    | { readonly kind: 'pop' }
    | { readonly kind: 'operation'; readonly name: OpName };

  /** One step on a stack of words: a push, a copy, an exchange, a drop, or an operation. */
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: word.map((value) => ({ kind: 'push' as const, value })) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 16 }).map((n) => ({ kind: 'dup' as const, n })) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 16 }).map((n) => ({ kind: 'swap' as const, n })) },
    { weight: 1, arbitrary: fc.constant({ kind: 'pop' as const }) },
    { weight: 8, arbitrary: fc.constantFrom(...NAMES).map((name) => ({ kind: 'operation' as const, name })) },
  );

  /** Takes a step on the model where the stack allows it; returns the code for it. */
  function take(stack: bigint[], chosen: Step): Piece[] {
    const { kind } = chosen;
    if (kind === 'push' && stack.length < 1000) {
      stack.push(chosen.value);
      return [chosen.value];
    }
    if (kind === 'dup' && stack.length >= chosen.n && stack.length < 1000) {
      stack.push(stack[stack.length - chosen.n]);
      return [0x80 + chosen.n - 1];
    }
    if (kind === 'swap' && stack.length > chosen.n) {
      const deep = stack.length - 1 - chosen.n;
      [stack[deep], stack[stack.length - 1]] = [stack[stack.length - 1], stack[deep]];
      return [0x90 + chosen.n - 1];
    }
    if (kind === 'pop' && stack.length > 1) {
      stack.pop();
      return ['POP'];
    }
    if (kind === 'operation' && stack.length >= operandsOf(chosen.name)) {
      const values = Array.from({ length: operandsOf(chosen.name) }, () => stack.pop()!);
      stack.push(OPERATIONS[chosen.name]!(...values));
      return [chosen.name];
    }
    return [];
  }

  test('leaves the stack that a model has', () => {
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 2, maxLength: 20 }),
        fc.array(step, { maxLength: 80 }),
        (start, steps) => {
          const stack = [...start];
          const code: Piece[] = [...start, ...steps.flatMap((chosen) => take(stack, chosen))];
          const height = stack.length;
          const store = stack.flatMap((_, i): Piece[] => [BigInt(32 * i), 'MSTORE']);
          const { status, output } = execute([...code, ...store, BigInt(32 * height), 0n, 'RETURN']);
          expect(status).toBe('success');
          const found = stack.map((_, i) => bytesToBigInt(output.subarray(32 * i, 32 * i + 32)));
          expect(found).toEqual(stack.reverse());
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('every pure opcode that moves no words around has its operation here', () => {
  const pure = OPCODES.filter(({ kind, name }) => kind === 'pure' && !/^(PUSH|DUP|SWAP|POP|EXCH)/.test(name));
  expect(pure.map(({ name }) => name).sort()).toEqual([...NAMES].sort());
});

describe.each(['BYTE', 'SIGNEXTEND', 'SHL', 'SHR', 'SAR'] as const)('%s', (name) => {
  // Their first operand has so few meanings that all of them can be tried.
  const counts = Array.from({ length: 259 }, (_, i) => BigInt(i));
  const patterns = [
    MAX_WORD,
    1n,
    1n << 255n,
    0x80ff7f01n * (MAX_WORD / 0xffffffffn),
    ~(0x80n << 240n) & MAX_WORD,
  ];

  test.each(patterns)('by all counts up to 258, of %i', (value) => {
    const expected = counts.map((count) => OPERATIONS[name]!(count, value));
    const code = counts.flatMap((count): Piece[] => [value, count, name, 32n * count, 'MSTORE']);
    const { output } = execute([...code, 32n * 259n, 0n, 'RETURN']);
    expect(counts.map((_, i) => bytesToBigInt(output.subarray(32 * i, 32 * i + 32)))).toEqual(expected);
    for (const count of counts.filter((one) => one <= 33n || one >= 254n)) {
      expect(fromCallData(name, [count, value])).toBe(expected[Number(count)]);
    }
  });
});
