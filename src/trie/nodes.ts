/**
 * The nodes of a trie in memory. There are two kinds, leaves and branches: what the protocol calls an extension is
 * only the distance between the depth at which a branch is entered and the depth at which it branches, and exists
 * when nodes are encoded. Keys stay whole and packed, and paths are ranges of their nibbles, so that a node that
 * moves up or down, as its neighbours come and go, stays as it is.
 *
 * Nodes are persistent: a change copies the nodes on its path, except those that the changing trie made itself
 * since its last snapshot (`owner`).
 */

import {
  greatestExtensionSize,
  headerSize,
  leafSize,
  referenceSize,
  referenceTo,
  stringSize,
  writeExtension,
  writeHeader,
  writeLeaf,
  writeReference,
  writeString,
} from './encode.ts';
import { keccak256 } from './hash.ts';

/** A node in memory. */
export type TrieNode = Leaf | Branch;

/** A node, the hash (32 bytes) of one that is not loaded, or none. */
export type Child = TrieNode | Uint8Array | undefined;

/**
 * Takes new nodes: each by its hash, and its RLP. Both stay as they are. The first `depth` nibbles of `key` lead to
 * it, in the trie of accounts or in that of an account's storage.
 */
export type NodeSink = (
  hash: Uint8Array,
  rlp: Uint8Array,
  place: { readonly key: Uint8Array; readonly depth: number; readonly isLeaf: boolean },
  accountKey: Uint8Array | undefined,
) => void;

/** An entry. Everything but what is cached stays as it was made. */
export class Leaf {
  /** the entry's whole key */
  readonly key: Uint8Array;
  /** never empty */
  readonly value: Uint8Array;
  /** the root of another trie that is committed with this leaf (the storage of an account) */
  readonly beneath: Child;
  /** how others refer to it, when entered at `referenceDepth` (-1: not known) */
  reference: Uint8Array | undefined = undefined;
  referenceDepth = -1;
  /** the depth for which it is in the store; -1: none */
  storedDepth = -1;

  constructor(key: Uint8Array, value: Uint8Array, beneath: Child = undefined) {
    this.key = key;
    this.value = value;
    this.beneath = beneath;
  }
}

/** A fork of the path at one depth, together with the path that leads to it. */
export class Branch {
  /** any key that begins with the branch's path */
  readonly key: Uint8Array;
  /** how many nibbles of `key` lead here, counted from the root */
  readonly depth: number;
  /** by nibble; undefined: only `ownReference` is known, and the branch is still to be loaded by it */
  children: Child[] | undefined;
  /** of the key that ends here */
  value: Uint8Array | undefined;
  /** which trie may change this node in place */
  owner: object | undefined;
  /** how others refer to the branch itself, without a path before it */
  ownReference: Uint8Array | undefined = undefined;
  /** whether the branch itself is in the store, and all below it */
  ownStored = false;
  /** how others refer to the extension that leads here from `referenceDepth` (-1: not known) */
  reference: Uint8Array | undefined = undefined;
  referenceDepth = -1;
  /** the depth for which that extension is in the store; -1: none */
  storedDepth = -1;

  constructor(
    key: Uint8Array,
    depth: number,
    children: Child[] | undefined,
    value: Uint8Array | undefined,
    owner: object | undefined,
  ) {
    this.key = key;
    this.depth = depth;
    this.children = children;
    this.value = value;
    this.owner = owner;
  }
}

/** Where nodes are encoded, one at a time. Encoding may replace it by a longer one: read it afterwards. */
let scratch = new Uint8Array(1024);

function reserve(size: number): void {
  if (size > scratch.length) scratch = new Uint8Array(size * 2);
}

/** How a node's parent at `depth` nibbles refers to it: 32 bytes of hash or fewer bytes of RLP. Cached in it. */
export function referenceAt(node: TrieNode | Uint8Array, depth: number): Uint8Array {
  if (node instanceof Uint8Array) return node;
  if (node instanceof Branch && node.depth === depth) return ownReference(node);
  if (node.reference !== undefined && node.referenceDepth === depth) return node.reference;
  const end = node instanceof Leaf ? encodeLeaf(node, depth) : encodeExtension(node, depth);
  node.reference = referenceTo(scratch, 0, end);
  node.referenceDepth = depth;
  return node.reference;
}

