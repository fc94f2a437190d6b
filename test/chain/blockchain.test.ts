import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, bigIntToBytes, fromHex, type Hex, toHex } from '../../src/bytes.ts';
import { encodeBlock, ommersHash } from '../../src/chain/block.ts';
import { Blockchain } from '../../src/chain/blockchain.ts';
import { type BlockPlan, buildBlock } from '../../src/chain/buildBlock.ts';
import { chainOfFork } from '../../src/chain/chainConfig.ts';
import type { StoredBlock } from '../../src/chain/chainStore.ts';
import { checkResult, executeBlock, recoverSenders } from '../../src/chain/executeBlock.ts';
import { genesisHeader } from '../../src/chain/genesis.ts';
import { type Header, headerHash, ZERO_HASH } from '../../src/chain/header.ts';
import { addressOfPrivateKey } from '../../src/chain/signature.ts';
import { BEACON_ROOTS_CONTRACT, BLOCK_HASHES_CONTRACT } from '../../src/chain/systemCalls.ts';
import { testNetwork } from '../../src/chain/testNetworks.ts';
import type { Transaction } from '../../src/chain/transaction.ts';
import { signTransaction } from '../../src/chain/transactionSender.ts';
import { InvalidBlock, InvalidTransaction } from '../../src/errors.ts';
import {
  byzantium,
  cancun,
  type Fork,
  homestead,
  london,
  paris,
  prague,
  shanghai,
} from '../../src/protocol/forks.ts';
import type { GenesisAccount, StateDiff } from '../../src/state/diff.ts';
import type { AsyncStateSource } from '../../src/state/source.ts';
import { run, runSync } from '../../src/task.ts';
import { mutated } from './blockArbitraries.ts';

const KEY = bigIntToBytes(0xa11cen, 32);
const SENDER = addressOfPrivateKey(KEY);
const CONTRACT: Address = `0x${'cc'.repeat(20)}`;
const MINER: Address = `0x${'aa'.repeat(20)}`;
const OMMER_MINER: Address = `0x${'bb'.repeat(20)}`;
const ETHER = 10n ** 18n;

/** Builds a block and adds it, by way of its bytes. */
const extend = (chain: Blockchain, parent: StoredBlock, plan: BlockPlan = {}): StoredBlock =>
  chain.addBlock(encodeBlock(buildBlock(chain, parent, { seconds: 13n, ...plan })));

const account = (fields: Partial<GenesisAccount>): GenesisAccount => ({
  nonce: 0n,
  balance: 0n,
  code: new Uint8Array(0),
  storage: new Map(),
  ...fields,
});

function chainOf(
  config = chainOfFork(homestead),
  more: readonly (readonly [Address, GenesisAccount])[] = [],
): Blockchain {
  const alloc = new Map<Address, GenesisAccount>([
    [SENDER, account({ balance: 1000n * ETHER })],
    // NUMBER - 1's BLOCKHASH is stored at the block's number: PUSH1 1 NUMBER SUB BLOCKHASH NUMBER SSTORE
    [CONTRACT, account({ code: fromHex('600143034043'.concat('55')) })],
    ...more,
  ]);
  const fields = { gasLimit: 30_000_000n, coinbase: MINER, timestamp: 1n, difficulty: 131_072n };
  const staked = config.forks[0].fork.rules.proofOfStake;
  const header = genesisHeader(config, { ...fields, difficulty: staked ? 0n : fields.difficulty }, alloc);
  return new Blockchain({ config, header, alloc });
}

const onFork = (fork: Fork, more?: Parameters<typeof chainOf>[1]) => chainOf(chainOfFork(fork), more);

function call(nonce: bigint, to: Address = CONTRACT, value = 0n, gasPrice = 10n ** 10n): Transaction {
  const data = new Uint8Array(0);
  return signTransaction({ type: 0, nonce, gasPrice, gasLimit: 100_000n, to, value, data }, KEY);
}

function faultOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof InvalidBlock) return error.fault;
    throw error;
  }
  return 'none';
}

const balance = (chain: Blockchain, hash: Hex, address: Address) =>
  chain.state(hash).account(address)?.balance ?? 0n;

describe('a chain', () => {
  it('begins with its genesis, which must be of its allocation', () => {
    const chain = chainOf();
    expect(chain.head).toBe(chain.genesis);
    expect(balance(chain, chain.head.block.hash, SENDER)).toBe(1000n * ETHER);
    const header = { ...chain.genesis.block.header, stateRoot: ZERO_HASH };
    const wrong = { config: chain.config, header, alloc: new Map() };
    expect(faultOf(() => new Blockchain(wrong))).toBe('stateRoot');
  });

  it('executes what blocks hold', () => {
    for (const fork of [homestead, byzantium, london, paris, shanghai]) {
      const chain = onFork(fork);
      const one = extend(chain, chain.genesis, { transactions: [call(0n), call(1n, MINER, 5n)] });
      expect(chain.head.block.hash).toBe(one.block.hash);
      expect(one.receipts.map(({ cumulativeGasUsed }) => cumulativeGasUsed).at(-1)).toBe(
        one.block.header.gasUsed,
      );
      expect(typeof one.receipts[0].outcome).toBe(fork.rules.receiptStatus ? 'boolean' : 'string');
      const stored = chain.state(one.block.hash).slot(CONTRACT, 1n);
      expect(stored).toBe(BigInt(chain.genesis.block.hash));
      expect(chain.state(chain.genesis.block.hash).slot(CONTRACT, 1n)).toBe(0n);
      expect(balance(chain, one.block.hash, MINER)).toBeGreaterThanOrEqual(5n + fork.params.blockReward);
    }
  });

  it('keeps its branches apart, and the one with more difficulty counts', () => {
    const chain = chainOf();
    const a1 = extend(chain, chain.genesis, { transactions: [call(0n, MINER, 1n)] });
    const b1 = extend(chain, chain.genesis, { transactions: [call(0n, MINER, 2n)] });
    // the same difficulty: what came first stays
    expect(a1.totalDifficulty).toBe(b1.totalDifficulty);
    expect(chain.head.block.hash).toBe(a1.block.hash);
    const b2 = extend(chain, b1, { transactions: [call(1n)] });
    expect(chain.head.block.hash).toBe(b2.block.hash);
    expect(chain.state(b2.block.hash).slot(CONTRACT, 2n)).toBe(BigInt(b1.block.hash));
    const a2 = extend(chain, a1, { transactions: [call(1n)], seconds: 5n });
    expect(chain.head.block.hash).toBe(a2.block.hash);
    expect(chain.state(a2.block.hash).slot(CONTRACT, 2n)).toBe(BigInt(a1.block.hash));
    expect(balance(chain, b1.block.hash, MINER) - balance(chain, a1.block.hash, MINER)).toBe(1n);
    expect(chain.state(b2.block.hash).blockHash(1n)).toBe(BigInt(b1.block.hash));
    expect(chain.state(b2.block.hash).blockHash(3n)).toBe(0n);
  });

  it('without mining, follows what is added', () => {
    const chain = onFork(paris);
    const a1 = extend(chain, chain.genesis);
    const b1 = extend(chain, chain.genesis, { seconds: 20n });
    expect(chain.head.block.hash).toBe(b1.block.hash);
    const a2 = extend(chain, a1);
    expect(chain.head.block.hash).toBe(a2.block.hash);
  });

  it('takes the head that it is told to', () => {
    const chain = onFork(paris);
    const a1 = extend(chain, chain.genesis);
    extend(chain, chain.genesis, { seconds: 20n });
    chain.setHead(a1.block.hash);
    expect(chain.head.block.hash).toBe(a1.block.hash);
    expect(() => chain.setHead(ZERO_HASH)).toThrow(RangeError);
    expect(chain.head.block.hash).toBe(a1.block.hash);
  });

  it('stops mining at its terminal difficulty', () => {
    const chain = chainOf(testNetwork('ArrowGlacierToParisAtDiff40000'));
    const one = extend(chain, chain.genesis);
    expect(one.block.header.difficulty).toBeGreaterThan(0n);
    const two = extend(chain, one);
    expect(two.block.header.difficulty).toBe(0n);
    const mined = { ...two.block.header, difficulty: one.block.header.difficulty };
    expect(faultOf(() => chain.addBlock(encodeBlock({ ...two.block, header: mined })))).toBe(
      'difficultyNotZero',
    );
    // another mined sibling does not take the head away
    extend(chain, chain.genesis, { seconds: 2n });
    expect(chain.head.block.hash).toBe(two.block.hash);
  });

  it('knows a block that comes again', () => {
    const chain = chainOf();
    const block = buildBlock(chain, chain.genesis);
    expect(chain.add(block)).toMatchObject({ isHead: true });
    expect(chain.add(block)).toMatchObject({ isHead: true, result: undefined });
  });
});

