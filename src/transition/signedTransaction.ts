/**
 * Transactions as the tools are given them: signed, perhaps wrongly, with numbers of any width. What is wrong with
 * their bytes is told in go-ethereum's words (`rlpStream.ts`).
 */

import { type Address, bytesToBigInt, type Hex, toAddress, toHex } from '../bytes.ts';
import type { AccessListEntry, Authorization, Transaction } from '../chain/transaction.ts';
import { keccak256 } from '../keccak.ts';
import { decodingInto, RlpComplaint, RlpStream } from './rlpStream.ts';

/** A transaction with its encoding. Numbers of types 0 to 2 may exceed 256 bits. */
export interface SignedTransaction {
  readonly tx: Transaction;
  readonly hash: Hex;
  /** as a block's trie has it: RLP, or a type byte and RLP */
  readonly encoded: Uint8Array;
  /** the v or y parity that no signature can have, where it has one */
  readonly badV?: bigint;
}

/** A transaction, or why its bytes are none. */
export type DecodedTransaction = SignedTransaction | RlpComplaint;

const ANY_WIDTH = Number.POSITIVE_INFINITY;

/** What decides how numbers are read: the older types have any width, the newer ones 256 bits. */
interface Integers {
  readonly type: string;
  readonly bytes: number;
}

const BIG: Integers = { type: '*big.Int', bytes: ANY_WIDTH };
const WORD: Integers = { type: '*uint256.Int', bytes: 32 };

/**
 * The transactions of a block's list, one after the other; those that cannot be decoded are complaints in their
 * places. It ends early where go-ethereum would not get any further.
 */
export function* transactionsOfList(list: Uint8Array): Generator<DecodedTransaction> {
  const stream = new RlpStream(list);
  try {
    stream.enter('');
  } catch {
    return;
  }
  while (stream.hasMore) {
    const before = stream.position;
    const item = outcomeOf(() => readTransaction(stream, list));
    yield item;
    if (item instanceof RlpComplaint && stream.position === before) return;
  }
}

/**
 * All transactions of a block's list.
 * @throws {RlpComplaint} when one cannot be decoded
 */
export function allTransactionsOfList(list: Uint8Array): readonly SignedTransaction[] {
  const type = '[]*types.Transaction';
  return decodingInto(type, () => {
    const stream = new RlpStream(list);
    const transactions = stream.list(type, () => readAnyTransaction(stream, list));
    if (!stream.isAtEnd) throw new RlpComplaint('rlp: input contains more than one value');
    return transactions;
  });
}

/** One transaction that stands alone: in a list as its fields, or its envelope in a byte string. */
export function transactionOfItem(item: Uint8Array): DecodedTransaction {
  return outcomeOf(() => {
    const stream = new RlpStream(item);
    const transaction = readTransaction(stream, item);
    if (!stream.isAtEnd) throw new RlpComplaint('rlp: input contains more than one value');
    return transaction;
  });
}

function outcomeOf(read: () => SignedTransaction): DecodedTransaction {
  try {
    return read();
  } catch (error) {
    if (error instanceof RlpComplaint) return error;
    throw error;
  }
}

function readTransaction(stream: RlpStream, whole: Uint8Array): SignedTransaction {
  return decodingInto('types.Transaction', () => readAnyTransaction(stream, whole));
}

function readAnyTransaction(stream: RlpStream, whole: Uint8Array): SignedTransaction {
  const { kind } = stream.peek();
  if (kind === 'byte') throw new RlpComplaint('typed transaction too short');
  if (kind === 'list') {
    const start = stream.startOfItem;
    const fields = decodingInto('types.LegacyTx', () => readLegacy(stream));
    return signed(fields, whole.slice(start, stream.position));
  }
  const envelope = stream.raw().slice();
  return signed(readTyped(envelope), envelope);
}

function signed({ tx, v }: Fields, encoded: Uint8Array): SignedTransaction {
  const hash = toHex(keccak256(encoded));
  return v === undefined ? { tx, hash, encoded } : { tx, hash, encoded, badV: v };
}

interface Fields {
  readonly tx: Transaction;
  /** a v or y parity that no signature can have */
  readonly v?: bigint;
}

type Field = <F>(name: string, one: () => F) => F;

function readLegacy(stream: RlpStream): Fields {
  return stream.struct('types.LegacyTx', (field) => {
    const number = (name: string) => field(name, () => stream.integer(BIG.type, BIG.bytes));
    const body = {
      nonce: field('Nonce', () => stream.integer('uint64', 8)),
      gasPrice: number('GasPrice'),
      gasLimit: field('Gas', () => stream.integer('uint64', 8)),
      to: readOptionalTo(stream, field),
      value: number('Value'),
      data: field('Data', () => stream.bytes()),
    };
    const [v, r, s] = [number('V'), number('R'), number('S')];
    return legacyFields(body, v, r, s);
  });
}

type LegacyBody = Pick<
  Transaction & { type: 0 },
  'nonce' | 'gasPrice' | 'gasLimit' | 'to' | 'value' | 'data'
>;

