/** `evmill conformance`: runs the official vectors of everything that is not a whole state or chain. */

import { Argument } from 'commander';
import { SUITES } from '../conformance/suites.ts';
import type { Define } from './commands.ts';
import { addVectorOptions, runVectors, tierOption, type VectorOptions } from './vectorRun.ts';

/** State and block tests have commands of their own. */
const OTHERS = SUITES.filter(({ name }) => name !== 'state' && name !== 'block');

/** go-ethereum's tests of its command line, which take the command line to run. */
const EVM = {
  name: 'evm',
  summary: "go-ethereum's tests of evm: an archive, with its list of cases beside it",
};

const ALL = [...OTHERS, EVM];

const width = Math.max(...ALL.map(({ name }) => name.length));

const EXAMPLES = `
Suites:
${ALL.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}

Examples:
  evmill conformance transaction ethereum-tests.tar.gz      all of a suite's files in an archive
  evmill conformance precompile testdata/precompiles        a folder
  evmill conformance evm geth-evm-testdata.tar.gz           with geth-evm-testdata.cases.json beside it
  evmill conformance vm VMTests --match '^exp' --json       some tests, results as JSON

Exit code 0: all passed; 1: some failed; 2: wrong usage, or something could not be read.`;

/** Declares the command. */
export const conformance: Define = (command, host, finish) => {
  command.addArgument(new Argument('<suite>', 'which vectors').choices(ALL.map(({ name }) => name)));
  addVectorOptions(command)
    .addOption(tierOption())
    .addHelpText('after', EXAMPLES)
    .action(async (suite: string, paths: string[], options: VectorOptions) => {
      const reports = suite === EVM.name ? (await import('./evmReports.ts')).evmReports : undefined;
      const words = `evmill conformance ${suite}`;
      const what = { suite, words, noun: `${suite} tests`, ...(reports === undefined ? {} : { reports }) };
      finish(await runVectors(what, paths, options, host));
    });
};
