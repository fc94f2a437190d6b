/**
 * Gas registers from TypeScript. A frame's gas is what its engine holds plus what is held back for later slices; both
 * are 64 bits wide, and exact. The common case fits 32 bits and touches no bigint.
 */

import type { Arena } from './arena.ts';
import { FRAME } from './layout.ts';

/** What a frame has left in all. */
export function gasLeft({ i64 }: Arena, frame: number): bigint {
  return i64[(frame + FRAME.gas) >> 3] + i64[(frame + FRAME.gasReserve) >> 3];
}

/** Takes an instruction that a host function was called for back to its start. */
export function rewind({ i64, u32 }: Arena, frame: number): void {
  i64[(frame + FRAME.gas) >> 3] = i64[(frame + FRAME.stepGas) >> 3];
  i64[(frame + FRAME.gasReserve) >> 3] = i64[(frame + FRAME.stepGasReserve) >> 3];
  u32[(frame + FRAME.memorySize) >> 2] = u32[(frame + FRAME.stepMemorySize) >> 2];
}

/** Charges a frame; false, and nothing changed, where it cannot pay. */
export function chargeGas(arena: Arena, frame: number, gas: number): boolean {
  const { u32 } = arena;
  const at = (frame + FRAME.gas) >> 2;
  if (u32[at + 1] === 0 && u32[at] >= gas) {
    u32[at] -= gas;
    return true;
  }
  return gas < 2 ** 62 && chargeLarge(arena, frame, BigInt(gas));
}

/** Likewise for any amount. */
export function chargeLarge(arena: Arena, frame: number, gas: bigint): boolean {
  const { i64 } = arena;
  const at = (frame + FRAME.gas) >> 3;
  const rest = gasLeft(arena, frame) - gas;
  if (rest < 0n) return false;
  const held = i64[at] < rest ? i64[at] : rest;
  i64[at] = held;
  i64[(frame + FRAME.gasReserve) >> 3] = rest - held;
  return true;
}

/**
 * Gives gas back to a frame in the middle of an instruction. Its engine gets no more than it had when the instruction
 * began, so that no chain of instructions outlives its slice.
 */
export function giveBackGas(arena: Arena, frame: number, low: number, high: number): void {
  const { u32, i64 } = arena;
  const gas = (frame + FRAME.gas) >> 2;
  const reserve = (frame + FRAME.gasReserve) >> 2;
  const step = (frame + FRAME.stepGas) >> 2;
  if ((u32[gas + 1] | u32[reserve + 1] | high | u32[step + 1]) < 0x100000) {
    const total = (u32[gas + 1] + u32[reserve + 1] + high) * 2 ** 32 + u32[gas] + u32[reserve] + low;
    const most = u32[step + 1] * 2 ** 32 + u32[step];
    const held = total < most ? total : most;
    writeGas(u32, gas, held);
    writeGas(u32, reserve, total - held);
    return;
  }
  const total = gasLeft(arena, frame) + ((BigInt(high) << 32n) | BigInt(low));
  const most = i64[step >> 1];
  const held = total < most ? total : most;
  i64[gas >> 1] = held;
  i64[reserve >> 1] = total - held;
}

/** Shares gas between a frame's engine, for one slice, and what is held back. */
export function shareGas(arena: Arena, frame: number, low: number, high: number, slice: number): void {
  const { u32, i64 } = arena;
  const gas = (frame + FRAME.gas) >> 2;
  const reserve = (frame + FRAME.gasReserve) >> 2;
  if (high < 0x100000) {
    const total = high * 2 ** 32 + low;
    const held = total < slice ? total : slice;
    writeGas(u32, gas, held);
    writeGas(u32, reserve, total - held);
    return;
  }
  const total = (BigInt(high) << 32n) | BigInt(low);
  i64[gas >> 1] = BigInt(slice);
  i64[reserve >> 1] = total - BigInt(slice);
}

/**
 * Hands the next slice to an engine that could not pay for an instruction; false where nothing was held back. Twice
 * what it has comes on top, so that an instruction dearer than a slice is paid for after a few tries.
 */
export function nextSlice(arena: Arena, frame: number, slice: number): boolean {
  const { i64 } = arena;
  const gas = (frame + FRAME.gas) >> 3;
  const reserve = (frame + FRAME.gasReserve) >> 3;
  if (i64[reserve] === 0n) return false;
  const wanted = BigInt(slice) + i64[gas];
  const given = wanted < i64[reserve] ? wanted : i64[reserve];
  i64[gas] += given;
  i64[reserve] -= given;
  return true;
}

/** Writes gas below 2^53. Storing it takes the low bits; `%` and `Math.floor` before that take 10 ns. */
function writeGas(u32: Uint32Array, at: number, gas: number): void {
  u32[at] = gas;
  u32[at + 1] = gas / 2 ** 32;
}

/** Takes gas of what a frame is about to hand on; false, and nothing changed, where that is not enough. */
export function chargeChild(arena: Arena, frame: number, gas: number): boolean {
  const { u32, i64 } = arena;
  const at = (frame + FRAME.childGas) >> 2;
  if (u32[at + 1] < 0x200000) {
    const rest = u32[at + 1] * 2 ** 32 + u32[at] - gas;
    if (rest < 0) return false;
    writeGas(u32, at, rest);
    return true;
  }
  if (gas >= 2 ** 63) return false;
  const rest = i64[at >> 1] - BigInt(gas);
  if (rest < 0n) return false;
  i64[at >> 1] = rest;
  return true;
}
