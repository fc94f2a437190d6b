/** `evmill t8n`: a state transition, with the flags, files and exit codes of go-ethereum's `evm t8n`. */

import { Option } from 'commander';
import { toHex } from '../bytes.ts';
import { FORKS } from '../protocol/forks.ts';
import type { ResultTracer, TraceContext } from '../trace/namedTracer.ts';
import { TRACER_NAMES, tracerNamed } from '../trace/tracers.ts';
import { AllocBuilder, allocText } from '../transition/allocJson.ts';
import { EXTRA_EIPS } from '../transition/forkExpression.ts';
import { resultJson } from '../transition/resultJson.ts';
import { ToolError } from '../transition/toolError.ts';
import { integerSetting, planOf } from '../transition/toolInput.ts';
import { bodyOf, type TransitionPlan, type TransitionResult, transition } from '../transition/transition.ts';
import type { Define } from './commands.ts';
import type { Host } from './host.ts';
import { lineFile, OpcodeCounts, resultFile } from './t8nTrace.ts';
import {
  gathered,
  makeBaseDirectory,
  readJsonFile,
  readMembers,
  readStdinMembers,
  STDIN,
  writePieces,
  writeText,
} from './toolFiles.ts';
import { isOn, runTool } from './toolRun.ts';
import { sizeOption } from './values.ts';

interface T8nOptions {
  readonly 'input.alloc': string;
  readonly 'input.env': string;
  readonly 'input.txs': string;
  readonly 'output.basedir'?: string;
  readonly 'output.alloc': string;
  readonly 'output.result': string;
  readonly 'output.body': string;
  readonly 'state.fork': string;
  readonly 'state.chainid': string;
  readonly 'state.reward': string;
  readonly trace?: string | boolean;
  readonly 'trace.memory'?: string | boolean;
  readonly 'trace.nomemory'?: string | boolean;
  readonly 'trace.nostack'?: string | boolean;
  readonly 'trace.returndata'?: string | boolean;
  readonly 'trace.noreturndata'?: string | boolean;
  readonly 'trace.callframes'?: string | boolean;
  readonly 'trace.tracer'?: string;
  readonly 'trace.jsonconfig'?: string;
  readonly 'trace.tracer.config'?: string;
  readonly 'opcode.count': string;
  readonly verbosity: string;
  readonly serve?: string;
  readonly 'serve.limit'?: string;
}

/** Other names that tools know forks by. */
const OTHER_NAMES = ['EIP150', 'EIP158', 'ConstantinopleFix', 'Merge', 'Amsterdam'];

/** One on each line of the help, where tools look for them. */
const FORK_NAMES = [...FORKS.map(({ name }) => name), ...OTHER_NAMES];

const EXAMPLES = `
Forks, and passages such as ParisToShanghaiAtTime15k:
${FORK_NAMES.map((name) => `  ${name}\n`).join('')}EIPs that may be added to a fork, as in Berlin+3529+3541:
  ${EXTRA_EIPS.join(', ')}

An input is the name of a file, or stdin for a part of the object {alloc, env, txs | txsRlp} on standard input.
Transactions in a file that ends in .rlp are a JSON string: the RLP of their list in hex. An output is the name of a
file in --output.basedir, stdout or stderr, or '' for nowhere.

Examples:
  evmill t8n --state.fork Cancun                      alloc.json, env.json, txs.json to alloc.json, result.json
  evmill t8n --input.alloc pre.json --output.alloc post.json --output.result stdout --state.fork Prague
  evmill t8n --input.alloc stdin --input.env stdin --input.txs stdin --output.alloc stdout --output.result stdout
  evmill t8n --trace.tracer callTracer --trace.jsonconfig '{"withLog": true}' --output.basedir out
  evmill t8n --trace --output.basedir out             each transaction's steps in out/trace-INDEX-HASH.jsonl

With --serve each POST of {state: {fork, chainid, reward}, input: {alloc, env, txs | txsRlp}, trace?} is answered
with {alloc, result, body, traces?}; what is wrong with {error, exitCode} and status 400, 413 or 422.
  evmill t8n --serve 8545
  curl -d @request.json http://127.0.0.1:8545

Exit code 0: done, even where transactions were rejected; 2: execution failed; 3: the input does not go together;
4: a block's hash is missing; 10: not JSON; 11: a file cannot be read or written; 12: not RLP.`;

