/** CALL, CALLCODE, DELEGATECALL, STATICCALL. */

import { EMPTY_BYTES } from '../../bytes.ts';
import { OPCODE_AT } from '../../protocol/opcodes.ts';
import type { Account } from '../../state/account.ts';
import { isZeroWord, readWord } from '../../state/slots.ts';
import { delegateOf } from '../delegation.ts';
import { rewind } from '../gas.ts';
import { FRAME, STATUS } from '../layout.ts';
import type { Machine } from '../machine.ts';
import { openFrame } from '../open.ts';
import { runPrecompile } from '../precompile.ts';
import type { HaltReason } from '../result.ts';
import type { FrameKind } from '../tracer.ts';
import { traceChild, traceNothing } from '../tracing.ts';
import { transfer } from '../transfer.ts';
import { giveBackChildGas, setResult } from './callResult.ts';
import { deliverNothing } from './returnData.ts';

const CALL = 0xf1;
const CALLCODE = 0xf2;
const DELEGATECALL = 0xf4;
const STATICCALL = 0xfa;

/** The kind of frame that a call opens, by its opcode. */
function kindOf(op: number): FrameKind {
  return OPCODE_AT[op]!.name as FrameKind;
}

/** Most frames below the outermost. */
export const CALL_DEPTH_LIMIT = 1024;

/** Everything before gas is handed over: access, value, a new account, delegation. */
export function callAccess(m: Machine, frame: number): number {
  m.stateGasOfStep = 0n;
  const { fork, state } = m;
  const { params, rules } = fork;
  const { u8, u32 } = m.arena;
  const op = u8[u32[(frame + FRAME.pc) >> 2]];
  const to = m.slot(frame, 1);
  const hasValue = (op === CALL || op === CALLCODE) && !isZeroWord(u32, m.slot(frame, 2));
  if (op === CALL && hasValue && u32[(frame + FRAME.isStatic) >> 2] !== 0) {
    rewind(m.arena, frame);
    return STATUS.staticViolation;
  }
  const account = m.paidAccountAt(frame, to, hasValue ? params.callValueGas : 0);
  if (account == null) return account === null ? STATUS.cannotPay : STATUS.pause;
  if (!m.hasCode(account)) return STATUS.pause;
  state.accesses?.account(account);
  m.pendingStateBytes = 0;
  const callee = rules.delegations ? reachDelegate(m, frame, account) : account;
  if (typeof callee === 'number') return callee;
  if (op === CALL) {
    const isNew = rules.newAccountPricedByExistence ? !account.exists : hasValue && account.isDead;
    // Last of all: nothing may pause once state is paid for.
    if (
      isNew &&
      !(m.charge(frame, params.callNewAccountGas) && m.chargeState(frame, params.newAccountStateBytes))
    ) {
      return STATUS.cannotPay;
    }
    m.pendingStateBytes = isNew && rules.failedCallsRefillAccounts ? params.newAccountStateBytes : 0;
  }
  state.warm(account);
  state.warm(callee);
  // Most calls go where the last one went, and comparing takes less than writing does (see `openFrame`).
  if (m.pendingAccount !== account) m.pendingAccount = account;
  if (m.pendingCallee !== callee) m.pendingCallee = callee;
  return STATUS.next;
}

/** Whose code runs: the delegate's, paid for and resident, or the account's own; otherwise the status to leave with. */
function reachDelegate(m: Machine, frame: number, account: Account): Account | number {
  const address = delegateOf(account.code!);
  if (address === undefined) return account;
  const delegate = m.state.account(address);
  const { warmAccessGas, coldAccountGas } = m.fork.params;
  const isWarm =
    delegate === account ||
    (delegate !== undefined && m.state.isWarm(delegate)) ||
    m.precompileOf(address) !== undefined;
  if (!m.charge(frame, isWarm ? warmAccessGas : coldAccountGas)) return STATUS.cannotPay;
  const reached = delegate ?? m.accountOf(address);
  if (reached === undefined) return STATUS.pause;
  m.state.accesses?.account(reached);
  return m.hasCode(reached) ? reached : STATUS.pause;
}

/** The call itself. Everything it needs is resident. */
export function call(m: Machine, frame: number): number {
  const { arena, state } = m;
  const { u8, u32 } = arena;
  const op = u8[u32[(frame + FRAME.pc) >> 2]];
  const kind = kindOf(op);
  const caller = m.frame.account;
  const account = m.pendingAccount;
  const takesValue = op === CALL || op === CALLCODE;
  const valueAt = takesValue ? m.slot(frame, 2) : (frame + FRAME.value) >> 2;
  const value = takesValue && !isZeroWord(u32, valueAt) ? readWord(u32, valueAt) : 0n;
  m.step(frame);
  if (value > 0n) addStipend(m, frame);
  const recipient = op === CALL || op === STATICCALL ? account : caller;
  const precompile = m.precompileAt(u32, m.slot(frame, 1));
  if (m.tracer !== null) {
    const seen = op === STATICCALL ? 0n : m.word(valueAt);
    const [to, { address }] = [account.address, recipient];
    traceChild(m, frame, { kind, to, address, value: seen, isPrecompile: precompile !== undefined });
  }
  if (m.depth > CALL_DEPTH_LIMIT) return refuse(m, frame, 'callDepth');
  if (caller.balance < value) return refuse(m, frame, 'insufficientBalance');

  const checkpoint = state.checkpoint();
  if (recipient === account) transfer(m, caller, account, value);
  const input = (frame + FRAME.argument) >> 2;
  if (precompile !== undefined) return runPrecompile(m, frame, precompile, checkpoint);
  const callee = m.pendingCallee;
  // A delegation to a precompile runs no code (EIP-7702).
  const code =
    callee !== account && m.precompileOf(callee.address) !== undefined ? EMPTY_BYTES : callee.code!;
  if (code.length === 0) {
    if (m.tracer !== null) traceNothing(m, frame);
    giveBackChildGas(m, frame);
    deliverNothing(m, frame);
    setResult(m, frame, 1);
    return STATUS.next;
  }
  openFrame(m, {
    kind,
    account: recipient,
    callee,
    code,
    codeHash: callee.codeHash,
    checkpoint,
    caller: op === DELEGATECALL ? 'same' : caller,
    valueAt: op === STATICCALL ? -1 : valueAt,
    value: op === DELEGATECALL ? 0n : value,
    input: u32[input],
    inputSize: u32[input + 1],
    gasAt: (frame + FRAME.childGas) >> 2,
    isStatic: op === STATICCALL || u32[(frame + FRAME.isStatic) >> 2] !== 0,
    isCreation: false,
    stateBytes: m.pendingStateBytes,
  });
  if (m.haltReason === undefined) return STATUS.call;
  if (m.tracer !== null) traceNothing(m, frame, m.haltReason);
  return STATUS.haltFor;
}

/** A call that is not made: its gas comes back, nothing is returned. */
function refuse(m: Machine, frame: number, reason: HaltReason): number {
  if (m.tracer !== null) traceNothing(m, frame, reason);
  giveBackChildGas(m, frame);
  m.refillState(frame, m.pendingStateBytes);
  deliverNothing(m, frame);
  setResult(m, frame, 0);
  return STATUS.next;
}

/** 2300 gas on top for the callee, which the caller does not pay. */
function addStipend(m: Machine, frame: number): void {
  m.arena.i64[(frame + FRAME.childGas) >> 3] += BigInt(m.fork.params.callStipendGas);
}
