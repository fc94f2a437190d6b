/** `evmill t9n`: checks transactions by themselves, with the flags and the words of go-ethereum's `evm t9n`. */

import { fromHex } from '../bytes.ts';
import { rulesNamed } from '../transition/forkExpression.ts';
import { ToolError } from '../transition/toolError.ts';
import { integerSetting } from '../transition/toolInput.ts';
import { checkTransactions } from '../transition/transactionCheck.ts';
import { hexFromJson } from '../transition/transactionJson.ts';
import type { Define } from './commands.ts';
import type { Host } from './host.ts';
import { readJsonFile, readStdinMembers, STDIN } from './toolFiles.ts';
import { runTool } from './toolRun.ts';

interface T9nOptions {
  readonly 'input.txs': string;
  readonly 'state.fork': string;
  readonly 'state.chainid': string;
}

const EXAMPLES = `
Transactions are a JSON string in a file that ends in .rlp: the RLP of their list in hex; or, with stdin, txsRlp of
the object on standard input. For each transaction an object is printed: {error?, address?, hash?, intrinsicGas?}.

Examples:
  evmill t9n --input.txs signed.rlp --state.fork London
  echo '{"txsRlp": "0xf8d2b8…"}' | evmill t9n --input.txs stdin

Exit code 0: checked, whatever they are; 1: not a list; 3: no such fork; 10: not JSON; 11: a file cannot be read, or
the list ends early.`;

/** Declares the command. */
export const t9n: Define = (command, host, finish) => {
  command
    .option('--input.txs <source>', 'the transactions', 'txs.json')
    .option('--state.fork <fork>', 'the rules', 'GrayGlacier')
    .option('--state.chainid <number>', 'the chain', '1')
    .addHelpText('after', EXAMPLES)
    .action(async (options: T9nOptions) => {
      finish(await runTool(host, () => runT9n(options, host)));
    });
};

async function runT9n(options: T9nOptions, host: Host): Promise<void> {
  const chainId = integerSetting(options['state.chainid'], '--state.chainid');
  const fork = rulesNamed(options['state.fork'], chainId).forkOf(0n, 0n);
  const list = await transactionList(options['input.txs'], host);
  const { verdicts, problem } = checkTransactions(list, fork, chainId);
  if (problem !== undefined) throw problem;
  host.out(`${JSON.stringify(verdicts, null, 2)}\n`);
}

async function transactionList(source: string, host: Host): Promise<Uint8Array> {
  if (source === STDIN) {
    let list = '';
    await readStdinMembers(host, (key, value) => {
      if (key === 'txsRlp') list = String(value);
    });
    return fromHex(list);
  }
  const json = readJsonFile(source, 'txs');
  if (!source.endsWith('.rlp')) throw new ToolError('inputOutput', 'only rlp supported');
  try {
    return hexFromJson(json);
  } catch (error) {
    throw new ToolError('other', `${source}: ${(error as Error).message}`);
  }
}
