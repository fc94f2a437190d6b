/**
 * The meter of state gas against a model that is told as the EIP tells it: one reservoir for all, and of each frame its
 * gas, what state was paid out of that, and what its state costs on the whole. What is undone is refilled, last in,
 * first out. https://eips.ethereum.org/EIPS/eip-8037#transaction-level-gas-accounting-reservoir-model
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Arena } from '../../src/machine/arena.ts';
import { Frame } from '../../src/machine/frame.ts';
import { gasLeft } from '../../src/machine/gas.ts';
import { FRAME } from '../../src/machine/layout.ts';
import { RepayingMeter } from '../../src/machine/repayingMeter.ts';
import type { FrameResult } from '../../src/machine/result.ts';
import type { StateGasMark } from '../../src/machine/stateGas.ts';

const FRAME_BYTES = 256;
const MOST_FRAMES = 8;
const STIPEND = 2300n;
const ACCOUNT_BYTES = 120;

/** A frame of the model. */
interface Model {
  gasLeft: bigint;
  /** `state_gas_from_gas_left` */
  fromGasLeft: bigint;
  /** gas for state that its failure undoes; below zero where it cleared more than it made */
  charged: bigint;
  /** whether its failure undoes an account that its caller paid for */
  readonly makesAccount: boolean;
  /** what the reservoir was when it began */
  reservoirBefore: bigint;
}

type Status = FrameResult['status'];
type Action =
  | { readonly do: 'execute'; readonly gas: bigint }
  | { readonly do: 'create' | 'clear'; readonly bytes: number }
  | { readonly do: 'open'; readonly makesAccount: boolean; readonly hasStipend: boolean }
  | { readonly do: 'end'; readonly how: Status };

const status = fc.constantFrom<Status>('success', 'revert', 'halt');
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constant('execute' as const), gas: fc.bigInt(0n, 5000n) }),
  fc.record({ do: fc.constantFrom('create' as const, 'clear' as const), bytes: fc.nat(150) }),
  fc.record({ do: fc.constant('open' as const), makesAccount: fc.boolean(), hasStipend: fc.boolean() }),
  fc.record({ do: fc.constant('end' as const), how: status }),
);

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);

function ended(how: Status, gasLeft: bigint): FrameResult {
  return { status: how, halt: undefined, output: new Uint8Array(0), gasLeft, created: undefined };
}

/** Drives the meter and the model alike. */
class Pair {
  readonly meter = new RepayingMeter();
  readonly #arena: Arena;
  readonly #i64 = new BigInt64Array((MOST_FRAMES * FRAME_BYTES) / 8);
  readonly #marks: StateGasMark[] = [];
  readonly #models: Model[] = [];
  readonly #price: bigint;
  reservoir: bigint;
  stateUsed = 0n;
  executionUsed = 0n;

  /** `standing` is paid before anything that the outermost frame's failure undoes, `undone` just before it begins. */
  constructor(price: bigint, gas: bigint, reservoir: bigint, standing: number, undone: number) {
    const { buffer } = this.#i64;
    this.#arena = { i64: this.#i64, u32: new Uint32Array(buffer) } as unknown as Arena;
    this.#price = price;
    this.reservoir = reservoir;
    this.meter.begin(price, reservoir);
    const first = { gasLeft: gas, fromGasLeft: 0n, charged: 0n, makesAccount: false, reservoirBefore: 0n };
    this.#models.push(first);
    this.gasLeft = this.#upfront(gas, standing);
    this.meter.enter();
    Object.assign(first, { fromGasLeft: 0n, charged: 0n, reservoirBefore: this.reservoir });
    this.gasLeft = this.#upfront(this.gasLeft, undone);
  }

  get model(): Model {
    return this.#models[this.#models.length - 1];
  }

  get #frame(): number {
    return (this.#models.length - 1) * FRAME_BYTES;
  }

