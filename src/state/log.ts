/** What contracts write down for the world outside. */

import type { Address } from '../bytes.ts';

/** A log entry, as receipts hold it. */
export interface Log {
  readonly address: Address;
  /** 0 to 4 words */
  readonly topics: readonly bigint[];
  readonly data: Uint8Array;
}
