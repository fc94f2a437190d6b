/**
 * Keeps the books of a chain of blocks without executing any: what is in the state after each, its receipts, its access
 * list and its header follow from what is said of its transactions. Gives official blockchain tests, and a state test of
 * each block that has one transaction and nothing else.
 */

import { fromHex, toHex } from '../../dist/bytes.js';
import { blockOf, encodeBlock, ommersHash, transactionsRoot } from '../../dist/chain/block.js';
import { blockAccessListHash, blockAccessListToJson } from '../../dist/chain/blockAccessList.js';
import { bloomOf } from '../../dist/chain/bloom.js';
import { chainOfFork } from '../../dist/chain/chainConfig.js';
import { genesisHeader } from '../../dist/chain/genesis.js';
import { logItem, receiptOf, receiptsRoot } from '../../dist/chain/receipt.js';
import { requestsHash } from '../../dist/chain/requests.js';
import { addressOfPrivateKey } from '../../dist/chain/signature.js';
import { encodeTransaction } from '../../dist/chain/transactionCodec.js';
import { signTransaction } from '../../dist/chain/transactionSender.js';
import { withdrawalsRoot } from '../../dist/chain/withdrawals.js';
import { keccak256 } from '../../dist/keccak.js';
import { amsterdam } from '../../dist/protocol/forks.js';
import { encodeRlp } from '../../dist/rlp.js';
import { stateRoot } from '../../dist/trie/stateRoot.js';
import { system } from './world.mjs';

export const KEY = '0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8';
export const SENDER = addressOfPrivateKey(fromHex(KEY));
export const COINBASE = '0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba';
export const SYSTEM_ADDRESS = '0xfffffffffffffffffffffffffffffffffffffffe';
const TRANSFER = 0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3efn;
const BASE_FEE = 7n;
const TIP = 3n;
const PRICE = BASE_FEE + TIP;
const SECONDS = 12n;
const RING = 8191n;
const GWEI = 10n ** 9n;
const REQUESTS = ['withdrawals', 'consolidations', 'builderDeposits', 'builderExits'];

export const account = (fields = {}) => ({
  ...{ nonce: 0n, balance: 0n, code: new Uint8Array(0), storage: {} },
  ...fields,
});

const word = (value) => {
  const digits = value.toString(16).padStart(64, '0');
  return fromHex(`0x${digits}`);
};

/** The log of ether that moves (EIP-7708). */
export const transfer = (from, to, amount) => ({
  address: SYSTEM_ADDRESS,
  topics: [TRANSFER, BigInt(from), BigInt(to)],
  data: word(amount),
});

