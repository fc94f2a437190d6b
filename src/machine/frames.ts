/**
 * Running frames: an array of them, never recursion of the host. The engine runs the one on top until it leaves;
 * what that means is decided here.
 */

import { EMPTY_BYTES, toHex } from '../bytes.ts';
import { keccak256 } from '../keccak.ts';
import { OPCODE_AT } from '../protocol/opcodes.ts';
import { writeAccount } from '../state/account.ts';
import { writeSmall } from '../state/slots.ts';
import { EMPTY_CODE_HASH } from '../state/source.ts';
import type { Task } from '../task.ts';
import { admit } from './admit.ts';
import { type Arena, sliceOf } from './arena.ts';
import type { Frame } from './frame.ts';
import { chargeGas, gasLeft, giveBackGas, nextSlice, rewind } from './gas.ts';
import { resultSlot } from './host/callResult.ts';
import { deliver, deliverNothing } from './host/returnData.ts';
import { FRAME, STATUS, WORD } from './layout.ts';
import type { Machine } from './machine.ts';
import { unpackMachine } from './packedMachine.ts';
import type { FrameResult, Halt, HaltReason } from './result.ts';
import { warmUp, warmUpAtEnd } from './tier.ts';
import { traceFault, traceLeave } from './tracing.ts';

/** How often frames may open before the host gets a chance to step in, as slices of gas give it one. */
const FRAMES_PER_SLICE = 1024;

const REASONS: Readonly<Record<number, HaltReason>> = {
  [STATUS.outOfGas]: 'outOfGas',
  [STATUS.cannotPay]: 'outOfGas',
  [STATUS.stackUnderflow]: 'stackUnderflow',
  [STATUS.stackOverflow]: 'stackOverflow',
  [STATUS.undefinedOpcode]: 'undefinedOpcode',
  [STATUS.badJump]: 'badJump',
  [STATUS.returnDataOutOfBounds]: 'returnDataOutOfBounds',
  [STATUS.staticViolation]: 'staticViolation',
  [STATUS.memoryCeiling]: 'memoryCeiling',
  [STATUS.initcodeTooLarge]: 'initcodeTooLarge',
  [STATUS.stepsExhausted]: 'stepsExhausted',
};

const SLICE = { kind: 'slice' } as const;

/**
 * Runs until the outermost frame, which must be open, has ended; or until the driver is needed: then undefined, and the
 * machine has what to ask for.
 */
export function goOn(m: Machine): FrameResult | undefined {
  if (m.resumed !== undefined) {
    unpackMachine(m, m.resumed);
    m.resumed = undefined;
  }
  for (;;) {
    const frame = m.frame.pointer;
    const status = m.run();
    switch (status) {
      case STATUS.call:
      case STATUS.create:
        if (++m.opened % FRAMES_PER_SLICE !== 0) continue;
        m.need = SLICE;
        return undefined;
      case STATUS.pause:
        rewind(m.arena, frame);
        m.undoStep();
        return undefined;
      case STATUS.outOfGas:
        if (hasOpcode(m, frame) && nextSlice(m.arena, frame, m.limits.sliceGas)) {
          m.undoStep();
          warmUp(m.frame.placed, m.limits.sliceGas);
          m.need = SLICE;
          return undefined;
        }
        break;
      case STATUS.stepsExhausted:
        if (m.goOnFromStop()) continue;
        break;
      case STATUS.cannotPay:
        // Some of its charges were made: tracers see it as it was before.
        rewind(m.arena, frame);
        break;
    }
    if (status <= STATUS.selfdestruct && isUnwatchedCall(m)) {
      endCall(m, frame, status);
      continue;
    }
    const result = endFrame(m, frame, status);
    if (result !== null) return result;
  }
}

/** Asks for what the machine needs and makes it resident. */
export function* supply(m: Machine): Task<void> {
  const need = m.need!;
  m.need = null;
  // Meanwhile the run can be saved.
  m.isPaused = true;
  const fact = yield need;
  m.isPaused = false;
  admit(m, need, fact);
}

/** Whether the frame on top is a call by another frame, and nobody wants to know more of its end than that one. */
function isUnwatchedCall(m: Machine): boolean {
  return m.depth > 1 && m.tracer === null && m.stateGas === null && !m.frame.isCreation;
}

