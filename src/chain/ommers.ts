/** Ommers: headers of blocks that lost, which a mined block may include for a share of the reward. */

import type { Hex } from '../bytes.ts';
import { InvalidBlock } from '../errors.ts';
import type { Block } from './block.ts';
import { ommersHash } from './block.ts';
import { type Header, headerHash } from './header.ts';
import { MAX_OMMER_AGE } from './reward.ts';

const MAX_OMMERS = 2;

/** A block as the check of ommers sees it: its header and what it included. */
export interface Ancestor {
  readonly hash: Hex;
  readonly header: Header;
  readonly ommers: readonly Header[];
}

/**
 * How many ancestors decide, the parent first: an ommer is at most 6 generations old, and its parent one more. One
 * more ancestor cannot hold anything that an ommer might repeat.
 */
export const OMMER_ANCESTORS: number = Number(MAX_OMMER_AGE) + 1;

/**
 * Checks a mined block's ommers. Yellow Paper, 11.1.
 * @param ancestors the last `OMMER_ANCESTORS` of them, the parent first; fewer near the genesis
 * @param checkOmmer checks an ommer's header against its parent's, and its seal
 * @throws {InvalidBlock}
 */
export function checkOmmers(
  { header, ommers }: Block,
  ancestors: readonly Ancestor[],
  checkOmmer: (ommer: Header, parent: Header) => void,
): void {
  const hash = ommersHash(ommers);
  if (hash !== header.ommersHash) {
    throw new InvalidBlock('ommersHash', `ommers hash: expected ${hash}, got ${header.ommersHash}`);
  }
  if (ommers.length === 0) return;
  if (ommers.length > MAX_OMMERS) {
    throw new InvalidBlock('tooManyOmmers', `ommers: expected at most ${MAX_OMMERS}, got ${ommers.length}`, {
      actual: BigInt(ommers.length),
      expected: BigInt(MAX_OMMERS),
    });
  }
  const byHash = new Map(ancestors.map((ancestor) => [ancestor.hash, ancestor]));
  const included = new Set(ancestors.flatMap((ancestor) => ancestor.ommers.map(headerHash)));
  const own = new Set<Hex>();
  for (const ommer of ommers) {
    const ommerHash = headerHash(ommer);
    if (own.has(ommerHash)) throw new InvalidBlock('ommerTwice', `ommer ${ommerHash}: expected it once`);
    own.add(ommerHash);
    checkPlace(ommer, ommerHash, header, byHash, included);
    checkOmmer(ommer, byHash.get(ommer.parentHash)!.header);
  }
}

function checkPlace(
  ommer: Header,
  hash: Hex,
  header: Header,
  ancestors: ReadonlyMap<Hex, Ancestor>,
  included: ReadonlySet<Hex>,
): void {
  if (included.has(hash)) {
    throw new InvalidBlock(
      'ommerIncluded',
      `ommer ${hash}: expected a new one, got one that an ancestor has`,
    );
  }
  if (ancestors.has(hash)) {
    throw new InvalidBlock('ommerIsAncestor', `ommer ${hash}: expected no ancestor, got one`);
  }
  const age = header.number - ommer.number;
  if (age > MAX_OMMER_AGE) {
    const message = `ommer ${hash}: expected at most ${MAX_OMMER_AGE} generations, got ${age}`;
    throw new InvalidBlock('ommerTooOld', message, { actual: age, expected: MAX_OMMER_AGE });
  }
  if (!ancestors.has(ommer.parentHash) || ommer.parentHash === header.parentHash) {
    throw new InvalidBlock(
      'ommerParent',
      `ommer ${hash}: expected an older ancestor as its parent, got ${ommer.parentHash}`,
    );
  }
}
