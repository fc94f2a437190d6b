/** Holding a store against itself: the state's roots from its leaves, the blocks' from what they hold. */

import { concatBytes, equalBytes, fromHex, type Hex, toHex } from '../bytes.ts';
import { ommersHash, transactionsRoot } from '../chain/block.ts';
import { blockAccessListHash as listHash } from '../chain/blockAccessList.ts';
import type { StoredBlock } from '../chain/chainStore.ts';
import { receiptsRoot } from '../chain/receipt.ts';
import { withdrawalsRoot } from '../chain/withdrawals.ts';
import { EMPTY_CODE_HASH } from '../state/source.ts';
import { decodeAccount } from '../trie/account.ts';
import { keccak256 } from '../trie/hash.ts';
import { sortedRoot } from '../trie/sortedRoot.ts';
import { Trie } from '../trie/trie.ts';
import type { DiskStore } from './diskStore.ts';
import { NodeTables } from './stateTables.ts';
import { StoreError } from './storeError.ts';

/** What was looked at. */
export interface Verification {
  readonly head: Hex;
  readonly number: bigint;
  readonly accounts: number;
  readonly slots: number;
  readonly codes: number;
  readonly nodes: number;
  readonly blocks: number;
  /** blocks behind the head whose states were rebuilt too */
  readonly states: number;
  /** what is wrong, a sentence each; none: the store is sound */
  readonly faults: readonly string[];
}

/** How much of a store is looked at. */
export interface VerifyOptions {
  /** how many blocks, from the head down; all by default */
  readonly blocks?: number;
  /** how many blocks behind the head states are rebuilt, and their roots computed; all that are kept by default */
  readonly states?: number;
  /** is told how many records were read, now and then */
  readonly onProgress?: (records: number) => void;
}

/** How many records are read between two calls of `onProgress`. */
const STRIDE = 4096;

/** Most faults that are listed: one damaged page makes thousands. */
const MOST_FAULTS = 20;

/** Holds all of a store against its hashes. Reads it once and changes nothing. */
export function verifyStore(store: DiskStore, options: VerifyOptions = {}): Verification {
  const faults: string[] = [];
  let records = 0;
  const tick = (): void => {
    if (++records % STRIDE === 0) options.onProgress?.(records);
  };
  const fault = (sentence: string): void => {
    if (faults.length < MOST_FAULTS) faults.push(sentence);
  };
  const head = store.head;
  const block = head === undefined ? undefined : store.block(head)?.block;
  if (head === undefined || block === undefined)
    throw new RangeError('verify: expected a store with a chain');
  const leaves = verifyLeaves(store, block.header.stateRoot, tick, fault);
  const nodes = verifyNodes(store, block.header.stateRoot, tick, fault);
  const blocks = verifyBlocks(store, head, options.blocks ?? Number.POSITIVE_INFINITY, tick, fault);
  const states = verifyStates(store, head, options.states ?? store.history, fault);
  return { head, number: block.header.number, ...leaves, nodes, blocks, states, faults };
}

/** The root over all accounts, each with the root over all its slots; and the code that they name. */
function verifyLeaves(
  { tables }: DiskStore,
  stateRoot: Hex,
  tick: () => void,
  fault: (sentence: string) => void,
): { accounts: number; slots: number; codes: number } {
  const keys: Uint8Array[] = [];
  const values: Uint8Array[] = [];
  const codes = new Set<Hex>();
  const storage = groupedSlots(tables.keys('slots', new Uint8Array(1)));
  let group = storage.next();
  let slots = 0;
  for (const key of tables.keys('accounts', new Uint8Array(1))) {
    tick();
    const value = tables.value('accounts', key) as Uint8Array;
    keys.push(new Uint8Array(key));
    values.push(value);
    const account = decodeAccount(value);
    const name = toHex(key);
    let own: readonly Uint8Array[] = [];
    // what sorts before this account belongs to none
    for (; !group.done && group.value.owner <= name; group = storage.next()) {
      if (group.value.owner === name) own = group.value.slots;
      else fault(`account ${group.value.owner}: has slots, and does not exist`);
    }
    slots += own.length;
    const root = sortedRoot(
      own,
      own.map((slot) => tables.value('slots', concatBytes(key, slot)) as Uint8Array),
    );
    if (!equalBytes(root, account.storageRoot)) {
      fault(
        `account ${name}: expected the storage root ${toHex(account.storageRoot)}, its slots give ${toHex(root)}`,
      );
    }
    if (account.codeHash !== EMPTY_CODE_HASH) codes.add(account.codeHash);
  }
  for (; !group.done; group = storage.next())
    fault(`account ${group.value.owner}: has slots, and does not exist`);
  const root = toHex(sortedRoot(keys, values));
  if (root !== stateRoot) fault(`state: expected the root ${stateRoot}, its accounts give ${root}`);
  for (const hash of codes) {
    const code = tables.value('code', fromHex(hash));
    if (code === undefined) fault(`code ${hash}: is missing`);
    else if (toHex(keccak256(code)) !== hash) fault(`code ${hash}: is other code`);
  }
  return { accounts: keys.length, slots, codes: codes.size };
}

