/** Programs to measure: state tests read in place, one program per file and data index. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Hex } from '../bytes.ts';

/** An account before the run. */
export interface Account {
  readonly nonce: bigint;
  /** wei */
  readonly balance: bigint;
  readonly code: Hex;
  /** slots and their values, both as words */
  readonly storage: ReadonlyMap<bigint, bigint>;
}

/** The block that the program runs in. */
export interface Block {
  readonly number: bigint;
  /** seconds */
  readonly timestamp: bigint;
  readonly coinbase: Hex;
  readonly gasLimit: bigint;
  /** wei per gas */
  readonly baseFee: bigint;
  readonly difficulty: bigint;
  readonly prevRandao: bigint;
}

/** One call of a contract and the world it finds. */
export interface Program {
  /** `file/label`, or the file's name alone where it has one call */
  readonly name: string;
  /** the file's name */
  readonly group: string;
  /** the fixtures' name of the fork, such as `London` */
  readonly fork: string;
  readonly accounts: ReadonlyMap<Hex, Account>;
  readonly block: Block;
  readonly caller: Hex;
  readonly to: Hex;
  readonly value: bigint;
  readonly data: Hex;
  /** the transaction's gas limit, from which intrinsic gas is taken before the call */
  readonly gasLimit: bigint;
  readonly intrinsicGas: bigint;
}

/** What a program that is made here has to say; the rest is the same for all of them. */
export type ProgramParts = Pick<Program, 'name' | 'group' | 'fork' | 'accounts' | 'to' | 'data' | 'gasLimit'>;

const CALLER: Hex = '0x00000000000000000000000000000000000a11ce';

/** A call by an account that is rich, in a block like those of the day. */
export function callOf(parts: ProgramParts): Program {
  const caller = { nonce: 0n, balance: 10n ** 24n, code: '0x' as const, storage: new Map<bigint, bigint>() };
  return {
    ...parts,
    accounts: new Map([[CALLER, caller], ...parts.accounts]),
    block: {
      number: 20_000_000n,
      timestamp: 1_750_000_000n,
      coinbase: '0x00000000000000000000000000000000c01bba5e',
      gasLimit: 2n ** 40n,
      baseFee: 7n,
      difficulty: 0n,
      prevRandao: 0x7a9d0n,
    },
    caller: CALLER,
    value: 0n,
    intrinsicGas: intrinsicGas(parts.data),
  };
}

/** A contract that owns nothing yet. */
export function contract(code: Hex, storage: Account['storage'] = new Map()): Account {
  return { nonce: 1n, balance: 0n, code, storage };
}

interface RawTest {
  readonly _info?: { readonly labels?: Readonly<Record<string, string>> };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pre: Readonly<
    Record<string, { nonce: string; balance: string; code: string; storage: Record<string, string> }>
  >;
  readonly transaction: {
    readonly data: readonly string[];
    readonly gasLimit: readonly string[];
    readonly value: readonly string[];
    readonly to: string;
    readonly sender: string;
    readonly accessLists?: unknown;
  };
  readonly post: Readonly<
    Record<string, readonly { readonly indexes: { data: number; gas: number; value: number } }[]>
  >;
}

const BEFORE_LONDON = new Set(['Istanbul', 'Berlin']);
const WITH_FLOOR_GAS = new Set(['Prague', 'Osaka', 'BPO1', 'BPO2', 'Amsterdam']);

/**
 * Every program of a state test file, or of all `.json` files below a folder, in the order of their names.
 */
export function readPrograms(path: string): Program[] {
  if (statSync(path).isDirectory()) {
    return readdirSync(path)
      .sort()
      .filter((entry) => entry.endsWith('.json') || statSync(join(path, entry)).isDirectory())
      .flatMap((entry) => readPrograms(join(path, entry)));
  }
  return parsePrograms(JSON.parse(readFileSync(path, 'utf8')), basename(path, '.json'));
}

/**
 * The programs of one parsed state test file, in the newest fork that each test is filled for.
 * @throws {TypeError} for a test that is no plain call: a creation or an access list
 */
export function parsePrograms(file: Readonly<Record<string, RawTest>>, group: string): Program[] {
  const tests = Object.values(file);
  return tests.flatMap((test) => {
    const { env, transaction } = test;
    if (transaction.to === '' || transaction.accessLists !== undefined) {
      throw new TypeError(`${group}: expected a plain call, got a creation or an access list`);
    }
    const fork = Object.keys(test.post).at(-1)!;
    const entries = test.post[fork];
    const accounts = new Map(
      Object.entries(test.pre).map(([address, account]) => [
        address.toLowerCase() as Hex,
        {
          nonce: BigInt(account.nonce),
          balance: BigInt(account.balance),
          code: account.code as Hex,
          storage: new Map(
            Object.entries(account.storage).map(([key, value]) => [BigInt(key), BigInt(value)]),
          ),
        },
      ]),
    );
    return entries.map(({ indexes }) => {
      const data = transaction.data[indexes.data] as Hex;
      const label = test._info?.labels?.[indexes.data] ?? String(indexes.data);
      return {
        name: entries.length * tests.length === 1 ? group : `${group}/${label}`,
        group,
        fork,
        accounts,
        block: {
          number: BigInt(env.currentNumber ?? 1),
          timestamp: BigInt(env.currentTimestamp ?? 1),
          coinbase: (env.currentCoinbase ?? `0x${'0'.repeat(40)}`) as Hex,
          gasLimit: BigInt(env.currentGasLimit ?? 0),
          baseFee: BigInt(env.currentBaseFee ?? 10),
          difficulty: BigInt(env.currentDifficulty ?? 0),
          prevRandao: BigInt(env.currentRandom ?? 0),
        },
        caller: transaction.sender.toLowerCase() as Hex,
        to: transaction.to.toLowerCase() as Hex,
        value: BigInt(transaction.value[indexes.value]),
        data,
        gasLimit: BigInt(transaction.gasLimit[indexes.gas]),
        intrinsicGas: intrinsicGas(data),
      };
    });
  });
}

/**
 * What a receipt would say: intrinsic and execution gas, less the refund (at most a fifth, before London a
 * half), and from Prague on at least the floor. A peer behind a transaction interface can tell only this, so
 * it is what peers are compared by.
 */
export function transactionGas(program: Program, executionGas: bigint, refund: bigint): bigint {
  const gas = program.intrinsicGas + executionGas;
  const most = gas / (BEFORE_LONDON.has(program.fork) ? 2n : 5n);
  const net = gas - (refund < most ? refund : most);
  const floor = WITH_FLOOR_GAS.has(program.fork) ? 21_000n + 10n * BigInt(dataTokens(program.data)) : 0n;
  return net > floor ? net : floor;
}

/** A word as 64 hex digits. */
export function wordHex(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`;
}

/** What a call costs before it begins, since Istanbul. */
function intrinsicGas(data: Hex): bigint {
  return 21_000n + 4n * BigInt(dataTokens(data));
}

/** Calldata in tokens of EIP-7623: a zero byte is one, any other byte four (as priced since Istanbul). */
function dataTokens(data: Hex): number {
  let tokens = 0;
  for (let at = 2; at < data.length; at += 2) tokens += data.startsWith('00', at) ? 1 : 4;
  return tokens;
}
