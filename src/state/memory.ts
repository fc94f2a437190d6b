/** State that is all in memory: a genesis allocation as a source. */

import type { Address, Hex } from '../bytes.ts';
import { toHex } from '../bytes.ts';
import { keccak256 } from '../keccak.ts';
import type { Alloc, GenesisAccount } from './diff.ts';
import { readWord, SlotTable, writeWord } from './slots.ts';
import { type AccountFact, EMPTY_CODE_HASH, type StateSource } from './source.ts';

/**
 * A source over an allocation, which must not change while it is in use.
 * @param blockHash the hash of an ancestor block as a word; without it every hash is 0
 */
export function memoryState(alloc: Alloc, blockHash: (number: bigint) => bigint = () => 0n): StateSource {
  const facts = new Map<Address, AccountFact>();
  const storages = new Map<Address, Storage>();
  let last: Storage | undefined;

  function storageOf(address: Address): Storage {
    if (last?.address === address) return last;
    last = storages.get(address);
    if (last === undefined) storages.set(address, (last = new Storage(address, alloc.get(address))));
    return last;
  }

  const source: StateSource = {
    account(address) {
      const known = facts.get(address);
      if (known !== undefined) return known;
      const account = alloc.get(address);
      if (account === undefined) return undefined;
      const fact: AccountFact = {
        nonce: account.nonce,
        balance: account.balance,
        codeHash: codeHashOf(account.code),
        hasStorage: hasStorage(account.storage),
      };
      facts.set(address, fact);
      return fact;
    },
    code: (_codeHash, address) => alloc.get(address)?.code ?? new Uint8Array(0),
    slot: (address, key) => alloc.get(address)?.storage.get(key) ?? 0n,
    blockHash,
  };
  const slotAt: StateSource['slotAt'] = (address, limbs, at) => storageOf(address).value(limbs, at);
  // Not enumerable: who spreads a source to put a `slot` of their own in it must be asked for that.
  return Object.defineProperty(source, 'slotAt', { value: slotAt });
}

/** keccak-256 of code. */
export function codeHashOf(code: Uint8Array): Hex {
  return code.length === 0 ? EMPTY_CODE_HASH : toHex(keccak256(code));
}

function hasStorage(storage: ReadonlyMap<bigint, bigint>): boolean {
  for (const value of storage.values()) if (value !== 0n) return true;
  return false;
}

/** So often a storage is asked before it is laid out by limbs, */
const ASKED = 16;

/** and once more for each so many slots of it. */
const SLOTS = 4;

/**
 * What an account stores, to be asked by limbs. A key that is a digest takes 200 ns to become a bigint, so whatever is
 * asked often is laid out by limbs itself.
 */
class Storage {
  readonly address: Address;
  readonly #slots: ReadonlyMap<bigint, bigint>;
  #left: number;
  #table: SlotTable | undefined;
  /** by entries of the table */
  readonly #values: bigint[] = [];

  constructor(address: Address, account: GenesisAccount | undefined) {
    this.address = address;
    this.#slots = account?.storage ?? NO_SLOTS;
    this.#left = ASKED + this.#slots.size / SLOTS;
  }

  value(limbs: Uint32Array, at: number): bigint {
    if (this.#table === undefined) {
      if (--this.#left > 0) return this.#slots.get(readWord(limbs, at)) ?? 0n;
      this.#table = this.#layOut();
    }
    const entry = this.#table.find(0, limbs, at);
    return entry < 0 ? 0n : this.#values[entry];
  }

  #layOut(): SlotTable {
    const table = new SlotTable(true);
    const key = new Uint32Array(8);
    for (const [slot, value] of this.#slots) {
      writeWord(key, 0, slot);
      table.add(0, 0, key, 0);
      this.#values.push(value);
    }
    return table;
  }
}

const NO_SLOTS: ReadonlyMap<bigint, bigint> = new Map();
