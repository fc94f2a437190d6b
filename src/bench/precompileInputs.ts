/** What each precompile is measured with: usual inputs, and those that take longest for their gas. */

import { p256 } from '@noble/curves/nist.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bigIntToBytes, concatBytes, fromHex } from '../bytes.ts';
import { signHash } from '../chain/signature.ts';
import { keccak256 } from '../keccak.ts';
import { PRECOMPILES } from '../precompiles/registry.ts';
import type { PrecompileName } from '../protocol/forks.ts';

/** An input with what is special about it, in a word or two. */
export interface PrecompileInput {
  readonly label: string;
  readonly input: Uint8Array;
}

const word = (value: bigint): Uint8Array => bigIntToBytes(value, 32);

/** Bytes without a pattern, the same every time. */
function noise(length: number, seed: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    keccak256(Uint8Array.of(seed, index)),
  );
  return concatBytes(...blocks).subarray(0, length);
}

const HASH = keccak256(Uint8Array.of(0));
const scalar = (seed: number): Uint8Array => concatBytes(new Uint8Array(1), noise(31, seed));

function recovery(): Uint8Array {
  const { r, s, yParity } = signHash(HASH, scalar(1));
  return concatBytes(HASH, word(27n + BigInt(yParity)), word(r), word(s));
}

/** Base, exponent and modulus behind their lengths. */
function modexp(base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array): Uint8Array {
  const lengths = [base, exponent, modulus].map(({ length }) => word(BigInt(length)));
  return concatBytes(...lengths, base, exponent, modulus);
}

const odd = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte, at) => (at === bytes.length - 1 ? byte | 1 : byte));
const even = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at >= bytes.length - 8 ? 0 : byte));
const ones = (length: number): Uint8Array => new Uint8Array(length).fill(0xff);

const BN_G1 = concatBytes(word(1n), word(2n));
/** The generator of G2, imaginary parts first. https://eips.ethereum.org/EIPS/eip-197 */
const BN_G2 = fromHex(
  '198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2' +
    '1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed' +
    '090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b' +
    '12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa',
);
const bnMultiple = (factor: Uint8Array): Uint8Array =>
  PRECOMPILES.bn254MulIstanbul.run(concatBytes(BN_G1, factor))!;

/** Pairs whose product is one: points with their negatives in turn. */
function bnPairs(count: number): Uint8Array {
  const order = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;
  const pairs = Array.from({ length: count }, (_, index) => {
    const factor = BigInt(1 + (index >> 1));
    return concatBytes(bnMultiple(word(index % 2 === 0 ? factor : order - factor)), BN_G2);
  });
  return concatBytes(...pairs);
}

const fp = (digits: string): Uint8Array => fromHex(digits.padStart(128, '0'));
const BLS_ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
const BLS_FIELD = fp(
  '1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaaa',
);
const blsElement = (seed: number): Uint8Array => concatBytes(new Uint8Array(17), noise(47, seed));
const blsG1 = (seed: number): Uint8Array => PRECOMPILES.blsMapFpToG1.run(blsElement(seed))!;
const blsG2 = (seed: number): Uint8Array =>
  PRECOMPILES.blsMapFp2ToG2.run(concatBytes(blsElement(seed), blsElement(seed + 1)))!;

/** Points with full scalars. */
function blsTerms(count: number, point: (seed: number) => Uint8Array): Uint8Array {
  const terms = Array.from({ length: count }, (_, index) =>
    concatBytes(point(index), noise(32, 100 + index)),
  );
  return concatBytes(...terms);
}

function blsPairs(count: number): Uint8Array {
  const [g1, g2] = [blsG1(1), blsG2(2)];
  const negated = PRECOMPILES.blsG1Msm.run(concatBytes(g1, word(BLS_ORDER - 1n)))!;
  return concatBytes(...Array.from({ length: count }, (_, i) => concatBytes(i % 2 === 0 ? g1 : negated, g2)));
}

/** [tau]₁ of the ceremony, compressed: the commitment to the polynomial X, whose value at z is z. */
const TAU_G1 = fromHex(
  'ad3eb50121139aa34db1d545093ac9374ab7bca2c0f3bf28e27c8dcd8fc7cb42d25926fc0c97b336e9f0fb35e5a04c81',
);
/** The generator of G1, compressed: the quotient (X - z) / (X - z). */
const BLS_G1 = fromHex(
  '97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb',
);

function kzg(): Uint8Array {
  const versionedHash = concatBytes(Uint8Array.of(1), sha256(TAU_G1).subarray(1));
  const z = scalar(5);
  return concatBytes(versionedHash, z, z, TAU_G1, BLS_G1);
}

