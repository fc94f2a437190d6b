/** Lists of what blocks access: their bytes by hand, and what gets into them. https://eips.ethereum.org/EIPS/eip-7928 */

import { describe, expect, it } from 'vitest';
import { type Address, bigIntToBytes, toHex } from '../../src/bytes.ts';
import { encodeBlock } from '../../src/chain/block.ts';
import {
  blockAccessListHash,
  blockAccessListItems,
  blockAccessListToJson,
  encodeBlockAccessList,
} from '../../src/chain/blockAccessList.ts';
import { Blockchain } from '../../src/chain/blockchain.ts';
import { type BlockPlan, buildBlock } from '../../src/chain/buildBlock.ts';
import { chainOfFork } from '../../src/chain/chainConfig.ts';
import type { BlockResult } from '../../src/chain/executeBlock.ts';
import { genesisHeader } from '../../src/chain/genesis.ts';
import { EMPTY_LIST_HASH, ZERO_HASH } from '../../src/chain/header.ts';
import { addressOfPrivateKey } from '../../src/chain/signature.ts';
import { BEACON_ROOTS_CONTRACT, BLOCK_HASHES_CONTRACT } from '../../src/chain/systemCalls.ts';
import type { Transaction } from '../../src/chain/transaction.ts';
import { signTransaction } from '../../src/chain/transactionSender.ts';
import { InvalidBlock } from '../../src/errors.ts';
import { creationAddress } from '../../src/machine/host/create.ts';
import { balDevnet, type Fork, fork } from '../../src/protocol/forks.ts';
import { type AccountAccess, type BlockAccessList, ONLY_ACCESSED } from '../../src/state/accessRecorder.ts';
import type { GenesisAccount } from '../../src/state/diff.ts';
import { account, CONTRACT, ETHER, NOBODY, OTHER, type Piece, program, wordOf } from '../machine/program.ts';

const KEY = bigIntToBytes(0xa11cen, 32);
const SENDER = addressOfPrivateKey(KEY);
const MINER: Address = `0x${'aa'.repeat(20)}`;

describe('a list as bytes', () => {
  const list: BlockAccessList = [
    {
      address: `0x${'11'.repeat(20)}`,
      storageChanges: [{ slot: 0n, changes: [{ index: 0, value: 0x0100n }] }],
      storageReads: [1n, 0x80n],
      balanceChanges: [{ index: 1, value: 0n }],
      nonceChanges: [{ index: 1, value: 1n }],
      codeChanges: [{ index: 2, value: Uint8Array.of(0x60, 0x00) }],
    },
  ];

  it('has integers without leading zeros', () => {
    const fields = [
      `94${'11'.repeat(20)}`,
      'c8c780c5c480820100', // [[0, [[0, 256]]]]
      'c3018180', // [1, 128]
      'c3c20180', // [[1, 0]]
      'c3c20101', // [[1, 1]]
      'c5c402826000', // [[2, 6000]]
    ].join('');
    const bytes = fields.length / 2;
    const account = (0xc0 + bytes).toString(16);
    const whole = (0xc0 + bytes + 1).toString(16);
    expect(toHex(encodeBlockAccessList(list))).toBe(`0x${whole}${account}${fields}`);
  });

  it('of nothing has the hash of an empty list', () => {
    expect(blockAccessListHash([])).toBe(EMPTY_LIST_HASH);
  });

  it('counts accounts and slots', () => {
    expect(blockAccessListItems(list)).toBe(4);
  });

  it('is JSON of whole bytes', () => {
    expect(blockAccessListToJson(list)).toEqual([
      {
        address: `0x${'11'.repeat(20)}`,
        nonceChanges: [{ blockAccessIndex: '0x01', postNonce: '0x01' }],
        balanceChanges: [{ blockAccessIndex: '0x01', postBalance: '0x00' }],
        codeChanges: [{ blockAccessIndex: '0x02', newCode: '0x6000' }],
        storageChanges: [{ slot: '0x00', slotChanges: [{ blockAccessIndex: '0x00', postValue: '0x0100' }] }],
        storageReads: ['0x01', '0x80'],
      },
    ]);
  });
});

