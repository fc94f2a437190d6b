/**
 * Block headers of every fork, and their RLP. A decoder knows no fork: the number of fields says which forks it can
 * be of, and `headerValidity.ts` whether it is of the right one.
 */

import { type Address, fromHex, type Hex, toAddress, toHex } from '../bytes.ts';
import { InvalidBlock } from '../errors.ts';
import { keccak256 } from '../keccak.ts';
import type { Fork } from '../protocol/forks.ts';
import { encodeRlp, type Rlp, type RlpInput, readBytes, readInteger, readList } from '../rlp.ts';

/** A block's header. Yellow Paper, 4.4. Fields that came with a fork are undefined before it. */
export interface Header {
  readonly parentHash: Hex;
  /** keccak-256 of the RLP of the list of ommers' headers */
  readonly ommersHash: Hex;
  /** who gets the fees, and the reward */
  readonly coinbase: Address;
  /** after the whole block */
  readonly stateRoot: Hex;
  readonly transactionsRoot: Hex;
  readonly receiptsRoot: Hex;
  /** 256 bytes */
  readonly logsBloom: Uint8Array;
  readonly difficulty: bigint;
  readonly number: bigint;
  readonly gasLimit: bigint;
  readonly gasUsed: bigint;
  /** seconds since 1970 */
  readonly timestamp: bigint;
  readonly extraData: Uint8Array;
  /** PREVRANDAO from Paris on */
  readonly mixHash: Hex;
  /** 8 bytes */
  readonly nonce: Hex;
  /** wei per gas; London. https://eips.ethereum.org/EIPS/eip-1559 */
  readonly baseFee?: bigint | undefined;
  /** Shanghai. https://eips.ethereum.org/EIPS/eip-4895 */
  readonly withdrawalsRoot?: Hex | undefined;
  /** Cancun. https://eips.ethereum.org/EIPS/eip-4844 */
  readonly blobGasUsed?: bigint | undefined;
  /** blob gas; Cancun. https://eips.ethereum.org/EIPS/eip-4844 */
  readonly excessBlobGas?: bigint | undefined;
  /** Cancun. https://eips.ethereum.org/EIPS/eip-4788 */
  readonly parentBeaconRoot?: Hex | undefined;
  /** SHA-256; Prague. https://eips.ethereum.org/EIPS/eip-7685 */
  readonly requestsHash?: Hex | undefined;
  /** Amsterdam. https://eips.ethereum.org/EIPS/eip-7928 */
  readonly blockAccessListHash?: Hex | undefined;
  /** Amsterdam. https://eips.ethereum.org/EIPS/eip-7843 */
  readonly slotNumber?: bigint | undefined;
}

