/**
 * What block access lists are good for: blocks executed in order and, by their lists, side by side in threads; and
 * blocks on a state that takes time to read, with and without reading beforehand what their lists name.
 *
 *     npm run bench:lists
 *     npm run bench:lists -- --threads 3 --fork Amsterdam --rounds 15 --read-ms 5
 */

import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { assemble } from '../dist/assembler/assemble.js';
import { Blockchain } from '../dist/chain/blockchain.js';
import { buildBlock } from '../dist/chain/buildBlock.js';
import { chainOfFork } from '../dist/chain/chainConfig.js';
import { executeBlock, recoverSenders } from '../dist/chain/executeBlock.js';
import { genesisHeader } from '../dist/chain/genesis.js';
import { prefetch } from '../dist/chain/listedFacts.js';
import { addressOfPrivateKey } from '../dist/chain/signature.js';
import { signTransaction } from '../dist/chain/transactionSender.js';
import { blockThreads } from '../dist/parallel/blockThreads.js';
import { forkNamed } from '../dist/protocol/forks.js';
import { run } from '../dist/task.js';

const { values } = parseArgs({
  options: {
    fork: { type: 'string', default: 'BalDevnet' },
    threads: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '15' },
    'read-ms': { type: 'string', default: '5' },
  },
});
const fork = forkNamed(values.fork);
const threads = Number(values.threads);
const rounds = Number(values.rounds);
const readMs = Number(values['read-ms']);

const SENDERS = 400;
const ETHER = 10n ** 18n;
const MINER = `0x${'aa'.repeat(20)}`;
const TOKEN = `0x${'70'.repeat(20)}`;
const COUNTER = `0x${'c0'.repeat(20)}`;
const LOOP = `0x${'10'.repeat(20)}`;
const keys = Array.from({ length: SENDERS }, (_, index) => key(index + 1));
const senders = keys.map(addressOfPrivateKey);

function key(number) {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(28, number);
  return bytes;
}

const word = (value) => value.toString(16).padStart(64, '0');
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

/** Moves tokens between balances that are kept under the addresses themselves. */
const TOKEN_CODE = `
CALLER SLOAD PUSH 32 CALLDATALOAD DUP1 DUP3 LT PUSH @fail JUMPI SWAP1 SUB CALLER SSTORE
PUSH0 CALLDATALOAD SLOAD PUSH 32 CALLDATALOAD ADD PUSH0 CALLDATALOAD SSTORE
PUSH 32 CALLDATALOAD PUSH0 MSTORE PUSH 32 PUSH0 LOG0 STOP
fail: JUMPDEST PUSH0 PUSH0 REVERT`;
/** One slot that everyone raises. */
const COUNTER_CODE = 'PUSH0 SLOAD PUSH 1 ADD PUSH0 SSTORE';
/** Hashes so often as the call data say, and stores what comes of it under the caller. */
const LOOP_CODE = `
PUSH0 CALLDATALOAD
again: JUMPDEST PUSH 32 PUSH0 KECCAK256 PUSH0 MSTORE PUSH 1 SWAP1 SUB DUP1 PUSH @again JUMPI
PUSH0 MLOAD CALLER SSTORE`;

const code = (text) => ({ nonce: 1n, balance: 0n, code: assemble(text, fork), storage: new Map() });

function genesis() {
  const config = chainOfFork(fork);
  const balances = new Map(senders.map((sender) => [BigInt(sender), 10n ** 24n]));
  const alloc = new Map([
    ...senders.map((sender) => [
      sender,
      { nonce: 0n, balance: 1000n * ETHER, code: new Uint8Array(0), storage: new Map() },
    ]),
    [TOKEN, { ...code(TOKEN_CODE), storage: balances }],
    [COUNTER, { ...code(COUNTER_CODE), storage: new Map([[0n, 1n]]) }],
    [LOOP, { ...code(LOOP_CODE), storage: balances }],
    ...[...fork.requestContracts.values()].map((contract) => [contract, code('STOP')]),
  ]);
  return {
    config,
    alloc,
    header: genesisHeader(config, { gasLimit: 120_000_000n, coinbase: MINER, baseFee: 7n }, alloc),
  };
}

