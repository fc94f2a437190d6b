/**
 * Programs from Solidity: compiled here, deployed by evmill, and then called. What they find is what their constructors
 * left.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Account, callOf, type Program, wordHex } from '../src/bench/program.ts';
import { type Address, fromHex, type Hex, toHex } from '../src/bytes.ts';
import { createEvm } from '../src/chain/evm.ts';
import { keccak256 } from '../src/keccak.ts';
import { forkNamed } from '../src/protocol/forks.ts';
import { memoryState } from '../src/state/memory.ts';
import { runSync } from '../src/task.ts';

const FORK = 'Osaka';
const DEPLOYER: Address = '0x00000000000000000000000000000000000de910';
/** What Osaka allows a transaction. */
const MOST_GAS = 16_777_216n;

/** File, contract and function, with a count that spends 5 to 15 million gas. */
const CALLS: readonly (readonly [file: string, contract: string, name: string, count: number])[] = [
  ['Token', 'Token', 'transfer', 700],
  ['Token', 'Token', 'mint', 300],
  ['Token', 'Token', 'approve', 700],
  ['Token', 'Token', 'transferFrom', 600],
  ['Swap', 'Swap', 'swap', 250],
  ['Heavy', 'Heavy', 'keccak', 20_000],
  ['Heavy', 'Heavy', 'ecdsa', 1_500],
  ['Heavy', 'Heavy', 'merkle', 1_000],
  ['Heavy', 'Heavy', 'storageUpdate', 8_000],
  ['Heavy', 'Heavy', 'storageInsert', 120],
  ['Heavy', 'Heavy', 'storageSort', 150],
  ['Heavy', 'Heavy', 'text', 500],
];

/** Those whose name (`contract/Token.transfer`) matches. Compiles only if there are any. */
export function contractPrograms(match: RegExp): Program[] {
  const wanted = CALLS.map(([file, contract, name, count]) => ({
    program: `contract/${contract}.${name}`,
    file,
    contract,
    signature: `${name}(uint256)`,
    count,
  })).filter(({ program }) => match.test(program));
  if (wanted.length === 0) return [];
  const compiled = compile([...new Set(wanted.map(({ file }) => file))]);
  return wanted.map(({ program, file, contract, signature, count }) => {
    const { address, accounts } = deploy(compiled[`${file}.sol`][contract].evm.bytecode.object);
    const selector = toHex(keccak256(new TextEncoder().encode(signature)).subarray(0, 4));
    return callOf({
      name: program,
      group: contract,
      fork: FORK,
      accounts,
      to: address,
      data: `${selector}${wordHex(BigInt(count)).slice(2)}`,
      gasLimit: MOST_GAS,
    });
  });
}

interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly evm: { readonly bytecode: { readonly object: string } } }>>
    >
  >;
}

/** The newest compiler's code for the newest fork, optimised as is usual. */
function compile(files: readonly string[]): Output['contracts'] {
  const require = createRequire(import.meta.url);
  const solc = require('solc') as {
    compile(input: string, callbacks: { import(path: string): { contents: string } }): string;
  };
  const read = (path: string): string =>
    readFileSync(
      path.startsWith('@') ? require.resolve(path) : new URL(`contracts/${path}`, import.meta.url),
      'utf8',
    );
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(files.map((file) => [`${file}.sol`, { content: read(`${file}.sol`) }])),
    settings: {
      evmVersion: FORK.toLowerCase(),
      optimizer: { enabled: true, runs: 200 },
      outputSelection: { '*': { '*': ['evm.bytecode.object'] } },
    },
  };
  const output = JSON.parse(
    solc.compile(JSON.stringify(input), { import: (path) => ({ contents: read(path) }) }),
  ) as Output;
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join('\n'));
  return output.contracts;
}

/** Runs creation code, and keeps everything that it made. */
function deploy(creationCode: string): { address: Hex; accounts: Program['accounts'] } {
  const evm = createEvm({ fork: forkNamed(FORK) });
  const message = { caller: DEPLOYER, to: null, data: fromHex(creationCode), gas: 10n ** 9n };
  const { status, created, diff } = runSync(evm.call(message), memoryState(new Map()));
  if (status !== 'success' || created === undefined) throw new Error(`expected a deployment, got ${status}`);
  const accounts = new Map<Hex, Account>();
  for (const [address, { after, code, storage }] of diff) {
    if (after === undefined || code === undefined) continue;
    accounts.set(address, { nonce: after.nonce, balance: after.balance, code: toHex(code), storage });
  }
  return { address: created, accounts };
}
