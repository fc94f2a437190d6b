/**
 * Gas that a transaction pays before anything runs, and the least it pays in all. Forks differ only in `params`.
 */

import type { Address } from '../bytes.ts';
import type { Fork } from '../protocol/forks.ts';
import { accessListOf, authorizationCount, type UnsignedTransaction } from './transaction.ts';

/** Bytes of an access list: an address, and a storage key (EIP-7981). */
const ADDRESS_BYTES = 20;
const STORAGE_KEY_BYTES = 32;

/** What a transaction must be able to pay. The gas limit covers `regular + state`, and `floor`. */
export interface IntrinsicGas {
  readonly regular: bigint;
  /** gas for the state that it certainly creates (EIP-8037); 0 where it pays for that as it runs */
  readonly state: bigint;
  /** the least gas that is charged in the end (EIP-7623); 0 where there is no floor */
  readonly floor: bigint;
}

/**
 * The gas a transaction pays before anything runs (https://eips.ethereum.org/EIPS/eip-2028, 2930, 3860, 7702, 2780,
 * 8037) and its floor (https://eips.ethereum.org/EIPS/eip-7623, 7976, 7981).
 * @param sender who pays nothing for reaching itself
 * @param stateByteGas gas per byte of state (`stateByteGas` in `fees.ts`)
 */
export function intrinsicGas(
  tx: UnsignedTransaction,
  sender: Address,
  fork: Fork,
  stateByteGas: bigint,
): IntrinsicGas {
  const { params, rules } = fork;
  const zeroBytes = countZeroBytes(tx.data);
  const nonZeroBytes = tx.data.length - zeroBytes;
  const accessList = accessListOf(tx);
  let keys = 0;
  for (const entry of accessList) keys += entry.storageKeys.length;
  const authorizations = authorizationCount(tx);

  let base = params.txBaseGas;
  if (tx.to !== null && tx.to.toLowerCase() !== sender) {
    base += params.txRecipientGas + (tx.value > 0n ? params.txValueGas : 0);
  }
  const creation = tx.to === null ? params.txCreateGas : 0;
  const accessListBytes = accessList.length * ADDRESS_BYTES + keys * STORAGE_KEY_BYTES;
  const accessListByteGas = accessListBytes * params.txAccessListByteGas;

  let regular = base + creation + accessListByteGas;
  regular += zeroBytes * params.txZeroByteGas + nonZeroBytes * params.txNonZeroByteGas;
  regular += accessList.length * params.txAccessListAddressGas + keys * params.txAccessListKeyGas;
  regular += authorizations * params.txAuthorizationGas;
  let stateBytes = authorizations * params.txAuthorizationStateBytes;
  if (tx.to === null) {
    regular += Math.ceil(tx.data.length / 32) * params.initcodeWordGas;
    stateBytes += params.txCreateStateBytes;
  }

  // Without a floor it is 0 and not the base gas: refunds may take early forks below that.
  let floor = 0;
  if (params.txFloorNonZeroByteGas !== 0) {
    floor = base + (rules.floorCountsCreation ? creation : 0) + accessListByteGas;
    floor += zeroBytes * params.txFloorZeroByteGas + nonZeroBytes * params.txFloorNonZeroByteGas;
  }
  return { regular: BigInt(regular), state: BigInt(stateBytes) * stateByteGas, floor: BigInt(floor) };
}

function countZeroBytes(data: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < data.length; i++) if (data[i] === 0) count++;
  return count;
}
