/** The world as tracers read it: what is resident, at the moment of reading. */

import type { Address, Hex } from '../bytes.ts';
import type { Account } from '../state/account.ts';
import { writeWord } from '../state/slots.ts';
import type { Need } from '../task.ts';
import type { Machine } from './machine.ts';

/** Reads the world, and changes nothing: what is read stays as cold as it was. */
export interface WorldView {
  exists(address: Address): boolean;
  /** wei */
  balance(address: Address): bigint;
  nonce(address: Address): bigint;
  code(address: Address): Uint8Array;
  /** undefined where there is no account */
  codeHash(address: Address): Hex | undefined;
  slot(address: Address, key: bigint): bigint;
  /** whether reaching the account costs no more than a warm access; a precompile is always warm */
  isWarm(address: Address): boolean;
  isPrecompile(address: Address): boolean;
}

/** A tracer wants state that is not resident. The transaction starts over once it is. */
export class StateWanted extends Error {
  override readonly name = 'StateWanted';
  readonly need: Need;

  constructor(need: Need) {
    super(`expected state that is resident, got a wish for ${need.kind}`);
    this.need = need;
  }
}

/** A view of a machine's world. */
export function worldView(m: Machine): WorldView {
  const key = new Uint32Array(8);
  const reach = (address: Address): Account => {
    const account = m.state.account(address);
    if (account === undefined) throw new StateWanted({ kind: 'account', address });
    return account;
  };
  return {
    exists: (address) => reach(address).exists,
    balance: (address) => reach(address).balance,
    nonce: (address) => reach(address).nonce,
    code(address) {
      const { code, codeHash } = reach(address);
      if (code === undefined) throw new StateWanted({ kind: 'code', address, codeHash });
      return code;
    },
    codeHash(address) {
      const { exists, codeHash } = reach(address);
      return exists ? codeHash : undefined;
    },
    slot(address, slot) {
      writeWord(key, 0, slot);
      const entry = m.state.slot(reach(address), key, 0);
      if (entry < 0) throw new StateWanted({ kind: 'slot', address, key: slot });
      return m.state.slots.value(entry);
    },
    isWarm: (address) => m.precompileOf(address) !== undefined || m.state.isWarm(reach(address)),
    isPrecompile: (address) => m.precompileOf(address) !== undefined,
  };
}
