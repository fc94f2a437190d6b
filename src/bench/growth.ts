/** How time grows with one thing at a time. */

import { assemble } from '../assembler/assemble.ts';
import { type Hex, toHex } from '../bytes.ts';
import { forkNamed } from '../protocol/forks.ts';
import type { Peer } from './peer.ts';
import { type Account, callOf, contract, type Program, wordHex } from './program.ts';
import { type Summary, summarise } from './statistics.ts';

/** The last fork in which a transaction may spend as much gas as it likes. */
const FORK = 'Prague';
const TO: Hex = '0x000000000000000000000000000000000000c0de';

/** Something that grows. */
export interface Curve {
  readonly name: string;
  readonly unit: string;
  readonly sizes: readonly number[];
  /** A program of a size; code differs with `salt`, so that no engine has seen it. */
  make(size: number, salt: number): Program;
}

/** A point of a curve. */
export interface Point {
  readonly size: number;
  readonly gas: number;
  /** milliseconds of runs of code that was never seen before, each of other code */
  readonly first: Summary;
  /** milliseconds of runs of the same code again and again */
  readonly hot: Summary;
  /** by how many bytes the process has grown in the first runs */
  readonly memory: number;
}

/** A curve as it was measured, by the names of peers. */
export interface MeasuredCurve {
  readonly name: string;
  readonly unit: string;
  readonly points: readonly { readonly size: number; readonly found: ReadonlyMap<string, Point> }[];
}

const text = (mnemonics: string): Hex => toHex(assemble(mnemonics, forkNamed(FORK)));

/** Code that ends with bytes of its own, behind where it stops. */
const salted = (code: Hex, salt: number): Hex => `${code}00${wordHex(BigInt(salt)).slice(2)}`;

function program(
  name: string,
  code: Hex,
  size: number,
  others: ReadonlyMap<Hex, Account> = new Map(),
): Program {
  return callOf({
    name: `growth/${name} ${size}`,
    group: name,
    fork: FORK,
    accounts: new Map([[TO, contract(code)], ...others]),
    to: TO,
    data: wordHex(BigInt(size)),
    gasLimit: 2n ** 40n,
  });
}

const powers = (base: number, from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => base ** (from + index));

/** Counts down, with some arithmetic and a word in memory each time. */
const LOOP = `
  PUSH0 CALLDATALOAD PUSH0
  loop: JUMPDEST
  DUP2 MUL DUP2 ADD DUP1 PUSH1 64 MSTORE
  SWAP1 PUSH1 1 SWAP1 SUB SWAP1
  DUP2 JUMPI @loop
  PUSH0 MSTORE PUSH1 32 PUSH0 RETURN`;

/** Calls itself with one less, until nothing is left. */
const RECURSION = `
  PUSH0 CALLDATALOAD DUP1 ISZERO JUMPI @end
  PUSH1 1 SWAP1 SUB PUSH0 MSTORE
  PUSH0 PUSH0 PUSH1 32 PUSH0 PUSH0 ADDRESS GAS CALL
  JUMPI @end
  PUSH0 PUSH0 REVERT
  end: JUMPDEST`;

/** A word into each KiB of memory. */
const MEMORY = `
  PUSH0 CALLDATALOAD
  loop: JUMPDEST
  PUSH1 1 SWAP1 SUB
  DUP1 DUP1 PUSH2 1024 MUL MSTORE
  DUP1 JUMPI @loop`;

/** Straight code of so many bytes, passed through as often as call data says. */
function straight(bytes: number): string {
  const line = 'DUP1 PUSH1 7 MUL PUSH1 3 XOR PUSH1 1 SHR DUP2 ADD PUSH1 32 MSTORE';
  // 17 bytes a line
  const lines = Array.from({ length: Math.floor(bytes / 17) }, () => line);
  return `PUSH2 1 CALLDATALOAD POP PUSH1 32 CALLDATALOAD
    loop: JUMPDEST
    ${lines.join('\n')}
    PUSH1 1 SWAP1 SUB DUP1 JUMPI @loop`;
}

