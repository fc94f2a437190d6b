/**
 * What instructions cost and do, by the EIPs' own tables and cases: 7708, 7843, 7954, 8024, 8037, 8038 and 8246.
 * Over 600 lines because one case is read against the others of its EIP, and most cases touch several EIPs.
 */

import * as price from './prices.mjs';
import { account, created, creation, Scenario, SENDER, SYSTEM_ADDRESS, transfer } from './scenario.mjs';
import { code, data, designator, salted } from './world.mjs';

const { NEW_ACCOUNT, NEW_SLOT, CPSB, WARM, COLD_ACCOUNT, COLD_SLOT, STORAGE_WRITE, CLEAR_REFUND, MOST } =
  price;
const { ACCOUNT_WRITE, CREATE_ACCESS, CALL_VALUE, VERY_LOW, BASE, INITCODE_WORD, HASH_WORD, dataGas } = price;
const { SELFDESTRUCT, LOG, memory } = price;

const OTHER = '0x3000000000000000000000000000000000000000';
const contract = (n) => `0x10000000000000000000000000000000000000${n.toString(16).padStart(2, '0')}`;
const nobody = (n) => `0x90000000000000000000000000000000000000${n.toString(16).padStart(2, '0')}`;
const program = (...pieces) => account({ nonce: 1n, code: code(...pieces) });
const rich = (...pieces) => ({ ...program(...pieces), balance: 100n });
const CALLING = 15_000n;
const STIPEND = 2300n;
/** Whoever is called with nothing, with no data: seven words and what comes back dropped. */
const call = (to, value = 0n, gas = 0n, op = 'CALL') => [0n, 0n, 0n, 0n, value, to, gas, op, 'POP'];
const delegateCall = (to, gas, op) => [0n, 0n, 0n, 0n, to, gas, op, 'POP'];
const CALL = 7n * VERY_LOW + BASE;
/** An initcode of up to 32 bytes put into memory from 0 on, and how large it is. */
const inMemory = (initcode) => {
  const padded = new Uint8Array(32);
  padded.set(initcode);
  return [
    BigInt(`0x${[...padded].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`),
    0n,
    'MSTORE',
  ];
};
const IN_MEMORY = 2n * VERY_LOW + VERY_LOW + memory(1n);
const create = (initcode, value = 0n) => [
  ...inMemory(initcode),
  BigInt(initcode.length),
  0n,
  value,
  'CREATE',
];
const CREATE = IN_MEMORY + 3n * VERY_LOW + CREATE_ACCESS + INITCODE_WORD;
const create2 = (initcode, value = 0n, salt = 0n) => [
  ...inMemory(initcode),
  ...[salt, BigInt(initcode.length), 0n, value, 'CREATE2'],
];
/** one word to hash besides */
const CREATE2 = CREATE + VERY_LOW + 6n;

