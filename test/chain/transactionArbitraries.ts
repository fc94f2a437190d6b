/** Random transactions for properties. */

import fc from 'fast-check';
import { type Address, bigIntToBytes, toAddress } from '../../src/bytes.ts';
import { SECP256K1_ORDER } from '../../src/chain/signature.ts';
import type { AccessList, Authorization, UnsignedTransaction } from '../../src/chain/transaction.ts';

const uint = (bits: number): fc.Arbitrary<bigint> =>
  fc.oneof(fc.bigInt(0n, 2n ** BigInt(bits) - 1n), fc.bigInt(0n, 300n), fc.constant(2n ** BigInt(bits) - 1n));

export const uint64 = uint(64);
export const uint256 = uint(256);

export const address: fc.Arbitrary<Address> = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(toAddress);

export const data: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 100, size: 'max' }),
  fc.array(fc.constantFrom(0, 0, 1), { maxLength: 100 }).map((bytes) => Uint8Array.from(bytes)),
);

export const accessList: fc.Arbitrary<AccessList> = fc.array(
  fc.record({ address, storageKeys: fc.array(uint256, { maxLength: 3 }) }),
  { maxLength: 3 },
);

export const authorization: fc.Arbitrary<Authorization> = fc.record({
  chainId: uint256,
  address,
  nonce: uint64,
  yParity: fc.nat(255),
  r: uint256,
  s: uint256,
});

const common = { nonce: uint64, gasLimit: uint64, to: fc.option(address), value: uint256, data };
const legacy = { ...common, gasPrice: uint256 };
const envelope = { ...common, chainId: uint256, accessList };
const market = { ...envelope, maxPriorityFeePerGas: uint256, maxFeePerGas: uint256 };

/** Any transaction, without regard to whether it is valid. The chain id of legacy ones leaves room for v. */
export const unsignedTransaction: fc.Arbitrary<UnsignedTransaction> = fc.oneof(
  fc.record({ ...legacy, type: fc.constant(0 as const), chainId: fc.option(uint64, { nil: undefined }) }),
  fc.record({ ...envelope, gasPrice: uint256, type: fc.constant(1 as const) }),
  fc.record({ ...market, type: fc.constant(2 as const) }),
  fc.record({
    ...market,
    type: fc.constant(3 as const),
    maxFeePerBlobGas: uint256,
    blobVersionedHashes: fc.array(uint256, { maxLength: 3 }),
  }),
  fc.record({
    ...market,
    type: fc.constant(4 as const),
    authorizationList: fc.array(authorization, { maxLength: 2 }),
  }),
);

export const privateKey: fc.Arbitrary<Uint8Array> = fc
  .bigInt(1n, SECP256K1_ORDER - 1n)
  .map((key) => bigIntToBytes(key, 32));
