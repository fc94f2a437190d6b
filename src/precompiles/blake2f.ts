/**
 * BLAKE2F: the compression function F of BLAKE2b with a chosen number of rounds.
 * https://eips.ethereum.org/EIPS/eip-152, https://www.rfc-editor.org/rfc/rfc7693#section-3.2
 *
 * A round costs one gas, so a block can hold tens of millions of them. The rounds are generated WebAssembly, which
 * has the 64-bit integers that JavaScript lacks: 12 ns a round, where noble's, on 32-bit halves, takes 330.
 */

import { type Code, I32, I64, type Local64, type Operand64 } from '../wasm/code.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import type { Precompile } from './precompile.ts';

const INPUT_LENGTH = 213;

// The input after its four bytes of rounds is laid out as memory is: state, message, counter.
const STATE = 0;
const MESSAGE = 64;
const COUNTER = 192;

/** The first 64 bits of the fractional parts of the square roots of the first eight primes. */
const IV: readonly bigint[] = [
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
];

/** Which message words a round mixes in, in order; round ten starts again with the first row. */
const SIGMA: readonly string[] = [
  '0123456789abcdef',
  'ea489fd61c02b753',
  'b8c052fdae367194',
  '7931dcbe265a40f8',
  '905724afe1bc683d',
  '2c6a0b834d75fe19',
  'c51fed4a0763928b',
  'db7ec13950f4862a',
  '6fe9b308c2d714a5',
  'a2847615fb9e3cd0',
];

/** The columns, then the diagonals, of the four by four state. */
const MIXES: readonly (readonly [a: number, b: number, c: number, d: number])[] = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
];

/** rounds, h, m, t, final flag to the new h; fails on any other length or flag. One gas a round. */
export const blake2f: Precompile = {
  name: 'blake2f',
  gas: (input) => (input.length === INPUT_LENGTH ? roundsOf(input) : 0),
  run(input) {
    const final = input[INPUT_LENGTH - 1];
    if (input.length !== INPUT_LENGTH || final > 1) return undefined;
    compressor ??= instantiate();
    compressor.memory.set(input.subarray(4, INPUT_LENGTH - 1));
    compressor.compress(roundsOf(input), final);
    return compressor.memory.slice(STATE, STATE + 64);
  },
};

const roundsOf = (input: Uint8Array): number =>
  new DataView(input.buffer, input.byteOffset, input.byteLength).getUint32(0);

interface Compressor {
  readonly memory: Uint8Array;
  /** Applies F to what is in memory: rounds as an unsigned 32-bit integer, final as 0 or 1. */
  compress(rounds: number, final: number): void;
}

let compressor: Compressor | undefined;

function instantiate(): Compressor {
  const module = new ModuleBuilder();
  module.memory('memory', 1);
  const func = module.func({ params: [I32, I32], results: [] });
  module.export('compress', func);
  writeCompress(func.code);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()));
  return {
    memory: new Uint8Array((exports['memory'] as WebAssembly.Memory).buffer),
    compress: exports['compress'] as Compressor['compress'],
  };
}

function writeCompress(code: Code): void {
  const rounds = code.param(0, I32);
  const final = code.param(1, I32);
  const v = code.locals(I64, 16);
  const word = (address: number): Operand64 => code.i64Load(code.i32Const(0), address);

  for (let i = 0; i < 8; i++) {
    code.set(v[i], word(STATE + 8 * i));
    code.set(v[i + 8], code.i64Const(BigInt.asIntN(64, IV[i])));
  }
  code.set(v[12], code.i64Xor(code.get(v[12]), word(COUNTER)));
  code.set(v[13], code.i64Xor(code.get(v[13]), word(COUNTER + 8)));
  // -1 when final, else 0: the last block inverts a word.
  const inverted = code.i64Sub(code.i64Const(0n), code.i64ExtendU(code.get(final)));
  code.set(v[14], code.i64Xor(inverted, code.get(v[14])));

  code.block((done) => {
    code.loop((again) => {
      for (const row of SIGMA) {
        code.brIf(code.i32Eqz(code.get(rounds)), done);
        code.set(rounds, code.i32Sub(code.get(rounds), code.i32Const(1)));
        MIXES.forEach(([a, b, c, d], i) => {
          const [x, y] = [row[2 * i], row[2 * i + 1]].map(
            (digit) => MESSAGE + 8 * Number.parseInt(digit, 16),
          );
          mix(
            code,
            [v[a], v[b], v[c], v[d]],
            () => word(x),
            () => word(y),
          );
        });
      }
      code.br(again);
    });
  });

  for (let i = 0; i < 8; i++) {
    code.set(v[i], code.i64Xor(code.get(v[i]), code.get(v[i + 8])));
    code.i64Store(code.i32Const(0), code.i64Xor(word(STATE + 8 * i), code.get(v[i])), STATE + 8 * i);
  }
}

/** The mixing function G of RFC 7693. */
function mix(
  code: Code,
  [a, b, c, d]: readonly [Local64, Local64, Local64, Local64],
  x: () => Operand64,
  y: () => Operand64,
): void {
  const rotatedXor = (p: Local64, q: Local64, right: number): void =>
    code.set(p, code.i64Rotl(code.i64Xor(code.get(p), code.get(q)), code.i64Const(BigInt(64 - right))));
  code.set(a, code.i64Add(code.i64Add(code.get(a), code.get(b)), x()));
  rotatedXor(d, a, 32);
  code.set(c, code.i64Add(code.get(c), code.get(d)));
  rotatedXor(b, c, 24);
  code.set(a, code.i64Add(code.i64Add(code.get(a), code.get(b)), y()));
  rotatedXor(d, a, 16);
  code.set(c, code.i64Add(code.get(c), code.get(d)));
  rotatedXor(b, c, 63);
}