describe('executing a block', () => {
  it('comes to the same whether state is at hand or takes its time', async () => {
    for (const fork of [homestead, cancun]) {
      const chain = onFork(fork, [[BLOCK_HASHES_CONTRACT, account({ balance: 1n })]]);
      const plan: BlockPlan = { transactions: [call(0n), call(1n, MINER, 5n)] };
      const block = buildBlock(chain, chain.genesis, plan);
      const source = chain.state(chain.genesis.block.hash);
      const later: AsyncStateSource = {
        account: async (address) => source.account(address),
        code: async (hash, address) => source.code(hash, address),
        slot: async (address, key) => source.slot(address, key),
        blockHash: async (number) => source.blockHash(number),
      };
      const setting = {
        chainId: 1n,
        depositContract: chain.config.depositContract,
        isDaoFork: false,
        rootAfter: (diff: StateDiff) => {
          const trie = chain.stateTrie(chain.genesis.block.hash);
          trie.apply(diff);
          return toHex(trie.root());
        },
      };
      const task = () => executeBlock(chain.evm(fork), block, recoverSenders(block, fork), setting);
      const result = runSync(task(), source);
      expect(await run(task(), later)).toEqual(result);
      expect(() => checkResult(block.header, result, fork)).not.toThrow();
    }
  });

  it('takes senders that were recovered before', () => {
    const chain = onFork(london);
    const block = buildBlock(chain, chain.genesis, { transactions: [call(0n)] });
    expect(faultOf(() => chain.add(block, [MINER]))).toBe('transaction');
    expect(chain.add(block, recoverSenders(block, london))).toMatchObject({ isHead: true });
  });
});

