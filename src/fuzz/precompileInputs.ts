/**
 * Inputs for precompiles: valid ones, made by the curves themselves, and from them ones at the edges and just beyond:
 * points off the curve or at infinity, coordinates not below the prime, lengths one off.
 */

import { p256 } from '@noble/curves/nist.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bigIntToBytes, concatBytes, fromHex } from '../bytes.ts';
import { signHash } from '../chain/signature.ts';
import { PRECOMPILES } from '../precompiles/registry.ts';
import type { PrecompileName } from '../protocol/forks.ts';
import type { Random } from './random.ts';

/** An input for a precompile. */
export function precompileInput(name: PrecompileName, random: Random): Uint8Array {
  const valid = MAKERS[name](random);
  return random.oneIn(3) ? spoiled(valid, random) : valid;
}

/** Something wrong about an input: its length, a byte, a field that is not below its modulus, a point at infinity. */
function spoiled(input: Uint8Array, random: Random): Uint8Array {
  const bytes = input.slice();
  const field = 32 * random.below(Math.max(1, Math.floor(bytes.length / 32)));
  switch (random.below(7)) {
    case 0:
      return bytes.subarray(0, random.below(bytes.length + 1));
    case 1:
      return concatBytes(bytes, random.bytes(random.between(1, 40)));
    case 2:
      bytes.set(random.pick(MODULI).subarray(0, bytes.length - field), field);
      return bytes;
    case 3:
      return bytes.fill(0, field, field + random.pick([32, 64, 128, 192]));
    case 4:
      return new Uint8Array(bytes.length);
    case 5:
      return random.bytes(random.below(300));
    default:
      if (bytes.length > 0) bytes[random.below(bytes.length)] ^= 1 << random.below(8);
      return bytes;
  }
}

const word = (value: bigint): Uint8Array => bigIntToBytes(value, 32);

const BN254_PRIME = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;
const BN254_ORDER = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;
const BLS_PRIME =
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn;
const BLS_ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** What fields must be below, and their neighbours. */
const MODULI: readonly Uint8Array[] = [
  ...[BN254_PRIME, BN254_PRIME + 1n, BN254_ORDER, BLS_ORDER, BLS_ORDER - 1n, SECP256K1_ORDER].map(word),
  ...[SECP256K1_ORDER - 1n, p256.Point.Fn.ORDER, p256.Point.Fp.ORDER, 2n ** 256n - 1n].map(word),
  bigIntToBytes(BLS_PRIME, 64),
  bigIntToBytes(BLS_PRIME - 1n, 64),
];

/** A scalar: small, near the order, or any. */
function scalar(random: Random, order: bigint): bigint {
  return random.weighted<bigint>([
    [2, BigInt(random.below(5))],
    [1, BigInt.asUintN(256, order + BigInt(random.between(-2, 2)))],
    [3, random.integer(256)],
  ]);
}

const BN254_G1 = concatBytes(word(1n), word(2n));
const BN254_G2 = fromHex(
  '198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2' +
    '1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed' +
    '090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b' +
    '12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa',
);

const bn254Point = (random: Random): Uint8Array =>
  PRECOMPILES.bn254MulIstanbul.run(concatBytes(BN254_G1, word(scalar(random, BN254_ORDER))))!;

/** A point with its y negated. */
function negated(point: Uint8Array, prime: bigint): Uint8Array {
  const half = point.length / 2;
  const y = BigInt(`0x${Buffer.from(point.subarray(half)).toString('hex')}`);
  return concatBytes(point.subarray(0, half), bigIntToBytes(y === 0n ? 0n : prime - y, half));
}

const BLS_G1 = concatBytes(
  bigIntToBytes(
    0x17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bbn,
    64,
  ),
  bigIntToBytes(
    0x08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1n,
    64,
  ),
);

/** A point of the curve of G1: of the subgroup, or, rarely, not. */
function blsG1Point(random: Random): Uint8Array {
  if (random.oneIn(12)) return blsG1Stray(random);
  return PRECOMPILES.blsG1Msm.run(concatBytes(BLS_G1, word(scalar(random, BLS_ORDER))))!;
}

