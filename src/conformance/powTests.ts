/**
 * ethereum/tests' PoWTests: Ethash of a header with a nonce, over a cache and a dataset of sizes of their own.
 * https://github.com/ethereum/tests/tree/develop/PoWTests
 */

import { fromHex, type Hex, toHex } from '../bytes.ts';
import { type EthashCache, ethash, makeCache } from '../chain/ethash.ts';
import { headerFromRlp, sealHash } from '../chain/header.ts';
import { keccak256 } from '../keccak.ts';
import { decodeRlp } from '../rlp.ts';
import type { CaseResult } from './caseResult.ts';
import { bytesAt, integerAt, type JsonObject, objectAt } from './fixtureValues.ts';

/** The seed of the first epoch, which vectors without one mean. */
const FIRST_SEED = new Uint8Array(32);

/**
 * Runs a file's vectors.
 * @throws {MalformedFixture} when one cannot be read, {InvalidRlp} when its header is none
 */
export function* runPowTests(_path: string, json: unknown): Generator<CaseResult> {
  for (const [name, test] of Object.entries(objectAt(json, 'file'))) {
    yield runVector(name, objectAt(test, name));
  }
}

/** The last cache that was made, and of what: most vectors are of the first epoch. */
let last: { readonly key: string; readonly cache: EthashCache } | undefined;

function cacheFor(seed: Uint8Array, cacheBytes: number, datasetBytes: number): EthashCache {
  const key = `${toHex(seed)} ${cacheBytes} ${datasetBytes}`;
  if (last?.key !== key) last = { key, cache: makeCache(seed, cacheBytes, datasetBytes) };
  return last.cache;
}

function runVector(name: string, vector: JsonObject): CaseResult {
  const header = headerFromRlp(decodeRlp(bytesAt(vector['header'], `${name}.header`)));
  const seed = vector['seed'] === undefined ? FIRST_SEED : bytesAt(vector['seed'], `${name}.seed`);
  const size = (key: string): number => Number(integerAt(vector[key], `${name}.${key}`));
  const cache = cacheFor(seed, size('cache_size'), size('full_size'));
  const sealed = sealHash(header);
  const { mixHash, result } = ethash(sealed, fromHex(header.nonce), cache);
  const actual: Readonly<Record<string, Hex>> = {
    header_hash: toHex(sealed),
    cache_hash: toHex(keccak256(new Uint8Array(cache.rows.buffer))),
    mixHash: toHex(mixHash),
    result: toHex(result),
  };
  for (const [key, value] of Object.entries(actual)) {
    if (vector[key] === undefined) continue;
    const expected = toHex(bytesAt(vector[key], `${name}.${key}`));
    if (expected !== value) {
      return { name, pass: false, expected: `${key} ${expected}`, actual: `${key} ${value}` };
    }
  }
  if (toHex(mixHash) === header.mixHash) return { name, pass: true };
  return { name, pass: false, expected: `mix ${header.mixHash}`, actual: `mix ${toHex(mixHash)}` };
}
