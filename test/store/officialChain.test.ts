/** A public chain through every fork, in a store on disk: opened anew, it is all there. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Blockchain } from '../../src/chain/blockchain.ts';
import { type Genesis, parseGenesis } from '../../src/chain/genesis.ts';
import { archiveMembers } from '../../src/conformance/archives.ts';
import { splitRlp } from '../../src/rlp.ts';
import { openDiskStore } from '../../src/store/diskStore.ts';
import { verifyStore } from '../../src/store/verify.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ARCHIVES = process.env['EVMILL_FIXTURES'] ?? join(ROOT, '../shared/fixtures');
const ARCHIVE = join(ARCHIVES, 'execution-apis-tests.tar.gz');
const WANTED = new Set(['genesis.json', 'chain.rlp', 'headfcu.json']);

describe.runIf(existsSync(ARCHIVE))("execution-apis' chain on disk", () => {
  const files = new Map<string, Uint8Array>();
  let folder: string;
  let genesis: Genesis;
  let head: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'evmill-store-'));
    for await (const { name, bytes } of archiveMembers(ARCHIVE, (name) => WANTED.has(basename(name)))) {
      files.set(basename(name), bytes);
    }
    const json = (name: string) => JSON.parse(new TextDecoder().decode(files.get(name)));
    const { config, header, alloc } = parseGenesis(json('genesis.json'));
    // its mined blocks were never mined
    genesis = { config: { ...config, sealed: false }, header, alloc };
    head = json('headfcu.json').params[0].headBlockHash;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([1, 7, Number.POSITIVE_INFINITY])(
    'is the same after reopening, %d blocks written at once',
    async (batch) => {
      const path = join(folder, `batch${batch}`);
      const store = await openDiskStore(path, { batch });
      const chain = new Blockchain(genesis, { store });
      for (const rlp of splitRlp(files.get('chain.rlp')!)) chain.addBlock(rlp);
      expect(chain.head.block.hash).toBe(head);
      await store.close();

      const again = await openDiskStore(path, { mode: 'read' });
      expect(new Blockchain(genesis, { store: again }).head.block.hash).toBe(head);
      const { faults, blocks, states, accounts } = verifyStore(again);
      expect(faults).toEqual([]);
      expect(blocks).toBe(Number(chain.head.block.header.number) + 1);
      expect(states).toBeGreaterThan(40);
      expect(accounts).toBeGreaterThan(10);
      await again.close();
    },
  );
});
