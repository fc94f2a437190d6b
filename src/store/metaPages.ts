/**
 * A look at a database file before the database opens it. The library maps the file into memory and believes what it
 * says: pages that are not there would end the process rather than be reported.
 */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StoreError } from './storeError.ts';

/** Where the two meta pages have what, in bytes (LMDB's MDB_page and MDB_meta, 64 bits). */
const PAGE_HEADER = 24;
const MAGIC_AT = PAGE_HEADER;
const PAGE_SIZE_AT = PAGE_HEADER + 24;
const LAST_PAGE_AT = PAGE_HEADER + 120;
const TRANSACTION_AT = PAGE_HEADER + 128;
const META_SIZE = TRANSACTION_AT + 8;
const MAGIC = 0xbeefc0de;

interface Meta {
  readonly pageSize: number;
  readonly lastPage: bigint;
  readonly transaction: bigint;
}

/**
 * Checks that a file is a database and has all its pages.
 * @throws {StoreError} `foreign` or `damaged`
 */
export function checkDatabaseFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    const size = fstatSync(file).size;
    const first = readMeta(file, 0);
    if (first === undefined) {
      throw new StoreError('foreign', `${path}: expected a store's database, got another file`);
    }
    const second = readMeta(file, first.pageSize);
    if (second === undefined || second.pageSize !== first.pageSize) {
      throw new StoreError(
        'damaged',
        `${path}: the store is damaged: its second page is not what was written`,
      );
    }
    const { lastPage, pageSize } = first.transaction > second.transaction ? first : second;
    const wanted = (lastPage + 1n) * BigInt(pageSize);
    if (BigInt(size) < wanted) {
      throw new StoreError(
        'damaged',
        `${path}: the store is cut short: expected ${wanted} bytes, got ${size}`,
      );
    }
  } finally {
    closeSync(file);
  }
}

function readMeta(file: number, at: number): Meta | undefined {
  const bytes = new Uint8Array(META_SIZE);
  if (readSync(file, bytes, 0, META_SIZE, at) < META_SIZE) return undefined;
  const view = new DataView(bytes.buffer);
  if (view.getUint32(MAGIC_AT, true) !== MAGIC) return undefined;
  const pageSize = view.getUint32(PAGE_SIZE_AT, true);
  if (pageSize < 512 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) return undefined;
  return {
    pageSize,
    lastPage: view.getBigUint64(LAST_PAGE_AT, true),
    transaction: view.getBigUint64(TRANSACTION_AT, true),
  };
}
