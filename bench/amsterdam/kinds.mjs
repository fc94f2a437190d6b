/**
 * Kinds of random blocks, by the EIP that they are about: what contracts do, and how transactions are. All of them
 * exercise EIP-7928.
 */

import { readFileSync } from 'node:fs';
import { concatBytes, fromHex, toHex } from '../../dist/bytes.js';
import { signAuthorization } from '../../dist/chain/authorization.js';
import { addressOfPrivateKey } from '../../dist/chain/signature.js';
import { delegationCode } from '../../dist/machine/delegation.js';
import { code } from './random.mjs';

const keys = Array.from({ length: 6 }, (_, i) => new Uint8Array(32).fill(i + 1));
const people = keys.map((key) => addressOfPrivateKey(key));
/** How many of them send transactions: they are rich. */
const SENDERS = 2;
const addressOf = (n) => `0x${n.toString(16).padStart(40, '0')}`;
const contracts = Array.from({ length: 4 }, (_, i) => addressOf(0xc0de000000000000n + BigInt(i)));
const nobodies = Array.from({ length: 3 }, (_, i) => addressOf(0xdead00000000n + BigInt(i)));
const precompiles = [1n, 4n, 8n, 9n].map(addressOf);
const SYSTEM_ADDRESS = '0xfffffffffffffffffffffffffffffffffffffffe';
const COINBASE = addressOf(0xc01bba5en);
const everyone = [...people, ...contracts, ...contracts, ...nobodies, ...precompiles, COINBASE];
const ETHER = 10n ** 18n;

/** The contracts that EIPs ask chains to have. */
const system = JSON.parse(
  readFileSync(new URL('../../fixtures/contracts/system.json', import.meta.url), 'utf8'),
);
/** Those that blocks before Amsterdam need to be valid, too. */
const REQUESTS = ['withdrawals', 'consolidations', 'builderDeposits', 'builderExits'];

/** Statements that kinds of blocks are made of; each leaves the stack as it was. */
const statements = {
  store: (r) => [BigInt(r.below(3)), BigInt(r.below(4)), 'SSTORE'],
  clear: (r) => [BigInt(r.pick([0, 0, 0, 1])), BigInt(r.below(4)), 'SSTORE'],
  load: (r) => [BigInt(r.below(4)), 'SLOAD', 'POP'],
  gas: () => ['GAS', 9n, 'SSTORE'],
  reach: (r) => [BigInt(r.pick(everyone)), r.pick(['BALANCE', 'EXTCODESIZE', 'EXTCODEHASH']), 'POP'],
  system: (r) => [BigInt(r.pick([SYSTEM_ADDRESS, COINBASE])), r.pick(['BALANCE', 'EXTCODEHASH']), 'POP'],
  copy: (r) => [BigInt(r.below(70)), 0n, 0n, BigInt(r.pick(everyone)), 'EXTCODECOPY'],
  call: (r) => [
    ...[0n, 0n, 0n, BigInt(r.below(40)), BigInt(r.pick([0, 0, 1, 1, 5000]))],
    BigInt(r.pick(everyone)),
    ...[
      r.pick(['GAS', 'GAS', 0n, 3000n, 30_000n, 250_000n]),
      r.pick(['CALL', 'CALL', 'CALL', 'CALLCODE']),
      'POP',
    ],
  ],
  look: (r) => [
    ...[0n, 0n, 0n, 0n, BigInt(r.pick(everyone)), r.pick(['GAS', 50_000n])],
    ...[r.pick(['DELEGATECALL', 'STATICCALL']), 'POP'],
  ],
  create: (r) => {
    const initcode = r.pick(initcodes)(r);
    const word = new Uint8Array(32);
    word.set(initcode.subarray(0, 32));
    const value = BigInt(r.pick([0, 0, 1, 7, 5000]));
    const [size, at] = [BigInt(Math.min(32, initcode.length)), 0n];
    const store = [BigInt(toHex(word)), 0n, 'MSTORE'];
    return r.chance(50)
      ? [...store, size, at, value, 'CREATE', ...used(r)]
      : [...store, BigInt(r.below(2)), size, at, value, 'CREATE2', ...used(r)];
  },
  createLarge: (r) => [around(r, 131_072), 0n, 0n, 'CREATE', 'POP'],
  log: (r) => [BigInt(r.below(20)), 0n, 'LOG0'],
  deep: (r) => {
    const height = 17 + r.below(20);
    const op = r.pick(['DUPN', 'SWAPN', 'EXCHANGE']);
    const immediate = r.chance(90) ? 128 + r.below(30) : r.below(256);
    const words = r.times(height, (i) => BigInt(i));
    return [...words, op, immediate, 5n, 'SSTORE', ...r.times(height - 2, () => 'POP')];
  },
  slot: () => ['SLOTNUM', 6n, 'SSTORE'],
};

