/** A chain of our own for tests of stores: transfers, and a contract whose slots come and go. */

import { assemble } from '../../src/assembler/assemble.ts';
import { type Address, concatBytes, fromHex, toAddress, toHex } from '../../src/bytes.ts';
import { encodeBlock } from '../../src/chain/block.ts';
import { Blockchain } from '../../src/chain/blockchain.ts';
import { buildBlock } from '../../src/chain/buildBlock.ts';
import { genesisConfig, parseGenesis } from '../../src/chain/genesis.ts';
import { addressOfPrivateKey } from '../../src/chain/signature.ts';
import type { Transaction } from '../../src/chain/transaction.ts';
import { signTransaction } from '../../src/chain/transactionSender.ts';
import { keccak256 } from '../../src/keccak.ts';
import { shanghai } from '../../src/protocol/forks.ts';

const KEY = fromHex('11'.repeat(32));
const CONTRACT: Address = '0x00000000000000000000000000000000000c0de5';

/** Stores its second word under its first: 0 removes the slot. */
const CODE = toHex(assemble('PUSH 32 CALLDATALOAD PUSH0 CALLDATALOAD SSTORE', shanghai));

/** Its genesis file, parsed. */
export const GENESIS_JSON = {
  config: genesisConfig(shanghai, 7),
  ...{ difficulty: '0x0', gasLimit: '0x1c9c380', timestamp: '0x1', baseFeePerGas: '0x7' },
  alloc: {
    [addressOfPrivateKey(KEY)]: { balance: `${10n ** 24n}` },
    [CONTRACT]: { balance: '0', code: CODE },
  },
};

/** Numbers that look random and are the same every time, below 2^16. */
function numberAt(index: number): number {
  const hash = keccak256(new Uint8Array([index & 255, index >> 8]));
  return hash[0] * 256 + hash[1];
}

/** A block's transactions: new and known accounts, slots that are set and slots that are removed. */
export function transactionsAt(number: number, firstNonce: bigint, count = 4): Transaction[] {
  return Array.from({ length: count }, (_, index) => {
    const chance = numberAt(number * count + index);
    const nonce = firstNonce + BigInt(index);
    const fields = { type: 0, chainId: 7n, nonce, gasPrice: 10n ** 9n } as const;
    if (chance % 2 === 0) {
      const to = toAddress(keccak256(new Uint8Array([chance % 97])).subarray(12));
      return signTransaction({ ...fields, gasLimit: 21_000n, to, value: 1n, data: new Uint8Array(0) }, KEY);
    }
    const data = new Uint8Array(64);
    data[31] = chance % 61;
    data[63] = (chance >> 8) % 3;
    return signTransaction({ ...fields, gasLimit: 60_000n, to: CONTRACT, value: 0n, data }, KEY);
  });
}

/** The blocks after its genesis, one RLP after another. */
export function blockFile(blocks: number): Uint8Array {
  const chain = new Blockchain(parseGenesis(GENESIS_JSON));
  const file: Uint8Array[] = [];
  for (let number = 1; number <= blocks; number++) {
    const block = buildBlock(chain, chain.head, {
      transactions: transactionsAt(number, BigInt(number - 1) * 4n),
    });
    chain.add(block);
    file.push(encodeBlock(block));
  }
  return concatBytes(...file);
}