const [WITHDRAWAL_REQUESTS_CONTRACT, CONSOLIDATION_REQUESTS_CONTRACT] = [
  ...balDevnet.requestContracts.values(),
];

const stopping = account({ nonce: 1n, code: program('STOP') });

function chainOf(more: Iterable<[Address, GenesisAccount]> = [], ruleSet: Fork = balDevnet): Blockchain {
  const config = chainOfFork(ruleSet);
  const alloc = new Map<Address, GenesisAccount>([
    [SENDER, account({ balance: 1000n * ETHER })],
    [WITHDRAWAL_REQUESTS_CONTRACT, stopping],
    [CONSOLIDATION_REQUESTS_CONTRACT, stopping],
    ...more,
  ]);
  const fields = { gasLimit: 120_000_000n, coinbase: MINER, baseFee: 7n };
  return new Blockchain({ config, alloc, header: genesisHeader(config, fields, alloc) });
}

function call(nonce: bigint, fields: { to?: Address | null; value?: bigint; gasLimit?: bigint } = {}) {
  const { to = CONTRACT, value = 0n, gasLimit = 1_000_000n } = fields;
  const data = new Uint8Array(0);
  return signTransaction({ type: 0, nonce, gasPrice: 7n, gasLimit, to, value, data }, KEY);
}

/** Builds a block on the genesis, has it checked, and shows what came of it. */
function blockOn(chain: Blockchain, plan: BlockPlan): BlockResult & { list: Map<Address, AccountAccess> } {
  const { result } = chain.addBlock(encodeBlock(buildBlock(chain, chain.genesis, plan)));
  return { ...result!, list: new Map(result!.blockAccessList!.map((access) => [access.address, access])) };
}

/** What transactions to a contract of these pieces access. */
const accessesOf = (pieces: readonly Piece[], transactions: Transaction[] = [call(0n)], storage = {}) =>
  blockOn(chainOf([[CONTRACT, account({ nonce: 1n, code: program(...pieces), ...storage })]]), {
    transactions,
  }).list;

const faultOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof InvalidBlock) return error.fault;
    throw error;
  }
  return 'none';
};

describe('an empty block', () => {
  it('accesses the contracts that it calls, also where they have no code, and no coinbase', () => {
    expect([...blockOn(chainOf(), {}).list.keys()]).toEqual([
      WITHDRAWAL_REQUESTS_CONTRACT,
      CONSOLIDATION_REQUESTS_CONTRACT,
      BLOCK_HASHES_CONTRACT,
      BEACON_ROOTS_CONTRACT,
    ]);
  });

  it('stores before its first transaction at index 0, and after the last at the one behind it', () => {
    const code = program(7n, 1n, 'SSTORE');
    const storing = account({ nonce: 1n, code });
    const chain = chainOf([
      [BEACON_ROOTS_CONTRACT, storing],
      [BLOCK_HASHES_CONTRACT, stopping],
      [WITHDRAWAL_REQUESTS_CONTRACT, storing],
    ]);
    const { list } = blockOn(chain, { transactions: [call(0n), call(1n)] });
    const stored = (index: number) => [{ slot: 1n, changes: [{ index, value: 7n }] }];
    expect(list.get(BEACON_ROOTS_CONTRACT)!.storageChanges).toEqual(stored(0));
    expect(list.get(WITHDRAWAL_REQUESTS_CONTRACT)!.storageChanges).toEqual(stored(3));
    expect(list.get(BLOCK_HASHES_CONTRACT)).toEqual({ address: BLOCK_HASHES_CONTRACT, ...ONLY_ACCESSED });
  });

  it('lists who withdraws, also nothing', () => {
    const withdrawal = { index: 0n, validatorIndex: 0n };
    const withdrawals = [
      { ...withdrawal, address: NOBODY, amount: 0n },
      { ...withdrawal, address: OTHER, amount: 2n },
    ];
    const { list } = blockOn(chainOf(), { withdrawals });
    expect(list.get(NOBODY)).toEqual({ address: NOBODY, ...ONLY_ACCESSED });
    expect(list.get(OTHER)!.balanceChanges).toEqual([{ index: 1, value: 2_000_000_000n }]);
  });
});

