/** The machine as a library: calls and transactions on any source of state. */

import { type Address, EMPTY_BYTES, toAddress } from '../bytes.ts';
import { admitState } from '../machine/admit.ts';
import { type CustomOpcode, type RuleSet, ruleSet } from '../machine/engine.ts';
import type { BlockContext } from '../machine/environment.ts';
import { supply } from '../machine/frames.ts';
import { creationAddress, MAX_NONCE, saltedCreationAddress } from '../machine/host/create.ts';
import { CONTEXT } from '../machine/layout.ts';
import { type Limits, Machine, type Stops } from '../machine/machine.ts';
import { advance, reach, type TopMessage } from '../machine/message.ts';
import { packMachine } from '../machine/packedMachine.ts';
import { isolated } from '../machine/precompile.ts';
import type { CallResult, Message } from '../machine/result.ts';
import { DEFAULT_TUNING, type Tier, type Tuning } from '../machine/tier.ts';
import type { Tracer } from '../machine/tracer.ts';
import { StateWanted } from '../machine/worldView.ts';
import type { Precompile } from '../precompiles/precompile.ts';
import { PRECOMPILES } from '../precompiles/registry.ts';
import type { Fork } from '../protocol/forks.ts';
import type { Changes } from '../state/changes.ts';
import type { StateDiff } from '../state/diff.ts';
import type { PackedRun } from '../state/packing.ts';
import { State } from '../state/state.ts';
import { type Hand, type Need, type Task, withHand } from '../task.ts';
import { blobBaseFeeOf } from './fees.ts';
import { beginStateGas, settleStateGas } from './gasSettlement.ts';
import { withDiff, withLogs } from './lazyResult.ts';
import { identityOf, joined, openRun, sealRun } from './savedRun.ts';
import { traceStart } from './traceBounds.ts';
import { type TransactionOutcome, transactOn } from './transact.ts';
import type { Transaction, UnsignedTransaction } from './transaction.ts';
import { recoverSender } from './transactionSender.ts';
import { type BlockRoom, emptyBlockRoom } from './transactionValidity.ts';

/** A machine while it serves a run. */
interface MachineUse {
  readonly machine: Machine;
  isOver: boolean;
}

/** What an EVM is made of. */
export interface EvmOptions {
  readonly fork: Fork;
  /** precompiles of one's own, by address as a number below 2^32; they come before the fork's */
  readonly precompiles?: ReadonlyMap<number, Precompile>;
  /** opcodes of one's own, on bytes that the fork leaves free */
  readonly opcodes?: readonly CustomOpcode[];
  /** which tier runs code; the result never depends on it. `auto` by default */
  readonly tier?: Tier;
  /** when `auto` compiles, and how much; no result depends on it */
  readonly tuning?: Partial<Tuning>;
  /** most bytes of memory for one run: the arena with all frames' stacks and memories. 1 GiB by default */
  readonly memoryCeiling?: number;
}

/** How one run is watched and limited. */
export interface CallOptions {
  /**
   * the block it runs in; by default one with everything 0 but a gas limit of 2^53 - 1, or of 120,000,000 where that
   * prices state (Amsterdam on)
   */
  readonly block?: Partial<BlockContext>;
  readonly tracer?: Tracer;
  /**
   * Takes the instructions that the run carries out, in order: a word each, the position in the code in its low 24 bits
   * and the opcode in its high 8. It is called for many at a time with a view that is good during the call; a tracer's
   * `onStep` takes its place. Recording is the cheapest way to watch: a tenth more time than not watching.
   */
  readonly onRecords?: (steps: Uint32Array) => void;
  /** most instructions, after which the run halts with `stepsExhausted` */
  readonly steps?: bigint;
  /** the first step, counted from 0, that the tracer is told of: what comes before runs as fast as steps can be counted */
  readonly traceFrom?: bigint;
  /** is told at the end how many instructions the run has begun, if it may take `steps` of them */
  readonly onStepsCounted?: (steps: bigint) => void;
  /** gas after which a run gives its driver a chance to abort it or to do other work; 2^20 by default */
  readonly sliceGas?: number;
  /** state to run on and to change, where several runs follow each other; a new overlay by default */
  readonly state?: State;
  /** takes, when the run begins, what saves it while it is paused */
  readonly onStart?: (run: SavableRun) => void;
  /**
   * Goes on where the same run was saved: of the same message or transaction and block, on the same state, by an EVM of
   * the same rules. A tracer is told of the start, and then of what comes after. What `stops` packed is not sealed: that
   * it is of the same run is believed.
   */
  readonly resumeFrom?: Uint8Array | PackedRun;
  /** steps to be stopped before, to pack the run as it is there */
  readonly stops?: Stops;
}

