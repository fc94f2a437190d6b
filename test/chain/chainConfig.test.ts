import { describe, expect, it } from 'vitest';
import { chainOfFork, forkAt, withBlobSchedule } from '../../src/chain/chainConfig.ts';
import {
  genesisConfig,
  genesisHeader,
  parseAlloc,
  parseConfig,
  parseGenesis,
} from '../../src/chain/genesis.ts';
import { fieldCountOf, headerFieldCount, headerHash } from '../../src/chain/header.ts';
import { holesky, hoodi, mainnet, NETWORKS, networkNamed, sepolia } from '../../src/chain/networks.ts';
import { testNetwork } from '../../src/chain/testNetworks.ts';
import { cancun, constantinople, FORKS, osaka, prague } from '../../src/protocol/forks.ts';

const at = (number: bigint, timestamp = 0n, parentTotalDifficulty = 0n) => ({
  number,
  timestamp,
  parentTotalDifficulty,
});

describe('public networks', () => {
  it('change forks where they did', () => {
    const name = (...position: Parameters<typeof at>) => forkAt(mainnet, at(...position)).name;
    expect(name(0n)).toBe('Frontier');
    expect(name(1_149_999n)).toBe('Frontier');
    expect(name(1_150_000n)).toBe('Homestead');
    expect(name(7_280_000n)).toBe('Petersburg');
    expect(name(15_537_393n, 1663224162n, 58_749_999_999_999_999_999_999n)).toBe('GrayGlacier');
    expect(name(15_537_394n, 1663224179n, 58_750_003_716_598_352_816_469n)).toBe('Paris');
    expect(name(17_034_870n, 1681338455n, 58_750_003_716_598_352_816_469n)).toBe('Shanghai');
    expect(name(24_000_000n, 1767747671n, 58_750_003_716_598_352_816_469n)).toBe('BPO2');
    // no time makes a chain stop mining
    expect(name(15_537_000n, 1767747671n, 0n)).toBe('GrayGlacier');
    expect(forkAt(sepolia, at(0n)).name).toBe('London');
    expect(forkAt(holesky, at(1n, 1696000704n)).name).toBe('Shanghai');
    expect(forkAt(hoodi, at(0n)).name).toBe('Cancun');
  });

  it('are found by name', () => {
    for (const network of NETWORKS) expect(networkNamed(network.name.toUpperCase())).toBe(network);
    expect(() => networkNamed('ropsten')).toThrow(RangeError);
  });
});

describe('the networks of tests', () => {
  const names = (network: string, ...positions: Parameters<typeof at>[]) =>
    positions.map((position) => forkAt(testNetwork(network), at(...position)).name);

  it('are forks, by any of their names', () => {
    for (const fork of FORKS) expect(names(fork.name, [0n])).toEqual([fork.name]);
    expect(names('ConstantinopleFix', [9n])).toEqual(['Petersburg']);
    expect(() => testNetwork('Atlantis')).toThrow(RangeError);
    expect(() => testNetwork('ParisToAtlantisAtTime15k')).toThrow(RangeError);
  });

  it('or change by number, time or total difficulty', () => {
    expect(names('BerlinToLondonAt5', [4n], [5n])).toEqual(['Berlin', 'London']);
    expect(names('ByzantiumToConstantinopleFixAt5', [4n], [5n])).toEqual(['Byzantium', 'Petersburg']);
    expect(names('ParisToShanghaiAtTime15k', [9n, 14999n], [9n, 15000n])).toEqual(['Paris', 'Shanghai']);
    expect(names('BPO1ToBPO2AtTime15k', [9n, 14999n], [9n, 15000n])).toEqual(['BPO1', 'BPO2']);
    const arrow = 'ArrowGlacierToParisAtDiffC0000';
    expect(names(arrow, [9n, 0n, 0xbffffn], [9n, 0n, 0xc0000n])).toEqual(['ArrowGlacier', 'Paris']);
    expect(testNetwork('HomesteadToDaoAt5')).toMatchObject({ daoBlock: 5n });
  });

  it('may have blob schedules of their own, which later forks inherit', () => {
    const schedule = { target: 1, max: 2, baseFeeUpdateFraction: 3n };
    const chain = testNetwork('CancunToPragueAtTime15k', 7n, new Map([['cancun', schedule]]));
    expect(chain.chainId).toBe(7n);
    expect(chain.forks.map(({ fork }) => fork.params.blobSchedule)).toEqual([schedule, schedule]);
    expect(withBlobSchedule(cancun, schedule)).toBe(chain.forks[0].fork);
    expect(withBlobSchedule(cancun, { ...cancun.params.blobSchedule! })).toBe(cancun);
    expect(
      testNetwork('Osaka', 1n, new Map([['prague', schedule]])).forks[0].fork.params.blobSchedule,
    ).toEqual(schedule);
    expect(testNetwork('Prague', 1n, new Map([['osaka', schedule]])).forks[0].fork).toBe(prague);
  });
});

