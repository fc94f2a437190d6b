import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blobBaseFee,
  blobBaseFeeOf,
  effectiveGasPrice,
  INITIAL_BASE_FEE,
  maxBlobGas,
  nextBaseFee,
  nextExcessBlobGas,
  stateByteGas,
  upfrontCost,
} from '../../src/chain/fees.ts';
import type { UnsignedTransaction } from '../../src/chain/transaction.ts';
import { balDevnet, bpo1, cancun, london, osaka, prague } from '../../src/protocol/forks.ts';
import { unsignedTransaction } from './transactionArbitraries.ts';

const BLOB_TX: UnsignedTransaction = {
  type: 3,
  chainId: 1n,
  nonce: 0n,
  maxPriorityFeePerGas: 2n,
  maxFeePerGas: 10n,
  gasLimit: 1000n,
  to: `0x${'00'.repeat(20)}`,
  value: 5n,
  data: new Uint8Array(0),
  accessList: [],
  maxFeePerBlobGas: 3n,
  blobVersionedHashes: [1n << 248n, 1n << 248n],
};

describe('what a transaction pays', () => {
  it('is the base fee and the priority fee, up to the maximum', () => {
    expect(effectiveGasPrice(BLOB_TX, 7n)).toBe(9n);
    expect(effectiveGasPrice(BLOB_TX, 9n)).toBe(10n);
    const { maxFeePerGas: _, maxPriorityFeePerGas: __, ...rest } = { ...BLOB_TX };
    const legacy = { ...rest, type: 1, gasPrice: 50n } as unknown as UnsignedTransaction;
    expect(effectiveGasPrice(legacy, 7n)).toBe(50n);
  });

  it('never exceeds what the sender must own', () => {
    fc.assert(
      fc.property(unsignedTransaction, fc.bigInt(0n, 10n ** 12n), (tx, baseFee) => {
        expect(tx.gasLimit * effectiveGasPrice(tx, baseFee) + tx.value <= upfrontCost(tx, prague)).toBe(true);
      }),
    );
  });

  it('must be covered at the highest prices, blobs included', () => {
    expect(upfrontCost(BLOB_TX, cancun)).toBe(1000n * 10n + 2n * 131072n * 3n + 5n);
  });
});

describe('the price of blob gas', () => {
  // Around the first step, and where rounding down in every term begins to show.
  it.each([
    [0n, 1n],
    [2314057n, 1n],
    [2314058n, 2n],
    [10n * 1024n * 1024n, 23n],
  ])('at an excess of %d is %d', (excess, price) => {
    expect(blobBaseFee(excess, 3338477n)).toBe(price);
    expect(blobBaseFeeOf(excess, cancun)).toBe(price);
  });

  it('is the sum of the series, wherever that fits a word', () => {
    fc.assert(
      fc.property(
        fc.bigInt(1n, 20_000_000n),
        fc.double({ min: 0, max: 170, noNaN: true }),
        (fraction, quotient) => {
          const excess = BigInt(Math.floor(Number(fraction) * quotient));
          expect(blobBaseFee(excess, fraction)).toBe(series(excess, fraction));
        },
      ),
    );
  });

  it('saturates where nobody could pay it, at once and without a step down', () => {
    const fraction = 3338477n;
    const most = 2n ** 256n - 1n;
    expect(blobBaseFee(2n ** 64n - 1n, fraction)).toBe(most);
    expect(blobBaseFee(2n ** 4096n, 1n)).toBe(most);
    expect(blobBaseFee(178n * fraction - 1n, fraction)).toBe(most);
    expect(series(178n * fraction, fraction) > most).toBe(true);
    expect(blobBaseFee(177n * fraction, fraction) < most).toBe(true);
  });

  it('is nothing before blobs', () => {
    expect(blobBaseFeeOf(5n, london)).toBe(0n);
    expect(maxBlobGas(london)).toBe(0n);
    expect(maxBlobGas(prague)).toBe(9n * 131072n);
  });
});

