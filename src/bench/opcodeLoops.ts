/** A hot loop for each opcode and each kind of operands, and what the loop costs without it. */

import { type Fork, forkNamed } from '../protocol/forks.ts';
import { OPCODES, type Opcode } from '../protocol/opcodes.ts';
import { COPIES, type Loop, makeLoop } from './loop.ts';
import type { Comparison } from './measure.ts';
import { CASES, caseAccounts, type OpcodeCase, plainCases } from './opcodeCases.ts';

/** Forks to find an opcode in: the one that mainnet runs before the one to come. */
const IN_ORDER: readonly Fork[] = ['Osaka', 'Amsterdam'].map(forkNamed);

/** An opcode in a loop. */
export interface OpcodeLoop extends Loop {
  readonly name: string;
  readonly opcode: Opcode;
  /** the same loop with the opcode's operands dropped, and 0 for its result */
  readonly baseline: Loop;
  /** gas that each use costs, with what it adds for its operands */
  readonly gas: number;
  /** uses in all turns */
  readonly uses: number;
}

/** What using an opcode takes. */
export interface OpcodeFigure {
  readonly name: string;
  readonly gas: number;
  /** of one use, the loop around it taken off; 0 where that hides it */
  readonly nanoseconds: number;
  /** million gas a second; undefined where the loop hides the opcode's time */
  readonly rate: number | undefined;
  /** the same of the whole loop */
  readonly loopRate: number;
}

/** All loops whose name (`opcode/DIV by two limbs`) matches. */
export function opcodeLoops(match: RegExp): OpcodeLoop[] {
  const baselines = new Map<string, Loop>();
  return OPCODES.flatMap((opcode) => {
    const fork = IN_ORDER.find(({ gas }) => gas[opcode.code] !== undefined)!;
    return (CASES[opcode.name] ?? plainCases(opcode))
      .filter(({ label }) => match.test(nameOf(opcode, label)))
      .map((given) => opcodeLoop(opcode, given, fork.name, baselines));
  });
}

const nameOf = ({ name }: Opcode, label: string): string =>
  `opcode/${name}${label === 'plain' ? '' : ` ${label}`}`;

function opcodeLoop(
  opcode: Opcode,
  given: OpcodeCase,
  fork: string,
  baselines: Map<string, Loop>,
): OpcodeLoop {
  const name = nameOf(opcode, given.label);
  const { operands, before, turns, step = '', times = 1 } = given;
  const hasResult = given.use === undefined ? opcode.pushes > 0 : given.result === true;
  // keeps a result in the chain of what must be computed, and the operand as it is
  const chain = hasResult ? 'DUP{zero+1} AND XOR' : '';
  const taken = given.use === undefined ? operands.length : 0;
  const found = `DUP${taken} `.repeat(taken);
  const shared = {
    group: opcode.name,
    fork,
    operands,
    accounts: caseAccounts(given),
    ...(before === undefined ? {} : { before }),
    ...(turns === undefined ? {} : { turns }),
  };
  const loop = makeLoop({ ...shared, name, copy: `${found} ${given.use ?? opcode.name} ${chain} ${step}` });
  // what stands for the opcode there: two gas each
  const dropped = Math.max(taken - (hasResult ? 1 : 0), 0);
  const made = hasResult && taken === 0 ? 1 : 0;
  const copy = `${found} ${'POP '.repeat(dropped)} ${'PUSH0 '.repeat(made)} ${chain} ${step}`;
  const key = `${fork} ${operands.length} ${copy} ${loop.count}`;
  const baseline =
    baselines.get(key) ??
    makeLoop({ ...shared, name: `baseline of ${name}`, copy, turns: BigInt(loop.count / COPIES) });
  baselines.set(key, baseline);
  return {
    ...loop,
    name,
    opcode,
    baseline,
    gas: (loop.copyGas - baseline.copyGas + 2 * (dropped + made)) / times,
    uses: loop.count * times,
  };
}

/** What a measured loop and its measured baseline say of the first peer. */
export function opcodeFigure(loop: OpcodeLoop, whole: Comparison, baseline: Comparison): OpcodeFigure {
  const [with_, without] = [whole, baseline].map(({ figures }) => figures[0].min * 1e6);
  const nanoseconds = Math.max(0, with_ - without) / loop.uses;
  // less than a twentieth of the loop is within what two loops differ anyway
  const isHidden = with_ - without < without / 20;
  return {
    name: loop.name,
    gas: loop.gas,
    nanoseconds,
    rate: isHidden ? undefined : (loop.gas / nanoseconds) * 1000,
    loopRate: (Number(whole.executionGas) / with_) * 1000,
  };
}
