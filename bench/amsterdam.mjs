/**
 * Random blocks under Amsterdam's final rules, executed here and by @ethereumjs/vm: state, receipts (status, gas, logs),
 * gas of the block (the greater of both kinds) and access list must be the same. Each EIP has blocks of its own kind;
 * all of them exercise EIP-7928.
 *
 *     npm run build && node bench/amsterdam.mjs --cases 1000 --seed 1 --eip 8037
 */

import { parseArgs } from 'node:util';
import { createBlockFromRLP } from '@ethereumjs/block';
import { createCommonFromGethGenesis, parseGethGenesisState } from '@ethereumjs/common';
import { MerkleStateManager } from '@ethereumjs/statemanager';
import { createVM, runBlock } from '@ethereumjs/vm';
import { concatBytes, fromHex, toHex } from '../dist/bytes.js';
import { signAuthorization } from '../dist/chain/authorization.js';
import { encodeBlock } from '../dist/chain/block.js';
import { blockAccessListToJson } from '../dist/chain/blockAccessList.js';
import { Blockchain } from '../dist/chain/blockchain.js';
import { buildBlock } from '../dist/chain/buildBlock.js';
import { chainOfFork } from '../dist/chain/chainConfig.js';
import { genesisHeader } from '../dist/chain/genesis.js';
import { addressOfPrivateKey } from '../dist/chain/signature.js';
import { BEACON_ROOTS_CONTRACT, BLOCK_HASHES_CONTRACT } from '../dist/chain/systemCalls.js';
import { signTransaction } from '../dist/chain/transactionSender.js';
import { InvalidBlock } from '../dist/errors.js';
import { delegationCode } from '../dist/machine/delegation.js';
import { amsterdam } from '../dist/protocol/forks.js';
import { OPCODE_NAMED } from '../dist/protocol/opcodes.js';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    eip: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});

/** A small generator of random numbers (xorshift32), so that a case is its seed. */
function randomOf(seed) {
  let x = seed * 2654435761 + 12345;
  const next = () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
  for (let i = 0; i < 8; i++) next();
  const below = (n) => next() % n;
  return {
    below,
    pick: (list) => list[below(list.length)],
    chance: (percent) => below(100) < percent,
    times: (n, make) => Array.from({ length: n }, (_, i) => make(i)),
  };
}

// Code
const push = (value) => {
  const digits = value.toString(16);
  const bytes = fromHex(`0x${digits.length % 2 ? '0' : ''}${digits}`);
  return concatBytes(Uint8Array.of(0x60 + bytes.length - 1), bytes);
};
const code = (...pieces) =>
  concatBytes(
    ...pieces.map((piece) => {
      if (typeof piece === 'string') return Uint8Array.of(OPCODE_NAMED[piece].code);
      if (typeof piece === 'number') return Uint8Array.of(piece);
      return typeof piece === 'bigint' ? push(piece) : piece;
    }),
  );

// World
const keys = Array.from({ length: 6 }, (_, i) => new Uint8Array(32).fill(i + 1));
const people = keys.map((key) => addressOfPrivateKey(key));
const SENDERS = 2;
const addressOf = (n) => `0x${n.toString(16).padStart(40, '0')}`;
const contracts = Array.from({ length: 4 }, (_, i) => addressOf(0xc0de000000000000n + BigInt(i)));
const nobodies = Array.from({ length: 3 }, (_, i) => addressOf(0xdead00000000n + BigInt(i)));
const precompiles = [1n, 4n, 8n, 9n].map(addressOf);
const COINBASE = addressOf(0xc01bba5en);
const everyone = [...people, ...contracts, ...contracts, ...nobodies, ...precompiles, COINBASE];
const ETHER = 10n ** 18n;

// What stores beacon roots and block hashes (EIP-4788, EIP-2935)
const BEACON_ROOTS_CODE =
  '3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd' +
  '5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500';
const BLOCK_HASHES_CODE =
  '3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff900654' +
  '5f5260205ff35b5f5ffd5b5f35611fff60014303065500';

