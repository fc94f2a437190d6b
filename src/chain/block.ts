/** Blocks as bytes: the header, the transactions, the ommers' headers and, from Shanghai on, the withdrawals. */

import { type Hex, toHex } from '../bytes.ts';
import { InvalidBlock, InvalidTransaction } from '../errors.ts';
import { keccak256 } from '../keccak.ts';
import { decodeRlp, encodeRlp, InvalidRlp, type Rlp, type RlpInput, readList, splitRlp } from '../rlp.ts';
import { orderedRoot } from '../trie/orderedRoot.ts';
import { type Header, headerFromRlp, headerHash, headerItem } from './header.ts';
import type { Transaction } from './transaction.ts';
import { decodeTransactionItem, encodeTransaction, transactionItem } from './transactionCodec.ts';
import { type Withdrawal, withdrawalFromRlp, withdrawalItem } from './withdrawals.ts';

/** What a block holds. */
export interface BlockContent {
  readonly header: Header;
  readonly transactions: readonly Transaction[];
  readonly ommers: readonly Header[];
  /** undefined before Shanghai */
  readonly withdrawals: readonly Withdrawal[] | undefined;
}

/** A block with what only its bytes tell. */
export interface Block extends BlockContent {
  /** of its header */
  readonly hash: Hex;
  /** bytes of its RLP */
  readonly size: number;
  /** each transaction as the trie of transactions holds it */
  readonly encodedTransactions: readonly Uint8Array[];
}

/** A block's RLP. */
export function encodeBlock({ header, transactions, ommers, withdrawals }: BlockContent): Uint8Array {
  const items: RlpInput[] = [headerItem(header), transactions.map(transactionItem), ommers.map(headerItem)];
  if (withdrawals !== undefined) items.push(withdrawals.map(withdrawalItem));
  return encodeRlp(items);
}

/** A block that was put together rather than decoded. */
export function blockOf(content: BlockContent): Block {
  return {
    ...content,
    hash: headerHash(content.header),
    size: encodeBlock(content).length,
    encodedTransactions: content.transactions.map(encodeTransaction),
  };
}

/**
 * A block from its RLP. Which of its parts must be there is a matter of its fork, and checked later.
 * @throws {InvalidBlock} `rlp`, `format`, or `transaction` where only a transaction is malformed
 */
export function decodeBlock(bytes: Uint8Array): Block {
  try {
    return blockFromRlp(bytes, readList(decodeRlp(bytes), 'block'));
  } catch (error) {
    if (!(error instanceof InvalidRlp)) throw error;
    throw new InvalidBlock('rlp', error.message, { cause: error });
  }
}

function blockFromRlp(bytes: Uint8Array, items: readonly Rlp[]): Block {
  if (items.length !== 3 && items.length !== 4) {
    const fault = items.length < 3 ? 'tooFew' : 'tooMany';
    throw new InvalidRlp(fault, 'block', '3 or 4 items', `${items.length}`);
  }
  const [headerRlp, transactionsRlp] = splitRlp(contentOf(bytes));
  const header = headerFromRlp(items[0]);
  const transactionItems = readList(items[1], 'transactions');
  const withdrawals =
    items.length === 4 ? readList(items[3], 'withdrawals').map(withdrawalFromRlp) : undefined;
  return {
    header,
    hash: toHex(keccak256(headerRlp)),
    size: bytes.length,
    ommers: readList(items[2], 'ommers').map(headerFromRlp),
    withdrawals,
    transactions: transactionItems.map(readTransaction),
    encodedTransactions: encodingsOf(transactionItems, transactionsRlp),
  };
}

function readTransaction(item: Rlp, index: number): Transaction {
  try {
    return decodeTransactionItem(item);
  } catch (error) {
    if (error instanceof InvalidTransaction) throw transactionFault(index, error);
    throw error;
  }
}

/** The fault of a block that one of its transactions is invalid. */
export function transactionFault(index: number, cause: InvalidTransaction): InvalidBlock {
  const { actual, expected } = cause;
  const message = `transaction ${index}: ${cause.message}`;
  return new InvalidBlock('transaction', message, { actual, expected, cause });
}

/** A legacy transaction is a list, and in the trie its bytes are what they are here; a typed one is a string. */
function encodingsOf(items: readonly Rlp[], list: Uint8Array): readonly Uint8Array[] {
  const encodings: Uint8Array[] = [];
  for (const encoded of splitRlp(contentOf(list))) {
    const item = items[encodings.length];
    encodings.push(item instanceof Uint8Array ? item : encoded);
  }
  return encodings;
}

/** What is inside the RLP of a list that is known to be canonical. */
function contentOf(list: Uint8Array): Uint8Array {
  return list.subarray(list[0] <= 0xf7 ? 1 : 1 + list[0] - 0xf7);
}

/** The root of a block's transactions. */
export function transactionsRoot(encoded: readonly Uint8Array[]): Hex {
  return toHex(orderedRoot(encoded));
}

/** The hash that stands for a block's ommers in its header. */
export function ommersHash(ommers: readonly Header[]): Hex {
  return toHex(keccak256(encodeRlp(ommers.map(headerItem))));
}
