/**
 * What the bench uses of its peers, written down here because the main package is type-checked where they are
 * not installed.
 */

declare module '@ethereumjs/common' {
  export class Common {
    constructor(options: { chain: unknown; hardfork: string });
  }
  export const Mainnet: unknown;
}

declare module '@ethereumjs/util' {
  export class Address {
    constructor(bytes: Uint8Array);
    toString(): `0x${string}`;
  }
  export class Account {
    constructor(nonce: bigint, balance: bigint);
  }
}

declare module '@ethereumjs/evm' {
  import type { Common } from '@ethereumjs/common';
  import type { Account, Address } from '@ethereumjs/util';

  export interface EVM {
    readonly journal: {
      checkpoint(): Promise<void>;
      revert(): Promise<void>;
      cleanup(): Promise<void>;
      addAlwaysWarmAddress(address: string): void;
    };
    readonly stateManager: {
      putAccount(address: Address, account: Account): Promise<void>;
      putCode(address: Address, code: Uint8Array): Promise<void>;
      putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void>;
    };
    readonly precompiles: ReadonlyMap<string, unknown>;
    runCall(options: {
      caller: Address;
      to: Address;
      value: bigint;
      data: Uint8Array;
      gasLimit: bigint;
      block: unknown;
    }): Promise<{
      execResult: {
        executionGasUsed: bigint;
        gasRefund?: bigint;
        returnValue: Uint8Array;
        exceptionError?: { error: string };
      };
    }>;
  }
  export function createEVM(options: { common: Common }): Promise<EVM>;
}

declare module '@nomicfoundation/edr' {
  export interface Provider {
    handleRequest(request: string): Promise<{ readonly data: unknown }>;
  }
  export class EdrContext {
    registerProviderFactory(chainType: string, factory: unknown): Promise<void>;
    createProvider(
      chainType: string,
      config: Readonly<Record<string, unknown>>,
      logger: Readonly<Record<string, unknown>>,
      subscription: Readonly<Record<string, unknown>>,
      decoder: ContractDecoder,
    ): Promise<Provider>;
  }
  export class ContractDecoder {}
  export const L1_CHAIN_TYPE: string;
  export function l1GenesisState(hardfork: unknown): readonly unknown[];
  export function l1HardforkFromString(name: string): unknown;
  export function l1ProviderFactory(): unknown;
}