  get gasLeft(): bigint {
    return gasLeft(this.#arena, this.#frame);
  }

  set gasLeft(gas: bigint) {
    this.#i64[(this.#frame + FRAME.gas) >> 3] = gas;
    this.#i64[(this.#frame + FRAME.gasReserve) >> 3] = 0n;
  }

  /** What transactions pay before their first frame; nothing where they cannot. */
  #upfront(gas: bigint, bytes: number): bigint {
    const canPay = this.#price * BigInt(bytes) <= this.reservoir + gas;
    const left = this.meter.chargeUpfront(gas, bytes);
    if (canPay) this.#charge(bytes);
    expect(left).toBe(canPay ? this.model.gasLeft : undefined);
    return left ?? gas;
  }

  step(action: Action): void {
    if (action.do === 'execute') this.#execute(action.gas);
    if (action.do === 'create') this.#create(action.bytes);
    if (action.do === 'clear') this.#clear(action.bytes);
    if (action.do === 'open') this.#open(action.makesAccount, action.hasStipend);
    if (action.do === 'end' && this.#models.length > 1) this.#end(action.how);
  }

  #execute(gas: bigint): void {
    if (this.model.gasLeft < gas) {
      if (this.#models.length > 1) this.#end('halt');
      return;
    }
    this.model.gasLeft -= gas;
    this.executionUsed += gas;
    this.gasLeft -= gas;
  }

  /** The reservoir pays first. */
  #charge(bytes: number): void {
    const gas = this.#price * BigInt(bytes);
    const fromReservoir = least(gas, this.reservoir);
    this.reservoir -= fromReservoir;
    this.model.gasLeft -= gas - fromReservoir;
    this.model.fromGasLeft += gas - fromReservoir;
    this.model.charged += gas;
    this.stateUsed += gas;
  }

  /** The frame's gas is repaid first. */
  #refill(gas: bigint): void {
    this.#repay(this.model, gas, least(gas, this.model.fromGasLeft));
  }

  #repay(frame: Model, gas: bigint, repaid: bigint): void {
    frame.gasLeft += repaid;
    frame.fromGasLeft -= repaid;
    frame.charged -= gas;
    this.reservoir += gas - repaid;
    this.stateUsed -= gas;
  }

  #create(bytes: number): boolean {
    const canPay = this.model.gasLeft + this.reservoir >= this.#price * BigInt(bytes);
    expect(this.meter.affords(this.gasLeft, bytes)).toBe(canPay);
    expect(this.meter.charge(this.#arena, this.#frame, bytes)).toBe(canPay);
    if (canPay) this.#charge(bytes);
    else if (this.#models.length > 1) this.#end('halt');
    return canPay;
  }

  /** What some frame has made, here or above, is gone again: no more than there is. */
  #clear(bytes: number): void {
    const gas = this.#price * BigInt(bytes);
    if (gas > this.stateUsed) return;
    this.#refill(gas);
    this.meter.refill(this.#arena, this.#frame, bytes);
  }

  #open(makesAccount: boolean, hasStipend: boolean): void {
    if (this.#models.length === MOST_FRAMES) return;
    if (makesAccount && !this.#create(ACCOUNT_BYTES)) return;
    const { model } = this;
    const given = model.gasLeft - model.gasLeft / 64n;
    const stipend = hasStipend ? STIPEND : 0n;
    model.gasLeft -= given;
    this.gasLeft -= given;
    // Who calls pays for the stipend with the call.
    this.executionUsed -= stipend;
    this.#models.push({
      ...{ gasLeft: given + stipend, fromGasLeft: 0n, charged: 0n, makesAccount },
      reservoirBefore: this.reservoir,
    });
    this.gasLeft = given + stipend;
    const mark = new Frame();
    this.meter.mark(mark);
    this.#marks.push(mark);
  }

  /**
   * What a frame's end makes of its gas, and of all that it charged. Its gas gets all back that it paid, also where a
   * frame below has cleared what that was for, which refilled the reservoir: so the reservoir is as the frame found it.
   */
  #settle(frame: Model, how: Status): void {
    if (how !== 'success') {
      this.#repay(frame, frame.charged, frame.fromGasLeft);
      expect(this.reservoir).toBe(frame.reservoirBefore);
    }
    if (how !== 'halt') return;
    this.executionUsed += frame.gasLeft;
    frame.gasLeft = 0n;
  }

  #end(how: Status): void {
    const child = this.model;
    const result = this.meter.end(this.#marks.pop()!, ended(how, how === 'halt' ? 0n : this.gasLeft));
    this.#settle(child, how);
    expect(result.gasLeft).toBe(child.gasLeft);
    this.#models.pop();
    this.gasLeft += result.gasLeft;
    const { model } = this;
    model.gasLeft += child.gasLeft;
    if (how === 'success') {
      model.fromGasLeft += child.fromGasLeft;
      model.charged += child.charged;
    } else if (child.makesAccount) {
      this.#clear(ACCOUNT_BYTES);
    }
  }

  /** Ends all frames; returns what the outermost leaves. */
  finish(how: Status): FrameResult {
    while (this.#models.length > 1) this.#end(how);
    const result = this.meter.endOutermost(ended(how, how === 'halt' ? 0n : this.gasLeft));
    this.#settle(this.model, how);
    return result;
  }
}

