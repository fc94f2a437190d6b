/**
 * What stopped an instruction, in the stages that clients tell apart: only tracers ask. The order is go-ethereum's, where
 * it shows: stack, static gas, size of memory, working out the dynamic gas, paying it, carrying out. An engine that
 * checks in another order halts all the same, and what it charged before it halted is gone either way.
 */

import { OPCODE_AT, type OpName } from '../protocol/opcodes.ts';
import { gasLeft } from './gas.ts';
import { FRAME, STACK_LIMIT, WORD } from './layout.ts';
import type { Machine } from './machine.ts';
import { memoryGas, touchedMemory } from './memoryPrice.ts';
import type { HaltReason } from './result.ts';

/** Why an instruction was not, or not all of it, carried out. */
export type FaultReason =
  | HaltReason
  | 'revert'
  /** a size or a price beyond 64 bits */
  | 'overflow'
  /** less gas than SSTORE wants to see left */
  | 'sentry';

/** What stopped an instruction. */
export interface Fault {
  readonly reason: FaultReason;
  /** why the frame halts; undefined where it reverts */
  readonly halt: HaltReason | undefined;
  /** `effect`: everything was paid; the operands are gone and the memory has grown */
  readonly stage: 'start' | 'memory' | 'pricing' | 'payment' | 'effect';
  /** before the instruction */
  readonly gas: bigint;
  /** as far as it had been worked out */
  readonly gasCost: bigint;
  /** words that are gone from the stack */
  readonly popped: number;
  /** bytes of memory before, and then */
  readonly memoryBefore: number;
  readonly memorySize: number;
  /** words or bytes there were, and needed or allowed, where that is the reason */
  readonly found?: number;
  readonly allowed?: number;
  /** the byte behind the opcode, where that is the reason */
  readonly operand?: number;
}

/** What keeps dynamic gas from being worked out. */
type Obstacle = Pick<Fault, 'reason' | 'found' | 'allowed'>;

const U64 = 2n ** 64n;
const OUT_OF_GAS: Obstacle = { reason: 'outOfGas' };
const OVERFLOW: Obstacle = { reason: 'overflow' };
const STATIC: Obstacle = { reason: 'staticViolation' };

/** An instruction at its start: its registers stand there again. */
class Stopped {
  readonly m: Machine;
  readonly frame: number;
  readonly op: number;
  /** all of the frame's */
  readonly gas: bigint;
  readonly memorySize: number;

  constructor(m: Machine, frame: number) {
    const { arena } = m;
    const { u8, u32, i64 } = arena;
    this.m = m;
    this.frame = frame;
    this.op = u8[u32[(frame + FRAME.pc) >> 2]];
    const isShown = m.stepView.isShown(frame);
    this.gas = isShown
      ? i64[(frame + FRAME.stepGas) >> 3] + i64[(frame + FRAME.stepGasReserve) >> 3]
      : gasLeft(arena, frame);
    this.memorySize = u32[(frame + (isShown ? FRAME.stepMemorySize : FRAME.memorySize)) >> 2];
  }

  get name(): OpName | undefined {
    return this.m.rules.gas[this.op] === undefined ? undefined : OPCODE_AT[this.op]?.name;
  }

  get isStatic(): boolean {
    return this.m.arena.u32[(this.frame + FRAME.isStatic) >> 2] !== 0;
  }

  get stackSize(): number {
    return (this.m.arena.u32[(this.frame + FRAME.sp) >> 2] - this.frame - FRAME.stack) / WORD;
  }

  operand(depth: number): bigint {
    return this.m.word(this.m.slot(this.frame, depth));
  }

  /** What reaching the account costs that a word on the stack names. */
  accessGas(depth: number): bigint {
    return BigInt(this.m.accessGas(this.m.slot(this.frame, depth)));
  }

  /** The same, beyond what is charged for one that is warm. */
  coldGas(depth: number): bigint {
    return this.accessGas(depth) - BigInt(this.m.fork.params.warmAccessGas);
  }

  /** Whether value sent to the account that a word on the stack names would make it. */
  makesAccount(depth: number, hasValue: boolean): boolean {
    const account = this.m.state.accounts.find(this.m.arena.u32, this.m.slot(this.frame, depth));
    if (account === undefined) return false;
    return this.m.fork.rules.newAccountPricedByExistence ? !account.exists : hasValue && account.isDead;
  }
}

