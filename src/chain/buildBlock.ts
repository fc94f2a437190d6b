/** Building blocks: runs what is to be in them, and writes down what comes out. */

import { toHex } from '../bytes.ts';
import { runSync } from '../task.ts';
import { type Block, blockOf, ommersHash } from './block.ts';
import type { Blockchain } from './blockchain.ts';
import type { StoredBlock } from './chainStore.ts';
import { nextDifficulty } from './difficulty.ts';
import { executeBlock, recoverSenders } from './executeBlock.ts';
import { nextBaseFee, nextExcessBlobGas } from './fees.ts';
import { EMPTY_LIST_HASH, type Header, ZERO_HASH } from './header.ts';
import type { Transaction } from './transaction.ts';
import type { Withdrawal } from './withdrawals.ts';

/** What a block is to be, where it matters. */
export interface BlockPlan {
  /** none by default */
  readonly transactions?: readonly Transaction[];
  /** none by default */
  readonly ommers?: readonly Header[];
  /** none by default; only where the fork has them */
  readonly withdrawals?: readonly Withdrawal[];
  /** fields that are to be so; what follows from the parent or from executing it is right by default */
  readonly header?: Partial<Header>;
  /** seconds after its parent; 12 by default */
  readonly seconds?: bigint;
}

/**
 * A block that may follow `parent`, not added yet. Who mines it, its gas limit and its extra data are the parent's by
 * default. It is not sealed.
 * @throws {InvalidBlock} when what is to be in it cannot be executed
 */
export function buildBlock(chain: Blockchain, parent: StoredBlock, plan: BlockPlan = {}): Block {
  const before = parent.block.header;
  const { transactions = [], ommers = [], seconds = 12n } = plan;
  const number = before.number + 1n;
  const timestamp = before.timestamp + seconds;
  const fork = chain.forkOf({ ...before, number, timestamp }, parent);
  const { rules, params } = fork;
  const history = { ...before, hasOmmers: before.ommersHash !== EMPTY_LIST_HASH };
  const draft: Header = {
    ...before,
    parentHash: parent.block.hash,
    ommersHash: ommersHash(ommers),
    number,
    timestamp,
    gasLimit: before.gasLimit,
    difficulty: rules.proofOfStake ? 0n : nextDifficulty(fork, number, timestamp, history),
    ...(rules.baseFee ? { baseFee: nextBaseFee(before) } : {}),
    ...(rules.withdrawals ? { withdrawalsRoot: ZERO_HASH } : {}),
    ...(params.blobSchedule === null
      ? {}
      : { blobGasUsed: 0n, excessBlobGas: nextExcessBlobGas(before, fork) }),
    ...(rules.beaconRoots ? { parentBeaconRoot: ZERO_HASH } : {}),
    ...(rules.requests ? { requestsHash: ZERO_HASH } : {}),
    ...(rules.blockAccessLists
      ? { blockAccessListHash: ZERO_HASH, slotNumber: (before.slotNumber ?? 0n) + 1n }
      : {}),
    ...plan.header,
  };
  const withdrawals = rules.withdrawals ? (plan.withdrawals ?? []) : undefined;
  const block = blockOf({ header: draft, transactions, ommers, withdrawals });
  const task = executeBlock(chain.evm(fork), block, recoverSenders(block, fork), {
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
  const { withdrawalsRoot, blobGasUsed, requestsHash, blockAccessListHash } = result;
  const header: Header = {
    ...draft,
    ...{ stateRoot, transactionsRoot, receiptsRoot, logsBloom, gasUsed },
    ...(withdrawalsRoot === undefined ? {} : { withdrawalsRoot }),
    ...(blobGasUsed === undefined ? {} : { blobGasUsed }),
    ...(requestsHash === undefined ? {} : { requestsHash }),
    ...(blockAccessListHash === undefined ? {} : { blockAccessListHash }),
    ...plan.header,
  };
  return blockOf({ header, transactions, ommers, withdrawals });
}
