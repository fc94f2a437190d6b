/**
 * Traces official state tests of every fork and looks at each line: whether it is well formed, whether gas adds up from
 * step to step, and whether the last one names the root that the fixture asks for. The same tests then run untraced in
 * both tiers, which must come to the same root and the same gas.
 *
 *     npm run build && node scripts/trace-state-tests.mjs [--cases 1000] ARCHIVE…
 */

import { parseArgs } from 'node:util';
import { fixtureFiles } from '../dist/conformance/fixtureFiles.js';
import { isObject } from '../dist/conformance/fixtureValues.js';
import { isStateTest, stateTestCases } from '../dist/conformance/stateTestFormat.js';
import { stateTestMachine } from '../dist/conformance/stateTestMachine.js';
import { runStateTestCase } from '../dist/conformance/stateTests.js';
import { eip3155Tracer } from '../dist/trace/eip3155.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { cases: { type: 'string', default: '1000' } },
});
/** How many cases of each fork, so that all forks have their share. */
const PER_FORK = Math.ceil(Number(values.cases) / 8);
/** Cases of more steps are left to the conformance runs: their traces are gigabytes. */
const MOST_CHARACTERS = 2 ** 24;

const KEYS = 'pc,op,gas,gasCost,memSize,stack,depth,refund,opName';
const QUANTITY = /^0x(0|[1-9a-f][0-9a-f]*)$/;
const FRAMES = /^(CALL|CALLCODE|DELEGATECALL|STATICCALL|CREATE|CREATE2)$/;

class TooLong extends Error {}

/** @type {Map<string, number>} */
const perFork = new Map();
const total = { cases: 0, lines: 0, tooLong: 0 };
/** @type {string[]} */
const problems = [];

/** @param {ReturnType<typeof stateTestMachine>} machine */
function measured(machine) {
  let gasUsed;
  return {
    machine: {
      ...machine,
      /** @param {Parameters<typeof machine.transact>} args */
      transact(...args) {
        const outcome = machine.transact(...args);
        gasUsed = outcome.gasUsed;
        return outcome;
      },
    },
    gas() {
      const used = gasUsed;
      gasUsed = undefined;
      return used;
    },
  };
}

const tiers = {
  traced: measured(stateTestMachine('auto')),
  interpreter: measured(stateTestMachine('interpreter')),
  compiler: measured(stateTestMachine('compiler')),
};

/**
 * What is wrong with the lines of a trace; undefined where nothing is.
 * @param {string[]} lines
 * @param {string} root
 */
function problemOf(lines, root) {
  const last = lines.at(-1);
  if (last !== `{"stateRoot": "${root}"}`) return `last line ${last} instead of the root ${root}`;
  /** @type {any} */
  let before;
  for (const line of lines.slice(0, -1)) {
    const step = JSON.parse(line);
    if ('output' in step) {
      if (!/^([0-9a-f]{2})*$/.test(step.output) || !QUANTITY.test(step.gasUsed))
        return `malformed end ${line}`;
      before = undefined;
      continue;
    }
    const keys = Object.keys(step)
      .filter((key) => key !== 'error')
      .join();
    const isRight =
      keys === KEYS &&
      QUANTITY.test(step.gas) &&
      QUANTITY.test(step.gasCost) &&
      step.stack.length <= 1024 &&
      step.stack.every((/** @type {string} */ word) => QUANTITY.test(word)) &&
      step.depth >= 1 &&
      step.memSize % 32 === 0;
    if (!isRight) return `malformed step ${line}`;
    if (before?.depth === step.depth && !FRAMES.test(before.opName) && !before.error && !step.error) {
      const left = BigInt(before.gas) - BigInt(before.gasCost);
      if (left !== BigInt(step.gas)) return `gas ${step.gas} after ${JSON.stringify(before)}`;
    }
    before = step;
  }
  return undefined;
}

/** @param {any} test */
function run(test) {
  let text = '';
  const write = (/** @type {string} */ lines) => {
    text += lines;
    if (text.length > MOST_CHARACTERS) throw new TooLong();
  };
  const traced = runStateTestCase(test, tiers.traced.machine, { tracer: () => eip3155Tracer(write), write });
  if (text.length > MOST_CHARACTERS) {
    total.tooLong++;
    return;
  }
  const gas = tiers.traced.gas();
  const lines = text.trimEnd().split('\n');
  perFork.set(test.forkName, (perFork.get(test.forkName) ?? 0) + 1);
  total.cases++;
  total.lines += lines.length;
  const name = `${test.name} [${test.forkName} ${test.index}]`;
  if (!traced.pass) problems.push(`${name}: ${traced.error}`);
  const problem = problemOf(lines, test.expected.stateRoot);
  if (problem !== undefined) problems.push(`${name}: ${problem}`);
  for (const tier of /** @type {const} */ (['interpreter', 'compiler'])) {
    const result = runStateTestCase(test, tiers[tier].machine, undefined);
    const used = tiers[tier].gas();
    if (result.stateRoot !== traced.stateRoot || result.pass !== traced.pass || used !== gas) {
      problems.push(
        `${name}: ${tier} comes to ${result.stateRoot} and gas ${used}, traced ${traced.stateRoot} and ${gas}`,
      );
    }
  }
}

const start = performance.now();
let seen = 0;
for await (const { bytes } of fixtureFiles(positionals, ['.json'])) {
  // every seventh file: neighbours are alike
  if (seen++ % 7 !== 0) continue;
  const content = JSON.parse(new TextDecoder().decode(bytes));
  for (const [name, test] of Object.entries(isObject(content) ? content : {})) {
    if (!isStateTest(test)) continue;
    const wanted = (/** @type {string} */ _, /** @type {string} */ fork) =>
      (perFork.get(fork) ?? 0) < PER_FORK;
    let taken = 0;
    for (const one of stateTestCases(name, test, wanted)) if (taken++ < 4) run(one);
  }
}
for (const [fork, cases] of perFork) console.log(`${fork.padEnd(20)} ${cases}`);
for (const problem of problems.slice(0, 20)) console.log(problem);
console.log(
  `${total.cases} cases traced, ${total.lines} lines, ${problems.length} problems, ` +
    `${total.tooLong} passed over as too long, ${((performance.now() - start) / 1000).toFixed(1)} s`,
);
process.exitCode = problems.length > 0 || total.cases < Number(values.cases) ? 1 : 0;
