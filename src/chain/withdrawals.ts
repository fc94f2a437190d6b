/** Withdrawals from the beacon chain. https://eips.ethereum.org/EIPS/eip-4895 */

import { type Address, fromHex, type Hex, toAddress, toHex } from '../bytes.ts';
import { encodeRlp, type Rlp, type RlpInput, readBytes, readInteger, readList } from '../rlp.ts';
import { orderedRoot } from '../trie/orderedRoot.ts';

/** Ether that a validator takes out. */
export interface Withdrawal {
  /** counts all withdrawals; below 2^64 */
  readonly index: bigint;
  /** below 2^64 */
  readonly validatorIndex: bigint;
  readonly address: Address;
  /** gwei, below 2^64 */
  readonly amount: bigint;
}

/** Wei in a gwei. */
const GWEI = 1_000_000_000n;

/** What it adds to the account's balance, wei. */
export function withdrawalWei({ amount }: Withdrawal): bigint {
  return amount * GWEI;
}

/**
 * A withdrawal from its decoded RLP.
 * @throws {InvalidRlp} when it is none
 */
export function withdrawalFromRlp(item: Rlp): Withdrawal {
  const [index, validatorIndex, address, amount] = readList(item, 'withdrawal', 4);
  return {
    index: readInteger(index, 'withdrawal index', 8),
    validatorIndex: readInteger(validatorIndex, 'withdrawal validatorIndex', 8),
    address: toAddress(readBytes(address, 'withdrawal address', 20)),
    amount: readInteger(amount, 'withdrawal amount', 8),
  };
}

/** A withdrawal as an item to be encoded. */
export function withdrawalItem({ index, validatorIndex, address, amount }: Withdrawal): RlpInput {
  return [index, validatorIndex, fromHex(address), amount];
}

/** The root of a block's withdrawals. */
export function withdrawalsRoot(withdrawals: readonly Withdrawal[]): Hex {
  return toHex(orderedRoot(withdrawals.map((withdrawal) => encodeRlp(withdrawalItem(withdrawal)))));
}