/** Calls so many contracts, one after the other: the addresses from 2^32 on. */
const MANY = `
  PUSH0 CALLDATALOAD
  loop: JUMPDEST
  PUSH1 1 SWAP1 SUB
  PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 DUP6 PUSH5 0x0100000000 OR GAS CALL POP
  DUP1 JUMPI @loop`;

/** Short code with a loop, a storage slot and a hash, and no other code like it. */
const one = (index: number, salt: number): Hex =>
  salted(
    text(`PUSH1 8 loop: JUMPDEST PUSH1 1 SWAP1 SUB DUP1 DUP1 MUL PUSH0 MSTORE DUP1 JUMPI @loop
      PUSH0 SLOAD PUSH1 32 PUSH0 KECCAK256 ADD PUSH1 ${index & 255} ADD PUSH0 MSTORE`),
    salt * 2 ** 20 + index,
  );

function straightProgram(name: string, turns: number, size: number, salt: number): Program {
  const made = program(name, salted(text(straight(size)), salt), size);
  return { ...made, data: `${made.data}${wordHex(BigInt(turns)).slice(2)}` };
}

/** All curves. */
export const CURVES: readonly Curve[] = [
  {
    name: 'loop',
    unit: 'turns',
    sizes: powers(10, 1, 6),
    make: (size, salt) => program('loop', salted(text(LOOP), salt), size),
  },
  {
    name: 'code once',
    unit: 'bytes',
    sizes: powers(2, 10, 16),
    make: (size, salt) => straightProgram('code once', 1, size, salt),
  },
  {
    name: 'code 100 times',
    unit: 'bytes',
    sizes: powers(2, 10, 16),
    make: (size, salt) => straightProgram('code 100 times', 100, size, salt),
  },
  {
    name: 'call depth',
    unit: 'calls',
    sizes: [...powers(2, 0, 9), 1023],
    make: (size, salt) => program('call depth', salted(text(RECURSION), salt), size),
  },
  {
    name: 'memory',
    unit: 'KiB',
    sizes: powers(4, 0, 7),
    make: (size, salt) => program('memory', salted(text(MEMORY), salt), size),
  },
  {
    name: 'contracts',
    unit: 'contracts',
    sizes: powers(10, 1, 4),
    make(size, salt) {
      const others = Array.from({ length: size }, (_, index): [Hex, Account] => [
        `0x${(2 ** 32 + index).toString(16).padStart(40, '0')}`,
        contract(one(index, salt)),
      ]);
      return program('contracts', salted(text(MANY), salt), size, new Map(others));
    },
  },
];

let nextSalt = 1;

/** Measures one point on a peer. */
export async function measurePoint(
  curve: Curve,
  size: number,
  peer: Peer,
  plan: { readonly rounds: number; readonly seconds: number },
): Promise<Point> {
  const first: number[] = [];
  let gas = 0n;
  const before = process.memoryUsage.rss();
  for (let round = 0; round < plan.rounds; round++) {
    await peer.prepare(curve.make(size, nextSalt++));
    const { ms, outcome } = await peer.run();
    if (!outcome.success) throw new Error(`growth: ${curve.name} of ${size}: expected success`);
    first.push(ms);
    gas = outcome.gasUsed;
  }
  const memory = process.memoryUsage.rss() - before;
  const hot: number[] = [];
  for (
    const end = performance.now() + plan.seconds * 1000;
    hot.length < plan.rounds || performance.now() < end;
  ) {
    hot.push((await peer.run()).ms);
  }
  return { size, gas: Number(gas), first: summarise(first), hot: summarise(hot), memory };
}

/** With which power of the size a time grows, between two points. */
export function exponentBetween(
  a: readonly [size: number, ms: number],
  b: readonly [size: number, ms: number],
): number {
  return Math.log(b[1] / a[1]) / Math.log(b[0] / a[0]);
}
