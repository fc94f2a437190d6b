/** The state that a run begins with, from a file: a genesis with its block and rules, or accounts alone. */

import { forkAt } from '../chain/chainConfig.ts';
import { parseAlloc, parseConfig, parseGenesisFields } from '../chain/genesis.ts';
import type { BlockContext } from '../machine/environment.ts';
import type { Fork } from '../protocol/forks.ts';
import type { Alloc } from '../state/diff.ts';
import { readJson } from './codeInput.ts';
import { UsageError } from './host.ts';

/** What a file says. */
export interface Prestate {
  readonly alloc: Alloc;
  readonly block: Partial<BlockContext>;
  /** the fork of its configuration at its block */
  readonly fork: Fork | undefined;
}

/**
 * Reads a genesis file in go-ethereum's format, or an object of accounts by address.
 * @throws {UsageError} when it is neither
 */
export function readPrestate(path: string): Prestate {
  const json = readJson(path);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new UsageError(`${path}: expected accounts by address, or a genesis with an alloc`);
  }
  const file = json as Readonly<Record<string, unknown>>;
  try {
    return 'alloc' in file ? genesis(file) : { alloc: parseAlloc(file), block: {}, fork: undefined };
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError)
      throw new UsageError(`${path}: ${error.message}`);
    throw error;
  }
}

function genesis(file: Readonly<Record<string, unknown>>): Prestate {
  const alloc = parseAlloc(file['alloc']);
  const fields = parseGenesisFields(file);
  const { number = 0n, timestamp = 0n, difficulty = 0n } = fields;
  const config = file['config'] === undefined ? undefined : parseConfig(file['config']);
  const fork = config && forkAt(config, { number, timestamp, parentTotalDifficulty: difficulty });
  const { coinbase, gasLimit, baseFee, mixHash, excessBlobGas } = fields;
  return {
    alloc,
    fork,
    block: {
      number,
      timestamp,
      difficulty,
      ...(coinbase === undefined ? {} : { coinbase }),
      ...(gasLimit === undefined ? {} : { gasLimit }),
      ...(baseFee === undefined ? {} : { baseFee }),
      ...(mixHash === undefined ? {} : { prevRandao: BigInt(mixHash) }),
      ...(excessBlobGas === undefined ? {} : { excessBlobGas }),
      ...(config === undefined ? {} : { chainId: config.chainId }),
    },
  };
}
