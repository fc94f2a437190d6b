/** What is told of a change of state, where someone wants to know. */

import type { Address, Hex } from '../bytes.ts';

/**
 * Why something changed:
 * - `gasPurchase`, `gasReturn`, `fee`: what a sender pays in advance and gets back, and what the coinbase gets
 * - `transfer`: ether that goes with a call, a creation or a transaction
 * - `selfdestruct`: ether that a destroyed contract sends on; and at the end of the transaction all that goes with it
 * - `burn`: ether that is gone with its contract
 * - `sending`: the nonce of a transaction's or a message's sender
 * - `creation`: nonces of creator and contract, and the code that was deployed
 * - `authorization`: the nonce and the code of who signed one (EIP-7702)
 * - `store`: SSTORE and TSTORE
 * - `revert`: the frame failed in which it had changed, or the whole transaction
 * - `clearing`: the account is empty, and goes (EIP-161)
 * - `protocol`: what blocks do beside their transactions
 */
export type ChangeReason =
  | 'gasPurchase'
  | 'gasReturn'
  | 'fee'
  | 'transfer'
  | 'selfdestruct'
  | 'burn'
  | 'sending'
  | 'creation'
  | 'authorization'
  | 'store'
  | 'revert'
  | 'clearing'
  | 'protocol';

interface ChangeBase {
  readonly address: Address;
  readonly reason: ChangeReason;
}

/** A balance in wei, or a nonce. */
export interface NumberChange extends ChangeBase {
  readonly kind: 'balance' | 'nonce';
  readonly before: bigint;
  readonly after: bigint;
}

/** Code; undefined before where nobody has asked for it yet. */
export interface CodeChange extends ChangeBase {
  readonly kind: 'code';
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
  readonly hashBefore: Hex;
  readonly hashAfter: Hex;
}

/** A slot of storage, or of transient storage. */
export interface SlotChange extends ChangeBase {
  readonly kind: 'slot' | 'transientSlot';
  readonly slot: bigint;
  readonly before: bigint;
  readonly after: bigint;
}

/** A change that has been made just now. */
export type StateChange = NumberChange | CodeChange | SlotChange;
