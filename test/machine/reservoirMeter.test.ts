/**
 * The meter of state gas against a model that keeps every counter of every frame, as the rules are told: each frame
 * has its gas, a reservoir, and counts what it used of either gas and what was refilled.
 * https://eips.ethereum.org/EIPS/eip-8037, as docs/amsterdam.md has it
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Arena } from '../../src/machine/arena.ts';
import { Frame } from '../../src/machine/frame.ts';
import { FRAME } from '../../src/machine/layout.ts';
import { ReservoirMeter } from '../../src/machine/reservoirMeter.ts';
import type { FrameResult } from '../../src/machine/result.ts';
import type { StateGasMark } from '../../src/machine/stateGas.ts';

const FRAME_BYTES = 256;
const MOST_FRAMES = 8;
const STIPEND = 2300n;
const ACCOUNT_BYTES = 112;

/** A frame of the model. */
interface Model {
  gasLeft: bigint;
  reservoir: bigint;
  regularUsed: bigint;
  stateUsed: bigint;
  refilled: bigint;
  readonly isCreation: boolean;
}

type Action =
  | { readonly do: 'regular'; readonly gas: bigint }
  | { readonly do: 'create' | 'remove'; readonly bytes: number }
  | { readonly do: 'open'; readonly isCreation: boolean; readonly hasStipend: boolean }
  | { readonly do: 'end'; readonly how: 'success' | 'revert' | 'halt' };

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constant('regular' as const), gas: fc.bigInt(0n, 5000n) }),
  fc.record({ do: fc.constantFrom('create' as const, 'remove' as const), bytes: fc.nat(150) }),
  fc.record({ do: fc.constant('open' as const), isCreation: fc.boolean(), hasStipend: fc.boolean() }),
  fc.record({
    do: fc.constant('end' as const),
    how: fc.constantFrom('success' as const, 'revert' as const, 'halt' as const),
  }),
);

function ended(status: FrameResult['status'], gasLeft: bigint): FrameResult {
  return { status, halt: undefined, output: new Uint8Array(0), gasLeft, created: undefined };
}

/** Drives the meter and the model alike. */
class Pair {
  readonly meter = new ReservoirMeter();
  readonly #arena = { i64: new BigInt64Array((MOST_FRAMES * FRAME_BYTES) / 8) } as unknown as Arena;
  readonly #marks: StateGasMark[] = [];
  readonly #models: Model[] = [];
  readonly #price: bigint;

  constructor(price: bigint, gas: bigint, reservoir: bigint) {
    this.#price = price;
    this.meter.begin(price, reservoir);
    this.#push(gas, reservoir, false);
  }

  get model(): Model {
    return this.#models[this.#models.length - 1];
  }

  get #frame(): number {
    return (this.#models.length - 1) * FRAME_BYTES;
  }

  get gasLeft(): bigint {
    return this.#arena.i64[(this.#frame + FRAME.gas) >> 3];
  }

  set gasLeft(gas: bigint) {
    this.#arena.i64[(this.#frame + FRAME.gas) >> 3] = gas;
  }

