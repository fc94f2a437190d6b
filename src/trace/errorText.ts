/** Why frames and instructions fail, in go-ethereum's words, letter by letter: tools compare them. */

import type { Fault } from '../machine/fault.ts';
import type { FrameResult, HaltReason } from '../machine/result.ts';
import type { LeaveEvent } from '../machine/tracer.ts';
import { OPCODE_AT, OPCODE_NAMED } from '../protocol/opcodes.ts';

const WORDS: Readonly<Record<HaltReason | 'revert', string>> = {
  revert: 'execution reverted',
  outOfGas: 'out of gas',
  stackUnderflow: 'stack underflow',
  stackOverflow: 'stack limit reached',
  undefinedOpcode: 'invalid opcode',
  badJump: 'invalid jump destination',
  returnDataOutOfBounds: 'return data out of bounds',
  staticViolation: 'write protection',
  initcodeTooLarge: 'max initcode size exceeded',
  insufficientBalance: 'insufficient balance for transfer',
  addressCollision: 'contract address collision',
  codeTooLarge: 'max code size exceeded',
  reservedCode: 'invalid code: must not begin with 0xef',
  codeDepositUnpaid: 'contract creation code storage out of gas',
  callDepth: 'max call depth exceeded',
  nonceOverflow: 'nonce uint64 overflow',
  precompileFailure: 'precompile failed',
  memoryCeiling: "the host's memory ceiling",
  stepsExhausted: "the host's limit of steps",
};

/** Bytes that are opcodes of contracts in another format (https://eips.ethereum.org/EIPS/eip-7692), and of no fork. */
const UNUSED: Readonly<Record<number, string>> = {
  208: 'DATALOAD',
  209: 'DATALOADN',
  210: 'DATASIZE',
  211: 'DATACOPY',
  224: 'RJUMP',
  225: 'RJUMPI',
  226: 'RJUMPV',
  227: 'CALLF',
  228: 'RETF',
  229: 'JUMPF',
  236: 'EOFCREATE',
  238: 'RETURNCONTRACT',
  247: 'RETURNDATALOAD',
  248: 'EXTCALL',
  249: 'EXTDELEGATECALL',
  251: 'EXTSTATICCALL',
};

/** Opcodes' names by byte, in go-ethereum's words. */
export const OPCODE_NAMES: readonly string[] = Array.from({ length: 256 }, (_, code) => {
  if (code === OPCODE_NAMED.PREVRANDAO.code) return 'DIFFICULTY';
  if (code === 0xfe) return 'INVALID';
  return OPCODE_AT[code]?.name ?? UNUSED[code] ?? `opcode 0x${code.toString(16)} not defined`;
});

/** What a fault is called. `op` is the byte of the instruction. */
export function faultText({ reason, stage, found, allowed, operand }: Fault, op: number): string {
  switch (reason) {
    case 'stackUnderflow':
      return `stack underflow (${found} <=> ${allowed})`;
    case 'stackOverflow':
      return `stack limit reached ${found} (${allowed})`;
    case 'undefinedOpcode': {
      const name = `invalid opcode: ${OPCODE_NAMES[op]}`;
      return operand === undefined ? name : `${name} (operand: 0x${operand.toString(16).padStart(2, '0')})`;
    }
    case 'overflow':
      return stage === 'pricing' ? 'out of gas: gas uint64 overflow' : 'gas uint64 overflow';
    case 'sentry':
      return 'out of gas: not enough gas for reentrancy sentry';
    case 'initcodeTooLarge':
      return `out of gas: ${WORDS[reason]}: code size ${found} limit ${allowed}`;
    default:
      if (stage === 'pricing') return `out of gas: ${WORDS[reason]}`;
      return WORDS[reason];
  }
}

/** Why a run failed that nobody watched; undefined where it did not. */
export function failureWords({ status, halt }: FrameResult): string | undefined {
  if (halt?.opcode !== undefined && halt.reason === 'undefinedOpcode') {
    return `${WORDS.undefinedOpcode}: ${OPCODE_NAMES[halt.opcode]}`;
  }
  if (halt !== undefined) return WORDS[halt.reason];
  return status === 'revert' ? WORDS.revert : undefined;
}

/** Why a frame did not end well; undefined where it did. */
export function failureText({ status, halt, fault }: LeaveEvent): string | undefined {
  if (halt === undefined) return status === 'revert' ? WORDS.revert : undefined;
  return fault?.fault === undefined ? WORDS[halt.reason] : faultText(fault.fault, fault.op);
}
