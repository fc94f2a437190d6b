/**
 * Hot loops around one thing to measure. The operands come from call data, so that no compiler knows them, and every
 * result is woven into an operand of the next copy, so that none can be left out or overlap with the next.
 */

import { assemble } from '../assembler/assemble.ts';
import { type Hex, toHex } from '../bytes.ts';
import { createEvm } from '../chain/evm.ts';
import { forkNamed } from '../protocol/forks.ts';
import { runSync } from '../task.ts';
import { blockOf, messageOf, stateOf } from './evmillPeer.ts';
import type { Comparison } from './measure.ts';
import { type Account, callOf, contract, type Program, wordHex } from './program.ts';
import type { Rate } from './report.ts';

/** Copies of the measured thing in a turn of the loop, where nothing else is said. */
const COPIES = 16;

/** Gas that a loop spends, about: a few milliseconds of a fast engine. */
const TARGET_GAS = 8_000_000n;
/** What Osaka allows a transaction. */
const MOST_GAS = 16_777_216n;

export const LOOP_ADDRESS: Hex = '0x000000000000000000000000000000000000c0de';

/** A loop to make. */
export interface LoopParts {
  readonly name: string;
  readonly group: string;
  readonly fork: string;
  /** operands, the one on top of the stack first; below them are zero and the counter */
  readonly operands: readonly bigint[];
  /**
   * Mnemonics of one copy: they find and leave the operands on top. `{n}` is the number of the copy, `{zero}` the depth of
   * a word that is 0 and that no compiler knows, `{zero+1}` where a word more is on the stack.
   */
  readonly copy: string;
  /** mnemonics before the loop */
  readonly before?: string;
  /** bytes that call data carries behind the operands, from `dataOffset` on */
  readonly data?: Hex;
  /** the other contracts there are */
  readonly accounts?: ReadonlyMap<Hex, Account>;
  /** how many copies there are in a turn; 16 by default */
  readonly copies?: number;
  /** turns of the loop; by default as many as spend 8 million gas */
  readonly turns?: bigint;
  /** mnemonics at the end; by default the operand on top is returned */
  readonly after?: string;
}

/** A loop with what is known of it. */
export interface Loop {
  readonly program: Program;
  readonly turns: bigint;
  /** how often the measured thing runs */
  readonly count: number;
  /** gas of one copy, without the loop around it */
  readonly copyGas: number;
}

/** Where in call data the bytes are that follow so many operands. */
export const dataOffset = (operands: number): number => 32 * (operands + 2);

/**
 * Makes a loop that spends about 8 million gas, which is found by running it on the interpreter for one turn and for
 * two.
 * @throws {Error} when the loop does not end well
 */
export function makeLoop(parts: LoopParts): Loop {
  const { copies = COPIES } = parts;
  const turnGas = gasOf(programOf(parts, 2n)) - gasOf(programOf(parts, 1n));
  const turns = parts.turns ?? TARGET_GAS / turnGas + 1n;
  return {
    program: programOf(parts, turns),
    turns,
    count: Number(turns) * copies,
    copyGas: (Number(turnGas) - LOOP_GAS) / copies,
  };
}

/** A loop with what runs it empty, to be taken off. */
export interface PairedLoop extends Loop {
  readonly name: string;
  readonly baseline: Loop;
  /** gas that each use of the measured thing costs, with what it adds for its operands */
  readonly gas: number;
  /** uses in all turns */
  readonly uses: number;
}

/** What a measured loop and its measured baseline say of the first peer. */
export function rateOf(loop: PairedLoop, whole: Comparison, baseline: Comparison): Rate {
  const [full, empty] = [whole, baseline].map(({ figures }) => figures[0].min * 1e6);
  const nanoseconds = Math.max(0, full - empty) / loop.uses;
  // less than a twentieth of the loop is within what two loops differ anyway
  const isHidden = full - empty < empty / 20;
  return {
    name: loop.name,
    gas: loop.gas,
    nanoseconds,
    rate: isHidden ? undefined : (loop.gas / nanoseconds) * 1000,
    loopRate: (Number(whole.executionGas) / full) * 1000,
  };
}

/** JUMPDEST, the counter down by one, and back. */
const LOOP_GAS = 1 + 3 + 3 + 3 + 3 + 3 + 2 + 3 + 3 + 10;

function programOf(parts: LoopParts, turns: bigint): Program {
  const words = [turns, 0n, ...parts.operands.toReversed()];
  const loads = words.map((_, index) => `PUSH2 ${32 * index} CALLDATALOAD`);
  const counter = words.length;
  const copy = parts.copy.replace(
    /\{zero(?:\+(\d+))?\}/g,
    (_, above = '0') => `${counter - 1 + Number(above)}`,
  );
  const copies = Array.from({ length: parts.copies ?? COPIES }, (_, index) =>
    copy.replaceAll('{n}', String(index)),
  );
  const text = [
    parts.before ?? '',
    ...loads,
    'loop: JUMPDEST',
    ...copies,
    `DUP${counter} PUSH1 1 SWAP1 SUB SWAP${counter} POP DUP${counter} PUSH2 @loop JUMPI`,
    parts.after ?? 'PUSH0 MSTORE PUSH1 32 PUSH0 RETURN',
  ].join('\n');
  const code = toHex(assemble(text, forkNamed(parts.fork)));
  const own = { ...contract(code), balance: 10n ** 18n };
  return callOf({
    name: parts.name,
    group: parts.group,
    fork: parts.fork,
    accounts: new Map([[LOOP_ADDRESS, own], ...(parts.accounts ?? [])]),
    to: LOOP_ADDRESS,
    data: `0x${words.map((word) => wordHex(word).slice(2)).join('')}${(parts.data ?? '0x').slice(2)}`,
    gasLimit: MOST_GAS,
  });
}

function gasOf(program: Program): bigint {
  const evm = createEvm({ fork: forkNamed(program.fork), tier: 'interpreter' });
  const { status, gasUsed, halt } = runSync(
    evm.call(messageOf(program), { block: blockOf(program) }),
    stateOf(program),
  );
  if (status !== 'success') {
    throw new Error(`${program.name}: expected a loop that ends well, got ${halt?.reason ?? status}`);
  }
  return gasUsed;
}
