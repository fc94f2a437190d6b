/** The suite of tracers, over vectors of our own in go-ethereum's format. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { firstDifference } from '../../src/conformance/jsonDifference.ts';
import { runTracerTest } from '../../src/conformance/tracerTests.ts';
import { evmill } from '../cli/host.ts';

test('our own vectors pass', async () => {
  const { exitCode, out } = await evmill(['conformance', 'tracers', 'fixtures/tracers']);
  expect(out).toContain('8 passed, 0 failed');
  expect(exitCode).toBe(0);
});

test('a vector that says otherwise fails, and says where', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'evmill-tracers-'));
  try {
    mkdirSync(join(folder, 'call_tracer'));
    const vector = JSON.parse(readFileSync('fixtures/tracers/call_tracer/leaves.json', 'utf8'));
    vector.result.calls[0].gasUsed = '0x1234';
    writeFileSync(join(folder, 'call_tracer', 'wrong.json'), JSON.stringify(vector));
    const { exitCode, out } = await evmill(['conformance', 'tracers', folder]);
    expect(exitCode).toBe(1);
    expect(out).toContain('expected  result.calls[0].gasUsed: "0x1234"');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a folder that names no tracer cannot be read', () => {
  expect(() => [...runTracerTest('vectors/some/x.json', {})]).toThrow(
    'expected a folder that names a tracer',
  );
});

test('JSON differs by what it holds, not by the order of its keys', () => {
  expect(firstDifference({ a: 1, b: [2, { c: 3 }] }, { b: [2, { c: 3 }], a: 1 })).toBeUndefined();
  expect(firstDifference({ a: [1, 2] }, { a: [1] })).toEqual({
    path: 'result.a[1]',
    expected: 2,
    actual: undefined,
  });
  expect(firstDifference({ a: [] }, { a: {} })?.path).toBe('result.a');
  expect(firstDifference(null, {})?.path).toBe('result');
});
