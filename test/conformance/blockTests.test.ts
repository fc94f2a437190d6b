import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isBlockFaultNamed } from '../../src/conformance/blockExceptionNames.ts';
import { holdsBlockTests, runBlockTests } from '../../src/conformance/blockTests.ts';
import { type BlockFault, InvalidBlock, InvalidTransaction } from '../../src/errors.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/blocks/', import.meta.url));
type Json = Record<string, unknown>;
const read = (name: string): Record<string, Json> =>
  JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Record<string, Json>;

const chains = read('chains.json');
const invalid = read('invalid.json');
const run = (tests: unknown, selects: (name: string, fork?: string) => boolean = () => true) => [
  ...runBlockTests(tests, selects),
];
/** The outcome of one of our own tests with some of it changed. */
const changed = (change: (test: Json) => Json, test = chains['branches']) => run({ it: change(test) })[0];
const blocksOf = (test: Json) => test['blocks'] as readonly Json[];

describe('blockchain tests', () => {
  it('of our own pass, in the order of their names', () => {
    const forks = ['berlinToLondon', 'bpo2ToAmsterdam', 'branches', 'cancunToPrague'];
    const names = [...forks, 'dao', 'merge', 'shanghaiToCancun'];
    expect(Object.keys(chains)).not.toEqual(names);
    expect(run(chains).map(({ name, pass }) => [name, pass])).toEqual(names.map((name) => [name, true]));
    expect(run(invalid)).toMatchObject([{ name: 'invalid', fork: 'Prague', pass: true }]);
  });

  it('are told from other files, and picked by name and network', () => {
    expect(holdsBlockTests(chains)).toBe(true);
    expect(holdsBlockTests({ a: { env: {}, pre: {}, post: {} } })).toBe(false);
    expect(holdsBlockTests([])).toBe(false);
    expect(run(chains, (_, fork) => fork === 'Homestead').map(({ name }) => name)).toEqual(['branches']);
  });

  it('fail when the head or the state is another', () => {
    const wrong = `0x${'11'.repeat(32)}`;
    expect(changed((test) => ({ ...test, lastblockhash: wrong }))).toMatchObject({
      pass: false,
      expected: `head ${wrong}`,
    });
    expect(changed((test) => ({ ...test, postStateHash: wrong }))).toMatchObject({ pass: false });
    const { postStateHash: _, ...rest } = chains['branches'];
    const stated = changed(() => ({ ...rest, postState: rest['pre'] }));
    expect(stated.actual).toMatch(/0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b nonce: expected 0, got 3/);
  });

  it('fail when a block that should be valid is not, or is another', () => {
    const [first, ...others] = blocksOf(chains['branches']);
    const header = { ...(first['blockHeader'] as Json), hash: `0x${'11'.repeat(32)}` };
    expect(changed((test) => ({ ...test, blocks: [{ ...first, blockHeader: header }] }))).toMatchObject({
      pass: false,
    });
    expect(changed((test) => ({ ...test, blocks: others.slice(1) }))).toMatchObject({
      pass: false,
      actual: expect.stringMatching(/^BlockException.UNKNOWN_PARENT: /),
    });
  });

  it('fail when a block that should be invalid is valid, or is so for another reason', () => {
    const [first] = blocksOf(chains['branches']);
    const { blockHeader: _, ...headless } = first;
    const valid = { ...headless, expectException: 'UncleInChain' };
    expect(changed((test) => ({ ...test, blocks: [valid] }))).toMatchObject({ actual: 'a valid one' });
    const renamed = blocksOf(invalid['invalid']).map((block) =>
      block['expectException'] === 'BlockException.INVALID_GASLIMIT'
        ? { ...block, expectException: 'BlockException.INVALID_GAS_USED' }
        : block,
    );
    expect(changed((test) => ({ ...test, blocks: renamed }), invalid['invalid'])).toMatchObject({
      pass: false,
      expected: 'block 3 of the list: BlockException.INVALID_GAS_USED',
    });
  });

  it('take the exception of the fork, or of all, where fixtures are that old', () => {
    const oldStyle = (key: string) => {
      const blocks = blocksOf(chains['branches']).map((block) => {
        const { expectException, ...rest } = block;
        return expectException === undefined ? block : { ...rest, [key]: expectException };
      });
      return changed((test) => ({ ...test, blocks })).pass;
    };
    expect(oldStyle('expectExceptionHomestead')).toBe(true);
    expect(oldStyle('expectExceptionALL')).toBe(true);
  });

  it('of any shape never stop the run', () => {
    const broken: Json[] = [
      { ...chains['branches'], network: 'Atlantis' },
      { ...chains['branches'], genesisRLP: '0xc0' },
      { ...chains['branches'], pre: {} },
      { ...chains['branches'], blocks: [5] },
      { ...chains['branches'], genesisBlockHeader: {} },
    ];
    const results = run({ ...broken, last: chains['branches'] });
    expect(results.map(({ pass }) => pass)).toEqual([false, false, false, false, false, true]);
    for (const { actual } of results.slice(0, 5)) expect(actual).toMatch(/^a breakdown: /);
  });
});

describe('names of exceptions', () => {
  const block = (fault: BlockFault, cause?: unknown) => new InvalidBlock(fault, 'message', { cause });
  const transaction = (fault: ConstructorParameters<typeof InvalidTransaction>[0]) =>
    block('transaction', new InvalidTransaction(fault, 'message'));

  it('are of blocks, of transactions, or several', () => {
    expect(isBlockFaultNamed(block('gasLimit'), 'BlockException.INVALID_GASLIMIT')).toBe(true);
    expect(isBlockFaultNamed(block('gasLimit'), 'InvalidGasLimit2')).toBe(true);
    expect(isBlockFaultNamed(block('gasUsed'), 'BlockException.INVALID_GASLIMIT')).toBe(false);
    const either = 'BlockException.RLP_STRUCTURES_ENCODING|TransactionException.TYPE_3_TX_WITH_FULL_BLOBS';
    expect(isBlockFaultNamed(block('rlp'), either)).toBe(true);
    expect(isBlockFaultNamed(transaction('fullBlobs'), either)).toBe(true);
    expect(isBlockFaultNamed(transaction('nonceTooLow'), either)).toBe(false);
    expect(isBlockFaultNamed(transaction('gasAllowanceExceeded'), 'BlockException.GAS_USED_OVERFLOW')).toBe(
      true,
    );
  });

  it('that nobody knows agree with nothing', () => {
    for (const name of ['', 'constructor', 'BlockException.toString', 'BlockException.NO_SUCH']) {
      expect(isBlockFaultNamed(block('rlp'), name)).toBe(false);
      expect(isBlockFaultNamed(transaction('rlp'), name)).toBe(false);
    }
  });
});
