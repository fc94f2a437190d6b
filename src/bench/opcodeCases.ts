/** What each opcode is measured with. */

import { type Hex, toHex } from '../bytes.ts';
import { OPCODE_NAMED, type Opcode, type OpName } from '../protocol/opcodes.ts';
import { type Account, contract, wordHex } from './program.ts';

/** One way to use an opcode in a loop. */
export interface OpcodeCase {
  /** what is special about it, in a word or two */
  readonly label: string;
  /** the one on top of the stack first */
  readonly operands: readonly bigint[];
  /**
   * Mnemonics in place of the opcode behind copies of the operands. `{n}` in it is the number of the copy, `{zero}` the
   * depth of a word that is 0 and that no compiler knows; `{zero+1}` where a word more is on the stack.
   */
  readonly use?: string;
  /** whether `use` leaves a result */
  readonly result?: boolean;
  /** how often the opcode is in `use`; once by default */
  readonly times?: number;
  /** mnemonics after each use, with the operands on top of the stack */
  readonly step?: string;
  /** mnemonics before the loop */
  readonly before?: string;
  /** turns of the loop, where its gas does not grow with them evenly */
  readonly turns?: bigint;
  /** code of `CALLEE` */
  readonly callee?: Hex;
}

const WORD = 2n ** 256n;
const ONES = WORD - 1n;
const SIGN = WORD / 2n;
/** Digits without a pattern: those of pi and e. */
const A = 0x243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89n;
const B = 0xb7e151628aed2a6abf7158809cf4f3c762e7160f38b4da56a784d9045190cfefn;
/** An odd modulus whose top bit is set. */
const M = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;

export const CALLEE: Hex = '0x00000000000000000000000000000000000ca11e';
const BIG: Hex = '0x0000000000000000000000000000000000000b16';
/** As large as contracts may be. */
const BIG_SIZE = 24_576;

/** The contracts that cases refer to. */
export function caseAccounts({ callee = '0x00' }: OpcodeCase): ReadonlyMap<Hex, Account> {
  return new Map([
    [CALLEE, { ...contract(callee), balance: 1n }],
    [BIG, contract(toHex(new Uint8Array(BIG_SIZE).fill(0x5b)))],
  ]);
}

const at = (label: string, ...operands: readonly bigint[]): OpcodeCase => ({ label, operands });

const DIVISIONS = [
  at('small', 1_000_003n, 17n),
  at('large by small', A, 10n),
  at('by one limb', ONES, 2n ** 64n - 59n),
  at('by two limbs', ONES, 2n ** 127n + 12_345n),
  at('by three limbs', ONES, 2n ** 129n + 1n),
  at('by four limbs', ONES, 2n ** 193n + 1n),
  at('by power of two', A, 2n ** 96n),
  at('by zero', A, 0n),
];
const SIGNED_DIVISIONS = [
  ...DIVISIONS,
  at('negative', -A & ONES, (-(2n ** 127n) - 12_345n) & ONES),
  at('least by -1', SIGN, ONES),
];
const COMPARISONS = [at('small', 3n, 5n), at('large', A, B), at('differ in the last bit', A, A ^ 1n)];
const SHIFTS = [
  at('by 1', 1n, A),
  at('by 64', 64n, A),
  at('by 131', 131n, A),
  at('by 255', 255n, ONES),
  at('by all', ONES, ONES),
];
const BITS = [at('small', 3n, 5n), at('large', A, B)];
const COPY_SIZES = [0n, 32n, 1024n, 8192n];
const copies = (from: bigint): OpcodeCase[] => COPY_SIZES.map((size) => at(`${size} bytes`, 0n, from, size));
const LOG_SIZES = [0n, 32n, 1024n];
const logs = (topics: number): OpcodeCase[] =>
  LOG_SIZES.map((size) => at(`${size} bytes`, 0n, size, ...[A, B, 3n, ONES].slice(0, topics)));