const around = (r, n) => BigInt(n + r.pick([-1, 0, 0, 1]));

/** What is done with a created account's address: nothing, or ether sent there, once or twice. */
const used = (r) => (r.chance(60) ? ['POP'] : [...r.times(1 + r.below(2), () => callTop(r)).flat(), 'POP']);
const callTop = (r) => [
  'DUP1',
  ...[0n, 0n, 0n, 0n, BigInt(r.below(3)), 'DUP6'],
  ...[r.pick(['GAS', 40_000n]), 'CALL', 'POP', 'POP'],
];

const initcodes = [
  (r) => code(BigInt(r.below(40)), 0n, 'RETURN'),
  () => code('ADDRESS', 'SELFDESTRUCT'),
  (r) => code(1n, 1n, 'SSTORE', BigInt(r.pick(nobodies)), 'SELFDESTRUCT'),
  () => code(1n, 1n, 'SSTORE', 0n, 0n, 'REVERT'),
  () => code(1n, 1n, 'SSTORE', 0xfe),
  () => code(0xefn, 0n, 'MSTORE8', 1n, 0n, 'RETURN'),
  // deploys code that destroys itself, or sends all it has to its caller
  () => code(0x30ffn, 0n, 'MSTORE', 2n, 30n, 'RETURN'),
  () => code(0x33ffn, 0n, 'MSTORE', 2n, 30n, 'RETURN'),
  // creates an account of its own, and goes
  () => code(0n, 0n, 0n, 'CREATE', 'POP', 'ADDRESS', 'SELFDESTRUCT'),
  () => code(1n, 1n, 'SSTORE', 0n, 1n, 'SSTORE'),
];

const endings = [
  () => [],
  () => [],
  () => ['STOP'],
  () => [0n, 0n, 'REVERT'],
  () => [0xfe],
  (r) => [BigInt(r.pick([...nobodies, ...people, ...contracts])), 'SELFDESTRUCT'],
  () => ['ADDRESS', 'SELFDESTRUCT'],
];

function bodyOf(r, names) {
  const body = r.times(1 + r.below(6), () => statements[r.pick(names)](r)).flat();
  return code(...body, ...r.pick(endings)(r));
}

/** Gas that goes for so many bytes of code, with what the rest of its creation takes, more or less. */
const depositGas = (r, bytes) =>
  BigInt(bytes) * 1530n + r.pick([2n ** 24n, 2n ** 24n, 240_000n, 183_600n + 24_000n + 30_000n]);

/** A creation whose code, or whose initcode, is as large as may be, or larger. */
function largeCreation(r) {
  if (r.chance(50)) {
    const size = around(r, 65_536);
    return { to: null, data: code(size, 0n, 'RETURN'), gasLimit: depositGas(r, size) };
  }
  return { to: null, data: new Uint8Array(Number(around(r, 131_072))), gasLimit: 2n ** 24n };
}

/** A call of the factory of EIP-7997: salt and initcode, or too little. */
function deployment(r) {
  const salt = new Uint8Array(32).fill(r.below(2));
  const data = r.chance(90) ? concatBytes(salt, r.pick(initcodes)(r)) : salt.subarray(0, r.below(32));
  return { to: system.factory.address, data, value: BigInt(r.pick([0, 0, 1, 7])) };
}

