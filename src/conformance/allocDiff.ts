/** Whole states: what a diff makes of one, and how two differ, in words. */

import { type Address, EMPTY_BYTES, equalBytes, toHex } from '../bytes.ts';
import type { Alloc, GenesisAccount } from '../state/diff.ts';

const NO_SLOTS: ReadonlyMap<bigint, bigint> = new Map();

/** An account with nothing in it. */
export const EMPTY_ACCOUNT: GenesisAccount = { nonce: 0n, balance: 0n, code: EMPTY_BYTES, storage: NO_SLOTS };

/** Whether an account is empty as EIP-161 means it: no nonce, no balance, no code. */
export function isEmptyAccount({ nonce, balance, code }: GenesisAccount): boolean {
  return nonce === 0n && balance === 0n && code.length === 0;
}

/** A number of lines beyond which a difference is not easier to read. */
const MOST_LINES = 40;

/**
 * What differs between two states, a line each, as `address field: expected …, got …`; none when they are equal.
 * Both directions: what is missing as well as what is too much.
 */
export function differences(expected: Alloc, actual: Alloc): string[] {
  const lines: string[] = [];
  for (const [address, account] of expected) {
    const got = actual.get(address);
    if (got === undefined) lines.push(`${address}: expected an account, got none`);
    else lines.push(...accountDifferences(address, account, got));
  }
  for (const [address, account] of actual) {
    if (!expected.has(address)) lines.push(`${address}: expected no account, got ${describe(account)}`);
  }
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES), `and ${lines.length - MOST_LINES} more differences`];
}

function accountDifferences(address: Address, expected: GenesisAccount, actual: GenesisAccount): string[] {
  const lines: string[] = [];
  const differ = (field: string, want: bigint, got: bigint): void => {
    if (want === got) return;
    const by = got > want ? `${got - want} more` : `${want - got} less`;
    lines.push(`${address} ${field}: expected ${want}, got ${got} (${by})`);
  };
  differ('nonce', expected.nonce, actual.nonce);
  differ('balance', expected.balance, actual.balance);
  if (!equalBytes(expected.code, actual.code)) {
    lines.push(`${address} code: expected ${shortHex(expected.code)}, got ${shortHex(actual.code)}`);
  }
  for (const key of slotsOfEither(expected.storage, actual.storage)) {
    const want = expected.storage.get(key) ?? 0n;
    const got = actual.storage.get(key) ?? 0n;
    if (want !== got) lines.push(`${address} slot ${word(key)}: expected ${word(want)}, got ${word(got)}`);
  }
  return lines;
}

/** The slots that one map has, and then those that only the other has. */
export function slotsOfEither(
  one: ReadonlyMap<bigint, bigint>,
  other: ReadonlyMap<bigint, bigint>,
): readonly bigint[] {
  return [...one.keys(), ...[...other.keys()].filter((slot) => !one.has(slot))];
}

function describe({ nonce, balance, code, storage }: GenesisAccount): string {
  return `one with nonce ${nonce}, balance ${balance}, ${code.length} bytes of code and ${storage.size} slots`;
}

const word = (value: bigint): string => `0x${value.toString(16)}`;

function shortHex(bytes: Uint8Array): string {
  return bytes.length <= 40 ? toHex(bytes) : `${toHex(bytes.subarray(0, 32))}… (${bytes.length} bytes)`;
}
