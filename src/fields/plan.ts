/** Shares out the memory of a module while it is built. */

import type { ModuleBuilder } from '../wasm/module.ts';

/** Hands out addresses, one after the other; nothing is given back. */
export class MemoryPlan {
  readonly #module: ModuleBuilder;
  /** bytes handed out so far */
  size = 0;

  constructor(module: ModuleBuilder) {
    this.#module = module;
  }

  /** The address of so many bytes, zero at first, aligned to 16. */
  reserve(bytes: number): number {
    const address = this.size;
    this.size += Math.ceil(bytes / 16) * 16;
    return address;
  }

  /** The address of bytes that are there from the start. */
  constant(bytes: Uint8Array): number {
    const address = this.reserve(bytes.length);
    this.#module.data(address, bytes);
    return address;
  }
}
