/** Fixture files wherever they are: paths, folders, archives, and single members of archives. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { archiveMembers, isArchive, type MemberFilter } from './archives.ts';

/** One file of test vectors. */
export interface FixtureFile {
  /** as a command line names it: a path, or `archive:member` */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** whether it was asked for by its own name, not found in a folder or an archive */
  readonly named: boolean;
  /** how many bytes on disk were read for it: its size, or its share of an archive */
  readonly bytesRead: number;
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
  const wanted: MemberFilter = (name) =>
    extensions.some((extension) => name.endsWith(extension)) && !basename(name).startsWith('.');
  for await (const path of paths) yield* filesAt(path, wanted);
}

/**
 * How much there is to read under the paths, in bytes on disk: about what `bytesRead` adds up to.
 * @throws {UnreadableInput} at the first path that does not exist
 */
export async function bytesUnder(paths: readonly string[]): Promise<number> {
  let total = 0;
  for (const path of paths) {
    const [file] = MEMBER_OF_ARCHIVE.exec(path)?.slice(1) ?? [path];
    const found = await explained(file, () => stat(file));
    if (!found.isDirectory()) total += found.size;
    else total += await bytesUnder((await readdir(file)).map((name) => join(file, name)));
  }
  return total;
}

async function* filesAt(path: string, wanted: MemberFilter): AsyncGenerator<FixtureFile> {
  const member = MEMBER_OF_ARCHIVE.exec(path);
  if (member !== null) {
    yield await memberOfArchive(member[1], member[2]);
    return;
  }
  const found = await explained(path, () => stat(path));
  if (found.isDirectory()) yield* filesInFolder(path, wanted);
  else if (isArchive(path)) yield* filesInArchive(path, wanted);
  else yield fileFrom(path, await explained(path, () => readFile(path)), true);
}

const fileFrom = (path: string, bytes: Uint8Array, named: boolean): FixtureFile => ({
  path,
  bytes,
  named,
  bytesRead: bytes.length,
});

async function* filesInFolder(folder: string, wanted: MemberFilter): AsyncGenerator<FixtureFile> {
  const names = await explained(folder, () => readdir(folder));
  for (const name of names.sort()) {
    if (name.startsWith('.')) continue;
    const path = join(folder, name);
    const isFolder = (await explained(path, () => stat(path))).isDirectory();
    if (isFolder) yield* filesInFolder(path, wanted);
    else if (isArchive(path)) yield* filesInArchive(path, wanted);
    else if (wanted(path)) yield fileFrom(path, await explained(path, () => readFile(path)), false);
  }
}

async function* filesInArchive(archive: string, wanted: MemberFilter): AsyncGenerator<FixtureFile> {
  const members = archiveMembers(archive, wanted);
  let before = 0;
  try {
    for (;;) {
      const next = await explained(archive, () => members.next());
      if (next.done) break;
      const { name, bytes, bytesRead } = next.value;
      yield { path: `${archive}:${name}`, bytes, named: false, bytesRead: bytesRead - before };
      before = bytesRead;
    }
  } finally {
    await members.return(undefined);
  }
}

async function memberOfArchive(archive: string, member: string): Promise<FixtureFile> {
  // the first match is the member: the rest of the archive is not read
  for await (const file of filesInArchive(archive, (name) => name === member))
    return { ...file, named: true };
  throw new UnreadableInput(`cannot read ${archive}: there is no ${member} in it`);
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
