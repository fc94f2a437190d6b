/** Access lists of a chain under Amsterdam, as the store keeps them: looked at, written out, and held against headers. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concatBytes, fromHex } from '../../src/bytes.ts';
import {
  type AccountAccessJson,
  blockAccessListFromJson,
  encodeBlockAccessList,
} from '../../src/chain/blockAccessList.ts';
import { genesisConfig } from '../../src/chain/genesis.ts';
import { amsterdam } from '../../src/protocol/forks.ts';
import { openLmdb } from '../../src/store/lmdbFile.ts';
import { evmill } from './host.ts';

interface Fixture {
  readonly genesisBlockHeader: Readonly<Record<string, string>>;
  readonly pre: unknown;
  readonly blocks: readonly {
    readonly rlp: string;
    readonly blockHeader: { readonly hash: string };
    readonly blockAccessList: readonly AccountAccessJson[];
  }[];
}
const FIXTURE = fileURLToPath(new URL('../../fixtures/amsterdam/blocks/eip7928.json', import.meta.url));
const [test] = Object.values(JSON.parse(readFileSync(FIXTURE, 'utf8')) as Record<string, Fixture>);
/** The block of several steps, and the empty one behind it. */
const [STEPS, EMPTY] = [test.blocks.length - 1, test.blocks.length];

let folder: string;
const at = (name: string): string => join(folder, name);
const list = (block: number | string, ...more: string[]) =>
  evmill(['inspect', at('store'), 'list', `${block}`, ...more]);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'evmill-lists-'));
  const { coinbase, gasLimit, baseFeePerGas, timestamp } = test.genesisBlockHeader;
  const header = { coinbase, gasLimit, baseFeePerGas, timestamp, difficulty: '0x0' };
  writeFileSync(
    at('genesis.json'),
    JSON.stringify({ config: genesisConfig(amsterdam, 1), ...header, alloc: test.pre }),
  );
  writeFileSync(at('blocks.rlp'), concatBytes(...test.blocks.map(({ rlp }) => fromHex(rlp))));
  const files = [at('blocks.rlp'), '--genesis', at('genesis.json'), '--store', at('store')];
  expect(await evmill(['import', ...files])).toMatchObject({ exitCode: 0, err: '' });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('access lists in a store', () => {
  it('are those of the blocks, as JSON', async () => {
    for (const [index, { blockAccessList, blockHeader }] of test.blocks.entries()) {
      expect(JSON.parse((await list(index + 1, '--json')).out)).toEqual(blockAccessList);
      expect(JSON.parse((await list(blockHeader.hash, '--json')).out)).toEqual(blockAccessList);
    }
  });

  it('tell people what changed when', async () => {
    const { out } = await list(STEPS);
    expect(out).toContain(
      [
        '0x100000000000000000000000000000000000000d',
        '  balance 4 transaction 0',
        '  balance 9 transaction 2',
        '  slot 0x1 is 0x4 transaction 0',
        '  slot 0x1 is 0x5 transaction 2',
        '',
      ].join('\n'),
    );
    expect(out).toContain(
      '0x9000000000000000000000000000000000000006\n  balance 100000000000 after the transactions\n',
    );
    expect(out).toContain('0x9000000000000000000000000000000000000007\n0x');
    expect(out).toMatch(
      /^0x0000f90827f1c53a10cb7a02335b175320002935\n {2}slot 0x\w+ is 0x\w+ before the transactions$/m,
    );
    expect((await list(1)).out).toContain(
      '0x1000000000000000000000000000000000000001\n  slot 0x3 is 0x5 transaction 0\n  reads 0x1, 0x2\n',
    );
  });

  it('are counted where the block is shown', async () => {
    const { out } = await evmill(['inspect', at('store'), 'block', `${EMPTY}`, '--json']);
    expect(JSON.parse(out).blockAccessList).toEqual({
      accounts: 6,
      slots: 3,
      bytes: encodeBlockAccessList(blockAccessListFromJson(test.blocks[EMPTY - 1].blockAccessList)).length,
    });
  });

  it('stand in columns there, as withdrawals do, for people', async () => {
    const { out } = await evmill(['inspect', at('store'), 'block', `${STEPS}`]);
    expect(out).toContain(
      [
        'withdrawals          ',
        '  - index           0',
        '    validatorIndex  1',
        '    address         0x9000000000000000000000000000000000000006',
        '    amount          100',
        '  - index           1',
        '',
      ].join('\n'),
    );
    expect(out).toContain('\nblockAccessList      \n  accounts  14\n  slots     4\n  bytes     583\n');
  });

  it('are written out one after another', async () => {
    const { exitCode, out } = await evmill([
      'export',
      at('store'),
      at('lists.rlp'),
      '--lists',
      '--from',
      '2',
    ]);
    expect({ exitCode, out }).toEqual({
      exitCode: 0,
      out: `exported ${EMPTY - 1} access lists to ${at('lists.rlp')}\n`,
    });
    const lists = test.blocks.slice(1).map(({ blockAccessList }) => blockAccessListFromJson(blockAccessList));
    const expected = concatBytes(...lists.map(encodeBlockAccessList));
    expect(new Uint8Array(readFileSync(at('lists.rlp')))).toEqual(expected);
  });

  it('are none of the genesis, and what is not there is said', async () => {
    expect(await list(0)).toMatchObject({
      exitCode: 1,
      out: '',
      err: 'evmill inspect: block 0 has no access list\n',
    });
    expect((await list(99)).err).toBe('evmill inspect: there is no block 99 in the store\n');
    expect(await evmill(['inspect', at('store'), 'list', '1', '2'])).toMatchObject({ exitCode: 2 });
  });

  it('are held against the headers', async () => {
    expect((await evmill(['verify', at('store')])).out).toContain('all is sound');
    const key = (block: number) => fromHex(test.blocks[block - 1].blockHeader.hash);
    const file = await openLmdb(at('store'), false);
    const other = file.value('accessLists', key(2)) as Uint8Array;
    file.writeSync((batch) => {
      batch.put('accessLists', key(1), other);
      batch.put('accessLists', key(3), Uint8Array.of(1, 2, 3));
      batch.remove('accessLists', key(4));
    });
    await file.close();
    const { exitCode, out, err } = await evmill(['verify', at('store')]);
    expect(exitCode).toBe(1);
    expect(out + err).toContain('block 1: another access list');
    expect(out + err).toContain('block 3: another access list');
    expect(out + err).not.toContain('block 4');
    expect((await list(4)).err).toBe('evmill inspect: the store does not have the access list of block 4\n');
    expect(await list(3)).toMatchObject({ exitCode: 2, err: expect.stringContaining('is damaged') });
    expect((await evmill(['export', at('store'), at('more.rlp'), '--lists', '--from', '4'])).err).toContain(
      'block 4: its access list is missing in the store',
    );
  });
});
