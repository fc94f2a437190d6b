/** What a run came to, for people and for programs. */

import { EMPTY_ABI, parseAbi } from '../abi/contractAbi.ts';
import { logText, outputText, revertReason } from '../abi/describe.ts';
import { toHex } from '../bytes.ts';
import type { Log } from '../machine/environment.ts';
import type { CallResult, Halt, HaltReason } from '../machine/result.ts';
import { UsageError } from './host.ts';

/** What is reported. */
export interface RunReport {
  readonly result: CallResult;
  readonly input: Uint8Array;
  /** the JSON ABI, where there is one */
  readonly abi: unknown;
  /** where the ABI is from, for messages */
  readonly abiSource: string;
  /** whether the fork counts gas for new state apart (EIP-8037) */
  readonly hasStateGas: boolean;
}

/** What the reasons of halts mean. */
const HALTS: Readonly<Record<HaltReason, string>> = {
  outOfGas: 'out of gas',
  stackUnderflow: 'too few words on the stack',
  stackOverflow: 'more than 1024 words on the stack',
  undefinedOpcode: 'no opcode of this fork',
  badJump: 'jump to a place that is no JUMPDEST',
  returnDataOutOfBounds: 'return data is read beyond its end',
  staticViolation: 'a static call changes state',
  initcodeTooLarge: 'initcode above the limit',
  insufficientBalance: 'the sender has less ether than --value; give it some with --prestate',
  addressCollision: 'there is something already where the contract was to be created',
  codeTooLarge: 'deployed code above the limit',
  reservedCode: 'deployed code starts with 0xEF',
  codeDepositUnpaid: 'not enough gas for the code to deploy',
  callDepth: 'a call too deep',
  nonceOverflow: 'the creator is out of nonces',
  precompileFailure: 'the precompile refused its input',
  memoryCeiling: 'more memory than --memory allows',
  stepsExhausted: 'more instructions than --steps allows',
};

/** For people: a line for each fact, details below it. */
export function runText(report: RunReport): string {
  const { result, input, hasStateGas } = report;
  const abi = abiOf(report);
  const rows: [string, string][] = [['status', statusText(result, revertReason(result.output, abi))]];
  rows.push(['output', result.output.length === 0 ? 'none' : toHex(result.output)]);
  if (result.status === 'success' && result.created === undefined) {
    const decoded = outputText(input, result.output, abi) ?? plainOutput(result.output);
    if (decoded !== undefined) rows.push(['', decoded]);
  }
  rows.push(['gas used', grouped(result.gasUsed)]);
  if (hasStateGas) {
    rows.push([
      '',
      `${grouped(result.regularGasUsed)} for execution, ${grouped(result.stateGasUsed)} for new state`,
    ]);
  }
  if (result.gasRefund > 0n)
    rows.push(['refund', `${grouped(result.gasRefund)} (a transaction's, before its cap)`]);
  rows.push(['gas left', grouped(result.gasLeft)]);
  if (result.stateGasLeft > 0n) rows.push(['', `${grouped(result.stateGasLeft)} more for new state alone`]);
  if (result.created !== undefined) rows.push(['created', result.created]);
  result.logs.forEach((log, i) => {
    rows.push([`log ${i}`, logText(log, abi) ?? `LOG${log.topics.length}`], ['', `address ${log.address}`]);
    log.topics.forEach((topic, at) => {
      rows.push(['', `topic ${at} ${wordHex(topic)}`]);
    });
    if (log.data.length > 0) rows.push(['', `data    ${toHex(log.data)}`]);
  });
  return rows.map(([name, value]) => `${name.padEnd(10)}${value}\n`).join('');
}

/** For programs: plain data, ready for JSON. Quantities are hex, as JSON-RPC writes them. */
export function runJson(report: RunReport): Record<string, unknown> {
  const { result, input, hasStateGas } = report;
  const abi = abiOf(report);
  const { status, output, halt, created } = result;
  const decoded = status === 'success' ? outputText(input, output, abi) : undefined;
  const reason = status === 'revert' ? revertReason(output, abi) : undefined;
  return {
    status,
    output: toHex(output),
    ...(decoded === undefined ? {} : { decoded }),
    ...(reason === undefined ? {} : { revertReason: reason }),
    ...(halt === undefined ? {} : { halt }),
    gasUsed: quantity(result.gasUsed),
    ...(hasStateGas ? twoGases(result) : {}),
    gasLeft: quantity(result.gasLeft),
    gasRefund: quantity(result.gasRefund),
    ...(created === undefined ? {} : { created }),
    logs: result.logs.map((log) => logJson(log, logText(log, abi))),
  };
}

/** The two gases apart, where the fork has two. */
function twoGases({ regularGasUsed, stateGasUsed, stateGasLeft }: CallResult): Record<string, string> {
  return {
    regularGasUsed: quantity(regularGasUsed),
    stateGasUsed: quantity(stateGasUsed),
    stateGasLeft: quantity(stateGasLeft),
  };
}

/** A number with its thousands apart. */
export function grouped(value: bigint): string {
  return value.toString().replace(/\B(?=([0-9]{3})+$)/g, ',');
}

function statusText({ status, halt }: CallResult, reason: string | undefined): string {
  if (status === 'revert') return reason === undefined ? 'revert' : `revert: ${reason}`;
  return halt === undefined ? status : `halt: ${HALTS[halt.reason]}${placeOf(halt)}`;
}

function placeOf({ pc, opcode, name }: Halt): string {
  if (pc === undefined || opcode === undefined) return '';
  const byte = `0x${opcode.toString(16).padStart(2, '0')}`;
  return `, at pc ${pc} (${name === 'INVALID' && opcode !== 0xfe ? byte : (name ?? byte)})`;
}

/** A word alone is most often a number. */
function plainOutput(output: Uint8Array): string | undefined {
  return output.length === 32 ? BigInt(toHex(output)).toString() : undefined;
}

function logJson({ address, topics, data }: Log, event: string | undefined): unknown {
  const plain = { address, topics: topics.map(wordHex), data: toHex(data) };
  return event === undefined ? plain : { ...plain, event };
}

function abiOf({ abi, abiSource }: RunReport): typeof EMPTY_ABI {
  if (abi === undefined) return EMPTY_ABI;
  try {
    return parseAbi(abi);
  } catch (error) {
    throw new UsageError(`${abiSource}: ${(error as Error).message}`);
  }
}

const quantity = (value: bigint): string => `0x${value.toString(16)}`;
const wordHex = (word: bigint): string => `0x${word.toString(16).padStart(64, '0')}`;
