/** Running random worlds in several ways that must agree. */

import type { CallOptions } from '../../src/chain/evm.ts';
import type { BlockContext } from '../../src/machine/environment.ts';
import type { CallResult, Message } from '../../src/machine/result.ts';
import { forkNamed } from '../../src/protocol/forks.ts';
import { memoryState } from '../../src/state/memory.ts';
import type { StateSource } from '../../src/state/source.ts';
import { runSync, type Task } from '../../src/task.ts';
import { CALLER, CONTRACT, evmOf, type Way } from './program.ts';
import type { World } from './randomPrograms.ts';

/** The block that random worlds run in. */
export const BLOCK: Partial<BlockContext> = {
  number: 300n,
  timestamp: 1_700_000_000n,
  coinbase: '0xc01bbace00000000000000000000000000000007',
  gasLimit: 30_000_000n,
  baseFee: 7n,
  prevRandao: 0x1234n,
  difficulty: 0x4321n,
  excessBlobGas: 10_000_000n,
};

export const blockHashOf = (number: bigint): bigint => number * 0x1000003n + 1n;

/** The message of a world. */
export function messageOf({ data, gas, value, isCreation }: World): Message {
  return { caller: CALLER, to: isCreation ? null : CONTRACT, data, gas, value };
}

/** The state of a world at hand. */
export const sourceOf = (world: World): StateSource => memoryState(world.alloc, blockHashOf);

/** The task of a world, run in one way. */
export function taskOf(world: World, options: CallOptions = {}, way?: Way): Task<CallResult> {
  return evmOf(forkNamed(world.fork), way).call(messageOf(world), { block: BLOCK, ...options });
}

/** Runs a world on state at hand, in one way. */
export function runWorld(world: World, options: CallOptions = {}, way?: Way): CallResult {
  return runSync(taskOf(world, options, way), sourceOf(world));
}
