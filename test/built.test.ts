/** The library as Node loads it: bundled, by the entries that the package names. `npm test` builds first. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A script's answer in a process of its own, in which the package goes by its name. */
function answerOf(script: string): unknown {
  const args = ['--input-type=module', '--eval', script];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout);
}

test('all entries load from the bundle, and what several export is the same', () => {
  const script = `
    const entries = await Promise.all(['', '/chain', '/store', '/parallel'].map((name) => import('evmill' + name)));
    const places = ['', '/chain', '/store', '/parallel'].map((name) => import.meta.resolve('evmill' + name));
    const shared = Object.keys(entries[0]).filter((name) => name in entries[1]);
    console.log(JSON.stringify({
      empty: entries.filter((entry) => Object.keys(entry).length === 0).length,
      bundled: places.every((place) => place.includes('/dist/node/')),
      different: shared.filter((name) => entries[0][name] !== entries[1][name]),
    }));`;
  expect(answerOf(script)).toEqual({ empty: 0, bundled: true, different: [] });
});

test('runs, signs and recovers', () => {
  const script = `
    import { createEvm, forkNamed, memoryState, recoverSender, runSync, signTransaction } from 'evmill';
    const fork = forkNamed('Osaka');
    const to = '0x00000000000000000000000000000000000000aa';
    const call = { caller: to, to, gas: 100n, code: Uint8Array.of(0x60, 1, 0x60, 2, 0x01) };
    const { gasUsed, status } = runSync(createEvm({ fork }).call(call), memoryState(new Map()));
    const tx = { type: 0, nonce: 0n, gasPrice: 1n, gasLimit: 21000n, to, value: 0n, data: new Uint8Array(0), chainId: 1n };
    const sender = recoverSender(signTransaction(tx, new Uint8Array(32).fill(1)), fork);
    console.log(JSON.stringify({ gasUsed: Number(gasUsed), status, sender }));`;
  expect(answerOf(script)).toEqual({
    gasUsed: 9,
    status: 'success',
    sender: '0x1a642f0e3c3af545e7acbd38b07251b3990914f1',
  });
});
