import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/bytes.ts';
import { blockOf, decodeBlock, encodeBlock, transactionsRoot } from '../../src/chain/block.ts';
import {
  encodeHeader,
  fieldCountOf,
  headerFieldCount,
  headerFromRlp,
  headerHash,
  headerItem,
  sealHash,
} from '../../src/chain/header.ts';
import { decodeReceipt, encodeReceipt } from '../../src/chain/receipt.ts';
import { withdrawalFromRlp, withdrawalItem } from '../../src/chain/withdrawals.ts';
import { InvalidBlock } from '../../src/errors.ts';
import { keccak256 } from '../../src/keccak.ts';
import { london } from '../../src/protocol/forks.ts';
import { decodeRlp, encodeRlp, InvalidRlp, type RlpInput } from '../../src/rlp.ts';
import { orderedRoot } from '../../src/trie/orderedRoot.ts';
import {
  anyFork,
  block,
  blockContent,
  header,
  headerOf,
  mutated,
  receipt,
  withdrawal,
} from './blockArbitraries.ts';

function faultOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof InvalidBlock || error instanceof InvalidRlp) return error.fault;
    throw error;
  }
  return 'none';
}

describe('headers', () => {
  it('are read as they were written, in every fork', () => {
    fc.assert(
      fc.property(
        anyFork.chain((fork) => fc.tuple(fc.constant(fork), headerOf(fork))),
        ([fork, one]) => {
          expect(headerFromRlp(decodeRlp(encodeHeader(one)))).toEqual(one);
          expect(fieldCountOf(one)).toBe(headerFieldCount(fork));
          expect(headerHash(one)).toBe(toHex(keccak256(encodeHeader(one))));
        },
      ),
    );
  });

  it('are refused with another number of fields, with leading zeros, and with fields of another length', () => {
    fc.assert(
      fc.property(header, (one) => {
        const items = [...headerItem(one)];
        const fault = (changed: readonly RlpInput[]) =>
          faultOf(() => headerFromRlp(decodeRlp(encodeRlp(changed))));
        const put = (at: number, item: RlpInput) => [...items.slice(0, at), item, ...items.slice(at + 1)];
        for (let count = 0; count < 26; count++) {
          const padded = [...items, ...new Array<RlpInput>(26).fill(0)].slice(0, count);
          if (![15, 16, 17, 20, 21, 23].includes(count)) expect(fault(padded)).toBe('format');
        }
        expect(fault(put(8, Uint8Array.of(0, 1)))).toBe('leadingZeros');
        expect(fault(put(9, 2n ** 64n))).toBe('tooLong');
        expect(fault(put(2, new Uint8Array(19)))).toBe('tooShort');
        expect(fault(put(6, new Uint8Array(257)))).toBe('tooLong');
        expect(fault(put(14, new Uint8Array(9)))).toBe('tooLong');
        expect(fault(put(12, [1]))).toBe('kind');
      }),
    );
  });

  it('have no holes', () => {
    fc.assert(
      fc.property(headerOf(london), (one) => {
        expect(() => encodeHeader({ ...one, mixHash: undefined as never })).toThrow(TypeError);
      }),
    );
  });

  it('seal everything but the seal', () => {
    fc.assert(
      fc.property(header, (one) => {
        const other = { ...one, mixHash: toHex(new Uint8Array(32)), nonce: toHex(new Uint8Array(8)) };
        expect(sealHash(one)).toEqual(sealHash(other));
        expect(sealHash({ ...one, number: one.number ^ 1n })).not.toEqual(sealHash(one));
      }),
    );
  });
});

describe('blocks', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(blockContent, (content) => {
        const bytes = encodeBlock(content);
        expect(decodeBlock(bytes)).toEqual(blockOf(content));
      }),
    );
  });

  it('hold each transaction as the trie of transactions does', () => {
    fc.assert(
      fc.property(block, (one) => {
        const decoded = decodeBlock(encodeBlock(one));
        expect(transactionsRoot(decoded.encodedTransactions)).toBe(
          toHex(orderedRoot(one.encodedTransactions)),
        );
      }),
    );
  });

  it('of mutated bytes are invalid, or other blocks, and never anything worse', () => {
    fc.assert(
      fc.property(
        blockContent.chain((content) => mutated(encodeBlock(content))),
        (bytes) => {
          try {
            expect(encodeBlock(decodeBlock(bytes))).toEqual(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidBlock);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('of any bytes at all likewise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(faultOf(() => decodeBlock(bytes))).toMatch(/rlp|format/);
      }),
    );
  });

  it('have three items or four', () => {
    for (const rlp of ['0xc0', '0xc2c0c0', '0xc5c0c0c0c0c0', '0x80']) {
      expect(faultOf(() => decodeBlock(fromHex(rlp)))).toBe('rlp');
    }
  });
});

describe('receipts and withdrawals', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(receipt, withdrawal, (one, other) => {
        expect(decodeReceipt(encodeReceipt(one))).toEqual(one);
        expect(withdrawalFromRlp(decodeRlp(encodeRlp(withdrawalItem(other))))).toEqual(other);
      }),
    );
  });

  it('of mutated bytes are refused, or others', () => {
    fc.assert(
      fc.property(
        receipt.chain((one) => mutated(encodeReceipt(one))),
        (bytes) => {
          try {
            decodeReceipt(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidRlp);
          }
        },
      ),
    );
  });
});
