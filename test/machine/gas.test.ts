/** What each opcode costs in all, exactly: with that much gas it works, with one less the frame halts. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Fork, osaka } from '../../src/protocol/forks.ts';
import { OPCODE_NAMED, OPCODES, type OpName } from '../../src/protocol/opcodes.ts';
import { byteLength } from '../../src/word.ts';
import { execute, MAX_WORD, OTHER, type Piece, PLAIN_FORKS, program, wordOf } from './program.ts';
import { word } from './words.ts';

/** Operands, the last one on top, and what the opcode itself then costs in Osaka. */
interface Priced {
  readonly operands: readonly bigint[];
  readonly gas: bigint;
}

const COLD = wordOf(OTHER);
const MEMORY = 3n; // one word
const cases: [OpName, Priced][] = [];
const add = (name: OpName, gas: bigint, ...operands: bigint[]): void =>
  void cases.push([name, { operands, gas }]);

for (const name of [
  'ADD',
  'SUB',
  'LT',
  'GT',
  'SLT',
  'SGT',
  'EQ',
  'AND',
  'OR',
  'XOR',
  'BYTE',
  'SHL',
  'SHR',
  'SAR',
] as const) {
  add(name, 3n, 3n, 5n);
}
for (const name of ['MUL', 'DIV', 'SDIV', 'MOD', 'SMOD', 'SIGNEXTEND'] as const) add(name, 5n, 3n, MAX_WORD);
for (const name of ['ADDMOD', 'MULMOD'] as const) add(name, 8n, 7n, MAX_WORD, MAX_WORD);
for (const name of ['ISZERO', 'NOT', 'CALLDATALOAD'] as const) add(name, 3n, 9n);
add('CLZ', 5n, 9n);
for (const [exponent, bytes] of [
  [0n, 0n],
  [1n, 1n],
  [255n, 1n],
  [256n, 2n],
  [MAX_WORD, 32n],
  [1n << 64n, 9n],
]) {
  add('EXP', 10n + 50n * bytes, exponent, 3n);
}
for (const { name, pops, pushes, kind } of OPCODES) {
  const isFree = name === 'PUSH0' || name === 'SELFBALANCE';
  if (pops === 0 && pushes === 1 && kind === 'read' && name !== 'SLOTNUM') add(name, 2n);
  else if (/^(PUSH|DUP|SWAP)\d/.test(name) && !isFree) add(name, 3n, ...new Array<bigint>(pops).fill(1n));
}
add('PUSH0', 2n);
add('SELFBALANCE', 5n);
add('POP', 2n, 1n);
add('JUMPDEST', 1n);
add('JUMPI', 10n, 0n, 0n);
add('STOP', 0n);
add('BLOCKHASH', 20n, 0n);
add('BLOBHASH', 3n, 0n);
add('MLOAD', 3n + MEMORY, 0n);
add('MLOAD', 3n + 2n * MEMORY, 1n);
add('MSTORE', 3n + MEMORY, 1n, 0n);
add('MSTORE8', 3n + MEMORY, 1n, 31n);
// 1024 words: 3 * 1024 + 1024 * 1024 / 512
add('MSTORE', 3n + 3072n + 2048n, 1n, 32768n - 32n);
add('KECCAK256', 30n, 0n, MAX_WORD);
add('KECCAK256', 30n + 6n * 2n + 2n * MEMORY, 33n, 0n);
for (const name of ['CALLDATACOPY', 'CODECOPY', 'MCOPY'] as const) {
  add(name, 3n, 0n, MAX_WORD, MAX_WORD);
  add(name, 3n + 3n * 3n + 3n * MEMORY, 65n, 0n, 0n);
}
add('RETURNDATACOPY', 3n, 0n, 0n, 0n);
for (const name of ['BALANCE', 'EXTCODESIZE', 'EXTCODEHASH'] as const) {
  add(name, 2600n, COLD);
  add(name, 100n, 1n); // a precompile is warm from the start
}
add('EXTCODECOPY', 2600n + 3n * 2n + 2n * MEMORY, 64n, 0n, 0n, COLD);
add('EXTCODECOPY', 100n, 0n, MAX_WORD, MAX_WORD, 1n);
add('SLOAD', 2100n, 1n);
add('SSTORE', 2100n + 20000n, 7n, 1n);
add('TLOAD', 100n, 1n);
add('TSTORE', 100n, 7n, 1n);
for (let topics = 0; topics <= 4; topics++) {
  const name = `LOG${topics}` as OpName;
  const words = new Array<bigint>(topics).fill(3n);
  add(name, 375n * BigInt(topics + 1), ...words, 0n, MAX_WORD);
  add(name, 375n * BigInt(topics + 1) + 8n * 40n + 2n * MEMORY, ...words, 40n, 0n);
}
for (const name of ['RETURN', 'REVERT'] as const) {
  add(name, 0n, 0n, MAX_WORD);
  add(name, MEMORY, 1n, 0n);
}
add('SELFDESTRUCT', 5000n + 2600n + 25000n, COLD);
add('SELFDESTRUCT', 5000n + 25000n, 1n);
// in: offset and size, out: offset and size. Nothing is at the address; no gas is handed over
const ranges = [0n, 0n, 0n, 0n];
add('CALL', 2600n, ...ranges, 0n, COLD, 0n);
add('CALL', 2600n + 9000n + 25000n, ...ranges, 1n, COLD, 0n);
add('CALLCODE', 2600n + 9000n, ...ranges, 1n, COLD, 0n);
add('DELEGATECALL', 2600n, ...ranges, COLD, 0n);
add('STATICCALL', 2600n + 3n * MEMORY, 96n, 0n, 1n, 0n, COLD, 0n);
add('CREATE', 32000n, 0n, MAX_WORD, 0n);
add('CREATE', 32000n + 2n * 2n + 2n * MEMORY, 33n, 0n, 0n);
add('CREATE2', 32000n, 0n, 0n, MAX_WORD, 0n);
add('CREATE2', 32000n + (2n + 6n) * 2n + 2n * MEMORY, 0n, 33n, 0n, 0n);

