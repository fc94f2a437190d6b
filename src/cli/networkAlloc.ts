/** The accounts that the public networks began with: a package has them, which is asked for only when it comes to it. */

import type { Network } from '../chain/networks.ts';
import { UsageError } from './host.ts';

/** What the package says of an account: its balance, or that, its code, its slots and its nonce. */
type PackedAccount = string | readonly [string, string?, (readonly (readonly [string, string])[])?, string?];

/**
 * A public network's `alloc`, as genesis files have it.
 * @throws {UsageError} when the package is not installed, or lacks the network
 */
export async function networkAlloc(network: Network): Promise<Readonly<Record<string, unknown>>> {
  const packed = await packedState(network);
  return Object.fromEntries(Object.entries(packed).map(([address, account]) => [address, unpacked(account)]));
}

async function packedState({ name, chainId }: Network): Promise<Readonly<Record<string, PackedAccount>>> {
  const other = 'or name its genesis file with --genesis';
  let getGenesis: (chainId: number) => unknown;
  try {
    ({ getGenesis } = await import('@ethereumjs/genesis'));
  } catch {
    throw new UsageError(
      `--network ${name}: the accounts that it begins with are in a package of their own; ` +
        `install it with 'npm install @ethereumjs/genesis', ${other}`,
    );
  }
  const state = getGenesis(Number(chainId));
  if (state === undefined) throw new UsageError(`--network ${name}: @ethereumjs/genesis has none; ${other}`);
  return state as Readonly<Record<string, PackedAccount>>;
}

function unpacked(account: PackedAccount): Readonly<Record<string, unknown>> {
  if (typeof account === 'string') return { balance: account };
  const [balance, code = '0x', slots = [], nonce = '0x0'] = account;
  const storage = Object.fromEntries(slots.map(([key, value]) => [prefixed(key), prefixed(value)]));
  return { balance, code: prefixed(code), storage, nonce };
}

const prefixed = (hex: string): string => (hex.startsWith('0x') ? hex : `0x${hex}`);