/** A run under way. */
export interface SavableRun {
  /**
   * All that it has done so far, as bytes that `resumeFrom` goes on from: `docs/recording.md` has the format.
   * @throws {RangeError} where it is not paused: under way, or at its end
   */
  save(): Uint8Array;
}

/** How a transaction is run. */
export interface TransactOptions extends Omit<CallOptions, 'block'> {
  /** who sends it; recovered from the signature by default */
  readonly sender?: Address;
  /** what the block has left; all of it by default */
  readonly room?: BlockRoom;
}

/** What became of a transaction, with what it changed. */
export interface TransactionResult extends TransactionOutcome {
  /** what differs from the source, as of the first reading: on a shared state, read it before the next run */
  readonly diff: StateDiff;
}

/** An EVM: the engine of a rule set with the code it knows. Runs may be paused side by side. */
export interface Evm {
  readonly fork: Fork;
  /**
   * Runs a message: a call, or a creation where `to` is null.
   * @throws {RangeError} for a gas or a value that no message can have, or a creation by a caller out of nonces
   * @throws {TypeError} for an address that is none
   */
  call(message: Message, options?: CallOptions): Task<CallResult>;
  /**
   * Executes a transaction.
   * @throws {InvalidTransaction} when it cannot be in the block; nothing has changed then
   */
  transact(
    tx: Transaction | UnsignedTransaction,
    block: Partial<BlockContext>,
    options?: TransactOptions,
  ): Task<TransactionResult>;
}

const GIB = 2 ** 30;
const DEFAULT_SLICE_GAS = 2 ** 20;

/** The block of a run that names none: everything 0 but the gas limit. */
export const DEFAULT_BLOCK: BlockContext = {
  number: 0n,
  timestamp: 0n,
  coinbase: '0x0000000000000000000000000000000000000000',
  gasLimit: 2n ** 53n - 1n,
  baseFee: 0n,
  prevRandao: 0n,
  difficulty: 0n,
  excessBlobGas: 0n,
  slotNumber: 0n,
  chainId: 1n,
};

/** The gas limit of the same where state is priced by it: that of the official fixtures' blocks. */
export const STATE_PRICING_GAS_LIMIT = 120_000_000n;

/** Machines kept for the next run. More than these run side by side only while many runs are paused. */
const MACHINES_KEPT = 4;

/**
 * A machine whose arena grew beyond this, in bytes, is let go: what one run needed once, the next may not. 1,024 nested
 * calls come to less, which cost 150,000 gas: made anew for each such run, an arena took 5 to 20 ms.
 */
const ARENA_KEPT = 2 ** 26;

/**
 * Makes an EVM. It compiles nothing before its first run.
 * @throws {RangeError} for an option that it cannot be made with
 */
