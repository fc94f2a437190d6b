/** Random worlds and transactions into them. */

import { type Address, bigIntToBytes, concatBytes, fromHex } from '../bytes.ts';
import { signAuthorization } from '../chain/authorization.ts';
import { addressOfPrivateKey, SECP256K1_ORDER } from '../chain/signature.ts';
import {
  type AccessList,
  type Authorization,
  supportsTransactionType,
  type TransactionType,
  type UnsignedTransaction,
} from '../chain/transaction.ts';
import type { BlockContext } from '../machine/environment.ts';
import { creationAddress } from '../machine/host/create.ts';
import type { Fork } from '../protocol/forks.ts';
import type { Alloc, GenesisAccount } from '../state/diff.ts';
import { type FuzzCase, SENDER } from './fuzzCase.ts';
import { generateCode, type Surroundings } from './generateCode.ts';
import { precompileInput } from './precompileInputs.ts';
import type { Random } from './random.ts';

const ETHER = 10n ** 18n;
const COINBASE: Address = '0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba';
const CONTRACTS: readonly Address[] = [
  '0xc0de000000000000000000000000000000000001',
  '0xc0de000000000000000000000000000000000002',
  '0xc0de000000000000000000000000000000000003',
];
const NOBODY: Address = '0xdead000000000000000000000000000000000004';
/** Delegates to one of the contracts, where the fork knows delegations. */
const DELEGATED: Address = '0xde1e000000000000000000000000000000000005';
/** Exists, and is empty; before EIP-161 a difference. */
const EMPTY: Address = '0xe111000000000000000000000000000000000006';

/** Accounts that sign authorizations. */
const AUTHORITY_KEYS: readonly Uint8Array[] = [1n, 2n].map((key) => bigIntToBytes(key, 32));

/** A random case in a fork. */
export function generateCase(random: Random, fork: Fork): FuzzCase {
  const block = generateBlock(random);
  const authorities = fork.rules.delegations ? AUTHORITY_KEYS.map(addressOfPrivateKey) : [];
  const addresses = [
    ...CONTRACTS,
    ...CONTRACTS,
    ...[SENDER, COINBASE, NOBODY, DELEGATED, EMPTY],
    ...authorities,
    ...[...fork.precompiles.keys()].map(precompileAddress),
    creationAddress(CONTRACTS[0], 1n),
  ];
  const around: Surroundings = { fork, addresses, block: block.number };
  const pre = generateAlloc(random, around);
  return { fork, pre, block, transaction: generateTransaction(random, around, pre, block) };
}

const precompileAddress = (address: number): Address => `0x${address.toString(16).padStart(40, '0')}`;

function generateBlock(random: Random): BlockContext {
  return {
    number: BigInt(random.between(1, 1000)),
    timestamp: BigInt(random.between(1000, 2_000_000_000)),
    coinbase: COINBASE,
    gasLimit: random.oneIn(4) ? 36_000_000n : 120_000_000n,
    baseFee: random.oneIn(3) ? BigInt(random.between(7, 1000)) : 7n,
    prevRandao: random.integer(256),
    difficulty: random.integer(40) + 0x20000n,
    excessBlobGas: random.oneIn(3) ? BigInt(random.below(30_000_000)) : 0n,
    slotNumber: BigInt(random.below(1000)),
    chainId: 1n,
  };
}

function generateAlloc(random: Random, around: Surroundings): Alloc {
  const { fork } = around;
  const alloc = new Map<Address, GenesisAccount>([[SENDER, account({ balance: 1000n * ETHER })]]);
  for (const address of CONTRACTS) {
    const code = generateCode(random, around);
    alloc.set(address, account({ nonce: 1n, balance: wealth(random), code, storage: slots(random) }));
  }
  if (fork.rules.delegations) {
    const to = random.pick([...CONTRACTS, DELEGATED, precompileAddress(random.between(1, 5)), NOBODY]);
    alloc.set(DELEGATED, account({ nonce: 1n, balance: wealth(random), code: delegationTo(to) }));
    if (random.oneIn(8)) {
      alloc.set(SENDER, account({ balance: 1000n * ETHER, code: delegationTo(random.pick(CONTRACTS)) }));
    }
  } else {
    alloc.set(DELEGATED, account({ balance: 3n }));
  }
  // empty accounts cannot exist since EIP-161; some clients drop them when they read the state
  if (!fork.rules.clearsEmptyAccounts && random.oneIn(2)) alloc.set(EMPTY, account({}));
  else alloc.set(EMPTY, account({ balance: 1n }));
  if (random.oneIn(8)) alloc.set(creationAddress(CONTRACTS[0], 1n), obstacle(random));
  if (random.oneIn(30)) alloc.set(creationAddress(SENDER, 0n), obstacle(random));
  if (random.oneIn(4)) alloc.set(COINBASE, account({ balance: 5n }));
  return alloc;
}

