import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareBytes, equalBytes, fromHex, toHex } from '../../src/bytes.ts';
import { MissingState } from '../../src/errors.ts';
import { decodeNode, InvalidNode, type NodeSource } from '../../src/trie/decode.ts';
import { EMPTY_ROOT, keccak256 } from '../../src/trie/hash.ts';
import { Trie } from '../../src/trie/trie.ts';
import { type Model, modelKey, modelRoot, someChanges, someKey, someValue } from './model.ts';

/** A store of nodes in memory that counts what is asked of it. */
class MemoryNodes implements NodeSource {
  readonly nodes = new Map<string, Uint8Array>();
  reads = 0;

  readonly put = (hash: Uint8Array, rlp: Uint8Array): void => {
    if (!equalBytes(keccak256(rlp), hash)) throw new Error('a node under a hash that is not its own');
    this.nodes.set(toHex(hash), rlp);
  };

  node(hash: Uint8Array): Uint8Array | undefined {
    this.reads++;
    return this.nodes.get(toHex(hash));
  }
}

type Changes = [Uint8Array, Uint8Array | undefined][];

function applyTo(trie: Trie, model: Model, changes: Changes): void {
  for (const [key, value] of changes) {
    if (value === undefined) trie.delete(key);
    else trie.put(key, value);
    if (value === undefined) model.delete(modelKey(key));
    else model.set(modelKey(key), value);
  }
}

function expectSame(trie: Trie, model: Model): void {
  expect(toHex(trie.root())).toBe(toHex(modelRoot(model)));
  for (const [key, value] of model) expect(trie.get(fromHex(key))).toEqual(value);
  const sorted = [...model].map(([key, value]) => [fromHex(key), value] as const);
  sorted.sort((a, b) => compareBytes(a[0], b[0]));
  expect([...trie.entries()]).toEqual(sorted);
  expect([...trie.entriesBackwards()]).toEqual(sorted.reverse());
}

