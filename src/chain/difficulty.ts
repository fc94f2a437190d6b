/**
 * The difficulty of mined blocks: the parent's, corrected by the time since, and a bomb that doubles every 100,000
 * blocks. https://eips.ethereum.org/EIPS/eip-2, https://eips.ethereum.org/EIPS/eip-100, and the delays of the bomb
 * from https://eips.ethereum.org/EIPS/eip-649 on.
 */

import type { Fork } from '../protocol/forks.ts';

/** What of the parent the difficulty depends on. */
export interface DifficultyHistory {
  readonly difficulty: bigint;
  /** seconds */
  readonly timestamp: bigint;
  readonly hasOmmers: boolean;
}

const MIN_DIFFICULTY = 131_072n;
/** The unit by which difficulty moves: the parent's divided by this. */
const NOTCHES = 2048n;
/** It falls by so many notches at most. */
const MOST_NOTCHES_DOWN = -99n;
const BOMB_PERIOD = 100_000n;

/** The difficulty that a mined block must have, by its number and timestamp (seconds). */
export function nextDifficulty(
  fork: Fork,
  number: bigint,
  timestamp: bigint,
  parent: DifficultyHistory,
): bigint {
  const elapsed = timestamp - parent.timestamp;
  const adjusted =
    parent.difficulty + (parent.difficulty / NOTCHES) * notches(fork, elapsed, parent.hasOmmers);
  return (adjusted > MIN_DIFFICULTY ? adjusted : MIN_DIFFICULTY) + bomb(fork, number);
}

function notches({ rules, params }: Fork, elapsed: bigint, parentHasOmmers: boolean): bigint {
  const step = BigInt(params.difficultyStepSeconds);
  if (!rules.difficultySteps) return elapsed < step ? 1n : -1n;
  const from = rules.difficultyCountsOmmers && parentHasOmmers ? 2n : 1n;
  const steps = from - elapsed / step;
  return steps > MOST_NOTCHES_DOWN ? steps : MOST_NOTCHES_DOWN;
}

function bomb({ params }: Fork, number: bigint): bigint {
  const period = (number - BigInt(params.difficultyBombDelay)) / BOMB_PERIOD;
  return period > 1n ? 1n << (period - 2n) : 0n;
}