export function createEvm(options: EvmOptions): Evm {
  const { fork } = options;
  const memoryCeiling = checkCeiling(options.memoryCeiling ?? GIB);
  const tier = options.tier ?? 'auto';
  const tuning = { ...DEFAULT_TUNING, ...options.tuning };
  const rules = ruleSet(fork, precompilesOf(fork, options.precompiles), options.opcodes ?? []);
  const idle = idleMachines(rules, memoryCeiling);
  const pricesByLimit = fork.rules.stateGas && fork.params.stateByteGas === 0;
  const defaultBlock = pricesByLimit
    ? { ...DEFAULT_BLOCK, gasLimit: STATE_PRICING_GAS_LIMIT }
    : DEFAULT_BLOCK;

  /** the state of a run that has ended: to make one is a tenth of a short run's time, and its tables of a long one's */
  let unused: State | undefined;

  function* withMachine<T>(
    state: State,
    block: BlockContext,
    options: CallOptions,
    identity: () => string,
    hand: Hand,
    run: (machine: Machine) => Task<T>,
  ): Task<T> {
    const { resumeFrom, steps, traceFrom, stops, sliceGas = DEFAULT_SLICE_GAS } = options;
    const resumed = resumeFrom && bytesOf(resumeFrom, identity);
    const limits: Limits = { memoryCeiling, steps, traceFrom, stops, sliceGas, tier, tuning };
    for (;;) {
      const machine = idle.pop() ?? new Machine(rules, limits);
      const use: MachineUse = { machine, isOver: false };
      let wanted: Need;
      try {
        machine.resumed = resumed;
        begin(use, state, block, limits, options, identity, hand);
        const result = yield* run(machine);
        options.onStepsCounted?.(machine.stepsTaken);
        return result;
      } catch (error) {
        if (!(error instanceof StateWanted)) throw error;
        wanted = error.need;
      } finally {
        use.isOver = true;
        machine.end();
        if (idle.length < MACHINES_KEPT && machine.arena.size <= ARENA_KEPT) idle.push(machine);
      }
      admitState(state, wanted, yield wanted);
    }
  }

  function begin(
    use: MachineUse,
    state: State,
    block: BlockContext,
    limits: Limits,
    { tracer, onRecords, stops, onStart }: CallOptions,
    identity: () => string,
    { source }: Hand,
  ): void {
    const { machine } = use;
    machine.onRecords = onRecords ?? null;
    machine.isSavable = stops !== undefined || onStart !== undefined;
    onStart?.(savable(use, identity));
    machine.begin(rules, state, block, tracer ?? null, limits);
    // Only a run that pauses can be saved.
    machine.source = machine.isSavable ? undefined : source;
  }

  function* call(message: Message, options: CallOptions, hand: Hand): Task<CallResult> {
    checkMessage(message);
    const named = withCanonicalAddresses(message);
    const { state = unusedState() } = options;
    const isOwn = options.state === undefined;
    const block = wholeBlock(options.block, defaultBlock);
    const identity = () => identityOf(fork, [named, block]);
    const outcome = yield* withMachine(state, block, options, identity, hand, (machine) =>
      callOn(machine, named),
    );
    return withDiff(outcome, isOwn ? changesOf(state) : state);
  }

  function unusedState(): State {
    const state = unused ?? new State();
    unused = undefined;
    return state;
  }

  /** What a run has changed in a state that nobody else knows, which may then serve the next. */
  function changesOf(state: State): Changes | undefined {
    const changes = state.mayDiffer ? state.changes() : undefined;
    if (state.renew()) unused = state;
    return changes;
  }

  function* transact(
    tx: Transaction | UnsignedTransaction,
    partialBlock: Partial<BlockContext>,
    options: TransactOptions,
    hand: Hand,
  ): Task<TransactionResult> {
    const { state = unusedState() } = options;
    const isOwn = options.state === undefined;
    const block = wholeBlock(partialBlock, defaultBlock);
    const room = options.room ?? emptyBlockRoom(block, fork);
    const given = options.sender;
    const sender = given === undefined ? recoverSender(signedOnly(tx), fork) : canonical(given);
    const identity = () => identityOf(fork, [tx, sender, block]);
    const outcome = yield* withMachine(state, block, options, identity, hand, (machine) =>
      transactOn(machine, tx, sender, block, room),
    );
    return withDiff(outcome, isOwn ? changesOf(state) : state);
  }

  return {
    fork,
    call(message, options = {}) {
      const hand: Hand = { source: undefined };
      return withHand(call(message, options, hand), hand);
    },
    transact(tx, block, options = {}) {
      const hand: Hand = { source: undefined };
      return withHand(transact(tx, block, options, hand), hand);
    },
  };
}

