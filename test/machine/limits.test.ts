/** What a host allows a run: slices of gas, steps, memory, and the right to stop it. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Address } from '../../src/bytes.ts';
import { createEvm } from '../../src/chain/evm.ts';
import { frontier, osaka } from '../../src/protocol/forks.ts';
import type { GenesisAccount } from '../../src/state/diff.ts';
import { memoryState } from '../../src/state/memory.ts';
import { type Need, run, runSync } from '../../src/task.ts';
import {
  account,
  CALLER,
  CONTRACT,
  evmOf,
  execute,
  OTHER,
  type Piece,
  program,
  push,
  resultText,
  wordOf,
  worldOf,
} from './program.ts';
import { randomWorld } from './randomPrograms.ts';
import { runWorld } from './worldRuns.ts';

const LOOP = program('JUMPDEST', 0n, 'JUMP');
const endless = () => evmOf(osaka).call({ caller: CALLER, to: CONTRACT, gas: 2n ** 62n });

describe('slices of gas', () => {
  test('change nothing, however small', () => {
    const slices = fc.constantFrom(1, 2, 7, 100, 1000, 20_000, 2 ** 20, 2 ** 40);
    fc.assert(
      fc.property(randomWorld, slices, slices, (world, one, other) => {
        expect(resultText(runWorld(world, { sliceGas: one }))).toBe(
          resultText(runWorld(world, { sliceGas: other })),
        );
      }),
      { numRuns: 100 },
    );
  });

  test('are handed out as long as the run goes on', () => {
    const needs: Need['kind'][] = [];
    const task = evmOf(osaka).call({ caller: CALLER, to: CONTRACT, gas: 1_000_000n }, { sliceGas: 1000 });
    const source = memoryState(worldOf(LOOP));
    let step = task.next();
    while (!step.done) {
      needs.push(step.value.kind);
      const need = step.value;
      if (need.kind === 'account') step = task.next(source.account(need.address));
      else if (need.kind === 'code') step = task.next(source.code(need.codeHash, need.address));
      else step = task.next(undefined);
    }
    expect(step.value.halt?.reason).toBe('outOfGas');
    expect(needs.filter((kind) => kind === 'slice').length).toBeGreaterThan(900);
  });

  test('are enlarged for an instruction that is dearer', () => {
    // A memory of 100,000 words costs 19,831,250 gas.
    const big: Piece[] = [
      1n,
      3_200_000n - 32n,
      'MSTORE',
      'MSIZE',
      0n,
      'MSTORE',
      'GAS',
      32n,
      'MSTORE',
      64n,
      0n,
      'RETURN',
    ];
    const whole = execute(big, { gas: 50_000_000n, sliceGas: 2 ** 30 });
    expect(whole.status).toBe('success');
    for (const sliceGas of [1, 3, 50_000])
      expect(execute(big, { gas: 50_000_000n, sliceGas })).toEqual(whole);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    'cannot be of %d gas',
    (sliceGas) => {
      expect(() => execute(['STOP'], { sliceGas })).toThrow(RangeError);
    },
  );
});

describe('steps', () => {
  // A call inside a call inside a call, each of which counts down before it goes on.
  const nested: Piece[] = [
    ...([0n, 0n, 0n, 0n, 0n, wordOf(OTHER), 'GAS', 'CALL', 'POP'] as Piece[]),
    ...([3n, 'JUMPDEST', 1n, 0x90, 'SUB', 0x80, push(36n, 2), 'JUMPI', 'POP'] as Piece[]),
    7n,
    1n,
    'SSTORE',
  ];
  const other = account({ code: program(5n, 'POP', 1n, 2n, 'SSTORE', 0n, 0n, 'LOG0') });
  const world: [Address, GenesisAccount][] = [[OTHER, other]];

  /** How many instructions a run has, by a tracer. */
  function stepsOf(code: readonly Piece[], sliceGas: number): bigint {
    let count = 0n;
    execute(code, { world, sliceGas, tracer: { onStep: () => void count++ } });
    return count;
  }

  test.each([1, 1000, 2 ** 20])('are counted to the last, in slices of %d gas', (sliceGas) => {
    const count = stepsOf(nested, sliceGas);
    const free = execute(nested, { world, sliceGas });
    expect(free.status).toBe('success');
    expect(count).toBeGreaterThan(30n);
    expect(execute(nested, { world, sliceGas, steps: count })).toEqual(free);
    expect(execute(nested, { world, sliceGas, steps: count + 1n })).toEqual(free);
    const short = execute(nested, { world, sliceGas, steps: count - 1n });
    expect(short.halt).toEqual({
      reason: 'stepsExhausted',
      pc: program(...nested).length,
      opcode: 0,
      name: 'STOP',
    });
  });

  test('that run out end the run as a whole, whichever frame is running', () => {
    const count = stepsOf(nested, 2 ** 20);
    for (let steps = 0n; steps < count; steps++) {
      const result = execute(nested, { world, steps });
      expect(result).toMatchObject({
        status: 'halt',
        halt: { reason: 'stepsExhausted' },
        gasLeft: 0n,
        logs: [],
      });
      expect(result.diff.size).toBe(0);
      expect(result.gasRefund).toBe(0n);
    }
  });

  test('are counted once where instructions pause and run again', () => {
    fc.assert(
      fc.property(randomWorld, (random) => {
        // A tracer is told of every instruction once, also of one that cannot be executed.
        let count = 0n;
        const traced = runWorld(random, { tracer: { onStep: () => void count++ } });
        expect(resultText(runWorld(random, { steps: count, sliceGas: 500 }))).toBe(resultText(traced));
        if (count > 0n) expect(runWorld(random, { steps: count - 1n }).halt?.reason).toBe('stepsExhausted');
      }),
      { numRuns: 100 },
    );
  });

  test('hold for traced runs, too', () => {
    let count = 0;
    const { halt } = execute(nested, {
      world,
      steps: 10n,
      tracer: { onStep: ({ error }) => void (count += error ? 0 : 1) },
    });
    expect(halt?.reason).toBe('stepsExhausted');
    expect(count).toBe(10);
  });

  test('may be as many as fit 63 bits, and no fewer than none', () => {
    expect(execute(['STOP'], { steps: 2n ** 63n - 1n }).status).toBe('success');
    expect(execute(['STOP'], { steps: 0n }).halt?.reason).toBe('stepsExhausted');
    expect(() => execute(['STOP'], { steps: 2n ** 63n })).toThrow(RangeError);
    expect(() => execute(['STOP'], { steps: -1n })).toThrow(RangeError);
  });
});

