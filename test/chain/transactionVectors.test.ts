import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { archiveMembers } from '../../src/conformance/archives.ts';
import { transactionFaultsNamed } from '../../src/conformance/exceptionNames.ts';
import { runTransactionTests, type TransactionTestResult } from '../../src/conformance/transactionTests.ts';

const ROOT = join(import.meta.dirname, '../..');
const FIXTURES = process.env['EVMILL_FIXTURES'] ?? join(ROOT, '../shared/fixtures');
const ARCHIVE = join(FIXTURES, 'ethereum-tests.tar.gz');

const failures = (results: readonly TransactionTestResult[]) => results.filter((result) => !result.pass);

describe('transaction vectors', () => {
  it('of our own all pass', async () => {
    const folder = join(ROOT, 'fixtures/transactions');
    const results: TransactionTestResult[] = [];
    for (const file of await readdir(folder)) {
      results.push(...runTransactionTests(file, JSON.parse(await readFile(join(folder, file), 'utf8'))));
    }
    expect(failures(results)).toEqual([]);
    expect(results.length).toBe(103);
  });

  it.skipIf(!existsSync(ARCHIVE))('of ethereum/tests all pass (needs ethereum-tests.tar.gz)', async () => {
    const isOfSuite = (name: string) => /\/TransactionTests\/.*\.json$/.test(name);
    const results: TransactionTestResult[] = [];
    for await (const { name, bytes } of archiveMembers(ARCHIVE, isOfSuite)) {
      results.push(...runTransactionTests(name, JSON.parse(new TextDecoder().decode(bytes))));
    }
    expect(failures(results)).toEqual([]);
    expect(results.length).toBe(2016);
  });
});

describe('the runner', () => {
  const test = (expectation: object) => ({
    empty: { txbytes: '0xc0', result: { Prague: { intrinsicGas: '0x00', ...expectation } } },
  });

  it('asks for the kind of failure, not only for one', () => {
    const wrong = [...runTransactionTests('f', test({ exception: 'TransactionException.NONCE_OVERFLOW' }))];
    expect(wrong).toEqual([
      {
        ...{ name: 'empty', fork: 'Prague', pass: false, expected: 'TransactionException.NONCE_OVERFLOW' },
        actual: 'rlp: RLP, transaction: expected 9 fields, got 0',
      },
    ]);
    const right = [
      ...runTransactionTests('f', test({ exception: 'TransactionException.RLP_TOO_FEW_ELEMENTS' })),
    ];
    expect(right).toEqual([{ name: 'empty', fork: 'Prague', pass: true }]);
  });

  it('fails what should be valid and is not', () => {
    const [result] = runTransactionTests('f', test({ hash: '0x00', sender: '0x00' }));
    expect(result?.pass).toBe(false);
  });

  it('refuses what is no transaction test', () => {
    expect(() => [...runTransactionTests('f.json', 5)]).toThrow(TypeError);
    expect(() => [...runTransactionTests('f.json', { a: {} })]).toThrow(
      'f.json: expected txbytes and result in "a"',
    );
  });
});

describe('names of exceptions', () => {
  it('are known in both styles, alone and as alternatives', () => {
    const both = 'TransactionException.NONCE_IS_MAX|TransactionException.SENDER_NOT_EOA';
    expect(transactionFaultsNamed(both)).toEqual(new Set(['nonceIsMax', 'senderNotEoa']));
    expect(transactionFaultsNamed('NONCE_IS_MAX')).toEqual(new Set(['nonceIsMax']));
    expect(transactionFaultsNamed('TR_TipGtFeeCap')).toEqual(new Set(['priorityAboveMaxFee']));
    const mixed = 'BlockException.RLP_STRUCTURES_ENCODING|TransactionException.TYPE_3_TX_WITH_FULL_BLOBS';
    expect(transactionFaultsNamed(mixed)).toEqual(new Set(['fullBlobs']));
  });

  it('that speak of nothing here, or of what every object has, are unknown', () => {
    expect(transactionFaultsNamed('BlockException.INVALID_GASLIMIT')).toBeUndefined();
    expect(transactionFaultsNamed('constructor')).toBeUndefined();
    expect(transactionFaultsNamed('TransactionException.toString')).toBeUndefined();
  });
});
