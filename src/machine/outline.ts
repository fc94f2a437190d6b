/**
 * What is known of the words along a path before any code is written for it: constants, where they go, and which
 * instructions will write hardly any code.
 */

import { OPCODE_NAMED, type Opcode } from '../protocol/opcodes.ts';

/** What an instruction weighs that moves words around, or turns out to do nothing. */
export const MOVING_WEIGHT = 1 / 32;

/** What one weighs that adds two limbs. */
const LIMB_WEIGHT = 1 / 8;

/** What one weighs that writes a few machine instructions. */
const SHORT_WEIGHT = 1 / 4;

/** Of what is written to touch memory: the part that moves the word, where the place is constant. */
const SEEN_PART = 1 / 2;

/** How often memory must be touched at the same distance to be looked at once for all. */
const STRIDES = 4;

const POP = OPCODE_NAMED.POP.code;

/** A word of the stack; copies of it are the same. */
class PathWord {
  /** its value, if it is known and below 2^32 */
  readonly constant: number | undefined;
  /** whether memory was touched there */
  isNear = false;
  /** its bits from the top of this byte on are all the same */
  extendedFrom = 32;
  /** what was added to come here from where memory was touched before */
  step: PathWord | undefined;
  /** where it was added as a step, and how often memory was touched there */
  readonly sums: number[] = [];
  touches = 0;
  /** what was weighed too much before it turned out to be a step */
  excess = 0;

  constructor(constant?: number) {
    this.constant = constant;
  }
}

/** The stack along a path. */
export class Outline {
  readonly #words: PathWord[] = [];
  readonly #steps = new Set<PathWord>();
  /** bytes of WebAssembly that all instructions so far write, about */
  bytes = 0;

  /** The constant on top. */
  get top(): number | undefined {
    return this.#words.at(-1)?.constant;
  }

  /** Where ADDs are whose sums memory is touched at, many times at the same distance. */
  strides(): ReadonlySet<number> {
    const strides = new Set<number>();
    for (const { touches, sums } of this.#steps) {
      if (touches >= STRIDES) for (const pc of sums) strides.add(pc);
    }
    return strides;
  }

  /** Takes an instruction, and returns what it weighs. `bytes`: what it writes for words that nothing is known of. */
  execute(opcode: Opcode, code: Uint8Array, pc: number, bytes: number): number {
    const { name, pops, pushes, immediate } = opcode;
    const words = this.#words;
    if (name.startsWith('PUSH')) {
      let value = 0;
      for (let i = 1; i <= immediate; i++) value = value * 256 + (code[pc + i] ?? 0);
      words.push(new PathWord(value < 2 ** 32 ? value : undefined));
      return MOVING_WEIGHT;
    }
    while (words.length < pops) words.unshift(new PathWord());
    if (name.startsWith('DUP')) {
      words.push(words[words.length - pops]);
      return MOVING_WEIGHT;
    }
    if (name.startsWith('SWAP')) {
      const [top, deep] = [words.length - 1, words.length - pops];
      [words[top], words[deep]] = [words[deep], words[top]];
      return MOVING_WEIGHT;
    }
    const operands = words.splice(words.length - pops).reverse();
    const [a, b] = operands;
    let result = new PathWord();
    let weight = 1;
    let part = 1;
    switch (name) {
      case 'POP':
      case 'JUMPDEST':
        weight = MOVING_WEIGHT;
        break;
      case 'ADD': {
        ({ result, weight } = this.#add(a, b, pc));
        break;
      }
      case 'SIGNEXTEND':
        ({ result, weight } = extend(a, b));
        break;
      case 'SHL':
      case 'SHR':
      case 'BYTE':
        if (a.constant !== undefined) part = SHORT_WEIGHT;
        break;
      case 'MLOAD':
        if (a.constant !== undefined) part = SEEN_PART;
        weight = touch(a, code[pc + 1] === POP ? MOVING_WEIGHT : 1);
        break;
      case 'MSTORE':
      case 'MSTORE8':
        if (a.constant !== undefined) part = SEEN_PART;
        weight = touch(a, SHORT_WEIGHT);
    }
    for (let i = 0; i < pushes; i++) words.push(result);
    this.bytes += bytes * Math.min(part, weight);
    return weight;
  }

  #add(a: PathWord, b: PathWord, pc: number): { readonly result: PathWord; readonly weight: number } {
    if (a.constant === 0) return { result: b, weight: MOVING_WEIGHT };
    if (b.constant === 0) return { result: a, weight: MOVING_WEIGHT };
    const result = new PathWord();
    const step = stepOf(a, b) ?? stepOf(b, a);
    if (step === undefined) return { result, weight: 1 };
    result.step = step;
    step.sums.push(pc);
    this.#steps.add(step);
    return { result, weight: weighed(step, LIMB_WEIGHT) };
  }
}

/** `step` where adding it leads on from where memory was touched. */
function stepOf(step: PathWord, from: PathWord): PathWord | undefined {
  if (step.constant !== undefined) return undefined;
  const isNext = from.step === undefined ? from.isNear || from.constant !== undefined : from.step === step;
  return isNext ? step : undefined;
}

/** Memory is touched there. Returns what that weighs, which is `later` where it was looked at before. */
function touch(word: PathWord, later: number): number {
  const { step } = word;
  word.isNear = true;
  if (step === undefined) return 1;
  step.touches++;
  return weighed(step, later);
}

/** What an instruction weighs that weighs `later` where memory is touched many times at the distance of a step. */
function weighed(step: PathWord, later: number): number {
  if (step.touches < STRIDES) {
    step.excess += 1 - later;
    return 1;
  }
  const weight = later - step.excess;
  step.excess = 0;
  return weight;
}

function extend(byte: PathWord, word: PathWord): { readonly result: PathWord; readonly weight: number } {
  const { constant } = byte;
  const result = new PathWord();
  if (constant === undefined) return { result, weight: 1 };
  if (constant >= Math.min(word.extendedFrom, 31)) return { result: word, weight: MOVING_WEIGHT };
  result.extendedFrom = constant;
  return { result, weight: SHORT_WEIGHT };
}
