/** What mining a block earns, wei. Yellow Paper, 11.3. */

/** The most generations by which an ommer may be older than the block that includes it. */
export const MAX_OMMER_AGE = 6n;

const OMMER_SHARE = 8n;
const NEPHEW_SHARE = 32n;

/** What the miner of an ommer gets: the less the older it is. */
export function ommerReward(blockReward: bigint, blockNumber: bigint, ommerNumber: bigint): bigint {
  return (blockReward * (OMMER_SHARE + ommerNumber - blockNumber)) / OMMER_SHARE;
}

/** What the miner of the block gets: a part more for each ommer. */
export function minerReward(blockReward: bigint, ommers: number): bigint {
  return blockReward + (blockReward / NEPHEW_SHARE) * BigInt(ommers);
}
