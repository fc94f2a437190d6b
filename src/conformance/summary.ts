/** Results for people: each failure with how to run it again, and the counts of a whole run. */

import { dirname } from 'node:path/posix';
import { FORKS } from '../protocol/forks.ts';
import type { CaseResult, FileReport } from './caseResult.ts';
import { canonicalForkName } from './selection.ts';

/** How many cases, and how many of them failed. */
interface Count {
  cases: number;
  failed: number;
}

/** The counts of a run, added up report by report. */
export interface Summary {
  readonly total: Count;
  readonly folders: Map<string, Count>;
  readonly forks: Map<string, Count>;
  /** files by what became of them */
  readonly files: Record<FileReport['kind'], number>;
}

/** Counts of nothing yet. */
export function emptySummary(): Summary {
  return {
    total: { cases: 0, failed: 0 },
    folders: new Map(),
    forks: new Map(),
    files: { run: 0, other: 0, pointer: 0, unreadable: 0, crashed: 0 },
  };
}

/** Adds one file's report. */
export function addReport(summary: Summary, { path, cases, kind }: FileReport): void {
  summary.files[kind]++;
  for (const { pass, fork } of cases) {
    const counts = [summary.total, countOf(summary.folders, dirname(path))];
    if (fork !== undefined) counts.push(countOf(summary.forks, fork));
    for (const count of counts) {
      count.cases++;
      if (!pass) count.failed++;
    }
  }
}

function countOf(counts: Map<string, Count>, key: string): Count {
  let count = counts.get(key);
  if (count === undefined) {
    count = { cases: 0, failed: 0 };
    counts.set(key, count);
  }
  return count;
}

/** The summary as text: a table of folders, one of forks, and the totals. */
export function summaryText(
  { total, folders, forks, files }: Summary,
  noun: string,
  seconds: number,
): string {
  const lines: string[] = [];
  if (folders.size > 0) lines.push(...folderTable(folders), '');
  if (forks.size > 0) lines.push(...table('fork', inOrderOfActivation(forks)), '');
  const passed = `${grouped(total.cases - total.failed)} passed, ${grouped(total.failed)} failed`;
  lines.push(`${passed}, in ${seconds.toFixed(1)} s`);
  if (files.crashed > 0)
    lines.push(`${files.crashed} ${plural('file', files.crashed)} broke the runner down`);
  if (files.unreadable > 0)
    lines.push(`${files.unreadable} ${plural('file', files.unreadable)} could not be read`);
  if (files.pointer > 0) {
    const are = files.pointer === 1 ? 'is a Git LFS pointer' : 'are Git LFS pointers';
    lines.push(`${files.pointer} ${plural('file', files.pointer)} ${are}, and not run`);
  }
  if (files.other > 0)
    lines.push(`${files.other} ${plural('file', files.other)} without ${noun}, passed over`);
  return `${lines.join('\n')}\n`;
}

/** The text of one failure. */
export function failureText(path: string, result: CaseResult, rerun: string): string {
  const { name, fork, index, expected = 'a pass', actual = 'a failure' } = result;
  const where = fork === undefined ? '' : `  [${fork}${index === undefined ? '' : ` ${index}`}]`;
  const row = (label: string, text: string): string =>
    `  ${label.padEnd(10)}${text.replaceAll('\n', `\n${' '.repeat(12)}`)}`;
  return `${[
    `FAIL ${name}${where}`,
    row('in', path),
    row('expected', expected),
    row('got', actual),
    row('rerun', rerun),
  ].join('\n')}\n`;
}

/** The text of a file that could not be run at all. */
export function problemText({ path, kind, problem }: FileReport): string {
  const what = kind === 'crashed' ? 'broke the runner down' : 'cannot be read';
  return `FAIL ${path} ${what}: ${problem ?? 'nobody knows why'}\n`;
}

/**
 * The arguments that run one case again, quoted for a shell.
 * @param command the words before the path, such as `evmill statetest`
 */
export function rerunCommand(command: string, path: string, { name, fork, index }: CaseResult): string {
  const words = [command, shellQuoted(path), `--match ${shellQuoted(`=${name}`)}`];
  if (fork !== undefined) words.push(`--fork ${shellQuoted(fork)}`);
  if (index !== undefined) words.push(`--index ${index}`);
  return words.join(' ');
}

/** A word for a POSIX shell. */
function shellQuoted(word: string): string {
  return /^[\w@%+:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Folders share the path of what was run: it stands in the title, and the rows are what follows. */
function folderTable(folders: ReadonlyMap<string, Count>): string[] {
  const paths = [...folders.keys()].map((folder) => folder.split('/'));
  let shared = 0;
  while (paths.every((path) => path.length > shared && path[shared] === paths[0][shared])) shared++;
  if (folders.size === 1 || shared === 0) return table('folder', folders);
  const rows = [...folders].map(([folder, count]): [string, Count] => [
    folder.split('/').slice(shared).join('/') || '.',
    count,
  ]);
  return table(`folder of ${paths[0].slice(0, shared).join('/')}`, new Map(rows));
}

function inOrderOfActivation(forks: ReadonlyMap<string, Count>): ReadonlyMap<string, Count> {
  const position = (name: string): number => {
    const at = FORKS.findIndex((fork) => fork.name === canonicalForkName(name));
    return at === -1 ? FORKS.length : at;
  };
  return new Map([...forks].sort(([a], [b]) => position(a) - position(b)));
}

function table(title: string, counts: ReadonlyMap<string, Count>): string[] {
  const width = Math.max(title.length, ...[...counts.keys()].map((key) => key.length));
  const row = (key: string, cases: string, failed: string): string =>
    `${key.padEnd(width)}  ${cases.padStart(9)}  ${failed.padStart(9)}`;
  return [
    row(title, 'cases', 'failed'),
    ...[...counts].map(([key, { cases, failed }]) => row(key, grouped(cases), grouped(failed))),
  ];
}

const grouped = (count: number): string => count.toLocaleString('en');
const plural = (noun: string, count: number): string => (count === 1 ? noun : `${noun}s`);
