/** `evmill evm`: go-ethereum's `evm`, for tools that call one: its commands, flags, outputs and exit codes. */

import { Command, CommanderError } from 'commander';
import { b11r } from './b11r.ts';
import type { Define } from './commands.ts';
import { run } from './evmRun.ts';
import { blocktest, statetest } from './evmTests.ts';
import type { Host } from './host.ts';
import { prepared } from './program.ts';
import { t8n } from './t8n.ts';
import { t9n } from './t9n.ts';
import { packageVersion } from './version.ts';

const COMMANDS: readonly (readonly [
  name: string,
  alias: string | undefined,
  summary: string,
  define: Define,
])[] = [
  ['run', undefined, 'run code', run],
  ['statetest', undefined, 'run state tests', statetest],
  ['blocktest', undefined, 'run blockchain tests', blocktest],
  ['transition', 't8n', 'execute a state transition', t8n],
  ['transaction', 't9n', 'check transactions', t9n],
  ['block-builder', 'b11r', 'build a block', b11r],
];

const HELP = `
A tool that calls a program named evm can be given evmill as one: ln -s $(which evmill) evm

Commands:
${COMMANDS.map(([name, alias, summary]) => `  ${(alias === undefined ? name : `${name}, ${alias}`).padEnd(22)}${summary}`).join('\n')}

Examples:
  evmill evm run --json 6040
  evmill evm statetest --trace --trace.format=md tests.json
  evmill evm t8n --help`;

/** Declares the command. It passes on all that follows its name. */
export const evm: Define = (command, host, finish) => {
  command
    .argument('[command...]', "a command of go-ethereum's evm, with its flags")
    .allowUnknownOption()
    .passThroughOptions()
    .helpOption(false)
    .addHelpText('after', HELP)
    .action(async (args: string[]) => {
      const isHelp = args.length === 0 || args[0] === '--help' || args[0] === '-h';
      if (isHelp) command.outputHelp();
      finish(isHelp ? 0 : await runEvm(args, host));
    });
};

/**
 * Runs a command line of `evm`.
 * @param args without the program's name
 * @returns the exit code
 */
export async function runEvm(args: readonly string[], host: Host): Promise<number> {
  const tell = (sentence: string): void => host.err(`${sentence}\n`);
  let exitCode = 0;
  const program = prepared(new Command('evm'), host, tell)
    .version(`evm version evmill-${packageVersion()}`, '-v, --version', 'print the version')
    .option('--verbosity <level>', 'how much to tell')
    .helpCommand(false);
  for (const [name, alias, summary, define] of COMMANDS) {
    const command = prepared(program.command(name).description(summary), host, tell);
    if (alias !== undefined) command.alias(alias);
    define(command, host, (code) => {
      exitCode = code;
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    tell((error as Error).message);
    return 1;
  }
}
