/** Blocks executed by their access lists: as in order where the list is true, and never taken in by one that is not. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Address, bigIntToBytes, toHex } from '../../src/bytes.ts';
import { type Block, blockOf, decodeBlock } from '../../src/chain/block.ts';
import {
  type AccountAccessJson,
  blockAccessListFromJson,
  blockAccessListHash,
  blockAccessListToJson,
  encodeBlockAccessList,
} from '../../src/chain/blockAccessList.ts';
import { decodeBlockAccessList } from '../../src/chain/blockAccessListDecode.ts';
import { type AddedBlock, Blockchain } from '../../src/chain/blockchain.ts';
import { buildBlock } from '../../src/chain/buildBlock.ts';
import { chainOfFork } from '../../src/chain/chainConfig.ts';
import { recoverSenders } from '../../src/chain/executeBlock.ts';
import type { BlockWorkers } from '../../src/chain/executeListed.ts';
import { genesisHeader } from '../../src/chain/genesis.ts';
import { executeShare } from '../../src/chain/listedTransactions.ts';
import { listFault } from '../../src/chain/listFault.ts';
import { addressOfPrivateKey } from '../../src/chain/signature.ts';
import type { Transaction } from '../../src/chain/transaction.ts';
import { signTransaction } from '../../src/chain/transactionSender.ts';
import { archiveMembers } from '../../src/conformance/archives.ts';
import { isBlockTest, readBlockTest } from '../../src/conformance/blockTestFormat.ts';
import { InvalidBlock } from '../../src/errors.ts';
import { saltedCreationAddress } from '../../src/machine/host/create.ts';
import { balDevnet } from '../../src/protocol/forks.ts';
import { type AccountAccess, type BlockAccessList, ONLY_ACCESSED } from '../../src/state/accessRecorder.ts';
import type { GenesisAccount } from '../../src/state/diff.ts';
import { account, ETHER, NOBODY, OTHER, plainText, program, wordOf } from '../machine/program.ts';

const KEYS = [1n, 2n, 3n, 4n].map((key) => bigIntToBytes(key, 32));
const SENDERS = KEYS.map(addressOfPrivateKey);
const MINER: Address = `0x${'aa'.repeat(20)}`;
const EMPTY: Address = `0x${'e0'.repeat(20)}`;
const STORE: Address = `0x${'50'.repeat(20)}`;
const MAKER: Address = `0x${'60'.repeat(20)}`;
const ASKER: Address = `0x${'70'.repeat(20)}`;

/** Stores word 1 of the call data under word 0, and sends word 2 wei to whom word 3 names. */
const store = program(
  ...([32n, 'CALLDATALOAD', 0n, 'CALLDATALOAD', 'SSTORE'] as const),
  ...([0n, 0n, 0n, 0n, 64n, 'CALLDATALOAD', 96n, 'CALLDATALOAD', 'GAS', 'CALL'] as const),
);
/** Creates what its call data say, by CREATE2, with the value that it gets. */
const maker = program('CALLDATASIZE', 0n, 0n, 'CALLDATACOPY', 0n, 'CALLDATASIZE', 0n, 'CALLVALUE', 'CREATE2');
/** Stores the hash of the block that word 0 of its call data names, and asks for a balance. */
const asker = program(
  ...([0n, 'CALLDATALOAD', 'BLOCKHASH', 1n, 'SSTORE'] as const),
  ...([32n, 'CALLDATALOAD', 'BALANCE', 'POP'] as const),
);
const stopping = account({ nonce: 1n, code: program('STOP') });

function newChain(): Blockchain {
  const config = chainOfFork(balDevnet);
  const alloc = new Map<Address, GenesisAccount>([
    ...SENDERS.map((sender): [Address, GenesisAccount] => [sender, account({ balance: 1000n * ETHER })]),
    [STORE, account({ nonce: 1n, balance: 100n, code: store, storage: new Map([[1n, 1n]]) })],
    [MAKER, account({ nonce: 1n, code: maker })],
    [ASKER, account({ nonce: 1n, code: asker })],
    ...[...balDevnet.requestContracts.values()].map((contract): [Address, GenesisAccount] => [
      contract,
      stopping,
    ]),
    [EMPTY, account()],
  ]);
  const fields = { gasLimit: 120_000_000n, coinbase: MINER, baseFee: 7n };
  return new Blockchain({ config, alloc, header: genesisHeader(config, fields, alloc) });
}

const words = (...values: bigint[]): Uint8Array =>
  Uint8Array.from(values.flatMap((value) => [...bigIntToBytes(value, 32)]));

/** Initcode that stores, and deploys a byte or destroys itself. */
const deploying = program(5n, 2n, 'SSTORE', 1n, 0n, 'RETURN');
const vanishing = program(5n, 2n, 'SSTORE', wordOf(NOBODY), 'SELFDESTRUCT');

