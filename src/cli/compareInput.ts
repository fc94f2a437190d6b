/** Where the transactions come from that `evmill compare` compares: state tests, a store's blocks, or a file of its own. */

import type { Address, Hex } from '../bytes.ts';
import { Blockchain } from '../chain/blockchain.ts';
import { DEFAULT_BLOCK, STATE_PRICING_GAS_LIMIT } from '../chain/evm.ts';
import {
  type JsonObject,
  transactionFromJson,
  unsignedTransactionFromJson,
} from '../chain/transactionJson.ts';
import { recoverSender } from '../chain/transactionSender.ts';
import { comparedInBlock } from '../conformance/comparedBlocks.ts';
import { comparedTransactions } from '../conformance/comparedTests.ts';
import { fixtureFiles, isLfsPointer } from '../conformance/fixtureFiles.ts';
import { MalformedFixture } from '../conformance/fixtureValues.ts';
import type { ComparedTransaction } from '../conformance/forkComparison.ts';
import { selector } from '../conformance/selection.ts';
import { InvalidTransaction } from '../errors.ts';
import type { BlockContext } from '../machine/environment.ts';
import { type Fork, forkNamed } from '../protocol/forks.ts';
import { memoryState } from '../state/memory.ts';
import type { DiskStore } from '../store/diskStore.ts';
import { genesisOf, readStore, storedDescription } from './chainOptions.ts';
import { readJson } from './codeInput.ts';
import { UsageError } from './host.ts';
import { readPrestate } from './prestate.ts';
import { addressOption, integerOption } from './values.ts';

/** What a user says of where they are. */
export interface CompareInput {
  readonly paths: readonly string[];
  readonly match?: string | undefined;
  readonly store?: string | undefined;
  readonly blocks?: string | undefined;
  readonly tx?: string | undefined;
  readonly prestate?: string | undefined;
}

/**
 * The transactions, lazily: each must be done with before the next is taken.
 * @param before the fork that state tests are taken for
 * @throws {UsageError} when they cannot be had
 */
export function comparedInput(input: CompareInput, before: Fork): AsyncGenerator<ComparedTransaction> {
  const { paths, store, blocks, tx, prestate } = input;
  const ways = [paths.length > 0, store !== undefined, prestate !== undefined].filter(Boolean);
  if (ways.length !== 1) {
    throw new UsageError(
      'expected paths of state tests, or --store, or --tx with --prestate: one of the three',
    );
  }
  if (store !== undefined) {
    if ((blocks === undefined) === (tx === undefined)) {
      throw new UsageError('--store: expected --blocks or --tx with it, one of the two');
    }
    return inStore(store, blocks, tx);
  }
  if (blocks !== undefined) throw new UsageError('--blocks: expected --store with it');
  if (prestate !== undefined) {
    if (tx === undefined) throw new UsageError('--prestate: expected --tx with it');
    return inFile(tx, prestate);
  }
  if (tx !== undefined) throw new UsageError('--tx: expected --store or --prestate with it');
  return inTests(paths, input.match, before);
}

async function* inTests(
  paths: readonly string[],
  match: string | undefined,
  before: Fork,
): AsyncGenerator<ComparedTransaction> {
  const selects = selectorOf(match);
  for await (const { path, bytes } of fixtureFiles(paths, ['.json'])) {
    if (isLfsPointer(bytes)) continue;
    try {
      yield* comparedTransactions(JSON.parse(new TextDecoder().decode(bytes)), before, selects);
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof MalformedFixture)) throw error;
      throw new UsageError(`${path}: ${error.message}`);
    }
  }
}

function selectorOf(match: string | undefined): ReturnType<typeof selector> {
  try {
    return selector(match === undefined ? {} : { match });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function* inStore(
  folder: string,
  blocks: string | undefined,
  tx: string | undefined,
): AsyncGenerator<ComparedTransaction> {
  const store = await readStore(folder);
  try {
    const description = storedDescription(store);
    if (description === undefined)
      throw new UsageError(`${folder}: the store does not say what chain it has`);
    const chain = new Blockchain(genesisOf(description), { store });
    if (blocks !== undefined) {
      const [from, to] = rangeOf(blocks, chain.head.block.header.number);
      for (let number = from; number <= to; number++) yield* inBlock(chain, store, store.hashAt(number));
      return;
    }
    const hash = hashOption(tx!);
    const place = store.transaction(hash);
    if (place === undefined) throw new UsageError(`--tx: there is no transaction ${hash} in ${folder}`);
    let index = 0;
    for (const one of inBlock(chain, store, store.hashAt(place.number)))
      if (index++ === place.index) yield one;
  } finally {
    await store.close();
  }
}

function* inBlock(
  chain: Blockchain,
  store: DiskStore,
  hash: Hex | undefined,
): Generator<ComparedTransaction> {
  const stored = hash && store.block(hash);
  if (stored === undefined) throw new UsageError('--blocks: a block is missing in the store');
  yield* comparedInBlock(chain, stored);
}

/** `N`, `N..M` or `N..`; the genesis has no transactions. */
function rangeOf(text: string, head: bigint): readonly [bigint, bigint] {
  const [first, last, ...more] = text === 'head' ? [`${head}`] : text.split('..');
  if (more.length > 0 || first === '') {
    throw new UsageError(`--blocks: expected N, N..M, N.. or head, got ${JSON.stringify(text)}`);
  }
  const from = integerOption(first, '--blocks', 2n ** 64n);
  const to = last === undefined ? from : last === '' ? head : integerOption(last, '--blocks', 2n ** 64n);
  if (from < 1n || from > to || to > head) {
    throw new UsageError(`--blocks: expected a range from 1 to ${head}, the head, got ${text}`);
  }
  return [from, to];
}

function hashOption(text: string): Hex {
  if (/^0x[0-9a-f]{64}$/i.test(text)) return text.toLowerCase() as Hex;
  throw new UsageError(`--tx: expected a transaction's hash with --store, got ${JSON.stringify(text)}`);
}

/** The block of a transaction whose state says nothing of one. */
const PLAIN_BLOCK: BlockContext = { ...DEFAULT_BLOCK, number: 1n, gasLimit: STATE_PRICING_GAS_LIMIT };

async function* inFile(path: string, prestatePath: string): AsyncGenerator<ComparedTransaction> {
  const { alloc, block } = readPrestate(prestatePath);
  const json = readJson(path);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new UsageError(`${path}: expected a transaction as a JSON object`);
  }
  yield {
    name: path,
    ...sentTransaction(json as JsonObject, path),
    block: { ...PLAIN_BLOCK, ...block },
    source: memoryState(alloc),
  };
}

/** A transaction, with `from` in place of a signature, or with what its sender follows from. */
function sentTransaction(
  json: JsonObject,
  path: string,
): Pick<ComparedTransaction, 'transaction' | 'sender'> {
  try {
    if (typeof json['from'] === 'string') {
      const sender: Address = addressOption(json['from'], `${path}: from`);
      return { transaction: unsignedTransactionFromJson(json, 1n), sender };
    }
    const transaction = transactionFromJson(json, 1n);
    return { transaction, sender: recoverSender(transaction, forkNamed('Osaka')) };
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError || error instanceof InvalidTransaction)
      throw new UsageError(`${path}: ${error.message}`);
    throw error;
  }
}
