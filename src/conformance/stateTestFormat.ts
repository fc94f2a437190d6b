/**
 * The official state tests' format, old and new, as typed cases. One test is a state, an environment and a
 * transaction with alternatives; each entry of `post` picks a fork and one alternative of data, gas and value.
 * https://ethereum-tests.readthedocs.io/en/latest/test_types/gstate_tests.html
 */

import type { Address, Hex } from '../bytes.ts';
import type { AccessList, Authorization, UnsignedTransaction } from '../chain/transaction.ts';
import type { BlockContext } from '../machine/environment.ts';
import { type Fork, fork } from '../protocol/forks.ts';
import type { BlobSchedule } from '../protocol/params.ts';
import type { Alloc } from '../state/diff.ts';
import { fixtureFork } from './fixtureForks.ts';
import {
  addressAt,
  allocAt,
  arrayAt,
  bytesAt,
  hashAt,
  integerAt,
  integerOr,
  isObject,
  type JsonObject,
  MalformedFixture,
  objectAt,
} from './fixtureValues.ts';

/** What a case says must come out. */
export interface StateTestExpectation {
  readonly stateRoot: Hex;
  /** keccak-256 of the logs as RLP */
  readonly logsHash: Hex;
  /** the whole state afterwards, where the fixture lists it */
  readonly state: Alloc | undefined;
  /** why the transaction is invalid, in the fixture's words; undefined when it is valid */
  readonly exception: string | undefined;
}

/** One execution: a fork and one choice of data, gas and value. */
export interface StateTestCase {
  readonly name: string;
  /** as the fixture writes it */
  readonly forkName: string;
  /** position in the fork's list */
  readonly index: number;
  readonly fork: Fork;
  readonly pre: Alloc;
  readonly block: BlockContext;
  readonly transaction: UnsignedTransaction;
  /** undefined: to be derived from the key */
  readonly sender: Address | undefined;
  readonly secretKey: Uint8Array | undefined;
  /** the signed transaction, where the fixture has it */
  readonly txBytes: Uint8Array | undefined;
  readonly expected: StateTestExpectation;
}

/** Whether a JSON value is a state test. */
export function isStateTest(value: unknown): value is JsonObject {
  return isObject(value) && 'post' in value && 'transaction' in value && 'pre' in value && 'env' in value;
}

/** A base fee that fixtures from before EEST leave out: the genesis's 16 after one empty block, in wei. */
const DEFAULT_BASE_FEE = 10n;

/**
 * The cases of one test that `selects` picks, in the fixture's order. The state before is read once for all.
 * @throws {MalformedFixture} when a field cannot be read
 */
export function* stateTestCases(
  name: string,
  test: JsonObject,
  selects: (name: string, fork: string, index: number) => boolean,
): Generator<StateTestCase> {
  let pre: Alloc | undefined;
  for (const [forkName, entries] of Object.entries(objectAt(test['post'], 'post'))) {
    for (const [index, value] of arrayAt(entries, `post.${forkName}`).entries()) {
      if (!selects(name, forkName, index)) continue;
      const entry = objectAt(value, `post.${forkName}`);
      const ruleSet = forkOf(forkName, test['config'], test['_info']);
      const transaction = objectAt(test['transaction'], 'transaction');
      const { sender, secretKey } = transaction;
      const { txbytes, expectException, state } = entry;
      pre ??= allocAt(test['pre'], 'pre');
      yield {
        name,
        forkName,
        index,
        fork: ruleSet,
        pre,
        block: blockOf(objectAt(test['env'], 'env'), test['config'], ruleSet),
        transaction: transactionOf(
          transaction,
          objectAt(entry['indexes'], 'indexes'),
          chainIdOf(test['config']),
        ),
        sender: sender === undefined ? undefined : addressAt(sender, 'transaction.sender'),
        secretKey: secretKey === undefined ? undefined : bytesAt(secretKey, 'transaction.secretKey'),
        txBytes: txbytes === undefined ? undefined : bytesAt(txbytes, 'txbytes'),
        expected: {
          stateRoot: hashAt(entry['hash'], 'hash'),
          logsHash: hashAt(entry['logs'], 'logs'),
          state: state === undefined ? undefined : allocAt(state, 'state'),
          exception: expectException === undefined ? undefined : String(expectException),
        },
      };
    }
  }
}

function chainIdOf(config: unknown): bigint {
  return isObject(config) ? integerOr(config['chainid'] ?? config['chainId'], 1n, 'config.chainid') : 1n;
}

function blockOf(env: JsonObject, config: unknown, { rules }: Fork): BlockContext {
  const of = (field: string, absent = 0n): bigint => integerOr(env[field], absent, `env.${field}`);
  return {
    number: of('currentNumber'),
    timestamp: of('currentTimestamp'),
    coinbase: addressAt(env['currentCoinbase'], 'env.currentCoinbase'),
    gasLimit: of('currentGasLimit'),
    baseFee: rules.baseFee ? of('currentBaseFee', DEFAULT_BASE_FEE) : 0n,
    prevRandao: rules.proofOfStake ? of('currentRandom') : 0n,
    difficulty: rules.proofOfStake ? 0n : of('currentDifficulty'),
    excessBlobGas: of('currentExcessBlobGas'),
    slotNumber: of('slotNumber'),
    chainId: chainIdOf(config),
  };
}