describe('a trie', () => {
  test('is empty at first', () => {
    expect(new Trie().root()).toEqual(EMPTY_ROOT);
    expect(EMPTY_ROOT).toEqual(keccak256(Uint8Array.of(0x80)));
    expect(new Trie().get(new Uint8Array(0))).toBeUndefined();
    expect([...new Trie().entries()]).toEqual([]);
  });

  test('is what the definition makes of its entries, in memory', () => {
    fc.assert(
      fc.property(fc.array(someChanges, { maxLength: 4 }), (batches) => {
        const trie = new Trie();
        const model: Model = new Map();
        for (const changes of batches) {
          applyTo(trie, model, changes);
          expectSame(trie, model);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('is the same when it is stored and loaded between changes', () => {
    fc.assert(
      fc.property(fc.array(someChanges, { maxLength: 4 }), fc.nat(3), (batches, levels) => {
        const store = new MemoryNodes();
        let trie = new Trie(EMPTY_ROOT, store);
        const model: Model = new Map();
        for (const [i, changes] of batches.entries()) {
          applyTo(trie, model, changes);
          const root = trie.commit(store.put);
          if (i % 2 === 0) trie = new Trie(root, store);
          else trie.unload(levels);
          expectSame(trie, model);
          expectSame(new Trie(root, store), model);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('does not depend on the order of insertions, and forgets what is deleted', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(someKey, someValue), { selector: (e) => modelKey(e[0]), maxLength: 30 }),
        fc.infiniteStream(fc.nat()),
        fc.nat(30),
        (entries, order, kept) => {
          const straight = new Trie();
          for (const [key, value] of entries.slice(0, kept)) straight.put(key, value);
          const shuffled = entries.map((entry) => [order.next().value as number, entry] as const);
          shuffled.sort((a, b) => a[0] - b[0]);
          const other = new Trie();
          for (const [, [key, value]] of shuffled) other.put(key, value);
          for (const [key] of entries.slice(kept)) other.delete(key);
          expect(other.root()).toEqual(straight.root());
        },
      ),
    );
  });

  test('stays as it was when a snapshot of it changes, and the other way round', () => {
    fc.assert(
      fc.property(someChanges, someChanges, someChanges, fc.boolean(), (before, here, there, hashed) => {
        const trie = new Trie();
        const model: Model = new Map();
        applyTo(trie, model, before);
        if (hashed) trie.root();
        const kept = trie.snapshot();
        const sibling = trie.snapshot();
        const [modelHere, modelThere] = [new Map(model), new Map(model)];
        applyTo(trie, modelHere, here);
        applyTo(sibling, modelThere, there);
        expectSame(kept, model);
        expectSame(trie, modelHere);
        expectSame(sibling, modelThere);
        const store = new MemoryNodes();
        for (const [one, its] of [
          [sibling, modelThere],
          [kept, model],
          [trie, modelHere],
        ] as const) {
          expectSame(new Trie(one.commit(store.put), store), its);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('iterates from any key on, both ways', () => {
    fc.assert(
      fc.property(someChanges, someKey, (changes, bound) => {
        const trie = new Trie();
        applyTo(trie, new Map(), changes);
        const all = [...trie.entries()];
        const isBefore = (entry: readonly [Uint8Array, Uint8Array]) => compareBytes(entry[0], bound) < 0;
        expect([...trie.entries(bound)]).toEqual(all.filter((entry) => !isBefore(entry)));
        expect([...trie.entriesBackwards(bound)]).toEqual(all.filter(isBefore).reverse());
      }),
      { numRuns: 500 },
    );
  });

  test('an iteration does not see later changes', () => {
    const trie = new Trie();
    for (let i = 0; i < 9; i++) trie.put(Uint8Array.of(i), Uint8Array.of(1));
    const seen: number[] = [];
    for (const [key] of trie.entries()) {
      seen.push(key[0]);
      trie.delete(Uint8Array.of(8 - key[0]));
      trie.put(Uint8Array.of(100 + key[0]), Uint8Array.of(1));
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('loads and stores only what a change touches', () => {
    const store = new MemoryNodes();
    const whole = new Trie();
    for (let i = 0; i < 20_000; i++) whole.put(keccak256(Uint8Array.of(i, i >> 8)), Uint8Array.of(1, 2, 3));
    const root = whole.commit(store.put);
    expect(store.nodes.size).toBeGreaterThan(20_000);
    const before = store.nodes.size;
    const trie = new Trie(root, store);
    trie.put(keccak256(Uint8Array.of(1, 0)), Uint8Array.of(9));
    trie.commit(store.put);
    expect(store.reads).toBeLessThan(10);
    expect(store.nodes.size - before).toBeLessThan(10);
    trie.commit(() => expect.unreachable('nothing new'));
    expect(new Trie(root, store).root()).toEqual(root);
  });

  test('says which node is missing or is none, and is then as before', () => {
    const store = new MemoryNodes();
    const trie = new Trie();
    for (let i = 0; i < 50; i++) trie.put(keccak256(Uint8Array.of(i)), new Uint8Array(40).fill(i));
    const root = trie.commit(store.put);
    const removed = keccak256(Uint8Array.of(7));
    const path = trie.prove(removed);
    store.nodes.delete(toHex(keccak256(path[path.length - 1])));
    const lacking = new Trie(root, store);
    expect(() => lacking.get(removed)).toThrow(MissingState);
    expect(() => lacking.delete(removed)).toThrow(MissingState);
    expect(() => [...lacking.entries()]).toThrow(MissingState);
    expect(lacking.root()).toEqual(root);
    const other = { node: () => fromHex('c3010203') };
    expect(() => new Trie(root, other).get(removed)).toThrow(InvalidNode);
  });
});

describe('a node', () => {
  test('that is accepted is canonical', () => {
    const trie = new Trie();
    const store = new MemoryNodes();
    for (let i = 0; i < 40; i++) trie.put(Uint8Array.of(i * 5, i), new Uint8Array((i % 5) * 9 + 1).fill(i));
    trie.commit(store.put);
    const rlps = [...store.nodes.values()];
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(255), (which, at, byte) => {
        const rlp = rlps[which % rlps.length].slice();
        rlp[at % rlp.length] = byte;
        // At depth 0 and 1, so that both kinds of paths can end on whole bytes.
        for (const depth of [0, 1]) {
          try {
            decodeNode(rlp, new Uint8Array(1), depth);
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidNode);
            continue;
          }
          const read = { node: (hash: Uint8Array) => (hash === root ? rlp : undefined) };
          const root = keccak256(rlp);
          if (depth === 0) expect(new Trie(root, read).root()).toEqual(root);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['c0', 'an empty list'],
    ['c3010203', 'a list of three'],
    ['80', 'a string'],
    ['', 'nothing'],
    ['c22080', 'a leaf without a value'],
    ['c2c001', 'a path that is a list'],
    ['c24101', 'an unknown flag'],
    ['c22101', 'a padding that is not zero'],
    ['c23101', 'half a key'],
    ['c200c0', 'an extension without a path'],
    ['c21101', 'a reference of one byte'],
    ['d18080808080808080808080808080808080', 'a branch without entries'],
    ['d18080808080808080808080808080808001', 'a branch with one entry'],
    ['c320820102', 'trailing bytes'],
    ['c420b80101', 'a length in a needlessly long form'],
    ['f8', 'a cut length'],
    ['ffffffffffffffffff', 'a huge length'],
  ])('%s is refused: %s', (hex) => {
    expect(() => decodeNode(fromHex(hex), new Uint8Array(0), 0)).toThrow(InvalidNode);
  });
});