function* groupedSlots(keys: Iterable<Uint8Array>): Generator<{ owner: Hex; slots: Uint8Array[] }> {
  let current: { owner: Hex; slots: Uint8Array[] } | undefined;
  for (const key of keys) {
    const owner = toHex(key.subarray(0, 32));
    if (current?.owner !== owner) {
      if (current !== undefined) yield current;
      current = { owner, slots: [] };
    }
    current.slots.push(new Uint8Array(key.subarray(32)));
  }
  if (current !== undefined) yield current;
}

/** Walks the head's tries node by node, and counts that no other node is stored. */
function verifyNodes(
  { tables }: DiskStore,
  stateRoot: Hex,
  tick: () => void,
  fault: (sentence: string) => void,
): number {
  const nodes = new NodeTables(tables);
  try {
    for (const [key, value] of new Trie(fromHex(stateRoot), nodes).entries()) {
      const storage = new Trie(decodeAccount(value).storageRoot, nodes.storage(key));
      for (const _slot of storage.entries()) tick();
    }
  } catch (error) {
    fault(`state: its tries cannot be walked: ${(error as Error).message}`);
    return nodes.inner;
  }
  let stored = 0;
  for (const _key of tables.keys('nodes', new Uint8Array(1))) stored++;
  if (stored !== nodes.inner) fault(`nodes: expected ${nodes.inner}, which the tries have, got ${stored}`);
  return stored;
}

/** The head's branch down to its beginning: hashes, roots and indexes. */
function verifyBlocks(
  store: DiskStore,
  head: Hex,
  most: number,
  tick: () => void,
  fault: (sentence: string) => void,
): number {
  let count = 0;
  let hash = head;
  for (; count < most; count++) {
    tick();
    const stored = store.block(hash);
    if (stored === undefined) {
      fault(`block ${hash}: is missing`);
      break;
    }
    const { header, encodedTransactions, ommers, withdrawals } = stored.block;
    const name = `block ${header.number}`;
    if (store.hashAt(header.number) !== hash) fault(`${name}: the index of numbers has another`);
    if (transactionsRoot(encodedTransactions) !== header.transactionsRoot)
      fault(`${name}: other transactions`);
    if (ommersHash(ommers) !== header.ommersHash) fault(`${name}: other ommers`);
    if (receiptsRoot(stored.receipts) !== header.receiptsRoot) fault(`${name}: other receipts`);
    if (!holdsAccessList(stored)) fault(`${name}: another access list`);
    if (withdrawals !== undefined && withdrawalsRoot(withdrawals) !== header.withdrawalsRoot) {
      fault(`${name}: other withdrawals`);
    }
    for (const [index, encoded] of encodedTransactions.entries()) {
      const place = store.transaction(toHex(keccak256(encoded)));
      if (place?.number !== header.number || place.index !== index) {
        fault(`${name}, transaction ${index}: the index of transactions has it elsewhere`);
      }
    }
    if (hash === store.hashAt(0n) || header.number === 0n) return count + 1;
    hash = header.parentHash;
  }
  return count;
}

/** Whether a block's access list is what its header says, where the store has it: lists may be left out. */
function holdsAccessList(stored: StoredBlock): boolean {
  try {
    const { blockAccessList } = stored;
    const { blockAccessListHash } = stored.block.header;
    return blockAccessList === undefined || listHash(blockAccessList) === blockAccessListHash;
  } catch (error) {
    if (error instanceof StoreError) return false;
    throw error;
  }
}

/** The states behind the head, as far as they are kept, against the roots of their blocks. */
function verifyStates(store: DiskStore, head: Hex, most: number, fault: (sentence: string) => void): number {
  let hash = head;
  let header = store.block(head)?.block.header;
  let count = 0;
  const state = store.state(head);
  for (; header !== undefined && header.number > 0n && count < Math.min(most, store.history); count++) {
    const changes = store.changesBack(hash, header.number);
    if (changes === undefined) break;
    hash = header.parentHash;
    header = store.block(hash)?.block.header;
    if (header === undefined) break;
    try {
      state.setLeaves(changes);
      const root = toHex(state.root());
      if (root !== header.stateRoot)
        throw new RangeError(`expected the root ${header.stateRoot}, got ${root}`);
    } catch (error) {
      fault(`state of block ${header.number}: ${(error as Error).message}`);
      break;
    }
  }
  return count;
}
