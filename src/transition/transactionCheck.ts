/** What `evm t9n` says of transactions by themselves: who sent them, what they pay, and why they could be in no block. */

import type { Hex } from '../bytes.ts';
import { stateByteGas } from '../chain/fees.ts';
import { intrinsicGas } from '../chain/intrinsicGas.ts';
import { maxFeePerGas, maxPriorityFeePerGas, type Transaction } from '../chain/transaction.ts';
import type { Fork } from '../protocol/forks.ts';
import { quantity } from './resultJson.ts';
import { RlpComplaint } from './rlpStream.ts';
import { Refusal, senderOf } from './sender.ts';
import { type DecodedTransaction, transactionOfItem } from './signedTransaction.ts';
import { ToolError } from './toolError.ts';

/** What is known of a transaction; ready for JSON. */
export interface TransactionVerdict {
  readonly error?: string;
  readonly address?: Hex;
  readonly hash?: Hex;
  readonly intrinsicGas?: Hex;
}

const MAX_NONCE = 2n ** 64n - 1n;
/** What state costs is of no block here: the gas limit of the official fixtures' blocks. */
const GAS_LIMIT = 120_000_000n;

/** Verdicts on the transactions of an RLP list; where the list ends early, the last one says how. */
export interface ListVerdict {
  readonly verdicts: readonly TransactionVerdict[];
  readonly problem: ToolError | undefined;
}

/**
 * Checks every transaction of an RLP list.
 * @throws {ToolError} `other`, when it is no list
 */
export function checkTransactions(list: Uint8Array, fork: Fork, chainId: bigint): ListVerdict {
  const verdicts: TransactionVerdict[] = [];
  for (const item of itemsOf(list)) {
    if (item instanceof RlpComplaint) {
      return {
        verdicts: [...verdicts, { error: 'EOF' }],
        problem: new ToolError('inputOutput', item.message),
      };
    }
    verdicts.push(verdictOn(transactionOfItem(item), fork, chainId));
  }
  return { verdicts, problem: undefined };
}

function verdictOn(decoded: DecodedTransaction, fork: Fork, chainId: bigint): TransactionVerdict {
  if (decoded instanceof RlpComplaint) return { error: decoded.message };
  const { tx, hash } = decoded;
  const sender = senderOf(decoded, fork, chainId);
  if (sender instanceof Refusal) return { error: sender.reason, hash };
  const { regular, state, floor } = intrinsicGas(tx, sender, fork, stateByteGas(fork, GAS_LIMIT));
  const intrinsic = regular + state;
  const error = errorOf(tx, fork, intrinsic, floor);
  return {
    ...(error === undefined ? {} : { error }),
    address: sender,
    hash,
    intrinsicGas: quantity(intrinsic),
  };
}

function errorOf(tx: Transaction, fork: Fork, intrinsic: bigint, floor: bigint): string | undefined {
  const gas = tx.gasLimit;
  if (gas < intrinsic) return `intrinsic gas too low: have ${gas}, want ${intrinsic}`;
  if (gas < floor) return `insufficient gas for floor data gas cost: have ${gas}, want ${floor}`;
  const { maxTxGas, maxInitcodeSize } = fork.params;
  if (maxTxGas !== Number.POSITIVE_INFINITY && gas > BigInt(maxTxGas)) return 'gas limit exceeds maximum';
  if (tx.to === null && tx.data.length > maxInitcodeSize) {
    return `max initcode size exceeded: code size ${tx.data.length} limit ${maxInitcodeSize}`;
  }
  return widthError(tx);
}

function widthError(tx: Transaction): string | undefined {
  const [price, tip] = [maxFeePerGas(tx), maxPriorityFeePerGas(tx)];
  if (tx.nonce === MAX_NONCE) return 'nonce exceeds 2^64-1';
  if (isTooWide(tx.value)) return 'value exceeds 256 bits';
  // the price of gas is what go-ethereum takes both fees for, in types that have no others
  if (isTooWide(price)) return 'gasPrice exceeds 256 bits';
  if (isTooWide(tip)) return 'maxPriorityFeePerGas exceeds 256 bits';
  if (price < tip) return 'maxFeePerGas < maxPriorityFeePerGas';
  return isTooWide(price * tx.gasLimit) ? 'gas * gasPrice exceeds 256 bits' : undefined;
}

function isTooWide(value: bigint): boolean {
  return value >> 256n !== 0n;
}

/** The items of a list, each with its head; a complaint where one is cut off. */
function* itemsOf(list: Uint8Array): Generator<Uint8Array | RlpComplaint> {
  const whole = spanAt(list, 0, list.length);
  if (whole instanceof RlpComplaint) throw new ToolError('other', whole.message);
  if (list[0] < 0xc0) throw new ToolError('other', 'rlp: expected List');
  const end = whole.end;
  for (let at = whole.content; at < end; ) {
    const item = spanAt(list, at, end);
    yield item instanceof RlpComplaint ? item : list.subarray(at, item.end);
    if (item instanceof RlpComplaint) return;
    at = item.end;
  }
}

/** Where the item at a position has its content, and where it ends. */
function spanAt(
  bytes: Uint8Array,
  at: number,
  limit: number,
): { readonly content: number; readonly end: number } | RlpComplaint {
  if (at >= limit) return new RlpComplaint('unexpected EOF');
  const first = bytes[at];
  if (first < 0x80) return { content: at, end: at + 1 };
  const base = first < 0xc0 ? 0x80 : 0xc0;
  let content = at + 1;
  let size = first - base;
  if (size > 55) {
    const digits = size - 55;
    content += digits;
    if (content > limit) return new RlpComplaint('unexpected EOF');
    if (bytes[at + 1] === 0) return new RlpComplaint('rlp: non-canonical size information');
    size = 0;
    for (let i = at + 1; i < content; i++) size = size * 256 + bytes[i];
    if (size < 56) return new RlpComplaint('rlp: non-canonical size information');
  } else if (base === 0x80 && size === 1 && bytes[content] < 0x80 && content < limit) {
    return new RlpComplaint('rlp: non-canonical size information');
  }
  if (size > limit - content) return new RlpComplaint('rlp: value size exceeds available input length');
  return { content, end: content + size };
}
