/** The names by which the official blockchain tests call their rules: a fork, or two and when the second begins. */

import { type Fork, forkNamed } from '../protocol/forks.ts';
import type { BlobSchedule } from '../protocol/params.ts';
import {
  type Activation,
  type ChainConfig,
  chainOfFork,
  withBlobSchedule,
  withListedSchedule,
} from './chainConfig.ts';

const TRANSITION = /^(.+)To(.+)At(?:(Time|Diff)?([0-9A-Fa-f]+)(k)?)$/;

/** How blobs are scheduled where the test says nothing: as the forks say. */
const NOTHING_LISTED: ReadonlyMap<string, BlobSchedule> = new Map();

/**
 * The chain that a test's network names: `Cancun`, `HomesteadToDaoAt5` (from block 5), `ParisToShanghaiAtTime15k`
 * (from timestamp 15000), `ArrowGlacierToParisAtDiffC0000` (after a total difficulty, in hexadecimal).
 * @param schedules the test's own blob schedules by fork, in lower case
 * @param named the rules that the test calls by a fork's name
 * @throws {RangeError} when it names no fork
 */
export function testNetwork(
  name: string,
  chainId = 1n,
  schedules: ReadonlyMap<string, BlobSchedule> = NOTHING_LISTED,
  named: (fork: string) => Fork = forkNamed,
): ChainConfig {
  const ruleSet = (fork: string): Fork => {
    const schedule = schedules.get(fork.toLowerCase());
    return schedule === undefined
      ? withListedSchedule(named(fork), schedules)
      : withBlobSchedule(named(fork), schedule);
  };
  const transition = TRANSITION.exec(name);
  if (transition === null) return chainOfFork(ruleSet(name), chainId);
  const [, before, after, measure, digits, thousands] = transition;
  const chain = chainOfFork(ruleSet(before), chainId);
  const at = measure === 'Diff' ? BigInt(`0x${digits}`) : BigInt(digits) * (thousands === 'k' ? 1000n : 1n);
  if (after === 'Dao') return { ...chain, daoBlock: at };
  const by: Activation['by'] =
    measure === 'Diff' ? 'difficulty' : measure === 'Time' ? 'timestamp' : 'number';
  return { ...chain, forks: [...chain.forks, { fork: ruleSet(after), by, at }] };
}
