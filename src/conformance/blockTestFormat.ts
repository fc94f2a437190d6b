/**
 * The official blockchain tests' format, old and new: a genesis, blocks in the order in which they arrive, and what
 * the chain's head and state must be in the end.
 * https://ethereum-tests.readthedocs.io/en/latest/test_types/blockchain_tests.html
 */

import { type Hex, toHex } from '../bytes.ts';
import { decodeBlock } from '../chain/block.ts';
import type { ChainConfig } from '../chain/chainConfig.ts';
import type { Genesis } from '../chain/genesis.ts';
import { type Header, headerHash } from '../chain/header.ts';
import { testNetwork } from '../chain/testNetworks.ts';
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

/** A block as it arrives, and what is to become of it. */
export interface BlockTestStep {
  readonly rlp: Uint8Array;
  /** the block's hash; undefined where it is invalid */
  readonly hash: Hex | undefined;
  /** why it is invalid, in the fixture's words, where it has some */
  readonly exception: string | undefined;
}

/** A whole test. */
export interface BlockTestCase {
  readonly genesis: Genesis;
  readonly steps: readonly BlockTestStep[];
  readonly lastBlockHash: Hex;
  /** the state in the end: all of it, or its root, or neither */
  readonly postState: Alloc | undefined;
  readonly postStateRoot: Hex | undefined;
}

/** Whether a JSON value is a blockchain test. */
export function isBlockTest(value: unknown): value is JsonObject {
  return isObject(value) && 'blocks' in value && 'genesisBlockHeader' in value && 'network' in value;
}

/** The network that a test names. */
export function networkOf(test: JsonObject): string {
  return String(test['network']);
}

/**
 * A test, read.
 * @throws {MalformedFixture} when a field cannot be read, or the genesis is not what the fixture says of it
 * @throws {RangeError} when the network is not known
 */
export function readBlockTest(test: JsonObject): BlockTestCase {
  const config = chainOf(test);
  const header = headerAt(objectAt(test['genesisBlockHeader'], 'genesisBlockHeader'));
  checkGenesis(test, header);
  const { postState, postStateHash } = test;
  return {
    genesis: { config, header, alloc: allocAt(test['pre'], 'pre') },
    steps: arrayAt(test['blocks'], 'blocks').map((block) => stepAt(block, networkOf(test))),
    lastBlockHash: hashAt(test['lastblockhash'], 'lastblockhash'),
    postState: postState === undefined || postState === null ? undefined : allocAt(postState, 'postState'),
    postStateRoot: postStateHash === undefined ? undefined : hashAt(postStateHash, 'postStateHash'),
  };
}

function chainOf(test: JsonObject): ChainConfig {
  const config = isObject(test['config']) ? test['config'] : {};
  const chainId = integerOr(config['chainid'] ?? config['chainId'], 1n, 'config.chainid');
  const chain = testNetwork(networkOf(test), chainId, schedulesAt(config['blobSchedule']), (name) =>
    fixtureFork(name, test['_info']),
  );
  // where nothing is said, clients verify
  return { ...chain, sealed: test['sealEngine'] !== 'NoProof' };
}

function schedulesAt(value: unknown): ReadonlyMap<string, BlobSchedule> {
  const schedules = new Map<string, BlobSchedule>();
  if (value === undefined) return schedules;
  for (const [fork, stated] of Object.entries(objectAt(value, 'config.blobSchedule'))) {
    const { target, max, baseFeeUpdateFraction } = objectAt(stated, 'config.blobSchedule');
    schedules.set(fork.toLowerCase(), {
      target: Number(integerAt(target, 'blobSchedule.target')),
      max: Number(integerAt(max, 'blobSchedule.max')),
      baseFeeUpdateFraction: integerAt(baseFeeUpdateFraction, 'blobSchedule.baseFeeUpdateFraction'),
    });
  }
  return schedules;
}

function checkGenesis(test: JsonObject, header: Header): void {
  const stated = objectAt(test['genesisBlockHeader'], 'genesisBlockHeader')['hash'];
  const hash = headerHash(header);
  if (hashAt(stated, 'genesisBlockHeader.hash') !== hash) {
    throw new MalformedFixture(`genesisBlockHeader.hash: expected ${hash}, got ${stated}`);
  }
  if (test['genesisRLP'] === undefined) return;
  const encoded = decodeBlock(bytesAt(test['genesisRLP'], 'genesisRLP'));
  if (encoded.hash !== hash) {
    throw new MalformedFixture(`genesisRLP: expected block ${hash}, got ${encoded.hash}`);
  }
}

function stepAt(value: unknown, network: string): BlockTestStep {
  const block = objectAt(value, 'blocks');
  const header = block['blockHeader'];
  // the oldest fixtures name the exception for each fork, or for all
  const exception =
    block['expectException'] ?? block[`expectException${network}`] ?? block['expectExceptionALL'];
  return {
    rlp: bytesAt(block['rlp'], 'blocks.rlp'),
    hash:
      header === undefined ? undefined : hashAt(objectAt(header, 'blockHeader')['hash'], 'blockHeader.hash'),
    exception: exception === undefined ? undefined : String(exception),
  };
}

/** A header as fixtures list it. Which fields there are is what the fixture says, whatever the fork. */
function headerAt(stated: JsonObject): Header {
  const hash = (key: string): Hex => hashAt(stated[key], key);
  const number = (key: string): bigint => integerAt(stated[key], key);
  const optional = <T>(key: string, field: keyof Header, read: (key: string) => T) =>
    stated[key] === undefined ? {} : { [field]: read(key) };
  return {
    parentHash: hash('parentHash'),
    ommersHash: hash('uncleHash'),
    coinbase: addressAt(stated['coinbase'], 'coinbase'),
    stateRoot: hash('stateRoot'),
    transactionsRoot: hash('transactionsTrie'),
    receiptsRoot: hash('receiptTrie'),
    logsBloom: bytesAt(stated['bloom'], 'bloom'),
    difficulty: number('difficulty'),
    number: number('number'),
    gasLimit: number('gasLimit'),
    gasUsed: number('gasUsed'),
    timestamp: number('timestamp'),
    extraData: bytesAt(stated['extraData'], 'extraData'),
    mixHash: hash('mixHash'),
    nonce: toHex(bytesAt(stated['nonce'], 'nonce')),
    ...optional('baseFeePerGas', 'baseFee', number),
    ...optional('withdrawalsRoot', 'withdrawalsRoot', hash),
    ...optional('blobGasUsed', 'blobGasUsed', number),
    ...optional('excessBlobGas', 'excessBlobGas', number),
    ...optional('parentBeaconBlockRoot', 'parentBeaconRoot', hash),
    ...optional('requestsHash', 'requestsHash', hash),
    ...optional('blockAccessListHash', 'blockAccessListHash', hash),
    ...optional('slotNumber', 'slotNumber', number),
  };
}
