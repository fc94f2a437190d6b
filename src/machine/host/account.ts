/** BALANCE, SELFBALANCE, EXTCODESIZE, EXTCODECOPY, EXTCODEHASH. */

import { type Account, writeBalance, writeCodeHash } from '../../state/account.ts';
import { writeSmall } from '../../state/slots.ts';
import { FRAME, STATUS } from '../layout.ts';
import type { Machine } from '../machine.ts';

export function balance(m: Machine, frame: number): number {
  const index = m.slot(frame, 0);
  const account = m.paidAccountAt(frame, index, 0);
  if (account == null) return account === null ? STATUS.cannotPay : STATUS.pause;
  show(m, frame, account);
  writeBalance(m.arena.u32, index, account);
  return STATUS.next;
}

export function selfBalance(m: Machine, frame: number): number {
  m.step(frame);
  writeBalance(m.arena.u32, m.slot(frame, -1), m.frame.account);
  return STATUS.next;
}

export function extCodeSize(m: Machine, frame: number): number {
  const index = m.slot(frame, 0);
  const account = m.paidAccountAt(frame, index, m.fork.params.codeReadGas);
  if (account == null) return account === null ? STATUS.cannotPay : STATUS.pause;
  if (!m.hasCode(account)) return STATUS.pause;
  show(m, frame, account);
  writeSmall(m.arena.u32, index, account.code!.length);
  return STATUS.next;
}

export function extCodeHash(m: Machine, frame: number): number {
  const index = m.slot(frame, 0);
  const account = m.paidAccountAt(frame, index, 0);
  if (account == null) return account === null ? STATUS.cannotPay : STATUS.pause;
  show(m, frame, account);
  writeCodeHash(m.arena.u32, index, account);
  return STATUS.next;
}

/** The destination was touched and the copy was paid for by the recipe. */
export function extCodeCopy(m: Machine, frame: number): number {
  const index = m.slot(frame, 0);
  const account = m.paidAccountAt(frame, index, m.fork.params.codeReadGas);
  if (account == null) return account === null ? STATUS.cannotPay : STATUS.pause;
  if (!m.hasCode(account)) return STATUS.pause;
  show(m, frame, account);
  const { u8, u32 } = m.arena;
  const to = u32[(frame + FRAME.argument) >> 2];
  const size = u32[(frame + FRAME.argumentSize) >> 2];
  if (size === 0) return STATUS.next;
  const from = smallOrMax(u32, m.slot(frame, 2));
  const part = account.code!.subarray(from, from + size);
  u8.set(part, to);
  u8.fill(0, to + part.length, to + size);
  return STATUS.next;
}

/** The account is reached: it is warm from now on, and tracers may look. */
function show(m: Machine, frame: number, account: Account): void {
  m.state.warm(account);
  m.state.accesses?.account(account);
  m.step(frame);
}

/** A word as a number, or one beyond all sizes where it is larger. */
export function smallOrMax(u32: Uint32Array, at: number): number {
  for (let i = 1; i < 8; i++) if (u32[at + i] !== 0) return 2 ** 32;
  return u32[at];
}
