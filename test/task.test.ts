/** The drivers of tasks, on tasks that do nothing else but ask. */

import { describe, expect, test } from 'vitest';
import type { Address } from '../src/bytes.ts';
import { EMPTY_CODE_HASH, type StateSource } from '../src/state/source.ts';
import { type Fact, type Hand, lend, type Need, run, runSync, type Task, withHand } from '../src/task.ts';

const ADDRESS: Address = '0x00000000000000000000000000000000000000aa';
const FACT = { nonce: 1n, balance: 2n, codeHash: EMPTY_CODE_HASH, hasStorage: false };
const CODE = Uint8Array.of(1, 2, 3);

const source: StateSource = {
  account: (address) => (address === ADDRESS ? FACT : undefined),
  code: (codeHash, address) =>
    codeHash === EMPTY_CODE_HASH && address === ADDRESS ? CODE : new Uint8Array(0),
  slot: (address, key) => (address === ADDRESS ? key * 2n : 0n),
  blockHash: (number) => number + 1n,
};

const NEEDS: readonly Need[] = [
  { kind: 'account', address: ADDRESS },
  { kind: 'account', address: '0x00000000000000000000000000000000000000bb' },
  { kind: 'code', address: ADDRESS, codeHash: EMPTY_CODE_HASH },
  { kind: 'slice' },
  { kind: 'slot', address: ADDRESS, key: 21n },
  { kind: 'blockHash', number: 9n },
];
const FACTS: readonly Fact[] = [FACT, undefined, CODE, undefined, 42n, 10n];

/** Asks for everything, and is told when it is over, however that came about. */
function* asking(needs: readonly Need[], onEnd: () => void = () => {}): Task<Fact[]> {
  const facts: Fact[] = [];
  try {
    for (const need of needs) facts.push(yield need);
    return facts;
  } finally {
    onEnd();
  }
}

test('every need is answered by its method', async () => {
  expect(runSync(asking(NEEDS), source)).toEqual(FACTS);
  expect(await run(asking(NEEDS), source)).toEqual(FACTS);
  const remote = {
    account: async (address: Address) => source.account(address),
    code: async (...asked: Parameters<StateSource['code']>) => source.code(...asked),
    slot: async (...asked: Parameters<StateSource['slot']>) => source.slot(...asked),
    blockHash: async (number: bigint) => source.blockHash(number),
  };
  expect(await run(asking(NEEDS), remote)).toEqual(FACTS);
});

test('a task that asks for nothing needs no source', async () => {
  expect(runSync(asking([]), source)).toEqual([]);
  expect(await run(asking([]), source)).toEqual([]);
});

describe('a source at hand', () => {
  /** Asks what it was lent, or its driver. */
  function* lent(hand: Hand): Task<bigint> {
    const own = hand.source?.slot(ADDRESS, 4n);
    return own === undefined ? ((yield { kind: 'slot', address: ADDRESS, key: 5n }) as bigint) : own;
  }
  function* within(task: Task<bigint>): Task<bigint> {
    return yield* task;
  }
  const make = (): Task<bigint> => {
    const hand: Hand = { source: undefined };
    return withHand(lent(hand), hand);
  };

  test('is left to a task that has a hand for it', () => {
    expect(runSync(make(), source)).toBe(8n);
    expect(runSync(within(lend(make(), source)), source)).toBe(8n);
  });

  test('is unknown to a task that another drives, or that is driven from afar', async () => {
    expect(runSync(within(make()), source)).toBe(10n);
    expect(await run(make(), source)).toBe(10n);
    expect(make().next().value).toEqual({ kind: 'slot', address: ADDRESS, key: 5n });
  });

  test('is of no use to a task without', () => {
    expect(runSync(lend(asking(NEEDS), source), source)).toEqual(FACTS);
  });
});

test('a slice lets the host have its turn', async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await run(asking(new Array<Need>(20).fill({ kind: 'slice' })), source);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0);
});

describe('a task that its driver gives up is closed', () => {
  const failing: StateSource = {
    ...source,
    slot: () => {
      throw new Error('lost');
    },
  };
  const aborting = (): AbortSignal => {
    let checks = 0;
    const throwIfAborted = () => {
      if (++checks === 3) throw new Error('aborted');
    };
    return { throwIfAborted } as AbortSignal;
  };

  test('because its source throws', async () => {
    let closed = 0;
    expect(() =>
      runSync(
        asking(NEEDS, () => closed++),
        failing,
      ),
    ).toThrow('lost');
    await expect(
      run(
        asking(NEEDS, () => closed++),
        failing,
      ),
    ).rejects.toThrow('lost');
    const rejecting = { ...source, slot: () => Promise.reject(new Error('refused')) };
    await expect(
      run(
        asking(NEEDS, () => closed++),
        rejecting,
      ),
    ).rejects.toThrow('refused');
    expect(closed).toBe(3);
  });

  test('because it was aborted', async () => {
    let closed = 0;
    expect(() =>
      runSync(
        asking(NEEDS, () => closed++),
        source,
        { signal: aborting() },
      ),
    ).toThrow('aborted');
    const late = run(
      asking(NEEDS, () => closed++),
      source,
      { signal: aborting() },
    );
    await expect(late).rejects.toThrow('aborted');
    expect(closed).toBe(2);
  });

  test('and not where it ended by itself', () => {
    let closed = 0;
    runSync(
      asking(NEEDS, () => closed++),
      source,
    );
    expect(closed).toBe(1);
  });
});

test('what a task throws passes through', async () => {
  function* throwing(): Task<void> {
    yield { kind: 'slice' };
    throw new RangeError('mine');
  }
  expect(() => runSync(throwing(), source)).toThrow(new RangeError('mine'));
  await expect(run(throwing(), source)).rejects.toThrow(new RangeError('mine'));
});
