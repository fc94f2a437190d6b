/**
 * Allocations as JSON, an account at a time: a state may be larger than a string can be. Reading takes bytes as they
 * come; of what is read, only one member's text is held.
 */

import { type Address, EMPTY_BYTES, fromHex, type Hex, toHex } from '../bytes.ts';
import { integerFromJson } from '../chain/transactionJson.ts';
import type { Alloc, GenesisAccount } from '../state/diff.ts';
import { slotMap } from '../state/slotMap.ts';
import { addressOf, recordOf } from './environment.ts';
import { quantity } from './resultJson.ts';
import { ToolError } from './toolError.ts';

/** An address as the library writes it: most are, and are taken as they are. */
const CANONICAL = /^0x[0-9a-f]{40}$/;

const NO_SLOTS: ReadonlyMap<bigint, bigint> = new Map();

/**
 * An account of an allocation.
 * @throws {TypeError} when it is malformed
 */
export function accountFromJson(json: unknown): GenesisAccount {
  const { nonce, balance, code, storage } = recordOf(json, 'account');
  if (balance === undefined || balance === null)
    throw new TypeError("missing required field 'balance' for Account");
  return {
    nonce: nonce == null || nonce === '' ? 0n : integerFromJson(nonce, 'nonce'),
    balance: balance === '' ? 0n : integerFromJson(balance, 'balance'),
    code: code == null ? EMPTY_BYTES : codeOf(code),
    storage: storage == null ? NO_SLOTS : slotsOf(storage),
  };
}

function codeOf(code: unknown): Uint8Array {
  if (typeof code !== 'string') throw new TypeError('code: expected hex');
  return code === '' || code === '0x' ? EMPTY_BYTES : fromHex(code);
}

function slotsOf(json: unknown): ReadonlyMap<bigint, bigint> {
  const slots: [bigint, bigint][] = [];
  for (const [key, value] of Object.entries(recordOf(json, 'storage'))) {
    const word = wordOf(value);
    if (word !== 0n) slots.push([wordOf(key), word]);
  }
  return slots.length === 0 ? NO_SLOTS : slotMap(slots);
}

/** Keys and values of storage are hex whatever they look like, and may be short. */
function wordOf(value: unknown): bigint {
  const digits = typeof value === 'string' ? value.replace(/^0x/i, '') : undefined;
  if (
    digits === undefined ||
    !/^([0-9a-f]{2}){0,32}$/i.test(digits.length % 2 === 0 ? digits : `0${digits}`)
  ) {
    throw new TypeError(`storage: expected a word in hex, got ${JSON.stringify(value)}`);
  }
  return digits === '' ? 0n : BigInt(`0x${digits}`);
}

/** Takes accounts into an allocation; codes that are the same are held once. */
export class AllocBuilder {
  readonly alloc = new Map<Address, GenesisAccount>();
  readonly #codes = new Map<string, Uint8Array>();

  /**
   * Takes an account.
   * @throws {ToolError} `json`
   */
  add(address: string, json: unknown): void {
    try {
      const account = accountFromJson(json);
      const key = CANONICAL.test(address) ? (address as Address) : addressOf(address, 'alloc');
      this.alloc.set(key, { ...account, code: this.#shared(account.code) });
    } catch (error) {
      throw new ToolError('json', `failed decoding account ${address}: ${(error as Error).message}`);
    }
  }

  #shared(code: Uint8Array): Uint8Array {
    if (code.length === 0) return EMPTY_BYTES;
    const key = toHex(code);
    const known = this.#codes.get(key);
    if (known !== undefined) return known;
    this.#codes.set(key, code);
    return code;
  }
}

/** Pieces of an allocation's JSON: an object of accounts by address, in the order in which they came, a line each. */
export function* allocText(alloc: Alloc, indent = ''): Generator<string> {
  yield '{';
  let first = true;
  for (const [address, account] of alloc) {
    const text = JSON.stringify(accountJson(account));
    yield `${first ? '' : ','}\n${indent}  "${address}": ${text}`;
    first = false;
  }
  yield first ? '}' : `\n${indent}}`;
}

/** An account as go-ethereum writes it: what is 0 or empty is left out, but for the balance. */
export function accountJson({
  nonce,
  balance,
  code,
  storage,
}: GenesisAccount): Readonly<Record<string, unknown>> {
  const slots = [...storage]
    .filter(([, value]) => value !== 0n)
    .map(([key, value]) => [word(key), word(value)]);
  slots.sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...(code.length === 0 ? {} : { code: toHex(code) }),
    ...(slots.length === 0 ? {} : { storage: Object.fromEntries(slots) }),
    balance: quantity(balance),
    ...(nonce === 0n ? {} : { nonce: quantity(nonce) }),
  };
}

function word(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`;
}
