/** Runs official state tests: executes each case and holds the outcome against what the fixture says. */

import { type Address, type Hex, toHex } from '../bytes.ts';
import type { UnsignedTransaction } from '../chain/transaction.ts';
import { InvalidTransaction } from '../errors.ts';
import type { BlockContext, Log } from '../machine/environment.ts';
import type { Tracer } from '../machine/tracer.ts';
import type { Fork } from '../protocol/forks.ts';
import { applyDiff } from '../state/applyDiff.ts';
import type { Alloc, StateDiff } from '../state/diff.ts';
import { differences, EMPTY_ACCOUNT, isEmptyAccount } from './allocDiff.ts';
import type { CaseResult } from './caseResult.ts';
import { isObject } from './fixtureValues.ts';
import type { Selects } from './selection.ts';
import { isStateTest, type StateTestCase, stateTestCases } from './stateTestFormat.ts';
import type { TraceSink } from './traceSink.ts';

/** What state tests ask of an implementation: an execution and a few encodings. */
export interface StateTestMachine {
  /**
   * Executes a transaction on a state that it does not change.
   * @throws {InvalidTransaction} when it cannot be in the block
   */
  transact(
    transaction: UnsignedTransaction,
    sender: Address,
    block: BlockContext,
    fork: Fork,
    state: Alloc,
    tracer: Tracer | undefined,
  ): { readonly logs: readonly Log[]; readonly diff: StateDiff; readonly gasUsed?: bigint };
  stateRoot(state: Alloc): Hex;
  /** keccak-256 of the logs as RLP */
  logsHash(logs: readonly Log[]): Hex;
  addressOfKey(secretKey: Uint8Array): Address;
  /**
   * Why these bytes are not the transaction, signed by the sender under a fork's rules; undefined when they are.
   */
  encodingProblem(
    bytes: Uint8Array,
    transaction: UnsignedTransaction,
    sender: Address,
    fork: Fork,
  ): string | undefined;
  /** Whether a fault is of the kind, or one of the kinds, that a fixture's `expectException` names. */
  isKind(fault: InvalidTransaction, exception: string): boolean;
}

/** How state tests are run. */
export interface StateTestOptions {
  readonly selects: Selects;
  /** takes the steps, and the state root after them; undefined: neither */
  readonly trace?: TraceSink | undefined;
}

/** Whether a file's content is state tests. */
export function holdsStateTests(json: unknown): boolean {
  return isObject(json) && Object.values(json).some(isStateTest);
}

/** Runs the state tests of one file, lazily; never throws for what a case does. */
export function* runStateTests(
  json: unknown,
  machine: StateTestMachine,
  { selects, trace }: StateTestOptions,
): Generator<CaseResult> {
  for (const [name, test] of Object.entries(isObject(json) ? json : {})) {
    if (!isStateTest(test)) continue;
    try {
      for (const testCase of stateTestCases(name, test, selects)) {
        yield runStateTestCase(testCase, machine, trace);
      }
    } catch (error) {
      yield failure({ name }, 'a readable state test', (error as Error).message);
    }
  }
}

/** Runs one case; never throws for what it does. */
export function runStateTestCase(
  test: StateTestCase,
  machine: StateTestMachine,
  trace: TraceSink | undefined,
): CaseResult {
  const id = { name: test.name, fork: test.forkName, index: test.index };
  try {
    const sender = test.sender ?? machine.addressOfKey(test.secretKey!);
    const { transaction, block, fork, pre } = test;
    const tracer = trace?.tracer();
    const outcome = outcomeOf(() => machine.transact(transaction, sender, block, fork, pre, tracer));
    const result =
      outcome instanceof InvalidTransaction
        ? judgeInvalid(id, test, outcome, machine)
        : judgeValid(id, test, sender, outcome, machine);
    tracer?.flush();
    trace?.write(`{"stateRoot": "${result.stateRoot}"}\n`);
    return result;
  } catch (error) {
    // no fixture may stop the others: what breaks down is this case's failure
    return failure(id, 'a run', `a breakdown: ${firstFrame(error)}`);
  }
}

type Id = Pick<CaseResult, 'name' | 'fork' | 'index'>;
type Outcome = ReturnType<StateTestMachine['transact']>;

function outcomeOf(run: () => Outcome): Outcome | InvalidTransaction {
  try {
    return run();
  } catch (error) {
    if (error instanceof InvalidTransaction) return error;
    throw error;
  }
}

