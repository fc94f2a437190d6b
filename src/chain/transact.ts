/** Executing a transaction: the fees, the authorizations, the message, the refunds, in the order of the Yellow Paper. */

import { type Address, toAddress } from '../bytes.ts';
import { delegateOf } from '../machine/delegation.ts';
import type { BlockContext, Log } from '../machine/environment.ts';
import { supply } from '../machine/frames.ts';
import { creationAddress } from '../machine/host/create.ts';
import { CONTEXT } from '../machine/layout.ts';
import type { Machine } from '../machine/machine.ts';
import { haltedBefore, reach, reachCode, runMessage, type TopMessage } from '../machine/message.ts';
import type { FrameResult } from '../machine/result.ts';
import { burn } from '../machine/transfer.ts';
import type { Account } from '../state/account.ts';
import { writeWord } from '../state/slots.ts';
import type { Task } from '../task.ts';
import { blobBaseFeeOf, blobGas, effectiveGasPrice } from './fees.ts';
import { beginStateGas, type GasSettlement, settleGas, shareExecutionGas } from './gasSettlement.ts';
import type { IntrinsicGas } from './intrinsicGas.ts';
import { withLogs } from './lazyResult.ts';
import { prepareAndPay, preparePaid, type Sent } from './preparation.ts';
import { traceStart } from './traceBounds.ts';
import { accessListOf, type UnsignedTransaction } from './transaction.ts';
import { type BlockRoom, checkSender, checkTransaction } from './transactionValidity.ts';

/** What became of a transaction. */
export interface TransactionOutcome extends FrameResult, GasSettlement {
  /** what it paid before anything ran */
  readonly intrinsic: IntrinsicGas;
  readonly blobGasUsed: bigint;
  /** wei per gas */
  readonly effectiveGasPrice: bigint;
  readonly logs: readonly Log[];
}

/** The greatest gas limit of a block. */
const MAX_GAS = 2n ** 63n - 1n;

/**
 * Executes a transaction on a machine that was begun on its block. The state then stands at the end of it: marks are
 * of the past, and the next transaction may follow.
 * @throws {InvalidTransaction} with the state unchanged
 */
export function* transactOn(
  m: Machine,
  tx: UnsignedTransaction,
  from: Address,
  block: BlockContext,
  room: BlockRoom,
): Task<TransactionOutcome> {
  const { fork, state } = m;
  const { params, rules } = fork;
  // No valid block allows more gas than the machine's registers hold.
  const gasRoom = room.gas < MAX_GAS ? room.gas : MAX_GAS;
  const intrinsic = checkTransaction(tx, from, fork, block, { ...room, gas: gasRoom });
  const sender = yield* reach(m, from);
  const code = yield* reachCode(m, sender);
  const isDelegated = delegateOf(code) !== undefined;
  const kind = code.length === 0 ? 'none' : isDelegated ? 'delegation' : 'own';
  checkSender(tx, { nonce: sender.nonce, balance: sender.balance, code: kind }, fork);

  const price = effectiveGasPrice(tx, block.baseFee);
  const blobGasUsed = blobGas(tx, fork);
  const blobPrice = params.blobSchedule === null ? 0n : blobBaseFeeOf(block.excessBlobGas, fork);
  m.setContextAddress(CONTEXT.origin, from);
  m.setContext(CONTEXT.gasPrice, price);
  m.setContext(CONTEXT.blobBaseFee, blobPrice);
  m.setBlobHashes(tx.type === 3 ? tx.blobVersionedHashes : []);

  const target = tx.to === null ? creationAddress(from, tx.nonce) : toAddress(tx.to);
  if (m.tracer !== null) {
    const { value, gasLimit, data: input } = tx;
    const seen = { from, to: target, isCreation: tx.to === null, value, gasLimit, gasPrice: price, input };
    traceStart(m, seen, tx.type === 4 ? tx.authorizationList : []);
  }
  const { gas, reservoir } = shareExecutionGas(tx.gasLimit, intrinsic, params);
  beginStateGas(m, reservoir);
  state.touch(sender);
  state.accesses?.account(sender);
  const advance = tx.gasLimit * price + blobGasUsed * blobPrice;
  state.setBalance(sender, sender.balance - advance, 'gasPurchase');
  state.setNonce(sender, sender.nonce + 1n, 'sending');
  yield* warmFromTheStart(m, tx, sender, block);
  // Nothing may pause once frames have run: paused runs are saved, and go on in the frames.
  const sent: Sent = { tx, sender, target, chainId: block.chainId };
  yield* reach(m, block.coinbase);
  const result = rules.transactionsPayAsTheyRun
    ? yield* runPaying(m, sent, gas, reservoir)
    : yield* runPaid(m, sent, gas);

  const settlement = settleGas(m, tx.gasLimit, gas, intrinsic, result);
  const { gasUsed } = settlement;
  // A run that was saved goes on with other records of the same accounts.
  const payer = state.account(from)!;
  state.setBalance(payer, payer.balance + (tx.gasLimit - gasUsed) * price, 'gasReturn');
  const coinbase = state.account(block.coinbase)!;
  state.touch(coinbase);
  state.accesses?.account(coinbase);
  const tip = rules.baseFee ? price - block.baseFee : price;
  state.setBalance(coinbase, coinbase.balance + gasUsed * tip, 'fee');
  burnAtEnd(m);
  m.tracer?.onTransactionEnd?.({ gasUsed });
  const logs = state.logs.length === 0 ? undefined : state.logs.take();
  state.endTransaction(rules);
  // Written out: spread, these take 9 µs.
  const { status, halt, output, gasLeft, created } = result;
  const outcome = {
    status,
    halt,
    output,
    gasLeft,
    created,
    gasUsed,
    gasRefunded: settlement.gasRefunded,
    regularGasUsed: settlement.regularGasUsed,
    stateGasUsed: settlement.stateGasUsed,
    intrinsic,
    blobGasUsed,
    effectiveGasPrice: price,
  };
  return withLogs(outcome, logs);
}

