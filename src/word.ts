/**
 * The 256-bit semantics of the machine on `bigint`, one operation at a time: the oracle of the tests and the
 * constant folder of the compiler. Every argument and result is an unsigned word, 0 ≤ word < 2^256; operands
 * come in the order in which the opcode pops them. Source: Yellow Paper, appendix H.2, and the EIPs linked.
 */

const MASK = (1n << 256n) - 1n;
const signed = (a: bigint): bigint => BigInt.asIntN(256, a);
const wrap = (a: bigint): bigint => BigInt.asUintN(256, a);
const bool = (condition: boolean): bigint => (condition ? 1n : 0n);

export const add = (a: bigint, b: bigint): bigint => (a + b) & MASK;
export const mul = (a: bigint, b: bigint): bigint => (a * b) & MASK;
export const sub = (a: bigint, b: bigint): bigint => wrap(a - b);
export const div = (a: bigint, b: bigint): bigint => (b === 0n ? 0n : a / b);
export const sdiv = (a: bigint, b: bigint): bigint => (b === 0n ? 0n : wrap(signed(a) / signed(b)));
export const mod = (a: bigint, b: bigint): bigint => (b === 0n ? 0n : a % b);
export const smod = (a: bigint, b: bigint): bigint => (b === 0n ? 0n : wrap(signed(a) % signed(b)));
export const addmod = (a: bigint, b: bigint, n: bigint): bigint => (n === 0n ? 0n : (a + b) % n);
export const mulmod = (a: bigint, b: bigint, n: bigint): bigint => (n === 0n ? 0n : (a * b) % n);

/** `base ** exponent` modulo 2^256; 0 ** 0 is 1. */
export function exp(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) & MASK) {
    if (rest & 1n) result = (result * square) & MASK;
  }
  return result;
}

/** Extends the sign of the `index + 1` low bytes of `value`; an index of 31 or more leaves it as it is. */
export const signextend = (index: bigint, value: bigint): bigint =>
  index >= 31n ? value : wrap(BigInt.asIntN(Number(index + 1n) * 8, value));

export const lt = (a: bigint, b: bigint): bigint => bool(a < b);
export const gt = (a: bigint, b: bigint): bigint => bool(a > b);
export const slt = (a: bigint, b: bigint): bigint => bool(signed(a) < signed(b));
export const sgt = (a: bigint, b: bigint): bigint => bool(signed(a) > signed(b));
export const eq = (a: bigint, b: bigint): bigint => bool(a === b);
export const iszero = (a: bigint): bigint => bool(a === 0n);
export const and = (a: bigint, b: bigint): bigint => a & b;
export const or = (a: bigint, b: bigint): bigint => a | b;
export const xor = (a: bigint, b: bigint): bigint => a ^ b;
export const not = (a: bigint): bigint => a ^ MASK;

/** Byte `index` of `value`, 0 being the most significant; 0 from index 32 on. */
export const byte = (index: bigint, value: bigint): bigint =>
  index >= 32n ? 0n : (value >> (8n * (31n - index))) & 0xffn;

export const shl = (shift: bigint, value: bigint): bigint => (shift >= 256n ? 0n : (value << shift) & MASK);
export const shr = (shift: bigint, value: bigint): bigint => (shift >= 256n ? 0n : value >> shift);
export const sar = (shift: bigint, value: bigint): bigint =>
  wrap(signed(value) >> (shift >= 256n ? 255n : shift));

/** Leading zero bits; 256 for zero. https://eips.ethereum.org/EIPS/eip-7939 */
export const clz = (a: bigint): bigint => (a === 0n ? 256n : BigInt(256 - a.toString(2).length));

/** How many bytes the minimal big-endian form takes; 0 for zero (the exponent's price in EXP). */
export const byteLength = (a: bigint): number => (a === 0n ? 0 : Math.ceil(a.toString(16).length / 2));
