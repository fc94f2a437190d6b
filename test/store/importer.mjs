/**
 * A process that imports a file of blocks into a store, to be killed: says when it begins, which is sometimes before
 * it opens the store and mostly with the first block.
 */

import { readFileSync } from 'node:fs';
import { Blockchain } from '../../dist/chain/blockchain.js';
import { parseGenesis } from '../../dist/chain/genesis.js';
import { importBlocks } from '../../dist/cli/importBlocks.js';
import { openDiskStore } from '../../dist/store/diskStore.js';

const [blocks, genesis, folder, together] = process.argv.slice(2);
// a file that would grow beyond the limit that is set for it is an error then, and not the end
process.on('SIGXFSZ', () => {});
let hasBegun = false;
const begin = () => {
  if (!hasBegun) process.stdout.write('begins\n');
  hasBegun = true;
};
if (Math.random() < 0.2) begin();
const store = await openDiskStore(folder, { batch: Number.POSITIVE_INFINITY });
const chain = new Blockchain(parseGenesis(JSON.parse(readFileSync(genesis, 'utf8'))), { store });
const importing = importBlocks(chain, {
  paths: [blocks],
  // one process and its writing thread: what is killed is the store, not the recovery of senders
  workers: 0,
  store,
  writtenTogether: Number(together),
  onBlock: begin,
  isStopped: () => false,
});
try {
  await importing;
} finally {
  await store.close();
}
