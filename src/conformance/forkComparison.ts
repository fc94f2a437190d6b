/** One transaction under two rule sets: what comes out of each, how they differ, and what is to blame. */

import { type Address, equalBytes } from '../bytes.ts';
import { createEvm, type Evm, type TransactionResult } from '../chain/evm.ts';
import { maxBlobGas } from '../chain/fees.ts';
import type { UnsignedTransaction } from '../chain/transaction.ts';
import { InvalidTransaction, type TransactionFault } from '../errors.ts';
import type { BlockContext } from '../machine/environment.ts';
import type { HaltReason } from '../machine/result.ts';
import { SYSTEM_ADDRESS } from '../machine/transfer.ts';
import type { Fork } from '../protocol/forks.ts';
import { withBalance } from '../state/changedSource.ts';
import type { StateDiff } from '../state/diff.ts';
import type { Log } from '../state/log.ts';
import type { StateSource } from '../state/source.ts';
import { runSync } from '../task.ts';
import { diffDifferences } from './diffDifferences.ts';
import { FrameEnds } from './frameEnds.ts';

/** A transaction with the world that it runs in. */
export interface ComparedTransaction {
  readonly name: string;
  readonly transaction: UnsignedTransaction;
  readonly sender: Address;
  readonly block: BlockContext;
  /** the gas that it may use, where that is not the block's limit */
  readonly room?: bigint | undefined;
  /** the state before it */
  readonly source: StateSource;
}

/** What became of it under one rule set. */
export interface SideOutcome {
  readonly status: 'success' | 'revert' | 'halt' | 'invalid';
  /** why it cannot be in a block, where it is invalid */
  readonly fault: TransactionFault | undefined;
  /** what the sender pays; 0 where it is invalid, like the next two */
  readonly gasUsed: bigint;
  readonly regularGasUsed: bigint;
  readonly stateGasUsed: bigint;
  readonly output: Uint8Array;
  /** those of contracts */
  readonly logs: readonly Log[];
  /** how many the protocol itself wrote (https://eips.ethereum.org/EIPS/eip-7708) */
  readonly protocolLogs: number;
  readonly diff: StateDiff;
}

/**
 * - `same`: everything is, the gas too
 * - `gas`: all but what it costs, and what that does to the sender's and the coinbase's balances
 * - `changed`: it ends alike, but returns, logs or leaves something else; or it fails in another way
 * - `breaks`: it succeeded, and does not any more
 * - `mends`: the other way round
 */
export type ComparisonVerdict = 'same' | 'gas' | 'changed' | 'breaks' | 'mends';

/** Where the two runs first part. */
export interface Cause {
  readonly reason: HaltReason | TransactionFault | 'revert';
  /** the opcode at which the frame stopped; undefined where it was none */
  readonly opcode: string | undefined;
  /** whose code it was, and where in it */
  readonly address: Address | undefined;
  readonly pc: number | undefined;
}

/** How the two outcomes compare. */
export interface Comparison {
  readonly name: string;
  readonly verdict: ComparisonVerdict;
  readonly before: SideOutcome;
  readonly after: SideOutcome;
  /** what differs, a line each */
  readonly differences: readonly string[];
  /** undefined where nothing breaks or changes, or no frame ends otherwise */
  readonly cause: Cause | undefined;
  /** gas that it uses where it has plenty, if it succeeds with that */
  readonly gasNeeded: bigint | undefined;
}

const evms = new Map<Fork, Evm>();

function evmOf(fork: Fork): Evm {
  let evm = evms.get(fork);
  if (evm === undefined) evms.set(fork, (evm = createEvm({ fork })));
  return evm;
}

/** Runs a transaction under two rule sets. */
export function compareForks(compared: ComparedTransaction, before: Fork, after: Fork): Comparison {
  const one = outcomeOf(compared, before);
  const other = outcomeOf(compared, after);
  const differences = differencesOf(compared, one, other);
  const verdict = verdictOf(one, other, differences);
  const isWorthWhile = verdict === 'breaks' || verdict === 'changed';
  return {
    name: compared.name,
    verdict,
    before: one,
    after: other,
    differences,
    cause: isWorthWhile ? causeOf(compared, before, after, other) : undefined,
    gasNeeded: verdict === 'breaks' ? gasNeeded(compared, after) : undefined,
  };
}

