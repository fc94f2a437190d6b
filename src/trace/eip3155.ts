/**
 * Traces as lines of JSON: https://eips.ethereum.org/EIPS/eip-3155, with the fields, their order and their formats as
 * go-ethereum prints them, so that traces of both can be compared byte by byte.
 */

import { toHex } from '../bytes.ts';
import type { EnterEvent, StepEvent, Tracer } from '../machine/tracer.ts';
import { failureText, faultText, OPCODE_NAMES } from './errorText.ts';

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

/** How many characters are gathered before they are handed over. */
const CHUNK = 0x10000;

/** A tracer that writes a line for each instruction, and one for the end of each frame. */
export interface Eip3155Tracer
  extends Pick<Tracer, 'onEnter'>,
    Required<Pick<Tracer, 'onStep' | 'onFault' | 'onLeave'>> {
  /** Hands over the lines that are still held back: when the run has ended, or something else is to be written. */
  flush(): void;
}

/**
 * Makes a tracer of EIP-3155 lines.
 * @param write takes whole lines, many at a time
 */
export function eip3155Tracer(
  write: (lines: string) => void,
  { memory = false, noStack = false, returnData = false, callFrames = false }: Eip3155Options = {},
): Eip3155Tracer {
  let lines = '';
  const flush = (): void => {
    if (lines !== '') write(lines);
    lines = '';
  };
  const line = (text: string): void => {
    lines += `${text}\n`;
    if (lines.length >= CHUNK) flush();
  };
  const stepLine = (step: StepEvent, withReturnData: boolean): void => {
    const { op, fault, memorySize } = step;
    const memoryPart = memory && memorySize > 0 ? `,"memory":"${toHex(step.memory)}"` : '';
    const dataPart =
      withReturnData && step.returnData.length > 0 ? `,"returnData":"${toHex(step.returnData)}"` : '';
    const errorPart = fault === undefined ? '' : `,"error":${quoted(faultText(fault, op))}`;
    const stack = noStack ? 'null' : stackText(step);
    line(
      `{"pc":${step.pc},"op":${op},"gas":"0x${step.gas.toString(16)}","gasCost":"0x${step.gasCost.toString(16)}"` +
        `${memoryPart},"memSize":${memorySize},"stack":${stack}${dataPart},"depth":${step.depth}` +
        `,"refund":${step.refund},"opName":"${OPCODE_NAMES[op]}"${errorPart}}`,
    );
  };
  return {
    flush,
    ...(callFrames ? { onEnter: (frame: EnterEvent) => line(frameText(frame, memory)) } : {}),
    onStep: (step) => stepLine(step, returnData),
    onFault: (step) => stepLine(step, false),
    onLeave(frame) {
      const output = toHex(frame.output).slice(2);
      const error = failureText(frame);
      const errorPart = error === undefined ? '' : `,"error":${quoted(error)}`;
      line(`{"output":"${output}","gasUsed":"0x${frame.gasUsed.toString(16)}"${errorPart}}`);
    },
  };
}

/** A frame that opens. Its input is shown where memory is, and its value where it can have one. */
function frameText({ kind, from, to, input, gas, value }: EnterEvent, withInput: boolean): string {
  const inputPart = withInput && input.length > 0 ? `,"input":"${toHex(input)}"` : '';
  const wei = kind === 'STATICCALL' ? 'null' : `"0x${value.toString(16)}"`;
  return `{"from":"${from}","to":"${to}"${inputPart},"gas":"0x${gas.toString(16)}","value":${wei},"type":"${kind}"}`;
}

/** A text as go-ethereum writes it in JSON. */
function quoted(text: string): string {
  return `"${text.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e')}"`;
}

function stackText(step: StepEvent): string {
  let text = '[';
  for (let depth = step.stackSize - 1; depth >= 0; depth--) {
    text +=
      text.length === 1 ? `"0x${step.peek(depth).toString(16)}"` : `,"0x${step.peek(depth).toString(16)}"`;
  }
  return `${text}]`;
}
