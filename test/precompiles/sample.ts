/** Makes input for precompiles from words. */

import { bigIntToBytes, concatBytes } from '../../src/bytes.ts';

/** Each value as 32 big-endian bytes. */
export const words = (...values: readonly (bigint | number)[]): Uint8Array =>
  concatBytes(...values.map((value) => bigIntToBytes(BigInt(value), 32)));

/** The big-endian integer in the bytes; 0 for none. */
export const integer = (bytes: Uint8Array): bigint =>
  bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