function savable(use: MachineUse, identity: () => string): SavableRun {
  const { machine } = use;
  return {
    save() {
      if (use.isOver || !machine.isPaused) throw new RangeError('save: expected a run that is paused');
      // One that has not come to where it is to go on is still as it was saved.
      if (machine.resumed !== undefined) return sealRun(machine.resumed, identity());
      return sealRun(joined(packMachine(machine)), identity());
    },
  };
}

// Machines by their opcodes and their ceiling: all EVMs of a process that agree in them share, whatever their forks.
const idleByOpcodes = new WeakMap<RuleSet['recipes'], Map<number, Machine[]>>();

function idleMachines({ recipes }: RuleSet, memoryCeiling: number): Machine[] {
  let byCeiling = idleByOpcodes.get(recipes);
  if (byCeiling === undefined) idleByOpcodes.set(recipes, (byCeiling = new Map()));
  let idle = byCeiling.get(memoryCeiling);
  if (idle === undefined) byCeiling.set(memoryCeiling, (idle = []));
  return idle;
}

const NO_HASHES: readonly bigint[] = [];

/** A message on a machine that was begun: what a transaction would find warm is warm. */
function* callOn(m: Machine, message: Message): Task<Omit<CallResult, 'diff'>> {
  const { state, fork, block } = m;
  const caller = m.accountOf(message.caller) ?? (yield* reach(m, message.caller));
  const address = targetOf(message, caller.nonce);
  const account = m.accountOf(address) ?? (yield* reach(m, address));
  m.setContextAddress(CONTEXT.origin, message.origin ?? message.caller);
  m.setContext(CONTEXT.gasPrice, message.gasPrice ?? 0n);
  m.setContext(
    CONTEXT.blobBaseFee,
    fork.params.blobSchedule === null ? 0n : blobBaseFeeOf(block.excessBlobGas, fork),
  );
  m.setBlobHashes(message.blobHashes ?? NO_HASHES);
  state.warm(caller);
  state.warm(account);
  state.accesses?.account(account);
  beginStateGas(m, message.stateGas ?? 0n);
  if (fork.rules.warmCoinbase) state.warm(m.accountOf(block.coinbase) ?? (yield* reach(m, block.coinbase)));
  const isCreation = message.to === null;
  if (isCreation && caller.nonce >= MAX_NONCE) {
    throw new RangeError(`caller: expected a nonce below 2^64 - 1 to create with, got ${caller.nonce}`);
  }
  const { gas: gasLimit, gasPrice = 0n, value = 0n, data = EMPTY_BYTES } = message;
  if (m.tracer !== null) {
    const from = caller.address;
    traceStart(m, { from, to: address, isCreation, value, gasLimit, gasPrice, input: data });
  }
  if (isCreation) state.setNonce(caller, caller.nonce + 1n, 'sending');
  const { code, isStatic = false } = message;
  const sent: TopMessage = { caller, account, isCreation, code, value, data, gas: gasLimit, isStatic };
  let result = advance(m, sent);
  while (result === undefined) {
    yield* supply(m);
    result = advance(m, sent);
  }
  settleStateGas(m, result);
  const { stateGas } = m;
  const stateGasLeft = stateGas?.reservoir ?? 0n;
  const stateGasUsed = stateGas?.used ?? 0n;
  let gasUsed = message.gas - result.gasLeft;
  if (stateGas !== null || message.stateGas !== undefined) gasUsed += (message.stateGas ?? 0n) - stateGasLeft;
  m.tracer?.onTransactionEnd?.({ gasUsed });
  const logs = state.logs.length === 0 ? undefined : state.logs.take();
  const gasRefund = state.refund === 0 ? 0n : BigInt(state.refund);
  state.endTransaction(fork.rules);
  const regularGasUsed = stateGas?.regularUsed(message.gas, result) ?? gasUsed;
  // Written out: spread, these take 9 µs, more than the rest of a short run.
  const { status, halt, output, gasLeft, created } = result;
  const outcome = {
    status,
    halt,
    output,
    gasLeft,
    created,
    gasUsed,
    regularGasUsed,
    stateGasUsed,
    stateGasLeft,
    gasRefund,
  };
  return withLogs(outcome, logs);
}

