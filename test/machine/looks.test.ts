/**
 * Memory that a path touches many times is looked at once where code is compiled. What can be seen of that (how much
 * memory there is, how much gas is left, where it runs out) must be as in the interpreter, which looks each time.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bigIntToBytes, concatBytes, toHex } from '../../src/bytes.ts';
import { createEvm } from '../../src/chain/evm.ts';
import type { CallResult } from '../../src/machine/result.ts';
import { osaka } from '../../src/protocol/forks.ts';
import { memoryState } from '../../src/state/memory.ts';
import { runSync } from '../../src/task.ts';
import {
  CALLER,
  CONTRACT,
  evmOf,
  executeCode,
  MAX_WORD,
  type Piece,
  program,
  push,
  resultText,
  WAYS,
  type Way,
  wordOf,
  worldOf,
} from './program.ts';

/** A part of a program whose stack is: what was seen so far, a distance, a place in memory. */
type Part = (position: number) => readonly Piece[];

/** Mixes the word on top into what was seen. */
const see: readonly Piece[] = ['SWAP3', 31n, 'MUL', 'DUP4', 'ADD', 'SWAP3', 'POP'];

const advance: readonly Piece[] = ['DUP2', 'ADD'];
const touches: Readonly<Record<string, readonly Piece[]>> = {
  drop: ['DUP1', 'MLOAD', 'POP'],
  load: ['DUP1', 'MLOAD', ...see],
  store: ['DUP1', 'DUP1', 'MSTORE'],
  storeByte: ['DUP1', 'DUP1', 'MSTORE8'],
};

const touch = fc.constantFrom(...Object.values(touches));
const offset = fc.oneof(
  { weight: 60, arbitrary: fc.bigInt({ min: 0n, max: 400n }) },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 20n, 2n ** 27n - 1n, 2n ** 27n, 2n ** 37n, MAX_WORD - 31n) },
);
const piecesOf = (pieces: fc.Arbitrary<readonly Piece[]>): fc.Arbitrary<Part> =>
  pieces.map((found) => () => found);

const part: fc.Arbitrary<Part> = fc.oneof(
  {
    weight: 4,
    arbitrary: piecesOf(
      fc.tuple(touch, fc.integer({ min: 1, max: 9 })).map(([one, times]) =>
        Array(times)
          .fill([...one, ...advance])
          .flat(),
      ),
    ),
  },
  { weight: 3, arbitrary: piecesOf(touch) },
  { weight: 2, arbitrary: piecesOf(fc.constant(advance)) },
  // beside the place, or from there on
  { weight: 3, arbitrary: piecesOf(offset.map((plus) => ['DUP1', plus, 'ADD', 'MLOAD', ...see])) },
  { weight: 3, arbitrary: piecesOf(offset.map((plus) => ['DUP1', 'DUP1', plus, 'ADD', 'MSTORE'])) },
  { weight: 1, arbitrary: piecesOf(offset.map((plus) => [plus, 'ADD'])) },
  // elsewhere
  { weight: 3, arbitrary: piecesOf(offset.map((at) => ['DUP1', at, 'MSTORE'])) },
  { weight: 2, arbitrary: piecesOf(offset.map((at) => [at, 'MLOAD', 'POP'])) },
  { weight: 1, arbitrary: piecesOf(offset.map((at) => [40n, at, 'KECCAK256', ...see])) },
  { weight: 1, arbitrary: piecesOf(fc.tuple(offset, offset).map(([to, from]) => [33n, from, to, 'MCOPY'])) },
  { weight: 1, arbitrary: piecesOf(offset.map((to) => ['DUP1', 7n, to, 'CALLDATACOPY'])) },
  // where it shows
  { weight: 4, arbitrary: piecesOf(fc.constant(['MSIZE', ...see])) },
  { weight: 4, arbitrary: piecesOf(fc.constant(['GAS', ...see])) },
  { weight: 3, arbitrary: piecesOf(fc.constant([wordOf(CALLER), 'BALANCE', 'POP'])) },
  { weight: 3, arbitrary: piecesOf(fc.constant(['DUP1', 2n, 'EXP', ...see])) },
  // some of it is left out, by what is in the place
  {
    weight: 4,
    arbitrary: fc.tuple(offset, fc.bigInt({ min: 1n, max: 3n })).map(
      ([plus, mask]): Part =>
        (position) => {
          const skipped = program('DUP1', plus, 'ADD', 'MLOAD', 'POP', ...advance, plus, 'MLOAD', 'POP');
          const condition = program('DUP1', mask, 'AND');
          const end = BigInt(position + condition.length + 4 + skipped.length);
          return [condition, push(end, 2), 'JUMPI', skipped, 'JUMPDEST'];
        },
    ),
  },
);

