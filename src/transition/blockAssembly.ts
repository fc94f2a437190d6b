/** What `evm b11r` does: puts a block together from its parts, whether or not it could be in a chain, and seals it. */

import { bigIntToBytes, concatBytes, fromHex, type Hex, toHex } from '../bytes.ts';
import { ommersHash } from '../chain/block.ts';
import {
  EMPTY_LIST_HASH,
  EMPTY_TRIE_ROOT,
  type Header,
  headerFromRlp,
  headerItem,
  ZERO_HASH,
} from '../chain/header.ts';
import { signHash } from '../chain/signature.ts';
import { transactionItem } from '../chain/transactionCodec.ts';
import { integerFromJson, type JsonObject } from '../chain/transactionJson.ts';
import { type Withdrawal, withdrawalItem } from '../chain/withdrawals.ts';
import { keccak256 } from '../keccak.ts';
import { decodeRlp, encodeRlp, type RlpInput, readList } from '../rlp.ts';
import { addressOf, hashOf, recordOf, withdrawalFromJson } from './environment.ts';
import { RlpComplaint } from './rlpStream.ts';
import { allTransactionsOfList, type SignedTransaction } from './signedTransaction.ts';
import { ToolError } from './toolError.ts';

/** The parts, as JSON has them. */
export interface BlockParts {
  readonly header: unknown;
  /** RLP of blocks in hex, whose headers are the ommers */
  readonly ommers: unknown;
  /** RLP of a list of transactions in hex */
  readonly txs: unknown;
  readonly withdrawals: unknown;
  /** how to seal it with Clique; undefined: not at all */
  readonly clique: unknown;
}

/** A block as bytes. */
export interface AssembledBlock {
  readonly rlp: Hex;
  readonly hash: Hex;
}

const VANITY_BYTES = 32;
const SEAL_BYTES = 65;

/** Fields that came with forks, in order, and how JSON has them. */
const LATER_FIELDS = [
  ['baseFeePerGas', 'integer'],
  ['withdrawalsRoot', 'hash'],
  ['blobGasUsed', 'integer'],
  ['excessBlobGas', 'integer'],
  ['parentBeaconBlockRoot', 'hash'],
  ['requestsHash', 'hash'],
  ['blockAccessListHash', 'hash'],
  ['slotNumber', 'integer'],
] as const;

/**
 * Puts a block together.
 * @throws {ToolError} `rlp`, `json` or `configuration`
 */
export function assembleBlock(parts: BlockParts): AssembledBlock {
  const stated = parts.header === undefined ? missing('header') : recordOf(parts.header, 'header');
  const transactions = transactionsOf(parts.txs);
  const ommers = ommersOf(parts.ommers);
  const withdrawals = parts.withdrawals == null ? undefined : withdrawalsOf(parts.withdrawals);
  const draft = headerOf(stated, ommers);
  const first =
    parts.clique == null ? draft : sealedByClique(draft, stated, recordOf(parts.clique, 'clique'));
  const header = [...headerItem(first), ...laterItems(stated)];
  const items: RlpInput[] = [
    header,
    transactions.map(({ tx }) => transactionItem(tx)),
    ommers.map(headerItem),
  ];
  if (withdrawals !== undefined) items.push(withdrawals.map(withdrawalItem));
  return { rlp: toHex(encodeRlp(items)), hash: toHex(keccak256(encodeRlp(header))) };
}

/** The fields that every header has. */
function headerOf(json: JsonObject, ommers: readonly Header[]): Header {
  const number = (name: string) => (json[name] == null ? 0n : integerFromJson(json[name], name));
  const required = (name: string) => (json[name] == null ? missing(name) : number(name));
  const hash = (name: string, absent: Hex) => (json[name] == null ? absent : hashOf(json[name], name));
  const bytes = (name: string, length: number) => fixedBytes(json[name], name, length);
  return {
    parentHash: hash('parentHash', ZERO_HASH),
    ommersHash: hash('sha3Uncles', ommers.length === 0 ? EMPTY_LIST_HASH : ommersHash(ommers)),
    coinbase: json['miner'] == null ? `0x${'00'.repeat(20)}` : addressOf(json['miner'], 'miner'),
    stateRoot: json['stateRoot'] == null ? missing('stateRoot') : hash('stateRoot', ZERO_HASH),
    transactionsRoot: hash('transactionsRoot', EMPTY_TRIE_ROOT),
    receiptsRoot: hash('receiptsRoot', EMPTY_TRIE_ROOT),
    logsBloom: bytes('logsBloom', 256),
    difficulty: number('difficulty'),
    number: required('number'),
    gasLimit: required('gasLimit'),
    gasUsed: number('gasUsed'),
    timestamp: required('timestamp'),
    extraData: json['extraData'] == null ? new Uint8Array(0) : fromHex(String(json['extraData'])),
    mixHash: hash('mixHash', ZERO_HASH),
    nonce: toHex(bytes('nonce', 8)),
  };
}

