import { bls12_381 } from '@noble/curves/bls12-381.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { expect, test } from 'vitest';
import { concatBytes, fromHex, toHex } from '../../src/bytes.ts';
import { kzgPointEvaluation, verifyKzgProof } from '../../src/precompiles/kzg.ts';
import { words } from './sample.ts';

const ORDER = bls12_381.fields.Fr.ORDER;
const g1 = (k: bigint): Uint8Array => bls12_381.G1.Point.BASE.multiplyUnsafe(k).toBytes();
const infinity = bls12_381.G1.Point.ZERO.toBytes();

// The polynomial that is 5 everywhere: its quotient is zero, so its proof is infinity.
const five = g1(5n);

function input(commitment: Uint8Array, z: bigint, y: bigint, proof: Uint8Array): Uint8Array {
  const hash = sha256(commitment);
  hash[0] = 1;
  return concatBytes(hash, words(z, y), commitment, proof);
}

test('a true proof gives the size of a blob and the modulus', () => {
  expect(toHex(kzgPointEvaluation.run(input(five, 77n, 5n, infinity)) as Uint8Array)).toBe(
    `0x${(4096).toString(16).padStart(64, '0')}${ORDER.toString(16)}`,
  );
  expect(kzgPointEvaluation.gas(new Uint8Array(0))).toBe(50_000);
});

test('the output is not shared', () => {
  const whole = input(five, 0n, 5n, infinity);
  kzgPointEvaluation.run(whole)?.fill(0);
  expect(kzgPointEvaluation.run(whole)?.some((byte) => byte !== 0)).toBe(true);
});

test('false proofs fail', () => {
  expect(kzgPointEvaluation.run(input(five, 77n, 6n, infinity))).toBeUndefined();
  expect(kzgPointEvaluation.run(input(five, 77n, 5n, g1(1n)))).toBeUndefined();
  expect(verifyKzgProof(five, words(77), words(6), infinity)).toBe(false);
});

test('malformed input fails', () => {
  const good = input(five, 77n, 5n, infinity);
  expect(kzgPointEvaluation.run(good.subarray(1))).toBeUndefined();
  expect(kzgPointEvaluation.run(concatBytes(good, new Uint8Array(1)))).toBeUndefined();
  expect(kzgPointEvaluation.run(input(five, ORDER + 77n, 5n, infinity))).toBeUndefined();
  expect(kzgPointEvaluation.run(input(five, 77n, ORDER + 5n, infinity))).toBeUndefined();
  const otherVersion = good.slice();
  otherVersion[0] = 2;
  expect(kzgPointEvaluation.run(otherVersion)).toBeUndefined();
  const otherHash = good.slice();
  otherHash[31] ^= 1;
  expect(kzgPointEvaluation.run(otherHash)).toBeUndefined();
  // on the curve, not in the subgroup
  const outside = fromHex(`0x8${'0'.repeat(94)}4`);
  expect(verifyKzgProof(outside, words(77), words(5), infinity)).toBeUndefined();
  expect(verifyKzgProof(five, words(77), words(5), outside)).toBeUndefined();
  // infinity with another bit set, and no flags at all
  const bent = infinity.slice();
  bent[47] = 1;
  expect(verifyKzgProof(bent, words(77), words(5), infinity)).toBeUndefined();
  expect(verifyKzgProof(new Uint8Array(48), words(77), words(5), infinity)).toBeUndefined();
});
