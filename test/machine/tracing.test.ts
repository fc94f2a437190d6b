/** What tracers see, and what happens to a machine whose tracer fails. */

import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import type { StepEvent, Tracer } from '../../src/machine/tracer.ts';
import type { WorldView } from '../../src/machine/worldView.ts';
import { amsterdam, balDevnet, byzantium, frontier, osaka } from '../../src/protocol/forks.ts';
import { memoryState } from '../../src/state/memory.ts';
import { runSync } from '../../src/task.ts';
import {
  account,
  CALLER,
  CONTRACT,
  call,
  evmOf,
  execute,
  NOBODY,
  OTHER,
  type Piece,
  program,
  resultText,
  wordOf,
  worldOf,
} from './program.ts';

/** Steps as a function of each makes them. */
function stepsOf<T>(
  code: readonly Piece[],
  look: (step: StepEvent) => T,
  setting: Parameters<typeof execute>[1] = {},
): T[] {
  const found: T[] = [];
  execute(code, { ...setting, tracer: { onStep: (step) => void found.push(look(step)) } });
  return found;
}

test('a step is seen before it happens, with all that it costs', () => {
  const seen = stepsOf(
    [5n, 3n, 'ADD', 0n, 'MSTORE'],
    ({ pc, op, gas, gasCost, depth, memorySize, stack }) => ({
      pc,
      op,
      gas,
      gasCost,
      depth,
      memorySize,
      stack,
    }),
    { gas: 1000n },
  );
  expect(seen).toEqual([
    { pc: 0, op: 0x60, gas: 1000n, gasCost: 3n, depth: 1, memorySize: 0, stack: [] },
    { pc: 2, op: 0x60, gas: 997n, gasCost: 3n, depth: 1, memorySize: 0, stack: [5n] },
    { pc: 4, op: 0x01, gas: 994n, gasCost: 3n, depth: 1, memorySize: 0, stack: [5n, 3n] },
    { pc: 5, op: 0x60, gas: 991n, gasCost: 3n, depth: 1, memorySize: 0, stack: [8n] },
    { pc: 7, op: 0x52, gas: 988n, gasCost: 6n, depth: 1, memorySize: 0, stack: [8n, 0n] },
    { pc: 8, op: 0x00, gas: 982n, gasCost: 0n, depth: 1, memorySize: 32, stack: [] },
  ]);
});

test('the stack can be looked into, and not below', () => {
  stepsOf([5n, 3n, 'STOP'], (step) => {
    const words = Array.from({ length: step.stackSize }, (_, i) => step.peek(step.stackSize - 1 - i));
    expect(words).toEqual([5n, 3n].slice(0, step.stackSize));
    for (const depth of [step.stackSize, -1]) expect(() => step.peek(depth)).toThrow(RangeError);
  });
});

test('memory, return data and refund are those of the moment', () => {
  const returns = account({ code: program(0xabn, 0n, 'MSTORE8', 2n, 0n, 'RETURN') });
  const seen = stepsOf(
    [1n, 0n, 'MSTORE8', 5n, 1n, 'SSTORE', 0n, 1n, 'SSTORE', 0n, 0n, 0n, 0n, 0n, wordOf(OTHER), 'GAS', 'CALL'],
    ({ op, depth, memory, returnData, refund, address }) => {
      const bytes = toHex(memory).replace(/(00)+$/, '');
      return { op, depth, memory: bytes, returnData: toHex(returnData), refund, address };
    },
    { world: [[OTHER, returns]] },
  );
  const call = seen.findIndex(({ op }) => op === 0xf1);
  const refund = 19900n;
  const ours = { depth: 1, memory: '0x01', refund, address: CONTRACT };
  expect(seen[call]).toEqual({ ...ours, op: 0xf1, returnData: '0x' });
  expect(seen[call + 1]).toEqual({
    op: 0x60,
    depth: 2,
    memory: '0x',
    returnData: '0x',
    refund,
    address: OTHER,
  });
  expect(seen.at(-2)).toMatchObject({ op: 0xf3, depth: 2, memory: '0xab', returnData: '0x' });
  expect(seen.at(-1)).toEqual({ ...ours, op: 0x00, returnData: '0xab00' });
});

