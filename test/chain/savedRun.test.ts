/** Saved runs: one that goes on elsewhere, as bytes, comes to what it would have come to. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CallOptions, createEvm, type SavableRun } from '../../src/chain/evm.ts';
import { openRun, sealRun } from '../../src/chain/savedRun.ts';
import { BadSavedRun } from '../../src/errors.ts';
import type { Stops } from '../../src/machine/machine.ts';
import { amsterdam, berlin, forkNamed, osaka } from '../../src/protocol/forks.ts';
import { memoryState } from '../../src/state/memory.ts';
import type { PackedRun } from '../../src/state/packing.ts';
import type { StateSource } from '../../src/state/source.ts';
import { answer, runSync, type Task } from '../../src/task.ts';
import {
  account,
  CALLER,
  CONTRACT,
  call,
  contractAt,
  evmOf,
  NOBODY,
  OTHER,
  program,
  resultText,
  WAYS,
  type Way,
  worldOf,
} from '../machine/program.ts';
import { randomWorld } from '../machine/randomPrograms.ts';
import { BLOCK, messageOf, runWorld, sourceOf } from '../machine/worldRuns.ts';
import { createWith } from './sent.ts';

/** Runs up to a pause, counted from 0, and saves there; or to the end, where there are fewer. */
function upTo<T>(pause: number, begin: (options: CallOptions) => Task<T>, source: StateSource) {
  let saved: SavableRun | undefined;
  const task = begin({
    onStart(run) {
      saved = run;
    },
  });
  let step = task.next();
  for (let i = 0; !step.done; i++) {
    if (i === pause) {
      const bytes = saved!.save();
      task.return(undefined as never);
      return { bytes };
    }
    step = task.next(answer(step.value, source));
  }
  return { result: step.value };
}

/** What saved bytes say they are a run of. */
const whoseOf = (saved: Uint8Array): string =>
  new TextDecoder('latin1').decode(saved.subarray(0, 200)).split(' ')[4];

const anyWay = fc.constantFrom(...(Object.keys(WAYS) as Way[]));

