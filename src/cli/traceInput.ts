/** The transactions that `evmill trace` traces: a store's, each in the world that it found there, or one in a file. */

import type { Hex } from '../bytes.ts';
import { Blockchain } from '../chain/blockchain.ts';
import type { StoredBlock } from '../chain/chainStore.ts';
import { transactionHash } from '../chain/transactionCodec.ts';
import { comparedInBlock } from '../conformance/comparedBlocks.ts';
import type { ComparedTransaction } from '../conformance/forkComparison.ts';
import { type Fork, forkNamed } from '../protocol/forks.ts';
import type { DiskStore } from '../store/diskStore.ts';
import type { TraceContext } from '../trace/namedTracer.ts';
import { genesisOf, readStore, storedDescription } from './chainOptions.ts';
import { comparedInput } from './compareInput.ts';
import { UsageError } from './host.ts';
import { readPrestate } from './prestate.ts';
import { DEFAULT_FORK, forkOption, integerOption } from './values.ts';

/** Where the transactions are. */
export interface TraceInput {
  readonly store?: string;
  /** in a store: a number, a hash or `head` */
  readonly block?: string;
  /** in a block: which one; all unless told */
  readonly index?: string;
  /** in a store: a hash; with `prestate` a file */
  readonly tx?: string;
  readonly prestate?: string;
  readonly fork?: string;
}

/** A transaction to trace. */
export interface TracedTransaction extends ComparedTransaction {
  readonly fork: Fork;
  readonly context: TraceContext;
}

/**
 * The transactions, lazily: each must be done with before the next is taken.
 * @throws {UsageError} when they cannot be had
 */
export async function* tracedTransactions(input: TraceInput): AsyncGenerator<TracedTransaction> {
  const { store, block, index, tx, prestate } = input;
  if (store === undefined) {
    if (prestate === undefined || tx === undefined || block !== undefined || index !== undefined) {
      throw new UsageError('expected --store with --tx or --block, or --prestate with --tx');
    }
    yield* inFile(tx, prestate, input.fork);
    return;
  }
  if (prestate !== undefined || input.fork !== undefined) {
    throw new UsageError('--store: its chain says state and rules; expected no --prestate and no --fork');
  }
  if ((tx === undefined) === (block === undefined)) {
    throw new UsageError('--store: expected --tx or --block with it, one of the two');
  }
  if (tx !== undefined && index !== undefined) throw new UsageError('--index: expected --block with it');
  yield* inStore(store, input);
}

async function* inFile(
  tx: string,
  prestate: string,
  forkName: string | undefined,
): AsyncGenerator<TracedTransaction> {
  const fork =
    forkName === undefined ? (readPrestate(prestate).fork ?? forkNamed(DEFAULT_FORK)) : forkOption(forkName);
  for await (const one of comparedInput({ paths: [], tx, prestate }, fork))
    yield { ...one, fork, context: {} };
}

async function* inStore(folder: string, input: TraceInput): AsyncGenerator<TracedTransaction> {
  const store = await readStore(folder);
  try {
    const description = storedDescription(store);
    if (description === undefined) {
      throw new UsageError(`${folder}: the store does not say what chain it has`);
    }
    const chain = new Blockchain(genesisOf(description), { store });
    const [hash, index] = placeOf(store, input);
    const stored = store.block(hash)!;
    if (stored.block.header.number === 0n) {
      throw new UsageError('--block: expected a block after the genesis, which has no transactions');
    }
    const count = stored.block.transactions.length;
    if (index !== undefined && index >= count) {
      throw new UsageError(`--index: expected less than ${count}, the block's transactions, got ${index}`);
    }
    yield* inBlock(chain, stored, index);
  } finally {
    await store.close();
  }
}

function* inBlock(
  chain: Blockchain,
  stored: StoredBlock,
  wanted: number | undefined,
): Generator<TracedTransaction> {
  const { block, receipts } = stored;
  const { header, transactions } = block;
  const fork = chain.forkOf(header, chain.block(header.parentHash)!);
  let index = 0;
  let firstLogIndex = 0;
  for (const one of comparedInBlock(chain, stored)) {
    if (wanted === undefined || wanted === index) {
      const place = { blockHash: block.hash, blockNumber: header.number, transactionIndex: index };
      const context = { ...place, transactionHash: transactionHash(transactions[index]), firstLogIndex };
      yield { ...one, fork, context };
    }
    if (wanted === index) return;
    firstLogIndex += receipts[index++].logs.length;
  }
}

function placeOf(store: DiskStore, { tx, block, index }: TraceInput): readonly [Hex, number | undefined] {
  if (tx !== undefined) {
    if (!/^0x[0-9a-f]{64}$/i.test(tx)) {
      throw new UsageError(`--tx: expected a transaction's hash with --store, got ${JSON.stringify(tx)}`);
    }
    const place = store.transaction(tx.toLowerCase() as Hex);
    if (place === undefined) throw new UsageError(`--tx: there is no transaction ${tx} in the store`);
    return [store.hashAt(place.number)!, place.index];
  }
  const hash = hashOf(store, block!);
  if (hash === undefined || store.block(hash) === undefined) {
    throw new UsageError(`--block: there is no block ${block} in the store`);
  }
  return [hash, index === undefined ? undefined : Number(integerOption(index, '--index', 2n ** 32n))];
}

function hashOf(store: DiskStore, name: string): Hex | undefined {
  if (name === 'head') return store.head;
  if (/^0x[0-9a-f]{64}$/i.test(name)) return name.toLowerCase() as Hex;
  return store.hashAt(integerOption(name, '--block', 2n ** 64n));
}
