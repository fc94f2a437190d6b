/**
 * A state transition without a chain: transactions one after the other on an allocation, those that cannot be in the
 * block set aside, and all that go-ethereum's `evm t8n` says of the outcome.
 */

import { type Address, type Hex, toHex } from '../bytes.ts';
import { transactionsRoot } from '../chain/block.ts';
import { blockAccessListHash, encodeBlockAccessList } from '../chain/blockAccessList.ts';
import { BLOOM_BYTES, mergeBloom } from '../chain/bloom.ts';
import { createEvm, type Evm, type TransactionResult } from '../chain/evm.ts';
import { applyWithdrawals, drainDao, roomAfter } from '../chain/executeBlock.ts';
import { blobBaseFeeOf, maxBlobGas } from '../chain/fees.ts';
import { ZERO_HASH } from '../chain/header.ts';
import { logItem, type Receipt, receiptOf, receiptsRoot } from '../chain/receipt.ts';
import { DEPOSIT_REQUEST_TYPE, depositsIn, requestList, requestsHash } from '../chain/requests.ts';
import { mint, residentAccount } from '../chain/residence.ts';
import { minerReward, ommerReward } from '../chain/reward.ts';
import { callBeforeTransactions, dequeueRequests } from '../chain/systemCalls.ts';
import { transactionItem } from '../chain/transactionCodec.ts';
import { type BlockRoom, emptyBlockRoom } from '../chain/transactionValidity.ts';
import { withdrawalsRoot } from '../chain/withdrawals.ts';
import { InvalidBlock, InvalidTransaction } from '../errors.ts';
import { keccak256 } from '../keccak.ts';
import type { BlockContext } from '../machine/environment.ts';
import { creationAddress } from '../machine/host/create.ts';
import type { Tracer } from '../machine/tracer.ts';
import type { Fork } from '../protocol/forks.ts';
import { encodeRlp } from '../rlp.ts';
import { applyDiff } from '../state/applyDiff.ts';
import type { Alloc } from '../state/diff.ts';
import type { Log } from '../state/log.ts';
import { memoryState } from '../state/memory.ts';
import { EMPTY_CODE_HASH } from '../state/source.ts';
import { State } from '../state/state.ts';
import { runSync, type Task } from '../task.ts';
import { stateRoot, stateRootAfter } from '../trie/stateRoot.ts';
import type { Environment } from './environment.ts';
import { type Place, refusalOfExecution, refusalOfMessage, type SenderState } from './refusals.ts';
import { RlpComplaint } from './rlpStream.ts';
import { Refusal, senderOf } from './sender.ts';
import type { DecodedTransaction, SignedTransaction } from './signedTransaction.ts';
import { ToolError } from './toolError.ts';

/** What watches a transaction that is about to run. */
export interface TransactionWatch {
  readonly tracer: Tracer;
  /** the transaction has ended, or was refused after all */
  end(): void;
}

/** What a transition is made of. */
export interface TransitionPlan {
  readonly pre: Alloc;
  readonly env: Environment;
  /** in order; a refusal stands for a transaction that cannot be read */
  readonly transactions: Iterable<DecodedTransaction | Refusal>;
  readonly chainId: bigint;
  /** whose logs are deposits */
  readonly depositContract: Address;
  readonly isDaoFork: boolean;
  /** wei for the coinbase; negative: it is not even touched */
  readonly reward: bigint;
  /** begins to watch the transaction at a position among those that get as far as being executed */
  watch?(index: number, hash: Hex): TransactionWatch;
  /** takes the instructions of all that is run, system calls too, as `CallOptions.onRecords` does */
  readonly onRecords?: ((steps: Uint32Array) => void) | undefined;
}

/** A transaction that was included. */
export interface IncludedTransaction {
  readonly signed: SignedTransaction;
  readonly receipt: Receipt;
  readonly result: TransactionResult;
  /** where a creation puts its contract */
  readonly created: Address | undefined;
}

/** What came of it. */
export interface TransitionResult {
  readonly env: Environment;
  readonly included: readonly IncludedTransaction[];
  readonly rejected: readonly { readonly index: number; readonly error: string }[];
  readonly post: Alloc;
  readonly stateRoot: Hex;
  readonly transactionsRoot: Hex;
  readonly receiptsRoot: Hex;
  readonly logsHash: Hex;
  readonly logsBloom: Uint8Array;
  readonly gasUsed: bigint;
  /** of all transactions; undefined where no blob may be */
  readonly blobGasUsed: bigint | undefined;
  readonly blobBaseFee: bigint | undefined;
  readonly withdrawalsRoot: Hex | undefined;
  readonly requests: readonly Uint8Array[] | undefined;
  readonly requestsHash: Hex | undefined;
  /** RLP */
  readonly blockAccessList: Uint8Array | undefined;
  readonly blockAccessListHash: Hex | undefined;
}

/** Engines by fork: a warm process keeps the code that it has compiled. */
const evms = new WeakMap<Fork, Evm>();

function evmOf(fork: Fork): Evm {
  let evm = evms.get(fork);
  if (evm === undefined) evms.set(fork, (evm = createEvm({ fork })));
  return evm;
}

