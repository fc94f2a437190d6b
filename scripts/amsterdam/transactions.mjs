/** What transactions pay, by the EIPs' own cases: 2780, 7976, 7981 and 7778. */

import { fromHex } from '../../dist/bytes.js';
import { signAuthorization } from '../../dist/chain/authorization.js';
import { addressOfPrivateKey } from '../../dist/chain/signature.js';
import * as price from './prices.mjs';
import { account, creation, KEY, Scenario, SENDER, transfer } from './scenario.mjs';
import { code, designator } from './world.mjs';

const { NEW_ACCOUNT, NEW_SLOT, DESIGNATOR, TX, TO, WARM, COLD_SLOT } = price;
const { AUTHORIZATION, ACCOUNT_WRITE, FLOOR_BYTE, LISTED_ADDRESS, LISTED_SLOT } = price;
const { STORAGE_WRITE, CLEAR_REFUND, VERY_LOW, dataGas } = price;
const max = (a, b) => (a > b ? a : b);

const OTHER = '0x3000000000000000000000000000000000000000';
const CONTRACT = '0x1000000000000000000000000000000000000000';
const DELEGATED = '0x5000000000000000000000000000000000000000';
const nobody = (n) => `0x90000000000000000000000000000000000000${n.toString(16).padStart(2, '0')}`;
const STOP = account({ nonce: 1n, code: code('STOP') });

/** Keys of accounts that delegate. */
const keyOf = (n) => new Uint8Array(32).fill(n);
const authorities = Array.from({ length: 8 }, (_, n) => addressOfPrivateKey(keyOf(n + 1)));
const sign = (n, address, nonce = 0n) => signAuthorization({ chainId: 1n, address, nonce }, keyOf(n + 1));
const NONE = '0x0000000000000000000000000000000000000000';

