/**
 * How the official fixtures write values. Old ones are lax: integers of odd length, with leading zeros, decimal, or
 * too large for their field (`0x:bigint 0x1…`); hex without `0x`; the empty string where nothing is meant.
 */

import { type Address, EMPTY_BYTES, fromHex, type Hex, toAddress, toHex } from '../bytes.ts';
import type { Alloc, GenesisAccount } from '../state/diff.ts';
import { slotMap } from '../state/slotMap.ts';

/** A fixture that is not in the format it claims to be in; the message says where and what. */
export class MalformedFixture extends Error {
  override readonly name = 'MalformedFixture';
}

/** A JSON object of a fixture, not yet looked into. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object (and no array). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A field that must be an object.
 * @throws {MalformedFixture} when it is not
 */
export function objectAt(value: unknown, where: string): JsonObject {
  if (!isObject(value)) throw malformed(where, 'an object', value);
  return value;
}

/**
 * A field that must be an array; an absent one is empty.
 * @throws {MalformedFixture} when it is something else
 */
export function arrayAt(value: unknown, where: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw malformed(where, 'an array', value);
  return value;
}

/**
 * A non-negative integer of any size: hex with any number of digits, decimal, a JSON number, or `0x:bigint 0x…`.
 * The empty string and `0x` are 0.
 * @throws {MalformedFixture} when it is none of them
 */
export function integerAt(value: unknown, where: string): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value !== 'string') throw malformed(where, 'an integer', value);
  const digits = value.startsWith('0x:bigint ') ? value.slice('0x:bigint '.length) : value;
  if (digits === '' || digits === '0x') return 0n;
  if (!/^(0x[0-9a-f]+|[0-9]+)$/i.test(digits)) throw malformed(where, 'an integer', value);
  return BigInt(digits);
}

/** Like `integerAt`, with a value for an absent field. */
export function integerOr(value: unknown, absent: bigint, where: string): bigint {
  return value === undefined || value === null ? absent : integerAt(value, where);
}

/**
 * Bytes as hex, with or without `0x`; an odd number of digits has an implicit leading 0.
 * @throws {MalformedFixture} when it is no hex
 */
export function bytesAt(value: unknown, where: string): Uint8Array {
  if (typeof value !== 'string') throw malformed(where, 'hex', value);
  const digits = value.startsWith('0x') ? value.slice(2) : value;
  if (digits === '') return EMPTY_BYTES;
  try {
    return fromHex(digits.length % 2 === 0 ? digits : `0${digits}`);
  } catch {
    throw malformed(where, 'hex', value);
  }
}

/**
 * An address, with or without `0x`.
 * @throws {MalformedFixture} when it is not 20 bytes of hex
 */
export function addressAt(value: unknown, where: string): Address {
  try {
    return toAddress(value as string);
  } catch {
    throw malformed(where, 'an address', value);
  }
}

/**
 * A 32-byte hash as hex.
 * @throws {MalformedFixture} when it has another length
 */
export function hashAt(value: unknown, where: string): Hex {
  const bytes = bytesAt(value, where);
  if (bytes.length !== 32) throw malformed(where, 'a hash of 32 bytes', value);
  return toHex(bytes);
}

/**
 * A whole state as fixtures list it (`pre`, `postState`, `state`). Zero slots are left out.
 * @throws {MalformedFixture} when an account or a field is not readable
 */
export function allocAt(value: unknown, where: string): Alloc {
  const alloc = new Map<Address, GenesisAccount>();
  for (const [address, account] of Object.entries(objectAt(value, where))) {
    alloc.set(addressAt(address, where), accountAt(account, `${where}.${address}`));
  }
  return alloc;
}

function accountAt(value: unknown, where: string): GenesisAccount {
  const { nonce, balance, code, storage } = objectAt(value, where);
  const slots: [slot: bigint, value: bigint][] = [];
  for (const [key, slot] of Object.entries(
    storage === undefined ? {} : objectAt(storage, `${where}.storage`),
  )) {
    const word = integerAt(slot, `${where}.storage`);
    if (word !== 0n) slots.push([integerAt(key, `${where}.storage`), word]);
  }
  return {
    nonce: integerOr(nonce, 0n, `${where}.nonce`),
    balance: integerOr(balance, 0n, `${where}.balance`),
    code: code === undefined ? EMPTY_BYTES : bytesAt(code, `${where}.code`),
    storage: slotMap(slots),
  };
}

function malformed(where: string, expected: string, got: unknown): MalformedFixture {
  const shown = JSON.stringify(got) ?? 'nothing';
  return new MalformedFixture(
    `${where}: expected ${expected}, got ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}`,
  );
}
