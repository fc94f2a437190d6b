/**
 * Gas for the state that a run creates, beside the gas that its instructions cost. It comes out of a reservoir, which
 * passes from frame to frame, and where that is empty out of the running frame's gas.
 * https://eips.ethereum.org/EIPS/eip-8037, as `docs/amsterdam.md` has it
 *
 * All in bigints: a byte of state costs more than 10^14 gas in a block of the greatest gas limit. Only instructions
 * that create state come here, and those cost thousands of gas.
 */

import type { Arena } from './arena.ts';
import { chargeLarge } from './gas.ts';

/** What the meter showed when a frame opened; kept with the frame. */
export interface StateGasMark {
  stateGasUsed: bigint;
  stateGasRefilled: bigint;
}

const ZERO = 0n;

/** The meter of one run. */
export class StateGas {
  /** gas per byte of state */
  #price = ZERO;
  #reservoir = ZERO;
  /** gas for what frames have created that are running, or have ended well */
  #used = ZERO;
  /** gas that came back because what it was for is gone again; likewise */
  #refilled = ZERO;
  /** what the reservoir was given in all */
  #granted = ZERO;
  /** what frames that failed did not hand back */
  #forfeited = ZERO;

  /** Readies the meter for a run. */
  begin(price: bigint, reservoir: bigint): void {
    this.#price = price;
    this.#reservoir = this.#granted = reservoir;
    this.#used = this.#refilled = this.#forfeited = ZERO;
  }

  /** What is left that no frame's gas holds. */
  get reservoir(): bigint {
    return this.#reservoir;
  }

  /** Gas for the state that was created and stands. */
  get used(): bigint {
    return this.#used;
  }

  /** Gas that so many bytes of state cost. */
  gasOf(bytes: number): bigint {
    return this.#price * BigInt(bytes);
  }

  /** Adds to the reservoir, before anything runs. */
  grant(bytes: number): void {
    const gas = this.gasOf(bytes);
    this.#reservoir += gas;
    this.#granted += gas;
  }

  /** Whether a frame with that gas left could pay for so many bytes. */
  affords(gasLeft: bigint, bytes: number): boolean {
    return this.gasOf(bytes) <= this.#reservoir + gasLeft;
  }

  /** Charges a frame for so many bytes; false, and nothing changed, where it cannot pay. */
  charge(arena: Arena, frame: number, bytes: number): boolean {
    const gas = this.gasOf(bytes);
    const fromReservoir = gas < this.#reservoir ? gas : this.#reservoir;
    if (gas > fromReservoir && !chargeLarge(arena, frame, gas - fromReservoir)) return false;
    this.#reservoir -= fromReservoir;
    this.#used += gas;
    return true;
  }

  /** Gives the gas of so many bytes back to the reservoir, wherever it came from. */
  refill(bytes: number): void {
    const gas = this.gasOf(bytes);
    this.#reservoir += gas;
    this.#used -= gas;
    this.#refilled += gas;
  }

  /** Notes where a frame begins. */
  mark(frame: StateGasMark): void {
    frame.stateGasUsed = this.#used;
    frame.stateGasRefilled = this.#refilled;
  }

  /**
   * A frame below another has failed: what it created is gone, and its gas goes back to the reservoir. Of what the
   * frame had itself refilled the reservoir keeps nothing: so the fixtures have it.
   */
  fail(frame: StateGasMark): void {
    const used = this.#used - frame.stateGasUsed;
    const refilled = this.#refilled - frame.stateGasRefilled;
    const wanted = this.#reservoir + (used > ZERO ? used : ZERO) - refilled;
    const left = wanted > ZERO ? wanted : ZERO;
    this.#forfeited += this.#reservoir + used - left;
    this.#reservoir = left;
    this.#used = frame.stateGasUsed;
    this.#refilled = frame.stateGasRefilled;
  }

  /** The outermost frame has failed: everything for state goes back to the reservoir. */
  failAll(): void {
    this.#reservoir += this.#used;
    this.#used = ZERO;
  }

  /** Accounts went at the end of a run that were made in it: their gas comes back, but no more than was charged. */
  refillAtMostUsed(bytes: number): void {
    const gas = this.gasOf(bytes);
    const refilled = gas < this.#used ? gas : this.#used;
    this.#reservoir += refilled;
    this.#used -= refilled;
  }

  /**
   * The regular gas that a run used: all that its frames and the reservoir were given, and that neither is left nor
   * went for state. Counted so, no instruction needs to tell its gas apart.
   */
  regularUsed(gas: bigint, gasLeft: bigint): bigint {
    return gas + this.#granted - gasLeft - this.#reservoir - this.#used - this.#forfeited;
  }
}
