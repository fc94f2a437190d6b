/** `evm statetest` and `evm blocktest`, as go-ethereum has them: results as JSON, state roots on standard error. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runBlockTests } from '../conformance/blockTests.ts';
import type { CaseResult } from '../conformance/caseResult.ts';
import { linesOf } from '../conformance/fixtureFiles.ts';
import { isObject } from '../conformance/fixtureValues.ts';
import { type GethExtras, gethArray } from '../conformance/gethReport.ts';
import { isStateTest, type StateTestCase, stateTestCases } from '../conformance/stateTestFormat.ts';
import { stateTestMachine } from '../conformance/stateTestMachine.ts';
import { runStateTestCase } from '../conformance/stateTests.ts';
import type { TraceSink } from '../conformance/traceSink.ts';
import { InvalidTransaction } from '../errors.ts';
import type { Alloc } from '../state/diff.ts';
import type { Define } from './commands.ts';
import type { Host } from './host.ts';
import { stateAfter } from './run.ts';
import { isOn } from './toolRun.ts';
import type { TraceFlags } from './traceFlags.ts';
import { addTraceLooks, flaggedTracer } from './traceOptions.ts';

interface EvmTestOptions extends TraceFlags {
  readonly run: string;
  readonly human?: boolean;
  readonly dump?: boolean;
  readonly bench?: boolean;
  readonly json?: boolean;
  readonly debug?: boolean;
  readonly fuzz?: boolean;
  readonly 'statetest.fork'?: string;
  readonly 'statetest.index'?: string;
}

/** A result with what is asked for besides. */
interface Result {
  readonly result: CaseResult;
  readonly extras: GethExtras;
}

/** Runs a file's tests. */
type RunTests = (content: unknown, options: EvmTestOptions, trace: TraceSink) => Promise<readonly Result[]>;

/** Declares `evm statetest`. */
export const statetest: Define = (command, host, finish) => {
  addTestOptions(command)
    .option('--bench', 'also tell how long each takes')
    .option('--statetest.fork <name>', 'only tests of this fork')
    .option('--statetest.index <number>', 'only the subtest at this position')
    .action(async (path: string | undefined, options: EvmTestOptions) => {
      finish(await runAll(path, options, host, runStates));
    });
};

/** Declares `evm blocktest`. */
export const blocktest: Define = (command, host, finish) => {
  addTestOptions(command)
    .option('--fuzz', 'print each result by itself')
    .action(async (path: string | undefined, options: EvmTestOptions) => {
      finish(await runAll(path, options, host, runBlocks));
    });
};

function addTestOptions(command: Parameters<Define>[0]) {
  return addTraceLooks(
    command
      .argument('[path]', 'a file or a folder; without one, names of files on standard input')
      .option('--run <pattern>', 'only tests whose name matches', '.*')
      .option('--human', 'print results for people')
      .option('--dump', 'also tell the state afterwards')
      .option('--trace [on]', 'print each instruction on standard error')
      .option('--json', 'the same as --trace --trace.format json')
      .option('--debug', 'the same as --trace --trace.format struct'),
  );
}

async function runAll(
  path: string | undefined,
  options: EvmTestOptions,
  host: Host,
  runTests: RunTests,
): Promise<number> {
  const trace = sinkOf(options, host);
  const runFile = (file: string) => runTests(JSON.parse(readFileSync(file, 'utf8')), options, trace);
  if (path !== undefined) {
    const results: Result[] = [];
    for (const file of jsonFilesAt(path)) results.push(...(await runFile(file)));
    report(results, options, host);
    return 0;
  }
  for await (const file of linesOf(host.stdin)) {
    const results = await runFile(file);
    for (const group of options.fuzz ? results.map((result) => [result]) : [results])
      report(group, options, host);
  }
  return 0;
}

function jsonFilesAt(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
  return names.filter((name) => name.endsWith('.json')).map((name) => join(path, name));
}

