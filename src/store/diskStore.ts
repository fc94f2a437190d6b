/**
 * A chain on disk. What is added is kept in memory until it is written, in one transaction of the database for all of
 * it: after a crash the store stands at the last block that was written whole.
 *
 * On disk is the state of the head alone; a block of the past, or of another branch, is a few changes away from it
 * (`journal.ts`), and as many blocks back as `history` says those changes are kept.
 */

import { fromHex, type Hex, toHex } from '../bytes.ts';
import type { Block } from '../chain/block.ts';
import { encodeBlockAccessList } from '../chain/blockAccessList.ts';
import { decodeBlockAccessList } from '../chain/blockAccessListDecode.ts';
import type { ChainStore, StoredBlock } from '../chain/chainStore.ts';
import type { Header } from '../chain/header.ts';
import { keccak256 } from '../keccak.ts';
import type { BlockAccessList } from '../state/accessRecorder.ts';
import type { Alloc, StateDiff } from '../state/diff.ts';
import { codeHashOf } from '../state/memory.ts';
import { type LeafChange, StateTrie } from '../trie/stateTrie.ts';
import { decodeChanges, encodeChanges, leavesAt, leavesBefore } from './journal.ts';
import { type Batch, type LmdbFile, openLmdb } from './lmdbFile.ts';
import {
  blockFromRecords,
  decodeHeaderRecord,
  decodeReceipts,
  encodeBody,
  encodeHeaderRecord,
  encodeReceipts,
} from './records.ts';
import { ChangedLeaves, NodeTables } from './stateTables.ts';
import { StoreError } from './storeError.ts';
import { journalKey, numberKey } from './tables.ts';
import { takeWriterLock } from './writerLock.ts';

/** How a store is opened. */
export interface DiskStoreOptions {
  /** to write it, which one process may at a time, or to read it as it is now; `write` by default */
  readonly mode?: 'write' | 'read';
  /** how many blocks behind the head states stay available; what the store had before, or 128, by default */
  readonly history?: number;
  /** after how many added blocks they are written, at once; Infinity leaves it to `flushSync`. 1 by default */
  readonly batch?: number;
  /** what the chain is of, in the user's own words: kept with a new store and returned by `description` */
  readonly description?: string;
}

/** Where a transaction is. */
export interface TransactionPlace {
  readonly number: bigint;
  /** among the block's transactions, from 0 */
  readonly index: number;
}

/** What a store begins with, so that no other is taken for one. A change of any record's form changes it. */
const FORMAT = 'evmill store 1';

const DEFAULT_HISTORY = 128;

/** Blocks kept at hand, whole: parents, and ancestors that ommers are of. */
const RECENT_BLOCKS = 16;

/** Nodes that may be loaded or made before those below the first levels are let go again. */
const NODES_KEPT = 60_000;
const LEVELS_KEPT = 3;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Opens a store in a folder.
 * @throws {StoreError} when it cannot be; nothing was overwritten then
 */
