/** One case of a fuzzing run: a transaction in a world; and how it is written as an official state test. */

import { type Address, bigIntToBytes, fromHex, type Hex, toHex } from '../bytes.ts';
import type { Authorization, UnsignedTransaction } from '../chain/transaction.ts';
import { encodeTransaction } from '../chain/transactionCodec.ts';
import { signTransaction } from '../chain/transactionSender.ts';
import type { BlockContext } from '../machine/environment.ts';
import type { Fork } from '../protocol/forks.ts';
import type { Alloc } from '../state/diff.ts';

/** A transaction in a world. */
export interface FuzzCase {
  readonly fork: Fork;
  readonly pre: Alloc;
  readonly block: BlockContext;
  readonly transaction: UnsignedTransaction;
}

/** Who sends: the key that most official state tests use, and its address. */
export const SENDER_KEY = fromHex('0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8');
export const SENDER: Address = '0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b';

/** What a case comes to, as a state test says it. */
export interface Expectation {
  readonly stateRoot: Hex;
  readonly logsHash: Hex;
  readonly post: Alloc;
  /** the official name of what is wrong with the transaction; undefined where it is valid */
  readonly exception: string | undefined;
}

/** Names that other clients have for the forks; they differ where ours is the name of the upgrade. */
const OFFICIAL_NAMES: Readonly<Record<string, string>> = {
  TangerineWhistle: 'EIP150',
  SpuriousDragon: 'EIP158',
  Petersburg: 'ConstantinopleFix',
};

/** The name of a fork in official state tests. */
export const officialForkName = ({ name }: Fork): string => OFFICIAL_NAMES[name] ?? name;

/** A case as an official state test of that name. */
export function stateTestJson(name: string, fuzzCase: FuzzCase, expected: Expectation): object {
  const { fork, pre, block, transaction } = fuzzCase;
  const { blobSchedule } = fork.params;
  const forkName = officialForkName(fork);
  return {
    [name]: {
      env: envJson(block, fork),
      pre: allocJson(pre),
      transaction: transactionJson(transaction),
      post: {
        [forkName]: [
          {
            hash: expected.stateRoot,
            logs: expected.logsHash,
            txbytes: toHex(encodeTransaction(signTransaction(transaction, SENDER_KEY))),
            indexes: { data: 0, gas: 0, value: 0 },
            state: allocJson(expected.post),
            ...(expected.exception === undefined ? {} : { expectException: expected.exception }),
          },
        ],
      },
      config: {
        chainid: quantity(block.chainId),
        ...(blobSchedule === null
          ? {}
          : {
              blobSchedule: {
                [forkName]: {
                  target: quantity(BigInt(blobSchedule.target)),
                  max: quantity(BigInt(blobSchedule.max)),
                  baseFeeUpdateFraction: quantity(blobSchedule.baseFeeUpdateFraction),
                },
              },
            }),
      },
      _info: { 'filling-transition-tool': 'evmill', comment: 'made by evmill fuzz' },
    },
  };
}

const quantity = (value: bigint): Hex => `0x${value.toString(16)}`;
const word = (value: bigint): Hex => toHex(bigIntToBytes(value, 32));

function envJson(block: BlockContext, { rules, params }: Fork): object {
  return {
    currentCoinbase: block.coinbase,
    currentGasLimit: quantity(block.gasLimit),
    currentNumber: quantity(block.number),
    currentTimestamp: quantity(block.timestamp),
    currentDifficulty: quantity(rules.proofOfStake ? 0n : block.difficulty),
    ...(rules.proofOfStake ? { currentRandom: word(block.prevRandao) } : {}),
    ...(rules.baseFee ? { currentBaseFee: quantity(block.baseFee) } : {}),
    ...(params.blobSchedule === null ? {} : { currentExcessBlobGas: quantity(block.excessBlobGas) }),
    ...(rules.blockAccessLists ? { slotNumber: quantity(block.slotNumber) } : {}),
  };
}

function allocJson(alloc: Alloc): object {
  return Object.fromEntries(
    [...alloc].map(([address, { nonce, balance, code, storage }]) => [
      address,
      {
        nonce: quantity(nonce),
        balance: quantity(balance),
        code: toHex(code),
        storage: Object.fromEntries([...storage].map(([key, value]) => [quantity(key), quantity(value)])),
      },
    ]),
  );
}

function transactionJson(tx: UnsignedTransaction): object {
  return {
    nonce: quantity(tx.nonce),
    gasLimit: [quantity(tx.gasLimit)],
    to: tx.to ?? '',
    value: [quantity(tx.value)],
    data: [toHex(tx.data)],
    sender: SENDER,
    secretKey: toHex(SENDER_KEY),
    ...('gasPrice' in tx
      ? { gasPrice: quantity(tx.gasPrice) }
      : { maxFeePerGas: quantity(tx.maxFeePerGas), maxPriorityFeePerGas: quantity(tx.maxPriorityFeePerGas) }),
    ...(tx.type === 0
      ? {}
      : {
          accessLists: [
            tx.accessList.map(({ address, storageKeys }) => ({
              address,
              storageKeys: storageKeys.map(word),
            })),
          ],
        }),
    ...(tx.type === 3
      ? {
          maxFeePerBlobGas: quantity(tx.maxFeePerBlobGas),
          blobVersionedHashes: tx.blobVersionedHashes.map(word),
        }
      : {}),
    ...(tx.type === 4 ? { authorizationList: tx.authorizationList.map(authorizationJson) } : {}),
  };
}

const authorizationJson = ({ chainId, address, nonce, yParity, r, s }: Authorization): object => ({
  chainId: quantity(chainId),
  address,
  nonce: quantity(nonce),
  v: quantity(BigInt(yParity)),
  yParity: quantity(BigInt(yParity)),
  r: quantity(r),
  s: quantity(s),
});