/** Declares the command. */
export const t8n: Define = (command, host, finish) => {
  command
    .option('--input.alloc <source>', 'the state before', 'alloc.json')
    .option('--input.env <source>', 'the block', 'env.json')
    .option('--input.txs <source>', 'the transactions', 'txs.json')
    .option('--output.basedir <folder>', 'where files go; it is made if need be')
    .option('--output.alloc <target>', 'the state afterwards', 'alloc.json')
    .option('--output.result <target>', 'roots, receipts and what was rejected', 'result.json')
    .option('--output.body <target>', 'the RLP of the included transactions', '')
    .option('--state.fork <fork>', 'the rules, perhaps with EIPs on top', 'GrayGlacier')
    .option('--state.chainid <number>', 'the chain', '1')
    .option('--state.reward <wei>', "the miner's reward; -1: none, and the coinbase is not touched", '0')
    .option('--trace [on]', "write each transaction's steps, as EIP-3155 lines")
    .option('--trace.memory [on]', 'with the memory at each step')
    .option('--trace.nomemory [on]', 'without it, as by default')
    .option('--trace.nostack [on]', 'without the stack')
    .option('--trace.returndata [on]', 'with what the last call returned')
    .option('--trace.noreturndata [on]', 'without it, as by default')
    .option('--trace.callframes [on]', 'with a line for each frame that opens')
    .option(
      '--trace.tracer <name>',
      `write what a tracer comes to: a script in JavaScript, or ${TRACER_NAMES.join(', ')}`,
    )
    .option('--trace.jsonconfig <json>', "the tracer's options")
    .addOption(new Option('--trace.tracer.config <json>').hideHelp())
    .option('--opcode.count <file>', 'write how often each opcode was executed', '')
    .option('--verbosity <level>', '2: tell what was rejected; 3: and what was written', '3')
    .option('--serve <address>', 'go on answering requests: on a port, HOST:PORT, or the path of a socket')
    .option('--serve.limit <size>', 'the most that one request may be; 256M by default')
    .addHelpText('after', EXAMPLES)
    .action(async (options: T8nOptions) => {
      const { serve: address } = options;
      finish(
        await runTool(host, () =>
          address === undefined ? runT8n(options, host) : runServer(address, options, host),
        ),
      );
    });
};

