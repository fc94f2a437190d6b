/** The outcome of a transition as JSON: the names, the order and the numbers of go-ethereum's `result`. */

import { type Hex, toHex } from '../bytes.ts';
import type { IncludedTransaction, TransitionResult } from './transition.ts';

/** What go-ethereum takes for the hash of a block that is not made yet. */
const BLOCK_HASH: Hex = `0x1337${'00'.repeat(30)}`;
const ZERO_ADDRESS: Hex = `0x${'00'.repeat(20)}`;

/** A number as JSON-RPC writes quantities. */
export function quantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`;
}

/** The result, ready for JSON. */
export function resultJson(result: TransitionResult): Readonly<Record<string, unknown>> {
  const { env, blockAccessList } = result;
  return {
    stateRoot: result.stateRoot,
    txRoot: result.transactionsRoot,
    receiptsRoot: result.receiptsRoot,
    logsHash: result.logsHash,
    logsBloom: toHex(result.logsBloom),
    receipts: receiptsJson(result),
    ...(result.rejected.length === 0 ? {} : { rejected: result.rejected }),
    currentDifficulty: env.difficulty === undefined ? null : quantity(env.difficulty),
    gasUsed: quantity(result.gasUsed),
    ...(env.baseFee === undefined ? {} : { currentBaseFee: quantity(env.baseFee) }),
    ...(result.withdrawalsRoot === undefined ? {} : { withdrawalsRoot: result.withdrawalsRoot }),
    ...(env.excessBlobGas === undefined ? {} : { currentExcessBlobGas: quantity(env.excessBlobGas) }),
    ...(result.blobGasUsed === undefined ? {} : { blobGasUsed: quantity(result.blobGasUsed) }),
    ...(result.requestsHash === undefined ? {} : { requestsHash: result.requestsHash }),
    requests: result.requests === undefined ? null : result.requests.map(toHex),
    ...(blockAccessList === undefined ? {} : { blockAccessList: toHex(blockAccessList) }),
    ...(result.blockAccessListHash === undefined ? {} : { blockAccessListHash: result.blockAccessListHash }),
  };
}

function receiptsJson(result: TransitionResult): readonly unknown[] {
  let logIndex = 0;
  return result.included.map((transaction, index) => {
    const json = receiptJson(transaction, index, logIndex, result);
    logIndex += transaction.receipt.logs.length;
    return json;
  });
}

/** go-ethereum leaves the price of gas to whoever knows the block. */
function receiptJson(
  { signed, receipt, result, created }: IncludedTransaction,
  index: number,
  firstLog: number,
  { env, blobBaseFee }: TransitionResult,
): Readonly<Record<string, unknown>> {
  const { tx, hash } = signed;
  const position = { transactionHash: hash, transactionIndex: quantity(index), blockHash: BLOCK_HASH };
  return {
    ...(tx.type === 0 ? {} : { type: quantity(tx.type) }),
    root: typeof receipt.outcome === 'string' ? receipt.outcome : '0x',
    status: result.status === 'success' ? '0x1' : '0x0',
    cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
    logsBloom: toHex(receipt.logsBloom),
    logs: receipt.logs.map(({ address, topics, data }, at) => ({
      address,
      topics: topics.map((topic) => `0x${topic.toString(16).padStart(64, '0')}`),
      data: toHex(data),
      blockNumber: quantity(env.number),
      ...position,
      blockTimestamp: quantity(env.timestamp),
      logIndex: quantity(firstLog + at),
      removed: false,
    })),
    transactionHash: hash,
    contractAddress: created ?? ZERO_ADDRESS,
    gasUsed: quantity(result.gasUsed),
    effectiveGasPrice: null,
    ...(tx.type !== 3 || result.blobGasUsed === 0n ? {} : { blobGasUsed: quantity(result.blobGasUsed) }),
    ...(tx.type !== 3 || blobBaseFee === undefined ? {} : { blobGasPrice: quantity(blobBaseFee) }),
    blockHash: BLOCK_HASH,
    blockNumber: quantity(env.number),
    transactionIndex: quantity(index),
  };
}