export function eip2780() {
  const funded = creation(9n);
  const chain = new Scenario('eip2780', 'https://eips.ethereum.org/EIPS/eip-2780#test-cases', {
    [OTHER]: account({ balance: 1n }),
    [CONTRACT]: STOP,
    [DELEGATED]: account({ nonce: 1n, code: designator(CONTRACT) }),
    [funded]: account({ balance: 5n }),
    [authorities[1]]: account({ balance: 1n }),
    [authorities[2]]: account({ balance: 1n }),
    [authorities[3]]: account({ balance: 1n }),
  });
  chain.one('selfTransfer', { tx: { to: SENDER, value: 1n }, regular: TX });
  chain.one('noTransferToAccount', { tx: { to: OTHER }, regular: TX + TO });
  chain.one('noTransferToNobody', { tx: { to: nobody(0) }, regular: TX + TO });
  chain.one('noTransferToContract', { tx: { to: CONTRACT }, regular: TX + TO });
  chain.one('transferToAccount', {
    ...{ tx: { to: OTHER, value: 1n }, regular: 21_000n, logs: [transfer(SENDER, OTHER, 1n)] },
    after: { [OTHER]: { balance: 2n } },
  });
  chain.one('transferToNewAccount', {
    ...{ tx: { to: nobody(1), value: 1n }, regular: 21_000n, state: 183_600n },
    ...{ logs: [transfer(SENDER, nobody(1), 1n)], after: { [nobody(1)]: { balance: 1n } } },
  });
  chain.one('transferToDelegated', {
    ...{ tx: { to: DELEGATED, value: 1n }, regular: 24_000n, logs: [transfer(SENDER, DELEGATED, 1n)] },
    ...{ after: { [DELEGATED]: { balance: 1n } }, touched: { [CONTRACT]: [] } },
  });
  chain.one('noTransferToDelegated', {
    ...{ tx: { to: DELEGATED }, regular: 18_000n, touched: { [CONTRACT]: [] } },
  });
  // A delegate that is warm already: 100, besides what the list costs.
  chain.one('delegateFromAccessList', {
    tx: { to: DELEGATED, accessList: [{ address: CONTRACT, storageKeys: [] }] },
    ...{ regular: TX + TO + LISTED_ADDRESS + 20n * FLOOR_BYTE + WARM, touched: { [CONTRACT]: [] } },
  });
  chain.one('createWhereEtherIs', {
    ...{ tx: { to: null, value: 2n }, regular: 24_000n, logs: [transfer(SENDER, funded, 2n)] },
    after: { [funded]: { nonce: 1n, balance: 7n } },
  });
  const first = creation(10n);
  chain.one('create', {
    ...{ tx: { to: null }, regular: 24_000n, state: 183_600n, after: { [first]: { nonce: 1n } } },
  });
  const second = creation(11n);
  chain.one('createWithValue', {
    ...{ tx: { to: null, value: 3n }, regular: 24_000n, state: 183_600n },
    ...{ logs: [transfer(SENDER, second, 3n)], after: { [second]: { nonce: 1n, balance: 3n } } },
  });
  // REVERT(0, 0): two words pushed. The floor of its five bytes is above that.
  const reverting = code(0n, 0n, 'REVERT');
  chain.one('createReverts', {
    ...{ tx: { to: null, value: 3n, data: reverting }, status: false },
    ...{ regular: 24_000n + dataGas(reverting) + 2n + 2n * VERY_LOW, floor: 24_000n + 5n * FLOOR_BYTE },
  });
  // What the charge took from the gas of the frame is consumed with it, what came from the reservoir is not.
  chain.one('createHalts', {
    tx: { to: null, data: code(0xfe), gas: price.MOST + 183_600n + 7n },
    ...{ status: false, regular: price.MOST },
  });
  const short = (name, tx, touched = {}) => chain.one(name, { tx, regular: tx.gas, status: false, touched });
  short('newAccountNotPaid', { to: nobody(2), value: 1n, gas: 21_000n + 183_599n });
  short('creationNotPaid', { to: null, gas: 24_000n + 183_599n });
  short('delegateNotPaid', { to: DELEGATED, value: 1n, gas: 21_000n + 2999n });
  const authorized = (name, index, nonce, fields) => {
    const { list, to = OTHER, value = 0n, gas, base = TX + TO, ...more } = fields;
    const authority = authorities[index];
    const applied = more.status === false ? {} : { [authority]: { nonce, code: fields.code } };
    chain.one(name, {
      tx: { to, value, authorizations: list, signers: [authority], ...(gas === undefined ? {} : { gas }) },
      regular: base + AUTHORIZATION * BigInt(list.length) + fields.more,
      ...{ state: fields.state, touched: { [authority]: [] }, ...more },
      after: { ...applied, ...more.after },
    });
  };
  const toContract = designator(CONTRACT);
  authorized('newAuthority', 0, 1n, {
    ...{ list: [sign(0, CONTRACT)], more: ACCOUNT_WRITE, state: 183_600n + 35_190n, code: toContract },
  });
  authorized('authorityThatExists', 1, 1n, {
    ...{ list: [sign(1, CONTRACT)], more: ACCOUNT_WRITE, state: DESIGNATOR, code: toContract },
  });
  authorized('authorityDelegatesAnew', 1, 2n, {
    ...{ list: [sign(1, OTHER, 1n)], more: ACCOUNT_WRITE, state: 0n, code: designator(OTHER) },
  });
  authorized('authorityClears', 1, 3n, {
    ...{ list: [sign(1, NONE, 2n)], more: ACCOUNT_WRITE, state: 0n, code: new Uint8Array(0) },
  });
  authorized('authorityTwice', 2, 2n, {
    list: [sign(2, OTHER), sign(2, CONTRACT, 1n)],
    ...{ more: ACCOUNT_WRITE, state: DESIGNATOR, code: toContract },
  });
  // Clearing writes no designator: what value pays for the recipient pays for its write as well.
  authorized('authorityIsPaidRecipient', 3, 1n, {
    ...{ list: [sign(3, NONE)], to: authorities[3], value: 1n, base: 21_000n, more: 0n, state: 0n },
    code: new Uint8Array(0),
    logs: [transfer(SENDER, authorities[3], 1n)],
    after: { [authorities[3]]: { nonce: 1n, balance: 2n } },
  });
  const own = chain.nonceOf(SENDER) + 1n;
  chain.one('senderDelegates', {
    tx: {
      ...{ to: OTHER, signers: [SENDER] },
      authorizations: [signAuthorization({ chainId: 1n, address: CONTRACT, nonce: own }, fromHex(KEY))],
    },
    ...{ regular: TX + TO + AUTHORIZATION, state: DESIGNATOR },
    after: { [SENDER]: { nonce: own + 1n, code: toContract } },
  });
  chain.one('selfTransferDelegated', {
    ...{ tx: { to: SENDER, value: 1n }, regular: 15_000n, touched: { [CONTRACT]: [] } },
  });
  authorized('wrongNonce', 4, 0n, {
    ...{ list: [sign(4, CONTRACT, 9n)], more: 0n, state: 0n, code: new Uint8Array(0) },
  });
  // What an authorization brought is undone with the transaction that cannot pay what follows.
  const all = 21_000n + AUTHORIZATION + ACCOUNT_WRITE + NEW_ACCOUNT + DESIGNATOR + NEW_ACCOUNT - 1n;
  authorized('authorizationUndone', 5, 1n, {
    ...{ list: [sign(5, CONTRACT)], to: nobody(3), value: 1n, gas: all, status: false },
    ...{ base: 0n, more: all - AUTHORIZATION, state: 0n },
  });
  // Where the authorization itself cannot be paid, the recipient is not even reached.
  const less = TX + TO + AUTHORIZATION + ACCOUNT_WRITE + NEW_ACCOUNT + DESIGNATOR - 1n;
  authorized('authorizationNotPaid', 5, 1n, {
    ...{ list: [sign(5, CONTRACT)], to: nobody(4), gas: less, status: false, reachesRecipient: false },
    ...{ base: 0n, more: less - AUTHORIZATION, state: 0n },
  });
  const tooLow = 'TransactionException.INTRINSIC_GAS_TOO_LOW';
  chain.refuse(tooLow, [{ to: OTHER, value: 1n, gas: 20_999n }]);
  chain.refuse(tooLow, [{ to: SENDER, value: 1n, gas: 11_999n }]);
  chain.refuse(tooLow, [{ to: OTHER, gas: 14_999n }]);
  chain.refuse(tooLow, [{ to: null, gas: 23_999n }]);
  chain.refuse(tooLow, [{ to: OTHER, gas: TX + TO + AUTHORIZATION - 1n, authorizations: [sign(6, OTHER)] }]);
  return chain.end();
}

