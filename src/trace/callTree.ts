/** The tree of a transaction's frames, which several tracers write down each in its own way. */

import { type Address, EMPTY_BYTES } from '../bytes.ts';
import type { Log } from '../machine/environment.ts';
import type { EnterEvent, FrameKind, LeaveEvent, Tracer, TransactionStartEvent } from '../machine/tracer.ts';
import { frameError, REVERTED } from './frameError.ts';
import { gethRevertReason } from './revertReason.ts';

/** A log, and where it stands. */
export interface PlacedLog {
  readonly log: Log;
  /** in the transaction */
  readonly index: number;
  /** frames that its frame had opened before */
  readonly position: number;
}

/** A frame that has ended, or runs. */
export interface CallNode {
  readonly kind: FrameKind;
  readonly from: Address;
  /** undefined: a creation that failed */
  to: Address | undefined;
  readonly value: bigint;
  /** what it was given; for the outermost, what the transaction was */
  readonly gas: bigint;
  gasUsed: bigint;
  readonly input: Uint8Array;
  /** what it returned, or what it reverted with */
  output: Uint8Array;
  error: string | undefined;
  revertReason: string | undefined;
  /** it failed, and all that it did is undone */
  isUndone: boolean;
  readonly isPrecompile: boolean;
  readonly calls: CallNode[];
  readonly logs: PlacedLog[];
}

/** What is taken down. */
export interface CallTreeOptions {
  /** nothing below the outermost frame */
  readonly onlyTop: boolean;
  readonly logs: boolean;
}

/** Takes down frames; the events are a tracer's. */
export class CallTree
  implements Required<Pick<Tracer, 'onTransactionStart' | 'onEnter' | 'onLeave' | 'onLog'>>
{
  readonly #options: CallTreeOptions;
  #start!: TransactionStartEvent;
  /** frames that are open, from the outermost on */
  readonly #open: CallNode[] = [];
  /** frames that are open, also where only the outermost is taken down */
  #depth = 0;
  #root: CallNode | undefined;

  constructor(options: CallTreeOptions) {
    this.#options = options;
  }

  /** The outermost frame. */
  get root(): CallNode {
    if (this.#root === undefined) throw new RangeError('trace: expected a transaction to have run, got none');
    return this.#root;
  }

  /** The frame that runs. */
  get current(): CallNode {
    return this.#open[this.#open.length - 1];
  }

  onTransactionStart(event: TransactionStartEvent): void {
    this.#start = event;
    this.#open.length = 0;
    this.#depth = 0;
    this.#root = undefined;
  }

  onEnter(event: EnterEvent): void {
    const isTop = this.#depth++ === 0;
    if (this.#options.onlyTop && !isTop) return;
    const node: CallNode = {
      kind: event.kind,
      from: event.from,
      to: event.to,
      value: event.value,
      gas: isTop ? this.#start.gasLimit : event.gas,
      gasUsed: 0n,
      input: event.input.slice(),
      output: EMPTY_BYTES,
      error: undefined,
      revertReason: undefined,
      isUndone: false,
      isPrecompile: event.isPrecompile,
      calls: [],
      logs: [],
    };
    if (isTop) this.#root = node;
    else this.current.calls.push(node);
    this.#open.push(node);
  }

  onLeave(event: LeaveEvent): void {
    const isTop = --this.#depth === 0;
    if (this.#options.onlyTop && !isTop) return;
    const node = this.#open.pop()!;
    node.gasUsed = event.gasUsed;
    const { to = node.from, input } = node;
    const error = frameError({ to, input }, event, this.#start.fork);
    if (event.status === 'success') {
      node.output = event.output;
      return;
    }
    node.error = error;
    node.isUndone = true;
    if (node.kind === 'CREATE' || node.kind === 'CREATE2') node.to = undefined;
    if (error !== REVERTED) return;
    node.output = event.output;
    node.revertReason = gethRevertReason(event.output);
  }

  onLog(log: Log, index: number): void {
    if (!this.#options.logs || (this.#options.onlyTop && this.#depth > 1)) return;
    this.current.logs.push({ log, index, position: this.current.calls.length });
  }
}

/** The logs of a frame that stand: none where it failed, or one around it did. */
export function standingLogs({ isUndone, logs }: CallNode, isAroundUndone: boolean): readonly PlacedLog[] {
  return isUndone || isAroundUndone ? [] : logs;
}
