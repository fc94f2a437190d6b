/** Reading fixtures: the three kinds of archive, long names, folders, single members, what cannot be read. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { brotliCompressSync, deflateRawSync, gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { archiveMembers, isArchive } from '../../src/conformance/archives.ts';
import {
  bytesUnder,
  fixtureFiles,
  isLfsPointer,
  linesOf,
  UnreadableInput,
} from '../../src/conformance/fixtureFiles.ts';

const LONG = `fixtures/${'long-folder/'.repeat(12)}test_with_a_name_beyond_a_hundred_characters.json`;
const FILES: readonly (readonly [name: string, text: string])[] = [
  ['fixtures/a.json', '{"a":1}'],
  ['fixtures/notes.md', 'no fixture'],
  [LONG, '{"long":true}'],
  ['fixtures/empty.json', ''],
  ['fixtures/large.json', JSON.stringify('x'.repeat(300_000))],
];
const JSON_FILES = FILES.filter(([name]) => name.endsWith('.json'));

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'evmill-archives-'));
  const tar = await tarOf(FILES);
  writeFileSync(join(folder, 'x.tar.gz'), gzipSync(tar));
  writeFileSync(join(folder, 'x.tar.br'), brotliCompressSync(tar));
  writeFileSync(join(folder, 'x.zip'), zipOf(FILES));
  writeFileSync(join(folder, 'cut.tar.gz'), gzipSync(tar).subarray(0, 400));
  writeFileSync(join(folder, 'inner-cut.tar.gz'), gzipSync(tar.subarray(0, tar.length / 2)));
  writeFileSync(join(folder, 'cut.tar.br'), brotliCompressSync(tar).subarray(0, 100));
  writeFileSync(join(folder, 'cut.zip'), zipOf(FILES).subarray(0, 400));
  mkdirSync(join(folder, 'tree/b/c'), { recursive: true });
  writeFileSync(join(folder, 'tree/z.json'), '26');
  writeFileSync(join(folder, 'tree/b/c/x.json'), '24');
  writeFileSync(join(folder, 'tree/b/a.json'), '1');
  writeFileSync(join(folder, 'tree/b/a.txt'), 'no fixture');
  writeFileSync(join(folder, 'tree/.hidden.json'), 'no fixture');
  writeFileSync(join(folder, 'tree/b/some.tar.gz'), gzipSync(tar));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A tar; tar-stream writes a pax header for a name beyond a hundred characters, as the official archives have. */
async function tarOf(files: typeof FILES): Promise<Buffer> {
  const writer = pack();
  for (const [name, text] of files) writer.entry({ name }, text);
  writer.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of writer as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A zip with deflated members and no checksums to speak of: yauzl checks sizes only. */
function zipOf(files: typeof FILES): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of files) {
    const data = deflateRawSync(text);
    const path = Buffer.from(name);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(8, 4);
    shared.writeUInt32LE(data.length, 14);
    shared.writeUInt32LE(Buffer.byteLength(text), 18);
    shared.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, path, data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), shared, rest, path]));
    locals.push(local);
    offset += local.length;
  }
  const rows = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(rows.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, rows, Buffer.from('PK\x05\x06'), end]);
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function filesOf(...paths: string[]): Promise<[path: string, text: string][]> {
  const found: [string, string][] = [];
  for await (const { path, bytes } of fixtureFiles(paths, ['.json'])) found.push([path, textOf(bytes)]);
  return found;
}

describe.each(['x.tar.gz', 'x.tar.br', 'x.zip'])('%s', (name) => {
  test('gives its members whole, in order, the unwanted passed over', async () => {
    const archive = join(folder, name);
    expect(await filesOf(archive)).toEqual(JSON_FILES.map(([path, text]) => [`${archive}:${path}`, text]));
  });

  test('gives one member by name', async () => {
    const member = `${join(folder, name)}:${LONG}`;
    expect(await filesOf(member)).toEqual([[member, '{"long":true}']]);
  });

  test('says which member it lacks', async () => {
    const archive = join(folder, name);
    await expect(filesOf(`${archive}:nothing.json`)).rejects.toThrow(
      new UnreadableInput(`cannot read ${archive}: there is no nothing.json in it`),
    );
  });

  test('may be left at any member', async () => {
    for await (const { bytes } of archiveMembers(join(folder, name), () => true)) {
      expect(textOf(bytes)).toBe('{"a":1}');
      break;
    }
  });

  test('hands over bytes with a buffer of their own, and says how much of it was read', async () => {
    let before = 0;
    for await (const { bytes, bytesRead } of archiveMembers(join(folder, name), () => true)) {
      expect(bytes.buffer.byteLength).toBe(bytes.byteLength);
      expect(bytesRead).toBeGreaterThanOrEqual(before);
      before = bytesRead;
    }
    expect(before).toBeGreaterThan(0);
  });
});

test.each(['cut.tar.gz', 'inner-cut.tar.gz', 'cut.tar.br', 'cut.zip'])(
  '%s is told, not taken as its beginning',
  async (name) => {
    const reading = filesOf(join(folder, name));
    await expect(reading).rejects.toBeInstanceOf(UnreadableInput);
    await expect(reading).rejects.toThrow(`cannot read ${join(folder, name)}: `);
  },
);

test('folders are read in order, with the archives in them, without what is hidden or something else', async () => {
  const found = await filesOf(join(folder, 'tree'));
  const archive = join(folder, 'tree/b/some.tar.gz');
  expect(found.map(([path]) => path)).toEqual([
    join(folder, 'tree/b/a.json'),
    join(folder, 'tree/b/c/x.json'),
    ...JSON_FILES.map(([path]) => `${archive}:${path}`),
    join(folder, 'tree/z.json'),
  ]);
  expect(await bytesUnder([join(folder, 'tree/b/c'), join(folder, 'tree/z.json')])).toBe(4);
});

test('a file that is named is read whatever its name', async () => {
  const [first] = await filesOf(join(folder, 'tree/b/a.txt'));
  expect(first[1]).toBe('no fixture');
});

test('a path that is not there is told', async () => {
  await expect(filesOf(join(folder, 'nowhere'))).rejects.toThrow('there is no such file or folder');
  await expect(bytesUnder([join(folder, 'nowhere')])).rejects.toThrow('there is no such file or folder');
});

test('names come from a stream, a line each', async () => {
  const lines: string[] = [];
  for await (const line of linesOf(Readable.from(['a.json\r\nb', '.json\n\n  \nc.json']))) lines.push(line);
  expect(lines).toEqual(['a.json', 'b.json', 'c.json']);
});

test('archives are told by their names, pointers by their content', () => {
  expect(['a.tar.gz', 'a.TGZ', 'a.tar.br', 'a.zip'].every(isArchive)).toBe(true);
  expect(['a.json', 'a.gz', 'tar.gz.json'].some(isArchive)).toBe(false);
  expect(isLfsPointer(Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00'))).toBe(true);
  expect(isLfsPointer(Buffer.from('{}'))).toBe(false);
});
