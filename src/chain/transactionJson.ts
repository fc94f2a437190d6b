/**
 * Transactions as JSON writes them: JSON-RPC, `evm t8n` and the official fixtures, which differ in small ways. Numbers
 * are hex (`0x` may stand for 0, leading zeros are allowed), decimal digits, or JSON numbers.
 * https://ethereum.github.io/execution-apis/
 */

import { type Address, bigIntToBytes, fromHex, toAddress } from '../bytes.ts';
import { InvalidTransaction, type TransactionFault } from '../errors.ts';
import type {
  AccessList,
  Authorization,
  Signature,
  Transaction,
  TransactionType,
  UnsignedTransaction,
} from './transaction.ts';
import { signTransaction } from './transactionSender.ts';

/** A JSON object, of which nothing is known. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What is wrong with a transaction when this field exceeds its width; `rlp` for all others. */
const TOO_WIDE: Readonly<Record<string, TransactionFault>> = {
  nonce: 'nonceOverflow',
  gas: 'gasLimitOverflow',
  gasLimit: 'gasLimitOverflow',
  gasPrice: 'gasPriceOverflow',
  maxFeePerGas: 'gasPriceOverflow',
  maxPriorityFeePerGas: 'priorityFeeOverflow',
  value: 'valueOverflow',
  v: 'signature',
  yParity: 'signature',
  r: 'signature',
  s: 'signature',
};

/**
 * An unsigned integer of JSON: hex with `0x` (none is 0), decimal digits or a number. The official fixtures write those
 * over 256 bits as `0x:bigint 0x…`.
 * @throws {TypeError} when it is none
 */
export function integerFromJson(value: unknown, name: string): bigint {
  if (typeof value === 'bigint' && value >= 0n) return value;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === 'string') {
    const text = value.startsWith('0x:bigint ') ? value.slice(10) : value;
    if (/^0x$/i.test(text)) return 0n;
    if (/^(0x[0-9a-f]+|[0-9]+)$/i.test(text)) return BigInt(text);
  }
  throw new TypeError(`${name}: expected a number in hex, got ${written(value)}`);
}

/**
 * A transaction without its signature. Its type is `type`, or follows from the fields that are there: an
 * `authorizationList`, blobs, a `maxFeePerGas`, an `accessList`. Of the names that differ, `data` and `input`, `gas`
 * and `gasLimit` are the same. What is absent is 0 or empty; a legacy transaction without `chainId` is valid on every
 * chain, a typed one needs `chainId` unless a default is given.
 * @throws {TypeError} when a field is malformed
 * @throws {InvalidTransaction} when a number exceeds its field's width, or the type is unknown
 */
export function unsignedTransactionFromJson(json: JsonObject, defaultChainId?: bigint): UnsignedTransaction {
  if (typeof json !== 'object' || json === null) {
    throw new TypeError(`transaction: expected an object, got ${written(json)}`);
  }
  const type = typeFromJson(json);
  const common = {
    nonce: optionalInteger(json, 'nonce', 64),
    gasLimit: optionalInteger(json, json['gas'] === undefined ? 'gasLimit' : 'gas', 64),
    to: toFromJson(json['to']),
    value: optionalInteger(json, 'value'),
    data: bytesFromJson(
      json['input'] ?? json['data'] ?? '0x',
      json['input'] === undefined ? 'data' : 'input',
    ),
  };
  if (type === 0) {
    const chainId = legacyChainId(json);
    const gasPrice = optionalInteger(json, 'gasPrice');
    return chainId === undefined ? { type, ...common, gasPrice } : { type, chainId, ...common, gasPrice };
  }
  const envelope = {
    ...common,
    chainId: present(json['chainId']) ? integer(json, 'chainId') : needed(defaultChainId, 'chainId'),
    accessList: accessListFromJson(json['accessList'] ?? []),
  };
  if (type === 1) return { type, ...envelope, gasPrice: optionalInteger(json, 'gasPrice') };
  const priced = {
    ...envelope,
    maxPriorityFeePerGas: optionalInteger(json, 'maxPriorityFeePerGas'),
    maxFeePerGas: optionalInteger(json, 'maxFeePerGas'),
  };
  switch (type) {
    case 2:
      return { type, ...priced };
    case 3:
      return {
        type,
        ...priced,
        maxFeePerBlobGas: optionalInteger(json, 'maxFeePerBlobGas'),
        blobVersionedHashes: list(json['blobVersionedHashes'] ?? [], 'blobVersionedHashes').map((hash, at) =>
          wordFromJson(hash, `blobVersionedHashes[${at}]`),
        ),
      };
    case 4: {
      const authorizations = list(json['authorizationList'] ?? [], 'authorizationList');
      return { type, ...priced, authorizationList: authorizations.map(authorizationFromJson) };
    }
  }
}