function outcomeOf(compared: ComparedTransaction, fork: Fork): SideOutcome {
  try {
    const result = transact(compared, fork);
    const logs = result.logs.filter(({ address }) => address !== SYSTEM_ADDRESS);
    const protocolLogs = result.logs.length - logs.length;
    return { ...result, diff: result.diff, fault: undefined, logs, protocolLogs };
  } catch (error) {
    if (!(error instanceof InvalidTransaction)) throw error;
    const none = { gasUsed: 0n, regularGasUsed: 0n, stateGasUsed: 0n, protocolLogs: 0, logs: [] };
    return { status: 'invalid', fault: error.fault, output: NO_BYTES, diff: new Map(), ...none };
  }
}

const NO_BYTES = new Uint8Array(0);

function transact(compared: ComparedTransaction, fork: Fork, tracer?: FrameEnds): TransactionResult {
  const { transaction, sender, block, source, room } = compared;
  const context = fork.rules.baseFee ? block : { ...block, baseFee: 0n };
  const options = {
    sender,
    ...(tracer === undefined ? {} : { tracer }),
    ...(room === undefined ? {} : { room: { gas: room, stateGas: room, blobGas: maxBlobGas(fork) } }),
  };
  return runSync(evmOf(fork).transact(transaction, context, options), source);
}

function differencesOf(
  { sender, block }: ComparedTransaction,
  one: SideOutcome,
  other: SideOutcome,
): string[] {
  const lines: string[] = [];
  if (one.status !== other.status) {
    lines.push(`status: ${one.fault ?? one.status}, then ${other.fault ?? other.status}`);
  }
  if (!equalBytes(one.output, other.output)) {
    lines.push(`output: ${one.output.length} bytes, then ${other.output.length} others`);
  }
  if (!areSameLogs(one.logs, other.logs)) {
    lines.push(`logs: ${one.logs.length}, then ${other.logs.length} others`);
  }
  lines.push(...diffDifferences(one.diff, other.diff, new Set([sender, block.coinbase])));
  return lines;
}

function areSameLogs(one: readonly Log[], other: readonly Log[]): boolean {
  if (one.length !== other.length) return false;
  return one.every(({ address, topics, data }, i) => {
    const log = other[i];
    return address === log.address && `${topics}` === `${log.topics}` && equalBytes(data, log.data);
  });
}

function verdictOf(one: SideOutcome, other: SideOutcome, differences: readonly string[]): ComparisonVerdict {
  if (one.status === 'success' && other.status !== 'success') return 'breaks';
  if (one.status !== 'success' && other.status === 'success') return 'mends';
  if (differences.length > 0) return 'changed';
  return one.gasUsed === other.gasUsed ? 'same' : 'gas';
}

/** The first frame that ends in the second run as none does in the first. */
function causeOf(
  compared: ComparedTransaction,
  before: Fork,
  after: Fork,
  outcome: SideOutcome,
): Cause | undefined {
  if (outcome.fault !== undefined) {
    return { reason: outcome.fault, opcode: undefined, address: undefined, pc: undefined };
  }
  const [one, other] = [before, after].map((fork) => {
    const ends = new FrameEnds();
    try {
      transact(compared, fork, ends);
    } catch (error) {
      if (!(error instanceof InvalidTransaction)) throw error;
    }
    return ends.ended;
  });
  const parted = other.find((end, i) => one[i]?.status !== end.status || one[i].address !== end.address);
  if (parted === undefined || parted.status === 'success') return undefined;
  const { halt, address } = parted;
  return { reason: halt?.reason ?? 'revert', opcode: halt?.name, address, pc: halt?.pc };
}

/** More than any transaction uses, and still a gas limit. */
const PLENTY = 10n ** 12n;

function gasNeeded(compared: ComparedTransaction, fork: Fork): bigint | undefined {
  const { transaction, sender, source } = compared;
  const most = fork.params.maxTxGas;
  const gasLimit = most === Number.POSITIVE_INFINITY ? PLENTY : BigInt(most);
  const rich = withBalance(source, sender, (source.account(sender)?.balance ?? 0n) + 2n ** 200n);
  try {
    const result = transact(
      { ...compared, transaction: { ...transaction, gasLimit }, source: rich, room: PLENTY },
      fork,
    );
    return result.status === 'success' ? result.gasUsed : undefined;
  } catch (error) {
    if (error instanceof InvalidTransaction) return undefined;
    throw error;
  }
}
