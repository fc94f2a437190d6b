/** Opening frames: their place in the arena and their registers. */

import type { Hex } from '../bytes.ts';
import { type Account, writeAccountWord } from '../state/account.ts';
import { copyWord, writeSmall, writeWord } from '../state/slots.ts';
import { align, type PlacedCode, spaceFor } from './arena.ts';
import { Frame } from './frame.ts';
import { shareGas } from './gas.ts';
import { FRAME, FRAME_SIZE, FRAMES } from './layout.ts';
import type { Machine } from './machine.ts';
import type { FrameKind } from './tracer.ts';

/** A frame to open. Addresses are the arena's; indexes are those of its 32-bit view. */
export interface FrameSpec {
  readonly kind: FrameKind;
  /** whose storage and balance it runs with */
  readonly account: Account;
  /** whose code it runs */
  readonly callee: Account;
  /** what runs; undefined: initcode that is in the arena as the input */
  readonly code: Uint8Array | undefined;
  readonly codeHash: Hex | undefined;
  /** where the journal was before anything that the frame's failure undoes */
  readonly checkpoint: number;
  /** CALLER; `same`: as in the frame that runs now */
  readonly caller: Account | 'same';
  /** index of the word that CALLVALUE gives; -1: the value given */
  readonly valueAt: number;
  readonly value: bigint;
  /** address and size of the call data, or of the initcode */
  readonly input: number;
  readonly inputSize: number;
  /** index of its gas, 64 bits */
  readonly gasAt: number;
  readonly isStatic: boolean;
  readonly isCreation: boolean;
  /** bytes of state that the running frame paid for it, and gets back where it fails */
  readonly stateBytes: number;
}

/** Opens a frame on top; where the arena has no room for it, the machine has a reason to halt instead. */
export function openFrame(m: Machine, spec: FrameSpec): void {
  const { arena } = m;
  const { code, codeHash, input, inputSize, isCreation } = spec;
  const parent = m.depth === 0 ? 0 : m.frame.pointer;
  const top =
    parent === 0
      ? align(FRAMES + (input >= FRAMES ? inputSize : 0))
      : align(arena.u32[(parent + FRAME.memory) >> 2] + arena.u32[(parent + FRAME.memorySize) >> 2]);
  const size = code?.length ?? inputSize;
  const kept = code !== undefined && codeHash !== undefined ? arena.keep(codeHash, code) : undefined;
  const pointer = kept === undefined ? top + spaceFor(size) : top;
  if (!arena.reserve(pointer + FRAME_SIZE)) {
    m.haltReason = 'memoryCeiling';
    return;
  }
  let placed = kept;
  if (placed === undefined && code !== undefined) placed = arena.place(code, top);
  const { u8, u32 } = arena;
  if (placed === undefined) {
    u8.copyWithin(top, input, input + inputSize);
    u8.fill(0, top + inputSize, pointer);
    placed = arena.analyse(top, inputSize);
  }
  const base = pointer >> 2;
  // Everything is written, so that nothing of an earlier frame is seen; what comes first has its own value, or 0.
  const rest = (pointer + FRAME.stepGas) >> 2;
  writeSmall(u32, rest, 0);
  writeSmall(u32, rest + 8, 0);
  u32[base + (FRAME.memorySize >> 2)] = 0;
  u32[base + (FRAME.returnDataSize >> 2)] = 0;
  u32[base + (FRAME.targets >> 2)] = 0;
  u32[base + (FRAME.storage >> 2)] = spec.account.storageId;
  u32[base + (FRAME.pc >> 2)] = placed.code;
  u32[base + (FRAME.sp >> 2)] = pointer + FRAME.stack;
  u32[base + (FRAME.memory >> 2)] = pointer + FRAME_SIZE;
  u32[base + (FRAME.code >> 2)] = placed.code;
  u32[base + (FRAME.codeSize >> 2)] = placed.size;
  u32[base + (FRAME.jumps >> 2)] = placed.jumps;
  u32[base + (FRAME.callData >> 2)] = input;
  u32[base + (FRAME.callDataSize >> 2)] = isCreation ? 0 : inputSize;
  u32[base + (FRAME.isStatic >> 2)] = spec.isStatic ? 1 : 0;
  writeAccountWord(u32, base + (FRAME.address >> 2), spec.account);
  if (spec.caller === 'same') copyWord(u32, base + (FRAME.caller >> 2), u32, (parent + FRAME.caller) >> 2);
  else writeAccountWord(u32, base + (FRAME.caller >> 2), spec.caller);
  if (spec.valueAt >= 0) copyWord(u32, base + (FRAME.value >> 2), u32, spec.valueAt);
  else if (spec.value === 0n) writeSmall(u32, base + (FRAME.value >> 2), 0);
  else writeWord(u32, base + (FRAME.value >> 2), spec.value);
  shareGas(arena, pointer, u32[spec.gasAt], u32[spec.gasAt + 1], m.limits.sliceGas);
  pushFrame(m, spec, pointer, placed);
}

function pushFrame(m: Machine, spec: FrameSpec, pointer: number, placed: PlacedCode): void {
  let frame = m.frames[m.depth];
  if (frame === undefined) m.frames.push((frame = new Frame()));
  frame.pointer = pointer;
  frame.kind = spec.kind;
  // What is there already is not written again: where an old object gets a young one, the collector is told each time.
  if (frame.account !== spec.account) frame.account = spec.account;
  if (frame.callee !== spec.callee) frame.callee = spec.callee;
  frame.checkpoint = spec.checkpoint;
  frame.isCreation = spec.isCreation;
  if (frame.placed !== placed) frame.placed = placed;
  frame.opening = m.arena.u32[spec.gasAt + 1] * 2 ** 32 + m.arena.u32[spec.gasAt];
  frame.stateBytes = spec.stateBytes;
  if (m.depth > 0) m.stateGas?.mark(frame);
  if (m.isTold) frame.gas = m.arena.i64[spec.gasAt >> 1];
  m.depth++;
}
