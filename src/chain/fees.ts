/** What gas costs: in a transaction, and from one block to the next. Pure functions; wei and gas are bigints. */

import type { Fork } from '../protocol/forks.ts';
import { blobCount, maxFeePerGas, maxPriorityFeePerGas, type UnsignedTransaction } from './transaction.ts';

/** The base fee of the first block that has one, wei per gas. https://eips.ethereum.org/EIPS/eip-1559 */
export const INITIAL_BASE_FEE = 1_000_000_000n;

const ELASTICITY = 2n;
const BASE_FEE_CHANGE_DENOMINATOR = 8n;

/** Gas whose base fee a blob costs at least. https://eips.ethereum.org/EIPS/eip-7918 */
const BLOB_RESERVE_GAS = 8192n;

/** The greatest word, where a price that no account could pay saturates. */
const MAX_WORD = (1n << 256n) - 1n;

/** Wei per gas that a transaction pays in a block: to the coinbase goes what exceeds the base fee. */
export function effectiveGasPrice(tx: UnsignedTransaction, baseFee: bigint): bigint {
  const cap = maxFeePerGas(tx);
  const wanted = baseFee + maxPriorityFeePerGas(tx);
  return tx.type <= 1 || cap < wanted ? cap : wanted;
}

/** Blob gas that a transaction uses; 0 without blobs. https://eips.ethereum.org/EIPS/eip-4844 */
export function blobGas(tx: UnsignedTransaction, fork: Fork): bigint {
  return BigInt(blobCount(tx) * fork.params.gasPerBlob);
}

/**
 * Wei that the sender must own for the transaction to be valid: gas and blob gas at the highest prices it agrees to,
 * and the value it sends. May exceed 256 bits.
 */
export function upfrontCost(tx: UnsignedTransaction, fork: Fork): bigint {
  const blobs = tx.type === 3 ? blobGas(tx, fork) * tx.maxFeePerBlobGas : 0n;
  return tx.gasLimit * maxFeePerGas(tx) + blobs + tx.value;
}

/**
 * Wei per blob gas at an excess of blob gas: about e^(excess / fraction), from 1 up.
 * https://eips.ethereum.org/EIPS/eip-4844
 *
 * Saturates at 2^256 - 1. The EIP's series takes more than 2.7 * excess / fraction steps, so that a hostile header
 * with an absurd excess would hang; but from a quotient of 178 on the price exceeds 256 bits, which nobody can pay.
 */
export function blobBaseFee(excessBlobGas: bigint, fraction: bigint): bigint {
  if (excessBlobGas === 0n) return 1n;
  if (excessBlobGas >= 178n * fraction) return MAX_WORD;
  const price = fakeExponential(1n, excessBlobGas, fraction);
  return price < MAX_WORD ? price : MAX_WORD;
}

/** About factor * e^(numerator / denominator), by the integer series of EIP-4844. Steps grow with the quotient. */
function fakeExponential(factor: bigint, numerator: bigint, denominator: bigint): bigint {
  let sum = 0n;
  let term = factor * denominator;
  for (let i = 1n; term > 0n; i++) {
    sum += term;
    term = (term * numerator) / (denominator * i);
  }
  return sum / denominator;
}

/** Wei per blob gas of a block by its excess; 0 where the fork knows no blobs. */
export function blobBaseFeeOf(excessBlobGas: bigint, fork: Fork): bigint {
  const schedule = fork.params.blobSchedule;
  return schedule === null ? 0n : blobBaseFee(excessBlobGas, schedule.baseFeeUpdateFraction);
}

/** Most blob gas of one block; 0 where the fork knows no blobs. */
export function maxBlobGas(fork: Fork): bigint {
  return BigInt((fork.params.blobSchedule?.max ?? 0) * fork.params.gasPerBlob);
}

/** What of a block decides the next one's prices. */
export interface FeeHistory {
  readonly gasLimit: bigint;
  readonly gasUsed: bigint;
  /** wei per gas; undefined before London */
  readonly baseFee?: bigint | undefined;
  /** blob gas; undefined before Cancun */
  readonly excessBlobGas?: bigint | undefined;
  /** blob gas; undefined before Cancun */
  readonly blobGasUsed?: bigint | undefined;
}

/**
 * The base fee of the block after `parent`, wei per gas: it rises and falls by at most an eighth as the parent used
 * more or less than half its gas limit. https://eips.ethereum.org/EIPS/eip-1559
 */
export function nextBaseFee(parent: FeeHistory): bigint {
  const { baseFee, gasLimit, gasUsed } = parent;
  if (baseFee === undefined) return INITIAL_BASE_FEE;
  const target = gasLimit / ELASTICITY;
  if (gasUsed === target) return baseFee;
  if (gasUsed > target) {
    const rise = (baseFee * (gasUsed - target)) / target / BASE_FEE_CHANGE_DENOMINATOR;
    return baseFee + (rise > 1n ? rise : 1n);
  }
  return baseFee - (baseFee * (target - gasUsed)) / target / BASE_FEE_CHANGE_DENOMINATOR;
}

/**
 * The excess of blob gas of the block after `parent`, by the schedule of that next block's fork; 0 where the fork
 * knows no blobs. https://eips.ethereum.org/EIPS/eip-4844; the reserve price: https://eips.ethereum.org/EIPS/eip-7918
 */
export function nextExcessBlobGas(parent: FeeHistory, fork: Fork): bigint {
  const schedule = fork.params.blobSchedule;
  if (schedule === null) return 0n;
  const excess = parent.excessBlobGas ?? 0n;
  const used = parent.blobGasUsed ?? 0n;
  const gasPerBlob = BigInt(fork.params.gasPerBlob);
  const target = BigInt(schedule.target) * gasPerBlob;
  if (excess + used < target) return 0n;
  if (fork.rules.blobReservePrice) {
    const reserve = BLOB_RESERVE_GAS * (parent.baseFee ?? 0n);
    if (reserve > gasPerBlob * blobBaseFee(excess, schedule.baseFeeUpdateFraction)) {
      return excess + (used * BigInt(schedule.max - schedule.target)) / BigInt(schedule.max);
    }
  }
  return excess + used - target;
}

// The price of state aims at a growth of 100 GiB a year, in blocks of 12 seconds that are half full.
const BLOCKS_PER_YEAR = 2_628_000n;
const TARGET_STATE_GROWTH = 100n * 2n ** 30n;
const STATE_PRICE_OFFSET = 9578n;
const STATE_PRICE_BITS = 5;

/** Gas per byte of new state in a block with this gas limit. https://eips.ethereum.org/EIPS/eip-8037 */
export function stateByteGas({ params }: Fork, blockGasLimit: bigint): bigint {
  return params.stateByteGas > 0 ? BigInt(params.stateByteGas) : priceByGasLimit(blockGasLimit);
}

/** What the limit asks for, rounded so that small changes of it do not move the price. */
function priceByGasLimit(blockGasLimit: bigint): bigint {
  const divisor = 2n * TARGET_STATE_GROWTH;
  const exact = (blockGasLimit * BLOCKS_PER_YEAR + divisor - 1n) / divisor;
  const shifted = exact + STATE_PRICE_OFFSET;
  const dropped = BigInt(Math.max(shifted.toString(2).length - STATE_PRICE_BITS, 0));
  const price = ((shifted >> dropped) << dropped) - STATE_PRICE_OFFSET;
  return price > 1n ? price : 1n;
}