/** Statements that kinds of blocks are made of; each leaves the stack as it was. */
const statements = {
  store: (r) => [BigInt(r.below(3)), BigInt(r.below(4)), 'SSTORE'],
  load: (r) => [BigInt(r.below(4)), 'SLOAD', 'POP'],
  gas: () => ['GAS', 9n, 'SSTORE'],
  reach: (r) => [BigInt(r.pick(everyone)), r.pick(['BALANCE', 'EXTCODESIZE', 'EXTCODEHASH']), 'POP'],
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

/** What is done with a created account's address: nothing, or ether sent there. */
const used = (r) => (r.chance(60) ? ['POP'] : ['DUP1', ...callTop(r), 'POP']);
const callTop = (r) => [
  0n,
  0n,
  0n,
  0n,
  BigInt(r.below(3)),
  'DUP6',
  r.pick(['GAS', 40_000n]),
  'CALL',
  'POP',
  'POP',
];

const initcodes = [
  (r) => code(BigInt(r.below(40)), 0n, 'RETURN'),
  () => code('ADDRESS', 'SELFDESTRUCT'),
  (r) => code(1n, 1n, 'SSTORE', BigInt(r.pick(nobodies)), 'SELFDESTRUCT'),
  () => code(1n, 1n, 'SSTORE', 0n, 0n, 'REVERT'),
  () => code(1n, 1n, 'SSTORE', 0xfe),
  () => code(0xefn, 0n, 'MSTORE8', 1n, 0n, 'RETURN'),
  // deploys code that destroys itself
  () => code(0x30ffn, 0n, 'MSTORE', 2n, 30n, 'RETURN'),
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

/** Kinds of blocks, by the EIP that they are about: what contracts do, and how transactions are. */
const kinds = {
  2780: { does: ['store', 'call', 'gas'], transfers: 70, creations: 20, tight: 40 },
  7702: { does: ['store', 'call', 'reach'], authorizations: 100, tight: 30 },
  7708: { does: ['call', 'create', 'log'], transfers: 30, creations: 10 },
  7843: { does: ['slot', 'store'] },
  7976: { does: ['store'], transfers: 30, data: 100, creations: 20, tight: 40 },
  7981: { does: ['store', 'load', 'reach'], lists: 100, tight: 40 },
  8024: { does: ['deep', 'gas'] },
  8037: { does: ['store', 'store', 'call', 'look', 'create', 'gas', 'gas'], creations: 15, tight: 10 },
  8038: { does: ['store', 'load', 'reach', 'copy', 'call', 'look', 'gas'], lists: 20, tight: 20 },
  8246: { does: ['create', 'create', 'call', 'store'], creations: 15 },
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

function worldOf(r, kind) {
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
  for (const contract of amsterdam.requestContracts.values())
    alloc.set(contract, account({ nonce: 1n, code: code('STOP') }));
  if (r.chance(50)) {
    alloc.set(BEACON_ROOTS_CONTRACT, account({ nonce: 1n, code: fromHex(`0x${BEACON_ROOTS_CODE}`) }));
    alloc.set(BLOCK_HASHES_CONTRACT, account({ nonce: 1n, code: fromHex(`0x${BLOCK_HASHES_CODE}`) }));
  }
  return alloc;
}

function transactionOf(r, kind, index) {
  const isCreation = r.chance(kind.creations ?? 5);
  const isTransfer = r.chance(kind.transfers ?? 10);
  const to = isCreation ? null : isTransfer ? r.pick(everyone) : r.pick(contracts);
  const value = BigInt(r.pick([0, 0, 1, 7]));
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
    gasLimit =
      12_000n + BigInt(r.pick([0, 3000, 9000, 12_000, 12_106, 15_816, 24_816, 60_006, 207_600, 243_606]));
    gasLimit += BigInt(r.pick([0, 1, 100, 3000, 40_000]) - r.below(2));
  }
  const nonce = BigInt(index);
  const common = {
    nonce,
    to,
    value,
    data,
    gasLimit,
    accessList,
    chainId: 1n,
    maxFeePerGas: 20n,
    maxPriorityFeePerGas: 3n,
  };
  if (!isCreation && r.chance(kind.authorizations ?? 0)) {
    return { ...common, type: 4, authorizationList: r.times(1 + r.below(4), () => authorizationOf(r)) };
  }
  return { ...common, type: 2 };
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

const hex = (value) => `0x${value.toString(16)}`;

/** A geth genesis file of the same world. */
function gethGenesis(alloc) {
  const forks = [
    'homestead',
    'eip150',
    'eip155',
    'eip158',
    'byzantium',
    'constantinople',
    'petersburg',
    'istanbul',
  ];
  const blocks = [...forks, 'berlin', 'london'].map((name) => [`${name}Block`, 0]);
  const times = ['shanghai', 'cancun', 'prague', 'osaka', 'bpo1', 'bpo2', 'amsterdam'].map((name) => [
    `${name}Time`,
    0,
  ]);
  const zeros = (bytes) => `0x${'00'.repeat(bytes)}`;
  const blobs = { target: 14, max: 21, baseFeeUpdateFraction: 11684671 };
  const names = ['cancun', 'prague', 'osaka', 'bpo1', 'bpo2', 'amsterdam'];
  return {
    config: {
      ...{ chainId: 1, terminalTotalDifficulty: 0, terminalTotalDifficultyPassed: true },
      ...Object.fromEntries([...blocks, ...times]),
      blobSchedule: Object.fromEntries(names.map((name) => [name, blobs])),
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
const hex64 = (value) => `0x${value.toString(16).padStart(64, '0')}`;

/** What a block comes to here. */
function ours(alloc, transactions, slotNumber) {
  const config = chainOfFork(amsterdam, 1n);
  const header = genesisHeader(config, { gasLimit: 120_000_000n, coinbase: COINBASE, baseFee: 7n }, alloc);
  const chain = new Blockchain({ config, alloc, header });
  const parentBeaconRoot = hex64(77n);
  const plan = { transactions: [], coinbase: COINBASE, slotNumber, parentBeaconRoot };
  // Those that cannot be in the block are left out.
  for (const tx of transactions) {
    const signed = signTransaction({ ...tx, nonce: BigInt(plan.transactions.length) }, keys[0]);
    try {
      buildBlock(chain, chain.genesis, { ...plan, transactions: [...plan.transactions, signed] });
      plan.transactions.push(signed);
    } catch (error) {
      if (!(error instanceof InvalidBlock)) throw error;
    }
  }
  const block = buildBlock(chain, chain.genesis, plan);
  const { result } = chain.add(block);
  return { block, result, encoded: encodeBlock(block) };
}

async function theirs(alloc, encoded) {
  const genesis = gethGenesis(alloc);
  const common = createCommonFromGethGenesis(genesis, { chain: 'fuzz', hardfork: 'amsterdam' });
  const stateManager = new MerkleStateManager({ common });
  const vm = await createVM({ common, stateManager });
  await vm.stateManager.generateCanonicalGenesis(parseGethGenesisState(genesis));
  const block = createBlockFromRLP(encoded, { common });
  const result = await runBlock(vm, {
    ...{ block, generate: true, skipHeaderValidation: true, skipBlockValidation: true },
    root: await vm.stateManager.getStateRoot(),
  });
  return { ...result, list: vm.evm.blockLevelAccessList };
}

/** What differs between the two, in words. */
function differences({ block, result }, their) {
  const found = [];
  const differ = (what, our, other) => {
    if (our !== other) found.push(`${what}: ${our} here, ${other} there`);
  };
  result.receipts.forEach((receipt, i) => {
    const other = their.receipts[i];
    differ(`gas after transaction ${i}`, receipt.cumulativeGasUsed, other.cumulativeBlockGasUsed);
    differ(`status of transaction ${i}`, receipt.outcome ? 1 : 0, other.status);
    differ(`logs of transaction ${i}`, logsOf(receipt), theirLogsOf(other));
  });
  differ('gas of the block', block.header.gasUsed, their.gasUsed);
  differ('state root', block.header.stateRoot, toHex(their.stateRoot));
  differ('access list', block.header.blockAccessListHash, toHex(their.list.hash()));
  return found;
}

const logsOf = ({ logs }) =>
  JSON.stringify(logs.map(({ address, topics, data }) => [address, topics.map(hex64), toHex(data)]));
const theirLogsOf = ({ logs }) =>
  JSON.stringify(
    logs.map(([address, topics, data]) => [toHex(address), topics.map((topic) => toHex(topic)), toHex(data)]),
  );

let failed = 0;
for (const [eip, kind] of Object.entries(kinds)) {
  if (values.eip !== undefined && values.eip !== eip) continue;
  let [blocks, transactions, broken] = [0, 0, 0];
  for (let i = 0; i < Number(values.cases); i++) {
    const seed = Number(values.seed) * 1_000_003 + Number(eip) * 7919 + i;
    const r = randomOf(seed);
    const alloc = worldOf(r, kind);
    const sent = r.times(1 + r.below(3), (index) => transactionOf(r, kind, index));
    const our = ours(alloc, sent, BigInt(r.below(1000)));
    let found;
    try {
      found = differences(our, await theirs(alloc, our.encoded));
    } catch (error) {
      found = [`@ethereumjs/vm breaks down: ${error.message}`];
      if (values.verbose) console.log(error.stack);
    }
    blocks++;
    transactions += our.block.transactions.length;
    if (found.length === 0) continue;
    broken++;
    console.log(`EIP-${eip}, --seed ${values.seed}, case ${i}:\n  ${found.join('\n  ').slice(0, 1500)}`);
    if (values.verbose) {
      console.log(sent.map((tx) => ({ ...tx, data: toHex(tx.data) })));
      console.log(contracts.map((contract) => `${contract} ${toHex(alloc.get(contract).code)}`).join('\n'));
      console.log(JSON.stringify(blockAccessListToJson(our.result.blockAccessList)));
      console.log(
        our.result.receipts.map(({ cumulativeGasUsed, outcome }) => ({ cumulativeGasUsed, outcome })),
      );
    }
  }
  console.log(`EIP-${eip}: ${blocks} blocks, ${transactions} transactions, ${broken} disagree`);
  failed += broken;
}
process.exitCode = failed > 0 ? 1 : 0;
