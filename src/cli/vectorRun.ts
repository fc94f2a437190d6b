/** What every command that runs official vectors shares: its options, and the run itself. */

import { openSync, writeSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CaseResult, FileReport } from '../conformance/caseResult.ts';
import { bytesUnder, type FixtureFile, fixtureFiles, linesOf } from '../conformance/fixtureFiles.ts';
import { gethArray } from '../conformance/gethReport.ts';
import { JUNIT_END, JUNIT_START, junitSuite } from '../conformance/junitReport.ts';
import { ALL_CORES, runFiles } from '../conformance/pool.ts';
import { type Selection, type Selects, selector } from '../conformance/selection.ts';
import { suiteNamed } from '../conformance/suites.ts';
import {
  addReport,
  emptySummary,
  failureText,
  problemText,
  rerunCommand,
  type Summary,
  summaryText,
} from '../conformance/summary.ts';
import { TESTED_TIERS, type TestedTier } from '../conformance/testedTier.ts';
import { type Host, UsageError } from './host.ts';
import { startProgress } from './progress.ts';
import { isOn } from './toolRun.ts';
import type { TraceFlags } from './traceFlags.ts';
import { flaggedTracer } from './traceOptions.ts';

/** The options that `addVectorOptions` declares, parsed. */
export interface VectorOptions extends TraceFlags {
  readonly fork?: string;
  readonly match?: string;
  readonly index?: number;
  readonly jobs?: number;
  readonly bail?: boolean;
  readonly json?: boolean;
  readonly junit?: string;
  readonly tier?: TestedTier;
}

/** Which suite to run, and how a user calls for it. */
export interface VectorCommand {
  readonly suite: string;
  /** the words before the paths, for the commands that run a failure again */
  readonly words: string;
  /** what its vectors are called, in the plural */
  readonly noun: string;
  /** runs them, where it is no suite of files that each stand for themselves */
  readonly reports?: (paths: readonly string[], selects: Selects) => AsyncGenerator<FileReport>;
}

/** The option of commands whose vectors run code. The environment variable is for runs of whole test suites. */
export function tierOption(): Option {
  return new Option(
    '--tier <tier>',
    'what runs code ("switching": by chance another at each block); the results are the same',
  )
    .choices(TESTED_TIERS)
    .env('EVMILL_TIER');
}

/** Declares the arguments and options of a command that runs vectors. */
export function addVectorOptions(command: Command): Command {
  return command
    .argument(
      '[path...]',
      'files, folders, archives (.tar.gz, .tar.br, .zip), or ARCHIVE:FILE for one file in it',
    )
    .option('-f, --fork <names>', 'only these forks, with commas between them')
    .option('-m, --match <pattern>', 'only tests whose name matches this regular expression, or is =NAME')
    .option('-i, --index <number>', 'only this position in the list of one name and fork', wholeNumber)
    .option(
      '-j, --jobs <number>',
      'how many worker threads; as many as there are cores by default',
      wholeNumber,
    )
    .option('--bail', 'stop at the first failure')
    .option(
      '--json',
      'print an array of results, as the statetest of go-ethereum does; so with names on standard input',
    )
    .option('--junit <file>', 'also write the results as JUnit XML');
}

