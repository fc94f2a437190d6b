/**
 * What engines remember of slots is what the host would say: calls of all kinds read and write few slots, and some of them
 * revert, on engines that remember them and on one that asks the host each time.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { berlin, istanbul, osaka } from '../../src/protocol/forks.ts';
import type { GenesisAccount } from '../../src/state/diff.ts';
import { memoryState } from '../../src/state/memory.ts';
import { runSync } from '../../src/task.ts';
import {
  account,
  CALLER,
  type CallKind,
  CONTRACT,
  call,
  evmOf,
  OTHER,
  type Piece,
  program,
  resultText,
  WAYS,
  type Way,
  worldOf,
} from './program.ts';
import { word } from './words.ts';

// 0 and 701 have the same place.
const key = fc.constantFrom(0n, 701n, 1n, 1n << 64n, 1n << 255n);
const value = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: 0n, max: 2n }) },
  { weight: 1, arbitrary: word },
);

const store = fc.tuple(key, value).map(([to, what]): Piece[] => [what, to, 'SSTORE']);
/** What is read goes into a number in memory. */
const load = key.map((from): Piece[] => [3n, 0n, 'MLOAD', 'MUL', from, 'SLOAD', 'ADD', 0n, 'MSTORE']);
const access = fc.oneof(store, load);
const callOf = fc
  .tuple(
    fc.constantFrom<CallKind>('CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL'),
    fc.constantFrom(60_000n, 'GAS' as const),
  )
  .map(([kind, gas]): Piece[] => [...call(kind, OTHER, { gas, output: [32n, 32n] }), 'POP']);
const outer = fc.array(fc.oneof({ weight: 3, arbitrary: access }, { weight: 1, arbitrary: callOf }), {
  maxLength: 20,
});
/** The one that is called does something else each time: it counts. */
const inner = fc.tuple(
  fc.array(access, { maxLength: 8 }),
  fc.constantFrom<Piece[]>([0n, 'MLOAD', 0n, 'MSTORE', 32n, 0n, 'RETURN'], [32n, 0n, 'REVERT'], [0xfe]),
);
const storage = fc.array(fc.tuple(key, value), { maxLength: 4 }).map((slots) => new Map(slots));

const SUM: readonly Piece[] = [0n, 'MLOAD', 32n, 'MLOAD', 'ADD', 0n, 'MSTORE', 32n, 0n, 'RETURN'];

test.each([osaka, berlin, istanbul])('$name', (fork) => {
  fc.assert(
    fc.property(
      outer,
      inner,
      storage,
      storage,
      fc.constantFrom(undefined, 130),
      (pieces, [called, end], own, others, sliceGas) => {
        const other: GenesisAccount = account({
          nonce: 1n,
          code: program(...called.flat(), ...end),
          storage: others,
        });
        const world = new Map(worldOf(program(...pieces.flat(), ...SUM)));
        world.set(CONTRACT, { ...world.get(CONTRACT)!, storage: own });
        world.set(OTHER, other);
        const source = memoryState(world);
        const message = { caller: CALLER, to: CONTRACT, gas: 2_000_000n };
        const slices = sliceGas === undefined ? {} : { sliceGas };
        const told = resultText(runSync(evmOf(fork).call(message, { steps: 2n ** 40n }), source));
        for (const way of Object.keys(WAYS) as Way[]) {
          expect(resultText(runSync(evmOf(fork, way).call(message, slices), source)), way).toBe(told);
        }
      },
    ),
    { numRuns: 250 },
  );
});
