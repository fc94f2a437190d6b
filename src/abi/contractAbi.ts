/** A contract's ABI as compilers print it: functions and errors by selector, events by topic. */

import { bytesToBigInt, type Hex, toHex } from '../bytes.ts';
import { keccak256 } from '../keccak.ts';
import { type AbiParameter, parseParameter } from './abiType.ts';

/** A function, an error or an event. */
export interface AbiItem {
  readonly name: string;
  /** `name(type,…)`, which is hashed for its selector or topic */
  readonly signature: string;
  readonly inputs: readonly AbiParameter[];
  /** of a function */
  readonly outputs: readonly AbiParameter[];
}

/** What a contract understands, throws and logs. */
export interface ContractAbi {
  readonly functions: ReadonlyMap<Hex, AbiItem>;
  readonly errors: ReadonlyMap<Hex, AbiItem>;
  /** by topic 0, as a word */
  readonly events: ReadonlyMap<bigint, AbiItem>;
}

/** An ABI that knows nothing. */
export const EMPTY_ABI: ContractAbi = { functions: new Map(), errors: new Map(), events: new Map() };

/**
 * A parsed JSON ABI.
 * @throws {TypeError} when it is none
 */
export function parseAbi(json: unknown): ContractAbi {
  if (!Array.isArray(json)) throw new TypeError('ABI: expected an array of functions, errors and events');
  const functions = new Map<Hex, AbiItem>();
  const errors = new Map<Hex, AbiItem>();
  const events = new Map<bigint, AbiItem>();
  for (const entry of json as readonly Readonly<Record<string, unknown>>[]) {
    const { type, name } = entry ?? {};
    if (typeof name !== 'string') continue;
    if (type !== 'function' && type !== 'error' && type !== 'event') continue;
    const item = itemOf(name, entry['inputs'], entry['outputs']);
    if (type === 'event') events.set(bytesToBigInt(hashOf(item.signature)), item);
    else (type === 'error' ? errors : functions).set(selectorOf(item.signature), item);
  }
  return { functions, errors, events };
}

/** The first four bytes of a signature's hash. */
export function selectorOf(signature: string): Hex {
  return toHex(hashOf(signature).subarray(0, 4));
}

function itemOf(name: string, inputs: unknown, outputs: unknown): AbiItem {
  const parameters = parametersOf(inputs);
  const signature = `${name}(${parameters.map(({ canonical }) => canonical).join(',')})`;
  return { name, signature, inputs: parameters, outputs: parametersOf(outputs) };
}

function parametersOf(json: unknown): readonly AbiParameter[] {
  return Array.isArray(json) ? json.map(parseParameter) : [];
}

function hashOf(signature: string): Uint8Array {
  return keccak256(new TextEncoder().encode(signature));
}
