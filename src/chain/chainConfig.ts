/** Which rules hold where in a chain: forks by number, by total difficulty, by time. */

import type { Address } from '../bytes.ts';
import { type Fork, fork, namesOf } from '../protocol/forks.ts';
import type { BlobSchedule } from '../protocol/params.ts';

/**
 * When a fork begins: at a block's number, at a block's timestamp (seconds), or with the first block whose parent has
 * reached a total difficulty (https://eips.ethereum.org/EIPS/eip-3675).
 */
export interface Activation {
  readonly fork: Fork;
  readonly by: 'number' | 'timestamp' | 'difficulty';
  readonly at: bigint;
}

/** What is particular to a chain. */
export interface ChainConfig {
  readonly chainId: bigint;
  /** in the protocol's order; the first holds from the genesis on */
  readonly forks: readonly Activation[];
  /** the block of the DAO fork, where the chain took it. https://eips.ethereum.org/EIPS/eip-779 */
  readonly daoBlock: bigint | undefined;
  /** whose logs are deposits. https://eips.ethereum.org/EIPS/eip-6110 */
  readonly depositContract: Address;
  /** whether mined blocks must carry a valid Ethash seal; test chains have none */
  readonly sealed: boolean;
}

/** Mainnet's deposit contract. */
export const DEPOSIT_CONTRACT: Address = '0x00000000219ab540356cbb839cbe05303d7705fa';

/** What of a block decides its fork. */
export interface BlockPosition {
  readonly number: bigint;
  /** seconds */
  readonly timestamp: bigint;
  /** of the chain up to its parent; 0 for a genesis */
  readonly parentTotalDifficulty: bigint;
}

/** The fork that a block is of. Forks by time need one of proof of stake before them. */
export function forkAt({ forks }: ChainConfig, position: BlockPosition): Fork {
  let current = forks[0].fork;
  for (const activation of forks.slice(1)) {
    if (activation.by === 'timestamp' && !current.rules.proofOfStake) break;
    if (measure(activation, position) >= activation.at) current = activation.fork;
  }
  return current;
}

function measure({ by }: Activation, position: BlockPosition): bigint {
  switch (by) {
    case 'number':
      return position.number;
    case 'timestamp':
      return position.timestamp;
    case 'difficulty':
      return position.parentTotalDifficulty;
  }
}

/** A chain of one fork from its genesis on, on which blocks carry no seals: what tests and simulations want. */
export function chainOfFork(ruleSet: Fork, chainId = 1n): ChainConfig {
  return {
    chainId,
    forks: [{ fork: ruleSet, by: 'number', at: 0n }],
    daoBlock: undefined,
    depositContract: DEPOSIT_CONTRACT,
    sealed: false,
  };
}

/** Forks with blob schedules of their own, by fork and numbers: what runs them keeps its code by fork. */
const scheduled = new Map<string, Fork>();

/** The fork with another blob schedule; itself where it has that one already, or knows no blobs. */
export function withBlobSchedule(official: Fork, schedule: BlobSchedule): Fork {
  const own = official.params.blobSchedule;
  const { target, max, baseFeeUpdateFraction } = schedule;
  if (own === null) return official;
  if (own.target === target && own.max === max && own.baseFeeUpdateFraction === baseFeeUpdateFraction) {
    return official;
  }
  const key = `${official.name} ${target} ${max} ${baseFeeUpdateFraction}`;
  let made = scheduled.get(key);
  if (made === undefined) {
    made = fork(official.name, official, { eip: 0, params: { blobSchedule: schedule } });
    scheduled.set(key, made);
  }
  return made;
}

/**
 * The fork with the schedule that a configuration lists for it, or for the newest fork before it that is listed.
 * @param listed by the fork's name, or one of its other names, in lower case
 */
export function withListedSchedule(official: Fork, listed: ReadonlyMap<string, BlobSchedule>): Fork {
  for (let named: Fork | null = official; named !== null; named = named.parent) {
    for (const name of namesOf(named)) {
      const schedule = listed.get(name);
      if (schedule !== undefined) return withBlobSchedule(official, schedule);
    }
  }
  return official;
}
