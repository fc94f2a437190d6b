/** Archives of fixtures, read in place as streams: one member in memory at a time, nothing unpacked to disk. */

import { createReadStream } from 'node:fs';
import { pipeline, type Readable, type Writable } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { type Entry, open, type ZipFile } from 'yauzl';

/** A file inside an archive. */
export interface ArchiveMember {
  /** its whole path in the archive (pax headers give those over 100 characters) */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** how much of the archive had been read when it was complete, in bytes of the archive */
  readonly bytesRead: number;
}

/** Which members to read; the others are passed over without being held in memory. */
export type MemberFilter = (name: string) => boolean;

const ARCHIVE = /\.(tar\.gz|tgz|tar\.br|zip)$/i;

/** Whether a path names an archive that `archiveMembers` reads. */
export function isArchive(path: string): boolean {
  return ARCHIVE.test(path);
}

/**
 * The members of a `.tar.gz`, `.tgz`, `.tar.br` or `.zip`, in its order. The archive is read no faster than the
 * members are taken.
 * @throws whatever the file system, the decompressor or the format's reader says of a bad archive
 */
export function archiveMembers(path: string, wanted: MemberFilter): AsyncGenerator<ArchiveMember> {
  return path.toLowerCase().endsWith('.zip') ? zipMembers(path, wanted) : tarMembers(path, wanted);
}

async function* tarMembers(path: string, wanted: MemberFilter): AsyncGenerator<ArchiveMember> {
  const decompressor = path.toLowerCase().endsWith('.br') ? createBrotliDecompress() : createGunzip();
  const unpacked = extract();
  const source = createReadStream(path);
  // streamx's streams, which tar-stream uses, do all that a pipeline asks of them but are not typed as node's
  pipeline(source, decompressor, unpacked as unknown as Writable, () => {});
  try {
    for await (const entry of unpacked) {
      const { name, type } = entry.header;
      const chunks = entry as unknown as AsyncIterable<Uint8Array>;
      if (type === 'file' && wanted(name)) {
        const bytes = await readAll(chunks);
        yield { name, bytes, bytesRead: source.bytesRead };
      }
      // what nobody wants is read past, not held
      else for await (const _ of chunks);
    }
  } finally {
    // reading may stop at any member: without this the file would stay open
    source.destroy();
    unpacked.destroy();
  }
}

async function* zipMembers(path: string, wanted: MemberFilter): AsyncGenerator<ArchiveMember> {
  const zip = await openZip(path);
  try {
    for (;;) {
      const entry = await nextEntry(zip);
      if (entry === undefined) return;
      const name = entry.fileName;
      if (name.endsWith('/') || !wanted(name)) continue;
      const bytes = await readAll(await openEntry(zip, entry));
      yield { name, bytes, bytesRead: entry.relativeOffsetOfLocalHeader + entry.compressedSize };
    }
  } finally {
    zip.close();
  }
}

function openZip(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(path, { lazyEntries: true, autoClose: false }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    );
  });
}

/** The next row of the zip's directory; undefined after the last. */
function nextEntry(zip: ZipFile): Promise<Entry | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      zip.removeListener('entry', onEntry);
      zip.removeListener('end', onEnd);
      zip.removeListener('error', onError);
      act();
    };
    const onEntry = (entry: Entry): void => settle(() => resolve(entry));
    const onEnd = (): void => settle(() => resolve(undefined));
    const onError = (error: Error): void => settle(() => reject(error));
    zip.on('entry', onEntry);
    zip.on('end', onEnd);
    zip.on('error', onError);
    zip.readEntry();
  });
}

function openEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
}

/** A stream's chunks as one array that owns its buffer, so that it can be handed to a worker without a copy. */
async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.length;
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
