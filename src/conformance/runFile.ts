/** One file of vectors from bytes to report: what a worker does, and what is done in this thread without one. */

import type { CaseResult, FileReport } from './caseResult.ts';
import { type FixtureFile, isLfsPointer } from './fixtureFiles.ts';
import { MalformedFixture } from './fixtureValues.ts';
import type { Selection } from './selection.ts';
import { selector } from './selection.ts';
import { suiteNamed } from './suites.ts';
import type { TestedTier } from './testedTier.ts';
import type { TraceSink } from './traceSink.ts';

/** All that a run of files needs to know; plain data, so that workers can be told. */
export interface RunSettings {
  /** the name of one of `SUITES` */
  readonly suite: string;
  readonly selection: Selection;
  /** which tier runs code; `auto` by default */
  readonly tier?: TestedTier | undefined;
}

/** Runs one file. Never throws for what is in it. */
export type RunFile = (file: FixtureFile) => FileReport;

/**
 * Loads the suite and prepares to run files of it.
 * @param trace takes the traces of state and block tests
 * @throws {RangeError} when there is no such suite, {TypeError} when the selection is none
 */
export async function fileRunner(settings: RunSettings, trace?: TraceSink): Promise<RunFile> {
  const runner = await suiteNamed(settings.suite).load(settings.tier ?? 'auto');
  const options = { selects: selector(settings.selection), trace };
  return (file) => {
    const { path, bytes } = file;
    const start = performance.now();
    const report = (
      kind: FileReport['kind'],
      cases: readonly CaseResult[] = [],
      problem?: string,
    ): FileReport => ({
      path,
      cases,
      kind,
      milliseconds: performance.now() - start,
      ...(problem === undefined ? {} : { problem }),
    });
    if (isLfsPointer(bytes)) return report('pointer');
    const content = parse(path, bytes);
    if (content instanceof SyntaxError) return report('unreadable', [], content.message);
    if (!runner.recognises(file, content)) return report('other');
    const cases: CaseResult[] = [];
    try {
      for (const result of runner.run(path, content, options)) cases.push(result);
    } catch (error) {
      if (error instanceof MalformedFixture) return report('unreadable', cases, error.message);
      const problem = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return report('crashed', cases, problem);
    }
    return report('run', cases);
  };
}

function parse(path: string, bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes);
  // other formats are their runners' business
  if (!path.endsWith('.json') && !/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}
