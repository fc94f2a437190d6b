/**
 * Random worlds of contracts that call, create, store, log, loop, revert and destroy each other: what property tests
 * run when two ways of running must agree.
 */

import fc from 'fast-check';
import type { Address } from '../../src/bytes.ts';
import { FORKS } from '../../src/protocol/forks.ts';
import type { OpName } from '../../src/protocol/opcodes.ts';
import type { Alloc, GenesisAccount } from '../../src/state/diff.ts';
import {
  account,
  CALLER,
  CONTRACT,
  ETHER,
  NOBODY,
  OTHER,
  type Piece,
  program,
  push,
  wordOf,
} from './program.ts';
import { farWord, word } from './words.ts';

/** What a run is of. */
export interface World {
  /** by name: a counterexample should be short */
  readonly fork: string;
  readonly alloc: Alloc;
  readonly data: Uint8Array;
  readonly gas: bigint;
  readonly value: bigint;
  readonly isCreation: boolean;
}

/** A part of a program that leaves the stack as it was, given its position in the code. */
type Statement = (position: number) => readonly Piece[];

const THIRD: Address = '0xc0de000000000000000000000000000000000005';
const DELEGATED: Address = '0xc0de000000000000000000000000000000000006';
/** Code that programs call: contracts, one that delegates, precompiles, nothing, themselves. */
const TARGETS = [
  wordOf(OTHER),
  wordOf(THIRD),
  wordOf(CONTRACT),
  wordOf(DELEGATED),
  wordOf(NOBODY),
  1n,
  2n,
  3n,
  4n,
  5n,
  9n,
];

const small = fc.bigInt({ min: 0n, max: 3n });
const near = fc.bigInt({ min: 0n, max: 200n });
const place = fc.oneof({ weight: 40, arbitrary: near }, { weight: 1, arbitrary: farWord });
const target = fc.constantFrom(...TARGETS);

const binary = fc.constantFrom<OpName>(
  'ADD',
  'MUL',
  'SUB',
  'DIV',
  'SDIV',
  'MOD',
  'SMOD',
  'EXP',
  'SIGNEXTEND',
  'LT',
  'SGT',
  'XOR',
  'BYTE',
  'SHL',
  'SHR',
  'SAR',
);
const reads = fc.constantFrom<OpName>(
  'ADDRESS',
  'ORIGIN',
  'CALLER',
  'CALLVALUE',
  'CALLDATASIZE',
  'CODESIZE',
  'GASPRICE',
  'RETURNDATASIZE',
  'COINBASE',
  'TIMESTAMP',
  'NUMBER',
  'PREVRANDAO',
  'GASLIMIT',
  'CHAINID',
  'SELFBALANCE',
  'BASEFEE',
  'BLOBBASEFEE',
  'PC',
  'MSIZE',
  'GAS',
);
const unaryOfWorld = fc.constantFrom<OpName>('BALANCE', 'EXTCODESIZE', 'EXTCODEHASH');

const plain = (pieces: fc.Arbitrary<readonly Piece[]>): fc.Arbitrary<Statement> =>
  pieces.map((found) => () => found);

const computes = plain(fc.tuple(word, word, binary, near).map(([a, b, op, to]) => [a, b, op, to, 'MSTORE']));
const reading = plain(fc.tuple(reads, near).map(([op, to]) => [op, to, 'MSTORE']));
const stores = plain(fc.tuple(small, fc.oneof(small, word)).map(([key, value]) => [value, key, 'SSTORE']));
const loads = plain(fc.tuple(small, small).map(([from, to]) => [from, 'SLOAD', to, 'SSTORE']));
const transients = plain(
  fc
    .tuple(small, small, small)
    .map(([a, b, to]) => [a, 'TLOAD', 1n, 'ADD', b, 'TSTORE', b, 'TLOAD', to, 'SSTORE']),
);
const copies = plain(
  fc
    .tuple(
      fc.constantFrom<OpName>('MCOPY', 'CALLDATACOPY', 'CODECOPY', 'RETURNDATACOPY'),
      place,
      fc.oneof(small, place),
      fc.oneof(small, place),
    )
    .map(([op, to, from, size]) => [size, from, to, op]),
);
const hashes = plain(
  fc.tuple(place, place, small).map(([size, at, key]) => [size, at, 'KECCAK256', key, 'SSTORE']),
);
const logs = plain(
  fc
    .tuple(fc.array(word, { maxLength: 4 }), near, near)
    .map(([topics, size, at]) => [...topics, size, at, 0xa0 + topics.length]),
);
const looks = plain(fc.tuple(unaryOfWorld, target, small).map(([op, of, key]) => [of, op, key, 'SSTORE']));
const codes = plain(
  fc.tuple(target, near, near, near).map(([of, size, from, to]) => [size, from, to, of, 'EXTCODECOPY']),
);
const blocks = plain(
  fc.tuple(fc.bigInt({ min: 90n, max: 400n }), near).map(([n, to]) => [n, 'BLOCKHASH', to, 'MSTORE']),
);
const gasOf = fc.oneof(
  fc.constant<Piece>('GAS'),
  fc.bigInt({ min: 0n, max: 60_000n }),
  fc.constantFrom<Piece>(0n, 2300n, 1_000_000n, (1n << 256n) - 1n),
);
const calls = plain(
  fc
    .tuple(
      fc.constantFrom<OpName>('CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL'),
      gasOf,
      target,
      fc.oneof(small, fc.constant(ETHER * 2n)),
      place,
      near,
      near,
      near,
      small,
    )
    .map(([op, gas, to, value, inAt, inSize, outAt, outSize, key]) => {
      const hasValue = op === 'CALL' || op === 'CALLCODE';
      const operands: Piece[] = [outSize, outAt, inSize, inAt, ...(hasValue ? [value] : []), to, gas];
      return [...operands, op, key, 'SSTORE'];
    }),
);
/** Initcodes: nothing, a short code returned, a write and a stop, a revert, a self-destruction, an endless loop. */
const INITCODES: readonly Uint8Array[] = [
  program(),
  program(0x60005460015500n, 0n, 'MSTORE', 7n, 25n, 'RETURN'),
  program(1n, 2n, 'SSTORE', 'STOP'),
  program(4n, 0n, 'REVERT'),
  program('CALLER', 'SELFDESTRUCT'),
  program('JUMPDEST', 0n, 'JUMP'),
  program(0xefn, 0n, 'MSTORE8', 1n, 0n, 'RETURN'),
  program(0xffffn, 0n, 'RETURN'),
];
const creates = plain(
  fc
    .tuple(fc.boolean(), fc.constantFrom(...INITCODES), small, small, small)
    .map(([isSalted, initcode, value, salt, key]) => [
      push(
        BigInt(`0x${Buffer.from(initcode).toString('hex') || '0'}`) << BigInt(8 * (32 - initcode.length)),
        32,
      ),
      0n,
      'MSTORE',
      ...(isSalted ? [salt] : []),
      BigInt(initcode.length),
      0n,
      value,
      isSalted ? 'CREATE2' : 'CREATE',
      key,
      'SSTORE',
    ]),
);
const ends = plain(
  fc.oneof<fc.Arbitrary<readonly Piece[]>[]>(
    fc.tuple(near, near, fc.constantFrom<OpName>('RETURN', 'REVERT')).map(([size, at, op]) => [size, at, op]),
    target.map((to) => [to, 'SELFDESTRUCT']),
    fc.constantFrom<readonly Piece[]>(['STOP'], [0xfe], [0n, 'JUMP'], ['POP']),
  ),
);
const garbage = plain(fc.uint8Array({ minLength: 1, maxLength: 12 }).map((bytes) => [bytes]));

