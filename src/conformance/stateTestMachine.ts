/** evmill, as the state tests ask for it. */

import { type Address, bigIntToBytes, equalBytes, fromHex, type Hex, toHex } from '../bytes.ts';
import { createEvm, type Evm } from '../chain/evm.ts';
import { addressOfPrivateKey } from '../chain/signature.ts';
import type { Transaction, UnsignedTransaction } from '../chain/transaction.ts';
import { decodeTransaction, encodeTransaction } from '../chain/transactionCodec.ts';
import { recoverSender } from '../chain/transactionSender.ts';
import { keccak256 } from '../keccak.ts';
import type { Log } from '../machine/environment.ts';
import { type Fork, frontier } from '../protocol/forks.ts';
import { encodeRlp } from '../rlp.ts';
import { applyDiff } from '../state/applyDiff.ts';
import { memoryState } from '../state/memory.ts';
import { runSync } from '../task.ts';
import { stateRoot } from '../trie/stateRoot.ts';
import { EMPTY_ACCOUNT, isEmptyAccount } from './allocDiff.ts';
import { transactionFaultsNamed } from './exceptionNames.ts';
import type { StateTestMachine } from './stateTests.ts';
import { type TestedTier, tierOptions } from './testedTier.ts';
import type { BareMachine } from './vmTests.ts';

/** Engines of one tier by fork; fixtures with a schedule of their own make forks of their own. */
type EvmOf = (fork: Fork) => Evm;

function evmsOf(tier: TestedTier): EvmOf {
  const evms = new Map<Fork, Evm>();
  return (fork) => {
    let evm = evms.get(fork);
    if (evm === undefined) evms.set(fork, (evm = createEvm({ fork, ...tierOptions(tier) })));
    return evm;
  };
}

/** The machine that the shipped state test runner uses, running code by one tier. */
export function stateTestMachine(tier: TestedTier): StateTestMachine {
  const evmOf = evmsOf(tier);
  return {
    transact(transaction, sender, block, fork, state, tracer) {
      const source = memoryState(state, blockHashOfNumber);
      const options = tracer === undefined ? { sender } : { sender, tracer };
      return runSync(evmOf(fork).transact(transaction, block, options), source);
    },
    stateRoot: (state) => toHex(stateRoot(state)),
    logsHash,
    addressOfKey,
    encodingProblem,
    isKind: ({ fault }, exception) => transactionFaultsNamed(exception)?.has(fault) ?? false,
  };
}

/** State tests have no ancestors: the hash of block n is that of n in decimal digits. */
export function blockHashOfNumber(number: bigint): bigint {
  return BigInt(toHex(keccak256(new TextEncoder().encode(number.toString()))));
}

/** keccak-256 of logs as RLP. */
export function logsHash(logs: readonly Log[]): Hex {
  const items = logs.map(({ address, topics, data }) => [
    fromHex(address),
    topics.map((topic) => bigIntToBytes(topic, 32)),
    data,
  ]);
  return toHex(keccak256(encodeRlp(items)));
}

/** The machine that the shipped VM test runner uses, running code by one tier. */
export function bareMachine(tier: TestedTier): BareMachine {
  const evmOf = evmsOf(tier);
  return {
    call({ state, block, ...message }) {
      const { caller, to, value } = message;
      // a call moves its value, and these tests begin when it has been moved: one takes back the other
      const moved = new Map(state);
      const give = (address: Address, wei: bigint): void => {
        const account = moved.get(address) ?? EMPTY_ACCOUNT;
        moved.set(address, { ...account, balance: account.balance + wei });
      };
      give(to, -value);
      give(caller, value);
      const source = memoryState(moved, blockHashOfNumber);
      const { status, gasLeft, output, logs, diff } = runSync(
        evmOf(frontier).call(message, { block }),
        source,
      );
      if (status === 'halt') return undefined;
      const after = new Map(applyDiff(moved, diff));
      const left = after.get(caller);
      if (!state.has(caller) && left !== undefined && isEmptyAccount(left)) after.delete(caller);
      return { gasLeft, output, logs, after };
    },
    logsHash,
  };
}

/** Most fixtures use one key: deriving its address costs more than running many a case. */
const addresses = new Map<Hex, Address>();

function addressOfKey(secretKey: Uint8Array): Address {
  const key = toHex(secretKey);
  let address = addresses.get(key);
  if (address === undefined) {
    address = addressOfPrivateKey(secretKey);
    addresses.set(key, address);
  }
  return address;
}

function encodingProblem(
  bytes: Uint8Array,
  transaction: UnsignedTransaction,
  sender: Address,
  fork: Fork,
): string | undefined {
  let decoded: Transaction;
  try {
    decoded = decodeTransaction(bytes);
  } catch (error) {
    return `bytes that do not decode: ${(error as Error).message}`;
  }
  if (decoded.type !== transaction.type) return `type ${decoded.type}`;
  const { yParity, r, s } = decoded;
  // a legacy transaction's chain id is in its signature alone, and fixtures list no signature
  const chainId = decoded.type === 0 ? decoded.chainId : transaction.chainId;
  const signed = { ...transaction, chainId, yParity, r, s } as Transaction;
  if (!equalBytes(encodeTransaction(signed), bytes)) return 'another transaction';
  const signer = recoverSender(decoded, fork);
  return signer === sender ? undefined : `signed by ${signer}, not by ${sender}`;
}
