/**
 * Roots from scratch, bottom-up, over entries in the order of their keys: no node is ever an object. The references
 * of a branch's children are written straight to where the branch is being encoded, at the end of one buffer.
 */

import {
  greatestExtensionSize,
  headerSize,
  leafSize,
  writeExtension,
  writeHeader,
  writeLeaf,
  writeReference,
} from './encode.ts';
import { EMPTY_ROOT, keccak256 } from './hash.ts';
import { commonNibbles, nibbleAt } from './nibbles.ts';

/** Room before a branch's contents: for the reference that replaces it in the end, and for its header. */
const MARGIN = 40;

/** The most that a branch being encoded needs: the margin, 16 references, no value. */
const BRANCH_ROOM = MARGIN + 16 * 33 + 1;

/** Branches that are being encoded, outer ones first. */
let branches = new Uint8Array(64 * BRANCH_ROOM);

/** The leaf or extension that is being encoded. */
let single = new Uint8Array(1024);

/**
 * The root of a trie of entries whose keys ascend and of which none is the beginning of another (keys of one length,
 * or the RLP of integers).
 * @param values one for each key, none of them empty
 * @throws {RangeError} when keys do not ascend so
 */
export function sortedRoot(keys: readonly Uint8Array[], values: readonly Uint8Array[]): Uint8Array {
  if (keys.length === 0) return EMPTY_ROOT;
  let longest = 0;
  for (const key of keys) longest = Math.max(longest, key.length);
  const room = (longest * 2 + 1) * BRANCH_ROOM;
  if (room > branches.length) branches = new Uint8Array(room);
  const end = writeRange(keys, values, 0, keys.length, 0, 0);
  // The topmost node's reference: a hash with its header, or a small node, which is hashed all the same.
  return end === 33 ? branches.slice(1, 33) : keccak256(branches.slice(0, end));
}

/** Writes the reference to the node over entries `low` to `high`, entered at `depth`, and returns where it ends. */
function writeRange(
  keys: readonly Uint8Array[],
  values: readonly Uint8Array[],
  low: number,
  high: number,
  depth: number,
  at: number,
): number {
  const key = keys[low];
  if (high - low === 1) {
    reserve(leafSize(key, depth, values[low]));
    return writeReferenceTo(single, 0, writeLeaf(single, 0, key, depth, values[low]), at);
  }
  const limit = key.length * 2;
  const fork = commonNibbles(key, keys[high - 1], depth, limit);
  if (fork === limit) throw new RangeError('keys: expected ascending ones, none the beginning of another');
  const contents = at + MARGIN;
  let end = contents;
  let next = low;
  for (let nibble = 0; nibble < 16; nibble++) {
    const first = next;
    while (next < high && nibbleAt(keys[next], fork) === nibble) next++;
    if (next === first) branches[end++] = 0x80;
    else end = writeRange(keys, values, first, next, fork + 1, end);
  }
  if (next !== high) throw new RangeError('keys: expected ascending ones, none the beginning of another');
  branches[end++] = 0x80;
  const start = contents - headerSize(end - contents);
  writeHeader(branches, start, 0xc0, end - contents);
  end = writeReferenceTo(branches, start, end, at);
  if (fork === depth) return end;
  const reference = end - at === 33 ? branches.slice(at + 1, end) : branches.slice(at, end);
  reserve(greatestExtensionSize(fork - depth));
  return writeReferenceTo(single, 0, writeExtension(single, 0, key, depth, fork, reference), at);
}

/** Writes the reference to the node that stands in a buffer, and returns where it ends. */
function writeReferenceTo(node: Uint8Array, start: number, end: number, at: number): number {
  if (end - start >= 32) return writeReference(branches, at, keccak256(node.subarray(start, end)));
  for (let i = start; i < end; i++) branches[at++] = node[i];
  return at;
}

function reserve(size: number): void {
  if (size > single.length) single = new Uint8Array(size * 2);
}
