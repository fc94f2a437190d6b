/** The README's examples, run as they stand there, against the outputs that stand there. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { evmill } from './cli/host.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const README = readFileSync(`${ROOT}README.md`, 'utf8');
const CI = readFileSync(`${ROOT}.ci/run`, 'utf8');

const blocks = (language: string): string[] =>
  [...README.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map((match) => match[1]);

/** The words of a command line; single quotes keep theirs together. */
const words = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2]);

let folder: string;
beforeAll(() => {
  process.chdir(ROOT);
  folder = `${ROOT}test/.readme-${process.pid}`;
  mkdirSync(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the lines that set up', () => {
  const [main, tests] = blocks('sh');

  test('run a contract that answers and logs', async () => {
    const [install, build, command] = main.trim().split(' && ');
    expect([install, build]).toEqual(['npm ci', 'npm run build']);
    expect(command.startsWith('node dist/cli/main.js run ')).toBe(true);
    const { exitCode, out } = await evmill(words(command).slice(2));
    expect(exitCode).toBe(0);
    expect(out).toContain('          true\n');
    expect(out).toMatch(/log 0 {5}Transfer\(from: 0x0*a11ce, to: 0x0*b0b, value: 100\)/);
  });

  test('are what .ci/run runs', () => {
    const [install, run] = tests.trim().split(' && ');
    expect(CI).toContain(`step install ${install}`);
    expect(CI).toContain(`step tests ${run}`);
  });
});

describe('commands', () => {
  const examples = blocks('console').flatMap((block) => block.split(/^\$ /m).slice(1));

  test.each(examples)('evmill %#', async (example) => {
    const [line, ...shown] = example.split('\n');
    const [program, ...args] = words(line);
    expect(program).toBe('evmill');
    const { exitCode, out, err } = await evmill(args);
    expect(exitCode).toBeLessThan(2);
    const expected = shown.join('\n');
    if (expected !== '') expect(out + err).toBe(expected);
  });
});

describe('the library', () => {
  test.each(blocks('ts').map((block, i) => [i + 1, block] as const))('example %i', async (i, block) => {
    const shown = [...block.matchAll(/console\.log\(.*\); \/\/ → (.*)$/gm)].map((match) => match[1]);
    expect(shown.length).toBeGreaterThan(0);
    const path = `${folder}/example${i}.ts`;
    const entries = { evmill: 'index', 'evmill/chain': 'chains' };
    const source = Object.entries(entries).reduce(
      (text, [entry, file]) => text.replace(`from '${entry}'`, `from '../../src/${file}.ts'`),
      block,
    );
    writeFileSync(path, source);
    const printed: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
      printed.push(
        values.map((value) => (typeof value === 'bigint' ? `${value}n` : String(value))).join(' '),
      );
    });
    try {
      await import(pathToFileURL(path).href);
    } finally {
      log.mockRestore();
    }
    expect(printed).toEqual(shown);
  });
});
