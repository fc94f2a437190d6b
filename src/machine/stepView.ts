/** The step record: one object, reused, whose getters read the machine. */

import type { Address } from '../bytes.ts';
import { addressFromLimbs } from '../state/account.ts';
import { readWord } from '../state/slots.ts';
import type { Fault } from './fault.ts';
import { gasLeft } from './gas.ts';
import { FRAME, WORD } from './layout.ts';
import type { Machine } from './machine.ts';
import type { HaltReason } from './result.ts';
import type { StepEvent } from './tracer.ts';

const CREATE = 0xf0;
const CREATE2 = 0xf5;

/** Opcodes that may pay for state before they are carried out: SSTORE, CREATE, CALL, CREATE2, SELFDESTRUCT. */
const PAYS_FOR_STATE: ReadonlySet<number> = new Set([0x55, CREATE, 0xf1, CREATE2, 0xff]);

function isCreation(op: number): boolean {
  return op === CREATE || op === CREATE2;
}

/** An instruction as tracers see it. */
export class StepView implements StepEvent {
  readonly #machine: Machine;
  #frame = 0;
  #depth = 0;
  #pc = 0;
  /** what stopped it, where something did */
  #stopped: Fault | undefined;
  #isFault = false;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /**
   * Turns to the instruction that a frame is at.
   * @param stopped what stopped it, where something did
   * @param isFault whether to show it as it is then, rather than as it began
   */
  show(frame: number, stopped: Fault | undefined, isFault: boolean): void {
    const { arena, depth } = this.#machine;
    this.#frame = frame;
    this.#depth = depth;
    this.#pc = arena.u32[(frame + FRAME.pc) >> 2];
    this.#stopped = stopped;
    this.#isFault = isFault;
  }

  /** Has shown nothing yet. */
  reset(): void {
    this.#frame = 0;
  }

  /** Whether the instruction that a frame is at is the one shown last. */
  isShown(frame: number): boolean {
    const { arena, depth } = this.#machine;
    const isSame = this.#frame === frame && this.#depth === depth;
    return isSame && this.#pc === arena.u32[(frame + FRAME.pc) >> 2] && this.#stopped === undefined;
  }

  get pc(): number {
    return this.#pc - this.#machine.arena.u32[(this.#frame + FRAME.code) >> 2];
  }

  get op(): number {
    return this.#machine.arena.u8[this.#pc];
  }

  get fault(): Fault | undefined {
    return this.#isFault ? this.#stopped : undefined;
  }

  get error(): HaltReason | undefined {
    return this.fault?.halt;
  }

