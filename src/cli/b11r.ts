/** `evmill b11r`: puts a block together, with the flags, files and exit codes of go-ethereum's `evm b11r`. */

import { assembleBlock } from '../transition/blockAssembly.ts';
import { readingJson } from '../transition/toolError.ts';
import type { Define } from './commands.ts';
import type { Host } from './host.ts';
import { makeBaseDirectory, readJsonFile, readStdinMembers, STDIN, writeText } from './toolFiles.ts';
import { runTool } from './toolRun.ts';

interface B11rOptions {
  readonly 'input.header': string;
  readonly 'input.ommers'?: string;
  readonly 'input.withdrawals'?: string;
  readonly 'input.txs': string;
  readonly 'seal.clique'?: string;
  readonly 'output.basedir'?: string;
  readonly 'output.block': string;
}

const EXAMPLES = `
The header is an object as JSON-RPC has it; ommers are a list of RLP in hex; transactions are a JSON string, the RLP
of their list in hex, as t8n's --output.body has it. An input may be stdin: a part of the object {header, ommers,
txs, withdrawals, clique} on standard input. What is printed is {rlp, hash}.

Examples:
  evmill b11r --input.header header.json --input.txs body.rlp --output.block stdout
  evmill b11r --input.header header.json --input.ommers ommers.json --seal.clique clique.json

Exit code 0: done; 3: sealing contradicts the header; 10: not JSON; 11: a file cannot be read or written; 12: not RLP.`;

/** Declares the command. */
export const b11r: Define = (command, host, finish) => {
  command
    .option('--input.header <source>', 'the header', 'header.json')
    .option('--input.ommers <source>', "the ommers' RLP; none by default")
    .option('--input.withdrawals <source>', 'the withdrawals; none by default')
    .option('--input.txs <source>', 'the RLP of the transactions', 'txs.rlp')
    .option('--seal.clique <source>', 'seal with Clique: {secretKey, voted?, authorize?, vanity?}')
    .option('--output.basedir <folder>', 'where the file goes; it is made if need be')
    .option('--output.block <target>', 'the block: a file, stdout or stderr', 'block.json')
    .addHelpText('after', EXAMPLES)
    .action(async (options: B11rOptions) => {
      finish(await runTool(host, () => runB11r(options, host)));
    });
};

/** The parts, and the options that say where they are. */
const PARTS = [
  ['clique', 'seal.clique'],
  ['header', 'input.header'],
  ['ommers', 'input.ommers'],
  ['withdrawals', 'input.withdrawals'],
  ['txs', 'input.txs'],
] as const;

async function runB11r(options: B11rOptions, host: Host): Promise<void> {
  const folder = makeBaseDirectory(options['output.basedir']);
  const parts: Record<string, unknown> = {};
  if (PARTS.some(([, option]) => options[option] === STDIN)) {
    await readStdinMembers(host, (key, value) => {
      parts[key] = value;
    });
  }
  for (const [part, option] of PARTS) {
    const source = options[option];
    if (source !== undefined && source !== '' && source !== STDIN) parts[part] = readJsonFile(source, part);
  }
  const { header, ommers, txs, withdrawals, clique } = parts;
  const block = readingJson('block', () => assembleBlock({ header, ommers, txs, withdrawals, clique }));
  const text = `${JSON.stringify(block, null, 2)}\n`;
  const target = options['output.block'];
  if (target === 'stdout') host.out(text);
  else if (target === 'stderr') host.err(text);
  else writeText(folder, target, text);
}
