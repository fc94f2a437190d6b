/** Files of blocks: one RLP after another, read piece by piece, since they may be larger than memory. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UsageError } from './host.ts';

/** A block's RLP, and how much of its file was read with it. */
export interface FileBlock {
  readonly rlp: Uint8Array;
  /** byte at which it begins */
  readonly at: number;
}

const PIECE = 4 * 2 ** 20;

/** The longest block that is believed; a file of something else is told by it. */
const LONGEST = 2 ** 28;

/**
 * How large a file of blocks is, in bytes; 0 where that shows at its end only.
 * @throws {UsageError} when it cannot be read
 */
export function fileSize(path: string): number {
  const file = openFile(path);
  try {
    return fstatSync(file).size;
  } finally {
    closeFile(file);
  }
}

/**
 * The blocks of a file. Their bytes stay as they are.
 * @throws {UsageError} when the file cannot be read, or holds something else
 */
export function* blocksOf(path: string): Generator<FileBlock> {
  const file = openFile(path);
  try {
    let held: Uint8Array = new Uint8Array(0);
    let heldAt = 0;
    let start = 0;
    for (;;) {
      const length = start < held.length ? itemLength(held, start) : undefined;
      if (length !== undefined && start + length <= held.length) {
        yield { rlp: held.subarray(start, start + length), at: heldAt + start };
        start += length;
        continue;
      }
      if (length !== undefined && length > LONGEST) throw noBlock(path, heldAt + start);
      const piece = new Uint8Array(held.length - start + Math.max(PIECE, length ?? 0));
      piece.set(held.subarray(start));
      const read = readSync(file, piece, held.length - start, piece.length - (held.length - start), null);
      const rest = held.length - start;
      heldAt += start;
      if (read === 0) {
        if (rest === 0) return;
        throw new UsageError(`${path}: ends within the block that begins at byte ${heldAt}`);
      }
      held = piece.subarray(0, rest + read);
      if (held[0] < 0xc0) throw noBlock(path, heldAt);
      start = 0;
    }
  } finally {
    closeFile(file);
  }
}

function noBlock(path: string, at: number): UsageError {
  return new UsageError(`${path}: expected a block as RLP at byte ${at}, got something else`);
}

/** How long the list that begins at a position is, with its header; undefined where its length is not all there. */
export function itemLength(bytes: Uint8Array, at: number): number | undefined {
  const prefix = bytes[at];
  if (prefix < 0xc0) return LONGEST + 1;
  if (prefix <= 0xf7) return 1 + prefix - 0xc0;
  const size = prefix - 0xf7;
  if (at + 1 + size > bytes.length) return undefined;
  let length = 0;
  for (let i = 1; i <= size; i++) length = length * 256 + bytes[at + i];
  return 1 + size + length;
}

/** A block's header within its RLP; undefined where there is none. */
export function headerOf(rlp: Uint8Array): Uint8Array | undefined {
  const at = rlp[0] <= 0xf7 ? 1 : 1 + rlp[0] - 0xf7;
  const length = at < rlp.length ? itemLength(rlp, at) : undefined;
  return length === undefined || at + length > rlp.length ? undefined : rlp.subarray(at, at + length);
}

const STANDARD_INPUT = 0;

function closeFile(file: number): void {
  if (file !== STANDARD_INPUT) closeSync(file);
}

function openFile(path: string): number {
  if (path === '-') return STANDARD_INPUT;
  try {
    const file = openSync(path, 'r');
    if (!fstatSync(file).isDirectory()) return file;
    closeSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `${path}: ${code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`}`,
    );
  }
  throw new UsageError(`${path}: expected a file, got a folder`);
}
