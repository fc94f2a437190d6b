/** Moving ether between accounts, and the logs that tell of it. */

import { type Address, bigIntToBytes } from '../bytes.ts';
import type { Account } from '../state/account.ts';
import type { ChangeReason } from '../state/stateChange.ts';
import type { Log } from './environment.ts';
import type { Machine } from './machine.ts';

/** Whom the logs of transfers are of, like the calls that blocks make. https://eips.ethereum.org/EIPS/eip-7708 */
export const SYSTEM_ADDRESS: Address = '0xfffffffffffffffffffffffffffffffffffffffe';

/** keccak-256 of `Transfer(address,address,uint256)`. */
const TRANSFER_EVENT = 0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3efn;
/** keccak-256 of `Burn(address,uint256)`. */
const BURN_EVENT = 0xcc16f5dbb4873280815c1ee09dbd06736cffcc184412cf7a71a0fdb75d397ca5n;

/** Moves wei, or none: the recipient is touched all the same. The sender has enough. */
export function transfer(
  m: Machine,
  from: Account,
  to: Account,
  value: bigint,
  reason: ChangeReason = 'transfer',
): void {
  const { state } = m;
  if (value > 0n) {
    state.touch(from);
    state.setBalance(from, from.balance - value, reason);
  }
  state.touch(to);
  if (value === 0n) return;
  state.setBalance(to, to.balance + value, reason);
  if (m.fork.rules.transferLogs && from !== to) {
    logOf(m, [TRANSFER_EVENT, BigInt(from.address), BigInt(to.address)], value);
  }
}

/** The ether of an account that goes is burnt, where the fork burns it, and a log says so where there was some. */
export function burn(m: Machine, account: Account): void {
  const { rules } = m.fork;
  const value = account.balance;
  if (rules.destroyedKeepBalance) return;
  m.state.setBalance(account, 0n, 'burn');
  if (rules.transferLogs && value > 0n) logOf(m, [BURN_EVENT, BigInt(account.address)], value);
}

function logOf(m: Machine, topics: readonly bigint[], value: bigint): void {
  const entry: Log = { address: SYSTEM_ADDRESS, topics, data: bigIntToBytes(value, 32) };
  m.tracer?.onLog?.(entry, m.state.logs.length);
  m.state.addLog(entry);
}
