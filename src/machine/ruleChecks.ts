/** Rule sets are data, and data may be wrong: what a machine cannot be made with is refused before it is made. */

import { type Fork, frontier } from '../protocol/forks.ts';
import { OPCODE_AT } from '../protocol/opcodes.ts';
import type { CustomOpcode } from './engine.ts';
import { PARAM } from './layout.ts';

/** Prices of opcodes are below this: sums of them are exact as numbers. */
const MAX_STATIC_GAS = 2 ** 32 - 1;

/** Prices per word and per byte are no more than this: times any size of memory, they fit 62 bits. */
const MAX_UNIT_GAS = 2 ** 24;

function isNumberBetween(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

/**
 * Checks the numbers of a fork.
 * @throws {RangeError} for a price or a parameter that is missing or cannot be
 */
export function checkFork({ name, gas, params }: Fork): void {
  for (const [code, price] of gas.entries()) {
    if (price !== undefined && !isNumberBetween(price, 0, MAX_STATIC_GAS)) {
      const opcode = OPCODE_AT[code]?.name ?? `opcode ${code}`;
      throw new RangeError(`fork ${name}: expected ${opcode} to cost 0 to 2^32 - 1 gas, got ${price}`);
    }
  }
  for (const [key, example] of Object.entries(frontier.params)) {
    const value: unknown = params[key as keyof typeof params];
    const isUnlimited = example === Number.POSITIVE_INFINITY && value === example;
    if (isUnlimited || (value !== undefined && typeof example !== 'number')) continue;
    const most = key in PARAM && key.endsWith('Gas') ? MAX_UNIT_GAS : Number.MAX_SAFE_INTEGER;
    if (!isNumberBetween(value, 0, most)) {
      throw new RangeError(`fork ${name}: expected params.${key} of 0 to ${most}, got ${value}`);
    }
  }
}

/**
 * Checks where precompiles are.
 * @throws {RangeError} for an address that cannot be
 */
export function checkPrecompiles(addresses: Iterable<number>): void {
  for (const address of addresses) {
    if (!isNumberBetween(address, 0, 2 ** 32 - 1)) {
      throw new RangeError(`precompile: expected an address of 0 to 2^32 - 1, got ${address}`);
    }
  }
}

/**
 * Checks an opcode of the user's own, by itself.
 * @throws {RangeError} for a number that cannot be
 */
export function checkOpcode({ code, name, pops, pushes, gas }: CustomOpcode): void {
  if (!isNumberBetween(code, 0, 255)) {
    throw new RangeError(`opcode ${name}: expected a code of 0 to 255, got ${code}`);
  }
  if (!isNumberBetween(pops, 0, 16) || !isNumberBetween(pushes, 0, pops + 1)) {
    throw new RangeError(
      `opcode ${name}: expected at most 16 pops and one push more, got ${pops} and ${pushes}`,
    );
  }
  if (!isNumberBetween(gas, 0, MAX_STATIC_GAS)) {
    throw new RangeError(`opcode ${name}: expected gas of 0 to 2^32 - 1, got ${gas}`);
  }
}
