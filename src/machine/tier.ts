/** Between the tiers: what is compiled and when, and entering what was. */

import type { CodeTier, PlacedBlocks, PlacedCode } from './arena.ts';
import { compiledCode } from './compiledCode.ts';
import { OFFICIAL } from './engine.ts';
import { FRAME, STATUS } from './layout.ts';
import type { Machine } from './machine.ts';

/**
 * Which tier runs code: `interpreter` alone; `compiler` from the first instruction; `auto`, which compiles what proves
 * hot.
 */
export type Tier = 'auto' | 'interpreter' | 'compiler';

/** When `auto` compiles, and how much. No result depends on any of it. */
export interface Tuning {
  /** Gas spent in a code before anything is noted about it. What the interpreter does in 30 milliseconds. */
  readonly heat: number;
  /** How often a position must be entered, once that is counted, to be hot: 1 to 255. */
  readonly visits: number;
  /**
   * Gas spent in a code before an instruction of it is compiled, for each that does more than move words around. The
   * interpreter spends 1 to 5 gas in a nanosecond, and compiling an instruction takes 100 µs in a process that has not
   * compiled before (20 later on), so that no first run gets much longer than in the interpreter alone.
   */
  readonly gasPerInstruction: number;
  /** Instructions, counted likewise, that are compiled in one go, which takes a few microseconds each. */
  readonly sliceInstructions: number;
  /** Compiled code that is kept, over all contracts and rule sets, in bytes of WebAssembly. */
  readonly cacheBytes: number;
  /**
   * Instructions, counted likewise, that are compiled of dense code which runs from its start to its end without coming
   * back. The machine code of more of it no longer fits the processor's caches, and the interpreter is faster.
   */
  readonly straightInstructions: number;
  /**
   * For tests: compiled blocks leave where they end, and whether the next is entered or interpreted depends on a
   * sequence that this number begins.
   */
  readonly switchSeed: number | undefined;
}

export const DEFAULT_TUNING: Tuning = {
  heat: 128_000_000,
  visits: 32,
  gasPerInstruction: 2_400_000,
  sliceInstructions: 2000,
  cacheBytes: 2 ** 26,
  straightInstructions: 2000,
  switchSeed: undefined,
};

/**
 * Gas of a frame that has ended counts so many times: code that comes back in another frame will come back again, while
 * nobody knows how long a loop goes on. (With 192, first runs of contracts took up to twice the interpreter's time, and
 * compiling had not paid for itself in ten.)
 */
const RETURNING = 16;

/** Slices of a code are made one once the gas spent in it has paid for that so many times. */
const MERGING = 4;

/**
 * How often the interpreter may come back for nothing, less the times that it came back for something, in a slice of time
 * or in a frame. (Where it did so at every jump, a first run took twice the time.)
 */
const MOST_MISSES = 256;

/**
 * Positions that are counted before anything is compiled, for each visit beyond the first that makes one hot: the loop
 * that turns first is not all that turns.
 */
const SAMPLED = 64;

/** Instructions that are worth a slice. (Half as many: a first run of snailtracer took 14 % longer.) */
const LEAST_SLICE = 80;

/** How many times as long it takes to compile an instruction as to find the block that it is in. */
const PLANNING = 4;

/** How many times the heat so far makes it worth to look again whether code still runs straight. */
const LATER = 1.25;

/** How many times as often as the code's start a position must be entered to be in a loop. */
const LOOPING = 4;

/** Code has spent gas in a slice of time. */
export function warmUp({ tier }: PlacedCode, gas: number): void {
  if (tier === undefined) return;
  tier.heat += gas;
  tier.misses = 0;
}

/** A frame has ended which has spent gas in its code. */
export function warmUpAtEnd({ tier }: PlacedCode, gas: number): void {
  if (tier === undefined) return;
  tier.heat += gas * RETURNING;
  tier.misses = 0;
}

/**
 * Runs compiled code from where a frame is, until it leaves or has no block to go on in (`STATUS.jumped`).
 * `STATUS.interpret`: the interpreter goes on.
 */
