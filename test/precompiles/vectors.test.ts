import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { archiveMembers } from '../../src/conformance/archives.ts';
import { parseKzgVector, runKzgVector } from '../../src/conformance/kzgVectors.ts';
import { runPrecompileVectors, type VectorResult } from '../../src/conformance/precompileVectors.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const own = path('../../fixtures/precompiles/');
const official = process.env['EVMILL_FIXTURES'] ?? path('../../../shared/fixtures');
const LONG = 900_000;

const failures = (results: Iterable<VectorResult>): VectorResult[] =>
  [...results].filter(({ pass }) => !pass);
const parse = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));

describe('our own vectors', () => {
  const files = readdirSync(own).filter((name) => name.endsWith('.json'));
  test.each(files)('%s', (name) => {
    const results = [...runPrecompileVectors(name, parse(readFileSync(own + name)))];
    expect(results.length).toBeGreaterThan(0);
    expect(failures(results)).toEqual([]);
  });

  test.each(readdirSync(`${own}kzg`))('kzg/%s', (name) => {
    const vector = parseKzgVector(readFileSync(`${own}kzg/${name}/data.yaml`, 'utf8'));
    expect(runKzgVector(name, vector)).toEqual({ name, pass: true });
  });
});

test('a vector that fails says what was expected and what came', () => {
  const vectors = [
    { Name: 'output', Input: '', Expected: 'ff', Gas: 3000 },
    { Name: 'gas', Input: '', Expected: '', Gas: 1 },
    { Name: 'failure', Input: '', ExpectedError: 'any' },
  ];
  expect([...runPrecompileVectors('x/ecRecover.json', vectors)]).toEqual([
    { name: 'output', pass: false, expected: '0xff for 3000 gas', actual: '0x for 3000 gas' },
    { name: 'gas', pass: false, expected: '0x for 1 gas', actual: '0x for 3000 gas' },
    { name: 'failure', pass: false, expected: 'failure', actual: '0x' },
  ]);
  expect(() => [...runPrecompileVectors('other.json', [])]).toThrow(RangeError);
  expect(() => [...runPrecompileVectors('testcases_stop.json', [])]).toThrow(RangeError);
  expect(() => [...runPrecompileVectors('ecRecover.json', {})]).toThrow(TypeError);
  expect(() => parseKzgVector('input:\n')).toThrow(TypeError);
});

test('opcodes can be tried on another machine', () => {
  const asked: string[] = [];
  const vectors = [{ X: '01', Y: '02', Expected: '3'.padStart(64, '0') }];
  const evaluate = (op: string, first: bigint, second: bigint): bigint => {
    asked.push(`${op} ${first} ${second}`);
    return first + second;
  };
  expect(failures(runPrecompileVectors('testcases_add.json', vectors, evaluate))).toEqual([]);
  expect(asked).toEqual(['ADD 2 1']);
});

/** A test over an official archive; where it is not there, a line that says so. */
function officialTest(archive: string, expected: number, run: (file: string) => Promise<number>): void {
  const file = `${official}/${archive}`;
  if (existsSync(file)) {
    test(archive, { timeout: LONG }, async () => expect(await run(file)).toBe(expected));
  } else {
    console.log(`${archive}: not here, so its ${expected} official vectors were not run`);
    test.skip(archive);
  }
}

describe('official vectors', () => {
  officialTest('geth-precompiles.tar.gz', 3155, async (file) => {
    let count = 0;
    for await (const { name, bytes } of archiveMembers(file, (member) => member.endsWith('.json'))) {
      const results = [...runPrecompileVectors(name, parse(bytes))];
      expect(failures(results), name).toEqual([]);
      count += results.length;
    }
    return count;
  });

  officialTest('kzg-verify_kzg_proof.tar.gz', 96, async (file) => {
    let count = 0;
    for await (const { name, bytes } of archiveMembers(file, (member) => member.endsWith('data.yaml'))) {
      expect(runKzgVector(name, parseKzgVector(new TextDecoder().decode(bytes)))).toEqual({
        name,
        pass: true,
      });
      count++;
    }
    return count;
  });
});
