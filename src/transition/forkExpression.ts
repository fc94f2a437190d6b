/** Rule sets by the names that the transition tools take: a fork, a passage from one to another, and EIPs on top. */

import { type ChainConfig, forkAt } from '../chain/chainConfig.ts';
import { testNetwork } from '../chain/testNetworks.ts';
import { type EipDelta, FORKS, type Fork, fork } from '../protocol/forks.ts';
import { ToolError } from './toolError.ts';

/** The rules that an expression names. */
export interface NamedRules {
  /** without its EIPs: what decides by number and time */
  readonly chain: ChainConfig;
  /** the fork of a block, with the EIPs */
  forkOf(number: bigint, timestamp: bigint): Fork;
}

/**
 * What each EIP changes, as the fork that brought it first has it. EIPs that change nothing by themselves (they are
 * done by others, or outside of execution) are not there.
 */
const DELTAS: ReadonlyMap<number, EipDelta> = deltasOf(FORKS);

/** The numbers of the EIPs that can be put on top of a fork, in ascending order. */
export const EXTRA_EIPS: readonly number[] = [...DELTAS.keys()].sort((a, b) => a - b);

/**
 * Rules by their expression: `Berlin`, `Berlin+1559+3529`, `ParisToShanghaiAtTime15k`.
 * @throws {ToolError} `configuration`, for a fork or an EIP that is not known
 */
export function rulesNamed(expression: string, chainId: bigint): NamedRules {
  const [name, ...eips] = expression.split('+');
  const deltas = eips.map(extraDelta);
  let chain: ChainConfig;
  try {
    chain = testNetwork(name, chainId);
  } catch {
    throw unconfigurable(`unsupported fork ${JSON.stringify(name)}`);
  }
  return {
    chain,
    forkOf(number, timestamp) {
      const plain = forkAt(chain, { number, timestamp, parentTotalDifficulty: 0n });
      return deltas.length === 0 ? plain : extended(expression, plain, deltas);
    },
  };
}

/** Engines know code by fork: the same expression must be the same fork. */
const made = new Map<string, Fork>();
const MOST_MADE = 256;

function extended(expression: string, plain: Fork, deltas: readonly EipDelta[]): Fork {
  const key = `${plain.name} ${expression}`;
  let found = made.get(key);
  if (found === undefined) {
    if (made.size >= MOST_MADE) made.clear();
    made.set(key, (found = fork(expression, plain, ...deltas)));
  }
  return found;
}

function extraDelta(text: string): EipDelta {
  const delta = /^[0-9]{1,9}$/.test(text) ? DELTAS.get(Number(text)) : undefined;
  if (delta === undefined) throw unconfigurable(`syntax error, invalid eip number ${text}`);
  return delta;
}

function unconfigurable(why: string): ToolError {
  return new ToolError('configuration', `failed constructing chain configuration: ${why}`);
}

function deltasOf(forks: readonly Fork[]): ReadonlyMap<number, EipDelta> {
  const found = new Map<number, EipDelta>();
  for (const { deltas } of forks) {
    for (const delta of deltas) {
      const { eip, ...changes } = delta;
      if (eip !== 0 && Object.keys(changes).length > 0 && !found.has(eip)) found.set(eip, delta);
    }
  }
  return found;
}
