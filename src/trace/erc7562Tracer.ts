/**
 * go-ethereum's `erc7562Tracer`: frames with what bundlers of account abstraction check of them: opcodes, slots, code
 * that was looked at, and what was hashed. https://eips.ethereum.org/EIPS/eip-7562
 */

import { type Address, compareBytes, fromHex, type Hex, toHex } from '../bytes.ts';
import type { LeaveEvent, StepEvent, TransactionStartEvent } from '../machine/tracer.ts';
import { OPCODE_NAMED } from '../protocol/opcodes.ts';
import { type CallFrame, callLog, frameHead, sentValue, someOrNone } from './callTracer.ts';
import { type CallNode, CallTree, standingLogs } from './callTree.ts';
import { OPCODE_NAMES } from './errorText.ts';
import {
  addressOfWord,
  defined,
  quantity,
  type ResultTracer,
  sorted,
  type TraceContext,
  wordHex,
} from './namedTracer.ts';
import { paddedMemory } from './paddedMemory.ts';

/** What `erc7562Tracer` watches. */
export interface Erc7562TracerConfig {
  /** opcodes, by their bytes, that are not counted; by default those that only move and compute words */
  readonly ignoredOpcodes?: readonly number[];
  /** also the logs that stand */
  readonly withLog?: boolean;
}

/** A frame as `erc7562Tracer` prints it. */
export interface Erc7562Frame extends Omit<CallFrame, 'calls'> {
  readonly accessedSlots: {
    /** values that slots had when they were first read */
    readonly reads: Readonly<Record<Hex, readonly Hex[]>>;
    /** how often slots were written; likewise for transient ones */
    readonly writes: Readonly<Record<Hex, number>>;
    readonly transientReads: Readonly<Record<Hex, number>>;
    readonly transientWrites: Readonly<Record<Hex, number>>;
  };
  /** whose code was looked at otherwise than for whether there is any */
  readonly extCodeAccessInfo: readonly Address[];
  /** how often each opcode ran, by its byte */
  readonly usedOpcodes: Readonly<Record<Hex, number>>;
  /** sizes of code that was looked at or called, and by which opcode first */
  readonly contractSize: Readonly<
    Record<Address, { readonly contractSize: number; readonly opcode: number }>
  >;
  readonly outOfGas: boolean;
  /** what was hashed in the whole transaction, in order; in the outermost frame only */
  readonly keccak?: readonly Hex[];
  readonly calls?: readonly Erc7562Frame[];
}

/** What is noted of a frame besides. */
interface Notes {
  readonly reads: Map<Hex, bigint>;
  readonly writes: Map<Hex, number>;
  readonly transientReads: Map<Hex, number>;
  readonly transientWrites: Map<Hex, number>;
  readonly codeAccesses: Address[];
  readonly opcodes: Map<Hex, number>;
  readonly sizes: Map<Address, { readonly contractSize: number; readonly opcode: number }>;
  outOfGas: boolean;
}

const codeOf = (name: keyof typeof OPCODE_NAMED): number => OPCODE_NAMED[name].code;
const EXTCODESIZE = codeOf('EXTCODESIZE');
const ISZERO = codeOf('ISZERO');
const GAS = codeOf('GAS');
const EXT_CODE = new Set([EXTCODESIZE, codeOf('EXTCODECOPY'), codeOf('EXTCODEHASH')]);
const CALLS = new Set((['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL'] as const).map(codeOf));
const ENDS = new Set([codeOf('RETURN'), codeOf('REVERT')]);

const IGNORED: ReadonlySet<number> = new Set([
  ...Array.from({ length: codeOf('SWAP16') - codeOf('PUSH0') + 1 }, (_, i) => codeOf('PUSH0') + i),
  ...(['POP', 'ADD', 'SUB', 'MUL', 'DIV', 'EQ', 'LT', 'GT', 'SLT', 'SGT', 'SHL', 'SHR'] as const).map(codeOf),
  ...(['AND', 'OR', 'NOT', 'ISZERO'] as const).map(codeOf),
]);

/** Makes a tracer of frames and of what they access. */
export function erc7562Tracer(
  { ignoredOpcodes, withLog = false }: Erc7562TracerConfig = {},
  { firstLogIndex = 0 }: TraceContext = {},
): ResultTracer<Erc7562Frame> {
  const tree = new CallTree({ onlyTop: false, logs: withLog });
  const ignored = ignoredOpcodes === undefined ? IGNORED : new Set(ignoredOpcodes);
  let watch = new StepWatch(tree, ignored);
  let gasUsed = 0n;
  return {
    onTransactionStart(event) {
      tree.onTransactionStart(event);
      watch = new StepWatch(tree, ignored, event);
    },
    onTransactionEnd: (event) => {
      gasUsed = event.gasUsed;
    },
    onEnter: (event) => {
      tree.onEnter(event);
      watch.enter(tree.current);
    },
    onStep: (step) => watch.step(step),
    onLeave: (event) => {
      const node = tree.current;
      tree.onLeave(event);
      watch.leave(node, event);
    },
    ...(withLog ? { onLog: (log, index) => tree.onLog(log, index) } : {}),
    result() {
      const frame = written(tree.root, watch, firstLogIndex, false);
      return withKeccak({ ...frame, gasUsed: quantity(gasUsed) }, watch.hashed());
    },
  };
}

