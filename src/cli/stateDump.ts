/** A whole state as go-ethereum's `dump` prints it. */

import { toHex } from '../bytes.ts';
import { checksummed } from '../chain/checksum.ts';
import type { Alloc } from '../state/diff.ts';
import { codeHashOf } from '../state/memory.ts';
import { accountKey } from '../trie/hashedKeys.ts';
import { stateRoot, storageRoot } from '../trie/stateRoot.ts';

/** The state as plain data, ready for JSON: its root and its accounts by checksummed address. */
export function stateDump(alloc: Alloc): unknown {
  const accounts = [...alloc].map(([address, { balance, nonce, code, storage }]) => {
    const slots = [...storage].filter(([, value]) => value !== 0n);
    const dumped = {
      balance: balance.toString(),
      nonce: Number(nonce),
      root: toHex(storageRoot(storage)),
      codeHash: codeHashOf(code),
      ...(code.length === 0 ? {} : { code: toHex(code) }),
      ...(slots.length === 0 ? {} : { storage: slotsByKey(slots) }),
      address,
      key: toHex(accountKey(address)),
    };
    return [checksummed(address), dumped] as const;
  });
  accounts.sort(([a], [b]) => (a < b ? -1 : 1));
  return { root: toHex(stateRoot(alloc)).slice(2), accounts: Object.fromEntries(accounts) };
}

function slotsByKey(slots: readonly (readonly [bigint, bigint])[]): Readonly<Record<string, string>> {
  const texts = slots.map(([key, value]) => {
    const digits = value.toString(16);
    return [
      `0x${key.toString(16).padStart(64, '0')}`,
      digits.length % 2 === 0 ? digits : `0${digits}`,
    ] as const;
  });
  return Object.fromEntries(texts.sort(([a], [b]) => (a < b ? -1 : 1)));
}