/** A point on the curve that is most likely outside the subgroup: any x for which x³ + 4 is a square. */
function blsG1Stray(random: Random): Uint8Array {
  for (;;) {
    const x = random.integer(380) % BLS_PRIME;
    const square = (x * x * x + 4n) % BLS_PRIME;
    const y = power(square, (BLS_PRIME + 1n) / 4n, BLS_PRIME);
    if ((y * y) % BLS_PRIME === square) return concatBytes(bigIntToBytes(x, 64), bigIntToBytes(y, 64));
  }
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** A point of G2, by the map to it. */
const blsG2Point = (random: Random): Uint8Array =>
  random.oneIn(8) ? new Uint8Array(256) : PRECOMPILES.blsMapFp2ToG2.run(fieldElements(random, 2))!;

/** Elements of the field of BLS12-381. */
const fieldElements = (random: Random, count: number): Uint8Array =>
  concatBytes(
    ...random.times(count, () =>
      bigIntToBytes(random.oneIn(4) ? BigInt(random.below(3)) : random.integer(384) % BLS_PRIME, 64),
    ),
  );

const terms = (random: Random, make: () => Uint8Array): Uint8Array =>
  concatBytes(
    ...random.times(
      random.weighted([
        [6, 1],
        [4, 2],
        [1, 5],
      ]),
      make,
    ),
  );

function modexpInput(random: Random): Uint8Array {
  const size = (): number =>
    random.weighted([
      [2, 0],
      [3, 1],
      [6, random.between(2, 40)],
      [1, random.between(41, 300)],
    ]);
  const [baseSize, exponentSize, modulusSize] = [size(), size(), size()];
  const number = (length: number): Uint8Array => {
    const bytes = random.bytes(length);
    if (random.oneIn(4)) bytes.fill(random.pick([0, 255]));
    if (random.oneIn(4) && length > 0) bytes.fill(0, 0, length - 1);
    return bytes;
  };
  const sizes = [baseSize, exponentSize, modulusSize].map((length) =>
    word(random.oneIn(25) ? random.word() : BigInt(length)),
  );
  return concatBytes(...sizes, number(baseSize), number(exponentSize), number(modulusSize));
}

function ecrecoverInput(random: Random): Uint8Array {
  const hash = random.bytes(32);
  const { yParity, r, s } = signHash(hash, word((random.integer(255) % (SECP256K1_ORDER - 1n)) + 1n));
  const isHigh = random.oneIn(3);
  const v = BigInt(27 + (isHigh ? 1 - yParity : yParity));
  return concatBytes(hash, word(v), word(r), word(isHigh ? SECP256K1_ORDER - s : s));
}

function p256Input(random: Random): Uint8Array {
  const hash = random.bytes(32);
  const key = word((random.integer(255) % (p256.Point.Fn.ORDER - 1n)) + 1n);
  const signature = p256.sign(hash, key, { prehash: false, lowS: false });
  return concatBytes(hash, signature, p256.getPublicKey(key, false).subarray(1));
}

/** A commitment to a constant polynomial, whose proof is the point at infinity at every z. */
function kzgInput(random: Random): Uint8Array {
  const infinity = concatBytes(Uint8Array.of(0xc0), new Uint8Array(47));
  const isOne = random.oneIn(2);
  const commitment = isOne ? concatBytes(Uint8Array.of(0x97), BLS_G1.subarray(17, 64)) : infinity;
  const versionedHash = concatBytes(Uint8Array.of(1), sha256(commitment).subarray(1));
  return concatBytes(
    versionedHash,
    word(random.integer(256) % BLS_ORDER),
    word(isOne ? 1n : 0n),
    commitment,
    infinity,
  );
}

function blake2fInput(random: Random): Uint8Array {
  const rounds = random.weighted([
    [4, random.below(14)],
    [1, random.below(3000)],
  ]);
  const last = random.weighted([
    [5, random.below(2)],
    [1, random.below(256)],
  ]);
  return concatBytes(bigIntToBytes(BigInt(rounds), 4), random.bytes(64 + 128 + 16), Uint8Array.of(last));
}

/** Two pairs whose product is one, or any two. */
function bn254PairingInput(random: Random): Uint8Array {
  if (random.oneIn(8)) return new Uint8Array(0);
  const point = bn254Point(random);
  const other = random.oneIn(4) ? bn254Point(random) : negated(point, BN254_PRIME);
  return concatBytes(point, BN254_G2, other, BN254_G2);
}

function blsPairingInput(random: Random): Uint8Array {
  const [one, two] = [blsG1Point(random), blsG2Point(random)];
  if (random.oneIn(4)) return concatBytes(one, two);
  return concatBytes(one, two, negated(one, BLS_PRIME), two);
}

const anyBytes = (random: Random): Uint8Array => random.bytes(random.below(200));

const bn254Add = (random: Random): Uint8Array => concatBytes(bn254Point(random), bn254Point(random));
const bn254Mul = (random: Random): Uint8Array =>
  concatBytes(bn254Point(random), word(scalar(random, BN254_ORDER)));

/** A valid input for each precompile. */
const MAKERS: Readonly<Record<PrecompileName, (random: Random) => Uint8Array>> = {
  ecrecover: ecrecoverInput,
  sha256: anyBytes,
  ripemd160: anyBytes,
  identity: anyBytes,
  modexpByzantium: modexpInput,
  modexpBerlin: modexpInput,
  modexpOsaka: modexpInput,
  bn254AddByzantium: bn254Add,
  bn254AddIstanbul: bn254Add,
  bn254MulByzantium: bn254Mul,
  bn254MulIstanbul: bn254Mul,
  bn254PairingByzantium: bn254PairingInput,
  bn254PairingIstanbul: bn254PairingInput,
  blake2f: blake2fInput,
  kzgPointEvaluation: kzgInput,
  blsG1Add: (random) => concatBytes(blsG1Point(random), blsG1Point(random)),
  blsG1Msm: (random) => terms(random, () => concatBytes(blsG1Point(random), word(scalar(random, BLS_ORDER)))),
  blsG2Add: (random) => concatBytes(blsG2Point(random), blsG2Point(random)),
  blsG2Msm: (random) => terms(random, () => concatBytes(blsG2Point(random), word(scalar(random, BLS_ORDER)))),
  blsPairing: blsPairingInput,
  blsMapFpToG1: (random) => fieldElements(random, 1),
  blsMapFp2ToG2: (random) => fieldElements(random, 2),
  p256Verify: p256Input,
};
