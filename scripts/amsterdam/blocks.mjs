/** What blocks hold and chains have, by the EIPs' own texts: 7928, 7997 and 8282. */

import assert from 'node:assert/strict';
import { concatBytes, fromHex, toHex } from '../../dist/bytes.js';
import { encodeBlock } from '../../dist/chain/block.js';
import { Blockchain } from '../../dist/chain/blockchain.js';
import { buildBlock } from '../../dist/chain/buildBlock.js';
import { chainOfFork } from '../../dist/chain/chainConfig.js';
import { genesisHeader, parseAlloc } from '../../dist/chain/genesis.js';
import { signTransaction } from '../../dist/chain/transactionSender.js';
import { InvalidBlock } from '../../dist/errors.js';
import { amsterdam } from '../../dist/protocol/forks.js';
import * as price from './prices.mjs';
import {
  account,
  COINBASE,
  headerJson,
  KEY,
  Scenario,
  SENDER,
  SYSTEM_ADDRESS,
  transfer,
} from './scenario.mjs';
import { code, designator, salted, system, word } from './world.mjs';

const { NEW_ACCOUNT, NEW_SLOT, CPSB, WARM, COLD_ACCOUNT, COLD_SLOT, STORAGE_WRITE, CALL_VALUE } = price;
const { VERY_LOW, BASE, CREATE_ACCESS, INITCODE_WORD, HASH_WORD, dataGas, memory } = price;

const OTHER = '0x3000000000000000000000000000000000000000';
const contract = (n) => `0x10000000000000000000000000000000000000${n.toString(16).padStart(2, '0')}`;
const nobody = (n) => `0x90000000000000000000000000000000000000${n.toString(16).padStart(2, '0')}`;
const program = (...pieces) => account({ nonce: 1n, code: code(...pieces) });
const CALLING = 15_000n;
const call = (to, value, gas) => [0n, 0n, 0n, 0n, value, to, gas, 'CALL', 'POP'];
const CALL = 7n * VERY_LOW + BASE;

