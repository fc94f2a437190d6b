/**
 * Results as JUnit XML, a test suite for each file. It is written file by file, so that a long run needs no memory.
 * https://github.com/testmoapp/junitxml
 */

import type { CaseResult, FileReport } from './caseResult.ts';

/** What a JUnit file begins with. */
export const JUNIT_START = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="evmill">\n';

/** What a JUnit file ends with. */
export const JUNIT_END = '</testsuites>\n';

/** One file's report as an element; nothing for a file that holds no vectors. */
export function junitSuite(report: FileReport): string {
  const { path, cases, kind, problem, milliseconds } = report;
  if (kind === 'other') return '';
  const failed = cases.filter(({ pass }) => !pass).length;
  const broken = kind === 'crashed' || kind === 'unreadable';
  const skipped = kind === 'pointer';
  const lines = [
    `  <testsuite name=${quoted(path)} tests="${cases.length + (broken || skipped ? 1 : 0)}" ` +
      `failures="${failed}" errors="${broken ? 1 : 0}" skipped="${skipped ? 1 : 0}" ` +
      `time="${(milliseconds / 1000).toFixed(3)}">`,
  ];
  for (const result of cases) lines.push(...caseLines(path, result));
  if (broken) {
    lines.push(`    <testcase classname=${quoted(path)} name="(file)">`);
    lines.push(`      <error message=${quoted(problem ?? kind)}/>`, '    </testcase>');
  }
  if (skipped) {
    lines.push(`    <testcase classname=${quoted(path)} name="(file)">`);
    lines.push('      <skipped message="a Git LFS pointer, not the fixture"/>', '    </testcase>');
  }
  lines.push('  </testsuite>', '');
  return lines.join('\n');
}

function caseLines(path: string, { name, fork, index, pass, expected, actual, error }: CaseResult): string[] {
  const label = [name, fork, index].filter((part) => part !== undefined).join(' ');
  const start = `    <testcase classname=${quoted(path)} name=${quoted(label)}`;
  if (pass) return [`${start}/>`];
  const message = error ?? `expected ${expected ?? 'a pass'}`;
  const detail = escaped(`expected ${expected ?? 'a pass'}\ngot      ${actual ?? 'a failure'}`);
  return [`${start}>`, `      <failure message=${quoted(message)}>${detail}</failure>`, '    </testcase>'];
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

/** Characters that XML 1.0 cannot hold at all, not even escaped: controls, lone surrogates, two non-characters. */
const IMPOSSIBLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const escaped = (text: string): string =>
  text.replace(IMPOSSIBLE, '\ufffd').replace(/[&<>]/g, (character) => ENTITIES[character]);

const quoted = (text: string): string =>
  `"${text.replace(IMPOSSIBLE, '\ufffd').replace(/[&<>"\n\r\t]/g, (character) => ENTITIES[character])}"`;