const hex = (value) => {
  const digits = value.toString(16);
  return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`;
};

const copy = (state) =>
  new Map([...state].map(([address, one]) => [address, { ...one, storage: new Map(one.storage) }]));

const isEmpty = ({ nonce, balance, code }) => nonce === 0n && balance === 0n && code.length === 0;

/** Accounts as given, their slots by name. */
const stateOf = (accounts) =>
  new Map(
    Object.entries(accounts).map(([address, one]) => [
      address.toLowerCase(),
      { ...one, storage: slots(one.storage) },
    ]),
  );
const slots = (storage) =>
  new Map(
    Object.entries(storage)
      .map(([slot, value]) => [BigInt(slot), value])
      .filter(([, value]) => value !== 0n),
  );

/** Puts into a state what some accounts are afterwards: only the fields that are named, and only the slots. */
function put(state, after) {
  for (const [name, fields] of Object.entries(after)) {
    const address = name.toLowerCase();
    const before = state.get(address) ?? { ...account(), storage: new Map() };
    const storage = fields.storage === null ? new Map() : new Map(before.storage);
    for (const [slot, value] of Object.entries(fields.storage ?? {})) {
      if (value === 0n) storage.delete(BigInt(slot));
      else storage.set(BigInt(slot), value);
    }
    const next = { ...before, ...fields, storage };
    if (isEmpty(next)) state.delete(address);
    else state.set(address, next);
  }
}

const add = (state, address, wei) =>
  put(state, { [address]: { balance: (state.get(address)?.balance ?? 0n) + wei } });

const allocJson = (state) =>
  Object.fromEntries(
    [...state].map(([address, { nonce, balance, code, storage }]) => [
      address,
      {
        ...{ nonce: hex(nonce), balance: hex(balance), code: toHex(code) },
        storage: Object.fromEntries([...storage].map(([slot, value]) => [hex(slot), hex(value)])),
      },
    ]),
  );

export const headerJson = (header, hash) => {
  const {
    ommersHash: uncleHash,
    transactionsRoot: transactionsTrie,
    receiptsRoot: receiptTrie,
    ...same
  } = header;
  const { logsBloom: bloom, baseFee: baseFeePerGas, parentBeaconRoot: parentBeaconBlockRoot, ...rest } = same;
  const named = {
    ...rest,
    uncleHash,
    transactionsTrie,
    receiptTrie,
    bloom,
    baseFeePerGas,
    parentBeaconBlockRoot,
    hash,
  };
  const text = (value) =>
    typeof value === 'bigint' ? hex(value) : typeof value === 'string' ? value : toHex(value);
  return Object.fromEntries(Object.entries(named).map(([key, value]) => [key, text(value)]));
};

/** The list of a block: who was reached, and what of it differs after each step. */
class AccessList {
  accounts = new Map();

  at(name) {
    const address = name.toLowerCase();
    let found = this.accounts.get(address);
    if (found === undefined) {
      found = { reads: new Set(), changes: new Map(), balance: [], nonce: [], code: [] };
      this.accounts.set(address, found);
    }
    return found;
  }

  /** who is reached besides those that change, and which slots */
  touch(touched) {
    for (const [address, slots] of Object.entries(touched)) {
      const { reads } = this.at(address);
      for (const slot of slots) reads.add(slot);
    }
  }

  step(index, before, after) {
    for (const address of new Set([...before.keys(), ...after.keys()])) {
      const [one, other] = [before, after].map(
        (state) => state.get(address) ?? { ...account(), storage: new Map() },
      );
      for (const field of ['balance', 'nonce', 'code']) {
        const same = field === 'code' ? toHex(one.code) === toHex(other.code) : one[field] === other[field];
        if (!same) this.at(address)[field].push({ index, value: other[field] });
      }
      for (const slot of new Set([...one.storage.keys(), ...other.storage.keys()])) {
        const value = other.storage.get(slot) ?? 0n;
        if ((one.storage.get(slot) ?? 0n) === value) continue;
        const { changes } = this.at(address);
        changes.set(slot, [...(changes.get(slot) ?? []), { index, value }]);
      }
    }
  }

  list() {
    const bySlot = (a, b) => (a < b ? -1 : 1);
    return [...this.accounts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([address, { reads, changes, balance, nonce, code }]) => ({
        address,
        storageChanges: [...changes]
          .sort(([a], [b]) => bySlot(a, b))
          .map(([slot, list]) => ({ slot, changes: list })),
        storageReads: [...reads].filter((slot) => !changes.has(slot)).sort(bySlot),
        ...{ balanceChanges: balance, nonceChanges: nonce, codeChanges: code },
      }));
  }
}

/**
 * A chain of blocks.
 * @param source what its tests are of, for their names and `_info`
 * @param accounts what is there before, besides the sender and what blocks call
 * @param options the blocks' gas limit, and whether tests hold access lists and not only their hashes
 */
export class Scenario {
  state;
  tests = {};
  stateTests = {};
  #blocks = [];
  #name;
  #source;
  #parent;

  constructor(name, source, accounts, { gasLimit = 120_000_000n, writesLists = false } = {}) {
    this.#name = name;
    this.#source = source;
    const alloc = { ...accounts, [SENDER]: account({ balance: 10n ** 19n, ...accounts[SENDER] }) };
    for (const which of ['beaconRoots', 'blockHashes']) alloc[system[which].address] = systemAccount(which);
    // Stand-ins: nothing is asked of them here.
    for (const which of REQUESTS)
      alloc[system[which].address] = account({ nonce: 1n, code: Uint8Array.of(0) });
    this.writesLists = writesLists;
    this.state = stateOf(alloc);
    this.pre = allocJson(this.state);
    const config = chainOfFork(amsterdam, 1n);
    const header = genesisHeader(config, { gasLimit, coinbase: COINBASE, baseFee: BASE_FEE }, this.state);
    this.#parent = blockOf({ header, transactions: [], ommers: [], withdrawals: [] });
    this.genesis = this.#parent;
  }

  /** Before the next block. */
  nonceOf(address) {
    return this.state.get(address.toLowerCase())?.nonce ?? 0n;
  }

  /** A block with one transaction; its state test too. */
  one(name, sent) {
    const { slotNumber, ...transaction } = sent;
    this.block(name, { transactions: [transaction], slotNumber });
  }

  /**
   * A block.
   * @param plan its transactions: each `tx` with what it is to be, the gas that it uses of each kind as the block counts
   * it, what it is refunded, its status and logs, what accounts are `after` it and who else is `touched`; then
   * withdrawals, `requests`, and what system calls after the transactions do: `after` and `touched`
   */
  block(name, plan) {
    const { transactions, withdrawals = [], requests = [], slotNumber } = plan;
    const parent = this.#parent;
    const number = parent.header.number + 1n;
    const timestamp = number * SECONDS;
    const parentBeaconRoot = `0x${'4d'.repeat(32)}`;
    const list = new AccessList();
    const fresh = copy(this.state);
    const slot = slotNumber ?? 1000n + number;
    let before = this.state;
    const step = (index, change) => {
      const after = copy(before);
      change(after);
      list.step(index, before, after);
      before = after;
    };
    step(0, (state) => {
      const at = timestamp % RING;
      put(state, {
        [system.blockHashes.address]: { storage: { [(number - 1n) % RING]: BigInt(parent.hash) } },
        [system.beaconRoots.address]: { storage: { [at]: timestamp, [at + RING]: BigInt(parentBeaconRoot) } },
      });
    });
    const receipts = [];
    const signed = [];
    let [cumulative, regularSum, stateSum] = [0n, 0n, 0n];
    transactions.forEach((one, i) => {
      const { regular, state = 0n, refund = 0n, floor = 0n, paid, status = true, logs = [] } = one;
      const tx = this.#transaction(one.tx, before.get(SENDER).nonce);
      signed.push(tx);
      const spent = paid ?? max(regular + state - refund, floor);
      regularSum += max(regular, floor);
      stateSum += state;
      cumulative += spent;
      receipts.push(receiptOf(tx.type, status, cumulative, logs));
      const { to, value } = tx;
      step(i + 1, (next) => {
        const sender = next.get(SENDER);
        const gone = one.sent ?? (status && to !== SENDER ? value : 0n);
        const own = one.after?.[SENDER] ?? {};
        put(next, one.after ?? {});
        put(next, {
          [SENDER]: { nonce: sender.nonce + 1n, ...own, balance: sender.balance - gone - spent * PRICE },
        });
        add(next, COINBASE, spent * TIP);
      });
      list.touch({ [SENDER]: [], [COINBASE]: [], ...one.touched });
      if (one.reachesRecipient !== false) list.touch({ [to ?? creation(tx.nonce)]: [] });
      const isAlone = transactions.length === 1 && withdrawals.length === 0 && requests.length === 0;
      if (isAlone) {
        // Who is reached is all that the transaction depends on.
        const called = [system.blockHashes.address, system.beaconRoots.address];
        const reached = [...list.accounts.keys(), ...Object.keys(one.after ?? {})].filter(
          (name) => !called.includes(name),
        );
        const pre = new Map(
          [...fresh].filter(([address]) => reached.some((name) => name.toLowerCase() === address)),
        );
        this.#stateTest(name, pre, tx, { spent, status, logs, one, number, timestamp, slot });
      }
    });
    step(transactions.length + 1, (state) => {
      for (const { address, amount } of withdrawals) add(state, address, amount * GWEI);
      put(state, plan.after ?? {});
    });
    list.touch(Object.fromEntries(withdrawals.map(({ address }) => [address, []])));
    list.touch(Object.fromEntries(REQUESTS.map((which) => [system[which].address, []])));
    list.touch(plan.touched ?? {});
    this.state = before;
    const accessList = list.list();
    const logs = receipts.flatMap((receipt) => receipt.logs);
    const header = {
      ...parent.header,
      ...{ parentHash: parent.hash, ommersHash: ommersHash([]), number, timestamp, slotNumber: slot },
      ...{
        stateRoot: toHex(stateRoot(before)),
        receiptsRoot: receiptsRoot(receipts),
        logsBloom: bloomOf(logs),
      },
      transactionsRoot: transactionsRoot(signed.map(encodeTransaction)),
      withdrawalsRoot: withdrawalsRoot(withdrawals),
      ...{ gasUsed: max(regularSum, stateSum), baseFee: BASE_FEE, blobGasUsed: 0n, excessBlobGas: 0n },
      ...{ parentBeaconRoot, requestsHash: requestsHash(requests) },
      blockAccessListHash: blockAccessListHash(accessList),
    };
    const block = blockOf({ header, transactions: signed, ommers: [], withdrawals });
    this.#blocks.push({
      blockHeader: headerJson(header, block.hash),
      ...(this.writesLists ? { blockAccessList: blockAccessListToJson(accessList) } : {}),
      rlp: toHex(encodeBlock(block)),
    });
    this.#parent = block;
  }

  /** A block that is refused: one transaction that cannot be in it, after others that can. */
  refuse(expectException, sent) {
    const parent = this.#parent.header;
    const transactions = sent.map((tx, i) => this.#transaction(tx, this.nonceOf(SENDER) + BigInt(i)));
    const header = { ...parent, parentHash: this.#parent.hash, number: parent.number + 1n };
    const times = { timestamp: header.number * SECONDS, slotNumber: 2000n, baseFee: BASE_FEE };
    const root = transactionsRoot(transactions.map(encodeTransaction));
    const block = blockOf({
      header: { ...header, ...times, transactionsRoot: root },
      ...{ transactions, ommers: [], withdrawals: [] },
    });
    this.#blocks.push({ expectException, rlp: toHex(encodeBlock(block)) });
  }

  end() {
    this.tests[`${this.#name}[fork_Amsterdam-blockchain_test]`] = {
      ...{ network: 'Amsterdam', sealEngine: 'NoProof', _info: { description: this.#source } },
      genesisBlockHeader: headerJson(this.genesis.header, this.genesis.hash),
      ...{ genesisRLP: toHex(encodeBlock(this.genesis)), pre: this.pre, blocks: this.#blocks },
      ...{ lastblockhash: this.#parent.hash, postStateHash: this.#parent.header.stateRoot },
    };
    return this;
  }

  #transaction(
    { to, value = 0n, data = new Uint8Array(0), gas = 10_000_000n, accessList = [], authorizations },
    nonce,
  ) {
    const common = { nonce, to, value, data, gasLimit: gas, accessList, chainId: 1n };
    const fees = { maxFeePerGas: PRICE, maxPriorityFeePerGas: TIP };
    const kind = authorizations === undefined ? { type: 2 } : { type: 4, authorizationList: authorizations };
    return signTransaction({ ...common, ...fees, ...kind }, fromHex(KEY));
  }

  #stateTest(name, pre, tx, { spent, status, logs, one, number, timestamp, slot }) {
    const post = copy(pre);
    const sender = pre.get(SENDER);
    const gone = one.sent ?? (status && tx.to !== SENDER ? tx.value : 0n);
    put(post, one.after ?? {});
    put(post, {
      [SENDER]: {
        nonce: sender.nonce + 1n,
        ...one.after?.[SENDER],
        balance: sender.balance - gone - spent * PRICE,
      },
    });
    add(post, COINBASE, spent * TIP);
    const lists = tx.accessList.map(({ address, storageKeys }) => ({
      address,
      storageKeys: storageKeys.map((key) => toHex(word(key))),
    }));
    const authorizationList = tx.authorizationList?.map(({ chainId, address, nonce, yParity, r, s }) => ({
      ...{ chainId: hex(chainId), address, nonce: hex(nonce), v: hex(BigInt(yParity)), r: hex(r), s: hex(s) },
      ...{ yParity: hex(BigInt(yParity)), signer: one.tx.signers?.[0] ?? SENDER },
    }));
    this.stateTests[`${this.#name}::${name}[fork_Amsterdam-state_test]`] = {
      _info: { description: this.#source },
      env: {
        ...{
          currentCoinbase: COINBASE,
          currentDifficulty: '0x00',
          currentRandom: '0x00',
          currentBaseFee: hex(BASE_FEE),
        },
        ...{ currentGasLimit: hex(this.genesis.header.gasLimit), currentNumber: hex(number) },
        ...{ currentTimestamp: hex(timestamp), currentExcessBlobGas: '0x00', slotNumber: hex(slot) },
      },
      pre: allocJson(pre),
      transaction: {
        ...{
          nonce: hex(tx.nonce),
          maxPriorityFeePerGas: hex(TIP),
          maxFeePerGas: hex(PRICE),
          to: tx.to ?? '',
        },
        ...{ gasLimit: [hex(tx.gasLimit)], value: [hex(tx.value)], data: [toHex(tx.data)] },
        ...{ accessLists: [lists], sender: SENDER, secretKey: KEY },
        ...(authorizationList === undefined ? {} : { authorizationList }),
      },
      post: {
        Amsterdam: [
          {
            ...{ hash: toHex(stateRoot(post)), logs: toHex(keccak256(encodeRlp(logs.map(logItem)))) },
            ...{ txbytes: toHex(encodeTransaction(tx)), indexes: { data: 0, gas: 0, value: 0 } },
            ...(one.listsState === false ? {} : { state: allocJson(post) }),
          },
        ],
      },
    };
  }
}

const max = (a, b) => (a > b ? a : b);

/** Where a creation transaction of the sender puts its contract (Yellow Paper, 7). */
export const creation = (nonce) => created(SENDER, nonce);
export const created = (creator, nonce) =>
  toHex(keccak256(encodeRlp([fromHex(creator), nonce])).subarray(12));

function systemAccount(which) {
  return account({ nonce: 1n, code: fromHex(system[which].code) });
}
