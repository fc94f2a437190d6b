/** The words of a command line as values: each refusal is a sentence that names the option. */

import { type Address, fromHex } from '../bytes.ts';
import { FORKS, type Fork, forkNamed } from '../protocol/forks.ts';
import { UsageError } from './host.ts';

/** The fork that commands take where none is named: the latest that mainnet runs with other opcodes. */
export const DEFAULT_FORK = 'Osaka';

/**
 * A fork by its name.
 * @throws {UsageError} when there is none
 */
export function forkOption(name: string): Fork {
  try {
    return forkNamed(name);
  } catch (error) {
    throw new UsageError(`--fork: ${(error as Error).message.replace(/^fork: /, '')}`);
  }
}

/** Every fork's name and the EIPs it brought, a line each. */
export function forkList(): string {
  const width = Math.max(...FORKS.map(({ name }) => name.length));
  const lines = FORKS.map(({ name, eips }) => {
    const brought = eips.length === 0 ? '' : `EIP-${eips.join(', EIP-')}`;
    const mark = name === DEFAULT_FORK ? ' (default)' : '';
    return `${name.padEnd(width)}  ${brought}${mark}`.trimEnd();
  });
  return `${lines.join('\n')}\n`;
}

/**
 * Bytes in hex, with or without `0x`; white space between them is allowed.
 * @throws {UsageError} when there is something else
 */
export function hexOption(text: string, option: string): Uint8Array {
  try {
    return fromHex(text.replace(/\s+/g, ''));
  } catch (error) {
    throw new UsageError(`${option}: ${(error as Error).message.replace(/^hex: /, '')}`);
  }
}

/**
 * An address: up to 20 bytes of hex, filled with zeros from the left as go-ethereum does.
 * @throws {UsageError} when it is none
 */
export function addressOption(text: string, option: string): Address {
  const digits = text.replace(/^0x/i, '').toLowerCase();
  if (!/^[0-9a-f]{1,40}$/.test(digits)) {
    throw new UsageError(
      `${option}: expected an address of up to 40 hex digits, got ${JSON.stringify(text)}`,
    );
  }
  return `0x${digits.padStart(40, '0')}`;
}

/**
 * An integer in decimal or, with `0x`, in hex; `_` and `,` may group digits.
 * @throws {UsageError} when it is none or lies outside the limits
 */
export function integerOption(text: string, option: string, limit: bigint): bigint {
  const digits = text.replace(/[_,]/g, '');
  const value = /^([0-9]+|0x[0-9a-f]+)$/i.test(digits) ? BigInt(digits) : undefined;
  if (value === undefined || value >= limit) {
    const most = limit & (limit - 1n) ? `${limit - 1n}` : `2^${limit.toString(2).length - 1} - 1`;
    throw new UsageError(`${option}: expected a number from 0 to ${most}, got ${JSON.stringify(text)}`);
  }
  return value;
}

/**
 * A number of bytes: `64M`, `1G`, `8388608`.
 * @throws {UsageError} when it is none
 */
export function sizeOption(text: string, option: string): number {
  const [, digits, unit] = /^([0-9]{1,12})([kmg]?)(?:i?b)?$/i.exec(text) ?? [];
  if (digits === undefined) {
    throw new UsageError(`${option}: expected a size such as 64M or 1G, got ${JSON.stringify(text)}`);
  }
  return Number(digits) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase());
}
