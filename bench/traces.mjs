/**
 * What watching a run costs: recordings, how far any step of them is, and EIP-3155 lines, from the library and from the
 * command line; then a run of a hundred million steps.
 *
 *     npm run bench:traces
 *     npm run bench:traces -- path/to/statetest.json --match snailtracer --rounds 5 --steps 100000000
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { assemble } from '../dist/assembler/assemble.js';
import { blockOf, messageOf, stateOf } from '../dist/bench/evmillPeer.js';
import { readPrograms } from '../dist/bench/program.js';
import { createEvm } from '../dist/chain/evm.js';
import { readRecording, recordCall } from '../dist/chain/recording.js';
import { FORKS, forkNamed } from '../dist/protocol/forks.js';
import { memoryState } from '../dist/state/memory.js';
import { runSync } from '../dist/task.js';
import { callTracer } from '../dist/trace/callTracer.js';
import { opcodeCounter } from '../dist/trace/countingTracers.js';
import { eip3155Bytes } from '../dist/trace/eip3155.js';
import { prestateTracer } from '../dist/trace/prestateTracer.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    match: { type: 'string', default: 'snailtracer' },
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '100000000' },
  },
});
const rounds = Number(values.rounds);
const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const path =
  positionals[0] ?? process.env.EVMILL_BENCH ?? fileURLToPath(new URL('../../shared/bench', import.meta.url));

/** Milliseconds that it takes, and what it returned. */
function timed(work) {
  const start = performance.now();
  const value = work();
  return { ms: performance.now() - start, value };
}

/** The least of several times of each way, the ways taking turns. */
function least(ways) {
  const best = Object.fromEntries(Object.keys(ways).map((name) => [name, Number.POSITIVE_INFINITY]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(ways)) best[name] = Math.min(best[name], timed(work).ms);
  }
  return best;
}

/** Thrown by a tracer that has seen its step. */
const ENOUGH = new Error('enough');

/** Milliseconds to a step of a recording. */
function reach(recording, evm, step) {
  return timed(() => {
    try {
      recording.replay(
        evm,
        {
          onStep: () => {
            throw ENOUGH;
          },
        },
        step,
      );
    } catch (error) {
      if (error !== ENOUGH) throw error;
    }
  }).ms;
}

const row = (name, ms, base, more = '') =>
  console.log(
    `  ${name.padEnd(38)}${ms.toFixed(1).padStart(10)} ms${(ms / base).toFixed(2).padStart(8)}${more && `   ${more}`}`,
  );
const MiB = 2 ** 20;

function measureProgram(program) {
  const fork = FORKS.find(({ name }) => name === program.fork) ?? forkNamed(program.fork);
  const [evm, plain] = ['interpreter', 'auto'].map((tier) => createEvm({ fork, tier }));
  const [source, message, block] = [stateOf(program), messageOf(program), blockOf(program)];
  const call = (options) => runSync(evm.call(message, { block, ...options }), source);
  const { recording } = runSync(recordCall(evm, message, { block }), source);
  const read = readRecording(recording);
  const steps = Number(read.steps);
  const lines = () => eip3155Bytes(() => {});
  const best = least({
    interpreter: () => call({}),
    auto: () => runSync(plain.call(message, { block }), source),
    recorded: () => runSync(recordCall(evm, message, { block }), source),
    steps: () => call({ onRecords: () => {} }),
    callTracer: () => call({ tracer: callTracer() }),
    prestateTracer: () => call({ tracer: prestateTracer() }),
    opcodeCounter: () => call({ tracer: opcodeCounter() }),
    lines: () => call({ tracer: lines() }),
    replayed: () => read.replay(evm, lines()),
  });
  const { interpreter } = best;
  console.log(`\n${program.name}, ${fork.name}: ${steps} steps; times, and by the interpreter's untraced\n`);
  row('interpreter, untraced', interpreter, interpreter);
  row('as everybody runs it, untraced', best.auto, interpreter);
  const perStep = (recording.length / steps).toFixed(4);
  row('recorded', best.recorded, interpreter, `${recording.length} bytes, ${perStep} a step`);
  row('steps handed over (onRecords)', best.steps, interpreter);
  for (const name of ['callTracer', 'prestateTracer', 'opcodeCounter']) row(name, best[name], interpreter);
  const rate = (ms) => `${(steps / ms / 1000).toFixed(2)} million lines a second`;
  row('EIP-3155, library', best.lines, interpreter, rate(best.lines));
  row('EIP-3155, from the recording', best.replayed, interpreter, rate(best.replayed));
  const cli = measureCommand(program);
  if (cli !== undefined)
    row('EIP-3155, evmill run to /dev/null', cli, interpreter, `${rate(cli)}, its start included`);
  const places = [0.1, 0.5, 0.9, 0.999].map((part) => BigInt(Math.floor(steps * part)));
  for (const step of places) {
    const ms = Math.min(...Array.from({ length: rounds }, () => reach(read, evm, step)));
    row(`to step ${step}`, ms, interpreter);
  }
}