export function runCompiled(m: Machine, frame: number, placed: PlacedCode, tier: CodeTier): number {
  const { limits } = m;
  if (limits.tier === 'interpreter' || m.rules.recipes !== OFFICIAL) return STATUS.interpret;
  const isChained = limits.tuning.switchSeed === undefined;
  if (tier.fork !== m.fork || (tier.blocks && tier.blocks.code.isChained !== isChained)) forget(m, tier);
  if (limits.tier === 'compiler' && tier.due !== NEVER) compileWhole(m, placed, tier);
  const isLookedAt = tier.heat >= tier.due;
  if (tier.blocks === undefined && isLookedAt) tier.blocks = placeBlocks(m, placed, tier);
  const { blocks } = tier;
  if (!blocks) return STATUS.interpret;
  if (tier.heat >= tier.mergeDue) merge(m, tier, blocks);
  const { u32 } = m.arena;
  const position = u32[(frame + FRAME.pc) >> 2] - placed.code;
  let block = blocks.targets[position] ?? 0;
  if (block === 0 && isLookedAt) block = visit(m, placed, tier, blocks, position);
  if (block === 0) tier.misses++;
  else if (tier.misses > 0) tier.misses--;
  // With an address there, the interpreter comes back at every jump: for what is worth it only.
  const comesBack = isLookedAt || (blocks.slices > 0 && tier.misses < MOST_MISSES);
  const isEntered = block !== 0 && (isChained || tossCoin(m));
  // Compiled code looks there for where its own jumps lead.
  u32[(frame + FRAME.targets) >> 2] = comesBack || isEntered ? blocks.at : 0;
  if (!isEntered) return STATUS.interpret;
  return blocks.enter(frame, block);
}

/**
 * Bytes of WebAssembly for each instruction from which on code is dense. Where machine code comes from the second cache
 * it takes 0.06 ns a byte, and the interpreter 3 ns an instruction. (Of code that runs straight, pushes and copies
 * included: XOR and AND have 26 and take half the time compiled, at any length; blake2b_huff has 46 and takes 0.6 of it;
 * ADD has 70 and takes 1.2 to 1.4 times as long.)
 */
const DENSE = 60;

/** Visits are counted in two bytes each; code that is entered so often may be compiled, straight or not. */
const MOST_VISITS = 65_535;

/** `due` of code all of which is compiled, or as much as may be; no heat comes to that. */
const NEVER = Number.POSITIVE_INFINITY;

/** The prices have changed. */
function forget(m: Machine, tier: CodeTier): void {
  tier.fork = m.fork;
  tier.blocks = undefined;
  tier.visits = undefined;
  tier.spent = 0;
  tier.seen = 0;
  tier.isTooLong = false;
  tier.due = m.limits.tuning.heat;
  tier.mergeDue = NEVER;
}

/** The interpreter has come to a position without a block. Returns the block that begins there from now on, or 0. */
function visit(
  m: Machine,
  placed: PlacedCode,
  tier: CodeTier,
  blocks: PlacedBlocks,
  position: number,
): number {
  const { tuning } = m.limits;
  tier.visits ??= new Uint16Array(placed.size + 1);
  const { visits } = tier;
  if (position >= placed.size) return 0;
  if (visits[position] < MOST_VISITS) visits[position]++;
  tier.seen++;
  // Where hardly anything but the start is entered, the frames themselves show that.
  const isSampled = tier.seen >= (tuning.visits - 1) * SAMPLED || tier.seen < visits[0] * LOOPING;
  if (visits[position] < tuning.visits || !isSampled) return 0;
  const { code } = blocks;
  const warm: number[] = [];
  visits.forEach((count, other) => {
    if (count * 4 >= tuning.visits) warm.push(other);
  });
  warm.sort((a, b) => visits[b] - visits[a]);
  // Positions that are passed through once are entered as often as the code itself.
  const isStraight = visits[warm[0]] < Math.min(visits[0] * LOOPING, MOST_VISITS);
  // Then one path from there has all the others in it.
  if (isStraight) warm.unshift(0);
  const { gasPerInstruction, sliceInstructions, straightInstructions } = tuning;
  const affordable = gasPerInstruction > 0 ? (tier.heat - tier.spent) / gasPerInstruction : Infinity;
  if (isStraight && tier.isTooLong) return lookLater(tier);
  // No more is planned than the heat so far can pay for: to plan all of a contract took longer than its first run.
  if (affordable < (isStraight ? sliceInstructions / PLANNING : LEAST_SLICE)) {
    tier.due = isStraight ? tier.heat * 2 : tier.spent + LEAST_SLICE * gasPerInstruction;
    return 0;
  }
  const most = isStraight ? sliceInstructions : Math.min(sliceInstructions, affordable);
  const plan = code.plan(m, warm, (at) => blocks.targets[at] !== 0, most, isStraight);
  const cost = plan.weight * gasPerInstruction;
  if (isStraight && plan.density > DENSE && code.weight + plan.weight > straightInstructions) {
    tier.isTooLong = true;
    return lookLater(tier);
  }
  if (isStraight && tier.heat < tier.spent + cost) {
    tier.due = tier.spent + cost;
    return 0;
  }
  tier.spent += cost;
  // What is wanted less waits until there is as much heat again, so that there are few slices.
  tier.due = plan.weight < most ? tier.spent + LEAST_SLICE * gasPerInstruction : tier.spent * 2;
  if (plan.blocks.length === 0 || !code.compile(m, plan.blocks)) tier.due = NEVER;
  if (code.slices.length > 1) tier.mergeDue = tier.heat + tier.spent * MERGING;
  catchUp(m, blocks);
  return blocks.targets[position];
}

