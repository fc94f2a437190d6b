/**
 * The consensus specifications' vectors for `verify_kzg_proof`: one file each, `data.yaml`, with an input of four hex
 * strings and the output true, false, or null where an argument is malformed.
 */

import { fromHex } from '../bytes.ts';
import { verifyKzgProof } from '../precompiles/kzg.ts';
import type { VectorResult } from './precompileVectors.ts';

type Argument = 'commitment' | 'z' | 'y' | 'proof';

/** One vector. */
export interface KzgVector {
  readonly input: Readonly<Record<Argument, string>>;
  readonly output: boolean | null;
}

/**
 * Reads a vector from YAML. Only what these files use: a key to a line, `input` and two spaces before its arguments.
 * @throws {TypeError} when something is missing
 */
export function parseKzgVector(yaml: string): KzgVector {
  const value = (key: string): string => {
    const found = new RegExp(`^ *${key}: *['"]?([^'"\\r\\n]*)['"]? *$`, 'm').exec(yaml);
    if (found === null) throw new TypeError(`KZG vector: expected a value for ${key}`);
    return found[1];
  };
  const output = value('output');
  return {
    input: { commitment: value('commitment'), z: value('z'), y: value('y'), proof: value('proof') },
    output: output === 'null' ? null : output === 'true',
  };
}

/** Runs one vector under the name given, which is usually its folder's. */
export function runKzgVector(name: string, { input, output }: KzgVector): VectorResult {
  const [commitment, z, y, proof] = [input.commitment, input.z, input.y, input.proof].map(fromHex);
  const actual = verifyKzgProof(commitment, z, y, proof) ?? null;
  if (actual === output) return { name, pass: true };
  return { name, pass: false, expected: String(output), actual: String(actual) };
}
