/** A hot loop of calls for each precompile and each kind of input, and what calls cost without it. */

import { toHex } from '../bytes.ts';
import { forkNamed } from '../protocol/forks.ts';
import { dataOffset, makeLoop, type PairedLoop } from './loop.ts';
import { precompileInputs } from './precompileInputs.ts';

const FORK = 'Osaka';
/** An account of nothing: calling it costs what calling a precompile does. */
const NOBODY = 0xe4470;

/** All loops whose name (`precompile/ecrecover signed`) matches. */
export function precompileLoops(match: RegExp): PairedLoop[] {
  return [...forkNamed(FORK).precompiles].flatMap(([address, name]) => {
    // the fork in which it came is of no interest here
    const plain = name.replace(/(Byzantium|Istanbul|Berlin|Osaka)$/, '');
    return precompileInputs(name).flatMap(({ label, input }) => {
      const title = `precompile/${plain} ${label}`;
      return match.test(title) ? [precompileLoop(title, plain, address, input)] : [];
    });
  });
}

/** With calls of nobody for a baseline. */
function precompileLoop(name: string, group: string, address: number, input: Uint8Array): PairedLoop {
  const parts = (to: number) => ({
    group,
    fork: FORK,
    operands: [1n],
    // some cost most of what a transaction may spend
    copies: 1,
    before: `PUSH2 ${input.length} PUSH2 ${dataOffset(1)} PUSH0 CALLDATACOPY`,
    data: toHex(input),
    copy: `PUSH0 PUSH0 PUSH2 ${input.length} PUSH0 PUSH3 ${to} GAS STATICCALL DUP{zero+1} AND XOR`,
    after: 'RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY RETURNDATASIZE PUSH0 RETURN',
  });
  const loop = makeLoop({ ...parts(address), name });
  const baseline = makeLoop({ ...parts(NOBODY), name: `baseline of ${name}`, turns: loop.turns });
  return { ...loop, name, baseline, gas: loop.copyGas - baseline.copyGas, uses: loop.count };
}
