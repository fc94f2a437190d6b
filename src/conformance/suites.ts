/** The suites of official vectors: one row each. Workers look them up by name. */

import type { CaseResult } from './caseResult.ts';
import type { FixtureFile } from './fixtureFiles.ts';
import type { Selects } from './selection.ts';
import type { TestedTier } from './testedTier.ts';
import type { TraceSink } from './traceSink.ts';

/** How a suite's cases are run. */
export interface SuiteOptions {
  readonly selects: Selects;
  /** state and block tests: takes the traces; undefined: nobody watches */
  readonly trace: TraceSink | undefined;
}

/** A suite, loaded. */
export interface SuiteRunner {
  /** Whether a file holds vectors of this suite, by its content, its path, or because it was asked for by name. */
  recognises(file: Pick<FixtureFile, 'path' | 'named'>, content: unknown): boolean;
  /** Runs a file's cases that the options select, lazily. */
  run(path: string, content: unknown, options: SuiteOptions): Iterable<CaseResult>;
}

/** A suite: what there is to know before loading it. */
export interface Suite {
  readonly name: string;
  /** what its vectors are, for help texts */
  readonly summary: string;
  /** what its files' names end in */
  readonly extensions: readonly string[];
  /**
   * Imports its runner, and with it only what it runs.
   * @param tier which tier runs code, in suites that run any
   */
  load(tier: TestedTier): Promise<SuiteRunner>;
}

/** A runner for vectors that are told by where they lie, and so cheap that they are selected afterwards. */
function byPath(
  whose: RegExp,
  runVectors: (path: string, content: unknown) => Iterable<CaseResult>,
): SuiteRunner {
  return {
    recognises: ({ path, named }) => named || whose.test(path),
    *run(path, content, { selects }) {
      for (const result of runVectors(path, content)) {
        if (selects(result.name, result.fork, result.index)) yield result;
      }
    },
  };
}

/** Every suite. */
export const SUITES: readonly Suite[] = [
  {
    name: 'state',
    summary: 'GeneralStateTests and state_tests: one transaction on a state',
    extensions: ['.json'],
    load: async (tier) => {
      const { holdsStateTests, runStateTests } = await import('./stateTests.ts');
      const machine = (await import('./stateTestMachine.ts')).stateTestMachine(tier);
      return {
        recognises: (_, content) => holdsStateTests(content),
        run: (_, content, options) => runStateTests(content, machine, options),
      };
    },
  },
  {
    name: 'block',
    summary: 'BlockchainTests and blockchain_tests: chains of blocks, and those that must be refused',
    extensions: ['.json'],
    load: async (tier) => {
      const { blockTestMachine, holdsBlockTests, runBlockTests } = await import('./blockTests.ts');
      const machine = blockTestMachine(tier);
      return {
        recognises: (_, content) => holdsBlockTests(content),
        run: (_, content, { selects, trace }) =>
          runBlockTests(content, selects, trace === undefined ? { machine } : { machine, trace }),
      };
    },
  },
  {
    name: 'vm',
    summary: 'VMTests: bare code under the rules of Frontier',
    extensions: ['.json'],
    load: async (tier) => {
      const { holdsVmTests, runVmTests } = await import('./vmTests.ts');
      const machine = (await import('./stateTestMachine.ts')).bareMachine(tier);
      return {
        recognises: (_, content) => holdsVmTests(content),
        run: (_, content, { selects }) => runVmTests(content, machine, selects),
      };
    },
  },
  {
    name: 'trie',
    summary: 'TrieTests: roots of plain and secure tries, and walks through them',
    extensions: ['.json'],
    load: async () => byPath(/(^|\/)TrieTests\//, (await import('./trieTests.ts')).runTrieTests),
  },
  {
    name: 'rlp',
    summary: 'RLPTests: encodings, and what is none',
    extensions: ['.json'],
    load: async () => byPath(/(^|\/)RLPTests\//, (await import('./rlpTests.ts')).runRlpTests),
  },
  {
    name: 'basic',
    summary: 'BasicTests: keys, hashes, genesis blocks and difficulties',
    extensions: ['.json'],
    load: async () => byPath(/(^|\/)BasicTests\//, (await import('./basicTests.ts')).runBasicTests),
  },
  {
    name: 'transaction',
    summary: 'TransactionTests: signed bytes, and who sent them in each fork',
    extensions: ['.json'],
    load: async () => {
      const { runTransactionTests } = await import('./transactionTests.ts');
      return byPath(/(^|\/)TransactionTests\//, runTransactionTests);
    },
  },
  {
    name: 'difficulty',
    summary: 'DifficultyTests: the difficulty of a block by its number and time',
    extensions: ['.json'],
    load: async () => {
      const { runDifficultyTests } = await import('./difficultyTests.ts');
      return byPath(/(^|\/)DifficultyTests\//, runDifficultyTests);
    },
  },
  {
    name: 'genesis',
    summary: 'GenesisTests: the bytes of a first block',
    extensions: ['.json'],
    load: async () => {
      const { runGenesisTests } = await import('./genesisTests.ts');
      return byPath(/(^|\/)GenesisTests\//, runGenesisTests);
    },
  },
  {
    name: 'pow',
    summary: 'PoWTests: Ethash of a header with a nonce',
    extensions: ['.json'],
    load: async () => {
      const { runPowTests } = await import('./powTests.ts');
      return byPath(/(^|\/)PoWTests\//, runPowTests);
    },
  },
  {
    name: 'precompile',
    summary: "go-ethereum's vectors of precompiles and of opcodes",
    extensions: ['.json'],
    load: async () => {
      const { runPrecompileVectors } = await import('./precompileVectors.ts');
      return byPath(/(^|\/)vm\/testdata\//, runPrecompileVectors);
    },
  },
  {
    name: 'tracers',
    summary: "go-ethereum's vectors of tracers: transactions and what each tracer prints of them",
    extensions: ['.json'],
    load: async () => {
      const { holdsTracerTest, runTracerTest } = await import('./tracerTests.ts');
      return {
        recognises: (_, content) => holdsTracerTest(content),
        *run(path, content, { selects }) {
          for (const result of runTracerTest(path, content)) if (selects(result.name)) yield result;
        },
      };
    },
  },
  {
    name: 'kzg',
    summary: "the consensus specifications' vectors of verify_kzg_proof",
    extensions: ['.yaml'],
    load: async () => {
      const { parseKzgVector, runKzgVector } = await import('./kzgVectors.ts');
      return byPath(/(^|\/)verify_kzg_proof\//, (path, content) => [
        runKzgVector(path.split('/').at(-2) ?? path, parseKzgVector(String(content))),
      ]);
    },
  },
];

/**
 * A suite by its name.
 * @throws {RangeError} when there is none
 */
export function suiteNamed(name: string): Suite {
  const found = SUITES.find((suite) => suite.name === name);
  if (found === undefined) {
    const names = SUITES.map((suite) => suite.name).join(', ');
    throw new RangeError(`suite: expected one of ${names}, got ${JSON.stringify(name)}`);
  }
  return found;
}
