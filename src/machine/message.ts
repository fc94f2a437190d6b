/** Running a message from outside: the outermost frame. */

import { EMPTY_BYTES } from '../bytes.ts';
import type { Precompile } from '../precompiles/precompile.ts';
import type { Account } from '../state/account.ts';
import { codeHashOf } from '../state/memory.ts';
import type { Task } from '../task.ts';
import { delegateOf } from './delegation.ts';
import { goOn, supply } from './frames.ts';
import { beginContract, isCollision } from './host/create.ts';
import { copyBytes } from './host/returnData.ts';
import { FRAMES, SCRATCH_DIGEST } from './layout.ts';
import type { Machine } from './machine.ts';
import { openFrame } from './open.ts';
import { applyPrecompile, precompileResult } from './precompile.ts';
import type { FrameResult, HaltReason } from './result.ts';
import { traceEnter, traceLeave } from './tracing.ts';
import { transfer } from './transfer.ts';

/** A message whose accounts are resident and paid for; the caller's nonce is not its business. */
export interface TopMessage {
  readonly caller: Account;
  /** who is called, or where a contract is created */
  readonly account: Account;
  readonly isCreation: boolean;
  /** runs in place of the account's code */
  readonly code: Uint8Array | undefined;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly gas: bigint;
  readonly isStatic: boolean;
}

/** Makes an account resident. */
export function* reach(m: Machine, address: Account['address']): Task<Account> {
  const known = m.state.account(address);
  if (known !== undefined) return known;
  if (!m.obtain({ kind: 'account', address })) yield* supply(m);
  return m.state.account(address)!;
}

/** Makes an account's code resident. */
export function* reachCode(m: Machine, account: Account): Task<Uint8Array> {
  if (!m.hasCode(account)) yield* supply(m);
  return account.code!;
}

/** Runs a message to its end; whatever it does to the world is in the journal, or undone. */
export function* runMessage(m: Machine, message: TopMessage): Task<FrameResult> {
  for (;;) {
    const result = advance(m, message);
    if (result !== undefined) return result;
    yield* supply(m);
  }
}

/**
 * Runs a message to its end, or until the driver is needed: then undefined, and the machine has what to ask for. Called
 * again, it goes on from there.
 */
export function advance(m: Machine, message: TopMessage): FrameResult | undefined {
  if (m.depth > 0) return goOn(m);
  const { state } = m;
  const { account, isCreation, gas } = message;
  const precompile = isCreation ? undefined : m.precompileOf(account.address);
  let callee = account;
  let { code } = message;
  if (!isCreation && precompile === undefined && code === undefined) {
    if (!m.hasCode(account)) return undefined;
    code = account.code!;
    const address = m.fork.rules.delegations ? delegateOf(code) : undefined;
    if (address !== undefined) {
      const delegate = m.accountOf(address);
      if (delegate === undefined) return undefined;
      const isPrecompile = m.precompileOf(address) !== undefined;
      if (!isPrecompile && !m.hasCode(delegate)) return undefined;
      // A delegation to a precompile runs no code (EIP-7702).
      code = isPrecompile ? EMPTY_BYTES : delegate.code!;
      callee = delegate;
      state.warm(callee);
      state.accesses?.account(callee);
    }
  }
  const ended = openMessage(m, message, precompile, callee, code);
  if (ended === undefined) return goOn(m);
  const result = m.stateGas?.endOutermost(ended) ?? ended;
  traceLeave(m, result, gas);
  return result;
}

/** Opens the outermost frame. A result is that of a message which needs none, or cannot have one. */
function openMessage(
  m: Machine,
  message: TopMessage,
  precompile: Precompile | undefined,
  callee: Account,
  code: Uint8Array | undefined,
): FrameResult | undefined {
  const { state } = m;
  const { caller, account, isCreation, value, data, gas } = message;
  const checkpoint = state.checkpoint();
  const kind = isCreation ? 'CREATE' : 'CALL';
  if (m.tracer !== null) {
    const isPrecompile = precompile !== undefined;
    const { address } = account;
    traceEnter(m, {
      kind,
      from: caller.address,
      to: address,
      address,
      value,
      gas,
      input: data,
      isPrecompile,
    });
  }
  if (caller.balance < value) return failed('insufficientBalance', gas);
  if (isCreation && isCollision(account)) return failed('addressCollision', 0n);
  if (isCreation) beginContract(m, caller, account, value);
  else transfer(m, caller, account, value);
  if (precompile !== undefined) {
    const result = precompileResult(applyPrecompile(precompile, data, gas));
    if (result.status === 'halt') m.revert(checkpoint);
    return result;
  }
  if (!isCreation && code!.length === 0) return finished(gas);
  if (!m.arena.reserve(FRAMES + data.length)) return failed('memoryCeiling', 0n);
  copyBytes(m.arena.u8, FRAMES, data, 0, data.length);
  m.arena.i64[SCRATCH_DIGEST >> 3] = gas;
  openFrame(m, {
    kind,
    account,
    callee,
    code: isCreation ? undefined : code,
    codeHash: isCreation
      ? undefined
      : message.code === undefined
        ? callee.codeHash
        : codeHashOf(message.code),
    checkpoint,
    caller,
    valueAt: -1,
    value,
    input: FRAMES,
    inputSize: data.length,
    gasAt: SCRATCH_DIGEST >> 2,
    isStatic: message.isStatic,
    isCreation,
    stateBytes: 0,
  });
  if (m.haltReason !== undefined) {
    m.haltReason = undefined;
    m.revert(checkpoint);
    return failed('memoryCeiling', 0n);
  }
  return undefined;
}

/** A message that cannot pay for what comes before its first frame: as if that frame had run out of gas at once. */
export function haltedBefore(
  m: Machine,
  message: Pick<TopMessage, 'caller' | 'isCreation' | 'value' | 'data' | 'gas'>,
  target: Account['address'],
): FrameResult {
  const { caller, isCreation, value, data, gas } = message;
  const kind = isCreation ? 'CREATE' : 'CALL';
  const result = failed('outOfGas', 0n);
  const names = { from: caller.address, to: target, address: target };
  traceEnter(m, { kind, ...names, value, gas, input: data, isPrecompile: false });
  traceLeave(m, result, gas);
  return result;
}

function failed(reason: HaltReason, gasLeft: bigint): FrameResult {
  const halt = { reason, pc: undefined, opcode: undefined, name: undefined };
  return { status: 'halt', halt, output: EMPTY_BYTES, gasLeft, created: undefined };
}

function finished(gasLeft: bigint): FrameResult {
  return { status: 'success', halt: undefined, output: EMPTY_BYTES, gasLeft, created: undefined };
}