export function eip7708() {
  const log = { address: contract(1), topics: [], data: new Uint8Array(0) };
  const chain = new Scenario('eip7708', 'https://eips.ethereum.org/EIPS/eip-7708#test-cases', {
    [OTHER]: account({ balance: 1n }),
    [contract(1)]: rich(0n, 0n, 'LOG0', ...call(OTHER, 3n)),
    [contract(2)]: rich(...call(contract(1), 2n, 100_000n), ...call(OTHER, 1n)),
    [contract(3)]: rich(0n, 0n, 7n, 'CREATE', 'POP'),
    [contract(4)]: rich(OTHER, 'SELFDESTRUCT'),
    [contract(5)]: rich('ADDRESS', 'SELFDESTRUCT'),
    [contract(6)]: rich(...call(OTHER, 3n), 0n, 0n, 'REVERT'),
    [contract(7)]: rich(...call(contract(6), 2n, 100_000n)),
    [contract(8)]: rich(...call(OTHER, 3n, 0n, 'CALLCODE'), ...delegateCall(OTHER, 0n, 'DELEGATECALL')),
    [contract(9)]: rich(...call(contract(9), 3n)),
    [contract(10)]: rich(0n, 0n, 7n, 'CREATE', 'POP', 0n, 0n, 101n, 'CREATE', 'POP'),
    [contract(11)]: rich(...create2(code(0n, 0n, 'REVERT'), 4n), 'POP'),
    [contract(12)]: account({ nonce: 1n, code: designator(contract(1)), balance: 10n }),
    [contract(13)]: rich(...call(SYSTEM_ADDRESS, 1n)),
  });
  const LOG0 = 2n * VERY_LOW + LOG;
  const toOther = CALL + COLD_ACCOUNT + CALL_VALUE - STIPEND;
  let other = 1n;
  const paid = (n) => {
    other += n;
    return { [OTHER]: { balance: other } };
  };
  chain.one('transferBeforeOthers', {
    ...{ tx: { to: contract(1), value: 5n }, regular: 21_000n + LOG0 + toOther },
    logs: [transfer(SENDER, contract(1), 5n), log, transfer(contract(1), OTHER, 3n)],
    ...{ after: { [contract(1)]: { balance: 102n }, ...paid(3n) }, touched: { [OTHER]: [] } },
  });
  chain.one('nothingSentNothingLogged', {
    ...{
      tx: { to: contract(3) },
      regular: CALLING + 3n * VERY_LOW + CREATE_ACCESS + BASE,
      state: NEW_ACCOUNT,
    },
    logs: [transfer(contract(3), created(contract(3), 1n), 7n)],
    after: {
      [contract(3)]: { nonce: 2n, balance: 93n },
      [created(contract(3), 1n)]: { nonce: 1n, balance: 7n },
    },
  });
  chain.one('nestedInOrder', {
    tx: { to: contract(2) },
    // within 1, the other is reached first; 2300 of the gas given are a stipend that comes back
    regular:
      CALLING +
      CALL +
      COLD_ACCOUNT +
      CALL_VALUE -
      STIPEND +
      LOG0 +
      toOther +
      (CALL + WARM + CALL_VALUE - STIPEND),
    logs: [
      transfer(contract(2), contract(1), 2n),
      log,
      transfer(contract(1), OTHER, 3n),
      transfer(contract(2), OTHER, 1n),
    ],
    after: { [contract(2)]: { balance: 97n }, [contract(1)]: { balance: 101n }, ...paid(4n) },
  });
  chain.one('selfdestructToOther', {
    ...{ tx: { to: contract(4) }, regular: CALLING + VERY_LOW + SELFDESTRUCT + COLD_ACCOUNT },
    ...{
      logs: [transfer(contract(4), OTHER, 100n)],
      after: { [contract(4)]: { balance: 0n }, ...paid(100n) },
    },
  });
  chain.one('selfdestructToItself', {
    ...{ tx: { to: contract(5) }, regular: CALLING + BASE + SELFDESTRUCT },
  });
  chain.one('revertedWithTheTransaction', {
    ...{ tx: { to: contract(6), value: 5n }, regular: 21_000n + toOther + 2n * VERY_LOW },
    ...{ status: false, touched: { [OTHER]: [] } },
  });
  chain.one('revertedWithTheCall', {
    tx: { to: contract(7), value: 5n },
    regular: 21_000n + CALL + COLD_ACCOUNT + CALL_VALUE - STIPEND + toOther + 2n * VERY_LOW,
    ...{ logs: [transfer(SENDER, contract(7), 5n)], after: { [contract(7)]: { balance: 105n } } },
    touched: { [OTHER]: [], [contract(6)]: [] },
  });
  chain.one('etherThatStays', {
    tx: { to: contract(8) },
    regular: CALLING + toOther + 6n * VERY_LOW + BASE + WARM,
    touched: { [OTHER]: [] },
  });
  // To itself, which runs again: until the gas that it gives, none, ends it at its first instruction.
  chain.one('callToItself', {
    ...{ tx: { to: contract(9) }, regular: CALLING + CALL + WARM + CALL_VALUE },
  });
  chain.one('endowmentThatIsNotThere', {
    ...{
      tx: { to: contract(10) },
      regular: CALLING + 2n * (3n * VERY_LOW + CREATE_ACCESS + BASE),
      state: NEW_ACCOUNT,
    },
    logs: [transfer(contract(10), created(contract(10), 1n), 7n)],
    after: {
      [contract(10)]: { nonce: 2n, balance: 93n },
      [created(contract(10), 1n)]: { nonce: 1n, balance: 7n },
    },
  });
  chain.one('creationThatReverts', {
    ...{ tx: { to: contract(11) }, regular: CALLING + CREATE2 + 2n * VERY_LOW + BASE },
    after: { [contract(11)]: { nonce: 2n } },
    touched: { [salted(contract(11), 0n, code(0n, 0n, 'REVERT'))]: [] },
  });
  chain.one('delegated', {
    tx: { to: contract(12), value: 1n },
    regular: 21_000n + COLD_ACCOUNT + LOG0 + toOther,
    logs: [
      transfer(SENDER, contract(12), 1n),
      { ...log, address: contract(12) },
      transfer(contract(12), OTHER, 3n),
    ],
    ...{ after: { [contract(12)]: { balance: 8n }, ...paid(3n) }, touched: { [contract(1)]: [] } },
  });
  chain.one('toTheSystemAddress', {
    ...{
      tx: { to: contract(13) },
      regular: CALLING + CALL + COLD_ACCOUNT + CALL_VALUE - STIPEND,
      state: NEW_ACCOUNT,
    },
    logs: [transfer(contract(13), SYSTEM_ADDRESS, 1n)],
    after: { [contract(13)]: { balance: 99n }, [SYSTEM_ADDRESS]: { balance: 1n } },
  });
  return chain.end();
}

export function eip7843() {
  const chain = new Scenario('eip7843', 'https://eips.ethereum.org/EIPS/eip-7843#specification', {
    [contract(1)]: program(0x4b, 0n, 'SSTORE'),
  });
  const most = 2n ** 64n - 1n;
  const cost = CALLING + BASE + VERY_LOW;
  chain.one('slotNumber', {
    ...{
      tx: { to: contract(1) },
      slotNumber: 77n,
      regular: cost + COLD_SLOT + STORAGE_WRITE,
      state: NEW_SLOT,
    },
    after: { [contract(1)]: { storage: { 0: 77n } } },
  });
  chain.one('mostSlots', {
    ...{ tx: { to: contract(1) }, slotNumber: most, regular: cost + COLD_SLOT + STORAGE_WRITE },
    after: { [contract(1)]: { storage: { 0: most } } },
  });
  chain.one('slotZero', {
    ...{ tx: { to: contract(1) }, slotNumber: 0n, regular: cost + COLD_SLOT + STORAGE_WRITE },
    paid: cost + COLD_SLOT + STORAGE_WRITE - (cost + COLD_SLOT + STORAGE_WRITE) / 5n,
    after: { [contract(1)]: { storage: { 0: 0n } } },
  });
  return chain.end();
}

