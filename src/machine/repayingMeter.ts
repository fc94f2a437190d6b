/**
 * The meter of EIP-8037 as it is now: gas of state that is undone goes back to what paid for it last. A frame's gas
 * pays last, when the reservoir is empty, and so is repaid first. https://eips.ethereum.org/EIPS/eip-8037
 */

import type { Arena } from './arena.ts';
import { giveBackGas } from './gas.ts';
import type { FrameResult } from './result.ts';
import { StateGas, type StateGasMark, ZERO } from './stateGas.ts';

const LOW_BITS = 0xffffffffn;

/** The meter of one run. */
export class RepayingMeter extends StateGas {
  /** what state has cost of the running frame's gas, beyond the reservoir */
  #borrowed = ZERO;
  /** what the meter showed before what the outermost frame's failure undoes */
  #reservoirBefore = ZERO;
  #usedBefore = ZERO;

  override begin(price: bigint, reservoir: bigint): void {
    super.begin(price, reservoir);
    this.enter();
  }

  protected override get own(): readonly bigint[] {
    return [this.#borrowed, this.#reservoirBefore, this.#usedBefore];
  }

  protected override set own([borrowed, reservoirBefore, usedBefore]: readonly bigint[]) {
    this.#borrowed = borrowed;
    this.#reservoirBefore = reservoirBefore;
    this.#usedBefore = usedBefore;
  }

  protected override pay(fromReservoir: bigint, fromFrame: bigint): void {
    super.pay(fromReservoir, fromFrame);
    this.#borrowed += fromFrame;
  }

  refill(arena: Arena, frame: number, bytes: number): void {
    const gas = this.gasOf(bytes);
    const repaid = gas < this.#borrowed ? gas : this.#borrowed;
    if (repaid > ZERO) giveBackGas(arena, frame, Number(repaid & LOW_BITS), Number(repaid >> 32n));
    this.#borrowed -= repaid;
    this.reservoir += gas - repaid;
    this.used -= gas;
  }

  enter(): void {
    this.#reservoirBefore = this.reservoir;
    this.#usedBefore = this.used;
    this.#borrowed = ZERO;
  }

  mark(frame: StateGasMark): void {
    frame.stateGasUsed = this.used;
    frame.stateGasReservoir = this.reservoir;
    frame.stateGasBorrowed = this.#borrowed;
    this.#borrowed = ZERO;
  }

  end(frame: StateGasMark, result: FrameResult): FrameResult {
    const borrowed = this.#borrowed;
    this.#borrowed = frame.stateGasBorrowed;
    if (result.status === 'success') {
      this.#borrowed += borrowed;
      return result;
    }
    this.reservoir = frame.stateGasReservoir;
    this.used = frame.stateGasUsed;
    return repaid(result, borrowed);
  }

  endOutermost(result: FrameResult): FrameResult {
    if (result.status === 'success') return result;
    this.reservoir = this.#reservoirBefore;
    this.used = this.#usedBefore;
    return repaid(result, this.#borrowed);
  }

  /** What never gets into the trie was paid for all the same. */
  remove(): void {}
}

/** What a failed frame leaves: its gas is whole again, and where it halted gone. */
function repaid(result: FrameResult, borrowed: bigint): FrameResult {
  return result.status === 'halt' || borrowed === ZERO
    ? result
    : { ...result, gasLeft: result.gasLeft + borrowed };
}
