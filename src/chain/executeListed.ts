/**
 * Executing a block by its access list, in no order: transactions run side by side, each on the state that the list
 * says was before it, while the root of the state that the list leads to is computed. A list that turns out not to be
 * true leaves it to execution in order to say what is wrong with the block.
 */

import type { Address } from '../bytes.ts';
import { InvalidTransaction } from '../errors.ts';
import type { BlockContext } from '../machine/environment.ts';
import type { Fork } from '../protocol/forks.ts';
import type { BlockAccessList } from '../state/accessRecorder.ts';
import type { AsyncStateSource, StateSource } from '../state/source.ts';
import { State } from '../state/state.ts';
import { run, type Task } from '../task.ts';
import type { Block } from './block.ts';
import { orderFault } from './blockAccessListOrder.ts';
import type { Evm } from './evm.ts';
import {
  afterTransactions,
  applyWithdrawals,
  type BlockResult,
  type BlockSetting,
  beforeTransactions,
  blockContext,
  blockResult,
  contentRoots,
  type ExecutedTransactions,
  roomAfter,
} from './executeBlock.ts';
import { accessesNamed, listedFacts } from './listedFacts.ts';
import { ListedState, listedDiff, UntrueList } from './listedState.ts';
import {
  checkGone,
  executeOpen,
  executeShare,
  type ListedOutcome,
  type ListedShare,
  type ListedWork,
} from './listedTransactions.ts';
import type { Receipt } from './receipt.ts';
import { accessListOf } from './transaction.ts';
import { checkTransaction, emptyBlockRoom } from './transactionValidity.ts';

/** Others who take transactions: threads, or none. */
export interface BlockWorkers {
  /**
   * Has every worker take transactions until there are none left.
   * @throws what broke a worker; the block is then executed in order
   */
  execute(work: ListedWork, fork: Fork): Promise<readonly ListedShare[]>;
}

/** Nobody: this thread takes all transactions. */
export const NO_WORKERS: BlockWorkers = { execute: async () => [] };

/**
 * Executes a block by the list that its header commits to.
 * @param source the parent's state; all that is listed is read beforehand, and many at once
 * @param senders of its transactions, where they are known; whoever executes one recovers its sender otherwise
 * @returns undefined where the list is not the block's or not true, or cannot be followed: then the block is to be
 * executed in order, which says what is wrong with it if anything is
 * @throws {InvalidBlock} when requests cannot be collected
 */
export async function executeListedBlock(
  evm: Evm,
  block: Block,
  list: BlockAccessList,
  setting: BlockSetting,
  source: StateSource | AsyncStateSource,
  workers: BlockWorkers = NO_WORKERS,
  senders?: readonly Address[],
): Promise<BlockResult | undefined> {
  if (orderFault(list, block.transactions.length + 2) !== undefined) return undefined;
  if (block.header.blockAccessListHash === undefined) return undefined;
  const work = await listedWork(block, list, setting, source, senders);
  const elsewhere = workers.execute(work, evm.fork).catch(() => undefined);
  try {
    return await executeWork(evm, block, work, setting, source, elsewhere);
  } catch (error) {
    if (error instanceof UntrueList) return undefined;
    throw error;
  } finally {
    // nobody takes any more
    Atomics.store(new Int32Array(work.taken), 0, work.transactions.length);
    await elsewhere;
  }
}

async function listedWork(
  block: Block,
  list: BlockAccessList,
  { chainId }: BlockSetting,
  source: StateSource | AsyncStateSource,
  senders: readonly Address[] | undefined,
): Promise<ListedWork> {
  const named = accessesNamed(block.transactions.flatMap(accessListOf));
  const [facts, namedFacts] = await Promise.all([listedFacts(list, source), listedFacts(named, source)]);
  return {
    block: blockContext(block.header, chainId),
    transactions: block.encodedTransactions,
    senders,
    list,
    facts,
    named,
    namedFacts,
    taken: sharedCounter(),
  };
}

/** Memory that threads share, where there is such a thing; where not, there are no threads either. */
function sharedCounter(): SharedArrayBuffer | ArrayBuffer {
  return typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(4) : new SharedArrayBuffer(4);
}

