/**
 * ethereum/tests' TransactionTests: bytes, and for each fork either the hash, sender and intrinsic gas of the
 * transaction, or why there is none. https://github.com/ethereum/tests/tree/develop/TransactionTests
 */

import { fromHex } from '../bytes.ts';
import { supportsTransactionType, type TransactionType } from '../chain/transaction.ts';
import { decodeTransaction, transactionHash } from '../chain/transactionCodec.ts';
import { recoverSender } from '../chain/transactionSender.ts';
import { checkTransaction } from '../chain/transactionValidity.ts';
import { InvalidTransaction, type TransactionFault } from '../errors.ts';
import type { BlockContext } from '../machine/environment.ts';
import { type Fork, forkNamed } from '../protocol/forks.ts';
import { transactionFaultsNamed } from './exceptionNames.ts';

/** What came of one transaction in one fork. */
export interface TransactionTestResult {
  readonly name: string;
  readonly fork: string;
  readonly pass: boolean;
  /** where it failed: what the fixture says */
  readonly expected?: string;
  /** where it failed: what the library says */
  readonly actual?: string;
}

interface Expectation {
  readonly exception?: string;
  readonly hash?: string;
  readonly sender?: string;
  readonly intrinsicGas?: string;
}

interface TransactionTest {
  readonly txbytes: string;
  readonly result: Readonly<Record<string, Expectation>>;
}

/** A block with room for everything, on mainnet: the vectors say nothing of one. */
const BLOCK: BlockContext = {
  number: 1n,
  timestamp: 1n,
  coinbase: `0x${'00'.repeat(20)}`,
  gasLimit: 2n ** 63n - 1n,
  baseFee: 0n,
  prevRandao: 0n,
  difficulty: 0n,
  excessBlobGas: 0n,
  slotNumber: 0n,
  chainId: 1n,
};
const ROOM = { gas: 2n ** 64n, stateGas: 2n ** 64n, blobGas: 2n ** 64n };

/**
 * Runs every transaction of a file in every fork it names.
 * @param file the file's name, for messages
 * @param json its content, parsed
 * @throws {TypeError} when it is no transaction test
 * @throws {RangeError} when it names a fork that there is not
 */
export function* runTransactionTests(file: string, json: unknown): Generator<TransactionTestResult> {
  if (typeof json !== 'object' || json === null) throw new TypeError(`${file}: expected an object of tests`);
  for (const [name, test] of Object.entries(json as Record<string, TransactionTest | undefined>)) {
    if (typeof test?.txbytes !== 'string' || typeof test.result !== 'object') {
      throw new TypeError(`${file}: expected txbytes and result in ${JSON.stringify(name)}`);
    }
    const bytes = fromHex(test.txbytes);
    for (const [forkName, expectation] of Object.entries(test.result)) {
      const outcome = attempt(bytes, forkNamed(forkName));
      const pass = agrees(outcome, expectation);
      const told = pass
        ? {}
        : { expected: describeExpectation(expectation), actual: describeOutcome(outcome) };
      yield { name, fork: forkName, pass, ...told };
    }
  }
}

interface Outcome {
  /** what is wrong, the first found first; empty when it is valid */
  readonly faults: readonly TransactionFault[];
  readonly message: string;
  readonly hash: string;
  readonly sender: string;
  readonly gas: bigint;
}

/**
 * A transaction of a type that the fork lacks may be malformed too, and suites name either; so both count. Otherwise
 * the first fault is the only one.
 */
function attempt(bytes: Uint8Array, fork: Fork): Outcome {
  const faults: TransactionFault[] = [];
  const type = bytes[0];
  if (type >= 1 && type <= 4 && !supportsTransactionType(fork, type as TransactionType)) {
    faults.push('typeNotSupported');
  }
  let message = '';
  let [hash, sender, gas] = ['', '', 0n];
  try {
    const tx = decodeTransaction(bytes);
    hash = transactionHash(tx);
    const from = recoverSender(tx, fork);
    sender = from;
    gas = checkTransaction(tx, from, fork, BLOCK, ROOM).regular;
  } catch (error) {
    if (!(error instanceof InvalidTransaction)) throw error;
    faults.push(error.fault);
    message = error.message;
  }
  return { faults, message, hash, sender, gas };
}

function agrees(outcome: Outcome, expectation: Expectation): boolean {
  const { exception } = expectation;
  if (exception !== undefined) {
    const allowed = transactionFaultsNamed(exception);
    return allowed !== undefined && outcome.faults.some((fault) => allowed.has(fault));
  }
  return (
    outcome.faults.length === 0 &&
    outcome.hash === expectation.hash &&
    outcome.sender === expectation.sender?.toLowerCase() &&
    outcome.gas === BigInt(expectation.intrinsicGas ?? -1)
  );
}

function describeExpectation({ exception, hash, sender, intrinsicGas: gas }: Expectation): string {
  return exception ?? `hash ${hash}, sender ${sender}, intrinsic gas ${gas}`;
}

function describeOutcome({ faults, message, hash, sender, gas }: Outcome): string {
  return faults.length > 0
    ? `${faults.join(', ')}: ${message}`
    : `hash ${hash}, sender ${sender}, intrinsic gas ${gas}`;
}
