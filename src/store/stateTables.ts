/**
 * The head's state in tables: the leaves by their keys, and the inner nodes by their paths. A path has one node at a
 * time, so that a newer one takes the place of an older; only where leaves are deleted, paths are cut off and have to
 * be cleared. What is read is held against the hash that it was asked for by.
 */

import { equalBytes } from '../bytes.ts';
import type { NodeSource } from '../trie/decode.ts';
import { leafSize, writeLeaf } from '../trie/encode.ts';
import { EMPTY_ROOT, keccak256 } from '../trie/hash.ts';
import { Branch, type NodeSink } from '../trie/nodes.ts';
import type { LeafChange, StateTrie } from '../trie/stateTrie.ts';
import type { PathEnd, Trie } from '../trie/trie.ts';
import type { Batch, Reader } from './lmdbFile.ts';
import { afterPrefix, nodeKey, nodePrefix, slotRecordKey } from './tables.ts';

/** The nodes of the head's tries, as tables have them; counts what it loads. */
export class NodeTables implements NodeSource {
  readonly #reader: Reader;
  readonly #accountKey: Uint8Array | undefined;
  readonly #prefix: Uint8Array;
  readonly #count: { loaded: number; inner: number };

  constructor(reader: Reader, count = { loaded: 0, inner: 0 }, accountKey?: Uint8Array) {
    this.#reader = reader;
    this.#count = count;
    this.#accountKey = accountKey;
    this.#prefix = nodePrefix(accountKey);
  }

  /** How many nodes were loaded since it was last set. */
  get loaded(): number {
    return this.#count.loaded;
  }

  set loaded(loaded: number) {
    this.#count.loaded = loaded;
  }

  /** How many of those were no leaves. */
  get inner(): number {
    return this.#count.inner;
  }

  storage(accountKey: Uint8Array): NodeTables {
    return new NodeTables(this.#reader, this.#count, accountKey);
  }

  node(hash: Uint8Array, key: Uint8Array, depth: number): Uint8Array | undefined {
    this.#count.loaded++;
    const inner = this.#reader.value('nodes', nodeKey(this.#prefix, key, depth));
    if (inner !== undefined && equalBytes(keccak256(inner), hash)) {
      this.#count.inner++;
      return inner;
    }
    // Most leaves are looked for by their own key; where another key's leaf is in the way, it is found by the path.
    if (key.length === 32) {
      const own = this.#leafRlp(key, hash, depth);
      if (own !== undefined) return own;
    }
    const first = this.#firstLeaf(key, depth);
    return first && this.#leafRlp(first, hash, depth);
  }

  #leafRlp(key: Uint8Array, hash: Uint8Array, depth: number): Uint8Array | undefined {
    const owner = this.#accountKey;
    const value =
      owner === undefined
        ? this.#reader.value('accounts', key)
        : this.#reader.value('slots', slotRecordKey(owner, key));
    if (value === undefined) return undefined;
    const rlp = new Uint8Array(leafSize(key, depth, value));
    writeLeaf(rlp, 0, key, depth, value);
    return equalBytes(keccak256(rlp), hash) ? rlp : undefined;
  }

  /** The key of the first leaf whose path begins with `depth` nibbles. */
  #firstLeaf(key: Uint8Array, depth: number): Uint8Array | undefined {
    const start = new Uint8Array(32);
    start.set(key.subarray(0, (depth + 1) >> 1));
    if ((depth & 1) === 1) start[depth >> 1] &= 0xf0;
    const owner = this.#accountKey;
    const table = owner === undefined ? 'accounts' : 'slots';
    const from = owner === undefined ? start : slotRecordKey(owner, start);
    for (const found of this.#reader.keys(table, from)) {
      return owner === undefined
        ? found
        : equalBytes(found.subarray(0, 32), owner)
          ? found.slice(32)
          : undefined;
    }
    return undefined;
  }
}

/** Leaves that changed, by the hex of their keys, until they are written. */
export class ChangedLeaves {
  readonly #accounts = new Map<string, { key: Uint8Array; slots: Map<string, Uint8Array> }>();

  /** How many accounts changed. */
  get size(): number {
    return this.#accounts.size;
  }

