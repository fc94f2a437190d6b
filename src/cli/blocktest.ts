/** `evmill blocktest`: runs official blockchain tests. */

import type { Define } from './commands.ts';
import { UsageError } from './host.ts';
import { addTraceLooks } from './traceOptions.ts';
import { addVectorOptions, runVectors, tierOption, type VectorOptions } from './vectorRun.ts';

const EXAMPLES = `
Without a path, names of files are read from standard input, one a line, and each is answered at once.

Examples:
  evmill blocktest eest-v5.4.0-blockchain_tests.tar.gz      all tests in an archive, read in place
  evmill blocktest BlockchainTests --fork London,Paris      a folder's tests, of two forks
  evmill blocktest BlockchainTests --run 'uncle'            as --match, by go-ethereum's name
  evmill blocktest tests.tar.gz:ValidBlocks/a.json --json   one file of an archive, results as JSON

Exit code 0: all passed; 1: some failed; 2: wrong usage, or something could not be read.`;

/** Declares the command. */
export const blocktest: Define = (command, host, finish) => {
  addTraceLooks(
    addVectorOptions(command)
      .option('--run <pattern>', 'the same as --match')
      .addOption(tierOption())
      .option('--trace', 'print each instruction on standard error, as EIP-3155 lines (one test at a time)'),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], { run, ...options }: VectorOptions & { readonly run?: string }) => {
      const what = { suite: 'block', words: 'evmill blocktest', noun: 'blockchain tests' };
      if (run !== undefined && options.match !== undefined) {
        throw new UsageError('--run and --match are the same: expected one of them, got both');
      }
      const match = options.match ?? run;
      finish(await runVectors(what, paths, match === undefined ? options : { ...options, match }, host));
    });
};
