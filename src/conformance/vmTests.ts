/**
 * Runs VMTests: bare code in one frame, under Frontier's rules, without a transaction around it. A test without
 * `post` halts.
 * https://ethereum-tests.readthedocs.io/en/latest/test_types/vm_tests.html
 */

import { type Address, equalBytes, type Hex, toHex } from '../bytes.ts';
import type { BlockContext, Log } from '../machine/environment.ts';
import type { Alloc } from '../state/diff.ts';
import { differences, EMPTY_ACCOUNT } from './allocDiff.ts';
import type { CaseResult } from './caseResult.ts';
import { addressAt, allocAt, bytesAt, hashAt, integerAt, isObject, objectAt } from './fixtureValues.ts';
import type { Selects } from './selection.ts';

/** A message to code, with all that the code can see. */
export interface BareMessage {
  readonly caller: Address;
  readonly origin: Address;
  readonly to: Address;
  /** wei; already in the balance of `to` */
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly gas: bigint;
  readonly gasPrice: bigint;
  readonly block: BlockContext;
  /** holds the code at `to` */
  readonly state: Alloc;
}

/** What VM tests ask of an implementation. */
export interface BareMachine {
  /** Runs a message's frame under Frontier's rules, moving no value; undefined when it halts. */
  call(
    message: BareMessage,
  ): { gasLeft: bigint; output: Uint8Array; logs: readonly Log[]; after: Alloc } | undefined;
  /** keccak-256 of the logs as RLP */
  logsHash(logs: readonly Log[]): Hex;
}

const isVmTest = (value: unknown): boolean => isObject(value) && 'exec' in value && 'pre' in value;

/** Whether a file's content is VM tests. */
export function holdsVmTests(content: unknown): boolean {
  return isObject(content) && Object.values(content).some(isVmTest);
}

/** Runs the VM tests of one file. */
export function* runVmTests(content: unknown, machine: BareMachine, selects: Selects): Generator<CaseResult> {
  for (const [name, value] of Object.entries(isObject(content) ? content : {})) {
    if (!isVmTest(value) || !selects(name, 'Frontier', 0)) continue;
    let problems: readonly Problem[];
    try {
      problems = problemsOf(objectAt(value, name), machine);
    } catch (error) {
      problems = [['a run', `a breakdown: ${(error as Error).message}`]];
    }
    const id = { name, fork: 'Frontier', index: 0, pass: problems.length === 0 };
    const [expected, actual] = [0, 1].map((side) => problems.map((problem) => problem[side]).join('\n'));
    yield problems.length === 0 ? id : { ...id, expected, actual };
  }
}

/** What was expected, and what came out instead. */
type Problem = readonly [expected: string, actual: string];

function problemsOf(test: Readonly<Record<string, unknown>>, machine: BareMachine): Problem[] {
  const message = messageOf(test);
  const outcome = machine.call(message);
  if (test['post'] === undefined) return outcome === undefined ? [] : [['a halt', 'an end without one']];
  if (outcome === undefined) return [['an end', 'a halt']];
  const problems: Problem[] = [];
  const gas = integerAt(test['gas'], 'gas');
  if (outcome.gasLeft !== gas) problems.push([`${gas} gas left`, `${outcome.gasLeft} gas left`]);
  const output = bytesAt(test['out'], 'out');
  if (!equalBytes(outcome.output, output)) {
    problems.push([`output ${toHex(output)}`, `output ${toHex(outcome.output)}`]);
  }
  const logs = hashAt(test['logs'], 'logs');
  const logsHash = machine.logsHash(outcome.logs);
  if (logsHash !== logs) problems.push([`logs hash ${logs}`, `logs hash ${logsHash}`]);
  for (const line of differences(allocAt(test['post'], 'post'), outcome.after)) {
    problems.push(['the listed state', line]);
  }
  return problems;
}

function messageOf(test: Readonly<Record<string, unknown>>): BareMessage {
  const exec = objectAt(test['exec'], 'exec');
  const env = objectAt(test['env'], 'env');
  const of = (from: Readonly<Record<string, unknown>>, field: string): bigint =>
    integerAt(from[field], field);
  const to = addressAt(exec['address'], 'exec.address');
  const pre = allocAt(test['pre'], 'pre');
  const code = bytesAt(exec['code'], 'exec.code');
  return {
    caller: addressAt(exec['caller'], 'exec.caller'),
    origin: addressAt(exec['origin'], 'exec.origin'),
    to,
    value: of(exec, 'value'),
    data: bytesAt(exec['data'], 'exec.data'),
    gas: of(exec, 'gas'),
    gasPrice: of(exec, 'gasPrice'),
    block: {
      number: of(env, 'currentNumber'),
      timestamp: of(env, 'currentTimestamp'),
      coinbase: addressAt(env['currentCoinbase'], 'env.currentCoinbase'),
      gasLimit: of(env, 'currentGasLimit'),
      difficulty: of(env, 'currentDifficulty'),
      baseFee: 0n,
      prevRandao: 0n,
      excessBlobGas: 0n,
      slotNumber: 0n,
      chainId: 1n,
    },
    state: new Map(pre).set(to, { ...(pre.get(to) ?? EMPTY_ACCOUNT), code }),
  };
}