export function eip7928() {
  const delegated = contract(0x20);
  const identity = '0x0000000000000000000000000000000000000004';
  const chain = new Scenario(
    'eip7928',
    'https://eips.ethereum.org/EIPS/eip-7928#scope-and-inclusion',
    {
      [OTHER]: account({ balance: 1n }),
      [contract(1)]: {
        ...program(nobody(1), 'EXTCODEHASH', 'POP', 1n, 'SLOAD', 'POP', 7n, 2n, 'SSTORE', 5n, 3n, 'SSTORE'),
        storage: { 2: 7n, 3: 6n },
      },
      [contract(2)]: program(1n, 'SLOAD', 'POP', 5n, 2n, 'SSTORE', nobody(2), 'BALANCE', 0n, 0n, 'REVERT'),
      [contract(3)]: program(...call(contract(2), 0n, 200_000n)),
      [contract(4)]: program(nobody(3), 'BALANCE'),
      // one gas less than what the address and its access cost, and as much
      [contract(5)]: program(...call(contract(4), 0n, 3002n)),
      [contract(6)]: program(...call(contract(4), 0n, 3003n)),
      [contract(7)]: { ...program(...call(nobody(4), 1n, 0n)), balance: 9n },
      // enough for the call and its value, and not for the account
      [contract(8)]: program(...call(contract(7), 0n, 7n * VERY_LOW + COLD_ACCOUNT + CALL_VALUE)),
      [contract(9)]: program(SYSTEM_ADDRESS, 'BALANCE', 'POP'),
      [contract(10)]: program(...call(delegated, 0n, 0n)),
      // as much as it takes to see that it delegates, and to whom: not to get there
      [contract(11)]: program(...call(contract(10), 0n, 7n * VERY_LOW + COLD_ACCOUNT + COLD_ACCOUNT - 1n)),
      [delegated]: account({ nonce: 1n, code: designator(contract(4)) }),
      [contract(12)]: program(...call(identity, 0n, 100n)),
      [contract(13)]: program('CALLVALUE', 1n, 'SSTORE'),
      [contract(14)]: { ...program(8n, 1n, 'SSTORE', 7n, 1n, 'SSTORE'), storage: { 1: 7n } },
    },
    { writesLists: true },
  );
  chain.one('readsAndWrites', {
    tx: { to: contract(1) },
    regular:
      CALLING +
      (VERY_LOW + COLD_ACCOUNT + BASE) +
      (VERY_LOW + COLD_SLOT + BASE) +
      4n * VERY_LOW +
      2n * COLD_SLOT +
      STORAGE_WRITE,
    ...{
      touched: { [nobody(1)]: [], [contract(1)]: [1n, 2n] },
      after: { [contract(1)]: { storage: { 3: 5n } } },
    },
  });
  chain.one('whatRevertedFramesReached', {
    tx: { to: contract(3) },
    regular:
      CALLING +
      CALL +
      COLD_ACCOUNT +
      (VERY_LOW + COLD_SLOT + BASE) +
      (2n * VERY_LOW + COLD_SLOT + STORAGE_WRITE) +
      (VERY_LOW + COLD_ACCOUNT) +
      2n * VERY_LOW,
    touched: { [contract(2)]: [1n, 2n], [nobody(2)]: [] },
  });
  const inner = (name, n, gas, touched) => {
    chain.one(name, { tx: { to: contract(n) }, regular: CALLING + CALL + COLD_ACCOUNT + gas, touched });
  };
  inner('accessNotPaid', 5, 3002n, { [contract(4)]: [] });
  inner('accessPaid', 6, 3003n, { [contract(4)]: [], [nobody(3)]: [] });
  inner('accountNotPaid', 8, 7n * VERY_LOW + COLD_ACCOUNT + CALL_VALUE, {
    [contract(7)]: [],
    [nobody(4)]: [],
  });
  inner('delegateNotPaid', 11, 7n * VERY_LOW + 2n * COLD_ACCOUNT - 1n, {
    [contract(10)]: [],
    [delegated]: [],
  });
  chain.one('systemAddress', {
    ...{
      tx: { to: contract(9) },
      regular: CALLING + VERY_LOW + COLD_ACCOUNT + BASE,
      touched: { [SYSTEM_ADDRESS]: [] },
    },
  });
  // Nothing to copy: 15, of which the caller gave 100
  chain.one('precompile', {
    ...{ tx: { to: contract(12) }, regular: CALLING + CALL + WARM + 15n, touched: { [identity]: [] } },
  });
  chain.one('listedAndNotReached', {
    tx: { to: OTHER, accessList: [{ address: nobody(5), storageKeys: [1n] }] },
    regular: CALLING + 2900n + 2000n + 52n * 64n,
  });
  const storing = BASE + VERY_LOW + COLD_SLOT + STORAGE_WRITE;
  chain.one('changedAndRestored', {
    ...{ tx: { to: contract(14) }, regular: CALLING + 4n * VERY_LOW + COLD_SLOT + STORAGE_WRITE + WARM },
    paid:
      CALLING +
      4n * VERY_LOW +
      COLD_SLOT +
      STORAGE_WRITE +
      WARM -
      (CALLING + 4n * VERY_LOW + COLD_SLOT + STORAGE_WRITE + WARM) / 5n,
    touched: { [contract(14)]: [1n] },
  });
  // One slot at two indices; ether that comes and goes; withdrawals, one of nothing.
  const send = (value, more) => ({
    ...{
      tx: { to: contract(13), value },
      regular: 21_000n + storing,
      logs: [transfer(SENDER, contract(13), value)],
    },
    ...more,
  });
  chain.block('stepByStep', {
    transactions: [
      send(4n, { state: NEW_SLOT, after: { [contract(13)]: { balance: 4n, storage: { 1: 4n } } } }),
      {
        ...{ tx: { to: OTHER, value: 2n }, regular: 21_000n, logs: [transfer(SENDER, OTHER, 2n)] },
        after: { [OTHER]: { balance: 3n } },
      },
      send(5n, { after: { [contract(13)]: { balance: 9n, storage: { 1: 5n } } } }),
      {
        tx: { to: contract(9) },
        regular: CALLING + VERY_LOW + COLD_ACCOUNT + BASE,
        touched: { [SYSTEM_ADDRESS]: [] },
      },
    ],
    withdrawals: [
      { index: 0n, validatorIndex: 1n, address: nobody(6), amount: 100n },
      { index: 1n, validatorIndex: 1n, address: nobody(7), amount: 0n },
      { index: 2n, validatorIndex: 1n, address: OTHER, amount: 1n },
    ],
  });
  chain.block('empty', { transactions: [] });
  return chain.end();
}

