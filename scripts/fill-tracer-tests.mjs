/**
 * Fills our own vectors of tracers in `fixtures/tracers`, in go-ethereum's format: small worlds, a signed transaction,
 * and what a tracer prints. Look at what changed before it is committed: the expectation is what evmill says today.
 *
 *     npm run build && node scripts/fill-tracer-tests.mjs
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import {
  createEvm,
  encodeTransaction,
  forkNamed,
  fromHex,
  memoryState,
  recoverSender,
  runSync,
  signTransaction,
  toHex,
  tracerNamed,
  traceTransaction,
} from '../dist/index.js';

const OUT = new URL('../fixtures/tracers/', import.meta.url);
const KEY = new Uint8Array(32).fill(7);
const CONTRACT = '0xc0de000000000000000000000000000000000001';
const OTHER = '0xc0de000000000000000000000000000000000002';
const BLOCKS = [
  ...['homestead', 'eip150', 'eip155', 'eip158', 'byzantium', 'constantinople', 'petersburg', 'istanbul'],
  ...['berlin', 'london'],
];
const context = {
  ...{ number: '1', timestamp: '1000', difficulty: '0', gasLimit: '30000000' },
  ...{ miner: '0xc01bba5e00000000000000000000000000000007', baseFeePerGas: '7' },
};

/** Calls OTHER with value 3 and 4 bytes, adds one to slot 7, logs, and returns the word 1. */
const BUSY = `0x63112233445f525f5f6004601c6003${'73'}${OTHER.slice(2)}5af1506007546001016007556004601ca060015f5260205ff3`;
/** Reverts with Panic(0x11). */
const PANICS = `0x7f4e487b71${'00'.repeat(28)}5f52601160045260245ffd`;
/** Creates a contract from no code, destroys itself in favour of OTHER. */
const LEAVES = `0x5f5f5ff05073${OTHER.slice(2)}ff`;

const WORLDS = {
  busy: { code: BUSY, other: PANICS },
  leaves: { code: LEAVES, other: '0x' },
};

const CASES = [
  ['call_tracer_withLog', 'busy', 'callTracer', { withLog: true }],
  ['call_tracer', 'leaves', 'callTracer', {}],
  ['call_tracer_flat', 'busy', 'flatCallTracer', { convertParityErrors: true }],
  ['call_tracer_flat', 'leaves', 'flatCallTracer', {}],
  ['prestate_tracer', 'busy', 'prestateTracer', {}],
  ['prestate_tracer_with_diff_mode', 'busy', 'prestateTracer', { diffMode: true }],
  ['prestate_tracer_with_diff_mode', 'leaves', 'prestateTracer', { diffMode: true }],
  ['erc7562_tracer', 'busy', 'erc7562Tracer', {}],
];

const signed = signTransaction(
  {
    ...{
      type: 2,
      chainId: 1n,
      nonce: 0n,
      to: CONTRACT,
      value: 5n,
      data: fromHex('0xabcdef01'),
      accessList: [],
    },
    ...{ gasLimit: 500_000n, maxFeePerGas: 20n, maxPriorityFeePerGas: 2n },
  },
  KEY,
);
const fork = forkNamed('Cancun');
const sender = recoverSender(signed, fork);

for (const [folder, world, name, tracerConfig] of CASES) {
  const { code, other } = WORLDS[world];
  const alloc = {
    [sender]: { balance: '0xde0b6b3a7640000', nonce: '0', code: '0x', storage: {} },
    [CONTRACT]: {
      balance: '0x64',
      nonce: '1',
      code,
      storage: { [`0x${'7'.padStart(64, '0')}`]: `0x${'2a'.padStart(64, '0')}` },
    },
    [OTHER]: { balance: '0x0', nonce: '1', code: other, storage: {} },
  };
  const accounts = Object.entries(alloc).map(([address, { balance, nonce, code, storage }]) => {
    const slots = new Map(Object.entries(storage).map(([key, value]) => [BigInt(key), BigInt(value)]));
    return [address, { balance: BigInt(balance), nonce: BigInt(nonce), code: fromHex(code), storage: slots }];
  });
  const block = { number: 1n, timestamp: 1000n, coinbase: context.miner, gasLimit: 30_000_000n, baseFee: 7n };
  const tracer = tracerNamed(name, tracerConfig);
  const task = traceTransaction(createEvm({ fork }), signed, block, tracer);
  const result = runSync(task, memoryState(new Map(accounts)));
  const genesis = {
    ...{
      difficulty: '0',
      gasLimit: '30000000',
      mixHash: `0x${'00'.repeat(32)}`,
      nonce: '0x0000000000000000',
    },
    ...{ number: '0', timestamp: '999', alloc },
    config: {
      ...{ chainId: 1, terminalTotalDifficulty: 0, shanghaiTime: 0, cancunTime: 0 },
      ...Object.fromEntries(BLOCKS.map((one) => [`${one}Block`, 0])),
    },
  };
  mkdirSync(new URL(`${folder}/`, OUT), { recursive: true });
  const test = { genesis, context, input: toHex(encodeTransaction(signed)), tracerConfig, result };
  writeFileSync(new URL(`${folder}/${world}.json`, OUT), `${JSON.stringify(test, null, 2)}\n`);
}
