/**
 * Transactions as bytes: the typed envelope (https://eips.ethereum.org/EIPS/eip-2718) and RLP, strictly canonical.
 * A decoder knows no fork; whether a type or a signature is allowed is checked in `transactionValidity.ts` and
 * `transactionSender.ts`.
 */

import {
  type Address,
  bigIntToBytes,
  bytesToBigInt,
  concatBytes,
  fromHex,
  type Hex,
  toAddress,
  toHex,
} from '../bytes.ts';
import { InvalidTransaction, type TransactionFault } from '../errors.ts';
import { keccak256 } from '../keccak.ts';
import {
  decodeRlp,
  encodeRlp,
  InvalidRlp,
  type Rlp,
  type RlpInput,
  readBytes,
  readInteger,
  readList,
  readOptionalBytes,
} from '../rlp.ts';
import {
  type AccessList,
  type Authorization,
  legacyV,
  type Signature,
  type Transaction,
  type UnsignedTransaction,
} from './transaction.ts';

/** How many fields a signed transaction has, by type. */
const FIELD_COUNTS = [9, 11, 12, 14, 13] as const;

/** What is wrong with a transaction when this field is too long; `rlp` for all others. */
const TOO_LONG: Readonly<Record<string, TransactionFault>> = {
  nonce: 'nonceOverflow',
  gasPrice: 'gasPriceOverflow',
  maxFeePerGas: 'gasPriceOverflow',
  maxPriorityFeePerGas: 'priorityFeeOverflow',
  gasLimit: 'gasLimitOverflow',
  to: 'addressLength',
  value: 'valueOverflow',
  v: 'signature',
  yParity: 'signature',
  r: 'signature',
  s: 'signature',
};

/**
 * A transaction from its encoding: RLP of a legacy one, or the type byte and RLP of a typed one.
 * @throws {InvalidTransaction} whatever is wrong with the bytes: `typeNotSupported`, `rlp`, `addressLength`,
 *   `fullBlobs` (a blob transaction with its blobs, as nodes send them), an overflow, `signature` (fields that no
 *   signature can have)
 */
export function decodeTransaction(bytes: Uint8Array): Transaction {
  // One byte is too short for any envelope, whatever its type.
  if (bytes.length > 1 && bytes[0] < 0xc0) return decodeTyped(bytes);
  return faithfully(() => legacyFromRlp(decodeRlp(bytes)));
}

/**
 * A transaction as it stands in a block's list: a legacy one as its list of fields, a typed one as a byte string.
 * @throws {InvalidTransaction} as `decodeTransaction` does
 */
export function decodeTransactionItem(item: Rlp): Transaction {
  if (!(item instanceof Uint8Array)) return faithfully(() => legacyFromRlp(item));
  if (item.length === 0 || item[0] >= 0xc0) {
    throw new InvalidTransaction(
      'rlp',
      'transaction: expected a type byte and fields in a byte string of a block',
    );
  }
  return decodeTyped(item);
}

/** A transaction's encoding, as nodes and JSON-RPC exchange it. */
export function encodeTransaction(tx: Transaction): Uint8Array {
  const fields = encodeRlp(signedFields(tx));
  return tx.type === 0 ? fields : concatBytes(Uint8Array.of(tx.type), fields);
}

/** A transaction as an item of a block's list of transactions, to be encoded with the block. */
export function transactionItem(tx: Transaction): RlpInput {
  return tx.type === 0 ? signedFields(tx) : encodeTransaction(tx);
}

/** A transaction's hash: keccak-256 of its encoding. */
export function transactionHash(tx: Transaction): Hex {
  return toHex(keccak256(encodeTransaction(tx)));
}

/** What the sender signs: keccak-256 of the encoding without signature, 32 bytes. */
export function signingHash(tx: UnsignedTransaction): Uint8Array {
  const fields = unsignedFields(tx);
  if (tx.type !== 0) return keccak256(concatBytes(Uint8Array.of(tx.type), encodeRlp(fields)));
  return keccak256(encodeRlp(tx.chainId === undefined ? fields : [...fields, tx.chainId, 0, 0]));
}

function decodeTyped(bytes: Uint8Array): Transaction {
  const type = bytes[0];
  if (type !== 1 && type !== 2 && type !== 3 && type !== 4) {
    throw new InvalidTransaction(
      'typeNotSupported',
      `type: expected 1 to 4 or a list, got ${type}`,
      BigInt(type),
      4n,
    );
  }
  return faithfully(() => typedFromRlp(type, decodeRlp(bytes.subarray(1))));
}

/** Runs a reader, and says what RLP finds wrong as the fault of a transaction. */
function faithfully(read: () => Transaction): Transaction {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InvalidRlp)) throw error;
    throw new InvalidTransaction(faultOf(error), error.message);
  }
}

function faultOf(error: InvalidRlp): TransactionFault {
  if (error.fault === 'tooLong') return TOO_LONG[error.where] ?? 'rlp';
  return error.fault === 'tooShort' && error.where === 'to' ? 'addressLength' : 'rlp';
}

function legacyFromRlp(item: Rlp): Transaction {
  const fields = readList(item, 'transaction', FIELD_COUNTS[0]);
  const body = {
    nonce: readInteger(fields[0], 'nonce', 8),
    gasPrice: readInteger(fields[1], 'gasPrice'),
    gasLimit: readInteger(fields[2], 'gasLimit', 8),
    to: readTo(fields[3]),
    value: readInteger(fields[4], 'value'),
    data: readBytes(fields[5], 'data'),
  };
  const v = readInteger(fields[6], 'v');
  const r = readInteger(fields[7], 'r');
  const s = readInteger(fields[8], 's');
  if (v !== 27n && v !== 28n && v < 35n) {
    throw new InvalidTransaction(
      'signature',
      `v: expected 27, 28 or 35 + 2 * chain id + parity, got ${v}`,
      v,
      27n,
    );
  }
  const yParity = (v & 1n) === 1n ? 0 : 1;
  return { type: 0, chainId: v < 35n ? undefined : (v - 35n) >> 1n, ...body, yParity, r, s };
}

