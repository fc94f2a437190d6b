/** What bytecode can see of the block and the transaction around it. */

import type { Address } from '../bytes.ts';

export type { Log } from '../state/log.ts';

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