/** What a transaction does, without its nonce. */
interface Deed {
  readonly sender: number;
  readonly to: Address | null;
  readonly value?: bigint;
  readonly data?: Uint8Array;
  readonly gasLimit?: bigint;
}

function signed(deeds: readonly Deed[]): Transaction[] {
  const nonces = [0n, 0n, 0n, 0n];
  return deeds.map(({ sender, to, value = 0n, data = new Uint8Array(0), gasLimit = 2_000_000n }) =>
    signTransaction(
      { type: 0, nonce: nonces[sender]++, gasPrice: 7n + BigInt(sender), gasLimit, to, value, data },
      KEYS[sender],
    ),
  );
}

const created = [deploying, vanishing].map((initcode) => saltedCreationAddress(MAKER, 0n, initcode));
const anyone = fc.constantFrom(...SENDERS, MINER, OTHER, STORE, ...created);
const sender = fc.nat(3);
const small = fc.bigInt(0n, 3n);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ sender, to: anyone, value: small }),
  fc
    .record({ sender, slot: small, value: small, wei: small, to: anyone, gas: fc.nat(60_000) })
    .map(({ sender, slot, value, wei, to, gas }) => ({
      sender,
      to: STORE,
      data: words(slot, value, wei, wordOf(to)),
      gasLimit: 30_000n + BigInt(gas),
    })),
  fc
    .record({ sender, value: small, data: fc.constantFrom(deploying, vanishing) })
    .map((fields) => ({ ...fields, to: MAKER })),
  fc.record({ sender, value: small, data: fc.constantFrom(deploying, vanishing) }).map((fields) => ({
    ...fields,
    to: null,
  })),
  fc.record({ sender, number: small, to: anyone }).map(({ sender, number, to }) => ({
    sender,
    to: ASKER,
    data: words(number, wordOf(to)),
  })),
);

interface Executed {
  readonly block: Block;
  readonly list: BlockAccessList;
  readonly result: NonNullable<AddedBlock['result']>;
}

function inOrder(deeds: readonly Deed[]): Executed {
  const chain = newChain();
  const withdrawals = [{ index: 0n, validatorIndex: 0n, address: OTHER, amount: 3n }];
  const block = buildBlock(chain, chain.genesis, { transactions: signed(deeds), withdrawals });
  const result = chain.add(block).result!;
  return { block, list: result.blockAccessList!, result };
}

/** Two who share the work, taking turns at being the first. */
const workers = (count: number, chain: Blockchain): BlockWorkers => ({
  execute: async (work) =>
    Array.from({ length: count }, () => executeShare(chain.evm(balDevnet), structuredClone(work))),
});

/** The fault of adding a block, `none` where it is valid. */
async function faultOf(add: () => unknown): Promise<string> {
  try {
    await add();
  } catch (error) {
    if (error instanceof InvalidBlock) return error.fault;
    throw error;
  }
  return 'none';
}

describe('a true list', () => {
  it('leads to what execution in order leads to, whoever does the work', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { maxLength: 12 }), fc.nat(1), async (deeds, others) => {
        const { block, list, result } = inOrder(deeds);
        const chain = newChain();
        const added = await chain.addListed(block, list, workers(others, chain));
        // The very list, not one made anew: it was followed.
        expect(added.result!.blockAccessList).toBe(list);
        expect(plainText(added.result)).toBe(plainText(result));
        expect(chain.head.block.hash).toBe(block.hash);
      }),
      { numRuns: 150 },
    );
  });

  it('is given up where an account goes that was empty all along: nothing lists that', async () => {
    const { block, list, result } = inOrder([
      { sender: 0, to: EMPTY },
      { sender: 1, to: EMPTY },
    ]);
    expect(result.diff.get(EMPTY)?.after).toBeUndefined();
    const added = await newChain().addListed(block, list);
    expect(added.result!.blockAccessList).not.toBe(list);
    expect(plainText(added.result)).toBe(plainText(result));
  });

  it('lets no block in while another is being added', async () => {
    const { block, list } = inOrder([{ sender: 0, to: OTHER, value: 1n }]);
    const chain = newChain();
    const adding = chain.addListed(block, list);
    expect(() => chain.add(block)).toThrow('block: expected the one before it to be added first');
    expect((await adding).isHead).toBe(true);
  });

  it('of another block, and none, only take longer', async () => {
    const { block } = inOrder([{ sender: 0, to: OTHER, value: 1n }]);
    const { list: other } = inOrder([{ sender: 1, to: OTHER, value: 1n }]);
    expect((await newChain().addListed(block, other)).isHead).toBe(true);
    expect((await newChain().addListed(block, [])).isHead).toBe(true);
  });

  it('is followed without workers where they break down', async () => {
    const { block, list } = inOrder([{ sender: 0, to: OTHER, value: 1n }]);
    const broken: BlockWorkers = { execute: () => Promise.reject(new Error('gone')) };
    expect((await newChain().addListed(block, list, broken)).isHead).toBe(true);
  });
});