/** Code ran straight, and is too long and too dense for that; it may turn to loops, which other input makes of it. Counts anew then. */
function lookLater(tier: CodeTier): number {
  tier.visits = undefined;
  tier.seen = 0;
  tier.due = tier.heat * LATER;
  return 0;
}

/** Makes one of all slices, so that their blocks call each other directly. */
function merge(m: Machine, tier: CodeTier, blocks: PlacedBlocks): void {
  tier.mergeDue = NEVER;
  blocks.code.merge(m);
  catchUp(m, blocks);
}

/** Compiles everything that may be jumped to, as far as one can tell. */
function compileWhole(m: Machine, placed: PlacedCode, tier: CodeTier): void {
  tier.due = NEVER;
  tier.blocks ??= placeBlocks(m, placed, tier);
  if (tier.blocks === null) return;
  tier.blocks.code.compileWhole(m);
  catchUp(m, tier.blocks);
}

/** Makes room for the compiled blocks of a code in an arena, and takes over what there is. */
function placeBlocks(m: Machine, placed: PlacedCode, tier: CodeTier): PlacedBlocks | null {
  const { arena } = m;
  const targets = new Uint16Array(placed.size + 1);
  const at = arena.keepBeside(new Uint8Array(targets.buffer));
  if (at === undefined) return null;
  const { jumps, size } = placed;
  const code = compiledCode(m, tier.codeHash, () => ({
    code: arena.u8.slice(placed.code, placed.code + size),
    jumps: arena.u8.slice(jumps, jumps + (size >>> 3) + 1),
  }));
  const table = new WebAssembly.Table({ element: 'anyfunc', initial: 1 });
  const blocks: PlacedBlocks = { code, targets, at, table, slices: 0, enter: () => STATUS.interpret };
  catchUp(m, blocks);
  return blocks;
}

/** Instantiates the slices that an arena does not have yet. */
function catchUp(m: Machine, blocks: PlacedBlocks): void {
  const { arena } = m;
  const { code } = blocks;
  for (; blocks.slices < code.slices.length; blocks.slices++) {
    const slice = code.slices[blocks.slices];
    if (slice === null) continue;
    const { first, starts, module } = slice;
    const missing = first + starts.length - blocks.table.length;
    if (missing > 0) blocks.table.grow(missing);
    const engine = m.engine('none');
    const { exports } = new WebAssembly.Instance(module, {
      arena: { memory: arena.memory, blocks: blocks.table },
      engine,
      kernel: { keccak: arena.kernel.keccak },
      host: { ...m.host, sload: engine['sload'], sstore: engine['sstore'] },
    });
    blocks.enter = exports['enter'] as PlacedBlocks['enter'];
    for (const [i, start] of starts.entries()) blocks.targets[start] = first + i;
  }
  arena.u8.set(new Uint8Array(blocks.targets.buffer), blocks.at);
}

/** The next of a sequence of bits that only tests ask for. */
function tossCoin(m: Machine): boolean {
  m.coin = (Math.imul(m.coin, 1_664_525) + 1_013_904_223) | 0;
  return m.coin < 0;
}
