/**
 * A machine: an arena, an engine over it, and the frames of one run at a time. It knows neither transactions nor
 * blocks, and of the world only what is resident in its state.
 */

import { type Address, EMPTY_BYTES } from '../bytes.ts';
import type { Precompile } from '../precompiles/precompile.ts';
import type { Fork } from '../protocol/forks.ts';
import type { Account } from '../state/account.ts';
import { addressFromLimbs, writeAddress } from '../state/account.ts';
import type { PackedRun } from '../state/packing.ts';
import { readWord, writeWord } from '../state/slots.ts';
import type { StateSource } from '../state/source.ts';
import { State } from '../state/state.ts';
import { answer, type Need } from '../task.ts';
import { admit } from './admit.ts';
import { Arena } from './arena.ts';
import { KEEPS_NOTHING } from './emitter.ts';
import { type Engine, engineFor, type RuleSet } from './engine.ts';
import type { BlockContext } from './environment.ts';
import type { Frame } from './frame.ts';
import { chargeGas, gasLeft } from './gas.ts';
import type { HostFunctions } from './host/host.ts';
import { hostFunctions } from './host/host.ts';
import { RECORD_BYTES, type Watch } from './interpreter.ts';
import {
  BLOB_COUNT,
  BLOB_HASHES,
  BLOB_HASHES_MAX,
  CEILING,
  CONTEXT,
  FRAME,
  PARAM,
  RECORD_BUFFER,
  RECORD_BUFFER_SIZE,
  RECORD_END,
  RECORD_NEXT,
  RETURN_DATA_HERE,
  SLOT_EPOCH,
  STATIC_GAS,
  STATUS,
  STEPS_LEFT,
  UNPRICED,
  WORD,
} from './layout.ts';
import { packMachine } from './packedMachine.ts';
import { RepayingMeter } from './repayingMeter.ts';
import { ReservoirMeter } from './reservoirMeter.ts';
import type { HaltReason } from './result.ts';
import type { StateGas } from './stateGas.ts';
import { StepView } from './stepView.ts';
import { runCompiled, type Tier, type Tuning } from './tier.ts';
import type { Tracer } from './tracer.ts';

// All but the low 32 bits of a precompile's address are zero.
const PRECOMPILE_PREFIX = `0x${'0'.repeat(32)}`;

/** A number as engines read it; one without limit is the greatest there is. */
function engineParam(value: number): bigint {
  return Number.isFinite(value) ? BigInt(value) : 2n ** 63n - 1n;
}

/** Stands in between runs. */
const NO_STATE = new State();

/** What a host allows a run. None of it changes what a run that stays within it computes. */
export interface Limits {
  /** most bytes of the arena */
  readonly memoryCeiling: number;
  /** most instructions; undefined: no such limit, and no cost of counting */
  readonly steps: bigint | undefined;
  /** the first step that a tracer is told of; undefined: all */
  readonly traceFrom?: bigint | undefined;
  readonly stops?: Stops | undefined;
  /** gas between two chances for the host to step in */
  readonly sliceGas: number;
  readonly tier: Tier;
  readonly tuning: Tuning;
}

/** Where a run is stopped before a step, and goes on. */
export interface Stops {
  /** the first such step, counted from 0; always a later one than the run is at */
  readonly first: bigint;
  /**
   * The run is before that step. Returns the next to stop before, or undefined for none.
   * @param pack packs the run as it is; it takes how it was packed before
   */
  reached(step: bigint, pack: (before?: PackedRun) => PackedRun): bigint | undefined;
}

const MAX_STEPS = 2n ** 63n - 1n;
/** Far less than what engines take for beyond all means, and exact as a number. */
const MAX_SLICE_GAS = 2 ** 52;

function checkLimits(limits: Limits): Limits {
  const { steps, sliceGas } = limits;
  if (steps !== undefined && (steps < 0n || steps > MAX_STEPS)) {
    throw new RangeError(`steps: expected 0 to 2^63 - 1, got ${steps}`);
  }
  if (!Number.isInteger(sliceGas) || sliceGas < 1 || sliceGas > MAX_SLICE_GAS) {
    throw new RangeError(`slice gas: expected 1 to 2^52, got ${sliceGas}`);
  }
  return limits;
}

