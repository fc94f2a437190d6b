/** Modular exponentiation for moduli of any size and parity: in Montgomery's form where that is faster, else on bigint. */

import { bytesToBigInt } from '../bytes.ts';
import { MONTGOMERY_BITS, montgomeryPower } from './montgomery.ts';

/**
 * base ** exponent modulo modulus.
 * @param base any non-negative integer
 * @param exponent big-endian bytes
 * @param zeroBytes how many zero bytes follow those of the exponent
 * @param modulus at least 1
 */
export function modularPower(base: bigint, exponent: Uint8Array, zeroBytes: number, modulus: bigint): bigint {
  if (modulus === 1n) return 0n;
  const power = bytesToBigInt(exponent);
  if (power === 0n) return 1n;
  const reduced = base % modulus;
  if (reduced <= 1n) return reduced;
  return squareTimes(powerOf(reduced, power, modulus), 8 * zeroBytes, modulus);
}

/** Of a base below the modulus. */
function powerOf(base: bigint, exponent: bigint, modulus: bigint): bigint {
  // Montgomery's form takes a few microseconds to come to, and one digit of a bigint holds 64 bits.
  if (modulus < SHORT || modulus >= LONG || exponent < MANY)
    return slidingPower(base, exponent, (x) => x % modulus);
  if ((modulus & 1n) === 1n) return montgomeryPower(base, exponent.toString(16), modulus);
  // modulus = odd * 2^twos: the power is found modulo each and put together (Garner's form of the Chinese remainder).
  const twos = BigInt(trailingZeros(modulus));
  const odd = modulus >> twos;
  const byTwos = slidingPower(BigInt.asUintN(Number(twos), base), exponent, (x) =>
    BigInt.asUintN(Number(twos), x),
  );
  if (odd === 1n) return byTwos;
  const byOdd = montgomeryPower(base % odd, exponent.toString(16), odd);
  const difference = BigInt.asUintN(Number(twos), (byTwos - byOdd) * inverseModuloTwos(odd, Number(twos)));
  return byOdd + odd * difference;
}

const SHORT = 1n << 64n;
const LONG = 1n << BigInt(MONTGOMERY_BITS);
const MANY = 1n << 16n;

function trailingZeros(value: bigint): number {
  const bits = (value & -value).toString(2);
  return bits.length - 1;
}

/** The inverse of an odd number modulo 2^bits, each step doubling the bits that are right. */
function inverseModuloTwos(odd: bigint, bits: number): bigint {
  let inverse = 1n;
  for (let right = 1; right < bits; right *= 2)
    inverse = BigInt.asUintN(bits, inverse * (2n - odd * inverse));
  return inverse;
}

/**
 * By a sliding window over the exponent's bits. V8 multiplies and divides long bigints with Karatsuba, Toom-Cook and
 * Burnikel-Ziegler.
 */
function slidingPower(base: bigint, exponent: bigint, reduce: (value: bigint) => bigint): bigint {
  const bits = exponent.toString(2);
  const width = windowWidth(bits.length);
  const oddPowers = [base];
  const square = reduce(base * base);
  for (let i = 1; i < 2 ** (width - 1); i++) oddPowers.push(reduce(oddPowers[i - 1] * square));

  let result = reduce(1n);
  for (let at = 0; at < bits.length; ) {
    if (bits[at] === '0') {
      result = reduce(result * result);
      at++;
      continue;
    }
    // The longest window from here that ends with a one: an odd power.
    let end = Math.min(at + width, bits.length);
    while (bits[end - 1] === '0') end--;
    const digits = bits.slice(at, end);
    for (let i = 0; i < digits.length; i++) result = reduce(result * result);
    result = reduce(result * oddPowers[Number.parseInt(digits, 2) >> 1]);
    at = end;
  }
  return result;
}

/**
 * `value` squared so many times. A caller need not hold the zeros of an exponent, so there may be hundreds of
 * millions. Short moduli, where squaring is cheapest in gas, soon repeat: comparing with a value that is left further
 * behind each time its age doubles (Brent) finds the cycle's length, and whole cycles are skipped.
 */
function squareTimes(value: bigint, times: number, modulus: bigint): bigint {
  let result = value;
  let landmark = value;
  let age = 0;
  let nextLandmark = 1;
  for (let left = times; left > 0; left--) {
    result = (result * result) % modulus;
    if (++age === nextLandmark) {
      landmark = result;
      nextLandmark *= 2;
      age = 0;
    } else if (result === landmark) {
      // Here `age` is the length of the cycle.
      left = ((left - 1) % age) + 1;
      age = 0;
    }
  }
  return result;
}

/** The width that needs the fewest products, those for the table included. */
function windowWidth(bits: number): number {
  if (bits <= 24) return 1;
  if (bits <= 80) return 3;
  if (bits <= 240) return 4;
  return bits <= 672 ? 5 : 6;
}
