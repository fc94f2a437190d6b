/**
 * Whether a header may follow another. Where several things are wrong, the first is named, about in the order of the
 * executable specification.
 */

import { equalBytes } from '../bytes.ts';
import { type BlockFault, InvalidBlock } from '../errors.ts';
import type { Fork } from '../protocol/forks.ts';
import { DAO_EXTRA_DATA, DAO_MARKED_BLOCKS } from './dao.ts';
import { nextDifficulty } from './difficulty.ts';
import { nextBaseFee, nextExcessBlobGas } from './fees.ts';
import { EMPTY_LIST_HASH, fieldCountOf, type Header, headerFieldCount } from './header.ts';

const MAX_EXTRA_DATA_BYTES = 32;
const MIN_GAS_LIMIT = 5000n;
/** What clients hold in a signed integer. */
const MAX_GAS_LIMIT = 2n ** 63n - 1n;
/** A block's limit stays within the parent's divided by this of it. */
const GAS_LIMIT_DIVISOR = 1024n;
/** The gas limit doubles where the target becomes half of it. https://eips.ethereum.org/EIPS/eip-1559 */
const ELASTICITY = 2n;
const NO_NONCE = '0x0000000000000000';

/**
 * Checks everything that a header and its parent's decide, but for the seal of a mined one.
 * @param fork the header's own
 * @param daoBlock the number of the block of the DAO fork, where the chain has one
 * @throws {InvalidBlock}
 */
export function checkHeader(header: Header, parent: Header, fork: Fork, daoBlock: bigint | undefined): void {
  checkFields(header, fork);
  same('number', 'number', header.number, parent.number + 1n);
  if (header.timestamp <= parent.timestamp) {
    fail('timestamp', 'timestamp', `more than ${parent.timestamp}`, header.timestamp, parent.timestamp + 1n);
  }
  if (header.excessBlobGas !== undefined) {
    same('excessBlobGas', 'excess blob gas', header.excessBlobGas, nextExcessBlobGas(parent, fork));
  }
  checkGasLimit(header, parent);
  if (header.gasUsed > header.gasLimit) {
    fail('gasUsedAboveLimit', 'gas used', `at most ${header.gasLimit}`, header.gasUsed, header.gasLimit);
  }
  if (header.baseFee !== undefined) same('baseFee', 'base fee', header.baseFee, nextBaseFee(parent));
  checkExtraData(header, daoBlock);
  if (fork.rules.proofOfStake) checkStaked(header);
  else checkDifficulty(header, parent, fork);
}

function checkFields(header: Header, fork: Fork): void {
  const expected = headerFieldCount(fork);
  const actual = fieldCountOf(header);
  if (actual !== expected) {
    const message = `header: expected the ${expected} fields of ${fork.name}, got ${actual}`;
    throw new InvalidBlock('format', message, { actual: BigInt(actual), expected: BigInt(expected) });
  }
}

function checkGasLimit({ gasLimit, baseFee }: Header, parent: Header): void {
  if (gasLimit > MAX_GAS_LIMIT) {
    fail('gasLimitTooHigh', 'gas limit', `at most ${MAX_GAS_LIMIT}`, gasLimit, MAX_GAS_LIMIT);
  }
  if (gasLimit < MIN_GAS_LIMIT) {
    fail('gasLimit', 'gas limit', `at least ${MIN_GAS_LIMIT}`, gasLimit, MIN_GAS_LIMIT);
  }
  const isFirstWithBaseFee = baseFee !== undefined && parent.baseFee === undefined;
  const before = isFirstWithBaseFee ? parent.gasLimit * ELASTICITY : parent.gasLimit;
  const most = before / GAS_LIMIT_DIVISOR;
  const change = gasLimit > before ? gasLimit - before : before - gasLimit;
  if (change >= most) fail('gasLimit', 'gas limit', `less than ${most} from ${before}`, gasLimit, before);
}

function checkExtraData({ extraData, number }: Header, daoBlock: bigint | undefined): void {
  if (extraData.length > MAX_EXTRA_DATA_BYTES) {
    const most = BigInt(MAX_EXTRA_DATA_BYTES);
    fail('extraDataTooLong', 'extra data', `at most ${most} bytes`, BigInt(extraData.length), most);
  }
  if (daoBlock === undefined || number < daoBlock || number >= daoBlock + DAO_MARKED_BLOCKS) return;
  if (!equalBytes(extraData, DAO_EXTRA_DATA)) {
    throw new InvalidBlock('extraDataNotDao', `extra data: expected "dao-hard-fork" in block ${number}`);
  }
}

/** https://eips.ethereum.org/EIPS/eip-3675 */
function checkStaked({ difficulty, nonce, ommersHash }: Header): void {
  same('difficultyNotZero', 'difficulty', difficulty, 0n);
  same('nonceNotZero', 'nonce', BigInt(nonce), BigInt(NO_NONCE));
  if (ommersHash !== EMPTY_LIST_HASH) {
    throw new InvalidBlock('ommersNotEmpty', `ommers hash: expected that of none, got ${ommersHash}`);
  }
}

function checkDifficulty(header: Header, parent: Header, fork: Fork): void {
  const { difficulty, timestamp, ommersHash } = parent;
  const history = { difficulty, timestamp, hasOmmers: ommersHash !== EMPTY_LIST_HASH };
  const expected = nextDifficulty(fork, header.number, header.timestamp, history);
  same('difficulty', 'difficulty', header.difficulty, expected);
}

function same(fault: BlockFault, what: string, actual: bigint, expected: bigint): void {
  if (actual !== expected) fail(fault, what, `${expected}`, actual, expected);
}

function fail(fault: BlockFault, what: string, words: string, actual: bigint, expected: bigint): never {
  throw new InvalidBlock(fault, `${what}: expected ${words}, got ${actual}`, { actual, expected });
}
