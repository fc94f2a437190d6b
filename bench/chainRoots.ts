/** How long a block's changes take to become a root, in states of several sizes: as long in all, but for the depth. */

import { type Address, toAddress } from '../src/bytes.ts';
import { keccak256 } from '../src/keccak.ts';
import type { StateDiff } from '../src/state/diff.ts';
import { EMPTY_CODE_HASH } from '../src/state/source.ts';
import { StateTrie } from '../src/trie/stateTrie.ts';

const CHANGED = 400;
const BLOCKS = 50;

/** Measures states of so many accounts, of which each block changes 400. */
export function measureRoots(sizes: readonly number[], say: (line: string) => void): void {
  say(`a block's root, ${CHANGED} accounts changed:`);
  for (const size of sizes) {
    const state = new StateTrie();
    for (let first = 0; first < size; first += 10_000)
      state.apply(diffOf(first, Math.min(size, first + 10_000), 1, 1n));
    const start = performance.now();
    state.root();
    const whole = performance.now() - start;
    const times: number[] = [];
    for (let block = 0; block < BLOCKS; block++) {
      const after = state.snapshot();
      const diff = diffOf(
        block * 7,
        size,
        Math.max(1, Math.floor(size / CHANGED)),
        BigInt(block + 2),
        CHANGED,
      );
      const from = performance.now();
      after.apply(diff);
      after.root();
      times.push(performance.now() - from);
    }
    times.sort((a, b) => a - b);
    say(
      `  ${String(size).padStart(8)} accounts: ${times[BLOCKS >> 1].toFixed(2)} ms median, ` +
        `${times[0].toFixed(2)} ms least; all of it anew: ${whole.toFixed(0)} ms`,
    );
  }
}

function diffOf(from: number, to: number, step: number, balance: bigint, most = Infinity): StateDiff {
  const diff = new Map<
    Address,
    { after: object; code: undefined; storageCleared: false; storage: Map<bigint, bigint> }
  >();
  const bytes = new Uint8Array(4);
  for (let index = from; index < to && diff.size < most; index += step) {
    new DataView(bytes.buffer).setUint32(0, index);
    const address = toAddress(keccak256(bytes).subarray(12));
    const after = { nonce: 0n, balance, codeHash: EMPTY_CODE_HASH };
    diff.set(address, { after, code: undefined, storageCleared: false, storage: new Map() });
  }
  return diff as unknown as StateDiff;
}
