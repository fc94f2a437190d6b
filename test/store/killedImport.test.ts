/**
 * A real importing process, killed at random moments again and again: each time the store opens at a whole block
 * whose state's root, computed from its leaves, is the header's. A few dozen times by default; EVMILL_KILLS says how
 * often.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Blockchain } from '../../src/chain/blockchain.ts';
import { type Genesis, parseGenesis } from '../../src/chain/genesis.ts';
import { openDiskStore } from '../../src/store/diskStore.ts';
import { verifyStore } from '../../src/store/verify.ts';
import { blockFile, GENESIS_JSON } from './smallChain.ts';

const IMPORTER = fileURLToPath(new URL('importer.mjs', import.meta.url));
const BUILT = fileURLToPath(new URL('../../dist/cli/importBlocks.js', import.meta.url));
const KILLS = Number(process.env['EVMILL_KILLS'] ?? 24);
const BLOCKS = 400;

/** Milliseconds that an import goes on at most, once it has begun, before it is killed. */
const LONGEST_LIFE = 700;

describe.runIf(existsSync(BUILT))('an import that is killed', () => {
  let folder: string;
  let genesis: Genesis;
  let paths: { genesis: string; blocks: string; store: string };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'evmill-killed-'));
    paths = {
      genesis: join(folder, 'genesis.json'),
      blocks: join(folder, 'blocks.rlp'),
      store: join(folder, 'store'),
    };
    writeFileSync(paths.genesis, JSON.stringify(GENESIS_JSON));
    writeFileSync(paths.blocks, blockFile(BLOCKS));
    genesis = parseGenesis(GENESIS_JSON);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const start = (): ChildProcess => {
    const { blocks, genesis: file, store } = paths;
    const together = 1 + Math.floor(Math.random() * 8);
    return spawn(process.execPath, [IMPORTER, blocks, file, store, `${together}`]);
  };

  it(
    `leaves a store that opens at its last whole block, ${KILLS} times`,
    async () => {
      const heads: number[] = [];
      let killed = 0;
      let finished = 0;
      for (let life = 0; killed < KILLS; life++) {
        const ended = await liveFor(start(), Math.random() * LONGEST_LIFE);
        if (ended === 'killed') killed++;
        else finished++;
        if (!existsSync(paths.store)) continue;
        const store = await openDiskStore(paths.store).catch((error) => {
          throw new Error(`after ${life} lives: ${error.message}`);
        });
        // killed before there was a genesis: nothing yet
        if (store.head !== undefined) {
          const chain = new Blockchain(genesis, { store });
          heads.push(Number(chain.head.block.header.number));
          expect(verifyStore(store).faults).toEqual([]);
        }
        await store.close();
        if (heads.at(-1) === BLOCKS) rmSync(paths.store, { recursive: true });
      }
      // it is no test where every one was killed before it had written anything
      expect(new Set(heads).size).toBeGreaterThan(Math.min(KILLS, 12) / 4);
      console.log(`killed ${killed} times, ended ${finished} times; heads ${heads.join(' ')}`);
    },
    KILLS * 20_000,
  );
});

/** Waits for a process's end, or ends it a while after it says that it has begun. */
function liveFor(child: ChildProcess, milliseconds: number): Promise<'killed' | 'finished'> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (text) => {
      said += text;
    });
    let timer: NodeJS.Timeout | undefined;
    child.stdout?.once('data', () => {
      timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      if (signal === 'SIGKILL') resolve('killed');
      else if (code === 0) resolve('finished');
      else reject(new Error(`import: ended with exit code ${code}: ${said}`));
    });
  });
}
