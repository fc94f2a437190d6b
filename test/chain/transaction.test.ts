import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, toHex } from '../../src/bytes.ts';
import { addressOfPrivateKey } from '../../src/chain/signature.ts';
import { legacyV, type UnsignedTransaction } from '../../src/chain/transaction.ts';
import {
  decodeTransaction,
  decodeTransactionItem,
  encodeTransaction,
  signingHash,
  transactionHash,
  transactionItem,
} from '../../src/chain/transactionCodec.ts';
import { recoverSender, signTransaction } from '../../src/chain/transactionSender.ts';
import { frontier, homestead, osaka, prague, spuriousDragon } from '../../src/protocol/forks.ts';
import { decodeRlp, encodeRlp, type RlpInput } from '../../src/rlp.ts';
import { privateKey, unsignedTransaction } from './transactionArbitraries.ts';

/** The example of https://eips.ethereum.org/EIPS/eip-155. */
const EXAMPLE: UnsignedTransaction = {
  type: 0,
  chainId: 1n,
  nonce: 9n,
  gasPrice: 20n * 10n ** 9n,
  gasLimit: 21000n,
  to: `0x${'35'.repeat(20)}`,
  value: 10n ** 18n,
  data: new Uint8Array(0),
};
const EXAMPLE_KEY = fromHex('46'.repeat(32));

describe('the example of EIP-155', () => {
  const signed = signTransaction(EXAMPLE, EXAMPLE_KEY);

  it('has the hash to sign, the encoding and the v that the EIP gives', () => {
    expect(toHex(signingHash(EXAMPLE))).toBe(
      '0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53',
    );
    expect(toHex(encodeTransaction(signed))).toBe(
      '0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025' +
        'a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276' +
        'a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83',
    );
    expect(signed.type === 0 && legacyV(signed)).toBe(37n);
    expect(transactionHash(signed)).toBe(
      '0x33469b22e9f636356c4160a87eb19df52b7412e8eac32a4a55ffe88ea8350788',
    );
  });

  it('comes from the owner of the key, where chain ids are known', () => {
    const sender = addressOfPrivateKey(EXAMPLE_KEY);
    expect(sender).toBe('0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f');
    expect(recoverSender(signed, spuriousDragon)).toBe(sender);
    expect(() => recoverSender(signed, homestead)).toThrow(expect.objectContaining({ fault: 'signature' }));
  });
});

describe('round trips', () => {
  it('signs, encodes, decodes and recovers transactions of every type', () => {
    fc.assert(
      fc.property(unsignedTransaction, privateKey, (unsigned, key) => {
        const signed = signTransaction(unsigned, key);
        const decoded = decodeTransaction(encodeTransaction(signed));
        expect(decoded).toEqual(signed);
        expect(transactionHash(decoded)).toBe(transactionHash(signed));
        expect(recoverSender(decoded, osaka)).toBe(addressOfPrivateKey(key));
      }),
    );
  });

  it('reads them as items of a block too', () => {
    fc.assert(
      fc.property(unsignedTransaction, privateKey, (unsigned, key) => {
        const signed = signTransaction(unsigned, key);
        expect(decodeTransactionItem(decodeRlp(encodeRlp(transactionItem(signed))))).toEqual(signed);
      }),
      { numRuns: 20 },
    );
  });

  it('accepts a high s only where the fork does, and only in legacy transactions', () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const { chainId: _, ...unprotected } = EXAMPLE;
    const low = signTransaction(unprotected as UnsignedTransaction, EXAMPLE_KEY);
    const high = { ...low, s: order - low.s, yParity: low.yParity === 0 ? (1 as const) : (0 as const) };
    expect(recoverSender(high, frontier)).toBe(addressOfPrivateKey(EXAMPLE_KEY));
    expect(() => recoverSender(high, homestead)).toThrow(expect.objectContaining({ fault: 'signature' }));
  });
});

