import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equalBytes } from '../../src/bytes.ts';
import { EMPTY_ROOT } from '../../src/trie/hash.ts';
import { InvalidProof, verifyProof } from '../../src/trie/proof.ts';
import { Trie } from '../../src/trie/trie.ts';
import { someChanges, someKey } from './model.ts';

function trieOf(changes: [Uint8Array, Uint8Array | undefined][]): Trie {
  const trie = new Trie();
  for (const [key, value] of changes) {
    if (value === undefined) trie.delete(key);
    else trie.put(key, value);
  }
  return trie;
}

describe('a proof', () => {
  test('of any key proves its value or its absence', () => {
    fc.assert(
      fc.property(someChanges, someKey, (changes, other) => {
        const trie = trieOf(changes);
        for (const key of [other, ...changes.map((change) => change[0])]) {
          expect(verifyProof(trie.root(), key, trie.prove(key))).toEqual(trie.get(key));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('is the same from a store', () => {
    fc.assert(
      fc.property(someChanges, (changes) => {
        const trie = trieOf(changes);
        const nodes = new Map<string, Uint8Array>();
        const root = trie.commit((hash, rlp) => nodes.set(hash.join(), rlp));
        for (const [key] of changes) {
          const loaded = new Trie(root, { node: (hash) => nodes.get(hash.join()) });
          expect(loaded.prove(key)).toEqual(trie.prove(key));
        }
      }),
    );
  });

  test('that was tampered with proves nothing', () => {
    fc.assert(
      fc.property(
        someChanges.filter((changes) => changes.some((change) => change[1])),
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (changes, which, at, change) => {
          const trie = trieOf(changes);
          const key = changes[which % changes.length][0];
          const proof = trie.prove(key);
          if (proof.length === 0) return;
          const changed = proof.map((rlp) => rlp.slice());
          const one = changed[which % changed.length];
          one[at % one.length] ^= change;
          expect(() => verifyProof(trie.root(), key, changed)).toThrow(InvalidProof);
          expect(() => verifyProof(trie.root(), key, proof.slice(1))).toThrow(InvalidProof);
          expect(() => verifyProof(trie.root(), key, proof.slice(0, -1))).toThrow(InvalidProof);
          expect(() => verifyProof(trie.root(), key, [...proof, proof[0]])).toThrow(InvalidProof);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('of one key does not prove another value for another', () => {
    fc.assert(
      fc.property(someChanges, someKey, someKey, (changes, proved, asked) => {
        const trie = trieOf(changes);
        try {
          const value = verifyProof(trie.root(), asked, trie.prove(proved));
          const actual = trie.get(asked);
          expect(value === undefined ? actual === undefined : equalBytes(value, actual as Uint8Array)).toBe(
            true,
          );
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidProof);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('that is noise is refused in a sentence', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), someKey, (proof, key) => {
        expect(() => verifyProof(new Uint8Array(32), key, proof)).toThrow(InvalidProof);
      }),
    );
    expect(() => verifyProof(new Uint8Array(32), new Uint8Array(1), [])).toThrow(
      `proof: expected the node 0x${'00'.repeat(32)}, got none`,
    );
    expect(() => verifyProof(new Uint8Array(31), new Uint8Array(1), [])).toThrow(RangeError);
  });

  test('of an empty trie has no node, or the empty one', () => {
    expect(new Trie().prove(new Uint8Array(4))).toEqual([]);
    expect(verifyProof(EMPTY_ROOT, new Uint8Array(4), [])).toBeUndefined();
    expect(verifyProof(EMPTY_ROOT, new Uint8Array(4), [Uint8Array.of(0x80)])).toBeUndefined();
    expect(() => verifyProof(EMPTY_ROOT, new Uint8Array(4), [Uint8Array.of(0xc0)])).toThrow(InvalidProof);
  });
});