const place = fc.oneof(
  { weight: 14, arbitrary: fc.bigInt({ min: 0n, max: 200n }) },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 31n, 2n ** 37n, 2n ** 64n, MAX_WORD - 40n) },
);
const distance = fc.oneof(
  { weight: 14, arbitrary: fc.bigInt({ min: 0n, max: 70n }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(MAX_WORD - 31n, MAX_WORD, 2n ** 20n, 2n ** 36n, 2n ** 37n, 2n ** 64n + 1n),
  },
);
const input = fc.record({
  place,
  distance,
  isPlaceKnown: fc.boolean(),
  parts: fc.array(part, { minLength: 2, maxLength: 14 }),
});
type Input = typeof input extends fc.Arbitrary<infer T> ? T : never;

/** Code that goes through the parts, and returns what it saw, how much memory there is, and what is there. */
function codeOf({ place, isPlaceKnown, parts }: Input): Uint8Array {
  let code = program(0n, 32n, 'CALLDATALOAD', ...(isPlaceKnown ? [place] : [0n, 'CALLDATALOAD' as const]));
  for (const one of parts) code = concatBytes(code, program(...one(code.length)));
  const rest = program('MSIZE', 0n, 'KECCAK256', ...see, 'MSIZE', ...see, 'POP', 'POP', 0n, 'MSTORE');
  return concatBytes(code, rest, program(32n, 0n, 'RETURN'));
}

const messageOf = ({ place, distance }: Input, gas: bigint) => ({
  caller: CALLER,
  to: CONTRACT,
  gas,
  data: concatBytes(bigIntToBytes(place, 32), bigIntToBytes(distance, 32)),
});

describe('memory that was looked at once', () => {
  test('was not looked at below', () => {
    // 200 bytes above the place is memory, and the place itself is where no memory can be.
    const far = MAX_WORD - 100n;
    const code = program(0n, 'CALLDATALOAD', 'DUP1', 200n, 'ADD', 'MLOAD', 'POP', 'MLOAD', 'POP');
    expect(executeCode(code, { message: { data: bigIntToBytes(far, 32) } }).halt?.reason).toBe('outOfGas');
  });

  test('is what it would be, and gas runs out where it would', () => {
    const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(input, shares, fc.constantFrom(2 ** 20, 300), (setting, chosen, sliceGas) => {
        const code = codeOf(setting);
        const source = memoryState(worldOf(code));
        const run = (way: Way, gas: bigint): CallResult =>
          runSync(evmOf(osaka, way).call(messageOf(setting, gas), { sliceGas }), source);
        const { gasUsed } = run('interpreter', 10_000_000n);
        // Enough; just enough; one less; somewhere before.
        const limits = [
          10_000_000n,
          gasUsed,
          gasUsed - 1n,
          ...chosen.map((share) => BigInt(Math.floor(Number(gasUsed) * share))),
        ];
        for (const gas of limits) {
          const expected = resultText(run('interpreter', gas));
          for (const way of Object.keys(WAYS) as Way[])
            expect(resultText(run(way, gas)), `${way}: ${toHex(code)}`).toBe(expected);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('is refused where the arena ends, as it would be', () => {
    const MIB = 2n ** 20n;
    const evms = (Object.keys(WAYS) as Way[]).map((way) =>
      createEvm({ fork: osaka, ...WAYS[way], memoryCeiling: Number(8n * MIB) }),
    );
    const distances = fc.bigInt({ min: 0n, max: MIB });
    fc.assert(
      fc.property(input, distances, (setting, wide) => {
        const message = messageOf({ ...setting, distance: wide }, 10n ** 9n);
        const source = memoryState(worldOf(codeOf(setting)));
        const [one, ...others] = evms.map((evm) => resultText(runSync(evm.call(message), source)));
        for (const other of others) expect(other).toBe(one);
      }),
      { numRuns: 50 },
    );
  });
});
