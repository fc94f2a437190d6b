/**
 * The synthetic chain: blocks of transfers, token transfers and swaps, the same bytes every time. They are executed
 * once to be made; whoever imports them finds every root as it is written.
 */

import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { assemble } from '../src/assembler/assemble.ts';
import { type Address, bytesToBigInt, fromHex, type Hex, toAddress, toHex } from '../src/bytes.ts';
import { blockOf, encodeBlock, ommersHash } from '../src/chain/block.ts';
import { createEvm } from '../src/chain/evm.ts';
import { executeBlock } from '../src/chain/executeBlock.ts';
import { nextBaseFee } from '../src/chain/fees.ts';
import { genesisConfig, parseGenesis } from '../src/chain/genesis.ts';
import { EMPTY_TRIE_ROOT, type Header, headerHash } from '../src/chain/header.ts';
import { addressOfPrivateKey } from '../src/chain/signature.ts';
import type { Signature, Transaction, UnsignedTransaction } from '../src/chain/transaction.ts';
import { signingHash } from '../src/chain/transactionCodec.ts';
import { trieSource } from '../src/chain/trieSource.ts';
import { keccak256 } from '../src/keccak.ts';
import { forkNamed } from '../src/protocol/forks.ts';
import { runSync } from '../src/task.ts';
import { StateTrie } from '../src/trie/stateTrie.ts';

/** How large a chain is to be. */
export interface ChainSize {
  readonly blocks: number;
  readonly transactions: number;
  /** accounts that send */
  readonly senders: number;
  /** accounts that exist */
  readonly accounts: number;
}

/** A chain's files. */
export interface ChainFiles {
  readonly genesis: string;
  readonly blocks: string;
}

const TOKEN: Address = '0x00000000000000000000000000000000000070ce';
const POOL: Address = '0x0000000000000000000000000000000000005a4b';
const CHAIN_ID = 1337n;
const GWEI = 10n ** 9n;
const ETHER = 10n ** 18n;

/** `transfer(address,uint256)` over a mapping of balances at slot 0, with its event. */
const TOKEN_CODE = `
CALLER PUSH0 MSTORE PUSH0 PUSH 32 MSTORE PUSH 64 PUSH0 KECCAK256
DUP1 SLOAD PUSH 36 CALLDATALOAD DUP1 DUP3 LT PUSH @fail JUMPI SWAP1 SUB SWAP1 SSTORE
PUSH 4 CALLDATALOAD PUSH0 MSTORE PUSH 64 PUSH0 KECCAK256
DUP1 SLOAD PUSH 36 CALLDATALOAD ADD SWAP1 SSTORE
PUSH 36 CALLDATALOAD PUSH0 MSTORE PUSH 4 CALLDATALOAD CALLER
PUSH32 0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef PUSH 32 PUSH0 LOG3
PUSH 1 PUSH0 MSTORE PUSH 32 PUSH0 RETURN
fail: JUMPDEST PUSH0 PUSH0 REVERT`;

/** Wei for tokens at the price of two reserves, less three thousandths; the token is called to pay. */
const POOL_CODE = `
PUSH 1 SLOAD PUSH0 SLOAD CALLVALUE PUSH 997 MUL DUP1 DUP3 PUSH 1000 MUL ADD
SWAP1 DUP4 MUL DIV DUP1 DUP4 SUB PUSH 1 SSTORE SWAP1 CALLVALUE ADD PUSH0 SSTORE
PUSH4 0xa9059cbb PUSH 224 SHL PUSH0 MSTORE CALLER PUSH 4 MSTORE DUP1 PUSH 36 MSTORE
PUSH 32 PUSH0 PUSH 68 PUSH0 PUSH0 PUSH20 ${TOKEN} GAS CALL ISZERO PUSH @fail JUMPI
PUSH0 MSTORE POP CALLER
PUSH32 0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822 PUSH 32 PUSH0 LOG2 STOP
fail: JUMPDEST PUSH0 PUSH0 REVERT`;

/** Numbers that look random and are the same every time (mulberry32). */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const GENERATOR_X = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n;

/**
 * A signature with the nonce 1, whose point is the generator: it gives the key away, which is known here anyway, and
 * takes a microsecond.
 */
function sign<T extends UnsignedTransaction>(tx: T, key: bigint): T & Signature {
  const s = (bytesToBigInt(signingHash(tx)) + GENERATOR_X * key) % ORDER;
  const isLow = s <= ORDER / 2n;
  return { ...tx, r: GENERATOR_X, s: isLow ? s : ORDER - s, yParity: isLow ? 0 : 1 };
}

