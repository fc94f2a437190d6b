/** Accounts that block processing itself looks at and changes, besides what transactions do. */

import type { Address } from '../bytes.ts';
import type { Account } from '../state/account.ts';
import type { AccountFact } from '../state/source.ts';
import type { State } from '../state/state.ts';
import type { Task } from '../task.ts';

/** An account, asked for where it is not resident. */
export function* residentAccount(state: State, address: Address): Task<Account> {
  const account = state.account(address);
  if (account !== undefined) return account;
  // what an account need is answered with
  return state.load(address, (yield { kind: 'account', address }) as AccountFact | undefined);
}

/** Gives an account wei that come from nowhere; with none it is touched all the same. */
export function* mint(state: State, address: Address, wei: bigint): Task<void> {
  const account = yield* residentAccount(state, address);
  state.touch(account);
  state.setBalance(account, account.balance + wei);
}
