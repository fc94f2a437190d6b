/** Where state comes from: read-only, synchronous when at hand and asynchronous when remote. */

import type { Address, Hex } from '../bytes.ts';

/** What a source knows of an account that exists. */
export interface AccountFact {
  readonly nonce: bigint;
  /** wei */
  readonly balance: bigint;
  /** keccak-256 of the code */
  readonly codeHash: Hex;
  /** whether any slot is non-zero (nothing may be created over it, EIP-7610) */
  readonly hasStorage: boolean;
}

/** State at hand. Every method answers at once. */
export interface StateSource {
  /** the account, or undefined where none exists */
  account(address: Address): AccountFact | undefined;
  /** the code with this hash; the address says whose, for sources that ask by account */
  code(codeHash: Hex, address: Address): Uint8Array;
  /** a slot's value, 0 where nothing was stored */
  slot(address: Address, key: bigint): bigint;
  /**
   * the same by the key's eight 32-bit limbs from `limbs[at]` on, the least significant first; for sources that need no
   * bigint to find a slot, since to make one of a digest takes 200 ns. It is asked in place of `slot` where there is one.
   */
  slotAt?(address: Address, limbs: Uint32Array, at: number): bigint;
  /** the hash of an ancestor block, as a word; 0 where it is unknown */
  blockHash(number: bigint): bigint;
}

/** State that takes time, or may. */
export interface AsyncStateSource {
  account(address: Address): Promise<AccountFact | undefined> | AccountFact | undefined;
  code(codeHash: Hex, address: Address): Promise<Uint8Array> | Uint8Array;
  slot(address: Address, key: bigint): Promise<bigint> | bigint;
  blockHash(number: bigint): Promise<bigint> | bigint;
}

/** keccak-256 of no bytes: the code hash of an account without code. */
export const EMPTY_CODE_HASH: Hex = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470';
