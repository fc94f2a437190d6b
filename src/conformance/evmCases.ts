/**
 * go-ethereum's own tests of its `evm` command, run with evmill in its place. An archive holds the inputs and what must
 * come out, as they lie in the repository; a list of cases beside it says which belong together.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { archiveMembers } from './archives.ts';
import type { CaseResult, FileReport } from './caseResult.ts';
import { UnreadableInput } from './fixtureFiles.ts';
import type { Selects } from './selection.ts';

/** What a command line came to. */
export interface CommandOutcome {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line of go-ethereum's `evm`. */
export type RunEvm = (args: readonly string[]) => Promise<CommandOutcome>;

/** A case, as the list has it. */
interface EvmCase {
  readonly tool: 't8n' | 't9n' | 'b11r' | 'trace' | 'evm';
  /** below `testdata` */
  readonly dir?: string;
  /** files by what they are */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly fork?: string;
  readonly reward?: string;
  readonly outputs?: readonly string[];
  readonly exitCode?: number;
  /** the file of what must be printed */
  readonly expect?: string | null;
  readonly args?: readonly string[];
  readonly expectTraces?: readonly string[];
  readonly match?: 'exact' | 'regexp';
  readonly stdout?: string;
  readonly stderr?: string;
}

const ARCHIVE = /\.(tar\.gz|tgz|tar\.br|zip)$/i;
const TESTDATA = /(^|\/)cmd\/evm\/testdata\//;
const T8N_OUTPUTS = ['body', 'result', 'alloc'] as const;

/**
 * Runs the cases of archives, each with its list beside it: `NAME.tar.gz` and `NAME.cases.json`.
 * @throws {UnreadableInput} when either cannot be read
 */
export async function* runEvmArchives(
  paths: readonly string[],
  selects: Selects,
  runEvm: RunEvm,
): AsyncGenerator<FileReport> {
  for (const path of paths) {
    const start = performance.now();
    const list = path.replace(ARCHIVE, '.cases.json');
    if (list === path) throw new UnreadableInput(`cannot read ${path}: it is no archive`);
    const cases = await readable(list, async () => JSON.parse(await readFile(list, 'utf8')) as EvmCase[]);
    const folder = mkdtempSync(join(tmpdir(), 'evmill-cases-'));
    try {
      await readable(path, () => unpack(path, folder));
      const results: CaseResult[] = [];
      for (const [index, one] of cases.entries()) {
        const name = nameOf(one);
        if (!selects(name, one.fork ?? '', index)) continue;
        results.push({
          name,
          ...(one.fork === undefined ? {} : { fork: one.fork }),
          index,
          ...(await judge(one, folder, runEvm)),
        });
      }
      yield { path, cases: results, kind: 'run', milliseconds: performance.now() - start };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

/** The tools read files: they get some, for as long as the cases run. */
async function unpack(archive: string, folder: string): Promise<void> {
  for await (const { name, bytes } of archiveMembers(archive, (name) => TESTDATA.test(name))) {
    const path = join(folder, name.slice(name.search(TESTDATA)).replace(TESTDATA, ''));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
}

async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new UnreadableInput(`cannot read ${path}: ${(error as Error).message}`);
  }
}

function nameOf({ tool, dir, expect, inputs, args }: EvmCase): string {
  if (tool === 'evm') return (args ?? []).join(' ');
  const input = inputs === undefined ? '' : ` ${Object.values(inputs).join(' ')}`;
  return `${tool} ${dir}${input}${expect ? ` to ${expect}` : ''}`;
}

type Verdict = Omit<CaseResult, 'name' | 'fork' | 'index'>;

async function judge(one: EvmCase, folder: string, runEvm: RunEvm): Promise<Verdict> {
  try {
    switch (one.tool) {
      case 'trace':
        return await judgeTraces(one, folder, runEvm);
      case 'evm':
        return judgePrinted(one, folder, await runEvm(placed(one.args ?? [], folder)));
      default:
        return judgeOutput(one, folder, await runEvm(toolArguments(one, folder)));
    }
  } catch (error) {
    // no case may stop the others: what breaks down is this one's failure
    return failure('a run', `a breakdown: ${(error as Error).message}`);
  }
}

/** Where the repository has its test data, the folder has it. */
function placed(args: readonly string[], folder: string): readonly string[] {
  return args.map((arg) => arg.replace('./testdata/', `${folder}/`));
}

function toolArguments({ tool, dir = '', inputs = {}, fork, reward, outputs = [] }: EvmCase, folder: string) {
  const args: string[] = [tool];
  if (tool === 't8n') {
    for (const output of T8N_OUTPUTS)
      args.push(`--output.${output}`, outputs.includes(output) ? 'stdout' : '');
  }
  for (const [what, file] of Object.entries(inputs)) {
    args.push(what === 'clique' ? '--seal.clique' : `--input.${what}`, join(folder, dir, file));
  }
  if (fork) args.push('--state.fork', fork);
  if (reward) args.push('--state.reward', reward);
  if (tool === 'b11r') args.push('--output.block', 'stdout');
  return args;
}

function judgeOutput(one: EvmCase, folder: string, { exitCode, out, err }: CommandOutcome): Verdict {
  const wanted = one.exitCode ?? 0;
  if (exitCode !== wanted) return failure(`exit code ${wanted}`, `exit code ${exitCode}\n${err}`);
  if (!one.expect) return { pass: true };
  const expected = JSON.parse(readFileSync(join(folder, one.dir ?? '', one.expect), 'utf8')) as unknown;
  const actual = JSON.parse(out) as unknown;
  if (isDeepStrictEqual(actual, expected)) return { pass: true };
  return failure(`the JSON of ${one.expect}`, difference(expected, actual, ''));
}

/** The first place where two values of JSON differ. */
function difference(expected: unknown, actual: unknown, path: string): string {
  if (typeof expected === 'object' && typeof actual === 'object' && expected !== null && actual !== null) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      const [want, got] = [expected, actual].map((value) => (value as Record<string, unknown>)[key]);
      if (!isDeepStrictEqual(want, got)) return difference(want, got, `${path}.${key}`);
    }
  }
  return `${path}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`;
}

async function judgeTraces(one: EvmCase, folder: string, runEvm: RunEvm): Promise<Verdict> {
  const written = mkdtempSync(join(folder, 'traces-'));
  const { exitCode, err } = await runEvm([...placed(one.args ?? [], folder), '--output.basedir', written]);
  if (exitCode !== 0) return failure('exit code 0', `exit code ${exitCode}\n${err}`);
  for (const name of one.expectTraces ?? []) {
    const expected = readFileSync(join(folder, one.dir ?? '', name), 'utf8').trimEnd();
    const verdict = judgeText(name, expected, readFileSync(join(written, name), 'utf8').trimEnd());
    if (!verdict.pass) return verdict;
  }
  return { pass: true };
}

function judgePrinted(one: EvmCase, folder: string, { out, err }: CommandOutcome): Verdict {
  for (const [stream, file, actual] of [
    ['standard output', one.stdout, out],
    ['standard error', one.stderr, err],
  ] as const) {
    if (file === undefined) continue;
    const expected = readFileSync(join(folder, file), 'utf8');
    if (one.match === 'regexp') {
      if (new RegExp(expected).test(actual)) continue;
      return failure(`${stream} that matches ${file}`, actual);
    }
    const verdict = judgeText(stream, expected, actual);
    if (!verdict.pass) return verdict;
  }
  return { pass: true };
}

function judgeText(what: string, expected: string, actual: string): Verdict {
  if (expected === actual) return { pass: true };
  const [want, got] = [expected.split('\n'), actual.split('\n')];
  const at = want.findIndex((line, i) => line !== got[i]);
  const line = at < 0 ? want.length : at;
  return failure(`${what}, line ${line + 1}: ${want[line] ?? 'none'}`, got[line] ?? 'none');
}

function failure(expected: string, actual: string): Verdict {
  return { pass: false, expected, actual, error: `expected ${expected}, got ${actual.split('\n')[0]}` };
}
