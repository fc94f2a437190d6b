/** The transactions of a chain's blocks, each in the world that it found there, for comparing rule sets. */

import { toHex } from '../bytes.ts';
import type { Blockchain } from '../chain/blockchain.ts';
import type { StoredBlock } from '../chain/chainStore.ts';
import { beforeTransactions, blockContext, recoverSenders } from '../chain/executeBlock.ts';
import { transactionHash } from '../chain/transactionCodec.ts';
import { changedSource } from '../state/changedSource.ts';
import { State } from '../state/state.ts';
import { runSync } from '../task.ts';
import type { ComparedTransaction } from './forkComparison.ts';

/**
 * The transactions of a block, lazily: each must be done with before the next is taken. Those before it ran by the
 * rules of the chain, so that a difference is the transaction's own, and not what one before it left behind.
 * @param stored a block whose parent's state the chain has
 * @throws {StoreError} when the store has pruned that state
 */
export function* comparedInBlock(chain: Blockchain, { block }: StoredBlock): Generator<ComparedTransaction> {
  const { config } = chain;
  const { header } = block;
  const parent = chain.block(header.parentHash)!;
  const fork = chain.forkOf(header, parent);
  const evm = chain.evm(fork);
  const source = chain.state(header.parentHash);
  const context = blockContext(header, config.chainId);
  const senders = recoverSenders(block, fork);
  const state = new State();
  const setting = {
    chainId: config.chainId,
    depositContract: config.depositContract,
    isDaoFork: header.number === config.daoBlock,
    rootAfter: () => toHex(new Uint8Array(32)),
  };
  runSync(beforeTransactions(evm, block, context, state, setting), source);
  for (const [index, transaction] of block.transactions.entries()) {
    const sender = senders[index];
    yield {
      name: `block ${header.number}, ${index}: ${transactionHash(transaction)}`,
      ...{ transaction, sender, block: context },
      source: changedSource(state, source),
    };
    runSync(evm.transact(transaction, context, { sender, state }), source);
  }
}
