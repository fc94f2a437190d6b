/**
 * A paused machine in bytes: its open frames with stacks and memories, its meters, and the state that it runs on. No
 * address of the arena is in them: what points there is told from the start of what it points into, so that frames may
 * come to lie elsewhere. The prelude of a run (what is warm, what was paid) is no part of it: a run that goes on does
 * that again, up to its first instruction, and then becomes what was saved.
 */

import { toHex } from '../bytes.ts';
import { BadSavedRun } from '../errors.ts';
import { keccak256 } from '../keccak.ts';
import { OPCODE_AT } from '../protocol/opcodes.ts';
import { writeAccount } from '../state/account.ts';
import { packState, unpackState } from '../state/packedState.ts';
import { type PackedRun, Packer, Unpacker } from '../state/packing.ts';
import { readWord, writeWord } from '../state/slots.ts';
import type { StateImage } from '../state/state.ts';
import { align, type PlacedCode, spaceFor } from './arena.ts';
import { Frame } from './frame.ts';
import { CALL_DEPTH_LIMIT } from './host/call.ts';
import { CODE_PADDING, FRAME, FRAME_SIZE, FRAMES, STACK_LIMIT, WORD } from './layout.ts';
import type { Machine } from './machine.ts';
import type { FrameKind } from './tracer.ts';

const KINDS: readonly FrameKind[] = ['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL', 'CREATE', 'CREATE2'];

const U32 = 2 ** 32 - 1;
const GAS_BITS = 63;

/** A frame, with nothing of where it is. */
interface FrameImage {
  readonly kind: FrameKind;
  readonly account: number;
  readonly callee: number;
  readonly checkpoint: number;
  readonly isCreation: boolean;
  /** the hash that its code is kept under; undefined: it has the code to itself */
  readonly codeHash: `0x${string}` | undefined;
  readonly code: Uint8Array;
  readonly opening: bigint;
  readonly gas: bigint;
  readonly meter: readonly bigint[];
  readonly stateBytes: number;
  readonly pc: number;
  readonly registers: readonly bigint[];
  /** from the start of the caller's memory, or of the outermost frame's input */
  readonly callData: number;
  readonly callDataSize: number;
  readonly returnDataSize: number;
  readonly isStatic: boolean;
  readonly stepMemorySize: number;
  /** from the start of its memory, and how long */
  readonly argument: readonly [number, number];
  readonly result: readonly [number, number];
  readonly caller: bigint;
  readonly value: bigint;
  readonly stack: Uint8Array;
  readonly memory: Uint8Array;
}

/** What a machine becomes. */
interface MachineImage {
  /** undefined where steps were not counted */
  readonly steps: bigint | undefined;
  readonly meter: readonly bigint[];
  readonly blockHashes: readonly (readonly [bigint, bigint])[];
  readonly returnData: Uint8Array;
  /** of the outermost frame */
  readonly input: Uint8Array;
  readonly frames: readonly FrameImage[];
  readonly state: StateImage;
}

/** 64-bit registers that hold gas. */
const GAS_REGISTERS = [
  FRAME.gas,
  FRAME.gasReserve,
  FRAME.stepGas,
  FRAME.stepGasReserve,
  FRAME.childGas,
] as const;

/**
 * Packs a machine whose frames stand between two instructions.
 * @param before the same run, packed before
 */
export function packMachine(m: Machine, before?: PackedRun): PackedRun {
  const out = new Packer(before);
  out.flag(m.depth > 0);
  if (m.depth === 0) return out.packed();
  const { u8, u32 } = m.arena;
  out.flag(m.countsSteps);
  if (m.countsSteps) out.big(m.stepsTaken);
  packNumbers(m.stateGas?.image ?? [], out);
  packNumbers([...m.blockHashes].flat(), out);
  out.block('return data', m.returnData);
  const outermost = m.frames[0];
  const inputSize = u32[(outermost.pointer + FRAME.callDataSize) >> 2];
  const input = u32[(outermost.pointer + FRAME.callData) >> 2];
  out.block('input', u8.subarray(input, input + inputSize));
  out.int(m.depth);
  for (let depth = 0; depth < m.depth; depth++) packFrame(m, depth, out);
  packState(m.state.image, out);
  return out.packed();
}

