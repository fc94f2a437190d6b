/** What a transaction comes to when it has run: what its sender pays, and what the block counts of each gas. */

import type { Machine } from '../machine/machine.ts';
import type { FrameResult } from '../machine/result.ts';
import type { Params } from '../protocol/params.ts';
import { stateByteGas } from './fees.ts';
import type { IntrinsicGas } from './intrinsicGas.ts';

/** Gas of a transaction that has run. */
export interface GasSettlement {
  /** what the sender pays for: after refunds, and no less than the floor */
  readonly gasUsed: bigint;
  /** gas given back for cleared state, as capped */
  readonly gasRefunded: bigint;
  /**
   * what the block counts: all of `gasUsed` before Amsterdam; from it on without the gas of state, and as if there
   * were no refunds (https://eips.ethereum.org/EIPS/eip-7778, 8037)
   */
  readonly regularGasUsed: bigint;
  /** what the block counts besides, for state that was created; 0 before Amsterdam */
  readonly stateGasUsed: bigint;
}

/**
 * Shares out what a transaction has left after its intrinsic gas: as much regular gas as one may use, and the rest
 * for state only. https://eips.ethereum.org/EIPS/eip-8037
 */
export function shareExecutionGas(
  gasLimit: bigint,
  { regular, state }: IntrinsicGas,
  { maxTxRegularGas }: Params,
): { readonly gas: bigint; readonly reservoir: bigint } {
  const all = gasLimit - regular - state;
  if (maxTxRegularGas === Number.POSITIVE_INFINITY) return { gas: all, reservoir: 0n };
  const most = BigInt(maxTxRegularGas) - regular;
  return all > most ? { gas: most, reservoir: all - most } : { gas: all, reservoir: 0n };
}

/** Readies the meter of state gas, where the fork has one. */
export function beginStateGas(m: Machine, reservoir: bigint): void {
  m.stateGas?.begin(stateByteGas(m.fork, m.block.gasLimit), reservoir);
}

/**
 * Settles a transaction whose outermost frame has ended; destroyed accounts must still be there.
 * @param gas what that frame was given
 */
export function settleGas(
  m: Machine,
  gasLimit: bigint,
  gas: bigint,
  intrinsic: IntrinsicGas,
  result: FrameResult,
): GasSettlement {
  const { params, rules } = m.fork;
  const meter = m.stateGas;
  settleStateGas(m, result);
  const spent = gasLimit - result.gasLeft - (meter?.reservoir ?? 0n);
  const most = spent / BigInt(params.refundQuotient);
  const counter = BigInt(m.state.refund);
  const gasRefunded = counter < most ? counter : most;
  const gasUsed = greater(spent - gasRefunded, intrinsic.floor);
  let regular = meter === null ? spent : intrinsic.regular + meter.regularUsed(gas, result);
  if (!rules.blockGasIgnoresRefunds) regular -= gasRefunded;
  return {
    gasUsed,
    gasRefunded,
    regularGasUsed: greater(regular, intrinsic.floor),
    stateGasUsed: intrinsic.state + (meter?.used ?? 0n),
  };
}

/** Tells the meter of state gas of the accounts that a run which ended well has made and destroyed. */
export function settleStateGas({ stateGas, state, fork }: Machine, result: FrameResult): void {
  if (stateGas === null || result.status !== 'success') return;
  const { newAccountStateBytes, newSlotStateBytes, codeStateBytesPerByte } = fork.params;
  stateGas.remove(
    state.destroyed,
    (account) =>
      newAccountStateBytes +
      newSlotStateBytes * state.nonZeroSlots(account) +
      codeStateBytesPerByte * account.code!.length,
  );
}

function greater(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
