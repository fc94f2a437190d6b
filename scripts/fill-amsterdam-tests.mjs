/**
 * Fills the tests of Amsterdam's EIPs in `fixtures/amsterdam`: run `npm run build && node scripts/fill-amsterdam-tests.mjs`.
 *
 * Nothing is executed to fill them. What transactions cost, log and leave behind is written down by hand from the EIPs'
 * examples, tables and test sections, in `amsterdam/*.mjs`; `amsterdam/scenario.mjs` adds it up to states, receipts,
 * access lists and headers. What is executed then must come to the same.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { runBlockTests } from '../dist/conformance/blockTests.js';
import { stateTestMachine } from '../dist/conformance/stateTestMachine.js';
import { runStateTests } from '../dist/conformance/stateTests.js';
import * as blocks from './amsterdam/blocks.mjs';
import * as machine from './amsterdam/machine.mjs';
import * as transactions from './amsterdam/transactions.mjs';

const FOLDER = new URL('../fixtures/amsterdam/', import.meta.url);
const scenarios = { ...transactions, ...machine, ...blocks };
const only = process.argv[2];
const engines = stateTestMachine('auto');
let failed = 0;

for (const kind of ['blocks', 'state']) mkdirSync(new URL(`${kind}/`, FOLDER), { recursive: true });
for (const [name, scenario] of Object.entries(scenarios).sort()) {
  if (!name.startsWith('eip') || (only !== undefined && name !== only)) continue;
  const { tests, stateTests } = scenario();
  for (const [kind, content] of [
    ['blocks', tests],
    ['state', stateTests],
  ]) {
    if (Object.keys(content).length === 0) continue;
    writeFileSync(new URL(`${kind}/${name}.json`, FOLDER), `${JSON.stringify(content)}\n`);
  }
  const results = [
    ...runStateTests(stateTests, engines, { selects: () => true }),
    ...runBlockTests(tests, () => true),
  ];
  for (const { pass, ...rest } of results) if (!pass) console.log(rest);
  const wrong = results.filter(({ pass }) => !pass).length;
  failed += wrong;
  console.log(`${name}: ${results.length} cases, ${wrong} fail`);
}
process.exitCode = failed > 0 ? 1 : 0;