  // Computed when asked for: most tracers look at little, and every step is shown.
  get gas(): bigint {
    if (this.#stopped !== undefined) return this.#stopped.gas;
    const { i64 } = this.#machine.arena;
    return i64[(this.#frame + FRAME.stepGas) >> 3] + i64[(this.#frame + FRAME.stepGasReserve) >> 3];
  }

  get gasCost(): bigint {
    if (this.#stopped !== undefined) return this.#stopped.gasCost;
    const { arena } = this.#machine;
    const spent = this.gas - gasLeft(arena, this.#frame) - this.stateGasCost;
    return isCreation(this.op) ? spent - arena.i64[(this.#frame + FRAME.childGas) >> 3] : spent;
  }

  get stateGasCost(): bigint {
    const { stateGas, stateGasOfStep } = this.#machine;
    const isPaid = stateGas !== null && this.#stopped === undefined && PAYS_FOR_STATE.has(this.op);
    return isPaid ? stateGasOfStep : 0n;
  }

  get gasLow(): number {
    if (this.#stopped !== undefined) return Number(BigInt.asUintN(32, this.#stopped.gas));
    const { u32 } = this.#machine.arena;
    return (u32[(this.#frame + FRAME.stepGas) >> 2] + u32[(this.#frame + FRAME.stepGasReserve) >> 2]) >>> 0;
  }

  get gasHigh(): number {
    if (this.#stopped !== undefined) return Number(this.#stopped.gas >> 32n);
    const { u32 } = this.#machine.arena;
    const [gas, reserve] = [(this.#frame + FRAME.stepGas) >> 2, (this.#frame + FRAME.stepGasReserve) >> 2];
    const carry = u32[gas] + u32[reserve] > 0xffffffff ? 1 : 0;
    return u32[gas + 1] + u32[reserve + 1] + carry;
  }

  get gasCostLow(): number {
    if (this.#stopped !== undefined || this.stateGasCost !== 0n)
      return Number(BigInt.asUintN(32, this.gasCost));
    return this.#spent(0) >>> 0;
  }

  get gasCostHigh(): number {
    if (this.#stopped !== undefined || this.stateGasCost !== 0n) return Number(this.gasCost >> 32n);
    return this.#spent(1) + Math.floor(this.#spent(0) / 2 ** 32);
  }

  /** The gas that is gone, in the low or in the high halves of the registers: one may borrow of the other. */
  #spent(half: 0 | 1): number {
    const { u32 } = this.#machine.arena;
    const at = (this.#frame >> 2) + half;
    const before = u32[at + (FRAME.stepGas >> 2)] + u32[at + (FRAME.stepGasReserve >> 2)];
    const spent = before - u32[at + (FRAME.gas >> 2)] - u32[at + (FRAME.gasReserve >> 2)];
    // What a creation hands over, it takes when it is carried out.
    return isCreation(this.op) ? spent - u32[at + (FRAME.childGas >> 2)] : spent;
  }

  get memorySize(): number {
    if (this.#stopped === undefined) {
      return this.#machine.arena.u32[(this.#frame + FRAME.stepMemorySize) >> 2];
    }
    return this.#isFault ? this.#stopped.memorySize : this.#stopped.memoryBefore;
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

  get caller(): Address {
    return addressFromLimbs(this.#machine.arena.u32, (this.#frame + FRAME.caller) >> 2);
  }

  get value(): bigint {
    return readWord(this.#machine.arena.u32, (this.#frame + FRAME.value) >> 2);
  }

  get callData(): Uint8Array {
    const { u8, u32 } = this.#machine.arena;
    const start = u32[(this.#frame + FRAME.callData) >> 2];
    return u8.subarray(start, start + u32[(this.#frame + FRAME.callDataSize) >> 2]);
  }

  get stackSize(): number {
    const top = this.#machine.arena.u32[(this.#frame + FRAME.sp) >> 2];
    return (top - this.#frame - FRAME.stack) / WORD - this.#popped;
  }

  peek(depth: number): bigint {
    if (depth < 0 || depth >= this.stackSize) {
      throw new RangeError(`stack: expected a depth below ${this.stackSize}, got ${depth}`);
    }
    return readWord(this.#machine.arena.u32, this.#machine.slot(this.#frame, depth + this.#popped));
  }

  get limbs(): Uint32Array {
    return this.#machine.arena.u32;
  }

  get bottom(): number {
    return (this.#frame + FRAME.stack) >> 2;
  }

  get stack(): readonly bigint[] {
    const size = this.stackSize;
    return Array.from({ length: size }, (_, i) => this.peek(size - 1 - i));
  }

  get stackWords(): Uint32Array {
    const first = (this.#frame + FRAME.stack) >> 2;
    return this.#machine.arena.u32.subarray(first, first + (this.stackSize * WORD) / 4);
  }

  get memory(): Uint8Array {
    const { u8, u32 } = this.#machine.arena;
    const start = u32[(this.#frame + FRAME.memory) >> 2];
    const size = this.memorySize;
    if (this.#stopped === undefined || size === this.#stopped.memoryBefore)
      return u8.subarray(start, start + size);
    // It never grew in truth.
    const grown = new Uint8Array(size);
    grown.set(u8.subarray(start, start + this.#stopped.memoryBefore));
    return grown;
  }

  get returnData(): Uint8Array {
    const { arena, returnData } = this.#machine;
    // The machine still has the caller's where this frame has made no call yet.
    return returnData.subarray(0, arena.u32[(this.#frame + FRAME.returnDataSize) >> 2]);
  }

  get #popped(): number {
    return this.#isFault ? this.#stopped!.popped : 0;
  }
}
