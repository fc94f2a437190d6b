/**
 * The law of the pause: a run that pauses at every piece of state it needs comes to the same as one that has all of
 * it at hand, however long the answers take, and whoever else runs in between.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Address } from '../src/bytes.ts';
import type { CallOptions } from '../src/chain/evm.ts';
import { MissingState } from '../src/errors.ts';
import { forkNamed } from '../src/protocol/forks.ts';
import { writeWord } from '../src/state/slots.ts';
import type { AsyncStateSource, StateSource } from '../src/state/source.ts';
import { State } from '../src/state/state.ts';
import { answer, type Need, run, runSync, type Task } from '../src/task.ts';
import { hasOfficialCases, officialCases, sourceOfCase } from './machine/officialCases.ts';
import { evmOf, plainText, resultText } from './machine/program.ts';
import { randomWorld, type World } from './machine/randomPrograms.ts';
import { runWorld, sourceOf, taskOf } from './machine/worldRuns.ts';

/** Everything a task asks for, in order. */
function needsOf<T>(task: Task<T>, source: StateSource): { readonly needs: Need[]; readonly result: T } {
  const needs: Need[] = [];
  let step = task.next();
  while (!step.done) {
    needs.push(step.value);
    step = task.next(answer(step.value, source));
  }
  return { needs, result: step.value };
}

/** A source that notes what it is asked. */
function noting(source: StateSource, asked: Need[]): StateSource {
  return {
    account(address) {
      asked.push({ kind: 'account', address });
      return source.account(address);
    },
    code(codeHash, address) {
      asked.push({ kind: 'code', address, codeHash });
      return source.code(codeHash, address);
    },
    slot(address, key) {
      asked.push({ kind: 'slot', address, key });
      return source.slot(address, key);
    },
    blockHash(number) {
      asked.push({ kind: 'blockHash', number });
      return source.blockHash(number);
    },
  };
}

/** A state in which all that a run will need is resident. */
function preloaded(needs: readonly Need[], source: StateSource): State {
  const state = new State();
  const key = new Uint32Array(8);
  const load = (address: Address) => state.load(address, source.account(address));
  for (const need of needs) {
    if (need.kind === 'account') load(need.address);
    else if (need.kind === 'code') load(need.address).code = source.code(need.codeHash, need.address);
    else if (need.kind === 'slot') {
      writeWord(key, 0, need.key);
      const account = load(need.address);
      if (state.slot(account, key, 0) < 0)
        state.loadSlot(account, key, 0, source.slot(need.address, need.key));
    }
  }
  return state;
}

/** A source whose every answer takes a while, some longer than others. */
function slowly(source: StateSource): AsyncStateSource {
  let turn = 0;
  const later = async <T>(value: T): Promise<T> => {
    for (let left = (turn = (turn * 7 + 3) % 11); left > 0; left--) await undefined;
    if (turn === 5) await new Promise((resolve) => setImmediate(resolve));
    return value;
  };
  return {
    account: (address) => later(source.account(address)),
    code: (codeHash, address) => later(source.code(codeHash, address)),
    slot: (address, key) => later(source.slot(address, key)),
    blockHash: (number) => later(source.blockHash(number)),
  };
}

describe('a random world', () => {
  test('comes to the same on resident state, on state at hand and on remote state', async () => {
    await fc.assert(
      fc.asyncProperty(randomWorld, async (world) => {
        const source = sourceOf(world);
        const { needs, result } = needsOf(taskOf(world), source);
        const text = resultText(result);
        const resident = needsOf(taskOf(world, { state: preloaded(needs, source) }), source);
        expect(resident.needs.filter(({ kind }) => kind !== 'blockHash' && kind !== 'slice')).toEqual([]);
        expect(resultText(resident.result)).toBe(text);
        expect(resultText(runWorld(world))).toBe(text);
        expect(resultText(await run(taskOf(world), slowly(source)))).toBe(text);
      }),
      { numRuns: 100 },
    );
  });

  test('asks for everything once', () => {
    fc.assert(
      fc.property(randomWorld, (world) => {
        const { needs } = needsOf(taskOf(world), sourceOf(world));
        const asked = needs.filter(({ kind }) => kind !== 'slice').map(plainText);
        expect(asked.length).toBe(new Set(asked).size);
      }),
      { numRuns: 60 },
    );
  });

  test('is not disturbed by another that runs while it is paused', () => {
    const pick = fc.infiniteStream(fc.nat({ max: 2 }));
    fc.assert(
      fc.property(randomWorld, randomWorld, randomWorld, pick, (a, b, c, turns) => {
        const fork = a.fork;
        const worlds = [a, b, c].map((world): World => ({ ...world, fork }));
        const alone = worlds.map((world) => resultText(runWorld(world)));
        const options: CallOptions = { sliceGas: 5000 };
        const runs = worlds.map((world) => ({
          task: taskOf(world, options),
          source: sourceOf(world),
          text: '',
        }));
        const steps = runs.map(({ task }) => task.next());
        while (steps.some(({ done }) => !done)) {
          const i = turns.next().value as number;
          const step = steps[i];
          if (!step.done) steps[i] = runs[i].task.next(answer(step.value, runs[i].source));
        }
        const together = steps.map(({ done, value }) => (done ? resultText(value) : ''));
        expect(together).toEqual(alone);
      }),
      { numRuns: 30 },
    );
  });
});

