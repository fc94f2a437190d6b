/**
 * The state as tries, changed diff by diff: the accounts, and below each its storage. An account's storage hangs
 * from its leaf, so that snapshots and commits of the accounts are those of everything.
 */

import { type Address, EMPTY_BYTES, equalBytes, fromHex, toHex } from '../bytes.ts';
import type { AccountAfter, AccountDiff, Alloc, StateDiff } from '../state/diff.ts';
import {
  codeHashOf,
  decodeAccount,
  decodeSlot,
  encodeAccount,
  encodeSlot,
  type StoredAccount,
} from './account.ts';
import type { NodeSource } from './decode.ts';
import { EMPTY_ROOT } from './hash.ts';
import { accountKey, slotKey } from './hashedKeys.ts';
import { type Child, Leaf, type NodeSink } from './nodes.ts';
import { NO_NODES, Trie } from './trie.ts';

/** Storage that was read, by its account's leaf: what is loaded of it stays for as long as the leaf is in use. */
const openStorage = new WeakMap<Leaf, Trie>();

/** A changed account, until it is put into the trie with the root of its storage. */
interface Pending {
  /** undefined: it is gone */
  after: AccountAfter | undefined;
  /** undefined: its storage is what its leaf says */
  storage: Trie | undefined;
}

/** What an account and some of its slots are, by hashes. */
export interface LeafChange {
  /** the hash of the address */
  readonly key: Uint8Array;
  /** its value in the trie of accounts; undefined where there is none */
  readonly account: Uint8Array | undefined;
  /** by the hash of the slot, its value in the trie of storage; undefined where there is none */
  readonly slots: readonly (readonly [key: Uint8Array, value: Uint8Array | undefined])[];
}

/**
 * A state with a root. As with `Trie`, methods may throw `MissingState` where the source lacks a node, and
 * `InvalidNode` or `InvalidRlp` where it has something else; after one was thrown by a change (`apply`, and the
 * first reading after it) the state is to be opened anew.
 */
export class StateTrie {
  readonly #source: NodeSource;
  #accounts: Trie;
  readonly #pending = new Map<Address, Pending>();

  /** A state as a source has it, by its root; empty without one. */
  constructor(root: Uint8Array = EMPTY_ROOT, source: NodeSource = NO_NODES) {
    this.#source = source;
    this.#accounts = new Trie(root, source);
  }

