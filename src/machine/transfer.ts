/** Moving ether between accounts. */

import type { Account } from '../state/account.ts';
import type { State } from '../state/state.ts';

/** Moves wei, or none: the recipient is touched all the same. The sender has enough. */
export function transfer(state: State, from: Account, to: Account, value: bigint): void {
  if (value > 0n) {
    state.touch(from);
    state.setBalance(from, from.balance - value);
  }
  state.touch(to);
  if (value > 0n) state.setBalance(to, to.balance + value);
}
