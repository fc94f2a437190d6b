/** Random headers, blocks and receipts for properties: well-formed, without regard to whether they are valid. */

import fc from 'fast-check';
import { type Hex, toHex } from '../../src/bytes.ts';
import { type BlockContent, blockOf } from '../../src/chain/block.ts';
import { type Header, headerFieldCount } from '../../src/chain/header.ts';
import { type Receipt, receiptOf } from '../../src/chain/receipt.ts';
import type { Transaction } from '../../src/chain/transaction.ts';
import type { Withdrawal } from '../../src/chain/withdrawals.ts';
import { FORKS, type Fork } from '../../src/protocol/forks.ts';
import { address, uint64, uint256, unsignedTransaction } from './transactionArbitraries.ts';

export const hash: fc.Arbitrary<Hex> = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);

export const anyFork: fc.Arbitrary<Fork> = fc.constantFrom(...FORKS);

const always = {
  parentHash: hash,
  ommersHash: hash,
  coinbase: address,
  stateRoot: hash,
  transactionsRoot: hash,
  receiptsRoot: hash,
  logsBloom: fc.uint8Array({ minLength: 256, maxLength: 256 }),
  difficulty: uint256,
  number: uint256,
  gasLimit: uint64,
  gasUsed: uint64,
  timestamp: uint64,
  extraData: fc.uint8Array({ maxLength: 40 }),
  mixHash: hash,
  nonce: fc.uint8Array({ minLength: 8, maxLength: 8 }).map(toHex),
};
const london = { ...always, baseFee: uint256 };
const shanghai = { ...london, withdrawalsRoot: hash };
const cancun = { ...shanghai, blobGasUsed: uint64, excessBlobGas: uint64, parentBeaconRoot: hash };
const prague = { ...cancun, requestsHash: hash };
const amsterdam = { ...prague, blockAccessListHash: hash, slotNumber: uint64 };
const byCount = new Map<number, fc.Arbitrary<Header>>([
  [15, fc.record(always)],
  [16, fc.record(london)],
  [17, fc.record(shanghai)],
  [20, fc.record(cancun)],
  [21, fc.record(prague)],
  [23, fc.record(amsterdam)],
]);

/** A header of a fork. */
export function headerOf(fork: Fork): fc.Arbitrary<Header> {
  return byCount.get(headerFieldCount(fork))!;
}

export const header: fc.Arbitrary<Header> = anyFork.chain(headerOf);

export const transaction: fc.Arbitrary<Transaction> = fc
  .tuple(unsignedTransaction, fc.constantFrom(0 as const, 1 as const), uint256, uint256)
  .map(([tx, yParity, r, s]) => ({ ...tx, yParity, r, s }) as Transaction);

export const withdrawal: fc.Arbitrary<Withdrawal> = fc.record({
  index: uint64,
  validatorIndex: uint64,
  address,
  amount: uint64,
});

export const blockContent: fc.Arbitrary<BlockContent> = fc.record({
  header,
  transactions: fc.array(transaction, { maxLength: 4 }),
  ommers: fc.array(header, { maxLength: 2 }),
  withdrawals: fc.option(fc.array(withdrawal, { maxLength: 3 }), { nil: undefined }),
});

export const block = blockContent.map(blockOf);

const log = fc.record({
  address,
  topics: fc.array(uint256, { maxLength: 4 }),
  data: fc.uint8Array({ maxLength: 70 }),
});

export const receipt: fc.Arbitrary<Receipt> = fc
  .tuple(
    fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const, 4 as const),
    fc.oneof(fc.boolean(), hash),
    uint64,
    fc.array(log, { maxLength: 3 }),
  )
  .map(([type, outcome, gas, logs]) => receiptOf(type, outcome, gas, logs));

/** A few changes of bytes: some overwritten, cut out, or put in. */
export function mutated(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(
    fc.nat(bytes.length),
    fc.constantFrom('set' as const, 'cut' as const, 'add' as const),
    fc.nat(255),
  );
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    let result: number[] = [...bytes];
    for (const [at, how, byte] of changes) {
      if (how === 'set' && at < result.length) result[at] = byte;
      if (how === 'cut') result = [...result.slice(0, at), ...result.slice(at + 1 + (byte % 3))];
      if (how === 'add') result = [...result.slice(0, at), byte, ...result.slice(at)];
    }
    return Uint8Array.from(result);
  });
}
