/**
 * The state as tries, changed diff by diff: the accounts, and below each its storage. An account's storage hangs
 * from its leaf, so that snapshots and commits of the accounts are those of everything.
 */

import { type Address, equalBytes, fromHex } from '../bytes.ts';
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

/** A changed account, until it is put into the trie with the root of its storage. */
interface Pending {
  /** undefined: it is gone */
  after: AccountAfter | undefined;
  /** undefined: its storage is what its leaf says */
  storage: Trie | undefined;
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
    return this.#storageOf(this.#leaf(key));
  }

  #storageOf(leaf: Leaf | undefined): Trie {
    if (leaf === undefined) return new Trie(EMPTY_ROOT, this.#source);
    if (leaf.beneath !== undefined) return Trie.at(leaf.beneath, this.#source);
    return new Trie(decodeAccount(leaf.value).storageRoot, this.#source);
  }

  #applyAccount(address: Address, { after, storageCleared, storage }: AccountDiff): void {
    let pending = this.#pending.get(address);
    if (pending === undefined) {
      pending = { after, storage: undefined };
      this.#pending.set(address, pending);
    }
    pending.after = after;
    if (storageCleared || after === undefined) pending.storage = new Trie(EMPTY_ROOT, this.#source);
    if (after === undefined || storage.size === 0) return;
    pending.storage ??= this.#storageOf(this.#accounts.entry(accountKey(address)) as Leaf | undefined);
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
