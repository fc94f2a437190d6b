/**
 * Traces as lines of JSON: https://eips.ethereum.org/EIPS/eip-3155, with the fields, their order and their formats as
 * go-ethereum prints them, so that traces of both can be compared line by line.
 */

import { toHex } from '../bytes.ts';
import type { HaltReason } from '../machine/result.ts';
import type { LeaveEvent, StepEvent, Tracer } from '../machine/tracer.ts';
import { OPCODE_AT, OPCODE_NAMED } from '../protocol/opcodes.ts';

/** What lines hold beside the stack. */
export interface Eip3155Options {
  /** also the whole memory at each step */
  readonly memory?: boolean;
  /** leaves the stack out */
  readonly noStack?: boolean;
  /** also what the last call returned */
  readonly returnData?: boolean;
}

/** How many characters are gathered before they are handed over. */
const CHUNK = 0x10000;

/** go-ethereum's words for what stops a frame; those of stacks and opcodes have their numbers added. */
const ERRORS: Readonly<Record<HaltReason, string>> = {
  outOfGas: 'out of gas',
  stackUnderflow: 'stack underflow',
  stackOverflow: 'stack limit reached',
  undefinedOpcode: 'invalid opcode',
  badJump: 'invalid jump destination',
  returnDataOutOfBounds: 'return data out of bounds',
  staticViolation: 'write protection',
  initcodeTooLarge: 'max initcode size exceeded',
  insufficientBalance: 'insufficient balance for transfer',
  addressCollision: 'contract address collision',
  codeTooLarge: 'max code size exceeded',
  reservedCode: 'invalid code: must not begin with 0xef',
  precompileFailure: 'precompile failed',
  memoryCeiling: "the host's memory ceiling",
  stepsExhausted: "the host's limit of steps",
};

/** Names by byte, as go-ethereum has them. */
const NAMES: readonly string[] = Array.from({ length: 256 }, (_, code) => {
  if (code === OPCODE_NAMED.PREVRANDAO.code) return 'DIFFICULTY';
  if (code === 0xfe) return 'INVALID';
  return OPCODE_AT[code]?.name ?? `opcode 0x${code.toString(16)} not defined`;
});

/** The step before the end of a frame. */
interface LastStep {
  depth: number;
  /** what `,"error":…` follows in the line that it gets once more if it failed; empty where it cannot */
  line: string;
  /** why it could not be executed */
  error: string | undefined;
}

/** A tracer that writes a line for each instruction, and one for the end of each frame. */
export interface Eip3155Tracer extends Required<Pick<Tracer, 'onStep' | 'onLeave'>> {
  /** Hands over the lines that are still held back: when the run has ended, or something else is to be written. */
  flush(): void;
}

/**
 * Makes a tracer of EIP-3155 lines.
 * @param write takes whole lines, many at a time
 */
export function eip3155Tracer(
  write: (lines: string) => void,
  { memory = false, noStack = false, returnData = false }: Eip3155Options = {},
): Eip3155Tracer {
  let lines = '';
  const last: LastStep = { depth: 0, line: '', error: undefined };
  const flush = (): void => {
    if (lines !== '') write(lines);
    lines = '';
  };
  const line = (text: string): void => {
    lines += `${text}\n`;
    if (lines.length >= CHUNK) flush();
  };
  return {
    flush,
    onStep(step) {
      const start = `{"pc":${step.pc},"op":${step.op},"gas":"0x${step.gas.toString(16)}"`;
      const memoryPart = memory && step.memorySize > 0 ? `,"memory":"${toHex(step.memory)}"` : '';
      const stack = noStack ? 'null' : stackText(step);
      const dataPart =
        returnData && step.returnData.length > 0 ? `,"returnData":"${toHex(step.returnData)}"` : '';
      const end = `,"depth":${step.depth},"refund":${step.refund},"opName":"${NAMES[step.op]}"`;
      const cost = `,"gasCost":"0x${step.gasCost.toString(16)}"${memoryPart},"memSize":`;
      const text = `${start}${cost}${step.memorySize},"stack":${stack}${dataPart}${end}`;
      last.depth = step.depth;
      last.line = '';
      if (step.error !== undefined) {
        last.error = errorAtStep(step, step.error);
        line(`${text},"error":${JSON.stringify(last.error)}}`);
        return;
      }
      last.error = undefined;
      line(`${text}}`);
      // Few instructions fail once they have begun: only theirs are remembered.
      if (MAY_FAIL[step.op] === 1) last.line = failedLine(step, noStack, start + cost, dataPart + end);
    },
    onLeave(frame) {
      const { output, gasUsed } = frame;
      const isLasts = last.depth === frame.depth + 1;
      let error = frame.status === 'success' ? undefined : errorOf(frame);
      if (error !== undefined && isLasts) {
        if (last.line !== '') line(`${last.line},"error":${JSON.stringify(error)}}`);
        error = last.error ?? error;
      }
      last.depth = 0;
      const errorPart = error === undefined ? '' : `,"error":${JSON.stringify(error)}`;
      line(`{"output":"${toHex(output).slice(2)}","gasUsed":"0x${gasUsed.toString(16)}"${errorPart}}`);
    },
  };
}

/** 1 for opcodes that may fail after their charges: go-ethereum shows them once more, with the operands gone. */
const MAY_FAIL = new Uint8Array(256);
for (const name of ['JUMP', 'JUMPI', 'RETURNDATACOPY', 'REVERT'] as const)
  MAY_FAIL[OPCODE_NAMED[name].code] = 1;

/** An instruction's line as it is once it has failed: without its operands, its memory grown. */
function failedLine(step: StepEvent, noStack: boolean, start: string, end: string): string {
  const { pops } = OPCODE_AT[step.op]!;
  const stack = noStack ? 'null' : stackText(step, pops);
  return `${start}${grownMemory(step)},"stack":${stack}${end}`;
}

function grownMemory(step: StepEvent): number {
  const { op, memorySize } = step;
  const isRevert = op === OPCODE_NAMED.REVERT.code;
  if (!isRevert && op !== OPCODE_NAMED.RETURNDATACOPY.code) return memorySize;
  const size = Number(step.peek(isRevert ? 1 : 2));
  if (size === 0) return memorySize;
  return Math.max(memorySize, Math.ceil((Number(step.peek(0)) + size) / 32) * 32);
}

function stackText(step: StepEvent, without = 0): string {
  let text = '[';
  for (let depth = step.stackSize - 1; depth >= without; depth--) {
    text +=
      text.length === 1 ? `"0x${step.peek(depth).toString(16)}"` : `,"0x${step.peek(depth).toString(16)}"`;
  }
  return `${text}]`;
}

function errorAtStep(step: StepEvent, reason: HaltReason): string {
  const size = step.stackSize;
  const { pops = 0, pushes = 0 } = OPCODE_AT[step.op] ?? {};
  switch (reason) {
    case 'stackUnderflow':
      return `stack underflow (${size} <=> ${pops})`;
    case 'stackOverflow':
      return `stack limit reached ${size} (${1024 - (pushes - pops)})`;
    case 'undefinedOpcode':
      return `invalid opcode: ${NAMES[step.op]}`;
    default:
      return ERRORS[reason];
  }
}

function errorOf({ status, halt }: LeaveEvent): string {
  return status === 'revert' ? 'execution reverted' : ERRORS[halt!.reason];
}
