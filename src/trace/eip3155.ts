/**
 * Traces as lines of JSON: https://eips.ethereum.org/EIPS/eip-3155, with the fields, their order and their formats as
 * go-ethereum prints them, so that traces of both can be compared byte by byte.
 */

import { toHex } from '../bytes.ts';
import type { EnterEvent, LeaveEvent, StepEvent, Tracer } from '../machine/tracer.ts';
import { failureText, faultText, OPCODE_NAMES } from './errorText.ts';
import { LineBuffer } from './lineBuffer.ts';
import { StackText } from './stackText.ts';

/** What lines hold beside the stack. */
export interface Eip3155Options {
  /** also the whole memory at each step */
  readonly memory?: boolean;
  /** leaves the stack out */
  readonly noStack?: boolean;
  /** also what the last call returned */
  readonly returnData?: boolean;
  /** also a line for each frame that opens */
  readonly callFrames?: boolean;
}

/** A tracer that writes a line for each instruction, and one for the end of each frame. */
export interface Eip3155Tracer extends Required<Pick<Tracer, 'onEnter' | 'onStep' | 'onFault' | 'onLeave'>> {
  /** Hands over the lines that are still held back: when the run has ended, or something else is to be written. */
  flush(): void;
}

/**
 * Makes a tracer of EIP-3155 lines as text.
 * @param write takes whole lines, many at a time
 */
export function eip3155Tracer(write: (lines: string) => void, options: Eip3155Options = {}): Eip3155Tracer {
  const decoder = new TextDecoder();
  return eip3155Bytes((lines) => write(decoder.decode(lines)), options);
}

/**
 * The same as bytes of ASCII, where most of the time would go into strings.
 * @param write takes whole lines, many at a time; the bytes are good during the call
 */
export function eip3155Bytes(
  write: (lines: Uint8Array) => void,
  { memory = false, noStack = false, returnData = false, callFrames = false }: Eip3155Options = {},
): Eip3155Tracer {
  const out = new LineBuffer(write);
  const stacks = noStack ? null : new StackText();
  // What is seldom another than in the line before is kept as text.
  let [size, depth, refund] = [-1, -1, -1n];
  let [sizeText, placeText] = [NOTHING, NOTHING];
  const writeStep = (step: StepEvent, withReturnData: boolean): void => {
    const { op, memorySize } = step;
    out.bytes(PC);
    out.decimal(step.pc);
    out.bytes(OP_AND_GAS[op]);
    out.hexQuantity(step.gasHigh, step.gasLow);
    out.bytes(GAS_COST);
    out.hexQuantity(step.gasCostHigh, step.gasCostLow);
    if (memory && memorySize > 0) {
      out.bytes(MEMORY);
      out.hexDigits(step.memory);
    }
    if (memorySize !== size) {
      size = memorySize;
      sizeText = ascii(`","memSize":${size},"stack":${stacks === null ? 'null' : '['}`);
    }
    out.bytes(sizeText);
    if (stacks !== null) {
      stacks.follow(step);
      out.range(stacks.bytes, stacks.start, stacks.end);
      out.bytes(STACK_END);
    }
    if (withReturnData && step.returnData.length > 0) {
      out.bytes(RETURN_DATA);
      out.hexDigits(step.returnData);
      out.bytes(QUOTE);
    }
    if (step.depth !== depth || step.refund !== refund) {
      depth = step.depth;
      refund = step.refund;
      placeText = ascii(`,"depth":${depth},"refund":${refund},"opName":"`);
    }
    out.bytes(placeText);
    out.bytes(OP_NAME[op]);
  };
  const writeFault = ({ fault, op }: StepEvent): void => {
    out.ascii(`,"error":${quoted(faultText(fault!, op))}}\n`);
    out.endLine();
  };
  return {
    flush: () => out.flush(),
    onEnter(frame: EnterEvent) {
      stacks?.open(frame.depth + 1);
      if (!callFrames) return;
      out.ascii(frameText(frame, memory));
      out.endLine();
    },
    onStep(step) {
      writeStep(step, returnData);
      if (step.fault !== undefined) {
        writeFault(step);
        return;
      }
      out.bytes(END);
      out.endLine();
    },
    onFault(step) {
      writeStep(step, false);
      writeFault(step);
    },
    onLeave(frame: LeaveEvent) {
      out.ascii('{"output":"');
      out.hexDigits(frame.output);
      const error = failureText(frame);
      const errorPart = error === undefined ? '' : `,"error":${quoted(error)}`;
      out.ascii(`","gasUsed":"0x${frame.gasUsed.toString(16)}"${errorPart}}\n`);
      out.endLine();
    },
  };
}

/** A frame that opens. Its input is shown where memory is, and its value where it can have one. */
function frameText({ kind, from, to, input, gas, value }: EnterEvent, withInput: boolean): string {
  const inputPart = withInput && input.length > 0 ? `,"input":"${toHex(input)}"` : '';
  const wei = kind === 'STATICCALL' ? 'null' : `"0x${value.toString(16)}"`;
  return `{"from":"${from}","to":"${to}"${inputPart},"gas":"0x${gas.toString(16)}","value":${wei},"type":"${kind}"}\n`;
}

/** A text as go-ethereum writes it in JSON. */
function quoted(text: string): string {
  return `"${text.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e')}"`;
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

// What is the same in all lines, and for each opcode
const PC = ascii('{"pc":');
const OP_AND_GAS = Array.from({ length: 256 }, (_, op) => ascii(`,"op":${op},"gas":"0x`));
const GAS_COST = ascii('","gasCost":"0x');
const MEMORY = ascii('","memory":"0x');
const STACK_END = ascii(']');
const RETURN_DATA = ascii(',"returnData":"0x');
const QUOTE = ascii('"');
const OP_NAME = OPCODE_NAMES.map((name) => ascii(`${name}"`));
const NOTHING = ascii('');
const END = ascii('}\n');
