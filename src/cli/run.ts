/** `evmill run`: runs code once, and says what came of it. */

import { concatBytes, EMPTY_BYTES } from '../bytes.ts';
import { createEvm } from '../chain/evm.ts';
import type { BlockContext } from '../machine/environment.ts';
import type { Message } from '../machine/result.ts';
import { type Fork, forkNamed } from '../protocol/forks.ts';
import type { Alloc, StateDiff } from '../state/diff.ts';
import { memoryState } from '../state/memory.ts';
import { runSync } from '../task.ts';
import { CODE_ARGUMENT, readBytes, readCode, readJson } from './codeInput.ts';
import type { Define } from './commands.ts';
import { type Host, UsageError } from './host.ts';
import type { RunReport } from './runReport.ts';
import { type TraceFlags, traceFormat } from './traceFlags.ts';
import {
  addressOption,
  DEFAULT_FORK,
  forkList,
  forkOption,
  hexOption,
  integerOption,
  sizeOption,
} from './values.ts';

/** The options of `evmill run`, parsed. */
export interface RunOptions extends TraceFlags {
  readonly input?: string;
  readonly inputFile?: string;
  readonly create?: boolean;
  readonly contract?: string;
  readonly abi?: string;
  readonly gas?: string;
  readonly stateGas?: string;
  readonly value?: string;
  readonly price?: string;
  readonly sender?: string;
  readonly receiver?: string;
  readonly fork?: string;
  readonly prestate?: string;
  readonly steps?: string;
  readonly memory?: string;
  readonly dump?: boolean;
  readonly json?: boolean;
  readonly tracer?: string;
  readonly tracerConfig?: string;
  readonly bench?: boolean;
  readonly record?: string;
}

/** go-ethereum's: the words themselves as addresses. */
const SENDER = 'sender';
const RECEIVER = 'receiver';
const DEFAULT_GAS = 10_000_000_000n;
const INITIAL_BASE_FEE = 1_000_000_000n;

const EXAMPLES = `
CODE is hex with or without 0x, mnemonics ('evmill asm --help' explains them), a file of either or of plain
bytes, the JSON output of solc, or - for any of these on standard input. Without CODE the code that --prestate
gives the receiver runs.

Examples:
  evmill run 0x600160020160005260206000f3              1 + 2, returned as a word
  evmill run 'PUSH 1 PUSH 2 ADD PUSH 0 MSTORE PUSH 32 PUSH 0 RETURN'
  evmill run Token.json --contract Token --input 0x18160ddd
  evmill run Token.json --create --input $SUPPLY       initcode, its arguments behind it
  evmill run code.hex --trace 2> trace.jsonl           a line for each instruction
  evmill run code.hex --tracer callTracer              its frames as a tree
  evmill run code.hex --fork Berlin --gas 100000 --json
  evmill run --prestate genesis.json --receiver 0xc0de --dump

With --json: {status, output, decoded?, revertReason?, halt?: {reason, pc, opcode, name}, gasUsed, gasLeft, gasRefund,
created?, logs: [{address, topics, data, event?}], state?, bench?}, gas as hex quantities. From Amsterdam on gasUsed is
the sum of regularGasUsed and stateGasUsed, and stateGasLeft is what is left of --state-gas.

Exit code 0: success; 1: revert or halt; 2: wrong usage, or something could not be read.`;

