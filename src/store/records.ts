/** Blocks and receipts as records, made so that a block is found again byte by byte. */

import { bigIntToBytes, bytesToBigInt, concatBytes, fromHex, toAddress, toHex } from '../bytes.ts';
import { type Block, decodeBlock } from '../chain/block.ts';
import type { StoredBlock } from '../chain/chainStore.ts';
import { encodeHeader, type Header, headerFromRlp, headerItem } from '../chain/header.ts';
import { type Receipt, receiptOf } from '../chain/receipt.ts';
import type { TransactionType } from '../chain/transaction.ts';
import { withdrawalItem } from '../chain/withdrawals.ts';
import { decodeRlp, encodeRlp } from '../rlp.ts';
import type { Log } from '../state/log.ts';
import { headerSize, writeHeader } from '../trie/encode.ts';
import { ByteReader, ByteWriter } from './byteStream.ts';
import { StoreError } from './storeError.ts';

/** A header's record: the total difficulty of its chain in 32 bytes, and its RLP. */
export function encodeHeaderRecord({ block, totalDifficulty }: StoredBlock): Uint8Array {
  return concatBytes(bigIntToBytes(totalDifficulty, 32), encodeHeader(block.header));
}

/** The header of a record, and its chain's total difficulty. */
export function decodeHeaderRecord(record: Uint8Array): { header: Header; totalDifficulty: bigint } {
  return readRecord('header', () => ({
    totalDifficulty: bytesToBigInt(record.subarray(0, 32)),
    header: headerFromRlp(decodeRlp(record.subarray(32))),
  }));
}

/** A block's items after its header, each as RLP. */
export function encodeBody({ encodedTransactions, ommers, withdrawals }: Block): Uint8Array {
  const transactions = encodedTransactions.map((encoded) =>
    // a legacy transaction is a list by itself; a typed one stands in the body as a string
    encoded[0] >= 0xc0 ? encoded : withRlpHeader(0x80, encoded),
  );
  return concatBytes(
    withRlpHeader(0xc0, concatBytes(...transactions)),
    encodeRlp(ommers.map(headerItem)),
    ...(withdrawals === undefined ? [] : [encodeRlp(withdrawals.map(withdrawalItem))]),
  );
}

/** A block's RLP from the records of its header and its body. */
export function blockRlp(headerRecord: Uint8Array, body: Uint8Array): Uint8Array {
  return withRlpHeader(0xc0, concatBytes(headerRecord.subarray(32), body));
}

/** A block from the same. */
export function blockFromRecords(headerRecord: Uint8Array, body: Uint8Array): Block {
  return readRecord('block', () => decodeBlock(blockRlp(headerRecord, body)));
}

function withRlpHeader(base: 0x80 | 0xc0, contents: Uint8Array): Uint8Array {
  const size = headerSize(contents.length);
  const out = new Uint8Array(size + contents.length);
  writeHeader(out, 0, base, contents.length);
  out.set(contents, size);
  return out;
}

const OUTCOME_ROOT = 2;

/** Receipts as a record. Filters are left out: they follow from the logs, and are most of a receipt's bytes. */
export function encodeReceipts(receipts: readonly Receipt[]): Uint8Array {
  const out = new ByteWriter();
  for (const { type, outcome, cumulativeGasUsed, logs } of receipts) {
    out.byte(type);
    if (typeof outcome === 'string') {
      out.byte(OUTCOME_ROOT);
      out.bytes(fromHex(outcome));
    } else {
      out.byte(outcome ? 1 : 0);
    }
    out.uint64(cumulativeGasUsed);
    out.uint32(logs.length);
    for (const { address, topics, data } of logs) {
      out.bytes(fromHex(address));
      out.byte(topics.length);
      for (const topic of topics) out.bytes(bigIntToBytes(topic, 32));
      out.uint32(data.length);
      out.bytes(data);
    }
  }
  return out.written();
}

/** Receipts from their record. */
export function decodeReceipts(record: Uint8Array): Receipt[] {
  const input = new ByteReader(record);
  const receipts: Receipt[] = [];
  while (!input.isAtEnd) {
    const type = input.byte() as TransactionType;
    const status = input.byte();
    const outcome = status === OUTCOME_ROOT ? toHex(input.bytes(32)) : status === 1;
    const gas = input.uint64();
    receipts.push(receiptOf(type, outcome, gas, readLogs(input)));
  }
  return receipts;
}

function readLogs(input: ByteReader): Log[] {
  const logs: Log[] = [];
  for (let count = input.uint32(); count > 0; count--) {
    const address = toAddress(input.bytes(20));
    const topics: bigint[] = [];
    for (let left = input.byte(); left > 0; left--) topics.push(bytesToBigInt(input.bytes(32)));
    logs.push({ address, topics, data: input.bytes(input.uint32()) });
  }
  return logs;
}

function readRecord<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new StoreError('damaged', `${what}: the store is damaged: ${(error as Error).message}`, error);
  }
}
