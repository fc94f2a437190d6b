/**
 * Fills the state tests of our own in `fixtures/state`: run `npm run build && node scripts/fill-state-tests.mjs`.
 *
 * The roots in them are what evmill computes, so they guard against change rather than prove anything; the proof is
 * the official archives. What they are for: every shape of the format, in files small enough to read, at hand always.
 */

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromHex, toHex } from '../dist/bytes.js';
import { signAuthorization } from '../dist/chain/authorization.js';
import { encodeTransaction } from '../dist/chain/transactionCodec.js';
import { signTransaction } from '../dist/chain/transactionSender.js';
import { stateTestCases } from '../dist/conformance/stateTestFormat.js';
import { stateTestMachine } from '../dist/conformance/stateTestMachine.js';
import { runStateTests } from '../dist/conformance/stateTests.js';
import { applyDiff } from '../dist/state/applyDiff.js';

const machine = stateTestMachine('auto');
const FOLDER = new URL('../fixtures/state/', import.meta.url);
const KEY = '0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8';
const SENDER = '0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b';
const OTHER_KEY = `0x${'22'.repeat(32)}`;
const CONTRACT = '0x1000000000000000000000000000000000000000';
const ZERO_HASH = `0x${'00'.repeat(32)}`;
const ALL = { selects: () => true };