/** One run's machine. */
export class Machine {
  readonly arena: Arena;
  rules: RuleSet;
  fork: Fork;
  state: State = NO_STATE;
  block!: BlockContext;
  tracer: Tracer | null = null;
  /** frames, reused; `depth` of them are open */
  readonly frames: Frame[] = [];
  depth = 0;
  /** calls and creations that the run has made in frames of their own */
  opened = 0;
  /** what a paused instruction asks for */
  need: Need | null = null;
  /** what is asked at once instead, where the run's driver has a source at hand */
  source: StateSource | undefined;
  /** why, where an engine or a host function stopped a frame otherwise than by a status of its own */
  haltReason: HaltReason | undefined;
  #returnData: Uint8Array = EMPTY_BYTES;
  /** what `callAccess` or `createAccess` found for the `call` or `create` that follows */
  pendingAccount!: Account;
  pendingCallee!: Account;
  /** bytes of state that were paid for it and come back where it fails */
  pendingStateBytes = 0;
  /** gas that a host function charged last, or tried to */
  lastCharge = 0;
  /** what an instruction that may pay for state has paid of its frame's gas for it, less what it got back */
  stateGasOfStep = 0n;
  /** meters the gas of state, where the fork has such a gas */
  stateGas: StateGas | null = null;
  readonly #reservoirMeter = new ReservoirMeter();
  readonly #repayingMeter = new RepayingMeter();
  readonly blockHashes = new Map<bigint, bigint>();
  limits: Limits;
  readonly stepView = new StepView(this);
  /** where the sequence of `Tuning.switchSeed` is */
  coin = 0;
  /** takes recorded steps away, where they are recorded */
  onRecords: ((steps: Uint32Array) => void) | null = null;
  readonly host: HostFunctions;
  readonly #engines = new Map<Watch, Engine>();
  #watch: Watch = 'none';
  /** what each word of the context holds */
  readonly #context: (bigint | Address | undefined)[] = new Array(
    Object.keys(CONTEXT).length + (CONTEXT.origin >> 5),
  );
  /** who is told from a later step on, where nobody is told before */
  #awaited: Tracer | null = null;
  /** the step that the engine stops before, and the one that `Stops` wants next */
  #stop = 0n;
  #stopNext: bigint | undefined;
  /** whether someone may save the run, so that what tracers want to know of its frames is kept */
  isSavable = false;
  /** whether the run waits for its driver: only then can it be saved */
  isPaused = false;
  /** the saved run that it becomes once its outermost frame is open */
  resumed: Uint8Array | undefined;
  /** where the journal was before the run */
  #checkpoint = 0;

  constructor(rules: RuleSet, limits: Limits) {
    this.rules = rules;
    this.fork = rules.fork;
    this.limits = limits;
    this.arena = new Arena(limits.memoryCeiling);
    this.host = hostFunctions(this);
    this.arena.i64[CEILING >> 3] = BigInt(this.arena.ceiling);
    this.#adopt(rules);
  }

  /** Lays out the prices of a rule set. Its opcodes must be those that the machine was made for. */
  #adopt(rules: RuleSet): void {
    this.rules = rules;
    this.fork = rules.fork;
    const { i64 } = this.arena;
    for (let op = 0; op < 256; op++) {
      const gas = rules.gas[op];
      i64[(STATIC_GAS >> 3) + op] = gas === undefined ? UNPRICED : BigInt(gas);
    }
    const { params, rules: forkRules } = rules.fork;
    for (const name of Object.keys(PARAM) as (keyof typeof PARAM)[]) {
      if (name !== 'warmSlotGas') i64[PARAM[name] >> 3] = engineParam(params[name]);
    }
    i64[PARAM.warmSlotGas >> 3] = engineParam(forkRules.accessSets ? params.warmAccessGas : 0);
    const keepsNothing = params.callReserveDivisor === 0;
    if (keepsNothing) i64[PARAM.callReserveDivisor >> 3] = KEEPS_NOTHING;
  }

  /** What the last call of the running frame returned. */
  get returnData(): Uint8Array {
    return this.#returnData;
  }

  set returnData(bytes: Uint8Array) {
    if (this.#returnData !== bytes) this.#returnData = bytes;
    this.arena.u32[RETURN_DATA_HERE >> 2] = 0;
  }

  /** The frame that runs. */
  get frame(): Frame {
    return this.frames[this.depth - 1];
  }

  /** Readies the machine for a run. */
  begin(rules: RuleSet, state: State, block: BlockContext, tracer: Tracer | null, limits: Limits): void {
    if (rules !== this.rules) this.#adopt(rules);
    this.state = state;
    this.#checkpoint = state.checkpoint();
    this.forgetSlots();
    this.block = block;
    this.tracer = tracer;
    this.limits = checkLimits(limits);
    this.depth = 0;
    this.opened = 0;
    this.coin = limits.tuning.switchSeed ?? 0;
    this.need = null;
    this.haltReason = undefined;
    this.stateGas = this.#meterOf(this.fork);
    this.returnData = EMPTY_BYTES;
    this.stepView.reset();
    if (this.blockHashes.size > 0) this.blockHashes.clear();
    this.arena.tidy();
    const { u32 } = this.arena;
    u32[RECORD_NEXT >> 2] = RECORD_BUFFER;
    u32[RECORD_END >> 2] = RECORD_BUFFER + RECORD_BUFFER_SIZE;
    this.#watch = 'none';
    if (limits.steps !== undefined || limits.stops !== undefined) this.#watch = 'count';
    if (this.onRecords !== null) this.#watch = 'record';
    if (tracer?.onStep !== undefined) this.#watch = 'step';
    this.#awaited = null;
    this.isPaused = false;
    if (limits.traceFrom !== undefined && limits.traceFrom > 0n) this.#await();
    this.#stopNext = limits.stops?.first;
    this.#countFrom(0n);
    this.#listen();
    this.setContextAddress(CONTEXT.coinbase, block.coinbase);
    this.setContext(CONTEXT.timestamp, block.timestamp);
    this.setContext(CONTEXT.number, block.number);
    this.setContext(CONTEXT.prevRandao, this.fork.rules.proofOfStake ? block.prevRandao : block.difficulty);
    this.setContext(CONTEXT.gasLimit, block.gasLimit);
    this.setContext(CONTEXT.chainId, block.chainId);
    this.setContext(CONTEXT.baseFee, block.baseFee);
    this.setContext(CONTEXT.slotNumber, block.slotNumber);
  }

  #meterOf({ rules }: Fork): StateGas | null {
    if (!rules.stateGas) return null;
    return rules.stateGasRepaysLastPayer ? this.#repayingMeter : this.#reservoirMeter;
  }

  /** Runs untold, and as fast as steps can be counted, up to a step. */
  #await(): void {
    this.#awaited = this.tracer;
    this.tracer = null;
    this.#watch = 'count';
  }

  /** Counts on from a step, up to the next that the engine is to stop before. */
  #countFrom(step: bigint): void {
    const { steps = MAX_STEPS, traceFrom = 0n } = this.limits;
    let stop = steps;
    if (this.#awaited !== null && traceFrom < stop) stop = traceFrom;
    if (this.#stopNext !== undefined && this.#stopNext < stop) stop = this.#stopNext;
    this.#stop = stop < step ? step : stop;
    this.arena.i64[STEPS_LEFT >> 3] = this.#stop - step;
  }

  /** The engine has come to the step that it was to stop before. False where the run may take no more. */
  goOnFromStop(): boolean {
    const step = this.#stop;
    const { steps = MAX_STEPS, traceFrom = 0n, stops } = this.limits;
    let goesOn = step < steps;
    if (this.#awaited !== null && step >= traceFrom) {
      this.#startTracing();
      goesOn = true;
    }
    if (this.#stopNext !== undefined && step >= this.#stopNext) {
      const pack = (before?: PackedRun): PackedRun => packMachine(this, before);
      this.#stopNext = stops!.reached(step, pack);
      goesOn = true;
    }
    if (goesOn) this.#countFrom(step);
    return goesOn;
  }

  /** The steps that nobody was told of are over: tells from now on. */
  #startTracing(): void {
    const tracer = this.#awaited!;
    this.#awaited = null;
    this.tracer = tracer;
    this.#watch = tracer.onStep === undefined ? 'count' : 'step';
    this.stepView.reset();
    this.#listen();
  }

  /** Lets the state tell the tracer of its changes, where that wants to know. */
  #listen(): void {
    const { tracer } = this;
    this.state.onChange =
      tracer?.onStateChange === undefined ? null : (change) => tracer.onStateChange?.(change);
  }

  /** Whether the run must know how many steps it has taken. */
  get needsSteps(): boolean {
    return this.limits.steps !== undefined || this.#awaited !== null || this.#stopNext !== undefined;
  }

  /** Goes on as a run that was saved with so many steps behind it. */
  goOnCounting(step: bigint): void {
    if (this.#stopNext !== undefined && this.#stopNext <= step) this.#stopNext = step + 1n;
    this.#countFrom(step);
  }

  /** Whether steps are counted: what a run has taken is known. */
  get countsSteps(): boolean {
    return this.#watch !== 'none';
  }

  /** Instructions that the run has begun so far, where they are counted. */
  get stepsTaken(): bigint {
    return this.#stop - this.arena.i64[STEPS_LEFT >> 3];
  }

  /** Whether what tracers will want to know of a frame must be kept. */
  get isTold(): boolean {
    return this.tracer !== null || this.#awaited !== null || this.isSavable;
  }

  /** Lets go of what a run was given. */
  end(): void {
    this.#awaited = null;
    if (this.#watch === 'record') this.flushRecords();
    this.onRecords = null;
    this.tracer = null;
    this.resumed = undefined;
    this.isPaused = false;
    this.source = undefined;
    this.state.onChange = null;
    // A run that was given up leaves no trace; one that ended has closed the journal.
    this.state.revert(this.#checkpoint);
    this.state = NO_STATE;
    this.returnData = EMPTY_BYTES;
  }

  /** Sets a word that code sees of its transaction or block, one of `CONTEXT`. (By name it is looked for: 10 ns.) */
  setContext(address: number, value: bigint): void {
    const at = address >> 5;
    // Most of it is the same from run to run.
    if (this.#context[at] === value) return;
    this.#context[at] = value;
    writeWord(this.arena.u32, at << 3, value);
  }

  /** Sets an address that code sees of its transaction or block, likewise. */
  setContextAddress(where: number, address: Address): void {
    const at = where >> 5;
    if (this.#context[at] === address) return;
    this.#context[at] = address;
    writeAddress(this.arena.u32, at << 3, address);
  }

  /**
   * Sets the blob hashes that code sees.
   * @throws {RangeError} where there are more than the arena has room for
   */
  setBlobHashes(hashes: readonly bigint[]): void {
    if (hashes.length > BLOB_HASHES_MAX) {
      throw new RangeError(`blob hashes: expected at most ${BLOB_HASHES_MAX}, got ${hashes.length}`);
    }
    const { u32 } = this.arena;
    u32[BLOB_COUNT >> 2] = hashes.length;
    for (let i = 0; i < hashes.length; i++) writeWord(u32, (BLOB_HASHES + i * WORD) >> 2, hashes[i]);
  }

  /** Undoes every change of the state since a checkpoint. */
  revert(checkpoint: number): void {
    this.state.revert(checkpoint);
    this.forgetSlots();
  }

  /** Makes engines forget what they remember of slots. */
  forgetSlots(): void {
    const { u32 } = this.arena;
    const at = SLOT_EPOCH >> 2;
    u32[at]++;
    if (u32[at] === 0) u32[at + 1]++;
  }

  /** Runs the frame on top until its engine leaves; returns how, one of `STATUS`. */
  run(): number {
    const { pointer, placed } = this.frame;
    const { tier } = placed;
    if (this.#watch !== 'none' || tier === undefined) return this.engine(this.#watch).run(pointer);
    for (;;) {
      let status = runCompiled(this, pointer, placed, tier);
      if (status === STATUS.interpret) status = this.engine('none').run(pointer);
      if (status !== STATUS.jumped) return status;
    }
  }

  /** The instruction under way will run again: it must not count twice, nor be recorded twice. */
  undoStep(): void {
    if (this.#watch === 'none') return;
    const { i64, u32 } = this.arena;
    i64[STEPS_LEFT >> 3] += 1n;
    if (this.#watch === 'record') u32[RECORD_NEXT >> 2] -= RECORD_BYTES;
  }

  /** The engine that watches so, made when first asked for. */
  engine(watch: Watch): Engine {
    let engine = this.#engines.get(watch);
    if (engine === undefined) {
      engine = engineFor(this.rules, watch, this.arena, this.host);
      this.#engines.set(watch, engine);
    }
    return engine;
  }

  /** Hands over what has been recorded. */
  flushRecords(): void {
    const { u32 } = this.arena;
    this.onRecords?.(u32.subarray(RECORD_BUFFER >> 2, u32[RECORD_NEXT >> 2] >> 2));
    u32[RECORD_NEXT >> 2] = RECORD_BUFFER;
  }

  // What host functions are made of

  /** The index in `u32` of the word `depth` below the top of a frame's stack. */
  slot(frame: number, depth: number): number {
    const { u32 } = this.arena;
    return (u32[(frame + FRAME.sp) >> 2] >>> 2) - 8 * (depth + 1);
  }

  /** Charges a frame; false where it cannot pay. */
  charge(frame: number, gas: number): boolean {
    this.lastCharge = gas;
    return chargeGas(this.arena, frame, gas);
  }

  /** Charges an instruction for bytes of new state, where the fork meters them; false where its frame cannot pay. */
  chargeState(frame: number, bytes: number): boolean {
    if (this.stateGas === null) return true;
    const before = gasLeft(this.arena, frame);
    const isPaid = this.stateGas.charge(this.arena, frame, bytes);
    this.stateGasOfStep = before - gasLeft(this.arena, frame);
    return isPaid;
  }

  /** Gives an instruction back, while it is priced, what state cost that it takes away. */
  repayState(frame: number, bytes: number): void {
    const before = gasLeft(this.arena, frame);
    this.refillState(frame, bytes);
    this.stateGasOfStep = before - gasLeft(this.arena, frame);
  }

  /** Gives a frame back what it paid for bytes of state that are gone again, or never came about. */
  refillState(frame: number, bytes: number): void {
    if (bytes > 0) this.stateGas?.refill(this.arena, frame, bytes);
  }

  /** Makes what is needed resident, if it is at hand; where it is not, what to ask for is noted. */
  obtain(need: Need): boolean {
    if (this.source === undefined) {
      this.need = need;
      return false;
    }
    admit(this, need, answer(need, this.source));
    return true;
  }

  /**
   * The account that a word on the stack names, once reaching it is paid for, with more gas on top; null where its frame
   * cannot pay, undefined where it is not resident and what to ask for was noted.
   */
  paidAccountAt(frame: number, index: number, gas: number): Account | null | undefined {
    const { u32 } = this.arena;
    const account = this.state.accounts.find(u32, index);
    if (!this.charge(frame, this.#accessGasOf(account, index) + gas)) return null;
    return account ?? this.accountOf(addressFromLimbs(u32, index));
  }

  /** The account that a word on the stack names; where it is not resident, what to ask for is noted. */
  accountAt(index: number): Account | undefined {
    const { u32 } = this.arena;
    return this.state.accounts.find(u32, index) ?? this.accountOf(addressFromLimbs(u32, index));
  }

  /** The same by address. */
  accountOf(address: Address): Account | undefined {
    const { state, source } = this;
    const account = state.account(address);
    if (account !== undefined) return account;
    if (source !== undefined) return state.load(address, source.account(address));
    this.need = { kind: 'account', address };
    return undefined;
  }

  /** Whether an account's code is resident; where not, what to ask for is noted. */
  hasCode(account: Account): boolean {
    if (account.code !== undefined) return true;
    return this.obtain({ kind: 'code', address: account.address, codeHash: account.codeHash });
  }

  /** The entry of a slot of the running frame that is not resident, or -1 where what to ask for was noted. */
  obtainSlot(index: number): number {
    const { u32 } = this.arena;
    const { account } = this.frame;
    const { address } = account;
    const { source } = this;
    if (source === undefined) {
      this.need = { kind: 'slot', address, key: readWord(u32, index) };
      return -1;
    }
    const value = source.slotAt?.(address, u32, index) ?? source.slot(address, readWord(u32, index));
    return this.state.loadSlot(account, u32, index, value);
  }

  /** The precompile at an address. */
  precompileAt(limbs: Uint32Array, at: number): Precompile | undefined {
    if ((limbs[at + 1] | limbs[at + 2] | limbs[at + 3] | limbs[at + 4]) !== 0) return undefined;
    return this.rules.precompiles.get(limbs[at]);
  }

  /** The same by address. */
  precompileOf(address: Address): Precompile | undefined {
    return address.startsWith(PRECOMPILE_PREFIX) ? this.rules.precompiles.get(Number(address)) : undefined;
  }

  /** What reaching an account costs: nothing before accounts could be cold. */
  accessGas(index: number): number {
    return this.#accessGasOf(this.state.accounts.find(this.arena.u32, index), index);
  }

  #accessGasOf(account: Account | undefined, index: number): number {
    const { rules, params } = this.fork;
    if (!rules.accessSets) return 0;
    const isWarm =
      (account !== undefined && this.state.isWarm(account)) ||
      this.precompileAt(this.arena.u32, index) !== undefined;
    return isWarm ? params.warmAccessGas : params.coldAccountGas;
  }

  /** Tells a tracer of the instruction under way, where one wants to know. */
  step(frame: number): void {
    const { tracer } = this;
    if (tracer?.onStep === undefined) return;
    this.stepView.show(frame, undefined, false);
    tracer.onStep(this.stepView);
  }

  /** A word of the arena. */
  word(index: number): bigint {
    return readWord(this.arena.u32, index);
  }

  /** Stops the frame for a reason that has no status. */
  haltFor(reason: HaltReason): number {
    this.haltReason = reason;
    return STATUS.haltFor;
  }
}
