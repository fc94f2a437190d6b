/** Where a chain keeps what it knows: blocks by hash, states by block, code by hash. In memory here. */

import type { Hex } from '../bytes.ts';
import type { BlockAccessList } from '../state/accessRecorder.ts';
import type { Alloc, StateDiff } from '../state/diff.ts';
import { codeHashOf } from '../state/memory.ts';
import type { StateTrie } from '../trie/stateTrie.ts';
import type { Block } from './block.ts';
import type { Receipt } from './receipt.ts';

/** A block that was found valid. */
export interface StoredBlock {
  readonly block: Block;
  /** of the chain up to and with it */
  readonly totalDifficulty: bigint;
  readonly receipts: readonly Receipt[];
  /** what it reached and changed, step by step; undefined before Amsterdam, and of a genesis */
  readonly blockAccessList?: BlockAccessList | undefined;
}

/** What a chain asks of the place where it is kept. Everything is found at once; nothing that is found ever changes. */
export interface ChainStore {
  /** a block that was added, by its hash */
  block(hash: Hex): StoredBlock | undefined;
  /** the state after a block that was added, for the caller to change */
  state(hash: Hex): StateTrie;
  /** code that some state's account has or had, by its hash */
  code(codeHash: Hex): Uint8Array | undefined;
  /** the head that was chosen last; undefined where nothing was added yet */
  readonly head: Hex | undefined;
  /** makes a block the head that was added */
  setHead(hash: Hex): void;
  /**
   * Adds a block, whole or not at all.
   * @param state after it; belongs to the store from now on
   * @param diff from its parent's state; undefined for a genesis
   * @param isHead whether it is the head from now on
   */
  add(block: StoredBlock, state: StateTrie, diff: StateDiff | undefined, isHead: boolean): void;
  /** adds code of a genesis */
  addCode(alloc: Alloc): void;
}

/** A store in memory, which forgets nothing: states share all that they have in common. */
export function memoryStore(): ChainStore {
  const blocks = new Map<Hex, StoredBlock>();
  const states = new Map<Hex, StateTrie>();
  const codes = new Map<Hex, Uint8Array>();
  let head: Hex | undefined;
  return {
    get head() {
      return head;
    },
    setHead(hash) {
      head = hash;
    },
    block: (hash) => blocks.get(hash),
    state(hash) {
      const state = states.get(hash);
      if (state === undefined) throw new RangeError(`state: expected a block that was added, got ${hash}`);
      return state.snapshot();
    },
    code: (codeHash) => codes.get(codeHash),
    add(stored, state, diff, isHead) {
      for (const { after, code } of diff?.values() ?? []) {
        if (after !== undefined && code !== undefined) codes.set(after.codeHash, code);
      }
      blocks.set(stored.block.hash, stored);
      states.set(stored.block.hash, state);
      if (isHead) head = stored.block.hash;
    },
    addCode(alloc) {
      for (const { code } of alloc.values()) if (code.length > 0) codes.set(codeHashOf(code), code);
    },
  };
}
