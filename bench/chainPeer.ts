/** @ethereumjs/vm, executing blocks in memory. */

import { readFileSync } from 'node:fs';
import { createBlockFromRLP } from '@ethereumjs/block';
import { createCommonFromGethGenesis, Hardfork, parseGethGenesisState } from '@ethereumjs/common';
import { createVM, runBlock } from '@ethereumjs/vm';

/** What a peer did. */
export interface PeerRun {
  readonly name: string;
  readonly blocks: number;
  readonly transactions: number;
  readonly gas: bigint;
  readonly seconds: number;
}

/** Executes blocks one after another, each with its state root and receipts checked. Genesis is not timed. */
export async function runEthereumjs(genesisFile: string, blocks: readonly Uint8Array[]): Promise<PeerRun> {
  const zeros = (bytes: number): string => `0x${'00'.repeat(bytes)}`;
  const unsaid = { nonce: zeros(8), extraData: '0x', mixHash: zeros(32), coinbase: zeros(20) };
  const genesis = { ...unsaid, ...JSON.parse(readFileSync(genesisFile, 'utf8')) };
  const common = createCommonFromGethGenesis(genesis, { chain: 'synthetic', hardfork: Hardfork.Shanghai });
  const vm = await createVM({ common });
  await vm.stateManager.generateCanonicalGenesis?.(parseGethGenesisState(genesis));
  const manifest = new URL('node_modules/@ethereumjs/vm/package.json', import.meta.url);
  const name = `@ethereumjs/vm ${JSON.parse(readFileSync(manifest, 'utf8')).version}`;
  let transactions = 0;
  let gas = 0n;
  const start = performance.now();
  for (const rlp of blocks) {
    const block = createBlockFromRLP(rlp, { common });
    const { gasUsed } = await runBlock(vm, { block, skipHeaderValidation: true });
    transactions += block.transactions.length;
    gas += gasUsed;
  }
  return { name, blocks: blocks.length, transactions, gas, seconds: (performance.now() - start) / 1000 };
}
