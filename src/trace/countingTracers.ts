/** go-ethereum's tracers that count: opcodes, runs of them, and selectors. */

import { type Hex, toHex } from '../bytes.ts';
import { keccak256 } from '../keccak.ts';
import type { TransactionStartEvent } from '../machine/tracer.ts';
import { OPCODE_NAMED } from '../protocol/opcodes.ts';
import { OPCODE_NAMES } from './errorText.ts';
import { addressOfWord, type ResultTracer, sorted } from './namedTracer.ts';
import { paddedMemory } from './paddedMemory.ts';

/** How often each thing was seen, by its name, in order. */
export type Counts = Readonly<Record<string, number>>;

class Counter {
  readonly #counts = new Map<string, number>();

  add(key: string): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  clear(): void {
    this.#counts.clear();
  }

  result(): Counts {
    return sorted(this.#counts, (count) => count);
  }

  /** The same with one more. */
  resultWith(key: string): Counts {
    const counts = new Map(this.#counts).set(key, (this.#counts.get(key) ?? 0) + 1);
    return sorted(counts, (count) => count);
  }
}

/** Counts each opcode: go-ethereum's `opcodeCounter`, and its `unigramTracer`. */
export function opcodeCounter(): ResultTracer<Counts> {
  const counts = new Float64Array(256);
  return {
    onTransactionStart: () => void counts.fill(0),
    onStep: ({ op }) => void counts[op]++,
    result() {
      const seen = OPCODE_NAMES.map((name, op) => [name, counts[op]] as const).filter(
        ([, count]) => count > 0,
      );
      return sorted(new Map(seen), (count) => count);
    },
  };
}

/** Counts instructions: go-ethereum's `opcountTracer`. */
export function opcountTracer(): ResultTracer<number> {
  let count = 0;
  return {
    onTransactionStart: () => {
      count = 0;
    },
    onStep: () => {
      count++;
    },
    result: () => count,
  };
}

/** Counts opcodes by the one before in the same frame: go-ethereum's `bigramTracer`. */
export function bigramTracer(): ResultTracer<Counts> {
  const counter = new Counter();
  let [last, lastDepth] = ['', 0];
  return {
    onTransactionStart() {
      counter.clear();
      [last, lastDepth] = ['', 0];
    },
    onStep({ op, depth }) {
      const name = OPCODE_NAMES[op];
      if (depth === lastDepth) counter.add(`${last}-${name}`);
      [last, lastDepth] = [name, depth];
    },
    result: () => counter.result(),
  };
}

/** Counts opcodes by the two before: go-ethereum's `trigramTracer`, which passes over the first one of each frame. */
export function trigramTracer(): ResultTracer<Counts> {
  const counter = new Counter();
  let [first, second, lastDepth] = ['', '', 0];
  return {
    onTransactionStart() {
      counter.clear();
      [first, second, lastDepth] = ['', '', 0];
    },
    onStep({ op, depth }) {
      if (depth !== lastDepth) {
        [first, second, lastDepth] = ['', '', depth];
        return;
      }
      const name = OPCODE_NAMES[op];
      counter.add(`${first}-${second}-${name}`);
      [first, second] = [second, name];
    },
    result: () => counter.result(),
  };
}

/** Counts selectors with the size of what follows them: go-ethereum's `4byteTracer`. */
export function fourByteTracer(): ResultTracer<Counts> {
  const counter = new Counter();
  return {
    onTransactionStart: () => counter.clear(),
    onEnter({ kind, input, isPrecompile }) {
      const isCall = kind !== 'CREATE' && kind !== 'CREATE2' && kind !== 'SELFDESTRUCT';
      if (input.length < 4 || !isCall || isPrecompile) return;
      counter.add(`${toHex(input.subarray(0, 4))}-${input.length - 4}`);
    },
    result: () => counter.result(),
  };
}

/** Where a call has its input on the stack, by its opcode. */
const INPUTS = new Map([
  [OPCODE_NAMED.CALL.code, 3],
  [OPCODE_NAMED.CALLCODE.code, 3],
  [OPCODE_NAMED.DELEGATECALL.code, 2],
  [OPCODE_NAMED.STATICCALL.code, 2],
]);

/** The same told from single steps, so of calls that are not made too: go-ethereum's `4byteTracerLegacy`. */
export function fourByteTracerLegacy(): ResultTracer<Counts> {
  const counter = new Counter();
  let start!: TransactionStartEvent;
  return {
    onTransactionStart(event) {
      start = event;
      counter.clear();
    },
    onStep(step) {
      const at = INPUTS.get(step.op);
      if (at === undefined || step.stackSize <= at + 1) return;
      if (start.world.isPrecompile(addressOfWord(step.peek(1)))) return;
      const size = step.peek(at + 1);
      if (size < 4n) return;
      const selector = paddedMemory(step.memory, step.peek(at), 4n);
      if (selector !== undefined) counter.add(`${toHex(selector)}-${Number(size) - 4}`);
    },
    result() {
      const { input } = start;
      const own = input.length < 4 ? undefined : `${toHex(input.subarray(0, 4))}-${input.length - 4}`;
      return own === undefined ? counter.result() : counter.resultWith(own);
    },
  };
}

/** Collects what is hashed, by its hash: go-ethereum's `keccak256PreimageTracer`. */
export function keccak256PreimageTracer(): ResultTracer<Readonly<Record<Hex, Hex>>> {
  const preimages = new Map<Hex, Hex>();
  return {
    onTransactionStart: () => preimages.clear(),
    onStep(step) {
      if (step.op !== OPCODE_NAMED.KECCAK256.code || step.stackSize < 2) return;
      const preimage = paddedMemory(step.memory, step.peek(0), step.peek(1));
      if (preimage !== undefined) preimages.set(toHex(keccak256(preimage)), toHex(preimage));
    },
    result: () => sorted(preimages, (preimage) => preimage),
  };
}

/** Watches nothing: go-ethereum's `noopTracer`. */
export function noopTracer(): ResultTracer<Readonly<Record<string, never>>> {
  return { result: () => ({}) };
}
