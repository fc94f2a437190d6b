/** `evmill export`: a store's blocks as RLP. */

import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { fromHex, type Hex } from '../bytes.ts';
import type { DiskStore } from '../store/diskStore.ts';
import { blockRlp } from '../store/records.ts';
import { readStore } from './chainOptions.ts';
import type { Define } from './commands.ts';
import { UsageError } from './host.ts';
import { grouped } from './runReport.ts';
import { integerOption } from './values.ts';

const EXAMPLES = `
Blocks of the head's branch are written one after another, as import reads them; the genesis block is left out
unless it is asked for.

Examples:
  evmill export chain blocks.rlp
  evmill export chain some.rlp --from 100 --to 199
  evmill export chain - | gzip > blocks.rlp.gz

Exit code 0: fine; 2: wrong usage, or something could not be read or written.`;

interface Options {
  readonly from?: string;
  readonly to?: string;
}

/** Declares the command. */
export const exportCommand: Define = (command, host) => {
  command
    .argument('<store>', "the store's folder")
    .argument('<file>', 'the file to write, or - for standard output')
    .option('--from <number>', 'the first block (1)')
    .option('--to <number>', 'the last block (the head)')
    .addHelpText('after', EXAMPLES)
    .action(async (folder: string, path: string, options: Options) => {
      const store = await readStore(folder);
      try {
        const head = store.block(store.head as Hex)!.block.header.number;
        const from = options.from === undefined ? 1n : integerOption(options.from, '--from', 2n ** 64n);
        const to = options.to === undefined ? head : integerOption(options.to, '--to', 2n ** 64n);
        if (to > head) throw new UsageError(`--to: expected at most ${head}, the head, got ${to}`);
        if (from > to) throw new UsageError(`--from: expected at most ${to}, got ${from}`);
        writeFile(store, from, to, path);
        const said = `exported ${grouped(to - from + 1n)} blocks`;
        if (path === '-') host.err(`${said}\n`);
        else host.out(`${said} to ${path}\n`);
      } finally {
        await store.close();
      }
    });
};

const STANDARD_OUTPUT = 1;

function writeFile(store: DiskStore, from: bigint, to: bigint, path: string): void {
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
    writeBlocks(store, from, to, file);
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

function writeBlocks(store: DiskStore, from: bigint, to: bigint, file: number): void {
  for (let number = from; number <= to; number++) {
    const key = fromHex(store.hashAt(number) as Hex);
    const header = store.tables.value('headers', key);
    const body = store.tables.value('bodies', key);
    if (header === undefined || body === undefined)
      throw new UsageError(`block ${number}: is missing in the store`);
    const bytes = blockRlp(header, body);
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
  }
}
