/**
 * Every opcode of every fork, one row each: the only list of opcodes there is. What an opcode costs, and whether a
 * fork has it, is in `forks.ts`; what it does is its recipe in `machine/recipes`.
 */

/**
 * - `pure`: a function of its operands
 * - `read`: reads the frame, the transaction or the block
 * - `memory`: touches the memory of the frame
 * - `state`: reads or changes the world
 * - `jump`: changes the flow inside the frame, or marks a place for it
 * - `frame`: opens another frame
 * - `halt`: ends the frame
 */
export type OpKind = 'pure' | 'read' | 'memory' | 'state' | 'jump' | 'frame' | 'halt';

/** code, name, words popped, words pushed, immediate bytes after the code, kind */
type Row = readonly [
  code: number,
  name: string,
  pops: number,
  pushes: number,
  immediate: number,
  kind: OpKind,
];

const ROWS = [
  [0x00, 'STOP', 0, 0, 0, 'halt'],
  [0x01, 'ADD', 2, 1, 0, 'pure'],
  [0x02, 'MUL', 2, 1, 0, 'pure'],
  [0x03, 'SUB', 2, 1, 0, 'pure'],
  [0x04, 'DIV', 2, 1, 0, 'pure'],
  [0x05, 'SDIV', 2, 1, 0, 'pure'],
  [0x06, 'MOD', 2, 1, 0, 'pure'],
  [0x07, 'SMOD', 2, 1, 0, 'pure'],
  [0x08, 'ADDMOD', 3, 1, 0, 'pure'],
  [0x09, 'MULMOD', 3, 1, 0, 'pure'],
  [0x0a, 'EXP', 2, 1, 0, 'pure'],
  [0x0b, 'SIGNEXTEND', 2, 1, 0, 'pure'],
  [0x10, 'LT', 2, 1, 0, 'pure'],
  [0x11, 'GT', 2, 1, 0, 'pure'],
  [0x12, 'SLT', 2, 1, 0, 'pure'],
  [0x13, 'SGT', 2, 1, 0, 'pure'],
  [0x14, 'EQ', 2, 1, 0, 'pure'],
  [0x15, 'ISZERO', 1, 1, 0, 'pure'],
  [0x16, 'AND', 2, 1, 0, 'pure'],
  [0x17, 'OR', 2, 1, 0, 'pure'],
  [0x18, 'XOR', 2, 1, 0, 'pure'],
  [0x19, 'NOT', 1, 1, 0, 'pure'],
  [0x1a, 'BYTE', 2, 1, 0, 'pure'],
  [0x1b, 'SHL', 2, 1, 0, 'pure'],
  [0x1c, 'SHR', 2, 1, 0, 'pure'],
  [0x1d, 'SAR', 2, 1, 0, 'pure'],
  [0x1e, 'CLZ', 1, 1, 0, 'pure'],
  [0x20, 'KECCAK256', 2, 1, 0, 'memory'],
  [0x30, 'ADDRESS', 0, 1, 0, 'read'],
  [0x31, 'BALANCE', 1, 1, 0, 'state'],
  [0x32, 'ORIGIN', 0, 1, 0, 'read'],
  [0x33, 'CALLER', 0, 1, 0, 'read'],
  [0x34, 'CALLVALUE', 0, 1, 0, 'read'],
  [0x35, 'CALLDATALOAD', 1, 1, 0, 'read'],
  [0x36, 'CALLDATASIZE', 0, 1, 0, 'read'],
  [0x37, 'CALLDATACOPY', 3, 0, 0, 'memory'],
  [0x38, 'CODESIZE', 0, 1, 0, 'read'],
  [0x39, 'CODECOPY', 3, 0, 0, 'memory'],
  [0x3a, 'GASPRICE', 0, 1, 0, 'read'],
  [0x3b, 'EXTCODESIZE', 1, 1, 0, 'state'],
  [0x3c, 'EXTCODECOPY', 4, 0, 0, 'state'],
  [0x3d, 'RETURNDATASIZE', 0, 1, 0, 'read'],
  [0x3e, 'RETURNDATACOPY', 3, 0, 0, 'memory'],
  [0x3f, 'EXTCODEHASH', 1, 1, 0, 'state'],
  [0x40, 'BLOCKHASH', 1, 1, 0, 'state'],
  [0x41, 'COINBASE', 0, 1, 0, 'read'],
  [0x42, 'TIMESTAMP', 0, 1, 0, 'read'],
  [0x43, 'NUMBER', 0, 1, 0, 'read'],
  [0x44, 'PREVRANDAO', 0, 1, 0, 'read'],
  [0x45, 'GASLIMIT', 0, 1, 0, 'read'],
  [0x46, 'CHAINID', 0, 1, 0, 'read'],
  [0x47, 'SELFBALANCE', 0, 1, 0, 'state'],
  [0x48, 'BASEFEE', 0, 1, 0, 'read'],
  [0x49, 'BLOBHASH', 1, 1, 0, 'read'],
  [0x4a, 'BLOBBASEFEE', 0, 1, 0, 'read'],
  [0x4b, 'SLOTNUM', 0, 1, 0, 'read'],
  [0x50, 'POP', 1, 0, 0, 'pure'],
  [0x51, 'MLOAD', 1, 1, 0, 'memory'],
  [0x52, 'MSTORE', 2, 0, 0, 'memory'],
  [0x53, 'MSTORE8', 2, 0, 0, 'memory'],
  [0x54, 'SLOAD', 1, 1, 0, 'state'],
  [0x55, 'SSTORE', 2, 0, 0, 'state'],
  [0x56, 'JUMP', 1, 0, 0, 'jump'],
  [0x57, 'JUMPI', 2, 0, 0, 'jump'],
  [0x58, 'PC', 0, 1, 0, 'read'],
  [0x59, 'MSIZE', 0, 1, 0, 'read'],
  [0x5a, 'GAS', 0, 1, 0, 'read'],
  [0x5b, 'JUMPDEST', 0, 0, 0, 'jump'],
  [0x5c, 'TLOAD', 1, 1, 0, 'state'],
  [0x5d, 'TSTORE', 2, 0, 0, 'state'],
  [0x5e, 'MCOPY', 3, 0, 0, 'memory'],
  [0x5f, 'PUSH0', 0, 1, 0, 'pure'],
  [0x60, 'PUSH1', 0, 1, 1, 'pure'],
  [0x61, 'PUSH2', 0, 1, 2, 'pure'],
  [0x62, 'PUSH3', 0, 1, 3, 'pure'],
  [0x63, 'PUSH4', 0, 1, 4, 'pure'],
  [0x64, 'PUSH5', 0, 1, 5, 'pure'],
  [0x65, 'PUSH6', 0, 1, 6, 'pure'],
  [0x66, 'PUSH7', 0, 1, 7, 'pure'],
  [0x67, 'PUSH8', 0, 1, 8, 'pure'],
  [0x68, 'PUSH9', 0, 1, 9, 'pure'],
  [0x69, 'PUSH10', 0, 1, 10, 'pure'],
  [0x6a, 'PUSH11', 0, 1, 11, 'pure'],
  [0x6b, 'PUSH12', 0, 1, 12, 'pure'],
  [0x6c, 'PUSH13', 0, 1, 13, 'pure'],
  [0x6d, 'PUSH14', 0, 1, 14, 'pure'],
  [0x6e, 'PUSH15', 0, 1, 15, 'pure'],
  [0x6f, 'PUSH16', 0, 1, 16, 'pure'],
  [0x70, 'PUSH17', 0, 1, 17, 'pure'],
  [0x71, 'PUSH18', 0, 1, 18, 'pure'],
  [0x72, 'PUSH19', 0, 1, 19, 'pure'],
  [0x73, 'PUSH20', 0, 1, 20, 'pure'],
  [0x74, 'PUSH21', 0, 1, 21, 'pure'],
  [0x75, 'PUSH22', 0, 1, 22, 'pure'],
  [0x76, 'PUSH23', 0, 1, 23, 'pure'],
  [0x77, 'PUSH24', 0, 1, 24, 'pure'],
  [0x78, 'PUSH25', 0, 1, 25, 'pure'],
  [0x79, 'PUSH26', 0, 1, 26, 'pure'],
  [0x7a, 'PUSH27', 0, 1, 27, 'pure'],
  [0x7b, 'PUSH28', 0, 1, 28, 'pure'],
  [0x7c, 'PUSH29', 0, 1, 29, 'pure'],
  [0x7d, 'PUSH30', 0, 1, 30, 'pure'],
  [0x7e, 'PUSH31', 0, 1, 31, 'pure'],
  [0x7f, 'PUSH32', 0, 1, 32, 'pure'],
  [0x80, 'DUP1', 1, 2, 0, 'pure'],
  [0x81, 'DUP2', 2, 3, 0, 'pure'],
  [0x82, 'DUP3', 3, 4, 0, 'pure'],
  [0x83, 'DUP4', 4, 5, 0, 'pure'],
  [0x84, 'DUP5', 5, 6, 0, 'pure'],
  [0x85, 'DUP6', 6, 7, 0, 'pure'],
  [0x86, 'DUP7', 7, 8, 0, 'pure'],
  [0x87, 'DUP8', 8, 9, 0, 'pure'],
  [0x88, 'DUP9', 9, 10, 0, 'pure'],
  [0x89, 'DUP10', 10, 11, 0, 'pure'],
  [0x8a, 'DUP11', 11, 12, 0, 'pure'],
  [0x8b, 'DUP12', 12, 13, 0, 'pure'],
  [0x8c, 'DUP13', 13, 14, 0, 'pure'],
  [0x8d, 'DUP14', 14, 15, 0, 'pure'],
  [0x8e, 'DUP15', 15, 16, 0, 'pure'],
  [0x8f, 'DUP16', 16, 17, 0, 'pure'],
  [0x90, 'SWAP1', 2, 2, 0, 'pure'],
  [0x91, 'SWAP2', 3, 3, 0, 'pure'],
  [0x92, 'SWAP3', 4, 4, 0, 'pure'],
  [0x93, 'SWAP4', 5, 5, 0, 'pure'],
  [0x94, 'SWAP5', 6, 6, 0, 'pure'],
  [0x95, 'SWAP6', 7, 7, 0, 'pure'],
  [0x96, 'SWAP7', 8, 8, 0, 'pure'],
  [0x97, 'SWAP8', 9, 9, 0, 'pure'],
  [0x98, 'SWAP9', 10, 10, 0, 'pure'],
  [0x99, 'SWAP10', 11, 11, 0, 'pure'],
  [0x9a, 'SWAP11', 12, 12, 0, 'pure'],
  [0x9b, 'SWAP12', 13, 13, 0, 'pure'],
  [0x9c, 'SWAP13', 14, 14, 0, 'pure'],
  [0x9d, 'SWAP14', 15, 15, 0, 'pure'],
  [0x9e, 'SWAP15', 16, 16, 0, 'pure'],
  [0x9f, 'SWAP16', 17, 17, 0, 'pure'],
  [0xa0, 'LOG0', 2, 0, 0, 'state'],
  [0xa1, 'LOG1', 3, 0, 0, 'state'],
  [0xa2, 'LOG2', 4, 0, 0, 'state'],
  [0xa3, 'LOG3', 5, 0, 0, 'state'],
  [0xa4, 'LOG4', 6, 0, 0, 'state'],
  [0xe6, 'DUPN', 0, 1, 1, 'pure'],
  [0xe7, 'SWAPN', 0, 0, 1, 'pure'],
  [0xe8, 'EXCHANGE', 0, 0, 1, 'pure'],
  [0xf0, 'CREATE', 3, 1, 0, 'frame'],
  [0xf1, 'CALL', 7, 1, 0, 'frame'],
  [0xf2, 'CALLCODE', 7, 1, 0, 'frame'],
  [0xf3, 'RETURN', 2, 0, 0, 'halt'],
  [0xf4, 'DELEGATECALL', 6, 1, 0, 'frame'],
  [0xf5, 'CREATE2', 4, 1, 0, 'frame'],
  [0xfa, 'STATICCALL', 6, 1, 0, 'frame'],
  [0xfd, 'REVERT', 2, 0, 0, 'halt'],
  [0xff, 'SELFDESTRUCT', 1, 0, 0, 'halt'],
] as const satisfies readonly Row[];

/** The name of an opcode, as in the Yellow Paper and the EIPs. 0xfe (INVALID) is a byte that no fork assigns. */
export type OpName = (typeof ROWS)[number][1];

/**
 * One opcode. `pops` and `pushes` count words; for DUP and SWAP they include the words looked through, and for DUPN,
 * SWAPN and EXCHANGE, whose depth is in the immediate byte, the recipe checks the depth itself.
 */
export interface Opcode {
  readonly code: number;
  readonly name: OpName;
  readonly pops: number;
  readonly pushes: number;
  readonly immediate: number;
  readonly kind: OpKind;
}

/** All opcodes in order of their code. */
export const OPCODES: readonly Opcode[] = ROWS.map(([code, name, pops, pushes, immediate, kind]) => ({
  code,
  name,
  pops,
  pushes,
  immediate,
  kind,
}));

/** An opcode by its byte; undefined where no fork assigns one. */
export const OPCODE_AT: readonly (Opcode | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  OPCODES.find((opcode) => opcode.code === code),
);

/** An opcode by its name. */
export const OPCODE_NAMED = Object.fromEntries(OPCODES.map((opcode) => [opcode.name, opcode])) as Readonly<
  Record<OpName, Opcode>
>;
