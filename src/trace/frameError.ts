/** Why frames failed, in go-ethereum's words, where the words depend on the rules or on a precompile's input. */

import type { EnterEvent, LeaveEvent } from '../machine/tracer.ts';
import type { Fork } from '../protocol/forks.ts';
import { failureText } from './errorText.ts';
import { precompileError } from './precompileError.ts';

/** What a revert is called. */
export const REVERTED = 'execution reverted';

/**
 * Why a frame failed, or undefined where it did not. A creation of Frontier's that could not pay for its code has an
 * error, too, though it stands.
 */
export function frameError(
  enter: Pick<EnterEvent, 'to' | 'input'>,
  leave: LeaveEvent,
  fork: Fork,
): string | undefined {
  const text = failureText(leave);
  switch (leave.halt?.reason) {
    case 'codeTooLarge':
      return `${text}: code size ${leave.output.length} limit ${fork.params.maxCodeSize}`;
    case 'precompileFailure':
      return precompileError(enter.to, enter.input, fork) ?? text;
    default:
      return text;
  }
}