function judgeValid(
  id: Id,
  test: StateTestCase,
  sender: Address,
  { logs, diff }: Outcome,
  machine: StateTestMachine,
): CaseResult {
  const { expected } = test;
  const after = withRewardOfZero(applyDiff(test.pre, diff), test);
  const stateRoot = machine.stateRoot(after);
  if (expected.exception !== undefined) {
    return failure(id, `an invalid transaction (${expected.exception})`, 'a valid one', stateRoot, {
      error: `expected error ${JSON.stringify(expected.exception)}, got no error`,
    });
  }
  const lines = expected.state === undefined ? [] : differences(expected.state, after);
  if (stateRoot !== expected.stateRoot) {
    const actual = [`state root ${stateRoot}`, ...lines].join('\n');
    return failure(id, `state root ${expected.stateRoot}`, actual, stateRoot, {
      error: `post state root mismatch: got ${bare(stateRoot)}, want ${bare(expected.stateRoot)}`,
    });
  }
  if (lines.length > 0) return failure(id, 'the listed state', lines.join('\n'), stateRoot);
  const logsHash = machine.logsHash(logs);
  if (logsHash !== expected.logsHash) {
    return failure(id, `logs hash ${expected.logsHash}`, `logs hash ${logsHash}${listed(logs)}`, stateRoot, {
      error: `post state logs hash mismatch: got ${bare(logsHash)}, want ${bare(expected.logsHash)}`,
    });
  }
  const { txBytes, transaction } = test;
  const problem = txBytes && machine.encodingProblem(txBytes, transaction, sender, test.fork);
  if (problem !== undefined) return failure(id, 'txbytes that are the transaction', problem, stateRoot);
  return { ...id, pass: true, stateRoot };
}

function judgeInvalid(
  id: Id,
  test: StateTestCase,
  fault: InvalidTransaction,
  machine: StateTestMachine,
): CaseResult {
  const { expected, pre } = test;
  const stateRoot = machine.stateRoot(pre);
  if (expected.exception === undefined) {
    return failure(id, 'a valid transaction', `${fault.fault}: ${fault.message}`, stateRoot, {
      error: `unexpected error: ${fault.message}`,
    });
  }
  if (!machine.isKind(fault, expected.exception)) {
    return failure(id, expected.exception, `${fault.fault}: ${fault.message}`, stateRoot);
  }
  if (stateRoot === expected.stateRoot) return { ...id, pass: true, stateRoot };
  // The tool that filled the oldest sets touched the coinbase after an invalid transaction too
  const touched = machine.stateRoot(withRewardOfZero(pre, test));
  if (touched === expected.stateRoot) return { ...id, pass: true, stateRoot: touched };
  return failure(id, `state root ${expected.stateRoot}`, `state root ${stateRoot}`, stateRoot, {
    error:
      'post-state root does not match the pre-state root, indicates an error in the test: ' +
      `got ${bare(stateRoot)}, want ${bare(expected.stateRoot)}`,
  });
}

/**
 * State tests have no block, but a reward of nothing goes to the coinbase all the same. It then exists, or, where
 * empty accounts are cleared, does not exist if it is empty.
 */
export function withRewardOfZero(
  state: Alloc,
  { block, fork }: Pick<StateTestCase, 'block' | 'fork'>,
): Alloc {
  const coinbase = state.get(block.coinbase);
  if (fork.rules.clearsEmptyAccounts) {
    if (coinbase === undefined || !isEmptyAccount(coinbase)) return state;
    const rest = new Map(state);
    rest.delete(block.coinbase);
    return rest;
  }
  return coinbase === undefined ? new Map(state).set(block.coinbase, EMPTY_ACCOUNT) : state;
}

function failure(
  id: Id,
  expected: string,
  actual: string,
  stateRoot?: Hex,
  more: { readonly error?: string } = {},
): CaseResult {
  const error = more.error ?? `expected ${expected}, got ${actual.split('\n')[0]}`;
  return { ...id, pass: false, expected, actual, error, ...(stateRoot === undefined ? {} : { stateRoot }) };
}

const bare = (hash: Hex): string => hash.slice(2);

function listed(logs: readonly Log[]): string {
  return logs
    .slice(0, 10)
    .map(({ address, topics, data }) => {
      const words = topics.map((topic) => `0x${topic.toString(16)}`).join(', ');
      return `\nlog of ${address}, topics [${words}], data ${toHex(data.subarray(0, 64))}`;
    })
    .join('');
}

/** An error's message and where it came from, in one line. */
function firstFrame(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const frame = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at '));
  return `${error.name}: ${error.message}${frame === undefined ? '' : ` (${frame.trim()})`}`;
}
