/** What reverts say, as go-ethereum decodes it: `Error(string)` and `Panic(uint256)`, and nothing else. */

import { bytesToBigInt, toHex } from '../bytes.ts';

/** selectors of `Error(string)` and `Panic(uint256)` */
const ERROR = '0x08c379a0';
const PANIC = '0x4e487b71';

/** What Solidity's panics mean. https://docs.soliditylang.org/en/latest/control-structures.html */
const PANICS: Readonly<Record<string, string>> = {
  0: 'generic panic',
  1: 'assert(false)',
  17: 'arithmetic underflow or overflow',
  18: 'division or modulo by zero',
  33: 'enum overflow',
  34: 'invalid encoded storage byte array accessed',
  49: 'out-of-bounds array access; popping on an empty array',
  50: 'out-of-bounds access of an array or bytesN',
  65: 'out of memory',
  81: 'uninitialized function',
};

const WORD = 32;

/** The reason in the output of a revert; undefined where there is none, or it is not well-formed. */
export function gethRevertReason(output: Uint8Array): string | undefined {
  const selector = toHex(output.subarray(0, 4));
  const body = output.subarray(4);
  if (selector === ERROR) return stringIn(body);
  if (selector !== PANIC || body.length < WORD) return undefined;
  const code = wordAt(body, 0);
  return PANICS[code.toString()] ?? `unknown panic code: 0x${code.toString(16)}`;
}

/** The string of an ABI encoding that holds nothing else; padding may be missing. */
function stringIn(body: Uint8Array): string | undefined {
  if (body.length < WORD) return undefined;
  const offset = wordAt(body, 0) + BigInt(WORD);
  if (offset > BigInt(body.length)) return undefined;
  const length = wordAt(body, Number(offset) - WORD);
  if (offset + length > BigInt(body.length)) return undefined;
  return text(body.subarray(Number(offset), Number(offset + length)));
}

const wordAt = (bytes: Uint8Array, at: number): bigint => bytesToBigInt(bytes.subarray(at, at + WORD));

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 as Go reads it: each byte that is no part of a character counts as one that is unknown. */
function text(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    let out = '';
    for (let at = 0; at < bytes.length; ) {
      const character = [1, 2, 3, 4].map((size) => decoded(bytes, at, size)).find((one) => one !== undefined);
      out += character ?? '\ufffd';
      at += character === undefined ? 1 : new TextEncoder().encode(character).length;
    }
    return out;
  }
}

function decoded(bytes: Uint8Array, at: number, size: number): string | undefined {
  try {
    return at + size > bytes.length ? undefined : utf8.decode(bytes.subarray(at, at + size));
  } catch {
    return undefined;
  }
}
