/** CREATE and CREATE2. */

import { type Address, bigIntToBytes, concatBytes, fromHex, toHex } from '../../bytes.ts';
import { keccak256 } from '../../keccak.ts';
import { encodeRlp } from '../../rlp.ts';
import type { Account } from '../../state/account.ts';
import { isZeroWord, readWord } from '../../state/slots.ts';
import { EMPTY_CODE_HASH } from '../../state/source.ts';
import { gasLeft } from '../gas.ts';
import { FRAME, STATUS } from '../layout.ts';
import type { Machine } from '../machine.ts';
import { openFrame } from '../open.ts';
import type { HaltReason } from '../result.ts';
import { traceChild, traceNothing } from '../tracing.ts';
import { transfer } from '../transfer.ts';
import { CALL_DEPTH_LIMIT } from './call.ts';
import { giveBackChildGas, setResult } from './callResult.ts';
import { deliverNothing } from './returnData.ts';

const CREATE2 = 0xf5;

/** No nonce goes beyond this (EIP-2681). */
export const MAX_NONCE = 2n ** 64n - 1n;

/** Where CREATE, or a transaction with this nonce, puts a contract. */
export function creationAddress(creator: Address, nonce: bigint): Address {
  return toHex(keccak256(encodeRlp([fromHex(creator), nonce])).subarray(12));
}

/** Where CREATE2 puts a contract. https://eips.ethereum.org/EIPS/eip-1014 */
export function saltedCreationAddress(creator: Address, salt: bigint, initcode: Uint8Array): Address {
  const preimage = concatBytes(
    Uint8Array.of(0xff),
    fromHex(creator),
    bigIntToBytes(salt, 32),
    keccak256(initcode),
  );
  return toHex(keccak256(preimage).subarray(12));
}

/** Everything before gas is handed over; the recipe has refused static frames and paid for the initcode. */
export function createAccess(m: Machine, frame: number): number {
  m.stateGasOfStep = 0n;
  const { state } = m;
  const { params, rules } = m.fork;
  const paysAlways = !rules.creationsPayForNewAccounts;
  const bytes = params.newAccountStateBytes;
  m.pendingStateBytes = paysAlways ? bytes : 0;
  if (refusal(m, frame) !== undefined) {
    return m.chargeState(frame, m.pendingStateBytes) ? STATUS.next : STATUS.cannotPay;
  }
  // The account is then asked for by those only who can pay, but paid for once nothing can pause any more.
  if (paysAlways && m.stateGas?.affords(gasLeft(m.arena, frame), bytes) === false) return STATUS.cannotPay;
  const address = addressOf(m, frame);
  const account = m.accountOf(address);
  if (account === undefined) return STATUS.pause;
  state.accesses?.account(account);
  if (paysAlways || account.isDead) {
    if (!m.chargeState(frame, bytes)) return STATUS.cannotPay;
    m.pendingStateBytes = bytes;
  }
  m.pendingAccount = account;
  return STATUS.next;
}

/** The creation itself. Everything it needs is resident. */
export function create(m: Machine, frame: number): number {
  const { state, arena } = m;
  const { u8, u32 } = arena;
  const creator = m.frame.account;
  const kind = u8[u32[(frame + FRAME.pc) >> 2]] === CREATE2 ? 'CREATE2' : 'CREATE';
  m.step(frame);
  const refused = refusal(m, frame);
  if (refused !== undefined) {
    if (m.tracer !== null) traceRefusal(m, frame, kind, refused);
    m.refillState(frame, m.pendingStateBytes);
    giveBackChildGas(m, frame);
    return fail(m, frame);
  }
  const account = m.pendingAccount;
  const valueAt = m.slot(frame, 0);
  const value = isZeroWord(u32, valueAt) ? 0n : readWord(u32, valueAt);
  if (m.tracer !== null) traceCreation(m, frame, kind, account.address);
  state.touch(creator);
  state.setNonce(creator, creator.nonce + 1n, 'creation');
  state.warm(account);
  if (isCollision(account)) {
    if (m.tracer !== null) traceNothing(m, frame, 'addressCollision', 0n);
    m.refillState(frame, m.pendingStateBytes);
    return fail(m, frame);
  }
  const checkpoint = state.checkpoint();
  beginContract(m, creator, account, value);
  openFrame(m, {
    kind,
    account,
    callee: account,
    code: undefined,
    codeHash: undefined,
    checkpoint,
    caller: creator,
    valueAt,
    value,
    input: u32[(frame + FRAME.argument) >> 2],
    inputSize: u32[(frame + FRAME.argumentSize) >> 2],
    gasAt: (frame + FRAME.childGas) >> 2,
    isStatic: false,
    isCreation: true,
    stateBytes: m.pendingStateBytes,
  });
  if (m.haltReason === undefined) return STATUS.create;
  if (m.tracer !== null) traceNothing(m, frame, m.haltReason);
  return STATUS.haltFor;
}

/** Nothing was created. */
function fail(m: Machine, frame: number): number {
  deliverNothing(m, frame);
  setResult(m, frame, 0);
  return STATUS.next;
}

/** Tracers see what was not even tried, but from Amsterdam on, where the creator's frame finds that out. */
function traceRefusal(m: Machine, frame: number, kind: 'CREATE' | 'CREATE2', reason: HaltReason): void {
  if (m.fork.rules.stateGas) return;
  traceCreation(m, frame, kind, addressOf(m, frame));
  traceNothing(m, frame, reason);
}

function traceCreation(m: Machine, frame: number, kind: 'CREATE' | 'CREATE2', address: Address): void {
  const value = m.word(m.slot(frame, 0));
  traceChild(m, frame, { kind, to: address, address, value, isPrecompile: false });
}

/** Whether something is there already (EIP-684, EIP-7610). */
export function isCollision(account: Account): boolean {
  return account.nonce !== 0n || account.codeHash !== EMPTY_CODE_HASH || account.hasStorageNow;
}

/** The account becomes a contract, code aside; what it owned before it keeps. */
export function beginContract(m: Machine, creator: Account, account: Account, value: bigint): void {
  const { state } = m;
  state.markCreated(account);
  transfer(m, creator, account, value);
  if (m.fork.rules.contractNonceStartsAtOne) state.setNonce(account, 1n, 'creation');
}

/** Why nothing happens, and the gas comes back: too deep, not enough ether, or out of nonces. */
function refusal(m: Machine, frame: number): HaltReason | undefined {
  const creator = m.frame.account;
  if (m.depth > CALL_DEPTH_LIMIT) return 'callDepth';
  const { u32 } = m.arena;
  const valueAt = m.slot(frame, 0);
  if (!isZeroWord(u32, valueAt) && readWord(u32, valueAt) > creator.balance) return 'insufficientBalance';
  return creator.nonce >= MAX_NONCE ? 'nonceOverflow' : undefined;
}

/** Where the contract comes to be. */
function addressOf(m: Machine, frame: number): Address {
  const { u8, u32 } = m.arena;
  const creator = m.frame.account;
  const isSalted = u8[u32[(frame + FRAME.pc) >> 2]] === CREATE2;
  if (!isSalted) return creationAddress(creator.address, creator.nonce);
  const at = u32[(frame + FRAME.argument) >> 2];
  const initcode = u8.subarray(at, at + u32[(frame + FRAME.argumentSize) >> 2]);
  return saltedCreationAddress(creator.address, readWord(u32, m.slot(frame, 3)), initcode);
}
