/** Transactions of the tools' JSON: signed ones, and unsigned ones with the `secretKey` to sign them with. */

import { fromHex, type Hex } from '../bytes.ts';
import type { Transaction } from '../chain/transaction.ts';
import { encodeTransaction, transactionHash } from '../chain/transactionCodec.ts';
import {
  integerFromJson,
  type JsonObject,
  transactionFromJson,
  unsignedTransactionFromJson,
} from '../chain/transactionJson.ts';
import { Refusal } from './sender.ts';
import { legacyFields, type SignedTransaction } from './signedTransaction.ts';
import { readingJson } from './toolError.ts';

/** What a transaction of each type must say, by its names in JSON; the first of several names is the proper one. */
const REQUIRED: readonly (readonly (readonly string[])[])[] = (() => {
  const common = [['nonce'], ['gas', 'gasLimit'], ['value'], ['input', 'data']];
  const fees = [...common, ['chainId'], ['maxPriorityFeePerGas'], ['maxFeePerGas']];
  return [
    [...common, ['gasPrice']],
    [...common, ['chainId'], ['gasPrice']],
    fees,
    [...fees, ['to'], ['maxFeePerBlobGas'], ['blobVersionedHashes']],
    [...fees, ['to'], ['authorizationList']],
  ];
})();

/**
 * The transactions of a JSON list, signed. Without a `type` one is of type 0, whatever its fields.
 * @throws {ToolError} `json`, when one is malformed
 */
export function transactionsFromJson(
  list: unknown,
  what: string,
  chainId: bigint,
): readonly (SignedTransaction | Refusal)[] {
  return readingJson(what, () => {
    if (list === null || list === undefined) return [];
    if (!Array.isArray(list)) throw new TypeError('transactions: expected a list');
    return list.map((json: JsonObject) => transactionOf(json, chainId));
  });
}

function transactionOf(given: JsonObject, chainId: bigint): SignedTransaction | Refusal {
  if (typeof given !== 'object' || given === null) throw new TypeError('transaction: expected an object');
  const type = integerFromJson(given['type'] ?? '0x0', 'type');
  if (type > 4n) throw new TypeError('transaction type not supported');
  const json = { ...given, type: Number(type) };
  for (const names of REQUIRED[json.type]) {
    const isThere = names.some((name) => json[name as keyof typeof json] != null);
    if (!isThere) throw new TypeError(`missing required field '${names[0]}' in transaction`);
  }
  const isSigned = ['v', 'r', 's'].some((name) => !isZero(given[name], name));
  if (isSigned) return signedAlready(json);
  if (given['secretKey'] != null) return signedNow(json, chainId);
  return new Refusal('invalid transaction v, r, s values');
}

function signedNow(json: JsonObject, chainId: bigint): SignedTransaction | Refusal {
  const { v: _v, r: _r, s: _s, yParity: _parity, chainId: own, ...unsigned } = json;
  if (json['type'] === 0) return encoded(transactionFromJson(unsigned, chainId));
  const stated = integerFromJson(own, 'chainId');
  if (stated !== 0n && stated !== chainId) {
    throw new RangeError(
      `tx: failed to sign tx: invalid chain id for signer: have ${stated} want ${chainId}`,
    );
  }
  return encoded(transactionFromJson({ ...unsigned, chainId: `0x${chainId.toString(16)}` }));
}

function signedAlready(json: JsonObject): SignedTransaction {
  const unsigned = unsignedTransactionFromJson(json);
  const [r, s] = ['r', 's'].map((name) => integerFromJson(json[name], name));
  if (unsigned.type === 0) {
    const v = integerFromJson(json['v'], 'v');
    const { chainId: _, type: _type, ...body } = unsigned;
    const { tx, v: badV } = legacyFields(body, v, r, s);
    if (badV !== undefined) throw new TypeError('invalid transaction v, r, s values');
    return encoded(tx);
  }
  const parity = parityOf(json);
  return encoded({ ...unsigned, yParity: parity, r, s } as Transaction);
}

function parityOf(json: JsonObject): 0 | 1 {
  const [v, parity] = ['v', 'yParity'].map((name) =>
    json[name] == null ? undefined : integerFromJson(json[name], name),
  );
  if (v === undefined && parity === undefined)
    throw new TypeError("missing 'yParity' or 'v' field in transaction");
  if (parity !== undefined && parity > 1n) throw new TypeError("'yParity' field must be 0 or 1");
  if (v !== undefined && parity !== undefined && v !== parity) {
    throw new TypeError("'v' and 'yParity' fields do not match");
  }
  const value = parity ?? v!;
  if (value > 1n) throw new TypeError('invalid transaction v, r, s values');
  return value === 0n ? 0 : 1;
}

function isZero(value: unknown, name: string): boolean {
  return value === undefined || value === null || integerFromJson(value, name) === 0n;
}

function encoded(tx: Transaction): SignedTransaction {
  return { tx, hash: transactionHash(tx), encoded: encodeTransaction(tx) };
}

/**
 * Bytes of a file that holds one JSON string of hex.
 * @throws {TypeError} when it is none
 */
export function hexFromJson(value: unknown): Uint8Array {
  if (typeof value !== 'string') throw new TypeError('expected a string of hex');
  if (!value.startsWith('0x')) throw new TypeError('hex string without 0x prefix');
  return fromHex(value as Hex);
}