describe('an instruction that cannot be executed', () => {
  const lastOf = (code: readonly Piece[], setting: Parameters<typeof execute>[1]) =>
    stepsOf(
      code,
      ({ pc, op, gas, gasCost, error, memorySize }) => ({ pc, op, gas, gasCost, error, memorySize }),
      setting,
    ).at(-1);

  test('is seen once, with the gas that was there before it', () => {
    expect(lastOf([1n, 'ADD'], { gas: 100n })).toMatchObject({
      pc: 2,
      gas: 97n,
      gasCost: 3n,
      error: 'stackUnderflow',
    });
    expect(lastOf([1n, 0n, 'MSTORE'], { gas: 10n })).toMatchObject({
      pc: 4,
      gas: 4n,
      gasCost: 6n,
      error: 'outOfGas',
      memorySize: 0,
    });
  });

  test('as well where it had paid for a part of it', () => {
    const call: Piece[] = [0n, 0n, 64n, 0n, 1n, wordOf(NOBODY), 0n, 'CALL'];
    const short = 21n + 100n;
    for (const [fork, pays] of [
      [frontier, 9040n],
      [byzantium, 9700n],
      [osaka, 11600n],
    ] as const) {
      // Enough for the call with its value, and not for the account that it would make.
      const gas = short + pays + 6n;
      expect(lastOf(call, { fork, gas })).toMatchObject({ gas: gas - 21n, error: 'outOfGas', memorySize: 0 });
    }
    // What is asked for cannot be had: no rule of a sixty-fourth yet.
    const greedy: Piece[] = [0n, 0n, 64n, 0n, 1n, 'ADDRESS', 90_000n, 'CALL'];
    expect(lastOf(greedy, { fork: frontier, gas: 90_000n, sliceGas: 100 })).toMatchObject({
      gas: 90_000n - 20n,
      error: 'outOfGas',
    });
  });

  test('as well where the frame is static', () => {
    const code: Piece[] = [0n, 0n, 64n, 0n, 1n, wordOf(NOBODY), 0n, 'CALL'];
    const setting = { gas: 50_000n, message: { isStatic: true } };
    expect(lastOf(code, setting)).toMatchObject({
      gas: 50_000n - 21n,
      error: 'staticViolation',
      memorySize: 0,
    });
    expect(lastOf([1n, 1n, 'SSTORE'], setting)).toMatchObject({
      gas: 50_000n - 6n,
      error: 'staticViolation',
    });
  });
});

describe('an instruction that fails once all is paid', () => {
  /** What is told of the last instruction, as a step and as a fault. */
  function lastOf(code: readonly Piece[], setting: Parameters<typeof execute>[1] = {}) {
    const told: unknown[] = [];
    const note =
      (as: 'step' | 'fault') =>
      ({ op, gas, gasCost, stackSize, memorySize, memory, error, fault }: StepEvent) => {
        const reason = fault?.reason;
        told.push({ as, op, gas, gasCost, stackSize, memorySize, seen: memory.length, error, reason });
      };
    execute(code, { gas: 1000n, ...setting, tracer: { onStep: note('step'), onFault: note('fault') } });
    return told.slice(-2);
  }

  test('is seen a second time, without its operands', () => {
    const reverts = { op: 0xfd, gas: 994n, gasCost: 6n };
    expect(lastOf([40n, 0n, 'REVERT'])).toEqual([
      { ...reverts, as: 'step', stackSize: 2, memorySize: 0, seen: 0, error: undefined, reason: undefined },
      { ...reverts, as: 'fault', stackSize: 0, memorySize: 64, seen: 64, error: undefined, reason: 'revert' },
    ]);
    expect(lastOf([3n, 7n, 'JUMP'])).toMatchObject([
      { stackSize: 2, error: undefined },
      { stackSize: 1, error: 'badJump', gas: 994n, gasCost: 8n },
    ]);
    expect(lastOf([40n, 0n, 0n, 'RETURNDATACOPY'])).toMatchObject([
      { stackSize: 3, memorySize: 0, gasCost: 15n },
      { stackSize: 0, memorySize: 64, seen: 64, gasCost: 15n, error: 'returnDataOutOfBounds' },
    ]);
  });

  test('keeps them where it fails before it takes them', () => {
    for (const [code, cost] of [
      [[0xfe], 0n],
      [[1n, 0x0c], 0n],
      [[1n, 1n, 'TSTORE'], 100n],
      [[40n, 0n, 'LOG0'], 375n + 320n + 6n],
    ] as const) {
      const [step, fault] = lastOf(code, { message: { isStatic: true } });
      const { stackSize } = step as { stackSize: number };
      expect(step).toMatchObject({ as: 'step', gasCost: cost, memorySize: 0, error: undefined });
      expect(fault).toMatchObject({ as: 'fault', gasCost: cost, stackSize });
    }
  });

  test('the price comes first', () => {
    const last = lastOf([40n, 0n, 'LOG0'], { message: { isStatic: true }, gas: 500n });
    expect(last[1]).toMatchObject({ as: 'step', reason: 'outOfGas', gasCost: 701n, stackSize: 2 });
  });
});

