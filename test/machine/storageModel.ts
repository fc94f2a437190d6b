/** SSTORE and SLOAD of every generation as the EIPs state them: written apart from the code under test. */

import type { Fork } from '../../src/protocol/forks.ts';

/** How a generation meters storage. */
interface Generation {
  readonly isNet: boolean;
  readonly noop: number;
  readonly set: number;
  readonly reset: number;
  readonly clear: number;
  /** what SLOAD costs where it does not depend on warmth */
  readonly load: number;
  readonly isWarmthPriced: boolean;
  readonly hasSentry: boolean;
}

const BEFORE = {
  isNet: false,
  noop: 5000,
  set: 20000,
  reset: 5000,
  clear: 15000,
  isWarmthPriced: false,
  hasSentry: false,
};

const GENERATIONS: Readonly<Record<string, Generation>> = {
  Frontier: { ...BEFORE, load: 50 },
  TangerineWhistle: { ...BEFORE, load: 200 },
  Constantinople: { ...BEFORE, isNet: true, noop: 200, load: 200 },
  Petersburg: { ...BEFORE, load: 200 },
  Istanbul: { ...BEFORE, isNet: true, noop: 800, load: 800, hasSentry: true },
  Berlin: {
    ...BEFORE,
    isNet: true,
    noop: 100,
    reset: 2900,
    load: 100,
    isWarmthPriced: true,
    hasSentry: true,
  },
  London: {
    ...BEFORE,
    isNet: true,
    noop: 100,
    reset: 2900,
    clear: 4800,
    load: 100,
    isWarmthPriced: true,
    hasSentry: true,
  },
};

/** The generation that a fork has: its own, or that of the nearest fork before it. */
export function generationOf(fork: Fork): Generation {
  for (let one: Fork | null = fork; one !== null; one = one.parent) {
    const found = GENERATIONS[one.name];
    if (found !== undefined) return found;
  }
  throw new Error(`no generation before ${fork.name}`);
}

const COLD_SLOT = 2100;

/** The storage of one account in one transaction, and what has been paid for it and refunded. */
export class StorageModel {
  readonly #generation: Generation;
  readonly #original: ReadonlyMap<bigint, bigint>;
  #current: Map<bigint, bigint>;
  #warm = new Set<bigint>();
  gas = 0;
  refund = 0;

  constructor(fork: Fork, original: ReadonlyMap<bigint, bigint>) {
    this.#generation = generationOf(fork);
    this.#original = original;
    this.#current = new Map(original);
  }

  /** A copy to go back to. Gas is never given back. */
  checkpoint(): () => void {
    const [current, warm, refund] = [new Map(this.#current), new Set(this.#warm), this.refund];
    return () => {
      this.#current = current;
      this.#warm = warm;
      this.refund = refund;
    };
  }

  value(key: bigint): bigint {
    return this.#current.get(key) ?? 0n;
  }

  load(key: bigint): bigint {
    const { load, isWarmthPriced } = this.#generation;
    this.gas += isWarmthPriced && !this.#warm.has(key) ? COLD_SLOT : load;
    this.#warm.add(key);
    return this.value(key);
  }

  store(key: bigint, value: bigint): void {
    this.gas += this.#price(key, value);
    this.#warm.add(key);
    this.#current.set(key, value);
  }

  #price(key: bigint, value: bigint): number {
    const { isNet, noop, set, reset, clear, isWarmthPriced } = this.#generation;
    const current = this.value(key);
    const original = this.#original.get(key) ?? 0n;
    if (!isNet) {
      if (current !== 0n && value === 0n) this.refund += clear;
      return current === 0n && value !== 0n ? set : reset;
    }
    const access = isWarmthPriced && !this.#warm.has(key) ? COLD_SLOT : 0;
    if (current === value) return access + noop;
    if (original === current) {
      if (original === 0n) return access + set;
      if (value === 0n) this.refund += clear;
      return access + reset;
    }
    if (original !== 0n) {
      if (current === 0n) this.refund -= clear;
      else if (value === 0n) this.refund += clear;
    }
    if (original === value) this.refund += (original === 0n ? set : reset) - noop;
    return access + noop;
  }
}