describe('a run', () => {
  test('that is saved at a pause and goes on in another way comes to the same', () => {
    fc.assert(
      fc.property(randomWorld, fc.nat(40), anyWay, anyWay, (world, pause, first, second) => {
        const source = sourceOf(world);
        const plain = resultText(runWorld(world));
        const begin = (way: Way) => (options: CallOptions) =>
          evmOf(forkNamed(world.fork), way).call(messageOf(world), {
            block: BLOCK,
            sliceGas: 300,
            ...options,
          });
        const { bytes } = upTo(pause, begin(first), source);
        if (bytes === undefined) return;
        expect(resultText(runSync(begin(second)({ resumeFrom: bytes }), source))).toBe(plain);
      }),
      { numRuns: 200 },
    );
  });

  test('that never comes further than one pause without being saved comes to the same', () => {
    fc.assert(
      fc.property(randomWorld, (world) => {
        const source = sourceOf(world);
        const plain = resultText(runWorld(world));
        let saved: Uint8Array | undefined;
        for (let turns = 0; ; turns++) {
          const begin = (options: CallOptions) => {
            const from = saved === undefined ? {} : { resumeFrom: saved };
            const given = { block: BLOCK, sliceGas: 2000, ...from, ...options };
            return evmOf(forkNamed(world.fork)).call(messageOf(world), given);
          };
          // The start of a run pauses for what it has asked for before; it must get beyond that.
          const { bytes, result } = upTo(12, begin, source);
          if (result !== undefined) {
            expect(resultText(result)).toBe(plain);
            break;
          }
          if (turns > 200) break;
          saved = bytes;
        }
      }),
      { numRuns: 40 },
    );
  });

  test('is packed before any step, as often as one likes, and goes on from each', () => {
    fc.assert(
      fc.property(randomWorld, fc.integer({ min: 1, max: 40 }), (world, every) => {
        const source = sourceOf(world);
        const plain = resultText(runWorld(world));
        const evm = evmOf(forkNamed(world.fork));
        const packs: { readonly step: bigint; readonly packed: PackedRun }[] = [];
        const stops: CallOptions['stops'] = {
          first: 1n,
          reached(step, pack) {
            packs.push({ step, packed: pack(packs.at(-1)?.packed) });
            return step + BigInt(every);
          },
        };
        let whole = 0n;
        const counted = { onStepsCounted: (steps: bigint) => void (whole = steps) };
        const options = { block: BLOCK, sliceGas: 1000, stops, ...counted };
        expect(resultText(runSync(evm.call(messageOf(world), options), source))).toBe(plain);
        for (const { packed } of packs.slice(0, 6)) {
          let steps = 0n;
          const result = runSync(
            evm.call(messageOf(world), {
              block: BLOCK,
              steps: 2n ** 60n,
              onStepsCounted: (taken) => void (steps = taken),
              resumeFrom: packed,
            }),
            source,
          );
          expect(resultText(result)).toBe(plain);
          expect(steps).toBe(whole);
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** Calls with input and output in the middle of memory, what they return, creations that fail and that go again. */
const busy = (() => {
  const third = contractAt(NOBODY, 9n, 7n, 'SSTORE', 8n, 7n, 'SSTORE', 3n, 'SLOAD', 'POP', 32n, 0n, 'REVERT');
  const other = contractAt(
    OTHER,
    ...([0n, 'CALLDATALOAD', 5n, 'SSTORE', 1n, 6n, 'SSTORE', 0n, 6n, 'SSTORE'] as const),
    ...call('CALL', NOBODY, { output: [3n, 5n] }),
    ...(['RETURNDATASIZE', 'ADD', 0n, 'MSTORE', 32n, 0n, 'RETURN'] as const),
  );
  const code = program(
    ...([0x11223344n, 0n, 'MSTORE'] as const),
    ...call('CALL', OTHER, { value: 3n, input: [28n, 4n], output: [64n, 32n] }),
    ...(['POP', 'PC', 'POP', 'RETURNDATASIZE', 0n, 96n, 'RETURNDATACOPY'] as const),
    ...createWith(program('PC', 'POP', 1n, 2n, 'SSTORE', 'CALLER', 'SELFDESTRUCT'), 4n),
    ...(['POP', 64n, 'MLOAD', 1n, 'SSTORE'] as const),
    ...createWith(program(1n, 1n, 'SSTORE', 'PC', 'POP', 0n, 0n, 'REVERT'), 0n),
    ...createWith(program('PC', 'POP', 0xfe), 1n),
    ...(['POP', 'POP', 1n, 9n, 'SSTORE', 0n, 9n, 'SSTORE', 160n, 0n, 'RETURN'] as const),
  );
  return worldOf(code, [other, third, [CONTRACT, account({ code, balance: 100n, nonce: 1n })]]);
})();

test.each(['Berlin', 'Cancun', 'Osaka', 'BalDevnet', 'Amsterdam'])(
  'a busy run of %s goes on from before each of its steps',
  (name) => {
    const evm = evmOf(forkNamed(name));
    const source = memoryState(busy);
    const message = {
      caller: CALLER,
      to: CONTRACT,
      gas: 3_000_000n,
      stateGas: name === 'Osaka' ? 0n : 50_000n,
    };
    const plain = resultText(runSync(evm.call(message, {}), source));
    const packs: PackedRun[] = [];
    const reached: Stops['reached'] = (step, pack) => {
      packs.push(pack(packs.at(-1)));
      return step + 1n;
    };
    runSync(evm.call(message, { stops: { first: 1n, reached } }), source);
    expect(packs.length).toBeGreaterThan(100);
    // machines of its own, which know nothing of the run
    const elsewhere = createEvm({ fork: evm.fork, memoryCeiling: 2 ** 29 });
    for (const [i, packed] of packs.entries()) {
      expect(
        resultText(runSync(elsewhere.call(message, { resumeFrom: packed }), source)),
        `step ${i + 1}`,
      ).toBe(plain);
    }
  },
);

describe('bytes that are no saved run are refused in one sentence', () => {
  const code = program(5n, 'JUMPDEST', 1n, 'SWAP1', 'SUB', 'DUP1', 2n, 'JUMPI', 7n, 'SLOAD');
  const source = memoryState(worldOf(code));
  const message = { caller: CALLER, to: CONTRACT, gas: 100_000n };
  const begin = (options: CallOptions) => evmOf(osaka).call(message, { ...options });
  // the third pause is for the slot, in the frame
  const saved = upTo(3, begin, source).bytes!;
  const goOn = (bytes: Uint8Array) => runSync(begin({ resumeFrom: bytes }), source);

  test('what it is of the kind goes on', () => {
    expect(resultText(goOn(saved))).toBe(resultText(runSync(begin({}), source)));
  });

  test('any byte changed, and any end cut off', () => {
    fc.assert(
      fc.property(fc.nat(saved.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = saved.slice();
        changed[at] ^= change;
        expect(() => goOn(changed)).toThrow(BadSavedRun);
        expect(() => goOn(saved.subarray(0, at))).toThrow(BadSavedRun);
      }),
    );
  });

  test('whatever was changed and sealed again is refused, or runs as any code may', () => {
    const identity = whoseOf(saved);
    const packed = openRun(saved, identity);
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = packed.slice();
        changed[at] ^= change;
        try {
          goOn(sealRun(changed, identity));
        } catch (error) {
          expect(error).toBeInstanceOf(BadSavedRun);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('one of another message, or of other rules', () => {
    const other = { ...message, gas: 99_999n };
    expect(() => runSync(evmOf(osaka).call(other, { resumeFrom: saved }), source)).toThrow(
      'expected one of the same message, block and rules',
    );
    expect(() => runSync(evmOf(berlin).call(message, { resumeFrom: saved }), source)).toThrow(BadSavedRun);
  });

  test('another version', () => {
    const text = new TextDecoder('latin1').decode(saved).replace('run 1 ', 'run 9 ');
    expect(() => goOn(Uint8Array.from(text, (letter) => letter.charCodeAt(0)))).toThrow(
      'expected version 1, got 9',
    );
  });
});

test('a creation that fails after it was saved is paid back for the state that it did not grow', () => {
  const initcode = program(BigInt(OTHER), 'BALANCE', 'POP', 0n, 0n, 'REVERT');
  const source = memoryState(worldOf(program(...createWith(initcode, 0n), 'POP', 'STOP')));
  const begin = (options: CallOptions) =>
    evmOf(amsterdam).call({ caller: CALLER, to: CONTRACT, gas: 1_000_000n }, options);
  const plain = runSync(begin({}), source);
  expect(plain).toMatchObject({ status: 'success', stateGasUsed: 0n });
  let saves = 0;
  for (let pause = 0; ; pause++) {
    const { bytes } = upTo(pause, begin, source);
    if (bytes === undefined) break;
    saves++;
    expect(resultText(runSync(begin({ resumeFrom: bytes }), source))).toBe(resultText(plain));
  }
  expect(saves).toBeGreaterThan(2);
});

test('a run that is under way or over is not saved', () => {
  let saved: SavableRun | undefined;
  let refusal = '';
  const onStart = (run: SavableRun) => void (saved = run);
  const onStep = () => {
    try {
      saved?.save();
    } catch (error) {
      refusal = (error as Error).message;
    }
  };
  const source = memoryState(worldOf(program(1n, 'POP')));
  const message = { caller: CALLER, to: CONTRACT, gas: 100_000n };
  runSync(evmOf(osaka).call(message, { onStart, tracer: { onStep } }), source);
  expect(refusal).toBe('save: expected a run that is paused');
  expect(() => saved?.save()).toThrow('save: expected a run that is paused');
});