  /** Notes which leaves are changed; what they are will be read from the state. */
  note(changes: readonly LeafChange[]): void {
    for (const { key, slots } of changes) {
      const name = nameOf(key);
      let account = this.#accounts.get(name);
      if (account === undefined) this.#accounts.set(name, (account = { key, slots: new Map() }));
      for (const [slot] of slots) account.slots.set(nameOf(slot), slot);
    }
  }

  clear(): void {
    this.#accounts.clear();
  }

  /** Writes a state's changed nodes and leaves, and returns how many nodes there were. */
  write(state: StateTrie, reader: Reader, batch: Batch): number {
    let nodes = 0;
    const sink = sinkInto(batch);
    state.commit((hash, rlp, place, accountKey) => {
      nodes++;
      sink(hash, rlp, place, accountKey);
    });
    const accounts = state.accountTrie();
    for (const { key, slots } of this.#accounts.values()) {
      const account = accounts.get(key);
      writeLeafRecord(batch, 'accounts', key, account);
      if (account === undefined) clearPath(accounts, undefined, key, reader, batch);
      if (slots.size > 0) writeSlots(state.storageTrie(key), key, slots.values(), reader, batch);
    }
    return nodes;
  }
}

function writeSlots(
  storage: Trie,
  accountKey: Uint8Array,
  slots: Iterable<Uint8Array>,
  reader: Reader,
  batch: Batch,
): void {
  const isEmpty = equalBytes(storage.root(), EMPTY_ROOT);
  for (const slot of slots) {
    const value = isEmpty ? undefined : storage.get(slot);
    writeLeafRecord(batch, 'slots', slotRecordKey(accountKey, slot), value);
    if (value === undefined && !isEmpty) clearPath(storage, accountKey, slot, reader, batch);
  }
  if (isEmpty) clearRange(reader, batch, nodePrefix(accountKey));
}

function writeLeafRecord(
  batch: Batch,
  table: 'accounts' | 'slots',
  key: Uint8Array,
  value: Uint8Array | undefined,
): void {
  if (value === undefined) batch.remove(table, key);
  else batch.put(table, key, value);
}

/** Takes new inner nodes into a batch; leaves are written by their keys. */
function sinkInto(batch: Batch): NodeSink {
  let prefix = nodePrefix(undefined);
  let prefixOf: Uint8Array | undefined;
  return (_hash, rlp, { key, depth, isLeaf }, accountKey) => {
    if (isLeaf) return;
    if (prefixOf !== accountKey) {
      prefix = nodePrefix(accountKey);
      prefixOf = accountKey;
    }
    batch.put('nodes', nodeKey(prefix, key, depth), rlp);
  };
}

/**
 * Removes the nodes that a deleted key leaves behind: all below the place where its path ends now, but for the branch
 * that may have come to stand there and what is below that. Where no key was deleted no node loses its path, so that
 * nothing else is ever left behind.
 */
function clearPath(
  trie: Trie,
  accountKey: Uint8Array | undefined,
  key: Uint8Array,
  reader: Reader,
  batch: Batch,
): void {
  const end = trie.endOf(key);
  if (end === undefined) return;
  const prefix = nodePrefix(accountKey);
  const place = nodeKey(prefix, key, end.depth);
  const branch = branchOf(end);
  if (branch === undefined) {
    clearRange(reader, batch, place);
    return;
  }
  const below = nodeKey(prefix, branch.key, branch.depth);
  for (const found of reader.keys('nodes', place, afterPrefix(place))) {
    if (!equalBytes(found, place) && !startsWith(found, below)) batch.remove('nodes', found);
  }
}

/** The branch below an extension, at which a path ends; undefined where it ends at a leaf or an empty place. */
function branchOf({ node }: PathEnd): Branch | undefined {
  return node instanceof Branch ? node : undefined;
}

function clearRange(reader: Reader, batch: Batch, prefix: Uint8Array): void {
  for (const found of reader.keys('nodes', prefix, afterPrefix(prefix))) batch.remove('nodes', found);
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && equalBytes(bytes.subarray(0, prefix.length), prefix);
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}
