/** Executing a block: system calls, transactions, withdrawals, requests, rewards; then all that its header commits to. */

import { type Address, equalBytes, type Hex } from '../bytes.ts';
import { type BlockFault, InvalidBlock, InvalidTransaction } from '../errors.ts';
import type { BlockContext, Log } from '../machine/environment.ts';
import type { Fork } from '../protocol/forks.ts';
import type { BlockAccessList } from '../state/accessRecorder.ts';
import type { StateDiff } from '../state/diff.ts';
import { State } from '../state/state.ts';
import { type Hand, lend, type Task, withHand } from '../task.ts';
import { type Block, transactionFault, transactionsRoot } from './block.ts';
import { blockAccessListHash, blockAccessListItems } from './blockAccessList.ts';
import { BLOOM_BYTES, mergeBloom } from './bloom.ts';
import { DAO_DRAINED_ACCOUNTS, DAO_REFUND_CONTRACT } from './dao.ts';
import type { Evm, TransactionResult } from './evm.ts';
import { maxBlobGas } from './fees.ts';
import { type Header, ZERO_HASH } from './header.ts';
import { type Receipt, receiptOf, receiptsRoot } from './receipt.ts';
import { DEPOSIT_REQUEST_TYPE, depositsIn, requestList, requestsHash } from './requests.ts';
import { mint, residentAccount } from './residence.ts';
import { minerReward, ommerReward } from './reward.ts';
import { callBeforeTransactions, dequeueRequests } from './systemCalls.ts';
import type { Transaction } from './transaction.ts';
import { recoverSender } from './transactionSender.ts';
import { type BlockRoom, emptyBlockRoom } from './transactionValidity.ts';
import { withdrawalsRoot, withdrawalWei } from './withdrawals.ts';

/** What executing a block needs besides the block. */
export interface BlockSetting {
  readonly chainId: bigint;
  /** whose logs are deposits */
  readonly depositContract: Address;
  /** whether this is the block of the DAO fork */
  readonly isDaoFork: boolean;
  /** the root of the parent's state once it has changed so */
  rootAfter(diff: StateDiff): Hex;
}

/** What a block does and commits to. */
export interface BlockResult {
  readonly receipts: readonly Receipt[];
  /** of all transactions, in order */
  readonly logs: readonly Log[];
  /** what differs from the parent's state */
  readonly diff: StateDiff;
  readonly stateRoot: Hex;
  readonly transactionsRoot: Hex;
  readonly receiptsRoot: Hex;
  /** 256 bytes */
  readonly logsBloom: Uint8Array;
  /** as the header counts it: the greater one of the next two */
  readonly gasUsed: bigint;
  /** what transactions used, each as `TransactionResult.regularGasUsed` says */
  readonly regularGasUsed: bigint;
  /** what they used for new state; 0 before Amsterdam */
  readonly stateGasUsed: bigint;
  /** undefined where the fork has no such thing, like the next four */
  readonly blobGasUsed: bigint | undefined;
  readonly withdrawalsRoot: Hex | undefined;
  readonly requestsHash: Hex | undefined;
  readonly blockAccessListHash: Hex | undefined;
  readonly blockAccessList: BlockAccessList | undefined;
  /** what the consensus layer is asked for: a type byte and data each */
  readonly requests: readonly Uint8Array[];
}

/**
 * Who sent each transaction of a block.
 * @throws {InvalidBlock} `transaction`, with the cause
 */
export function recoverSenders({ transactions }: Block, fork: Fork): Address[] {
  return transactions.map((tx, index) => {
    try {
      return recoverSender(tx, fork);
    } catch (error) {
      throw blockFault(index, error);
    }
  });
}

/**
 * Executes a block on its parent's state, which the driver supplies. Whether the result is what the header says is
 * for `checkResult` to tell.
 * @param evm of the block's fork
 * @param senders of its transactions, in order
 * @throws {InvalidBlock} when it cannot be executed
 */
export function executeBlock(
  evm: Evm,
  block: Block,
  senders: readonly Address[],
  setting: BlockSetting,
): Task<BlockResult> {
  const hand: Hand = { source: undefined };
  return withHand(executeAll(evm, block, senders, setting, hand), hand);
}

function* executeAll(
  evm: Evm,
  block: Block,
  senders: readonly Address[],
  setting: BlockSetting,
  hand: Hand,
): Task<BlockResult> {
  const { rules } = evm.fork;
  const context = blockContext(block.header, setting.chainId);
  const state = new State();
  const accesses = rules.blockAccessLists ? state.recordAccesses() : undefined;
  yield* beforeTransactions(evm, block, context, state, setting);
  accesses?.endStep();
  const executed = yield* executeTransactions(evm, block, senders, context, state, setting, hand);
  yield* applyWithdrawals(evm, block, state);
  const requests = yield* afterTransactions(evm, block, executed.receipts, context, state, setting);
  accesses?.endStep();
  const diff = state.diff();
  const roots = contentRoots(block, setting.rootAfter(diff), accesses?.list());
  return blockResult(evm.fork, block, executed, requests, diff, roots);
}

