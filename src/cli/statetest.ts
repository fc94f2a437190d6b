/** `evmill statetest`: runs official state tests. */

import type { Define } from './commands.ts';
import { addTraceLooks } from './traceOptions.ts';
import { addVectorOptions, runVectors, tierOption, type VectorOptions } from './vectorRun.ts';

const EXAMPLES = `
Without a path, names of files are read from standard input, one a line, and each is answered at once.

Examples:
  evmill statetest eest-v5.4.0-state_tests.tar.gz           all tests in an archive, read in place
  evmill statetest GeneralStateTests --fork Berlin,London   a folder's tests, of two forks
  evmill statetest add.json --match '^add' --index 0        some tests of a file
  evmill statetest tests.tar.gz:GeneralStateTests/add.json  one file of an archive
  evmill statetest GeneralStateTests --json > results.json  results as go-ethereum prints them
  find . -name '*.json' | evmill statetest                  file names on standard input

Exit code 0: all passed; 1: some failed; 2: wrong usage, or something could not be read.`;

/** Declares the command. */
export const statetest: Define = (command, host, finish) => {
  addTraceLooks(
    addVectorOptions(command)
      .addOption(tierOption())
      .option('--trace', 'print each instruction on standard error, as EIP-3155 lines (one test at a time)'),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: VectorOptions) => {
      const what = { suite: 'state', words: 'evmill statetest', noun: 'state tests' };
      finish(await runVectors(what, paths, options, host));
    });
};