function p256Signature(): Uint8Array {
  const key = scalar(7);
  const signature = p256.sign(HASH, key, { prehash: false });
  return concatBytes(HASH, signature, p256.getPublicKey(key, false).subarray(1));
}

/** Rounds, and the rest of what BLAKE2b's F takes. */
const blake = (rounds: number): Uint8Array =>
  concatBytes(bigIntToBytes(BigInt(rounds), 4), noise(64 + 128 + 16, 9), Uint8Array.of(1));

const at = (label: string, input: Uint8Array): PrecompileInput => ({ label, input });
const sizes = (...lengths: readonly number[]): PrecompileInput[] =>
  lengths.map((length) => at(`${length} bytes`, noise(length, 3)));

const MAKERS: Partial<Record<PrecompileName, () => readonly PrecompileInput[]>> = {
  ecrecover: () => [
    at('signed', recovery()),
    at('no point', concatBytes(HASH, word(27n), word(5n), word(5n))),
  ],
  sha256: () => sizes(0, 32, 1024, 16_384),
  ripemd160: () => sizes(0, 32, 1024, 16_384),
  identity: () => sizes(0, 32, 1024, 16_384),
  modexpOsaka: () => [
    at('of 32 bytes', modexp(noise(32, 1), ones(32), odd(noise(32, 2)))),
    at('of 32 bytes, to 1024 ones', modexp(noise(32, 1), ones(1024), odd(noise(32, 2)))),
    at('of 8 bytes, to 32 ones', modexp(noise(8, 1), ones(32), odd(noise(8, 2)))),
    at('of 40 bytes', modexp(noise(40, 1), ones(40), odd(noise(40, 2)))),
    at('of 64 bytes', modexp(noise(64, 1), ones(64), odd(noise(64, 2)))),
    at('RSA 2048, to 65537', modexp(noise(256, 1), Uint8Array.of(1, 0, 1), odd(ones(256)))),
    at('RSA 2048, private', modexp(noise(256, 1), noise(256, 4), odd(noise(256, 2)))),
    at('of 256 bytes, even', modexp(noise(256, 1), noise(32, 4), even(noise(256, 2)))),
    at('of 1024 bytes, squared', modexp(noise(1024, 1), Uint8Array.of(2), odd(noise(1024, 2)))),
    at('of 1024 bytes, to 65537', modexp(noise(1024, 1), Uint8Array.of(1, 0, 1), odd(noise(1024, 2)))),
    at('1024 bytes by 1', modexp(noise(1024, 1), Uint8Array.of(2), Uint8Array.of(3))),
  ],
  bn254AddIstanbul: () => [
    at('points', concatBytes(bnMultiple(scalar(1)), bnMultiple(scalar(2)))),
    at('doubled', concatBytes(bnMultiple(scalar(1)), bnMultiple(scalar(1)))),
  ],
  bn254MulIstanbul: () => [
    at('by 2', concatBytes(bnMultiple(scalar(1)), word(2n))),
    at('full', concatBytes(bnMultiple(scalar(1)), ones(32))),
  ],
  bn254PairingIstanbul: () => [
    at('empty', new Uint8Array(0)),
    ...[1, 2, 4, 12].map((n) => at(`${n} pairs`, bnPairs(n))),
  ],
  blake2f: () => [0, 1, 12, 100_000].map((rounds) => at(`${rounds} rounds`, blake(rounds))),
  kzgPointEvaluation: () => [at('proof', kzg())],
  blsG1Add: () => [at('points', concatBytes(blsG1(1), blsG1(2)))],
  blsG1Msm: () => [1, 2, 16, 128].map((n) => at(`${n} terms`, blsTerms(n, blsG1))),
  blsG2Add: () => [at('points', concatBytes(blsG2(1), blsG2(2)))],
  blsG2Msm: () => [1, 2, 16, 128].map((n) => at(`${n} terms`, blsTerms(n, blsG2))),
  blsPairing: () => [1, 2, 8].map((n) => at(`${n} pairs`, blsPairs(n))),
  blsMapFpToG1: () => [at('element', blsElement(1)), at('largest', BLS_FIELD)],
  blsMapFp2ToG2: () => [at('element', concatBytes(blsElement(1), blsElement(2)))],
  p256Verify: () => [
    at('signed', p256Signature()),
    at('no point', concatBytes(p256Signature().subarray(0, 96), ones(64))),
  ],
};

/**
 * The inputs for a precompile.
 * @throws {RangeError} where there are none
 */
export function precompileInputs(name: PrecompileName): readonly PrecompileInput[] {
  const maker = MAKERS[name];
  if (maker === undefined)
    throw new RangeError(`precompile: expected one with inputs to measure, got ${name}`);
  return maker();
}
