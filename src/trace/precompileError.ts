/** Why precompiles refuse their input, in go-ethereum's words. */

import { type Address, bytesToBigInt } from '../bytes.ts';
import type { Fork, PrecompileName } from '../protocol/forks.ts';

const WRONG_LENGTH = 'invalid input length';
const NOT_CANONICAL = 'invalid fp.Element encoding';

/** Why the precompile at an address fails with an input that it fails with; undefined where no more is known. */
export function precompileError(address: Address, input: Uint8Array, fork: Fork): string | undefined {
  const name = fork.precompiles.get(Number(address));
  return name === undefined ? undefined : ERRORS[name]?.(input);
}

/** The field of bn254, and of bls12-381. */
const BN254 = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;
const BLS =
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn;

type Explain = (input: Uint8Array) => string | undefined;

/** Points of bn254 as they come: each a number of 32-byte coordinates, input being filled up with zeros. */
const bn254Points =
  (points: number): Explain =>
  (input) => {
    const padded = new Uint8Array(points * 64);
    padded.set(input.subarray(0, padded.length));
    for (let at = 0; at < padded.length; at += 64) {
      const [x, y] = [0, 32].map((offset) => bytesToBigInt(padded.subarray(at + offset, at + offset + 32)));
      if (x >= BN254 || y >= BN254) return NOT_CANONICAL;
      const isOnCurve = (y * y - x * x * x - 3n) % BN254 === 0n;
      if (!isOnCurve && (x !== 0n || y !== 0n)) return 'point is not on curve';
    }
    return undefined;
  };

/** Pairs of bn254: of the second point of a pair it is said only where its coordinates are too large. */
function bn254Pairs(input: Uint8Array): string | undefined {
  if (input.length % 192 !== 0) return 'bad elliptic curve pairing size';
  for (let at = 0; at < input.length; at += 192) {
    const problem = bn254Points(1)(input.subarray(at, at + 64));
    if (problem !== undefined) return problem;
    for (let coordinate = at + 64; coordinate < at + 192; coordinate += 32) {
      if (bytesToBigInt(input.subarray(coordinate, coordinate + 32)) >= BN254) return NOT_CANONICAL;
    }
  }
  return undefined;
}

/** Items of bls12-381: so many field elements each, and then so many other bytes. */
const blsItems =
  (elements: number, others: number, isList: boolean): Explain =>
  (input) => {
    const size = elements * 64 + others;
    const isWhole = isList ? input.length > 0 && input.length % size === 0 : input.length === size;
    if (!isWhole) return WRONG_LENGTH;
    for (let at = 0; at < input.length; at += size) {
      for (let element = at; element < at + elements * 64; element += 64) {
        if (bytesToBigInt(input.subarray(element, element + 16)) !== 0n)
          return 'invalid field element top bytes';
        if (bytesToBigInt(input.subarray(element + 16, element + 64)) >= BLS) return NOT_CANONICAL;
      }
    }
    return undefined;
  };

const ERRORS: Partial<Record<PrecompileName, Explain>> = {
  modexpOsaka: () => 'one or more of base/exponent/modulus length exceeded 1024 bytes',
  bn254AddByzantium: bn254Points(2),
  bn254AddIstanbul: bn254Points(2),
  bn254MulByzantium: bn254Points(1),
  bn254MulIstanbul: bn254Points(1),
  bn254PairingByzantium: bn254Pairs,
  bn254PairingIstanbul: bn254Pairs,
  blake2f: ({ length }) => (length === 213 ? 'invalid final flag' : WRONG_LENGTH),
  kzgPointEvaluation: ({ length }) => (length === 192 ? undefined : WRONG_LENGTH),
  blsG1Add: blsItems(4, 0, false),
  blsG1Msm: blsItems(2, 32, true),
  blsG2Add: blsItems(8, 0, false),
  blsG2Msm: blsItems(4, 32, true),
  blsPairing: blsItems(6, 0, true),
  blsMapFpToG1: blsItems(1, 0, false),
  blsMapFp2ToG2: blsItems(2, 0, false),
};
