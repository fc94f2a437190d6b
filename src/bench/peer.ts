/** What the harness asks of anything that can run a program. */

import type { Hex } from '../bytes.ts';
import type { Program } from './program.ts';

/** What a run did, equal for every peer or something is wrong. */
export interface Outcome {
  /** false for a revert and for a halt */
  readonly success: boolean;
  /** what was returned or reverted with; `0x` after a halt */
  readonly output: Hex;
  /** what a receipt would say, intrinsic gas included and refunds taken off */
  readonly gasUsed: bigint;
}

/** A timed run. */
export interface Run {
  readonly ms: number;
  readonly outcome: Outcome;
}

/** An EVM under measurement. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  /** Whether it has the program's fork; by default it has all. */
  knows?(program: Program): boolean;
  /** Loads the program's world. What it does is not timed. */
  prepare(program: Program): Promise<void>;
  /** Runs the prepared program once, over state that no earlier run has changed or warmed. */
  run(): Promise<Run>;
  /**
   * For a peer that is reached by a detour: the milliseconds of a run that takes the same detour with the
   * same sizes and does nothing there. Its minimum (or median) is taken off the minimum (or median) of the
   * runs.
   */
  detour?(): Promise<number>;
  close(): Promise<void>;
}
