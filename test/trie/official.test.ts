/** The official vectors of this layer, where their archive is at hand, and our own small ones always. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { archiveMembers } from '../../src/conformance/archives.ts';
import { runBasicTests } from '../../src/conformance/basicTests.ts';
import type { CaseResult } from '../../src/conformance/caseResult.ts';
import { runRlpTests } from '../../src/conformance/rlpTests.ts';
import { runTrieTests } from '../../src/conformance/trieTests.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ARCHIVE = join(
  process.env['EVMILL_FIXTURES'] ?? join(ROOT, '../shared/fixtures'),
  'ethereum-tests.tar.gz',
);

const SUITES = [
  { name: 'TrieTests', own: 'trie', run: runTrieTests, files: 6, cases: 37 },
  { name: 'RLPTests', own: 'rlp', run: runRlpTests, files: 2, cases: 54 },
  { name: 'BasicTests', own: 'basic', run: runBasicTests, files: 10, cases: 4916 },
];

function failures(cases: Iterable<CaseResult>): CaseResult[] {
  return [...cases].filter((result) => !result.pass);
}

describe('our own vectors', () => {
  for (const { own, run } of SUITES) {
    const folder = join(ROOT, 'fixtures', own);
    for (const file of readdirSync(folder)) {
      test(`${own}/${file}`, () => {
        const cases = [...run(file, JSON.parse(readFileSync(join(folder, file), 'utf8')))];
        expect(cases.length).toBeGreaterThan(0);
        expect(failures(cases)).toEqual([]);
      });
    }
  }
});

const present = existsSync(ARCHIVE);
const absent = 'not run: ethereum-tests.tar.gz is neither in EVMILL_FIXTURES nor in ../shared/fixtures';

describe(present ? 'the official vectors' : `the official vectors (${absent})`, () => {
  test.runIf(present)('all pass, none left out', async () => {
    const counts = new Map(SUITES.map((suite) => [suite.name, { files: 0, cases: 0 }]));
    const suiteOf = (path: string) => SUITES.find((suite) => path.includes(`/${suite.name}/`));
    for await (const { name, bytes } of archiveMembers(ARCHIVE, (path) => suiteOf(path) !== undefined)) {
      const suite = suiteOf(name) as (typeof SUITES)[number];
      const cases = [...suite.run(name, JSON.parse(new TextDecoder().decode(bytes)))];
      expect(failures(cases), name).toEqual([]);
      const count = counts.get(suite.name) as { files: number; cases: number };
      count.files++;
      count.cases += cases.length;
    }
    for (const { name, files, cases } of SUITES) expect(counts.get(name), name).toEqual({ files, cases });
  });
});
