/** The Bloom filter of logs: 2048 bits, three for each address and each topic. Yellow Paper, 4.4.1. */

import { bigIntToBytes, fromHex } from '../bytes.ts';
import { keccak256 } from '../keccak.ts';
import type { Log } from '../machine/environment.ts';

/** Bytes of a filter. */
export const BLOOM_BYTES = 256;

/** Adds bytes (an address, a topic) to a filter. */
export function addToBloom(bloom: Uint8Array, bytes: Uint8Array): void {
  const hash = keccak256(bytes);
  for (let pair = 0; pair < 6; pair += 2) {
    const bit = ((hash[pair] << 8) | hash[pair + 1]) & 0x7ff;
    // bit 0 is the least significant one of the last byte
    bloom[BLOOM_BYTES - 1 - (bit >> 3)] |= 1 << (bit & 7);
  }
}

/** The filter of logs: 256 new bytes. */
export function bloomOf(logs: readonly Log[]): Uint8Array {
  const bloom = new Uint8Array(BLOOM_BYTES);
  for (const { address, topics } of logs) {
    addToBloom(bloom, fromHex(address));
    for (const topic of topics) addToBloom(bloom, bigIntToBytes(topic, 32));
  }
  return bloom;
}

/** Adds everything of one filter to another. */
export function mergeBloom(into: Uint8Array, bloom: Uint8Array): void {
  for (let i = 0; i < BLOOM_BYTES; i++) into[i] |= bloom[i];
}

/** Whether bytes may have been added: false is certain, true is likely. */
export function mayContain(bloom: Uint8Array, bytes: Uint8Array): boolean {
  const own = new Uint8Array(BLOOM_BYTES);
  addToBloom(own, bytes);
  return own.every((byte, at) => (byte & bloom[at]) === byte);
}
