/** Blocks from files into a chain: read ahead, senders recovered beside, written many at a time. */

import type { Hex } from '../bytes.ts';
import { toHex } from '../bytes.ts';
import { type Block, decodeBlock } from '../chain/block.ts';
import type { Blockchain } from '../chain/blockchain.ts';
import { sendersOf } from '../chain/senderBatch.ts';
import { InvalidBlock } from '../errors.ts';
import { keccak256 } from '../keccak.ts';
import type { DiskStore } from '../store/diskStore.ts';
import { blocksOf, headerOf } from './chainFiles.ts';
import type { ImportStanding } from './chainProgress.ts';
import { type SenderPool, senderPool } from './senderPool.ts';

/** How blocks are imported. */
export interface ImportSettings {
  readonly paths: readonly string[];
  /** threads that recover senders */
  readonly workers: number;
  /** the chain's store, where that is on disk */
  readonly store: DiskStore | undefined;
  /** how many blocks are written together; 48 by default */
  readonly writtenTogether?: number;
  onBlock(standing: Readonly<ImportStanding>): void;
  /** whether to stop before the next block */
  isStopped(): boolean;
}

/** What came of it. */
export interface ImportResult extends ImportStanding {
  /** blocks that the chain had already */
  known: number;
  /** the first block that is invalid; nothing after it was imported */
  invalid?: { readonly hash: Hex; readonly number: bigint | undefined; readonly error: InvalidBlock };
}

/** Blocks whose senders are recovered together, and how many such groups are read ahead. */
const GROUP = 16;
const GROUPS_AHEAD = 6;

/** Blocks that are written together. */
const WRITTEN_TOGETHER = 48;

interface Group {
  readonly blocks: readonly Uint8Array[];
  readonly ends: readonly number[];
  readonly addresses: Promise<readonly (Uint8Array | undefined)[]>;
}

/**
 * Imports files of blocks. What was valid is in the chain when it returns or throws, and on
 * disk once the store is closed.
 * @throws {UsageError} for a file that cannot be read; {StoreError} for a store that cannot be written
 */
export async function importBlocks(chain: Blockchain, settings: ImportSettings): Promise<ImportResult> {
  const { store } = settings;
  const result: ImportResult = { bytes: 0, blocks: 0, transactions: 0, gas: 0n, number: 0n, known: 0 };
  const pool = senderPool(settings.workers);
  const together = settings.writtenTogether ?? WRITTEN_TOGETHER;
  const groups = groupsOf(chain, settings.paths, pool, result);
  const ahead: Group[] = [];
  try {
    for (;;) {
      while (ahead.length < GROUPS_AHEAD) {
        const step = groups.next();
        if (step.done) break;
        ahead.push(step.value);
      }
      const group = ahead.shift();
      if (group === undefined) break;
      const addresses = await group.addresses;
      for (const [index, rlp] of group.blocks.entries()) {
        if (settings.isStopped()) return result;
        const fault = importOne(chain, rlp, addresses[index], result);
        if (fault !== undefined) {
          result.invalid = fault;
          return result;
        }
        result.bytes = group.ends[index];
        settings.onBlock(result);
        if (store !== undefined && store.unwritten >= together) store.flushSync();
      }
      // messages of the workers, and timers, get their turn
      await new Promise((resolve) => setImmediate(resolve));
    }
    return result;
  } finally {
    await pool.stop();
  }
}

function importOne(
  chain: Blockchain,
  rlp: Uint8Array,
  addresses: Uint8Array | undefined,
  result: ImportResult,
): ImportResult['invalid'] {
  let block: Block | undefined;
  try {
    block = decodeBlock(rlp);
    const parent = chain.block(block.header.parentHash);
    const fork = parent && chain.forkOf(block.header, parent);
    const senders = fork && addresses && sendersOf(block, addresses, fork);
    chain.add(block, senders);
  } catch (error) {
    if (!(error instanceof InvalidBlock)) throw error;
    return { hash: block?.hash ?? hashOf(rlp), number: block?.header.number, error };
  }
  result.blocks++;
  result.transactions += block.transactions.length;
  result.gas += block.header.gasUsed;
  result.number = block.header.number;
  return undefined;
}

/** Groups of blocks that the chain does not have yet, on their way to the workers. */
function* groupsOf(
  chain: Blockchain,
  paths: readonly string[],
  pool: SenderPool,
  result: ImportResult,
): Generator<Group> {
  let before = 0;
  for (const path of paths) {
    let blocks: Uint8Array[] = [];
    let ends: number[] = [];
    let end = before;
    for (const { rlp, at } of blocksOf(path)) {
      end = before + at + rlp.length;
      if (chain.block(hashOf(rlp)) !== undefined) {
        result.known++;
        continue;
      }
      blocks.push(rlp);
      ends.push(end);
      if (blocks.length < GROUP) continue;
      yield { blocks, ends, addresses: pool.recover(blocks) };
      blocks = [];
      ends = [];
    }
    if (blocks.length > 0) yield { blocks, ends, addresses: pool.recover(blocks) };
    before = end;
  }
}

function hashOf(rlp: Uint8Array): Hex {
  return toHex(keccak256(headerOf(rlp) ?? rlp));
}
