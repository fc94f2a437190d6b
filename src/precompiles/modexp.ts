/**
 * MODEXP: base ** exponent modulo modulus, with lengths chosen by the caller.
 * https://eips.ethereum.org/EIPS/eip-198, repriced by https://eips.ethereum.org/EIPS/eip-2565 and
 * https://eips.ethereum.org/EIPS/eip-7883, bounded by https://eips.ethereum.org/EIPS/eip-7823
 */

import { bigIntToBytes, EMPTY_BYTES } from '../bytes.ts';
import type { PrecompileName } from '../protocol/forks.ts';
import { modularPower } from './modularPower.ts';
import { integerAt, type Precompile } from './precompile.ts';

/** Three words: the lengths of base, exponent and modulus. */
const HEADER_LENGTH = 96;

/** Only this much of a long exponent counts bit by bit. */
const HEAD_LENGTH = 32n;

/** What no gas limit reaches. */
const UNPAYABLE = 1n << 64n;

/** The lengths in bytes; each any 256-bit integer. */
interface Lengths {
  readonly base: bigint;
  readonly exponent: bigint;
  readonly modulus: bigint;
}

const lengthsOf = (input: Uint8Array): Lengths => ({
  base: integerAt(input, 0),
  exponent: integerAt(input, 32),
  modulus: integerAt(input, 64),
});

const bitLength = (value: bigint): bigint => (value === 0n ? 0n : BigInt(value.toString(2).length));
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const wordsOf8 = (bytes: bigint): bigint => (bytes + 7n) / 8n;

/**
 * How many squarings the exponent is taken to need: the position of the highest bit of its first 32 bytes, and
 * `perByte` for each byte after them. At least 1.
 */
function iterations(input: Uint8Array, { base, exponent }: Lengths, perByte: bigint): bigint {
  const headLength = Number(exponent < HEAD_LENGTH ? exponent : HEAD_LENGTH);
  const headOffset = BigInt(HEADER_LENGTH) + base;
  const head = headOffset >= BigInt(input.length) ? 0n : integerAt(input, Number(headOffset), headLength);
  const headBits = head === 0n ? 0n : bitLength(head) - 1n;
  const tail = exponent > HEAD_LENGTH ? perByte * (exponent - HEAD_LENGTH) : 0n;
  return max(headBits + tail, 1n);
}

/** EIP-198: the price of a multiplication follows Karatsuba's. */
function byzantiumGas(input: Uint8Array, lengths: Lengths): bigint {
  const x = max(lengths.base, lengths.modulus);
  let multiplication = x * x;
  if (x > 1024n) multiplication = multiplication / 16n + 480n * x - 199_680n;
  else if (x > 64n) multiplication = multiplication / 4n + 96n * x - 3072n;
  return (multiplication * iterations(input, lengths, 8n)) / 20n;
}

/** EIP-2565: 64-bit words squared, a third, at least 200. */
function berlinGas(input: Uint8Array, lengths: Lengths): bigint {
  const multiplication = wordsOf8(max(lengths.base, lengths.modulus)) ** 2n;
  return max(200n, (multiplication * iterations(input, lengths, 8n)) / 3n);
}

/** EIP-7883: twice the words squared, no third, at least 500; short operands cost as 32 bytes do. */
function osakaGas(input: Uint8Array, lengths: Lengths): bigint {
  const x = max(lengths.base, lengths.modulus);
  const multiplication = x <= 32n ? 16n : 2n * wordsOf8(x) ** 2n;
  return max(500n, multiplication * iterations(input, lengths, 16n));
}

function modexp(
  name: PrecompileName,
  gasOf: (input: Uint8Array, lengths: Lengths) => bigint,
  maxLength: number,
): Precompile {
  return {
    name,
    gas(input) {
      const gas = gasOf(input, lengthsOf(input));
      return gas < UNPAYABLE ? Number(gas) : Number.POSITIVE_INFINITY;
    },
    run(input) {
      const { base, exponent, modulus } = lengthsOf(input);
      if (max(max(base, exponent), modulus) > maxLength) return undefined;
      // Free of charge whatever the exponent's length says, so before anything is made of that length.
      if (modulus === 0n) return EMPTY_BYTES;
      return power(input, Number(base), Number(exponent), Number(modulus));
    },
  };
}

/** The operands follow the header; those past the end of the input are zeros. */
function power(
  input: Uint8Array,
  baseLength: number,
  exponentLength: number,
  modulusLength: number,
): Uint8Array {
  const exponentOffset = HEADER_LENGTH + baseLength;
  const modulusOffset = exponentOffset + exponentLength;
  const modulus = integerAt(input, modulusOffset, modulusLength);
  if (modulus === 0n) return new Uint8Array(modulusLength);
  const base = integerAt(input, HEADER_LENGTH, baseLength);
  // Where the input ends inside the exponent, the zeros are counted and not made.
  const exponent = input.subarray(exponentOffset, modulusOffset);
  const result = modularPower(base, exponent, exponentLength - exponent.length, modulus);
  return bigIntToBytes(result, modulusLength);
}

export const modexpByzantium = modexp('modexpByzantium', byzantiumGas, Number.POSITIVE_INFINITY);
export const modexpBerlin = modexp('modexpBerlin', berlinGas, Number.POSITIVE_INFINITY);
export const modexpOsaka = modexp('modexpOsaka', osakaGas, 1024);
