/** SSTORE, SLOAD, TSTORE and TLOAD in every fork, against a model. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Address, bytesToBigInt } from '../../src/bytes.ts';
import type { CallResult } from '../../src/machine/result.ts';
import {
  byzantium,
  cancun,
  type Fork,
  homestead,
  istanbul,
  london,
  osaka,
} from '../../src/protocol/forks.ts';
import type { GenesisAccount } from '../../src/state/diff.ts';
import { account, CONTRACT, execute, OTHER, type Piece, PLAIN_FORKS, program, wordOf } from './program.ts';
import { generationOf, StorageModel } from './storageModel.ts';
import { word } from './words.ts';

/** The forks that differ in storage. */
const GENERATIONS = PLAIN_FORKS.filter(
  (fork, i) => i === 0 || generationOf(fork) !== generationOf(PLAIN_FORKS[i - 1]),
);

const GAS = 8_000_000n;

const key = fc.oneof(fc.bigInt({ min: 0n, max: 3n }), fc.constantFrom(1n << 64n, 1n << 255n));
const value = fc.oneof(
  { weight: 5, arbitrary: fc.bigInt({ min: 0n, max: 2n }) },
  { weight: 1, arbitrary: word },
);
const access = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant('store' as const), key, value }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('load' as const), key, value: fc.constant(0n) }) },
);
type Access = { readonly op: 'store' | 'load'; readonly key: bigint; readonly value: bigint };
const accesses = fc.array(access, { maxLength: 25 });
const storage = fc.array(fc.tuple(key, value), { maxLength: 5 }).map((slots) => new Map(slots));

/** What the pushes and pops around an access cost. */
const around = ({ op }: Access): number => (op === 'store' ? 6 : 5);
const codeOf = ({ op, key, value }: Access): Piece[] =>
  op === 'store' ? [value, key, 'SSTORE'] : [key, 'SLOAD', 'POP'];

function take(model: StorageModel, { op, key, value }: Access): void {
  if (op === 'store') model.store(key, value);
  else model.load(key);
}

/** What a run left in an account's storage, over what was there before. */
function storedBy(
  { diff }: CallResult,
  address: Address,
  before: ReadonlyMap<bigint, bigint>,
): Map<bigint, bigint> {
  const after = new Map(before);
  for (const [key, value] of diff.get(address)?.storage ?? []) after.set(key, value);
  return after;
}

const contractWith = (code: Uint8Array, slots: ReadonlyMap<bigint, bigint>): [Address, GenesisAccount] => [
  CONTRACT,
  account({ nonce: 1n, balance: 1n, code, storage: slots }),
];

