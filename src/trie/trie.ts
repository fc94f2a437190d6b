/**
 * The Merkle Patricia trie, changed entry by entry: only what changed is hashed again, what is not in memory is
 * loaded by hash when it is needed, and an older snapshot stays as it was.
 *
 * Yellow Paper, appendix D; https://ethereum.org/en/developers/docs/data-structures-and-encoding/patricia-merkle-trie/
 */

import { equalBytes } from '../bytes.ts';
import { childAt, childrenOf, loadNode, type NodeSource } from './decode.ts';
import { EMPTY_ROOT } from './hash.ts';
import { type Entry, entriesOf } from './iterate.ts';
import { commonNibbles, extendKey, nibbleAt } from './nibbles.ts';
import {
  Branch,
  type Child,
  commitNode,
  Leaf,
  type NodeSink,
  referenceAt,
  rootOf,
  type TrieNode,
} from './nodes.ts';
import { proofOf } from './proof.ts';

/** Where the path of an absent key ends: at an empty place, or at a node that is for other keys. */
export interface PathEnd {
  /** nibbles of the key that lead there */
  readonly depth: number;
  readonly node: TrieNode | undefined;
}

/** A source that knows no node: for tries that begin empty and stay in memory. */
export const NO_NODES: NodeSource = { node: () => undefined };

/**
 * A map from keys to values with a root. Keys are whole bytes, of any length; keys and values that are given to it
 * must not change afterwards. Every method but `root`, `snapshot` and `commit` may load nodes and then throws
 * `MissingState` where the source lacks one and `InvalidNode` where it has something else; the trie is as before.
 */
export class Trie {
  readonly #source: NodeSource;
  #top: Child;
  /** Marks the nodes that this trie alone can reach; another object after each snapshot. */
  #owner: object = {};

  /** A trie as a source has it, by its root; empty without one. */
  constructor(root: Uint8Array = EMPTY_ROOT, source: NodeSource = NO_NODES) {
    this.#source = source;
    this.#top = equalBytes(root, EMPTY_ROOT) ? undefined : root;
  }

  /** The trie whose topmost node is given; what `top` returned. */
  static at(top: Child, source: NodeSource): Trie {
    const trie = new Trie(EMPTY_ROOT, source);
    trie.#top = top;
    return trie;
  }

  /** The topmost node, which this trie will from now on copy rather than change. */
  top(): Child {
    this.#owner = {};
    return this.#top;
  }

  /** The value at a key, or undefined. */
  get(key: Uint8Array): Uint8Array | undefined {
    const leaf = this.entry(key);
    return leaf instanceof Branch ? leaf.value : leaf?.value;
  }