function packFrame(m: Machine, depth: number, out: Packer): void {
  const { u8, u32, i64 } = m.arena;
  const frame = m.frames[depth];
  const { pointer, placed } = frame;
  const at = (register: number): number => u32[(pointer + register) >> 2];
  const base = depth === 0 ? FRAMES : u32[(m.frames[depth - 1].pointer + FRAME.memory) >> 2];
  const memory = at(FRAME.memory);
  const range = (start: number, size: number): void => {
    // What is empty may be anywhere.
    out.int(at(size) === 0 ? 0 : at(start) - memory);
    out.int(at(size));
  };
  out.int(KINDS.indexOf(frame.kind));
  out.int(frame.account.id);
  out.int(frame.callee.id);
  out.int(frame.checkpoint);
  out.flag(frame.isCreation);
  out.flag(placed.tier !== undefined);
  out.block(`code of ${depth}`, u8.subarray(placed.code, placed.code + placed.size));
  out.big(BigInt(frame.opening));
  out.big(frame.gas);
  packNumbers(
    [frame.stateGasUsed, frame.stateGasRefilled, frame.stateGasReservoir, frame.stateGasBorrowed],
    out,
  );
  out.int(frame.stateBytes);
  out.int(at(FRAME.pc) - placed.code);
  for (const register of GAS_REGISTERS) out.big(i64[(pointer + register) >> 3]);
  out.int(at(FRAME.callDataSize) === 0 ? 0 : at(FRAME.callData) - base);
  out.int(at(FRAME.callDataSize));
  out.int(at(FRAME.returnDataSize));
  out.flag(at(FRAME.isStatic) !== 0);
  out.int(at(FRAME.stepMemorySize));
  const isCaller = depth < m.depth - 1;
  out.flag(isCaller);
  if (isCaller) {
    range(FRAME.argument, FRAME.argumentSize);
    range(FRAME.result, FRAME.resultSize);
  }
  out.big(readWord(u32, (pointer + FRAME.caller) >> 2));
  out.big(readWord(u32, (pointer + FRAME.value) >> 2));
  out.block(`stack of ${depth}`, u8.subarray(pointer + FRAME.stack, at(FRAME.sp)));
  out.block(`memory of ${depth}`, u8.subarray(memory, memory + at(FRAME.memorySize)));
}

/** Numbers that may be negative. */
function packNumbers(numbers: readonly bigint[], out: Packer): void {
  out.int(numbers.length);
  for (const number of numbers) {
    out.flag(number < 0n);
    out.big(number < 0n ? -number : number);
  }
}

function unpackNumbers(from: Unpacker): bigint[] {
  return from.list(() => {
    const isNegative = from.flag();
    const number = from.big();
    return isNegative ? -number : number;
  });
}

/**
 * Makes a machine whose outermost frame is open what a packed one was. Nothing has changed where that cannot be.
 * @throws {BadSavedRun} where the bytes are none, or need more memory than the machine may have
 */
export function unpackMachine(m: Machine, bytes: Uint8Array): void {
  const from = Unpacker.of(bytes);
  // Saved before its first instruction: it is there.
  if (!from.flag()) return;
  const image = imageFrom(from, m);
  if (image.steps === undefined && m.needsSteps) {
    throw new BadSavedRun('saved run: expected one whose steps were counted, to count on from there');
  }
  if (!m.arena.reserve(sizeOf(m, image))) {
    throw new BadSavedRun('saved run: expected room for its memory; the ceiling of this EVM is lower');
  }
  m.state.become(image.state);
  m.forgetSlots();
  m.stateGas?.become(image.meter);
  m.blockHashes.clear();
  for (const [number, hash] of image.blockHashes) m.blockHashes.set(number, hash);
  m.returnData = image.returnData;
  m.depth = 0;
  m.arena.u8.set(image.input, FRAMES);
  for (const frame of image.frames) placeFrame(m, frame, image.input.length);
  m.goOnCounting(image.steps ?? 0n);
}

