/**
 * Digests that the arena remembers. Contracts in Solidity find the slots of mappings by hashing two words, the same ones
 * over and over: a transfer of an ERC-20 token hashed three times, which was a quarter of its time. What was hashed last
 * is kept in a table with two places for each value of a hash of the words, the older of which gives way; a miss adds
 * some 10 ns to the 360 that hashing takes, so that nobody gains by choosing words that drive each other out. (With one
 * place for each value, minting to 300 addresses in a row hashed 88 of them anew each time: it takes 0.93 of that time, and
 * storing 480 new slots of a map 0.90.)
 */

import { fromHex } from '../bytes.ts';
import { EMPTY_CODE_HASH } from '../state/source.ts';
import { type Code, I32, I64, type Local32, type Operand64 } from '../wasm/code.ts';
import type { Func, ModuleBuilder } from '../wasm/module.ts';
import { DIGEST_CACHE, DIGEST_CACHE_LINES } from './layout.ts';

/** Bytes of a place: two words that were hashed, their digest, how many limbs were hashed, and padding. */
const LINE = 128;
const DIGEST = 64;
const LIMBS_HASHED = 96;
const USED = 112;

const WORD_LIMBS = 4;

/** Two places. */
const PAIR_BITS = 8n;

const INDEX_BITS = BigInt(Math.log2(DIGEST_CACHE_LINES / 2));

/** Odd numbers without a pattern: the first digits of the square roots of 2, 3, 5, 7, 11, 13, 17 and 19. */
const FACTORS = [
  0x6a09e667f3bcc909n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
];

/**
 * The low bytes of a word are the high ones of its last limb, where they would decide over few bits of the product alone:
 * this limb is turned by so many bits.
 */
const TURN = 24n;

/** Adds `(source, length, out)` to a module: what the function it is given does, from memory where it can. */
export function defineRememberedKeccak(module: ModuleBuilder, keccak: Func): Func {
  const func = module.func({ params: [I32, I32, I32], results: [] });
  const { code } = func;
  const length = code.param(1, I32);
  const out = code.param(2, I32);
  for (const limbs of [8, 4]) {
    code.if(code.i32Eq(code.get(length), code.i32Const(8 * limbs)), () => writeLookup(code, keccak, limbs));
  }
  code.if(code.i32Eqz(code.get(length)), () => {
    const empty = new BigUint64Array(fromHex(EMPTY_CODE_HASH).buffer);
    for (const [i, limb] of empty.entries()) code.i64Store(code.get(out), code.i64Const(limb), 8 * i);
    code.return();
  });
  code.returnCall(keccak, code.get(code.param(0, I32)), code.get(length), code.get(out));
  return func;
}

function writeLookup(code: Code, keccak: Func, count: number): void {
  const source = code.param(0, I32);
  const out = code.param(2, I32);
  const pair = code.local(I32);
  const limbs = code.locals(I64, count);
  for (const [i, limb] of limbs.entries()) code.set(limb, code.i64Load(code.get(source), 8 * i));
  const product = (i: number): Operand64 => {
    const limb = code.get(limbs[i]);
    const isLast = i % WORD_LIMBS === WORD_LIMBS - 1;
    return code.i64Mul(isLast ? code.i64Rotl(limb, code.i64Const(TURN)) : limb, code.i64Const(FACTORS[i]));
  };
  let hash = product(0);
  for (let i = 1; i < count; i++) hash = code.i64Add(hash, product(i));
  const index = code.i64ShrU(hash, code.i64Const(64n - INDEX_BITS));
  code.set(pair, code.i32Wrap(code.i64Shl(index, code.i64Const(PAIR_BITS))));
  code.set(pair, code.i32Add(code.get(pair), code.i32Const(DIGEST_CACHE)));
  for (const place of [0, LINE]) {
    let difference = code.i64Xor(
      code.i64Load(code.get(pair), place + LIMBS_HASHED),
      code.i64Const(BigInt(count)),
    );
    for (const [i, limb] of limbs.entries()) {
      const other = code.i64Load(code.get(pair), place + 8 * i);
      difference = code.i64Or(difference, code.i64Xor(code.get(limb), other));
    }
    code.if(code.i64Eqz(difference), () => {
      copyDigest(code, pair, place, out);
      code.return();
    });
  }
  for (let i = 0; i < USED; i += 16) {
    code.vStore(code.get(pair), code.vLoad(code.get(pair), i), LINE + i);
  }
  for (const [i, limb] of limbs.entries()) code.i64Store(code.get(pair), code.get(limb), 8 * i);
  code.i64Store(code.get(pair), code.i64Const(BigInt(count)), LIMBS_HASHED);
  const digest = () => code.i32Add(code.get(pair), code.i32Const(DIGEST));
  code.call(keccak, code.get(pair), code.i32Const(8 * count), digest());
  copyDigest(code, pair, 0, out);
  code.return();
}

function copyDigest(code: Code, pair: Local32, place: number, out: Local32): void {
  for (let i = 0; i < 32; i += 16) {
    code.vStore(code.get(out), code.vLoad(code.get(pair), place + DIGEST + i), i);
  }
}
