/** What the operands of opcodes mean, and values for each meaning: likely ones, edges, and absurd ones. */

import type { Address } from '../bytes.ts';
import type { Opcode, OpName } from '../protocol/opcodes.ts';
import type { Random } from './random.ts';

/** What an operand is taken for. */
type Role =
  | 'word'
  | 'offset'
  | 'size'
  | 'source'
  | 'address'
  | 'slot'
  | 'small'
  | 'gas'
  | 'value'
  | 'byteIndex'
  | 'shift'
  | 'exponent'
  | 'block';

/** Operands from the top down; what is not listed here takes words. */
const ROLES: Readonly<Partial<Record<OpName, readonly Role[]>>> = {
  EXP: ['word', 'exponent'],
  SIGNEXTEND: ['byteIndex', 'word'],
  BYTE: ['byteIndex', 'word'],
  SHL: ['shift', 'word'],
  SHR: ['shift', 'word'],
  SAR: ['shift', 'word'],
  KECCAK256: ['offset', 'size'],
  BALANCE: ['address'],
  CALLDATALOAD: ['source'],
  CALLDATACOPY: ['offset', 'source', 'size'],
  CODECOPY: ['offset', 'source', 'size'],
  EXTCODESIZE: ['address'],
  EXTCODECOPY: ['address', 'offset', 'source', 'size'],
  RETURNDATACOPY: ['offset', 'small', 'small'],
  EXTCODEHASH: ['address'],
  BLOCKHASH: ['block'],
  BLOBHASH: ['small'],
  MLOAD: ['offset'],
  MSTORE: ['offset', 'word'],
  MSTORE8: ['offset', 'word'],
  SLOAD: ['slot'],
  SSTORE: ['slot', 'small'],
  TLOAD: ['slot'],
  TSTORE: ['slot', 'small'],
  MCOPY: ['offset', 'offset', 'size'],
  LOG0: ['offset', 'size'],
  LOG1: ['offset', 'size'],
  LOG2: ['offset', 'size'],
  LOG3: ['offset', 'size'],
  LOG4: ['offset', 'size'],
  CREATE: ['value', 'offset', 'size'],
  CREATE2: ['value', 'offset', 'size', 'small'],
  CALL: ['gas', 'address', 'value', 'offset', 'size', 'offset', 'size'],
  CALLCODE: ['gas', 'address', 'value', 'offset', 'size', 'offset', 'size'],
  DELEGATECALL: ['gas', 'address', 'offset', 'size', 'offset', 'size'],
  STATICCALL: ['gas', 'address', 'offset', 'size', 'offset', 'size'],
  RETURN: ['offset', 'size'],
  REVERT: ['offset', 'size'],
  SELFDESTRUCT: ['address'],
};

/** Operands for an opcode, from the top down. */
export function operandsOf(
  { name, pops }: Opcode,
  random: Random,
  addresses: readonly Address[],
  block: bigint,
): bigint[] {
  const roles = ROLES[name] ?? [];
  return random.times(pops, (at) => operand(roles[at] ?? 'word', random, addresses, block));
}

function operand(role: Role, random: Random, addresses: readonly Address[], block: bigint): bigint {
  // any operand may be anything at all
  if (random.oneIn(60)) return random.word();
  switch (role) {
    case 'word':
      return random.word();
    case 'offset':
    case 'source':
      return random.oneIn(80) ? random.pick(FAR) : BigInt(random.below(random.pick([4, 33, 100, 300])));
    case 'size':
      return random.oneIn(80) ? random.pick(FAR) : BigInt(random.below(random.pick([2, 34, 70, 300])));
    case 'address':
      return addressWord(random, addresses);
    case 'slot':
      return random.oneIn(12) ? random.word() : BigInt(random.below(4));
    case 'small':
      return random.oneIn(12) ? random.word() : BigInt(random.below(4));
    case 'gas':
      return gasWord(random);
    case 'value':
      return random.weighted<bigint>([
        [6, 0n],
        [4, BigInt(random.between(1, 3))],
        [1, 10n ** 19n],
      ]);
    case 'byteIndex':
      return BigInt(random.below(34));
    case 'shift':
      return BigInt(random.below(random.oneIn(2) ? 258 : 70));
    case 'exponent':
      return random.oneIn(2) ? BigInt(random.below(300)) : random.word();
    case 'block':
      return BigInt.asUintN(256, block + BigInt(random.between(-258, 2)));
  }
}

/** Places in memory that no gas pays for, or just. */
const FAR: readonly bigint[] = [
  ...[2000n, 10_000n, 2n ** 16n, 2n ** 20n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 37n - 32n],
  ...[2n ** 63n, 2n ** 64n - 32n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 255n, 2n ** 256n - 1n],
];

/** An address as a word, at times with dirt above its 160 bits. */
export function addressWord(random: Random, addresses: readonly Address[]): bigint {
  const word = BigInt(random.pick(addresses));
  return random.oneIn(20) ? word | (random.integer(96) << 160n) : word;
}

/** Gas to hand to a call. */
export function gasWord(random: Random): bigint {
  return random.weighted<bigint>([
    [6, 2n ** 256n - 1n],
    [4, BigInt(random.below(60_000))],
    [2, BigInt(random.below(3000))],
    [1, 0n],
    [1, 2300n],
    [1, 10n ** 6n],
    [1, random.word()],
  ]);
}