describe('a tracer that throws', () => {
  const code = program(1n, 'POP', 0n, 0n, 0n, 0n, 1n, wordOf(OTHER), 'GAS', 'CALL', 0n, 0n, 'LOG0');
  const source = memoryState(worldOf(code, [[OTHER, account({ code: program(1n, 1n, 'SSTORE') })]]));
  const call = (tracer?: Tracer, gas = 100_000n) =>
    runSync(
      evmOf(osaka).call({ caller: CALLER, to: CONTRACT, gas }, tracer === undefined ? {} : { tracer }),
      source,
    );
  const boom = () => {
    throw new Error('boom');
  };

  test.each<[string, Tracer]>([
    ['on entering', { onEnter: boom }],
    ['at a step', { onStep: boom }],
    ['on leaving', { onLeave: boom }],
    ['at a log', { onLog: boom }],
  ])('%s leaves the machine fit for the next run', (_, tracer) => {
    const before = call();
    expect(before.status).toBe('success');
    expect(() => call(tracer)).toThrow('boom');
    expect(call()).toEqual(before);
  });

  test('at the first step does not hide that of the next run', () => {
    expect(() => call({ onStep: boom })).toThrow('boom');
    const errors: unknown[] = [];
    call({ onStep: ({ error }) => void errors.push(error) }, 0n);
    expect(errors).toEqual(['outOfGas']);
  });

  test('may run something else on the same EVM before', () => {
    let inner: unknown;
    const outer = call({ onLog: () => void (inner = call()) });
    expect(outer).toEqual(inner);
    expect(outer.logs).toHaveLength(1);
  });
});

describe('a transaction', () => {
  const code = program(...call('CALL', OTHER, { value: 10n ** 30n }), 'POP', 7n, 'SLOAD');
  const source = memoryState(
    new Map([
      ...worldOf(code),
      [CONTRACT, account({ nonce: 1n, code, storage: new Map([[7n, 42n]]) })],
      [NOBODY, account({ balance: 5n })],
    ]),
  );
  const tx = {
    type: 0,
    nonce: 0n,
    gasPrice: 0n,
    gasLimit: 100_000n,
    to: CONTRACT,
    value: 0n,
    data: program(),
  } as const;

  test('is told of from before it changes anything to after it has been paid for', () => {
    const events: string[] = [];
    let world: WorldView | undefined;
    const { gasUsed } = runSync(
      evmOf(osaka).transact(
        tx,
        {},
        {
          sender: CALLER,
          tracer: {
            onTransactionStart(event) {
              world = event.world;
              events.push(`start ${event.from} ${event.to} ${event.gasLimit} ${world.nonce(CALLER)}`);
            },
            onEnter: ({ kind, depth }) => void events.push(`enter ${kind} ${depth}`),
            onLeave: ({ halt, depth }) => void events.push(`leave ${halt?.reason ?? 'well'} ${depth}`),
            onTransactionEnd: (event) => void events.push(`end ${event.gasUsed} ${world!.nonce(CALLER)}`),
          },
        },
      ),
      source,
    );
    expect(events).toEqual([
      ...[
        `start ${CALLER} ${CONTRACT} 100000 0`,
        'enter CALL 0',
        'enter CALL 1',
        'leave insufficientBalance 1',
      ],
      ...['leave well 0', `end ${gasUsed} 1`],
    ]);
  });

  test('begins anew where its tracer wants state that is not resident, and comes to the same', () => {
    let starts = 0;
    let steps = 0;
    let balance: bigint | undefined;
    let world: WorldView | undefined;
    const watched = runSync(
      evmOf(osaka).transact(
        tx,
        {},
        {
          sender: CALLER,
          tracer: {
            onTransactionStart(event) {
              starts++;
              steps = 0;
              world = event.world;
            },
            onStep({ op }) {
              steps++;
              if (op === 0x54) balance = world!.balance(NOBODY);
            },
          },
        },
      ),
      source,
    );
    expect([starts, balance]).toEqual([2, 5n]);
    expect(steps).toBe(12);
    const plain = runSync(evmOf(osaka).transact(tx, {}, { sender: CALLER }), source);
    expect(resultText(watched)).toBe(resultText(plain));
  });

  test('that cannot be in the block is not told of', () => {
    const onTransactionStart = () => {
      throw new Error('told');
    };
    const dear = { ...tx, value: 10n ** 40n };
    const task = evmOf(osaka).transact(dear, {}, { sender: CALLER, tracer: { onTransactionStart } });
    expect(() => runSync(task, source)).toThrow(/balance|ether|wei/i);
  });
});

test.each([
  ['balDevnet', balDevnet],
  ['amsterdam', amsterdam],
])('%s: what state costs, and what comes back of it, is no part of an instruction’s cost', (_, fork) => {
  const { params } = fork;
  const cost = (paysWrite: boolean, isCold: boolean) =>
    BigInt(
      (isCold ? params.coldSlotGas : params.sstoreWarmGas) +
        (paysWrite ? params.sstoreSetGas : params.sstoreNoopGas),
    );
  const costs = stepsOf(
    [1n, 0n, 'SSTORE', 0n, 0n, 'SSTORE'],
    ({ op, gasCost, gasCostLow, gasCostHigh }) => ({ op, gasCost, halves: [gasCostLow, gasCostHigh] }),
    { fork, gas: 500_000n },
  ).filter(({ op }) => op === 0x55);
  const expected = [cost(true, true), cost(false, false)];
  expect(costs.map(({ gasCost }) => gasCost)).toEqual(expected);
  expect(costs.map(({ halves }) => halves)).toEqual(expected.map((gas) => [Number(gas), 0]));
});
