/** Delegation designators: code that says whose code an account runs. https://eips.ethereum.org/EIPS/eip-7702 */

import { type Address, concatBytes, fromHex, toHex } from '../bytes.ts';

const DESIGNATOR = Uint8Array.of(0xef, 0x01, 0x00);
const DELEGATION_SIZE = 23;

/** The code of an account that runs the code at `address`: 23 bytes. */
export function delegationCode(address: Address): Uint8Array {
  return concatBytes(DESIGNATOR, fromHex(address));
}

/** Whose code an account with this code runs, or undefined where it runs its own. */
export function delegateOf(code: Uint8Array): Address | undefined {
  const isDesignator =
    code.length === DELEGATION_SIZE && code[0] === 0xef && code[1] === 0x01 && code[2] === 0x00;
  return isDesignator ? toHex(code.subarray(3)) : undefined;
}
