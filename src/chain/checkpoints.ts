/**
 * The checkpoints of a recording: the run as it was before some of its steps. They are few however long the run gets:
 * where there are too many, or they take too much room, every second one goes, and from then on they come half as often.
 */

import type { Stops } from '../machine/machine.ts';
import type { PackedRun } from '../state/packing.ts';

/** A run before a step. */
export interface Checkpoint {
  readonly step: bigint;
  readonly packed: PackedRun;
}

/**
 * Steps between two of them at first: what the counting engine does in 13 ms. (With a quarter of it, recording
 * snailtracer took 3.4 times the untraced interpreter's time.)
 */
const FIRST_INTERVAL = 2n ** 20n;

/** Most that are kept: those of the first hundred million steps and more. */
const MOST = 128;

/**
 * Most bytes that they may take together. A run that needs more for one of them gets none. (A loop over 2 MiB of memory
 * had checkpoints 8 million steps apart with a quarter of it.)
 */
const MOST_BYTES = 2 ** 27;

/** Bytes that are looked at in the time of a step, with some room: packing may not take longer than running. */
const BYTES_PER_STEP = 16;

/** Takes checkpoints of a run. */
export class Checkpoints {
  #kept: Checkpoint[] = [];
  #interval: bigint;
  #bytes = 0;
  readonly stops: Stops;

  /** @param interval steps between two of them at first */
  constructor(interval: bigint = FIRST_INTERVAL) {
    this.#interval = interval;
    let last: PackedRun | undefined;
    this.stops = {
      first: interval,
      reached: (step, pack) => {
        last = pack(last);
        this.#keep({ step, packed: last }, last);
        const looked = BigInt(Math.floor(sizeOf(last.pages) / BYTES_PER_STEP));
        const next = (this.#kept.at(-1)?.step ?? step) + this.#interval;
        return next > step + looked ? next : step + looked + 1n;
      },
    };
  }

  /** Those that are kept, in order. */
  get kept(): readonly Checkpoint[] {
    return this.#kept;
  }

  #keep(checkpoint: Checkpoint, { pages }: PackedRun): void {
    const known = new Set(this.#kept.at(-1)?.packed.pages);
    this.#kept.push(checkpoint);
    this.#bytes += sizeOf(pages.filter((page) => !known.has(page)));
    while (this.#kept.length > MOST || this.#bytes > MOST_BYTES) this.#thin();
  }

  #thin(): void {
    this.#interval *= 2n;
    this.#kept = this.#kept.filter((_, i) => i % 2 === 1);
    this.#bytes = sizeOf(new Set(this.#kept.flatMap(({ packed }) => packed.pages)));
  }
}

function sizeOf(pages: Iterable<Uint8Array>): number {
  let size = 0;
  for (const { length } of pages) size += length;
  return size;
}
