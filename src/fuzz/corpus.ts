/** A folder of cases that each reached something new, as official state tests. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../conformance/fixtureValues.ts';
import { isStateTest, stateTestCases } from '../conformance/stateTestFormat.ts';
import { type FuzzCase, SENDER, stateTestJson } from './fuzzCase.ts';
import { expectationOf, type Outcome } from './outcome.ts';

/** Cases of a folder and the folder. */
export interface Corpus {
  readonly cases: FuzzCase[];
  /** Keeps a case, here and in the folder. */
  keep(fuzzCase: FuzzCase, outcome: Outcome): void;
}

/**
 * Opens a folder, which is made where there is none. State tests of others serve too, where the usual account sends.
 * @throws {Error} when it cannot be read
 */
export function openCorpus(folder: string): Corpus {
  mkdirSync(folder, { recursive: true });
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const cases = files.sort().flatMap((name) => casesIn(readFileSync(join(folder, name), 'utf8')));
  return {
    cases,
    keep(fuzzCase, outcome) {
      const text = stateTestText('corpus', fuzzCase, outcome);
      const path = join(folder, `${createHash('sha256').update(text).digest('hex').slice(0, 16)}.json`);
      if (!existsSync(path)) writeFileSync(path, text);
      cases.push(fuzzCase);
    },
  };
}

/** A case as the text of a file, with what it comes to. */
export function stateTestText(name: string, fuzzCase: FuzzCase, outcome: Outcome): string {
  return `${JSON.stringify(stateTestJson(name, fuzzCase, expectationOf(fuzzCase, outcome)), null, 2)}\n`;
}

/** The cases in a state test file that the usual account sends. */
export function casesIn(text: string): FuzzCase[] {
  const json: unknown = JSON.parse(text);
  return Object.entries(isObject(json) ? json : {}).flatMap(([name, test]) =>
    isStateTest(test)
      ? [...stateTestCases(name, test, () => true)]
          .filter(({ sender }) => sender === SENDER)
          .map(({ fork, pre, block, transaction }) => ({ fork, pre, block, transaction }))
      : [],
  );
}