describe('a list that is not true', () => {
  const deeds: Deed[] = [
    { sender: 0, to: STORE, data: words(1n, 2n, 5n, wordOf(OTHER)) },
    { sender: 1, to: STORE, data: words(1n, 3n, 5n, wordOf(OTHER)) },
    { sender: 2, to: STORE, data: words(1n, 3n, 5n, wordOf(SENDERS[3])) },
    { sender: 3, to: MAKER, data: deploying },
  ];
  let truth: Executed;
  beforeAll(() => {
    truth = inOrder(deeds);
  });

  const lies: Readonly<Record<string, (list: BlockAccessList) => BlockAccessList>> = {
    'lacks an account': (list) => list.filter(({ address }) => address !== OTHER),
    'names one that nothing reached': (list) =>
      sorted([...list, { ...list[0], ...ONLY_ACCESSED, address: NOBODY }]),
    'has another balance on the way': (list) => change(list, OTHER, 'balanceChanges', (all) => plusOne(all)),
    'has another nonce': (list) => change(list, SENDERS[0], 'nonceChanges', (all) => plusOne(all)),
    'has a balance less on the way': (list) => change(list, OTHER, 'balanceChanges', (all) => all.slice(1)),
    'has another balance in the end': (list) =>
      change(list, OTHER, 'balanceChanges', (all) => plusOne(all.toReversed()).toReversed()),
    'has a balance of another step': (list) =>
      change(list, OTHER, 'balanceChanges', ([{ value }, ...rest]) => [{ index: 0, value }, ...rest]),
    'has a change that changes nothing': (list) =>
      change(list, STORE, 'balanceChanges', (all) => [
        ...all,
        { index: 4, value: all[all.length - 1].value },
      ]),
    'has other code': (list) =>
      list.map((access) => ({
        ...access,
        codeChanges: access.codeChanges.map(({ index }) => ({ index, value: Uint8Array.of(1) })),
      })),
    'has another value in a slot': (list) =>
      change(list, STORE, 'storageChanges', ([{ slot, changes }]) => [{ slot, changes: plusOne(changes) }]),
    'lacks a slot': (list) => change(list, STORE, 'storageChanges', () => []),
    'has a slot as read that was changed': (list) =>
      change(
        change(list, STORE, 'storageChanges', () => []),
        STORE,
        'storageReads',
        () => [1n],
      ),
    'has a slot that nothing reached': (list) => change(list, STORE, 'storageReads', () => [77n]),
    'is out of order': (list) => [list[1], list[0], ...list.slice(2)],
    'has an index beyond the last': (list) =>
      change(list, OTHER, 'balanceChanges', (all) => [...all, { index: 6, value: 99n }]),
  };

  it.each(Object.keys(lies))('and %s is found out', async (name) => {
    const list = lies[name](truth.list);
    const header = { ...truth.block.header, blockAccessListHash: blockAccessListHash(list) };
    const block = blockOf({ ...truth.block, header });
    const chain = newChain();
    const fault = await faultOf(() => chain.addListed(block, list));
    expect(fault).toBe('blockAccessListHash');
    expect(await faultOf(() => newChain().add(block))).toBe(fault);
    expect(chain.head).toBe(chain.genesis);
    const without = faultWithout(block, list);
    if (NEEDS_EXECUTION.has(name)) expect(without).toBeUndefined();
    else expect(without).toMatch(/^(block access list|a balance|nonce of|slot 0x1|state root that)/);
  });

  it('and nothing speaks against the true one', () => {
    expect(faultWithout(truth.block, truth.list)).toBeUndefined();
  });
});

/** Lies about what was only looked at, or when: nothing but executing the block finds them. */
const NEEDS_EXECUTION = new Set([
  'names one that nothing reached',
  'has another balance on the way',
  'has a balance less on the way',
  'has a balance of another step',
  'has a slot that nothing reached',
]);

/** What is found out without executing the block. */
function faultWithout(block: Block, list: BlockAccessList): string | undefined {
  const chain = newChain();
  const { hash } = chain.genesis.block;
  const source = chain.state(hash);
  const facts = {
    accounts: list.map(({ address }) => source.account(address)),
    slots: list.map(({ address, storageChanges, storageReads }) =>
      [...storageChanges.map(({ slot }) => slot), ...storageReads].map((slot) => source.slot(address, slot)),
    ),
    codes: new Map(),
  };
  const senders = recoverSenders(block, balDevnet);
  return listFault({ block, senders, list, facts }, balDevnet, (diff) => {
    const state = chain.stateTrie(hash);
    state.apply(diff);
    return toHex(state.root());
  });
}