describe('a transaction', () => {
  it('changes its sender, and lists its recipient and the coinbase whatever they get', () => {
    const list = accessesOf(['STOP'], [call(0n), call(1n, { value: 5n })]);
    expect(list.get(CONTRACT)).toEqual({
      address: CONTRACT,
      ...ONLY_ACCESSED,
      balanceChanges: [{ index: 2, value: 5n }],
    });
    expect(list.get(SENDER)!.nonceChanges).toEqual([
      { index: 1, value: 1n },
      { index: 2, value: 2n },
    ]);
    // The price is the base fee.
    expect(list.get(MINER)).toEqual({ address: MINER, ...ONLY_ACCESSED });
  });

  it('reads what it reads, and what it writes without effect', () => {
    const storage = { storage: new Map([[3n, 3n]]) };
    const pieces: Piece[] = [
      ...([1n, 'SLOAD', 'POP'] as const),
      ...([9n, 2n, 'SSTORE', 0n, 2n, 'SSTORE'] as const),
      ...([3n, 3n, 'SSTORE'] as const),
      ...([4n, 4n, 'SSTORE', 4n, 'SLOAD', 'POP'] as const),
    ];
    expect(accessesOf(pieces, undefined, storage).get(CONTRACT)).toMatchObject({
      storageReads: [1n, 2n, 3n],
      storageChanges: [{ slot: 4n, changes: [{ index: 1, value: 4n }] }],
    });
  });

  it('lists a slot at each index that changes it, and then as no read of another', () => {
    const pieces: Piece[] = ['CALLVALUE', 1n, 'SSTORE'];
    const values = [5n, 5n, 0n, 6n];
    const list = accessesOf(
      pieces,
      values.map((value, i) => call(BigInt(i), { value })),
    );
    expect(list.get(CONTRACT)).toMatchObject({
      storageReads: [],
      storageChanges: [
        {
          slot: 1n,
          changes: [
            { index: 1, value: 5n },
            { index: 3, value: 0n },
            { index: 4, value: 6n },
          ],
        },
      ],
    });
  });

  it('accesses what it pays for, though it fails thereafter', () => {
    const pieces: Piece[] = [wordOf(OTHER), 'BALANCE', 1n, 'SLOAD', 2n, 2n, 'SSTORE', 0xfe];
    const list = accessesOf(pieces);
    expect(list.get(OTHER)).toEqual({ address: OTHER, ...ONLY_ACCESSED });
    expect(list.get(CONTRACT)).toMatchObject({ storageReads: [1n, 2n], storageChanges: [] });
  });

  it('accesses an account only when its price is paid, a stored slot as soon as that can be', () => {
    const gasFor = (gas: number): bigint => 21_000n + BigInt(gas);
    const limited = (pieces: Piece[], gas: number) =>
      accessesOf(pieces, [call(0n, { gasLimit: gasFor(gas) })]);
    const balance: Piece[] = [wordOf(OTHER), 'BALANCE'];
    expect(limited(balance, 2602).has(OTHER)).toBe(false);
    expect(limited(balance, 2603).has(OTHER)).toBe(true);
    const load: Piece[] = [1n, 'SLOAD'];
    expect(limited(load, 2102).get(CONTRACT)!.storageReads).toEqual([]);
    expect(limited(load, 2103).get(CONTRACT)!.storageReads).toEqual([1n]);
    // Beyond 2300 gas the slot is looked at, long before it can be paid for.
    const store: Piece[] = [1n, 1n, 'SSTORE'];
    expect(limited(store, 2306).get(CONTRACT)!.storageReads).toEqual([]);
    expect(limited(store, 2307).get(CONTRACT)!.storageReads).toEqual([1n]);
  });

  it('accesses whom it calls, creates, and names as beneficiary', () => {
    const created = creationAddress(CONTRACT, 1n);
    const calls: Piece[] = [0n, 0n, 0n, 0n, wordOf(OTHER), 'GAS', 'STATICCALL', 'POP'];
    const pieces: Piece[] = [...calls, 0n, 0n, 0n, 'CREATE', 'POP', wordOf(NOBODY), 'SELFDESTRUCT'];
    const list = accessesOf(pieces);
    expect(list.get(OTHER)).toEqual({ address: OTHER, ...ONLY_ACCESSED });
    expect(list.get(NOBODY)).toEqual({ address: NOBODY, ...ONLY_ACCESSED });
    expect(list.get(created)!.nonceChanges).toEqual([{ index: 1, value: 1n }]);
  });

  it('does not access what it cannot begin to create', () => {
    const created = creationAddress(CONTRACT, 1n);
    expect(accessesOf([0n, 0n, ETHER, 'CREATE']).has(created)).toBe(false);
  });

  it('leaves of a contract that comes and goes that it was there, and reads of what it stored', () => {
    const created = creationAddress(CONTRACT, 1n);
    const initcode = program(1n, 1n, 'SSTORE', 'CALLER', 'SELFDESTRUCT');
    const word = new Uint8Array(32);
    word.set(initcode);
    const pieces: Piece[] = [BigInt(toHex(word)), 0n, 'MSTORE', BigInt(initcode.length), 0n, 0n, 'CREATE'];
    expect(accessesOf(pieces).get(created)).toEqual({
      address: created,
      ...ONLY_ACCESSED,
      storageReads: [1n],
    });
  });
});

