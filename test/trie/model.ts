/** A trie as the Yellow Paper's appendix D defines it, from scratch and without any care for time: the oracle. */

import { RLP } from '@ethereumjs/rlp';
import { keccak_256 } from '@noble/hashes/sha3.js';
import fc from 'fast-check';
import { fromHex, toHex } from '../../src/bytes.ts';

/** Entries by the hex of their keys, without 0x. */
export type Model = Map<string, Uint8Array>;

type Item = Uint8Array | Item[];

/** The root of a model. */
export function modelRoot(model: Model): Uint8Array {
  const entries = [...model].map(([key, value]) => ({ path: key, value }));
  return keccak_256(RLP.encode(node(entries, 0)));
}

function node(entries: { path: string; value: Uint8Array }[], depth: number): Item {
  if (entries.length === 0) return new Uint8Array(0);
  if (entries.length === 1) return [compact(entries[0].path.slice(depth), true), entries[0].value];
  let common = depth;
  while (entries.every((e) => e.path.length > common && e.path[common] === entries[0].path[common])) common++;
  if (common > depth)
    return [compact(entries[0].path.slice(depth, common), false), reference(entries, common)];
  const children: Item[] = [];
  for (const digit of '0123456789abcdef') {
    children.push(
      reference(
        entries.filter((e) => e.path[depth] === digit),
        depth + 1,
      ),
    );
  }
  return [...children, entries.find((e) => e.path.length === depth)?.value ?? new Uint8Array(0)];
}

function reference(entries: { path: string; value: Uint8Array }[], depth: number): Item {
  const item = node(entries, depth);
  const rlp = RLP.encode(item);
  return rlp.length < 32 ? item : keccak_256(rlp);
}

function compact(path: string, isLeaf: boolean): Uint8Array {
  const flag = (isLeaf ? 2 : 0) + (path.length % 2);
  return fromHex(path.length % 2 === 1 ? `${flag}${path}` : `${flag}0${path}`);
}

/** The key under which a model has an entry. */
export function modelKey(key: Uint8Array): string {
  return toHex(key).slice(2);
}

/** Keys that often share beginnings, and are each other's beginnings; values from inline to long. */
export const someKey: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.array(fc.constantFrom(0x00, 0x01, 0x10, 0x11, 0xff), { maxLength: 5 }).map((b) => Uint8Array.from(b)),
  fc.uint8Array({ minLength: 1, maxLength: 3 }),
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
);

/** A value that may stand in a trie: short ones make nodes that are inlined. */
export const someValue: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 3 }),
  fc.uint8Array({ minLength: 1, maxLength: 40 }),
  fc.uint8Array({ minLength: 250, maxLength: 300 }),
);

/** Puts, and deletes (no value), in order. */
export const someChanges: fc.Arbitrary<[Uint8Array, Uint8Array | undefined][]> = fc.array(
  fc.tuple(someKey, fc.option(someValue, { nil: undefined, freq: 3 })),
  { maxLength: 40 },
);