async function executeWork(
  evm: Evm,
  block: Block,
  work: ListedWork,
  setting: BlockSetting,
  source: StateSource | AsyncStateSource,
  elsewhere: Promise<readonly ListedShare[] | undefined>,
): Promise<BlockResult> {
  const { list, facts } = work;
  const last = block.transactions.length + 1;
  const listed = new ListedState(list, facts);
  const tally = new Tally(listed);
  const step = <T>(index: number, task: (state: State) => Task<T>): Promise<T> =>
    executeStep(listed, index, source, tally, task);

  await step(0, (state) => beforeTransactions(evm, block, work.block, state, setting));
  // While others execute: what the block commits to, and where the list leads to does not wait for them.
  const diff = listedDiff(list, facts);
  const roots = contentRoots(block, setting.rootAfter(diff), list);
  if (roots.blockAccessListHash !== block.header.blockAccessListHash) {
    throw new UntrueList("the list is not the block's");
  }
  if (roots.stateRoot !== block.header.stateRoot) {
    throw new UntrueList('the list leads to another state than the header says');
  }
  tally.add(executeShare(evm, work));
  const shares = await elsewhere;
  if (shares === undefined) throw new UntrueList('a worker broke down');
  for (const share of shares) tally.add(share);
  if (tally.open.length > 0) tally.add(await executeOpen(evm, work, tally.open, source));

  const executed = executedTransactions(block, work.block, evm.fork, tally.outcomes);
  const requests = await step(last, function* (state) {
    yield* applyWithdrawals(evm, block, state);
    return yield* afterTransactions(evm, block, executed.receipts, work.block, state, setting);
  });
  tally.checkComplete();
  return blockResult(evm.fork, block, executed, requests, diff, roots);
}

/** A step of the block itself. */
async function executeStep<T>(
  listed: ListedState,
  index: number,
  source: StateSource | AsyncStateSource,
  tally: Tally,
  task: (state: State) => Task<T>,
): Promise<T> {
  const state = new State();
  const accesses = state.recordAccesses();
  const value = await run(task(state), listed.before(index, source));
  accesses.endStep();
  tally.changes += listed.check(index, accesses.list());
  checkGone(state, index);
  return value;
}

/** Adds up what was done, and sees whether that is all that the list says. */
class Tally {
  readonly #listed: ListedState;
  readonly outcomes: ListedOutcome[] = [];
  readonly open: number[] = [];
  changes = 0;

  constructor(listed: ListedState) {
    this.#listed = listed;
  }

  add({ outcomes, open, changes, reached, untrue }: ListedShare): void {
    if (untrue !== undefined) throw new UntrueList(untrue);
    this.outcomes.push(...outcomes);
    this.open.push(...open);
    this.changes += changes;
    const all = this.#listed.reached;
    for (let i = 0; i < all.length; i++) all[i] |= reached[i];
  }

  /** @throws {UntrueList} where the list has an account, a slot or a change of which nothing came */
  checkComplete(): void {
    const { list, reached } = this.#listed;
    if (reached.includes(0)) throw new UntrueList('the list names what nothing reached');
    let listed = 0;
    for (const { balanceChanges, nonceChanges, codeChanges, storageChanges } of list) {
      listed += balanceChanges.length + nonceChanges.length + codeChanges.length;
      for (const { changes } of storageChanges) listed += changes.length;
    }
    if (listed !== this.changes) throw new UntrueList('the list has changes that nothing made');
  }
}

/** The receipts, and whether there was room for each transaction when its turn would have been. */
function executedTransactions(
  { transactions }: Block,
  context: BlockContext,
  fork: Fork,
  outcomes: readonly ListedOutcome[],
): ExecutedTransactions {
  if (outcomes.length !== transactions.length) {
    throw new UntrueList(`expected ${transactions.length} transactions, got ${outcomes.length} done`);
  }
  const receipts: Receipt[] = [];
  let room = emptyBlockRoom(context, fork);
  let cumulativeGasUsed = 0n;
  for (const outcome of [...outcomes].sort((a, b) => a.index - b.index)) {
    const tx = transactions[outcome.index];
    try {
      checkTransaction(tx, outcome.sender, fork, context, room);
    } catch (error) {
      if (error instanceof InvalidTransaction) throw new UntrueList(error.message);
      throw error;
    }
    room = roomAfter(room, outcome);
    cumulativeGasUsed += outcome.gasUsed;
    const { succeeded, logs, logsBloom } = outcome;
    receipts.push({ type: tx.type, outcome: succeeded, cumulativeGasUsed, logsBloom, logs });
  }
  return { receipts, room };
}
