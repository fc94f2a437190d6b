/** Addresses as people read them. */

import type { Address } from '../bytes.ts';
import { toHex } from '../bytes.ts';
import { keccak256 } from '../keccak.ts';

/** An address with a checksum in the case of its letters: https://eips.ethereum.org/EIPS/eip-55 */
export function checksummed(address: Address): string {
  const digits = address.slice(2);
  const hash = toHex(keccak256(new TextEncoder().encode(digits))).slice(2);
  return `0x${Array.from(digits, (digit, i) => (hash[i] >= '8' ? digit.toUpperCase() : digit)).join('')}`;
}
