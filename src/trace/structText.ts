/** Traces for people, step by step: the text that go-ethereum prints with `--trace.format struct`. */

import type { Address } from '../bytes.ts';
import { toHex } from '../bytes.ts';
import type { StepEvent } from '../machine/tracer.ts';
import { OPCODE_NAMED } from '../protocol/opcodes.ts';
import { faultText, OPCODE_NAMES } from './errorText.ts';
import { wordHex } from './namedTracer.ts';
import type { LineTracer, TextOptions } from './traceText.ts';

const SSTORE = OPCODE_NAMED.SSTORE.code;

/** A tracer that writes each step with its stack, and what is written to storage. */
export function structText(write: (text: string) => void, options: TextOptions): LineTracer {
  const { memory = false, noStack = false, returnData = false, noStorage = false } = options;
  const stored = new Map<Address, Map<bigint, bigint>>();
  return {
    flush() {},
    onStep(step) {
      const { op, fault } = step;
      const name = (OPCODE_NAMES[op] ?? '').padEnd(16);
      const error = fault === undefined ? '' : ` ERROR: ${faultText(fault, op)}`;
      let text = `${name}pc=${String(step.pc).padStart(8, '0')} gas=${step.gas} cost=${step.gasCost}${error}\n`;
      if (!noStack && step.stackSize > 0) text += `Stack:\n${stackText(step)}`;
      if (memory && step.memorySize > 0) text += `Memory:\n${hexDump(step.memory)}`;
      if (!noStorage && op === SSTORE && step.stackSize > 1) text += `Storage:\n${storageText(stored, step)}`;
      if (returnData && step.returnData.length > 0) text += `ReturnData:\n${hexDump(step.returnData)}`;
      write(`${text}\n`);
    },
  };
}

function stackText(step: StepEvent): string {
  let text = '';
  for (let depth = 0; depth < step.stackSize; depth++) {
    text += `${String(depth).padStart(8, '0')}  0x${step.peek(depth).toString(16)}\n`;
  }
  return text;
}

/** All that the contract has written so far, as far as it was seen. */
function storageText(stored: Map<Address, Map<bigint, bigint>>, step: StepEvent): string {
  const { address } = step;
  const slots = stored.get(address) ?? new Map<bigint, bigint>();
  stored.set(address, slots.set(step.peek(0), step.peek(1)));
  return [...slots].map(([key, value]) => `${wordHex(key).slice(2)}: ${wordHex(value).slice(2)}\n`).join('');
}

/** Bytes in rows of 16, with their places and the characters that they are. */
export function hexDump(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const digits = Array.from(
      row,
      (byte, i) => ` ${i === 8 ? ' ' : ''}${toHex(Uint8Array.of(byte)).slice(2)}`,
    );
    const characters = Array.from(row, (byte) =>
      byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : '.',
    );
    text += `${at.toString(16).padStart(8, '0')} ${digits.join('').padEnd(49)}  |${characters.join('')}|\n`;
  }
  return text;
}