describe('an invalid block', () => {
  const chain = onFork(shanghai);
  const parent = extend(chain, chain.genesis, { transactions: [call(0n)] });
  const plan: BlockPlan = {
    transactions: [call(1n), call(2n, MINER, 1n)],
    withdrawals: [{ index: 0n, validatorIndex: 1n, address: MINER, amount: 7n }],
  };
  const valid = buildBlock(chain, parent, plan);
  const withHeader = (header: Partial<Header>) => () =>
    chain.addBlock(encodeBlock({ ...valid, header: { ...valid.header, ...header } }));

  it('is told by the first thing that is wrong with it', () => {
    const wrong = toHex(new Uint8Array(32).fill(1));
    expect(faultOf(withHeader({ parentHash: wrong }))).toBe('unknownParent');
    expect(faultOf(withHeader({ stateRoot: wrong }))).toBe('stateRoot');
    expect(faultOf(withHeader({ receiptsRoot: wrong }))).toBe('receiptsRoot');
    expect(faultOf(withHeader({ transactionsRoot: wrong }))).toBe('transactionsRoot');
    expect(faultOf(withHeader({ withdrawalsRoot: wrong }))).toBe('withdrawalsRoot');
    expect(faultOf(withHeader({ logsBloom: new Uint8Array(256).fill(1) }))).toBe('logsBloom');
    expect(faultOf(withHeader({ gasUsed: 21_000n }))).toBe('gasUsed');
    expect(faultOf(withHeader({ ommersHash: wrong }))).toBe('ommersNotEmpty');
    expect(faultOf(() => chain.addBlock(encodeBlock({ ...valid, withdrawals: undefined })))).toBe('format');
    expect(faultOf(() => chain.addBlock(encodeBlock({ ...valid, ommers: [valid.header] })))).toBe(
      'ommersHash',
    );
  });

  it('names its transaction', () => {
    const block = { ...valid, transactions: [call(1n), call(9n)] };
    try {
      chain.addBlock(encodeBlock(block));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidBlock);
      expect(error).toMatchObject({ fault: 'transaction', actual: 9n, expected: 2n });
      expect((error as InvalidBlock).message).toMatch(/^transaction 1: /);
      const { cause } = error as InvalidBlock;
      expect(cause).toBeInstanceOf(InvalidTransaction);
      expect(cause).toMatchObject({ fault: 'nonceTooHigh' });
    }
    const unsigned = { ...call(1n), s: 0n };
    const fault = faultOf(() => chain.addBlock(encodeBlock({ ...valid, transactions: [unsigned] })));
    expect(fault).toBe('transaction');
  });

  it('leaves the chain as it was, whatever its bytes', () => {
    fc.assert(
      fc.property(mutated(encodeBlock(valid)), (bytes) => {
        const before = chain.head;
        fc.pre(toHex(bytes) !== toHex(encodeBlock(valid)));
        try {
          chain.addBlock(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidBlock);
          expect(chain.head).toBe(before);
          return;
        }
        // some changes are allowed: of the extra data, of the time
        expect(chain.head.block.header.stateRoot).toBe(valid.header.stateRoot);
      }),
      { numRuns: 200 },
    );
    expect(chain.add(valid)).toMatchObject({ isHead: true });
  });
});

describe('ommers', () => {
  const chain = onFork(byzantium);
  const g = chain.genesis;
  const one = extend(chain, g);
  const brother = buildBlock(chain, g, { header: { coinbase: OMMER_MINER }, seconds: 14n });

  it('are paid by their age, and so is who includes them', () => {
    const two = extend(chain, one, { ommers: [brother.header] });
    const reward = byzantium.params.blockReward;
    const gained = (address: Address) =>
      balance(chain, two.block.hash, address) - balance(chain, one.block.hash, address);
    expect(gained(OMMER_MINER)).toBe((reward * 7n) / 8n);
    expect(gained(MINER)).toBe(reward + reward / 32n);
    const again = () => extend(chain, two, { ommers: [brother.header] });
    expect(faultOf(again)).toBe('ommerIncluded');
  });

  it('are others, few, young and near', () => {
    const two = buildBlock(chain, one);
    const withOmmers = (ommers: readonly Header[]) => () =>
      chain.addBlock(
        encodeBlock({ ...two, ommers, header: { ...two.header, ommersHash: ommersHash(ommers) } }),
      );
    const { header } = brother;
    expect(faultOf(withOmmers([header, header]))).toBe('ommerTwice');
    expect(faultOf(withOmmers([header, header, header]))).toBe('tooManyOmmers');
    expect(faultOf(withOmmers([one.block.header]))).toBe('ommerIsAncestor');
    expect(faultOf(withOmmers([two.header]))).toBe('ommerParent');
    expect(faultOf(withOmmers([{ ...header, parentHash: ZERO_HASH }]))).toBe('ommerParent');
    expect(faultOf(withOmmers([{ ...header, difficulty: 1n }]))).toBe('difficulty');
    expect(faultOf(withOmmers([{ ...header, gasLimit: 1n }]))).toBe('gasLimit');
    expect(faultOf(() => chain.addBlock(encodeBlock({ ...two, ommers: [header] })))).toBe('ommersHash');
    let last = one;
    for (let i = 0; i < 6; i++) last = extend(chain, last);
    expect(faultOf(() => extend(chain, last, { ommers: [header] }))).toBe('ommerTooOld');
  });
});