function targetOf({ to, caller, salt, data }: Message, nonce: bigint): Address {
  if (to !== null) return to;
  if (salt === undefined) return creationAddress(caller, nonce);
  return saltedCreationAddress(caller, salt, data ?? new Uint8Array(0));
}

function precompilesOf(fork: Fork, own: ReadonlyMap<number, Precompile> | undefined): RuleSet['precompiles'] {
  const precompiles = new Map<number, Precompile>();
  for (const [address, name] of fork.precompiles) precompiles.set(address, PRECOMPILES[name]);
  for (const [address, precompile] of own ?? []) precompiles.set(address, isolated(precompile));
  return precompiles;
}

function checkCeiling(bytes: number): number {
  if (!Number.isInteger(bytes) || bytes < 2 ** 23 || bytes > 2 ** 31) {
    throw new RangeError(`memory ceiling: expected 8 MiB to 2 GiB in bytes, got ${bytes}`);
  }
  return bytes;
}

// Written in place, powers of bigints are computed each time, in 50 ns.
const GAS_BOUND = 2n ** 63n;
const VALUE_BOUND = 2n ** 256n;

function checkMessage({ gas, value = 0n }: Message): void {
  if (gas < 0n || gas >= GAS_BOUND) throw new RangeError(`gas: expected 0 to 2^63 - 1, got ${gas}`);
  if (value < 0n || value >= VALUE_BOUND) {
    throw new RangeError(`value: expected 0 to 2^256 - 1, got ${value}`);
  }
}

const CANONICAL = /^0x[0-9a-f]{40}$/;

// Those that were named last: most runs name the same again, and to look at their digits takes 50 ns each.
let lastCaller: Address = DEFAULT_BLOCK.coinbase;
let lastTarget: Address = DEFAULT_BLOCK.coinbase;

/** An address as the library writes it, from any way of writing it in hex. */
function canonical(address: Address): Address {
  return CANONICAL.test(address) ? address : toAddress(address);
}

function withCanonicalAddresses(message: Message): Message {
  const { caller, to, origin } = message;
  const isCanonical =
    (caller === lastCaller || CANONICAL.test(caller)) &&
    (to === null || to === lastTarget || CANONICAL.test(to)) &&
    (origin === undefined || origin === lastCaller || CANONICAL.test(origin));
  if (isCanonical) {
    lastCaller = caller;
    if (to !== null) lastTarget = to;
    return message;
  }
  const named = { ...message, caller: canonical(caller), to: to === null ? null : canonical(to) };
  return origin === undefined ? named : { ...named, origin: canonical(origin) };
}

/** Written out, since spreading two objects takes longer than a short run. */
function wholeBlock(block: Partial<BlockContext> | undefined, otherwise: BlockContext): BlockContext {
  if (block === undefined) return otherwise;
  return {
    number: block.number ?? otherwise.number,
    timestamp: block.timestamp ?? otherwise.timestamp,
    coinbase: block.coinbase ?? otherwise.coinbase,
    gasLimit: block.gasLimit ?? otherwise.gasLimit,
    baseFee: block.baseFee ?? otherwise.baseFee,
    prevRandao: block.prevRandao ?? otherwise.prevRandao,
    difficulty: block.difficulty ?? otherwise.difficulty,
    excessBlobGas: block.excessBlobGas ?? otherwise.excessBlobGas,
    slotNumber: block.slotNumber ?? otherwise.slotNumber,
    chainId: block.chainId ?? otherwise.chainId,
  };
}

function bytesOf(saved: Uint8Array | PackedRun, identity: () => string): Uint8Array {
  return saved instanceof Uint8Array ? openRun(saved, identity()) : joined(saved);
}

function signedOnly(tx: Transaction | UnsignedTransaction): Transaction {
  if (!('r' in tx)) throw new TypeError('transaction: expected a signature, or the option `sender`');
  return tx;
}
