/** What tracers are told of changes adds up to what has changed. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Address, Hex } from '../../src/bytes.ts';
import type { TransactionResult } from '../../src/chain/evm.ts';
import type { UnsignedTransaction } from '../../src/chain/transaction.ts';
import type { Tracer } from '../../src/machine/tracer.ts';
import { cancun, forkNamed, osaka, shanghai } from '../../src/protocol/forks.ts';
import { memoryState } from '../../src/state/memory.ts';
import { EMPTY_CODE_HASH, type StateSource } from '../../src/state/source.ts';
import type { StateChange } from '../../src/state/stateChange.ts';
import { runSync } from '../../src/task.ts';
import {
  CALLER,
  CONTRACT,
  call,
  contractAt,
  evmOf,
  OTHER,
  type Piece,
  plainText,
  program,
  WAYS,
  type Way,
  wordOf,
  worldOf,
} from './program.ts';
import { randomWorld } from './randomPrograms.ts';
import { BLOCK, messageOf, sourceOf, taskOf } from './worldRuns.ts';

/** Notes changes, and holds each against what was known before it. */
function follower(source: StateSource) {
  const changes: StateChange[] = [];
  const now = new Map<string, bigint | Hex>();
  const keyOf = (change: StateChange): string =>
    `${change.kind} ${change.address} ${'slot' in change ? change.slot : ''}`;
  const before = (change: StateChange): bigint | Hex => {
    const account = source.account(change.address);
    switch (change.kind) {
      case 'balance':
        return account?.balance ?? 0n;
      case 'nonce':
        return account?.nonce ?? 0n;
      case 'code':
        return account?.codeHash ?? EMPTY_CODE_HASH;
      case 'slot':
        return account === undefined ? 0n : source.slot(change.address, change.slot);
      case 'transientSlot':
        return 0n;
    }
  };
  const tracer: Tracer = {
    onTransactionStart() {
      changes.length = 0;
      now.clear();
    },
    onStateChange(change) {
      changes.push(change);
      const key = keyOf(change);
      const [from, to] =
        change.kind === 'code' ? [change.hashBefore, change.hashAfter] : [change.before, change.after];
      expect(from, plainText(change)).toBe(now.get(key) ?? before(change));
      expect(to).not.toBe(from);
      now.set(key, to);
    },
  };
  return { tracer, changes, now };
}

/** What is known in the end is what the difference says. */
function expectSum(
  now: ReadonlyMap<string, bigint | Hex>,
  diff: TransactionResult['diff'],
  source: StateSource,
) {
  for (const [address, { after, storage }] of diff) {
    const account = source.account(address);
    expect(now.get(`balance ${address} `) ?? account?.balance ?? 0n).toBe(after?.balance ?? 0n);
    expect(now.get(`nonce ${address} `) ?? account?.nonce ?? 0n).toBe(after?.nonce ?? 0n);
    expect(now.get(`code ${address} `) ?? account?.codeHash ?? EMPTY_CODE_HASH).toBe(
      after?.codeHash ?? EMPTY_CODE_HASH,
    );
    for (const [slot, value] of storage) expect(now.get(`slot ${address} ${slot}`)).toBe(value);
  }
  for (const [key, value] of now) {
    const [kind, at] = key.split(' ');
    const address = at as Address;
    if (kind === 'balance' && value !== (source.account(address)?.balance ?? 0n)) {
      expect(diff.get(address)?.after?.balance ?? 0n).toBe(value);
    }
  }
}

test('changes add up to the difference, in every fork and on every tier', () => {
  const ways = fc.constantFrom(...(Object.keys(WAYS) as Way[]));
  fc.assert(
    fc.property(randomWorld, ways, (world, way) => {
      const source = sourceOf(world);
      const { tracer, now } = follower(source);
      expectSum(now, runSync(taskOf(world, { tracer }, way), source).diff, source);
      const evm = evmOf(forkNamed(world.fork), way);
      const { data, value, gas } = world;
      const tx: UnsignedTransaction = {
        ...{ type: 0, nonce: world.alloc.get(CALLER)!.nonce, gasPrice: 9n, gasLimit: gas + 200_000n },
        ...{ to: messageOf(world).to, value, data },
      };
      const sent = follower(source);
      const { diff } = runSync(evm.transact(tx, BLOCK, { sender: CALLER, tracer: sent.tracer }), source);
      expectSum(sent.now, diff, source);
    }),
    { numRuns: 60 },
  );
});

describe('each change has its reason', () => {
  const reasons = (
    fork: typeof osaka,
    pieces: readonly Piece[],
    more: Parameters<typeof worldOf>[1] = [],
  ) => {
    const source = memoryState(worldOf(program(...pieces), more));
    const { tracer, changes } = follower(source);
    const tx: UnsignedTransaction = {
      ...{ type: 0, nonce: 0n, gasPrice: 9n, gasLimit: 300_000n, to: CONTRACT, value: 5n },
      data: new Uint8Array(0),
    };
    runSync(evmOf(fork).transact(tx, BLOCK, { sender: CALLER, tracer }), source);
    return changes.map(
      ({ kind, address, reason }) => `${kind} ${address === CALLER ? 'sender' : address} ${reason}`,
    );
  };
  const paid = ['balance sender gasPurchase', 'nonce sender sending', 'balance sender transfer'];
  const ended = ['balance sender gasReturn', `balance ${BLOCK.coinbase} fee`];

  test('of storing, and of what a failed call takes back', () => {
    const failing = contractAt(OTHER, 1n, 7n, 'SSTORE', 2n, 8n, 'TSTORE', 0xfe);
    const told = reasons(osaka, [3n, 1n, 'SSTORE', ...call('CALL', OTHER, { value: 2n })], [failing]);
    expect(told).toEqual([
      ...paid,
      `balance ${CONTRACT} transfer`,
      `slot ${CONTRACT} store`,
      `balance ${CONTRACT} transfer`,
      `balance ${OTHER} transfer`,
      `slot ${OTHER} store`,
      `transientSlot ${OTHER} store`,
      `transientSlot ${OTHER} revert`,
      `slot ${OTHER} revert`,
      `balance ${OTHER} revert`,
      `balance ${CONTRACT} revert`,
      ...ended,
    ]);
  });

  test('of a contract that goes, before it had to be new and since', () => {
    const goes: readonly Piece[] = [wordOf(OTHER), 'SELFDESTRUCT'];
    const moved = [
      ...paid,
      `balance ${CONTRACT} transfer`,
      `balance ${CONTRACT} selfdestruct`,
      `balance ${OTHER} selfdestruct`,
    ];
    expect(reasons(cancun, goes)).toEqual([...moved, ...ended]);
    const told = reasons(shanghai, goes);
    expect(told.slice(0, 8)).toEqual([...moved, ...ended]);
    expect(new Set(told.slice(8))).toEqual(
      new Set([`nonce ${CONTRACT} selfdestruct`, `code ${CONTRACT} selfdestruct`]),
    );
  });
});
