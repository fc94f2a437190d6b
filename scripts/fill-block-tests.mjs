/**
 * Fills the blockchain tests of our own in `fixtures/blocks`: run `npm run build && node scripts/fill-block-tests.mjs`.
 *
 * Their roots are what evmill computes, so they guard against change rather than prove anything; the proof is the
 * official archives. What they are for: every shape of the format, in files small enough to read, at hand always.
 */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { fromHex, toHex } from '../dist/bytes.js';
import { encodeBlock, ommersHash } from '../dist/chain/block.js';
import { Blockchain } from '../dist/chain/blockchain.js';
import { buildBlock } from '../dist/chain/buildBlock.js';
import { genesisHeader, parseAlloc } from '../dist/chain/genesis.js';
import { testNetwork } from '../dist/chain/testNetworks.js';
import { signTransaction } from '../dist/chain/transactionSender.js';

const FOLDER = new URL('../fixtures/blocks/', import.meta.url);
const KEY = fromHex('0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8');
const SENDER = '0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b';
const CONTRACT = '0x1000000000000000000000000000000000000000';
const MINER = '0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba';
const OTHER = '0x3000000000000000000000000000000000000000';
const SYSTEM_ADDRESS = '0xfffffffffffffffffffffffffffffffffffffffe';

const account = (more = {}) => ({ balance: '0x00', code: '0x', nonce: '0x00', storage: {}, ...more });
const PRE = {
  [SENDER]: account({ balance: '0x3635c9adc5dea00000' }),
  // stores its call's value at the block's number, and logs it: CALLVALUE DUP1 NUMBER SSTORE PUSH1 0 PUSH1 0 LOG1
  [CONTRACT]: account({ code: '0x3480435560006000a1', nonce: '0x01' }),
};
/** Stand-ins for the system contracts: there is a withdrawal request, and the others store what they are told. */
const SYSTEM = {
  '0x00000961ef480eb55e80d19ad83579a64c007002': account({ code: '0x60016000f3', nonce: '0x01' }),
  '0x0000bbddc7ce488642fb579f8b00f3a590007251': account({ code: '0x00', nonce: '0x01' }),
  '0x000f3df6d732807ef1319fb7b8bb8522d0beac02': account({ code: '0x6000354255', nonce: '0x01' }),
  '0x0000f90827f1c53a10cb7a02335b175320002935': account({ code: '0x6000354355', nonce: '0x01' }),
};

/** A chain to be filled, and the test that grows with it. */
function begin(network, pre = PRE, fields = {}) {
  const config = testNetwork(network);
  const alloc = parseAlloc(pre);
  const { proofOfStake } = config.forks[0].fork.rules;
  const header = genesisHeader(
    config,
    { gasLimit: 30_000_000n, coinbase: MINER, difficulty: proofOfStake ? 0n : 131_072n, ...fields },
    alloc,
  );
  const chain = new Blockchain({ config, header, alloc });
  const blocks = [];
  const { genesis } = chain;
  const write = ({ header: own, hash }) => headerJson(own, hash);
  return {
    chain,
    genesis,
    /** adds a valid block */
    add(parent, plan = {}) {
      const block = buildBlock(chain, parent, plan);
      const added = chain.add(block);
      blocks.push({ blockHeader: write(block), rlp: toHex(encodeBlock(block)) });
      return added;
    },
    /** lists a block that must be refused: a valid one, spoilt */
    refuse(parent, expectException, plan = {}, spoil = (block) => block) {
      const block = spoil(buildBlock(chain, parent, plan));
      blocks.push({ expectException, rlp: toHex(encodeBlock(block)) });
    },
    /** lists bytes that must be refused */
    refuseBytes: (expectException, rlp) => blocks.push({ expectException, rlp }),
    end: () => ({
      network,
      sealEngine: 'NoProof',
      genesisBlockHeader: write(genesis.block),
      genesisRLP: toHex(encodeBlock(genesis.block)),
      pre,
      blocks,
      lastblockhash: chain.head.block.hash,
      postStateHash: chain.head.block.header.stateRoot,
    }),
  };
}

