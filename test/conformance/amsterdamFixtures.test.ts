/** The tests of Amsterdam's EIPs in `fixtures/amsterdam`, whose expectations `scripts/amsterdam` wrote down by hand. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { blockTestMachine, runBlockTests } from '../../src/conformance/blockTests.ts';
import type { CaseResult } from '../../src/conformance/caseResult.ts';
import { stateTestMachine } from '../../src/conformance/stateTestMachine.ts';
import { runStateTests } from '../../src/conformance/stateTests.ts';
import { TESTED_TIERS } from '../../src/conformance/testedTier.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/amsterdam/', import.meta.url));
type Json = Record<string, Record<string, unknown>>;
const read = (kind: string): [string, Json][] =>
  readdirSync(FOLDER + kind).map((name) => [
    name,
    JSON.parse(readFileSync(`${FOLDER}${kind}/${name}`, 'utf8')) as Json,
  ]);

const EIPS = [2780, 7708, 7778, 7843, 7928, 7954, 7976, 7981, 7997, 8024, 8037, 8038, 8246, 8282];
const failed = (results: Iterable<CaseResult>) => [...results].filter(({ pass }) => !pass);

describe("Amsterdam's EIPs", () => {
  it('have blockchain tests, all of them', () => {
    expect(read('blocks').map(([name]) => name)).toEqual(EIPS.map((eip) => `eip${eip}.json`));
  });

  it.each(TESTED_TIERS)('pass as blocks: %s', (tier) => {
    const machine = blockTestMachine(tier);
    const results = read('blocks').flatMap(([, tests]) => [...runBlockTests(tests, () => true, { machine })]);
    expect(failed(results)).toEqual([]);
    expect(results.length).toBeGreaterThanOrEqual(EIPS.length);
  });

  it.each(TESTED_TIERS)('pass as state tests: %s', (tier) => {
    const machine = stateTestMachine(tier);
    const results = read('state').flatMap(([, tests]) => [
      ...runStateTests(tests, machine, { selects: () => true }),
    ]);
    expect(failed(results)).toEqual([]);
    expect(results.length).toBeGreaterThan(150);
  });

  it('fail where a number is another', () => {
    const [, tests] = read('state')[0];
    const [[name, test]] = Object.entries(tests);
    const other = JSON.parse(JSON.stringify(test).replaceAll('"0x989680"', '"0x0d"')) as Json;
    expect(
      failed(runStateTests({ [name]: other }, stateTestMachine('auto'), { selects: () => true })),
    ).toHaveLength(1);
  });
});