function sinkOf(options: EvmTestOptions, host: Host): TraceSink {
  const format = isOn(options.trace)
    ? (options['trace.format'] ?? 'json')
    : options.json
      ? 'json'
      : options.debug
        ? 'struct'
        : undefined;
  const flags = { ...options, 'trace.format': format };
  return {
    tracer: () => (format === undefined ? undefined : flaggedTracer(flags as TraceFlags, host)),
    write: host.err,
  };
}

async function runStates(
  content: unknown,
  options: EvmTestOptions,
  trace: TraceSink,
): Promise<readonly Result[]> {
  const machine = stateTestMachine('auto');
  const name = new RegExp(options.run);
  const [fork, index] = [options['statetest.fork'], options['statetest.index']];
  const selects = (_: string, forkName: string, at: number) =>
    (fork === undefined || fork === '' || fork === forkName) &&
    (index === undefined || index === '-1' || Number(index) === at);
  const results: Result[] = [];
  for (const [key, test] of Object.entries(isObject(content) ? content : {})) {
    if (!isStateTest(test) || !name.test(key)) continue;
    for (const testCase of stateTestCases(key, test, selects)) {
      const result = runStateTestCase(testCase, machine, trace);
      const state = options.dump ? await stateOf(testCase) : undefined;
      results.push({ result, extras: { state, benchStats: options.bench ? benchOf(testCase) : undefined } });
    }
  }
  return results;

  async function stateOf(testCase: StateTestCase): Promise<unknown> {
    return stateAfter(testCase.pre, transact(testCase)?.diff ?? new Map());
  }

  function benchOf(testCase: StateTestCase) {
    const start = performance.now();
    const heap = process.memoryUsage().heapUsed;
    let runs = 0;
    let gasUsed = 0n;
    while (runs < 5 || performance.now() - start < BENCH_MILLISECONDS) {
      gasUsed = transact(testCase)?.gasUsed ?? 0n;
      runs++;
    }
    return {
      time: Math.round(((performance.now() - start) * 1e6) / runs),
      allocs: 0,
      bytesAllocated: Math.max(0, Math.round((process.memoryUsage().heapUsed - heap) / runs)),
      gasUsed: Number(gasUsed),
    };
  }

  function transact({ transaction, block, fork, pre, sender, secretKey }: StateTestCase) {
    const from = sender ?? machine.addressOfKey(secretKey!);
    try {
      return machine.transact(transaction, from, block, fork, pre as Alloc, undefined);
    } catch (error) {
      if (error instanceof InvalidTransaction) return undefined;
      throw error;
    }
  }
}

const BENCH_MILLISECONDS = 200;

async function runBlocks(
  content: unknown,
  options: EvmTestOptions,
  trace: TraceSink,
): Promise<readonly Result[]> {
  const name = new RegExp(options.run);
  let last: Alloc | undefined;
  const onState = (state: Alloc): void => {
    last = state;
  };
  const watch = options.dump ? { trace, onState } : { trace };
  const results: Result[] = [];
  for (const result of runBlockTests(content, (key) => name.test(key), watch)) {
    const state = last && (await stateAfter(last, new Map()));
    results.push({ result, extras: { state } });
    last = undefined;
  }
  return results;
}

function report(results: readonly Result[], { human }: EvmTestOptions, host: Host): void {
  if (human) {
    for (const { result } of results) {
      const mark = result.pass ? '[\u001b[32mPASS\u001b[0m]' : '[\u001b[31mFAIL\u001b[0m]';
      const why = result.pass ? '' : `, err=${result.error}, fork=${result.fork}`;
      host.out(`${mark} ${result.name}${why}\n`);
    }
    const passed = results.filter(({ result }) => result.pass).length;
    host.out(`--\n${passed} tests passed, ${results.length - passed} tests failed.\n`);
    return;
  }
  const array = gethArray();
  for (const { result, extras } of results) host.out(array.item(result, extras));
  host.out(array.end());
}
