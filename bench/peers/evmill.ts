/** evmill as it is built and shipped. */

import { existsSync, readFileSync } from 'node:fs';
import type { Peer } from '../../src/bench/peer.ts';
import type { Tier } from '../../src/machine/tier.ts';

/**
 * Opens the built package.
 * @throws {Error} when the package is not built
 */
export async function openBuilt(tier?: Tier): Promise<Peer> {
  const entry = new URL('../../dist/bench/evmillPeer.js', import.meta.url);
  if (!existsSync(entry)) throw new Error('evmill: dist is missing; run "npm run build" first');
  const { openEvmill } = (await import(entry.href)) as typeof import('../../src/bench/evmillPeer.ts');
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return openEvmill(manifest.version, tier);
}