  /** A state in memory with these accounts. */
  static of(alloc: Alloc): StateTrie {
    const state = new StateTrie();
    for (const [address, account] of alloc) {
      const storage = new Trie();
      for (const [slot, value] of account.storage) setSlot(storage, slot, value);
      state.#putAccount(
        accountKey(address),
        encodeAccount(account.nonce, account.balance, storage.root(), codeHashOf(account.code)),
        storage.top(),
      );
    }
    return state;
  }

  /** An account, or undefined where there is none. */
  account(address: Address): StoredAccount | undefined {
    const leaf = this.#leaf(accountKey(address));
    return leaf && decodeAccount(leaf.value);
  }

  /** A slot's value; 0 where there is none. */
  slot(address: Address, slot: bigint): bigint {
    const value = this.#storage(accountKey(address)).get(slotKey(slot));
    return value === undefined ? 0n : decodeSlot(value);
  }

  /** The accounts by the hashes of their addresses, as they are now. Its entries are not to be changed through it. */
  accountTrie(): Trie {
    this.#flush();
    return this.#accounts;
  }

  /** The storage of an account by the hashes of its keys, as it is now. */
  storageTrie(addressHash: Uint8Array): Trie {
    return this.#storage(addressHash);
  }

  /**
   * Sets accounts and slots that are known by their hashes alone.
   * @throws {RangeError} when an account's storage then has another root than the account says
   */
  setLeaves(changes: readonly LeafChange[]): void {
    for (const { key, account, slots } of changes) {
      const storage = this.#storage(key).snapshot();
      for (const [slot, value] of slots) storage.put(slot, value ?? EMPTY_BYTES);
      if (account === undefined) {
        this.#accounts.delete(key);
        continue;
      }
      if (!equalBytes(storage.root(), decodeAccount(account).storageRoot)) {
        throw new RangeError(
          `leaves: expected the storage that account ${toHex(key)} commits to, got another`,
        );
      }
      this.#putAccount(key, account, storage.top());
    }
  }

  /** Changes what a run changed. What it costs follows the number of changes. */
  apply(diff: StateDiff): void {
    for (const [address, account] of diff) this.#applyAccount(address, account);
  }

  /** The state's root: 32 bytes. Hashes what has changed since the last time. */
  root(): Uint8Array {
    this.#flush();
    return this.#accounts.root();
  }

  /** Another state with the same content; both go on independently, and sharing costs nothing. */
  snapshot(): StateTrie {
    this.#flush();
    const copy = new StateTrie(EMPTY_ROOT, this.#source);
    copy.#accounts = this.#accounts.snapshot();
    return copy;
  }

  /** Gives a sink every node, of accounts and storage, that is not stored yet, and returns the root; see `Trie`. */
  commit(sink: NodeSink): Uint8Array {
    this.#flush();
    return this.#accounts.commit(sink);
  }

  /** Forgets stored nodes below a depth of `levels` branches, and the storage below those; see `Trie`. */
  unload(levels: number): void {
    this.#accounts.unload(levels);
  }

  /** The proof of an account, or of its absence, against `root()`. */
  proveAccount(address: Address): Uint8Array[] {
    this.#flush();
    return this.#accounts.prove(accountKey(address));
  }

  /** The proof of a slot, or of its being 0, against the account's storage root. */
  proveSlot(address: Address, slot: bigint): Uint8Array[] {
    return this.#storage(accountKey(address)).prove(slotKey(slot));
  }

  /** All accounts by the hashes of their addresses, ascending; with `from`, those at or after a hash. */
  *accounts(from?: Uint8Array): Generator<readonly [addressHash: Uint8Array, account: StoredAccount]> {
    this.#flush();
    for (const [key, value] of this.#accounts.entries(from)) yield [key, decodeAccount(value)];
  }

  /** All slots of an account by the hashes of their keys, ascending; with `from`, those at or after a hash. */
  *slots(
    addressHash: Uint8Array,
    from?: Uint8Array,
  ): Generator<readonly [keyHash: Uint8Array, value: bigint]> {
    for (const [key, value] of this.#storage(addressHash).entries(from)) yield [key, decodeSlot(value)];
  }

  #leaf(key: Uint8Array): Leaf | undefined {
    this.#flush();
    return this.#accounts.entry(key) as Leaf | undefined;
  }

  #storage(key: Uint8Array): Trie {
    return this.#storageOf(key, this.#leaf(key));
  }

  #storageOf(key: Uint8Array, leaf: Leaf | undefined): Trie {
    let storage = leaf && openStorage.get(leaf);
    if (storage === undefined) {
      const source = this.#source.storage?.(key) ?? this.#source;
      if (leaf === undefined) return new Trie(EMPTY_ROOT, source);
      const { storageRoot } = decodeAccount(leaf.value);
      storage = leaf.beneath === undefined ? new Trie(storageRoot, source) : Trie.at(leaf.beneath, source);
      openStorage.set(leaf, storage);
    }
    return storage;
  }

  #applyAccount(address: Address, { after, storageCleared, storage }: AccountDiff): void {
    let pending = this.#pending.get(address);
    if (pending === undefined) {
      pending = { after, storage: undefined };
      this.#pending.set(address, pending);
    }
    pending.after = after;
    const key = accountKey(address);
    if (storageCleared || after === undefined) pending.storage = this.#storageOf(key, undefined);
    if (after === undefined || storage.size === 0) return;
    pending.storage ??= this.#storageOf(key, this.#accounts.entry(key) as Leaf | undefined).snapshot();
    for (const [slot, value] of storage) setSlot(pending.storage, slot, value);
  }

  /** Puts the changed accounts into the trie. */
  #flush(): void {
    if (this.#pending.size === 0) return;
    for (const [address, { after, storage }] of this.#pending) {
      const key = accountKey(address);
      if (after === undefined) {
        this.#accounts.delete(key);
        continue;
      }
      const before = this.#accounts.entry(key) as Leaf | undefined;
      const codeHash = fromHex(after.codeHash);
      const root = storage?.root() ?? (before ? decodeAccount(before.value).storageRoot : EMPTY_ROOT);
      const value = encodeAccount(after.nonce, after.balance, root, codeHash);
      if (before !== undefined && equalBytes(before.value, value)) continue;
      this.#putAccount(key, value, storage === undefined ? before?.beneath : storage.top());
    }
    this.#pending.clear();
  }

  #putAccount(key: Uint8Array, value: Uint8Array, storage: Child): void {
    this.#accounts.putLeaf(new Leaf(key, value, storage));
  }
}

function setSlot(storage: Trie, slot: bigint, value: bigint): void {
  if (value === 0n) storage.delete(slotKey(slot));
  else storage.put(slotKey(slot), encodeSlot(value));
}