const simple: fc.Arbitrary<Statement> = fc.oneof(
  { weight: 6, arbitrary: computes },
  { weight: 4, arbitrary: reading },
  { weight: 6, arbitrary: stores },
  { weight: 4, arbitrary: loads },
  { weight: 1, arbitrary: transients },
  { weight: 4, arbitrary: copies },
  { weight: 2, arbitrary: hashes },
  { weight: 2, arbitrary: logs },
  { weight: 3, arbitrary: looks },
  { weight: 1, arbitrary: codes },
  { weight: 1, arbitrary: blocks },
  { weight: 10, arbitrary: calls },
  { weight: 3, arbitrary: creates },
);

/** A body that runs a few times over. */
const loop: fc.Arbitrary<Statement> = fc
  .tuple(fc.bigInt({ min: 1n, max: 6n }), fc.array(simple, { minLength: 1, maxLength: 3 }))
  .map(([rounds, body]) => (position) => {
    const start = position + 2;
    const inside = assemble(body, start + 1);
    return [
      push(rounds, 1),
      'JUMPDEST',
      inside,
      1n,
      0x90,
      'SUB',
      0x80,
      push(BigInt(start), 2),
      'JUMPI',
      'POP',
    ];
  });

const statement = fc.oneof(
  { weight: 12, arbitrary: simple },
  { weight: 3, arbitrary: loop },
  { weight: 1, arbitrary: garbage },
);

function assemble(statements: readonly Statement[], start = 0): Uint8Array {
  let code: Uint8Array = new Uint8Array(0);
  for (const one of statements) code = program(code, ...one(start + code.length));
  return code;
}

/** A program of statements. */
export const randomProgram: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.array(statement, { maxLength: 12 }), fc.option(ends, { nil: undefined }))
  .map(([statements, end]) => assemble(end === undefined ? statements : [...statements, end]));

const slots = fc.array(fc.tuple(small, small), { maxLength: 4 }).map((list) => new Map(list));
const contract = fc
  .tuple(randomProgram, slots)
  .map(([code, storage]) => account({ nonce: 1n, balance: ETHER, code, storage }));

/** Forks in which something differs that programs can see; the newest more often than the others. */
const names = FORKS.map(({ name }) => name);
const forks = fc.oneof(fc.constantFrom(...names), fc.constantFrom(...names.slice(-5)));

/** A random world and a message into it. */
export const randomWorld: fc.Arbitrary<World> = fc
  .record({
    fork: forks,
    first: contract,
    second: contract,
    third: contract,
    data: fc.uint8Array({ maxLength: 80 }),
    gas: fc.oneof(fc.bigInt({ min: 0n, max: 100_000n }), fc.bigInt({ min: 100_000n, max: 1_500_000n })),
    value: fc.constantFrom(0n, 0n, 1n, ETHER),
    isCreation: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  })
  .map(({ fork, first, second, third, data, gas, value, isCreation }) => ({
    fork,
    alloc: new Map<Address, GenesisAccount>([
      [CALLER, account({ balance: 10n * ETHER })],
      [CONTRACT, first],
      [OTHER, second],
      [THIRD, third],
      [DELEGATED, account({ nonce: 2n, code: program(Uint8Array.of(0xef, 1, 0), wordBytes(OTHER)) })],
    ]),
    data: isCreation ? first.code : data,
    gas,
    value,
    isCreation,
  }));

const wordBytes = (address: Address): Uint8Array => push(wordOf(address), 20).subarray(1);
