/** `evmill asm`: mnemonics to hex. */

import { assemble } from '../assembler/assemble.ts';
import { AssemblyError } from '../assembler/tokens.ts';
import { toHex } from '../bytes.ts';
import { readText } from './codeInput.ts';
import type { Define } from './commands.ts';
import { UsageError } from './host.ts';
import { DEFAULT_FORK, forkOption } from './values.ts';

const EXAMPLES = `
The language:
  PUSH 1000          a push of as many bytes as the number needs; numbers are decimal, or hex with 0x
  PUSH4 0x01         a push of exactly four bytes
  loop:              names the place; no instruction itself, so a JUMPDEST follows where it is jumped to
  PUSH @loop         pushes the place; PUSH2 @loop does so in two bytes, JUMP @loop and JUMPI @loop jump there
  0xdeadbeef         bytes as they are
  INVALID            the byte 0xfe
  ; and # and //     begin comments

Examples:
  evmill asm program.evm
  echo 'PUSH 1 PUSH 2 ADD' | evmill asm
  evmill run "$(evmill asm program.evm)"

Exit code 0: fine; 2: wrong usage, or text that cannot be understood.`;

/** Declares the command. */
export const asm: Define = (command, host) => {
  command
    .argument('[file]', 'a file of mnemonics; standard input by default, or with -')
    .option('-f, --fork <name>', 'the fork to assemble for: PUSH 0 is PUSH0 from Shanghai on', DEFAULT_FORK)
    .addHelpText('after', EXAMPLES)
    .action(async (file: string | undefined, { fork }: { readonly fork: string }) => {
      const rules = forkOption(fork);
      if (file === undefined && host.stdin.isTTY) {
        throw new UsageError('expected a file, or mnemonics on standard input; --help shows examples');
      }
      const text = await readText(file ?? '-', host);
      try {
        host.out(`${toHex(assemble(text, rules))}\n`);
      } catch (error) {
        if (!(error instanceof AssemblyError)) throw error;
        throw new UsageError(
          `${file === undefined || file === '-' ? 'standard input' : file}: ${error.message}`,
        );
      }
    });
};
