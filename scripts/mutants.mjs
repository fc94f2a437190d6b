/**
 * Makes deliberate mistakes, one at a time, in a copy of the project, and says which test notices each of them first.
 * A mistake that nothing notices within five minutes is a hole in the tests. The project as it is goes first, and has to
 * pass.
 *
 *     node scripts/mutants.mjs [--match REGEX] [--minutes N] [--json FILE]
 *
 * Prints a line for each mistake and, last, how many were caught and how many survived; exit code 1 where some did.
 */

import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MUTANTS } from './mutantList.mjs';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const COPIED = ['src', 'test', 'fixtures', 'scripts', 'docs', 'bench', '.ci', 'README.md', 'LICENSE'];
const SETTINGS = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'vitest.config.ts', 'biome.json'];

/** Those that are about the machine come first: they are most of what notices, and need nothing built. */
const STAGES = [
  { tests: ['test/machine', 'test/state', 'test/tiers.test.ts', 'test/resume.test.ts'], needsBuild: false },
  { tests: ['test'], needsBuild: true },
];

/** For all tests of the project as it is. */
const BASELINE_MILLISECONDS = 30 * 60_000;

const { values } = parseArgs({
  options: { match: { type: 'string' }, minutes: { type: 'string', default: '5' }, json: { type: 'string' } },
});
const milliseconds = Number(values.minutes) * 60_000;
if (!(milliseconds > 0)) throw new Error(`--minutes: expected a number above 0, got ${values.minutes}`);
const chosen = MUTANTS.filter(({ what }) => new RegExp(values.match ?? '').test(what));

const copy = mkdtempSync(join(tmpdir(), 'evmill-mutants-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
for (const name of [...COPIED, ...SETTINGS]) {
  const filter = (from) => !/\/(node_modules|out)(\/|$)/.test(relative(PROJECT, from).replace(/^/, '/'));
  if (existsSync(join(PROJECT, name)))
    cpSync(join(PROJECT, name), join(copy, name), { recursive: true, filter });
}
symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));

/** Runs a command in the copy; resolves with its exit code, or undefined where it took too long. */
function run(command, until) {
  return new Promise((resolve) => {
    const child = spawn('npx', command, { cwd: copy, stdio: 'ignore', detached: true });
    const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), Math.max(0, until - Date.now()));
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code ?? undefined);
    });
  });
}

/** The test that fails first, or undefined where none does in time. */
async function firstFailure(until) {
  const report = join(copy, 'report.json');
  for (const { tests, needsBuild } of STAGES) {
    if (needsBuild && (await run(['tsc', '-p', 'tsconfig.build.json'], until)) !== 0) return 'the compiler';
    if (needsBuild && (await run(['node', 'scripts/bundle.mjs'], until)) !== 0) return 'the build';
    rmSync(report, { force: true });
    const options = ['--bail', '1', '--reporter', 'json', '--outputFile', report];
    const code = await run(['vitest', 'run', ...options, ...tests], until);
    if (code === undefined) return undefined;
    if (code !== 0) return nameOf(report);
  }
  return undefined;
}

function nameOf(report) {
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  for (const { name, status, assertionResults } of testResults) {
    const failed = assertionResults.find((result) => result.status === 'failed');
    const file = relative(copy, name);
    if (failed !== undefined) return `${file}: ${failed.fullName}`;
    if (status === 'failed') return `${file}, as a whole`;
  }
  return 'the run as a whole';
}

// What fails anyway would seem to notice every mistake.
const broken = await firstFailure(Date.now() + BASELINE_MILLISECONDS);
if (broken !== undefined) throw new Error(`without any mistake, this fails: ${broken}`);
const results = [];
for (const { what, file, from, to } of chosen) {
  const path = join(copy, file);
  const source = readFileSync(path, 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${file}: ${JSON.stringify(from)} is not there once`);
  writeFileSync(
    path,
    source.replace(from, () => to),
  );
  const start = Date.now();
  const test = await firstFailure(start + milliseconds);
  writeFileSync(path, source);
  const seconds = (Date.now() - start) / 1000;
  results.push({ what, file, seconds, test: test ?? null });
  console.log(`${test === undefined ? 'SURVIVED' : 'caught  '} ${seconds.toFixed(0).padStart(4)} s  ${what}`);
  if (test !== undefined) console.log(`                 by ${test}`);
}
const survivors = results.filter(({ test }) => test === null).length;
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
console.log(`${results.length - survivors} caught, ${survivors} survived`);
process.exitCode = survivors > 0 ? 1 : 0;
