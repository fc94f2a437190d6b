/** Bytecode that nobody means well with: whatever it is, what comes out is a result, and the host stays as it was. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallResult } from '../../src/machine/result.ts';
import { FORKS, type Fork, frontier, osaka } from '../../src/protocol/forks.ts';
import { OPCODES } from '../../src/protocol/opcodes.ts';
import { memoryState } from '../../src/state/memory.ts';
import { runSync } from '../../src/task.ts';
import {
  account,
  CALLER,
  CONTRACT,
  evmOf,
  executeCode,
  OTHER,
  program,
  push,
  resultText,
  TIERS,
  wordOf,
  worldOf,
} from './program.ts';
import { randomWorld } from './randomPrograms.ts';
import { runWorld } from './worldRuns.ts';

/** Bytes of any kind, those that open frames and touch memory more often than others. */
const favourites = OPCODES.filter(({ kind }) => kind === 'frame' || kind === 'memory' || kind === 'state');
const byte = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 255 }) },
  { weight: 4, arbitrary: fc.constantFrom(0x5f, 0x60, 0x61, 0x80, 0x81, 0x90, 0x5b, 0x30, 0x36, 0x5a) },
  { weight: 2, arbitrary: fc.constantFrom(...favourites.map(({ code }) => code)) },
);
const bytecode = fc.array(byte, { maxLength: 200 }).map((bytes) => Uint8Array.from(bytes));

/** What holds for every result. */
function expectSound(result: CallResult, gas: bigint): void {
  const { status, halt, gasLeft, gasUsed, output, logs, diff } = result;
  const { regularGasUsed, stateGasUsed, stateGasLeft } = result;
  expect(gasLeft >= 0n && gasUsed >= 0n && gasLeft + stateGasLeft + gasUsed === gas).toBe(true);
  expect(regularGasUsed >= 0n && stateGasUsed >= 0n && regularGasUsed + stateGasUsed <= gasUsed).toBe(true);
  expect(halt === undefined).toBe(status !== 'halt');
  if (status === 'halt') expect(gasLeft === 0n || halt!.reason === 'insufficientBalance').toBe(true);
  if (status !== 'success') expect(logs).toEqual([]);
  if (status === 'halt') expect(output.length).toBe(0);
  for (const { after } of diff.values()) expect(after === undefined || after.balance >= 0n).toBe(true);
}

describe('random bytes', () => {
  test.each(FORKS)('in $name', (fork: Fork) => {
    const gas = fc.oneof(fc.bigInt({ min: 0n, max: 1000n }), fc.bigInt({ min: 1000n, max: 300_000n }));
    fc.assert(
      fc.property(
        bytecode,
        fc.uint8Array({ maxLength: 64 }),
        gas,
        fc.boolean(),
        (code, data, limit, isCreation) => {
          const message = isCreation ? { to: null, data: code } : { data };
          expectSound(executeCode(code, { fork, gas: limit, message }), limit);
        },
      ),
      { numRuns: 25 },
    );
  });
});

test('random worlds give sound results, and keep all ether', () => {
  fc.assert(
    fc.property(randomWorld, (world) => {
      const result = runWorld(world);
      expectSound(result, world.gas);
      let change = 0n;
      for (const [address, { after }] of result.diff) {
        change += (after?.balance ?? 0n) - (world.alloc.get(address)?.balance ?? 0n);
      }
      // SELFDESTRUCT may burn some; nothing makes any.
      expect(change <= 0n).toBe(true);
      if (result.status !== 'success') expect(change).toBe(0n);
    }),
    { numRuns: 150 },
  );
});

describe('huge', () => {
  const MIB = 2 ** 20;

  test('code runs to its end', () => {
    const code = new Uint8Array(4 * MIB).fill(0x5b);
    for (const message of [{ code }, { to: null, data: code }]) {
      const result = executeCode(program(), { fork: frontier, gas: 10_000_000n, message });
      expect(result).toMatchObject({ status: 'success', gasUsed: BigInt(4 * MIB) });
    }
  });

  test('call data is read to its last byte', () => {
    const data = new Uint8Array(3 * MIB);
    data[data.length - 1] = 7;
    const code = program('CALLDATASIZE', 1n, 0x90, 'SUB', 'CALLDATALOAD', 0n, 'MSTORE', 32n, 0n, 'RETURN');
    const { output } = executeCode(code, { message: { data } });
    expect(output[0]).toBe(7);
    expect(output.subarray(1).every((zero) => zero === 0)).toBe(true);
  });

  test('gas is counted to the last unit', () => {
    const gas = 2n ** 63n - 1n;
    expect(executeCode(program(1n, 'POP'), { gas })).toMatchObject({ status: 'success', gasUsed: 5n });
    expect(executeCode(program(0xfe), { gas })).toMatchObject({ status: 'halt', gasUsed: gas });
    for (const wrong of [-1n, 2n ** 63n])
      expect(() => executeCode(program(), { gas: wrong })).toThrow(RangeError);
    for (const value of [-1n, 2n ** 256n]) {
      expect(() => executeCode(program(), { message: { value } })).toThrow(RangeError);
    }
  });

  test('gas survives calls and returns', () => {
    const gas = 2n ** 62n;
    const code = program(0n, 0n, 0n, 0n, 0n, wordOf(OTHER), 'GAS', 'CALL');
    const world = [[OTHER, account({ code: program(1n, 'POP') })]] as [
      typeof OTHER,
      ReturnType<typeof account>,
    ][];
    for (const sliceGas of [100, 2 ** 20, 2 ** 52]) {
      const { gasUsed, status } = executeCode(code, { gas, world, sliceGas });
      expect([status, gasUsed]).toEqual(['success', 20n + 2600n + 5n]);
    }
  });
});

describe('what grows', () => {
  /** Calls itself until no gas is left, with memory in each frame. */
  const greedy = program(1n, push(60_000n), 'MSTORE', 0n, 0n, 0n, 0n, 0n, 'ADDRESS', 'GAS', 'CALL');

  test('in one run is gone in the next', () => {
    const source = memoryState(worldOf(greedy));
    const message = { caller: CALLER, to: CONTRACT, gas: 20_000_000n };
    const small = (): number => process.memoryUsage().arrayBuffers + process.memoryUsage().external;
    for (const tier of TIERS) {
      const run = () => runSync(evmOf(osaka, tier).call(message), source);
      const first = resultText(run());
      const before = small();
      for (let i = 0; i < 15; i++) expect(resultText(run())).toBe(first);
      // One arena comes and goes with each run; a host that kept them all would hold hundreds of MiB.
      expect(small() - before).toBeLessThan(200 * 2 ** 20);
    }
  });

  test('by thousands of contracts is found and forgotten', () => {
    const codes = fc.sample(fc.uint8Array({ minLength: 20_000, maxLength: 24_000 }), {
      numRuns: 12,
      seed: 1,
    });
    for (let round = 0; round < 30; round++) {
      for (const [i, code] of codes.entries()) {
        const bytes = program(BigInt(1000 * round + i), 'STOP', code);
        expect(executeCode(bytes, { gas: 3n })).toMatchObject({ status: 'success', gasUsed: 3n });
      }
    }
  });
});
