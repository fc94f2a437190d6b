/** Builds valid blocks for tests: runs what is to be in them, and writes down what comes out. */

import { toHex } from '../../src/bytes.ts';
import { type Block, blockOf, encodeBlock, ommersHash } from '../../src/chain/block.ts';
import type { Blockchain } from '../../src/chain/blockchain.ts';
import type { StoredBlock } from '../../src/chain/chainStore.ts';
import { nextDifficulty } from '../../src/chain/difficulty.ts';
import { createEvm } from '../../src/chain/evm.ts';
import { executeBlock, recoverSenders } from '../../src/chain/executeBlock.ts';
import { nextBaseFee, nextExcessBlobGas } from '../../src/chain/fees.ts';
import { EMPTY_LIST_HASH, type Header, ZERO_HASH } from '../../src/chain/header.ts';
import type { Transaction } from '../../src/chain/transaction.ts';
import type { Withdrawal } from '../../src/chain/withdrawals.ts';
import { runSync } from '../../src/task.ts';

/** What a block is to be, where it matters. */
export interface Wanted {
  readonly transactions?: readonly Transaction[];
  readonly ommers?: readonly Header[];
  readonly withdrawals?: readonly Withdrawal[];
  readonly header?: Partial<Header>;
  /** seconds after its parent; 13 by default */
  readonly seconds?: bigint;
}

/** A valid block after `parent`, not added yet; without its seal. */
export function buildBlock(chain: Blockchain, parent: StoredBlock, wanted: Wanted = {}): Block {
  const before = parent.block.header;
  const { transactions = [], ommers = [], seconds = 13n } = wanted;
  const number = before.number + 1n;
  const timestamp = before.timestamp + seconds;
  const fork = chain.forkOf({ ...before, number, timestamp }, parent);
  const { rules, params } = fork;
  const history = { ...before, hasOmmers: before.ommersHash !== EMPTY_LIST_HASH };
  const draft: Header = {
    ...chain.genesis.block.header,
    parentHash: parent.block.hash,
    ommersHash: ommersHash(ommers),
    number,
    timestamp,
    gasLimit: before.gasLimit,
    difficulty: rules.proofOfStake ? 0n : nextDifficulty(fork, number, timestamp, history),
    ...(rules.baseFee ? { baseFee: nextBaseFee(before) } : {}),
    ...(params.blobSchedule === null ? {} : { excessBlobGas: nextExcessBlobGas(before, fork) }),
    ...(rules.beaconRoots ? { parentBeaconRoot: ZERO_HASH } : {}),
    ...wanted.header,
  };
  const withdrawals = rules.withdrawals ? (wanted.withdrawals ?? []) : undefined;
  const block = blockOf({ header: draft, transactions, ommers, withdrawals });
  const task = executeBlock(createEvm({ fork }), block, recoverSenders(block, fork), {
    chainId: chain.config.chainId,
    depositContract: chain.config.depositContract,
    isDaoFork: number === chain.config.daoBlock,
    rootAfter(diff) {
      const state = chain.stateTrie(parent.block.hash);
      state.apply(diff);
      return toHex(state.root());
    },
  });
  const result = runSync(task, chain.state(parent.block.hash));
  const { stateRoot, transactionsRoot, receiptsRoot, logsBloom, gasUsed } = result;
  const { withdrawalsRoot, blobGasUsed, requestsHash } = result;
  const header: Header = {
    ...draft,
    ...{ stateRoot, transactionsRoot, receiptsRoot, logsBloom, gasUsed },
    ...(withdrawalsRoot === undefined ? {} : { withdrawalsRoot }),
    ...(blobGasUsed === undefined ? {} : { blobGasUsed }),
    ...(requestsHash === undefined ? {} : { requestsHash }),
    ...wanted.header,
  };
  return blockOf({ header, transactions, ommers, withdrawals });
}

/** Builds a block and adds it, by way of its bytes. */
export function extend(chain: Blockchain, parent: StoredBlock, wanted: Wanted = {}): StoredBlock {
  return chain.addBlock(encodeBlock(buildBlock(chain, parent, wanted)));
}
