/** `evmill import`: blocks from files, executed and kept. */

import { availableParallelism } from 'node:os';
import { Blockchain } from '../chain/blockchain.ts';
import type { Genesis } from '../chain/genesis.ts';
import { type DiskStore, openDiskStore } from '../store/diskStore.ts';
import { fileSize } from './chainFiles.ts';
import { type ChainOptions, describeChain, genesisOf, storedDescription } from './chainOptions.ts';
import { importProgress, ratesText } from './chainProgress.ts';
import type { Define } from './commands.ts';
import { type Host, UsageError } from './host.ts';
import { importBlocks } from './importBlocks.ts';
import { grouped } from './runReport.ts';
import { integerOption } from './values.ts';

const EXAMPLES = `
A store keeps the genesis that it was made with: later imports need not name it. An import that was stopped, by
whatever, goes on from the last block that was written when the same command is given again. Without --store
blocks are only executed and checked.

Examples:
  evmill import chain.rlp --genesis genesis.json --store chain      all blocks into a new store
  evmill import more.rlp --store chain                              more blocks of the same chain
  evmill import chain.rlp --genesis genesis.json --no-seals         only a check, for a chain without proof of work
  evmill import blocks-*.rlp --network mainnet --store main --history 1000

The accounts that a public network begins with are read from the package @ethereumjs/genesis, or from the file that
--genesis names.

Exit code 0: all blocks are in; 1: one is invalid; 2: wrong usage, or something could not be read or written.`;

interface ImportOptions extends ChainOptions {
  readonly store?: string;
  readonly history?: string;
  readonly jobs?: string;
}

/** Declares the command. */
export const importCommand: Define = (command, host, finish) => {
  command
    .argument('<file...>', 'files of blocks: one RLP after another; - is standard input')
    .option('-g, --genesis <file>', "the genesis, as go-ethereum's JSON")
    .option('-n, --network <name>', 'a public network: mainnet, sepolia, holesky, hoodi')
    .option('--no-seals', 'take mined blocks without proof of work')
    .option('-s, --store <folder>', 'where the chain is kept; without it, only in memory')
    .option('--history <blocks>', 'how many blocks behind the head states stay available (128)')
    .option(
      '-j, --jobs <number>',
      'threads that recover senders beside the one that executes (1 less than cores)',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: ImportOptions) => finish(await runImport(paths, options, host)));
};

async function runImport(paths: readonly string[], options: ImportOptions, host: Host): Promise<number> {
  const workers =
    options.jobs === undefined
      ? Math.max(1, availableParallelism() - 1)
      : Number(integerOption(options.jobs, '--jobs', 1025n));
  const history =
    options.history === undefined
      ? undefined
      : Number(integerOption(options.history, '--history', 2n ** 32n));
  const bytesInAll = paths.reduce((sum, path) => sum + fileSize(path), 0);
  const isNamed = options.genesis !== undefined || options.network !== undefined;
  const named = isNamed || options.store === undefined ? await describeChain(options) : undefined;
  const genesis = named && genesisOf(named);
  const store =
    options.store === undefined
      ? undefined
      : await openDiskStore(options.store, {
          batch: Number.POSITIVE_INFINITY,
          ...(history === undefined ? {} : { history }),
          ...(named === undefined ? {} : { description: JSON.stringify(named) }),
        });
  let stopped = false;
  const stop = (): void => {
    stopped = true;
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  // a limit to the size of files is then told of as a full disk is, and does not end the process
  process.on('SIGXFSZ', ignore);
  try {
    const description = (store && storedDescription(store)) ?? named;
    if (description === undefined) throw new UsageError('expected --genesis FILE, since the store is new');
    const chain = openChain(genesis ?? genesisOf(description), store);
    const progress = await importProgress(host, bytesInAll);
    const start = performance.now();
    const settings = {
      ...{ paths, workers, store },
      onBlock: progress.update,
      isStopped: () => stopped,
    };
    const result = await importBlocks(chain, settings).finally(() => progress.stop());
    const seconds = (performance.now() - start) / 1000;
    const { invalid } = result;
    if (invalid !== undefined) {
      const name = invalid.number === undefined ? 'a block' : `block ${invalid.number}`;
      host.err(
        `evmill import: ${name} (${invalid.hash}) is invalid, ${invalid.error.fault}: ${invalid.error.message}\n`,
      );
    }
    const known = result.known === 0 ? '' : `, ${grouped(BigInt(result.known))} were there`;
    host.out(
      `imported ${grouped(BigInt(result.blocks))} blocks, ${grouped(BigInt(result.transactions))} transactions, ` +
        `${grouped(result.gas)} gas in ${seconds.toFixed(1)} s${known}\n` +
        (result.blocks === 0 ? '' : `${ratesText(result, seconds)}\n`) +
        `head ${chain.head.block.header.number} ${chain.head.block.hash}\n`,
    );
    if (stopped) host.err('evmill import: stopped; the same command goes on from here\n');
    return invalid !== undefined || stopped ? 1 : 0;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGXFSZ', ignore);
    await store?.close();
  }
}

const ignore = (): void => {};

function openChain(genesis: Genesis, store: DiskStore | undefined): Blockchain {
  try {
    return new Blockchain(genesis, store === undefined ? {} : { store });
  } catch (error) {
    if (error instanceof RangeError && /^genesis/.test(error.message)) {
      throw new UsageError(`--genesis: ${error.message.replace(/^genesis: /, '')}`);
    }
    throw error;
  }
}
