/** Receipts: what a transaction left behind besides the state. Yellow Paper, 4.4.1. */

import { bigIntToBytes, bytesToBigInt, concatBytes, fromHex, type Hex, toAddress, toHex } from '../bytes.ts';
import type { Log } from '../machine/environment.ts';
import {
  decodeRlp,
  encodeRlp,
  InvalidRlp,
  type Rlp,
  type RlpInput,
  readBytes,
  readInteger,
  readList,
} from '../rlp.ts';
import { orderedRoot } from '../trie/orderedRoot.ts';
import { bloomOf } from './bloom.ts';
import type { TransactionType } from './transaction.ts';

/** A transaction's receipt. */
export interface Receipt {
  readonly type: TransactionType;
  /** whether it succeeded, from Byzantium on (https://eips.ethereum.org/EIPS/eip-658); else the state's root after it */
  readonly outcome: boolean | Hex;
  /** gas used in the block up to and with this transaction, after refunds */
  readonly cumulativeGasUsed: bigint;
  /** 256 bytes: the filter of its logs */
  readonly logsBloom: Uint8Array;
  readonly logs: readonly Log[];
}

/** A receipt, with the filter made from its logs. */
export function receiptOf(
  type: TransactionType,
  outcome: boolean | Hex,
  cumulativeGasUsed: bigint,
  logs: readonly Log[],
): Receipt {
  return { type, outcome, cumulativeGasUsed, logsBloom: bloomOf(logs), logs };
}

/** A receipt's encoding: RLP, after the type byte of a typed transaction (https://eips.ethereum.org/EIPS/eip-2718). */
export function encodeReceipt({ type, outcome, cumulativeGasUsed, logsBloom, logs }: Receipt): Uint8Array {
  const first: RlpInput = typeof outcome === 'string' ? fromHex(outcome) : outcome ? 1 : 0;
  const rlp = encodeRlp([first, cumulativeGasUsed, logsBloom, logs.map(logItem)]);
  return type === 0 ? rlp : concatBytes(Uint8Array.of(type), rlp);
}

/**
 * A receipt from its encoding.
 * @throws {InvalidRlp} when it is none
 */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  const typed = bytes.length > 0 && bytes[0] < 0xc0;
  const type = typed ? bytes[0] : 0;
  if (typed && (type < 1 || type > 4)) throw new InvalidRlp('kind', 'receipt', 'a type of 1 to 4', `${type}`);
  const [first, gas, bloom, logs] = readList(decodeRlp(typed ? bytes.subarray(1) : bytes), 'receipt', 4);
  const outcome = readBytes(first, 'outcome');
  return {
    type: type as TransactionType,
    outcome: outcome.length === 32 ? toHex(outcome) : readStatus(outcome),
    cumulativeGasUsed: readInteger(gas, 'cumulativeGasUsed', 8),
    logsBloom: readBytes(bloom, 'logsBloom', 256),
    logs: readList(logs, 'logs').map(readLog),
  };
}

function readStatus(bytes: Uint8Array): boolean {
  const status = readInteger(bytes, 'status', 1);
  if (status > 1n) throw new InvalidRlp('tooLong', 'status', '0 or 1', `${status}`);
  return status === 1n;
}

/** A log as an item to be encoded. */
export function logItem({ address, topics, data }: Log): RlpInput {
  return [fromHex(address), topics.map((topic) => bigIntToBytes(topic, 32)), data];
}

function readLog(item: Rlp): Log {
  const [address, topics, data] = readList(item, 'log', 3);
  return {
    address: toAddress(readBytes(address, 'log address', 20)),
    topics: readList(topics, 'log topics').map((topic) => bytesToBigInt(readBytes(topic, 'log topic', 32))),
    data: readBytes(data, 'log data'),
  };
}

/** The root of a block's receipts. */
export function receiptsRoot(receipts: readonly Receipt[]): Hex {
  return toHex(orderedRoot(receipts.map(encodeReceipt)));
}
