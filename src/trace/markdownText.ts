/** Traces for people, as a table of Markdown: the text that go-ethereum prints with `--trace.format md`. */

import { type Address, toHex } from '../bytes.ts';
import type { StepEvent } from '../machine/tracer.ts';
import { failureText, faultText, OPCODE_NAMES } from './errorText.ts';
import type { LineTracer, TextOptions } from './traceText.ts';

const HEAD = `
|  Pc   |      Op     | Cost |   Refund  |   Stack   |
|-------|-------------|------|-----------|-----------|
`;

/**
 * A tracer that writes a row for each step.
 * @param checksummed writes an address as people read it
 */
export function markdownText(
  write: (text: string) => void,
  { noStack = false }: TextOptions,
  checksummed: (address: Address) => string,
): LineTracer {
  return {
    flush() {},
    onEnter({ depth, kind, from, to, input, gas, value }) {
      if (depth !== 0) return;
      const target = kind === 'CREATE' ? 'create' : 'to';
      write(
        `Pre-execution info:\n  - from: \`${checksummed(from)}\`\n  - ${target}: \`${checksummed(to)}\`\n` +
          `  - data: \`${hexOrNothing(input)}\`\n  - gas: \`${gas}\`\n  - value: \`${value}\` wei\n${HEAD}`,
      );
    },
    onStep(step) {
      const { op, fault } = step;
      const name = OPCODE_NAMES[op].padStart(10);
      const pc = String(step.pc).padStart(4);
      const cost = String(step.gasCost).padStart(3);
      const refund = String(step.refund).padStart(10);
      const stack = noStack ? '' : `${stackText(step).padStart(10)} |`;
      write(`| ${pc}  | ${name}  |  ${cost} |${refund} |${stack}\n`);
      if (fault !== undefined) write(`Error: ${faultText(fault, op)}\n`);
    },
    onFault(step) {
      const why = step.fault === undefined ? 'execution reverted' : faultText(step.fault, step.op);
      write(`\nError: at pc=${step.pc}, op=${step.op}: ${why}\n`);
    },
    onLeave(frame) {
      if (frame.depth !== 0) return;
      const error = failureText(frame) ?? '<nil>';
      write(
        `\nPost-execution info:\n  - output: \`${hexOrNothing(frame.output)}\`\n` +
          `  - consumed gas: \`${frame.gasUsed}\`\n  - error: \`${error}\`\n`,
      );
    },
  };
}

function stackText(step: StepEvent): string {
  const words: string[] = [];
  for (let depth = step.stackSize - 1; depth >= 0; depth--) words.push(`0x${step.peek(depth).toString(16)}`);
  return `[${words.join(',')}]`;
}

const hexOrNothing = (bytes: Uint8Array): string => (bytes.length === 0 ? '' : toHex(bytes));
