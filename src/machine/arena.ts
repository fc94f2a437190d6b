/** The memory of a machine: one WebAssembly memory, its views, and the code that is kept in it. */

import type { Hex } from '../bytes.ts';
import type { Fork } from '../protocol/forks.ts';
import type { CompiledCode } from './compiledCode.ts';
import { type Kernel, kernelFor } from './kernel.ts';
import { CODE_HEAP, CODE_HEAP_SIZE, CODE_PADDING, FRAME_SIZE, FRAMES } from './layout.ts';

const PAGE = 0x10000;

/** Most bytes of an arena: above, addresses would be negative as TypeScript's 32-bit integers. */
const MAX_ARENA = 2 ** 31;

/** Code in the arena: where it is, and its jump-destination map. */
export interface PlacedCode {
  readonly code: number;
  readonly size: number;
  readonly jumps: number;
  /** what makes it worth compiling, where it is kept and known by its hash */
  readonly tier: CodeTier | undefined;
}

/** How far kept code has come between the tiers. */
export interface CodeTier {
  readonly codeHash: Hex;
  /** gas that was spent in it, roughly; what comes back in other frames counts more */
  heat: number;
  /** the heat at which more of it is looked at */
  due: number;
  /** the heat that what was compiled so far had to have */
  spent: number;
  /** how often the interpreter has come back for nothing of late */
  misses: number;
  /** positions counted in `visits` */
  seen: number;
  /** it ran from start to end without coming back, and is too long to be compiled for that */
  isTooLong: boolean;
  /** the heat at which its slices become one */
  mergeDue: number;
  /** the fork whose prices it was compiled with; the same arena may serve another next */
  fork: Fork | undefined;
  /** how often each position was entered by the interpreter, once that is counted */
  visits: Uint16Array | undefined;
  /** its compiled blocks; null: there is no room for them */
  blocks: PlacedBlocks | null | undefined;
}

/** Compiled code over this arena. */
export interface PlacedBlocks {
  readonly code: CompiledCode;
  /** the block that begins at each position, by number; 0: none */
  readonly targets: Uint16Array;
  /** address of the same in the arena */
  readonly at: number;
  /** the blocks by number */
  readonly table: WebAssembly.Table;
  /** slices of the code that are in the table */
  slices: number;
  /** enters a block, and runs until compiled code leaves */
  enter: (frame: number, block: number) => number;
}

/** Rounds up to the next multiple of 64, a cache line. */
export function align(address: number): number {
  return (address + 63) & ~63;
}

/** The arena. `u8` and `u32` are made anew whenever it grows: read them again after anything that may grow it. */
export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly kernel: Kernel;
  u8!: Uint8Array;
  u32!: Uint32Array;
  i64!: BigInt64Array;
  readonly #ceiling: number;
  readonly #placed = new Map<Hex, PlacedCode>();
  #heapNext = CODE_HEAP;

  /** @param ceiling most bytes of the arena, which frames' memories share; 2 GiB where it is more */
  constructor(ceiling: number) {
    this.#ceiling = Math.min(ceiling, MAX_ARENA);
    this.memory = new WebAssembly.Memory({ initial: Math.ceil((FRAMES + FRAME_SIZE + 8 * PAGE) / PAGE) });
    this.#refresh();
    this.kernel = kernelFor(this.memory);
  }

  /** bytes it has now */
  get size(): number {
    return this.u8.length;
  }

  /** The first byte that frames may not use. */
  get ceiling(): number {
    return this.#ceiling;
  }

  /** Makes room up to an address; false where the ceiling or the host refuses. */
  reserve(end: number): boolean {
    const size = this.u8.length;
    if (end <= size) return true;
    if (end > this.#ceiling) return false;
    // By half again, so that a growing memory is moved or mapped few times.
    const wanted = Math.min(this.#ceiling, Math.max(end, size + (size >>> 1)));
    if (!this.#growTo(wanted) && !this.#growTo(end)) return false;
    this.#refresh();
    return true;
  }

  /**
   * Deployed code, kept from frame to frame and from run to run.
   * @returns undefined where there is no room for it; it then lives in the frame that runs it
   */
  keep(codeHash: Hex, code: Uint8Array): PlacedCode | undefined {
    const known = this.#placed.get(codeHash);
    if (known !== undefined) return known;
    if (this.#heapNext + spaceFor(code.length) > CODE_HEAP + CODE_HEAP_SIZE) return undefined;
    const tier: CodeTier = {
      codeHash,
      heat: 0,
      due: 0,
      spent: 0,
      mergeDue: 0,
      misses: 0,
      seen: 0,
      isTooLong: false,
      fork: undefined,
      visits: undefined,
      blocks: undefined,
    };
    const placed = { ...this.place(code, this.#heapNext), tier };
    this.#heapNext += spaceFor(code.length);
    this.#placed.set(codeHash, placed);
    return placed;
  }

  /** Forgets kept code when little room is left for more. No frame may be open. */
  tidy(): void {
    if (this.#heapNext < CODE_HEAP + CODE_HEAP_SIZE / 2) return;
    this.#placed.clear();
    this.#heapNext = CODE_HEAP;
  }

  /** Puts code and its jump-destination map at an address, where `spaceFor` it must be free. */
  place(code: Uint8Array, at: number): PlacedCode {
    const { u8 } = this;
    u8.set(code, at);
    u8.fill(0, at + code.length, at + code.length + CODE_PADDING);
    return this.analyse(at, code.length);
  }

  /** Maps the jump destinations of code that is in place, its padding included. */
  analyse(at: number, size: number): PlacedCode {
    const jumps = align(at + size + CODE_PADDING);
    this.kernel.analyse(at, size, jumps);
    return { code: at, size, jumps, tier: undefined };
  }

  /** Puts bytes that belong to kept code next to it; undefined where there is no room. */
  keepBeside(bytes: Uint8Array): number | undefined {
    const at = this.#heapNext;
    const end = align(at + bytes.length);
    if (end > CODE_HEAP + CODE_HEAP_SIZE) return undefined;
    this.u8.set(bytes, at);
    this.#heapNext = end;
    return at;
  }

  #growTo(end: number): boolean {
    const pages = Math.ceil((end - this.u8.length) / PAGE);
    try {
      this.memory.grow(pages);
      return true;
    } catch {
      // A host that cannot give more memory says so by a RangeError: the run halts, and nothing else does.
      return false;
    }
  }

  #refresh(): void {
    this.u8 = new Uint8Array(this.memory.buffer);
    this.u32 = new Uint32Array(this.memory.buffer);
    this.i64 = new BigInt64Array(this.memory.buffer);
  }
}

/** Up to so many bytes are copied one by one: to call for the copy takes longer. */
const FEW_BYTES = 16;

/** A copy of a range of bytes. */
export function sliceOf(bytes: Uint8Array, at: number, size: number): Uint8Array<ArrayBuffer> {
  // To make the copy first and a view to set it from takes 50 ns longer.
  if (size > FEW_BYTES) return bytes.slice(at, at + size);
  const copy = new Uint8Array(size);
  for (let i = 0; i < size; i++) copy[i] = bytes[at + i];
  return copy;
}

/** Bytes that code of a size takes with its padding and its jump-destination map. */
export function spaceFor(size: number): number {
  return align(align(size + CODE_PADDING) + (size >>> 3) + 1);
}
