/** `evmill conformance`: runs the official vectors of everything that is not a whole state or chain. */

import { Argument } from 'commander';
import { SUITES } from '../conformance/suites.ts';
import type { Define } from './commands.ts';
import { addVectorOptions, runVectors, tierOption, type VectorOptions } from './vectorRun.ts';

/** State and block tests have commands of their own. */
const OTHERS = SUITES.filter(({ name }) => name !== 'state' && name !== 'block');

const width = Math.max(...OTHERS.map(({ name }) => name.length));

const EXAMPLES = `
Suites:
${OTHERS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}

Examples:
  evmill conformance transaction ethereum-tests.tar.gz      all of a suite's files in an archive
  evmill conformance precompile testdata/precompiles        a folder
  evmill conformance vm VMTests --match '^exp' --json       some tests, results as JSON

Exit code 0: all passed; 1: some failed; 2: wrong usage, or something could not be read.`;

/** Declares the command. */
export const conformance: Define = (command, host, finish) => {
  command.addArgument(new Argument('<suite>', 'which vectors').choices(OTHERS.map(({ name }) => name)));
  addVectorOptions(command)
    .addOption(tierOption())
    .addHelpText('after', EXAMPLES)
    .action(async (suite: string, paths: string[], options: VectorOptions) => {
      const what = { suite, words: `evmill conformance ${suite}`, noun: `${suite} tests` };
      finish(await runVectors(what, paths, options, host));
    });
};