const bytes = fc.oneof(fc.constant(0), fc.nat(300));

describe('the meter of state gas that repays who paid last', () => {
  it('comes to what the EIP tells, in every tree of frames', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1n, 150n, 1530n),
        fc.bigInt(0n, 1_000_000n),
        fc.bigInt(0n, 500_000n),
        bytes,
        bytes,
        fc.array(action, { maxLength: 60 }),
        status,
        (price, gas, reservoir, standing, undone, actions, how) => {
          const pair = new Pair(price, gas, reservoir, standing, undone);
          for (const one of actions) {
            pair.step(one);
            expect(pair.meter.reservoir).toBe(pair.reservoir);
            expect(pair.meter.used).toBe(pair.stateUsed);
            expect(pair.gasLeft).toBe(pair.model.gasLeft);
          }
          const result = pair.finish(how);
          expect(pair.meter.reservoir).toBe(pair.reservoir);
          expect(pair.meter.used).toBe(pair.stateUsed);
          expect(result.gasLeft).toBe(pair.model.gasLeft);
          expect(pair.meter.regularUsed(gas, result)).toBe(pair.executionUsed);
          // Nothing comes from nowhere: what was given is left, executed away, or state.
          expect(gas + reservoir).toBe(result.gasLeft + pair.reservoir + pair.executionUsed + pair.stateUsed);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('gives a frame all back that it paid, though a frame below has cleared what that was for', () => {
    const pair = new Pair(1n, 100_000n, 0n, 0, 0);
    pair.step({ do: 'open', makesAccount: false, hasStipend: false });
    pair.step({ do: 'create', bytes: 100 });
    const before = pair.gasLeft;
    pair.step({ do: 'open', makesAccount: false, hasStipend: false });
    pair.step({ do: 'clear', bytes: 100 });
    expect(pair.meter.reservoir).toBe(100n);
    pair.step({ do: 'end', how: 'success' });
    expect(pair.gasLeft).toBe(before);
    pair.step({ do: 'end', how: 'revert' });
    expect([pair.gasLeft, pair.meter.reservoir]).toEqual([100_000n, 0n]);
  });

  it('leaves the reservoir of a frame that fails as it began', () => {
    const pair = new Pair(1n, 100_000n, 500n, 0, 0);
    pair.step({ do: 'open', makesAccount: false, hasStipend: false });
    pair.step({ do: 'create', bytes: 800 });
    expect(pair.meter.reservoir).toBe(0n);
    pair.step({ do: 'end', how: 'halt' });
    expect([pair.meter.reservoir, pair.meter.used]).toEqual([500n, 0n]);
  });

  it('keeps what was paid before the outermost frame, though that fails', () => {
    const pair = new Pair(1n, 1000n, 100n, 150, 200);
    expect(pair.gasLeft).toBe(750n);
    const result = pair.finish('revert');
    expect([result.gasLeft, pair.meter.reservoir, pair.meter.used]).toEqual([950n, 0n, 150n]);
  });
});
