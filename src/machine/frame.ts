/** A call or a creation that is open. */

import type { Account } from '../state/account.ts';
import type { PlacedCode } from './arena.ts';
import type { FrameKind } from './tracer.ts';

/** A frame: what its engine does not need to know. */
export class Frame {
  pointer = 0;
  kind: FrameKind = 'CALL';
  /** whose storage and balance it runs with */
  account!: Account;
  /** whose code it runs; the account itself where a contract is being created */
  callee!: Account;
  /** where the journal was before it opened */
  checkpoint = 0;
  isCreation = false;
  placed!: PlacedCode;
  /** the gas that it opened with, exact below 2^53: what its code's heat is measured by */
  opening = 0;
  /** the gas that it opened with */
  gas = 0n;
  /** what the meter of state gas showed then, where there is one */
  stateGasUsed = 0n;
  stateGasRefilled = 0n;
  stateGasReservoir = 0n;
  stateGasBorrowed = 0n;
  /** bytes of state that its caller paid for it, and gets back where it fails */
  stateBytes = 0;
}