/** The step before the first transaction. */
export function* beforeTransactions(
  evm: Evm,
  { header }: Block,
  context: BlockContext,
  state: State,
  setting: BlockSetting,
): Task<void> {
  if (setting.isDaoFork) yield* drainDao(state, evm.fork);
  yield* callBeforeTransactions(evm, header, context, state);
}

/** What withdrawals bring: the first part of the step after the last transaction. */
export function* applyWithdrawals(
  { fork }: Evm,
  { withdrawals }: Pick<Block, 'withdrawals'>,
  state: State,
): Task<void> {
  for (const withdrawal of withdrawals ?? []) {
    yield* mint(state, withdrawal.address, withdrawalWei(withdrawal));
    state.accesses?.account(state.account(withdrawal.address)!);
  }
  state.endTransaction(fork.rules);
}

/**
 * The rest of the step after the last transaction.
 * @returns the requests
 * @throws {InvalidBlock} when they cannot be collected
 */
export function* afterTransactions(
  evm: Evm,
  block: Block,
  receipts: readonly Receipt[],
  context: BlockContext,
  state: State,
  setting: BlockSetting,
): Task<readonly Uint8Array[]> {
  const { rules, params } = evm.fork;
  const logs = receipts.flatMap((receipt) => receipt.logs);
  const requests = rules.requests
    ? [
        ...requestList(DEPOSIT_REQUEST_TYPE, depositsIn(logs, setting.depositContract)),
        ...(yield* dequeueRequests(evm, context, state)),
      ]
    : [];
  if (params.blockReward > 0n) yield* payRewards(state, block, params.blockReward);
  state.endTransaction(rules);
  return requests;
}

/** What a block's transactions came to. */
export interface ExecutedTransactions {
  readonly receipts: readonly Receipt[];
  /** what they left of the block's gas */
  readonly room: BlockRoom;
}

/** What of a block's result follows from its content, its access list and the state that it leads to. */
export type ContentRoots = Pick<
  BlockResult,
  'stateRoot' | 'transactionsRoot' | 'withdrawalsRoot' | 'blockAccessListHash' | 'blockAccessList'
>;

/** Those roots and hashes. */
export function contentRoots(
  { encodedTransactions, withdrawals }: Block,
  stateRoot: Hex,
  blockAccessList: BlockAccessList | undefined,
): ContentRoots {
  return {
    stateRoot,
    transactionsRoot: transactionsRoot(encodedTransactions),
    withdrawalsRoot: withdrawals && withdrawalsRoot(withdrawals),
    blockAccessListHash: blockAccessList && blockAccessListHash(blockAccessList),
    blockAccessList,
  };
}

/** All that a header commits to, of a block that was executed. */
export function blockResult(
  fork: Fork,
  { header }: Block,
  { receipts, room }: ExecutedTransactions,
  requests: readonly Uint8Array[],
  diff: StateDiff,
  roots: ContentRoots,
): BlockResult {
  const { rules, params } = fork;
  const regularGasUsed = header.gasLimit - room.gas;
  const stateGasUsed = header.gasLimit - room.stateGas;
  const logsBloom = new Uint8Array(BLOOM_BYTES);
  for (const receipt of receipts) mergeBloom(logsBloom, receipt.logsBloom);
  return {
    ...roots,
    receipts,
    logs: receipts.flatMap((receipt) => receipt.logs),
    diff,
    receiptsRoot: receiptsRoot(receipts),
    logsBloom,
    gasUsed: regularGasUsed > stateGasUsed ? regularGasUsed : stateGasUsed,
    regularGasUsed,
    stateGasUsed,
    blobGasUsed: params.blobSchedule === null ? undefined : maxBlobGas(fork) - room.blobGas,
    requestsHash: rules.requests ? requestsHash(requests) : undefined,
    requests,
  };
}

/** What bytecode sees of a block. */
export function blockContext(header: Header, chainId: bigint): BlockContext {
  const { number, timestamp, coinbase, gasLimit, difficulty, mixHash } = header;
  return {
    number,
    timestamp,
    coinbase,
    gasLimit,
    difficulty,
    chainId,
    baseFee: header.baseFee ?? 0n,
    prevRandao: BigInt(mixHash),
    excessBlobGas: header.excessBlobGas ?? 0n,
    slotNumber: header.slotNumber ?? 0n,
  };
}

function* executeTransactions(
  evm: Evm,
  { transactions }: Block,
  senders: readonly Address[],
  context: BlockContext,
  state: State,
  setting: BlockSetting,
  hand: Hand,
): Task<ExecutedTransactions> {
  const { receiptStatus } = evm.fork.rules;
  const receipts: Receipt[] = [];
  let room = emptyBlockRoom(context, evm.fork);
  let cumulativeGasUsed = 0n;
  for (const [index, tx] of transactions.entries()) {
    const result = yield* executeOne(evm, index, tx, senders[index], context, state, room, hand);
    room = roomAfter(room, result);
    cumulativeGasUsed += result.gasUsed;
    state.accesses?.endStep();
    const outcome = receiptStatus ? result.status === 'success' : setting.rootAfter(state.diff());
    receipts.push(receiptOf(tx.type, outcome, cumulativeGasUsed, result.logs));
  }
  return { receipts, room };
}

