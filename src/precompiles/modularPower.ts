/** Modular exponentiation on bigint, for moduli of any size and parity. */

import { bytesToBigInt } from '../bytes.ts';

/**
 * base ** exponent modulo modulus.
 *
 * A sliding window over the exponent's bits. V8 multiplies and divides long bigints with Karatsuba, Toom-Cook and
 * Burnikel-Ziegler. Montgomery's form in bigint, three products for a product and a division, was measured at 0.4 to
 * 1.3 times the speed for 8 to 1024 bytes, and works for odd moduli only.
 *
 * @param base any non-negative integer
 * @param exponent big-endian bytes
 * @param zeroBytes how many zero bytes follow those of the exponent
 * @param modulus at least 1
 */
export function modularPower(base: bigint, exponent: Uint8Array, zeroBytes: number, modulus: bigint): bigint {
  if (modulus === 1n) return 0n;
  const bits = bytesToBigInt(exponent).toString(2);
  if (bits === '0') return 1n;
  const reduced = base % modulus;
  if (reduced <= 1n) return reduced;

  const width = windowWidth(bits.length);
  const oddPowers = [reduced];
  const square = (reduced * reduced) % modulus;
  for (let i = 1; i < 2 ** (width - 1); i++) oddPowers.push((oddPowers[i - 1] * square) % modulus);

  let result = 1n;
  for (let at = 0; at < bits.length; ) {
    if (bits[at] === '0') {
      result = (result * result) % modulus;
      at++;
      continue;
    }
    // The longest window from here that ends with a one: an odd power.
    let end = Math.min(at + width, bits.length);
    while (bits[end - 1] === '0') end--;
    const digits = bits.slice(at, end);
    for (let i = 0; i < digits.length; i++) result = (result * result) % modulus;
    result = (result * oddPowers[Number.parseInt(digits, 2) >> 1]) % modulus;
    at = end;
  }
  return squareTimes(result, 8 * zeroBytes, modulus);
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
