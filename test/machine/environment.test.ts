/** What code sees of its message, its transaction and its block. */

import { describe, expect, test } from 'vitest';
import { type Address, bigIntToBytes, bytesToBigInt } from '../../src/bytes.ts';
import { keccak256 } from '../../src/keccak.ts';
import type { BlockContext } from '../../src/machine/environment.ts';
import { cancun, istanbul, london, osaka, paris, prague } from '../../src/protocol/forks.ts';
import type { OpName } from '../../src/protocol/opcodes.ts';
import {
  account,
  CALLER,
  CONTRACT,
  call,
  contractAt,
  ETHER,
  MAX_WORD,
  NOBODY,
  OTHER,
  type Piece,
  program,
  returnTop,
  topOf,
  wordOf,
} from './program.ts';

const COINBASE: Address = '0xffffffff00000000000000000000000000000001';
const block: BlockContext = {
  number: 2n ** 200n + 5n,
  timestamp: 2n ** 63n,
  coinbase: COINBASE,
  gasLimit: 2n ** 64n + 1n,
  baseFee: 12_345_678_901n,
  prevRandao: MAX_WORD - 3n,
  difficulty: 2n ** 100n,
  excessBlobGas: 0n,
  slotNumber: 0n,
  chainId: 2n ** 255n + 1n,
};
const message = {
  origin: NOBODY,
  gasPrice: 2n ** 90n,
  value: 7n,
  data: new Uint8Array(11),
  blobHashes: [5n, MAX_WORD],
};

test.each<[OpName, bigint]>([
  ['ADDRESS', wordOf(CONTRACT)],
  ['CALLER', wordOf(CALLER)],
  ['ORIGIN', wordOf(NOBODY)],
  ['CALLVALUE', 7n],
  ['CALLDATASIZE', 11n],
  ['GASPRICE', 2n ** 90n],
  ['SELFBALANCE', ETHER + 7n],
  ['RETURNDATASIZE', 0n],
  ['NUMBER', block.number],
  ['TIMESTAMP', block.timestamp],
  ['COINBASE', wordOf(COINBASE)],
  ['GASLIMIT', block.gasLimit],
  ['BASEFEE', block.baseFee],
  ['PREVRANDAO', block.prevRandao],
  ['CHAINID', block.chainId],
  ['BLOBBASEFEE', 1n],
  ['CODESIZE', 1n + 8n],
])('%s', (name, expected) => {
  expect(topOf([name], { message, block })).toBe(expected);
});

test('0x44 is the difficulty before Paris', () => {
  expect(topOf([0x44], { block, fork: london })).toBe(block.difficulty);
  expect(topOf([0x44], { block, fork: paris })).toBe(block.prevRandao);
});

test('BLOBBASEFEE grows with the excess, at the pace of the fork', () => {
  const fee = (excessBlobGas: bigint, fork = osaka) =>
    topOf(['BLOBBASEFEE'], { fork, block: { excessBlobGas } });
  // https://eips.ethereum.org/EIPS/eip-4844: about e ** (excess / fraction)
  const excesses = [0n, 2314057n, 2314058n, 10n * 1024n * 1024n];
  expect(excesses.map((excess) => fee(excess, cancun))).toEqual([1n, 1n, 2n, 23n]);
  expect([fee(10_000_000n, cancun), fee(10_000_000n, prague)]).toEqual([19n, 7n]);
});

test('BLOBHASH is zero where there is none', () => {
  const hash = (index: bigint) => topOf([index, 'BLOBHASH'], { message });
  expect([0n, 1n, 2n, 2n ** 32n, 2n ** 64n, 2n ** 64n + 1n, MAX_WORD].map(hash)).toEqual([
    5n,
    MAX_WORD,
    0n,
    0n,
    0n,
    0n,
    0n,
  ]);
  expect(topOf([0n, 'BLOBHASH'])).toBe(0n);
});

test('there is room for so many blob hashes, and more are refused', () => {
  const blobHashes = Array.from({ length: 1024 }, (_, i) => BigInt(i + 1));
  expect(topOf([1023n, 'BLOBHASH'], { message: { blobHashes } })).toBe(1024n);
  expect(() => topOf([0n, 'BLOBHASH'], { message: { blobHashes: [...blobHashes, 1n] } })).toThrow(RangeError);
});

