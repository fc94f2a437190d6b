/**
 * go-ethereum's vectors for precompiles and for opcodes of two operands, as in its `core/vm/testdata`. A file's name
 * says what it is for: `blsG1Add.json`, `fail-blsG1Add.json` (inputs that must fail), `modexp_eip2565.json` (the
 * pricing), `testcases_sar.json` (an opcode).
 */

import { fromHex, toHex } from '../bytes.ts';
import { PRECOMPILES } from '../precompiles/registry.ts';
import type { PrecompileName } from '../protocol/forks.ts';
import type { OpName } from '../protocol/opcodes.ts';
import * as word from '../word.ts';

/** How one vector came out. */
export interface VectorResult {
  readonly name: string;
  readonly pass: boolean;
  /** where it failed: what the file asks for */
  readonly expected?: string;
  /** where it failed: what came out */
  readonly actual?: string;
}

/** Evaluates an opcode of two operands, given in the order in which the machine pops them. */
export type Evaluate = (op: OpName, first: bigint, second: bigint) => bigint;

/** The precompile that each file is for; go-ethereum prices those of bn254 as of Istanbul. */
const PRECOMPILE_OF_FILE: Readonly<Record<string, PrecompileName>> = {
  ecRecover: 'ecrecover',
  modexp: 'modexpByzantium',
  modexp_eip2565: 'modexpBerlin',
  modexp_eip7883: 'modexpOsaka',
  bn256Add: 'bn254AddIstanbul',
  bn256ScalarMul: 'bn254MulIstanbul',
  bn256Pairing: 'bn254PairingIstanbul',
  blake2F: 'blake2f',
  blake2f: 'blake2f',
  pointEvaluation: 'kzgPointEvaluation',
  blsG1Add: 'blsG1Add',
  blsG1Mul: 'blsG1Msm',
  blsG1MultiExp: 'blsG1Msm',
  blsG2Add: 'blsG2Add',
  blsG2Mul: 'blsG2Msm',
  blsG2MultiExp: 'blsG2Msm',
  blsPairing: 'blsPairing',
  blsMapG1: 'blsMapFpToG1',
  blsMapG2: 'blsMapFp2ToG2',
  p256Verify: 'p256Verify',
};

interface PrecompileVector {
  readonly Name: string;
  readonly Input: string;
  readonly Expected?: string;
  readonly Gas?: number;
  readonly ExpectedError?: string;
}

interface OpcodeVector {
  readonly X: string;
  readonly Y: string;
  readonly Expected: string;
}

/** `word.ts`, by opcode. */
const WORD_OF_OP = {
  ADD: word.add,
  MUL: word.mul,
  SUB: word.sub,
  DIV: word.div,
  SDIV: word.sdiv,
  MOD: word.mod,
  SMOD: word.smod,
  EXP: word.exp,
  SIGNEXTEND: word.signextend,
  LT: word.lt,
  GT: word.gt,
  SLT: word.slt,
  SGT: word.sgt,
  EQ: word.eq,
  AND: word.and,
  OR: word.or,
  XOR: word.xor,
  BYTE: word.byte,
  SHL: word.shl,
  SHR: word.shr,
  SAR: word.sar,
} as const satisfies Partial<Record<OpName, (first: bigint, second: bigint) => bigint>>;

/**
 * Runs one file of vectors.
 *
 * @param fileName with or without folders
 * @param json the file's content, parsed
 * @param evaluate what opcodes are tried on; `word.ts` unless told
 * @throws {RangeError} when the name is of no precompile or opcode
 * @throws {TypeError} when the content is not a list
 */
export function* runPrecompileVectors(
  fileName: string,
  json: unknown,
  evaluate: Evaluate = evaluateWord,
): Generator<VectorResult> {
  if (!Array.isArray(json))
    throw new TypeError(`${fileName}: expected a list of vectors, got ${typeof json}`);
  const subject = fileName.replace(/^.*[/\\]/, '').replace(/\.json$/, '');
  if (subject.startsWith('testcases_')) {
    const op = opOfFile(subject.slice('testcases_'.length));
    for (const vector of json as OpcodeVector[]) yield runOpcode(op, vector, evaluate);
    return;
  }
  const name = PRECOMPILE_OF_FILE[subject.replace(/^fail-/, '')];
  if (name === undefined)
    throw new RangeError(`file: expected one of go-ethereum's vectors, got ${fileName}`);
  for (const vector of json as PrecompileVector[]) yield runPrecompile(name, vector);
}

function opOfFile(suffix: string): OpName {
  const name = suffix === 'signext' ? 'SIGNEXTEND' : suffix.toUpperCase();
  if (Object.hasOwn(WORD_OF_OP, name)) return name as OpName;
  throw new RangeError(`file: expected an opcode of two operands, got ${suffix}`);
}

function evaluateWord(op: OpName, first: bigint, second: bigint): bigint {
  return WORD_OF_OP[op as keyof typeof WORD_OF_OP](first, second);
}

function runOpcode(op: OpName, { X, Y, Expected }: OpcodeVector, evaluate: Evaluate): VectorResult {
  // The files push X and then Y, so Y is on top.
  const result = evaluate(op, BigInt(`0x${Y}`), BigInt(`0x${X}`));
  const actual = result.toString(16).padStart(64, '0');
  return verdict(`${op} ${Y} ${X}`, Expected, actual);
}

function runPrecompile(name: PrecompileName, vector: PrecompileVector): VectorResult {
  const precompile = PRECOMPILES[name];
  const input = fromHex(vector.Input);
  const output = precompile.run(input);
  const said = output === undefined ? 'failure' : toHex(output);
  if (vector.ExpectedError !== undefined) return verdict(vector.Name, 'failure', said);
  const gas = vector.Gas === undefined ? '' : ` for ${vector.Gas} gas`;
  const spent = vector.Gas === undefined ? '' : ` for ${precompile.gas(input)} gas`;
  return verdict(vector.Name, `0x${vector.Expected}${gas}`, `${said}${spent}`);
}

function verdict(name: string, expected: string, actual: string): VectorResult {
  return expected === actual ? { name, pass: true } : { name, pass: false, expected, actual };
}
