/**
 * Computations that pause. A task runs until it needs state that is not resident, yields what it needs and goes on
 * with the answer. It knows nothing of how answers are found: the two drivers below, synchronous and asynchronous,
 * are the only places that do, and `run` is the only place in the core that awaits.
 */

import type { Address, Hex } from './bytes.ts';
import type { AccountFact, AsyncStateSource, StateSource } from './state/source.ts';

/** What a paused task asks for. */
export type Need =
  | { readonly kind: 'account'; readonly address: Address }
  | { readonly kind: 'code'; readonly address: Address; readonly codeHash: Hex }
  | { readonly kind: 'slot'; readonly address: Address; readonly key: bigint }
  | { readonly kind: 'blockHash'; readonly number: bigint }
  /** a time slice is over: nothing is needed but leave to go on */
  | { readonly kind: 'slice' };

/**
 * The answer to a need: for an account what the source knows, or undefined where there is none; code as bytes; a
 * slot as its value; a block hash as a word; for a slice, undefined.
 */
export type Fact = AccountFact | Uint8Array | bigint | undefined;

/** A computation of `T` that pauses at needs and goes on with facts. */
export type Task<T> = Generator<Need, T, Fact>;

/**
 * Where a task finds a source at hand: what it needs it may then ask of it directly. Pausing goes through every
 * generator of the task and back, and takes 1 µs; looking up a slot in memory takes a fifth of that.
 */
export interface Hand {
  /** undefined: the task pauses for what it needs */
  source: StateSource | undefined;
}

const HAND = Symbol('hand');

/** Lets a synchronous driver of a task leave its source in the task's hand. Who drives it otherwise sees every need. */
export function withHand<T>(task: Task<T>, hand: Hand): Task<T> {
  // Assigned by `Object.assign`, it takes as long as looking up a slot.
  (task as { [HAND]?: Hand })[HAND] = hand;
  return task;
}

/** Leaves a source in a task's hand, if it has one. */
export function lend<T>(task: Task<T>, source: StateSource | undefined): Task<T> {
  const { [HAND]: hand } = task as { [HAND]?: Hand };
  if (hand !== undefined) hand.source = source;
  return task;
}

/** How a run may be limited from outside. */
export interface RunOptions {
  /** ends the run, by throwing the signal's reason, at the next slice */
  readonly signal?: AbortSignal;
}

/**
 * Drives a task with a source at hand.
 * @throws {MissingState} when the source lacks what the task needs; whatever else the source throws passes through
 */
export function runSync<T>(task: Task<T>, source: StateSource, options: RunOptions = {}): T {
  let step = lend(task, source).next();
  try {
    while (!step.done) {
      options.signal?.throwIfAborted();
      step = task.next(answer(step.value, source));
    }
  } finally {
    giveUp(task, step);
  }
  return step.value;
}

/** Drives a task with a remote source. Slices give the host's other work its turn. */
export async function run<T>(
  task: Task<T>,
  source: StateSource | AsyncStateSource,
  options: RunOptions = {},
): Promise<T> {
  let step = task.next();
  try {
    while (!step.done) {
      options.signal?.throwIfAborted();
      if (step.value.kind === 'slice') {
        await nextTurn();
        step = task.next(undefined);
      } else {
        step = task.next(await answer(step.value, source));
      }
    }
  } finally {
    giveUp(task, step);
  }
  return step.value;
}

/** A task that nobody will go on with lets go of what it holds, and leaves state as it found it. */
function giveUp<T>(task: Task<T>, { done }: IteratorResult<Need, T>): void {
  if (!done) task.return(undefined as T);
}

/** What a source has to say to a need. */
export function answer(need: Need, source: StateSource): Fact;
export function answer(need: Need, source: StateSource | AsyncStateSource): Fact | Promise<Fact>;
export function answer(need: Need, source: StateSource | AsyncStateSource): Fact | Promise<Fact> {
  switch (need.kind) {
    case 'account':
      return source.account(need.address);
    case 'code':
      return source.code(need.codeHash, need.address);
    case 'slot':
      return source.slot(need.address, need.key);
    case 'blockHash':
      return source.blockHash(need.number);
    case 'slice':
      return undefined;
  }
}

/** Resolves in a later turn of the event loop, in every host (a promise alone would starve timers and aborts). */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