describe('genesis files', () => {
  const config = {
    chainId: 3503995874084926,
    homesteadBlock: 0,
    eip150Block: 3,
    eip155Block: 6,
    eip158Block: 6,
    byzantiumBlock: 9,
    constantinopleBlock: 12,
    londonBlock: '0x1b',
    terminalTotalDifficulty: 58750000000000000000000,
    shanghaiTime: 390,
    cancunTime: null,
    blobSchedule: { cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3338477 } },
    ethash: {},
  };

  it('say when forks begin', () => {
    const parsed = parseConfig(config);
    const names = parsed.forks.map(({ fork, by, at: when }) => `${fork.name} ${by} ${when}`);
    expect(names).toEqual([
      'Frontier number 0',
      'Homestead number 0',
      'TangerineWhistle number 3',
      'SpuriousDragon number 6',
      'Byzantium number 9',
      'Constantinople number 12',
      'Petersburg number 12',
      'London number 27',
      'Paris difficulty 58750000000000000000000',
      'Shanghai timestamp 390',
    ]);
    expect(parsed).toMatchObject({ chainId: 3503995874084926n, sealed: true, daoBlock: undefined });
    expect(parseConfig({ daoForkBlock: 5, daoForkSupport: true })).toMatchObject({ daoBlock: 5n });
    expect(parseConfig({ daoForkBlock: 5, daoForkSupport: false })).toMatchObject({ daoBlock: undefined });
  });

  it('are written of chains that are under one fork from the start', () => {
    // Constantinople alone is what they cannot say: Petersburg comes with it where it is not named.
    for (const fork of FORKS.filter((one) => one !== constantinople)) {
      const { chainId, forks } = parseConfig(genesisConfig(fork, 5));
      expect([chainId, forks.at(-1)?.fork, forks.at(-1)?.at]).toEqual([5n, fork, 0n]);
    }
  });

  it('schedule blobs by any name of a fork', () => {
    const schedule = { target: 1, max: 2, baseFeeUpdateFraction: 3 };
    const parsed = parseConfig({ amsterdamTime: 5, blobSchedule: { bpo2: null, amsterdam: schedule } });
    expect(parsed.forks.at(-1)).toMatchObject({
      by: 'timestamp',
      at: 5n,
      fork: { name: 'Amsterdam', params: { blobSchedule: { ...schedule, baseFeeUpdateFraction: 3n } } },
    });
  });

  it('that ask for what there is not are refused', () => {
    expect(() => parseConfig({ bogotaTime: 5 })).toThrow(/bogotaTime/);
    expect(() => parseConfig({ eip155Block: 5, eip158Block: 6 })).toThrow(RangeError);
    expect(() => parseConfig({ londonBlock: 'soon' })).toThrow(TypeError);
    expect(() => parseConfig({ londonBlock: -1 })).toThrow(TypeError);
    expect(() => parseConfig([])).toThrow(TypeError);
    expect(() => parseGenesis({ config: {}, nonce: `0x${'11'.repeat(9)}` })).toThrow(TypeError);
    expect(() => parseAlloc({ '0x12': {} })).toThrow(TypeError);
    expect(() => parseAlloc({ [`0x${'11'.repeat(20)}`]: { storage: { 0: 'zz' } } })).toThrow(TypeError);
  });

  it('describe a header; what they leave out follows from the fork', () => {
    const file = {
      config: { ...config, terminalTotalDifficulty: 0, shanghaiTime: 0, cancunTime: 0, pragueTime: 0 },
      nonce: '0x42',
      timestamp: '0x10',
      extraData: '0x0102',
      gasLimit: '0x1c9c380',
      coinbase: '0000000000000000000000000000000000000000',
      baseFeePerGas: null,
      alloc: {
        ['11'.repeat(20)]: { balance: '0x10', nonce: 1, code: '0x6001', storage: { '0x1': '0x02' } },
      },
    };
    const { header, alloc } = parseGenesis(file);
    expect(header).toMatchObject({
      nonce: '0x0000000000000042',
      timestamp: 16n,
      gasLimit: 30_000_000n,
      difficulty: 0n,
      baseFee: 1_000_000_000n,
      excessBlobGas: 0n,
    });
    expect(fieldCountOf(header)).toBe(headerFieldCount(prague));
    expect(alloc.get(`0x${'11'.repeat(20)}`)).toEqual({
      nonce: 1n,
      balance: 16n,
      code: Uint8Array.of(0x60, 1),
      storage: new Map([[1n, 2n]]),
    });
  });

  it('need not say anything: a header has the fields of its fork', () => {
    for (const fork of FORKS) {
      const header = genesisHeader(chainOfFork(fork), {}, new Map());
      expect(fieldCountOf(header)).toBe(headerFieldCount(fork));
    }
    expect(headerHash(genesisHeader(chainOfFork(osaka), {}, new Map()))).toMatch(/^0x[0-9a-f]{64}$/);
  });
});
