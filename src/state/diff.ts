/** What a run changed, as a value. */

import type { Address, Hex } from '../bytes.ts';

/** What an account is after a run. */
export interface AccountAfter {
  readonly nonce: bigint;
  /** wei */
  readonly balance: bigint;
  readonly codeHash: Hex;
}

/** How one account changed. */
export interface AccountDiff {
  /** the account as it is now; undefined: it does not exist (any more) */
  readonly after: AccountAfter | undefined;
  /** its code, where the run deployed or changed it */
  readonly code: Uint8Array | undefined;
  /** whether everything that it stored before the run is gone (it was destroyed, and perhaps made anew) */
  readonly storageCleared: boolean;
  /** slots whose values changed, by key; 0 means empty */
  readonly storage: ReadonlyMap<bigint, bigint>;
}

/** The accounts that changed, each as it is now. */
export type StateDiff = ReadonlyMap<Address, AccountDiff>;

/** A whole account as genesis files, prestates and fixtures list it. */
export interface GenesisAccount {
  readonly nonce: bigint;
  /** wei */
  readonly balance: bigint;
  readonly code: Uint8Array;
  /** non-zero slots by key */
  readonly storage: ReadonlyMap<bigint, bigint>;
}

/** A whole state by address. */
export type Alloc = ReadonlyMap<Address, GenesisAccount>;