function typedFromRlp(type: 1 | 2 | 3 | 4, item: Rlp): Transaction {
  const outer = readList(item, 'transaction');
  if (type === 3 && outer.length > 0 && !(outer[0] instanceof Uint8Array)) {
    throw new InvalidTransaction(
      'fullBlobs',
      'transaction: expected its fields, got its fields together with blobs',
    );
  }
  const fields = readList(item, 'transaction', FIELD_COUNTS[type]);
  let at = 0;
  const chainId = readInteger(fields[at++], 'chainId');
  const nonce = readInteger(fields[at++], 'nonce', 8);
  const price =
    type === 1 ? { gasPrice: readInteger(fields[at++], 'gasPrice') } : readFees(fields[at++], fields[at++]);
  const body = {
    chainId,
    nonce,
    ...price,
    gasLimit: readInteger(fields[at++], 'gasLimit', 8),
    to: readTo(fields[at++]),
    value: readInteger(fields[at++], 'value'),
    data: readBytes(fields[at++], 'data'),
    accessList: readAccessList(fields[at++]),
  };
  const extra =
    type === 3
      ? {
          maxFeePerBlobGas: readInteger(fields[at++], 'maxFeePerBlobGas'),
          blobVersionedHashes: readWords(fields[at++], 'blobVersionedHashes'),
        }
      : type === 4
        ? { authorizationList: readList(fields[at++], 'authorizationList').map(readAuthorization) }
        : {};
  const signature = readSignature(fields[at], fields[at + 1], fields[at + 2]);
  // One shape of code for four shapes of value: the compiler cannot follow, the round trips of the tests can.
  return { type, ...body, ...extra, ...signature } as Transaction;
}

function readFees(priority: Rlp, max: Rlp): { maxPriorityFeePerGas: bigint; maxFeePerGas: bigint } {
  return {
    maxPriorityFeePerGas: readInteger(priority, 'maxPriorityFeePerGas'),
    maxFeePerGas: readInteger(max, 'maxFeePerGas'),
  };
}

function readTo(item: Rlp): Address | null {
  const bytes = readOptionalBytes(item, 'to', 20);
  return bytes === undefined ? null : toAddress(bytes);
}

function readSignature(parity: Rlp, r: Rlp, s: Rlp): Signature {
  const yParity = readInteger(parity, 'yParity');
  if (yParity > 1n)
    throw new InvalidTransaction('signature', `yParity: expected 0 or 1, got ${yParity}`, yParity, 1n);
  return { yParity: yParity === 0n ? 0 : 1, r: readInteger(r, 'r'), s: readInteger(s, 's') };
}

function readWords(item: Rlp, where: string): readonly bigint[] {
  return readList(item, where).map((word) => bytesToBigInt(readBytes(word, where, 32)));
}

function readAccessList(item: Rlp): AccessList {
  return readList(item, 'accessList').map((entry) => {
    const [address, keys] = readList(entry, 'accessList entry', 2);
    return {
      address: toAddress(readBytes(address, 'accessList address', 20)),
      storageKeys: readWords(keys, 'accessList storage key'),
    };
  });
}

function readAuthorization(item: Rlp): Authorization {
  const fields = readList(item, 'authorization', 6);
  return {
    chainId: readInteger(fields[0], 'authorization chainId'),
    address: toAddress(readBytes(fields[1], 'authorization address', 20)),
    nonce: readInteger(fields[2], 'authorization nonce', 8),
    yParity: Number(readInteger(fields[3], 'authorization yParity', 1)),
    r: readInteger(fields[4], 'authorization r'),
    s: readInteger(fields[5], 'authorization s'),
  };
}

function unsignedFields(tx: UnsignedTransaction): readonly RlpInput[] {
  const to = tx.to === null ? new Uint8Array(0) : fromHex(tx.to);
  const common: readonly RlpInput[] = [tx.gasLimit, to, tx.value, tx.data];
  if (tx.type === 0) return [tx.nonce, tx.gasPrice, ...common];
  const accessList = tx.accessList.map(({ address, storageKeys }) => [
    fromHex(address),
    storageKeys.map(word),
  ]);
  if (tx.type === 1) return [tx.chainId, tx.nonce, tx.gasPrice, ...common, accessList];
  const fees = [tx.maxPriorityFeePerGas, tx.maxFeePerGas];
  const fields: readonly RlpInput[] = [tx.chainId, tx.nonce, ...fees, ...common, accessList];
  switch (tx.type) {
    case 2:
      return fields;
    case 3:
      return [...fields, tx.maxFeePerBlobGas, tx.blobVersionedHashes.map(word)];
    case 4:
      return [...fields, tx.authorizationList.map(authorizationFields)];
  }
}

function signedFields(tx: Transaction): readonly RlpInput[] {
  const parity = tx.type === 0 ? legacyV(tx) : tx.yParity;
  return [...unsignedFields(tx), parity, tx.r, tx.s];
}

function authorizationFields(authorization: Authorization): readonly RlpInput[] {
  const { chainId, address, nonce, yParity, r, s } = authorization;
  return [chainId, fromHex(address), nonce, yParity, r, s];
}

function word(value: bigint): Uint8Array {
  return bigIntToBytes(value, 32);
}
