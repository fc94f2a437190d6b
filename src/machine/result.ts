/** What a message is, and what becomes of it. */

import type { Address } from '../bytes.ts';
import type { Opcode } from '../protocol/opcodes.ts';
import type { StateDiff } from '../state/diff.ts';
import type { Log } from './environment.ts';

/** Why a frame halted exceptionally. All of its gas is gone. */
export type HaltReason =
  | 'outOfGas'
  | 'stackUnderflow'
  | 'stackOverflow'
  | 'undefinedOpcode'
  | 'badJump'
  | 'returnDataOutOfBounds'
  | 'staticViolation'
  /** initcode of a CREATE above the fork's limit */
  | 'initcodeTooLarge'
  /** the outermost caller has less ether than it sends */
  | 'insufficientBalance'
  /** something is there already where a contract was to be created */
  | 'addressCollision'
  /** deployed code above the fork's limit */
  | 'codeTooLarge'
  /** deployed code that starts with 0xEF */
  | 'reservedCode'
  /** not enough gas for the code that a creation returned */
  | 'codeDepositUnpaid'
  /** a call or a creation that was not made: it would have been too deep. Only tracers see it */
  | 'callDepth'
  /** likewise, because the creator is out of nonces */
  | 'nonceOverflow'
  /** a precompile refused its input */
  | 'precompileFailure'
  /** the host's limit of memory, not the protocol's */
  | 'memoryCeiling'
  /** the host's limit of steps, not the protocol's */
  | 'stepsExhausted';

/** Where and why a frame halted. */
export interface Halt {
  readonly reason: HaltReason;
  /** position in the code; undefined where no code ran */
  readonly pc: number | undefined;
  /** the byte there */
  readonly opcode: number | undefined;
  /** the opcode there, where the byte is one */
  readonly name: Opcode['name'] | 'INVALID' | undefined;
}

/** A call or a creation from outside, without a transaction around it. */
export interface Message {
  readonly caller: Address;
  /** null creates a contract from `data` */
  readonly to: Address | null;
  /** wei; 0 by default */
  readonly value?: bigint;
  /** call data, or initcode; none by default */
  readonly data?: Uint8Array;
  /** 0 ≤ gas < 2^63 */
  readonly gas: bigint;
  /** gas for new state alone, from Amsterdam on; 0 by default: it is then paid out of `gas` */
  readonly stateGas?: bigint;
  /** ORIGIN; the caller by default */
  readonly origin?: Address;
  /** wei */
  readonly gasPrice?: bigint;
  readonly blobHashes?: readonly bigint[];
  /** runs in place of the code of `to` */
  readonly code?: Uint8Array;
  /** state must not change */
  readonly isStatic?: boolean;
  /** creates at the address that CREATE2 would give */
  readonly salt?: bigint;
}

/** How a frame ended. */
export interface FrameResult {
  readonly status: 'success' | 'revert' | 'halt';
  /** why, where the status is `halt` */
  readonly halt: Halt | undefined;
  /** what it returned, or what it reverted with */
  readonly output: Uint8Array;
  readonly gasLeft: bigint;
  /** where a contract was created */
  readonly created: Address | undefined;
}

/** The same with what the outermost frame did to the world. */
export interface CallResult extends FrameResult {
  /** of both gases, and what frames that failed forfeited of either */
  readonly gasUsed: bigint;
  /** what instructions cost; all of `gasUsed` before Amsterdam */
  readonly regularGasUsed: bigint;
  /** what new state cost that stands (https://eips.ethereum.org/EIPS/eip-8037); 0 before Amsterdam */
  readonly stateGasUsed: bigint;
  /** what is left of `Message.stateGas`, or came back to it */
  readonly stateGasLeft: bigint;
  /** gas that a transaction would give back, uncapped */
  readonly gasRefund: bigint;
  readonly logs: readonly Log[];
  /** what differs from the source, as of the first reading: on a shared state, read it before the next run */
  readonly diff: StateDiff;
}
