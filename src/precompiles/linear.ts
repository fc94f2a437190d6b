/** The precompiles of Frontier that cost so much a word: two hashes and the copy. Yellow Paper, appendix E. */

import { sha256 as hashSha256 } from './hashes.ts';
import { type Precompile, wordsOf } from './precompile.ts';
import { ripemd160 as hashRipemd160 } from './ripemd160.ts';

/** SHA-256 of the input; 60 gas and 12 a word. */
export const sha256: Precompile = {
  name: 'sha256',
  gas: (input) => 60 + 12 * wordsOf(input.length),
  run: (input) => hashSha256(input),
};

/** RIPEMD-160 of the input after twelve zero bytes; 600 gas and 120 a word. */
export const ripemd160: Precompile = {
  name: 'ripemd160',
  gas: (input) => 600 + 120 * wordsOf(input.length),
  run(input) {
    const word = new Uint8Array(32);
    word.set(hashRipemd160(input), 12);
    return word;
  },
};

/** The input itself; 15 gas and 3 a word. */
export const identity: Precompile = {
  name: 'identity',
  gas: (input) => 15 + 3 * wordsOf(input.length),
  run: (input) => input.slice(),
};
