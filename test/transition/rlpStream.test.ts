/** Transactions of a list, and what is told of those that are none. */

import { expect, test } from 'vitest';
import { concatBytes, fromHex } from '../../src/bytes.ts';
import { encodeTransaction, transactionItem } from '../../src/chain/transactionCodec.ts';
import { signTransaction } from '../../src/chain/transactionSender.ts';
import { encodeRlp } from '../../src/rlp.ts';
import { RlpComplaint } from '../../src/transition/rlpStream.ts';
import { transactionsOfList } from '../../src/transition/signedTransaction.ts';

const KEY = new Uint8Array(32).fill(7);
const TO = `0x${'22'.repeat(20)}` as const;
const base = { nonce: 1n, to: TO, value: 2n, data: Uint8Array.of(0, 1), gasLimit: 50_000n } as const;
const accessList = [{ address: TO, storageKeys: [0n, 2n ** 255n] }];
const priced = { ...base, chainId: 1n, accessList, maxFeePerGas: 9n, maxPriorityFeePerGas: 3n } as const;
const authorization = { chainId: 0n, address: TO, nonce: 3n, yParity: 1, r: 4n, s: 5n } as const;

const signed = [
  signTransaction({ type: 0, ...base, to: null, gasPrice: 7n }, KEY),
  signTransaction({ type: 0, ...base, gasPrice: 7n, chainId: 5n }, KEY),
  signTransaction({ type: 1, ...base, chainId: 1n, accessList, gasPrice: 7n }, KEY),
  signTransaction({ type: 2, ...priced }, KEY),
  signTransaction({ type: 3, ...priced, maxFeePerBlobGas: 8n, blobVersionedHashes: [1n << 248n] }, KEY),
  signTransaction({ type: 4, ...priced, authorizationList: [authorization] }, KEY),
];

test('transactions of every type are what they were', () => {
  const read = [...transactionsOfList(encodeRlp(signed.map(transactionItem)))];
  expect(read).toMatchObject(signed.map((tx) => ({ tx, encoded: encodeTransaction(tx) })));
});

test('one that is none does not take the others along', () => {
  const [first, , , fourth] = signed.map((tx) => encodeRlp(transactionItem(tx)));
  const wrong = encodeRlp(concatBytes(Uint8Array.of(3), encodeRlp([1, 2, 3])));
  const content = concatBytes(first, wrong, fourth);
  const list = concatBytes(Uint8Array.of(0xf9, content.length >> 8, content.length & 0xff), content);
  const read = [...transactionsOfList(list)];
  expect(read[1]).toBeInstanceOf(RlpComplaint);
  expect((read[1] as RlpComplaint).message).toBe('rlp: too few elements for types.BlobTx');
  expect(read).toMatchObject([{ tx: signed[0] }, {}, { tx: signed[3] }]);
});

test.each([
  ['0xc0', []],
  ['0x80', []],
  ['0xc105', ['typed transaction too short']],
  ['0xc3820205', ['rlp: expected input list for types.DynamicFeeTx']],
  [
    '0xc2c100',
    [
      'rlp: non-canonical integer (leading zero bytes) for uint64, decoding into (types.Transaction)(types.LegacyTx).Nonce',
    ],
  ],
])('%s holds %j', (list, complaints) => {
  const read = [...transactionsOfList(fromHex(list))];
  expect(read.slice(0, complaints.length).map((one) => (one as RlpComplaint).message)).toEqual(complaints);
});
