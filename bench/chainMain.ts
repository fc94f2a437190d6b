/**
 * The chain benchmark: evmill imports the synthetic chain into a store on disk, as shipped; then it and @ethereumjs/vm,
 * which has its state in memory, do the same range of blocks after the same blocks before it; then how long a block's
 * state root takes in states of several sizes.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { splitRlp } from '../src/rlp.ts';
import { importChain, type MeasuredImport, memoryText } from './chainImport.ts';
import { type ChainFiles, makeChain } from './chainMake.ts';
import { type PeerRun, runEthereumjs } from './chainPeer.ts';
import { measureRoots } from './chainRoots.ts';

const HELP = `usage: npm run bench:chain -- [options]

  --blocks N         blocks of the chain (2000)
  --transactions N   in each (200)
  --senders N        accounts that send (1000)
  --accounts N       accounts in all (20000)
  --warm-up N        blocks before those that are compared, which are not timed (50)
  --peer-blocks N    blocks that are compared; the peer is slow: a second or more each (300)
  --roots LIST       sizes of states whose roots are measured (10000,100000,1000000); none skips them
  --folder DIR       where chains are kept (bench/out)
`;

const { values } = parseArgs({
  options: {
    blocks: { type: 'string', default: '2000' },
    transactions: { type: 'string', default: '200' },
    senders: { type: 'string', default: '1000' },
    accounts: { type: 'string', default: '20000' },
    'warm-up': { type: 'string', default: '50' },
    'peer-blocks': { type: 'string', default: '300' },
    roots: { type: 'string', default: '10000,100000,1000000' },
    folder: { type: 'string', default: fileURLToPath(new URL('out', import.meta.url)) },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else await main();

async function main(): Promise<void> {
  const tell = (text: string): void => void process.stderr.write(text);
  const size = {
    blocks: Number(values.blocks),
    transactions: Number(values.transactions),
    senders: Number(values.senders),
    accounts: Number(values.accounts),
  };
  const lines: string[] = [];
  const say = (line: string): void => {
    lines.push(line);
    process.stdout.write(`${line}\n`);
  };
  say(
    `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, Node ${process.version}`,
  );
  if (size.blocks > 0) {
    const files = makeChain(values.folder, size, tell);
    const whole = await importAnew(files.genesis, files.blocks);
    say(lineOf(whole));
    for (const line of memoryText(whole.memory)) say(line);
    await compare(files, say, tell);
  }
  if (values.roots !== 'none') measureRoots(values.roots.split(',').map(Number), say);
  mkdirSync(values.folder, { recursive: true });
  writeFileSync(join(values.folder, 'chain.txt'), `${lines.join('\n')}\n`);
}

/** Imports into a new store. */
function importAnew(genesis: string, blocks: string): Promise<MeasuredImport> {
  const store = join(values.folder, 'store');
  rmSync(store, { recursive: true, force: true });
  return importChain(genesis, blocks, store);
}

/**
 * A range of blocks by both. The peer goes on in the process that did the blocks before, warm; evmill's starts anew,
 * so that its start counts, and goes on in the store.
 */
async function compare(files: ChainFiles, say: (line: string) => void, tell: (text: string) => void) {
  const [warmUp, count] = [Number(values['warm-up']), Number(values['peer-blocks'])];
  const blocks = [...splitRlp(readFileSync(files.blocks))].slice(0, warmUp + count);
  const first = join(values.folder, 'first.rlp');
  const range = join(values.folder, 'range.rlp');
  writeFileSync(first, Buffer.concat(blocks.slice(0, warmUp)));
  writeFileSync(range, Buffer.concat(blocks.slice(warmUp)));
  await importAnew(files.genesis, first);
  const own = await importChain(files.genesis, range, join(values.folder, 'store'));
  const peer = await runEthereumjs(files.genesis, blocks, warmUp, tell);
  say(`blocks ${warmUp + 1} to ${blocks.length}, load ${loadavg()[0].toFixed(1)} at the end:`);
  for (const run of [own, peer]) say(lineOf(run));
  if (own.gas !== peer.gas) throw new Error(`gas: evmill used ${own.gas}, the peer ${peer.gas}`);
  say(`evmill, on disk, is ${(peer.seconds / own.seconds).toFixed(1)} times as fast`);
}

function lineOf({ name, blocks, transactions, gas, seconds }: PeerRun): string {
  const rates = [
    `${(Number(gas) / 1e6 / seconds).toFixed(1)} Mgas/s`,
    `${Math.round(transactions / seconds)} tx/s`,
  ];
  return `${name.padEnd(24)} ${blocks} blocks in ${seconds.toFixed(1)} s: ${rates.join(', ')}`;
}
