/** Keccak-512 of short messages, which only Ethash wants: a million hashes for one of its caches. */

import { BLOCK, defineSponge, KECCAK_SCRATCH } from '../keccak/define.ts';
import { ModuleBuilder } from '../wasm/module.ts';

/**
 * Hashes the first words of an array, at most 16 (64 bytes, little-endian), to 16 words that the next call overwrites.
 */
export type Keccak512 = (words: Uint32Array, length: number) => Uint32Array;

/** Words of one block of Keccak-512, which is shorter than that of Keccak-256: the rest of the block stays zero. */
const RATE_WORDS = 18;
const STATE_WORDS = 50;
const MESSAGE = Math.ceil(KECCAK_SCRATCH / 8) * 8;

let shared: Keccak512 | undefined;

/** The function; its WebAssembly is made on first use. */
export function keccak512(): Keccak512 {
  shared ??= start();
  return shared;
}

/**
 * Keccak-512 by the sponge of Keccak-256. A message of 64 bytes fits one block of either, and absorbing a block that
 * ends in zeros is absorbing a shorter one: only the place of the padding and the length of the digest differ.
 */
function start(): Keccak512 {
  const module = new ModuleBuilder();
  module.memory('memory', 1);
  const sponge = defineSponge(module, 0);
  module.export('absorb', sponge.absorb);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()));
  const absorb = exports['absorb'] as (source: number, blocks: number) => void;
  const memory = (exports['memory'] as WebAssembly.Memory).buffer;
  const state = new Uint32Array(memory, 0, STATE_WORDS);
  const message = new Uint32Array(memory, MESSAGE, BLOCK / 4);
  const digest = new Uint32Array(memory, 0, 16);
  return (words, length) => {
    for (let i = 0; i < length; i++) message[i] = words[i];
    for (let i = length; i < RATE_WORDS; i++) message[i] = 0;
    message[length] ^= 0x01;
    message[RATE_WORDS - 1] ^= 0x80000000;
    state.fill(0);
    absorb(MESSAGE, 1);
    return digest;
  };
}
