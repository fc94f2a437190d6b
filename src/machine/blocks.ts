/** Cutting code into blocks for the compiler: paths that are entered at the top only. */

import { OPCODE_AT, OPCODE_NAMED, type Opcode } from '../protocol/opcodes.ts';
import { MOVING_WEIGHT, Outline } from './outline.ts';
import { traitsOf } from './probe.ts';

const JUMP = OPCODE_NAMED.JUMP.code;
/** The byte that marks a place to jump to. */
export const JUMPDEST = OPCODE_NAMED.JUMPDEST.code;

/**
 * Weight of the instructions of a path that write code, after which it is cut, so that functions stay small: V8 handles
 * hundreds of locals badly. It comes to 100 instructions of what contracts are mostly made of.
 */
const MAX_WEIGHT = 55;

/** Instructions of a path at most, whatever they write: it is not entered without the gas for all of them. */
const MAX_INSTRUCTIONS = 2 ** 15;

/** Words by which a path may raise the stack before it is cut: every way out of it writes them all. */
const MAX_RAISE = 100;

/** How many instructions all blocks together may hold for each byte of code: paths that meet are written more than once. */
const MAX_REPETITION = 3;

/** Instructions after which a path through straight code ends where another has been. */
const MAX_REPEATED = 100;

/** How many words below its first stack pointer a block may reach. */
export const MAX_REACH = 126;

/** An instruction of a block. */
export interface Instruction {
  readonly opcode: Opcode;
  readonly pc: number;
  readonly gas: number;
  /** a JUMP whose destination is known, and what follows in the block is what stands there */
  readonly isFollowed: boolean;
}

/**
 * Instructions that one function carries out, entered at the first only: a path through the code that follows jumps
 * whose destination is known and leaves by the branches that are taken.
 */
export interface Block {
  readonly start: number;
  readonly instructions: readonly Instruction[];
  /** where the path goes on */
  readonly end: number;
  /** words it needs on the stack, and by how many it raises it at most */
  readonly needs: number;
  readonly raises: number;
  readonly gas: number;
  /** bytes of WebAssembly that it comes to, about */
  readonly bytes: number;
  /** where ADDs are whose sums memory is touched at, many times at the same distance */
  readonly strides: ReadonlySet<number>;
  /** what it takes to compile, in instructions that compute; those that move words around write hardly any code */
  readonly weight: number;
}

/** Static gas by opcode byte; undefined where there is no such opcode. */
type StaticGas = readonly (number | undefined)[];

/** Code that is to be compiled, as the arena has it. */
export interface Source {
  readonly code: Uint8Array;
  /** its jump-destination map, a bit for each byte: what hides destinations is the kernel's to know */
  readonly jumps: Uint8Array;
}

/** Whether a position may be jumped to. */
export function isDestination({ code, jumps }: Source, position: number): boolean {
  return position < code.length && ((jumps[position >> 3] >> (position & 7)) & 1) === 1;
}

/** Where code that is to be compiled begins, and what is compiled already. */
export interface Plan {
  /** where blocks begin, the most wanted first; others follow where a path is cut or has called the host */
  readonly starts: Iterable<number>;
  /** whether a block begins there already */
  readonly isCompiled: (position: number) => boolean;
  /** how many instructions may be written out twice */
  readonly room: number;
  /** whether code runs from start to end: then a path goes on where the one before it ended, and none is written twice */
  readonly isStraight: boolean;
  /** the weight after which no further block is begun */
  readonly most: number;
}

/** The blocks of a plan. */
export function findBlocks(source: Source, gas: StaticGas, plan: Plan): Block[] {
  const blocks: Block[] = [];
  const starts = new Set(plan.starts);
  const { isCompiled } = plan;
  const isStart = (position: number) => starts.has(position) || isCompiled(position);
  const covered = new Set<number>();
  let written = 0;
  let weight = 0;
  for (const first of starts) {
    let start = first;
    while (weight < plan.most && !isCompiled(start) && !covered.has(start)) {
      const mayFollow = written < plan.room;
      const isWritten = (position: number) => plan.isStraight && covered.has(position);
      const block = blockAt(source, start, gas, { isStart, isWritten, mayFollow });
      if (block === undefined) break;
      blocks.push(block);
      covered.add(start);
      written += block.instructions.length;
      weight += block.weight;
      // What runs from start to end is entered nowhere else.
      if (plan.isStraight) for (const { pc } of block.instructions) covered.add(pc);
      if (!continues(block) || block.end >= source.code.length) break;
      starts.add(block.end);
      if (!plan.isStraight) break;
      start = block.end;
    }
  }
  return blocks;
}

