/** A range of memory as go-ethereum's tracers read it before an instruction has grown the memory. */

/** Most bytes beyond the end that are filled up with zeros. */
export const PADDING_LIMIT = 1024 * 1024;

/** A copy of a range of memory, zeros beyond its end; undefined where too much of it lies there. */
export function paddedMemory(memory: Uint8Array, offset: bigint, size: bigint): Uint8Array | undefined {
  const end = offset + size;
  if (end - BigInt(memory.length) > BigInt(PADDING_LIMIT)) return undefined;
  const range = new Uint8Array(Number(size));
  range.set(memory.subarray(Number(offset), Number(end)));
  return range;
}