/** What stopped the instruction that a frame is at. */
export function faultOf(m: Machine, frame: number, reason: HaltReason | 'revert'): Fault {
  const at = new Stopped(m, frame);
  const staticGas = staticGasOf(at);
  const { memorySize, gas } = at;
  const halt = reason === 'revert' ? undefined : reason;
  const start = { halt, gas, gasCost: staticGas, popped: 0, memoryBefore: memorySize, memorySize };
  if (reason === 'memoryCeiling' || reason === 'stepsExhausted') return { ...start, reason, stage: 'start' };
  if (reason === 'stackUnderflow' || reason === 'stackOverflow') {
    const numbers = stackNumbers(at);
    if (numbers !== undefined) return { ...start, ...numbers, stage: 'start' };
  }
  if (gas < staticGas) return { ...start, reason: 'outOfGas', stage: 'start' };
  const name = at.name;
  const touched = name === undefined ? 0n : touchedMemory(name, (depth) => at.operand(depth));
  if (touched === undefined) return { ...start, reason: 'overflow', stage: 'memory' };
  const dynamic = name === undefined ? 0n : dynamicGasOf(at, name, touched);
  if (typeof dynamic !== 'bigint') return { ...start, ...dynamic, stage: 'pricing' };
  const gasCost = staticGas + dynamic;
  if (gas < gasCost || (reason === 'outOfGas' && !CREATIONS.has(name))) {
    return { ...start, reason: 'outOfGas', stage: 'payment', gasCost };
  }
  const grown = Math.max(memorySize, Number(touched));
  const popped = FAILS_AFTER_POPPING.has(name) ? OPCODE_AT[at.op]!.pops : 0;
  const numbers = immediateNumbers(at, reason);
  return { ...start, reason, stage: 'effect', gasCost, popped, memorySize: grown, ...numbers };
}

const CREATIONS: ReadonlySet<OpName | undefined> = new Set<OpName>(['CREATE', 'CREATE2']);
const FAILS_AFTER_POPPING: ReadonlySet<OpName | undefined> = new Set<OpName>([
  'JUMP',
  'JUMPI',
  'RETURNDATACOPY',
  'REVERT',
  'CREATE',
  'CREATE2',
]);

/** Opcodes all of whose gas counts as dynamic. */
const ALL_DYNAMIC: ReadonlySet<OpName | undefined> = new Set<OpName>([
  'EXP',
  'LOG0',
  'LOG1',
  'LOG2',
  'LOG3',
  'LOG4',
]);
/** Opcodes that reach an account: with access sets, what a warm one costs is static. */
const REACHING: ReadonlySet<OpName | undefined> = new Set<OpName>([
  'BALANCE',
  'EXTCODESIZE',
  'EXTCODEHASH',
  'EXTCODECOPY',
  'CALL',
  'CALLCODE',
  'DELEGATECALL',
  'STATICCALL',
]);

function staticGasOf(at: Stopped): bigint {
  const { m, op, name } = at;
  const { params, rules } = m.fork;
  if (ALL_DYNAMIC.has(name)) return 0n;
  if (rules.accessSets && REACHING.has(name)) return BigInt(params.warmAccessGas);
  if (name === 'SELFDESTRUCT' && !rules.accessSets) return 0n;
  return BigInt(m.rules.gas[op] ?? 0);
}

/** Too few words on the stack, or too many, as the row of the opcode has it. */
function stackNumbers({ op, stackSize }: Stopped): Obstacle | undefined {
  const { pops, pushes } = OPCODE_AT[op] ?? { pops: 0, pushes: 0 };
  const most = STACK_LIMIT - (pushes - pops);
  if (stackSize < pops) return { reason: 'stackUnderflow', found: stackSize, allowed: pops };
  if (stackSize > most) return { reason: 'stackOverflow', found: stackSize, allowed: most };
  return undefined;
}

/** The same for opcodes that say behind them how deep they reach, or what they say where that means nothing. */
function immediateNumbers(at: Stopped, reason: HaltReason | 'revert'): Partial<Fault> {
  const { m, frame, name, stackSize } = at;
  if (name !== 'DUPN' && name !== 'SWAPN' && name !== 'EXCHANGE') return {};
  const { u8, u32 } = m.arena;
  const operand = u8[u32[(frame + FRAME.pc) >> 2] + 1];
  if (reason === 'undefinedOpcode') return { operand };
  const single = (operand + 145) & 255;
  if (name !== 'EXCHANGE') return { found: stackSize, allowed: name === 'DUPN' ? single : single + 1 };
  const [q, r] = [(operand ^ 143) >> 4, (operand ^ 143) & 15];
  return { found: stackSize, allowed: (q < r ? r + 1 : 29 - q) + 1 };
}