/** Notes of each frame what its steps do. */
class StepWatch {
  readonly #tree: CallTree;
  readonly #ignored: ReadonlySet<number>;
  readonly #start: TransactionStartEvent | undefined;
  readonly #notes = new Map<CallNode, Notes>();
  readonly #hashed = new Set<Hex>();
  /** the instruction before, with the word on top that it found; undefined where that does not count */
  #last: { readonly op: number; readonly top: bigint } | undefined;

  constructor(tree: CallTree, ignored: ReadonlySet<number>, start?: TransactionStartEvent) {
    this.#tree = tree;
    this.#ignored = ignored;
    this.#start = start;
  }

  of(node: CallNode): Notes {
    return this.#notes.get(node)!;
  }

  hashed(): readonly Hex[] {
    return [...this.#hashed].map(fromHex).sort(compareBytes).map(toHex);
  }

  enter(node: CallNode): void {
    this.#notes.set(node, {
      reads: new Map(),
      writes: new Map(),
      transientReads: new Map(),
      transientWrites: new Map(),
      codeAccesses: [],
      opcodes: new Map(),
      sizes: new Map(),
      outOfGas: false,
    });
  }

  /** What go-ethereum takes for a lack of gas: errors that come of one. It does not look at the outermost frame. */
  leave(node: CallNode, { depth, halt }: LeaveEvent): void {
    if (depth === 0 || halt === undefined) return;
    const isUnpaid = node.error?.startsWith('out of gas') === true;
    this.of(node).outOfGas = isUnpaid || halt.reason === 'codeDepositUnpaid';
  }

  step(step: StepEvent): void {
    const { op, stackSize } = step;
    const notes = this.of(this.#tree.current);
    if (ENDS.has(op)) this.#last = undefined;
    const last = this.#last;
    if (last !== undefined && EXT_CODE.has(last.op) && !(last.op === EXTCODESIZE && op === ISZERO)) {
      notes.codeAccesses.push(addressOfWord(last.top));
    }
    this.#noteSize(step, notes);
    if (last?.op === GAS && !CALLS.has(op)) count(notes.opcodes, quantity(GAS));
    if (op !== GAS && !this.#ignored.has(op)) count(notes.opcodes, quantity(op));
    this.#noteSlot(step, notes);
    this.#noteHashed(step);
    this.#last = { op, top: stackSize > 0 ? step.peek(0) : 0n };
  }

  #noteSize(step: StepEvent, { sizes }: Notes): void {
    const { op, stackSize } = step;
    const at = EXT_CODE.has(op) ? 0 : CALLS.has(op) ? 1 : -1;
    if (at < 0 || stackSize <= at) return;
    const address = addressOfWord(step.peek(at));
    if (sizes.has(address)) return;
    sizes.set(address, { contractSize: this.#start!.world.code(address).length, opcode: op });
  }

  #noteSlot(step: StepEvent, notes: Notes): void {
    const name = OPCODE_NAMES[step.op];
    const kind = SLOT_ACCESSES[name];
    if (kind === undefined || step.stackSize === 0) return;
    const key = step.peek(0);
    const slot = wordHex(key);
    if (kind !== 'reads') count(notes[kind], slot);
    else if (!notes.reads.has(slot) && !notes.writes.has(slot)) {
      notes.reads.set(slot, this.#start!.world.slot(step.address, key));
    }
  }

  #noteHashed(step: StepEvent): void {
    if (step.op !== OPCODE_NAMED.KECCAK256.code || step.stackSize < 2) return;
    const preimage = paddedMemory(step.memory, step.peek(0), step.peek(1));
    if (preimage !== undefined) this.#hashed.add(toHex(preimage));
  }
}

const SLOT_ACCESSES: Readonly<
  Record<string, 'reads' | 'writes' | 'transientReads' | 'transientWrites' | undefined>
> = { SLOAD: 'reads', SSTORE: 'writes', TLOAD: 'transientReads', TSTORE: 'transientWrites' };

function count(counts: Map<Hex, number>, key: Hex): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function written(
  node: CallNode,
  watch: StepWatch,
  firstLogIndex: number,
  isAroundUndone: boolean,
): Erc7562Frame {
  const logs = standingLogs(node, isAroundUndone).map((log) => callLog(log, firstLogIndex));
  const isUndone = node.isUndone || isAroundUndone;
  const calls = node.calls.map((call) => written(call, watch, firstLogIndex, isUndone));
  const notes = watch.of(node);
  const same = (n: number): number => n;
  return defined({
    ...frameHead(node),
    logs: someOrNone(logs),
    value: sentValue(node),
    accessedSlots: {
      reads: sorted(notes.reads, (value) => [wordHex(value)]),
      writes: sorted(notes.writes, same),
      transientReads: sorted(notes.transientReads, same),
      transientWrites: sorted(notes.transientWrites, same),
    },
    extCodeAccessInfo: notes.codeAccesses,
    usedOpcodes: sorted(notes.opcodes, same),
    contractSize: sorted(notes.sizes, (size) => size),
    outOfGas: notes.outOfGas,
    calls: someOrNone(calls),
    type: node.kind,
  }) as Erc7562Frame;
}

/** The frame with what was hashed, which stands before its calls. */
function withKeccak({ calls, type, ...frame }: Erc7562Frame, hashed: readonly Hex[]): Erc7562Frame {
  return defined({ ...frame, keccak: someOrNone(hashed), calls, type }) as Erc7562Frame;
}