const NEXT = 'PUSH1 1 ADD';
/** Accounts that nobody has seen. */
const UNSEEN = 0xc01d_0000_0000n;
const accounts = (...more: readonly bigint[]): OpcodeCase[] => [
  at('warm', BigInt(CALLEE), ...more),
  { ...at('cold', UNSEEN, ...more), step: NEXT },
];

/** A call with operands as the opcode takes them, of `CALLEE` or another. */
function call(name: OpName, label: string, callee: Hex, to = BigInt(CALLEE), size = 0n): OpcodeCase {
  const hasValue = OPCODE_NAMED[name].pops === 7;
  return { label, operands: [2n ** 40n, to, ...(hasValue ? [0n] : []), 0n, size, 0n, 0n], callee };
}
const calls = (name: OpName): OpcodeCase[] => [
  call(name, 'of an empty account', '0x', 0xe4470n),
  call(name, 'of code that stops', '0x00'),
  call(name, 'of code that returns 32 bytes', '0x60205ff3'),
  call(name, 'with 1024 bytes', '0x00', BigInt(CALLEE), 1024n),
  call(name, 'of the identity', '0x', 4n, 32n),
];

/** A frame that ends with the opcode: its call is a part of what is measured. */
const endings = (...callees: readonly (readonly [label: string, callee: Hex])[]): OpcodeCase[] =>
  callees.map(([label, callee]) => ({
    label: `${label}, called`,
    operands: [A],
    use: `PUSH0 PUSH0 PUSH0 PUSH0 PUSH3 ${BigInt(CALLEE)} GAS STATICCALL`,
    result: true,
    callee,
  }));

const RETURNED = 8192;
const WITH_RETURN_DATA = `PUSH0 PUSH0 PUSH2 ${RETURNED} PUSH0 PUSH1 4 GAS STATICCALL POP`;

const GROWING = { step: 'PUSH1 32 ADD', turns: 2000n };
const FRESH_SALT = { use: 'GAS DUP4 DUP4 DUP4 CREATE2', result: true };
/** So that DUP and SWAP find words however deep they look. */
const DEEP = Array.from({ length: 18 }, (_, index) => `PUSH1 ${index + 1}`).join(' ');

