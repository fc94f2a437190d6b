/** `evmill disasm`: code to mnemonics. */

import { listing, source } from '../assembler/disassemble.ts';
import { CODE_ARGUMENT, readCode } from './codeInput.ts';
import type { Define } from './commands.ts';
import { DEFAULT_FORK, forkOption } from './values.ts';

interface DisasmOptions {
  readonly fork: string;
  readonly source?: boolean;
  readonly create?: boolean;
  readonly contract?: string;
}

const EXAMPLES = `
Each line: position, > at a jump destination, bytes, mnemonic and operand. Bytes that the fork has no opcode for
are INVALID; what is missing of a push at the end of the code is ??.

Examples:
  evmill disasm 0x6001600101
  evmill disasm Token.json --contract Token
  evmill disasm code.bin --fork Berlin
  evmill disasm code.hex --source | evmill asm         the same code again

Exit code 0: fine; 2: wrong usage, or code that cannot be read.`;

/** Declares the command. */
export const disasm: Define = (command, host) => {
  command
    .argument('<code>', CODE_ARGUMENT)
    .option('-f, --fork <name>', 'the fork whose opcodes these are', DEFAULT_FORK)
    .option('--source', "print text for 'evmill asm'")
    .option('--create', "the creation code of a compiler's output")
    .option('--contract <name>', "which contract of a compiler's output")
    .addHelpText('after', EXAMPLES)
    .action(async (argument: string, options: DisasmOptions) => {
      const fork = forkOption(options.fork);
      const wish = { fork, creation: options.create === true, contract: options.contract };
      const { code } = await readCode(argument, wish, host);
      let lines = '';
      for (const line of (options.source ? source : listing)(code, fork)) {
        lines += `${line}\n`;
        if (lines.length > 0x10000) {
          host.out(lines);
          lines = '';
        }
      }
      host.out(lines);
    });
};
