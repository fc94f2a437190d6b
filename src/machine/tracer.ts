/**
 * Watching a machine. A tracer is an object with the methods it wants. Each is given one record that is reused from
 * call to call; views into the machine are good during the call only.
 */

import type { Address } from '../bytes.ts';
import type { Fork } from '../protocol/forks.ts';
import type { StateChange } from '../state/stateChange.ts';
import type { BlockContext, Log } from './environment.ts';
import type { Fault } from './fault.ts';
import type { FrameResult, HaltReason } from './result.ts';
import type { WorldView } from './worldView.ts';

/** How a frame came to be. */
export type FrameKind =
  | 'CALL'
  | 'CALLCODE'
  | 'DELEGATECALL'
  | 'STATICCALL'
  | 'CREATE'
  | 'CREATE2'
  | 'SELFDESTRUCT';

/** A transaction that is valid and about to change something, or a message from outside. */
export interface TransactionStartEvent {
  readonly from: Address;
  /** whom it calls, or where it creates a contract */
  readonly to: Address;
  readonly isCreation: boolean;
  readonly value: bigint;
  readonly gasLimit: bigint;
  /** wei per gas that it pays */
  readonly gasPrice: bigint;
  /** call data or initcode */
  readonly input: Uint8Array;
  /** who signed its authorizations, where the signatures are good; recovered when asked for */
  readonly authorities: readonly Address[];
  readonly block: BlockContext;
  readonly fork: Fork;
  /** the world, now and at any later event of the transaction */
  readonly world: WorldView;
}

/** A transaction that has run and been paid for; accounts that go at its end are still there. */
export interface TransactionEndEvent {
  /** what its sender paid for: the gas that its receipt counts */
  readonly gasUsed: bigint;
}

/** A frame that opens, or that would have if there were no limits; nothing has happened in it yet. */
export interface EnterEvent {
  readonly kind: FrameKind;
  /** 0 is the outermost */
  readonly depth: number;
  readonly from: Address;
  /** who is called, where a contract is being created, or who gets a destroyed contract's ether */
  readonly to: Address;
  /** whose storage and balance it runs with */
  readonly address: Address;
  /** as CALLVALUE gives it; 0 for STATICCALL */
  readonly value: bigint;
  readonly gas: bigint;
  /** call data or initcode; a view */
  readonly input: Uint8Array;
  /** whether the address called is a precompile's */
  readonly isPrecompile: boolean;
}

/**
 * A frame that ends, or was not opened. Beside what its caller gets, `output` is here the code that a creation
 * returned, also where that was not deployed; and `halt` is there, too, where a creation of Frontier's could not pay
 * for its code and stands without.
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
   * All of its charges, gas handed to a called frame included, and gas for a creation's frame not; gas for state
   * (EIP-8037) neither, whichever gas pays for it. Of an instruction that could not be carried out: as far as its price
   * had been worked out.
   */
  readonly gasCost: bigint;
  /** What the frame's gas pays for state beyond that, where the reservoir is empty; below 0 where some comes back. */
  readonly stateGasCost: bigint;
  /** Gas and its cost in halves of 32 bits: for tracers that must not allocate. */
  readonly gasLow: number;
  readonly gasHigh: number;
  readonly gasCostLow: number;
  readonly gasCostHigh: number;
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
  /** whose storage and balance the frame runs with */
  readonly address: Address;
  /** as CALLER and CALLVALUE give them */
  readonly caller: Address;
  readonly value: bigint;
  /** the frame's call data, none in a creation; a view */
  readonly callData: Uint8Array;
  /** the word `depth` below the top */
  peek(depth: number): bigint;
  /** the stack as it is: words of eight limbs of 32 bits, the least significant first, from an index up; a view */
  readonly limbs: Uint32Array;
  readonly bottom: number;
  /** the stack from the bottom up */
  readonly stack: readonly bigint[];
  /** the same as limbs of 32 bits, eight a word, the least significant first; a view */
  readonly stackWords: Uint32Array;
  /** the memory; a view */
  readonly memory: Uint8Array;
  /** what the last call of the frame returned; a view */
  readonly returnData: Uint8Array;
}

/** What watches. */
export interface Tracer {
  /**
   * A transaction begins. It begins once more, from nothing, where the tracer asked the world for state that was not
   * at hand: who looks at the world forgets all it knows here.
   */
  onTransactionStart?(event: TransactionStartEvent): void;
  onTransactionEnd?(event: TransactionEndEvent): void;
  onEnter?(event: EnterEvent): void;
  /** an instruction, once; it has a fault where it failed before it was all paid for */
  onStep?(event: StepEvent): void;
  /** the same instruction again, once it has failed thereafter or has reverted: its operands are gone */
  onFault?(event: StepEvent): void;
  onLeave?(event: LeaveEvent): void;
  /** A balance, a nonce, code or a slot has changed, or has changed back. */
  onStateChange?(change: StateChange): void;
  /** A log is written; `index` counts those of the transaction that stand before it. */
  onLog?(log: Log, index: number): void;
}