/** Declares the command. */
export const run: Define = (command, host, finish) => {
  command
    .argument('[code]', CODE_ARGUMENT)
    .option('-i, --input <hex>', 'call data; with --create, what is appended to the initcode')
    .option('--input-file <file>', 'the same from a file of hex')
    .option('--create', 'run the code as initcode, and deploy what it returns')
    .option('--contract <name>', "which contract of a compiler's output")
    .option(
      '--abi <file>',
      'names errors, events and what functions return: an ABI, or what a compiler prints',
    )
    .option('--gas <number>', 'gas to run with', String(DEFAULT_GAS))
    .option('--state-gas <number>', 'gas besides, which new state alone may take (Amsterdam)')
    .option('--value <wei>', 'ether sent along, which the sender must have')
    .option('--price <wei>', 'gas price, as GASPRICE gives it')
    .option('--sender <address>', 'who calls', SENDER)
    .option('--receiver <address>', 'who is called', RECEIVER)
    .option('-f, --fork <name>', `rules to run by, or list; ${DEFAULT_FORK} by default`)
    .option('--prestate <file>', 'state before: genesis JSON, or accounts by address')
    .option('--steps <number>', 'stop after so many instructions')
    .option('--memory <size>', 'stop at so much memory, at least 8M; 1G by default')
    .option('--dump', 'print the state after the run as JSON')
    .option('--json', 'print the result as JSON')
    .option('--trace', 'print EIP-3155 lines on standard error, and no text on standard output')
    .addOption(traceFormat())
    .option('--trace.memory', 'with the memory at each step')
    .option('--trace.nostack', 'without the stack')
    .option('--trace.returndata', 'with what the last call returned')
    .option('--tracer <tracer>', "print what a tracer saw instead: 'evmill trace --help' has them")
    .option('--tracer-config <json>', "the tracer's options")
    .option('--record <file>', "also write a recording of the run, for 'evmill replay'")
    .option('--bench', 'run again and again, and print how long it takes')
    .addHelpText('after', EXAMPLES)
    .action(async (code: string | undefined, options: RunOptions) => {
      if (options.fork === 'list') host.out(forkList());
      else finish(await runCode(code, options, host));
    });
};

/** What a run is made of, options read. */
export interface Setup {
  readonly fork: Fork;
  readonly block: Partial<BlockContext>;
  readonly alloc: Alloc;
  readonly message: Message;
  readonly abi: unknown;
  readonly abiSource: string;
}

async function runCode(code: string | undefined, options: RunOptions, host: Host): Promise<number> {
  const { fork, block, alloc, message, abi, abiSource } = await setUp(code, options, host);
  const evm = makeEvm(fork, options.memory);
  const steps = options.steps === undefined ? undefined : integerOption(options.steps, '--steps', 2n ** 63n);
  const source = memoryState(alloc);
  const limits = { block, ...(steps === undefined ? {} : { steps }) };
  if (options.record !== undefined) {
    const { recordRun } = await import('./replay.ts');
    recordRun(evm, message, limits, source, options.record);
  }
  if (options.tracer !== undefined) {
    const { tracedRun } = await import('./tracedRun.ts');
    return tracedRun((tracer) => runSync(evm.call(message, { ...limits, tracer }), source), options, host);
  }
  const runOnce = () => runSync(evm.call(message, limits), source);
  const tracer = options.trace ? await lineTracer(options, host) : undefined;
  const result = tracer ? runSync(evm.call(message, { ...limits, tracer }), source) : runOnce();
  tracer?.flush();
  const report: RunReport = {
    result,
    input: message.data ?? EMPTY_BYTES,
    abi,
    abiSource,
    hasStateGas: fork.rules.stateGas,
  };
  const bench = options.bench ? (await import('./benchRun.ts')).benchRun(runOnce) : undefined;
  const state = options.dump ? await stateAfter(alloc, result.diff) : undefined;
  if (options.json) {
    const json = (await import('./runReport.ts')).runJson(report);
    if (state !== undefined) json['state'] = state;
    if (bench !== undefined) json['bench'] = benchJson(bench);
    host.out(`${JSON.stringify(json, null, 2)}\n`);
  } else {
    // as in go-ethereum: who traces has the output in the last line of the trace
    if (!options.trace) host.out((await import('./runReport.ts')).runText(report));
    if (state !== undefined) host.out(`${JSON.stringify(state, null, 4)}\n`);
    if (bench !== undefined) host.out((await import('./benchRun.ts')).benchText(bench));
  }
  return result.status === 'success' ? 0 : 1;
}

/**
 * Reads what a run is made of.
 * @throws {UsageError} when it cannot be read
 */
