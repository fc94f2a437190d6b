/**
 * What the execution layer asks of the consensus layer: deposits, and what contracts have queued.
 * https://eips.ethereum.org/EIPS/eip-7685
 */

import { type Address, bytesToBigInt, concatBytes, type Hex, toHex } from '../bytes.ts';
import { InvalidBlock } from '../errors.ts';
import type { Log } from '../machine/environment.ts';
import { sha256 } from '../precompiles/hashes.ts';

/** The byte that a list of deposits begins with (EIP-6110); those of other requests come with their contracts. */
export const DEPOSIT_REQUEST_TYPE = 0;

/** keccak-256 of `DepositEvent(bytes,bytes,bytes,bytes,bytes)`. */
const DEPOSIT_EVENT = 0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5n;
const DEPOSIT_EVENT_BYTES = 576;

/** The fields of a deposit event: where each begins, and its bytes. Public key, credentials, wei, signature, index. */
const DEPOSIT_FIELDS = [
  { name: 'public key', at: 160, bytes: 48 },
  { name: 'withdrawal credentials', at: 256, bytes: 32 },
  { name: 'amount', at: 320, bytes: 8 },
  { name: 'signature', at: 384, bytes: 96 },
  { name: 'index', at: 512, bytes: 8 },
] as const;

/**
 * The deposits that logs tell of, one after another: 192 bytes each. https://eips.ethereum.org/EIPS/eip-6110
 * @param contract whose logs are deposits
 * @throws {InvalidBlock} `depositLayout`, when such a log is not laid out as the contract's ABI says
 */
export function depositsIn(logs: readonly Log[], contract: Address): Uint8Array {
  const deposits: Uint8Array[] = [];
  for (const { address, topics, data } of logs) {
    if (address === contract && topics[0] === DEPOSIT_EVENT) deposits.push(depositOf(data));
  }
  return concatBytes(...deposits);
}

function depositOf(data: Uint8Array): Uint8Array {
  if (data.length !== DEPOSIT_EVENT_BYTES) {
    throw badLayout('bytes', BigInt(data.length), BigInt(DEPOSIT_EVENT_BYTES));
  }
  const fields: Uint8Array[] = [];
  for (const [position, { name, at, bytes }] of DEPOSIT_FIELDS.entries()) {
    checkWord(data, 32 * position, `offset of the ${name}`, at);
    checkWord(data, at, `length of the ${name}`, bytes);
    fields.push(data.subarray(at + 32, at + 32 + bytes));
  }
  return concatBytes(...fields);
}

function checkWord(data: Uint8Array, at: number, what: string, expected: number): void {
  const actual = bytesToBigInt(data.subarray(at, at + 32));
  if (actual !== BigInt(expected)) throw badLayout(what, actual, BigInt(expected));
}

function badLayout(what: string, actual: bigint, expected: bigint): InvalidBlock {
  const message = `deposit event, ${what}: expected ${expected}, got ${actual}`;
  return new InvalidBlock('depositLayout', message, { actual, expected });
}

/** A block's requests of one kind, as they are hashed and handed on: the type byte and the data; none without data. */
export function requestList(type: number, data: Uint8Array): readonly Uint8Array[] {
  return data.length === 0 ? [] : [concatBytes(Uint8Array.of(type), data)];
}

/** The hash of a block's requests: SHA-256 of the SHA-256 of each list. */
export function requestsHash(requests: readonly Uint8Array[]): Hex {
  return toHex(sha256(concatBytes(...requests.map((request) => sha256(request)))));
}
