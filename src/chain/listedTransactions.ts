/** Executing a block's transactions apart from each other, each on the state that the access list says was before it. */

import type { Address } from '../bytes.ts';
import { InvalidTransaction, MissingState } from '../errors.ts';
import type { BlockContext, Log } from '../machine/environment.ts';
import type { BlockAccessList } from '../state/accessRecorder.ts';
import type { AsyncStateSource, StateSource } from '../state/source.ts';
import { State } from '../state/state.ts';
import { run, runSync, type Task } from '../task.ts';
import { bloomOf } from './bloom.ts';
import type { Evm } from './evm.ts';
import { type ListedFacts, ListedState, UntrueList } from './listedState.ts';
import { decodeTransaction } from './transactionCodec.ts';
import { recoverSender } from './transactionSender.ts';

/** All that executing a block's transactions takes besides its rules. Plain data, which may go to other threads. */
export interface ListedWork {
  readonly block: BlockContext;
  /** as the trie of transactions holds them */
  readonly transactions: readonly Uint8Array[];
  /** who sent each, where that is known */
  readonly senders: readonly Address[] | undefined;
  readonly list: BlockAccessList;
  readonly facts: ListedFacts;
  /** what the transactions' own access lists name, as a list */
  readonly named: BlockAccessList;
  readonly namedFacts: ListedFacts;
  /** counts the transactions that were taken: shared by all who take some */
  readonly taken: SharedArrayBuffer | ArrayBuffer;
}

/** What came of one transaction. */
export interface ListedOutcome {
  readonly index: number;
  readonly sender: Address;
  readonly succeeded: boolean;
  readonly gasUsed: bigint;
  readonly regularGasUsed: bigint;
  readonly stateGasUsed: bigint;
  readonly blobGasUsed: bigint;
  readonly logs: readonly Log[];
  /** their filter */
  readonly logsBloom: Uint8Array;
}

/** What one of those did who share the work. */
export interface ListedShare {
  readonly outcomes: readonly ListedOutcome[];
  /** transactions that need what was not at hand: block hashes, or accounts that no list names */
  readonly open: readonly number[];
  /** how many changes the transactions made, all of them listed */
  readonly changes: number;
  /** 1 for each account and slot of the list that was reached */
  readonly reached: Uint8Array;
  /** why the list cannot be followed */
  readonly untrue: string | undefined;
}

/** Answers nothing: what is not at hand is left to whoever has all of the state. */
const NOTHING_AT_HAND: StateSource = {
  account: (address) => missing(address),
  code: (_codeHash, address) => missing(address),
  slot: (address) => missing(address),
  blockHash: (number) => missing(`block ${number}`),
};

function missing(what: string): never {
  throw new MissingState(`${what}: expected it to be listed`);
}

/** Takes transactions until there are none left. */
export function executeShare(evm: Evm, work: ListedWork): ListedShare {
  const taken = new Int32Array(work.taken);
  const state = new ListedState(work.list, work.facts);
  const rest = new ListedState(work.named, work.namedFacts).before(0, NOTHING_AT_HAND);
  const outcomes: ListedOutcome[] = [];
  const open: number[] = [];
  let changes = 0;
  let untrue: string | undefined;
  for (let index = next(taken); index < work.transactions.length; index = next(taken)) {
    try {
      const { outcome, changes: made } = runSync(
        executeListed(evm, work, index, state),
        state.before(index + 1, rest),
      );
      outcomes.push(outcome);
      changes += made;
    } catch (error) {
      if (error instanceof MissingState) {
        open.push(index);
        continue;
      }
      untrue = reasonOf(error);
      // nobody needs the others any more
      Atomics.store(taken, 0, work.transactions.length);
      break;
    }
  }
  return { outcomes, open, changes, reached: state.reached, untrue };
}

/** Executes what a share left open, with all of the parent's state within reach. */
export async function executeOpen(
  evm: Evm,
  work: ListedWork,
  open: readonly number[],
  source: StateSource | AsyncStateSource,
): Promise<ListedShare> {
  const state = new ListedState(work.list, work.facts);
  const outcomes: ListedOutcome[] = [];
  let changes = 0;
  try {
    for (const index of open) {
      const done = await run(executeListed(evm, work, index, state), state.before(index + 1, source));
      outcomes.push(done.outcome);
      changes += done.changes;
    }
  } catch (error) {
    return { outcomes, open: [], changes, reached: state.reached, untrue: reasonOf(error) };
  }
  return { outcomes, open: [], changes, reached: state.reached, untrue: undefined };
}

function next(taken: Int32Array): number {
  return Atomics.add(taken, 0, 1);
}

/** A transaction that is invalid on a listed state may be valid on the true one. */
function reasonOf(error: unknown): string {
  if (error instanceof UntrueList || error instanceof InvalidTransaction) return error.message;
  throw error;
}

function* executeListed(
  evm: Evm,
  work: ListedWork,
  index: number,
  listed: ListedState,
): Task<{ readonly outcome: ListedOutcome; readonly changes: number }> {
  const tx = decodeTransaction(work.transactions[index]);
  const sender = work.senders?.[index] ?? recoverSender(tx, evm.fork);
  const state = new State();
  const accesses = state.recordAccesses();
  const result = yield* evm.transact(tx, work.block, { sender, state });
  accesses.endStep();
  const changes = listed.check(index + 1, accesses.list());
  checkGone(state, index + 1);
  const { gasUsed, regularGasUsed, stateGasUsed, blobGasUsed, logs } = result;
  const succeeded = result.status === 'success';
  return {
    outcome: {
      ...{ index, sender, succeeded, gasUsed, regularGasUsed, stateGasUsed, blobGasUsed, logs },
      logsBloom: bloomOf(logs),
    },
    changes,
  };
}

/**
 * An account that was empty before a step, and went because the step touched it, changes nothing that a list says; but
 * later steps may see that it went.
 * @throws {UntrueList}
 */
export function checkGone(state: State, step: number): void {
  for (const { address, before, exists } of state.accounts.all) {
    if (before === undefined || exists) continue;
    if (before.nonce === 0n && before.balance === 0n) {
      throw new UntrueList(`step ${step} removes ${address}, which was empty`);
    }
  }
}
