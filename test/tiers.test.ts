/** Every way of running code comes to the same: watched in any way or not at all. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallOptions } from '../src/chain/evm.ts';
import { ruleSet } from '../src/machine/engine.ts';
import { Machine } from '../src/machine/machine.ts';
import { reach, runMessage } from '../src/machine/message.ts';
import type { FrameResult } from '../src/machine/result.ts';
import { DEFAULT_TUNING } from '../src/machine/tier.ts';
import type { LeaveEvent, StepEvent, Tracer } from '../src/machine/tracer.ts';
import { PRECOMPILES } from '../src/precompiles/registry.ts';
import { forkNamed } from '../src/protocol/forks.ts';
import { State } from '../src/state/state.ts';
import { runSync, type Task } from '../src/task.ts';
import { hasOfficialCases, officialCases, sourceOfCase } from './machine/officialCases.ts';
import { CALLER, CONTRACT, evmOf, plainText, resultText, type Way } from './machine/program.ts';
import { randomWorld, type World } from './machine/randomPrograms.ts';
import { BLOCK, runWorld, sourceOf } from './machine/worldRuns.ts';

/** What there is to see of a step. */
function seen(step: StepEvent) {
  const { pc, op, gas, gasCost, stateGasCost, depth, refund, memorySize, stackSize, error, address } = step;
  const top = stackSize > 0 ? step.peek(0) : undefined;
  const returnDataSize = step.returnData.length;
  return {
    pc,
    op,
    gas,
    gasCost,
    stateGasCost,
    depth,
    refund,
    memorySize,
    stackSize,
    error,
    address,
    top,
    returnDataSize,
  };
}
type Seen = ReturnType<typeof seen>;

/** Everything that a tracer is told, in order, and a run's result. */
function watched(world: World, options: CallOptions = {}) {
  const steps: Seen[] = [];
  const frames: string[] = [];
  let logs = 0;
  const tracer: Tracer = {
    onEnter: ({ kind, depth, from, to, address, value, gas, isPrecompile }) =>
      void frames.push(plainText({ kind, depth, from, to, address, value, gas, isPrecompile })),
    onLeave: ({ depth, status, gasUsed, gasLeft }) =>
      void frames.push(plainText({ depth, status, gasUsed, gasLeft })),
    onStep: (step) => void steps.push(seen(step)),
    onLog: () => void logs++,
  };
  return { result: runWorld(world, { ...options, tracer }), steps, frames, logs };
}

/** Milliseconds for what runs hundreds of official cases several ways, on a machine that does other things too. */
const LONG = 600_000;