  /** The node that holds the value at a key (a branch, where longer keys begin with it), or undefined. */
  entry(key: Uint8Array): TrieNode | undefined {
    const end = key.length * 2;
    let depth = 0;
    let node = this.#loadTop(key);
    while (node !== undefined) {
      if (node instanceof Leaf) return equalBytes(node.key, key) ? node : undefined;
      if (commonNibbles(node.key, key, depth, Math.min(node.depth, end)) < node.depth) return undefined;
      const children = childrenOf(node, this.#source);
      depth = node.depth;
      if (depth === end) return node.value === undefined ? undefined : node;
      node = childAt(children, nibbleAt(key, depth++), key, depth, this.#source);
    }
    return undefined;
  }

  /**
   * Where the path of a key that has no value ends: how deep the place is that no node for it can be below, and what
   * stands there instead. Undefined where the key has a value.
   */
  endOf(key: Uint8Array): PathEnd | undefined {
    const end = key.length * 2;
    let depth = 0;
    let node = this.#loadTop(key);
    while (node !== undefined) {
      if (node instanceof Leaf) return equalBytes(node.key, key) ? undefined : { depth, node };
      if (commonNibbles(node.key, key, depth, Math.min(node.depth, end)) < node.depth) return { depth, node };
      const children = childrenOf(node, this.#source);
      depth = node.depth;
      if (depth === end) return node.value === undefined ? { depth, node } : undefined;
      node = childAt(children, nibbleAt(key, depth++), key, depth, this.#source);
    }
    return { depth, node: undefined };
  }

  /** Sets the value at a key; no bytes delete it. */
  put(key: Uint8Array, value: Uint8Array): void {
    if (value.length === 0) this.delete(key);
    else this.putLeaf(new Leaf(key, value));
  }

  /** Sets the entry at a leaf's key to the leaf. */
  putLeaf(leaf: Leaf): void {
    this.#top = this.#put(this.#loadTop(leaf.key), 0, leaf);
  }

  /** Removes the entry at a key, where there is one. */
  delete(key: Uint8Array): void {
    this.#top = this.#delete(this.#loadTop(key), 0, key);
  }

  /** The root: 32 bytes. Hashes what has changed since the last time. */
  root(): Uint8Array {
    return this.#top === undefined ? EMPTY_ROOT : rootOf(this.#top);
  }

  /** Another trie with the same content; both go on independently, and sharing costs nothing. */
  snapshot(): Trie {
    return Trie.at(this.top(), this.#source);
  }

  /**
   * Gives a sink every node that came to be since the trie was opened or last committed, each after those it refers
   * to, and returns the root. What the sink was given counts as stored from then on, also for snapshots.
   */
  commit(sink: NodeSink): Uint8Array {
    const root = this.root();
    commitNode(this.#top, 0, sink);
    return root;
  }

  /**
   * Forgets what is below a depth of `levels` branches and in the source anyway, so that memory does not grow with
   * what was ever touched. Right after a commit.
   */
  unload(levels: number): void {
    if (this.#top !== undefined) this.#top = unloaded(this.#top, 0, levels);
  }

  /**
   * The nodes on the path of a key, topmost first, as RLP: a proof of its value, or that it has none. Nodes of fewer
   * than 32 bytes are part of those above. None at all for an empty trie.
   */
  prove(key: Uint8Array): Uint8Array[] {
    return proofOf(this.#loadTop(key), this.#source, key);
  }

  /**
   * The entries in the order of their keys: with `from`, those at or after it. Changes made meanwhile are not seen,
   * and what is loaded is not kept.
   */
  entries(from?: Uint8Array): Generator<Entry> {
    return entriesOf(this.top(), this.#source, from, 1);
  }

  /** The entries in reverse order: with `before`, those whose keys sort before it. */
  entriesBackwards(before?: Uint8Array): Generator<Entry> {
    return entriesOf(this.top(), this.#source, before, -1);
  }

  #loadTop(key: Uint8Array): TrieNode | undefined {
    if (this.#top instanceof Uint8Array) this.#top = loadNode(this.#source, this.#top, key, 0);
    return this.#top;
  }

  /** The node that takes the place of `node`, entered at `depth`, once a leaf is put below it. */
  #put(node: TrieNode | undefined, depth: number, leaf: Leaf): TrieNode {
    if (node === undefined) return leaf;
    const { key } = leaf;
    const end = key.length * 2;
    if (node instanceof Leaf) {
      const common = commonNibbles(node.key, key, depth, Math.min(node.key.length * 2, end));
      if (common === end && end === node.key.length * 2) {
        return equalBytes(node.value, leaf.value) && node.beneath === leaf.beneath ? node : leaf;
      }
      return this.#fork(node, node.key, node.key.length * 2, common, leaf);
    }
    const common = commonNibbles(node.key, key, depth, Math.min(node.depth, end));
    if (common < node.depth) return this.#fork(node, node.key, node.depth, common, leaf);
    const children = childrenOf(node, this.#source);
    if (node.depth === end) {
      if (node.value !== undefined && equalBytes(node.value, leaf.value)) return node;
      const branch = this.#changeable(node);
      branch.value = leaf.value;
      return branch;
    }
    const nibble = nibbleAt(key, node.depth);
    const child = childAt(children, nibble, key, node.depth + 1, this.#source);
    const next = this.#put(child, node.depth + 1, leaf);
    if (next === child && !this.#isOwnBranch(next)) return node;
    const branch = this.#changeable(node);
    (branch.children as Child[])[nibble] = next;
    return branch;
  }

  /** A branch at `depth` over a node, of whose key `end` nibbles count, and a leaf. */
  #fork(node: TrieNode, key: Uint8Array, end: number, depth: number, leaf: Leaf): Branch {
    const children: Child[] = new Array(16).fill(undefined);
    const branch = new Branch(leaf.key, depth, children, undefined, this.#owner);
    if (end === depth) branch.value = (node as Leaf).value;
    else children[nibbleAt(key, depth)] = node;
    if (leaf.key.length * 2 === depth) branch.value = leaf.value;
    else children[nibbleAt(leaf.key, depth)] = leaf;
    return branch;
  }

  /** The node that takes the place of `node`, entered at `depth`, once a key is deleted below it. */
  #delete(node: TrieNode | undefined, depth: number, key: Uint8Array): TrieNode | undefined {
    if (node === undefined) return undefined;
    if (node instanceof Leaf) return equalBytes(node.key, key) ? undefined : node;
    const end = key.length * 2;
    if (commonNibbles(node.key, key, depth, Math.min(node.depth, end)) < node.depth) return node;
    const children = childrenOf(node, this.#source);
    if (node.depth === end) {
      if (node.value === undefined) return node;
      return this.#collapse(node, -1) ?? this.#without(node, -1, undefined);
    }
    const nibble = nibbleAt(key, node.depth);
    const child = childAt(children, nibble, key, node.depth + 1, this.#source);
    const next = this.#delete(child, node.depth + 1, key);
    if (next === child && !this.#isOwnBranch(next)) return node;
    return (
      (next === undefined ? this.#collapse(node, nibble) : undefined) ?? this.#without(node, nibble, next)
    );
  }

  #without(node: Branch, nibble: number, next: Child): Branch {
    const branch = this.#changeable(node);
    if (nibble === -1) branch.value = undefined;
    else (branch.children as Child[])[nibble] = next;
    return branch;
  }

  /** What is left of a branch without one child (its value: -1), where only one entry is left of it. */
  #collapse(node: Branch, without: number): TrieNode | undefined {
    const children = node.children as Child[];
    let last = -1;
    for (let nibble = 0; nibble < 16; nibble++) {
      if (nibble === without || children[nibble] === undefined) continue;
      if (last !== -1) return undefined;
      last = nibble;
    }
    const hasValue = node.value !== undefined && without !== -1;
    if (last === -1) return new Leaf(node.key.slice(0, node.depth >> 1), node.value as Uint8Array);
    return hasValue
      ? undefined
      : childAt(children, last, extendKey(node.key, node.depth, last), node.depth + 1, this.#source);
  }

  /** Whether a node is a branch that was changed in place, so that its parent's reference to it is stale too. */
  #isOwnBranch(node: TrieNode | undefined): boolean {
    return node instanceof Branch && node.owner === this.#owner;
  }

  /** The branch itself where only this trie has it, or else a copy; nothing about it is cached any more. */
  #changeable(branch: Branch): Branch {
    if (branch.owner !== this.#owner) {
      return new Branch(branch.key, branch.depth, branch.children?.slice(), branch.value, this.#owner);
    }
    branch.ownReference = branch.reference = undefined;
    branch.referenceDepth = branch.storedDepth = -1;
    branch.ownStored = false;
    return branch;
  }
}

/** A node's hash, where it is stored and a leaf or deeper than `levels`; else the node, with its stored descendants so. */
function unloaded(node: TrieNode | Uint8Array, depth: number, levels: number): Child {
  if (node instanceof Uint8Array) return node;
  const isStored =
    node instanceof Branch && node.depth === depth ? node.ownStored : node.storedDepth === depth;
  const isDeep = levels === 0 || node instanceof Leaf;
  if (isDeep && isStored && referenceAt(node, depth).length === 32) return referenceAt(node, depth);
  if (node instanceof Branch && node.children !== undefined && levels > 0) {
    const { children } = node;
    for (let i = 0; i < 16; i++) {
      const child = children[i];
      if (child !== undefined) children[i] = unloaded(child, node.depth + 1, levels - 1);
    }
  }
  return node;
}