/** Forks with a blob schedule of the fixture's own, by fork and schedule: execution caches by fork. */
const overridden = new Map<string, Fork>();

/** The fork of a name, with the blob schedule that the fixture's `config` gives it. */
export function forkOf(name: string, config: unknown, info?: unknown): Fork {
  const official = fixtureFork(name, info);
  const schedules = isObject(config) ? config['blobSchedule'] : undefined;
  const stated = isObject(schedules) ? schedules[name] : undefined;
  if (stated === undefined || official.params.blobSchedule === null) return official;
  const schedule = blobScheduleOf(objectAt(stated, 'config.blobSchedule'));
  const { target, max, baseFeeUpdateFraction } = official.params.blobSchedule;
  if (
    schedule.target === target &&
    schedule.max === max &&
    schedule.baseFeeUpdateFraction === baseFeeUpdateFraction
  ) {
    return official;
  }
  const key = `${official.name} ${schedule.target} ${schedule.max} ${schedule.baseFeeUpdateFraction}`;
  let own = overridden.get(key);
  if (own === undefined) {
    own = fork(official.name, official, { eip: 0, params: { blobSchedule: schedule } });
    overridden.set(key, own);
  }
  return own;
}

function blobScheduleOf(stated: JsonObject): BlobSchedule {
  return {
    target: Number(integerAt(stated['target'], 'blobSchedule.target')),
    max: Number(integerAt(stated['max'], 'blobSchedule.max')),
    baseFeeUpdateFraction: integerAt(stated['baseFeeUpdateFraction'], 'blobSchedule.baseFeeUpdateFraction'),
  };
}

/** The alternative of a transaction that `indexes` picks. Which fields there are says its type. */
function transactionOf(stated: JsonObject, indexes: JsonObject, chainId: bigint): UnsignedTransaction {
  const of = (field: string): bigint => integerOr(stated[field], 0n, `transaction.${field}`);
  const pick = (field: string, by: string): unknown => {
    const choices = arrayAt(stated[field], `transaction.${field}`);
    const index = Number(integerAt(indexes[by], `indexes.${by}`));
    if (index >= choices.length) {
      throw new MalformedFixture(
        `transaction.${field}: expected more than ${index} items, got ${choices.length}`,
      );
    }
    return choices[index];
  };
  const to = stated['to'];
  const common = {
    nonce: of('nonce'),
    gasLimit: integerAt(pick('gasLimit', 'gas'), 'transaction.gasLimit'),
    to: to === '' || to === undefined || to === null ? null : addressAt(to, 'transaction.to'),
    value: integerAt(pick('value', 'value'), 'transaction.value'),
    data: bytesAt(pick('data', 'data'), 'transaction.data'),
  };
  const lists = arrayAt(stated['accessLists'], 'transaction.accessLists');
  const listed = lists[Number(integerAt(indexes['data'], 'indexes.data'))];
  const hasList = listed !== undefined && listed !== null;
  const accessList = hasList ? accessListOf(listed) : [];
  if (stated['maxFeePerGas'] === undefined && stated['maxFeePerBlobGas'] === undefined) {
    const gasPrice = of('gasPrice');
    if (!hasList) return { ...common, type: 0, chainId: undefined, gasPrice };
    return { ...common, type: 1, chainId, gasPrice, accessList };
  }
  const market = {
    ...common,
    chainId,
    accessList,
    maxFeePerGas: of('maxFeePerGas'),
    maxPriorityFeePerGas: of('maxPriorityFeePerGas'),
  };
  if (stated['authorizationList'] !== undefined) {
    const authorizations = arrayAt(stated['authorizationList'], 'transaction.authorizationList');
    return { ...market, type: 4, authorizationList: authorizations.map(authorizationOf) };
  }
  if (stated['maxFeePerBlobGas'] !== undefined) {
    const hashes = arrayAt(stated['blobVersionedHashes'], 'transaction.blobVersionedHashes');
    return {
      ...market,
      type: 3,
      maxFeePerBlobGas: of('maxFeePerBlobGas'),
      blobVersionedHashes: hashes.map((hash) => integerAt(hash, 'transaction.blobVersionedHashes')),
    };
  }
  return { ...market, type: 2 };
}

function accessListOf(listed: unknown): AccessList {
  return arrayAt(listed, 'accessList').map((value) => {
    const { address, storageKeys } = objectAt(value, 'accessList');
    return {
      address: addressAt(address, 'accessList.address'),
      storageKeys: arrayAt(storageKeys, 'accessList.storageKeys').map((key) => integerAt(key, 'storageKeys')),
    };
  });
}

function authorizationOf(value: unknown): Authorization {
  const stated = objectAt(value, 'authorization');
  const of = (field: string): bigint => integerAt(stated[field], `authorization.${field}`);
  return {
    chainId: of('chainId'),
    address: addressAt(stated['address'], 'authorization.address'),
    nonce: of('nonce'),
    yParity: Number(integerAt(stated['yParity'] ?? stated['v'], 'authorization.v')),
    r: of('r'),
    s: of('s'),
  };
}