/** keccak-256 of the RLP of an empty list: the ommers' hash of a block without any. */
export const EMPTY_LIST_HASH: Hex = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347';
/** The root of a trie without entries. */
export const EMPTY_TRIE_ROOT: Hex = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421';
/** SHA-256 of nothing: the hash of no requests. */
export const NO_REQUESTS_HASH: Hex = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
/** 32 zero bytes. */
export const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`;

type FieldName = keyof Header;

/** How a field is written: an integer of at most so many bytes, or exactly so many bytes, or any bytes. */
type FieldKind =
  | { readonly kind: 'integer'; readonly bytes: number }
  | { readonly kind: 'hex' | 'bytes'; readonly bytes: number }
  | { readonly kind: 'anyBytes' };

const HASH: FieldKind = { kind: 'hex', bytes: 32 };
/** Gas, seconds: what every client holds in 64 bits. */
const UINT64: FieldKind = { kind: 'integer', bytes: 8 };
const UINT256: FieldKind = { kind: 'integer', bytes: 32 };

/** The fields in their order. */
const FIELDS: readonly (readonly [FieldName, FieldKind])[] = [
  ['parentHash', HASH],
  ['ommersHash', HASH],
  ['coinbase', { kind: 'hex', bytes: 20 }],
  ['stateRoot', HASH],
  ['transactionsRoot', HASH],
  ['receiptsRoot', HASH],
  ['logsBloom', { kind: 'bytes', bytes: 256 }],
  ['difficulty', UINT256],
  ['number', UINT256],
  ['gasLimit', UINT64],
  ['gasUsed', UINT64],
  ['timestamp', UINT64],
  ['extraData', { kind: 'anyBytes' }],
  ['mixHash', HASH],
  ['nonce', { kind: 'hex', bytes: 8 }],
  ['baseFee', UINT256],
  ['withdrawalsRoot', HASH],
  ['blobGasUsed', UINT64],
  ['excessBlobGas', UINT64],
  ['parentBeaconRoot', HASH],
  ['requestsHash', HASH],
  ['blockAccessListHash', HASH],
  ['slotNumber', UINT64],
];

/** The numbers of fields that headers of some fork have. */
const FIELD_COUNTS: ReadonlySet<number> = new Set([15, 16, 17, 20, 21, 23]);

/** How many fields the headers of a fork have. */
export function headerFieldCount({ rules, params }: Fork): number {
  if (rules.blockAccessLists) return 23;
  if (rules.requests) return 21;
  if (params.blobSchedule !== null) return 20;
  if (rules.withdrawals) return 17;
  return rules.baseFee ? 16 : 15;
}

/** How many fields a header has. */
export function fieldCountOf(header: Header): number {
  let count = FIELDS.length;
  while (header[FIELDS[count - 1][0]] === undefined) count--;
  return count;
}

/**
 * A header from its decoded RLP.
 * @throws {InvalidRlp} when a field is not what belongs there
 * @throws {InvalidBlock} `format`, when no fork's headers have this number of fields
 */
export function headerFromRlp(item: Rlp): Header {
  const items = readList(item, 'header');
  if (!FIELD_COUNTS.has(items.length)) {
    throw new InvalidBlock(
      'format',
      `header: expected 15, 16, 17, 20, 21 or 23 fields, got ${items.length}`,
      {
        actual: BigInt(items.length),
      },
    );
  }
  const header: Record<string, unknown> = {};
  for (const [at, field] of items.entries()) {
    const [name, kind] = FIELDS[at];
    header[name] = readField(field, name, kind);
  }
  // Every field up to the count was read by its row above, so that what is required is there.
  return header as unknown as Header;
}

function readField(item: Rlp, name: FieldName, kind: FieldKind): unknown {
  switch (kind.kind) {
    case 'integer':
      return readInteger(item, name, kind.bytes);
    case 'anyBytes':
      return readBytes(item, name);
    case 'bytes':
      return readBytes(item, name, kind.bytes);
    case 'hex': {
      const bytes = readBytes(item, name, kind.bytes);
      return kind.bytes === 20 ? toAddress(bytes) : toHex(bytes);
    }
  }
}

/**
 * A header as an item to be encoded, alone or within a block.
 * @throws {TypeError} when a field is missing before one that is there
 */
export function headerItem(header: Header): readonly RlpInput[] {
  const items: RlpInput[] = [];
  for (let at = 0; at < fieldCountOf(header); at++) {
    const [name] = FIELDS[at];
    const value = header[name];
    if (value === undefined) throw new TypeError(`header: expected ${name}, got nothing`);
    items.push(typeof value === 'string' ? fromHex(value) : value);
  }
  return items;
}

/** A header's RLP. */
export function encodeHeader(header: Header): Uint8Array {
  return encodeRlp(headerItem(header));
}

/** A block's hash: keccak-256 of its header's RLP. */
export function headerHash(header: Header): Hex {
  return toHex(keccak256(encodeHeader(header)));
}

/** What Ethash seals: keccak-256 of the header's RLP without its mix hash and nonce, 32 bytes. */
export function sealHash(header: Header): Uint8Array {
  const items = headerItem(header);
  return keccak256(encodeRlp([...items.slice(0, 13), ...items.slice(15)]));
}
