/** The command line's table of commands, and how one of them is run. A command is one file and one row here. */

import { Command, CommanderError } from 'commander';
import type { Host } from './host.ts';
import { prepared } from './program.ts';
import { packageVersion } from './version.ts';

/**
 * A command's own part: declares its arguments, options and help, and acts. `finish` takes the exit code: 0 fine,
 * 1 something failed; a `UsageError` thrown instead is told to the user, with exit code 2.
 */
export type Define = (command: Command, host: Host, finish: (exitCode: number) => void) => void;

interface Row {
  readonly name: string;
  /** another name, which go-ethereum has for it */
  readonly alias?: string;
  readonly summary: string;
  /** imports the command: only the one that is run, since start-up time counts */
  load(): Promise<Define>;
}

const COMMANDS: readonly Row[] = [
  {
    name: 'run',
    summary: 'run code, and print its output, gas and logs',
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'replay',
    summary: 'replay a recorded run, or the end of it, under any tracer',
    load: async () => (await import('./replay.ts')).replay,
  },
  {
    name: 'trace',
    summary: 'replay transactions of a store or a file under a tracer',
    load: async () => (await import('./trace.ts')).trace,
  },
  {
    name: 'asm',
    summary: 'turn mnemonics into code',
    load: async () => (await import('./asm.ts')).asm,
  },
  {
    name: 'disasm',
    summary: 'turn code into mnemonics',
    load: async () => (await import('./disasm.ts')).disasm,
  },
  {
    name: 'import',
    summary: 'execute blocks from files, and keep the chain in a store',
    load: async () => (await import('./import.ts')).importCommand,
  },
  {
    name: 'export',
    summary: "write a store's blocks to a file",
    load: async () => (await import('./export.ts')).exportCommand,
  },
  {
    name: 'verify',
    summary: 'hold a store against all its hashes and roots',
    load: async () => (await import('./verify.ts')).verify,
  },
  {
    name: 'inspect',
    summary: "show a store's blocks, their access lists, transactions, receipts, accounts and slots",
    load: async () => (await import('./inspect.ts')).inspect,
  },
  {
    name: 'statetest',
    summary: 'run official state tests',
    load: async () => (await import('./statetest.ts')).statetest,
  },
  {
    name: 'blocktest',
    summary: 'run official blockchain tests',
    load: async () => (await import('./blocktest.ts')).blocktest,
  },
  {
    name: 't8n',
    alias: 'transition',
    summary: 'execute transactions on a state, as t8n of go-ethereum',
    load: async () => (await import('./t8n.ts')).t8n,
  },
  {
    name: 't9n',
    alias: 'transaction',
    summary: 'check transactions by themselves, as t9n of go-ethereum',
    load: async () => (await import('./t9n.ts')).t9n,
  },
  {
    name: 'b11r',
    alias: 'block-builder',
    summary: 'put a block together, as b11r of go-ethereum',
    load: async () => (await import('./b11r.ts')).b11r,
  },
  {
    name: 'evm',
    summary: "do as go-ethereum's evm does: its commands, flags, outputs and exit codes",
    load: async () => (await import('./evm.ts')).evm,
  },
  {
    name: 'compare',
    summary: 'run transactions under two rule sets, and tell what differs and what breaks',
    load: async () => (await import('./compare.ts')).compare,
  },
  {
    name: 'fuzz',
    summary: 'run random programs on all tiers and on other EVMs, and make small what differs',
    load: async () => (await import('./fuzz.ts')).fuzz,
  },
  {
    name: 'conformance',
    summary: 'run other official vectors: transactions, RLP, tries, precompiles and more',
    load: async () => (await import('./conformance.ts')).conformance,
  },
  {
    name: 'bench',
    summary: 'measure how fast it is here: programs, opcodes, precompiles, growth',
    load: async () => (await import('./bench.ts')).bench,
  },
  {
    name: 'info',
    summary: 'what this evmill is: version, engine, who computes what, forks',
    load: async () => (await import('./info.ts')).info,
  },
];

/**
 * Runs the command line.
 * @param args without the interpreter's and the script's name
 * @returns the exit code: 0 fine, 1 something failed, 2 usage or unreadable input
 */
export async function runCli(args: readonly string[], host: Host): Promise<number> {
  const word = args.find((arg) => !arg.startsWith('-'));
  const chosen = COMMANDS.find(({ name, alias }) => word !== undefined && (name === word || alias === word));
  const name = chosen === undefined ? 'evmill' : `evmill ${chosen.name}`;
  const tell = (sentence: string): void => host.err(`${name}: ${sentence}\n`);
  if (args.length === 0) {
    tell('expected a command; evmill --help lists them');
    return 2;
  }
  let exitCode = 0;
  const program = prepared(new Command('evmill'), host, tell)
    .description('An EVM: runs contract code, and proves itself against the official tests.')
    .version(`evmill version ${packageVersion()}`, '-V, --version', 'print the version')
    // what follows a command's name is the command's
    .enablePositionalOptions()
    .helpCommand(false);
  for (const row of COMMANDS) {
    const command = prepared(program.command(row.name).description(row.summary), host, tell);
    if (row.alias !== undefined) command.alias(row.alias);
    if (row === chosen) {
      (await row.load())(command, host, (code) => {
        exitCode = code;
      });
    }
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // commander has told its own complaints; help and version are "errors" of exit code 0
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    tell(sentenceOf(error));
    return 2;
  }
}

/** Errors whose messages are meant for the user; by name, since their classes are loaded only with their commands. */
const FOR_THE_USER = new Set(['UsageError', 'UnreadableInput', 'StoreError', 'BadRecording']);

/** What to tell of an error: never a stack trace. One that nobody foresaw says so. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return `unexpected: ${String(error)}`;
  return FOR_THE_USER.has(error.name) ? error.message : `unexpected ${error.name}: ${error.message}`;
}
