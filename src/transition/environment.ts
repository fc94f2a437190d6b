/** The block that transactions are executed in, as `evm t8n` takes it: what is said of it, and what follows. */

import { type Address, fromHex, type Hex, toAddress, toHex } from '../bytes.ts';
import { nextDifficulty } from '../chain/difficulty.ts';
import { INITIAL_BASE_FEE, nextBaseFee, nextExcessBlobGas } from '../chain/fees.ts';
import { EMPTY_LIST_HASH, ZERO_HASH } from '../chain/header.ts';
import { integerFromJson, type JsonObject } from '../chain/transactionJson.ts';
import type { Withdrawal } from '../chain/withdrawals.ts';
import type { Fork } from '../protocol/forks.ts';
import type { NamedRules } from './forkExpression.ts';
import { readingJson, ToolError } from './toolError.ts';

/** An ommer that is rewarded. */
export interface Ommer {
  /** how many generations it is older than the block */
  readonly delta: bigint;
  readonly address: Address;
}

/** What the input says. */
export interface StatedEnvironment {
  readonly coinbase: Address;
  readonly gasLimit: bigint;
  readonly number: bigint;
  readonly timestamp: bigint;
  readonly difficulty: bigint | undefined;
  readonly random: bigint | undefined;
  readonly baseFee: bigint | undefined;
  readonly excessBlobGas: bigint | undefined;
  readonly slotNumber: bigint | undefined;
  readonly parentDifficulty: bigint | undefined;
  readonly parentTimestamp: bigint;
  readonly parentUncleHash: Hex;
  readonly parentBaseFee: bigint | undefined;
  readonly parentGasUsed: bigint;
  readonly parentGasLimit: bigint;
  readonly parentExcessBlobGas: bigint | undefined;
  readonly parentBlobGasUsed: bigint | undefined;
  readonly parentBeaconRoot: Hex | undefined;
  readonly blockHashes: ReadonlyMap<bigint, Hex> | undefined;
  readonly ommers: readonly Ommer[];
  readonly withdrawals: readonly Withdrawal[] | undefined;
}

/** What holds: stated or calculated. Where the fork lacks a thing it is undefined. */
export interface Environment extends StatedEnvironment {
  readonly fork: Fork;
}

/**
 * Reads an environment.
 * @throws {ToolError} `json`, when something is missing or malformed
 */
export function environmentFromJson(json: unknown, what = 'env file'): StatedEnvironment {
  return readingJson(what, () => {
    const env = recordOf(json, 'env');
    const optional = (name: string) => (env[name] == null ? undefined : integer(env[name], name));
    const required = (name: string) => integer(needed(env, name), name);
    const hash = (name: string) => (env[name] == null ? undefined : hashOf(env[name], name));
    return {
      coinbase: addressOf(needed(env, 'currentCoinbase'), 'currentCoinbase'),
      gasLimit: required('currentGasLimit'),
      number: required('currentNumber'),
      timestamp: required('currentTimestamp'),
      difficulty: optional('currentDifficulty'),
      random: optional('currentRandom'),
      baseFee: optional('currentBaseFee'),
      excessBlobGas: optional('currentExcessBlobGas'),
      slotNumber: optional('slotNumber') ?? optional('currentSlotNumber'),
      parentDifficulty: optional('parentDifficulty'),
      parentTimestamp: optional('parentTimestamp') ?? 0n,
      parentUncleHash: hash('parentUncleHash') ?? ZERO_HASH,
      parentBaseFee: optional('parentBaseFee'),
      parentGasUsed: optional('parentGasUsed') ?? 0n,
      parentGasLimit: optional('parentGasLimit') ?? 0n,
      parentExcessBlobGas: optional('parentExcessBlobGas'),
      parentBlobGasUsed: optional('parentBlobGasUsed'),
      parentBeaconRoot: hash('parentBeaconBlockRoot'),
      blockHashes: blockHashesOf(env['blockHashes']),
      ommers: listOf(env['ommers'] ?? [], 'ommers').map(ommerFromJson),
      withdrawals:
        env['withdrawals'] == null
          ? undefined
          : listOf(env['withdrawals'], 'withdrawals').map(withdrawalFromJson),
    };
  });
}

/**
 * Adds what follows from the parent, and refuses what cannot be.
 * @throws {ToolError} `configuration`
 */
export function completeEnvironment(stated: StatedEnvironment, rules: NamedRules): Environment {
  const { number, timestamp } = stated;
  const fork = rules.forkOf(number, timestamp);
  const { withdrawals: hasWithdrawals, beaconRoots } = fork.rules;
  const baseFee = baseFeeOf(stated, fork, rules);
  if (hasWithdrawals && stated.withdrawals === undefined) {
    throw unconfigured("Shanghai config but missing 'withdrawals' in env section");
  }
  const difficulty = difficultyOf(stated, fork);
  if (beaconRoots && stated.parentBeaconRoot === undefined) {
    throw unconfigured('post-cancun env requires parentBeaconBlockRoot to be set');
  }
  return {
    ...stated,
    fork,
    baseFee,
    difficulty,
    excessBlobGas: fork.params.blobSchedule === null ? undefined : excessBlobGasOf(stated, fork),
    parentBeaconRoot: beaconRoots ? stated.parentBeaconRoot : undefined,
  };
}

