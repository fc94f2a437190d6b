/** A hot loop for each opcode and each kind of operands, and what the loop costs without it. */

import { type Fork, forkNamed } from '../protocol/forks.ts';
import { OPCODES, type Opcode } from '../protocol/opcodes.ts';
import { type Loop, makeLoop, type PairedLoop } from './loop.ts';
import { CASES, caseAccounts, type OpcodeCase, plainCases } from './opcodeCases.ts';

/** Forks to find an opcode in: the one that mainnet runs before the one to come. */
const IN_ORDER: readonly Fork[] = ['Osaka', 'Amsterdam'].map(forkNamed);

/** An opcode in a loop; the baseline drops its operands, and has 0 for its result. */
export interface OpcodeLoop extends PairedLoop {
  readonly opcode: Opcode;
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
    baselines.get(key) ?? makeLoop({ ...shared, name: `baseline of ${name}`, copy, turns: loop.turns });
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
