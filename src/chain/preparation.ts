/**
 * What a transaction does after it was found valid and before its first frame: its authorizations, and its way to whom
 * it calls or creates. Either all of that was paid for in advance, as if nothing existed; or it is paid for now, as
 * the state is found, and a transaction that cannot pay halts before its first frame.
 */

import { type Address, EMPTY_BYTES, toHex } from '../bytes.ts';
import { keccak256 } from '../keccak.ts';
import { delegateOf, delegationCode } from '../machine/delegation.ts';
import type { Machine } from '../machine/machine.ts';
import { reach, reachCode } from '../machine/message.ts';
import type { Account } from '../state/account.ts';
import { EMPTY_CODE_HASH } from '../state/source.ts';
import type { Task } from '../task.ts';
import { isAuthorizationFor, recoverAuthority } from './authorization.ts';
import type { Authorization, UnsignedTransaction } from './transaction.ts';

/** A transaction, with who sends it and what it calls or creates. */
export interface Sent {
  readonly tx: UnsignedTransaction;
  readonly sender: Account;
  readonly target: Address;
  readonly chainId: bigint;
}

/**
 * Prepares what was paid for in advance; of that, what proves unnecessary is given back in one way or the other.
 * https://eips.ethereum.org/EIPS/eip-7702
 */
export function* preparePaid(m: Machine, { tx, target, chainId }: Sent): Task<void> {
  const { state, fork } = m;
  for (const authorization of authorizationsOf(tx)) {
    const authority = yield* authorityOf(m, authorization, chainId);
    if (authority === undefined) continue;
    if (authority.exists) {
      state.addRefund(fork.params.txAuthorizationRefund);
      m.stateGas?.grant(fork.params.newAccountStateBytes);
    }
    authorize(m, authority, authorization);
  }
  yield* reachTarget(m, target);
}

/**
 * Prepares and pays. https://eips.ethereum.org/EIPS/eip-2780
 * @param gas what there is besides the reservoir of state gas
 * @returns what is left of it; undefined where it is not enough, and nothing has been prepared then
 */
export function* prepareAndPay(m: Machine, sent: Sent, gas: bigint): Task<bigint | undefined> {
  const checkpoint = m.state.checkpoint();
  let left = yield* payForAuthorizations(m, sent, gas);
  if (left !== undefined) {
    m.stateGas?.enter();
    left = yield* payForTarget(m, sent, left);
  }
  if (left === undefined) m.revert(checkpoint);
  return left;
}

function* payForAuthorizations(
  m: Machine,
  { tx, sender, target, chainId }: Sent,
  gas: bigint,
): Task<bigint | undefined> {
  const { params } = m.fork;
  // Each authority pays for its first write, and for the place that a designator takes, at most once.
  const written = new Set<Account>([sender]);
  const delegated = new Set<Account>();
  let left = gas;
  for (const authorization of authorizationsOf(tx)) {
    const authority = yield* authorityOf(m, authorization, chainId);
    if (authority === undefined) continue;
    // The value that goes there has paid for the write.
    if (authority.address === target && tx.value > 0n) written.add(authority);
    if (authority.code!.length > 0) delegated.add(authority);
    const isUnpaid = BigInt(authorization.address) !== 0n && !delegated.has(authority);
    const bytes =
      (authority.isDead ? params.newAccountStateBytes : 0) + (isUnpaid ? params.delegationStateBytes : 0);
    const rest = pay(m, left, written.has(authority) ? 0 : params.txAuthorityWriteGas, bytes);
    if (rest === undefined) return undefined;
    left = rest;
    written.add(authority);
    if (isUnpaid) delegated.add(authority);
    authorize(m, authority, authorization);
  }
  return left;
}

function* payForTarget(m: Machine, { tx, target }: Sent, gas: bigint): Task<bigint | undefined> {
  const { params } = m.fork;
  const account = yield* reachTarget(m, target);
  const makesAccount = account.isDead && (tx.to === null || tx.value > 0n);
  const left = pay(m, gas, 0, makesAccount ? params.newAccountStateBytes : 0);
  if (tx.to === null || left === undefined) return left;
  const delegate = delegateOf(yield* reachCode(m, account));
  return delegate === undefined ? left : pay(m, left, accessGas(m, delegate), 0);
}

/** Pays for both kinds of gas; what is left, or undefined where that is not enough. */
function pay(m: Machine, gas: bigint, regular: number, bytes: number): bigint | undefined {
  const left = gas - BigInt(regular);
  if (left < 0n) return undefined;
  return m.stateGas === null ? left : m.stateGas.chargeUpfront(left, bytes);
}

/** What reaching an account costs that need not be resident. */
function accessGas(m: Machine, address: Address): number {
  const { warmAccessGas, coldAccountGas } = m.fork.params;
  const account = m.state.account(address);
  const isWarm = (account !== undefined && m.state.isWarm(account)) || m.precompileOf(address) !== undefined;
  return isWarm ? warmAccessGas : coldAccountGas;
}

/** Whom a transaction calls, or where it creates, is warm from the start. */
function* reachTarget(m: Machine, target: Address): Task<Account> {
  const account = yield* reach(m, target);
  m.state.warm(account);
  m.state.accesses?.account(account);
  return account;
}

function authorizationsOf(tx: UnsignedTransaction): readonly Authorization[] {
  return tx.type === 4 ? tx.authorizationList : [];
}

/** Whose code an authorization sets, its code being resident; undefined where it is to be passed over. */
function* authorityOf(m: Machine, authorization: Authorization, chainId: bigint): Task<Account | undefined> {
  if (!isAuthorizationFor(authorization, chainId)) return undefined;
  const address = recoverAuthority(authorization);
  if (address === undefined) return undefined;
  const authority = yield* reach(m, address);
  m.state.warm(authority);
  m.state.accesses?.account(authority);
  const code = yield* reachCode(m, authority);
  if (code.length > 0 && delegateOf(code) === undefined) return undefined;
  return authority.nonce === authorization.nonce ? authority : undefined;
}

function authorize({ state }: Machine, authority: Account, { address }: Authorization): void {
  state.touch(authority);
  if (BigInt(address) === 0n) {
    state.setCode(authority, EMPTY_BYTES, EMPTY_CODE_HASH, 'authorization');
  } else {
    const designator = delegationCode(address);
    state.setCode(authority, designator, toHex(keccak256(designator)), 'authorization');
  }
  state.setNonce(authority, authority.nonce + 1n, 'authorization');
}
