/** A small world for tests of tracers, and a transaction in it that does a bit of everything. */

import { type Address, fromHex } from '../../src/bytes.ts';
import { createEvm } from '../../src/chain/evm.ts';
import type { UnsignedTransaction } from '../../src/chain/transaction.ts';
import { type Fork, osaka } from '../../src/protocol/forks.ts';
import type { Alloc } from '../../src/state/diff.ts';
import { memoryState } from '../../src/state/memory.ts';
import type { AsyncStateSource, StateSource } from '../../src/state/source.ts';
import { run, runSync } from '../../src/task.ts';
import type { ResultTracer } from '../../src/trace/namedTracer.ts';
import { traceTransaction } from '../../src/trace/traceTransaction.ts';
import {
  type Accounts,
  account,
  CALLER,
  CONTRACT,
  call,
  contractAt,
  OTHER,
  type Piece,
  program,
  wordOf,
} from '../machine/program.ts';

export const GAS_LIMIT = 1_000_000n;
export const BLOCK = {
  number: 5n,
  coinbase: '0xc01bba5e00000000000000000000000000000007',
  baseFee: 0n,
} as const;

/** Code that reverts with `Error("no")`. */
export const revertWithReason: readonly Piece[] = [
  fromHex('7f08c379a000000000000000000000000000000000000000000000000000000000'),
  0n,
  'MSTORE',
  32n,
  4n,
  'MSTORE',
  2n,
  36n,
  'MSTORE',
  fromHex('7f6e6f000000000000000000000000000000000000000000000000000000000000'),
  68n,
  'MSTORE',
  100n,
  0n,
  'REVERT',
];

/** A world of the contract with this code, and others. */
export function worldOf(code: readonly Piece[], others: Accounts = []): Alloc {
  return new Map([
    [CALLER, account({ balance: 10n ** 20n })],
    [
      CONTRACT,
      account({ nonce: 1n, balance: 10n ** 18n, code: program(...code), storage: new Map([[7n, 42n]]) }),
    ],
    ...others,
  ]);
}

/** A source that answers later. */
export function remote(source: StateSource): AsyncStateSource {
  return {
    account: async (address) => source.account(address),
    code: async (hash, address) => source.code(hash, address),
    slot: async (address, key) => source.slot(address, key),
    blockHash: async (number) => source.blockHash(number),
  };
}

/** What a transaction is besides its call of the contract. */
export interface Sent {
  readonly fork?: Fork;
  readonly data?: Uint8Array;
  readonly value?: bigint;
  readonly to?: Address | null;
  readonly gasLimit?: bigint;
}

/**
 * Traces a transaction on a world at hand, and once more on one that is remote and in small slices: a tracer must see
 * the same.
 */
export async function traced<T>(
  make: () => ResultTracer<T> | Promise<ResultTracer<T>>,
  world: Alloc,
  { fork = osaka, data = new Uint8Array(0), value = 0n, to = CONTRACT, gasLimit = GAS_LIMIT }: Sent = {},
): Promise<T> {
  const evm = createEvm({ fork });
  const tx: UnsignedTransaction = { type: 0, nonce: 0n, gasPrice: 1n, gasLimit, to, value, data };
  const source = memoryState(world);
  const options = { sender: CALLER } as const;
  const result = runSync(traceTransaction(evm, tx, BLOCK, await make(), options), source);
  const sliced = { ...options, sliceGas: 700 };
  const later = await run(traceTransaction(evm, tx, BLOCK, await make(), sliced), remote(source));
  if (JSON.stringify(later) !== JSON.stringify(result)) {
    throw new Error(`paused: ${JSON.stringify(later)}\nnot paused: ${JSON.stringify(result)}`);
  }
  return result;
}

/** Calls the other contract with value and data, asks a precompile, logs, stores, and returns a word. */
export const BUSY: readonly Piece[] = [
  0x11223344n,
  0n,
  'MSTORE',
  ...call('CALL', OTHER, { value: 3n, input: [28n, 4n] }),
  'POP',
  ...call('STATICCALL', 4n, { input: [28n, 4n], output: [32n, 4n] }),
  'POP',
  7n,
  'SLOAD',
  1n,
  'ADD',
  7n,
  'SSTORE',
  0xabn,
  4n,
  28n,
  'LOG1',
  32n,
  0n,
  'KECCAK256',
  0n,
  'MSTORE',
  32n,
  0n,
  'RETURN',
];

/** The other contract: it reverts. */
export const REVERTS: Accounts = [contractAt(OTHER, ...revertWithReason)];

export { type Accounts, account, CALLER, CONTRACT, call, contractAt, OTHER, type Piece, program, wordOf };