const to = (index) => senders[(index + 1) % SENDERS];
/** What the blocks are made of. */
const KINDS = {
  'transfers between all, each touches two senders': (index) => ({ to: to(index), value: 1n }),
  'token transfers, all slots apart in pairs': (index) => ({
    to: TOKEN,
    data: bytes(word(BigInt(to(index ^ 1))) + word(5n)),
  }),
  'hashing, 1,000 times each, nothing shared': () => ({
    to: LOOP,
    data: bytes(word(1000n)),
    gasLimit: 400_000n,
  }),
  'one counter, raised by all': () => ({ to: COUNTER }),
  'one recipient of everything, and its slot': (index) => ({
    to: TOKEN,
    data: bytes(word(BigInt(senders[0])) + word(BigInt(index + 1))),
  }),
};

function blockOf(chain, fields, nonce = 0n) {
  const transactions = keys.slice(0, fields(0).to === LOOP ? 200 : SENDERS).map((secret, index) =>
    signTransaction(
      {
        type: 0,
        nonce,
        gasPrice: 7n,
        gasLimit: 100_000n,
        value: 0n,
        data: new Uint8Array(0),
        ...fields(index),
      },
      secret,
    ),
  );
  return buildBlock(chain, chain.genesis, { transactions });
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}, ${fork.name}`);
const start = genesis();
const pool = blockThreads(threads);

for (const [name, fields] of Object.entries(KINDS)) {
  const block = blockOf(new Blockchain(start), fields);
  const { result } = new Blockchain(start).add(block);
  if (result.receipts.some(({ outcome }) => outcome !== true))
    throw new Error(`${name}: a transaction failed`);
  const list = result.blockAccessList;
  const ways = {
    order: (chain) => chain.add(block),
    alone: (chain) => chain.addListed(block, list),
    threads: (chain) => chain.addListed(block, list, pool),
  };
  const times = { order: [], alone: [], threads: [] };
  for (let round = -10; round < rounds; round++) {
    for (const [way, add] of Object.entries(ways)) {
      const chain = new Blockchain(start);
      const begin = performance.now();
      const added = await add(chain);
      if (round >= 0) times[way].push(performance.now() - begin);
      if (added.result.stateRoot !== result.stateRoot) throw new Error(`${name}: roots differ`);
      if (way !== 'order' && added.result.blockAccessList !== list)
        throw new Error(`${name}: the list was not followed`);
    }
  }
  const [order, alone, side] = [times.order, times.alone, times.threads].map(median);
  console.log(
    `${name}: ${block.transactions.length} transactions, ${result.gasUsed} gas; in order ${order.toFixed(1)} ms, ` +
      `by the list ${alone.toFixed(1)}, with ${threads} more thread${threads === 1 ? '' : 's'} ${side.toFixed(1)}: ` +
      `${(order / side).toFixed(2)} times as fast, same root`,
  );
}
await pool.stop();

/** A source whose every read takes time; counts them. */
function slow(source) {
  const counted = { reads: 0 };
  const late =
    (read) =>
    (...args) => {
      counted.reads++;
      return new Promise((resolve) => setTimeout(() => resolve(read(...args)), readMs));
    };
  const { account, slot, code: codeOf, blockHash } = source;
  return {
    counted,
    source: { account: late(account), slot: late(slot), code: late(codeOf), blockHash: late(blockHash) },
  };
}

const name = 'token transfers, all slots apart in pairs';
const chain = new Blockchain(start);
const block = blockOf(chain, KINDS[name]);
const { result } = new Blockchain(start).add(block);
const setting = {
  chainId: chain.config.chainId,
  depositContract: chain.config.depositContract,
  isDaoFork: false,
  rootAfter(diff) {
    const state = chain.stateTrie(chain.genesis.block.hash);
    state.apply(diff);
    return `0x${Buffer.from(state.root()).toString('hex')}`;
  },
};
const evm = chain.evm(fork);
const known = recoverSenders(block, fork);
for (const [way, ready] of [
  ['without prefetch', async (source) => source],
  ['with prefetch', (source) => prefetch(result.blockAccessList, source)],
]) {
  const { source, counted } = slow(chain.state(chain.genesis.block.hash));
  const begin = performance.now();
  const { stateRoot } = await run(executeBlock(evm, block, known, setting), await ready(source));
  const seconds = (performance.now() - begin) / 1000;
  if (stateRoot !== result.stateRoot) throw new Error('roots differ');
  console.log(`${readMs} ms a read, ${way}: ${seconds.toFixed(2)} s, ${counted.reads} reads, same root`);
}