/** Runs what a transaction sends that has paid for everything in advance. */
function* runPaid(m: Machine, sent: Sent, gas: bigint): Task<FrameResult> {
  yield* preparePaid(m, sent);
  return yield* runMessage(m, messageOf(m, sent, gas));
}

/** Runs what a transaction sends that pays as it runs. */
function* runPaying(m: Machine, sent: Sent, gas: bigint, reservoir: bigint): Task<FrameResult> {
  const { tx, sender, target } = sent;
  const left = yield* prepareAndPay(m, sent, gas);
  if (left !== undefined) return yield* runMessage(m, messageOf(m, sent, left));
  beginStateGas(m, reservoir);
  const { value, data, to } = tx;
  return haltedBefore(m, { caller: sender, isCreation: to === null, value, data, gas }, target);
}

/** Whom it goes to is resident. */
function messageOf({ state }: Machine, { tx, sender, target }: Sent, gas: bigint): TopMessage {
  return {
    caller: sender,
    account: state.account(target)!,
    isCreation: tx.to === null,
    code: undefined,
    value: tx.value,
    data: tx.data,
    gas,
    isStatic: false,
  };
}

/** What is warm before anything runs: https://eips.ethereum.org/EIPS/eip-2929, 2930, 3651. */
function* warmFromTheStart(
  m: Machine,
  tx: UnsignedTransaction,
  sender: Account,
  block: BlockContext,
): Task<void> {
  const { state, fork } = m;
  if (!fork.rules.accessSets) return;
  state.warm(sender);
  if (fork.rules.warmCoinbase) state.warm(yield* reach(m, block.coinbase));
  const key = new Uint32Array(8);
  for (const { address, storageKeys } of accessListOf(tx)) {
    const account = yield* reach(m, address);
    state.warm(account);
    for (const storageKey of storageKeys) {
      writeWord(key, 0, storageKey);
      if (state.slot(account, key, 0) < 0) {
        if (!m.obtain({ kind: 'slot', address, key: storageKey })) yield* supply(m);
      }
      state.warmSlot(state.slot(account, key, 0));
    }
  }
}

/** Ether that goes with the accounts that are about to go. https://eips.ethereum.org/EIPS/eip-7708 */
function burnAtEnd(m: Machine): void {
  const byAddress = [...m.state.destroyed].sort((a, b) => (a.address < b.address ? -1 : 1));
  for (const account of byAddress) burn(m, account);
}