export function eip7997() {
  const factory = system.factory.address;
  const chain = new Scenario('eip7997', 'https://eips.ethereum.org/EIPS/eip-7997#specification', {
    [factory]: account({ nonce: 1n, code: fromHex(system.factory.code) }),
  });
  const five = code(5n, 0n, 'RETURN');
  const reverting = code(0n, 0n, 'REVERT');
  const empty = new Uint8Array(0);
  const sent = (salt, initcode) => concatBytes(word(salt), initcode);
  // Its disassembly, before CREATE2 and after: ten of 3, CALLDATASIZE, CALLVALUE, and what is copied to memory.
  const before = (initcode) => {
    const words = BigInt(Math.ceil(initcode.length / 32));
    return 10n * VERY_LOW + 2n * BASE + VERY_LOW + VERY_LOW * words + memory(words);
  };
  const creating = (initcode) => {
    const words = BigInt(Math.ceil(initcode.length / 32));
    return CREATE_ACCESS + (6n + INITCODE_WORD) * words;
  };
  // DUP1 ISZERO ISZERO PUSH1 JUMPI, and then JUMPDEST, the address into memory, three POPs; or DUP2 DUP3 REVERT
  const found = 4n * VERY_LOW + 10n;
  const returning = found + 1n + 3n * VERY_LOW + 3n * BASE + 2n * VERY_LOW;
  const failing = found + 2n * VERY_LOW;
  const deploy = (name, salt, initcode, fields) => {
    const data = sent(salt, initcode);
    const { inner = 0n, value = 0n, base = CALLING, ...more } = fields;
    const floor = base + 64n * BigInt(data.length);
    const own = more.status === false ? failing : returning + (initcode.length === 0 ? memory(1n) : 0n);
    const regular = base + dataGas(data) + before(initcode) + creating(initcode) + inner + own;
    chain.one(name, {
      tx: { to: factory, data, value, gas: more.gas ?? 10_000_000n },
      regular,
      floor,
      ...more,
    });
  };
  const first = salted(factory, 1n, five);
  deploy('deploys', 1n, five, {
    ...{ inner: 2n * VERY_LOW + memory(1n) + HASH_WORD, state: NEW_ACCOUNT + 5n * CPSB },
    after: { [factory]: { nonce: 2n }, [first]: { nonce: 1n, code: new Uint8Array(5) } },
  });
  const second = salted(factory, 2n, five);
  deploy('deploysWithValue', 2n, five, {
    ...{
      value: 9n,
      base: 21_000n,
      inner: 2n * VERY_LOW + memory(1n) + HASH_WORD,
      state: NEW_ACCOUNT + 5n * CPSB,
    },
    logs: [transfer(SENDER, factory, 9n), transfer(factory, second, 9n)],
    after: { [factory]: { nonce: 3n }, [second]: { nonce: 1n, balance: 9n, code: new Uint8Array(5) } },
    touched: { [factory]: [] },
  });
  const nothing = salted(factory, 3n, empty);
  deploy('deploysNothing', 3n, empty, {
    ...{ state: NEW_ACCOUNT, after: { [factory]: { nonce: 4n }, [nothing]: { nonce: 1n } } },
  });
  deploy('initcodeReverts', 4n, reverting, {
    ...{ inner: 2n * VERY_LOW, status: false, touched: { [salted(factory, 4n, reverting)]: [] } },
  });
  // There already: what was forwarded is gone.
  const gas = 200_000n;
  const left = gas - CALLING - dataGas(sent(1n, five)) - before(five) - creating(five);
  deploy('deploysTwice', 1n, five, {
    ...{ gas, inner: left - left / 64n, status: false, touched: { [first]: [] } },
  });
  chain.one('tooLittleData', {
    ...{ tx: { to: factory, data: new Uint8Array(31), gas: 90_000n }, regular: 90_000n, status: false },
  });
  return chain.end();
}

/**
 * Requests of builders. How much gas their contracts take, and in which slots they queue, is not in the EIP: that is as
 * it comes out. Whether a request is taken, what is logged, what is handed on and when, and what it costs in wei is
 * written down here.
 */
