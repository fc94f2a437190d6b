/** Values as JSON can hold them: numbers as hex and bytes as hex, each text with a mark that says what it was. */

import { fromHex, toHex } from '../bytes.ts';
import { keccak256 } from '../keccak.ts';
import type { Fork } from '../protocol/forks.ts';

/** A value as JSON has it. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

/** Bigints become texts with a mark `n`, bytes with a mark `b`, texts with a mark `t`. */
export function plain(value: unknown): Plain {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return `n${value.toString(16)}`;
  if (typeof value === 'string') return `t${value}`;
  if (value instanceof Uint8Array) return `b${toHex(value).slice(2)}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'boolean' || Number.isFinite(value)) return value as boolean | number;
  // A number without limit is none in JSON.
  if (typeof value !== 'object') return `t${value}`;
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(entries.map(([key, part]) => [key, plain(part)]));
}

/** What a plain value was. */
export function lively(value: Plain): unknown {
  if (typeof value === 'string') {
    const text = value.slice(1);
    if (value[0] === 'n') return BigInt(`0x${text}`);
    return value[0] === 'b' ? fromHex(text) : text;
  }
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(lively);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, lively(part as Plain)]));
}

/** keccak-256 of a text. */
export function digest(text: string): string {
  return toHex(keccak256(new TextEncoder().encode(text)));
}

const digests = new WeakMap<Fork, string>();

/** Numbers and booleans of a fork: what a run depends on, beside what it was asked. */
export function digestOfRules(fork: Fork): string {
  let known = digests.get(fork);
  if (known === undefined) {
    const { gas, params, rules, precompiles } = fork;
    digests.set(fork, (known = digest(JSON.stringify(plain([gas, params, rules, [...precompiles]])))));
  }
  return known;
}
