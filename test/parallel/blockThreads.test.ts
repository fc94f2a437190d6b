/** Threads that execute transactions, as they are shipped. `npm test` builds first. */

import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Address, bigIntToBytes } from '../../src/bytes.ts';
import { Blockchain } from '../../src/chain/blockchain.ts';
import { buildBlock } from '../../src/chain/buildBlock.ts';
import { chainOfFork } from '../../src/chain/chainConfig.ts';
import { genesisHeader } from '../../src/chain/genesis.ts';
import { addressOfPrivateKey } from '../../src/chain/signature.ts';
import { signTransaction } from '../../src/chain/transactionSender.ts';
import { type BlockThreads, blockThreads } from '../../src/parallel/blockThreads.ts';
import { amsterdam, balDevnet, fork } from '../../src/protocol/forks.ts';
import type { GenesisAccount } from '../../src/state/diff.ts';
import { account, CONTRACT, ETHER, plainText, program } from '../machine/program.ts';

const WORKER = fileURLToPath(new URL('../../dist/parallel/blockWorker.js', import.meta.url));
const keys = Array.from({ length: 20 }, (_, index) => bigIntToBytes(BigInt(index + 1), 32));
let threads: BlockThreads;

beforeAll(() => {
  if (!existsSync(WORKER)) throw new Error('dist is missing: npm run build makes it');
  threads = blockThreads(2, pathToFileURL(WORKER));
});

afterAll(() => threads.stop());

const counting = program(0n, 'SLOAD', 1n, 'ADD', 'DUP1', 0n, 'SSTORE', 'CALLER', 'SSTORE');

function newChain(rules = balDevnet): Blockchain {
  const config = chainOfFork(rules);
  const stopping = account({ nonce: 1n, code: program('STOP') });
  const alloc = new Map<Address, GenesisAccount>([
    ...keys.map((key): [Address, GenesisAccount] => [addressOfPrivateKey(key), account({ balance: ETHER })]),
    [CONTRACT, account({ nonce: 1n, code: counting })],
    ...[...rules.requestContracts.values()].map((contract): [Address, GenesisAccount] => [
      contract,
      stopping,
    ]),
  ]);
  const fields = { gasLimit: 120_000_000n, baseFee: 7n };
  return new Blockchain({ config, alloc, header: genesisHeader(config, fields, alloc) });
}

const counted = { type: 0, nonce: 0n, gasPrice: 7n, gasLimit: 200_000n, value: 0n, to: CONTRACT } as const;
const transactions = keys.map((key) => signTransaction({ ...counted, data: new Uint8Array(0) }, key));

test.each([
  ['as it is shipped', balDevnet],
  ['as it will be', amsterdam],
  ["of one's own", fork('Mine', balDevnet, { eip: 0, params: { coldSlotGas: 99 } })],
])('threads come to what one thread comes to, by a rule set %s', async (_, rules) => {
  const chain = newChain(rules);
  const block = buildBlock(chain, chain.genesis, { transactions });
  const { result } = chain.add(block);
  for (let round = 0; round < 3; round++) {
    const added = await newChain(rules).addListed(block, result!.blockAccessList!, threads);
    expect(added.result!.blockAccessList).toBe(result!.blockAccessList);
    expect(plainText(added.result)).toBe(plainText(result));
  }
});

test('a thread that cannot run leaves the block to this one', async () => {
  const broken = blockThreads(1, new URL('data:text/javascript,throw new Error("broken")'));
  const chain = newChain();
  const block = buildBlock(chain, chain.genesis, { transactions });
  const { blockAccessList } = chain.add(block).result!;
  const added = await newChain().addListed(block, blockAccessList!, broken);
  expect(added.isHead).toBe(true);
  await broken.stop();
});

test('a number of threads that is none is refused', () => {
  expect(() => blockThreads(-1)).toThrow('threads: expected 0 or more, got -1');
});
