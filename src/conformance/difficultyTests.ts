/**
 * ethereum/tests' DifficultyTests: the difficulty of a block by its number and time, fork by fork.
 * https://github.com/ethereum/tests/tree/develop/DifficultyTests
 */

import { nextDifficulty } from '../chain/difficulty.ts';
import { forkNamed } from '../protocol/forks.ts';
import type { CaseResult } from './caseResult.ts';
import { integerAt, isObject, objectAt } from './fixtureValues.ts';

/** The key that describes a file rather than a fork. */
const INFO = '_info';

/**
 * Runs a file's vectors.
 * @throws {MalformedFixture} when one cannot be read
 * @throws {RangeError} when it names a fork that there is not
 */
export function* runDifficultyTests(_path: string, json: unknown): Generator<CaseResult> {
  for (const test of Object.values(objectAt(json, 'file'))) {
    for (const [fork, vectors] of Object.entries(objectAt(test, 'test'))) {
      if (fork === INFO || !isObject(vectors)) continue;
      for (const [name, vector] of Object.entries(vectors)) yield runVector(name, fork, vector);
    }
  }
}

function runVector(name: string, fork: string, vector: unknown): CaseResult {
  const stated = objectAt(vector, name);
  const number = (key: string): bigint => integerAt(stated[key], `${name}.${key}`);
  const parent = {
    difficulty: number('parentDifficulty'),
    timestamp: number('parentTimestamp'),
    // some files say how many, some only whether
    hasOmmers: number('parentUncles') !== 0n,
  };
  const actual = nextDifficulty(
    forkNamed(fork),
    number('currentBlockNumber'),
    number('currentTimestamp'),
    parent,
  );
  const expected = number('currentDifficulty');
  if (actual === expected) return { name, fork, pass: true };
  return { name, fork, pass: false, expected: `${expected}`, actual: `${actual}` };
}
