/** Which tier official vectors run code by. */

import type { EvmOptions } from '../chain/evm.ts';
import type { Tier } from '../machine/tier.ts';

/**
 * A tier of the machine, or `switching`: code is compiled from the first instruction, compiled blocks leave where they
 * end, and a sequence of bits that is always the same says which tier goes on there.
 */
export type TestedTier = Tier | 'switching';

/** All of them. */
export const TESTED_TIERS: readonly TestedTier[] = ['auto', 'interpreter', 'compiler', 'switching'];

/** Where the sequence begins that `switching` follows. */
const SWITCH_SEED = 0x5eed;

/** What an EVM is made with to run code so. */
export function tierOptions(tier: TestedTier): Pick<EvmOptions, 'tier' | 'tuning'> {
  return tier === 'switching' ? { tier: 'compiler', tuning: { switchSeed: SWITCH_SEED } } : { tier };
}
