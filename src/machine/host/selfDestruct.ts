/** SELFDESTRUCT. */

import { EMPTY_BYTES } from '../../bytes.ts';
import type { Account } from '../../state/account.ts';
import { STATUS } from '../layout.ts';
import type { Machine } from '../machine.ts';
import { traceEnter, traceLeave } from '../tracing.ts';
import { burn, transfer } from '../transfer.ts';

/** All generations; https://eips.ethereum.org/EIPS/eip-6780 is the newest. */
export function selfDestruct(m: Machine, frame: number): number {
  m.stateGasOfStep = 0n;
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
      !(
        m.charge(frame, params.selfdestructNewAccountGas) && m.chargeState(frame, params.newAccountStateBytes)
      )
    ) {
      return STATUS.cannotPay;
    }
  }
  state.warm(beneficiary);
  m.step(frame);
  const value = account.balance;
  if (beneficiary !== account) {
    transfer(m, account, beneficiary, value, 'selfdestruct');
  } else {
    state.touch(account);
    if (goes) burn(m, account);
  }
  if (goes) state.markDestroyed(account);
  if (m.tracer !== null) traceDestruction(m, beneficiary, value);
  return STATUS.selfdestruct;
}

/** Tracers see it as a frame, after the fact. */
function traceDestruction(m: Machine, to: Account, value: bigint): void {
  const { address } = m.frame.account;
  const parties = { from: address, to: to.address, address };
  traceEnter(m, {
    kind: 'SELFDESTRUCT',
    ...parties,
    value,
    gas: 0n,
    input: EMPTY_BYTES,
    isPrecompile: false,
  });
  const result = { status: 'success', halt: undefined, output: EMPTY_BYTES, gasLeft: 0n } as const;
  traceLeave(m, { ...result, created: undefined }, 0n);
}
