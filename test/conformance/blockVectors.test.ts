/**
 * The official vectors of chains, where the archives are at hand: small suites whole, of the large ones what is about
 * blocks rather than about one transaction.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { CaseResult } from '../../src/conformance/caseResult.ts';
import { fixtureFiles } from '../../src/conformance/fixtureFiles.ts';
import { fileRunner } from '../../src/conformance/runFile.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ARCHIVES = process.env['EVMILL_FIXTURES'] ?? join(ROOT, '../shared/fixtures');

async function resultsOf(suite: string, archive: string, whose: RegExp): Promise<CaseResult[]> {
  const runFile = await fileRunner({ suite, selection: {} });
  const results: CaseResult[] = [];
  for await (const file of fixtureFiles([join(ARCHIVES, archive)], ['.json'])) {
    if (!whose.test(file.path)) continue;
    const report = runFile(file);
    expect(['run', 'other'], `${report.path}: ${report.problem}`).toContain(report.kind);
    results.push(...report.cases);
  }
  return results;
}

const SAMPLES: readonly (readonly [suite: string, archive: string, whose: RegExp, cases: number])[] = [
  ['difficulty', 'ethereum-tests.tar.gz', /./, 15_440],
  ['genesis', 'ethereum-tests.tar.gz', /./, 3],
  ['block', 'ethereum-tests.tar.gz', /\/BlockchainTests\//, 505],
  [
    'block',
    'legacytests-constantinople-blocks.tar.gz',
    /bcMultiChainTest|bcTotalDifficultyTest|bcUncle(Header|Special)?|bcForgedTest/,
    0,
  ],
  ['block', 'legacytests-cancun-blocks.tar.gz', /TransitionTests/, 0],
  [
    'block',
    'eest-v5.4.0-blockchain_tests.tar.gz',
    /eip4788|eip4895|eip6110|eip7002|eip7251|eip7685|eip7918|eip7934|eip2935|fork_transition|excess_blob_gas/,
    0,
  ],
];

describe('official vectors', () => {
  for (const [suite, archive, whose, cases] of SAMPLES) {
    test.runIf(existsSync(join(ARCHIVES, archive)))(
      `${suite}: ${archive}`,
      { timeout: 600_000 },
      async () => {
        const results = await resultsOf(suite, archive, whose);
        expect(results.filter(({ pass }) => !pass)).toEqual([]);
        if (cases > 0) expect(results).toHaveLength(cases);
        else expect(results.length).toBeGreaterThan(0);
      },
    );
  }
});