/** A source that lacks what is asked for as the n-th. */
function lacking(source: StateSource, n: number): StateSource {
  let count = 0;
  const missing = <T>(value: T, what: string): T => {
    if (++count === n) throw new MissingState(what);
    return value;
  };
  return {
    account: (address) => missing(source.account(address), address),
    code: (codeHash, address) => missing(source.code(codeHash, address), codeHash),
    slot: (address, key) => missing(source.slot(address, key), `${address} ${key}`),
    blockHash: (number) => missing(source.blockHash(number), `block ${number}`),
  };
}

describe('a source that lacks something', () => {
  test('says so itself, and the state is as it was before', () => {
    fc.assert(
      fc.property(randomWorld, fc.nat(), (world, seed) => {
        const source = sourceOf(world);
        const { needs, result } = needsOf(taskOf(world), source);
        const asked = needs.filter(({ kind }) => kind !== 'slice').length;
        const state = new State();
        const task = taskOf(world, { state });
        expect(() => runSync(task, lacking(source, (seed % asked) + 1))).toThrow(MissingState);
        expect(task.next().done).toBe(true);
        expect(state.checkpoint()).toBe(0);
        expect(state.diff().size).toBe(0);
        expect([state.refund, state.logs.length]).toEqual([0, 0]);
        // What is resident by now is known; the rest is found this time.
        expect(resultText(runSync(taskOf(world, { state }), source))).toBe(resultText(result));
      }),
      { numRuns: 60 },
    );
  });

  test('may be slow about it', async () => {
    const [world] = fc.sample(randomWorld, { numRuns: 1, seed: 7 });
    const state = new State();
    const remote = slowly(sourceOf(world));
    const failing: AsyncStateSource = {
      ...remote,
      account: async (address) => {
        await remote.account(address);
        throw new Error('the line is dead');
      },
    };
    await expect(run(taskOf(world, { state }), failing)).rejects.toThrow('the line is dead');
    expect(state.diff().size).toBe(0);
  });
});

describe.skipIf(!hasOfficialCases)('official state tests', () => {
  test('come to the same on resident, sliced and remote state', async () => {
    const cases = await officialCases(300);
    expect(cases.length).toBeGreaterThan(200);
    for (const one of cases) {
      const source = sourceOfCase(one);
      const evm = evmOf(forkNamed(one.fork.name));
      const task = (options: CallOptions = {}) =>
        evm.transact(one.transaction, one.block, { sender: one.sender!, ...options });
      const { needs, result } = needsOf(task(), source);
      const text = resultText(result);
      const resident = resultText(runSync(task({ state: preloaded(needs, source) }), source));
      expect([one.name, resident]).toEqual([one.name, text]);
      const asked: Need[] = [];
      expect([one.name, resultText(runSync(task(), noting(source, asked)))]).toEqual([one.name, text]);
      expect([one.name, asked]).toEqual([one.name, needs.filter(({ kind }) => kind !== 'slice')]);
      const remote = await run(task({ sliceGas: 100_000 }), slowly(source));
      expect([one.name, resultText(remote)]).toEqual([one.name, text]);
      if (result.gasUsed > 500_000n) continue;
      expect([one.name, resultText(runSync(task({ sliceGas: 7 }), source))]).toEqual([one.name, text]);
    }
  });
});
