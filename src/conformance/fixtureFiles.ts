/** Fixture files wherever they are: paths, folders, archives, and single members of archives. */

import { opendir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { archiveMembers, isArchive } from './archives.ts';

/** One file of test vectors. */
export interface FixtureFile {
  /** as a command line names it: a path, or `archive:member` */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A path that cannot be read: its message is a sentence for the user. */
export class UnreadableInput extends Error {
  override readonly name = 'UnreadableInput';
}

const MEMBER_OF_ARCHIVE = /^(.+\.(?:tar\.gz|tgz|tar\.br|zip)):(.+)$/i;

/**
 * All files under the paths, in order: a file as it is, a folder's and an archive's files whose names end in one of
 * `extensions` (folders recursively and sorted, archives inside them too), and `archive:member` just that member.
 * Whoever takes the files decides the pace: nothing is read ahead beyond a stream's buffer.
 * @throws {UnreadableInput} at the first path that does not exist or cannot be read
 */
export async function* fixtureFiles(
  paths: Iterable<string> | AsyncIterable<string>,
  extensions: readonly string[],
): AsyncGenerator<FixtureFile> {
  const wanted = (name: string): boolean =>
    extensions.some((extension) => name.endsWith(extension)) &&
    !/(^|\/)\./.test(name.replace(/^\.\.?\//, ''));
  for await (const path of paths) yield* filesAt(path, wanted);
}

async function* filesAt(path: string, wanted: (name: string) => boolean): AsyncGenerator<FixtureFile> {
  const member = MEMBER_OF_ARCHIVE.exec(path);
  if (member !== null) {
    yield* filesInArchive(member[1], (name) => name === member[2], `no file ${member[2]} in ${member[1]}`);
    return;
  }
  const found = await explained(path, () => stat(path));
  if (found.isDirectory()) yield* filesInFolder(path, wanted);
  else if (isArchive(path)) yield* filesInArchive(path, wanted);
  else yield { path, bytes: await explained(path, () => readFile(path)) };
}

async function* filesInFolder(
  folder: string,
  wanted: (name: string) => boolean,
): AsyncGenerator<FixtureFile> {
  const names: string[] = [];
  await explained(folder, async () => {
    for await (const entry of await opendir(folder)) {
      if (entry.isDirectory() || isArchive(entry.name) || wanted(entry.name)) names.push(entry.name);
    }
  });
  for (const name of names.sort()) if (!name.startsWith('.')) yield* filesAt(join(folder, name), wanted);
}

async function* filesInArchive(
  archive: string,
  wanted: (name: string) => boolean,
  complaintWhenNone?: string,
): AsyncGenerator<FixtureFile> {
  let count = 0;
  const members = archiveMembers(archive, wanted);
  try {
    for (;;) {
      const next = await explained(archive, () => members.next());
      if (next.done) break;
      yield { path: `${archive}:${next.value.name}`, bytes: next.value.bytes };
      count++;
      // a member asked for by name: the rest of the archive need not be read
      if (complaintWhenNone !== undefined) return;
    }
  } finally {
    await members.return(undefined);
  }
  if (count === 0 && complaintWhenNone !== undefined) {
    throw new UnreadableInput(`cannot read ${archive}: ${complaintWhenNone}`);
  }
}

/** Runs a reading step; what goes wrong in it is told as a sentence that names the path. */
async function explained<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof UnreadableInput) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? 'there is no such file or folder'
        : code === 'EACCES'
          ? 'permission denied'
          : message;
    throw new UnreadableInput(`cannot read ${path}: ${why}`);
  }
}

const LFS_POINTER = 'version https://git-lfs';

/** Whether a file is not the fixture itself but a Git LFS pointer to it: such files are counted and passed over. */
export function isLfsPointer(bytes: Uint8Array): boolean {
  if (bytes.length < LFS_POINTER.length) return false;
  for (let i = 0; i < LFS_POINTER.length; i++) if (bytes[i] !== LFS_POINTER.charCodeAt(i)) return false;
  return true;
}

/** The non-empty lines of a stream, each as soon as it is there: how file names come on standard input. */
export async function* linesOf(input: NodeJS.ReadableStream): AsyncGenerator<string> {
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== '') yield line.trim();
  }
}
