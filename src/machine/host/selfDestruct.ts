/** SELFDESTRUCT. */

import { EMPTY_BYTES } from '../../bytes.ts';
import { STATUS } from '../layout.ts';
import type { Machine } from '../machine.ts';
import { traceEnter, traceLeave } from '../tracing.ts';
import { logBurn, transfer } from '../transfer.ts';

/** All generations; https://eips.ethereum.org/EIPS/eip-6780 is the newest. */
export function selfDestruct(m: Machine, frame: number): number {
  const { state, fork } = m;
  const { params, rules } = fork;
  const index = m.slot(frame, 0);
  const { account } = m.frame;
  if (rules.accessSets) {
    const gas = m.accessGas(index);
    // Cold costs; warm is part of the opcode's price.
    if (gas === params.coldAccountGas && !m.charge(frame, gas)) return STATUS.cannotPay;
  }
  const beneficiary = m.accountAt(index);
  if (beneficiary === undefined) return STATUS.pause;
  state.accesses?.account(beneficiary);
  // Known before the price is paid, and seen by tracers; a frame that cannot pay undoes it.
  const goes = !rules.selfdestructOnlyNew || state.isCreated(account);
  if (goes && !state.isDestroyed(account)) state.addRefund(params.selfdestructRefund);
  if (params.callReserveDivisor > 0) {
    const isNew = rules.newAccountPricedByExistence
      ? !beneficiary.exists
      : account.balance > 0n && beneficiary.isDead;
    if (
      isNew &&
      !(m.charge(frame, params.newAccountGas) && m.chargeState(frame, params.newAccountStateBytes))
    ) {
      return STATUS.cannotPay;
    }
  }
  state.warm(beneficiary);
  m.step(frame);
  const value = account.balance;
  if (m.tracer !== null) {
    const input = EMPTY_BYTES;
    traceEnter(m, {
      kind: 'SELFDESTRUCT',
      from: account,
      to: beneficiary,
      recipient: account,
      value,
      gas: 0n,
      input,
      isPrecompile: false,
    });
    traceLeave(m, { status: 'success', halt: undefined, output: input, gasLeft: 0n, created: undefined }, 0n);
  }
  if (beneficiary !== account) {
    transfer(m, account, beneficiary, value);
  } else {
    state.touch(account);
    if (goes) {
      state.setBalance(account, 0n);
      logBurn(m, account, value);
    }
  }
  if (goes) state.markDestroyed(account);
  return STATUS.selfdestruct;
}
