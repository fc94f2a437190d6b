/** How far an instruction reaches into memory, and what growing it costs: for those that were not carried out. */

import type { Fork } from '../protocol/forks.ts';
import type { OpName } from '../protocol/opcodes.ts';

/** Where on the stack the offset of a range is, and its size: a place likewise, or a number of bytes. */
type Range = readonly [offset: number, size: number | { readonly bytes: bigint }];

const ONE_WORD = { bytes: 32n } as const;

const RANGES: Partial<Record<OpName, readonly Range[]>> = {
  KECCAK256: [[0, 1]],
  CALLDATACOPY: [[0, 2]],
  CODECOPY: [[0, 2]],
  EXTCODECOPY: [[1, 3]],
  RETURNDATACOPY: [[0, 2]],
  MCOPY: [
    [0, 2],
    [1, 2],
  ],
  MLOAD: [[0, ONE_WORD]],
  MSTORE: [[0, ONE_WORD]],
  MSTORE8: [[0, { bytes: 1n }]],
  LOG0: [[0, 1]],
  LOG1: [[0, 1]],
  LOG2: [[0, 1]],
  LOG3: [[0, 1]],
  LOG4: [[0, 1]],
  CREATE: [[1, 2]],
  CREATE2: [[1, 2]],
  CALL: [
    [5, 6],
    [3, 4],
  ],
  CALLCODE: [
    [5, 6],
    [3, 4],
  ],
  DELEGATECALL: [
    [4, 5],
    [2, 3],
  ],
  STATICCALL: [
    [4, 5],
    [2, 3],
  ],
  RETURN: [[0, 1]],
  REVERT: [[0, 1]],
};

/** Sizes are 64 bits wide, whole words included. */
const MOST = 2n ** 64n - 32n;

/** Most bytes of memory that have a price. */
const MOST_PRICED = 2n ** 37n - 32n;

/**
 * The bytes of memory that an instruction needs, in whole words; undefined where they are beyond 64 bits.
 * @param operand the word that is so deep in the stack
 */
export function touchedMemory(name: OpName, operand: (depth: number) => bigint): bigint | undefined {
  let most = 0n;
  for (const [offset, size] of RANGES[name] ?? []) {
    const bytes = typeof size === 'number' ? operand(size) : size.bytes;
    if (bytes === 0n) continue;
    const end = operand(offset) + bytes;
    if (bytes > MOST || end > MOST) return undefined;
    if (end > most) most = end;
  }
  return ((most + 31n) / 32n) * 32n;
}

/** What it costs that a frame's memory grows to a size; undefined where that has no price. */
export function memoryGas({ params }: Fork, size: number, wanted: bigint): bigint | undefined {
  if (wanted > MOST_PRICED) return undefined;
  const total = (bytes: bigint): bigint => {
    const words = bytes / 32n;
    return words * BigInt(params.memoryWordGas) + (words * words) / 512n;
  };
  return wanted <= BigInt(size) ? 0n : total(wanted) - total(BigInt(size));
}