describe('hostile bytes', () => {
  const faultOf = (bytes: Uint8Array): string => {
    try {
      recoverSender(decodeTransaction(bytes), prague);
      return 'none';
    } catch (error) {
      expect(error).toMatchObject({ name: 'InvalidTransaction' });
      return (error as { fault: string }).fault;
    }
  };

  it('are never another error than InvalidTransaction', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), (bytes) => {
        faultOf(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('made by changing, dropping or adding a byte of a good transaction either', () => {
    fc.assert(
      fc.property(
        unsignedTransaction,
        privateKey,
        fc.nat(),
        fc.nat(255),
        fc.nat(2),
        (tx, key, at, byte, how) => {
          const bytes = [...encodeTransaction(signTransaction(tx, key))];
          const remove = how === 0 ? 0 : 1;
          bytes.splice(at % bytes.length, remove, ...(how === 1 ? [] : [byte]));
          const mutated = Uint8Array.from(bytes);
          if (faultOf(mutated) === 'none') {
            // What decodes has one encoding only.
            expect(encodeTransaction(decodeTransaction(mutated))).toEqual(mutated);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('nest as deep as they like', () => {
    expect(faultOf(new Uint8Array(200_000).fill(0xc1))).toBe('rlp');
  });

  const fields: readonly RlpInput[] = [9, 20, 21000, new Uint8Array(20), 1, new Uint8Array(0), 27, 1, 1];
  const changed = (at: number, field: RlpInput): Uint8Array => encodeRlp(fields.with(at, field));

  it.each([
    ['no bytes', new Uint8Array(0), 'rlp'],
    ['one byte', Uint8Array.of(2), 'rlp'],
    ['an unknown type', Uint8Array.of(5, 0xc0), 'typeNotSupported'],
    ['a byte string', encodeRlp(encodeRlp(fields)), 'typeNotSupported'],
    ['too few fields', encodeRlp(fields.slice(1)), 'rlp'],
    ['too many fields', encodeRlp([...fields, 1]), 'rlp'],
    ['bytes after it', Uint8Array.of(...encodeRlp(fields), 0), 'rlp'],
    ['a leading zero', changed(0, Uint8Array.of(0, 1)), 'rlp'],
    ['a list for a number', changed(0, []), 'rlp'],
    ['a wide nonce', changed(0, 2n ** 64n), 'nonceOverflow'],
    ['a wide price', changed(1, 2n ** 256n), 'gasPriceOverflow'],
    ['a wide gas limit', changed(2, 2n ** 64n), 'gasLimitOverflow'],
    ['a short address', changed(3, new Uint8Array(19)), 'addressLength'],
    ['a long address', changed(3, new Uint8Array(21)), 'addressLength'],
    ['a wide value', changed(4, 2n ** 256n), 'valueOverflow'],
    ['a v of 26', changed(6, 26), 'signature'],
    ['a v of 34', changed(6, 34), 'signature'],
    ['a wide v', changed(6, 2n ** 256n), 'signature'],
    ['an r of 0', changed(7, 0), 'signature'],
    ['a wide s', changed(8, 2n ** 256n), 'signature'],
  ])('%s', (_, bytes, fault) => {
    expect(faultOf(bytes)).toBe(fault);
  });

  it('with blobs, as nodes send them to each other', () => {
    const wrapped = encodeRlp([fields, [new Uint8Array(131072)], [new Uint8Array(48)], [new Uint8Array(48)]]);
    expect(faultOf(concatBytes(Uint8Array.of(3), wrapped))).toBe('fullBlobs');
  });

  it('in a block are lists when legacy and byte strings when typed', () => {
    expect(() => decodeTransactionItem(encodeRlp(fields))).toThrow(expect.objectContaining({ fault: 'rlp' }));
    expect(() => decodeTransactionItem(new Uint8Array(0))).toThrow(expect.objectContaining({ fault: 'rlp' }));
  });
});
