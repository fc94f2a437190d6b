/**
 * The public networks: when each fork began, and the headers that they began with. The accounts that they began with
 * are not part of the library: they would be most of it.
 */

import { fromHex, type Hex } from '../bytes.ts';
import * as forks from '../protocol/forks.ts';
import { type Activation, type ChainConfig, DEPOSIT_CONTRACT } from './chainConfig.ts';
import type { GenesisFields } from './genesis.ts';

/** A public network. */
export interface Network extends ChainConfig {
  readonly name: string;
  readonly genesisHash: Hex;
  /** what the header of the first block says */
  readonly genesis: GenesisFields;
}

const from = (fork: forks.Fork, by: Activation['by'], at: bigint): Activation => ({ fork, by, at });

/** The forks by time, in order, for networks that took them all. */
function byTime(...times: readonly [bigint, bigint, bigint, bigint, bigint, bigint]): Activation[] {
  const { shanghai, cancun, prague, osaka, bpo1, bpo2 } = forks;
  const inOrder = [shanghai, cancun, prague, osaka, bpo1, bpo2];
  return inOrder.map((fork, at) => from(fork, 'timestamp', times[at]));
}

/** https://github.com/ethereum/execution-specs lists the activations of mainnet. */
export const mainnet: Network = {
  name: 'mainnet',
  genesisHash: '0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3',
  genesis: {
    difficulty: 17_179_869_184n,
    gasLimit: 5000n,
    extraData: fromHex('0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa'),
    nonce: '0x0000000000000042',
  },
  chainId: 1n,
  daoBlock: 1_920_000n,
  depositContract: DEPOSIT_CONTRACT,
  sealed: true,
  forks: [
    from(forks.frontier, 'number', 0n),
    from(forks.homestead, 'number', 1_150_000n),
    from(forks.tangerineWhistle, 'number', 2_463_000n),
    from(forks.spuriousDragon, 'number', 2_675_000n),
    from(forks.byzantium, 'number', 4_370_000n),
    from(forks.petersburg, 'number', 7_280_000n),
    from(forks.istanbul, 'number', 9_069_000n),
    from(forks.muirGlacier, 'number', 9_200_000n),
    from(forks.berlin, 'number', 12_244_000n),
    from(forks.london, 'number', 12_965_000n),
    from(forks.arrowGlacier, 'number', 13_773_000n),
    from(forks.grayGlacier, 'number', 15_050_000n),
    from(forks.paris, 'difficulty', 58_750_000_000_000_000_000_000n),
    ...byTime(1681338455n, 1710338135n, 1746612311n, 1764798551n, 1765290071n, 1767747671n),
  ],
};

export const sepolia: Network = {
  name: 'sepolia',
  genesisHash: '0x25a5cc106eea7138acab33231d7160d69cb777ee0c2c553fcddf5138993e6dd9',
  genesis: {
    difficulty: 131_072n,
    gasLimit: 30_000_000n,
    timestamp: 1633267481n,
    extraData: new TextEncoder().encode('Sepolia, Athens, Attica, Greece!'),
  },
  chainId: 11155111n,
  daoBlock: undefined,
  depositContract: '0x7f02c3e3c98b133055b8b348b2ac625669ed295d',
  sealed: true,
  forks: [
    from(forks.london, 'number', 0n),
    from(forks.paris, 'difficulty', 17_000_000_000_000_000n),
    ...byTime(1677557088n, 1706655072n, 1741159776n, 1760427360n, 1761017184n, 1761607008n),
  ],
};

export const holesky: Network = {
  name: 'holesky',
  genesisHash: '0xb5f7f912443c940f21fd611f12828d75b534364ed9e95ca4e307729a4661bde4',
  genesis: {
    difficulty: 1n,
    gasLimit: 25_000_000n,
    timestamp: 1695902100n,
    nonce: '0x0000000000001234',
  },
  chainId: 17000n,
  daoBlock: undefined,
  depositContract: '0x4242424242424242424242424242424242424242',
  sealed: true,
  forks: [
    from(forks.paris, 'number', 0n),
    ...byTime(1696000704n, 1707305664n, 1740434112n, 1759308480n, 1759800000n, 1760389824n),
  ],
};

export const hoodi: Network = {
  name: 'hoodi',
  genesisHash: '0xbbe312868b376a3001692a646dd2d7d1e4406380dfd86b98aa8a34d1557c971b',
  genesis: {
    difficulty: 1n,
    gasLimit: 36_000_000n,
    timestamp: 1742212800n,
    nonce: '0x0000000000001234',
  },
  chainId: 560048n,
  daoBlock: undefined,
  depositContract: DEPOSIT_CONTRACT,
  sealed: true,
  forks: [
    from(forks.cancun, 'number', 0n),
    ...byTime(0n, 0n, 1742999832n, 1761677592n, 1762365720n, 1762955544n).slice(2),
  ],
};

/** Every public network. */
export const NETWORKS: readonly Network[] = [mainnet, sepolia, holesky, hoodi];

/**
 * A public network by its name, whatever the case.
 * @throws {RangeError} when there is none
 */
export function networkNamed(name: string): Network {
  const found = NETWORKS.find((network) => network.name === name.toLowerCase());
  if (found === undefined) {
    const names = NETWORKS.map((network) => network.name).join(', ');
    throw new RangeError(`network: expected one of ${names}, got ${JSON.stringify(name)}`);
  }
  return found;
}