const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`;
const tokenSlot = (owner: Address): Hex => toHex(keccak256(fromHex(word(BigInt(owner)) + '00'.repeat(32))));

function genesisJson(accounts: readonly Address[]): unknown {
  const fork = forkNamed('Shanghai');
  const alloc: Record<string, unknown> = {};
  const balances: Record<string, Hex> = { [tokenSlot(POOL)]: word(10n ** 30n) };
  for (const address of accounts) {
    alloc[address] = { balance: `${10_000n * ETHER}` };
    balances[tokenSlot(address)] = word(10n ** 24n);
  }
  alloc[TOKEN] = { balance: '0', code: toHex(assemble(TOKEN_CODE, fork)), storage: balances };
  const reserves = { [word(0n)]: word(10n ** 24n), [word(1n)]: word(10n ** 28n) };
  alloc[POOL] = { balance: '0', code: toHex(assemble(POOL_CODE, fork)), storage: reserves };
  return {
    config: genesisConfig(fork, Number(CHAIN_ID)),
    difficulty: '0x0',
    gasLimit: '0x1c9c380',
    timestamp: '0x1',
    baseFeePerGas: '0x3b9aca00',
    alloc,
  };
}

/** Makes a chain's files in a folder, unless they are there; tells how far it is. */
export function makeChain(folder: string, size: ChainSize, tell: (text: string) => void): ChainFiles {
  const name = `${size.blocks}x${size.transactions}-${size.senders}-${size.accounts}`;
  const files = { genesis: join(folder, `${name}.json`), blocks: join(folder, `${name}.rlp`) };
  if (existsSync(files.blocks)) return files;
  mkdirSync(dirname(files.blocks), { recursive: true });
  const keys = Array.from({ length: size.senders }, (_, index) => BigInt(index + 1));
  const senders = keys.map((key) => addressOfPrivateKey(fromHex(word(key))));
  const others = Array.from({ length: size.accounts - size.senders }, (_, index) =>
    toAddress(keccak256(fromHex(word(BigInt(index)))).subarray(12)),
  );
  writeFileSync(files.genesis, JSON.stringify(genesisJson([...senders, ...others])));
  const genesis = parseGenesis(JSON.parse(readFileSync(files.genesis, 'utf8')));
  const evm = createEvm({ fork: forkNamed('Shanghai') });
  const random = numbers(1);
  const nonces = new Array<bigint>(senders.length).fill(0n);
  const codes = new Map([...genesis.alloc.values()].map(({ code }) => [toHex(keccak256(code)), code]));
  const accounts = [...senders, ...others];
  let state = StateTrie.of(genesis.alloc);
  let parent = genesis.header;
  // a name of its own until it is whole
  const unfinished = `${files.blocks}.part`;
  const file = openSync(unfinished, 'w');
  for (let number = 1n; number <= size.blocks; number++) {
    const from: Address[] = [];
    const transactions: Transaction[] = [];
    for (let i = 0; i < size.transactions; i++) {
      const index = random(senders.length);
      from.push(senders[index]);
      transactions.push(
        sign(transactionOf(nonces[index]++, accounts[random(accounts.length)], random), keys[index]),
      );
    }
    const header: Header = {
      ...parent,
      parentHash: headerHash(parent),
      ommersHash: ommersHash([]),
      coinbase: accounts[0],
      number,
      timestamp: parent.timestamp + 12n,
      baseFee: nextBaseFee(parent),
      mixHash: word(number),
    };
    const content = { header, transactions, ommers: [], withdrawals: [] };
    let after = state;
    const task = executeBlock(evm, blockOf(content), from, {
      ...{ chainId: CHAIN_ID, depositContract: POOL, isDaoFork: false },
      rootAfter(diff) {
        after = state.snapshot();
        after.apply(diff);
        return toHex(after.root());
      },
    });
    const result = runSync(
      task,
      trieSource(
        state,
        (hash) => codes.get(hash),
        () => 0n,
      ),
    );
    state = after;
    const { stateRoot, transactionsRoot, receiptsRoot, logsBloom, gasUsed } = result;
    if (result.receipts.some(({ outcome }) => outcome !== true))
      throw new Error(`block ${number}: one failed`);
    parent = {
      ...header,
      stateRoot,
      transactionsRoot,
      receiptsRoot,
      logsBloom,
      gasUsed,
      withdrawalsRoot: EMPTY_TRIE_ROOT,
    };
    writeSync(file, encodeBlock({ ...content, header: parent }));
    if (number % 200n === 0n) tell(`made ${number} blocks, ${gasUsed} gas in the last\n`);
  }
  closeSync(file);
  renameSync(unfinished, files.blocks);
  return files;
}

/** Four in ten transfers, four token transfers, two swaps; every second one of the old type. */
function transactionOf(
  nonce: bigint,
  other: Address,
  random: (limit: number) => number,
): UnsignedTransaction {
  const kind = random(10);
  const value = BigInt(1 + random(1000));
  const call =
    kind < 4
      ? { to: other, value, data: new Uint8Array(0), gasLimit: 21_000n }
      : kind < 8
        ? { to: TOKEN, value: 0n, data: transferData(other, value), gasLimit: 80_000n }
        : { to: POOL, value: value * GWEI, data: new Uint8Array(0), gasLimit: 120_000n };
  if (nonce % 2n === 0n) return { type: 0, chainId: CHAIN_ID, nonce, gasPrice: 20n * GWEI, ...call };
  const fees = { maxFeePerGas: 20n * GWEI, maxPriorityFeePerGas: GWEI };
  return { type: 2, chainId: CHAIN_ID, nonce, ...fees, accessList: [], ...call };
}

function transferData(to: Address, amount: bigint): Uint8Array {
  return fromHex(`0xa9059cbb${word(BigInt(to)).slice(2)}${word(amount).slice(2)}`);
}
