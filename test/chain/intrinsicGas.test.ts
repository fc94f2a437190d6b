import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { intrinsicGas } from '../../src/chain/intrinsicGas.ts';
import type { UnsignedTransaction } from '../../src/chain/transaction.ts';
import { balDevnet, FORKS, type Fork, forkNamed } from '../../src/protocol/forks.ts';
import { unsignedTransaction } from './transactionArbitraries.ts';

/** The forks whose gas has one dimension. */
const UNMETERED = FORKS.filter(({ rules }) => !rules.stateGas);

/** Who sends to none of the others. */
const SENDER = `0x${'5e'.repeat(20)}` as const;

const size = (tx: UnsignedTransaction) => {
  const accessList = tx.type === 0 ? [] : tx.accessList;
  return {
    zero: [...tx.data].filter((byte) => byte === 0).length,
    all: tx.data.length,
    addresses: accessList.length,
    keys: accessList.flatMap((entry) => entry.storageKeys).length,
    authorizations: tx.type === 4 ? tx.authorizationList.length : 0,
    isCreation: tx.to === null,
  };
};

/** The rules by fork name, as the yellow paper and the EIPs tell them: nothing of it reads the fork's data. */
function byName(tx: UnsignedTransaction, { name }: Fork): { regular: bigint; floor: bigint } {
  const { zero, all, addresses, keys, authorizations, isCreation } = size(tx);
  const order = FORKS.map((known) => known.name);
  const since = (first: string): boolean => order.indexOf(name) >= order.indexOf(first);
  let gas = 21000 + 4 * zero + (since('Istanbul') ? 16 : 68) * (all - zero);
  if (isCreation && since('Homestead')) gas += 32000;
  if (isCreation && since('Shanghai')) gas += 2 * Math.ceil(all / 32);
  if (since('Berlin')) gas += 2400 * addresses + 1900 * keys;
  if (since('Prague')) gas += 25000 * authorizations;
  const floor = since('Prague') ? 21000 + 10 * (zero + 4 * (all - zero)) : 0;
  return { regular: BigInt(gas), floor: BigInt(floor) };
}

describe('intrinsic gas', () => {
  it('agrees with the rules in words, in every fork before Amsterdam', () => {
    fc.assert(
      fc.property(unsignedTransaction, fc.constantFrom(...UNMETERED), (tx, fork) => {
        expect(intrinsicGas(tx, SENDER, fork, 1174n)).toEqual({ ...byName(tx, fork), state: 0n });
      }),
      { numRuns: 500 },
    );
  });

  it('has a second dimension where state is metered', () => {
    fc.assert(
      fc.property(unsignedTransaction, fc.bigInt(1n, 10n ** 14n), (tx, stateByteGas) => {
        const { zero, all, addresses, keys, authorizations, isCreation } = size(tx);
        const creation = isCreation ? 9000 + 2 * Math.ceil(all / 32) : 0;
        const data = 4 * zero + 16 * (all - zero);
        const lists = 3680 * addresses + 3948 * keys + 7500 * authorizations;
        expect(intrinsicGas(tx, SENDER, balDevnet, stateByteGas)).toEqual({
          regular: BigInt(21000 + data + creation + lists),
          state: stateByteGas * BigInt((isCreation ? 112 : 0) + 135 * authorizations),
          floor: BigInt(21000 + 64 * (all + 20 * addresses + 32 * keys)),
        });
      }),
    );
  });

  it('sets no floor before there is one, so that refunds may go below the base gas', () => {
    const tx: UnsignedTransaction = {
      ...{ type: 0, nonce: 0n, gasPrice: 0n, gasLimit: 0n, to: null, value: 0n },
      data: new Uint8Array(0),
    };
    expect(intrinsicGas(tx, SENDER, forkNamed('Cancun'), 0n).floor).toBe(0n);
    expect(intrinsicGas(tx, SENDER, forkNamed('Frontier'), 0n).regular).toBe(21000n);
  });
});