/** Milliseconds of the command; undefined where there is no /dev/null. */
function measureCommand(program) {
  const folder = mkdtempSync(join(tmpdir(), 'evmill-traces-'));
  try {
    const alloc = Object.fromEntries(
      [...program.accounts].map(([address, { nonce, balance, code, storage }]) => [
        address,
        {
          nonce: `0x${nonce.toString(16)}`,
          balance: `0x${balance.toString(16)}`,
          code,
          storage: Object.fromEntries([...storage].map(([key, value]) => [hex(key), hex(value)])),
        },
      ]),
    );
    const prestate = join(folder, 'alloc.json');
    writeFileSync(prestate, JSON.stringify(alloc));
    let nowhere;
    try {
      nowhere = openSync('/dev/null', 'w');
    } catch {
      return undefined;
    }
    const { data, caller, to, gasLimit, intrinsicGas } = program;
    const args = ['run', '--prestate', prestate, '--receiver', to, '--sender', caller, '--trace'];
    const input = join(folder, 'input.hex');
    writeFileSync(input, data);
    args.push('--input-file', input, '--gas', String(gasLimit - intrinsicGas), '--fork', program.fork);
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < Math.min(3, rounds); round++) {
      const { ms, value } = timed(() =>
        spawnSync(process.execPath, [CLI, ...args], { stdio: ['ignore', nowhere, nowhere] }),
      );
      if (value.status !== 0) throw new Error(`evmill ${args.join(' ')}: exit code ${value.status}`);
      best = Math.min(best, ms);
    }
    return best;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const hex = (value) => `0x${value.toString(16).padStart(64, '0')}`;

/** A loop of so many steps that writes memory and storage now and then, and calls. */
function measureLong(steps) {
  const CALLER = `0x${'ca'.repeat(20)}`;
  const LOOP = `0x${'10'.repeat(20)}`;
  const turns = Math.floor(steps / 21);
  const code = `
    PUSH ${turns}
    loop: JUMPDEST DUP1 DUP1 PUSH 0xffff AND PUSH 5 SHL MSTORE
    DUP1 DUP1 MUL PUSH 0xff AND POP
    PUSH 1 SWAP1 SUB DUP1 PUSH @loop JUMPI`;
  const account = { nonce: 1n, balance: 0n, code: assemble(code), storage: new Map() };
  const source = memoryState(new Map([[LOOP, account]]));
  const evm = createEvm({ fork: forkNamed('Osaka'), tier: 'interpreter' });
  const message = { caller: CALLER, to: LOOP, gas: 2n ** 50n };
  const plain = timed(() => runSync(evm.call(message, {}), source));
  const before = process.memoryUsage.rss();
  const { ms, value } = timed(() => runSync(recordCall(evm, message), source));
  const after = process.memoryUsage.rss();
  const opened = timed(() => readRecording(value.recording));
  const read = opened.value;
  const count = Number(read.steps);
  console.log(`\na loop over 2 MiB of memory: ${count} steps\n`);
  row('interpreter, untraced', plain.ms, plain.ms);
  row('recorded', ms, plain.ms, `${value.recording.length} bytes, ${read.checkpoints.length} checkpoints`);
  console.log(`  memory grew by ${((after - before) / MiB).toFixed(0)} MiB meanwhile`);
  row('recording opened', opened.ms, plain.ms);
  const times = Array.from({ length: 50 }, (_, i) =>
    reach(read, evm, BigInt(Math.floor((count * (i * 0.618034 + 0.31)) % count))),
  ).sort((a, b) => a - b);
  row('to any of 50 steps: median', times[25], plain.ms);
  row('the farthest', times.at(-1), plain.ms);
}

const match = new RegExp(values.match);
for (const program of readPrograms(path)) if (match.test(program.name)) measureProgram(program);
if (Number(values.steps) > 0) measureLong(Number(values.steps));
