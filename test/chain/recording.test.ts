/** Recordings: what they tell afterwards is what was to be told live. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/bytes.ts';
import {
  BadRecording,
  readRecording,
  readRecordings,
  recordCall,
  recordTransaction,
} from '../../src/chain/recording.ts';
import type { UnsignedTransaction } from '../../src/chain/transaction.ts';
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
  const task = recordCall(evm, messageOf(world), { block: BLOCK, sliceGas, checkpointSteps: 7n });
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

  test('of transactions tells the same, and several stand one behind the other', () => {
    const files: Uint8Array[] = [];
    fc.assert(
      fc.property(randomWorld, fc.nat(), (world, choice) => {
        const evm = evmOf(forkNamed(world.fork));
        const { data, value, gas: gasLimit, isCreation } = world;
        const nonce = world.alloc.get(CALLER)!.nonce;
        const sent = { gasPrice: 7n, gasLimit: gasLimit + 200_000n, value, data, nonce };
        const tx: UnsignedTransaction = { type: 0, ...sent, to: isCreation ? null : CONTRACT };
        const live = watcher();
        const source = sourceOf(world);
        const options = { sender: CALLER };
        const plain = resultText(
          runSync(evm.transact(tx, BLOCK, { ...options, tracer: live.tracer }), source),
        );
        const task = recordTransaction(evm, tx, BLOCK, { ...options, checkpointSteps: 7n });
        const { result, recording } = runSync(task, source);
        files.push(recording);
        expect(resultText(result)).toBe(plain);
        const read = readRecording(recording);
        const later = watcher();
        expect(resultText(read.replay(evm, later.tracer))).toBe(plain);
        expect(later.events).toEqual(live.events);
        if (read.steps === 0n) return;
        const from = choice % Number(read.steps);
        const part = watcher();
        expect(resultText(read.replay(evm, part.tracer, BigInt(from)))).toBe(plain);
        const steps = live.events.flatMap((event, i) => (event.startsWith('step') ? [i] : []));
        expect(part.events).toEqual(live.events.slice(from === 0 ? 0 : steps[from]));
      }),
      { numRuns: 30 },
    );
    const all = readRecordings(concatBytes(...files));
    expect(all.map(({ steps }) => steps)).toEqual(files.map((file) => readRecording(file).steps));
    expect(all.every(({ isTransaction }) => isTransaction)).toBe(true);
    expect(() => readRecording(concatBytes(...files))).toThrow('expected one run, got several');
  });

  test('keeps few checkpoints however long the run is, and enters at the nearest', () => {
    const loop = program(60_000n, 'JUMPDEST', 1n, 'SWAP1', 'SUB', 'DUP1', 3n, 'JUMPI');
    const source = memoryState(worldOf(loop));
    const message = { caller: CALLER, to: CONTRACT, gas: 10_000_000n };
    const { recording } = runSync(recordCall(evmOf(osaka), message, { checkpointSteps: 1024n }), source);
    const { checkpoints, steps, replay } = readRecording(recording);
    expect(steps).toBe(420_002n);
    expect(checkpoints.length).toBeLessThan(129);
    expect(checkpoints.length).toBeGreaterThan(63);
    const gaps = checkpoints.map((step, i) => step - (checkpoints[i - 1] ?? 0n));
    expect(new Set(gaps).size).toBeLessThan(3);
    expect(recording.length).toBeLessThan(128 * 4096);
    const seen: bigint[] = [];
    replay(evmOf(osaka), { onStep: ({ gas }) => void seen.push(gas) }, 410_000n);
    expect(seen.length).toBe(10_002);
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
    const text = new TextDecoder().decode(recording).replace('recording 2 ', 'recording 1 ');
    expect(() => readRecording(new TextEncoder().encode(text))).toThrow('expected version 2, got 1');
  });

  test('other rules', () => {
    expect(() => readRecording(recording).replay(evmOf(berlin), {})).toThrow('expected the rules of Osaka');
  });
});