describe('a header', () => {
  const plan = { transactions: [call(0n, { to: OTHER, value: 1n })] };

  it('commits to the list, which says what the state becomes', () => {
    const { blockAccessList, blockAccessListHash: hash, diff } = blockOn(chainOf(), plan);
    expect(blockAccessListHash(blockAccessList!)).toBe(hash);
    for (const [address, { after }] of diff) {
      const { balanceChanges, nonceChanges } = blockAccessList!.find((one) => one.address === address)!;
      if (balanceChanges.length > 0) expect(balanceChanges.at(-1)!.value).toBe(after!.balance);
      if (nonceChanges.length > 0) expect(nonceChanges.at(-1)!.value).toBe(after!.nonce);
    }
    const changed = blockAccessList!.filter((one) => one.balanceChanges.length + one.nonceChanges.length > 0);
    expect(changed.map(({ address }) => address)).toEqual([...diff.keys()].sort());
  });

  it('with another hash is refused', () => {
    const header = { blockAccessListHash: ZERO_HASH };
    expect(faultOf(() => blockOn(chainOf(), { ...plan, header }))).toBe('blockAccessListHash');
  });

  it('of a block whose list its gas limit does not allow is refused', () => {
    // Four system contracts, sender, recipient and coinbase.
    const withItemGas = (blockAccessListItemGas: number) =>
      chainOf([], fork('ItemGas', balDevnet, { eip: 7928, params: { blockAccessListItemGas } }));
    expect(faultOf(() => blockOn(withItemGas(17_142_857), plan))).toBe('none');
    expect(faultOf(() => blockOn(withItemGas(17_142_858), plan))).toBe('blockAccessListTooLong');
  });

  it('says the greater of both gases', () => {
    const storing = account({ nonce: 1n, code: program(1n, 1n, 'SSTORE') });
    const chain = chainOf([[CONTRACT, storing]]);
    const result = blockOn(chain, { transactions: [call(0n)] });
    expect(result.regularGasUsed).toBe(26_006n);
    expect(result.stateGasUsed).toBe(32n * 1174n);
    expect(result.gasUsed).toBe(result.stateGasUsed);
    expect(result.receipts[0].cumulativeGasUsed).toBe(26_006n + 32n * 1174n);
    expect(blockOn(chainOf(), plan).gasUsed).toBe(21_000n);
  });

  it('counts slots from its parent', () => {
    const chain = chainOf();
    expect(buildBlock(chain, chain.genesis, {}).header.slotNumber).toBe(1n);
  });
});