const sorted = (list: AccountAccess[]): BlockAccessList =>
  list.sort((a, b) => (a.address < b.address ? -1 : 1));

const plusOne = <T extends { readonly value: bigint }>([first, ...rest]: readonly T[]): readonly T[] => [
  { ...first, value: first.value + 1n },
  ...rest,
];

function change<K extends keyof AccountAccess>(
  list: BlockAccessList,
  whose: Address,
  what: K,
  alter: (all: AccountAccess[K]) => AccountAccess[K],
): BlockAccessList {
  return list.map((access) =>
    access.address === whose ? { ...access, [what]: alter(access[what]) } : access,
  );
}

describe('the forms of a list', () => {
  it('say the same as bytes and as JSON', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 5 }), (deeds) => {
        const { list } = inOrder(deeds);
        expect(decodeBlockAccessList(encodeBlockAccessList(list), deeds.length + 2)).toEqual(list);
        expect(blockAccessListFromJson(blockAccessListToJson(list))).toEqual(list);
      }),
      { numRuns: 20 },
    );
  });

  const bad: Readonly<Record<string, BlockAccessList>> = {
    'addresses out of order': sorted([
      { ...ONLY_ACCESSED, address: OTHER },
      { ...ONLY_ACCESSED, address: NOBODY },
    ]).toReversed(),
    'an address twice': [
      { ...ONLY_ACCESSED, address: OTHER },
      { ...ONLY_ACCESSED, address: OTHER },
    ],
    'slots out of order': [{ ...ONLY_ACCESSED, address: OTHER, storageReads: [2n, 1n] }],
    'a slot both changed and read': [
      {
        ...ONLY_ACCESSED,
        address: OTHER,
        storageReads: [1n, 2n],
        storageChanges: [{ slot: 2n, changes: [{ index: 1, value: 1n }] }],
      },
    ],
    'a slot without a change': [
      { ...ONLY_ACCESSED, address: OTHER, storageChanges: [{ slot: 2n, changes: [] }] },
    ],
    'indexes out of order': [
      {
        ...ONLY_ACCESSED,
        address: OTHER,
        nonceChanges: [
          { index: 2, value: 1n },
          { index: 1, value: 2n },
        ],
      },
    ],
    'an index that the block does not have': [
      { ...ONLY_ACCESSED, address: OTHER, balanceChanges: [{ index: 3, value: 1n }] },
    ],
  };

  it.each(Object.keys(bad))('with %s are refused', async (name) => {
    const bytes = encodeBlockAccessList(bad[name]);
    expect(await faultOf(() => decodeBlockAccessList(bytes, 3))).toBe('format');
  });

  it('that are no RLP, or RLP of something else, are refused', async () => {
    for (const bytes of [Uint8Array.of(0xc1), Uint8Array.of(0x80), Uint8Array.of(0xc1, 0xc0)]) {
      expect(await faultOf(() => decodeBlockAccessList(bytes, 3))).toBe('rlp');
    }
  });
});

const FOLDER = process.env['EVMILL_FIXTURES'] ?? join(import.meta.dirname, '../../../shared/fixtures');
const ARCHIVE = join(FOLDER, 'eest-bal-v5.7.0-amsterdam.tar.br');
/** One file in so many is run; 1 runs all. */
const STRIDE = Number(process.env['EVMILL_LISTS_STRIDE'] ?? 20);

describe.runIf(existsSync(ARCHIVE))('official blocks with lists', () => {
  it('are executed by them, and are as valid as in order', async () => {
    let files = 0;
    let followed = 0;
    for await (const { bytes } of archiveMembers(ARCHIVE, (name) => name.endsWith('.json'))) {
      if (files++ % STRIDE !== 0) continue;
      for (const test of Object.values(JSON.parse(new TextDecoder().decode(bytes)) as object)) {
        if (!isBlockTest(test)) continue;
        const { genesis, steps, lastBlockHash } = readBlockTest(test);
        const chain = new Blockchain(genesis);
        for (const [index, { rlp, hash }] of steps.entries()) {
          const json = (test['blocks'] as { readonly blockAccessList?: readonly AccountAccessJson[] }[])[
            index
          ];
          const list = json.blockAccessList && blockAccessListFromJson(json.blockAccessList);
          const add = () => {
            const block = decodeBlock(rlp);
            return list === undefined ? chain.add(block) : chain.addListed(block, list);
          };
          if (hash === undefined) {
            expect(await faultOf(add)).not.toBe('none');
          } else {
            const { result } = await add();
            if (list === undefined) continue;
            expect(result!.blockAccessList).toBe(list);
            followed++;
          }
        }
        expect(chain.head.block.hash).toBe(lastBlockHash);
      }
    }
    expect(followed).toBeGreaterThan(300 / STRIDE);
  });
});
