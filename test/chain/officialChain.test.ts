import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Blockchain } from '../../src/chain/blockchain.ts';
import { parseGenesis } from '../../src/chain/genesis.ts';
import { archiveMembers } from '../../src/conformance/archives.ts';
import { splitRlp } from '../../src/rlp.ts';
import { stateRoot } from '../../src/trie/stateRoot.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ARCHIVES = process.env['EVMILL_FIXTURES'] ?? join(ROOT, '../shared/fixtures');
const ARCHIVE = join(ARCHIVES, 'execution-apis-tests.tar.gz');
const WANTED = new Set(['genesis.json', 'chain.rlp', 'headfcu.json']);

describe.runIf(existsSync(ARCHIVE))("execution-apis' chain, through every fork from Frontier to BPO2", () => {
  it('has the head that its authors say', async () => {
    const files = new Map<string, Uint8Array>();
    for await (const { name, bytes } of archiveMembers(ARCHIVE, (name) => WANTED.has(basename(name)))) {
      files.set(basename(name), bytes);
    }
    const json = (name: string) => JSON.parse(new TextDecoder().decode(files.get(name)));
    const { config, header, alloc } = parseGenesis(json('genesis.json'));
    expect(header.stateRoot).toBe(`0x${Buffer.from(stateRoot(alloc)).toString('hex')}`);
    // its mined blocks were never mined
    const chain = new Blockchain({ config: { ...config, sealed: false }, header, alloc });
    const forks = new Set<string>();
    for (const rlp of splitRlp(files.get('chain.rlp')!)) {
      const parent = chain.head;
      const { block, isHead } = chain.addBlock(rlp);
      expect(isHead).toBe(true);
      forks.add(chain.forkOf(block.header, parent).name);
    }
    expect(chain.head.block.hash).toBe(json('headfcu.json').params[0].headBlockHash);
    expect(forks.size).toBe(19);
  });
});
