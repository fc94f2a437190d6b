/** Transactions for tests of rule sets: sent in one call, and told in words. */

import { type Address, toHex } from '../../src/bytes.ts';
import type { TransactionResult } from '../../src/chain/evm.ts';
import type { UnsignedTransaction } from '../../src/chain/transaction.ts';
import type { Fork } from '../../src/protocol/forks.ts';
import type { GenesisAccount } from '../../src/state/diff.ts';
import { memoryState } from '../../src/state/memory.ts';
import { runSync } from '../../src/task.ts';
import { CALLER, CONTRACT, evmOf, type Piece, program, wordOf, worldOf } from '../machine/program.ts';

const SYSTEM: Address = '0xfffffffffffffffffffffffffffffffffffffffe';
const TRANSFER = 0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3efn;
const BURN = 0xcc16f5dbb4873280815c1ee09dbd06736cffcc184412cf7a71a0fdb75d397ca5n;

/** What a transaction is sent with. */
export interface Sent {
  readonly to?: Address | null;
  readonly value?: bigint;
  readonly data?: Uint8Array;
  readonly gasLimit?: bigint;
  readonly world?: Iterable<[Address, GenesisAccount]>;
  readonly blockGasLimit?: bigint;
  readonly more?: Partial<UnsignedTransaction>;
}

/** What is there besides the contract and its caller. */
export type World = [Address, GenesisAccount][];

/** No fork assigns it. */
export const INVALID = 0xfe;

/** Regular and state gas, as the block counts them. */
export const both = ({ regularGasUsed, stateGasUsed }: TransactionResult): [bigint, bigint] => [
  regularGasUsed,
  stateGasUsed,
];

/** What sends a transaction by these rules, or by others that it is told. */
export const sendUnder =
  (rules: Fork) =>
  (
    pieces: readonly Piece[],
    { fork = rules, ...sent }: Sent & { readonly fork?: Fork } = {},
  ): TransactionResult =>
    send(fork, pieces, sent);

/** Sends a transaction to a contract of these pieces, or to somewhere else in its world. */
export function send(fork: Fork, pieces: readonly Piece[], sent: Sent = {}): TransactionResult {
  const { to = CONTRACT, value = 0n, data = new Uint8Array(0), world, more } = sent;
  const { gasLimit = 10_000_000n, blockGasLimit = 120_000_000n } = sent;
  const tx = { type: 0, nonce: 0n, gasPrice: 0n, gasLimit, to, value, data, ...more } as UnsignedTransaction;
  const source = memoryState(worldOf(program(...pieces), world));
  return runSync(evmOf(fork).transact(tx, { gasLimit: blockGasLimit }, { sender: CALLER }), source);
}

/** The logs that the protocol itself writes, in words. */
export function systemLogs({ logs }: TransactionResult): string[] {
  const short = (topic: bigint): string => `0x${topic.toString(16).padStart(40, '0')}`;
  return logs.map(({ address, topics, data }) => {
    if (address !== SYSTEM) return 'own';
    const kind = topics[0] === TRANSFER ? 'transfer' : topics[0] === BURN ? 'burn' : 'unknown';
    return [kind, ...topics.slice(1).map(short), BigInt(toHex(data))].join(' ');
  });
}

/** Sends wei on, with all gas. */
export const callWith = (to: Address, value: bigint): readonly Piece[] => [
  ...([0n, 0n, 0n, 0n] as const),
  value,
  wordOf(to),
  'GAS',
  'CALL',
  'POP',
];

/** Creates a contract of initcode that fits a word, with wei; its address is on top of the stack then. */
export function createWith(initcode: Uint8Array, value: bigint): readonly Piece[] {
  const word = new Uint8Array(32);
  word.set(initcode);
  return [BigInt(toHex(word)), 0n, 'MSTORE', BigInt(initcode.length), 0n, value, 'CREATE'];
}