export function eip7954() {
  const chain = new Scenario('eip7954', 'https://eips.ethereum.org/EIPS/eip-7954#specification', {
    [contract(1)]: program(131_072n, 0n, 0n, 'CREATE', 'POP'),
    [contract(2)]: program(131_073n, 0n, 0n, 'CREATE', 'POP'),
  });
  // 4096 words of zeros as initcode: STOP
  chain.one('initcodeOf131072', {
    tx: { to: contract(1) },
    regular: CALLING + 3n * VERY_LOW + CREATE_ACCESS + 4096n * INITCODE_WORD + memory(4096n) + BASE,
    ...{ state: NEW_ACCOUNT },
    after: { [contract(1)]: { nonce: 2n }, [created(contract(1), 1n)]: { nonce: 1n } },
  });
  chain.one('initcodeOf131073', {
    ...{ tx: { to: contract(2), gas: 400_000n }, regular: 400_000n, status: false },
  });
  const deploying = (size) => code(BigInt(size), 0n, 'RETURN');
  const large = deploying(65_537);
  chain.one('codeOf65537', {
    ...{ tx: { to: null, data: large, gas: MOST + 102_000_000n }, regular: MOST, status: false },
  });
  const most = deploying(65_536);
  const address = creation(3n);
  chain.one('codeOf65536', {
    tx: { to: null, data: most, gas: MOST + 102_000_000n },
    regular: 24_000n + dataGas(most) + INITCODE_WORD + 2n * VERY_LOW + memory(2048n) + 2048n * HASH_WORD,
    ...{ state: NEW_ACCOUNT + 65_536n * CPSB, listsState: false },
    after: { [address]: { nonce: 1n, code: new Uint8Array(65_536) } },
  });
  return chain.end();
}

/** The stack, from the top down, as it is when the code ends: put into slots 0, 1, 2 and so on where it is not 0. */
export function eip8024() {
  const cases = [
    ['dupn', data('0x60016000808080808080808080808080808080e680'), [1n, ...new Array(16).fill(0n), 1n]],
    ['swapn', data('0x600160008080808080808080808080808080806002e780'), [1n, ...new Array(16).fill(0n), 2n]],
    [
      'exchangeCutShort',
      data('0x600260008080808080600160008080808080808080e8'),
      [...new Array(9).fill(0n), 2n, ...new Array(6).fill(0n), 1n],
    ],
    ['exchange', data('0x600060016002e88e'), [2n, 0n, 1n]],
    [
      'exchangeDeep',
      data('0x600080808080808080808080808080808080808080808080808080808060016002e88f'),
      [2n, ...new Array(28).fill(0n), 1n],
    ],
    ['exchangeThenIszero', data('0x60008080e88e15'), [1n, 0n, 0n]],
  ];
  const failing = [
    ['swapnOfJumpdest', data('0xe75b')],
    ['exchangeOf52', data('0xe852')],
    ['dupnOfTooFew', data('0x6000808080808080808080808080808080e680')],
  ];
  // No stack is seen from outside; so each is tried with what stores it behind.
  const chainOf = () => {
    const accounts = {};
    cases.forEach(([, bytes, stack], n) => {
      const stores = stack.flatMap((_, i) => [BigInt(i), 'SSTORE']);
      // What is cut short at the end of code cannot go on: there its operand is written out.
      const whole = bytes[bytes.length - 1] === 0xe8 ? code(bytes, 0x00) : bytes;
      accounts[contract(n)] = account({ nonce: 1n, code: code(whole, ...stores) });
    });
    failing.forEach(([, bytes], n) => {
      accounts[contract(0x40 + n)] = account({ nonce: 1n, code: bytes });
    });
    accounts[contract(0x60)] = account({ nonce: 1n, code: data('0x600456e65b') });
    // at the end of code, where the operand is 0
    accounts[contract(0x61)] = account({ nonce: 1n, code: cases[2][1] });
    return accounts;
  };
  const chain = new Scenario('eip8024', 'https://eips.ethereum.org/EIPS/eip-8024#test-cases', chainOf());
  cases.forEach(([name, bytes, stack], n) => {
    const stored = Object.fromEntries(
      stack.map((value, i) => [i, value]).filter(([, value]) => value !== 0n),
    );
    const instructions = instructionsIn(bytes);
    const writes = BigInt(Object.keys(stored).length);
    const size = BigInt(stack.length);
    chain.one(name, {
      tx: { to: contract(n) },
      regular: CALLING + VERY_LOW * (instructions + size) + COLD_SLOT * size + STORAGE_WRITE * writes,
      ...{ state: NEW_SLOT * writes, after: { [contract(n)]: { storage: stored } } },
      touched: { [contract(n)]: stack.map((_, i) => BigInt(i)) },
    });
  });
  failing.forEach(([name], n) => {
    chain.one(name, { tx: { to: contract(0x40 + n), gas: 50_000n }, regular: 50_000n, status: false });
  });
  chain.one('jumpBehindDupn', { tx: { to: contract(0x60) }, regular: CALLING + VERY_LOW + 8n + 1n });
  chain.one('exchangeAtTheEnd', {
    ...{ tx: { to: contract(0x61) }, regular: CALLING + VERY_LOW * instructionsIn(cases[2][1]) },
  });
  return chain.end();
}