/**
 * A signed transaction: with the signature that the JSON holds, or, where it holds a `secretKey` and no signature
 * (as `evm t8n` takes them), signed with that. `"protected": false` leaves the chain id out of a legacy signature.
 * @throws {TypeError} when a field is malformed, or there is neither signature nor key
 * @throws {RangeError} when `secretKey` is no key
 * @throws {InvalidTransaction} when a number exceeds its field's width, or the type is unknown, or no signature has
 *   such a v
 */
export function transactionFromJson(json: JsonObject, defaultChainId?: bigint): Transaction {
  const unsigned = unsignedTransactionFromJson(json, defaultChainId);
  if (present(json['secretKey']) && !hasSignature(json)) {
    const key = bytesFromJson(json['secretKey'], 'secretKey');
    const fields = { ...unsigned };
    if (fields.type === 0 && json['protected'] === false)
      return signTransaction({ ...fields, chainId: undefined }, key);
    if (fields.type === 0 && fields.chainId === undefined) {
      return signTransaction({ ...fields, chainId: defaultChainId }, key);
    }
    return signTransaction(fields, key);
  }
  return { ...unsigned, ...signatureFromJson(json, unsigned.type) };
}

/**
 * An access list: a list of `{ address, storageKeys }`.
 * @throws {TypeError} when it is malformed
 */
export function accessListFromJson(value: unknown): AccessList {
  return list(value, 'accessList').map((entry, at) => {
    const name = `accessList[${at}]`;
    const { address, storageKeys } = object(entry, name);
    return {
      address: addressFromJson(address, `${name}.address`),
      storageKeys: list(storageKeys ?? [], `${name}.storageKeys`).map((key, index) =>
        wordFromJson(key, `${name}.storageKeys[${index}]`),
      ),
    };
  });
}

function authorizationFromJson(value: unknown, at: number): Authorization {
  const name = `authorizationList[${at}]`;
  const json = object(value, name);
  return {
    chainId: integer(json, 'chainId', 256, name),
    address: addressFromJson(json['address'], `${name}.address`),
    nonce: integer(json, 'nonce', 64, name),
    yParity: Number(integer(json, json['yParity'] === undefined ? 'v' : 'yParity', 8, name)),
    r: integer(json, 'r', 256, name),
    s: integer(json, 's', 256, name),
  };
}

function typeFromJson(json: JsonObject): TransactionType {
  if (present(json['type'])) {
    const type = integerFromJson(json['type'], 'type');
    if (type > 4n)
      throw new InvalidTransaction('typeNotSupported', `type: expected 0 to 4, got ${type}`, type, 4n);
    return Number(type) as TransactionType;
  }
  if (present(json['authorizationList'])) return 4;
  if (present(json['blobVersionedHashes']) || present(json['maxFeePerBlobGas'])) return 3;
  if (present(json['maxFeePerGas']) || present(json['maxPriorityFeePerGas'])) return 2;
  return present(json['accessList']) ? 1 : 0;
}

