/** Results with parts that are made when they are first asked for: whoever runs a block asks once, at its end. */

import type { Changes } from '../state/changes.ts';
import type { StateDiff } from '../state/diff.ts';
import type { Log } from '../state/log.ts';
import type { LogList } from '../state/logList.ts';
import type { State } from '../state/state.ts';

/** Constructs nothing but hands over what it is given, so that a class below can put its private fields there. */
class Given {
  constructor(given: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is what it is for
    return given;
  }
}

/** What makes a diff, and the diff once it was made, on an object of any kind: unseen, and in 0.2 µs (closures take 0.9). */
class WithChanges extends Given {
  readonly #changes: State | Changes;
  #diff: StateDiff | undefined;

  constructor(result: object, changes: State | Changes) {
    super(result);
    this.#changes = changes;
  }

  static diffOf(result: object): StateDiff {
    const attached = result as WithChanges;
    attached.#diff ??= attached.#changes.diff();
    return attached.#diff;
  }
}

/** Likewise the logs as they were written down. */
class WithLogs extends Given {
  #list: LogList | undefined;
  #logs: readonly Log[] = NO_LOGS;

  constructor(result: object, list: LogList) {
    super(result);
    this.#list = list;
  }

  static logsOf(result: object): readonly Log[] {
    const attached = result as WithLogs;
    if (attached.#list !== undefined) {
      attached.#logs = attached.#list.all();
      attached.#list = undefined;
    }
    return attached.#logs;
  }
}

const NO_LOGS: readonly Log[] = [];

// One getter for all results: each that differs would cost the engine a hidden class of its own.
const DIFF: PropertyDescriptor & ThisType<object> = {
  enumerable: true,
  get() {
    return WithChanges.diffOf(this);
  },
};

const LOGS: PropertyDescriptor & ThisType<object> = {
  enumerable: true,
  get() {
    return WithLogs.logsOf(this);
  },
};

/**
 * Gives a result its diff.
 * @param changes what it is made of when asked for; undefined: it is empty
 */
export function withDiff<T extends object>(
  result: T,
  changes: State | Changes | undefined,
): T & { readonly diff: StateDiff } {
  const whole = result as T & { diff: StateDiff };
  if (changes === undefined) {
    whole.diff = new Map();
    return whole;
  }
  new WithChanges(result, changes);
  return Object.defineProperty(whole, 'diff', DIFF);
}

/**
 * Gives a result its logs.
 * @param list undefined: there are none
 */
export function withLogs<T extends object>(
  result: T,
  list: LogList | undefined,
): T & { readonly logs: readonly Log[] } {
  const whole = result as T & { logs: readonly Log[] };
  if (list === undefined) {
    whole.logs = [];
    return whole;
  }
  new WithLogs(result, list);
  return Object.defineProperty(whole, 'logs', LOGS);
}
