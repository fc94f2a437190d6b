/**
 * The meter of the official fixtures (tests-bal v5.7.0): gas of state that is undone goes to the reservoir, wherever it
 * came from. What is odd here is so in the fixtures, and `docs/amsterdam.md` has it.
 */

import type { Account } from '../state/account.ts';
import type { Arena } from './arena.ts';
import type { FrameResult } from './result.ts';
import { StateGas, type StateGasMark, ZERO } from './stateGas.ts';

/** The meter of one run. */
export class ReservoirMeter extends StateGas {
  /** gas that came back because what it was for is gone again, in frames that are running, or have ended well */
  #refilled = ZERO;
  /** what frames that failed did not hand back */
  #forfeited = ZERO;

  override begin(price: bigint, reservoir: bigint): void {
    super.begin(price, reservoir);
    this.#refilled = this.#forfeited = ZERO;
  }

  protected override get own(): readonly bigint[] {
    return [this.#refilled, this.#forfeited];
  }

  protected override set own([refilled, forfeited]: readonly bigint[]) {
    this.#refilled = refilled;
    this.#forfeited = forfeited;
  }

  refill(_arena: Arena, _frame: number, bytes: number): void {
    const gas = this.gasOf(bytes);
    this.reservoir += gas;
    this.used -= gas;
    this.#refilled += gas;
  }

  enter(): void {}

  mark(frame: StateGasMark): void {
    frame.stateGasUsed = this.used;
    frame.stateGasRefilled = this.#refilled;
  }

  /**
   * What a failed frame created is gone, and its gas goes back to the reservoir. Of what the frame had itself refilled
   * the reservoir keeps nothing.
   */
  end(frame: StateGasMark, result: FrameResult): FrameResult {
    if (result.status === 'success') return result;
    const used = this.used - frame.stateGasUsed;
    const refilled = this.#refilled - frame.stateGasRefilled;
    const wanted = this.reservoir + (used > ZERO ? used : ZERO) - refilled;
    const left = wanted > ZERO ? wanted : ZERO;
    this.#forfeited += this.reservoir + used - left;
    this.reservoir = left;
    this.used = frame.stateGasUsed;
    this.#refilled = frame.stateGasRefilled;
    return result;
  }

  endOutermost(result: FrameResult): FrameResult {
    if (result.status === 'success') return result;
    this.reservoir += this.used;
    this.used = ZERO;
    return result;
  }

  /** Their gas comes back, but no more than was charged. */
  remove(accounts: readonly Account[], bytes: (account: Account) => number): void {
    let sum = 0;
    for (const account of accounts) sum += bytes(account);
    const gas = this.gasOf(sum);
    const refilled = gas < this.used ? gas : this.used;
    this.reservoir += refilled;
    this.used -= refilled;
  }

  /** Where nothing could be created the gas is gone, but nobody counts it. */
  override regularUsed(gas: bigint, result: FrameResult): bigint {
    if (result.halt?.reason === 'addressCollision') return ZERO;
    return super.regularUsed(gas, result) - this.#forfeited;
  }
}
