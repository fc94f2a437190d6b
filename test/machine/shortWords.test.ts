/**
 * Words that turn out to be short on the way: addresses that memory was touched at, masks, comparisons, and what is
 * computed from them. The compiler knows them for short from there on, and computes less; the oracle does not.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bigIntToBytes, concatBytes, toHex } from '../../src/bytes.ts';
import * as oracle from '../../src/word.ts';
import { CALLER, executeCode, type Piece, program, wordOf } from './program.ts';
import { word } from './words.ts';

const BINARY = {
  ADD: oracle.add,
  SUB: oracle.sub,
  MUL: oracle.mul,
  DIV: oracle.div,
  MOD: oracle.mod,
  AND: oracle.and,
  OR: oracle.or,
  XOR: oracle.xor,
  LT: oracle.lt,
  SLT: oracle.slt,
  EQ: oracle.eq,
  SHL: oracle.shl,
  SHR: oracle.shr,
  BYTE: oracle.byte,
  SIGNEXTEND: oracle.signextend,
} as const;
type Binary = keyof typeof BINARY;
const NAMES = Object.keys(BINARY) as Binary[];

/** Addresses that are touched; beyond, a run would only be out of gas. */
const NEAR = 1n << 17n;

const constant = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 64 }).map(BigInt) },
  { weight: 2, arbitrary: fc.integer({ min: 16, max: 64 }).map((bits) => (1n << BigInt(bits)) - 1n) },
  { weight: 1, arbitrary: word },
);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('DUP' as const), at: fc.nat({ max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('SWAP' as const), at: fc.nat({ max: 4 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('touch' as const), size: fc.constantFrom(1, 32) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('push' as const), value: constant }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('compute' as const), name: fc.constantFrom(...NAMES) }),
  },
  // ends a block, so that the stack is written out
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What a step does to a stack whose top is last, and its code; nothing where it does not apply. */
function take(stack: bigint[], chosen: Step): readonly Piece[] {
  const { length } = stack;
  switch (chosen.do) {
    case 'DUP': {
      if (length <= chosen.at) return [];
      stack.push(stack[length - 1 - chosen.at]);
      return [0x80 + chosen.at];
    }
    case 'SWAP': {
      const deep = length - 2 - chosen.at;
      if (deep < 0) return [];
      [stack[length - 1], stack[deep]] = [stack[deep], stack[length - 1]];
      return [0x90 + chosen.at];
    }
    case 'touch': {
      if (stack[length - 1] >= NEAR) return [];
      return chosen.size === 32 ? [0x80, 'MLOAD', 'POP'] : [0n, 0x81, 'MSTORE8'];
    }
    case 'push': {
      stack.push(chosen.value);
      return [chosen.value];
    }
    case 'compute': {
      if (length < 3) return [];
      const [b, a] = stack.splice(-2);
      stack.push(BINARY[chosen.name](a, b));
      return [chosen.name];
    }
    case 'end':
      return [wordOf(CALLER), 'BALANCE', 'POP'];
  }
}

/** Runs steps from two words on the stack, `near` on top, and compares what is on it then. */
function check(near: bigint, far: bigint, steps: readonly Step[]): void {
  const stack = [far, near];
  const pieces: Piece[] = [32n, 'CALLDATALOAD', 0n, 'CALLDATALOAD'];
  for (const chosen of steps) pieces.push(...take(stack, chosen));
  const output = stack.toReversed();
  pieces.push(...output.flatMap((_, i): Piece[] => [BigInt(32 * i), 'MSTORE']));
  pieces.push(BigInt(32 * output.length), 0n, 'RETURN');
  const data = concatBytes(bigIntToBytes(near, 32), bigIntToBytes(far, 32));
  const result = executeCode(program(...pieces), { message: { data } });
  expect(toHex(result.output)).toBe(toHex(concatBytes(...output.map((one) => bigIntToBytes(one, 32)))));
}

test('words that are found to be short stay what they are', () => {
  const input = fc.record({ near: fc.bigInt({ min: 0n, max: NEAR - 1n }), far: word });
  fc.assert(
    fc.property(input, fc.array(step, { minLength: 5, maxLength: 40 }), ({ near, far }, steps) =>
      check(near, far, steps),
    ),
    { numRuns: 300 },
  );
});

test('what is computed from an address grows beyond a limb where it should', () => {
  for (let bits = 44; bits <= 64; bits++) {
    for (const [name, value] of [
      ['SHL', BigInt(bits)],
      ['MUL', (1n << BigInt(bits)) - 1n],
      ['ADD', (1n << BigInt(bits)) - 1n],
    ] as const) {
      const compute = [
        { do: 'push', value },
        { do: 'compute', name },
      ] as const;
      check(NEAR - 1n, 1n, [{ do: 'touch', size: 32 }, ...compute, ...compute]);
    }
  }
});