/** Cases by opcode, where its row in the table of opcodes does not suffice. */
export const CASES: Readonly<Partial<Record<OpName, readonly OpcodeCase[]>>> = {
  STOP: endings(['at once', '0x00']),
  MUL: [
    at('small', 3n, 5n),
    at('one limb', 2n ** 64n - 3n, 2n ** 63n + 9n),
    at('large', A, B),
    at('ones', ONES, ONES),
  ],
  DIV: DIVISIONS,
  SDIV: SIGNED_DIVISIONS,
  MOD: DIVISIONS,
  SMOD: SIGNED_DIVISIONS,
  ADDMOD: [
    at('small', 3n, 5n, 7n),
    at('large', A, B, M),
    at('ones', ONES, ONES, M),
    at('by three limbs', ONES, ONES, 2n ** 129n + 1n),
    at('by one limb', ONES, ONES, 2n ** 63n + 29n),
  ],
  MULMOD: [
    at('small', 3n, 5n, 7n),
    at('large', A, B, M),
    at('ones', ONES, ONES, M),
    at('by three limbs', ONES, ONES, 2n ** 129n + 1n),
    at('by one limb', ONES, ONES, 2n ** 63n + 29n),
    at('by power of two', A, B, 2n ** 128n),
  ],
  EXP: [
    at('to 0', 3n, 0n),
    at('to 2', A, 2n),
    at('to 255', A, 255n),
    at('2 to 200', 2n, 200n),
    at('256 to 30', 256n, 30n),
    at('to 2^64 - 1', A, 2n ** 64n - 1n),
    at('to all ones', A | 1n, ONES),
  ],
  SIGNEXTEND: [
    at('from 0', 0n, 0x80n),
    at('from 13', 13n, A),
    at('from 31', 31n, A),
    at('from all', ONES, A),
  ],
  LT: COMPARISONS,
  GT: COMPARISONS,
  SLT: COMPARISONS,
  SGT: COMPARISONS,
  EQ: [...COMPARISONS, at('equal', A, A)],
  ISZERO: [at('zero', 0n), at('small', 1n), at('large', SIGN)],
  BYTE: [at('31', 31n, A), at('0', 0n, A), at('beyond', ONES, A)],
  SHL: SHIFTS,
  SHR: SHIFTS,
  SAR: [...SHIFTS, at('negative by 131', 131n, SIGN)],
  CLZ: [at('of 0', 0n), at('of 1', 1n), at('of ones', ONES), at('of 2^100', 2n ** 100n)],
  KECCAK256: [0n, 32n, 64n, 135n, 136n, 1024n, 8192n].map((size) => at(`${size} bytes`, 0n, size)),
  BALANCE: accounts(),
  CALLDATALOAD: [
    at('inside', 0n),
    at('across the end', 40n),
    at('beyond', 2n ** 40n),
    at('far beyond', ONES),
  ],
  CALLDATACOPY: [...copies(0n), at('beyond', 0n, ONES, 1024n)],
  CODECOPY: [...copies(0n), at('beyond', 0n, ONES, 1024n)],
  EXTCODESIZE: [at('warm', BigInt(BIG)), ...accounts().slice(1)],
  EXTCODECOPY: [
    ...COPY_SIZES.map((size) => at(`${size} bytes`, BigInt(BIG), 0n, 0n, size)),
    at('whole', BigInt(BIG), 0n, 0n, BigInt(BIG_SIZE)),
    { ...at('cold', UNSEEN, 0n, 0n, 32n), step: NEXT },
  ],
  RETURNDATACOPY: copies(0n).map((given) => ({ ...given, before: WITH_RETURN_DATA })),
  EXTCODEHASH: [at('warm', BigInt(BIG)), ...accounts().slice(1)],
  BLOCKHASH: [at('parent', 19_999_999n), at('too old', 1n), at('to come', ONES)],
  BLOBHASH: [at('none', 0n), at('beyond', ONES)],
  POP: [{ label: 'plain', operands: [1n], use: 'DUP1 POP' }],
  MLOAD: [at('aligned', 64n), at('odd', 77n), at('far', 60_000n), { ...at('growing', 0n), ...GROWING }],
  MSTORE: [
    at('aligned', 64n, A),
    at('odd', 77n, A),
    at('far', 60_000n, A),
    { ...at('growing', 0n, A), ...GROWING },
  ],
  MSTORE8: [at('near', 64n, A), at('far', 60_000n, A)],
  SLOAD: [at('warm', 7n), at('warm, a large key', A), { ...at('cold', 0n), step: NEXT }],
  SSTORE: [
    at('same value', 7n, 0n),
    { label: 'dirty', operands: [7n, 1n], step: 'SWAP1 PUSH1 3 XOR SWAP1' },
    { ...at('new slots', 0n, 1n), step: NEXT },
    { ...at('empty slots', 0n, 0n), step: NEXT },
  ],
  JUMP: [
    { label: 'to a constant', operands: [1n], use: 'PUSH2 @to{n} JUMP to{n}: JUMPDEST' },
    { label: 'to a known place', operands: [1n], use: 'PUSH2 @to{n} DUP{zero+1} XOR JUMP to{n}: JUMPDEST' },
    {
      label: 'to an unknown place',
      operands: [1n],
      // PC of the PC instruction and the seven bytes from it to the JUMPDEST: no push holds the place
      use: 'PC DUP{zero+1} ADD PUSH1 7 ADD JUMP JUMPDEST',
    },
  ],
  JUMPI: [
    { label: 'never taken', operands: [1n], use: 'DUP{zero} PUSH2 @to{n} JUMPI to{n}: JUMPDEST' },
    { label: 'always taken', operands: [1n], use: 'DUP1 PUSH2 @to{n} JUMPI to{n}: JUMPDEST' },
    {
      label: 'as random bits say',
      operands: [A],
      use: 'DUP1 PUSH1 1 AND PUSH2 @to{n} JUMPI JUMPDEST to{n}: JUMPDEST',
      step: `PUSH8 ${6_364_136_223_846_793_005n} MUL PUSH8 ${1_442_695_040_888_963_407n} ADD DUP1 PUSH1 33 SHR XOR`,
    },
  ],
  JUMPDEST: [{ label: 'plain', operands: [1n], use: 'JUMPDEST' }],
  TLOAD: [at('one slot', 7n), { ...at('new slots', 0n), step: NEXT }],
  TSTORE: [at('one slot', 7n, A), { ...at('new slots', 0n, A), step: NEXT }],
  MCOPY: [
    ...COPY_SIZES.map((size) => at(`${size} bytes`, 0n, 8192n, size)),
    at('onto itself', 1n, 0n, 8192n),
  ],
  LOG0: logs(0),
  LOG1: logs(1),
  LOG2: logs(2),
  LOG3: logs(3),
  LOG4: logs(4),
  CREATE: [at('empty', 0n, 0n, 0n), at('1024 zeros', 0n, 0n, 1024n)],
  CREATE2: [
    { ...at('empty', 0n, 0n, 0n), ...FRESH_SALT },
    { ...at('1024 zeros', 0n, 0n, 1024n), ...FRESH_SALT },
  ],
  CALL: [
    ...calls('CALL'),
    { ...call('CALL', 'with value', '0x00'), operands: [0n, BigInt(CALLEE), 1n, 0n, 0n, 0n, 0n] },
    { ...call('CALL', 'cold', '0x00', UNSEEN), step: 'SWAP1 PUSH1 1 ADD SWAP1' },
  ],
  CALLCODE: calls('CALLCODE'),
  RETURN: endings(['nothing', '0x5f5ff3'], ['32 bytes', '0x60205ff3'], ['8192 bytes', '0x6120005ff3']),
  DELEGATECALL: calls('DELEGATECALL'),
  STATICCALL: calls('STATICCALL'),
  REVERT: endings(['nothing', '0x5f5ffd'], ['32 bytes', '0x60205ffd']),
  // the immediate bytes of EIP-8024: the 17th word, the 17th below the top, the first and the second below it
  DUPN: [{ label: 'plain', operands: [A], use: 'DUPN 0x80', result: true, before: DEEP }],
  SWAPN: [twice('SWAPN 0x80')],
  EXCHANGE: [twice('EXCHANGE 0x8e')],
  SELFDESTRUCT: ['0x33ff', '0x30ff'].map((callee, index) => ({
    ...call('CALL', index === 0 ? 'to the caller, called' : 'to itself, called', callee as Hex),
    use: `${'DUP7 '.repeat(7)} CALL`,
    result: true,
  })),
};

/** The cases of an opcode without any of its own, by the words that it takes. */
export function plainCases({ name, pops, immediate }: Opcode): readonly OpcodeCase[] {
  if (name.startsWith('PUSH') && immediate > 0) {
    const digits = wordHex(B).slice(2, 2 + 2 * immediate);
    return [{ label: 'plain', operands: [A], use: `${name} 0x${digits}`, result: true }];
  }
  if (/^DUP\d/.test(name)) return [{ label: 'plain', operands: [A], use: name, result: true, before: DEEP }];
  if (/^SWAP\d/.test(name)) return [twice(name)];
  if (pops === 0) return [{ label: 'plain', operands: [A], use: name, result: true }];
  if (pops === 1) return [at('small', 3n), at('large', A)];
  return [...BITS, at('ones', ONES, ONES)];
}

/** An exchange of words, and the same again, after which all is as it was. */
function twice(text: string): OpcodeCase {
  return { label: 'plain', operands: [A], use: `${text} ${text}`, times: 2, before: DEEP };
}
