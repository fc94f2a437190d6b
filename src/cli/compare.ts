/** `evmill compare`: the same transactions under two rule sets. */

import type { Command } from 'commander';
import { ComparisonSummary, comparisonJson, comparisonText } from '../conformance/comparisonSummary.ts';
import { type ComparedTransaction, type Comparison, compareForks } from '../conformance/forkComparison.ts';
import type { Fork } from '../protocol/forks.ts';
import type { Define } from './commands.ts';
import { comparedInput } from './compareInput.ts';
import { type Host, UsageError } from './host.ts';
import { forkOption, integerOption } from './values.ts';

interface CompareOptions {
  readonly fork: readonly string[];
  readonly match?: string;
  readonly store?: string;
  readonly blocks?: string;
  readonly tx?: string;
  readonly prestate?: string;
  readonly blockGasLimit?: string;
  readonly all?: boolean;
  readonly summary?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Transactions are those of state tests (files, folders and archives, as evmill statetest takes them; what the tests
expect is left aside), those of a store's blocks, each on the state that it found there, or one in a file of its own.
Where the second fork has another gas for state, both gases are told.

Examples:
  evmill compare --fork Prague --fork Amsterdam tests/        what breaks under Amsterdam, and why
  evmill compare -f Osaka -f Amsterdam token.json --all       every transaction, also those that are the same
  evmill compare -f Berlin -f London tests.tar.gz --summary   the numbers alone
  evmill compare -f Prague -f Amsterdam tests/ --json         {transactions: […], summary}
  evmill compare -f Osaka -f Amsterdam --store chain --blocks 100..200
  evmill compare -f Osaka -f Amsterdam --store chain --tx 0x5c50…
  evmill compare -f Prague -f Osaka --tx tx.json --prestate genesis.json
  evmill compare -f Osaka -f Amsterdam tests/ --block-gas-limit 60000000

Exit code 0: nothing breaks; 1: something does; 2: wrong usage, or something could not be read.`;

/** Declares the command. */
export const compare: Define = (command, host, finish) => {
  declare(command)
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: CompareOptions) => {
      finish(await compareFiles(paths, options, host));
    });
};

function declare(command: Command): Command {
  const collect = (name: string, names: readonly string[]): readonly string[] => [...names, name];
  return command
    .argument('[path...]', 'state tests: files, folders, archives (.tar.gz, .tar.br, .zip), or ARCHIVE:FILE')
    .option('-f, --fork <name>', 'a fork; twice: the one before, and the one after', collect, [])
    .option('-m, --match <pattern>', 'only tests whose name matches this regular expression, or is =NAME')
    .option('-s, --store <folder>', 'take transactions of a chain that evmill import has kept')
    .option('-b, --blocks <range>', 'with --store: N, N..M, N.. or head')
    .option('--tx <transaction>', 'one alone: with --store its hash, with --prestate a JSON file')
    .option('--prestate <file>', 'with --tx: the state before, as genesis JSON or accounts by address')
    .option('--block-gas-limit <gas>', 'the gas limit of the blocks; where it prices state, by this one')
    .option('--all', 'also list transactions of which only the gas differs, or nothing')
    .option('--summary', 'list none')
    .option('--json', 'print everything as JSON');
}

async function compareFiles(paths: readonly string[], options: CompareOptions, host: Host): Promise<number> {
  if (options.fork.length !== 2) {
    throw new UsageError(
      `expected --fork twice, got ${options.fork.length === 1 ? 'one' : options.fork.length}`,
    );
  }
  const [before, after] = options.fork.map(forkOption);
  const summary = new ComparisonSummary();
  const writer = options.json ? jsonWriter(host) : textWriter(host, options);
  for await (const comparison of comparisons(paths, options, before, after)) {
    summary.add(comparison);
    writer.comparison(comparison);
  }
  if (summary.count === 0)
    throw new UsageError(
      `there are no such ${paths.length > 0 ? `state tests in ${paths.join(', ')}` : 'transactions'}`,
    );
  writer.end(summary, before, after);
  return summary.breaks > 0 ? 1 : 0;
}

async function* comparisons(
  paths: readonly string[],
  { blockGasLimit, ...input }: CompareOptions,
  before: Fork,
  after: Fork,
): AsyncGenerator<Comparison> {
  const limit =
    blockGasLimit === undefined ? undefined : integerOption(blockGasLimit, '--block-gas-limit', 2n ** 63n);
  for await (const transaction of comparedInput({ paths, ...input }, before)) {
    yield compareForks(limit === undefined ? transaction : inBlockOf(transaction, limit), before, after);
  }
}

/** The same in a block of another gas limit, with as much room as it had. */
function inBlockOf(compared: ComparedTransaction, gasLimit: bigint): ComparedTransaction {
  const { block } = compared;
  return { ...compared, block: { ...block, gasLimit }, room: block.gasLimit };
}

/** Where comparisons go as they come. */
interface Writer {
  comparison(comparison: Comparison): void;
  end(summary: ComparisonSummary, before: Fork, after: Fork): void;
}

function textWriter(host: Host, { all, summary: summaryOnly }: CompareOptions): Writer {
  return {
    comparison(comparison) {
      const isQuiet = comparison.verdict === 'same' || comparison.verdict === 'gas';
      if (!summaryOnly && (all || !isQuiet)) host.out(comparisonText(comparison));
    },
    end: (summary, before, after) => host.out(summary.text(before.name, after.name)),
  };
}

function jsonWriter(host: Host): Writer {
  let separator = '{"transactions":[\n';
  return {
    comparison(comparison) {
      host.out(separator + JSON.stringify(comparisonJson(comparison)));
      separator = ',\n';
    },
    end: (summary) => host.out(`\n],"summary":${JSON.stringify(summary.json())}}\n`),
  };
}
