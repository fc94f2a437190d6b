/**
 * Mnemonics to bytes.
 *
 *     start:  PUSH 1000          ; as many bytes as the number needs
 *             PUSH2 0x0400       ; exactly two
 *             JUMP @end          ; pushes the position of a label, and jumps
 *             0xdeadbeef         ; bytes as they are
 *     end:    JUMPDEST
 *
 * A label names a position and is no instruction itself. `@label` can stand behind any PUSH, JUMP and JUMPI.
 */

import { bigIntToBytes, concatBytes, fromHex } from '../bytes.ts';
import type { Fork } from '../protocol/forks.ts';
import { OPCODE_NAMED, type Opcode, type OpName } from '../protocol/opcodes.ts';
import { AssemblyError, type Token, tokensOf } from './tokens.ts';

/** A part of the code: bytes that are known, or a push of a label's position. */
type Part =
  | { readonly bytes: Uint8Array }
  | {
      readonly label: Token /** bytes of the position; undefined: as few as suffice */;
      width: number | undefined;
    };

/** Other names of opcodes. */
const SYNONYMS: Readonly<Record<string, OpName>> = {
  SHA3: 'KECCAK256',
  DIFFICULTY: 'PREVRANDAO',
  RANDOM: 'PREVRANDAO',
  SUICIDE: 'SELFDESTRUCT',
};

/** The byte that EIP-141 reserves to be no opcode, ever. */
const INVALID = Uint8Array.of(0xfe);

const LABEL = /^[A-Za-z_.][A-Za-z0-9_.]*$/;

/**
 * Assembles text for a fork: PUSH of 0 is PUSH0 where the fork has it.
 * @throws {AssemblyError} that says where the text cannot be understood, and what was expected
 */
export function assemble(text: string, fork: Fork): Uint8Array {
  const labels = new Map<string, number>();
  const parts = partsOf(tokensOf(text), fork, labels);
  return place(parts, labels);
}

/** Whether a word is a mnemonic, so that text can be told from other things. */
export function isMnemonic(word: string): boolean {
  return word.toUpperCase() === 'INVALID' || word.toUpperCase() === 'PUSH' || opcodeNamed(word) !== undefined;
}

/** Notes for each label which part it stands before. */
function partsOf(tokens: readonly Token[], fork: Fork, labels: Map<string, number>): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    const next = tokens[at + 1];
    if (token.text.endsWith(':')) {
      noteLabel(token, labels, parts.length);
      continue;
    }
    const name = token.text.toUpperCase();
    const opcode = opcodeNamed(name);
    if (name.startsWith('0X')) {
      parts.push({ bytes: rawBytes(token) });
    } else if (name === 'INVALID') {
      parts.push({ bytes: INVALID });
    } else if (name === 'PUSH') {
      parts.push(automaticPush(token, next, fork));
      at++;
    } else if (opcode === undefined) {
      throw new AssemblyError(unknown(token), token);
    } else if (opcode.immediate > 0) {
      parts.push(withImmediate(opcode, token, next));
      at++;
    } else {
      if ((name === 'JUMP' || name === 'JUMPI') && next?.text.startsWith('@')) {
        parts.push({ label: next, width: undefined });
        at++;
      }
      parts.push({ bytes: Uint8Array.of(opcode.code) });
    }
  }
  return parts;
}

function opcodeNamed(word: string): Opcode | undefined {
  const name = word.toUpperCase();
  const known: OpName = SYNONYMS[name] ?? (name as OpName);
  return Object.hasOwn(OPCODE_NAMED, known) ? OPCODE_NAMED[known] : undefined;
}

function noteLabel(token: Token, labels: Map<string, number>, part: number): void {
  const name = token.text.slice(0, -1);
  if (!LABEL.test(name)) {
    throw new AssemblyError(`expected a label of letters, digits, _ and ., got ${show(name)}`, token);
  }
  if (labels.has(name)) throw new AssemblyError(`label ${name} is there already`, token);
  labels.set(name, part);
}

function rawBytes(token: Token): Uint8Array {
  try {
    return fromHex(token.text);
  } catch (error) {
    throw new AssemblyError((error as Error).message, token);
  }
}