function ownReference(branch: Branch): Uint8Array {
  if (branch.ownReference === undefined) {
    const end = encodeBranch(branch);
    branch.ownReference = referenceTo(scratch, 0, end);
  }
  return branch.ownReference;
}

/** The hash of a trie whose topmost node is given. */
export function rootOf(node: TrieNode | Uint8Array): Uint8Array {
  const reference = referenceAt(node, 0);
  return reference.length === 32 ? reference : keccak256(reference);
}

/** A leaf's RLP when entered at a depth. */
export function leafRlp(leaf: Leaf, depth: number): Uint8Array {
  const end = encodeLeaf(leaf, depth);
  return scratch.slice(0, end);
}

/** The RLP of the extension that leads to a branch from a depth above its own. */
export function extensionRlp(branch: Branch, depth: number): Uint8Array {
  const end = encodeExtension(branch, depth);
  return scratch.slice(0, end);
}

/** The RLP of a loaded branch itself. */
export function branchRlp(branch: Branch): Uint8Array {
  const end = encodeBranch(branch);
  return scratch.slice(0, end);
}

function encodeLeaf(leaf: Leaf, depth: number): number {
  reserve(leafSize(leaf.key, depth, leaf.value));
  return writeLeaf(scratch, 0, leaf.key, depth, leaf.value);
}

function encodeExtension(branch: Branch, depth: number): number {
  const child = ownReference(branch);
  reserve(greatestExtensionSize(branch.depth - depth));
  return writeExtension(scratch, 0, branch.key, depth, branch.depth, child);
}

function encodeBranch(branch: Branch): number {
  const children = branch.children as Child[];
  const value = branch.value;
  // First all children's references, since making them uses the scratch too.
  let length = value === undefined ? 1 : stringSize(value.length, value[0]);
  for (let i = 0; i < 16; i++) {
    const child = children[i];
    length += child === undefined ? 1 : referenceSize(referenceAt(child, branch.depth + 1));
  }
  reserve(headerSize(length) + length);
  let at = writeHeader(scratch, 0, 0xc0, length);
  for (let i = 0; i < 16; i++) {
    const child = children[i];
    if (child === undefined) scratch[at++] = 0x80;
    else at = writeReference(scratch, at, referenceAt(child, branch.depth + 1));
  }
  if (value !== undefined) return writeString(scratch, at, value);
  scratch[at++] = 0x80;
  return at;
}

/**
 * Gives a sink every node that is not in the store yet, children first, and marks them as stored.
 * @param depth where `node` is entered; at 0 it is a root, which is stored even when it is small
 * @param accountKey whose storage it is, if it is one
 */
export function commitNode(node: Child, depth: number, sink: NodeSink, accountKey?: Uint8Array): void {
  if (node === undefined || node instanceof Uint8Array) return;
  const reference = referenceAt(node, depth);
  if (node instanceof Leaf) {
    if (node.storedDepth === depth) return;
    commitNode(node.beneath, 0, sink, node.key);
    if (reference.length === 32 || depth === 0) {
      give(sink, reference, leafRlp(node, depth), node, depth, accountKey);
    }
    node.storedDepth = depth;
    return;
  }
  const own = ownReference(node);
  if (!node.ownStored) {
    for (const child of node.children as Child[]) commitNode(child, node.depth + 1, sink, accountKey);
    if (own.length === 32 || depth + node.depth === 0) {
      give(sink, own, branchRlp(node), node, node.depth, accountKey);
    }
    node.ownStored = true;
  }
  if (node.storedDepth === depth) return;
  if (depth < node.depth && (reference.length === 32 || depth === 0)) {
    give(sink, reference, extensionRlp(node, depth), node, depth, accountKey);
  }
  // Also where no extension leads here any more: a store by paths has something else in its place since.
  node.storedDepth = depth;
}

function give(
  sink: NodeSink,
  reference: Uint8Array,
  rlp: Uint8Array,
  node: TrieNode,
  depth: number,
  accountKey: Uint8Array | undefined,
): void {
  const place = { key: node.key, depth, isLeaf: node instanceof Leaf };
  sink(reference.length === 32 ? reference : keccak256(reference), rlp, place, accountKey);
}