describe('compiled code', () => {
  test('comes to the same as interpreted code', () => {
    fc.assert(
      fc.property(randomWorld, (world) => {
        expect(resultText(runWorld(world, {}, 'compiler'))).toBe(
          resultText(runWorld(world, {}, 'interpreter')),
        );
      }),
      { numRuns: 150 },
    );
  });

  test('comes to the same whatever is compiled when, and wherever tiers change', () => {
    fc.assert(
      fc.property(randomWorld, fc.constantFrom(undefined, 13, 9000), (world, sliceGas) => {
        const options = sliceGas === undefined ? {} : { sliceGas };
        const plain = resultText(runWorld(world, {}, 'interpreter'));
        // Twice: what the first run compiled, the second one enters at once.
        for (const way of ['eager', 'eager', 'switching'] as const) {
          expect(resultText(runWorld(world, options, way))).toBe(plain);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('comes to the same in slices of any size', () => {
    fc.assert(
      fc.property(randomWorld, fc.constantFrom(1, 13, 400, 9000), (world, sliceGas) => {
        const sliced = runWorld(world, { sliceGas }, 'compiler');
        expect(resultText(sliced)).toBe(resultText(runWorld(world, {}, 'interpreter')));
      }),
      { numRuns: 100 },
    );
  });
});

describe('a traced run', () => {
  test('comes to the same as one that is not', () => {
    fc.assert(
      fc.property(randomWorld, (world) => {
        const plain = resultText(runWorld(world));
        expect(resultText(watched(world).result)).toBe(plain);
        const tracer: Tracer = { onEnter: () => {}, onLeave: () => {} };
        expect(resultText(runWorld(world, { tracer }))).toBe(plain);
        expect(resultText(runWorld(world, { steps: 2n ** 63n - 1n }))).toBe(plain);
      }),
      { numRuns: 80 },
    );
  });

  test('is told the same in slices of any size', () => {
    fc.assert(
      fc.property(randomWorld, fc.constantFrom(1, 50, 3000), (world, sliceGas) => {
        const whole = watched(world);
        const sliced = watched(world, { sliceGas });
        expect(sliced.frames).toEqual(whole.frames);
        expect(sliced.steps.map(plainText)).toEqual(whole.steps.map(plainText));
        expect(sliced.logs).toBe(whole.logs);
      }),
      { numRuns: 40 },
    );
  });

  test('tells of gas, memory and the stack as they follow from step to step', () => {
    fc.assert(
      fc.property(randomWorld, (world) => {
        const { steps, result } = watched(world);
        const metersState = forkNamed(world.fork).rules.stateGas;
        const open: Seen[] = [];
        for (const step of steps) {
          // A frame that opened is on top; those that ended are gone.
          while (open.length > step.depth) open.pop();
          const before = open[step.depth - 1];
          open[step.depth - 1] = step;
          if (follows(before, step, metersState)) continue;
          expect.fail(`${plainText(step)} does not follow ${plainText(before)}`);
        }
        if (steps.length > 0 && !world.isCreation) expect(steps[0].gas).toBe(world.gas);
        const last = steps.at(-1);
        const isPlain = !world.isCreation && !metersState;
        if (last !== undefined && last.depth === 1 && result.status === 'success' && isPlain) {
          expect(result.gasLeft).toBe(last.gas - last.gasCost);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('tells of every frame once when it opens and once when it ends, properly nested', () => {
    fc.assert(
      fc.property(randomWorld, (world) => {
        const open: { depth: number; gas: bigint }[] = [];
        let last: LeaveEvent | undefined;
        const result = runWorld(world, {
          tracer: {
            onEnter: ({ depth, gas }) => {
              expect(depth).toBe(open.length);
              open.push({ depth, gas });
            },
            onLeave: (event) => {
              const entered = open.pop()!;
              expect(event.depth).toBe(entered.depth);
              expect(event.gasUsed + event.gasLeft).toBe(entered.gas);
              last = event;
            },
          },
        });
        expect(open).toEqual([]);
        expect(last).toMatchObject({ status: result.status, gasLeft: result.gasLeft, depth: 0 });
      }),
      { numRuns: 150 },
    );
  });
});

/** Whether a step may come after another of its frame, or be the first. */
function follows(before: Seen | undefined, step: Seen, metersState: boolean): boolean {
  if (before === undefined) {
    return step.pc === 0 && step.stackSize === 0 && step.memorySize === 0 && step.returnDataSize === 0;
  }
  if (before.error !== undefined || step.memorySize < before.memorySize) return false;
  // What a call did not use comes back, and nothing else does.
  const left = before.gas - before.gasCost - before.stateGasCost;
  // A creation hands gas over only when it is carried out.
  // One that fails gets back what its account would have cost, where that is paid apart.
  if (before.op === 0xf0 || before.op === 0xf5) return step.gas <= (metersState ? before.gas : left);
  return before.op >= 0xf0 && before.op <= 0xfa ? step.gas >= left : step.gas === left;
}

/** A machine that records its steps, as pc and opcode. */
function recorded(world: World): { readonly steps: string[]; readonly result: FrameResult } {
  const fork = forkNamed(world.fork);
  const precompiles = new Map([...fork.precompiles].map(([address, name]) => [address, PRECOMPILES[name]]));
  const limits = {
    memoryCeiling: 2 ** 30,
    steps: undefined,
    sliceGas: 700,
    tier: 'interpreter',
    tuning: DEFAULT_TUNING,
  } as const;
  const rules = ruleSet(fork, precompiles, []);
  const machine = new Machine(rules, limits);
  const steps: string[] = [];
  machine.onRecords = (records) => {
    for (const record of records) steps.push(`${record & 0xffffff} ${record >>> 24}`);
  };
  function* task(): Task<FrameResult> {
    machine.begin(rules, new State(), { ...WHOLE_BLOCK, ...BLOCK }, null, limits);
    const caller = yield* reach(machine, CALLER);
    const account = yield* reach(machine, CONTRACT);
    const { value, data, gas } = world;
    const message = {
      caller,
      account,
      isCreation: false,
      code: undefined,
      value,
      data,
      gas,
      isStatic: false,
    };
    const result = yield* runMessage(machine, message);
    machine.end();
    return result;
  }
  return { result: runSync(task(), sourceOf(world)), steps };
}

const WHOLE_BLOCK = {
  number: 0n,
  timestamp: 0n,
  coinbase: CALLER,
  gasLimit: 0n,
  baseFee: 0n,
  prevRandao: 0n,
  difficulty: 0n,
  excessBlobGas: 0n,
  slotNumber: 0n,
  chainId: 1n,
} as const;

test('recorded steps are the traced ones', () => {
  fc.assert(
    fc.property(randomWorld, (random) => {
      // GASPRICE, warmth and BLOBBASEFEE are set by the caller of the machine: leave out what shows them.
      const world: World = { ...random, isCreation: false, fork: 'Petersburg' };
      const traced = watched(world).steps.map(({ pc, op }) => `${pc} ${op}`);
      const { steps, result } = recorded(world);
      expect(steps).toEqual(traced);
      expect(result.gasLeft).toBe(runWorld(world).gasLeft);
    }),
    { numRuns: 30 },
  );
});

describe.skipIf(!hasOfficialCases)('official state tests', () => {
  test(
    'come to the same compiled, traced, counted and unwatched',
    async () => {
      for (const one of await officialCases(300)) {
        const run = (options: CallOptions, way: Way = 'interpreter') => {
          const evm = evmOf(forkNamed(one.fork.name), way);
          const task = evm.transact(one.transaction, one.block, { sender: one.sender!, ...options });
          return runSync(task, sourceOfCase(one));
        };
        const plain = run({});
        if (plain.gasUsed > 3_000_000n) continue;
        let steps = 0n;
        const traced = run({ tracer: { onStep: () => void steps++ } });
        expect([one.name, resultText(traced)]).toEqual([one.name, resultText(plain)]);
        for (const way of ['compiler', 'eager', 'switching'] as const) {
          expect([one.name, way, resultText(run({}, way))]).toEqual([one.name, way, resultText(plain)]);
        }
        expect([one.name, resultText(run({ steps }))]).toEqual([one.name, resultText(plain)]);
      }
    },
    LONG,
  );
});