/** What a transaction leaves of a block's room. */
export function roomAfter(
  room: BlockRoom,
  used: Pick<TransactionResult, 'regularGasUsed' | 'stateGasUsed' | 'blobGasUsed'>,
): BlockRoom {
  return {
    gas: room.gas - used.regularGasUsed,
    stateGas: room.stateGas - used.stateGasUsed,
    blobGas: room.blobGas - used.blobGasUsed,
  };
}

function* executeOne(
  evm: Evm,
  index: number,
  tx: Transaction,
  sender: Address,
  context: BlockContext,
  state: State,
  room: BlockRoom,
  { source }: Hand,
): Task<TransactionResult> {
  try {
    return yield* lend(evm.transact(tx, context, { sender, state, room }), source);
  } catch (error) {
    throw blockFault(index, error);
  }
}

function blockFault(index: number, error: unknown): unknown {
  return error instanceof InvalidTransaction ? transactionFault(index, error) : error;
}

/** Touches every account of the list, also those that a chain may lack. https://eips.ethereum.org/EIPS/eip-779 */
export function* drainDao(state: State, { rules }: Fork): Task<void> {
  let drained = 0n;
  for (const address of DAO_DRAINED_ACCOUNTS) {
    const account = yield* residentAccount(state, address);
    drained += account.balance;
    state.touch(account);
    state.setBalance(account, 0n);
  }
  yield* mint(state, DAO_REFUND_CONTRACT, drained);
  state.endTransaction(rules);
}

function* payRewards(state: State, { header, ommers }: Block, reward: bigint): Task<void> {
  for (const { coinbase, number } of ommers) {
    yield* mint(state, coinbase, ommerReward(reward, header.number, number));
  }
  yield* mint(state, header.coinbase, minerReward(reward, ommers.length));
}

/**
 * Checks that a block's header says what executing it came to.
 * @throws {InvalidBlock}
 */
export function checkResult(header: Header, result: BlockResult, fork: Fork): void {
  sameNumber('gasUsed', 'gas used', header.gasUsed, result.gasUsed);
  sameHash('transactionsRoot', 'transactions root', header.transactionsRoot, result.transactionsRoot);
  sameHash('receiptsRoot', 'receipts root', header.receiptsRoot, result.receiptsRoot);
  if (!equalBytes(header.logsBloom, result.logsBloom)) {
    throw new InvalidBlock('logsBloom', 'logs bloom: expected the filter of its logs, got another');
  }
  // after the receipts, which hold roots of their own before Byzantium
  sameHash('stateRoot', 'state root', header.stateRoot, result.stateRoot);
  sameHash('withdrawalsRoot', 'withdrawals root', header.withdrawalsRoot, result.withdrawalsRoot);
  const blobGas = header.blobGasUsed ?? 0n;
  const most = maxBlobGas(fork);
  if (blobGas > most) {
    const message = `blob gas used: expected at most ${most}, got ${blobGas}`;
    throw new InvalidBlock('blobGasAboveLimit', message, { actual: blobGas, expected: most });
  }
  sameNumber('blobGasUsed', 'blob gas used', blobGas, result.blobGasUsed ?? 0n);
  sameHash('requestsHash', 'requests hash', header.requestsHash, result.requestsHash);
  checkAccessList(header, result, fork);
}

/** https://eips.ethereum.org/EIPS/eip-7928 */
function checkAccessList(header: Header, result: BlockResult, { params }: Fork): void {
  const list = result.blockAccessList;
  if (list === undefined) return;
  const items = BigInt(blockAccessListItems(list));
  const most = header.gasLimit / BigInt(params.blockAccessListItemGas);
  if (items > most) {
    const message = `block access list: expected at most ${most} items, got ${items}`;
    throw new InvalidBlock('blockAccessListTooLong', message, { actual: items, expected: most });
  }
  const { blockAccessListHash: stated } = header;
  sameHash('blockAccessListHash', 'block access list hash', stated, result.blockAccessListHash);
}

function sameNumber(fault: BlockFault, what: string, actual: bigint, expected: bigint): void {
  if (actual === expected) return;
  throw new InvalidBlock(fault, `${what}: expected ${expected}, got ${actual}`, { actual, expected });
}

function sameHash(fault: BlockFault, what: string, actual: Hex = ZERO_HASH, expected: Hex = ZERO_HASH): void {
  if (actual === expected) return;
  const facts = { actual: BigInt(actual), expected: BigInt(expected) };
  throw new InvalidBlock(fault, `${what}: expected ${expected}, got ${actual}`, facts);
}