function imageFrom(from: Unpacker, m: Machine): MachineImage {
  const steps = from.flag() ? from.big(GAS_BITS) : undefined;
  const meter = unpackNumbers(from);
  if (meter.length !== (m.stateGas?.image.length ?? 0)) {
    throw new BadSavedRun('saved run: expected meters of these rules');
  }
  const hashes = unpackNumbers(from);
  const blockHashes: [bigint, bigint][] = [];
  for (let i = 0; i + 1 < hashes.length; i += 2) blockHashes.push([hashes[i], hashes[i + 1]]);
  const returnData = from.block().slice();
  const input = from.block();
  const frames: FrameImage[] = [];
  const depth = from.int(CALL_DEPTH_LIMIT + 1);
  for (let i = 0; i < depth; i++) frames.push(frameFrom(from, frames[i - 1], input.length));
  const state = unpackState(from);
  const top = frames.at(-1);
  if (top === undefined || top.returnDataSize > returnData.length) throw unfit('return data');
  for (const [i, frame] of frames.entries()) checkFrame(frame, i < depth - 1, state);
  return { steps, meter, blockHashes, returnData, input, frames, state };
}

function frameFrom(from: Unpacker, caller: FrameImage | undefined, inputSize: number): FrameImage {
  const kind = KINDS[from.int(KINDS.length - 1)];
  const [account, callee, checkpoint] = [from.int(U32), from.int(U32), from.int(U32)];
  const isCreation = from.flag();
  const isKept = from.flag();
  const code = from.block();
  const [opening, gas] = [from.big(64), from.big(GAS_BITS)];
  const meter = unpackNumbers(from);
  const stateBytes = from.int();
  const pc = from.int(code.length + CODE_PADDING - 1);
  const registers = GAS_REGISTERS.map(() => from.big(GAS_BITS));
  const [callData, callDataSize, returnDataSize] = [from.int(U32), from.int(U32), from.int(U32)];
  const isStatic = from.flag();
  const stepMemorySize = from.int(U32);
  const hasRanges = from.flag();
  const range = (): [number, number] => (hasRanges ? [from.int(U32), from.int(U32)] : [0, 0]);
  const [argument, result] = [range(), range()];
  const [callerWord, value] = [from.big(160), from.big()];
  const [stack, memory] = [from.block(), from.block()];
  if (callData + callDataSize > (caller?.memory.length ?? inputSize)) throw unfit('call data');
  for (const [at, size] of [argument, result]) if (at + size > memory.length) throw unfit('memory');
  if (stack.length % WORD !== 0 || stack.length > STACK_LIMIT * WORD) throw unfit('stack');
  if (memory.length % WORD !== 0 || stepMemorySize > memory.length) throw unfit('memory');
  if (meter.length !== 4) throw unfit('meters');
  return {
    ...{ kind, account, callee, checkpoint, isCreation, opening, gas, meter, stateBytes, pc, registers },
    ...{ callData, callDataSize, returnDataSize, isStatic, stepMemorySize, argument, result },
    ...{ caller: callerWord, value, stack, memory, code },
    codeHash: isKept ? toHex(keccak256(code)) : undefined,
  };
}

/** Whether a frame fits what is around it; one that is not on top must be at a call that can be resumed. */
function checkFrame(frame: FrameImage, isCaller: boolean, { accounts, kinds }: StateImage): void {
  const { account, callee, checkpoint, code, pc, stack } = frame;
  if (account >= accounts.length || callee >= accounts.length) throw unfit('accounts');
  if (checkpoint > kinds.length) throw unfit('journal');
  if (!isCaller) return;
  const opcode = OPCODE_AT[code[pc]];
  if (opcode?.kind !== 'frame' || stack.length < opcode.pops * WORD) throw unfit('calls');
}