/** How many instructions all blocks of a code may hold together: paths that meet are written more than once. */
export function roomFor(code: Uint8Array): number {
  return code.length * MAX_REPETITION;
}

/**
 * The destinations that the code pushes somewhere as a constant: where it is likely to jump to, whether or not it ever
 * does.
 */
export function likelyTargets(source: Source): number[] {
  const { code } = source;
  const targets = new Set<number>();
  for (let pc = 0; pc < code.length; ) {
    const immediate = OPCODE_AT[code[pc]]?.immediate ?? 0;
    let value = 0;
    for (let i = 1; i <= immediate && value < code.length; i++) value = value * 256 + code[pc + i];
    if (immediate > 0 && isDestination(source, value)) targets.add(value);
    pc += 1 + immediate;
  }
  return [...targets].sort((a, b) => a - b);
}

/** Whether the code behind a block is reached from it. */
function continues({ instructions }: Block): boolean {
  const { opcode, isFollowed } = instructions[instructions.length - 1];
  return isFollowed || (opcode.kind !== 'halt' && opcode.name !== 'JUMP');
}

function blockAt(
  source: Source,
  start: number,
  gas: StaticGas,
  paths: {
    readonly isStart: (position: number) => boolean;
    /** what stands on another path already */
    readonly isWritten: (position: number) => boolean;
    readonly mayFollow: boolean;
  },
): Block | undefined {
  const { code } = source;
  const { isStart, isWritten, mayFollow } = paths;
  const instructions: Instruction[] = [];
  const visited = new Set<number>();
  const outline = new Outline();
  let [pc, height, needs, raises, total, weight, written] = [start, 0, 0, 0, 0, 0, 0];
  let hasJumped = false;
  while (pc < code.length) {
    const byte = code[pc];
    // A jump is not cut off from what pushes its destination.
    const { length } = instructions;
    const isLong =
      written >= MAX_WEIGHT ||
      height >= MAX_RAISE ||
      length >= (isWritten(pc) ? MAX_REPEATED : MAX_INSTRUCTIONS);
    if (isLong && (byte !== JUMP || outline.top === undefined)) break;
    const opcode = OPCODE_AT[byte];
    const price = gas[byte];
    if (opcode === undefined || price === undefined || traitsOf(byte)?.wantsStackInMemory) break;
    // What is jumped to from elsewhere has a block of its own; falling into it, go on there.
    if (byte === JUMPDEST && pc !== start && isStart(pc) && !hasJumped) break;
    const reach = Math.max(needs, opcode.pops - height);
    if (reach > MAX_REACH || visited.has(pc)) break;
    visited.add(pc);
    const destination = opcode.name === 'JUMP' ? outline.top : undefined;
    const isFollowed =
      mayFollow &&
      destination !== undefined &&
      isDestination(source, destination) &&
      !visited.has(destination);
    instructions.push({ opcode, pc, gas: price, isFollowed });
    needs = reach;
    height += opcode.pushes - opcode.pops;
    raises = Math.max(raises, height);
    total += price;
    const own = outline.execute(opcode, code, pc, traitsOf(byte)?.size ?? 0);
    weight += isFollowed ? MOVING_WEIGHT : own;
    if (own !== MOVING_WEIGHT && !isFollowed) written += own;
    hasJumped = isFollowed;
    pc = isFollowed ? destination : pc + 1 + opcode.immediate;
    const ends = opcode.kind === 'halt' || opcode.name === 'JUMP' || traitsOf(byte)?.callsHost;
    if (ends && !isFollowed) break;
  }
  if (instructions.length === 0) return undefined;
  return {
    start,
    instructions,
    end: pc,
    needs,
    raises,
    gas: total,
    strides: outline.strides(),
    weight,
    bytes: outline.bytes,
  };
}
