/** A block as @ethereumjs/vm executes it, with or without what `corrections.mjs` mends of it. */

import { createBlockFromRLP } from '@ethereumjs/block';
import { createCommonFromGethGenesis, parseGethGenesisState } from '@ethereumjs/common';
import { MerkleStateManager } from '@ethereumjs/statemanager';
import { createVM, runBlock } from '@ethereumjs/vm';
import { toHex } from '../../dist/bytes.js';
import { genesisConfig } from '../../dist/chain/genesis.js';
import { amsterdam } from '../../dist/protocol/forks.js';

const hex = (value) => `0x${value.toString(16)}`;
const hex64 = (value) => `0x${value.toString(16).padStart(64, '0')}`;

/** A geth genesis file of the same world. */
function gethGenesis(alloc) {
  const zeros = (bytes) => `0x${'00'.repeat(bytes)}`;
  return {
    config: {
      ...genesisConfig(amsterdam, 1),
      depositContractAddress: '0x00000000219ab540356cbb839cbe05303d7705fa',
    },
    ...{ nonce: zeros(8), timestamp: '0x0', extraData: '0x', gasLimit: '0x7270e00', difficulty: '0x0' },
    ...{
      mixHash: zeros(32),
      coinbase: zeros(20),
      number: '0x0',
      gasUsed: '0x0',
      parentHash: zeros(32),
      baseFeePerGas: '0x7',
    },
    alloc: Object.fromEntries(
      [...alloc].map(([address, { nonce, balance, code, storage }]) => [
        address.slice(2),
        {
          ...{ nonce: hex(nonce), balance: hex(balance), code: toHex(code) },
          storage: Object.fromEntries([...storage].map(([key, value]) => [hex64(key), hex64(value)])),
        },
      ]),
    ),
  };
}

/**
 * A chain of blocks there.
 * @param corrections what to mend before
 * @returns what executes a block on top of those before it, whatever its header says of the outcome: to receipts, gas,
 * roots and access list; where `generate` is false, held against its header. It throws what @ethereumjs/vm throws, of blocks that it holds for invalid too.
 */
export async function theirChain(alloc, corrections = []) {
  const genesis = gethGenesis(alloc);
  const common = createCommonFromGethGenesis(genesis, { chain: 'fuzz', hardfork: 'amsterdam' });
  const stateManager = new MerkleStateManager({ common });
  const vm = await createVM({ common, stateManager });
  await vm.stateManager.generateCanonicalGenesis(parseGethGenesisState(genesis));
  for (const { mend } of corrections) mend(vm);
  return async (encoded, generate = true) => {
    const block = createBlockFromRLP(encoded, { common });
    const result = await runBlock(vm, {
      ...{ block, generate, skipHeaderValidation: true, skipBlockValidation: true },
      root: await vm.stateManager.getStateRoot(),
    });
    return { ...result, list: vm.evm.blockLevelAccessList };
  };
}

/** One block there. */
export async function theirs(alloc, encoded, corrections = []) {
  return (await theirChain(alloc, corrections))(encoded);
}
