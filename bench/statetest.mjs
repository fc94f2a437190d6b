/**
 * @ethereumjs/vm as a client of `evmill fuzz`: reads names of state test files on standard input, runs the first case
 * of each, and prints its steps on standard error as go-ethereum does, with the state root at the end.
 *
 *     evmill fuzz --client 'ethereumjs:node bench/statetest.mjs'
 *
 * Prints the first steps alone, as many as `--steps` says. Needs `npm ci` in this folder.
 */

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createBlock } from '@ethereumjs/block';
import { createCustomCommon, Mainnet } from '@ethereumjs/common';
import { MerkleStateManager } from '@ethereumjs/statemanager';
import { createTxFromRLP } from '@ethereumjs/tx';
import { Account, Address, bytesToHex, hexToBytes, setLengthLeft } from '@ethereumjs/util';
import { createVM, runTx } from '@ethereumjs/vm';
import { verifyKzgProof } from '../dist/precompiles/kzg.js';

/** Its names of forks by ours. */
const HARDFORKS = {
  Frontier: 'chainstart',
  EIP150: 'tangerineWhistle',
  EIP158: 'spuriousDragon',
  ConstantinopleFix: 'petersburg',
  Merge: 'paris',
  BPO1: 'bpo1',
  BPO2: 'bpo2',
  BPO3: 'bpo3',
  BPO4: 'bpo4',
};

const camel = (name) => name[0].toLowerCase() + name.slice(1);
const even = (hex) => (hex.length % 2 === 0 ? hex : `0x0${hex.slice(2)}`);
const word = (hex) => setLengthLeft(hexToBytes(even(hex)), 32);
const hex = (value) => `0x${value.toString(16)}`;

/** It brings no KZG of its own, so that what proofs come to is evmill's here, and compared with nothing. */
const kzg = {
  verifyProof: (...parts) => verifyKzgProof(...[0, 1, 2, 3].map((at) => hexToBytes(parts[at]))) === true,
};

const { values } = parseArgs({ options: { steps: { type: 'string', default: `${2 ** 32}` } } });
let lines = [];
const flush = () => {
  if (lines.length > 0) process.stderr.write(`${lines.join('\n')}\n`);
  lines = [];
};

async function run(file) {
  const [test] = Object.values(JSON.parse(readFileSync(file, 'utf8')));
  const [fork] = Object.keys(test.post);
  const [entry] = test.post[fork];
  const hardfork = HARDFORKS[fork] ?? camel(fork);
  const common = createCustomCommon({}, Mainnet, { hardfork, customCrypto: { kzg } });
  const vm = await createVM({ common, stateManager: new MerkleStateManager({ common }) });
  const { stateManager } = vm;
  // state tests have no ancestors: the hash of block n is that of n in decimal digits
  const { keccak_256 } = await import('@noble/hashes/sha3.js');
  vm.blockchain.getBlock = async (number) => ({
    hash: () => keccak_256(new TextEncoder().encode(number.toString())),
  });
  for (const [at, { nonce, balance, code, storage }] of Object.entries(test.pre)) {
    const address = new Address(hexToBytes(at));
    await stateManager.putAccount(address, new Account(BigInt(nonce), BigInt(balance)));
    if (code !== '0x') await stateManager.putCode(address, hexToBytes(code));
    for (const [key, value] of Object.entries(storage)) {
      if (BigInt(value) !== 0n) await stateManager.putStorage(address, word(key), hexToBytes(even(value)));
    }
  }
  const { env } = test;
  const header = {
    coinbase: env.currentCoinbase,
    gasLimit: env.currentGasLimit,
    number: env.currentNumber,
    timestamp: env.currentTimestamp,
    difficulty: env.currentDifficulty,
    ...(env.currentRandom === undefined ? {} : { mixHash: word(env.currentRandom) }),
    ...(env.currentBaseFee === undefined ? {} : { baseFeePerGas: env.currentBaseFee }),
    ...(env.currentExcessBlobGas === undefined ? {} : { excessBlobGas: env.currentExcessBlobGas }),
  };
  const block = createBlock({ header }, { common, skipConsensusFormatValidation: true });
  let steps = 0;
  vm.evm.events.on('step', (event, next) => {
    if (++steps > Number(values.steps)) return next?.();
    lines.push(
      JSON.stringify({
        pc: event.pc,
        op: event.opcode.code,
        gas: hex(event.gasLeft),
        gasCost: hex(event.opcode.dynamicFee ?? BigInt(event.opcode.fee)),
        memSize: Number(event.memoryWordCount) * 32,
        stack: event.stack.map(hex),
        depth: event.depth + 1,
        refund: Number(event.gasRefund ?? 0n),
        opName: event.opcode.name,
      }),
    );
    if (lines.length > 1000) flush();
    next?.();
  });
  let hasRun = false;
  await stateManager.checkpoint();
  try {
    const tx = createTxFromRLP(hexToBytes(entry.txbytes), { common });
    await runTx(vm, { tx, block, skipHardForkValidation: true });
    await stateManager.commit();
    hasRun = true;
  } catch (error) {
    lines.push(`not run: ${error.message.split('\n')[0]}`);
    await stateManager.revert();
  }
  const coinbase = new Address(hexToBytes(env.currentCoinbase));
  const isMissing = hasRun && (await stateManager.getAccount(coinbase)) === undefined;
  if (isMissing && !common.gteHardfork('spuriousDragon'))
    await stateManager.putAccount(coinbase, new Account());
  flush();
  process.stderr.write(`{"stateRoot": "${bytesToHex(await stateManager.getStateRoot())}"}\n`);
}

for await (const file of createInterface({ input: process.stdin })) await run(file);