/** How many instructions there are, all of 3 gas: pushes of one byte and those of EIP-8024 have an operand. */
function instructionsIn(bytes) {
  let count = 0n;
  for (let i = 0; i < bytes.length; i++) {
    count++;
    if (bytes[i] === 0x60 || bytes[i] >= 0xe6) i++;
  }
  return count;
}

export function eip8038() {
  // Original value, the values that are stored, regular gas without the pushes, state gas, refund (EIP-8038's table)
  const COLD = COLD_SLOT;
  const cases = [
    ['newSlotCold', 0n, [5n], COLD + STORAGE_WRITE, NEW_SLOT, 0n],
    ['changeCold', 3n, [5n], COLD + STORAGE_WRITE, 0n, 0n],
    ['clearCold', 3n, [0n], COLD + STORAGE_WRITE, 0n, CLEAR_REFUND],
    ['setAndReset', 0n, [5n, 0n], COLD + STORAGE_WRITE + WARM, 0n, STORAGE_WRITE],
    ['setAndChange', 0n, [5n, 6n], COLD + STORAGE_WRITE + WARM, NEW_SLOT, 0n],
    ['changeAndRestore', 3n, [5n, 3n], COLD + STORAGE_WRITE + WARM, 0n, STORAGE_WRITE],
    ['changeAndClear', 3n, [5n, 0n], COLD + STORAGE_WRITE + WARM, 0n, CLEAR_REFUND],
    ['clearAndRestore', 3n, [0n, 3n], COLD + STORAGE_WRITE + WARM, 0n, STORAGE_WRITE],
    ['clearAndSetAnew', 3n, [0n, 5n], COLD + STORAGE_WRITE + WARM, 0n, 0n],
    ['changeTwice', 3n, [5n, 6n], COLD + STORAGE_WRITE + WARM, 0n, 0n],
    ['noChange', 3n, [3n], COLD, 0n, 0n],
    ['noChangeOfNothing', 0n, [0n], COLD, 0n, 0n],
  ];
  const warm = [
    ['newSlotWarm', 0n, 5n, NEW_SLOT, 0n],
    ['changeWarm', 3n, 5n, 0n, 0n],
    ['clearWarm', 3n, 0n, 0n, CLEAR_REFUND],
  ];
  const reach = (...pieces) => program(...pieces, 'POP');
  const world = { [OTHER]: account({ balance: 1n }) };
  cases.forEach(([, original, values], n) => {
    const stores = values.flatMap((value) => [value, 1n, 'SSTORE']);
    world[contract(n)] = account({ nonce: 1n, code: code(...stores), storage: { 1: original } });
  });
  warm.forEach(([, original, value], n) => {
    const body = code(1n, 'SLOAD', 'POP', value, 1n, 'SSTORE');
    world[contract(0x20 + n)] = account({ nonce: 1n, code: body, storage: { 1: original } });
  });
  const accounts = [
    ['balance', [OTHER, 'BALANCE'], VERY_LOW + COLD_ACCOUNT + BASE],
    ['extcodehash', [OTHER, 'EXTCODEHASH'], VERY_LOW + COLD_ACCOUNT + BASE],
    ['extcodesize', [OTHER, 'EXTCODESIZE'], VERY_LOW + COLD_ACCOUNT + WARM + BASE],
    ['extcodesizeWarm', ['ADDRESS', 'EXTCODESIZE'], BASE + WARM + WARM + BASE],
    ['balanceWarm', ['ADDRESS', 'BALANCE'], BASE + WARM + BASE],
  ];
  accounts.forEach(([, pieces], n) => {
    world[contract(0x30 + n)] = reach(...pieces);
  });
  const calls = [
    [
      'extcodecopy',
      [32n, 0n, 0n, OTHER, 'EXTCODECOPY'],
      4n * VERY_LOW + COLD_ACCOUNT + WARM + 3n + memory(1n),
      {},
    ],
    ['call', call(OTHER), CALL + COLD_ACCOUNT, {}],
    ['callTwice', [...call(OTHER), ...call(OTHER)], 2n * CALL + COLD_ACCOUNT + WARM, {}],
    ['delegatecall', delegateCall(OTHER, 0n, 'DELEGATECALL'), CALL - VERY_LOW + COLD_ACCOUNT, {}],
    ['staticcall', delegateCall(OTHER, 0n, 'STATICCALL'), CALL - VERY_LOW + COLD_ACCOUNT, {}],
  ];
  calls.forEach(([, pieces], n) => {
    world[contract(0x40 + n)] = program(...pieces);
  });
  world[contract(0x50)] = rich(...call(OTHER, 1n), ...call(OTHER, 1n));
  world[contract(0x51)] = rich(nobody(1), 'SELFDESTRUCT');
  world[contract(0x52)] = program(nobody(2), 'SELFDESTRUCT');
  world[contract(0x53)] = rich(OTHER, 'SELFDESTRUCT');
  world[contract(0x54)] = {
    ...program(96_000n, 0n, 'KECCAK256', 'POP', 0n, 1n, 'SSTORE'),
    storage: { 1: 3n },
  };
  const chain = new Scenario('eip8038', 'https://eips.ethereum.org/EIPS/eip-8038#specification', world);
  const capped = (regular, state, refund) => {
    const most = (regular + state) / 5n;
    return regular + state - (refund < most ? refund : most);
  };
  const stores = (name, to, regular, state, refund, original, value) => {
    chain.one(name, {
      ...{ tx: { to }, regular, state, paid: capped(regular, state, refund), touched: { [to]: [1n] } },
      after: value === original ? {} : { [to]: { storage: { 1: value } } },
    });
  };
  cases.forEach(([name, original, values, cost, state, refund], n) => {
    const regular = CALLING + BigInt(values.length) * 2n * VERY_LOW + cost;
    stores(name, contract(n), regular, state, refund, original, values.at(-1));
  });
  warm.forEach(([name, original, value, state, refund], n) => {
    const regular = CALLING + VERY_LOW + COLD_SLOT + BASE + 2n * VERY_LOW + WARM + STORAGE_WRITE;
    stores(name, contract(0x20 + n), regular, state, refund, original, value);
  });
  accounts.forEach(([name, , cost], n) => {
    const isWarm = name.endsWith('Warm');
    chain.one(name, {
      ...{ tx: { to: contract(0x30 + n) }, regular: CALLING + cost, touched: isWarm ? {} : { [OTHER]: [] } },
    });
  });
  calls.forEach(([name, , cost], n) => {
    chain.one(name, { tx: { to: contract(0x40 + n) }, regular: CALLING + cost, touched: { [OTHER]: [] } });
  });
  // ACCOUNT_WRITE is paid by every call that moves ether.
  chain.one('callsWithValue', {
    tx: { to: contract(0x50) },
    regular: CALLING + 2n * CALL + COLD_ACCOUNT + WARM + 2n * (CALL_VALUE - STIPEND),
    logs: [transfer(contract(0x50), OTHER, 1n), transfer(contract(0x50), OTHER, 1n)],
    after: { [contract(0x50)]: { balance: 98n }, [OTHER]: { balance: 3n } },
  });
  const ending = CALLING + VERY_LOW + SELFDESTRUCT + COLD_ACCOUNT;
  chain.one('selfdestructMakesAccount', {
    ...{ tx: { to: contract(0x51) }, regular: ending + ACCOUNT_WRITE, state: NEW_ACCOUNT },
    logs: [transfer(contract(0x51), nobody(1), 100n)],
    after: { [contract(0x51)]: { balance: 0n }, [nobody(1)]: { balance: 100n } },
  });
  chain.one('selfdestructOfNothing', {
    ...{ tx: { to: contract(0x52) }, regular: ending, touched: { [nobody(2)]: [] } },
  });
  chain.one('selfdestructToAccount', {
    ...{ tx: { to: contract(0x53) }, regular: ending, logs: [transfer(contract(0x53), OTHER, 100n)] },
    after: { [contract(0x53)]: { balance: 0n }, [OTHER]: { balance: 103n } },
  });
  // Where enough is spent, all of STORAGE_CLEAR_REFUND comes back: 3000 words hashed before.
  const hashing = 2n * VERY_LOW + 30n + 6n * 3000n + memory(3000n) + BASE;
  const clearing = CALLING + hashing + 2n * VERY_LOW + COLD_SLOT + STORAGE_WRITE;
  chain.one('clearRefundInFull', {
    ...{ tx: { to: contract(0x54) }, regular: clearing, refund: CLEAR_REFUND },
    after: { [contract(0x54)]: { storage: { 1: 0n } } },
  });
  return chain.end();
}