/**
 * Executes a transition.
 * @throws {ToolError} `missingBlockHash` or `execution`
 */
export function transition(plan: TransitionPlan): TransitionResult {
  const { env, pre } = plan;
  const source = memoryState(pre, (number) => blockHashOf(env, number));
  return runSync(new TransitionRun(plan).run(), source);
}

function blockHashOf({ blockHashes }: Environment, number: bigint): bigint {
  const why = blockHashes === undefined ? 'no blockhashes provided' : 'blockhash for that block not provided';
  const hash = blockHashes?.get(number);
  if (hash === undefined) throw new ToolError('missingBlockHash', `getHash(${number}) invoked, ${why}`);
  return BigInt(hash);
}

/** A transition under way. */
class TransitionRun {
  readonly #plan: TransitionPlan;
  readonly #fork: Fork;
  readonly #evm: Evm;
  readonly #block: BlockContext;
  readonly #state = new State();
  readonly #included: IncludedTransaction[] = [];
  readonly #rejected: { readonly index: number; readonly error: string }[] = [];
  #room: BlockRoom;
  #cumulativeGasUsed = 0n;
  #watched = 0;

  constructor(plan: TransitionPlan) {
    this.#plan = plan;
    this.#fork = plan.env.fork;
    this.#evm = recorded(evmOf(this.#fork), plan.onRecords);
    this.#block = contextOf(plan);
    this.#room = emptyBlockRoom(this.#block, this.#fork);
  }