/** A call with value of what has no code: its stipend comes back. */
const isGivenBack = (name: OpName, { operands }: Priced): boolean =>
  (name === 'CALL' || name === 'CALLCODE') && operands[4] !== 0n;

test.each(cases)('%s', (name, priced) => {
  const pushes = program(...priced.operands);
  const need = 3n * BigInt(priced.operands.length) + priced.gas;
  const { code } = OPCODE_NAMED[name];
  const returned = isGivenBack(name, priced) ? 2300n : 0n;
  const enough = execute([pushes, code], { gas: need });
  expect(enough.halt).toBeUndefined();
  expect(enough.gasUsed).toBe(need - returned);
  if (priced.gas === 0n) return;
  const short = execute([pushes, code], { gas: need - 1n });
  expect(short.status).toBe('halt');
  expect(short.halt).toEqual({ reason: 'outOfGas', pc: pushes.length, opcode: code, name });
  expect(short.gasLeft).toBe(0n);
  expect(short.gasUsed).toBe(need - 1n);
});

test('every opcode of Osaka is priced here, but for JUMP and GAS', () => {
  const names = new Set(cases.map(([name]) => name));
  const missing = OPCODES.filter(({ code, name }) => osaka.gas[code] !== undefined && !names.has(name));
  expect(missing.map(({ name }) => name)).toEqual(['JUMP']);
});

test('JUMP costs 8, and its destination 1', () => {
  expect(execute([3n, 'JUMP', 0x5b], { gas: 12n })).toMatchObject({ status: 'success', gasLeft: 0n });
  expect(execute([3n, 'JUMP', 0x5b], { gas: 11n }).halt).toMatchObject({ reason: 'outOfGas', pc: 3 });
  expect(execute([3n, 'JUMP', 0x5b], { gas: 10n }).halt).toMatchObject({ reason: 'outOfGas', pc: 2 });
});

describe('EXP', () => {
  test.each(PLAIN_FORKS)('of $name pays for each byte of the exponent', (fork: Fork) => {
    const isEarly = ['Frontier', 'Homestead', 'TangerineWhistle'].includes(fork.name);
    fc.assert(
      fc.property(word, word, (base, exponent) => {
        const { gasUsed } = execute([exponent, base, 'EXP'], { fork });
        expect(gasUsed).toBe(16n + (isEarly ? 10n : 50n) * BigInt(byteLength(exponent)));
      }),
      { numRuns: 20 },
    );
  });
});

describe.each(PLAIN_FORKS)('$name', (fork: Fork) => {
  test('has exactly its opcodes', () => {
    for (let code = 0; code < 256; code++) {
      const operands: Piece[] = new Array<Piece>(17).fill(1n);
      const { halt } = execute([...operands, code], { fork, gas: 200_000n });
      const isUndefined = halt?.reason === 'undefinedOpcode';
      expect([code, isUndefined]).toEqual([code, fork.gas[code] === undefined]);
      // A byte that is no opcode is so with an empty stack, a full one and without gas, too.
      if (!isUndefined) continue;
      expect(halt).toEqual({ reason: 'undefinedOpcode', pc: 34, opcode: code, name: 'INVALID' });
      expect(execute([code], { fork, gas: 0n }).halt?.reason).toBe('undefinedOpcode');
      expect(execute([code], { fork, gas: 2n ** 63n - 1n }).halt?.reason).toBe('undefinedOpcode');
    }
  });
});

describe('GAS', () => {
  test('is what is left behind it, to the last unit', () => {
    for (const gas of [17n, 1000n, 2n ** 20n, 2n ** 32n, 2n ** 32n + 5n, 2n ** 53n + 1n, 2n ** 63n - 1n]) {
      const { output } = execute(['GAS', 0n, 'MSTORE', 32n, 0n, 'RETURN'], { gas });
      expect(BigInt(`0x${Buffer.from(output).toString('hex')}`)).toBe(gas - 2n);
    }
  });
});