export function eip8037() {
  const halting = code(0xfe);
  const reverting = code(0n, 0n, 'REVERT');
  const deploying = code(40n, 0n, 'RETURN');
  const world = {
    [OTHER]: account({ balance: 1n }),
    [contract(1)]: program(5n, 1n, 'SSTORE'),
    [contract(2)]: program(5n, 1n, 'SSTORE', 0n, 0n, 'REVERT'),
    [contract(3)]: program(5n, 1n, 'SSTORE', 0xfe),
    [contract(4)]: program(...call(contract(2), 0n, 200_000n)),
    [contract(5)]: program(...call(contract(3), 0n, 200_000n)),
    [contract(6)]: rich(...call(nobody(1), 1n)),
    [contract(7)]: rich(...call(nobody(2), 101n)),
    [contract(8)]: rich(...call('0x0000000000000000000000000000000000000009', 1n, 50_000n)),
    [contract(9)]: program(...create(deploying), 'POP'),
    [contract(10)]: program(...create(reverting), 'POP'),
    [contract(11)]: program(...create(code('STOP')), 'POP'),
    [created(contract(11), 1n)]: account({ balance: 1n }),
    [contract(12)]: program(0n, 0n, 101n, 'CREATE', 'POP'),
    [contract(13)]: program(0n, 0n, 0n, 'CREATE', 'POP'),
    [created(contract(13), 1n)]: account({ storage: { 1: 1n } }),
    // What GAS says before and after a slot is set and cleared
    [contract(14)]: program(
      'GAS',
      1n,
      1n,
      'SSTORE',
      'GAS',
      0n,
      1n,
      'SSTORE',
      'GAS',
      2n,
      'SSTORE',
      3n,
      'SSTORE',
      4n,
      'SSTORE',
    ),
    [contract(15)]: program(...create(code(OTHER, 'SELFDESTRUCT')), 'POP'),
    // gives 2200 gas, and so the SSTORE of whom it calls stays below the stipend
    [contract(16)]: program(...call(contract(1), 0n, 2306n)),
  };
  const chain = new Scenario('eip8037', 'https://eips.ethereum.org/EIPS/eip-8037#specification', world);
  const storing = 2n * VERY_LOW + COLD_SLOT + STORAGE_WRITE;
  const slot = { [contract(1)]: { storage: { 1: 5n } } };
  const halfSlot = NEW_SLOT / 2n;
  // From gas_left, from the reservoir alone, and from both.
  for (const [name, n, gas] of [
    ['slotFromGas', 0n, 200_000n],
    ['slotFromReservoir', 5n, MOST + NEW_SLOT],
    ['slotFromBoth', 5n, MOST + halfSlot],
  ]) {
    if (n === 0n) {
      chain.one(name, {
        tx: { to: contract(1), gas },
        regular: CALLING + storing,
        state: NEW_SLOT,
        after: slot,
      });
      continue;
    }
    // The slot is there already: no state gas, whatever is in the reservoir.
    chain.one(`${name}Again`, {
      ...{
        tx: { to: contract(1), gas },
        regular: CALLING + 2n * VERY_LOW + COLD_SLOT,
        touched: { [contract(1)]: [1n] },
      },
    });
  }
  const fails = (name, tx, fields) => chain.one(name, { tx, ...fields });
  const reads = (address) => ({ [address]: [1n] });
  fails(
    'transactionReverts',
    { to: contract(2) },
    {
      ...{ regular: CALLING + storing + 2n * VERY_LOW, status: false, touched: reads(contract(2)) },
    },
  );
  fails(
    'transactionHalts',
    { to: contract(3), gas: 300_000n },
    {
      ...{ regular: 300_000n, status: false, touched: reads(contract(3)) },
    },
  );
  // The reservoir is whole again, and comes back to the sender.
  fails(
    'transactionHaltsWithReservoir',
    { to: contract(3), gas: MOST + NEW_SLOT + 9n },
    {
      ...{ regular: MOST, status: false, touched: reads(contract(3)) },
    },
  );
  fails(
    'callReverts',
    { to: contract(4) },
    {
      regular: CALLING + CALL + COLD_ACCOUNT + storing + 2n * VERY_LOW,
      touched: reads(contract(2)),
    },
  );
  fails(
    'callHalts',
    { to: contract(5) },
    {
      ...{ regular: CALLING + CALL + COLD_ACCOUNT + 200_000n, touched: reads(contract(3)) },
    },
  );
  fails(
    'callHaltsWithReservoir',
    { to: contract(5), gas: MOST + NEW_SLOT },
    {
      ...{ regular: CALLING + CALL + COLD_ACCOUNT + 200_000n, touched: reads(contract(3)) },
    },
  );
  const sending = CALL + COLD_ACCOUNT + CALL_VALUE - STIPEND;
  chain.one('callMakesAccount', {
    ...{ tx: { to: contract(6) }, regular: CALLING + sending, state: NEW_ACCOUNT },
    logs: [transfer(contract(6), nobody(1), 1n)],
    after: { [contract(6)]: { balance: 99n }, [nobody(1)]: { balance: 1n } },
  });
  chain.one('callWithoutTheEther', {
    ...{ tx: { to: contract(7) }, regular: CALLING + sending, touched: { [nobody(2)]: [] } },
  });
  // A precompile that nobody has sent ether to, and that fails: all 52,300 of its gas, and the account is not made.
  chain.one('callOfFailingPrecompile', {
    tx: { to: contract(8) },
    regular: CALLING + CALL + CALL_VALUE + WARM + 50_000n,
    touched: { '0x0000000000000000000000000000000000000009': [] },
  });
  const deployed = created(contract(9), 1n);
  chain.one('createDeploys', {
    tx: { to: contract(9) },
    // the code takes 40 bytes of memory, and two words to hash
    regular: CALLING + CREATE + 2n * VERY_LOW + memory(2n) + 2n * HASH_WORD + BASE,
    ...{ state: NEW_ACCOUNT + 40n * CPSB },
    after: { [contract(9)]: { nonce: 2n }, [deployed]: { nonce: 1n, code: new Uint8Array(40) } },
  });
  chain.one('createReverts', {
    ...{ tx: { to: contract(10) }, regular: CALLING + CREATE + 2n * VERY_LOW + BASE },
    ...{ after: { [contract(10)]: { nonce: 2n } }, touched: { [created(contract(10), 1n)]: [] } },
  });
  chain.one('createWhereEtherIs', {
    ...{ tx: { to: contract(11) }, regular: CALLING + CREATE + BASE },
    after: { [contract(11)]: { nonce: 2n }, [created(contract(11), 1n)]: { nonce: 1n } },
  });
  // Not enough ether: nothing is read and nothing charged, and the nonce stays.
  chain.one('createWithoutTheEther', {
    ...{ tx: { to: contract(12) }, regular: CALLING + 3n * VERY_LOW + CREATE_ACCESS + BASE },
  });
  // Storage alone collides: charged, given back; the gas that was forwarded is gone.
  const gas = 400_000n;
  const left = gas - CALLING - 3n * VERY_LOW - CREATE_ACCESS - NEW_ACCOUNT;
  chain.one('createCollidesWithStorage', {
    tx: { to: contract(13), gas },
    regular: CALLING + 3n * VERY_LOW + CREATE_ACCESS + (left - left / 64n) + BASE,
    after: { [contract(13)]: { nonce: 2n } },
    touched: { [created(contract(13), 1n)]: [] },
  });
  // Last in, first out: half of the slot's gas came from the reservoir, and comes back there last.
  const start = MOST - CALLING;
  const first = start - BASE;
  const second = first - 2n * VERY_LOW - COLD_SLOT - STORAGE_WRITE - halfSlot - BASE;
  const third = second - 2n * VERY_LOW - WARM + halfSlot - BASE;
  const regular =
    CALLING +
    3n * BASE +
    4n * VERY_LOW +
    COLD_SLOT +
    STORAGE_WRITE +
    WARM +
    3n * (VERY_LOW + COLD_SLOT + STORAGE_WRITE);
  const most = (regular + 3n * NEW_SLOT) / 5n;
  chain.one('refillInOrder', {
    ...{ tx: { to: contract(14), gas: MOST + halfSlot }, regular, state: 3n * NEW_SLOT },
    paid: regular + 3n * NEW_SLOT - (STORAGE_WRITE < most ? STORAGE_WRITE : most),
    ...{
      touched: { [contract(14)]: [1n] },
      after: { [contract(14)]: { storage: { 2: third, 3: second, 4: first } } },
    },
  });
  // An account that comes and goes in one transaction is paid for all the same.
  chain.one('createdAndDestroyed', {
    tx: { to: contract(15) },
    regular: CALLING + CREATE + VERY_LOW + SELFDESTRUCT + COLD_ACCOUNT + BASE,
    ...{ state: NEW_ACCOUNT, after: { [contract(15)]: { nonce: 2n } } },
    touched: { [created(contract(15), 1n)]: [], [OTHER]: [] },
  });
  // 2300 are left when SSTORE begins: not more than the stipend, and so the slot is not reached (EIP-7928).
  chain.one('sstoreWithinStipend', {
    ...{
      tx: { to: contract(16) },
      regular: CALLING + CALL + COLD_ACCOUNT + 2306n,
      touched: { [contract(1)]: [] },
    },
  });
  chain.one('collidingTransaction', {
    ...{ tx: { to: null, gas: 500_000n, data: halting }, status: false, regular: 500_000n },
  });
  return chain.end();
}

