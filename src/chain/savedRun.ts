/** Saved runs as bytes that leave the process: sealed, and with the name of what they are a run of. */

import { concatBytes, toHex } from '../bytes.ts';
import { BadSavedRun } from '../errors.ts';
import { keccak256 } from '../keccak.ts';
import type { Fork } from '../protocol/forks.ts';
import type { PackedRun } from '../state/packing.ts';
import { digest, digestOfRules, plain } from './plain.ts';

const VERSION = 1;
const LINE = /^evmill saved run ([0-9]+) (0x[0-9a-f]{64}) (0x[0-9a-f]{64})\n/;
const LINE_BYTES = 200;

/** What a run follows from: its rules, and what it was asked. */
export function identityOf(fork: Fork, asked: readonly unknown[]): string {
  return digest(`${digestOfRules(fork)} ${JSON.stringify(plain(asked))}`);
}

/** A packed run's pages, one behind the other. */
export function joined({ pages }: PackedRun): Uint8Array {
  // One by one: there may be more of them than a call takes arguments.
  const whole = new Uint8Array(pages.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const page of pages) {
    whole.set(page, at);
    at += page.length;
  }
  return whole;
}

/** Writes a saved run. */
export function sealRun(packed: Uint8Array, identity: string): Uint8Array {
  const line = `evmill saved run ${VERSION} ${identity} ${toHex(keccak256(packed))}\n`;
  return concatBytes(new TextEncoder().encode(line), packed);
}

/**
 * Reads one.
 * @throws {BadSavedRun} where it is none, of another version, of another run, or has been changed or cut off
 */
export function openRun(bytes: Uint8Array, identity: string): Uint8Array {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, LINE_BYTES));
  const [line, version, whose, seal] = LINE.exec(start) ?? [];
  if (line === undefined) throw new BadSavedRun('saved run: expected bytes that evmill saved');
  if (Number(version) !== VERSION) {
    throw new BadSavedRun(`saved run: expected version ${VERSION}, got ${version}`);
  }
  const packed = bytes.subarray(line.length);
  if (toHex(keccak256(packed)) !== seal) {
    throw new BadSavedRun('saved run: expected what its seal says, got bytes that were changed or cut off');
  }
  if (whose !== identity) {
    throw new BadSavedRun('saved run: expected one of the same message, block and rules, got another');
  }
  return packed;
}
