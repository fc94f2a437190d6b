/** What a precompiled contract is, and how its input is read: as if zeros followed it without end. */

import { bytesToBigInt } from '../bytes.ts';

/** A contract that the protocol defines by its function instead of by its code. */
export interface Precompile {
  readonly name: string;
  /** Gas for this input, charged before it runs; `Infinity` when it can never be paid. */
  gas(input: Uint8Array): number;
  /**
   * The output, or undefined when the call fails and burns all its gas. Never throws. `input` is a view that the
   * caller owns and is valid during the call only; the output is the caller's to keep.
   */
  run(input: Uint8Array): Uint8Array | undefined;
}

/** How many 32-byte words hold `bytes` bytes. */
export const wordsOf = (bytes: number): number => Math.ceil(bytes / 32);

/** `length` bytes of the input from `offset`, zeros where it has ended; a view where it has not. */
export function bytesAt(input: Uint8Array, offset: number, length: number): Uint8Array {
  const part = input.subarray(offset, offset + length);
  if (part.length === length) return part;
  const padded = new Uint8Array(length);
  padded.set(part);
  return padded;
}

/** The big-endian integer in `length` bytes of the input from `offset`, zeros where it has ended. */
export function integerAt(input: Uint8Array, offset: number, length = 32): bigint {
  return bytesToBigInt(bytesAt(input, offset, length));
}

/** Whether all of `length` bytes of the input from `offset` are zero. */
export function isZeroAt(input: Uint8Array, offset: number, length: number): boolean {
  const end = Math.min(offset + length, input.length);
  for (let i = offset; i < end; i++) if (input[i] !== 0) return false;
  return true;
}

/** The 32-byte word 1 or 0, in an array of its own. */
export function booleanWord(truth: boolean): Uint8Array {
  const word = new Uint8Array(32);
  word[31] = truth ? 1 : 0;
  return word;
}
