/**
 * Block access lists from bytes, strictly: one list has one encoding. https://eips.ethereum.org/EIPS/eip-7928
 */

import { toAddress } from '../bytes.ts';
import { InvalidBlock } from '../errors.ts';
import { decodeRlp, InvalidRlp, type Rlp, readBytes, readInteger, readList, readNumber } from '../rlp.ts';
import type { AccountAccess, BlockAccessList, Change, SlotChanges } from '../state/accessRecorder.ts';
import { orderFault } from './blockAccessListOrder.ts';

/**
 * A list from its RLP.
 * @param steps how many steps the block has: its transactions, and one before and one after them
 * @throws {InvalidBlock} `rlp` where it is none; `format` where something is out of order, twice, or of a step that
 * the block does not have
 */
export function decodeBlockAccessList(bytes: Uint8Array, steps: number): BlockAccessList {
  const list = listFrom(bytes);
  const fault = orderFault(list, steps);
  if (fault !== undefined) throw new InvalidBlock('format', `block access list, ${fault}`);
  return list;
}

function listFrom(bytes: Uint8Array): BlockAccessList {
  try {
    return readList(decodeRlp(bytes), 'block access list').map(accountFromRlp);
  } catch (error) {
    if (!(error instanceof InvalidRlp)) throw error;
    throw new InvalidBlock('rlp', error.message, { cause: error });
  }
}

function accountFromRlp(item: Rlp): AccountAccess {
  const [address, changed, read, balances, nonces, codes] = readList(item, 'account access', 6);
  return {
    address: toAddress(readBytes(address, 'account access, address', 20)),
    storageChanges: readList(changed, 'storage changes').map(slotFromRlp),
    storageReads: readList(read, 'storage reads').map((slot) => readInteger(slot, 'storage read')),
    balanceChanges: changesFromRlp(balances, 'balance change', readInteger),
    nonceChanges: changesFromRlp(nonces, 'nonce change', (value, where) => readInteger(value, where, 8)),
    codeChanges: changesFromRlp(codes, 'code change', readBytes),
  };
}

function slotFromRlp(item: Rlp): SlotChanges {
  const [slot, values] = readList(item, 'slot changes', 2);
  return {
    slot: readInteger(slot, 'slot changes, slot'),
    changes: changesFromRlp(values, 'slot change', readInteger),
  };
}

function changesFromRlp<T>(
  item: Rlp,
  what: string,
  read: (value: Rlp, where: string) => T,
): readonly Change<T>[] {
  return readList(item, `${what}s`).map((change) => {
    const [index, value] = readList(change, what, 2);
    return { index: readNumber(index, `${what}, index`), value: read(value, `${what}, value`) };
  });
}
