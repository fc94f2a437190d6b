/** What contracts say, in words: reasons of reverts, logs, and what functions return. */

import { bigIntToBytes, concatBytes, toHex } from '../bytes.ts';
import type { Log } from '../machine/environment.ts';
import { type AbiParameter, type AbiType, isDynamic, parseParameter } from './abiType.ts';
import type { ContractAbi } from './contractAbi.ts';
import { type AbiValue, decodeParameters } from './decode.ts';

/** What `Panic(uint256)` means: https://docs.soliditylang.org/en/latest/control-structures.html#panic-via-assert-and-error-via-require */
const PANICS: ReadonlyMap<bigint, string> = new Map([
  [0x00n, 'a panic that the compiler inserted'],
  [0x01n, 'an assertion does not hold'],
  [0x11n, 'an integer overflows or underflows'],
  [0x12n, 'a division by zero'],
  [0x21n, 'a value that the enum does not have'],
  [0x22n, 'wrongly encoded bytes in storage'],
  [0x31n, 'pop of an empty array'],
  [0x32n, 'an index outside of its array'],
  [0x41n, 'too much memory'],
  [0x51n, 'a call of an internal function that is not set'],
]);

const ERROR_SELECTOR = '0x08c379a0';
const PANIC_SELECTOR = '0x4e487b71';
const ERROR_INPUTS = [parseParameter({ type: 'string' })];
const PANIC_INPUTS = [parseParameter({ type: 'uint256' })];

/**
 * Why something reverted: `Error("…")`, `Panic(0x11): …`, or an error of the contract's own, where its ABI is given.
 * @returns undefined where the bytes say nothing that is known
 */
export function revertReason(output: Uint8Array, abi: ContractAbi): string | undefined {
  if (output.length < 4) return undefined;
  const selector = toHex(output.subarray(0, 4));
  const rest = output.subarray(4);
  if (selector === ERROR_SELECTOR) {
    const values = decodeParameters(ERROR_INPUTS, rest);
    if (values !== undefined) return `Error(${JSON.stringify(values[0])})`;
  }
  if (selector === PANIC_SELECTOR) {
    const code = decodeParameters(PANIC_INPUTS, rest)?.[0] as bigint | undefined;
    if (code !== undefined) {
      return `Panic(0x${code.toString(16).padStart(2, '0')}): ${PANICS.get(code) ?? 'a code without a meaning'}`;
    }
  }
  const item = abi.errors.get(selector);
  const values = item && decodeParameters(item.inputs, rest);
  return values && `${item.name}(${listed(item.inputs, values)})`;
}

/** A log as its event, with what was logged; undefined where the ABI has no such event. */
export function logText({ topics, data }: Log, abi: ContractAbi): string | undefined {
  const event = topics.length === 0 ? undefined : abi.events.get(topics[0]);
  if (event === undefined) return undefined;
  const indexed = event.inputs.filter((input) => input.indexed);
  if (indexed.length !== topics.length - 1) return undefined;
  const others = decodeParameters(
    event.inputs.filter((input) => !input.indexed),
    data,
  );
  // What does not fit a topic is there as its hash.
  const inTopics = indexed.map((input) => (isHashed(input.type) ? TOPIC_HASH : { ...input }));
  const words = concatBytes(...topics.slice(1).map((topic) => bigIntToBytes(topic, 32)));
  const named = decodeParameters(inTopics, words);
  if (others === undefined || named === undefined) return undefined;
  const texts = event.inputs.map((input) => {
    const value = input.indexed
      ? named[indexed.indexOf(input)]
      : others[unindexedBefore(event.inputs, input)];
    return withName(
      input,
      valueText(value, input.indexed && isHashed(input.type) ? TOPIC_HASH.type : input.type),
    );
  });
  return `${event.name}(${texts.join(', ')})`;
}

const TOPIC_HASH = parseParameter({ type: 'bytes32' });

const isHashed = (type: AbiType): boolean =>
  isDynamic(type) || type.kind === 'array' || type.kind === 'tuple';

function unindexedBefore(inputs: readonly AbiParameter[], input: AbiParameter): number {
  return inputs.filter((other) => !other.indexed).indexOf(input);
}

/** What a called function returned; undefined where the ABI does not know the function. */
export function outputText(input: Uint8Array, output: Uint8Array, abi: ContractAbi): string | undefined {
  if (input.length < 4) return undefined;
  const item = abi.functions.get(toHex(input.subarray(0, 4)));
  if (item === undefined || item.outputs.length === 0) return undefined;
  const values = decodeParameters(item.outputs, output);
  return values && listed(item.outputs, values);
}

function listed(parameters: readonly AbiParameter[], values: readonly AbiValue[]): string {
  return parameters
    .map((parameter, i) => withName(parameter, valueText(values[i], parameter.type)))
    .join(', ');
}

const withName = ({ name }: AbiParameter, text: string): string => (name === '' ? text : `${name}: ${text}`);

function valueText(value: AbiValue, type: AbiType): string {
  switch (type.kind) {
    case 'string':
      return JSON.stringify(value);
    case 'tuple':
      return `(${listed(type.members, value as readonly AbiValue[])})`;
    case 'array':
      return `[${(value as readonly AbiValue[]).map((element) => valueText(element, type.of)).join(', ')}]`;
    default:
      return String(value);
  }
}