async function runServer(address: string, options: T8nOptions, host: Host): Promise<void> {
  const { addressFrom, serve } = await import('./t8nServer.ts');
  const limit = options['serve.limit'];
  const server = await serve(
    addressFrom(address),
    limit === undefined ? undefined : sizeOption(limit, '--serve.limit'),
  );
  host.err(`serving on ${server.url}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.close());
  await server.closed;
}

async function runT8n(options: T8nOptions, host: Host): Promise<void> {
  const folder = makeBaseDirectory(options['output.basedir']);
  const verbosity = integerSetting(options.verbosity, '--verbosity');
  const tell = (level: bigint, text: string) => {
    if (verbosity >= level) host.err(`${text}\n`);
  };
  const counts = options['opcode.count'] === '' ? undefined : new OpcodeCounts();
  const plan = await readPlan(options, host);
  const watching = await watchesOf(options, folder, counts, (problem) => tell(2n, problem));
  const result = transition({ ...plan, ...watching, onRecords: counts?.take });
  for (const { index, error } of result.rejected) tell(2n, `rejected transaction ${index}: ${error}`);
  if (counts !== undefined) {
    writeText(folder, options['opcode.count'], `${JSON.stringify(counts.byName, null, 1)}\n`);
  }
  for (const file of writeOutputs(options, folder, result, host)) tell(3n, `wrote ${file}`);
}

async function readPlan(options: T8nOptions, host: Host): Promise<TransitionPlan> {
  const paths = { alloc: options['input.alloc'], env: options['input.env'], txs: options['input.txs'] };
  const pre = new AllocBuilder();
  const given: Record<string, unknown> = {};
  if (Object.values(paths).includes(STDIN)) {
    const take = (key: string, value: unknown) => {
      given[key] = value;
    };
    const apart = paths.alloc === STDIN ? pre.add.bind(pre) : () => {};
    await readStdinMembers(host, take, { key: 'alloc', take: apart });
  }
  const env = paths.env === STDIN ? given['env'] : readJsonFile(paths.env, 'env');
  const { txs, txsRlp } = paths.txs === STDIN ? given : transactionsFile(paths.txs);
  const plan = planOf(
    { env, txs, txsRlp: rlpText(txsRlp), blobParams: given['blobParams'] },
    {
      fork: options['state.fork'],
      chainId: integerSetting(options['state.chainid'], '--state.chainid'),
      reward: integerSetting(options['state.reward'], '--state.reward'),
    },
    {
      env: paths.env === STDIN ? STDIN : 'env file',
      txs: paths.txs === STDIN ? STDIN : 'txs-file',
    },
  );
  if (paths.alloc !== STDIN) readMembers(paths.alloc, 'alloc', (address, json) => pre.add(address, json));
  return { ...plan, pre: pre.alloc };
}

function transactionsFile(path: string): Record<string, unknown> {
  const json = readJsonFile(path, 'txs');
  return path.endsWith('.rlp') ? { txsRlp: json } : { txs: json };
}

function rlpText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new ToolError('json', 'failed unmarshalling txsRlp: expected a string of hex');
}

async function watchesOf(
  options: T8nOptions,
  folder: string,
  counts: OpcodeCounts | undefined,
  complain: (problem: string) => void,
): Promise<Pick<TransitionPlan, 'watch'>> {
  const named = options['trace.tracer'];
  if (named !== undefined) {
    const make = await tracerMaker(named, options['trace.jsonconfig'] ?? options['trace.tracer.config']);
    make({});
    return {
      watch: (index, hash) =>
        resultFile(folder, index, hash, make({ transactionHash: hash, transactionIndex: index }), complain),
    };
  }
  if (!isOn(options.trace)) return {};
  const lines = {
    memory: isOn(options['trace.memory']) || !isOn(options['trace.nomemory'], true),
    noStack: isOn(options['trace.nostack']),
    returnData: isOn(options['trace.returndata']) || !isOn(options['trace.noreturndata'], true),
    callFrames: isOn(options['trace.callframes']),
  };
  return {
    watch(index, hash) {
      const watch = lineFile(folder, index, hash, lines);
      return counts?.counting(watch) ?? watch;
    },
  };
}

/** How a tracer is made for each transaction: by its name, or by a script, which is one object for all of them. */
async function tracerMaker(
  tracer: string,
  text: string | undefined,
): Promise<(context: TraceContext) => ResultTracer<unknown>> {
  const config = configured(() => (text === undefined || text === '' ? {} : JSON.parse(text)));
  if (TRACER_NAMES.includes(tracer) || !tracer.includes('{')) {
    return (context) => configured(() => tracerNamed(tracer, config, context));
  }
  const [{ loadScriptEngine }, { scriptTracer }] = await Promise.all([
    import('../trace/script/scriptEngine.ts'),
    import('../trace/script/scriptTracer.ts'),
  ]);
  const engine = await loadScriptEngine();
  const script = configured(() => scriptTracer(engine, tracer, { config, livesOn: true }));
  return () => script;
}

function configured<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new ToolError('configuration', `failed instantiating tracer: ${(error as Error).message}`);
  }
}

/** Writes what is asked for; yields the names of files. */
function* writeOutputs(
  options: T8nOptions,
  folder: string,
  result: TransitionResult,
  host: Host,
): Generator<string> {
  // in the order in which go-ethereum sorts them
  const outputs: readonly (readonly [string, string, () => Iterable<string>])[] = [
    ['alloc', options['output.alloc'], () => allocText(result.post, '  ')],
    ['body', options['output.body'], () => [JSON.stringify(toHex(bodyOf(result)))]],
    ['result', options['output.result'], () => [indented(resultJson(result))]],
  ];
  for (const [, target, text] of outputs) {
    if (target === '' || target === 'stdout' || target === 'stderr') continue;
    writePieces(folder, target, text());
    yield target;
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    const chosen = outputs.filter(([, target]) => target === stream);
    if (chosen.length === 0) continue;
    const write = stream === 'stdout' ? host.out : host.err;
    for (const text of gathered(together(chosen))) write(text);
  }
}

/** Several outputs as the members of one object. */
function* together(
  outputs: readonly (readonly [string, string, () => Iterable<string>])[],
): Generator<string> {
  let before = '{\n';
  for (const [name, , text] of outputs) {
    yield `${before}  "${name}": `;
    yield* text();
    before = ',\n';
  }
  yield '\n}\n';
}

function indented(json: unknown): string {
  return JSON.stringify(json, null, 2).replaceAll('\n', '\n  ');
}
