import { describe, expect, it } from 'vitest';
import { addressOfPrivateKey } from '../../src/chain/signature.ts';
import { legacyV } from '../../src/chain/transaction.ts';
import { transactionHash } from '../../src/chain/transactionCodec.ts';
import {
  integerFromJson,
  transactionFromJson,
  unsignedTransactionFromJson,
} from '../../src/chain/transactionJson.ts';
import { recoverSender } from '../../src/chain/transactionSender.ts';
import { prague } from '../../src/protocol/forks.ts';

const KEY = '0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8';
const SENDER = '0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b';
const TO = `0x${'0A'.repeat(20)}`;

describe('transactions of JSON', () => {
  it('are signed ones as JSON-RPC gives them', () => {
    // The example of EIP-155 as a node would answer.
    const tx = transactionFromJson({
      ...{ type: '0x0', nonce: '0x9', gasPrice: '0x4a817c800', gas: '0x5208', to: `0x${'35'.repeat(20)}` },
      ...{ value: '0xde0b6b3a7640000', input: '0x', v: '0x25', chainId: '0x1' },
      r: '0x28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276',
      s: '0x67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83',
    });
    expect(transactionHash(tx)).toBe('0x33469b22e9f636356c4160a87eb19df52b7412e8eac32a4a55ffe88ea8350788');
    expect(tx).toMatchObject({ type: 0, chainId: 1n, yParity: 0 });
  });

  it('are signed where they come with a key, as t8n takes them', () => {
    const json = { nonce: '0x0', gas: '0x5208', gasPrice: '0x1', to: TO, value: '0x1', input: '0x' };
    const zero = { v: '0x0', r: '0x0', s: '0x0', secretKey: KEY };
    const protectedOne = transactionFromJson({ ...json, ...zero }, 5n);
    const open = transactionFromJson({ ...json, ...zero, protected: false }, 5n);
    expect(protectedOne.chainId).toBe(5n);
    expect(open.type === 0 && legacyV(open) < 29n).toBe(true);
    expect(recoverSender(protectedOne, prague)).toBe(SENDER);
    expect(recoverSender(open, prague)).toBe(SENDER);
    const short = transactionFromJson({ ...json, secretKey: '0x1' });
    expect(recoverSender(short, prague)).toBe(
      addressOfPrivateKey(Uint8Array.from([...Array(31).fill(0), 1])),
    );
  });

  it('have the type that their fields tell', () => {
    const typeOf = (json: Record<string, unknown>) =>
      unsignedTransactionFromJson({ to: TO, chainId: 1, ...json }).type;
    expect(typeOf({ gasPrice: '0x1' })).toBe(0);
    expect(typeOf({ gasPrice: '0x1', accessList: [] })).toBe(1);
    expect(typeOf({ maxFeePerGas: '0x1', accessList: [] })).toBe(2);
    expect(typeOf({ maxFeePerGas: '0x1', maxFeePerBlobGas: '0x1', blobVersionedHashes: [] })).toBe(3);
    expect(typeOf({ maxFeePerGas: '0x1', authorizationList: [] })).toBe(4);
    expect(typeOf({ type: '0x2' })).toBe(2);
  });

  it('have every field', () => {
    const authorization = { chainId: '0x0', address: TO, nonce: '0x1', v: '0x1', r: '0x2', s: '0x3' };
    const json = {
      ...{ chainId: '0x1', nonce: '0x00', gasLimit: '100', to: '', value: '0x', data: '0x00ff' },
      ...{ maxFeePerGas: 7, maxPriorityFeePerGas: '0x01' },
      accessList: [{ address: TO, storageKeys: ['0x00', `0x${'0'.repeat(63)}1`] }, { address: TO }],
      authorizationList: [authorization],
    };
    expect(unsignedTransactionFromJson(json)).toEqual({
      ...{ type: 4, chainId: 1n, nonce: 0n, gasLimit: 100n, to: null, value: 0n },
      ...{ data: Uint8Array.of(0, 255), maxFeePerGas: 7n, maxPriorityFeePerGas: 1n },
      accessList: [
        { address: TO.toLowerCase(), storageKeys: [0n, 1n] },
        { address: TO.toLowerCase(), storageKeys: [] },
      ],
      authorizationList: [{ chainId: 0n, address: TO.toLowerCase(), nonce: 1n, yParity: 1, r: 2n, s: 3n }],
    });
  });

  it.each([
    [{ nonce: 'ten' }, 'nonce: expected a number in hex, got "ten"'],
    [{ nonce: -1 }, 'nonce: expected a number in hex, got -1'],
    [{ to: '0x12' }, 'to: expected 20 bytes of hex, got 1'],
    [{ data: '0x123' }, 'data: expected an even number of hex digits, got "0x123"'],
    [{ data: 12 }, 'data: expected hex, got 12'],
    [{ accessList: {}, chainId: 1 }, 'accessList: expected a list, got {}'],
    [{ accessList: [1], chainId: 1 }, 'accessList[0]: expected an object, got 1'],
    [{ accessList: [] }, 'chainId: expected a number in hex, got nothing'],
    [
      { authorizationList: [{ address: TO }], chainId: 1 },
      'authorizationList[0].chainId: expected a number in hex, got nothing',
    ],
  ])('are refused in a sentence: %j', (json, message) => {
    expect(() => unsignedTransactionFromJson(json)).toThrow(new TypeError(message));
  });

  it('need a signature or a key to be signed', () => {
    expect(() => transactionFromJson({ to: TO })).toThrow(TypeError);
    expect(() => transactionFromJson({ to: TO, secretKey: `0x${'00'.repeat(32)}` })).toThrow(RangeError);
  });

  it.each([
    [{ type: '0x5' }, 'typeNotSupported'],
    [{ nonce: '0x10000000000000000' }, 'nonceOverflow'],
    [{ gas: '0x10000000000000000' }, 'gasLimitOverflow'],
    [{ value: `0x:bigint 0x1${'0'.repeat(64)}` }, 'valueOverflow'],
    [{ r: '0x1', s: '0x1', v: '0x1' }, 'signature'],
    [{ type: '0x2', chainId: 1, r: '0x1', s: '0x1', yParity: '0x2' }, 'signature'],
  ])('are invalid where no transaction can be so: %j', (json, fault) => {
    expect(() => transactionFromJson({ secretKey: KEY, ...json })).toThrow(
      expect.objectContaining({ fault }),
    );
  });
});

describe('integers of JSON', () => {
  it.each([
    ['0x', 0n],
    ['0x0', 0n],
    ['0x00ff', 255n],
    ['12', 12n],
    [12, 12n],
    [12n, 12n],
    ['0x:bigint 0x100', 256n],
  ])('%s is %d', (json, value) => {
    expect(integerFromJson(json, 'x')).toBe(value);
  });

  it.each([['0xg'], ['-1'], [1.5], [null], [{}], [2 ** 53]])('%s is none', (json) => {
    expect(() => integerFromJson(json, 'x')).toThrow(TypeError);
  });
});
