/** A sample of the official state tests, where their archive is at hand. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '../../src/bytes.ts';
import { archiveMembers } from '../../src/conformance/archives.ts';
import { isStateTest, type StateTestCase, stateTestCases } from '../../src/conformance/stateTestFormat.ts';
import { keccak256 } from '../../src/keccak.ts';
import { memoryState } from '../../src/state/memory.ts';
import type { StateSource } from '../../src/state/source.ts';

const FOLDER = process.env['EVMILL_FIXTURES'] ?? join(import.meta.dirname, '../../../shared/fixtures');
const ARCHIVE = join(FOLDER, 'eest-v5.4.0-state_tests.tar.gz');

/** Whether the archive is at hand. */
export const hasOfficialCases = existsSync(ARCHIVE);

/** The hash of a member's name decides whether it is in the sample, so that the sample is the same everywhere. */
const isSampled = (name: string): boolean =>
  name.endsWith('.json') && keccak256(new TextEncoder().encode(name))[0] < 22;

/** Files above this are of tests that take long. */
const MOST_BYTES = 300_000;
const CASES_PER_FILE = 2;

/** Cases of all folders of the archive; valid transactions only. */
export async function officialCases(most: number): Promise<StateTestCase[]> {
  const found: StateTestCase[] = [];
  const decoder = new TextDecoder();
  for await (const { bytes } of archiveMembers(ARCHIVE, isSampled)) {
    if (bytes.length > MOST_BYTES) continue;
    let taken = 0;
    for (const [name, test] of Object.entries(JSON.parse(decoder.decode(bytes)) as object)) {
      if (!isStateTest(test)) continue;
      for (const one of stateTestCases(name, test, () => taken < CASES_PER_FILE)) {
        if (one.expected.exception !== undefined || one.sender === undefined) continue;
        found.push(one);
        taken++;
      }
    }
  }
  const stride = Math.max(1, found.length / most);
  return found.filter((_, i) => Math.floor(i / stride) !== Math.floor((i - 1) / stride));
}

/** State tests have no ancestors: the hash of block n is that of n in decimal digits. */
const blockHashOf = (number: bigint): bigint =>
  BigInt(toHex(keccak256(new TextEncoder().encode(number.toString()))));

/** The state before a case, at hand. */
export const sourceOfCase = ({ pre }: StateTestCase): StateSource => memoryState(pre, blockHashOf);