/** A legacy transaction by its v, which holds the parity and perhaps a chain id (EIP-155). */
export function legacyFields(body: LegacyBody, v: bigint, r: bigint, s: bigint): Fields {
  if (v === 27n || v === 28n) return { tx: { type: 0, ...body, yParity: v === 27n ? 0 : 1, r, s } };
  const isLow = v < 35n;
  // go-ethereum counts in 64 bits where v has no more
  const chainId = v < 1n << 64n ? BigInt.asUintN(64, v - 35n) >> 1n : (v - 35n) >> 1n;
  const unprotected = v < 2n;
  const tx: Transaction = {
    type: 0,
    ...body,
    ...(unprotected ? {} : { chainId }),
    yParity: (v & 1n) === 1n ? 0 : 1,
    r,
    s,
  };
  return isLow ? { tx, v } : { tx };
}

const TYPES = [undefined, 'types.AccessListTx', 'types.DynamicFeeTx', 'types.BlobTx', 'types.SetCodeTx'];

function readTyped(envelope: Uint8Array): Fields {
  if (envelope.length <= 1) throw new RlpComplaint('typed transaction too short');
  const type = envelope[0];
  if (type < 1 || type > 4) throw new RlpComplaint('transaction type not supported');
  const payload = envelope.subarray(1);
  if (type === 3) refuseBlobs(payload);
  const name = TYPES[type]!;
  return decodingInto(name, () => {
    const stream = new RlpStream(payload);
    const fields = stream.struct(name, (field) => readTypedFields(stream, type as 1 | 2 | 3 | 4, field));
    if (!stream.isAtEnd) throw new RlpComplaint('rlp: input contains more than one value');
    return fields;
  });
}

/** A block has no blobs. go-ethereum's tools would take them, and go on without. */
function refuseBlobs(payload: Uint8Array): void {
  const stream = new RlpStream(payload);
  if (stream.peek().kind !== 'list') throw new RlpComplaint('rlp: expected List');
  stream.enter('');
  if (stream.hasMore && stream.peek().kind === 'list') {
    throw new RlpComplaint('blob transaction: expected its fields, got its fields together with blobs');
  }
}

function readTypedFields(stream: RlpStream, type: 1 | 2 | 3 | 4, field: Field): Fields {
  const { type: integer, bytes } = type >= 3 ? WORD : BIG;
  const number = (name: string) => field(name, () => stream.integer(integer, bytes));
  const chainId = number('ChainID');
  const nonce = field('Nonce', () => stream.integer('uint64', 8));
  const price =
    type === 1
      ? { gasPrice: number('GasPrice') }
      : { maxPriorityFeePerGas: number('GasTipCap'), maxFeePerGas: number('GasFeeCap') };
  const body = {
    chainId,
    nonce,
    ...price,
    gasLimit: field('Gas', () => stream.integer('uint64', 8)),
    to:
      type >= 3
        ? field('To', () => toAddress(stream.fixed('common.Address', 20)))
        : readOptionalTo(stream, field),
    value: number('Value'),
    data: field('Data', () => stream.bytes()),
    accessList: field('AccessList', () => readAccessList(stream)),
  };
  const extra =
    type === 3
      ? {
          maxFeePerBlobGas: number('BlobFeeCap'),
          blobVersionedHashes: field('BlobHashes', () => readWords(stream, '[]common.Hash')),
        }
      : type === 4
        ? { authorizationList: field('AuthList', () => readAuthorizations(stream)) }
        : {};
  const [v, r, s] = [number('V'), number('R'), number('S')];
  // One shape of code for four shapes of value, as in the strict decoder.
  const tx = { type, ...body, ...extra, yParity: v === 0n ? 0 : 1, r, s } as Transaction;
  return v > 1n ? { tx, v } : { tx };
}

function readOptionalTo(stream: RlpStream, field: Field): Address | null {
  const bytes = field('To', () => stream.optional('common.Address', 20));
  return bytes === undefined ? null : toAddress(bytes);
}

function readWords(stream: RlpStream, type: string): readonly bigint[] {
  return stream.list(type, () => bytesToBigInt(stream.fixed('common.Hash', 32)));
}

function readAccessList(stream: RlpStream): readonly AccessListEntry[] {
  return stream.list('types.AccessList', () =>
    stream.struct('types.AccessTuple', (field) => ({
      address: field('Address', () => toAddress(stream.fixed('common.Address', 20))),
      storageKeys: field('StorageKeys', () => readWords(stream, '[]common.Hash')),
    })),
  );
}

function readAuthorizations(stream: RlpStream): readonly Authorization[] {
  return stream.list('[]types.SetCodeAuthorization', () =>
    stream.struct('types.SetCodeAuthorization', (field) => {
      const number = (name: string) => field(name, () => stream.integer(WORD.type, WORD.bytes));
      return {
        chainId: number('ChainID'),
        address: field('Address', () => toAddress(stream.fixed('common.Address', 20))),
        nonce: field('Nonce', () => stream.integer('uint64', 8)),
        yParity: Number(field('V', () => stream.integer('uint8', 1))),
        r: number('R'),
        s: number('S'),
      };
    }),
  );
}
