/** The transactions of state tests, for comparing rule sets: what a test expects does not matter, only what it does. */

import { addressOfPrivateKey } from '../chain/signature.ts';
import { FORKS, type Fork } from '../protocol/forks.ts';
import { memoryState } from '../state/memory.ts';
import { isObject, type JsonObject } from './fixtureValues.ts';
import type { ComparedTransaction } from './forkComparison.ts';
import { canonicalForkName, type Selects } from './selection.ts';
import { isStateTest, stateTestCases } from './stateTestFormat.ts';
import { blockHashOfNumber } from './stateTestMachine.ts';

/**
 * The transactions of a file's state tests, lazily: those that each lists for a fork, or, where it lists none for that
 * one, for the newest that it does.
 * @param selects by the name of a test alone
 * @throws {MalformedFixture} when a test cannot be read
 */
export function* comparedTransactions(
  json: unknown,
  fork: Fork,
  selects: Selects,
): Generator<ComparedTransaction> {
  for (const [name, test] of Object.entries(isObject(json) ? json : {})) {
    if (!isStateTest(test) || !selects(name)) continue;
    const listed = listedFork(test, fork);
    for (const one of stateTestCases(name, test, (_, forkName) => forkName === listed)) {
      const { transaction, block, pre, index } = one;
      const sender = one.sender ?? addressOfPrivateKey(one.secretKey!);
      const label = index === 0 ? name : `${name}, ${index}`;
      yield { name: label, transaction, sender, block, source: memoryState(pre, blockHashOfNumber) };
    }
  }
}

function listedFork(test: JsonObject, fork: Fork): string | undefined {
  const listed = Object.keys(test['post'] as JsonObject);
  const exact = listed.find((name) => canonicalForkName(name) === fork.name);
  if (exact !== undefined) return exact;
  const age = (name: string): number => FORKS.findIndex((known) => known.name === canonicalForkName(name));
  return listed.sort((a, b) => age(b) - age(a))[0];
}