describe('system calls', () => {
  // stores what it is called with at the block's number: CALLDATALOAD(0) NUMBER SSTORE
  const storing = account({ code: fromHex('60003543'.concat('55')), nonce: 1n });

  it('tell contracts of the parent and of the beacon chain, and fail in silence', () => {
    const root = toHex(new Uint8Array(32).fill(3));
    const failing = account({ code: fromHex('fe'), nonce: 1n });
    for (const hashes of [storing, failing]) {
      const chain = onFork(cancun, [
        [BEACON_ROOTS_CONTRACT, storing],
        [BLOCK_HASHES_CONTRACT, hashes],
      ]);
      const one = extend(chain, chain.genesis, { header: { parentBeaconRoot: root } });
      expect(chain.state(one.block.hash).slot(BEACON_ROOTS_CONTRACT, 1n)).toBe(BigInt(root));
      expect(one.block.header.gasUsed).toBe(0n);
    }
  });

  it('ask for requests, and the block needs an answer', () => {
    const withdrawals: Address = '0x00000961ef480eb55e80d19ad83579a64c007002';
    const consolidations: Address = '0x0000bbddc7ce488642fb579f8b00f3a590007251';
    // returns one byte, 0
    const answering = account({ code: fromHex('60016000f3'), nonce: 1n });
    const failing = account({ code: fromHex('fe'), nonce: 1n });
    const build = (one: GenesisAccount, other: GenesisAccount) => () => {
      const chain = onFork(prague, [
        [withdrawals, one],
        [consolidations, other],
      ]);
      return buildBlock(chain, chain.genesis);
    };
    const silent = account({ code: fromHex('00'), nonce: 1n });
    expect(faultOf(build(account({ nonce: 1n }), answering))).toBe('systemContractEmpty');
    expect(faultOf(build(answering, failing))).toBe('systemContractFailed');
    const hashes = [
      build(silent, silent)(),
      build(answering, silent)(),
      build(silent, answering)(),
      build(answering, answering)(),
    ].map(({ header }) => header.requestsHash);
    expect(new Set(hashes).size).toBe(4);
    expect(hashes[0]).toMatch(/^0xe3b0c442/);
  });
});

describe('withdrawals', () => {
  it('are gwei, and touch', () => {
    const empty: Address = `0x${'ee'.repeat(20)}`;
    const chain = onFork(shanghai, [[empty, account({})]]);
    const give = (address: Address, amount: bigint) => ({ index: 0n, validatorIndex: 0n, address, amount });
    const one = extend(chain, chain.genesis, { withdrawals: [give(MINER, 7n), give(empty, 0n)] });
    expect(balance(chain, one.block.hash, MINER)).toBe(7_000_000_000n);
    expect(chain.state(one.block.hash).account(empty)).toBeUndefined();
    expect(chain.state(chain.genesis.block.hash).account(empty)).toBeDefined();
  });
});

describe('the DAO fork', () => {
  it('moves what the drained accounts own, in marked blocks', () => {
    const drained: Address = '0xd4fe7bc31cedb7bfb8a345f31e668033056b2728';
    const refunds: Address = '0xbf4ed7b27f1d666546e30d74d50d173d20bca754';
    const chain = chainOf(testNetwork('HomesteadToDaoAt1'), [[drained, account({ balance: 9n })]]);
    expect(faultOf(() => extend(chain, chain.genesis))).toBe('extraDataNotDao');
    const extraData = new TextEncoder().encode('dao-hard-fork');
    const one = extend(chain, chain.genesis, { header: { extraData } });
    expect(balance(chain, one.block.hash, refunds)).toBe(9n);
    expect(balance(chain, one.block.hash, drained)).toBe(0n);
    expect(headerHash(one.block.header)).toBe(one.block.hash);
  });
});
