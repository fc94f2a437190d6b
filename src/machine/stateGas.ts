/**
 * Gas for the state that a run creates, beside the gas that its instructions cost. It comes out of a reservoir, which
 * passes from frame to frame, and where that is empty out of the running frame's gas. Where it goes when what it paid
 * for is undone is what the two meters differ in: `reservoirMeter.ts` and `repayingMeter.ts`.
 * https://eips.ethereum.org/EIPS/eip-8037, as `docs/amsterdam.md` has it
 *
 * All in bigints: a byte of state costs more than 10^14 gas in a block of the greatest gas limit. Only instructions
 * that create state come here, and those cost thousands of gas.
 */

import type { Account } from '../state/account.ts';
import type { Arena } from './arena.ts';
import { chargeLarge } from './gas.ts';
import type { FrameResult } from './result.ts';

/** What a meter showed when a frame opened; kept with the frame. */
export interface StateGasMark {
  stateGasUsed: bigint;
  stateGasRefilled: bigint;
  stateGasReservoir: bigint;
  stateGasBorrowed: bigint;
}

export const ZERO = 0n;

/** The meter of one run. */
export abstract class StateGas {
  /** what the reservoir was given in all */
  protected granted = ZERO;
  /** what is left that no frame's gas holds */
  reservoir = ZERO;
  /** gas for the state that was created and stands */
  used = ZERO;
  #price = ZERO;

  /** Readies the meter for a run: gas per byte of state, and what is put aside for it. */
  begin(price: bigint, reservoir: bigint): void {
    this.#price = price;
    this.reservoir = this.granted = reservoir;
    this.used = ZERO;
  }

  /** All that it shows; its price is the run's. */
  get image(): readonly bigint[] {
    return [this.granted, this.reservoir, this.used, ...this.own];
  }

  /** Shows what an image has. */
  become([granted, reservoir, used, ...own]: readonly bigint[]): void {
    this.granted = granted;
    this.reservoir = reservoir;
    this.used = used;
    this.own = own;
  }

  /** what a meter of its kind notes beside */
  protected abstract own: readonly bigint[];

  /** Gas that so many bytes of state cost. */
  gasOf(bytes: number): bigint {
    return this.#price * BigInt(bytes);
  }

  /** Adds to the reservoir, before anything runs. */
  grant(bytes: number): void {
    const gas = this.gasOf(bytes);
    this.reservoir += gas;
    this.granted += gas;
  }

  /** Whether a frame with that gas left could pay for so many bytes. */
  affords(gasLeft: bigint, bytes: number): boolean {
    return this.gasOf(bytes) <= this.reservoir + gasLeft;
  }

  /** Charges a frame for so many bytes; false, and nothing changed, where it cannot pay. */
  charge(arena: Arena, frame: number, bytes: number): boolean {
    const gas = this.gasOf(bytes);
    const fromReservoir = gas < this.reservoir ? gas : this.reservoir;
    const rest = gas - fromReservoir;
    if (rest > ZERO && !chargeLarge(arena, frame, rest)) return false;
    this.pay(fromReservoir, rest);
    return true;
  }

  /** The same before any frame is open: what of that gas is left, or undefined where it is not enough. */
  chargeUpfront(gasLeft: bigint, bytes: number): bigint | undefined {
    const gas = this.gasOf(bytes);
    const fromReservoir = gas < this.reservoir ? gas : this.reservoir;
    const rest = gas - fromReservoir;
    if (rest > gasLeft) return undefined;
    this.pay(fromReservoir, rest);
    return gasLeft - rest;
  }

  /** Notes what a charge took, from the reservoir and from a frame. */
  protected pay(fromReservoir: bigint, _fromFrame: bigint): void {
    this.reservoir -= fromReservoir;
    this.used += fromReservoir + _fromFrame;
  }

  /** Gives the gas of so many bytes back that are gone again, in the frame that runs. */
  abstract refill(arena: Arena, frame: number, bytes: number): void;

  /** From here on all belongs to the outermost frame, whose failure undoes it. */
  abstract enter(): void;

  /** Notes where a frame below another begins. */
  abstract mark(frame: StateGasMark): void;

  /** Such a frame has ended. Returns what it leaves to its caller, its gas of state included. */
  abstract end(frame: StateGasMark, result: FrameResult): FrameResult;

  /** The outermost frame has ended, or none was opened. */
  abstract endOutermost(result: FrameResult): FrameResult;

  /** Accounts go at the end of a run that were made in it; `bytes` says what each is. */
  abstract remove(accounts: readonly Account[], bytes: (account: Account) => number): void;

  /**
   * The regular gas that a run used: all that its frames and the reservoir were given, and that neither is left nor
   * went for state. Counted so, no instruction needs to tell its gas apart.
   */
  regularUsed(gas: bigint, { gasLeft }: FrameResult): bigint {
    return gas + this.granted - gasLeft - this.reservoir - this.used;
  }
}
