/**
 * Peers side by side on one program. Runs are interleaved in short bursts, so that whatever else the machine
 * does meets all peers alike, and every run's outcome is compared.
 */

import type { Outcome, Peer } from './peer.ts';
import type { Program } from './program.ts';
import { type Summary, spread, summarise } from './statistics.ts';

/** How long to measure. */
export interface Plan {
  /** measured time per program and peer, in seconds; slow peers take more to make their rounds */
  readonly seconds: number;
  /** rounds at least */
  readonly rounds: number;
  /**
   * milliseconds that a peer runs before the next has its turn; one run where a run takes longer, and then the others
   * have a share of `seconds` for each round
   */
  readonly burst: number;
}

/**
 * Runs before any counts, so that just-in-time compilers and caches are warm: so many, two bursts and as long as is
 * measured at least, so many seconds at most. (snailtracer is compiled over its first twenty runs, blake2b_huff/empty
 * over its first 20,000.)
 */
const WARM_UP = { runs: 25, bursts: 2, seconds: 4 };

/** A peer's times on a program, in milliseconds. */
export interface Figure {
  readonly peer: string;
  readonly runs: Summary;
  /** of a peer that is reached by a detour: the detour's own times, taken off in `min` and `median` */
  readonly detour?: Summary;
  readonly min: number;
  readonly median: number;
  /** half the distance of the quartiles of the runs as a share of `median` */
  readonly spread: number;
  /**
   * false where the detour's own unevenness could hide the program's time: shorter than it, and below four
   * standard errors
   */
  readonly resolved: boolean;
}

/** What was found for a program. */
export interface Comparison {
  readonly program: string;
  readonly group: string;
  readonly fork: string;
  readonly success: boolean;
  /** as a receipt would say */
  readonly gasUsed: bigint;
  /** without intrinsic gas */
  readonly executionGas: bigint;
  readonly outputBytes: number;
  readonly figures: readonly Figure[];
}

/** Peers did not do the same. */
export class Disagreement extends Error {
  override readonly name = 'Disagreement';
}

/** What was found for programs, and where peers disagreed. */
export interface Comparisons {
  readonly comparisons: readonly Comparison[];
  /** a sentence for each program that peers did differently */
  readonly failures: readonly string[];
}

/**
 * Measures peers on one program after the other.
 * @param onNext called before each with its name
 */
export async function compareAll(
  programs: readonly Program[],
  peers: readonly Peer[],
  plan: Plan,
  onNext: (name: string, index: number) => void = () => {},
): Promise<Comparisons> {
  const comparisons: Comparison[] = [];
  const failures: string[] = [];
  for (const [index, program] of programs.entries()) {
    onNext(program.name, index);
    try {
      comparisons.push(await compare(program, peers, plan));
    } catch (error) {
      if (!(error instanceof Disagreement)) throw error;
      failures.push(error.message);
    }
  }
  return { comparisons, failures };
}

/**
 * Measures all peers that know a program's fork on it.
 * @throws {Disagreement} when success, output or gas used differ between two runs of any peers
 */
export async function compare(program: Program, peers: readonly Peer[], plan: Plan): Promise<Comparison> {
  let expected: { readonly outcome: Outcome; readonly peer: string } | undefined;
  const able = peers.filter(({ knows }) => knows === undefined || knows(program));
  const lanes = able.map((peer) => ({ peer, runs: [] as number[], detours: [] as number[] }));

  async function run(lane: (typeof lanes)[number]): Promise<void> {
    const { ms, outcome } = await lane.peer.run();
    expected ??= { outcome, peer: lane.peer.name };
    const difference = differs(expected.outcome, outcome);
    if (difference !== undefined) {
      throw new Disagreement(`${program.name}: ${expected.peer} and ${lane.peer.name}: ${difference}`);
    }
    lane.runs.push(ms);
    if (lane.peer.detour !== undefined) lane.detours.push(await lane.peer.detour());
  }

  let slowest = 0;
  for (const lane of lanes) {
    await lane.peer.prepare(program);
    const start = performance.now();
    const spent = () => performance.now() - start;
    const least = Math.max(WARM_UP.bursts * plan.burst, plan.seconds * 1000);
    do await run(lane);
    while ((lane.runs.length < WARM_UP.runs || spent() < least) && spent() < WARM_UP.seconds * 1000);
    slowest = Math.max(slowest, spent() / lane.runs.length);
    lane.runs.length = 0;
    lane.detours.length = 0;
  }
  // Beside a peer whose runs are so long that it makes few rounds, the others have longer turns.
  const share = (plan.seconds * 1000) / plan.rounds;
  const turn = slowest > plan.burst ? Math.max(share, plan.burst) : plan.burst;
  const end = performance.now() + plan.seconds * 1000 * lanes.length;
  for (let round = 0; round < plan.rounds || performance.now() < end; round++) {
    // there and back, so that no peer always follows the same other one
    for (const lane of round % 2 === 0 ? lanes : lanes.toReversed()) {
      // no garbage collection is forced here: a full one shrinks the young generation, and with it between the
      // turns the medians of a peer that allocates were up to 2.5 times longer
      const over = performance.now() + turn;
      do await run(lane);
      while (performance.now() < over);
    }
  }

  const { outcome } = expected!;
  return {
    program: program.name,
    group: program.group,
    fork: program.fork,
    success: outcome.success,
    gasUsed: outcome.gasUsed,
    executionGas: outcome.gasUsed - program.intrinsicGas,
    outputBytes: (outcome.output.length - 2) / 2,
    figures: lanes.map(({ peer, runs, detours }) => figure(peer.name, runs, detours)),
  };
}

function figure(peer: string, runTimes: readonly number[], detourTimes: readonly number[]): Figure {
  const runs = summarise(runTimes);
  if (detourTimes.length === 0) {
    return { peer, runs, min: runs.min, median: runs.median, spread: spread(runs), resolved: true };
  }
  const detour = summarise(detourTimes);
  const min = runs.min - detour.min;
  const median = runs.median - detour.median;
  return {
    peer,
    runs,
    detour,
    min,
    median,
    spread: (spread(runs) * runs.median) / median,
    // a program longer than the detour is told by any run of both, however uneven the machine
    resolved:
      min > detour.min || (min > 0 && median > 4 * Math.hypot(standardError(runs), standardError(detour))),
  };
}

/**
 * Of the median, were the times spread as a normal distribution: 1.253 σ/√n with σ = distance of
 * quartiles/1.349.
 */
function standardError({ upperQuartile, lowerQuartile, count }: Summary): number {
  return (0.929 * (upperQuartile - lowerQuartile)) / Math.sqrt(count);
}

function differs(a: Outcome, b: Outcome): string | undefined {
  if (a.success !== b.success) return `success is ${a.success} and ${b.success}`;
  if (a.output !== b.output) return `output is ${brief(a.output)} and ${brief(b.output)}`;
  if (a.gasUsed !== b.gasUsed) return `gas used is ${a.gasUsed} and ${b.gasUsed}`;
  return undefined;
}

function brief(output: string): string {
  return output.length <= 74 ? output : `${output.slice(0, 70)}… (${(output.length - 2) / 2} bytes)`;
}