export function eip7976() {
  const work = '0x1000000000000000000000000000000000000001';
  const store = '0x1000000000000000000000000000000000000002';
  const clear = '0x1000000000000000000000000000000000000003';
  const chain = new Scenario('eip7976', 'https://eips.ethereum.org/EIPS/eip-7976#test-cases', {
    [OTHER]: account({ balance: 1n }),
    // KECCAK256(0, 7040), twice: 6 a word and 30, and the memory
    [work]: account({ nonce: 1n, code: code(7040n, 0n, 'KECCAK256', 'POP') }),
    [store]: account({ nonce: 1n, code: code(1n, 'CALLDATASIZE', 'SSTORE') }),
    [clear]: account({ nonce: 1n, code: code(0n, 0n, 'SSTORE'), storage: { 0: 1n } }),
  });
  const bytes = (zeros, others) =>
    new Uint8Array([...new Array(zeros).fill(0), ...new Array(others).fill(0xff)]);
  const floorOf = (base, all) => base + 64n * BigInt(all.length);
  for (const [name, zeros, others] of [
    ['zeros', 100, 0],
    ['others', 0, 100],
    ['both', 30, 40],
  ]) {
    const sent = bytes(zeros, others);
    chain.one(`floorOf${name}`, {
      ...{ tx: { to: OTHER, data: sent }, regular: 15_000n + dataGas(sent), floor: floorOf(15_000n, sent) },
    });
  }
  const sent = bytes(10, 10);
  chain.one('floorWithValue', {
    tx: { to: OTHER, value: 1n, data: sent },
    ...{ regular: 21_000n + dataGas(sent), floor: floorOf(21_000n, sent) },
    ...{ after: { [OTHER]: { balance: 2n } }, logs: [transfer(SENDER, OTHER, 1n)] },
  });
  // 7040 bytes are 220 words: above, below and at the floor
  const hashing = 3n * VERY_LOW - VERY_LOW + 30n + 6n * 220n + price.memory(220n) + 2n;
  for (const size of [10, 100, 40]) {
    const list = bytes(0, size);
    const spent = 15_000n + dataGas(list) + hashing;
    chain.one(`executing${size}`, {
      ...{ tx: { to: work, data: list }, regular: spent, floor: floorOf(15_000n, list) },
    });
  }
  // Gas for state does not fill the floor (EIP-8037), but the sender pays only what the sum is.
  const long = bytes(1000, 0);
  const regular = 15_000n + dataGas(long) + VERY_LOW + 2n + COLD_SLOT + STORAGE_WRITE;
  chain.one('stateBesides', {
    ...{ tx: { to: store, data: long }, regular, floor: floorOf(15_000n, long), state: NEW_SLOT },
    ...{ paid: regular + NEW_SLOT, after: { [store]: { storage: { 1000: 1n } } } },
  });
  // After the refund it is the floor again.
  const some = bytes(0, 190);
  const clearing = 15_000n + dataGas(some) + 2n * VERY_LOW + COLD_SLOT + STORAGE_WRITE;
  const floor = floorOf(15_000n, some);
  chain.one('refundDownToTheFloor', {
    ...{
      tx: { to: clear, data: some },
      regular: clearing,
      floor,
      paid: max(clearing - clearing / 5n, floor),
    },
    after: { [clear]: { storage: { 0: 0n } } },
  });
  const below =
    'TransactionException.INTRINSIC_GAS_BELOW_FLOOR_GAS_COST|TransactionException.INTRINSIC_GAS_TOO_LOW';
  chain.refuse(below, [{ to: OTHER, data: bytes(50, 0), gas: 15_000n + 3199n }]);
  chain.refuse(below, [{ to: null, data: bytes(64, 0), gas: 24_000n + 4095n }]);
  return chain.end();
}