describe.each(GENERATIONS)('$name', (fork: Fork) => {
  test('any sequence of accesses costs, refunds and stores as the EIPs say', () => {
    fc.assert(
      fc.property(storage, accesses, (before, sequence) => {
        const code = program(...sequence.flatMap(codeOf));
        const result = execute([], { fork, gas: GAS, world: [contractWith(code, before)] });
        const model = new StorageModel(fork, before);
        for (const one of sequence) take(model, one);
        expect(result.status).toBe('success');
        const gas = sequence.reduce((sum, one) => sum + around(one), model.gas);
        expect(result.gasUsed).toBe(BigInt(gas));
        expect(result.gasRefund).toBe(BigInt(model.refund));
        const after = storedBy(result, CONTRACT, before);
        for (const { key } of sequence) expect(after.get(key) ?? 0n).toBe(model.value(key));
      }),
      { numRuns: 50 },
    );
  });

  // In the callee's frame: its failure takes back values, refunds and warmth, and never its gas.
  test('a frame that fails takes its accesses back', () => {
    fc.assert(
      fc.property(storage, accesses, accesses, accesses, (before, first, inside, last) => {
        const failing = account({ code: program(...inside.flatMap(codeOf), 0xfe) });
        const pieces: Piece[] = [
          ...first.flatMap(codeOf),
          0n,
          0n,
          0n,
          0n,
          0n,
          wordOf(OTHER),
          2_000_000n,
          'CALLCODE',
          'POP',
          ...last.flatMap(codeOf),
        ];
        const world = [
          contractWith(program(...pieces), before),
          [OTHER, failing] as [Address, GenesisAccount],
        ];
        const result = execute([], { fork, gas: GAS, world });
        const model = new StorageModel(fork, before);
        for (const one of first) take(model, one);
        const undo = model.checkpoint();
        const spent = model.gas;
        for (const one of inside) take(model, one);
        undo();
        model.gas = spent;
        for (const one of last) take(model, one);
        expect(result.status).toBe('success');
        expect(result.gasRefund).toBe(BigInt(model.refund));
        const after = storedBy(result, CONTRACT, before);
        for (const { key } of [...first, ...inside, ...last])
          expect(after.get(key) ?? 0n).toBe(model.value(key));
        // INVALID burns all that was forwarded; what is around the call: seven pushes, its price, POP.
        const price = { Frontier: 40n, Berlin: 2600n, London: 2600n }[fork.name] ?? 700n;
        const own = [...first, ...last].reduce((sum, one) => sum + around(one), model.gas);
        expect(result.gasUsed).toBe(BigInt(own) + 21n + price + 2n + 2_000_000n);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the sentry', () => {
  const need = (left: bigint): bigint => 6n + left;
  test.each([istanbul, london, osaka])('of $name halts where no more than 2300 is left', (fork) => {
    // Writing what is there already is the cheapest write of all: 800 or 2200 gas.
    const write: Piece[] = [0n, 0n, 'SSTORE'];
    expect(execute(write, { fork, gas: need(2300n) }).halt).toMatchObject({ reason: 'outOfGas', pc: 4 });
    expect(execute(write, { fork, gas: need(2301n) }).status).toBe('success');
  });

  test.each([homestead, byzantium])('is not in $name', (fork) => {
    expect(execute([0n, 0n, 'SSTORE'], { fork, gas: need(5000n) }).status).toBe('success');
    expect(execute([0n, 0n, 'SSTORE'], { fork, gas: need(4999n) }).halt?.reason).toBe('outOfGas');
  });

  test('is not in Constantinople, whose cheapest write costs 200', () => {
    const fork = PLAIN_FORKS.find(({ name }) => name === 'Constantinople')!;
    expect(execute([0n, 0n, 'SSTORE'], { fork, gas: need(200n) }).status).toBe('success');
  });
});

describe('transient storage', () => {
  test('is zero until written, and gone after the transaction', () => {
    const read = execute([
      1n,
      'TLOAD',
      0n,
      'MSTORE',
      5n,
      1n,
      'TSTORE',
      1n,
      'TLOAD',
      32n,
      'MSTORE',
      64n,
      0n,
      'RETURN',
    ]);
    expect(bytesToBigInt(read.output)).toBe(5n);
    expect(read.diff.get(CONTRACT)).toBeUndefined();
  });

  test('keeps what a model keeps, for a hundred gas each', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value, fc.boolean()), { minLength: 1, maxLength: 40 }), (steps) => {
        const model = new Map<bigint, bigint>();
        let sum = 0n;
        const pieces = steps.flatMap(([at, what, isStore]): Piece[] => {
          if (isStore) {
            model.set(at, what);
            return [what, at, 'TSTORE'];
          }
          sum = BigInt.asUintN(256, sum + (model.get(at) ?? 0n));
          return [at, 'TLOAD', 'ADD'];
        });
        const result = execute([0n, ...pieces, 0n, 'MSTORE', 32n, 0n, 'RETURN'], { fork: cancun });
        expect(bytesToBigInt(result.output)).toBe(sum);
        expect(result.gasUsed).toBe(3n + BigInt(steps.length) * 106n + 15n);
        expect(result.gasRefund).toBe(0n);
      }),
      { numRuns: 60 },
    );
  });
});
