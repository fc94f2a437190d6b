/** The database below a store: LMDB, loaded only when there is a path. All of its library is used here. */

import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Database, RootDatabase, Transaction } from 'lmdb';
import { checkDatabaseFile } from './metaPages.ts';
import { StoreError } from './storeError.ts';
import { TABLES, type TableName } from './tables.ts';

/** Reads records. What it returns belongs to the caller. */
export interface Reader {
  value(table: TableName, key: Uint8Array): Uint8Array | undefined;
  /** the keys at or after `from`, ascending, and before `to` where that is given */
  keys(table: TableName, from: Uint8Array, to?: Uint8Array): Iterable<Uint8Array>;
}

/** Takes what is to be written together. */
export interface Batch {
  put(table: TableName, key: Uint8Array, value: Uint8Array): void;
  remove(table: TableName, key: Uint8Array): void;
}

/** An open database. */
export interface LmdbFile extends Reader {
  /** Writes a batch, whole or not at all, and returns when it is on disk. */
  writeSync(fill: (batch: Batch) => void): void;
  close(): Promise<void>;
}

/**
 * Opens the database in a folder; a writer makes the folder, where there is nothing.
 * @throws {StoreError} `missing`, `foreign`, `damaged`, `unavailable`
 */
export async function openLmdb(folder: string, readOnly: boolean): Promise<LmdbFile> {
  const isNew = checkFolder(folder, readOnly);
  const { open } = await lmdb();
  const binary = { encoding: 'binary', keyEncoding: 'binary' } as const;
  try {
    if (isNew) mkdirSync(folder, { recursive: true });
    const root = open<Buffer, Uint8Array>({
      path: folder,
      readOnly,
      maxDbs: TABLES.length + 1,
      // a commit is on disk when it is told to be
      overlappingSync: false,
      // records are small and found by hashes: pages beside them are not wanted
      ...{ noReadAhead: true },
      // a folder whose name has a dot in it is a folder all the same
      noSubdir: false,
      ...binary,
    });
    if (!isNew && hasOtherTables(root)) {
      await root.close();
      throw new StoreError('foreign', `${folder}: expected a store, got the database of another program`);
    }
    const tables = new Map<TableName, Database<Buffer, Uint8Array>>();
    for (const name of TABLES) {
      const table = root.openDB<Buffer, Uint8Array>({ name, ...binary });
      // A store of before there were lists gets its table from whoever writes to it next.
      if (table === undefined && name === 'accessLists') continue;
      if (table === undefined)
        throw new StoreError('foreign', `${folder}: expected a store, got another database`);
      tables.set(name, table);
    }
    return fileOf(folder, root, tables, readOnly);
  } catch (error) {
    throw sentenceOf(folder, error);
  }
}

/** Whether a database has records that no store has: at its root a store has the names of its tables. */
function hasOtherTables(root: RootDatabase<Buffer, Uint8Array>): boolean {
  const own: ReadonlySet<string> = new Set(TABLES);
  for (const key of root.getKeys({ start: new Uint8Array(1) })) {
    if (!own.has(Buffer.from(key).toString('latin1').replace(/\0+$/, ''))) return true;
  }
  return false;
}

/** Whether the folder has no database yet and may get one. */
function checkFolder(folder: string, readOnly: boolean): boolean {
  const file = join(folder, 'data.mdb');
  try {
    if (existsSync(file)) {
      checkDatabaseFile(file);
      return false;
    }
    if (readOnly) throw new StoreError('missing', `${folder}: there is no store`);
    if (existsSync(folder) && readdirSync(folder).length > 0) {
      throw new StoreError(
        'foreign',
        `${folder}: expected a store or an empty folder, got a folder of other files`,
      );
    }
    return true;
  } catch (error) {
    throw sentenceOf(folder, error);
  }
}

async function lmdb(): Promise<typeof import('lmdb')> {
  try {
    return await import('lmdb');
  } catch (error) {
    const message = 'a store on disk needs the package "lmdb", which is not installed: npm install lmdb';
    throw new StoreError('unavailable', message, error);
  }
}

function fileOf(
  folder: string,
  root: RootDatabase<Buffer, Uint8Array>,
  tables: ReadonlyMap<TableName, Database<Buffer, Uint8Array>>,
  readOnly: boolean,
): LmdbFile {
  const table = (name: TableName) => tables.get(name) as Database<Buffer, Uint8Array>;
  // whoever only reads keeps to one moment, whatever is written meanwhile
  const moment: Transaction | undefined = readOnly ? root.useReadTransaction() : undefined;
  const at = moment === undefined ? undefined : { transaction: moment };
  return {
    value(name, key) {
      const found = tables.get(name)?.get(key, at);
      return found && new Uint8Array(found.buffer, found.byteOffset, found.length);
    },
    keys: (name, from, to) =>
      table(name).getKeys({ start: from, ...(to === undefined ? {} : { end: to }), ...at }),
    writeSync(fill) {
      try {
        root.transactionSync(() =>
          fill({
            put: (name, key, value) => table(name).putSync(key, value as Buffer),
            remove: (name, key) => void table(name).removeSync(key),
          }),
        );
      } catch (error) {
        throw sentenceOf(folder, error);
      }
    },
    async close() {
      moment?.done();
      await root.close();
    },
  };
}

/** Words for a disk that has no room left. LMDB calls a record that was written in part an input/output error. */
const FULL =
  /MDB_MAP_FULL|map_?size limit|No space left|ENOSPC|EDQUOT|quota|File too large|Input\/output error/i;

function sentenceOf(folder: string, error: unknown): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error;
  const { message } = error;
  if (FULL.test(message)) {
    return new StoreError(
      'full',
      `${folder}: no room is left, or the disk fails; the store stands as it was last written`,
      error,
    );
  }
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) {
    return new StoreError('unavailable', `${folder}: cannot be read or written (${code})`, error);
  }
  if (/MDB_|Invalid argument|not an? (LMDB|MDB)/i.test(message)) {
    return new StoreError('damaged', `${folder}: the store is damaged: ${message}`, error);
  }
  return error;
}
