/** Reading and writing the files of the transition tools, the large ones piece by piece. */

import { closeSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { JsonObjectReader, type TakeMember, type TakenApart } from '../transition/jsonStream.ts';
import { readingJson, ToolError } from '../transition/toolError.ts';
import type { Host } from './host.ts';

/** The word that stands for standard input in the place of a file's name. */
export const STDIN = 'stdin';

const CHUNK = 2 ** 20;

/**
 * A file of JSON.
 * @throws {ToolError} `inputOutput` or `json`
 */
export function readJsonFile(path: string, what: string): unknown {
  const text = new TextDecoder().decode(reading(what, () => readFileSync(path)));
  return readingJson(`${what} file`, () => JSON.parse(text));
}

/**
 * Reads a file that holds one object, a member at a time.
 * @throws {ToolError} `inputOutput` or `json`
 */
export function readMembers(path: string, what: string, take: TakeMember): void {
  const file = reading(what, () => openSync(path, 'r'));
  try {
    const reader = new JsonObjectReader(take);
    const chunk = new Uint8Array(CHUNK);
    for (;;) {
      const count = reading(what, () => readSync(file, chunk));
      if (count === 0) break;
      readingJson(`${what} file`, () => reader.feed(chunk.subarray(0, count)));
    }
    readingJson(`${what} file`, () => reader.end());
  } finally {
    closeSync(file);
  }
}

/**
 * Reads the object on standard input; what follows it is not looked at.
 * @throws {ToolError} `json`
 */
export async function readStdinMembers(host: Host, take: TakeMember, apart?: TakenApart): Promise<void> {
  const reader = new JsonObjectReader(take, apart);
  for await (const chunk of host.stdin) {
    readingJson(STDIN, () => reader.feed(typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
    if (reader.isComplete) return;
  }
  readingJson(STDIN, () => reader.end());
}

/**
 * Makes the folder that output goes to.
 * @throws {ToolError} `inputOutput`
 */
export function makeBaseDirectory(path: string | undefined): string {
  if (path === undefined || path === '') return '';
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new ToolError('inputOutput', `failed creating output basedir: ${(error as Error).message}`);
  }
  return path;
}

/**
 * Writes a file below a folder.
 * @throws {ToolError} `inputOutput`
 */
export function writeText(folder: string, name: string, text: string): void {
  writing(() => writeFileSync(join(folder, name), text));
}

/**
 * Writes a file from pieces, none of which is held longer than its turn.
 * @throws {ToolError} `inputOutput`
 */
export function writePieces(folder: string, name: string, pieces: Iterable<string>): void {
  writing(() => {
    const file = openSync(join(folder, name), 'w');
    try {
      for (const text of gathered(pieces)) writeSync(file, text);
    } finally {
      closeSync(file);
    }
  });
}

/** Small pieces as larger ones. */
export function* gathered(pieces: Iterable<string>): Generator<string> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < CHUNK) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

function reading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ToolError('inputOutput', `failed reading ${what} file: ${(error as Error).message}`);
  }
}

function writing(write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new ToolError('inputOutput', `failed writing output: ${(error as Error).message}`);
  }
}
