/**
 * Watching a machine. A tracer is an object with the methods it wants. Each is given one record that is reused from
 * call to call; views into the machine are good during the call only.
 */

import type { Address } from '../bytes.ts';
import type { Log } from './environment.ts';
import type { Fault } from './fault.ts';
import type { FrameResult, HaltReason } from './result.ts';

/** How a frame came to be. */
export type FrameKind =
  | 'CALL'
  | 'CALLCODE'
  | 'DELEGATECALL'
  | 'STATICCALL'
  | 'CREATE'
  | 'CREATE2'
  | 'SELFDESTRUCT';

/** A frame that opens. */
export interface EnterEvent {
  readonly kind: FrameKind;
  /** 0 is the outermost */
  readonly depth: number;
  readonly from: Address;
  /** whose code runs, or where a contract is being created */
  readonly to: Address;
  /** whose storage and balance it runs with */
  readonly address: Address;
  readonly value: bigint;
  readonly gas: bigint;
  /** call data or initcode; a view */
  readonly input: Uint8Array;
  readonly isPrecompile: boolean;
}

/**
 * A frame that ends. Beside what its caller gets, `output` is here the code that a creation returned, also where that
 * was not deployed; and `halt` is there, too, where a creation of Frontier's could not pay for its code and stands
 * without.
 */
export interface LeaveEvent extends FrameResult {
  readonly depth: number;
  readonly gasUsed: bigint;
  /** the instruction that it halted at, where it was one; a view */
  readonly fault: StepEvent | undefined;
}

/**
 * An instruction whose charges are made and whose effects follow, or that could not be carried out. Getters make what
 * they return anew.
 */
export interface StepEvent {
  readonly pc: number;
  readonly op: number;
  /** before the instruction */
  readonly gas: bigint;
  /**
   * All of its charges, gas handed to a called frame included, and gas for a creation's frame not. Of an instruction
   * that could not be carried out: as far as its price had been worked out.
   */
  readonly gasCost: bigint;
  /** 1 is the outermost frame's */
  readonly depth: number;
  /** the instruction's own included */
  readonly refund: bigint;
  /** bytes, before the instruction */
  readonly memorySize: number;
  readonly stackSize: number;
  /** why the frame halts, where the instruction cannot be carried out */
  readonly error: HaltReason | undefined;
  /** the same with all that is known of it */
  readonly fault: Fault | undefined;
  readonly address: Address;
  /** the word `depth` below the top */
  peek(depth: number): bigint;
  /** the stack from the bottom up */
  readonly stack: readonly bigint[];
  /** the memory; a view */
  readonly memory: Uint8Array;
  /** what the last call of the frame returned; a view */
  readonly returnData: Uint8Array;
}

/** What watches. */
export interface Tracer {
  onEnter?(event: EnterEvent): void;
  /** an instruction, once; it has a fault where it failed before it was all paid for */
  onStep?(event: StepEvent): void;
  /** the same instruction again, once it has failed thereafter or has reverted: its operands are gone */
  onFault?(event: StepEvent): void;
  onLeave?(event: LeaveEvent): void;
  onLog?(log: Log): void;
}
