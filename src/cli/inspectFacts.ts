/** What is known of a block, a transaction or a receipt, by name: for people as lines, for programs as JSON. */

import { type Hex, toHex } from '../bytes.ts';
import { blockAccessListItems, encodeBlockAccessList } from '../chain/blockAccessList.ts';
import type { StoredBlock } from '../chain/chainStore.ts';
import { keccak256 } from '../keccak.ts';
import type { BlockAccessList, Change } from '../state/accessRecorder.ts';

/** A fact: numbers are printed in decimal, bytes in hex. */
export type Fact =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | undefined
  | null
  | readonly Fact[]
  | Facts;

/** Facts by name; those that are undefined are left out. */
export interface Facts {
  readonly [name: string]: Fact;
}

/** A block's header, its size, and what is in it. */
export function blockFacts(stored: StoredBlock): Facts {
  const { block, totalDifficulty, blockAccessList } = stored;
  return {
    hash: block.hash,
    ...block.header,
    totalDifficulty,
    size: block.size,
    transactions: block.encodedTransactions.map((encoded) => toHex(keccak256(encoded))),
    ommers: block.ommers.map((ommer) => ({ ...ommer })),
    withdrawals: block.withdrawals?.map((withdrawal) => ({ ...withdrawal })),
    blockAccessList: blockAccessList && {
      accounts: blockAccessList.length,
      slots: blockAccessListItems(blockAccessList) - blockAccessList.length,
      bytes: encodeBlockAccessList(blockAccessList).length,
    },
  };
}

/** A block's access list for people: who was reached, and what of it changed in which step. */
export function accessListText(list: BlockAccessList, transactions: number): string {
  const stepOf = (index: number): string =>
    index === 0
      ? 'before the transactions'
      : index > transactions
        ? 'after the transactions'
        : `transaction ${index - 1}`;
  const slotText = (slot: bigint): string => `0x${slot.toString(16)}`;
  const lines = list.flatMap((access) => {
    const changed = <T>(what: string, changes: readonly Change<T>[], text: (value: T) => string) =>
      changes.map(({ index, value }) => `  ${what} ${text(value)} ${stepOf(index)}`);
    return [
      access.address,
      ...changed('balance', access.balanceChanges, String),
      ...changed('nonce', access.nonceChanges, String),
      ...changed('code', access.codeChanges, (code) => (code.length === 0 ? 'none' : toHex(code))),
      ...access.storageChanges.flatMap(({ slot, changes }) =>
        changed(`slot ${slotText(slot)} is`, changes, slotText),
      ),
      ...(access.storageReads.length === 0
        ? []
        : [`  reads ${access.storageReads.map(slotText).join(', ')}`]),
    ];
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** A transaction, and where it is. */
export function transactionFacts({ block }: StoredBlock, index: number): Facts {
  return { ...placeFacts(block, index), ...(block.transactions[index] as unknown as Facts) };
}

/** A transaction's receipt. */
export function receiptFacts({ block, receipts }: StoredBlock, index: number): Facts {
  const { outcome, logs, ...receipt } = receipts[index];
  const before = index === 0 ? 0n : receipts[index - 1].cumulativeGasUsed;
  return {
    ...placeFacts(block, index),
    ...(typeof outcome === 'string' ? { stateRoot: outcome } : { success: outcome }),
    gasUsed: receipt.cumulativeGasUsed - before,
    ...receipt,
    logs: logs.map(({ address, topics, data }) => ({
      address,
      topics: topics.map((topic): Hex => `0x${topic.toString(16).padStart(64, '0')}`),
      data,
    })),
  };
}

function placeFacts({ hash, header, encodedTransactions }: StoredBlock['block'], index: number): Facts {
  return { hash: toHex(keccak256(encodedTransactions[index])), block: header.number, blockHash: hash, index };
}

/** Facts as JSON: what may be larger than a number as a string in hex, as JSON-RPC writes it. */
export function factsJson(fact: Fact): unknown {
  if (typeof fact === 'bigint') return `0x${fact.toString(16)}`;
  if (fact instanceof Uint8Array) return toHex(fact);
  if (Array.isArray(fact)) return fact.map(factsJson);
  if (typeof fact !== 'object' || fact === null) return fact;
  return Object.fromEntries(Object.entries(fact).map(([name, value]) => [name, factsJson(value)]));
}

/** Facts as lines, names in a column. */
export function factsText(facts: Facts, indent = ''): string {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined);
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries
    .map(([name, value]) => `${indent}${name.padEnd(width)}  ${factText(value, indent)}\n`)
    .join('');
}

function factText(fact: Fact, indent: string): string {
  if (fact instanceof Uint8Array) {
    // a filter without a bit says nothing
    return fact.length === 256 && fact.every((byte) => byte === 0) ? '0x00…00' : toHex(fact);
  }
  if (Array.isArray(fact)) {
    if (fact.length === 0) return 'none';
    return fact.map((item: Fact) => `\n${indent}  ${itemText(item, `${indent}  `)}`).join('');
  }
  if (isFacts(fact)) return `\n${factsText(fact, `${indent}  `).trimEnd()}`;
  return String(fact);
}

/** One of several: facts begin with a dash, so that it is seen where the next ones begin. */
function itemText(item: Fact, indent: string): string {
  return isFacts(item) ? `- ${factsText(item, `${indent}  `).trim()}` : factText(item, indent);
}

function isFacts(fact: Fact): fact is Facts {
  return typeof fact === 'object' && fact !== null && !Array.isArray(fact) && !(fact instanceof Uint8Array);
}
