/** Merkle proofs: the nodes from the root to a key, made and checked. https://eips.ethereum.org/EIPS/eip-1186 */

import { equalBytes, toHex } from '../bytes.ts';
import { childAt, childrenOf, decodeNode, InvalidNode, type NodeSource } from './decode.ts';
import { EMPTY_ROOT, keccak256 } from './hash.ts';
import { commonNibbles, nibbleAt } from './nibbles.ts';
import { Branch, branchRlp, extensionRlp, Leaf, leafRlp, referenceAt, type TrieNode } from './nodes.ts';

/** A proof that proves nothing about the key and the root it was held against. */
export class InvalidProof extends Error {
  override readonly name = 'InvalidProof';
}

/** The nodes on the path of a key from a topmost node down, as RLP; see `Trie.prove`. */
export function proofOf(top: TrieNode | undefined, source: NodeSource, key: Uint8Array): Uint8Array[] {
  const proof: Uint8Array[] = [];
  const end = key.length * 2;
  // A node of fewer than 32 bytes is part of the one above, unless it is the topmost.
  const isOwnNode = (node: TrieNode, at: number) => proof.length === 0 || referenceAt(node, at).length === 32;
  let depth = 0;
  let node = top;
  while (node !== undefined) {
    if (node instanceof Leaf) {
      if (isOwnNode(node, depth)) proof.push(leafRlp(node, depth));
      return proof;
    }
    if (depth < node.depth) {
      if (isOwnNode(node, depth)) proof.push(extensionRlp(node, depth));
      if (commonNibbles(node.key, key, depth, Math.min(node.depth, end)) < node.depth) return proof;
    }
    const children = childrenOf(node, source);
    if (isOwnNode(node, node.depth)) proof.push(branchRlp(node));
    depth = node.depth;
    node = depth === end ? undefined : childAt(children, nibbleAt(key, depth++), key, depth, source);
  }
  return proof;
}

/**
 * What a proof proves of a key in the trie with a root: its value, or undefined: that it has none. Safe with proofs
 * from anyone: every node must be canonical, hash to what the one above says, and be needed.
 * @param root 32 bytes
 * @throws {InvalidProof} when it proves neither
 * @throws {RangeError} when the root is not 32 bytes
 */
export function verifyProof(
  root: Uint8Array,
  key: Uint8Array,
  proof: readonly Uint8Array[],
): Uint8Array | undefined {
  if (root.length !== 32) throw new RangeError(`root: expected 32 bytes, got ${root.length}`);
  // Of an empty trie some give no node and some its only one, the RLP of an empty string.
  if (equalBytes(root, EMPTY_ROOT)) {
    if (proof.length === 0 || (proof.length === 1 && equalBytes(proof[0], EMPTY_TRIE_NODE))) return undefined;
    throw new InvalidProof(`proof: expected no node for an empty trie, got ${proof.length}`);
  }
  const nodes = proof.values();
  const value = walk(root, key, nodes);
  const left = [...nodes].length;
  if (left !== 0) throw new InvalidProof(`proof: expected ${proof.length - left} nodes, got ${proof.length}`);
  return value;
}

const EMPTY_TRIE_NODE = Uint8Array.of(0x80);

function walk(root: Uint8Array, key: Uint8Array, nodes: Iterator<Uint8Array>): Uint8Array | undefined {
  const end = key.length * 2;
  let depth = 0;
  let node = proofNode(root, key, depth, nodes);
  for (;;) {
    if (node instanceof Leaf) return equalBytes(node.key, key) ? node.value : undefined;
    if (commonNibbles(node.key, key, depth, Math.min(node.depth, end)) < node.depth) return undefined;
    depth = node.depth;
    if (node.children === undefined) {
      node = proofNode(node.ownReference as Uint8Array, key, depth, nodes);
      if (!(node instanceof Branch) || node.depth !== depth) {
        throw new InvalidProof('proof: expected a branch below an extension, got a node with a path');
      }
    }
    if (depth === end) return node.value;
    const child: TrieNode | Uint8Array | undefined = node.children?.[nibbleAt(key, depth++)];
    if (child === undefined) return undefined;
    node = child instanceof Uint8Array ? proofNode(child, key, depth, nodes) : child;
  }
}

/** The proof's next node, which must be the one referred to; a small node stands in the reference itself. */
function proofNode(
  reference: Uint8Array,
  key: Uint8Array,
  depth: number,
  nodes: Iterator<Uint8Array>,
): TrieNode {
  let rlp: Uint8Array | undefined = reference;
  if (reference.length === 32) {
    rlp = nodes.next().value as Uint8Array | undefined;
    const actual = rlp && keccak256(rlp);
    if (rlp === undefined || actual === undefined || !equalBytes(actual, reference)) {
      throw new InvalidProof(
        `proof: expected the node ${toHex(reference)}, got ${actual ? toHex(actual) : 'none'}`,
      );
    }
  }
  try {
    return decodeNode(rlp, key, depth);
  } catch (error) {
    if (error instanceof InvalidNode) throw new InvalidProof(`proof: ${error.message}`, { cause: error });
    throw error;
  }
}
