/** The chain that a command is about: a store in a folder, and the genesis that it began with. */

import { type Genesis, genesisHeader, parseGenesis } from '../chain/genesis.ts';
import { headerHash } from '../chain/header.ts';
import { networkNamed } from '../chain/networks.ts';
import { type DiskStore, openDiskStore } from '../store/diskStore.ts';
import { readJson } from './codeInput.ts';
import { UsageError } from './host.ts';
import { networkAlloc } from './networkAlloc.ts';

/** What a user says of a chain, and a store keeps with it. */
export interface ChainDescription {
  /** a parsed genesis file */
  readonly genesis: unknown;
  /** a public network's name, whose rules are taken in place of the file's */
  readonly network: string | undefined;
  /** whether mined blocks must carry valid seals */
  readonly seals: boolean;
}

/** The options that describe a chain. */
export interface ChainOptions {
  readonly genesis?: string;
  readonly network?: string;
  readonly seals?: boolean;
}

/**
 * What the options say of a chain.
 * @throws {UsageError} when a file cannot be read, or there is none
 */
export async function describeChain({
  genesis,
  network,
  seals = true,
}: ChainOptions): Promise<ChainDescription> {
  const named = network === undefined ? undefined : networkOption(network);
  if (genesis !== undefined) return { genesis: readJson(genesis), network, seals };
  if (named === undefined) {
    throw new UsageError('expected --genesis FILE: the state that the chain begins with, and its rules');
  }
  return { genesis: { alloc: await networkAlloc(named) }, network, seals };
}

/**
 * The genesis of a described chain. A network's rules and first header are known; a file tells of its accounts.
 * @throws {UsageError} when the description is none, or the genesis is not the network's
 */
export function genesisOf({ genesis, network, seals }: ChainDescription): Genesis {
  try {
    if (network === undefined) {
      const parsed = parseGenesis(genesis);
      return { ...parsed, config: { ...parsed.config, sealed: parsed.config.sealed && seals } };
    }
    const rules = networkOption(network);
    const { alloc } = parseGenesis({ ...(genesis as object), config: {} });
    const header = genesisHeader(rules, rules.genesis, alloc);
    if (headerHash(header) !== rules.genesisHash) {
      throw new UsageError(
        `--genesis: expected the accounts of ${rules.name}, so that the first block is ${rules.genesisHash}, ` +
          `got ${headerHash(header)}`,
      );
    }
    return { config: { ...rules, sealed: rules.sealed && seals }, header, alloc };
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError)
      throw new UsageError(`--genesis: ${error.message}`);
    throw error;
  }
}

function networkOption(name: string) {
  try {
    return networkNamed(name);
  } catch (error) {
    throw new UsageError(`--${(error as Error).message}`);
  }
}

/** The description that a store keeps. */
export function storedDescription(store: DiskStore): ChainDescription | undefined {
  return store.description === undefined ? undefined : (JSON.parse(store.description) as ChainDescription);
}

/**
 * Opens a store to read it.
 * @throws {StoreError} when it cannot be; {UsageError} when no block was imported yet
 */
export async function readStore(folder: string): Promise<DiskStore> {
  const store = await openDiskStore(folder, { mode: 'read' });
  if (store.head === undefined) {
    await store.close();
    throw new UsageError(`${folder}: the store has no blocks yet`);
  }
  return store;
}
