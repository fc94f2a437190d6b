/**
 * Gas that a transaction pays before anything runs, and the least it pays in all. Forks differ only in `params`.
 */

import type { Fork } from '../protocol/forks.ts';
import { accessListOf, authorizationCount, type UnsignedTransaction } from './transaction.ts';

/** Bytes of an access list that the floor counts: an address, and a storage key (EIP-7981). */
const ADDRESS_BYTES = 20;
const STORAGE_KEY_BYTES = 32;

/** What a transaction must be able to pay. The gas limit covers `regular + state`, and `floor`. */
export interface IntrinsicGas {
  readonly regular: bigint;
  /** gas for the state that it certainly creates (EIP-8037); 0 where state is not metered */
  readonly state: bigint;
  /** the least gas that is charged in the end (EIP-7623); 0 where there is no floor */
  readonly floor: bigint;
}

/**
 * The gas a transaction pays before anything runs (https://eips.ethereum.org/EIPS/eip-2028, 2930, 3860, 7702, 8037)
 * and its floor (https://eips.ethereum.org/EIPS/eip-7623, 7976, 7981).
 * @param stateByteGas gas per byte of state, of the block's gas limit (`stateByteGas` in `fees.ts`)
 */
export function intrinsicGas(tx: UnsignedTransaction, fork: Fork, stateByteGas: bigint): IntrinsicGas {
  const { params } = fork;
  const zeroBytes = countZeroBytes(tx.data);
  const nonZeroBytes = tx.data.length - zeroBytes;
  const accessList = accessListOf(tx);
  let keys = 0;
  for (const entry of accessList) keys += entry.storageKeys.length;
  const authorizations = authorizationCount(tx);

  let regular = params.txBaseGas;
  regular += zeroBytes * params.txZeroByteGas + nonZeroBytes * params.txNonZeroByteGas;
  regular += accessList.length * params.txAccessListAddressGas + keys * params.txAccessListKeyGas;
  regular += authorizations * params.txAuthorizationGas;
  // An authorization pays for its designator and for an authority that may not exist yet.
  let stateBytes = authorizations * (params.newAccountStateBytes + params.authorizationStateBytes);
  if (tx.to === null) {
    regular += params.txCreateGas + Math.ceil(tx.data.length / 32) * params.initcodeWordGas;
    stateBytes += params.newAccountStateBytes;
  }

  // Without a floor it is 0 and not the base gas: refunds may take early forks below that.
  let floor = 0;
  if (params.txFloorNonZeroByteGas !== 0) {
    const accessListBytes = accessList.length * ADDRESS_BYTES + keys * STORAGE_KEY_BYTES;
    floor = params.txBaseGas + accessListBytes * params.txFloorAccessListByteGas;
    floor += zeroBytes * params.txFloorZeroByteGas + nonZeroBytes * params.txFloorNonZeroByteGas;
  }
  return { regular: BigInt(regular), state: BigInt(stateBytes) * stateByteGas, floor: BigInt(floor) };
}

function countZeroBytes(data: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < data.length; i++) if (data[i] === 0) count++;
  return count;
}
