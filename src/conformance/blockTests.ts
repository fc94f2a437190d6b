/** Runs official blockchain tests: adds block after block to a chain and holds it against what the fixture says. */

import { type Hex, toHex } from '../bytes.ts';
import { Blockchain } from '../chain/blockchain.ts';
import { type ChainStore, memoryStore, type StoredBlock } from '../chain/chainStore.ts';
import { createEvm, type Evm } from '../chain/evm.ts';
import { officialExceptionName } from '../chain/officialExceptions.ts';
import { InvalidBlock } from '../errors.ts';
import type { Fork } from '../protocol/forks.ts';
import { applyDiff } from '../state/applyDiff.ts';
import type { Alloc } from '../state/diff.ts';
import { codeHashOf } from '../state/memory.ts';
import { stateRoot } from '../trie/stateRoot.ts';
import type { StateTrie } from '../trie/stateTrie.ts';
import { isBlockFaultNamed } from './blockExceptionNames.ts';
import {
  type BlockTestCase,
  type BlockTestStep,
  isBlockTest,
  networkOf,
  readBlockTest,
} from './blockTestFormat.ts';
import type { CaseResult } from './caseResult.ts';
import { isObject } from './fixtureValues.ts';
import type { Selects } from './selection.ts';
import { type TestedTier, tierOptions } from './testedTier.ts';
import type { TraceSink } from './traceSink.ts';

/** One test of old hashes a gigabyte and a half, and pays for it: fixtures get all the memory that there can be. */
const MEMORY_CEILING = 2 ** 31;

/** The EVM of each fork of the fixtures. */
export type EvmOf = (fork: Fork) => Evm;

/** The EVMs that blockchain tests are run on, running code by one tier; for all files of a process. */
export function blockTestMachine(tier: TestedTier): EvmOf {
  const evms = new WeakMap<Fork, Evm>();
  return (fork) => {
    let evm = evms.get(fork);
    if (evm === undefined) {
      evm = createEvm({ fork, memoryCeiling: MEMORY_CEILING, ...tierOptions(tier) });
      evms.set(fork, evm);
    }
    return evm;
  };
}

const USUAL_MACHINE = blockTestMachine('auto');

/** Whether a file's content is blockchain tests. */
export function holdsBlockTests(json: unknown): boolean {
  return isObject(json) && Object.values(json).some(isBlockTest);
}

/** What tests are run on, and what is told of a run beside its result. */
export interface BlockTestWatch {
  /** `blockTestMachine('auto')` by default */
  readonly machine?: EvmOf;
  readonly trace?: TraceSink;
  /** takes the state of the chain's head, before the test's result is yielded */
  readonly onState?: (state: Alloc) => void;
}

/**
 * Runs the blockchain tests of one file that `selects` picks, lazily and by their names in order, as go-ethereum does;
 * never throws for what a case does.
 */
export function* runBlockTests(
  json: unknown,
  selects: Selects,
  watch: BlockTestWatch = {},
): Generator<CaseResult> {
  const tests = isObject(json) ? json : {};
  for (const name of Object.keys(tests).sort()) {
    const test = tests[name];
    if (!isBlockTest(test)) continue;
    const fork = networkOf(test);
    if (!selects(name, fork)) continue;
    try {
      yield { name, fork, ...judge(readBlockTest(test), watch) };
    } catch (error) {
      // no fixture may stop the others: what breaks down is this case's failure
      yield { name, fork, ...failure('a run', `a breakdown: ${firstFrame(error)}`) };
    }
  }
}

type Verdict = Omit<CaseResult, 'name' | 'fork' | 'index'>;

function judge(test: BlockTestCase, { machine = USUAL_MACHINE, trace, onState }: BlockTestWatch): Verdict {
  const evm = trace === undefined ? machine : (fork: Fork) => tracedEvm(machine(fork), trace);
  if (onState === undefined) return judgeChain(test, new Blockchain(test.genesis, { evm }));
  const { store, stateOf } = listedStates();
  const chain = new Blockchain(test.genesis, { evm, store });
  try {
    return judgeChain(test, chain);
  } finally {
    onState(stateOf(chain.head.block.hash));
  }
}