describe('the base fee', () => {
  it('starts at a gwei', () => {
    expect(nextBaseFee({ gasLimit: 10n, gasUsed: 10n })).toBe(INITIAL_BASE_FEE);
  });

  it.each([
    [1_000_000_000n, 10_000_000n, 10_000_000n, 1_125_000_000n],
    [1_000_000_000n, 10_000_000n, 0n, 875_000_000n],
    [1_000_000_000n, 10_000_000n, 5_000_000n, 1_000_000_000n],
    [1_000_000_000n, 10_000_000n, 9_000_000n, 1_100_000_000n],
    [0n, 10_000_000n, 10_000_000n, 1n],
    [7n, 10_000_000n, 5_000_001n, 8n],
    [7n, 10_000_000n, 4_999_999n, 7n],
  ])('after %d, with a limit of %d of which %d was used, is %d', (baseFee, gasLimit, gasUsed, next) => {
    expect(nextBaseFee({ baseFee, gasLimit, gasUsed })).toBe(next);
  });

  it('moves by an eighth at most, and rises and falls with use', () => {
    const fee = fc.bigInt(0n, 2n ** 80n);
    const limit = fc.bigInt(5000n, 2n ** 63n - 1n).map((gas) => gas - (gas % 2n));
    fc.assert(
      fc.property(fee, limit, fc.nat(1000), fc.nat(1000), (baseFee, gasLimit, a, b) => {
        const priceAfter = (share: number) =>
          nextBaseFee({ baseFee, gasLimit, gasUsed: (gasLimit * BigInt(share)) / 1000n });
        expect(priceAfter(Math.min(a, b)) <= priceAfter(Math.max(a, b))).toBe(true);
        expect(priceAfter(1000) <= baseFee + (baseFee >= 8n ? baseFee / 8n : 1n)).toBe(true);
        expect(priceAfter(0)).toBe(baseFee - baseFee / 8n);
        expect(priceAfter(500)).toBe(baseFee);
      }),
    );
  });
});

describe('the excess of blob gas', () => {
  const blob = 131072n;
  const parent = { gasLimit: 0n, gasUsed: 0n, baseFee: 7n };

  it('is 0 in the first block that has one, and never negative', () => {
    expect(nextExcessBlobGas(parent, cancun)).toBe(0n);
    expect(nextExcessBlobGas({ ...parent, excessBlobGas: blob, blobGasUsed: blob }, cancun)).toBe(0n);
    expect(nextExcessBlobGas({ ...parent, excessBlobGas: blob, blobGasUsed: blob }, london)).toBe(0n);
  });

  it('grows by what exceeds the target', () => {
    const full = { ...parent, excessBlobGas: 5n * blob, blobGasUsed: 6n * blob };
    expect(nextExcessBlobGas(full, cancun)).toBe(8n * blob);
    expect(nextExcessBlobGas(full, prague)).toBe(5n * blob);
  });

  it('does not fall while a blob costs less than its reserve of gas', () => {
    const used = { ...parent, baseFee: 17n, excessBlobGas: 6n * blob, blobGasUsed: 3n * blob };
    expect(nextExcessBlobGas(used, prague)).toBe(3n * blob);
    expect(nextExcessBlobGas(used, osaka)).toBe(6n * blob + blob);
    expect(nextExcessBlobGas({ ...used, baseFee: 16n }, osaka)).toBe(3n * blob);
    expect(nextExcessBlobGas({ ...used, excessBlobGas: 10n * blob }, bpo1)).toBe(11n * blob);
  });
});

describe('the price of state', () => {
  it.each([
    [1_000_000n, 1n],
    [10_000_000n, 1n],
    [30_000_000n, 150n],
    [36_000_000n, 150n],
    [45_000_000n, 150n],
    [60_000_000n, 662n],
    [100_000_000n, 1174n],
    [120_000_000n, 1174n],
    [150_000_000n, 1686n],
    [200_000_000n, 2198n],
    [300_000_000n, 3222n],
    [500_000_000n, 5782n],
    [1_000_000_000n, 11926n],
    [2n ** 63n - 1n, 109951162768022n],
  ])('in a block of %d gas is %d a byte', (gasLimit, price) => {
    expect(stateByteGas(balDevnet, gasLimit)).toBe(price);
  });
});

/** The definition of EIP-4844, word for word. */
function series(numerator: bigint, denominator: bigint): bigint {
  let i = 1n;
  let output = 0n;
  let accumulator = denominator;
  while (accumulator > 0n) {
    output += accumulator;
    accumulator = (accumulator * numerator) / (denominator * i);
    i += 1n;
  }
  return output / denominator;
}