function automaticPush(push: Token, operand: Token | undefined, fork: Fork): Part {
  if (operand?.text.startsWith('@')) return { label: operand, width: undefined };
  const value = numberOf(operand, push);
  if (value === 0n && fork.gas[OPCODE_NAMED.PUSH0.code] !== undefined) {
    return { bytes: Uint8Array.of(OPCODE_NAMED.PUSH0.code) };
  }
  const width = Math.max(1, Math.ceil(value.toString(16).length / 2));
  if (width > 32) throw new AssemblyError(`expected a number below 2^256, got ${operand!.text}`, operand!);
  return { bytes: concatBytes(Uint8Array.of(pushOf(width)), bigIntToBytes(value, width)) };
}

function withImmediate({ code, name, immediate }: Opcode, token: Token, operand: Token | undefined): Part {
  if (operand?.text.startsWith('@') && name.startsWith('PUSH')) return { label: operand, width: immediate };
  const value = numberOf(operand, token);
  if (value >= 1n << BigInt(8 * immediate)) {
    const most = `a number of at most ${immediate} ${immediate === 1 ? 'byte' : 'bytes'}`;
    throw new AssemblyError(`${name}: expected ${most}, got ${operand!.text}`, operand!);
  }
  return { bytes: concatBytes(Uint8Array.of(code), bigIntToBytes(value, immediate)) };
}

function numberOf(operand: Token | undefined, of: Token): bigint {
  if (operand === undefined)
    throw new AssemblyError(`${of.text}: expected a number behind it, got the end`, of);
  if (!/^(0x[0-9a-f]+|[0-9]+)$/i.test(operand.text)) {
    throw new AssemblyError(
      `${of.text}: expected a number or a @label behind it, got ${show(operand.text)}`,
      operand,
    );
  }
  return BigInt(operand.text);
}

const pushOf = (width: number): number => OPCODE_NAMED.PUSH1.code + width - 1;

/** Bytes for positions up to a size of code. */
const bytesFor = (position: number): number => Math.max(1, Math.ceil(position.toString(16).length / 2));

/** Gives every label its position: pushes grow until all positions fit, and never shrink, so that it ends. */
function place(parts: readonly Part[], labels: ReadonlyMap<string, number>): Uint8Array {
  const widths = parts.map((part) => ('label' in part ? (part.width ?? 1) : 0));
  const starts = new Array<number>(parts.length + 1).fill(0);
  const target = (label: Token): number => {
    const part = labels.get(label.text.slice(1));
    if (part === undefined) throw new AssemblyError(`there is no label ${label.text.slice(1)}`, label);
    return starts[part];
  };
  for (let hasGrown = true; hasGrown; ) {
    hasGrown = false;
    parts.forEach((part, i) => {
      starts[i + 1] = starts[i] + ('label' in part ? 1 + widths[i] : part.bytes.length);
    });
    parts.forEach((part, i) => {
      if (!('label' in part)) return;
      const needed = bytesFor(target(part.label));
      if (needed <= widths[i]) return;
      if (part.width !== undefined) {
        throw new AssemblyError(
          `PUSH${part.width}: expected a label within its reach, got ${part.label.text} at ${target(part.label)}`,
          part.label,
        );
      }
      widths[i] = needed;
      hasGrown = true;
    });
  }
  const pushed = (label: Token, width: number): Uint8Array =>
    concatBytes(Uint8Array.of(pushOf(width)), bigIntToBytes(BigInt(target(label)), width));
  return concatBytes(
    ...parts.map((part, i) => ('label' in part ? pushed(part.label, widths[i]) : part.bytes)),
  );
}

function unknown({ text }: Token): string {
  if (/^[0-9]+$/.test(text)) return `expected an instruction, got the number ${text}: PUSH ${text} pushes it`;
  if (text.startsWith('@')) {
    return `expected an instruction, got a label: PUSH ${text} pushes its position, ${text.slice(1)}: sets it`;
  }
  return `expected an instruction, got ${show(text)}`;
}

const show = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
