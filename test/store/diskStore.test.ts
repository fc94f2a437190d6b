/** Stores on disk: branches, history, one writer, no room, and files that are none. */

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concatBytes, toHex } from '../../src/bytes.ts';
import { type Block, encodeBlock } from '../../src/chain/block.ts';
import { Blockchain } from '../../src/chain/blockchain.ts';
import { buildBlock } from '../../src/chain/buildBlock.ts';
import { parseGenesis } from '../../src/chain/genesis.ts';
import { openDiskStore } from '../../src/store/diskStore.ts';
import { verifyStore } from '../../src/store/verify.ts';
import { GENESIS_JSON, transactionsAt } from './smallChain.ts';

const IMPORTER = fileURLToPath(new URL('importer.mjs', import.meta.url));
const BUILT = fileURLToPath(new URL('../../dist/cli/importBlocks.js', import.meta.url));
const genesis = parseGenesis(GENESIS_JSON);
let folder: string;
/** twenty blocks, and six of another branch that leaves after the tenth */
const trunk: Block[] = [];
const branch: Block[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evmill-disk-'));
  const chain = new Blockchain(genesis);
  const grow = (into: Block[], from: number, to: number, salt: number): void => {
    for (let number = from; number <= to; number++) {
      const transactions = transactionsAt(number + salt, BigInt(number - 1) * 4n);
      const block = buildBlock(chain, chain.head, { transactions, seconds: salt === 0 ? 12n : 13n });
      chain.add(block);
      into.push(block);
    }
  };
  grow(trunk, 1, 20, 0);
  chain.setHead(trunk[9].hash);
  grow(branch, 11, 16, 500);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Makes a store of the trunk and closes it. */
async function makeStore(name: string, history = 128): Promise<string> {
  const path = join(folder, name);
  const store = await openDiskStore(path, { history, batch: 5 });
  const chain = new Blockchain(genesis, { store });
  for (const block of trunk) chain.add(block);
  await store.close();
  return path;
}

describe('branches', () => {
  it.each([1, 4, 1000])('are gone over to and back, %d blocks written at once', async (batch) => {
    const path = join(folder, `branches${batch}`);
    const store = await openDiskStore(path, { batch });
    const chain = new Blockchain(genesis, { store });
    for (const block of trunk) chain.add(block);
    chain.setHead(trunk[9].hash);
    for (const block of branch) expect(chain.add(block).isHead).toBe(true);
    for (const head of [trunk[19], branch[5], trunk[12], branch[2], branch[5]]) {
      chain.setHead(head.hash);
      store.flushSync();
      expect(verifyStore(store).faults).toEqual([]);
      // from wherever the head is, every state can be had
      for (const { hash, header } of [trunk[4], trunk[19], branch[0], branch[5]]) {
        expect(toHex(store.state(hash).root())).toBe(header.stateRoot);
      }
    }
    await store.close();
    const again = await openDiskStore(path, { mode: 'read' });
    expect(again.head).toBe(branch[5].hash);
    expect(verifyStore(again).faults).toEqual([]);
    expect(again.hashAt(17n)).toBeUndefined();
    await again.close();
  });
});

describe('history', () => {
  it('keeps as many states as it says, and tells of the others', async () => {
    const store = await openDiskStore(await makeStore('history', 5), { mode: 'read' });
    expect(toHex(store.state(trunk[14].hash).root())).toBe(trunk[14].header.stateRoot);
    expect(() => store.state(trunk[13].hash)).toThrow(/state of block 14 is not kept any more/);
    const { faults, states, blocks } = verifyStore(store);
    expect({ faults, states, blocks }).toEqual({ faults: [], states: 5, blocks: 21 });
    await store.close();
  });
});

describe('writers and readers', () => {
  it('one writes, others read what there was when they came', async () => {
    const path = await makeStore('shared');
    const store = await openDiskStore(path);
    await expect(openDiskStore(path)).rejects.toMatchObject({ name: 'StoreError', fault: 'locked' });
    const reader = await openDiskStore(path, { mode: 'read' });
    const chain = new Blockchain(genesis, { store });
    chain.setHead(trunk[9].hash);
    for (const block of branch) chain.add(block);
    expect(reader.head).toBe(trunk[19].hash);
    expect(verifyStore(reader).faults).toEqual([]);
    await reader.close();
    await store.close();
  });
});

describe.runIf(existsSync(BUILT) && process.platform === 'linux')('no room', () => {
  it('is told of, and leaves what was written', async () => {
    const [blocks, file, path] = ['blocks.rlp', 'genesis.json', 'full'].map((name) => join(folder, name));
    writeFileSync(blocks, concatBytes(...trunk.map(encodeBlock)));
    writeFileSync(file, JSON.stringify(GENESIS_JSON));
    // a limit to the size of files, in blocks of 512 bytes, is what stands in for a full disk
    const limited = [
      '-c',
      'ulimit -f 260; exec "$0" "$@"',
      process.execPath,
      IMPORTER,
      blocks,
      file,
      path,
      '3',
    ];
    const { status, stderr } = spawnSync('sh', limited, { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toContain('no room is left, or the disk fails; the store stands as it was last written');
    const again = await openDiskStore(path);
    expect(verifyStore(again).faults).toEqual([]);
    const resumed = new Blockchain(genesis, { store: again });
    expect(resumed.head.block.header.number).toBeLessThan(20n);
    for (const block of trunk) resumed.add(block);
    expect(verifyStore(again).faults).toEqual([]);
    await again.close();
  });
});

describe('what is no store', () => {
  const refused = async (path: string, fault: string, mode: 'read' | 'write' = 'write'): Promise<void> => {
    const file = join(path, 'data.mdb');
    const before = readFileSync(file);
    await expect(openDiskStore(path, { mode })).rejects.toMatchObject({ name: 'StoreError', fault });
    expect(readFileSync(file).equals(before)).toBe(true);
  };

  it('is refused, and left as it is', async () => {
    const sound = await makeStore('sound');
    const copy = (name: string): string => {
      const path = join(folder, name);
      cpSync(sound, path, { recursive: true });
      return path;
    };
    const short = copy('short');
    truncateSync(join(short, 'data.mdb'), readFileSync(join(sound, 'data.mdb')).length - 4096);
    await refused(short, 'damaged');
    const torn = copy('torn');
    writeSync(openSync(join(torn, 'data.mdb'), 'r+'), new Uint8Array(8192), 0, 8192, 4096);
    await refused(torn, 'damaged');
    const begun = copy('begun');
    truncateSync(join(begun, 'data.mdb'), 100);
    await refused(begun, 'foreign');
    const foreign = join(folder, 'foreign');
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'data.mdb'), 'a diary');
    await refused(foreign, 'foreign');
    await refused(foreign, 'foreign', 'read');
  });

  it('is refused for a folder of other files, and for none', async () => {
    const path = join(folder, 'photos');
    mkdirSync(path);
    writeFileSync(join(path, 'a.txt'), 'a');
    await expect(openDiskStore(path)).rejects.toMatchObject({ fault: 'foreign' });
    await expect(openDiskStore(join(folder, 'none'), { mode: 'read' })).rejects.toMatchObject({
      fault: 'missing',
    });
  });

  it('is refused for the database of another program', async () => {
    const { open } = await import('lmdb');
    const path = join(folder, 'other program');
    const other = open({ path, noSubdir: false });
    await other.put('a', 1);
    await other.close();
    await expect(openDiskStore(path)).rejects.toMatchObject({ fault: 'foreign' });
  });

  it('is refused for a chain of another genesis', async () => {
    const store = await openDiskStore(await makeStore('of another'), { mode: 'read' });
    const other = parseGenesis({ ...GENESIS_JSON, timestamp: '0x2' });
    expect(() => new Blockchain(other, { store })).toThrow(
      /^genesis: expected the one of the chain in the store/,
    );
    await store.close();
  });
});