function unfit(what: string): BadSavedRun {
  return new BadSavedRun(`saved run: expected frames whose ${what} go together`);
}

/** Where the arena ends that the frames need, wherever their code lies. */
function sizeOf(m: Machine, { input, frames }: MachineImage): number {
  let end = align(FRAMES + input.length);
  for (const { code, memory } of frames) {
    end = align(end + spaceFor(code.length) + FRAME_SIZE + memory.length);
  }
  return Math.max(end, m.arena.size);
}

function placeFrame(m: Machine, image: FrameImage, inputSize: number): void {
  const { arena } = m;
  const { code, codeHash } = image;
  const caller = m.depth === 0 ? undefined : m.frame.pointer;
  const base = caller === undefined ? FRAMES : arena.u32[(caller + FRAME.memory) >> 2];
  const top = align(base + (caller === undefined ? inputSize : arena.u32[(caller + FRAME.memorySize) >> 2]));
  const kept = codeHash === undefined ? undefined : arena.keep(codeHash, code);
  const placed: PlacedCode = kept ?? arena.place(code, top);
  const pointer = kept === undefined ? top + spaceFor(code.length) : top;
  const account = m.state.accounts.all[image.account];
  const { u8, u32, i64 } = arena;
  const memory = pointer + FRAME_SIZE;
  u32.fill(0, pointer >> 2, (pointer + FRAME.stack) >> 2);
  const set = (register: number, value: number): void => {
    u32[(pointer + register) >> 2] = value;
  };
  set(FRAME.pc, placed.code + image.pc);
  set(FRAME.sp, pointer + FRAME.stack + image.stack.length);
  set(FRAME.memory, memory);
  set(FRAME.memorySize, image.memory.length);
  set(FRAME.code, placed.code);
  set(FRAME.storage, account.storageId);
  set(FRAME.codeSize, placed.size);
  set(FRAME.jumps, placed.jumps);
  set(FRAME.callData, base + image.callData);
  set(FRAME.callDataSize, image.callDataSize);
  set(FRAME.returnDataSize, image.returnDataSize);
  set(FRAME.isStatic, image.isStatic ? 1 : 0);
  set(FRAME.stepMemorySize, image.stepMemorySize);
  set(FRAME.argument, memory + image.argument[0]);
  set(FRAME.argumentSize, image.argument[1]);
  set(FRAME.result, memory + image.result[0]);
  set(FRAME.resultSize, image.result[1]);
  GAS_REGISTERS.forEach((register, i) => {
    i64[(pointer + register) >> 3] = image.registers[i];
  });
  writeAccount(u32, (pointer + FRAME.address) >> 2, account);
  writeWord(u32, (pointer + FRAME.caller) >> 2, image.caller);
  writeWord(u32, (pointer + FRAME.value) >> 2, image.value);
  u8.set(image.stack, pointer + FRAME.stack);
  u8.set(image.memory, memory);
  pushImage(m, image, pointer, placed);
}

function pushImage(m: Machine, image: FrameImage, pointer: number, placed: PlacedCode): void {
  const frame = m.frames[m.depth] ?? new Frame();
  m.frames[m.depth++] = frame;
  frame.pointer = pointer;
  frame.placed = placed;
  frame.kind = image.kind;
  frame.account = m.state.accounts.all[image.account];
  frame.callee = m.state.accounts.all[image.callee];
  frame.checkpoint = image.checkpoint;
  frame.isCreation = image.isCreation;
  frame.opening = Number(image.opening);
  frame.gas = image.gas;
  frame.stateBytes = image.stateBytes;
  const [used, refilled, reservoir, borrowed] = image.meter;
  frame.stateGasUsed = used;
  frame.stateGasRefilled = refilled;
  frame.stateGasReservoir = reservoir;
  frame.stateGasBorrowed = borrowed;
}
