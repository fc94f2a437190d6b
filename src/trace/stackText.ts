/**
 * The stacks of a run as the text of JSON, kept from step to step: of each, only the words are written again that the
 * instruction before may have changed. (Contracts in high-level languages have a hundred words on their stacks.)
 */

import type { StepEvent } from '../machine/tracer.ts';
import { OPCODE_AT } from '../protocol/opcodes.ts';
import { writeHighestLimb, writeLimb } from './lineBuffer.ts';

const LIMBS = 8;
const STACK_LIMIT = 1024;
/** Most characters of a word: a comma, quotes, 0x and 64 digits. */
const WORD_TEXT = 69;

/** How many words, from the top down, an instruction may change: of those that say themselves how deep they reach, all. */
const REACH = Uint16Array.from({ length: 256 }, (_, op) => {
  const { name, pops } = OPCODE_AT[op] ?? {};
  if (name?.startsWith('DUP')) return 0;
  return name === 'SWAPN' || name === 'EXCHANGE' ? STACK_LIMIT : (pops ?? STACK_LIMIT);
});

/** The text of the stacks of all frames that are open, one after the other. */
export class StackText {
  bytes = new Uint8Array(0x10000);
  /** where the text of the stack that was followed last begins and ends */
  start = 0;
  end = 0;
  /** where the text of each word ends, in one frame after the other */
  #ends = new Int32Array(0x1000);
  // By depth: where a frame's text and its ends begin, words whose text is right, the instruction that ran last
  readonly #starts: number[] = [0, 0];
  readonly #firsts: number[] = [0, 0];
  readonly #words: number[] = [0, 0];
  readonly #ops: number[] = [0, 0];

  /** A frame opens; the outermost has depth 1. */
  open(depth: number): void {
    const words = this.#words[depth - 1] ?? 0;
    const first = (this.#firsts[depth - 1] ?? 0) + words;
    this.#starts[depth] = words > 0 ? this.#ends[first - 1] : (this.#starts[depth - 1] ?? 0);
    this.#firsts[depth] = first;
    this.#words[depth] = 0;
    this.#ops[depth] = 0;
  }

  /** Brings the text of a stack up to date: of the step's frame, which was opened or is not known yet. */
  follow(step: StepEvent): void {
    const { depth, stackSize: size, limbs, bottom } = step;
    if (this.#words[depth] === undefined) this.open(depth);
    const first = this.#firsts[depth];
    const known = this.#words[depth] - REACH[this.#ops[depth]];
    const kept = known < 0 ? 0 : known < size ? known : size;
    this.start = this.#starts[depth];
    let at = kept === 0 ? this.start : this.#ends[first + kept - 1];
    this.#reserve(at + (size - kept) * WORD_TEXT, first + size);
    for (let i = kept; i < size; i++) {
      if (i > 0) this.bytes[at++] = 44;
      at = writeWord(this.bytes, at, limbs, bottom + i * LIMBS);
      this.#ends[first + i] = at;
    }
    this.end = at;
    this.#words[depth] = size;
    this.#ops[depth] = step.op;
  }

  #reserve(bytes: number, words: number): void {
    if (bytes > this.bytes.length) {
      const larger = new Uint8Array(bytes * 2);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    if (words > this.#ends.length) {
      const larger = new Int32Array(words * 2);
      larger.set(this.#ends);
      this.#ends = larger;
    }
  }
}

/** Writes a word as a quoted hex quantity; returns where it ends. */
function writeWord(to: Uint8Array, start: number, limbs: Uint32Array, index: number): number {
  let at = start;
  to[at] = 34;
  to[at + 1] = 48;
  to[at + 2] = 120;
  let limb = LIMBS - 1;
  while (limb > 0 && limbs[index + limb] === 0) limb--;
  at = writeHighestLimb(to, at + 3, limbs[index + limb]);
  while (limb-- > 0) at = writeLimb(to, at, limbs[index + limb]);
  to[at] = 34;
  return at + 1;
}
