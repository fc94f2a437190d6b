/** What a diff makes of a whole state. */

import { EMPTY_BYTES } from '../bytes.ts';
import type { Alloc, StateDiff } from './diff.ts';
import { slotMap } from './slotMap.ts';

const NO_SLOTS: ReadonlyMap<bigint, bigint> = new Map();

/** The state after a run: a new map that shares what did not change. */
export function applyDiff(before: Alloc, diff: StateDiff): Alloc {
  const alloc = new Map(before);
  for (const [address, { after, code, storageCleared, storage }] of diff) {
    if (after === undefined) {
      alloc.delete(address);
      continue;
    }
    const old = alloc.get(address);
    const kept = storageCleared ? [] : [...(old?.storage ?? NO_SLOTS)].filter(([slot]) => !storage.has(slot));
    const written = [...storage].filter(([, value]) => value !== 0n);
    alloc.set(address, {
      nonce: after.nonce,
      balance: after.balance,
      code: code ?? old?.code ?? EMPTY_BYTES,
      storage: slotMap([...kept, ...written]),
    });
  }
  return alloc;
}