const quantity = (value) => {
  const digits = value.toString(16);
  return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`;
};

const env = (more = {}) => ({
  currentCoinbase: '0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba',
  currentDifficulty: '0x020000',
  currentGasLimit: '0x05f5e100',
  currentNumber: '0x02',
  currentTimestamp: '0x03e8',
  ...more,
});
const merged = {
  currentDifficulty: '0x00',
  currentRandom: '0x020000',
  currentBaseFee: '0x07',
  currentExcessBlobGas: '0x00',
};
const account = (code, more = {}) => ({ balance: '0x00', code, nonce: '0x01', storage: {}, ...more });
const rich = { balance: '0x0de0b6b3a7640000', code: '0x', nonce: '0x00', storage: {} };
const transaction = (more = {}) => ({
  data: ['0x'],
  gasLimit: ['0x030d40'],
  nonce: '0x00',
  secretKey: KEY,
  sender: SENDER,
  to: CONTRACT,
  value: ['0x00'],
  ...(more.maxFeePerGas === undefined ? { gasPrice: '0x0a' } : {}),
  ...more,
});
const entry = (data = 0, gas = 0, value = 0, more = {}) => ({
  hash: ZERO_HASH,
  indexes: { data, gas, value },
  logs: ZERO_HASH,
  ...more,
});
const fees = { maxFeePerGas: '0x20', maxPriorityFeePerGas: '0x01' };
const word = (value) => quantity(value).slice(2).padStart(64, '0');

/** SSTORE(0, CALLDATALOAD(0) + CALLDATALOAD(32)) */
const ADD = '0x60003560203501600055';
/** SSTORE(1, BLOCKHASH(1)), MSTORE(0, 1) and LOG1(0, 32, 7) */
const LOG = '0x6001406001556001600052600760206000a1';
/** SELFDESTRUCT(ORIGIN) */
const END = '0x32ff';
/** SSTORE(2, BLOBHASH(0)) and SSTORE(3, BLOBBASEFEE) */
const BLOB = '0x6000496002554a600355';
/** initcode that logs nothing, LOG0(0, 0), and deploys the byte 01 */
const INIT = '0x60006000a0600160005360016000f3';

const forks = (names, ...entries) =>
  Object.fromEntries(names.map((name) => [name, structuredClone(entries)]));
const EARLY = [
  'Frontier',
  'Homestead',
  'EIP150',
  'EIP158',
  'Byzantium',
  'Constantinople',
  'ConstantinopleFix',
  'Istanbul',
];
const ALL_FORKS = [...EARLY, 'Berlin', 'London', 'Paris', 'Shanghai', 'Cancun', 'Prague', 'Osaka'];

/** Tests in the old style: many forks and alternatives, no state listed. */
const old = {
  add: {
    env: env(),
    pre: { [SENDER]: rich, [CONTRACT]: account(ADD, { storage: { '0x00': '0x01' } }) },
    transaction: transaction({
      data: [`0x${word(1n)}${word(2n)}`, `0x${'ff'.repeat(32)}${word(1n)}`],
      gasLimit: ['0x030d40', '0x5208'],
      value: ['0x00', '0x01'],
    }),
    post: forks(ALL_FORKS.slice(0, 10), entry(0, 0, 0), entry(1, 0, 1)),
  },
  logAndBlockHash: {
    env: env(),
    pre: { [SENDER]: rich, [CONTRACT]: account(LOG) },
    transaction: transaction(),
    post: forks(['Frontier', 'Berlin'], entry()),
  },
  selfDestruct: {
    env: env(merged),
    pre: { [SENDER]: rich, [CONTRACT]: account(END, { balance: '0x05' }) },
    transaction: transaction(),
    post: forks(ALL_FORKS, entry()),
  },
  create: {
    env: env(merged),
    pre: { [SENDER]: rich },
    transaction: transaction({ to: '', data: [INIT] }),
    post: forks(ALL_FORKS, entry()),
  },
  intrinsicGas: {
    env: env(),
    pre: { [SENDER]: rich },
    transaction: transaction({ gasLimit: ['0x5207'] }),
    post: forks(['Frontier', 'London'], entry(0, 0, 0, { expectException: 'TR_IntrinsicGas' })),
  },
  nonceAndFunds: {
    env: env(),
    pre: { [SENDER]: { ...rich, nonce: '0x01', balance: '0x00' } },
    transaction: transaction({ nonce: '0x01' }),
    post: forks(['Istanbul'], entry(0, 0, 0, { expectException: 'TR_NoFunds' })),
  },
};

/** Tests in the new style: one fork, one entry, a configuration, the whole state and the signed bytes. */
const recent = {
  'types.py::accessList[fork_Berlin]': recentTest('Berlin', {
    accessLists: [[{ address: CONTRACT, storageKeys: [`0x${word(0n)}`] }]],
    gasPrice: '0x0a',
  }),
  'types.py::feeMarket[fork_London]': recentTest('London', fees),
  'types.py::blob[fork_Cancun]': recentTest(
    'Cancun',
    { ...fees, maxFeePerBlobGas: '0x0a', blobVersionedHashes: [`0x01${'00'.repeat(31)}`] },
    BLOB,
  ),
  'types.py::setCode[fork_Prague]': recentTest('Prague', { ...fees, authorizationList: [authorization()] }),
  'types.py::blobOfOtherSchedule[fork_Osaka]': recentTest(
    'Osaka',
    { ...fees, maxFeePerBlobGas: '0x0a', blobVersionedHashes: [`0x01${'00'.repeat(31)}`] },
    BLOB,
    { blobSchedule: { Osaka: { target: '0x01', max: '0x02', baseFeeUpdateFraction: '0x10' } } },
    { currentExcessBlobGas: '0x20' },
  ),
  'types.py::blobBeforeItsFork[fork_Shanghai]': recentTest(
    'Shanghai',
    { ...fees, maxFeePerBlobGas: '0x0a', blobVersionedHashes: [`0x01${'00'.repeat(31)}`] },
    ADD,
    {},
    {},
    'TransactionException.TYPE_3_TX_PRE_FORK|TransactionException.TYPE_3_TX_ZERO_BLOBS',
  ),
};

function recentTest(fork, fields, code = ADD, config = {}, more = {}, expectException = undefined) {
  return {
    env: env({ ...merged, ...more }),
    pre: { [SENDER]: rich, [CONTRACT]: account(code) },
    transaction: transaction(fields),
    post: { [fork]: [entry(0, 0, 0, expectException === undefined ? {} : { expectException })] },
    config: { chainid: '0x01', ...config },
  };
}

function authorization() {
  const wish = { chainId: 1n, address: CONTRACT, nonce: 0n };
  const { yParity, r, s } = signAuthorization(wish, fromHex(OTHER_KEY));
  return {
    chainId: '0x01',
    address: CONTRACT,
    nonce: '0x00',
    v: quantity(yParity),
    r: quantity(r),
    s: quantity(s),
    yParity: quantity(yParity),
  };
}

/** Puts what evmill computes into every entry of a test. */
function fill(name, test, isRecent) {
  for (const { forkName, index, ...one } of [...stateTestCases(name, test, () => true)]) {
    const target = test.post[forkName][index];
    if (isRecent) {
      const signed = signTransaction(one.transaction, fromHex(KEY));
      target.txbytes = toHex(encodeTransaction(signed));
    }
    let logs = [];
    let after = one.pre;
    if (target.expectException === undefined) {
      const outcome = machine.transact(one.transaction, SENDER, one.block, one.fork, one.pre);
      logs = outcome.logs;
      after = applyDiff(one.pre, outcome.diff);
    }
    target.logs = machine.logsHash(logs);
    if (isRecent) target.state = allocJson(after);
    const selects = (...id) => id[1] === forkName && id[2] === index;
    const [result] = [...runStateTests({ [name]: test }, machine, { ...ALL, selects })];
    target.hash = result.stateRoot;
  }
  return test;
}

function allocJson(alloc) {
  const accounts = [...alloc].map(([address, { nonce, balance, code, storage }]) => [
    address,
    {
      nonce: quantity(nonce),
      balance: quantity(balance),
      code: toHex(code),
      storage: Object.fromEntries([...storage].map(([key, value]) => [quantity(key), quantity(value)])),
    },
  ]);
  return Object.fromEntries(accounts);
}

function write(file, tests, isRecent) {
  const filled = Object.fromEntries(
    Object.entries(tests).map(([name, test]) => [name, fill(name, test, isRecent)]),
  );
  const failures = [...runStateTests(filled, machine, ALL)].filter(({ pass }) => !pass);
  if (failures.length > 0) throw new Error(JSON.stringify(failures, null, 2));
  writeFileSync(fileURLToPath(new URL(file, FOLDER)), `${JSON.stringify(filled, null, 2)}\n`);
}

write('old.json', old, false);
write('recent.json', recent, true);
