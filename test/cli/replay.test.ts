/** `evmill run --record` and `evmill replay`. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { evmill } from './host.ts';

const folder = mkdtempSync(join(tmpdir(), 'evmill-replay-'));
const file = join(folder, 'run.rec');
afterAll(() => rmSync(folder, { recursive: true }));

test('a recorded run is replayed as it would have been traced, from any step on', async () => {
  const code = '600a5b6001900380600257';
  const traced = await evmill(['run', code, '--trace']);
  await evmill(['run', code, '--record', file]);
  expect((await evmill(['replay', file, '--info'])).out).toBe(
    'of           a message\nfork         Osaka\nsteps        72\ncheckpoints  0\n',
  );
  expect((await evmill(['replay', file])).out).toBe(traced.err);
  const part = await evmill(['replay', file, '--from', '60', '--steps', '5']);
  expect(part.out.trimEnd().split('\n')).toEqual(traced.err.split('\n').slice(60, 65));
  const tree = JSON.parse((await evmill(['replay', file, '--tracer', 'callTracer'])).out);
  expect(tree).toMatchObject({ type: 'CALL', from: '0x000000000000000000000000000073656e646572' });
});

test('what cannot be replayed is said in one sentence', async () => {
  const other = join(folder, 'other');
  writeFileSync(other, 'nothing of the kind');
  expect(await evmill(['replay', other])).toEqual({
    exitCode: 2,
    out: '',
    err: 'evmill replay: recording: expected a file that evmill recorded\n',
  });
  expect((await evmill(['replay', file, '--from', '72'])).err).toBe(
    'evmill replay: --from: expected a step below 72, got 72\n',
  );
  expect((await evmill(['replay', join(folder, 'absent')])).exitCode).toBe(2);
});
