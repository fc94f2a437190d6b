/** The journal: random changes, checkpoints and reverts, against a model that copies everything. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeHashOf } from '../../src/state/memory.ts';
import { EMPTY_CODE_HASH } from '../../src/state/source.ts';
import { addressOf, change, factOf, Pair, slotBefore, viewOf, withoutMarks } from './journalModel.ts';

describe('the journal', () => {
  test('takes back what was done since a checkpoint, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const pair = new Pair();
        for (const one of changes) pair.take(one);
        expect(viewOf(pair)).toEqual(withoutMarks(pair.model));
      }),
      { numRuns: 600 },
    );
  });

  test('leaves a diff of what is different, and of nothing that is not', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const pair = new Pair();
        for (const one of [...changes, { kind: 'ending' as const }]) pair.take(one);
        const expected = new Map();
        for (const [i, one] of pair.model.accounts.entries()) {
          const fact = factOf(i);
          const codeHash = codeHashOf(one.code);
          const isCleared = one.isReset && fact !== undefined;
          const before = (slot: bigint) => (isCleared ? 0n : slotBefore(i, slot));
          const changed = [...one.slots].filter(([slot, { value }]) => value !== before(slot));
          const storage = new Map(one.exists ? changed.map(([slot, { value }]) => [slot, value]) : []);
          const after = one.exists ? { nonce: one.nonce, balance: one.balance, codeHash } : undefined;
          const isSame =
            one.exists === (fact !== undefined) &&
            (fact === undefined ||
              (fact.nonce === one.nonce && fact.balance === one.balance && fact.codeHash === codeHash));
          if (isSame && !isCleared && storage.size === 0) continue;
          const isNewCode = one.exists && codeHash !== (fact?.codeHash ?? EMPTY_CODE_HASH);
          expected.set(addressOf(i), {
            after,
            code: isNewCode ? one.code : undefined,
            storageCleared: isCleared,
            storage,
          });
        }
        expect(pair.state.diff()).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  });
});
