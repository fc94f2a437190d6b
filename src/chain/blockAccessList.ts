/**
 * Block access lists as bytes, as the hash that headers commit to, and as JSON.
 * https://eips.ethereum.org/EIPS/eip-7928
 */

import { type Address, bigIntToMinimalBytes, fromHex, type Hex, toAddress, toHex } from '../bytes.ts';
import { keccak256 } from '../keccak.ts';
import { encodeRlp, type RlpInput } from '../rlp.ts';
import type { AccountAccess, BlockAccessList, Change } from '../state/accessRecorder.ts';

/** A list's RLP. Slots and values are integers there, without leading zeros. */
export function encodeBlockAccessList(list: BlockAccessList): Uint8Array {
  return encodeRlp(list.map(accountItem));
}

function accountItem(access: AccountAccess): RlpInput {
  const { address, storageChanges, storageReads } = access;
  const { balanceChanges, nonceChanges, codeChanges } = access;
  return [
    fromHex(address),
    storageChanges.map(({ slot, changes }) => [slot, changes.map(changeItem)]),
    storageReads,
    balanceChanges.map(changeItem),
    nonceChanges.map(changeItem),
    codeChanges.map(changeItem),
  ];
}

function changeItem({ index, value }: Change<bigint | Uint8Array>): RlpInput {
  return [index, value];
}

/** What a header says of the list: keccak-256 of its RLP. */
export function blockAccessListHash(list: BlockAccessList): Hex {
  return toHex(keccak256(encodeBlockAccessList(list)));
}

/** How many items a list has, which the block's gas limit bounds: accounts, and slots read or written. */
export function blockAccessListItems(list: BlockAccessList): number {
  let items = list.length;
  for (const { storageChanges, storageReads } of list) items += storageChanges.length + storageReads.length;
  return items;
}

/** A list as JSON, as the official fixtures write it. */
export interface AccountAccessJson {
  readonly address: Address;
  readonly nonceChanges: readonly { readonly blockAccessIndex: Hex; readonly postNonce: Hex }[];
  readonly balanceChanges: readonly { readonly blockAccessIndex: Hex; readonly postBalance: Hex }[];
  readonly codeChanges: readonly { readonly blockAccessIndex: Hex; readonly newCode: Hex }[];
  readonly storageChanges: readonly {
    readonly slot: Hex;
    readonly slotChanges: readonly { readonly blockAccessIndex: Hex; readonly postValue: Hex }[];
  }[];
  readonly storageReads: readonly Hex[];
}

/** A list as JSON: numbers in hexadecimal, two digits at least and of even number. */
export function blockAccessListToJson(list: BlockAccessList): readonly AccountAccessJson[] {
  return list.map((access) => ({
    address: access.address,
    nonceChanges: access.nonceChanges.map(({ index, value }) => ({ ...at(index), postNonce: hex(value) })),
    balanceChanges: access.balanceChanges.map(({ index, value }) => ({
      ...at(index),
      postBalance: hex(value),
    })),
    codeChanges: access.codeChanges.map(({ index, value }) => ({ ...at(index), newCode: toHex(value) })),
    storageChanges: access.storageChanges.map(({ slot, changes }) => ({
      slot: hex(slot),
      slotChanges: changes.map(({ index, value }) => ({ ...at(index), postValue: hex(value) })),
    })),
    storageReads: access.storageReads.map(hex),
  }));
}

function at(index: number): { readonly blockAccessIndex: Hex } {
  return { blockAccessIndex: hex(BigInt(index)) };
}

function hex(value: bigint): Hex {
  return value === 0n ? '0x00' : toHex(bigIntToMinimalBytes(value));
}

/**
 * A list from its JSON. Whether it is in order is for `decodeBlockAccessList` to say, of its encoding.
 * @throws {SyntaxError} for a number that is none
 * @throws {TypeError} for an address or code that is no hex
 */
export function blockAccessListFromJson(json: readonly AccountAccessJson[]): BlockAccessList {
  return json.map(({ address, nonceChanges, balanceChanges, codeChanges, storageChanges, storageReads }) => ({
    address: toAddress(address),
    nonceChanges: nonceChanges.map((change) => changeOf(change, BigInt(change.postNonce))),
    balanceChanges: balanceChanges.map((change) => changeOf(change, BigInt(change.postBalance))),
    codeChanges: codeChanges.map((change) => changeOf(change, fromHex(change.newCode))),
    storageChanges: storageChanges.map(({ slot, slotChanges }) => ({
      slot: BigInt(slot),
      changes: slotChanges.map((change) => changeOf(change, BigInt(change.postValue))),
    })),
    storageReads: storageReads.map(BigInt),
  }));
}

function changeOf<T>({ blockAccessIndex }: { readonly blockAccessIndex: Hex }, value: T): Change<T> {
  return { index: Number(blockAccessIndex), value };
}
