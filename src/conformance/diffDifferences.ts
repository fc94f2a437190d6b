/** How two runs on the same state differ in what they leave behind, in words. */

import type { Address } from '../bytes.ts';
import type { AccountDiff, StateDiff } from '../state/diff.ts';
import { slotsOfEither } from './allocDiff.ts';

/**
 * What two diffs of one state leave different, a line each.
 * @param payers accounts whose balances are not compared, since gas alone moves them
 */
export function diffDifferences(one: StateDiff, other: StateDiff, payers: ReadonlySet<Address>): string[] {
  const lines: string[] = [];
  for (const address of new Set([...one.keys(), ...other.keys()])) {
    const [a, b] = [one.get(address), other.get(address)];
    const isPayer = payers.has(address);
    if (a === undefined || b === undefined) {
      const only = (a ?? b)!;
      if (isPayer && only.storage.size === 0 && only.code === undefined) continue;
      lines.push(`${address}: ${a === undefined ? 'unchanged, then changed' : 'changed, then unchanged'}`);
      continue;
    }
    lines.push(...accountDifferences(a, b, isPayer).map((line) => `${address} ${line}`));
  }
  return lines;
}

function accountDifferences(one: AccountDiff, other: AccountDiff, isPayer: boolean): string[] {
  const lines: string[] = [];
  const differ = (field: string, a: unknown, b: unknown): void => {
    if (a !== b) lines.push(`${field}: ${a ?? 'none'}, then ${b ?? 'none'}`);
  };
  const [a, b] = [one.after, other.after];
  if (!isPayer) {
    differ('exists', a !== undefined, b !== undefined);
    differ('balance', a?.balance, b?.balance);
  }
  differ('nonce', a?.nonce ?? 0n, b?.nonce ?? 0n);
  if (a !== undefined && b !== undefined) differ('code hash', a.codeHash, b.codeHash);
  differ('storage cleared', one.storageCleared, other.storageCleared);
  for (const key of slotsOfEither(one.storage, other.storage)) {
    differ(`slot 0x${key.toString(16)}`, one.storage.get(key), other.storage.get(key));
  }
  return lines;
}