/** What `endFrame` does for such a call that has not halted: nothing is allocated but a copy of what it returns. */
function endCall(m: Machine, frame: number, status: number): void {
  const { arena, frame: ended } = m;
  const { u32 } = arena;
  const gas = (frame + FRAME.gas) >> 2;
  const reserve = (frame + FRAME.gasReserve) >> 2;
  const sum = u32[gas] + u32[reserve];
  const low = sum < 2 ** 32 ? sum : sum - 2 ** 32;
  const high = u32[gas + 1] + u32[reserve + 1] + (sum === low ? 0 : 1);
  warmUpAtEnd(ended.placed, ended.opening - (high * 2 ** 32 + low));
  if (status === STATUS.revert) m.revert(ended.checkpoint);
  m.depth--;
  const caller = m.frame.pointer;
  giveBackGas(arena, caller, low, high);
  finishCall(m, caller, outputOf(arena, frame, status), status !== STATUS.revert);
}

/** Ends the frame on top; returns its result where it was the outermost. */
function endFrame(m: Machine, frame: number, status: number): FrameResult | null {
  let result = resultOf(m, frame, status);
  const isHostLimit = result.halt?.reason === 'memoryCeiling' || result.halt?.reason === 'stepsExhausted';
  let fault =
    m.tracer !== null && result.status !== 'success' ? traceFault(m, frame, result.halt?.reason) : undefined;
  for (;;) {
    const ended = m.frame;
    // Gas that a halt burns was not spent in the code.
    if (result.status !== 'halt') warmUpAtEnd(ended.placed, ended.opening - Number(result.gasLeft));
    const returned = result;
    if (ended.isCreation && result.status === 'success') result = deposit(m, ended, result);
    if (result.status !== 'success') m.revert(ended.checkpoint);
    m.depth--;
    if (m.stateGas !== null) {
      result = m.depth === 0 ? m.stateGas.endOutermost(result) : m.stateGas.end(ended, result);
    }
    if (m.tracer !== null) traceLeave(m, { ...result, ...wasted(m, returned, result) }, ended.gas, fault);
    fault = undefined;
    if (m.depth === 0) return result;
    if (result.status !== 'success') m.refillState(m.frame.pointer, ended.stateBytes);
    // What a host's limit stops, it stops whole: no caller may see a result that a larger limit would change.
    if (!isHostLimit) break;
  }
  resume(m, m.frame.pointer, m.frames[m.depth], result);
  return null;
}

/** What the frame on top made of itself. */
function resultOf(m: Machine, frame: number, status: number): FrameResult {
  const { arena } = m;
  if (status <= STATUS.selfdestruct) {
    const ended = succeed(outputOf(arena, frame, status), gasLeft(arena, frame));
    return status === STATUS.revert ? { ...ended, status: 'revert' } : ended;
  }
  let reason = status === STATUS.haltFor ? m.haltReason! : REASONS[status];
  if (ENGINE_CHECKS.has(reason) && !hasOpcode(m, frame)) reason = 'undefinedOpcode';
  m.haltReason = undefined;
  return halted(haltAt(m, frame, reason));
}

/** A copy of what a frame that has not halted returns. */
function outputOf({ u8, u32 }: Arena, frame: number, status: number): Uint8Array {
  if (status !== STATUS.return && status !== STATUS.revert) return EMPTY_BYTES;
  const size = u32[(frame + FRAME.outputSize) >> 2];
  return size === 0 ? EMPTY_BYTES : sliceOf(u8, u32[(frame + FRAME.output) >> 2], size);
}

/** Engines know the opcodes of all forks, and price those that this one lacks beyond all means. */
function hasOpcode(m: Machine, frame: number): boolean {
  const { u8, u32 } = m.arena;
  return m.rules.gas[u8[u32[(frame + FRAME.pc) >> 2]]] !== undefined;
}

/** What an engine may say of an opcode that the fork lacks. */
const ENGINE_CHECKS: ReadonlySet<HaltReason> = new Set(['outOfGas', 'stackUnderflow', 'stackOverflow']);

