/** What a case comes to in this process, and as text, so that two runs can be held against each other. */

import { type Address, type Hex, toHex } from '../bytes.ts';
import { createEvm, type Evm, type TransactionResult, type TransactOptions } from '../chain/evm.ts';
import { officialExceptionName } from '../chain/officialExceptions.ts';
import { blockHashOfNumber, logsHash } from '../conformance/stateTestMachine.ts';
import { withRewardOfZero } from '../conformance/stateTests.ts';
import { InvalidTransaction } from '../errors.ts';
import type { Tier } from '../machine/tier.ts';
import type { Fork } from '../protocol/forks.ts';
import { applyDiff } from '../state/applyDiff.ts';
import type { Alloc } from '../state/diff.ts';
import { memoryState } from '../state/memory.ts';
import type { StateSource } from '../state/source.ts';
import { runSync, type Task } from '../task.ts';
import { stateRoot } from '../trie/stateRoot.ts';
import { type Expectation, type FuzzCase, SENDER } from './fuzzCase.ts';

/** What a transaction came to, or why it is none. */
export type Outcome = TransactionResult | InvalidTransaction;

const evms = new Map<Tier, Map<Fork, Evm>>();

/** The EVM of a fork and a tier; making one takes longer than most runs. */
function evmOf(fork: Fork, tier: Tier): Evm {
  let byFork = evms.get(tier);
  if (byFork === undefined) evms.set(tier, (byFork = new Map()));
  let evm = byFork.get(fork);
  if (evm === undefined) byFork.set(fork, (evm = createEvm({ fork, tier })));
  return evm;
}

/** The state of a case, at hand. */
export const sourceOf = ({ pre }: FuzzCase): StateSource => memoryState(pre, blockHashOfNumber);

/** A case as a task. */
export function taskOf(
  { fork, transaction, block }: FuzzCase,
  tier: Tier,
  options: TransactOptions = {},
): Task<TransactionResult> {
  return evmOf(fork, tier).transact(transaction, block, { sender: SENDER, ...options });
}

/** Runs a case on state at hand. */
export function runCase(fuzzCase: FuzzCase, tier: Tier, options: TransactOptions = {}): Outcome {
  return outcomeOf(() => runSync(taskOf(fuzzCase, tier, options), sourceOf(fuzzCase)));
}

/** What a run comes to, where it may find the transaction invalid. */
export function outcomeOf(run: () => TransactionResult): Outcome {
  try {
    return run();
  } catch (error) {
    if (error instanceof InvalidTransaction) return error;
    throw error;
  }
}

/** An outcome as text, a fact a line: equal outcomes and only those give equal texts. */
export function outcomeText(outcome: Outcome): string {
  if (outcome instanceof InvalidTransaction) return `invalid transaction: ${outcome.fault}`;
  const { status, halt, output, gasUsed, gasRefunded, regularGasUsed, stateGasUsed, blobGasUsed } = outcome;
  const where = halt === undefined ? '' : ` ${halt.reason} at ${halt.pc} (${halt.opcode})`;
  return [
    `status ${status}${where}`,
    `output ${toHex(output)}`,
    `gas used ${gasUsed}, refunded ${gasRefunded}, left ${outcome.gasLeft}`,
    `gas of the block ${regularGasUsed}, of state ${stateGasUsed}, of blobs ${blobGasUsed}`,
    `created ${outcome.created}`,
    ...outcome.logs.map(
      ({ address, topics, data }) => `log ${address} ${topics.map(hex).join(' ')} ${toHex(data)}`,
    ),
    ...[...outcome.diff].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(diffLines),
  ].join('\n');
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;

function diffLines([address, { after, code, storageCleared, storage }]: [
  Address,
  TransactionResult['diff'] extends ReadonlyMap<Address, infer D> ? D : never,
]): string[] {
  const account =
    after === undefined
      ? 'gone'
      : `nonce ${after.nonce} balance ${after.balance} code ${after.codeHash}${code === undefined ? '' : ' (new)'}`;
  return [
    `${address} ${account}${storageCleared ? ' storage cleared' : ''}`,
    ...[...storage]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${address} slot ${hex(key)} ${hex(value)}`),
  ];
}

/** The first lines in which two outcomes differ; undefined where they do not. */
export function firstDifference(one: string, other: string): readonly [string, string] | undefined {
  if (one === other) return undefined;
  const [a, b] = [one.split('\n'), other.split('\n')];
  const at = a.findIndex((line, index) => line !== b[index]);
  return at < 0 ? ['(nothing)', b[a.length]] : [a[at], b[at] ?? '(nothing)'];
}

/** What a state test says of an outcome. */
export function expectationOf(fuzzCase: FuzzCase, outcome: Outcome): Expectation {
  const { pre } = fuzzCase;
  if (outcome instanceof InvalidTransaction) {
    const exception = officialExceptionName(outcome);
    return { stateRoot: rootOf(pre), logsHash: logsHash([]), post: pre, exception };
  }
  const post = withRewardOfZero(applyDiff(pre, outcome.diff), fuzzCase);
  return { stateRoot: rootOf(post), logsHash: logsHash(outcome.logs), post, exception: undefined };
}

const rootOf = (alloc: Alloc): Hex => toHex(stateRoot(alloc));