function dynamicGasOf(at: Stopped, name: OpName, touched: bigint): bigint | Obstacle {
  const { params, rules } = at.m.fork;
  const grows = memoryGas(at.m.fork, at.memorySize, touched);
  const plus = (rest: bigint): bigint | Obstacle => (grows === undefined ? OVERFLOW : grows + rest);
  const perWord = (depth: number, gas: number): bigint | Obstacle => {
    const size = at.operand(depth);
    return size >= U64 ? OVERFLOW : plus(((size + 31n) / 32n) * BigInt(gas));
  };
  switch (name) {
    case 'EXP': {
      const bytes = Math.ceil(at.operand(1).toString(16).length / 2);
      return BigInt(at.m.rules.gas[at.op]! + (at.operand(1) === 0n ? 0 : bytes * params.expByteGas));
    }
    case 'KECCAK256':
      return perWord(1, params.keccakWordGas);
    case 'CALLDATACOPY':
    case 'CODECOPY':
    case 'RETURNDATACOPY':
    case 'MCOPY':
      return perWord(2, params.copyWordGas);
    case 'EXTCODECOPY': {
      const gas = perWord(3, params.copyWordGas);
      const access = rules.accessSets ? at.coldGas(0) : 0n;
      return typeof gas === 'bigint' ? gas + access + BigInt(params.codeReadGas) : gas;
    }
    case 'MLOAD':
    case 'MSTORE':
    case 'MSTORE8':
    case 'RETURN':
    case 'REVERT':
      return plus(0n);
    case 'LOG0':
    case 'LOG1':
    case 'LOG2':
    case 'LOG3':
    case 'LOG4':
      return plus(BigInt(at.m.rules.gas[at.op]!) + at.operand(1) * BigInt(params.logByteGas));
    case 'EXTCODESIZE':
      return (rules.accessSets ? at.coldGas(0) : 0n) + BigInt(params.codeReadGas);
    case 'BALANCE':
    case 'EXTCODEHASH':
      return rules.accessSets ? at.coldGas(0) : 0n;
    case 'SLOAD':
      return rules.accessSets ? BigInt(at.m.lastCharge) : 0n;
    case 'SSTORE':
      if (at.isStatic) return STATIC;
      if (params.sstoreSentryGas > 0 && at.gas <= BigInt(params.sstoreSentryGas)) return { reason: 'sentry' };
      return BigInt(at.m.lastCharge);
    case 'CREATE':
    case 'CREATE2': {
      if (at.isStatic) return STATIC;
      if (grows === undefined) return OVERFLOW;
      const size = at.operand(2);
      if (size > BigInt(Math.min(params.maxInitcodeSize, Number.MAX_SAFE_INTEGER))) {
        return { reason: 'initcodeTooLarge', found: Number(size), allowed: params.maxInitcodeSize };
      }
      return perWord(2, params.initcodeWordGas + (name === 'CREATE2' ? params.keccakWordGas : 0));
    }
    case 'CALL':
    case 'CALLCODE':
    case 'DELEGATECALL':
    case 'STATICCALL':
      return callGasOf(at, name, grows);
    case 'SELFDESTRUCT':
      return selfDestructGasOf(at);
    default:
      return 0n;
  }
}

function selfDestructGasOf(at: Stopped): bigint | Obstacle {
  const { params, rules } = at.m.fork;
  if (at.isStatic) return STATIC;
  const access = rules.accessSets ? at.accessGas(0) : BigInt(at.m.rules.gas[at.op]!);
  // A warm account costs nothing here.
  const cold = rules.accessSets && access === BigInt(params.warmAccessGas) ? 0n : access;
  if (rules.accessSets && at.gas - staticGasOf(at) < cold) return OUT_OF_GAS;
  const makes = params.callReserveDivisor > 0 && at.makesAccount(0, at.m.frame.account.balance > 0n);
  return cold + (makes ? BigInt(params.selfdestructNewAccountGas) : 0n);
}

/** What a call costs, with the gas that it hands over. */
function callGasOf(
  at: Stopped,
  name: 'CALL' | 'CALLCODE' | 'DELEGATECALL' | 'STATICCALL',
  grows: bigint | undefined,
): bigint | Obstacle {
  const { params, rules } = at.m.fork;
  const hasValue = (name === 'CALL' || name === 'CALLCODE') && at.operand(2) !== 0n;
  const isRefused = name === 'CALL' && hasValue && at.isStatic;
  if (isRefused && rules.delegations) return STATIC;
  const cold = rules.accessSets ? at.coldGas(1) : 0n;
  const gas = at.gas - staticGasOf(at) - cold;
  if (gas < 0n) return OUT_OF_GAS;
  if (isRefused) return STATIC;
  if (grows === undefined) return OVERFLOW;
  const own = grows + (hasValue ? BigInt(params.callValueGas) : 0n);
  // Where accounts delegate, all of it is paid for before the gas to hand over is worked out.
  if (rules.delegations || (name === 'CALL' && gas < own)) return OUT_OF_GAS;
  const makes = name === 'CALL' && at.makesAccount(1, hasValue);
  const intrinsic = own + (makes ? BigInt(params.callNewAccountGas) : 0n);
  const requested = at.operand(0);
  if (params.callReserveDivisor === 0) {
    return requested >= U64 ? OVERFLOW : intrinsic + requested;
  }
  const available = BigInt.asUintN(64, gas - intrinsic);
  const most = available - available / BigInt(params.callReserveDivisor);
  return cold + intrinsic + (requested < most ? requested : most);
}
