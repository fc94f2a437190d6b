/** `eth_call` as peers behind JSON-RPC take and answer it, and the detour that is taken off their times. */

import type { Outcome } from '../../src/bench/peer.ts';
import type { Program } from '../../src/bench/program.ts';
import type { Hex } from '../../src/bytes.ts';

/** Where the detour's program lives: an address of no program and no precompile. */
export const ECHO_ADDRESS: Hex = '0x00000000000000000000000000000000feedf00d';

/** What a server answers. */
export interface Answer {
  readonly result?: unknown;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: Hex | { readonly data?: Hex };
  };
}

/** The call of a program. */
export function callObject({ caller, to, data, value, gasLimit }: Program): Readonly<Record<string, Hex>> {
  return { from: caller, to, data, value: quantity(value), gas: quantity(gasLimit) };
}

/**
 * Code that returns (or reverts with) a given output as soon as it is called. The program's own code follows
 * and never runs: whatever the server does to code for its length is then in the detour too.
 */
export function echoCode(outcome: Pick<Outcome, 'success' | 'output'>, program: Program): Hex {
  const tail = program.accounts.get(program.to)?.code.slice(2) ?? '';
  const length = (outcome.output.length - 2) / 2;
  if (!outcome.success && length === 0) return `0xfe${tail}`;
  const size = length.toString(16).padStart(6, '0');
  // PUSH3 size, PUSH1 20, PUSH1 0, CODECOPY, PUSH3 size, PUSH1 0, RETURN or REVERT, and from offset 16 the
  // output
  return `0x62${size}601060003962${size}6000${outcome.success ? 'f3' : 'fd'}${outcome.output.slice(2)}${tail}`;
}

/** What servers say of a call that halts. */
const HALT = /^(EVM error|VM Exception|Transaction reverted)/;

/**
 * What a call came to.
 * @throws {Error} where the server could not or would not do it
 */
export function readOutcome(peer: string, answer: Answer): Pick<Outcome, 'success' | 'output'> {
  if (answer.error === undefined) return { success: true, output: answer.result as Hex };
  const { code, message, data } = answer.error;
  // 3 is a revert; a halt is told by its message alone; anything else is about the request or the server
  if (code !== 3 && !HALT.test(message)) throw new Error(`${peer}: eth_call: ${message}`);
  const output = typeof data === 'object' ? data.data : data;
  return { success: false, output: output ?? '0x' };
}

/** A number as JSON-RPC has it. */
export function quantity(value: bigint): Hex {
  return `0x${value.toString(16)}`;
}