function wholeNumber(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

/**
 * Runs vectors and reports them.
 * @returns the exit code: 0 all passed, 1 some failed, 2 some file could not be read
 * @throws {UsageError} when there is nothing to run; {UnreadableInput} when a path cannot be read
 */
export async function runVectors(
  command: VectorCommand,
  paths: readonly string[],
  options: VectorOptions,
  host: Host,
): Promise<number> {
  const selection = selectionOf(options);
  const fromStdin = paths.length === 0;
  if (fromStdin && host.stdin.isTTY) {
    throw new UsageError('expected a path, or file names on standard input; --help shows examples');
  }
  const bytesInAll = fromStdin ? 0 : await bytesUnder(paths);
  const summary = emptySummary();
  const start = performance.now();
  const standing = { bytesRead: 0, files: 0, cases: 0, failed: 0 };
  // names on standard input come from a program that waits for each answer: no bar, and one after the other
  const progress = fromStdin ? undefined : await startProgress(host, bytesInAll);
  const trace = isOn(options.trace)
    ? { tracer: () => flaggedTracer(options, host), write: host.err }
    : undefined;
  const reporter =
    (options.json ?? (fromStdin || options['trace.format'] !== undefined))
      ? jsonReporter(host, fromStdin)
      : textReporter(host, command, () => progress?.pause());
  const junit = options.junit === undefined ? undefined : junitFile(options.junit);
  const settings = { suite: command.suite, selection, tier: options.tier };
  const jobs = fromStdin ? 1 : Math.max(1, options.jobs ?? ALL_CORES);
  const reports =
    command.reports?.(paths, selector(selection)) ??
    runFiles(metered(filesOf(command, fromStdin ? linesOf(host.stdin) : paths), standing), settings, {
      jobs,
      trace,
    });
  try {
    for await (const report of reports) {
      addReport(summary, report);
      reporter.file(report);
      junit?.write(junitSuite(report));
      Object.assign(standing, { files: standing.files + 1, ...summary.total });
      progress?.update(standing);
      if (options.bail && (summary.total.failed > 0 || summary.files.crashed > 0)) break;
    }
  } finally {
    progress?.stop();
    reporter.end(summary, (performance.now() - start) / 1000);
    junit?.end();
  }
  if (!fromStdin) complainOfNothing(summary, command, paths);
  return exitCodeOf(summary);
}

function filesOf({ suite }: VectorCommand, paths: Iterable<string> | AsyncIterable<string>) {
  return fixtureFiles(paths, suiteNamed(suite).extensions);
}

async function* metered(
  files: AsyncGenerator<FixtureFile>,
  standing: { bytesRead: number },
): AsyncGenerator<FixtureFile> {
  for await (const file of files) {
    standing.bytesRead += file.bytesRead;
    yield file;
  }
}

function selectionOf({ fork, match, index }: VectorOptions): Selection {
  const selection = {
    ...(fork === undefined ? {} : { forks: fork.split(',') }),
    ...(match === undefined ? {} : { match }),
    ...(index === undefined ? {} : { index }),
  };
  try {
    selector(selection);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  return selection;
}

/** A run of nothing passes nothing: most likely a path or a filter is not what was meant. */
function complainOfNothing(
  { total, files }: Summary,
  { noun }: VectorCommand,
  paths: readonly string[],
): void {
  if (total.cases > 0 || files.crashed > 0 || files.unreadable > 0) return;
  const where = paths.length === 1 ? paths[0] : `${paths.length} paths`;
  if (files.run > 0) throw new UsageError(`none of the ${noun} in ${where} is of that fork, name and index`);
  if (files.pointer > 0)
    throw new UsageError(`${where} holds Git LFS pointers only, not the files themselves`);
  throw new UsageError(`there are no ${noun} in ${where}`);
}

function exitCodeOf({ total, files }: Summary): number {
  if (files.unreadable > 0) return 2;
  return total.failed > 0 || files.crashed > 0 ? 1 : 0;
}

/** Where reports go as they come. */
interface Reporter {
  file(report: FileReport): void;
  end(summary: Summary, seconds: number): void;
}

function textReporter(host: Host, { words, noun }: VectorCommand, makeRoom: () => void): Reporter {
  return {
    file(report) {
      const failed = report.cases.filter(({ pass }) => !pass);
      const broken = report.kind === 'crashed' || report.kind === 'unreadable';
      if (failed.length > 0 || broken) makeRoom();
      for (const result of failed) {
        host.out(failureText(report.path, result, rerunCommand(words, report.path, result)));
      }
      if (broken) host.out(problemText(report));
    },
    end: (summary, seconds) => host.out(summaryText(summary, noun, seconds)),
  };
}

/** One array for the whole run; with names on standard input one for each file, at once, since someone waits for it. */
function jsonReporter(host: Host, arrayPerFile: boolean): Reporter {
  const whole = gethArray();
  return {
    file(report) {
      const array = arrayPerFile ? gethArray() : whole;
      for (const result of resultsOf(report)) host.out(array.item(result));
      if (arrayPerFile) host.out(array.end());
    },
    end() {
      if (!arrayPerFile) host.out(whole.end());
    },
  };
}

/** A file's results; a file that could not be run is one failed result. */
function resultsOf(report: FileReport): readonly CaseResult[] {
  if (report.kind !== 'crashed' && report.kind !== 'unreadable') return report.cases;
  return [...report.cases, { name: report.path, pass: false, error: report.problem ?? report.kind }];
}

function junitFile(path: string): { write(text: string): void; end(): void } {
  const file = openForWriting(path);
  writeSync(file, JUNIT_START);
  return {
    write: (text) => void writeSync(file, text),
    end: () => void writeSync(file, JUNIT_END),
  };
}

function openForWriting(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${(error as Error).message}`);
  }
}