function headerJson(header, hash) {
  const text = (value) =>
    value === undefined
      ? undefined
      : typeof value === 'bigint'
        ? `0x${value.toString(16)}`
        : typeof value === 'string'
          ? value
          : toHex(value);
  const { ommersHash: uncleHash, transactionsRoot, receiptsRoot, logsBloom, baseFee, ...same } = header;
  const { parentBeaconRoot, ...rest } = same;
  const named = {
    ...rest,
    uncleHash,
    transactionsTrie: transactionsRoot,
    receiptTrie: receiptsRoot,
    bloom: logsBloom,
    baseFeePerGas: baseFee,
    parentBeaconBlockRoot: parentBeaconRoot,
    hash,
  };
  return Object.fromEntries(
    Object.entries(named)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, text(value)]),
  );
}

const call = (nonce, value = 1n, more = {}) =>
  signTransaction(
    {
      ...{ type: 0, nonce, gasPrice: 10n ** 10n, gasLimit: 100_000n, to: CONTRACT, value },
      ...{ data: new Uint8Array(0), ...more },
    },
    KEY,
  );
const spoilt = (header) => (block) => ({ ...block, header: { ...block.header, ...header } });
const WRONG = `0x${'11'.repeat(32)}`;

function branches() {
  const test = begin('Homestead');
  const one = test.add(test.genesis, { transactions: [call(0n)] });
  const brother = test.add(test.genesis, {
    transactions: [call(0n, 2n)],
    seconds: 14n,
    header: { coinbase: OTHER },
  });
  test.add(one, { transactions: [call(1n)] });
  const third = test.add(brother, { transactions: [call(1n, 3n)], ommers: [one.block.header], seconds: 5n });
  test.refuse(third, 'UncleInChain', {}, (block) => {
    const ommers = [one.block.header];
    return { ...block, ommers, header: { ...block.header, ommersHash: ommersHash(ommers) } };
  });
  test.add(third, { transactions: [call(2n)] });
  return test.end();
}

function transition(network, timestamp) {
  const test = begin(network, { ...PRE, ...SYSTEM }, { timestamp: 15_000n - timestamp });
  const withdrawals = [{ index: 0n, validatorIndex: 0n, address: OTHER, amount: 5n }];
  const one = test.add(test.genesis, { transactions: [call(0n)], withdrawals });
  const two = test.add(one, { transactions: [call(1n)], withdrawals });
  test.add(two, { transactions: [call(2n)] });
  return test.end();
}

/** The last block of BPO2 and the first of Amsterdam: what they cost and log is written down from the EIPs. */
function toAmsterdam() {
  const builders = [
    '0x0000bff46984e3725691fa540a8c7589300d8282',
    '0x000064d678505ad48f8ccb093bc65613800e8282',
  ];
  const contracts = builders.map((address) => [address, account({ code: '0x00', nonce: '0x01' })]);
  const pre = { ...PRE, ...SYSTEM, ...Object.fromEntries(contracts) };
  const test = begin('BPO2ToAmsterdamAtTime15k', pre, { timestamp: 14_980n, gasLimit: 60_000_000n });
  const plan = (nonce) => ({ transactions: [call(nonce, 5n, { gasLimit: 300_000n })] });
  const before = test.add(test.genesis, plan(0n));
  const after = test.add(before, plan(1n));
  // A slot that is new, and a log of one topic with nothing in it
  const rest = 2n + 3n + 2n + 3n + 3n + 750n;
  assert.equal(before.block.header.gasUsed, 21_000n + 22_100n + rest);
  assert.equal(before.block.header.slotNumber, undefined);
  assert.deepEqual(
    before.receipts[0].logs.map(({ address }) => address),
    [CONTRACT],
  );
  // EIP-2780 and EIP-8038 of regular gas, EIP-8037 of state gas, which is the greater; EIP-7708 of the ether
  const state = 64n * 1530n;
  assert.equal(after.block.header.gasUsed, state);
  assert.equal(after.receipts[0].cumulativeGasUsed, 21_000n + 12_100n + rest + state);
  assert.deepEqual(
    after.receipts[0].logs.map(({ address }) => address),
    [SYSTEM_ADDRESS, CONTRACT],
  );
  assert.equal(after.block.header.slotNumber, 1n);
  test.refuse(before, 'BlockException.INCORRECT_BLOCK_FORMAT', plan(1n), spoilt({ slotNumber: undefined }));
  test.refuse(
    test.genesis,
    'BlockException.INCORRECT_BLOCK_FORMAT',
    plan(0n),
    spoilt({ blockAccessListHash: WRONG, slotNumber: 1n }),
  );
  test.add(after);
  return test.end();
}

