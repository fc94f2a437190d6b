import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareBytes } from '../../src/bytes.ts';
import { encodeRlp } from '../../src/rlp.ts';
import { EMPTY_ROOT, keccak256 } from '../../src/trie/hash.ts';
import { orderedRoot } from '../../src/trie/orderedRoot.ts';
import { verifyProof } from '../../src/trie/proof.ts';
import { sortedRoot } from '../../src/trie/sortedRoot.ts';
import { Trie } from '../../src/trie/trie.ts';
import { modelKey, someValue } from './model.ts';

function trieRoot(keys: readonly Uint8Array[], values: readonly Uint8Array[]): Uint8Array {
  const trie = new Trie();
  for (const [i, key] of keys.entries()) trie.put(key, values[i]);
  return trie.root();
}

describe('a root from scratch', () => {
  test('is that of a trie with the same entries', () => {
    const key = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.array(fc.constantFrom(0, 1, 16), { minLength: 4, maxLength: 4 }).map((b) => Uint8Array.from(b)),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(key, someValue), { selector: (e) => modelKey(e[0]), maxLength: 40 }),
        (entries) => {
          entries.sort((a, b) => compareBytes(a[0], b[0]));
          const keys = entries.map((entry) => entry[0]);
          const values = entries.map((entry) => entry[1]);
          expect(sortedRoot(keys, values)).toEqual(trieRoot(keys, values));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('needs ascending keys, none the beginning of another', () => {
    const of = (...keys: number[][]) =>
      sortedRoot(
        keys.map((key) => Uint8Array.from(key)),
        keys.map(() => Uint8Array.of(1)),
      );
    expect(() => of([1], [1])).toThrow(RangeError);
    expect(() => of([1], [1, 2])).toThrow(RangeError);
    expect(() => of([0x11], [0x22], [0x12])).toThrow(RangeError);
    expect(sortedRoot([], [])).toEqual(EMPTY_ROOT);
  });
});

describe('the root of a list', () => {
  test.each([0, 1, 2, 3, 17, 126, 127, 128, 129, 130, 255, 256, 257, 1000])(
    'of %d items is that of a trie',
    (n) => {
      const items = Array.from({ length: n }, (_, i) => new Uint8Array((i % 50) + 1).fill(i + 1));
      const keys = items.map((_, i) => encodeRlp(i));
      expect(orderedRoot(items)).toEqual(trieRoot(keys, items));
    },
  );

  test('takes items of any size', () => {
    const items = [1, 31, 32, 55, 56, 255, 256, 65535, 65536, 200_000].map((n) => new Uint8Array(n).fill(7));
    const keys = items.map((_, i) => encodeRlp(i));
    expect(orderedRoot(items)).toEqual(trieRoot(keys, items));
    const trie = new Trie();
    for (const [i, key] of keys.entries()) trie.put(key, items[i]);
    trie.commit((hash, rlp) => expect(keccak256(rlp)).toEqual(hash));
    for (const [i, key] of keys.entries()) {
      expect(verifyProof(trie.root(), key, trie.prove(key))?.length).toBe(items[i].length);
    }
  });
});
