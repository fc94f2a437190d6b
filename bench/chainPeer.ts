/** @ethereumjs/vm, executing blocks in memory. */

import { readFileSync } from 'node:fs';
import { createBlockFromRLP } from '@ethereumjs/block';
import { createCommonFromGethGenesis, Hardfork, parseGethGenesisState } from '@ethereumjs/common';
import { Caches, MerkleStateManager } from '@ethereumjs/statemanager';
import { createVM, runBlock } from '@ethereumjs/vm';

/** What a peer did. */
export interface PeerRun {
  readonly name: string;
  readonly blocks: number;
  readonly transactions: number;
  readonly gas: bigint;
  readonly seconds: number;
}

/**
 * Executes blocks one after another: decoded, senders recovered, run, and each held against the state root, receipts and
 * gas of its header. Genesis and the first `warmUp` blocks are not timed. Its state has the caches that it can have: with
 * them it is twice as fast.
 */
export async function runEthereumjs(
  genesisFile: string,
  blocks: readonly Uint8Array[],
  warmUp: number,
  tell: (text: string) => void,
): Promise<PeerRun> {
  const zeros = (bytes: number): string => `0x${'00'.repeat(bytes)}`;
  const unsaid = { nonce: zeros(8), extraData: '0x', mixHash: zeros(32), coinbase: zeros(20) };
  const genesis = { ...unsaid, ...JSON.parse(readFileSync(genesisFile, 'utf8')) };
  const common = createCommonFromGethGenesis(genesis, { chain: 'synthetic', hardfork: Hardfork.Shanghai });
  const stateManager = new MerkleStateManager({ common, caches: new Caches() });
  const vm = await createVM({ common, stateManager });
  await vm.stateManager.generateCanonicalGenesis?.(parseGethGenesisState(genesis));
  const manifest = new URL('node_modules/@ethereumjs/vm/package.json', import.meta.url);
  const name = `@ethereumjs/vm ${JSON.parse(readFileSync(manifest, 'utf8')).version}`;
  let transactions = 0;
  let gas = 0n;
  let start = performance.now();
  for (const [index, rlp] of blocks.entries()) {
    if (index === warmUp) {
      transactions = 0;
      gas = 0n;
      start = performance.now();
    }
    const block = createBlockFromRLP(rlp, { common });
    const { gasUsed } = await runBlock(vm, { block, skipHeaderValidation: true });
    transactions += block.transactions.length;
    gas += gasUsed;
    if (index % 50 === 49) tell(`${name}: ${index + 1} blocks\n`);
  }
  const seconds = (performance.now() - start) / 1000;
  return { name, blocks: blocks.length - warmUp, transactions, gas, seconds };
}