describe('memory', () => {
  const CEILING = 2 ** 23;
  const evm = createEvm({ fork: osaka, memoryCeiling: CEILING });
  const source = memoryState(
    worldOf(program(1n, BigInt(CEILING), 'MSTORE'), [
      [
        OTHER,
        account({ code: program(0n, 0n, 0n, 0n, 0n, wordOf(CONTRACT), 'GAS', 'CALL', 0n, 0n, 'LOG0') }),
      ],
    ]),
  );

  test('beyond the ceiling is a value', () => {
    const result = runSync(evm.call({ caller: CALLER, to: CONTRACT, gas: 10n ** 12n }), source);
    expect(result).toMatchObject({ status: 'halt', halt: { reason: 'memoryCeiling' }, gasLeft: 0n });
  });

  test('in a call inside, it ends the run as a whole', () => {
    const result = runSync(evm.call({ caller: CALLER, to: OTHER, gas: 10n ** 12n }), source);
    expect(result).toMatchObject({ status: 'halt', halt: { reason: 'memoryCeiling' }, logs: [] });
    expect(result.diff.size).toBe(0);
  });

  test('of call data, of initcode and of frames counts', () => {
    const data = new Uint8Array(CEILING);
    for (const to of [CONTRACT, null]) {
      const message = { caller: CALLER, to, data, gas: 10n ** 12n };
      const result = runSync(createEvm({ fork: frontier, memoryCeiling: CEILING }).call(message), source);
      expect(result.halt?.reason).toBe('memoryCeiling');
      expect(result.diff.get(CONTRACT)).toBeUndefined();
    }
    const itself = program(0n, 0n, 0n, 0n, 0n, 'ADDRESS', 'GAS', 'CALL');
    const deep = runSync(
      evm.call({ caller: CALLER, to: CONTRACT, gas: 10n ** 12n }),
      memoryState(worldOf(itself)),
    );
    expect(deep.halt?.reason).toBe('memoryCeiling');
  });

  test('is there again for the next run', () => {
    const result = runSync(evm.call({ caller: CALLER, to: NOWHERE, gas: 21000n }), source);
    expect(result.status).toBe('success');
  });

  test.each([0, 2 ** 23 - 1, 2 ** 32, 1.5 * 2 ** 23 + 0.5, Number.NaN])(
    'cannot have a ceiling of %d bytes',
    (memoryCeiling) => {
      expect(() => createEvm({ fork: osaka, memoryCeiling })).toThrow(RangeError);
    },
  );
});

const NOWHERE = '0x00000000000000000000000000000000000fffff';

describe('an AbortSignal', () => {
  test('ends an endless run', async () => {
    const controller = new AbortController();
    const source = memoryState(worldOf(LOOP));
    setTimeout(() => controller.abort(new Error('enough')), 30);
    await expect(run(endless(), source, { signal: controller.signal })).rejects.toThrow('enough');
  });

  test('ends a run that nothing else interrupts, by whoever is asked at slices', () => {
    let checks = 0;
    const signal = {
      throwIfAborted: () => {
        if (++checks > 50) throw new Error('enough');
      },
    } as AbortSignal;
    expect(() => runSync(endless(), memoryState(worldOf(LOOP)), { signal })).toThrow('enough');
  });

  test('ends calls without end, whatever gas they pass on', () => {
    // Each call is refused at depth 1024, and the frame below tries again.
    const tree = program('JUMPDEST', 0n, 0n, 0n, 0n, 0n, 'ADDRESS', 'GAS', 'CALL', 'POP', 0n, 'JUMP');
    let checks = 0;
    const signal = {
      throwIfAborted: () => {
        if (++checks > 50) throw new Error('enough');
      },
    } as AbortSignal;
    expect(() => runSync(endless(), memoryState(worldOf(tree)), { signal })).toThrow('enough');
  });

  test('that was aborted before lets nothing run', async () => {
    const signal = AbortSignal.abort(new Error('no'));
    expect(() => runSync(endless(), memoryState(worldOf(LOOP)), { signal })).toThrow('no');
    await expect(run(endless(), memoryState(worldOf(LOOP)), { signal })).rejects.toThrow('no');
  });
});
