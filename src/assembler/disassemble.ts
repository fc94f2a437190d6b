/** Bytes to instructions, and instructions to text. */

import { toHex } from '../bytes.ts';
import type { Fork } from '../protocol/forks.ts';
import { OPCODE_AT, OPCODE_NAMED, type Opcode } from '../protocol/opcodes.ts';

/** One instruction of some code. */
export interface Instruction {
  readonly pc: number;
  /** undefined: the fork has no opcode there, and executing it halts */
  readonly opcode: Opcode | undefined;
  /** the opcode's byte and its immediate bytes, as far as the code goes; a view */
  readonly bytes: Uint8Array;
  /** immediate bytes that are missing at the end of the code; the machine reads zeros in their place */
  readonly missing: number;
}

/** The instructions of code, one after the other, as a fork reads them. */
export function* disassemble(code: Uint8Array, fork: Fork): Generator<Instruction> {
  for (let pc = 0; pc < code.length; ) {
    const opcode = fork.gas[code[pc]] === undefined ? undefined : OPCODE_AT[code[pc]];
    const size = 1 + (opcode?.immediate ?? 0);
    const bytes = code.subarray(pc, pc + size);
    yield { pc, opcode, bytes, missing: size - bytes.length };
    pc += size;
  }
}

/** Widest mnemonic and operand that keep a listing's comments in their column: PUSH20 and an address. */
const TEXT_WIDTH = 'PUSH20 0x'.length + 40;

/** Bytes shown of an instruction in a listing; the operand says the rest. */
const BYTES_SHOWN = 4;

/** A listing for people: position, bytes, mnemonic and operand, and what there is to remark. */
export function* listing(code: Uint8Array, fork: Fork): Generator<string> {
  const digits = Math.max(4, (code.length - 1).toString(16).length);
  for (const instruction of disassemble(code, fork)) {
    const { pc, bytes } = instruction;
    const shown = toHex(bytes.subarray(0, BYTES_SHOWN)).slice(2);
    const more = bytes.length > BYTES_SHOWN ? '..' : '';
    const mark = bytes[0] === OPCODE_NAMED.JUMPDEST.code && instruction.opcode !== undefined ? '>' : ' ';
    const remark = remarkOf(instruction);
    const text = textOf(instruction);
    const line = `${pc.toString(16).padStart(digits, '0')} ${mark} ${(shown + more).padEnd(10)}  ${text}`;
    yield remark === '' ? line : `${line}  ; ${remark}`;
  }
}

/** The same as assembler text, which `assemble` turns into the same bytes; positions are in comments. */
export function* source(code: Uint8Array, fork: Fork): Generator<string> {
  for (const instruction of disassemble(code, fork)) {
    const { opcode, bytes, missing } = instruction;
    // What is no whole instruction can only be said in bytes.
    const isData = missing > 0 || (opcode === undefined && bytes[0] !== INVALID);
    const text = isData ? toHex(bytes) : textOf(instruction);
    const remark = remarkOf(instruction);
    const position = `; ${instruction.pc.toString(16).padStart(4, '0')}`;
    yield `${text.padEnd(TEXT_WIDTH)} ${position}${remark === '' ? '' : `  ${remark}`}`;
  }
}

/** The byte that EIP-141 reserves: no fork prices it, and everyone calls it INVALID. */
const INVALID = 0xfe;

function textOf({ opcode, bytes, missing }: Instruction): string {
  if (opcode === undefined) return bytes[0] === INVALID ? 'INVALID' : `INVALID ${toHex(bytes)}`;
  if (opcode.immediate === 0) return opcode.name;
  return `${opcode.name} ${toHex(bytes.subarray(1))}${'??'.repeat(missing)}`;
}

function remarkOf({ opcode, bytes, missing }: Instruction): string {
  if (missing > 0) return `the code ends ${missing} bytes early; zeros are read`.replace('1 bytes', '1 byte');
  if (opcode === undefined && bytes[0] !== INVALID) {
    const elsewhere = OPCODE_AT[bytes[0]];
    return elsewhere === undefined ? 'no opcode' : `${elsewhere.name} in other forks`;
  }
  return '';
}