  *run(): Task<TransitionResult> {
    const { env, transactions } = this.#plan;
    const { rules } = this.#fork;
    const state = this.#state;
    const accesses = rules.blockAccessLists ? state.recordAccesses() : undefined;
    if (this.#plan.isDaoFork) yield* drainDao(state, this.#fork);
    yield* callBeforeTransactions(this.#evm, parentFacts(env), this.#block, state);
    accesses?.endStep();
    let index = 0;
    for (const transaction of transactions) yield* this.#include(index++, transaction);
    if (this.#plan.reward >= 0n) yield* this.#payRewards(this.#plan.reward);
    state.endTransaction(rules);
    yield* applyWithdrawals(this.#evm, env, state);
    const requests = rules.requests ? yield* this.#requests() : undefined;
    state.endTransaction(rules);
    accesses?.endStep();
    return this.#result(requests, accesses?.list());
  }

  *#include(index: number, transaction: DecodedTransaction | Refusal): Task<void> {
    const refusal =
      transaction instanceof RlpComplaint
        ? transaction.message
        : transaction instanceof Refusal
          ? transaction.reason
          : yield* this.#execute(transaction);
    if (refusal !== undefined) this.#rejected.push({ index, error: refusal });
  }

  /** Executes a transaction; returns why it was refused, if it was. */
  *#execute(signed: SignedTransaction): Task<string | undefined> {
    const { tx, hash } = signed;
    const place: Place = { fork: this.#fork, block: this.#block, room: this.#room };
    if (tx.type === 3 && this.#plan.env.excessBlobGas === undefined) {
      return 'blob tx used but field env.ExcessBlobGas missing';
    }
    const sender = senderOf(signed, this.#fork, this.#plan.chainId);
    if (sender instanceof Refusal) return sender.reason;
    const unfit = refusalOfMessage(tx, sender, place);
    if (unfit !== undefined) return unfit;
    const watch = this.#plan.watch?.(this.#watched++, hash);
    try {
      const refused = refusalOfExecution(tx, yield* this.#senderState(sender), place);
      return refused ?? (yield* this.#run(signed, sender, watch?.tracer));
    } finally {
      watch?.end();
    }
  }

  *#senderState(address: Address): Task<SenderState> {
    const account = yield* residentAccount(this.#state, address);
    const { nonce, balance, codeHash } = account;
    if (account.code === undefined && codeHash !== EMPTY_CODE_HASH) {
      // what a code need is answered with
      account.code = (yield { kind: 'code', address, codeHash }) as Uint8Array;
    }
    return { address, nonce, balance, code: account.code! };
  }

  *#run(signed: SignedTransaction, sender: Address, tracer: Tracer | undefined): Task<string | undefined> {
    const { tx } = signed;
    const state = this.#state;
    const watching = tracer === undefined ? {} : { tracer };
    let result: TransactionResult;
    try {
      const options = { sender, state, room: this.#room, ...watching };
      result = yield* this.#evm.transact(tx, this.#block, options);
    } catch (error) {
      if (error instanceof InvalidTransaction) return error.message;
      throw error;
    }
    this.#room = roomAfter(this.#room, result);
    this.#cumulativeGasUsed += result.gasUsed;
    state.accesses?.endStep();
    const outcome = this.#fork.rules.receiptStatus ? result.status === 'success' : this.#rootNow();
    const receipt = receiptOf(tx.type, outcome, this.#cumulativeGasUsed, result.logs);
    const created = tx.to === null ? creationAddress(sender, tx.nonce) : undefined;
    this.#included.push({ signed, receipt, result, created });
    return undefined;
  }

  #rootNow(): Hex {
    return toHex(stateRootAfter(this.#plan.pre, this.#state.diff()));
  }

  *#payRewards(reward: bigint): Task<void> {
    const { ommers, coinbase, number } = this.#plan.env;
    for (const { address, delta } of ommers) {
      yield* mint(this.#state, address, ommerReward(reward, number, number - delta));
    }
    yield* mint(this.#state, coinbase, minerReward(reward, ommers.length));
  }

  *#requests(): Task<readonly Uint8Array[]> {
    const logs = this.#included.flatMap(({ receipt }) => receipt.logs);
    try {
      return [
        ...requestList(DEPOSIT_REQUEST_TYPE, depositsIn(logs, this.#plan.depositContract)),
        ...(yield* dequeueRequests(this.#evm, this.#block, this.#state)),
      ];
    } catch (error) {
      if (!(error instanceof InvalidBlock)) throw error;
      throw new ToolError('execution', `failed to process post-execution: ${postExecutionFault(error)}`);
    }
  }

  #result(
    requests: readonly Uint8Array[] | undefined,
    accessList: Parameters<typeof encodeBlockAccessList>[0] | undefined,
  ): TransitionResult {
    const { env, pre } = this.#plan;
    const included = this.#included;
    const receipts = included.map(({ receipt }) => receipt);
    const post = applyDiff(pre, this.#state.diff());
    const regular = env.gasLimit - this.#room.gas;
    const forState = env.gasLimit - this.#room.stateGas;
    const logsBloom = new Uint8Array(BLOOM_BYTES);
    for (const receipt of receipts) mergeBloom(logsBloom, receipt.logsBloom);
    const hasBlobs = env.excessBlobGas !== undefined;
    return {
      env,
      included,
      rejected: this.#rejected,
      post,
      stateRoot: toHex(stateRoot(post)),
      transactionsRoot: transactionsRoot(included.map(({ signed }) => signed.encoded)),
      receiptsRoot: receiptsRoot(receipts),
      logsHash: logsHash(receipts.flatMap(({ logs }) => logs)),
      logsBloom,
      gasUsed: regular > forState ? regular : forState,
      blobGasUsed: hasBlobs ? maxBlobGas(this.#fork) - this.#room.blobGas : undefined,
      blobBaseFee: hasBlobs ? blobBaseFeeOf(env.excessBlobGas!, this.#fork) : undefined,
      withdrawalsRoot: env.withdrawals && withdrawalsRoot(env.withdrawals),
      requests,
      requestsHash: requests && requestsHash(requests),
      blockAccessList: accessList && encodeBlockAccessList(accessList),
      blockAccessListHash: accessList && blockAccessListHash(accessList),
    };
  }
}

/** The same engine, all of whose runs are recorded. */
function recorded(evm: Evm, onRecords: TransitionPlan['onRecords']): Evm {
  if (onRecords === undefined) return evm;
  return {
    fork: evm.fork,
    call: (message, options) => evm.call(message, { ...options, onRecords }),
    transact: (tx, block, options) => evm.transact(tx, block, { ...options, onRecords }),
  };
}

function contextOf({ env, chainId }: TransitionPlan): BlockContext {
  const { number, timestamp, coinbase, gasLimit } = env;
  return {
    number,
    timestamp,
    coinbase,
    gasLimit,
    chainId,
    difficulty: env.difficulty ?? 0n,
    baseFee: env.baseFee ?? 0n,
    prevRandao: env.random ?? 0n,
    excessBlobGas: env.excessBlobGas ?? 0n,
    slotNumber: env.slotNumber ?? 0n,
  };
}

/** The parent's hash is handed over where the input lists any hash, even if not this one. */
function parentFacts({ blockHashes, number, parentBeaconRoot }: Environment) {
  return {
    ...(parentBeaconRoot === undefined ? {} : { parentBeaconRoot }),
    ...(blockHashes === undefined ? {} : { parentHash: blockHashes.get(number - 1n) ?? ZERO_HASH }),
  };
}

function postExecutionFault({ fault, message }: InvalidBlock): string {
  if (fault === 'depositLayout')
    return `failed to parse deposit logs: unable to parse deposit data: ${message}`;
  const [contract = ''] = /0x[0-9a-f]{40}/.exec(message) ?? [];
  const queue = contract.endsWith('7002') ? 'withdrawal' : 'consolidation';
  const what =
    fault === 'systemContractEmpty'
      ? `empty system contract: no code at ${contract}`
      : `system call failed to execute: ${message}`;
  return `failed to process ${queue} queue: ${what}`;
}

/** keccak-256 of the RLP of logs. */
export function logsHash(logs: readonly Log[]): Hex {
  return toHex(keccak256(encodeRlp(logs.map(logItem))));
}

/** The block's body as `--output.body` has it: the RLP list of the included transactions. */
export function bodyOf({ included }: TransitionResult): Uint8Array {
  return encodeRlp(included.map(({ signed }) => transactionItem(signed.tx)));
}