function baseFeeOf(env: StatedEnvironment, fork: Fork, rules: NamedRules): bigint | undefined {
  if (!fork.rules.baseFee || env.baseFee !== undefined) return env.baseFee;
  const { parentBaseFee, parentGasLimit, parentGasUsed, number } = env;
  if (parentBaseFee === undefined || number === 0n) {
    throw unconfigured("EIP-1559 config but missing 'parentBaseFee' in env section");
  }
  if (!rules.forkOf(number - 1n, 0n).rules.baseFee) return INITIAL_BASE_FEE;
  if (parentGasLimit < 2n) throw unconfigured("EIP-1559 config but missing 'parentGasLimit' in env section");
  return nextBaseFee({ baseFee: parentBaseFee, gasLimit: parentGasLimit, gasUsed: parentGasUsed });
}

function difficultyOf(env: StatedEnvironment, fork: Fork): bigint | undefined {
  const { difficulty, random, parentDifficulty, parentTimestamp, parentUncleHash, number, timestamp } = env;
  if (fork.rules.proofOfStake) {
    if (random === undefined) throw unconfigured('post-merge requires currentRandom to be defined in env');
    if (difficulty !== undefined && difficulty !== 0n) {
      throw unconfigured('post-merge difficulty must be zero (or omitted) in env');
    }
    return undefined;
  }
  if (difficulty !== undefined) return difficulty;
  if (parentDifficulty === undefined) {
    throw unconfigured(
      'currentDifficulty was not provided, and cannot be calculated due to missing parentDifficulty',
    );
  }
  if (number === 0n) throw unconfigured('currentDifficulty needs to be provided for block number 0');
  if (timestamp <= parentTimestamp) {
    throw unconfigured(
      `currentDifficulty cannot be calculated -- currentTime (${timestamp}) needs to be after parent time (${parentTimestamp})`,
    );
  }
  const hasOmmers = parentUncleHash !== ZERO_HASH && parentUncleHash !== EMPTY_LIST_HASH;
  const parent = { difficulty: parentDifficulty, timestamp: parentTimestamp, hasOmmers };
  return nextDifficulty(fork, number, timestamp, parent);
}

function excessBlobGasOf(env: StatedEnvironment, fork: Fork): bigint | undefined {
  const { excessBlobGas, parentExcessBlobGas, parentBlobGasUsed, parentBaseFee } = env;
  if (excessBlobGas !== undefined) return excessBlobGas;
  if (parentExcessBlobGas === undefined || parentBlobGasUsed === undefined) return undefined;
  const parent = {
    gasLimit: 0n,
    gasUsed: 0n,
    baseFee: parentBaseFee,
    excessBlobGas: parentExcessBlobGas,
    blobGasUsed: parentBlobGasUsed,
  };
  return nextExcessBlobGas(parent, fork);
}

function unconfigured(message: string): ToolError {
  return new ToolError('configuration', message);
}

function blockHashesOf(value: unknown): ReadonlyMap<bigint, Hex> | undefined {
  if (value === undefined || value === null) return undefined;
  const entries = Object.entries(recordOf(value, 'blockHashes'));
  return new Map(
    entries.map(([number, hash]) => [integer(number, 'blockHashes'), hashOf(hash, 'blockHashes')]),
  );
}

function ommerFromJson(json: unknown): Ommer {
  const { delta, address } = recordOf(json, 'ommer');
  return { delta: integer(delta ?? 0, 'delta'), address: addressOf(address, 'ommer address') };
}

/**
 * A withdrawal from JSON.
 * @throws {TypeError} when it is none
 */
export function withdrawalFromJson(json: unknown): Withdrawal {
  const { index, validatorIndex, address, amount } = recordOf(json, 'withdrawal');
  return {
    index: integer(index ?? 0, 'index'),
    validatorIndex: integer(validatorIndex ?? 0, 'validatorIndex'),
    address: addressOf(address, 'withdrawal address'),
    amount: integer(amount ?? 0, 'amount'),
  };
}

/**
 * An object.
 * @throws {TypeError} when it is none
 */
export function recordOf(value: unknown, where: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new TypeError(`${where}: expected an object`);
}

function listOf(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`${where}: expected a list`);
}

function needed(env: JsonObject, name: string): unknown {
  if (env[name] == null) throw new TypeError(`missing required field '${name}' for stEnv`);
  return env[name];
}

/** An integer, of which nothing written is 0. */
function integer(value: unknown, name: string): bigint {
  return value === '' ? 0n : integerFromJson(value, name);
}

/**
 * 32 bytes of hex.
 * @throws {TypeError} when it is something else
 */
export function hashOf(value: unknown, where: string): Hex {
  const bytes = typeof value === 'string' ? fromHex(value) : undefined;
  if (bytes?.length !== 32) throw new TypeError(`${where}: expected a hash of 32 bytes`);
  return toHex(bytes);
}

/**
 * An address, with or without `0x`.
 * @throws {TypeError} when it is none
 */
export function addressOf(value: unknown, where: string): Address {
  if (typeof value !== 'string') throw new TypeError(`${where}: expected an address`);
  return toAddress(value);
}