export function eip8282() {
  const { builderDeposits, builderExits } = system;
  const reading = contract(1);
  const pre = {
    [SENDER]: { nonce: '0x00', balance: '0x3635c9adc5dea00000', code: '0x', storage: {} },
    // asks both contracts for their fee, and keeps what it hears in slots 0 and 1
    [reading]: {
      nonce: '0x01',
      balance: '0x00',
      code: toHex(feeReader(builderDeposits, builderExits)),
      storage: {},
    },
  };
  for (const { address, code: runtime } of Object.values(system))
    pre[address] = { nonce: '0x01', balance: '0x00', code: runtime, storage: {} };
  const alloc = parseAlloc(pre);
  const config = chainOfFork(amsterdam, 1n);
  const header = genesisHeader(config, { gasLimit: 120_000_000n, coinbase: COINBASE, baseFee: 7n }, alloc);
  const chain = new Blockchain({ config, header, alloc });
  const blocks = [];
  let nonce = 0n;
  const sign = ({ to, data = new Uint8Array(0), value = 0n }) =>
    signTransaction(
      {
        ...{ type: 2, chainId: 1n, nonce: nonce++, to, data, value, gasLimit: 3_000_000n, accessList: [] },
        ...{ maxFeePerGas: 10_000n, maxPriorityFeePerGas: 3n },
      },
      fromHex(KEY),
    );
  /** Each of `sent` says whether it succeeds and what is logged; `requests` are those handed on. */
  const block = (sent, requests, held) => {
    const block = buildBlock(chain, chain.head, {
      transactions: sent.map(sign),
      header: { parentBeaconRoot: `0x${'4d'.repeat(32)}`, slotNumber: 1000n + nonce },
    });
    const { result } = chain.add(block);
    assert.deepEqual(
      result.receipts.map(({ outcome }) => outcome),
      sent.map(({ fails }) => !fails),
    );
    // The ether that comes with it, and the record as it was accepted.
    const logged = sent.map(({ fails, to, record }) =>
      fails || record === undefined ? [] : [SYSTEM_ADDRESS, { address: to, topics: [], data: toHex(record) }],
    );
    assert.deepEqual(
      result.receipts.map(({ logs }) =>
        logs.map(({ address, topics, data }) =>
          address === SYSTEM_ADDRESS ? address : { address, topics: [...topics], data: toHex(data) },
        ),
      ),
      logged,
    );
    assert.deepEqual(
      result.requests.map((request) => toHex(request)),
      requests.map(([type, ...records]) => toHex(concatBytes(Uint8Array.of(type), ...records))),
    );
    for (const [address, wei] of Object.entries(held ?? {}))
      assert.equal(chain.state(block.hash).account(address)?.balance ?? 0n, wei);
    blocks.push({ blockHeader: headerJson(block.header, block.hash), rlp: toHex(encodeBlock(block)) });
  };
  const feeAt = (slot) => chain.state(chain.head.block.hash).slot(reading, slot);
  const pubkey = (n) => new Uint8Array(48).fill(n);
  const gwei = (amount, little = false) => {
    const bytes = fromHex(`0x${amount.toString(16).padStart(16, '0')}`);
    return little ? bytes.reverse() : bytes;
  };
  const fields = (n, amount, little) =>
    concatBytes(
      pubkey(n),
      new Uint8Array(32).fill(0x40 + n),
      gwei(amount, little),
      new Uint8Array(96).fill(0x80 + n),
    );
  const ETHER = 10n ** 18n;
  const GWEI = 10n ** 9n;
  const deposit = (n, amount, wei, fails = false) => ({
    ...{ to: builderDeposits.address, data: fields(n, amount), record: fields(n, amount), value: wei, fails },
  });
  const depositOf = (n, amount) => fields(n, amount, true);
  const exitOf = (n) => concatBytes(fromHex(SENDER), pubkey(n));
  const exit = (n, wei, fails = false) => ({
    ...{ to: builderExits.address, data: pubkey(n), record: exitOf(n), value: wei, fails },
  });
  // The fee is 1 wei where there is no excess; the amount goes out little-endian.
  block(
    [{ to: reading }, deposit(1, GWEI, ETHER + 1n), exit(2, 1n)],
    [
      [3, depositOf(1, GWEI)],
      [4, exitOf(2)],
    ],
    { [builderDeposits.address]: ETHER + 1n, [builderExits.address]: 1n },
  );
  // What is refused: less than an ether, less than amount and fee, no fee, other sizes, ether for asking.
  block(
    [
      deposit(1, GWEI - 1n, ETHER + 1n, true),
      deposit(1, GWEI, ETHER, true),
      deposit(1, 2n * GWEI, 2n * ETHER, true),
      exit(2, 0n, true),
      { to: builderDeposits.address, data: new Uint8Array(183), value: ETHER + 1n, fails: true },
      { to: builderExits.address, data: new Uint8Array(49), value: 1n, fails: true },
      { to: builderExits.address, value: 1n, fails: true },
      { to: builderDeposits.address, value: 1n, fails: true },
    ],
    [],
    { [builderDeposits.address]: ETHER + 1n, [builderExits.address]: 1n },
  );
  // More than is asked stays there.
  block([deposit(3, 2n * GWEI, 3n * ETHER)], [[3, depositOf(3, 2n * GWEI)]], {
    [builderDeposits.address]: 4n * ETHER + 1n,
  });
  assert.deepEqual([feeAt(0n), feeAt(1n)], [1n, 1n]);
  // Nineteen exits: sixteen are handed on, oldest first, and three wait. Beyond two the fee rises with each, within the
  // block: with fifteen before it the sixteenth costs (17 + 13 + 4 + 1) / 17, what e^(13/17) is in integers.
  const all = Array.from({ length: 19 }, (_, n) => n + 1);
  const dear = all.slice(15).map((n) => exit(n, 2n));
  block(
    [...all.slice(0, 15).map((n) => exit(n, 1n)), exit(16, 1n, true), ...dear],
    [[4, ...all.slice(0, 16).map(exitOf)]],
  );
  block([{ to: reading }], [[4, exitOf(17), exitOf(18), exitOf(19)]]);
  // 17 in excess of two: (17 + 17 + 8 + 2) / 17. In the block after they are two fewer: (17 + 15 + 6 + 1) / 17.
  assert.deepEqual([feeAt(0n), feeAt(1n)], [1n, 2n]);
  block([exit(1, 1n, true), exit(1, 2n)], [[4, exitOf(1)]]);
  // Without either contract no block is valid (EIP-8282, deployment).
  const tests = {
    'eip8282[fork_Amsterdam-blockchain_test]': testOf(chain, pre, blocks, header),
    ...Object.fromEntries(
      [builderDeposits, builderExits].map(({ address }) => [
        `eip8282Without${address === builderExits.address ? 'Exits' : 'Deposits'}[fork_Amsterdam-blockchain_test]`,
        withoutContract(pre, address, config),
      ]),
    ),
  };
  return { tests, stateTests: {} };
}

