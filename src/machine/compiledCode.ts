/** What is compiled of a code: slices, each a module, shared by all arenas of the process. */

import type { Hex } from '../bytes.ts';
import type { Fork } from '../protocol/forks.ts';
import { type Block, findBlocks, likelyTargets, roomFor, type Source } from './blocks.ts';
import { compile } from './compiler.ts';
import { PARAM } from './layout.ts';
import type { Machine } from './machine.ts';

/** Blocks that a 16-bit number can name. */
const MAX_BLOCKS = 0xffff;

/** A part of a code, compiled. */
interface Slice {
  readonly module: WebAssembly.Module;
  /** the number of its first block */
  readonly first: number;
  /** where its blocks begin */
  readonly starts: readonly number[];
}

/** Blocks that may be compiled. */
interface CodePlan {
  readonly blocks: readonly Block[];
  readonly weight: number;
  /** bytes of WebAssembly that they come to for each instruction, about */
  readonly density: number;
}

/** What is compiled of a code. */
export class CompiledCode {
  /** in the order in which they were compiled; null: a later one has its blocks */
  readonly slices: (Slice | null)[] = [];
  /** see `SliceLinks` */
  readonly isChained: boolean;
  readonly #source: Source;
  #nextBlock = 1;
  #instructions = 0;
  /** of all slices */
  weight = 0;
  #isWhole = false;
  /** bytes of WebAssembly */
  bytes = 0;

  constructor(source: Source, isChained: boolean) {
    this.#source = source;
    this.isChained = isChained;
  }

  /** Blocks from some positions on, and what they weigh. */
  plan(
    m: Machine,
    starts: Iterable<number>,
    isCompiled: (position: number) => boolean,
    most: number,
    isStraight = false,
  ): CodePlan {
    const room = roomFor(this.#source.code) - this.#instructions;
    const blocks = findBlocks(this.#source, m.rules.gas, { starts, isCompiled, room, most, isStraight });
    let [weight, bytes, instructions] = [0, 0, 0];
    for (const block of blocks) {
      weight += block.weight;
      bytes += block.bytes;
      instructions += block.instructions.length;
    }
    return { blocks, weight, density: bytes / Math.max(instructions, 1) };
  }

  /** Compiles blocks as one slice; false where there are too many. */
  compile(m: Machine, blocks: readonly Block[]): boolean {
    const first = this.#nextBlock;
    if (first + blocks.length > MAX_BLOCKS) return false;
    const { i64 } = m.arena;
    const prices = { gas: m.rules.gas, param: (name: keyof typeof PARAM) => i64[PARAM[name] >> 3] };
    const bytes = compile(this.#source, blocks, prices, { first, isChained: this.isChained });
    if (bytes === undefined) return false;
    const module = new WebAssembly.Module(bytes);
    this.slices.push({ module, first, starts: blocks.map(({ start }) => start) });
    this.#nextBlock += blocks.length;
    for (const { instructions, weight } of blocks) {
      this.#instructions += instructions.length;
      this.weight += weight;
    }
    this.bytes += bytes.length;
    keep(this, bytes.length, m.limits.tuning.cacheBytes);
    return true;
  }

  /** Compiles all that is not yet. */
  compileWhole(m: Machine): void {
    if (this.#isWhole) return;
    this.#isWhole = true;
    const known = new Set(this.#starts());
    const starts = [0, ...likelyTargets(this.#source)];
    const { blocks } = this.plan(m, starts, (at) => known.has(at), Number.POSITIVE_INFINITY);
    if (blocks.length > 0) this.compile(m, blocks);
  }

  /**
   * Makes one slice of all, unless it would be longer than a slice may be. (Four times as long: snailtracer stood still
   * three times, for up to 0.27 s, and was no faster afterwards.)
   */
  merge(m: Machine): void {
    const before = this.slices.length;
    if (before < 2 || this.weight > m.limits.tuning.sliceInstructions) return;
    this.#instructions = 0;
    this.weight = 0;
    const { blocks } = this.plan(m, this.#starts(), () => false, Number.POSITIVE_INFINITY);
    if (this.compile(m, blocks)) this.slices.fill(null, 0, before);
  }

  #starts(): number[] {
    return this.slices.flatMap((slice) => slice?.starts ?? []);
  }
}

// Compiled code by its hash, for each fork, whose prices are compiled in; the one that was compiled longest ago goes first.
type Cache = WeakMap<Fork, Map<Hex, CompiledCode>>;
const chained: Cache = new WeakMap();
/** Code that tests switch tiers in is not for others. */
const unchained: Cache = new WeakMap();
const order = new Map<CompiledCode, () => void>();
let cachedBytes = 0;

/** What is compiled of a code so far. */
export function compiledCode(m: Machine, codeHash: Hex, source: () => Source): CompiledCode {
  const isChained = m.limits.tuning.switchSeed === undefined;
  const caches = isChained ? chained : unchained;
  let cache = caches.get(m.fork);
  if (cache === undefined) caches.set(m.fork, (cache = new Map()));
  let code = cache.get(codeHash);
  if (code === undefined) {
    code = new CompiledCode(source(), isChained);
    cache.set(codeHash, code);
    const home = cache;
    order.set(code, () => home.delete(codeHash));
  }
  return code;
}

/** Counts what a code has come to, and forgets others where that is too much. */
function keep(code: CompiledCode, bytes: number, most: number): void {
  const forget = order.get(code);
  if (forget === undefined) return;
  order.delete(code);
  order.set(code, forget);
  cachedBytes += bytes;
  for (const [oldest, forgetOldest] of order) {
    if (cachedBytes <= most || oldest === code) return;
    forgetOldest();
    order.delete(oldest);
    cachedBytes -= oldest.bytes;
  }
}