/** A request for the consensus layer, well made or not, with a fee that suffices or not. */
function request(r) {
  const name = r.pick([...REQUESTS, 'builderDeposits', 'builderDeposits', 'builderExits']);
  const size = { withdrawals: 56, consolidations: 96, builderDeposits: 184, builderExits: 48 }[name];
  const data = Uint8Array.from(
    r.times(r.chance(85) ? size : r.pick([0, 1, size - 1, size + 1]), () => r.below(256)),
  );
  let value = BigInt(r.pick([0, 1, 1, 2, 10]));
  if (name === 'builderDeposits' && data.length >= 88) {
    const gwei = 10n ** 9n * BigInt(r.pick([1, 1, 2])) - BigInt(r.pick([0, 0, 0, 1]));
    data.set(fromHex(`0x${gwei.toString(16).padStart(16, '0')}`), 80);
    value += gwei * 10n ** 9n - BigInt(r.pick([0, 0, 0, 1]));
  }
  return {
    to: system[name].address,
    data,
    value,
    gasLimit: r.pick([2n ** 24n, 2n ** 24n, 600_000n, 900_000n]),
  };
}

/**
 * By EIP: the statements of contracts; of a hundred transactions, how many are transfers, creations, carry data or
 * access lists or authorizations, or have little gas; and what makes transactions of its own.
 */
export const kinds = {
  2780: { does: ['store', 'call', 'gas'], transfers: 70, creations: 20, tight: 40 },
  7702: { does: ['store', 'call', 'reach'], authorizations: 100, tight: 30 },
  7708: { does: ['call', 'create', 'log'], transfers: 30, creations: 10 },
  7778: { does: ['clear', 'clear', 'store', 'call'], data: 30, most: 6, tight: 5 },
  7843: { does: ['slot', 'store'] },
  7928: {
    does: ['store', 'load', 'reach', 'system', 'call', 'create'],
    withdrawals: 70,
    least: 0,
    tight: 10,
  },
  7954: { does: ['createLarge', 'store'], special: largeCreation, share: 60, most: 2 },
  7976: { does: ['store'], transfers: 30, data: 100, creations: 20, tight: 40 },
  7981: { does: ['store', 'load', 'reach'], lists: 100, tight: 40 },
  7997: { does: ['store'], special: deployment, share: 90, tight: 20 },
  8024: { does: ['deep', 'gas'] },
  8037: { does: ['store', 'store', 'call', 'look', 'create', 'gas', 'gas'], creations: 15, tight: 10 },
  8038: { does: ['store', 'load', 'reach', 'copy', 'call', 'look', 'gas'], lists: 20, tight: 20 },
  8246: { does: ['create', 'create', 'call', 'store'], creations: 15 },
  8282: { does: ['store'], special: request, share: 90, most: 8 },
};

const gasLimits = [
  60_000n,
  150_000n,
  300_000n,
  600_000n,
  2_000_000n,
  2n ** 24n,
  2n ** 24n + 50_000n,
  2n ** 24n + 400_000n,
];
/** What transactions pay before they run, and what things cost, in several sums: where gas is tight. */
const tightGas = [0, 3000, 9000, 12_000, 12_106, 15_816, 24_816, 60_006, 207_600, 243_606];