/** The fields that came with forks, up to the last that is there; what is missing between is written as empty. */
function laterItems(json: JsonObject): readonly RlpInput[] {
  const items: RlpInput[] = [];
  let count = 0;
  for (const [name, kind] of LATER_FIELDS) {
    const value = json[name];
    if (value == null) items.push(new Uint8Array(0));
    else items.push(kind === 'hash' ? fromHex(hashOf(value, name)) : integerFromJson(value, name));
    if (value != null) count = items.length;
  }
  return items.slice(0, count);
}

function sealedByClique(header: Header, stated: JsonObject, clique: JsonObject): Header {
  const refuse = (what: string): never => {
    throw new ToolError('configuration', `sealing with clique ${what}`);
  };
  if (stated['extraData'] != null) refuse('will overwrite provided extra data');
  const { secretKey, voted, authorize, vanity } = clique;
  if (secretKey == null) throw new TypeError("missing required field 'secretKey' for cliqueInput");
  if (voted != null && stated['miner'] != null) refuse('and voting will overwrite provided coinbase');
  if (authorize != null && stated['nonce'] != null) refuse('and voting will overwrite provided nonce');
  for (const [name] of LATER_FIELDS.slice(1)) {
    if (stated[name] != null) refuse(`expects no ${name}`);
  }
  const vote = authorize == null ? header.nonce : authorize === true ? zeros(8) : ones(8);
  const start = vanity == null ? new Uint8Array(VANITY_BYTES) : fromHex(hashOf(vanity, 'vanity'));
  const unsealed: Header = {
    ...header,
    coinbase: voted == null ? header.coinbase : addressOf(voted, 'voted'),
    nonce: vote,
    extraData: start,
  };
  const hash = keccak256(encodeRlp([...headerItem(unsealed), ...laterItems(stated)]));
  const { r, s, yParity } = signHash(hash, fromHex(hashOf(secretKey, 'secretKey')));
  const seal = concatBytes(bigIntToBytes(r, 32), bigIntToBytes(s, 32), Uint8Array.of(yParity));
  const room = new Uint8Array(VANITY_BYTES + SEAL_BYTES);
  room.set(concatBytes(start, seal));
  return { ...unsealed, extraData: room };
}

const zeros = (bytes: number): Hex => `0x${'00'.repeat(bytes)}`;
const ones = (bytes: number): Hex => `0x${'ff'.repeat(bytes)}`;

function transactionsOf(txs: unknown): readonly SignedTransaction[] {
  if (txs === undefined || txs === null || txs === '') return [];
  try {
    return allTransactionsOfList(fromHex(String(txs)));
  } catch (error) {
    if (!(error instanceof RlpComplaint)) throw error;
    throw new ToolError('rlp', `unable to decode transaction from rlp data: ${error.message}`);
  }
}

function ommersOf(list: unknown): readonly Header[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw new TypeError('ommers: expected a list');
  return list.map((text) => {
    try {
      return headerFromRlp(readList(decodeRlp(fromHex(String(text))), 'ommer', 3)[0]);
    } catch (error) {
      throw new ToolError('rlp', `unable to decode ommer from rlp data: ${(error as Error).message}`);
    }
  });
}

function withdrawalsOf(list: unknown): readonly Withdrawal[] {
  if (!Array.isArray(list)) throw new TypeError('withdrawals: expected a list');
  return list.map(withdrawalFromJson);
}

function fixedBytes(value: unknown, name: string, length: number): Uint8Array {
  const bytes = value === undefined || value === null ? new Uint8Array(length) : fromHex(String(value));
  if (bytes.length !== length) throw new TypeError(`${name}: expected ${length} bytes, got ${bytes.length}`);
  return bytes;
}

function missing(name: string): never {
  throw new TypeError(`missing required field '${name}' for header`);
}
