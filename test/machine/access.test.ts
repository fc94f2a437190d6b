/** Warm and cold: random sequences of accesses in frames that live and frames that fail, against two sets. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Address } from '../../src/bytes.ts';
import { berlin, type Fork, istanbul, london, osaka, shanghai } from '../../src/protocol/forks.ts';
import type { OpName } from '../../src/protocol/opcodes.ts';
import {
  type Accounts,
  account,
  CALLER,
  CONTRACT,
  contractAt,
  execute,
  NOBODY,
  OTHER,
  type Piece,
  program,
  wordOf,
} from './program.ts';

const COINBASE: Address = '0xc01bbace00000000000000000000000000000007';
const ABSENT: Address = '0xab5e000000000000000000000000000000000008';
const ADDRESSES: readonly Address[] = [
  OTHER,
  ABSENT,
  CALLER,
  CONTRACT,
  COINBASE,
  '0x0000000000000000000000000000000000000002',
];

type Access =
  | {
      readonly op:
        | 'BALANCE'
        | 'EXTCODESIZE'
        | 'EXTCODEHASH'
        | 'EXTCODECOPY'
        | 'CALL'
        | 'STATICCALL'
        | 'DELEGATECALL';
      readonly of: Address;
    }
  | { readonly op: 'SLOAD'; readonly key: bigint };

const of = fc.constantFrom(...ADDRESSES.filter((address) => address !== CONTRACT));
const access: fc.Arbitrary<Access> = fc.oneof(
  fc.record({
    op: fc.constantFrom(
      'BALANCE' as const,
      'EXTCODESIZE' as const,
      'EXTCODEHASH' as const,
      'EXTCODECOPY' as const,
      'CALL' as const,
      'STATICCALL' as const,
      'DELEGATECALL' as const,
    ),
    of,
  }),
  fc.record({ op: fc.constant('SLOAD' as const), key: fc.bigInt({ min: 0n, max: 3n }) }),
);

/** The code of an access that leaves the stack as it was, and what it costs besides the access. */
function codeOf(one: Access): { readonly pieces: Piece[]; readonly gas: bigint } {
  if (one.op === 'SLOAD') return { pieces: [one.key, 'SLOAD', 'POP'], gas: 5n };
  const address = wordOf(one.of);
  if (one.op === 'EXTCODECOPY') return { pieces: [0n, 0n, 0n, address, one.op], gas: 12n };
  const isCall = one.op === 'CALL' || one.op === 'STATICCALL' || one.op === 'DELEGATECALL';
  if (!isCall) return { pieces: [address, one.op as OpName, 'POP'], gas: 5n };
  // Precompiles and accounts without code: what is handed over comes back, but for SHA-256's 60 gas.
  const zeros: Piece[] = new Array<Piece>(one.op === 'CALL' ? 5 : 4).fill(0n);
  const work = one.of.endsWith('02') ? 60n : 0n;
  return { pieces: [...zeros, address, 100n, one.op, 'POP'], gas: 3n * BigInt(zeros.length + 2) + 2n + work };
}

class Warmth {
  readonly #warm: Set<string>;

  constructor(start: Iterable<string>) {
    this.#warm = new Set(start);
  }

  copy(): Warmth {
    return new Warmth(this.#warm);
  }

  /** What the access costs by warmth; it is warm from now on. */
  price(one: Access): bigint {
    const name = one.op === 'SLOAD' ? `slot ${one.key}` : one.of;
    const isWarm = this.#warm.has(name);
    this.#warm.add(name);
    if (isWarm) return 100n;
    return one.op === 'SLOAD' ? 2100n : 2600n;
  }
}

const gasOf = (accesses: readonly Access[], warmth: Warmth): bigint =>
  accesses.reduce((sum, one) => sum + codeOf(one).gas + warmth.price(one), 0n);
const startOf = (fork: Fork): string[] => {
  const always: string[] = [CALLER, CONTRACT, '0x0000000000000000000000000000000000000002'];
  return fork === osaka || fork === shanghai ? [...always, COINBASE] : always;
};

describe.each([berlin, london, shanghai, osaka])('$name', (fork) => {
  test('prices each access by whether it is the first', () => {
    fc.assert(
      fc.property(
        fc.array(access, { maxLength: 15 }),
        fc.array(access, { maxLength: 10 }),
        fc.boolean(),
        (inside, last, fails) => {
          // The frame inside runs with our storage: slots are the same, and so is what fails with it.
          const body = program(
            ...inside.flatMap((one) => codeOf(one).pieces),
            fails ? program(0n, 0n, 'REVERT') : 'STOP',
          );
          const world: Accounts = [
            [NOBODY, account({ nonce: 1n, code: body })],
            contractAt(OTHER),
            [COINBASE, account({ balance: 1n })],
          ];
          const call: Piece[] = [0n, 0n, 0n, 0n, wordOf(NOBODY), 'GAS', 'DELEGATECALL', 'POP'];
          const code = [...call, ...last.flatMap((one) => codeOf(one).pieces)];
          const { gasUsed, status } = execute(code, {
            fork,
            world,
            gas: 5_000_000n,
            block: { coinbase: COINBASE },
          });
          expect(status).toBe('success');
          const warmth = new Warmth([...startOf(fork), NOBODY]);
          const during = warmth.copy();
          const spent = gasOf(inside, during) + (fails ? 6n : 0n);
          // What fails takes its warmth along; not that of the call itself.
          const after = fails ? warmth : during;
          expect(gasUsed).toBe(15n + 2n + 2n + 2600n + spent + gasOf(last, after));
        },
      ),
      { numRuns: 60 },
    );
  });
});

test('before Berlin nothing is warm or cold', () => {
  const once = execute([wordOf(OTHER), 'BALANCE', 'POP'], { fork: istanbul }).gasUsed;
  const twice = execute([wordOf(OTHER), 'BALANCE', 'POP', wordOf(OTHER), 'BALANCE', 'POP'], {
    fork: istanbul,
  }).gasUsed;
  expect([once, twice]).toEqual([705n, 1410n]);
});

test('a frame that fails takes back all that it did', () => {
  const does: Piece[] = [
    ...([7n, 1n, 'SSTORE', 7n, 1n, 'TSTORE', 0n, 0n, 'LOG0', 0n, 2n, 'SSTORE'] as Piece[]),
    ...([0n, 0n, 0n, 0n, 5n, wordOf(ABSENT), 0n, 'CALL', 0n, 0n, 0n, 'CREATE'] as Piece[]),
  ];
  const storage = new Map([[2n, 9n]]);
  const fails = account({ nonce: 1n, balance: 50n, storage, code: program(...does, 0n, 0n, 'REVERT') });
  const lives = { ...fails, code: program(...does, 'STOP') };
  const calling: Piece[] = [0n, 0n, 0n, 0n, 3n, wordOf(OTHER), 200_000n, 'CALL', 'POP'];
  const run = (callee: typeof fails) => execute(calling, { world: [[OTHER, callee]], gas: 1_000_000n });
  const kept = run(lives);
  expect([kept.logs.length, kept.gasRefund, kept.diff.size]).toEqual([1, 4800n, 4]);
  const undone = run(fails);
  expect([undone.status, undone.logs, undone.gasRefund, [...undone.diff]]).toEqual(['success', [], 0n, []]);
});
