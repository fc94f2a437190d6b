/** Two ways of running a case that must agree: what the fuzzer asks of each, whether they are tiers or clients. */

import type { Tracer } from '../machine/tracer.ts';
import type { FuzzCase } from './fuzzCase.ts';

/** How two runs of a case differ. */
export interface Difference {
  /** differences with the same words here are taken for the same */
  readonly kind: string;
  /** the first difference, in a few lines */
  readonly text: string;
}

/** Runs a case in ways that must agree. */
export interface Comparison {
  readonly name: string;
  /**
   * @param tracer watches a run of ours
   * @returns the first difference, if there is one
   */
  run(fuzzCase: FuzzCase, tracer?: Tracer): Promise<Difference | undefined>;
  /** Ends what it has started. */
  close(): void;
}
