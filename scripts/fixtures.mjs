/**
 * Checks the official archives of `fixtures/manifest.json` that are at hand, and runs them if asked to.
 *
 *     npm run fixtures             which are there, and whether each is the one that the manifest means
 *     npm run fixtures -- --run    also run every suite in them, and hold the number of cases against the manifest
 *
 * They are looked for in the folder that EVMILL_FIXTURES names, or in ../shared/fixtures next to the repository.
 * Exit code 0: all that is there is right; 1: something is not.
 */

import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = process.env.EVMILL_FIXTURES ?? join(ROOT, '../shared/fixtures');

/** @typedef {{ archive: string, source: string, commit: string, sha256: string, suites: Record<string, number> }} Row */

/** @param {string} path */
async function sha256Of(path) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @param {string} suite
 */
async function countsOf(path, suite) {
  const { fixtureFiles } = await import('../dist/conformance/fixtureFiles.js');
  const { ALL_CORES, runFiles } = await import('../dist/conformance/pool.js');
  const { suiteNamed } = await import('../dist/conformance/suites.js');
  const settings = { suite, selection: {} };
  const { evmReports } = await import('../dist/cli/evmReports.js');
  const reports =
    suite === 'evm'
      ? evmReports([path], () => true)
      : runFiles(fixtureFiles([path], suiteNamed(suite).extensions), settings, { jobs: ALL_CORES });
  let cases = 0;
  let failed = 0;
  for await (const report of reports) {
    cases += report.cases.length;
    failed += report.cases.filter(({ pass }) => !pass).length;
    if (report.kind === 'crashed' || report.kind === 'unreadable') failed++;
  }
  return { cases, failed };
}

const mayRun = process.argv.includes('--run');
/** @type {{ archives: Row[] }} */
const { archives } = JSON.parse(readFileSync(join(ROOT, 'fixtures/manifest.json'), 'utf8'));
let wrong = 0;
for (const { archive, source, commit, sha256, suites } of archives) {
  const path = join(FOLDER, archive);
  if (!existsSync(path)) {
    console.log(
      `absent   ${archive}: pack it from ${source} at ${commit.slice(0, 12)}, and set EVMILL_FIXTURES`,
    );
    continue;
  }
  const actual = await sha256Of(path);
  if (actual !== sha256) {
    wrong++;
    console.log(`differs  ${archive}: expected sha256 ${sha256}, got ${actual}`);
    continue;
  }
  console.log(`present  ${archive}`);
  if (!mayRun) continue;
  for (const [suite, expected] of Object.entries(suites)) {
    const start = performance.now();
    const { cases, failed } = await countsOf(path, suite);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const right = cases === expected && failed === 0;
    if (!right) wrong++;
    const verdict = right ? 'ok' : `expected ${expected} cases and no failure`;
    console.log(`         ${suite}: ${cases} cases, ${failed} failed, ${seconds} s, ${verdict}`);
  }
}
process.exitCode = wrong === 0 ? 0 : 1;