/** What is there before the block. */
export function worldOf(r, kind) {
  const account = (fields) => ({
    nonce: 0n,
    balance: 0n,
    code: new Uint8Array(0),
    storage: new Map(),
    ...fields,
  });
  const alloc = new Map();
  people.forEach((person, i) => {
    if (i < SENDERS) {
      const delegates = r.chance(10);
      const delegated = delegates ? { code: delegationCode(r.pick(contracts)), nonce: 0n } : {};
      alloc.set(person, account({ balance: 1000n * ETHER, ...delegated }));
    } else if (r.chance(60)) {
      const delegated = r.chance(40)
        ? { code: delegationCode(r.pick([...contracts, ...precompiles, ...nobodies])) }
        : {};
      alloc.set(person, account({ balance: 1n, ...delegated }));
    }
  });
  for (const contract of contracts) {
    const storage = new Map(
      r.times(4, (i) => [BigInt(i), BigInt(r.below(3))]).filter(([, value]) => value > 0n),
    );
    alloc.set(contract, account({ nonce: 1n, balance: 1000n, code: bodyOf(r, kind.does), storage }));
  }
  const more = r.chance(50) ? ['beaconRoots', 'blockHashes', 'factory'] : ['factory'];
  for (const name of [...REQUESTS, ...more])
    alloc.set(system[name].address, account({ nonce: 1n, code: fromHex(system[name].code) }));
  return alloc;
}

/** What a block is asked to hold: transactions to be signed, each with a key, withdrawals, its coinbase and its slot. */
export function planOf(r, kind) {
  const { least = 1, most = 3 } = kind;
  const transactions = r.times(least + r.below(most + 1 - least), () => transactionOf(r, kind));
  const withdrawals = r.chance(kind.withdrawals ?? 5)
    ? r.times(1 + r.below(4), (i) => ({
        ...{ index: BigInt(i), validatorIndex: 7n, amount: BigInt(r.pick([0, 1, 1, 32])) },
        address: r.pick([...everyone, SYSTEM_ADDRESS]),
      }))
    : [];
  const coinbase = r.chance(70) ? COINBASE : r.pick([...people, ...contracts, ...nobodies, ...precompiles]);
  return { transactions, withdrawals, coinbase, slotNumber: BigInt(r.below(1000)) };
}

function transactionOf(r, kind) {
  const isCreation = r.chance(kind.creations ?? 5);
  const isTransfer = r.chance(kind.transfers ?? 10);
  const size = r.chance(kind.data ?? 10) ? r.below(600) : r.below(3);
  let data = Uint8Array.from(r.times(size, () => r.pick([0, 0, 1, 255])));
  if (isCreation) data = r.chance(80) ? r.pick(initcodes)(r) : bodyOf(r, kind.does);
  const accessList = r.chance(kind.lists ?? 5)
    ? r.times(1 + r.below(3), () => ({
        address: r.pick(everyone),
        storageKeys: r.times(r.below(4), (i) => BigInt(i)),
      }))
    : [];
  let gasLimit = r.pick(gasLimits);
  if (r.chance(kind.tight ?? 5)) {
    gasLimit = 12_000n + BigInt(r.pick(tightGas));
    gasLimit += BigInt(r.pick([0, 1, 100, 3000, 40_000]) - r.below(2));
  }
  const common = {
    to: isCreation ? null : isTransfer ? r.pick(everyone) : r.pick(contracts),
    value: BigInt(r.pick([0, 0, 1, 7])),
    data,
    gasLimit,
    accessList,
    chainId: 1n,
    maxFeePerGas: 20n,
    maxPriorityFeePerGas: BigInt(r.pick([0, 3, 3, 3])),
    ...(kind.special !== undefined && r.chance(kind.share) ? kind.special(r) : {}),
  };
  const key = r.chance(80) ? keys[0] : keys[r.below(SENDERS)];
  if (common.to !== null && r.chance(kind.authorizations ?? 0)) {
    const authorizationList = r.times(1 + r.below(4), () => authorizationOf(r));
    return { key, tx: { ...common, type: 4, authorizationList } };
  }
  return { key, tx: { ...common, type: 2 } };
}

function authorizationOf(r) {
  const key = r.pick(keys);
  const address = r.chance(30)
    ? addressOf(0n)
    : r.pick([...contracts, ...nobodies, ...people, ...precompiles]);
  const chainId = r.pick([0n, 1n, 1n, 1n, 5n]);
  const signed = signAuthorization({ chainId, address, nonce: BigInt(r.pick([0, 0, 0, 1, 1, 2])) }, key);
  return r.chance(5) ? { ...signed, s: signed.s + 1n } : signed;
}