export async function setUp(argument: string | undefined, options: RunOptions, host: Host): Promise<Setup> {
  const prestate =
    options.prestate === undefined
      ? undefined
      : (await import('./prestate.ts')).readPrestate(options.prestate);
  const fork =
    options.fork === undefined ? (prestate?.fork ?? forkNamed(DEFAULT_FORK)) : forkOption(options.fork);
  const creation = options.create === true;
  const sender = accountOption(options.sender, SENDER, '--sender');
  const receiver = accountOption(options.receiver, RECEIVER, '--receiver');
  const alloc = new Map(prestate?.alloc);
  if (argument === undefined && (creation || !alloc.get(receiver)?.code.length)) {
    throw new UsageError(
      prestate === undefined || creation
        ? 'expected code: hex, mnemonics, a file, or -; --help shows examples'
        : `expected code: --prestate gives ${receiver} none; name another account with --receiver`,
    );
  }
  const given =
    argument === undefined
      ? undefined
      : await readCode(argument, { fork, creation, contract: options.contract }, host);
  if (given !== undefined && !creation) {
    const account = alloc.get(receiver) ?? { nonce: 0n, balance: 0n, storage: new Map<bigint, bigint>() };
    alloc.set(receiver, { ...account, code: given.code });
  }
  const gas = integerOption(options.gas ?? '', '--gas', 2n ** 63n);
  const input = readInput(options);
  const price = options.price === undefined ? 0n : integerOption(options.price, '--price', 2n ** 256n);
  const value = options.value === undefined ? 0n : integerOption(options.value, '--value', 2n ** 256n);
  const data = creation ? concatBytes(given!.code, input) : input;
  const stateGas =
    options.stateGas === undefined ? 0n : integerOption(options.stateGas, '--state-gas', 2n ** 63n);
  if (stateGas > 0n && !fork.rules.stateGas) {
    throw new UsageError(
      `--state-gas: expected a fork that counts gas for new state apart, got ${fork.name}`,
    );
  }
  return {
    fork,
    block: {
      // Where it prices state it stays what blocks have, however much gas there is.
      ...(fork.rules.stateGas ? {} : { gasLimit: gas }),
      baseFee: INITIAL_BASE_FEE,
      ...prestate?.block,
    },
    alloc,
    message: { caller: sender, to: creation ? null : receiver, value, data, gas, stateGas, gasPrice: price },
    abi: options.abi === undefined ? given?.abi : await abiFrom(options.abi, options.contract),
    abiSource: options.abi ?? argument ?? '',
  };
}

function accountOption(text: string | undefined, word: string, option: string) {
  if (text !== undefined && text !== word) return addressOption(text, option);
  return addressOption(Buffer.from(word).toString('hex'), option);
}

/** An ABI file is the array itself, or what a compiler prints. */
async function abiFrom(path: string, contract: string | undefined): Promise<unknown> {
  const json = readJson(path);
  if (Array.isArray(json)) return json;
  const { chooseContract, compiledContracts } = await import('./solcJson.ts');
  const { abi } = chooseContract(compiledContracts(json), contract, path);
  if (abi === undefined) throw new UsageError(`${path}: expected an ABI, got a contract without one`);
  return abi;
}

function readInput({ input, inputFile }: RunOptions): Uint8Array {
  if (input !== undefined && inputFile !== undefined) {
    throw new UsageError('expected --input or --input-file, got both');
  }
  if (inputFile !== undefined) return hexOption(new TextDecoder().decode(readBytes(inputFile)), inputFile);
  return input === undefined ? EMPTY_BYTES : hexOption(input, '--input');
}

function makeEvm(fork: Fork, memory: string | undefined): ReturnType<typeof createEvm> {
  if (memory === undefined) return createEvm({ fork });
  try {
    return createEvm({ fork, memoryCeiling: sizeOption(memory, '--memory') });
  } catch (error) {
    if (error instanceof RangeError)
      throw new UsageError(`--memory: ${error.message.replace(/^memory ceiling: /, '')}`);
    throw error;
  }
}

async function lineTracer(flags: TraceFlags, host: Host) {
  return (await import('./traceOptions.ts')).flaggedTracer(flags, host);
}

/** A state after a run, as go-ethereum dumps it. */
export async function stateAfter(alloc: Alloc, diff: StateDiff) {
  const { applyDiff } = await import('../state/applyDiff.ts');
  return (await import('./stateDump.ts')).stateDump(applyDiff(alloc, diff));
}

function benchJson({ gasUsed, ...rest }: ReturnType<typeof import('./benchRun.ts').benchRun>) {
  return { ...rest, gasUsed: `0x${gasUsed.toString(16)}` };
}