export function eip7981() {
  const chain = new Scenario('eip7981', 'https://eips.ethereum.org/EIPS/eip-7981#specification', {
    [OTHER]: account({ balance: 1n }),
    [CONTRACT]: account({ nonce: 1n, code: code(1n, 'SLOAD', 'POP') }),
  });
  const listed = (addresses, keys) =>
    BigInt(addresses) * (LISTED_ADDRESS + 1280n) + BigInt(keys) * (LISTED_SLOT + 2048n);
  const entry = (address, ...storageKeys) => ({ address, storageKeys });
  chain.one('address', { tx: { to: OTHER, accessList: [entry(OTHER)] }, regular: 15_000n + 4180n });
  chain.one('key', { tx: { to: OTHER, accessList: [entry(OTHER, 1n)] }, regular: 15_000n + 4180n + 4048n });
  chain.one('twice', {
    tx: { to: OTHER, accessList: [entry(OTHER, 1n, 1n), entry(OTHER, 1n)] },
    regular: 15_000n + listed(2, 3),
  });
  chain.one('warmSlot', {
    tx: { to: CONTRACT, accessList: [entry(CONTRACT, 1n)] },
    ...{ regular: 15_000n + listed(1, 1) + VERY_LOW + WARM + 2n, touched: { [CONTRACT]: [1n] } },
  });
  // Their bytes come on top of the floor, too: 52 bytes here.
  const sent = new Uint8Array(200).fill(1);
  chain.one('onTheFloor', {
    tx: { to: OTHER, data: sent, accessList: [entry(OTHER, 1n)] },
    ...{ regular: 15_000n + dataGas(sent) + listed(1, 1), floor: 15_000n + 200n * 64n + 52n * 64n },
  });
  const tooLow = 'TransactionException.INTRINSIC_GAS_TOO_LOW';
  chain.refuse(tooLow, [{ to: OTHER, accessList: [entry(OTHER)], gas: 15_000n + 4179n }]);
  const below = `TransactionException.INTRINSIC_GAS_BELOW_FLOOR_GAS_COST|${tooLow}`;
  const floor = 15_000n + 252n * 64n;
  chain.refuse(below, [{ to: OTHER, data: sent, accessList: [entry(OTHER, 1n)], gas: floor - 1n }]);
  return chain.end();
}

export function eip7778() {
  const cost = 15_000n + 4n * VERY_LOW + 2n * (COLD_SLOT + STORAGE_WRITE);
  const most = 2n * CLEAR_REFUND;
  const paid = cost - (cost / 5n < most ? cost / 5n : most);
  const contract = (n) => `0x10000000000000000000000000000000000000${n.toString(16).padStart(2, '0')}`;
  const cleared = { storage: { 0: 0n, 1: 0n } };
  const world = Object.fromEntries(
    [1, 2, 3, 4].map((n) => [
      contract(n),
      account({ nonce: 1n, code: code(0n, 0n, 'SSTORE', 0n, 1n, 'SSTORE'), storage: { 0: 1n, 1: 1n } }),
    ]),
  );
  // Two such transactions fit, and not one more: as far as the block counts, there were no refunds.
  const gasLimit = 2n * cost;
  const chain = new Scenario('eip7778', 'https://eips.ethereum.org/EIPS/eip-7778#test-cases', world, {
    gasLimit,
  });
  const one = (n) => ({
    ...{ tx: { to: contract(n), gas: cost }, regular: cost, paid, after: { [contract(n)]: cleared } },
  });
  chain.one('refundForTheSender', one(1));
  chain.refuse('TransactionException.GAS_ALLOWANCE_EXCEEDED', [
    { to: contract(2), gas: cost },
    { to: contract(3), gas: cost + 1n },
  ]);
  chain.refuse('TransactionException.GAS_ALLOWANCE_EXCEEDED', [
    { to: contract(2), gas: cost },
    { to: contract(3), gas: cost },
    { to: OTHER, gas: 15_000n },
  ]);
  chain.block('fullBlock', { transactions: [one(2), one(3)] });
  return chain.end();
}