/** The chain id of a legacy transaction: what its v says where there is one, since that is what was signed. */
function legacyChainId(json: JsonObject): bigint | undefined {
  if (hasSignature(json)) {
    const v = integer(json, 'v');
    return v < 35n ? undefined : (v - 35n) >> 1n;
  }
  return present(json['chainId']) ? integer(json, 'chainId') : undefined;
}

function hasSignature(json: JsonObject): boolean {
  return ['r', 's'].some((name) => present(json[name]) && integerFromJson(json[name], name) !== 0n);
}

function signatureFromJson(json: JsonObject, type: TransactionType): Signature {
  if (!present(json['r']) || !present(json['s'])) {
    throw new TypeError(
      'transaction: expected a signature (r, s and v or yParity) or a secretKey, got neither',
    );
  }
  const name = type !== 0 && json['yParity'] !== undefined ? 'yParity' : 'v';
  const v = integer(json, name);
  const isValid = type === 0 ? v === 27n || v === 28n || v >= 35n : v <= 1n;
  if (!isValid) {
    const wanted = type === 0 ? '27, 28 or 35 + 2 * chain id + parity' : '0 or 1';
    throw new InvalidTransaction('signature', `${name}: expected ${wanted}, got ${v}`, v);
  }
  const isOdd = (v & 1n) === (type === 0 ? 0n : 1n);
  return { yParity: isOdd ? 1 : 0, r: integer(json, 'r'), s: integer(json, 's') };
}

function integer(json: JsonObject, name: string, bits = 256, parent = ''): bigint {
  const value = integerFromJson(json[name], parent === '' ? name : `${parent}.${name}`);
  if (value >> BigInt(bits) === 0n) return value;
  const fault = parent === '' ? (TOO_WIDE[name] ?? 'rlp') : 'rlp';
  throw new InvalidTransaction(
    fault,
    `${name}: expected below 2^${bits}, got ${value}`,
    value,
    1n << BigInt(bits),
  );
}

function optionalInteger(json: JsonObject, name: string, bits = 256): bigint {
  return present(json[name]) ? integer(json, name, bits) : 0n;
}

function toFromJson(value: unknown): Address | null {
  return !present(value) || value === '' || value === '0x' ? null : addressFromJson(value, 'to');
}

function addressFromJson(value: unknown, name: string): Address {
  const bytes = bytesFromJson(value, name);
  if (bytes.length !== 20) throw new TypeError(`${name}: expected 20 bytes of hex, got ${bytes.length}`);
  return toAddress(bytes);
}

/** A word: an integer below 2^256. Fixtures shorten and pad them at will. */
function wordFromJson(value: unknown, name: string): bigint {
  const word = integerFromJson(value, name);
  if (word >> 256n !== 0n) throw new TypeError(`${name}: expected 32 bytes of hex, got ${written(value)}`);
  return word;
}

/** Bytes of hex, with or without `0x`. Keys are sometimes written as numbers: an odd digit more is no fault of them. */
function bytesFromJson(value: unknown, name: string): Uint8Array {
  if (typeof value !== 'string') throw new TypeError(`${name}: expected hex, got ${written(value)}`);
  if (name === 'secretKey' && /^0x[0-9a-f]{1,63}$/i.test(value)) return bigIntToBytes(BigInt(value), 32);
  try {
    return fromHex(value);
  } catch {
    throw new TypeError(`${name}: expected an even number of hex digits, got ${written(value)}`);
  }
}

function list(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`${name}: expected a list, got ${written(value)}`);
  return value;
}

function object(value: unknown, name: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${name}: expected an object, got ${written(value)}`);
  }
  return value as JsonObject;
}

function present(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function needed(value: bigint | undefined, name: string): bigint {
  if (value === undefined) throw new TypeError(`${name}: expected a number in hex, got nothing`);
  return value;
}

/** A value as an error message shows it: JSON, cut short. */
function written(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'bigint' ? `${value}` : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
