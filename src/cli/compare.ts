/** `evmill compare`: the same transactions under two rule sets. */

import type { Command } from 'commander';
import { comparedTransactions } from '../conformance/comparedTests.ts';
import { ComparisonSummary, comparisonJson, comparisonText } from '../conformance/comparisonSummary.ts';
import { fixtureFiles, isLfsPointer } from '../conformance/fixtureFiles.ts';
import { MalformedFixture } from '../conformance/fixtureValues.ts';
import { type ComparedTransaction, type Comparison, compareForks } from '../conformance/forkComparison.ts';
import { selector } from '../conformance/selection.ts';
import type { Fork } from '../protocol/forks.ts';
import type { Define } from './commands.ts';
import { type Host, UsageError } from './host.ts';
import { forkOption, integerOption } from './values.ts';

interface CompareOptions {
  readonly fork: readonly string[];
  readonly match?: string;
  readonly blockGasLimit?: string;
  readonly all?: boolean;
  readonly summary?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Transactions are those of state tests: files, folders and archives, as evmill statetest takes them; what the tests
expect is left aside. Where the second fork has another gas for state, both gases are told.

Examples:
  evmill compare --fork Prague --fork Amsterdam tests/        what breaks under Amsterdam, and why
  evmill compare -f Osaka -f Amsterdam token.json --all       every transaction, also those that are the same
  evmill compare -f Berlin -f London tests.tar.gz --summary   the numbers alone
  evmill compare -f Prague -f Amsterdam tests/ --json         {transactions: […], summary}
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
    .argument('<path...>', 'files, folders, archives (.tar.gz, .tar.br, .zip), or ARCHIVE:FILE')
    .option('-f, --fork <name>', 'a fork; twice: the one before, and the one after', collect, [])
    .option('-m, --match <pattern>', 'only tests whose name matches this regular expression, or is =NAME')
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
  if (summary.count === 0) throw new UsageError(`there are no such state tests in ${paths.join(', ')}`);
  writer.end(summary, before, after);
  return summary.breaks > 0 ? 1 : 0;
}

async function* comparisons(
  paths: readonly string[],
  { match, blockGasLimit }: CompareOptions,
  before: Fork,
  after: Fork,
): AsyncGenerator<Comparison> {
  const selects = selectorOf(match);
  const limit =
    blockGasLimit === undefined ? undefined : integerOption(blockGasLimit, '--block-gas-limit', 2n ** 63n);
  for await (const { path, bytes } of fixtureFiles(paths, ['.json'])) {
    if (isLfsPointer(bytes)) continue;
    try {
      const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
      for (const transaction of comparedTransactions(json, before, selects)) {
        yield compareForks(limit === undefined ? transaction : inBlockOf(transaction, limit), before, after);
      }
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof MalformedFixture)) throw error;
      throw new UsageError(`${path}: ${error.message}`);
    }
  }
}

/** The same in a block of another gas limit, with as much room as it had. */
function inBlockOf(compared: ComparedTransaction, gasLimit: bigint): ComparedTransaction {
  const { block } = compared;
  return { ...compared, block: { ...block, gasLimit }, room: block.gasLimit };
}

function selectorOf(match: string | undefined): ReturnType<typeof selector> {
  try {
    return selector(match === undefined ? {} : { match });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
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