/** Calls each contract without data, and stores the word that it returns. */
function feeReader(...contracts) {
  return code(
    ...contracts.flatMap(({ address }, slot) => [
      ...[32n, 0n, 0n, 0n, address, 'GAS', 'STATICCALL', 'POP'],
      ...[0n, 'MLOAD', BigInt(slot), 'SSTORE'],
    ]),
  );
}

function testOf(chain, pre, blocks, header) {
  const { genesis } = chain;
  return {
    ...{ network: 'Amsterdam', sealEngine: 'NoProof' },
    _info: { description: 'https://eips.ethereum.org/EIPS/eip-8282#specification' },
    genesisBlockHeader: headerJson(header, genesis.block.hash),
    ...{ genesisRLP: toHex(encodeBlock(genesis.block)), pre, blocks },
    lastblockhash: chain.head.block.hash,
    postStateHash: chain.head.block.header.stateRoot,
  };
}

/** A chain where one contract is not there: its first block is refused. */
function withoutContract(pre, address, config) {
  const { [address]: _, ...rest } = pre;
  const fields = { gasLimit: 120_000_000n, coinbase: COINBASE, baseFee: 7n };
  const whole = parseAlloc(pre);
  const chain = new Blockchain({ config, header: genesisHeader(config, fields, whole), alloc: whole });
  const alloc = parseAlloc(rest);
  const lacking = new Blockchain({ config, header: genesisHeader(config, fields, alloc), alloc });
  const valid = buildBlock(chain, chain.genesis, {});
  assert.throws(() => buildBlock(lacking, lacking.genesis, {}), InvalidBlock);
  const block = { ...valid, header: { ...valid.header, parentHash: lacking.genesis.block.hash } };
  const refused = { expectException: 'BlockException.SYSTEM_CONTRACT_EMPTY', rlp: toHex(encodeBlock(block)) };
  return testOf(lacking, rest, [refused], genesisHeader(config, fields, alloc));
}
