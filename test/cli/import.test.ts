/** `evmill import`, `export`, `verify` and `inspect`: a chain in, out, held against itself and looked at. */

import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { networkNamed } from '../../src/chain/networks.ts';
import { blockFile, GENESIS_JSON } from '../store/smallChain.ts';
import { evmill } from './host.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'evmill-import-'));
  const blocks = blockFile(12);
  writeFileSync(at('genesis.json'), JSON.stringify(GENESIS_JSON));
  writeFileSync(at('blocks.rlp'), blocks);
  writeFileSync(at('cut.rlp'), blocks.subarray(0, blocks.length - 5));
  const wrong = blocks.slice();
  // a byte of the last transaction's signature
  wrong[wrong.length - 20] ^= 1;
  writeFileSync(at('wrong.rlp'), wrong);
  writeFileSync(at('text.rlp'), 'no blocks at all');
  writeFileSync(at('empty.rlp'), '');
  const made = await evmill([
    'import',
    at('blocks.rlp'),
    '--genesis',
    at('genesis.json'),
    '--store',
    at('store'),
  ]);
  expect(made).toMatchObject({ exitCode: 0, err: '' });
  expect(made.out).toMatch(
    /^imported 12 blocks, 48 transactions, [\d,]+ gas in .*\n.* Mgas\/s, .*\nhead 12 0x[0-9a-f]{64}\n$/,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const json = async (...args: string[]) =>
  JSON.parse((await evmill(['inspect', at('store'), ...args, '--json'])).out);

describe('import', () => {
  test('goes on where it stopped, and needs no genesis then', async () => {
    const { exitCode, out } = await evmill(['import', at('blocks.rlp'), '--store', at('store')]);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^imported 0 blocks, .*, 12 were there\nhead 12 /);
  });

  test('checks without a store', async () => {
    const { exitCode, out } = await evmill(['import', at('blocks.rlp'), '--genesis', at('genesis.json')]);
    expect(exitCode).toBe(0);
    expect(out).toContain('imported 12 blocks');
  });

  test('knows the public networks by name, with the accounts that they began with', async () => {
    for (const network of ['mainnet', 'sepolia', 'holesky', 'hoodi']) {
      const { exitCode, out, err } = await evmill(['import', at('empty.rlp'), '--network', network]);
      expect({ network, exitCode, err }).toEqual({ network, exitCode: 0, err: '' });
      expect(out).toContain(`head 0 ${networkNamed(network).genesisHash}\n`);
    }
  });

  test('says where the accounts of a network are where their package is missing', async () => {
    vi.doMock('@ethereumjs/genesis', () => {
      throw new Error('not installed');
    });
    const { exitCode, err } = await evmill(['import', at('empty.rlp'), '--network', 'hoodi']);
    vi.doUnmock('@ethereumjs/genesis');
    expect(exitCode).toBe(2);
    expect(err).toBe(
      'evmill import: --network hoodi: the accounts that it begins with are in a package of their own; install it ' +
        "with 'npm install @ethereumjs/genesis', or name its genesis file with --genesis\n",
    );
  });

  test('stops at an invalid block, with exit code 1', async () => {
    const { exitCode, out, err } = await evmill(['import', at('wrong.rlp'), '--genesis', at('genesis.json')]);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^evmill import: (a block|block 12) \(0x[0-9a-f]{64}\) is invalid, \w+: /);
    expect(out).toContain('imported 11 blocks');
  });
});

describe('export', () => {
  test('writes the blocks as they came', async () => {
    expect(await evmill(['export', at('store'), at('out.rlp')])).toMatchObject({ exitCode: 0 });
    expect(readFileSync(at('out.rlp')).equals(readFileSync(at('blocks.rlp')))).toBe(true);
    expect(await evmill(['export', at('store'), at('some.rlp'), '--from', '5', '--to', '6'])).toMatchObject({
      exitCode: 0,
    });
    const all = readFileSync(at('out.rlp'));
    expect(all.includes(readFileSync(at('some.rlp')))).toBe(true);
    expect((await evmill(['export', at('store'), at('out.rlp')])).err).toContain('is there already');
  });
});

