/** Results in the forms that people and tools read. */

import { expect, test } from 'vitest';
import type { CaseResult, FileReport } from '../../src/conformance/caseResult.ts';
import { gethArray } from '../../src/conformance/gethReport.ts';
import { JUNIT_END, JUNIT_START, junitSuite } from '../../src/conformance/junitReport.ts';
import { selector } from '../../src/conformance/selection.ts';
import {
  addReport,
  emptySummary,
  failureText,
  problemText,
  rerunCommand,
  summaryText,
} from '../../src/conformance/summary.ts';

const ROOT = `0x${'ab'.repeat(32)}` as const;
const PASSED: CaseResult = { name: 'add', fork: 'Berlin', index: 0, pass: true, stateRoot: ROOT };
const FAILED: CaseResult = {
  name: 'it\'s <x> & "y"',
  fork: 'London',
  index: 2,
  pass: false,
  expected: 'a',
  actual: 'b\nc\u0000',
  error: 'a <> b',
};
const report = (
  path: string,
  kind: FileReport['kind'],
  cases: CaseResult[] = [],
  problem?: string,
): FileReport => ({
  path,
  kind,
  cases,
  milliseconds: 1500,
  ...(problem === undefined ? {} : { problem }),
});

test('JSON is what Go prints with two spaces of indent', () => {
  const array = gethArray();
  const text = array.item(PASSED) + array.item(FAILED) + array.end();
  expect(text).toBe(`[
  {
    "name": "add",
    "pass": true,
    "stateRoot": "${ROOT}",
    "fork": "Berlin"
  },
  {
    "name": "it's \\u003cx\\u003e \\u0026 \\"y\\"",
    "pass": false,
    "fork": "London",
    "error": "a \\u003c\\u003e b"
  }
]
`);
  expect(JSON.parse(text)[1].name).toBe(FAILED.name);
  expect(gethArray().end()).toBe('[]\n');
});

test('JUnit XML holds anything that a name may hold', () => {
  const reports = [
    report('a/x.json', 'run', [PASSED, FAILED]),
    report('a/y.json', 'crashed', [], 'a "worker" ended'),
    report('a/z.json', 'pointer'),
    report('a/LICENSE', 'other'),
  ];
  expect(
    JUNIT_START + reports.map(junitSuite).join('') + JUNIT_END,
  ).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="evmill">
  <testsuite name="a/x.json" tests="2" failures="1" errors="0" skipped="0" time="1.500">
    <testcase classname="a/x.json" name="add Berlin 0"/>
    <testcase classname="a/x.json" name="it's &lt;x&gt; &amp; &quot;y&quot; London 2">
      <failure message="a &lt;&gt; b">expected a
got      b
c\ufffd</failure>
    </testcase>
  </testsuite>
  <testsuite name="a/y.json" tests="1" failures="0" errors="1" skipped="0" time="1.500">
    <testcase classname="a/y.json" name="(file)">
      <error message="a &quot;worker&quot; ended"/>
    </testcase>
  </testsuite>
  <testsuite name="a/z.json" tests="1" failures="0" errors="0" skipped="1" time="1.500">
    <testcase classname="a/z.json" name="(file)">
      <skipped message="a Git LFS pointer, not the fixture"/>
    </testcase>
  </testsuite>
</testsuites>
`);
});

test('a summary counts by folder and by fork, and says what was not run', () => {
  const summary = emptySummary();
  addReport(summary, report('t.tar.gz:s/london/x.json', 'run', [PASSED, FAILED]));
  addReport(summary, report('t.tar.gz:s/berlin/y.json', 'run', [PASSED]));
  addReport(summary, report('t.tar.gz:s/berlin/z.json', 'pointer'));
  addReport(summary, report('t.tar.gz:s/LICENSE', 'other'));
  addReport(summary, report('t.tar.gz:s/w.json', 'unreadable', [], 'no JSON'));
  expect(summaryText(summary, 'state tests', 2.34)).toBe(`folder of t.tar.gz:s      cases     failed
london                        2          1
berlin                        1          0

fork        cases     failed
Berlin          2          0
London          1          1

2 passed, 1 failed, in 2.3 s
1 file could not be read
1 file is a Git LFS pointer, and not run
1 file without state tests, passed over
`);
});

test('a failure says what was expected, what came out, and how to run it again', () => {
  const rerun = rerunCommand('evmill statetest', 'a b/x.json', FAILED);
  expect(rerun).toBe(`evmill statetest 'a b/x.json' --match '=it'\\''s <x> & "y"' --fork London --index 2`);
  expect(failureText('a b/x.json', FAILED, rerun)).toBe(`FAIL it's <x> & "y"  [London 2]
  in        a b/x.json
  expected  a
  got       b
            c\u0000
  rerun     ${rerun}
`);
  expect(problemText(report('x.json', 'crashed', [], 'it fell'))).toBe(
    'FAIL x.json broke the runner down: it fell\n',
  );
});

test('selections are by name, fork and index', () => {
  expect(selector({})('any', 'Berlin', 3)).toBe(true);
  expect(selector({ match: '^a.c$' })('abc')).toBe(true);
  expect(selector({ match: '^a.c$' })('abcd')).toBe(false);
  expect(selector({ match: '=a.c' })('abc')).toBe(false);
  expect(selector({ match: '=a[b' })('a[b')).toBe(true);
  const forks = selector({ forks: ['petersburg', 'EIP158'] });
  expect(forks('t', 'ConstantinopleFix')).toBe(true);
  expect(forks('t', 'SpuriousDragon')).toBe(true);
  expect(forks('t', 'Berlin')).toBe(false);
  expect(selector({ index: 1 })('t', 'Berlin', 0)).toBe(false);
  expect(() => selector({ match: '(' })).toThrow('match: expected a regular expression or =NAME, got (');
});
