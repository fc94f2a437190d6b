/**
 * ethereum/tests' TrieTests: entries and the root of the trie they make, or a key's neighbours.
 * https://github.com/ethereum/tests/tree/develop/TrieTests
 */

import { EMPTY_BYTES, fromHex, toHex } from '../bytes.ts';
import { keccak256 } from '../trie/hash.ts';
import { verifyProof } from '../trie/proof.ts';
import { Trie } from '../trie/trie.ts';
import type { CaseResult } from './caseResult.ts';
import { arrayAt, isObject, MalformedFixture, objectAt } from './fixtureValues.ts';

/** Up to how many entries that may come in any order come in every order: 5! = 120 of them. */
const MAX_PERMUTED = 5;

type Change = readonly [key: Uint8Array, value: Uint8Array];

/**
 * Runs the tests of a file. Names tell how keys are meant: hashed in those of secure tries.
 * @param path the file's path, or only its name
 * @param content what it holds, parsed
 * @throws {MalformedFixture} when it holds no trie tests
 */
export function* runTrieTests(path: string, content: unknown): Generator<CaseResult> {
  const isSecure = /secure_?trie/i.test(path);
  for (const [name, test] of Object.entries(objectAt(content, path))) {
    const where = `${path}: ${name}`;
    const { in: input, root, tests } = objectAt(test, where);
    if (tests !== undefined) yield* neighbours(name, input, tests, where);
    else yield rootCase(name, input, String(root), isSecure, where);
  }
}

function rootCase(name: string, input: unknown, root: string, isSecure: boolean, where: string): CaseResult {
  // A list is a sequence of changes; an object's entries give the same root in any order.
  const isSequence = Array.isArray(input);
  const pairs = isSequence ? input : Object.entries(objectAt(input, where));
  const changes = pairs.map((pair) => changeAt(pair, isSecure, where));
  for (const order of isSequence ? [changes] : orders(changes)) {
    const actual = rootOf(order);
    if (actual !== root) return { name, pass: false, expected: root, actual };
  }
  return { name, pass: true };
}

/** The root after changes: from memory, and again with every node stored, loaded and proved. */
function rootOf(changes: readonly Change[]): string {
  const nodes = new Map<string, Uint8Array>();
  const source = { node: (hash: Uint8Array) => nodes.get(toHex(hash)) };
  const trie = new Trie();
  let stored = new Trie();
  for (const [key, value] of changes) {
    trie.put(key, value);
    stored.put(key, value);
    stored = new Trie(
      stored.commit((hash, rlp) => nodes.set(toHex(hash), rlp)),
      source,
    );
  }
  const root = toHex(trie.root());
  if (toHex(stored.root()) !== root) return `${root} in memory, ${toHex(stored.root())} from a store`;
  for (const [key] of changes) {
    const [proved, held] = [verifyProof(trie.root(), key, stored.prove(key)), trie.get(key)];
    if (String(proved) !== String(held)) return `${root}, with a proof of ${proved} where it has ${held}`;
  }
  return root;
}

function* neighbours(name: string, input: unknown, tests: unknown, where: string): Generator<CaseResult> {
  const trie = new Trie();
  for (const key of arrayAt(input, where)) trie.put(bytesOf(key, where), Uint8Array.of(1));
  for (const [index, test] of arrayAt(tests, where).entries()) {
    const [key, previous, next] = arrayAt(test, where).map((text) => bytesOf(text, where));
    // The first at or after the key and a zero byte is the first after the key.
    const after = trie.entries(Uint8Array.of(...key, 0)).next().value;
    const before = trie.entriesBackwards(key).next().value;
    const expected = `${toHex(previous)} before and ${toHex(next)} after`;
    const actual = `${toHex(before?.[0] ?? EMPTY_BYTES)} before and ${toHex(after?.[0] ?? EMPTY_BYTES)} after`;
    yield expected === actual ? { name, index, pass: true } : { name, index, pass: false, expected, actual };
  }
}

function changeAt(pair: unknown, isSecure: boolean, where: string): Change {
  const [key, value] = arrayAt(pair, where);
  const bytes = bytesOf(key, where);
  return [isSecure ? keccak256(bytes) : bytes, value === null ? EMPTY_BYTES : bytesOf(value, where)];
}

/** Hex with `0x`; any other text is meant itself. */
function bytesOf(text: unknown, where: string): Uint8Array {
  if (typeof text !== 'string') {
    throw new MalformedFixture(`${where}: expected text, got ${isObject(text) ? 'an object' : String(text)}`);
  }
  return text.startsWith('0x') ? fromHex(text) : new TextEncoder().encode(text);
}

/** Every order of few changes; of many, as they are and in reverse. */
function* orders(changes: readonly Change[]): Generator<readonly Change[]> {
  if (changes.length > MAX_PERMUTED) {
    yield changes;
    yield changes.toReversed();
  } else {
    yield* permutations(changes);
  }
}

function* permutations(changes: readonly Change[]): Generator<readonly Change[]> {
  if (changes.length < 2) yield changes;
  else {
    for (const [i, first] of changes.entries()) {
      for (const rest of permutations(changes.toSpliced(i, 1))) yield [first, ...rest];
    }
  }
}
