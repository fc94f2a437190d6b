/**
 * The chain benchmark: evmill imports the synthetic chain into a store on disk, as shipped, and @ethereumjs/vm
 * executes the same blocks in memory; then how long a block's state root takes in states of several sizes.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { splitRlp } from '../src/rlp.ts';
import { makeChain } from './chainMake.ts';
import { type PeerRun, runEthereumjs } from './chainPeer.ts';
import { measureRoots } from './chainRoots.ts';

const HELP = `usage: npm run bench:chain -- [options]

  --blocks N         blocks of the chain (2000)
  --transactions N   in each (200)
  --senders N        accounts that send (1000)
  --accounts N       accounts in all (20000)
  --peer-blocks N    blocks that the peer executes, from the first on; it is slow (100)
  --roots LIST       sizes of states whose roots are measured (10000,100000,1000000); none skips them
  --folder DIR       where chains are kept (bench/out)
`;

const { values } = parseArgs({
  options: {
    blocks: { type: 'string', default: '2000' },
    transactions: { type: 'string', default: '200' },
    senders: { type: 'string', default: '1000' },
    accounts: { type: 'string', default: '20000' },
    'peer-blocks': { type: 'string', default: '100' },
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
    const { genesis, blocks } = makeChain(values.folder, size, tell);
    const own = importChain(genesis, blocks, join(values.folder, 'store'));
    const first = [...splitRlp(readFileSync(blocks))].slice(0, Number(values['peer-blocks']));
    const peer = await runEthereumjs(genesis, first);
    for (const run of [own, peer]) say(lineOf(run));
    const rate = (run: PeerRun): number => Number(run.gas) / run.seconds;
    say(`evmill, on disk, is ${(rate(own) / rate(peer)).toFixed(1)} times as fast`);
  }
  if (values.roots !== 'none') measureRoots(values.roots.split(',').map(Number), say);
  mkdirSync(values.folder, { recursive: true });
  writeFileSync(join(values.folder, 'chain.txt'), `${lines.join('\n')}\n`);
}

/** Imports by the command line, in a process of its own, and reads what that says. */
function importChain(genesis: string, blocks: string, store: string): PeerRun {
  const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  if (!existsSync(cli)) throw new Error('dist is missing; run "npm run build" first');
  rmSync(store, { recursive: true, force: true });
  const args = [cli, 'import', blocks, '--genesis', genesis, '--store', store];
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const words = /imported ([\d,]+) blocks, ([\d,]+) transactions, ([\d,]+) gas in ([\d.]+) s/.exec(stdout);
  if (status !== 0 || words === null) throw new Error(`import failed: ${stdout}`);
  const [count, transactions, gas] = words.slice(1, 4).map((word) => BigInt(word.replaceAll(',', '')));
  return {
    name: 'evmill, on disk',
    ...{ blocks: Number(count), transactions: Number(transactions), gas, seconds: Number(words[4]) },
  };
}

function lineOf({ name, blocks, transactions, gas, seconds }: PeerRun): string {
  const rates = [
    `${(Number(gas) / 1e6 / seconds).toFixed(1)} Mgas/s`,
    `${Math.round(transactions / seconds)} tx/s`,
  ];
  return `${name.padEnd(24)} ${blocks} blocks in ${seconds.toFixed(1)} s: ${rates.join(', ')}`;
}