export function eip8246() {
  const toItself = code('ADDRESS', 'SELFDESTRUCT');
  const toOther = code(OTHER, 'SELFDESTRUCT');
  const makesOne = code(0n, 0n, 0n, 'CREATE', 'POP', 'ADDRESS', 'SELFDESTRUCT');
  const makesOneToOther = code(0n, 0n, 0n, 'CREATE', 'POP', 'CALLER', 'SELFDESTRUCT');
  const stores = code(1n, 1n, 'SSTORE', 'ADDRESS', 'SELFDESTRUCT');
  const storesToOther = code(1n, 1n, 'SSTORE', 'CALLER', 'SELFDESTRUCT');
  // A call of what was created, whose address is on the stack, with value.
  const again = (value) => [0n, 0n, 0n, 0n, value, 'DUP6', 'GAS', 'CALL', 'POP'];
  const AGAIN = 5n * VERY_LOW + VERY_LOW + BASE + WARM + BASE;
  const SENT = CALL_VALUE - STIPEND;
  const world = {
    [OTHER]: account({ balance: 1n }),
    [contract(1)]: rich(...create(toItself, 7n), 'POP'),
    [contract(2)]: rich(...create(toItself), 'POP'),
    [contract(3)]: rich(...create(toOther, 7n), ...again(4n), 'POP'),
    [contract(4)]: rich(...create(toOther, 7n), ...again(4n), ...again(2n), 'POP'),
    [contract(5)]: rich(...create(toItself, 7n), ...again(4n), 'POP'),
    [contract(6)]: rich(...create(makesOne, 7n), 'POP'),
    [contract(7)]: rich(...create(makesOneToOther, 7n), 'POP'),
    [contract(8)]: rich(...create(stores, 7n), 'POP'),
    [contract(9)]: rich(...create(storesToOther, 7n), 'POP'),
    [contract(10)]: rich(...create2(toItself, 7n), 'POP'),
    [contract(11)]: rich(...create(code('ADDRESS', 'SELFDESTRUCT'), 7n), 'POP', 0n, 0n, 'REVERT'),
    [contract(12)]: rich('ADDRESS', 'SELFDESTRUCT'),
  };
  const chain = new Scenario('eip8246', 'https://eips.ethereum.org/EIPS/eip-8246#test-cases', world);
  const address = (n) => created(contract(n), 1n);
  const SELF = BASE + SELFDESTRUCT;
  const run = (name, n, regular, state, fields) =>
    chain.one(name, {
      ...{ tx: { to: contract(n) }, regular: CALLING + CREATE + regular + BASE, state },
      ...fields,
      after: { [contract(n)]: { nonce: 2n, balance: 93n }, ...fields.after },
    });
  run('toItself', 1, SELF, NEW_ACCOUNT, {
    ...{ logs: [transfer(contract(1), address(1), 7n)], after: { [address(1)]: { balance: 7n } } },
  });
  run('toItselfWithNothing', 2, SELF, NEW_ACCOUNT, {
    ...{ after: { [contract(2)]: { nonce: 2n } }, touched: { [address(2)]: [] } },
  });
  run('toOtherThenSent', 3, VERY_LOW + SELFDESTRUCT + COLD_ACCOUNT + AGAIN + SENT, NEW_ACCOUNT, {
    logs: [
      transfer(contract(3), address(3), 7n),
      transfer(address(3), OTHER, 7n),
      transfer(contract(3), address(3), 4n),
    ],
    after: {
      [contract(3)]: { nonce: 2n, balance: 89n },
      [address(3)]: { balance: 4n },
      [OTHER]: { balance: 8n },
    },
  });
  run('toOtherThenSentTwice', 4, VERY_LOW + SELFDESTRUCT + COLD_ACCOUNT + 2n * (AGAIN + SENT), NEW_ACCOUNT, {
    logs: [
      transfer(contract(4), address(4), 7n),
      transfer(address(4), OTHER, 7n),
      transfer(contract(4), address(4), 4n),
      transfer(contract(4), address(4), 2n),
    ],
    after: {
      [contract(4)]: { nonce: 2n, balance: 87n },
      [address(4)]: { balance: 6n },
      [OTHER]: { balance: 15n },
    },
  });
  run('toItselfThenSent', 5, SELF + AGAIN + SENT, NEW_ACCOUNT, {
    logs: [transfer(contract(5), address(5), 7n), transfer(contract(5), address(5), 4n)],
    after: { [contract(5)]: { nonce: 2n, balance: 89n }, [address(5)]: { balance: 11n } },
  });
  const inner = 3n * VERY_LOW + CREATE_ACCESS + BASE;
  run('createsAndGoesToItself', 6, inner + SELF, 2n * NEW_ACCOUNT, {
    logs: [transfer(contract(6), address(6), 7n)],
    after: { [address(6)]: { balance: 7n }, [created(address(6), 1n)]: { nonce: 1n } },
  });
  run('createsAndGoesToOther', 7, inner + SELF, 2n * NEW_ACCOUNT, {
    logs: [transfer(contract(7), address(7), 7n), transfer(address(7), contract(7), 7n)],
    after: { [contract(7)]: { nonce: 2n, balance: 100n }, [created(address(7), 1n)]: { nonce: 1n } },
    touched: { [address(7)]: [] },
  });
  const storing = 2n * VERY_LOW + COLD_SLOT + STORAGE_WRITE;
  run('storesAndGoesToItself', 8, storing + SELF, NEW_ACCOUNT + NEW_SLOT, {
    logs: [transfer(contract(8), address(8), 7n)],
    ...{ after: { [address(8)]: { balance: 7n } }, touched: { [address(8)]: [1n] } },
  });
  run('storesAndGoesToOther', 9, storing + SELF, NEW_ACCOUNT + NEW_SLOT, {
    logs: [transfer(contract(9), address(9), 7n), transfer(address(9), contract(9), 7n)],
    after: { [contract(9)]: { nonce: 2n, balance: 100n } },
    touched: { [address(9)]: [1n] },
  });
  // The same address by CREATE2, twice: what ether is there the second time stays, and no account is new.
  const same = salted(contract(10), 0n, toItself);
  for (const [name, nonce, state] of [
    ['again', 2n, NEW_ACCOUNT],
    ['andAgain', 3n, 0n],
  ]) {
    const times = nonce - 1n;
    chain.one(name, {
      ...{ tx: { to: contract(10) }, regular: CALLING + CREATE2 + SELF + BASE, state },
      logs: [transfer(contract(10), same, 7n)],
      after: { [contract(10)]: { nonce, balance: 100n - 7n * times }, [same]: { balance: 7n * times } },
    });
  }
  run('undone', 11, SELF + 2n * VERY_LOW, 0n, {
    ...{ status: false, after: { [contract(11)]: {} }, touched: { [address(11)]: [] } },
  });
  // What was there before only sends its ether to itself.
  chain.one('oldToItself', { tx: { to: contract(12) }, regular: CALLING + SELF });
  // In a creation transaction.
  const own = creation(chain.nonceOf(SENDER));
  chain.one('creationTransaction', {
    tx: { to: null, value: 5n, data: toItself },
    ...{ regular: 24_000n + dataGas(toItself) + INITCODE_WORD + SELF, state: NEW_ACCOUNT },
    ...{ logs: [transfer(SENDER, own, 5n)], after: { [own]: { balance: 5n } } },
  });
  return chain.end();
}
