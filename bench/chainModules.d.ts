/** What the chain benchmark uses of its peer, beside what `peers` says. */

declare module '@ethereumjs/common' {
  export const Hardfork: Readonly<Record<string, string>>;
  export function createCommonFromGethGenesis(
    genesis: unknown,
    options: { chain: string; hardfork: string | undefined },
  ): Common;
  export function parseGethGenesisState(genesis: unknown): unknown;
}

declare module '@ethereumjs/block' {
  import type { Common } from '@ethereumjs/common';

  export interface Block {
    readonly transactions: readonly unknown[];
  }
  export function createBlockFromRLP(rlp: Uint8Array, options: { common: Common }): Block;
}

declare module '@ethereumjs/vm' {
  import type { Block } from '@ethereumjs/block';
  import type { Common } from '@ethereumjs/common';

  export interface VM {
    readonly stateManager: { generateCanonicalGenesis?(state: unknown): Promise<void> };
  }
  export function createVM(options: { common: Common; stateManager: unknown }): Promise<VM>;
  export function runBlock(
    vm: VM,
    options: { block: Block; skipHeaderValidation: boolean },
  ): Promise<{ gasUsed: bigint }>;
}

declare module '@ethereumjs/statemanager' {
  import type { Common } from '@ethereumjs/common';

  export class Caches {}
  export class MerkleStateManager {
    constructor(options: { common: Common; caches: Caches });
  }
}
