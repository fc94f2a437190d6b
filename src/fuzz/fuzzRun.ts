/** A whole fuzzing run over threads. */

import { Worker } from 'node:worker_threads';
import { addCoverage, type CoverageCounts } from './coverage.ts';
import { type Finding, Fuzzer, type FuzzSettings, type ProgramReport } from './fuzzer.ts';

/** How long a run goes on; it ends at whatever comes first. */
export interface FuzzLimits {
  readonly milliseconds: number;
  readonly programs: number;
  /** at the first difference */
  readonly bail: boolean;
  /** threads; 1: this one */
  readonly jobs: number;
}

/** What a run has come to so far. */
export interface FuzzSummary {
  programs: number;
  cases: number;
  steps: number;
  readonly coverage: CoverageCounts;
  readonly findings: Finding[];
  /** how often each kind of difference was there */
  readonly kinds: Map<string, number>;
}

const WORKER = new URL('./worker.js', import.meta.url);

/**
 * Runs programs until a limit.
 * @param progress is told after each program
 */
export async function fuzz(
  settings: FuzzSettings,
  limits: FuzzLimits,
  progress: (summary: FuzzSummary, fresh: readonly Finding[]) => void,
): Promise<FuzzSummary> {
  const summary: FuzzSummary = {
    programs: 0,
    cases: 0,
    steps: 0,
    coverage: new Map(),
    findings: [],
    kinds: new Map(),
  };
  const end = performance.now() + limits.milliseconds;
  let next = 0;
  const isOver = (): boolean =>
    next >= limits.programs || performance.now() >= end || (limits.bail && summary.kinds.size > 0);
  const workOff = async (runner: Runner): Promise<void> => {
    try {
      while (!isOver()) {
        const report = await runner.run(next++);
        progress(summary, add(summary, report));
      }
    } finally {
      await runner.close();
    }
  };
  const jobs = Math.min(limits.jobs, limits.programs);
  await Promise.all(Array.from({ length: jobs }, () => workOff(runnerOf(settings, jobs))));
  return summary;
}

interface Runner {
  run(number: number): Promise<ProgramReport>;
  close(): void | Promise<void>;
}

/** A thread of its own where there are several and the built module is there, else this one. */
function runnerOf(settings: FuzzSettings, jobs: number): Runner {
  if (jobs === 1 || import.meta.url.endsWith('.ts')) return new Fuzzer(settings);
  const worker = new Worker(WORKER, { workerData: settings });
  return {
    run: (number) =>
      new Promise((resolve, reject) => {
        const settle = (report: ProgramReport): void => {
          worker.off('error', reject);
          resolve(report);
        };
        worker.once('message', settle).once('error', reject);
        worker.postMessage(number);
      }),
    async close() {
      worker.postMessage(undefined);
      await new Promise((resolve) => worker.once('exit', resolve).once('error', resolve));
    },
  };
}

/** Adds a report. Returns the findings of kinds that no thread has had before. */
function add(summary: FuzzSummary, report: ProgramReport): Finding[] {
  summary.programs++;
  summary.cases += report.cases;
  summary.steps += report.steps;
  addCoverage(summary.coverage, report.coverage);
  const fresh = report.findings.filter(({ kind }) => !summary.kinds.has(kind));
  summary.findings.push(...fresh);
  for (const kind of [...report.repeated, ...report.findings.map((finding) => finding.kind)]) {
    summary.kinds.set(kind, (summary.kinds.get(kind) ?? 0) + 1);
  }
  return fresh;
}
