/** `evmill export`: a store's blocks as RLP. */

import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { fromHex, type Hex } from '../bytes.ts';
import { encodeBlockAccessList } from '../chain/blockAccessList.ts';
import type { DiskStore } from '../store/diskStore.ts';
import { blockRlp } from '../store/records.ts';
import { readStore } from './chainOptions.ts';
import type { Define } from './commands.ts';
import { UsageError } from './host.ts';
import { grouped } from './runReport.ts';
import { integerOption } from './values.ts';

const EXAMPLES = `
Blocks of the head's branch are written one after another, as import reads them; the genesis block is left out
unless it is asked for. With --lists it is their access lists (EIP-7928) instead: one RLP after another, of those
blocks that have one. An import makes them anew, and keeps them.

Examples:
  evmill export chain blocks.rlp
  evmill export chain some.rlp --from 100 --to 199
  evmill export chain - | gzip > blocks.rlp.gz
  evmill export chain lists.rlp --lists --from 100

Exit code 0: fine; 2: wrong usage, or something could not be read or written.`;

interface Options {
  readonly from?: string;
  readonly to?: string;
  readonly lists?: boolean;
}

/** Declares the command. */
export const exportCommand: Define = (command, host) => {
  command
    .argument('<store>', "the store's folder")
    .argument('<file>', 'the file to write, or - for standard output')
    .option('--from <number>', 'the first block (1)')
    .option('--to <number>', 'the last block (the head)')
    .option('--lists', 'the access lists of the blocks, and not the blocks')
    .addHelpText('after', EXAMPLES)
    .action(async (folder: string, path: string, options: Options) => {
      const store = await readStore(folder);
      try {
        const head = store.block(store.head as Hex)!.block.header.number;
        const from = options.from === undefined ? 1n : integerOption(options.from, '--from', 2n ** 64n);
        const to = options.to === undefined ? head : integerOption(options.to, '--to', 2n ** 64n);
        if (to > head) throw new UsageError(`--to: expected at most ${head}, the head, got ${to}`);
        if (from > to) throw new UsageError(`--from: expected at most ${to}, got ${from}`);
        const pieces = options.lists ? listsOf(store, from, to) : blocksOf(store, from, to);
        const count = writeFile(pieces, path);
        const said = `exported ${grouped(count)} ${options.lists ? 'access lists' : 'blocks'}`;
        if (path === '-') host.err(`${said}\n`);
        else host.out(`${said} to ${path}\n`);
      } finally {
        await store.close();
      }
    });
};

const STANDARD_OUTPUT = 1;

/** Writes what there is; returns how many pieces. */
function writeFile(pieces: Iterable<Uint8Array>, path: string): bigint {
  const isStandard = path === '-';
  let file = STANDARD_OUTPUT;
  try {
    if (!isStandard) file = openSync(path, 'wx');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(
      code === 'EEXIST' ? `${path}: is there already` : `cannot write ${path}: ${message}`,
    );
  }
  try {
    return writeAll(pieces, file);
  } catch (error) {
    // half a file would pass for a whole one
    if (!isStandard) unlinkSync(path);
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `cannot write ${isStandard ? 'to standard output' : path}: ${(error as Error).message}`,
    );
  } finally {
    if (!isStandard) closeSync(file);
  }
}

function writeAll(pieces: Iterable<Uint8Array>, file: number): bigint {
  let count = 0n;
  for (const bytes of pieces) {
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    count++;
  }
  return count;
}

function* blocksOf(store: DiskStore, from: bigint, to: bigint): Generator<Uint8Array> {
  for (let number = from; number <= to; number++) {
    const key = fromHex(store.hashAt(number) as Hex);
    const header = store.tables.value('headers', key);
    const body = store.tables.value('bodies', key);
    if (header === undefined || body === undefined)
      throw new UsageError(`block ${number}: is missing in the store`);
    yield blockRlp(header, body);
  }
}

/** @throws {UsageError} where the store lacks a list that a header tells of */
function* listsOf(store: DiskStore, from: bigint, to: bigint): Generator<Uint8Array> {
  for (let number = from; number <= to; number++) {
    const { block, blockAccessList } = store.block(store.hashAt(number) as Hex)!;
    if (blockAccessList !== undefined) yield encodeBlockAccessList(blockAccessList);
    else if (block.header.blockAccessListHash !== undefined && number > 0n)
      throw new UsageError(`block ${number}: its access list is missing in the store`);
  }
}
