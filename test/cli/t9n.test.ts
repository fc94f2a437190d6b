/** `evmill t9n` and `evmill b11r`: what transactions are by themselves, and blocks from their parts. */

import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { decodeBlock } from '../../src/chain/block.ts';
import { transactionItem } from '../../src/chain/transactionCodec.ts';
import { signTransaction } from '../../src/chain/transactionSender.ts';
import { encodeRlp } from '../../src/rlp.ts';
import { evmill } from './host.ts';

const KEY = new Uint8Array(32).fill(1);
const SENDER = '0x1a642f0e3c3af545e7acbd38b07251b3990914f1';
const base = { nonce: 0n, to: SENDER, value: 0n, data: new Uint8Array(0), gasLimit: 21_000n } as const;
const legacy = signTransaction({ type: 0, ...base, gasPrice: 1n, chainId: 1n }, KEY);
const fees = { maxFeePerGas: 2n, maxPriorityFeePerGas: 1n, accessList: [], chainId: 1n } as const;
const feeMarket = signTransaction({ type: 2, ...base, ...fees }, KEY);
const poor = signTransaction({ type: 2, ...base, ...fees, gasLimit: 20_999n }, KEY);
const wide = signTransaction({ type: 0, ...base, gasPrice: 1n, value: 2n ** 256n }, KEY);

async function t9n(txsRlp: string, ...args: readonly string[]) {
  const stdin = [JSON.stringify({ txsRlp })];
  const { exitCode, out, err } = await evmill(['t9n', '--input.txs', 'stdin', ...args], stdin);
  return { exitCode, err, verdicts: out === '' ? [] : JSON.parse(out) };
}

const listOf = (...txs: Parameters<typeof transactionItem>[0][]) =>
  toHex(encodeRlp(txs.map(transactionItem)));

describe('t9n', () => {
  test('says who sent a transaction, and what it pays before it runs', async () => {
    const { exitCode, verdicts } = await t9n(listOf(legacy, feeMarket), '--state.fork', 'London');
    expect(exitCode).toBe(0);
    expect(verdicts).toMatchObject([
      { address: SENDER, intrinsicGas: '0x5208' },
      { address: SENDER, intrinsicGas: '0x5208' },
    ]);
  });

  test('says what is wrong, in the words of go-ethereum', async () => {
    const { verdicts } = await t9n(listOf(poor, wide), '--state.fork', 'London');
    expect(verdicts.map(({ error }: { error: string }) => error)).toEqual([
      'intrinsic gas too low: have 20999, want 21000',
      'value exceeds 256 bits',
    ]);
    const early = await t9n(listOf(feeMarket, legacy), '--state.fork', 'Homestead');
    expect(early.verdicts.map(({ error }: { error: string }) => error)).toEqual([
      'transaction type not supported',
      'invalid transaction v, r, s values',
    ]);
    const elsewhere = await t9n(listOf(feeMarket), '--state.chainid', '5');
    expect(elsewhere.verdicts[0].error).toBe('invalid chain id for signer: have 1 want 5');
  });

  test.each([
    [
      'a field that is cut short',
      [0x02, encodeRlp([1, 0, 1, 1, 21000, new Uint8Array(19)])],
      /input string too short for common.Address, decoding into \(types.Transaction\)\(types.DynamicFeeTx\).To$/,
    ],
    ['a list that ends early', [0x01, encodeRlp([1])], /^rlp: too few elements for types.AccessListTx$/],
    ['no list', [0x01, Uint8Array.of(0x80)], /^rlp: expected input list for types.AccessListTx$/],
    ['another type', [0x7e, encodeRlp([])], /^transaction type not supported$/],
  ] as const)('tells of %s', async (_, [type, payload], error) => {
    const { verdicts } = await t9n(toHex(encodeRlp([Uint8Array.of(type, ...payload)])));
    expect(verdicts[0].error).toMatch(error);
  });

  test('gives up on a list that is cut off, and on what is no list', async () => {
    expect(await t9n('0xc482ffff81')).toMatchObject({ exitCode: 11 });
    expect(await t9n('0x82ffff')).toMatchObject({ exitCode: 1, err: 'rlp: expected List\n' });
  });
});

const hash = (byte: string) => `0x${byte.repeat(32)}`;
const header = { stateRoot: hash('11'), number: '0x1', gasLimit: '0x5208', timestamp: '0x2' };

async function b11r(parts: object, ...args: readonly string[]) {
  const sources = ['--input.header', 'stdin', '--input.txs', 'stdin', '--output.block', 'stdout', ...args];
  const { exitCode, out, err } = await evmill(['b11r', ...sources], [JSON.stringify(parts)]);
  return { exitCode, err, block: out === '' ? undefined : JSON.parse(out) };
}

describe('b11r', () => {
  test('puts a block together, and fills in what follows', async () => {
    const txs = listOf(legacy, feeMarket);
    const { exitCode, block } = await b11r({ header: { ...header, baseFeePerGas: '7' }, txs });
    expect(exitCode).toBe(0);
    const decoded = decodeBlock(Uint8Array.from(Buffer.from(block.rlp.slice(2), 'hex')));
    expect(decoded.hash).toBe(block.hash);
    expect(decoded.transactions).toEqual([legacy, feeMarket]);
    expect(decoded.header).toMatchObject({ number: 1n, gasLimit: 21_000n, timestamp: 2n, baseFee: 7n });
  });

  test('seals with Clique, but not over what was stated', async () => {
    const clique = { secretKey: hash('01'), voted: SENDER, authorize: true, vanity: hash('aa') };
    const seal = ['--seal.clique', 'stdin'];
    const { block } = await b11r({ header, txs: '0xc0', clique }, ...seal);
    const sealed = decodeBlock(Uint8Array.from(Buffer.from(block.rlp.slice(2), 'hex'))).header;
    expect(sealed).toMatchObject({ coinbase: SENDER, nonce: '0x0000000000000000' });
    expect(toHex(sealed.extraData.subarray(0, 32))).toBe(hash('aa'));
    expect(sealed.extraData).toHaveLength(97);
    const twice = await b11r({ header: { ...header, extraData: '0x00' }, txs: '0xc0', clique }, ...seal);
    expect([twice.exitCode, twice.err]).toEqual([
      3,
      'ERROR(3): sealing with clique will overwrite provided extra data\n',
    ]);
  });

  test('exits by what was wrong', async () => {
    expect(await b11r({ header, txs: '0x01' })).toMatchObject({ exitCode: 12 });
    expect(await b11r({ header, txs: '0xc0', ommers: ['0xc0'] }, '--input.ommers', 'stdin')).toMatchObject({
      exitCode: 12,
    });
    const { exitCode, err } = await b11r({ header: {}, txs: '0xc0' });
    expect([exitCode, err]).toEqual([10, expect.stringContaining("missing required field 'stateRoot'")]);
  });
});