export async function openDiskStore(folder: string, options: DiskStoreOptions = {}): Promise<DiskStore> {
  const readOnly = options.mode === 'read';
  const { history } = options;
  if (history !== undefined && (!Number.isSafeInteger(history) || history < 0)) {
    throw new RangeError(`history: expected a number of blocks, got ${history}`);
  }
  const file = await openLmdb(folder, readOnly);
  try {
    const format = file.value('meta', encoder.encode('format'));
    // a store whose first writer was killed before it wrote a block knows no more than its writer
    const words = [...file.keys('meta', new Uint8Array(1))].map((key) => decoder.decode(key));
    const isNew = words.every((word) => word === 'writer');
    if (isNew && readOnly) throw new StoreError('missing', `${folder}: the store is empty`);
    if (!isNew && (format === undefined || decoder.decode(format) !== FORMAT)) {
      throw new StoreError('foreign', `${folder}: expected a store of the format "${FORMAT}", got another`);
    }
    const release = readOnly ? () => {} : takeWriterLock(folder, file);
    try {
      return new DiskStore(folder, file, release, options);
    } catch (error) {
      release();
      throw error;
    }
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A chain store on disk. States that it hands out are good until another block is added or written. */
export class DiskStore implements ChainStore {
  readonly folder: string;
  /** how many blocks behind the head states stay available */
  readonly history: number;
  readonly #file: LmdbFile;
  readonly #release: () => void;
  readonly #batch: number;
  readonly #nodes: NodeTables;
  #head: Hex | undefined;
  /** the head's state, its changed nodes with it */
  #tip: StateTrie;
  #description: string | undefined;

  // What is not written yet
  readonly #blocks = new Map<Hex, StoredBlock>();
  readonly #codes = new Map<Hex, Uint8Array>();
  readonly #journal = new Map<Hex, { readonly number: bigint; readonly changes: readonly LeafChange[] }>();
  readonly #canonical = new Map<bigint, Hex | undefined>();
  readonly #left = new Map<Hex, StoredBlock>();
  readonly #leaves = new ChangedLeaves();
  #isDirty = false;

  /** why nothing can be written any more */
  #failure: unknown;
  readonly #recent = new Map<Hex, StoredBlock>();

  /** Use `openDiskStore`. */
  constructor(folder: string, file: LmdbFile, release: () => void, options: DiskStoreOptions) {
    this.folder = folder;
    this.#file = file;
    this.#release = release;
    this.#batch = options.batch ?? 1;
    this.#nodes = new NodeTables(file);
    const kept = this.#meta('history');
    this.history = options.history ?? (kept === undefined ? DEFAULT_HISTORY : Number(kept));
    this.#description = this.#meta('description') ?? options.description;
    this.#head = this.#meta('head') as Hex | undefined;
    this.#tip = this.#headState();
  }

  get head(): Hex | undefined {
    return this.#head;
  }

  /** What the chain is of, as it was told when the store was made. */
  get description(): string | undefined {
    return this.#description;
  }

  /** How many added blocks are not written yet. */
  get unwritten(): number {
    return this.#blocks.size;
  }

  #accessList({ hash, transactions }: Block): BlockAccessList | undefined {
    const bytes = this.#file.value('accessLists', fromHex(hash));
    if (bytes === undefined) return undefined;
    try {
      return decodeBlockAccessList(bytes, transactions.length + 2);
    } catch (error) {
      throw new StoreError(
        'damaged',
        `${this.folder}: the store is damaged: the access list of block ${hash} is none`,
        error,
      );
    }
  }

  block(hash: Hex): StoredBlock | undefined {
    const known = this.#blocks.get(hash) ?? this.#recent.get(hash);
    if (known !== undefined) return known;
    const header = this.#file.value('headers', fromHex(hash));
    if (header === undefined) return undefined;
    const body = this.#file.value('bodies', fromHex(hash));
    const receipts = this.#file.value('receipts', fromHex(hash));
    if (body === undefined || receipts === undefined) {
      throw new StoreError('damaged', `${this.folder}: the store is damaged: block ${hash} is not whole`);
    }
    const block = blockFromRecords(header, body);
    if (block.hash !== hash) {
      throw new StoreError('damaged', `${this.folder}: the store is damaged: block ${hash} has another hash`);
    }
    const { totalDifficulty } = decodeHeaderRecord(header);
    const list = () => this.#accessList(block);
    const stored: StoredBlock = {
      ...{ block, totalDifficulty, receipts: decodeReceipts(receipts) },
      // Lists are large, and few ask for them.
      get blockAccessList() {
        return list();
      },
    };
    this.#remember(stored);
    return stored;
  }

  /** The hash of the block with a number on the head's branch. */
  hashAt(number: bigint): Hex | undefined {
    if (this.#canonical.has(number)) return this.#canonical.get(number);
    const hash = this.#file.value('canonical', numberKey(number));
    return hash && toHex(hash);
  }

  /** Where a transaction of the head's branch is, by its hash; undefined also for what is not written yet. */
  transaction(hash: Hex): TransactionPlace | undefined {
    const record = this.#file.value('transactions', fromHex(hash));
    if (record === undefined) return undefined;
    const view = new DataView(record.buffer, record.byteOffset, record.length);
    return { number: view.getBigUint64(0), index: view.getUint32(8) };
  }

  /** Bound, since it is handed on by itself. */
  readonly code = (codeHash: Hex): Uint8Array | undefined =>
    this.#codes.get(codeHash) ?? this.#file.value('code', fromHex(codeHash));

  /** The database, for those that go through all of it. */
  get tables(): LmdbFile {
    return this.#file;
  }

  /** @throws {StoreError} `pruned` when the block is further back than states are kept */
  state(hash: Hex): StateTrie {
    const state = this.#tip.snapshot();
    if (hash !== this.#head) for (const changes of this.#wayTo(hash)) state.setLeaves(changes.changes);
    return state;
  }

  addCode(alloc: Alloc): void {
    for (const { code } of alloc.values()) if (code.length > 0) this.#codes.set(codeHashOf(code), code);
  }

  add(stored: StoredBlock, state: StateTrie, diff: StateDiff | undefined, isHead: boolean): void {
    this.#checkWritable();
    const { block } = stored;
    const { hash, header } = block;
    if (diff === undefined) {
      this.#addGenesis(stored, state);
      return;
    }
    const back = leavesBefore(diff, this.state(header.parentHash));
    const follows = isHead && header.parentHash === this.#head;
    const changes = follows ? back : leavesAt(back, state);
    this.#blocks.set(hash, stored);
    this.#journal.set(hash, { number: header.number, changes });
    for (const { after, code } of diff.values()) {
      if (after !== undefined && code !== undefined) this.#codes.set(after.codeHash, code);
    }
    if (follows) {
      this.#leaves.note(changes);
      this.#canonical.set(header.number, hash);
      this.#tip = state;
      this.#head = hash;
    } else if (isHead) {
      this.#moveTo(hash);
    }
    this.#isDirty = true;
    if (this.#blocks.size >= this.#batch) this.flushSync();
  }

  setHead(hash: Hex): void {
    this.#checkWritable();
    if (hash === this.#head) return;
    this.#moveTo(hash);
    this.#isDirty = true;
    if (this.#batch <= 1) this.flushSync();
  }

  /**
   * Writes what was added, and returns when it is on disk.
   * @throws {StoreError} `full` when there is no room: the store is to be opened anew, and stands as before
   */
  flushSync(): void {
    this.#checkWritable();
    if (!this.#isDirty) return;
    try {
      this.#file.writeSync((batch) => this.#fill(batch));
    } catch (error) {
      this.#failure = error;
      throw error;
    }
    this.#settle();
  }

  /** Writes what is left and closes the database. */
  async close(): Promise<void> {
    try {
      if (this.#failure === undefined) this.flushSync();
    } finally {
      try {
        this.#release();
      } finally {
        await this.#file.close();
      }
    }
  }

  #meta(word: string): string | undefined {
    const value = this.#file.value('meta', encoder.encode(word));
    return value && decoder.decode(value);
  }

  #headState(): StateTrie {
    if (this.#head === undefined) return new StateTrie(undefined, this.#nodes);
    const { header } = this.block(this.#head)?.block ?? this.#damaged(`its head ${this.#head} is missing`);
    const state = new StateTrie(fromHex(header.stateRoot), this.#nodes);
    // reads the topmost node, so that a store without its state is found out now
    try {
      state.accountTrie().get(new Uint8Array(32));
    } catch (error) {
      this.#damaged(`the state of its head: ${(error as Error).message}`);
    }
    return state;
  }

  #damaged(what: string): never {
    throw new StoreError('damaged', `${this.folder}: the store is damaged: ${what}`);
  }

  #checkWritable(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #remember(stored: StoredBlock): void {
    this.#recent.set(stored.block.hash, stored);
    if (this.#recent.size > RECENT_BLOCKS) {
      for (const oldest of this.#recent.keys()) {
        this.#recent.delete(oldest);
        break;
      }
    }
  }

  #addGenesis(stored: StoredBlock, state: StateTrie): void {
    const { hash, header } = stored.block;
    this.#blocks.set(hash, stored);
    this.#canonical.set(header.number, hash);
    const changes: LeafChange[] = [];
    // the tries of a genesis are all in memory, and known by their leaves
    for (const [key] of state.accountTrie().entries()) {
      const slots = [...state.storageTrie(key).entries()].map(([slot]) => [slot, undefined] as const);
      changes.push({ key, account: undefined, slots });
    }
    this.#leaves.note(changes);
    this.#tip = state;
    this.#head = hash;
    this.#isDirty = true;
    // from here on its nodes are to come from the tables, as those of all later states
    this.flushSync();
    this.#tip = this.#headState();
  }

  // Branches

  /** How a block of the head's branch turns back into its parent's state; undefined where that is not kept. */
  changesBack(hash: Hex, number: bigint): readonly LeafChange[] | undefined {
    const known = this.#journal.get(hash);
    if (known !== undefined) return known.changes;
    const record = this.#file.value('journal', journalKey(number, hash));
    return record && decodeChanges(record);
  }

  #header(hash: Hex): Header {
    const known = this.#blocks.get(hash) ?? this.#recent.get(hash);
    if (known !== undefined) return known.block.header;
    const record = this.#file.value('headers', fromHex(hash));
    if (record === undefined) throw new RangeError(`state: expected a block that was added, got ${hash}`);
    return decodeHeaderRecord(record).header;
  }

  #changesOf(hash: Hex, number: bigint): readonly LeafChange[] {
    return this.changesBack(hash, number) ?? this.#pruned(number);
  }

  #pruned(number: bigint): never {
    const message = `${this.folder}: the state of block ${number} is not kept any more, but of the last ${this.history}`;
    throw new StoreError('pruned', message);
  }

  /** The blocks whose changes lead from the head's state to a block's: down from the head, then up to the block. */
  *#wayTo(
    hash: Hex,
  ): Generator<{ hash: Hex; number: bigint; changes: readonly LeafChange[]; isDown: boolean }> {
    const up: { readonly hash: Hex; readonly number: bigint }[] = [];
    let target = { hash, header: this.#header(hash) };
    const head = this.#head as Hex;
    let from = { hash: head, header: this.#header(head) };
    if (from.header.number - target.header.number > BigInt(this.history)) this.#pruned(target.header.number);
    while (from.hash !== target.hash) {
      if (from.header.number >= target.header.number) {
        const { number, parentHash } = from.header;
        yield { hash: from.hash, number, changes: this.#changesOf(from.hash, number), isDown: true };
        from = { hash: parentHash, header: this.#header(parentHash) };
      } else {
        up.push({ hash: target.hash, number: target.header.number });
        const { parentHash } = target.header;
        target = { hash: parentHash, header: this.#header(parentHash) };
      }
    }
    for (const { hash: above, number } of up.reverse()) {
      yield { hash: above, number, changes: this.#changesOf(above, number), isDown: false };
    }
  }

  /** Makes a block the head whose parent is not the head: every record on the way turns round. */
  #moveTo(hash: Hex): void {
    const state = this.#tip.snapshot();
    for (const { hash: passed, number, changes, isDown } of [...this.#wayTo(hash)]) {
      this.#journal.set(passed, { number, changes: leavesAt(changes, state) });
      state.setLeaves(changes);
      this.#leaves.note(changes);
      this.#canonical.set(number, isDown ? undefined : passed);
      if (isDown) this.#left.set(passed, this.block(passed) as StoredBlock);
      else this.#left.delete(passed);
    }
    const { stateRoot } = this.#header(hash);
    if (toHex(state.root()) !== stateRoot)
      this.#damaged(`the way to the state of block ${hash} leads elsewhere`);
    this.#tip = state;
    this.#head = hash;
  }

  // Writing

  #fill(batch: Batch): void {
    for (const stored of this.#blocks.values()) {
      const key = fromHex(stored.block.hash);
      batch.put('headers', key, encodeHeaderRecord(stored));
      batch.put('bodies', key, encodeBody(stored.block));
      batch.put('receipts', key, encodeReceipts(stored.receipts));
      const { blockAccessList } = stored;
      if (blockAccessList !== undefined) {
        batch.put('accessLists', key, encodeBlockAccessList(blockAccessList));
      }
    }
    for (const { block } of this.#left.values()) {
      for (const encoded of block.encodedTransactions) batch.remove('transactions', keccak256(encoded));
    }
    for (const [number, hash] of this.#canonical) {
      if (hash === undefined) batch.remove('canonical', numberKey(number));
      else this.#fillCanonical(batch, number, hash);
    }
    for (const [hash, code] of this.#codes) batch.put('code', fromHex(hash), code);
    this.#nodes.loaded += this.#leaves.write(this.#tip, this.#file, batch);
    this.#fillJournal(batch);
    batch.put('meta', encoder.encode('format'), encoder.encode(FORMAT));
    batch.put('meta', encoder.encode('history'), encoder.encode(`${this.history}`));
    batch.put('meta', encoder.encode('head'), encoder.encode(this.#head as Hex));
    if (this.#description !== undefined) {
      batch.put('meta', encoder.encode('description'), encoder.encode(this.#description));
    }
  }

  #fillCanonical(batch: Batch, number: bigint, hash: Hex): void {
    batch.put('canonical', numberKey(number), fromHex(hash));
    const place = new Uint8Array(12);
    place.set(numberKey(number));
    const { encodedTransactions } = (this.block(hash) as StoredBlock).block;
    for (const [index, encoded] of encodedTransactions.entries()) {
      new DataView(place.buffer).setUint32(8, index);
      batch.put('transactions', keccak256(encoded), place.slice());
    }
  }

  /** Writes how to go back, and forgets it for blocks that are too far behind the head. */
  #fillJournal(batch: Batch): void {
    const oldest = this.#header(this.#head as Hex).number - BigInt(this.history);
    for (const [hash, { number, changes }] of this.#journal) {
      if (number > oldest) batch.put('journal', journalKey(number, hash), encodeChanges(changes));
    }
    if (oldest <= 0n) return;
    for (const key of this.#file.keys('journal', numberKey(0n), numberKey(oldest + 1n))) {
      batch.remove('journal', key);
    }
  }

  /** What was written need not be in memory any more. */
  #settle(): void {
    for (const stored of this.#blocks.values()) this.#remember(stored);
    for (const map of [this.#blocks, this.#codes, this.#journal, this.#canonical, this.#left]) map.clear();
    this.#leaves.clear();
    this.#isDirty = false;
    if (this.#nodes.loaded < NODES_KEPT) return;
    this.#tip.unload(LEVELS_KEPT);
    this.#nodes.loaded = 0;
  }
}