describe('verify', () => {
  test('says what was held against what', async () => {
    const { exitCode, out } = await evmill(['verify', at('store')]);
    expect(exitCode).toBe(0);
    expect(out).toContain('states    12 behind the head\nall is sound\n');
    const parsed = JSON.parse((await evmill(['verify', at('store'), '--json', '--states', '3'])).out);
    expect(parsed).toMatchObject({ number: 12, blocks: 13, states: 3, faults: [] });
  });
});

describe('inspect', () => {
  test('shows blocks, transactions, receipts, accounts and slots', async () => {
    const block = await json('block', '3');
    expect(block).toMatchObject({
      number: '0x3',
      transactions: expect.arrayContaining([expect.stringMatching(/^0x/)]),
    });
    expect(await json('block', block.hash)).toEqual(block);
    const tx = await json('tx', block.transactions[1]);
    expect(tx).toMatchObject({ hash: block.transactions[1], block: '0x3', index: 1, type: 0 });
    expect(await json('receipt', block.transactions[1])).toMatchObject({
      success: true,
      blockHash: block.hash,
    });
    const account = await json('account', '0x0c0de5');
    expect(account).toMatchObject({ balance: '0x0', codeHash: expect.stringMatching(/^0x/) });
    const slots = await Promise.all([...Array(61).keys()].map((key) => json('slot', '0x0c0de5', `${key}`)));
    expect(slots.some(({ value }) => BigInt(value) > 0n)).toBe(true);
    expect((await evmill(['inspect', at('store'), 'slot', '0x0c0de5', '1', '--block', '0'])).out).toContain(
      '0'.repeat(64),
    );
    expect((await evmill(['inspect', at('store'), 'block', 'head'])).out).toMatch(/^hash +0x/);
  });

  test('says what there is not', async () => {
    expect(await evmill(['inspect', at('store'), 'block', '99'])).toMatchObject({ exitCode: 1, out: '' });
    expect(await evmill(['inspect', at('store'), 'tx', '12'.repeat(32)])).toMatchObject({
      exitCode: 1,
      out: '',
    });
  });
});

describe('what cannot be done is told in a sentence, with exit code 2', () => {
  test.each([
    [['import', 'none.rlp', '--genesis', 'genesis.json'], 'there is no such file'],
    [['import', 'blocks.rlp'], 'expected --genesis FILE'],
    [['import', 'blocks.rlp', '--store', 'new'], 'expected --genesis FILE'],
    [['import', 'blocks.rlp', '--network', 'moon', '--genesis', 'genesis.json'], 'expected one of mainnet'],
    [
      ['import', 'blocks.rlp', '--network', 'sepolia', '--genesis', 'genesis.json'],
      'expected the accounts of sepolia',
    ],
    [['import', 'cut.rlp', '--genesis', 'genesis.json'], 'ends within the block that begins at byte'],
    [['import', 'text.rlp', '--genesis', 'genesis.json'], 'expected a block as RLP at byte 0'],
    [['import', 'blocks.rlp', '--genesis', 'blocks.rlp'], 'expected JSON'],
    [['verify', 'none'], 'there is no store'],
    [['verify', 'short'], 'is cut short'],
    [['export', 'store', 'never.rlp', '--to', '13'], '--to: expected at most 12'],
    [['inspect', 'store', 'thing', '1'], 'expected block, list, tx, receipt, account or slot'],
    [['inspect', 'store', 'tx', '0x12'], 'expected a hash of 64 hex digits'],
  ])('%j', async (args, sentence) => {
    const short = at('short');
    if (args.includes('short')) {
      await evmill(['import', at('blocks.rlp'), '--genesis', at('genesis.json'), '--store', short]);
      truncateSync(join(short, 'data.mdb'), 16384);
    }
    const names = new Set([
      'import',
      'verify',
      'export',
      'inspect',
      'tx',
      'thing',
      'moon',
      'sepolia',
      '1',
      '13',
      '0x12',
    ]);
    const placed = args.map((arg) => (arg.startsWith('--') || names.has(arg) ? arg : at(arg)));
    const { exitCode, err, out } = await evmill(placed);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toContain(sentence);
    expect(err.split('\n')).toHaveLength(2);
  });

  test('help has examples', async () => {
    for (const command of ['import', 'export', 'verify', 'inspect']) {
      const { exitCode, out } = await evmill([command, '--help']);
      expect(exitCode).toBe(0);
      expect(out).toContain(`Examples:\n  evmill ${command} `);
      expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
    }
  });
});
