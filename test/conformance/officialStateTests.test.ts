/**
 * State tests on the machine: our own always, and of the official archives that are at hand every so many files.
 * `npm run fixtures -- --run` runs the archives whole.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { CaseResult } from '../../src/conformance/caseResult.ts';
import { type FixtureFile, fixtureFiles } from '../../src/conformance/fixtureFiles.ts';
import { runFiles } from '../../src/conformance/pool.ts';
import { TESTED_TIERS, type TestedTier } from '../../src/conformance/testedTier.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ARCHIVES = process.env['EVMILL_FIXTURES'] ?? join(ROOT, '../shared/fixtures');

interface Manifest {
  readonly archives: readonly {
    readonly archive: string;
    readonly source: string;
    readonly commit: string;
    readonly files: number;
    readonly suites: Readonly<Record<string, number>>;
  }[];
}
const { archives } = JSON.parse(readFileSync(join(ROOT, 'fixtures/manifest.json'), 'utf8')) as Manifest;

/** How many files of an archive to run. */
const SAMPLE = 40;
/** Tests that are there to take long. */
const SLOW = /stTimeConsuming|stQuadratic|stAttack|1024|50000|Loop|test_run_until_out_of_gas|test_gas_cost/;

async function resultsOf(
  suite: string,
  files: AsyncGenerator<FixtureFile>,
  tier: TestedTier = 'auto',
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  const settings = { suite, selection: {}, tier };
  for await (const report of runFiles(files, settings, { jobs: 1 })) {
    expect(['run', 'other'], `${report.path}: ${report.problem}`).toContain(report.kind);
    results.push(...report.cases);
  }
  return results;
}

async function* sampled(files: AsyncGenerator<FixtureFile>, every: number): AsyncGenerator<FixtureFile> {
  let count = 0;
  for await (const file of files) if (!SLOW.test(file.path) && count++ % every === 0) yield file;
}

const failed = (results: readonly CaseResult[]): CaseResult[] => results.filter(({ pass }) => !pass);

test.each(TESTED_TIERS)('our own state tests pass: %s', async (tier) => {
  const results = await resultsOf('state', fixtureFiles([join(ROOT, 'fixtures/state')], ['.json']), tier);
  expect(failed(results)).toEqual([]);
  expect(results).toHaveLength(61);
});

describe('official archives, in samples', () => {
  for (const { archive, source, commit, files, suites } of archives) {
    for (const suite of ['state', 'vm']) {
      if (suites[suite] === undefined) continue;
      const path = join(ARCHIVES, archive);
      const absent = ` (not run: pack it from ${source} at ${commit}, and set EVMILL_FIXTURES to its folder)`;
      test.runIf(existsSync(path))(
        `${suite} tests of ${archive}${existsSync(path) ? '' : absent}`,
        async () => {
          const all = fixtureFiles([path], ['.json']);
          const results = await resultsOf(suite, sampled(all, Math.max(1, Math.floor(files / SAMPLE))));
          expect(failed(results)).toEqual([]);
          expect(results.length).toBeGreaterThan(0);
        },
      );
    }
  }
});
