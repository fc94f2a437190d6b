/** The step record: one object, reused, whose getters read the machine. */

import type { Address } from '../bytes.ts';
import { readWord } from '../state/slots.ts';
import { gasLeft } from './gas.ts';
import { FRAME, WORD } from './layout.ts';
import type { Machine } from './machine.ts';
import type { HaltReason } from './result.ts';
import type { StepEvent } from './tracer.ts';

/** An instruction as tracers see it. */
export class StepView implements StepEvent {
  readonly #machine: Machine;
  #frame = 0;
  #depth = 0;
  #pc = 0;
  error: HaltReason | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Turns to the instruction that a frame is at. With an error, it is one that was never begun. */
  show(frame: number, error: HaltReason | undefined): void {
    const { arena, depth } = this.#machine;
    this.#frame = frame;
    this.#depth = depth;
    this.#pc = arena.u32[(frame + FRAME.pc) >> 2];
    this.error = error;
  }

  /** Has shown nothing yet. */
  reset(): void {
    this.#frame = 0;
  }

  /** Whether the instruction that a frame is at is the one shown last. */
  isShown(frame: number): boolean {
    const { arena, depth } = this.#machine;
    const isSame = this.#frame === frame && this.#depth === depth;
    return isSame && this.#pc === arena.u32[(frame + FRAME.pc) >> 2] && this.error === undefined;
  }

  get pc(): number {
    return this.#pc - this.#machine.arena.u32[(this.#frame + FRAME.code) >> 2];
  }

  get op(): number {
    return this.#machine.arena.u8[this.#pc];
  }

  // Computed when asked for: most tracers look at little, and every step is shown.
  get gas(): bigint {
    const { arena } = this.#machine;
    if (this.error !== undefined) return gasLeft(arena, this.#frame);
    const { i64 } = arena;
    return i64[(this.#frame + FRAME.stepGas) >> 3] + i64[(this.#frame + FRAME.stepGasReserve) >> 3];
  }

  get gasCost(): bigint {
    if (this.error !== undefined) return BigInt(this.#machine.rules.gas[this.op] ?? 0);
    return this.gas - gasLeft(this.#machine.arena, this.#frame);
  }

  get memorySize(): number {
    const register = this.error === undefined ? FRAME.stepMemorySize : FRAME.memorySize;
    return this.#machine.arena.u32[(this.#frame + register) >> 2];
  }

  get depth(): number {
    return this.#depth;
  }

  get refund(): bigint {
    return BigInt(this.#machine.state.refund);
  }

  get address(): Address {
    return this.#machine.frames[this.#depth - 1].account.address;
  }

  get stackSize(): number {
    return (this.#machine.arena.u32[(this.#frame + FRAME.sp) >> 2] - this.#frame - FRAME.stack) / WORD;
  }

  peek(depth: number): bigint {
    if (depth < 0 || depth >= this.stackSize) {
      throw new RangeError(`stack: expected a depth below ${this.stackSize}, got ${depth}`);
    }
    return readWord(this.#machine.arena.u32, this.#machine.slot(this.#frame, depth));
  }

  get stack(): readonly bigint[] {
    const size = this.stackSize;
    return Array.from({ length: size }, (_, i) => this.peek(size - 1 - i));
  }

  get memory(): Uint8Array {
    const { u8, u32 } = this.#machine.arena;
    const start = u32[(this.#frame + FRAME.memory) >> 2];
    return u8.subarray(start, start + this.memorySize);
  }

  get returnData(): Uint8Array {
    const { arena, returnData } = this.#machine;
    // The machine still has the caller's where this frame has made no call yet.
    return returnData.subarray(0, arena.u32[(this.#frame + FRAME.returnDataSize) >> 2]);
  }
}
