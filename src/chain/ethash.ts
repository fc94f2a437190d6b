/**
 * Ethash, verified the light way: from the cache of an epoch, of which each item of the dataset is recomputed.
 * https://ethereum.org/en/developers/docs/consensus-mechanisms/pow/mining/mining-algorithms/ethash/
 */

import { bytesToBigInt, concatBytes, fromHex, toHex } from '../bytes.ts';
import { keccak256 } from '../keccak.ts';
import { type Header, sealHash } from './header.ts';
import { type Keccak512, keccak512 } from './keccak512.ts';

const EPOCH_BLOCKS = 30_000;
const HASH_BYTES = 64;
const HASH_WORDS = HASH_BYTES / 4;
const MIX_BYTES = 128;
const MIX_WORDS = MIX_BYTES / 4;
const CACHE_BYTES_AT_FIRST = 2 ** 24;
const CACHE_BYTES_PER_EPOCH = 2 ** 17;
const DATASET_BYTES_AT_FIRST = 2 ** 30;
const DATASET_BYTES_PER_EPOCH = 2 ** 23;
const CACHE_ROUNDS = 3;
const DATASET_PARENTS = 256;
const ACCESSES = 64;
const FNV_PRIME = 0x01000193;

/** What an epoch's items are computed from. */
export interface EthashCache {
  /** rows of 16 little-endian words */
  readonly rows: Uint32Array;
  /** bytes of the dataset that the cache stands for */
  readonly datasetBytes: number;
}

/** What the hash of a seal is: the mix that the header carries, and what must be small enough. */
export interface EthashResult {
  /** 32 bytes */
  readonly mixHash: Uint8Array;
  /** 32 bytes */
  readonly result: Uint8Array;
}

/** Caches in use: 16 MiB and more each. Blocks come in order, so that two epochs at a time are plenty. */
const caches = new Map<number, EthashCache>();
const CACHES_KEPT = 2;

/** Whether a mined header's mix hash and nonce are those of enough work. */
export function isSealed(header: Header): boolean {
  const { mixHash, result } = ethash(sealHash(header), fromHex(header.nonce), cacheOf(header.number));
  if (header.difficulty === 0n || toHex(mixHash) !== header.mixHash) return false;
  return bytesToBigInt(result) * header.difficulty <= 2n ** 256n;
}

function cacheOf(number: bigint): EthashCache {
  const epoch = Number(number / BigInt(EPOCH_BLOCKS));
  let cache = caches.get(epoch);
  if (cache === undefined) {
    cache = epochCache(epoch);
    const oldest = caches.keys().next();
    if (caches.size >= CACHES_KEPT && !oldest.done) caches.delete(oldest.value);
    caches.set(epoch, cache);
  }
  return cache;
}

/** The cache of an epoch: about half a second for the first. */
export function epochCache(epoch: number): EthashCache {
  const cacheBytes = greatestPrimeRows(CACHE_BYTES_AT_FIRST + CACHE_BYTES_PER_EPOCH * epoch, HASH_BYTES);
  const datasetBytes = greatestPrimeRows(DATASET_BYTES_AT_FIRST + DATASET_BYTES_PER_EPOCH * epoch, MIX_BYTES);
  let seed: Uint8Array = new Uint8Array(32);
  for (let i = 0; i < epoch; i++) seed = keccak256(seed);
  return makeCache(seed, cacheBytes, datasetBytes);
}

/** The greatest size below `bytes` that is a prime number of rows. */
function greatestPrimeRows(bytes: number, rowBytes: number): number {
  let size = bytes - rowBytes;
  while (!isPrime(size / rowBytes)) size -= 2 * rowBytes;
  return size;
}

function isPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return true;
}

/**
 * A cache of any size, by Sergio Demian Lerner's RandMemoHash.
 * @param seed 32 bytes
 * @param cacheBytes a multiple of 64
 */
export function makeCache(seed: Uint8Array, cacheBytes: number, datasetBytes: number): EthashCache {
  const hash = keccak512();
  const count = cacheBytes / HASH_BYTES;
  const rows = new Uint32Array(count * HASH_WORDS);
  rows.set(hash(new Uint32Array(seed.slice().buffer), 8), 0);
  for (let row = 1; row < count; row++) {
    rows.set(hash(rows.subarray((row - 1) * HASH_WORDS, row * HASH_WORDS), HASH_WORDS), row * HASH_WORDS);
  }
  const mixed = new Uint32Array(HASH_WORDS);
  for (let round = 0; round < CACHE_ROUNDS; round++) {
    for (let row = 0; row < count; row++) {
      const at = row * HASH_WORDS;
      const before = ((row + count - 1) % count) * HASH_WORDS;
      const other = (rows[at] % count) * HASH_WORDS;
      for (let i = 0; i < HASH_WORDS; i++) mixed[i] = rows[before + i] ^ rows[other + i];
      rows.set(hash(mixed, HASH_WORDS), at);
    }
  }
  return { rows, datasetBytes };
}

const fnv = (a: number, b: number): number => Math.imul(a, FNV_PRIME) ^ b;

/**
 * Hashimoto over a cache.
 * @param headerHash what is sealed: 32 bytes
 * @param nonce 8 bytes
 */
export function ethash(headerHash: Uint8Array, nonce: Uint8Array, cache: EthashCache): EthashResult {
  const hash = keccak512();
  const start = concatBytes(headerHash, nonce.slice().reverse());
  const seed = hash(new Uint32Array(start.buffer), 10).slice();
  const pages = Math.floor(cache.datasetBytes / MIX_BYTES);
  const mix = new Uint32Array(MIX_WORDS);
  mix.set(seed, 0);
  mix.set(seed, HASH_WORDS);
  const item = new Uint32Array(HASH_WORDS);
  for (let access = 0; access < ACCESSES; access++) {
    const page = (fnv(access ^ seed[0], mix[access % MIX_WORDS]) >>> 0) % pages;
    for (let half = 0; half < 2; half++) {
      datasetItem(page * 2 + half, cache.rows, hash, item);
      const at = half * HASH_WORDS;
      for (let i = 0; i < HASH_WORDS; i++) mix[at + i] = fnv(mix[at + i], item[i]);
    }
  }
  const compressed = new Uint32Array(8);
  for (let i = 0; i < 8; i++) {
    const at = 4 * i;
    compressed[i] = fnv(fnv(fnv(mix[at], mix[at + 1]), mix[at + 2]), mix[at + 3]);
  }
  const mixHash = new Uint8Array(compressed.buffer);
  return { mixHash, result: keccak256(concatBytes(new Uint8Array(seed.buffer), mixHash)) };
}

/** Computes one item of the dataset into `item`: 16 words. */
export function datasetItem(index: number, rows: Uint32Array, hash: Keccak512, item: Uint32Array): void {
  const count = rows.length / HASH_WORDS;
  const first = (index % count) * HASH_WORDS;
  item.set(rows.subarray(first, first + HASH_WORDS));
  item[0] ^= index;
  item.set(hash(item, HASH_WORDS));
  for (let i = 0; i < DATASET_PARENTS; i++) {
    const parent = ((fnv(index ^ i, item[i % HASH_WORDS]) >>> 0) % count) * HASH_WORDS;
    for (let word = 0; word < HASH_WORDS; word++) item[word] = fnv(item[word], rows[parent + word]);
  }
  item.set(hash(item, HASH_WORDS));
}