function succeed(output: Uint8Array, left: bigint): FrameResult {
  return { status: 'success', halt: undefined, output, gasLeft: left, created: undefined };
}

function halted(halt: Halt): FrameResult {
  return { status: 'halt', halt, output: EMPTY_BYTES, gasLeft: 0n, created: undefined };
}

function haltAt(m: Machine, frame: number, reason: HaltReason): Halt {
  const { u8, u32 } = m.arena;
  const pc = u32[(frame + FRAME.pc) >> 2];
  const opcode = u8[pc];
  const row = OPCODE_AT[opcode];
  const name = row !== undefined && m.rules.gas[opcode] !== undefined ? row.name : 'INVALID';
  return { reason, pc: pc - u32[(frame + FRAME.code) >> 2], opcode, name };
}

/** What a creation returned becomes code, if it may and if it is paid for. */
function deposit(m: Machine, frame: Frame, result: FrameResult): FrameResult {
  const { params, rules } = m.fork;
  const code = result.output;
  const { pointer, account } = frame;
  const fail = (reason: HaltReason) => halted({ reason, pc: undefined, opcode: undefined, name: undefined });
  if (rules.rejectsCodeStartingEF && code[0] === 0xef) return fail('reservedCode');
  if (code.length > params.maxCodeSize) return fail('codeTooLarge');
  const words = Math.ceil(code.length / WORD);
  const gas = code.length * params.createDepositByteGas + words * params.createDepositWordGas;
  const created = account.address;
  const stateBytes = code.length * params.codeStateBytesPerByte;
  if (!chargeGas(m.arena, pointer, gas) || m.stateGas?.charge(m.arena, pointer, stateBytes) === false) {
    // Frontier: nothing is deployed, and the gas is kept.
    return rules.createDepositMustBePaid
      ? fail('codeDepositUnpaid')
      : { ...result, output: EMPTY_BYTES, created };
  }
  m.state.setCode(account, code, code.length === 0 ? EMPTY_CODE_HASH : toHex(keccak256(code)), 'creation');
  return { ...succeed(code, gasLeft(m.arena, pointer)), created };
}

/** What tracers see of code that was returned and not deployed: the code, and why. */
function wasted(
  m: Machine,
  returned: FrameResult,
  { status, halt, output }: FrameResult,
): Partial<FrameResult> {
  if (returned.output.length === output.length) return {};
  const isUnpaid = status === 'success' && !m.fork.rules.createDepositMustBePaid;
  const reason = 'codeDepositUnpaid';
  return {
    output: returned.output,
    halt: isUnpaid ? { reason, pc: undefined, opcode: undefined, name: undefined } : halt,
  };
}

/** Goes on in the frame that made a call or a creation which has ended. */
function resume(m: Machine, frame: number, ended: Frame, result: FrameResult): void {
  const { arena } = m;
  const { u32 } = arena;
  const gas = (ended.pointer + FRAME.gas) >> 2;
  if (result.status !== 'halt') {
    arena.i64[gas >> 1] = result.gasLeft;
    giveBackGas(arena, frame, u32[gas], u32[gas + 1]);
  }
  if (!ended.isCreation) {
    finishCall(m, frame, result.output, result.status === 'success');
    return;
  }
  const slot = stepOver(m, frame, 0);
  if (result.status === 'revert') {
    m.returnData = result.output;
    u32[(frame + FRAME.returnDataSize) >> 2] = result.output.length;
  } else {
    deliverNothing(m, frame);
  }
  if (result.status === 'success') writeAccount(u32, slot, ended.account);
}

/** A frame gets what its call came to. */
function finishCall(m: Machine, frame: number, output: Uint8Array, isSuccess: boolean): void {
  stepOver(m, frame, isSuccess ? 1 : 0);
  deliver(m, frame, output);
}

/** On to the next instruction, the operands being gone and a result in their place; returns its index. */
function stepOver(m: Machine, frame: number, value: 0 | 1): number {
  const { u32 } = m.arena;
  const slot = resultSlot(m, frame);
  writeSmall(u32, slot, value);
  u32[(frame + FRAME.sp) >> 2] = (slot << 2) + WORD;
  u32[(frame + FRAME.pc) >> 2] += 1;
  return slot;
}