function byNumber(network, header = {}) {
  const test = begin(network);
  let last = test.genesis;
  for (let number = 1n; number < 7n; number++) {
    const plan = { transactions: [call(number - 1n, number)], seconds: 13n };
    last = test.add(last, number >= 5n ? { ...plan, header } : plan);
  }
  return test.end();
}

function merge() {
  const test = begin('ArrowGlacierToParisAtDiff40000');
  const mined = test.add(test.genesis, { transactions: [call(0n)] });
  test.refuse(
    mined,
    'BlockException.IMPORT_IMPOSSIBLE_PARIS_WRONG_POW',
    {},
    spoilt({ difficulty: 131_072n }),
  );
  const staked = test.add(mined, { transactions: [call(1n)] });
  test.add(test.genesis, { seconds: 1n });
  test.add(staked);
  return test.end();
}

function invalid() {
  const test = begin('Prague', { ...PRE, ...SYSTEM });
  const plan = { transactions: [call(0n)] };
  const refuse = (name, header) => test.refuse(test.genesis, `BlockException.${name}`, plan, spoilt(header));
  refuse('UNKNOWN_PARENT', { parentHash: WRONG });
  refuse('INVALID_BLOCK_NUMBER', { number: 2n });
  refuse('INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT', { timestamp: 0n });
  refuse('INVALID_GASLIMIT', { gasLimit: 40_000_000n });
  refuse('GASLIMIT_TOO_BIG', { gasLimit: 2n ** 63n });
  refuse('INVALID_BASEFEE_PER_GAS', { baseFee: 1n });
  refuse('INCORRECT_EXCESS_BLOB_GAS', { excessBlobGas: 131_072n });
  refuse('BLOB_GAS_USED_ABOVE_LIMIT|BlockException.INCORRECT_BLOB_GAS_USED', { blobGasUsed: 131_072n * 10n });
  refuse('INCORRECT_BLOB_GAS_USED', { blobGasUsed: 131_072n });
  refuse('EXTRA_DATA_TOO_BIG', { extraData: new Uint8Array(33) });
  refuse('IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS', { difficulty: 1n });
  refuse('IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS', { ommersHash: WRONG });
  refuse('INVALID_STATE_ROOT', { stateRoot: WRONG });
  refuse('INVALID_TRANSACTIONS_ROOT', { transactionsRoot: WRONG });
  refuse('INVALID_RECEIPTS_ROOT', { receiptsRoot: WRONG });
  refuse('INVALID_LOG_BLOOM', { logsBloom: new Uint8Array(256) });
  refuse('INVALID_GAS_USED', { gasUsed: 21_000n });
  refuse('INVALID_WITHDRAWALS_ROOT', { withdrawalsRoot: WRONG });
  refuse('INVALID_REQUESTS', { requestsHash: WRONG });
  refuse('INCORRECT_BLOCK_FORMAT', { requestsHash: undefined });
  test.refuse(test.genesis, 'TransactionException.NONCE_MISMATCH_TOO_HIGH', plan, (block) => ({
    ...block,
    transactions: [call(1n)],
  }));
  test.refuseBytes('BlockException.RLP_STRUCTURES_ENCODING', '0xc3c0c0');
  test.add(test.genesis, plan);
  return test.end();
}

const file = (name, tests) => writeFileSync(new URL(name, FOLDER), `${JSON.stringify(tests, null, 1)}\n`);

file('chains.json', {
  branches: branches(),
  shanghaiToCancun: transition('ShanghaiToCancunAtTime15k', 20n),
  cancunToPrague: transition('CancunToPragueAtTime15k', 20n),
  berlinToLondon: byNumber('BerlinToLondonAt5', { gasLimit: 60_000_000n }),
  dao: byNumber('HomesteadToDaoAt5', { extraData: new TextEncoder().encode('dao-hard-fork') }),
  merge: merge(),
  bpo2ToAmsterdam: toAmsterdam(),
});
file('invalid.json', { invalid: invalid() });
