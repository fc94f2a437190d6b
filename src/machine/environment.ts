/** What bytecode can see of the block and the transaction around it. */

import type { Address } from '../bytes.ts';

/** The block that a message or a transaction runs in. */
export interface BlockContext {
  readonly number: bigint;
  /** seconds */
  readonly timestamp: bigint;
  readonly coinbase: Address;
  readonly gasLimit: bigint;
  /** wei per gas; 0 before London */
  readonly baseFee: bigint;
  /** PREVRANDAO from Paris on */
  readonly prevRandao: bigint;
  /** DIFFICULTY before Paris */
  readonly difficulty: bigint;
  /** blob gas; 0 before Cancun */
  readonly excessBlobGas: bigint;
  /** Amsterdam on */
  readonly slotNumber: bigint;
  readonly chainId: bigint;
}

/** A log entry, as receipts hold it. */
export interface Log {
  readonly address: Address;
  /** 0 to 4 words */
  readonly topics: readonly bigint[];
  readonly data: Uint8Array;
}
