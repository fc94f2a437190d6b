/** Accounts and slots as the state's tries hold them. Yellow Paper, 4.1. */

import { type Hex, toHex } from '../bytes.ts';
import { decodeRlp, readBytes, readInteger, readList } from '../rlp.ts';
import { writeHeader } from './encode.ts';
import { keccak256 } from './hash.ts';

/** An account as its leaf holds it. */
export interface StoredAccount {
  readonly nonce: bigint;
  /** wei */
  readonly balance: bigint;
  /** 32 bytes */
  readonly storageRoot: Uint8Array;
  /** keccak-256 of its code */
  readonly codeHash: Hex;
}

/** The most bytes that an account's value takes: two hashes, a nonce of 8 bytes, a balance of 32. */
export const MAX_ACCOUNT_SIZE = 2 + 66 + 9 + 33;

/**
 * An account's value in the trie: the RLP of nonce, balance, storage root and code hash.
 * @param storageRoot 32 bytes
 * @param codeHash 32 bytes
 */
export function encodeAccount(
  nonce: bigint,
  balance: bigint,
  storageRoot: Uint8Array,
  codeHash: Uint8Array,
): Uint8Array {
  const rlp = new Uint8Array(68 + integerSize(nonce) + integerSize(balance));
  writeAccount(rlp, 0, nonce, balance, storageRoot, codeHash);
  return rlp;
}

/** Writes what `encodeAccount` returns, at most `MAX_ACCOUNT_SIZE` bytes, and returns where it ends. */
export function writeAccount(
  out: Uint8Array,
  at: number,
  nonce: bigint,
  balance: bigint,
  storageRoot: Uint8Array,
  codeHash: Uint8Array,
): number {
  const nonceSize = integerSize(nonce);
  const balanceSize = integerSize(balance);
  let end = writeHeader(out, at, 0xc0, nonceSize + balanceSize + 66);
  end = writeInteger(out, end, nonce, nonceSize);
  end = writeInteger(out, end, balance, balanceSize);
  out[end] = 0xa0;
  out.set(storageRoot, end + 1);
  out[end + 33] = 0xa0;
  out.set(codeHash, end + 34);
  return end + 66;
}

/**
 * An account from its value in the trie.
 * @throws {InvalidRlp} when it is none
 */
export function decodeAccount(rlp: Uint8Array): StoredAccount {
  const [nonce, balance, storageRoot, codeHash] = readList(decodeRlp(rlp), 'account', 4);
  return {
    nonce: readInteger(nonce, 'nonce', 8),
    balance: readInteger(balance, 'balance'),
    storageRoot: readBytes(storageRoot, 'storage root', 32),
    codeHash: toHex(readBytes(codeHash, 'code hash', 32)),
  };
}

/** Hashes of code that was seen, for as long as the code itself lives. */
const hashOfCode = new WeakMap<Uint8Array, Uint8Array>();

/** keccak-256 of code that will not change any more: 32 bytes, not to be changed either. */
export function codeHashOf(code: Uint8Array): Uint8Array {
  let hash = hashOfCode.get(code);
  if (hash === undefined) {
    hash = keccak256(code);
    hashOfCode.set(code, hash);
  }
  return hash;
}

/** A slot's value in the trie: its RLP. Of 0 there is none. */
export function encodeSlot(value: bigint): Uint8Array {
  const size = integerSize(value);
  const rlp = new Uint8Array(size);
  writeInteger(rlp, 0, value, size);
  return rlp;
}

/**
 * A slot from its value in the trie.
 * @throws {InvalidRlp} when it is none
 */
export function decodeSlot(rlp: Uint8Array): bigint {
  return readInteger(decodeRlp(rlp), 'slot');
}

/** How many bytes the RLP of an integer below 2^256 takes. */
function integerSize(value: bigint): number {
  if (value < 0x80n) return 1;
  let bytes = 0;
  let rest = value;
  for (; rest > 0xffff_ffff_ffffn; rest >>= 48n) bytes += 6;
  for (let low = Number(rest); low > 0; low = Math.floor(low / 256)) bytes++;
  return 1 + bytes;
}

/** Writes the RLP of an integer, which takes `size` bytes, and returns where it ends. */
function writeInteger(out: Uint8Array, at: number, value: bigint, size: number): number {
  const end = at + size;
  if (size === 1) {
    out[at] = value === 0n ? 0x80 : Number(value);
    return end;
  }
  out[at] = 0x80 + size - 1;
  let rest = value;
  let to = end;
  while (to > at + 1) {
    // 48 bits at a time: numbers hold them exactly, and bigint operations allocate.
    let low = Number(BigInt.asUintN(48, rest));
    rest >>= 48n;
    for (let i = 0; i < 6 && to > at + 1; i++) {
      out[--to] = low % 256;
      low = Math.floor(low / 256);
    }
  }
  return end;
}
