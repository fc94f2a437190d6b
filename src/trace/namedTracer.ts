/** What tracers that come to a result are: the ones that have a name on the command line and in JSON-RPC. */

import { type Hex, toHex } from '../bytes.ts';
import type { Tracer } from '../machine/tracer.ts';

/** A tracer whose result can be asked for once its transaction has ended. It is good for one transaction at a time. */
export interface ResultTracer<T> extends Tracer {
  /** plain data, ready for JSON, with keys in the order in which go-ethereum prints them */
  result(): T;
  /** Lets go of what the tracer holds where no result will be asked for. */
  close?(): void;
}

/** Where a traced transaction is, for tracers that tell. */
export interface TraceContext {
  readonly blockHash?: Hex;
  readonly blockNumber?: bigint;
  readonly transactionHash?: Hex;
  /** in its block; 0 by default */
  readonly transactionIndex?: number;
  /** logs of the block that stand before the transaction's; 0 by default */
  readonly firstLogIndex?: number;
}

/** A number as JSON-RPC writes it. */
export const quantity = (value: bigint | number): Hex => `0x${value.toString(16)}`;

/** A word as 32 bytes of hex. */
export const wordHex = (word: bigint): Hex => `0x${word.toString(16).padStart(64, '0')}`;

/** The address in a word. */
export const addressOfWord = (word: bigint): Hex =>
  `0x${BigInt.asUintN(160, word).toString(16).padStart(40, '0')}`;

/** A copy of an object without the keys that are undefined. */
export function defined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

/** Bytes in hex, or undefined where there are none. */
export const hexOrNone = (bytes: Uint8Array): Hex | undefined =>
  bytes.length === 0 ? undefined : toHex(bytes);

/** A map as an object with its keys in order, as Go writes maps. */
export function sorted<V, W>(map: ReadonlyMap<string, V>, write: (value: V) => W): Record<string, W> {
  const entries = [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, value]) => [key, write(value)]));
}