test('BLOCKHASH is of the last 256 blocks', () => {
  const asked: bigint[] = [];
  const blockHash = (number: bigint): bigint => {
    asked.push(number);
    return number * 3n;
  };
  const hash = (of: bigint, number: bigint) => topOf([of, 'BLOCKHASH'], { blockHash, block: { number } });
  for (const of of [744n, 745n, 999n]) expect(hash(of, 1000n)).toBe(3n * of);
  const none = [743n, 1000n, 1001n, 0n, 2n ** 64n + 999n, MAX_WORD];
  for (const of of none) expect(hash(of, 1000n)).toBe(0n);
  expect([hash(0n, 1n), hash(0n, 256n), hash(0n, 257n), hash(0n, 0n)]).toEqual([0n, 0n, 0n, 0n]);
  for (const bits of [32n, 64n, 70n, 224n]) {
    for (const above of [0n, 1n, 255n]) {
      const number = 2n ** bits + above;
      for (const of of [number - 256n, number - 1n]) expect(hash(of, number)).toBe(3n * of);
      for (const of of [number - 257n, number, number ^ (2n ** bits), number + 2n ** bits - 1n]) {
        expect(hash(of, number)).toBe(0n);
      }
    }
  }
  expect(hash(MAX_WORD, 1n)).toBe(0n);
  expect(asked.filter((number) => none.includes(number) && number !== 0n)).toEqual([]);
});

describe('another account', () => {
  const code = Uint8Array.from({ length: 40 }, (_, i) => i + 1);
  const world = [[OTHER, account({ balance: 9n, code })]] as [Address, ReturnType<typeof account>][];
  const dirty = 0xdead_0000n << 224n;

  test('is looked at by the low 20 bytes of a word', () => {
    for (const high of [0n, dirty]) {
      const of = wordOf(OTHER) + high;
      expect(topOf([of, 'BALANCE'], { world })).toBe(9n);
      expect(topOf([of, 'EXTCODESIZE'], { world })).toBe(40n);
      expect(topOf([of, 'EXTCODEHASH'], { world })).toBe(bytesToBigInt(keccak256(code)));
    }
  });

  test('that is not there, or is dead, has no code hash', () => {
    const of = (address: Address, there?: ReturnType<typeof account>) =>
      topOf([wordOf(address), 'EXTCODEHASH'], there === undefined ? {} : { world: [[address, there]] });
    expect([of(NOBODY), of(NOBODY, account())]).toEqual([0n, 0n]);
    expect(of(CALLER)).toBe(bytesToBigInt(keccak256(program())));
    expect(topOf([1n, 'EXTCODEHASH'])).toBe(0n);
    expect(topOf([1n, 'EXTCODEHASH'], { fork: istanbul })).toBe(0n);
  });

  test('has its code copied, with zeros behind it', () => {
    const copied = (from: bigint) =>
      topOf([MAX_WORD, 0n, 'MSTORE', 32n, from, 0n, wordOf(OTHER), 'EXTCODECOPY', 0n, 'MLOAD'], { world });
    for (const from of [0n, 8n, 9n, 39n, 40n, 2n ** 32n, 2n ** 32n + 1n, 2n ** 64n, MAX_WORD]) {
      const rest = from < 40n ? code.slice(Number(from), Number(from) + 32) : new Uint8Array(0);
      const whole = new Uint8Array(32);
      whole.set(rest);
      expect([from, copied(from)]).toEqual([from, bytesToBigInt(whole)]);
    }
  });
});

test('CALLDATALOAD has zeros behind the end of the data, whatever memory holds there', () => {
  const full = (data: bigint): Piece[] => [
    data,
    0n,
    'MSTORE',
    MAX_WORD,
    32n,
    'MSTORE',
    MAX_WORD,
    64n,
    'MSTORE',
  ];
  const seen = (data: bigint, size: number, at: bigint): bigint => {
    const callee = contractAt(OTHER, at, 'CALLDATALOAD', ...returnTop);
    const called = call('CALL', OTHER, { input: [0n, BigInt(size)], output: [128n, 32n] });
    return topOf([...full(data), ...called, 128n, 'MLOAD'], { world: [callee] });
  };
  const data = MAX_WORD - 5n;
  const bytes = new Uint8Array(104);
  for (const at of [0, 1, 7]) {
    // every number of bytes that can be left there
    for (let left = 0; left <= 33; left++) {
      const size = at + left;
      bytes.fill(0);
      bytes.set([...bigIntToBytes(data, 32), ...new Uint8Array(8).fill(0xff)].slice(0, size));
      expect(seen(data, size, BigInt(at))).toBe(bytesToBigInt(bytes.subarray(at, at + 32)));
    }
  }
  for (const at of [31n, 32n, 33n, 2n ** 32n, 2n ** 64n, MAX_WORD]) expect(seen(data, 31, at)).toBe(0n);
});
