/** The keys of the state's tries: hashes of addresses and of slots, remembered where they are likely to return. */

import { type Address, fromHex } from '../bytes.ts';
import { keccak256 } from './hash.ts';

/** How many addresses are remembered, at most; about 300 bytes each. All are forgotten together. */
const MAX_ADDRESSES = 1 << 14;

/** Slots below this are remembered: variables of contracts. Others are mostly hashes and seldom return. */
const MAX_SMALL_SLOT = 1 << 12;

const hashOfAddress = new Map<Address, Uint8Array>();
const hashOfSmallSlot: Uint8Array[] = [];

/** The key of an account: the hash of its address. Not to be changed. */
export function accountKey(address: Address): Uint8Array {
  let hash = hashOfAddress.get(address);
  if (hash === undefined) {
    hash = keccak256(fromHex(address));
    if (hashOfAddress.size >= MAX_ADDRESSES) hashOfAddress.clear();
    hashOfAddress.set(address, hash);
  }
  return hash;
}

/** The key of a slot: the hash of its number as 32 bytes. Not to be changed. */
export function slotKey(slot: bigint): Uint8Array {
  if (slot >= MAX_SMALL_SLOT) return keccak256(slotBytes(slot));
  // A dense array and no map by bigint: engines hash only a bigint's low bits, and slots are chosen by strangers.
  for (let next = hashOfSmallSlot.length; next <= slot; next++) {
    hashOfSmallSlot.push(keccak256(slotBytes(BigInt(next))));
  }
  return hashOfSmallSlot[Number(slot)];
}

function slotBytes(slot: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  let rest = slot;
  for (let at = 24; at >= 0 && rest > 0n; at -= 8, rest >>= 64n) {
    new DataView(bytes.buffer).setBigUint64(at, rest & 0xffff_ffff_ffff_ffffn);
  }
  return bytes;
}
