/** The entries of a trie in the order of their keys, from either end or from any key on. */

import { EMPTY_BYTES } from '../bytes.ts';
import { childrenOf, loadNode, type NodeSource } from './decode.ts';
import { commonNibbles, extendKey, nibbleAt } from './nibbles.ts';
import { type Child, Leaf } from './nodes.ts';

/** A key and its value. */
export type Entry = readonly [key: Uint8Array, value: Uint8Array];

/** 1: ascending, and entries at or after the bound. -1: descending, and entries before it. */
type Direction = 1 | -1;

/** A part of the trie that is still to be visited. */
interface Visit {
  readonly child: Child;
  /** its path, where it is to be loaded */
  readonly key: Uint8Array;
  readonly depth: number;
  /** whether its path so far is the bound's, so that only some of it may be wanted */
  readonly onBound: boolean;
}

/** The entries below a topmost node; what is loaded is not kept. */
export function* entriesOf(
  top: Child,
  source: NodeSource,
  bound: Uint8Array | undefined,
  direction: Direction,
): Generator<Entry> {
  const rest: Visit[] = [{ child: top, key: EMPTY_BYTES, depth: 0, onBound: bound !== undefined }];
  const to = bound ?? EMPTY_BYTES;
  for (let visit = rest.pop(); visit !== undefined; visit = rest.pop()) {
    const { child, depth } = visit;
    if (child === undefined) continue;
    const node = child instanceof Uint8Array ? loadNode(source, child, visit.key, depth) : child;
    let { onBound } = visit;
    const end = node instanceof Leaf ? node.key.length * 2 : node.depth;
    if (onBound) {
      const common = commonNibbles(node.key, to, depth, Math.min(end, to.length * 2));
      onBound = common === end && !(node instanceof Leaf);
      if (!onBound && !isWanted(node.key, end, to, common, direction)) continue;
    }
    if (node instanceof Leaf) {
      yield [node.key, node.value];
      continue;
    }
    const children = childrenOf(node, source);
    const own = node.value && new Leaf(node.key.slice(0, end >> 1), node.value);
    // A shorter key sorts before those that begin with it. What is pushed last is visited first.
    if (direction === -1) rest.push({ child: own, key: EMPTY_BYTES, depth: end, onBound });
    const first = onBound && end < to.length * 2 ? nibbleAt(to, end) : -1;
    for (let i = 0; i < 16; i++) {
      const nibble = direction === 1 ? 15 - i : i;
      const next = children[nibble];
      if (next === undefined || (onBound && (nibble - first) * direction < 0)) continue;
      const key = next instanceof Uint8Array ? extendKey(node.key, end, nibble) : EMPTY_BYTES;
      rest.push({ child: next, key, depth: end + 1, onBound: onBound && nibble === first });
    }
    if (direction === 1) rest.push({ child: own, key: EMPTY_BYTES, depth: end, onBound });
  }
}

/** Whether a path of `end` nibbles, which shares `common` with the bound, is on the wanted side of it. */
function isWanted(
  path: Uint8Array,
  end: number,
  bound: Uint8Array,
  common: number,
  direction: Direction,
): boolean {
  const boundEnd = bound.length * 2;
  const isAtOrAfter =
    common < Math.min(end, boundEnd) ? nibbleAt(path, common) > nibbleAt(bound, common) : end >= boundEnd;
  return isAtOrAfter === (direction === 1);
}
