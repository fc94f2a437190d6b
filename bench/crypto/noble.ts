/** What noble alone makes of the precompiles: the same work, checks of points and subgroups included. */

import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bn254 } from '@noble/curves/bn254.js';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bigIntToBytes, bytesToBigInt, concatBytes, fromHex } from '../../src/bytes.ts';
import type { Contender } from '../crypto.ts';

const integer = (input: Uint8Array, at: number, length = 32): bigint =>
  bytesToBigInt(input.subarray(at, at + length));
const word = (value: bigint): Uint8Array => bigIntToBytes(value, 32);
const padded = (bytes: Uint8Array): Uint8Array => concatBytes(new Uint8Array(32 - bytes.length), bytes);

type Bn1 = InstanceType<typeof bn254.G1.Point>;
function bn1(input: Uint8Array, at: number): Bn1 {
  const [x, y] = [integer(input, at), integer(input, at + 32)];
  if (x === 0n && y === 0n) return bn254.G1.Point.ZERO;
  const point = bn254.G1.Point.fromAffine({ x, y });
  point.assertValidity();
  return point;
}
function fromBn1(point: Bn1): Uint8Array {
  if (point.is0()) return new Uint8Array(64);
  const { x, y } = point.toAffine();
  return concatBytes(word(x), word(y));
}
function bn2(input: Uint8Array, at: number): InstanceType<typeof bn254.G2.Point> {
  const [x1, x0, y1, y0] = [0, 32, 64, 96].map((offset) => integer(input, at + offset));
  const point = bn254.G2.Point.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } });
  point.assertValidity();
  return point;
}

type Bls1 = InstanceType<typeof bls12_381.G1.Point>;
type Bls2 = InstanceType<typeof bls12_381.G2.Point>;
const { G1, G2, fields } = bls12_381;
const element = (input: Uint8Array, at: number): bigint => integer(input, at, 64);
const bls1 = (input: Uint8Array, at: number): Bls1 =>
  G1.Point.fromAffine({ x: element(input, at), y: element(input, at + 64) });
const bls2 = (input: Uint8Array, at: number): Bls2 =>
  G2.Point.fromAffine({
    x: { c0: element(input, at), c1: element(input, at + 64) },
    y: { c0: element(input, at + 128), c1: element(input, at + 192) },
  });
function fromBls1(point: Bls1): Uint8Array {
  const { x, y } = point.toAffine();
  return concatBytes(bigIntToBytes(x, 64), bigIntToBytes(y, 64));
}
function fromBls2(point: Bls2): Uint8Array {
  const { x, y } = point.toAffine();
  return concatBytes(...[x.c0, x.c1, y.c0, y.c1].map((part) => bigIntToBytes(part, 64)));
}

/** The sum of products, each point checked to be in the subgroup. */
function products<P extends { assertValidity(): void; add(other: P): P; multiplyUnsafe(factor: bigint): P }>(
  input: Uint8Array,
  length: number,
  read: (input: Uint8Array, at: number) => P,
  zero: P,
): P {
  let sum = zero;
  for (let at = 0; at < input.length; at += length + 32) {
    const point = read(input, at);
    point.assertValidity();
    sum = sum.add(point.multiplyUnsafe(integer(input, at + length) % fields.Fr.ORDER));
  }
  return sum;
}

/** [tau]₂, compressed. */
const TAU_G2 = fromHex(
  'b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72' +
    '185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2',
);
const KZG_OUTPUT = concatBytes(word(4096n), word(fields.Fr.ORDER));

/** All of them that noble has anything for. */
export function openNoble(): Contender {
  const tau = G2.Point.fromBytes(TAU_G2);
  return {
    ecrecover(input) {
      const signature = new secp256k1.Signature(integer(input, 64), integer(input, 96));
      const point = signature.addRecoveryBit(input[63] - 27).recoverPublicKey(input.subarray(0, 32));
      return padded(keccak_256(point.toBytes(false).subarray(1)).subarray(12));
    },
    sha256: (input) => sha256(input),
    ripemd160: (input) => padded(ripemd160(input)),
    bn254AddIstanbul: (input) => fromBn1(bn1(input, 0).add(bn1(input, 64))),
    bn254MulIstanbul: (input) =>
      fromBn1(bn1(input, 0).multiplyUnsafe(integer(input, 64) % bn254.fields.Fr.ORDER)),
    bn254PairingIstanbul(input) {
      const pairs = Array.from({ length: input.length / 192 }, (_, index) => ({
        g1: bn1(input, 192 * index),
        g2: bn2(input, 192 * index + 64),
      }));
      const { Fp12 } = bn254.fields;
      return word(pairs.length === 0 || Fp12.eql(bn254.pairingBatch(pairs), Fp12.ONE) ? 1n : 0n);
    },
    kzgPointEvaluation(input) {
      const [z, y] = [integer(input, 32), integer(input, 64)];
      const commitment = G1.Point.fromBytes(input.slice(96, 144));
      const proof = G1.Point.fromBytes(input.slice(144));
      commitment.assertValidity();
      proof.assertValidity();
      const result = bls12_381.pairingBatch([
        { g1: commitment.subtract(G1.Point.BASE.multiplyUnsafe(y)).negate(), g2: G2.Point.BASE },
        { g1: proof, g2: tau.subtract(G2.Point.BASE.multiplyUnsafe(z)) },
      ]);
      if (!fields.Fp12.eql(result, fields.Fp12.ONE)) throw new Error('the proof does not hold');
      return KZG_OUTPUT;
    },
    blsG1Add: (input) => fromBls1(bls1(input, 0).add(bls1(input, 128))),
    blsG1Msm: (input) => fromBls1(products(input, 128, bls1, G1.Point.ZERO)),
    blsG2Add: (input) => fromBls2(bls2(input, 0).add(bls2(input, 256))),
    blsG2Msm: (input) => fromBls2(products(input, 256, bls2, G2.Point.ZERO)),
    blsPairing(input) {
      const pairs = Array.from({ length: input.length / 384 }, (_, index) => {
        const pair = { g1: bls1(input, 384 * index), g2: bls2(input, 384 * index + 128) };
        pair.g1.assertValidity();
        pair.g2.assertValidity();
        return pair;
      });
      return word(fields.Fp12.eql(bls12_381.pairingBatch(pairs), fields.Fp12.ONE) ? 1n : 0n);
    },
    blsMapFpToG1: (input) => fromBls1(G1.mapToCurve([element(input, 0)]) as unknown as Bls1),
    blsMapFp2ToG2: (input) =>
      fromBls2(G2.mapToCurve([element(input, 0), element(input, 64)]) as unknown as Bls2),
    p256Verify(input) {
      const [hash, signature] = [input.subarray(0, 32), input.subarray(32, 96)];
      const key = concatBytes(Uint8Array.of(4), input.subarray(96));
      return p256.verify(signature, hash, key, { prehash: false, lowS: false })
        ? word(1n)
        : new Uint8Array(0);
    },
  };
}
