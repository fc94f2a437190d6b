/** One thread of a fuzzing run: makes programs, runs them in all ways, and makes small what differs. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tracer } from '../machine/tracer.ts';
import { type Fork, forkNamed } from '../protocol/forks.ts';
import type { ClientSettings } from './client.ts';
import { clientComparison } from './compareClient.ts';
import type { Comparison } from './comparison.ts';
import { type Corpus, openCorpus, stateTestText } from './corpus.ts';
import { addCoverage, type CoverageCounts, coverageTracer } from './coverage.ts';
import type { FuzzCase } from './fuzzCase.ts';
import { atGasEdges, gasMarks } from './gasEdges.ts';
import { generateCase } from './generateCase.ts';
import { minimise } from './minimise.ts';
import { mutate } from './mutate.ts';
import { runCase } from './outcome.ts';
import { Random } from './random.ts';
import { tierComparison } from './tiers.ts';
import { together } from './together.ts';

/** What a thread is told; plain data. */
export interface FuzzSettings {
  readonly seed: bigint;
  /** names of the forks to run in */
  readonly forks: readonly string[];
  readonly clients: readonly ClientSettings[];
  /** the corpus' folder */
  readonly corpus: string | undefined;
}

/** Something that differs, made small. */
export interface Finding {
  /** differences of one kind are told once */
  readonly kind: string;
  /** the program's number under its seed */
  readonly program: number;
  /** what differs and where, in a few lines */
  readonly text: string;
  /** the case as an official state test */
  readonly stateTest: string;
}

/** What came of one program: itself and its neighbours at the edges of gas. */
export interface ProgramReport {
  /** cases that were run: the program, and the same with other gas */
  readonly cases: number;
  /** instructions, counted once for each case */
  readonly steps: number;
  readonly coverage: CoverageCounts;
  readonly findings: readonly Finding[];
  /** kinds of differences that were there again */
  readonly repeated: readonly string[];
}

/** Gas limits tried for each program. */
const EDGES = 4;

/** Runs programs by their numbers. */
export class Fuzzer {
  private readonly seed: bigint;
  private readonly forks: readonly Fork[];
  private readonly comparisons: readonly Comparison[];
  private readonly corpus: Corpus | undefined;
  private readonly folder: string;
  private readonly seen: CoverageCounts = new Map();
  private readonly known = new Set<string>();

  /** @throws {Error} when the corpus cannot be read or made */
  constructor({ seed, forks, clients, corpus }: FuzzSettings) {
    this.seed = seed;
    this.forks = forks.map(forkNamed);
    this.corpus = corpus === undefined ? undefined : openCorpus(corpus);
    this.folder = mkdtempSync(join(tmpdir(), 'evmill-fuzz-'));
    this.comparisons = [tierComparison, ...clients.map((client) => clientComparison(client, this.folder))];
    // what the corpus reaches is nothing new
    for (const one of this.corpus?.cases ?? []) {
      runCase(one, 'interpreter', { tracer: coverageTracer(one.fork, this.seen) });
    }
  }

  /** Ends the clients and removes what was written for them. */
  close(): void {
    for (const comparison of this.comparisons) comparison.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs a program. Without a corpus, the seed and the number say all of it. */
  async run(number: number): Promise<ProgramReport> {
    const random = new Random(this.seed, number);
    const fuzzCase = this.caseOf(random);
    const report = new Report(number);
    const marks = gasMarks();
    await this.runOne(fuzzCase, report, marks.tracer);
    for (const edge of atGasEdges(fuzzCase, marks, random, EDGES)) await this.runOne(edge, report);
    return report;
  }

  private caseOf(random: Random): FuzzCase {
    const cases = this.corpus?.cases ?? [];
    if (cases.length === 0 || random.oneIn(2)) return generateCase(random, random.pick(this.forks));
    return mutate(random, random.pick(cases), random.pick(cases), this.forks);
  }

  private async runOne(fuzzCase: FuzzCase, report: Report, marks: Tracer = {}): Promise<void> {
    const reached: CoverageCounts = new Map();
    const tracer = together(coverageTracer(fuzzCase.fork, reached), marks, report.counter);
    report.cases++;
    let isAgreed = true;
    for (const comparison of this.comparisons) {
      const difference = await comparison.run(fuzzCase, comparison === tierComparison ? tracer : undefined);
      if (difference === undefined) continue;
      isAgreed = false;
      if (this.known.has(difference.kind)) report.repeated.push(difference.kind);
      else report.findings.push(await this.smallest(comparison, fuzzCase, difference.kind, report.program));
    }
    addCoverage(report.coverage, reached);
    if (addCoverage(this.seen, reached) && isAgreed) {
      this.corpus?.keep(fuzzCase, runCase(fuzzCase, 'interpreter'));
    }
  }

  private async smallest(
    comparison: Comparison,
    fuzzCase: FuzzCase,
    kind: string,
    program: number,
  ): Promise<Finding> {
    this.known.add(kind);
    const small = await minimise(fuzzCase, async (one) => (await comparison.run(one))?.kind === kind);
    const { text } = (await comparison.run(small)) ?? { text: `${kind} (only once: it does not show again)` };
    return { kind, program, text, stateTest: stateTestText('fuzz', small, runCase(small, 'interpreter')) };
  }
}

class Report implements ProgramReport {
  readonly program: number;
  cases = 0;
  steps = 0;
  readonly coverage: CoverageCounts = new Map();
  readonly findings: Finding[] = [];
  readonly repeated: string[] = [];

  constructor(program: number) {
    this.program = program;
  }

  get counter(): Tracer {
    return {
      onStep: () => {
        this.steps++;
      },
    };
  }
}
