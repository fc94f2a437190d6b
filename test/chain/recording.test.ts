/** Recordings: what they tell afterwards is what was to be told live. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadRecording, readRecording, recordCall } from '../../src/chain/recording.ts';
import type { Tracer } from '../../src/machine/tracer.ts';
import { berlin, forkNamed, osaka } from '../../src/protocol/forks.ts';
import { memoryState } from '../../src/state/memory.ts';
import { run, runSync } from '../../src/task.ts';
import { CALLER, CONTRACT, evmOf, plainText, program, resultText, worldOf } from '../machine/program.ts';
import { randomWorld, type World } from '../machine/randomPrograms.ts';
import { BLOCK, messageOf, runWorld, sourceOf } from '../machine/worldRuns.ts';

/** Everything that a tracer is told, as text. */
function watcher() {
  const events: string[] = [];
  const note = (name: string, event: object) => void events.push(`${name} ${plainText(event)}`);
  const tracer: Tracer = {
    onEnter: (event) => note('enter', event),
    onStep: ({ pc, op, gas, gasCost, depth, refund, stack, memorySize, error }) =>
      note('step', { pc, op, gas, gasCost, depth, refund, stack, memorySize, error }),
    onFault: ({ pc, gas, error }) => note('fault', { pc, gas, error }),
    onLeave: ({ depth, status, gasUsed, output }) => note('leave', { depth, status, gasUsed, output }),
    onLog: (event) => note('log', event),
  };
  return { tracer, events };
}

function recorded(world: World, sliceGas = 2 ** 20) {
  const evm = evmOf(forkNamed(world.fork));
  const task = recordCall(evm, messageOf(world), { block: BLOCK, sliceGas });
  return { evm, ...runSync(task, sourceOf(world)) };
}

describe('a recording', () => {
  test('tells any tracer what it would have been told live', () => {
    fc.assert(
      fc.property(randomWorld, fc.constantFrom(50, 2 ** 20), (world, sliceGas) => {
        const live = watcher();
        const plain = resultText(runWorld(world, { tracer: live.tracer }));
        const { evm, result, recording } = recorded(world, sliceGas);
        expect(resultText(result)).toBe(plain);
        const later = watcher();
        const read = readRecording(recording);
        expect(resultText(read.replay(evm, later.tracer))).toBe(plain);
        expect(later.events).toEqual(live.events);
        expect(read.steps).toBe(BigInt(live.events.filter((event) => event.startsWith('step')).length));
      }),
      { numRuns: 80 },
    );
  });

  test('tells from any step on what it tells in order', () => {
    fc.assert(
      fc.property(randomWorld, fc.nat(), (world, choice) => {
        const { evm, recording } = recorded(world);
        const read = readRecording(recording);
        const whole = watcher();
        read.replay(evm, whole.tracer);
        if (read.steps === 0n) return;
        const from = choice % Number(read.steps);
        const part = watcher();
        read.replay(evm, part.tracer, BigInt(from));
        const steps = whole.events.flatMap((event, i) => (event.startsWith('step') ? [i] : []));
        expect(part.events).toEqual(whole.events.slice(from === 0 ? 0 : steps[from]));
      }),
      { numRuns: 80 },
    );
  });

  test('is made of runs on remote state too', async () => {
    const code = program(7n, 'SLOAD', 0n, 'MSTORE', 32n, 0n, 'RETURN');
    const source = memoryState(worldOf(code));
    const evm = evmOf(osaka);
    const task = recordCall(evm, { caller: CALLER, to: CONTRACT, gas: 100_000n });
    const { result, recording } = await run(task, {
      account: async (address) => source.account(address),
      code: async (hash, address) => source.code(hash, address),
      slot: async () => 42n,
      blockHash: async () => 0n,
    });
    expect(resultText(readRecording(recording).replay(evm, {}))).toBe(resultText(result));
  });
});

describe('what is no recording of the kind is refused in one sentence', () => {
  const evm = evmOf(osaka);
  const source = memoryState(worldOf(program(1n, 2n, 'ADD')));
  const { recording } = runSync(recordCall(evm, { caller: CALLER, to: CONTRACT, gas: 1000n }), source);

  test('a file of something else', () => {
    for (const bytes of [new Uint8Array(0), new TextEncoder().encode('{"a":1}\n')]) {
      expect(() => readRecording(bytes)).toThrow('expected a file that evmill recorded');
    }
  });

  test('any byte changed, and any end cut off', () => {
    fc.assert(
      fc.property(fc.nat(recording.length - 2), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = recording.slice();
        changed[at] ^= change;
        expect(() => readRecording(changed)).toThrow(BadRecording);
        expect(() => readRecording(recording.subarray(0, at))).toThrow(BadRecording);
      }),
    );
  });

  test('another version', () => {
    const text = new TextDecoder().decode(recording).replace('recording 1 ', 'recording 2 ');
    expect(() => readRecording(new TextEncoder().encode(text))).toThrow('expected version 1, got 2');
  });

  test('other rules', () => {
    expect(() => readRecording(recording).replay(evmOf(berlin), {})).toThrow('expected the rules of Osaka');
  });
});
