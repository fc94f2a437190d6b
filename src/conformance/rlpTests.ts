/**
 * ethereum/tests' RLPTests: items and their encoding, encodings that must be refused, and random ones that are valid
 * or not. https://github.com/ethereum/tests/tree/develop/RLPTests
 */

import { fromHex, toHex } from '../bytes.ts';
import { decodeRlp, encodeRlp, InvalidRlp, type Rlp, type RlpInput } from '../rlp.ts';
import type { CaseResult } from './caseResult.ts';
import { MalformedFixture, objectAt } from './fixtureValues.ts';

/**
 * Runs the tests of a file.
 * @param path the file's path, or only its name
 * @param content what it holds, parsed
 * @throws {MalformedFixture} when it holds no RLP tests
 */
export function* runRlpTests(path: string, content: unknown): Generator<CaseResult> {
  for (const [name, test] of Object.entries(objectAt(content, path))) {
    const { in: item, out } = objectAt(test, `${path}: ${name}`);
    if (typeof out !== 'string')
      throw new MalformedFixture(`${path}: ${name}: expected hex in out, got ${out}`);
    const bytes = fromHex(out);
    if (item === 'INVALID') yield refusal(name, bytes);
    else if (item === 'VALID') yield agreement(name, bytes, undefined);
    else yield agreement(name, bytes, inputOf(item, `${path}: ${name}`));
  }
}

function refusal(name: string, bytes: Uint8Array): CaseResult {
  const item = decoded(bytes);
  if (item instanceof InvalidRlp) return { name, pass: true };
  return { name, pass: false, expected: 'InvalidRlp', actual: `an item, ${toHex(encodeRlp(item))}` };
}

/** Whether the bytes decode, to what encodes to them, and are the item's encoding where there is one. */
function agreement(name: string, bytes: Uint8Array, input: RlpInput | undefined): CaseResult {
  const expected = toHex(bytes);
  const item = decoded(bytes);
  if (item instanceof InvalidRlp) return { name, pass: false, expected, actual: item.message };
  for (const actual of [toHex(encodeRlp(item)), toHex(encodeRlp(input ?? item))]) {
    if (actual !== expected) return { name, pass: false, expected, actual };
  }
  return { name, pass: true };
}

function decoded(bytes: Uint8Array): Rlp | InvalidRlp {
  try {
    return decodeRlp(bytes);
  } catch (error) {
    if (error instanceof InvalidRlp) return error;
    throw error;
  }
}

/** Text is itself, or an integer after `#`; numbers and lists are what they are. */
function inputOf(item: unknown, where: string): RlpInput {
  if (Array.isArray(item)) return item.map((inner) => inputOf(inner, where));
  if (typeof item === 'number') return BigInt(item);
  if (typeof item !== 'string') throw new MalformedFixture(`${where}: expected an item, got ${String(item)}`);
  return item.startsWith('#') ? BigInt(item.slice(1)) : new TextEncoder().encode(item);
}
