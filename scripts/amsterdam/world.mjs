/** Code in pieces, and the contracts that EIPs ask chains to have. */

import { readFileSync } from 'node:fs';
import { concatBytes, fromHex, toHex } from '../../dist/bytes.js';
import { keccak256 } from '../../dist/keccak.js';
import { OPCODE_NAMED } from '../../dist/protocol/opcodes.js';

export const system = JSON.parse(
  readFileSync(new URL('../../fixtures/contracts/system.json', import.meta.url), 'utf8'),
);

/** Code: names of instructions, bytes by number, PUSHes of bigints as short as may be, addresses, and code. */
export const code = (...pieces) => concatBytes(...pieces.map(bytesOf));

function bytesOf(piece) {
  if (typeof piece === 'number') return Uint8Array.of(piece);
  if (typeof piece === 'bigint') return push(piece);
  if (typeof piece !== 'string') return piece;
  return piece.startsWith('0x') ? push(BigInt(piece), 20) : Uint8Array.of(OPCODE_NAMED[piece].code);
}

function push(value, least = 1) {
  const digits = value.toString(16);
  const size = Math.max(least, Math.ceil(digits.length / 2));
  return concatBytes(Uint8Array.of(0x5f + size), fromHex(`0x${digits.padStart(2 * size, '0')}`));
}

export const data = (text) => fromHex(text);

/** A word, big-endian. */
export const word = (value) => fromHex(`0x${value.toString(16).padStart(64, '0')}`);

/** Where CREATE2 puts a contract (EIP-1014). */
export const salted = (creator, salt, initcode) =>
  toHex(
    keccak256(concatBytes(Uint8Array.of(0xff), fromHex(creator), word(salt), keccak256(initcode))).subarray(
      12,
    ),
  );

/** What delegates to an address (EIP-7702). */
export const designator = (address) => concatBytes(fromHex('0xef0100'), fromHex(address));