/** Something where a contract is to be created: in the way by its nonce or its code, or not at all by its balance. */
function obstacle(random: Random): GenesisAccount {
  return random.pick([
    account({ nonce: 1n }),
    account({ nonce: 1n, code: Uint8Array.of(0) }),
    account({ balance: 7n }),
  ]);
}

const account = (fields: Partial<GenesisAccount>): GenesisAccount => ({
  nonce: 0n,
  balance: 0n,
  code: new Uint8Array(0),
  storage: new Map(),
  ...fields,
});

const delegationTo = (address: Address): Uint8Array =>
  concatBytes(Uint8Array.of(0xef, 0x01, 0x00), fromHex(address));

const wealth = (random: Random): bigint => random.pick([0n, 1n, 5n, ETHER, ETHER]);

function slots(random: Random): Map<bigint, bigint> {
  return new Map(random.times(random.below(4), (key) => [BigInt(key), BigInt(random.between(1, 3))]));
}

function generateTransaction(
  random: Random,
  around: Surroundings,
  pre: Alloc,
  block: BlockContext,
): UnsignedTransaction {
  const { fork } = around;
  const type = random.pick(([0, 1, 2, 3, 4] as const).filter((one) => supportsTransactionType(fork, one)));
  const isCreation = type < 3 && random.oneIn(10);
  const common = {
    nonce: pre.get(SENDER)!.nonce,
    gasLimit: gasLimit(random),
    to: isCreation ? null : target(random, around),
    value: random.oneIn(3) ? BigInt(random.below(1000)) : 0n,
    data: isCreation ? generateCode(random, around) : callData(random, fork),
  };
  return withFees(random, around, block, type, common);
}

type Common = Pick<UnsignedTransaction, 'nonce' | 'gasLimit' | 'to' | 'value' | 'data'>;

function withFees(
  random: Random,
  around: Surroundings,
  block: BlockContext,
  type: TransactionType,
  common: Common,
): UnsignedTransaction {
  const price = block.baseFee + BigInt(random.below(20));
  if (type === 0) return { ...common, type, gasPrice: price };
  const envelope = { ...common, chainId: block.chainId, accessList: accessList(random, around) };
  if (type === 1) return { ...envelope, type, gasPrice: price };
  const market = {
    ...envelope,
    maxFeePerGas: price + BigInt(random.below(10)),
    maxPriorityFeePerGas: BigInt(random.below(Number(price))),
  };
  switch (type) {
    case 2:
      return { ...market, type };
    case 3: {
      const blobVersionedHashes = random.times(
        random.between(1, 4),
        () => (1n << 248n) | random.integer(248),
      );
      return { ...market, type, maxFeePerBlobGas: 10n ** 9n, blobVersionedHashes };
    }
    case 4:
      return { ...market, type, authorizationList: authorizations(random, around, block) };
  }
}

function gasLimit(random: Random): bigint {
  return BigInt(
    random.weighted([
      [2, random.between(60_000, 150_000)],
      [8, random.between(150_000, 1_000_000)],
      [3, random.between(1_000_000, 4_000_000)],
    ]),
  );
}

function target(random: Random, { addresses }: Surroundings): Address {
  return random.oneIn(12) ? random.pick(addresses) : CONTRACTS[0];
}

function callData(random: Random, fork: Fork): Uint8Array {
  if (random.oneIn(10)) return precompileInput(random.pick([...fork.precompiles.values()]), random);
  if (random.oneIn(3)) return new Uint8Array(0);
  const words = random.times(random.below(4), () => bigIntToBytes(random.word(), 32));
  return concatBytes(...words, random.bytes(random.below(8)));
}

function accessList(random: Random, { addresses }: Surroundings): AccessList {
  if (random.oneIn(2)) return [];
  return random.times(random.between(1, 4), () => ({
    address: random.pick(addresses),
    storageKeys: random.times(random.below(4), () => BigInt(random.below(4))),
  }));
}

/** Authorizations, valid ones and ones that are to be skipped. */
function authorizations(random: Random, around: Surroundings, block: BlockContext): Authorization[] {
  return random.times(random.between(1, 3), () => {
    const key = random.pick(AUTHORITY_KEYS);
    const address: Address = random.oneIn(8) ? `0x${'00'.repeat(20)}` : random.pick(around.addresses);
    const chainId = random.pick([0n, block.chainId, block.chainId, 5n]);
    const nonce = random.oneIn(5) ? 1n : random.oneIn(30) ? 2n ** 64n - 1n : 0n;
    const signed = signAuthorization({ chainId, address, nonce }, key);
    return random.weighted<Authorization>([
      [12, signed],
      [1, { ...signed, s: SECP256K1_ORDER - signed.s, yParity: 1 - signed.yParity }],
      [1, { ...signed, r: 0n }],
      [1, { ...signed, yParity: random.between(2, 255) }],
      [1, { ...signed, r: random.integer(256) }],
    ]);
  });
}
