/**
 * Words from memory and call data come as vectors of two limbs, and shifts by whole limbs move those apart. What is
 * written to the stack where a block ends, or where it is left, is the word all the same.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bigIntToBytes, bytesToBigInt, concatBytes } from '../../src/bytes.ts';
import { osaka } from '../../src/protocol/forks.ts';
import { memoryState } from '../../src/state/memory.ts';
import { runSync } from '../../src/task.ts';
import * as oracle from '../../src/word.ts';
import { CALLER, CONTRACT, evmOf, type Piece, program, WAYS, type Way, wordOf, worldOf } from './program.ts';
import { word } from './words.ts';

const SHIFTS = { SHL: oracle.shl, SHR: oracle.shr, SAR: oracle.sar } as const;

const shift = fc.record({
  name: fc.constantFrom(...(Object.keys(SHIFTS) as (keyof typeof SHIFTS)[])),
  by: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(64n, 128n, 192n) },
    { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 256n }) },
  ),
});
/** What ends a block: a host function, or a branch that is not taken, with a place to jump to behind it. */
const end: fc.Arbitrary<readonly Piece[]> = fc.constantFrom<(readonly Piece[])[]>(
  [wordOf(CALLER), 'BALANCE', 'POP'],
  [0n, 'CALLDATASIZE', 'ISZERO', 'MUL', 'POP', 'JUMPDEST'],
  ['GAS', 'POP', wordOf(CALLER), 'EXTCODESIZE', 'POP'],
);

test('are where they belong', () => {
  fc.assert(
    fc.property(
      word,
      word,
      fc.array(shift, { maxLength: 3 }),
      fc.boolean(),
      end,
      (a, b, shifts, isCopy, ends) => {
        const load: readonly Piece[] = isCopy ? [a, 0n, 'MSTORE', 0n, 'MLOAD'] : [0n, 'CALLDATALOAD'];
        const moved = shifts.flatMap(({ name, by }): Piece[] => [by, name]);
        // with another vector below
        const pair = program(...load, b, 32n, 'MSTORE', 32n, 'MLOAD', 'SWAP1', ...moved, ...ends);
        const code = concatBytes(pair, program(64n, 'MSTORE', 96n, 'MSTORE', 64n, 64n, 'RETURN'));
        const expected = shifts.reduce((value, { name, by }) => SHIFTS[name](by, value), a);
        const source = memoryState(worldOf(code));
        const data = bigIntToBytes(a, 32);
        for (const way of Object.keys(WAYS) as Way[]) {
          const message = { caller: CALLER, to: CONTRACT, gas: 1_000_000n, data };
          const { output } = runSync(evmOf(osaka, way).call(message), source);
          expect([bytesToBigInt(output.subarray(0, 32)), bytesToBigInt(output.subarray(32))], way).toEqual([
            expected,
            b,
          ]);
        }
      },
    ),
    { numRuns: 300 },
  );
});