  #push(gas: bigint, reservoir: bigint, isCreation: boolean): void {
    const counters = { regularUsed: 0n, stateUsed: 0n, refilled: 0n };
    this.#models.push({ gasLeft: gas, reservoir, isCreation, ...counters });
    this.gasLeft = gas;
    this.#arena.i64[(this.#frame + FRAME.gasReserve) >> 3] = 0n;
    const mark = new Frame();
    this.meter.mark(mark);
    this.#marks.push(mark);
  }

  step(action: Action): void {
    if (action.do === 'regular') this.#regular(action.gas);
    if (action.do === 'create') this.#create(action.bytes);
    if (action.do === 'remove') this.#remove(action.bytes);
    if (action.do === 'open') this.#open(action.isCreation, action.hasStipend);
    if (action.do === 'end') this.#end(action.how);
  }

  #regular(gas: bigint): void {
    if (this.model.gasLeft < gas) {
      this.#end('halt');
      return;
    }
    this.model.gasLeft -= gas;
    this.model.regularUsed += gas;
    this.gasLeft -= gas;
  }

  #create(bytes: number): boolean {
    const { model } = this;
    const gas = this.#price * BigInt(bytes);
    const canPay = model.gasLeft + model.reservoir >= gas;
    expect(this.meter.affords(this.gasLeft, bytes)).toBe(canPay);
    expect(this.meter.charge(this.#arena, this.#frame, bytes)).toBe(canPay);
    if (canPay) {
      const fromReservoir = gas < model.reservoir ? gas : model.reservoir;
      model.reservoir -= fromReservoir;
      model.gasLeft -= gas - fromReservoir;
      model.stateUsed += gas;
    } else {
      this.#end('halt');
    }
    return canPay;
  }

  #remove(bytes: number): void {
    this.#refillModel(bytes);
    this.meter.refill(this.#arena, this.#frame, bytes);
  }

  #refillModel(bytes: number): void {
    const gas = this.#price * BigInt(bytes);
    this.model.reservoir += gas;
    this.model.stateUsed -= gas;
    this.model.refilled += gas;
  }

  #open(isCreation: boolean, hasStipend: boolean): void {
    if (this.#models.length === MOST_FRAMES) return;
    if (isCreation && !this.#create(ACCOUNT_BYTES)) return;
    const { model } = this;
    const given = model.gasLeft - model.gasLeft / 64n;
    model.gasLeft -= given;
    this.gasLeft -= given;
    if (hasStipend) model.regularUsed -= STIPEND;
    this.#push(given + (hasStipend ? STIPEND : 0n), model.reservoir, isCreation);
    model.reservoir = 0n;
  }

  #end(how: 'success' | 'revert' | 'halt'): void {
    // The outermost frame is ended by the test.
    if (this.#models.length === 1) return;
    const child = this.#models[this.#models.length - 1];
    if (how === 'halt') {
      child.regularUsed += child.gasLeft;
      child.gasLeft = 0n;
      this.gasLeft = 0n;
    }
    const back = this.gasLeft;
    const mark = this.#marks.pop()!;
    this.#models.pop();
    this.gasLeft += back;
    const { model } = this;
    model.gasLeft += child.gasLeft;
    model.regularUsed += child.regularUsed;
    if (how === 'success') {
      model.reservoir = child.reservoir;
      model.stateUsed += child.stateUsed;
      model.refilled += child.refilled;
      return;
    }
    const created = child.stateUsed > 0n ? child.stateUsed : 0n;
    const left = child.reservoir + created - child.refilled;
    model.reservoir = left > 0n ? left : 0n;
    this.meter.end(mark, ended(how, child.gasLeft));
    if (child.isCreation) this.#remove(ACCOUNT_BYTES);
  }

  /** Ends all frames but the outermost. */
  finish(how: 'success' | 'revert'): void {
    while (this.#models.length > 1) this.#end(how);
  }
}

const prices = fc.constantFrom(1n, 150n, 1174n);

describe('the meter of state gas', () => {
  it('comes to what counters in every frame come to', () => {
    fc.assert(
      fc.property(
        prices,
        fc.bigInt(0n, 1_000_000n),
        fc.bigInt(0n, 500_000n),
        fc.array(action, { maxLength: 60 }),
        fc.constantFrom('success' as const, 'revert' as const),
        (price, gas, reservoir, actions, how) => {
          const pair = new Pair(price, gas, reservoir);
          for (const one of actions) {
            pair.step(one);
            expect(pair.meter.reservoir).toBe(pair.model.reservoir);
            expect(pair.gasLeft).toBe(pair.model.gasLeft);
          }
          pair.finish(how);
          const { model, meter } = pair;
          expect(meter.reservoir).toBe(model.reservoir);
          expect(meter.used).toBe(model.stateUsed);
          expect(meter.regularUsed(gas, ended(how, pair.gasLeft))).toBe(model.regularUsed);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('takes from the reservoir first, and the rest from the frame', () => {
    const pair = new Pair(10n, 1000n, 25n);
    pair.step({ do: 'create', bytes: 4 });
    expect([pair.gasLeft, pair.meter.reservoir, pair.meter.used]).toEqual([985n, 0n, 40n]);
    // What comes back is the reservoir's, wherever it came from.
    pair.step({ do: 'remove', bytes: 4 });
    expect([pair.gasLeft, pair.meter.reservoir, pair.meter.used]).toEqual([985n, 40n, 0n]);
  });

  it('changes nothing where a frame cannot pay', () => {
    const meter = new ReservoirMeter();
    meter.begin(10n, 5n);
    const arena = { i64: new BigInt64Array(FRAME_BYTES / 8) } as unknown as Arena;
    expect(meter.charge(arena, 0, 1)).toBe(false);
    expect([meter.reservoir, meter.used]).toEqual([5n, 0n]);
  });

  it('keeps nothing of what a failed frame refilled for itself', () => {
    const pair = new Pair(1n, 10_000n, 500n);
    pair.step({ do: 'open', isCreation: false, hasStipend: false });
    pair.step({ do: 'create', bytes: 100 });
    pair.step({ do: 'remove', bytes: 100 });
    pair.step({ do: 'end', how: 'revert' });
    expect(pair.meter.reservoir).toBe(400n);
  });

  it('gives everything back where the outermost frame fails, and what was granted stays', () => {
    const meter = new ReservoirMeter();
    meter.begin(2n, 100n);
    meter.grant(10);
    const arena = { i64: new BigInt64Array(FRAME_BYTES / 8).fill(50n) } as unknown as Arena;
    expect(meter.charge(arena, 0, 70)).toBe(true);
    meter.endOutermost(ended('halt', 0n));
    expect([meter.reservoir, meter.used]).toEqual([140n, 0n]);
  });

  it('refills for accounts that come and go no more than was charged', () => {
    const meter = new ReservoirMeter();
    meter.begin(1n, 100n);
    const arena = { i64: new BigInt64Array(FRAME_BYTES / 8) } as unknown as Arena;
    meter.charge(arena, 0, 30);
    meter.remove([new Frame().account], () => 20);
    expect([meter.reservoir, meter.used]).toEqual([90n, 10n]);
    meter.remove([new Frame().account], () => 20);
    expect([meter.reservoir, meter.used]).toEqual([100n, 0n]);
  });
});