/** A store in memory that also knows its states account by account. */
function listedStates(): { readonly store: ChainStore; stateOf(hash: Hex): Alloc } {
  const inner = memoryStore();
  const states = new Map<Hex, Alloc>();
  let genesis: Alloc = new Map();
  const own: Pick<ChainStore, 'add' | 'addCode'> = {
    addCode(alloc) {
      genesis = alloc;
      inner.addCode(alloc);
    },
    add(stored, state, diff, isHead) {
      const { hash, header } = stored.block;
      states.set(hash, diff === undefined ? genesis : applyDiff(states.get(header.parentHash)!, diff));
      inner.add(stored, state, diff, isHead);
    },
  };
  return { store: Object.assign(Object.create(inner), own), stateOf: (hash) => states.get(hash)! };
}

function judgeChain(test: BlockTestCase, chain: Blockchain): Verdict {
  for (const [index, step] of test.steps.entries()) {
    const verdict = judgeStep(chain, step, index);
    if (verdict !== undefined) return verdict;
  }
  const { head } = chain;
  const { stateRoot: root } = head.block.header;
  if (head.block.hash !== test.lastBlockHash) {
    return failure(`head ${test.lastBlockHash}`, `head ${describe(head)}`, root);
  }
  const expectedRoot =
    test.postStateRoot ?? (test.postState === undefined ? root : toHex(stateRoot(test.postState)));
  if (expectedRoot !== root) {
    const lines =
      test.postState === undefined ? [] : differences(test.postState, chain.stateTrie(head.block.hash));
    return failure(`state root ${expectedRoot}`, [`state root ${root}`, ...lines].join('\n'), root);
  }
  return { pass: true, stateRoot: root };
}

/** The same engine, whose transactions are traced; what the system calls is not, as in go-ethereum. */
function tracedEvm(evm: Evm, trace: TraceSink): Evm {
  return {
    fork: evm.fork,
    call: (message, options) => evm.call(message, options),
    *transact(tx, block, options) {
      const tracer = trace.tracer();
      try {
        return yield* evm.transact(tx, block, tracer === undefined ? options : { ...options, tracer });
      } finally {
        tracer?.flush();
      }
    },
  };
}

/** Adds a block; what went wrong, or undefined. */
function judgeStep(chain: Blockchain, step: BlockTestStep, index: number): Verdict | undefined {
  const which = `block ${index} of the list`;
  try {
    const added = chain.addBlock(step.rlp);
    if (step.hash === undefined) {
      return failure(`${which}: an invalid block (${step.exception ?? 'no name'})`, 'a valid one');
    }
    if (added.block.hash === step.hash) return undefined;
    return failure(`${which}: ${step.hash}`, `${added.block.hash}`);
  } catch (error) {
    if (!(error instanceof InvalidBlock)) throw error;
    const found = `${officialExceptionName(error)}: ${error.message}`;
    if (step.hash !== undefined) return failure(`${which}: a valid block`, found);
    if (step.exception === undefined || isBlockFaultNamed(error, step.exception)) return undefined;
    return failure(`${which}: ${step.exception}`, found);
  }
}

function failure(expected: string, actual: string, root?: Hex): Verdict {
  const error = `expected ${expected}, got ${actual.split('\n')[0]}`;
  return { pass: false, expected, actual, error, ...(root === undefined ? {} : { stateRoot: root }) };
}

function describe({ block }: StoredBlock): string {
  return `${block.hash} (number ${block.header.number})`;
}

/** A number of lines beyond which a difference is not easier to read. */
const MOST_LINES = 40;

/** What the listed accounts should be and are not, a line each; a state trie cannot tell whom else it has. */
function differences(expected: Alloc, actual: StateTrie): string[] {
  const lines: string[] = [];
  const differ = (what: string, want: unknown, got: unknown): void => {
    if (want !== got) lines.push(`${what}: expected ${want}, got ${got}`);
  };
  for (const [address, account] of expected) {
    const got = actual.account(address);
    if (got === undefined) {
      lines.push(`${address}: expected an account, got none`);
      continue;
    }
    differ(`${address} nonce`, account.nonce, got.nonce);
    differ(`${address} balance`, account.balance, got.balance);
    differ(`${address} code hash`, codeHashOf(account.code), got.codeHash);
    for (const [key, value] of account.storage) {
      differ(`${address} slot 0x${key.toString(16)}`, value, actual.slot(address, key));
    }
  }
  return lines.slice(0, MOST_LINES);
}

/** An error's message and where it came from, in one line. */
function firstFrame(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const frame = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at '));
  return `${error.name}: ${error.message}${frame === undefined ? '' : ` (${frame.trim()})`}`;
}
